// SPDX-License-Identifier: Apache-2.0
// verify_map.c: the memory map: which tensors' vectors live in each word, who may share one, what the host puts there.
#include "verify.h"
#include <inttypes.h>

static const tsp_tensor *tensor_of(const tspv *v, const tspv_home *h)
{
  return &v->image->tensor[h->tensor];
}

static bool by_host(const tsp_tensor *t)
{
  return t->role != TSP_ROLE_OUTPUT && t->role != TSP_ROLE_TEMP;
}

static bool may_share(const tsp_tensor *a, const tsp_tensor *b)
{
  if (a->role == TSP_ROLE_CONST || b->role == TSP_ROLE_CONST)
    return false;
  return !(by_host(a) && by_host(b)) && a != b;
}

static void add(tspv *v, int tensor, int piece, uint32_t vector)
{
  const tsp_piece *p = &v->image->tensor[tensor].piece[piece];
  uint32_t addr = (uint32_t)((int64_t)p->addr + (int64_t)p->addr_step * vector);
  int32_t *first = &v->home[(size_t)p->slice * (size_t)v->cfg->mem_words + addr];
  if (!tspv_grow(v, &v->homes, v->home_count, &v->home_room, sizeof *v->homes))
    return;
  for (int32_t i = *first; i; i = v->homes[i].next) {
    const tspv_home *h = &v->homes[i];
    char slice[16];
    if (!may_share(&v->image->tensor[tensor], tensor_of(v, h)))
      tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, 0, p->slice, NULL,
                   "word 0x%04" PRIx32 " of slice %s belongs to tensor %s and to %s", addr,
                   tsp_queue_name(v->cfg, p->slice, slice), tensor_of(v, h)->name, v->image->tensor[tensor].name);
  }
  v->homes[v->home_count] = (tspv_home){tensor, piece, *first, vector};
  *first = v->home_count++;
}

bool tspv_map(tspv *v)
{
  v->home_count = 1; /* index 0 is none */
  if (!tspv_grow(v, &v->homes, 1, &v->home_room, sizeof *v->homes))
    return false;
  for (int t = 0; t < v->image->tensor_count && !v->failed; t++)
    for (int p = 0; p < v->image->tensor[t].piece_count && !v->failed; p++)
      for (uint32_t i = 0; i < v->image->tensor[t].piece[p].count && !v->failed && !v->out->text[0]; i++)
        add(v, t, p, i);
  return !v->failed;
}

const tspv_home *tspv_home_of(const tspv *v, int slice, uint32_t addr, int tensor)
{
  int32_t i = v->home[(size_t)slice * (size_t)v->cfg->mem_words + addr];
  while (i && tensor != ANY && v->homes[i].tensor != tensor)
    i = v->homes[i].next;
  return i ? &v->homes[i] : NULL;
}

tspv_ident tspv_home_ident(const tspv *v, const tspv_home *h)
{
  const tsp_piece *p = &tensor_of(v, h)->piece[h->piece];
  return (tspv_ident){.tensor = h->tensor, .element = p->first + (int64_t)h->vector * p->vec_step, .byte = p->byte};
}

/* The home in which the host's tensor lies, or NULL. */
static const tspv_home *host_home(const tspv *v, int slice, uint32_t addr)
{
  const tspv_home *h = tspv_home_of(v, slice, addr, ANY);
  while (h && !by_host(tensor_of(v, h)))
    h = h->next ? &v->homes[h->next] : NULL;
  return h;
}

bool tspv_host_word(const tspv *v, int slice, uint32_t addr, tspv_ident *is)
{
  const tspv_home *h = host_home(v, slice, addr);
  if (h)
    *is = tspv_home_ident(v, h);
  return h != NULL;
}

bool tspv_host_bytes(const tspv *v, int slice, uint32_t addr, uint8_t *bytes)
{
  const tspv_home *h = host_home(v, slice, addr);
  if (!h || tensor_of(v, h)->role != TSP_ROLE_CONST)
    return false;
  const tsp_tensor *t = tensor_of(v, h);
  const tsp_piece *p = &t->piece[h->piece];
  const int size = tsp_type_size(t->type);
  for (int l = 0; l < v->cfg->vector; l++) {
    int64_t element = p->first + (int64_t)h->vector * p->vec_step + l * p->lane_step;
    bytes[l] = (uint32_t)l < p->lanes ? t->data[element * size + p->byte] : 0;
  }
  return true;
}

/* What is stored and neither read nor of a tensor that anybody outside looks at. */
static void unread(tspv *v)
{
  for (int slice = 0; slice < 2 * v->cfg->mem_slices; slice++)
    for (uint32_t addr = 0; addr < (uint32_t)v->cfg->mem_words; addr++) {
      const tspv_word *w = tspv_word_at(v, slice, addr);
      const tspv_home *h = tspv_home_of(v, slice, addr, ANY);
      while (w->unread && h && tensor_of(v, h)->role == TSP_ROLE_TEMP)
        h = h->next ? &v->homes[h->next] : NULL;
      if (w->unread && !h)
        tspv_in_vain(v, w->value.cycle, w->value.queue, NULL,
                     "nothing reads what word %" PRIu32 " stores at 0x%04" PRIx32, w->value.word, addr);
    }
}

void tspv_outputs(tspv *v)
{
  unread(v);
  for (int i = 1; i < v->home_count; i++) {
    const tspv_home *h = &v->homes[i];
    const tsp_tensor *t = tensor_of(v, h);
    const tsp_piece *p = &t->piece[h->piece];
    uint32_t addr = (uint32_t)((int64_t)p->addr + (int64_t)p->addr_step * h->vector);
    const tspv_word *w = tspv_word_at(v, p->slice, addr);
    char want[128], there[256];
    if (t->role != TSP_ROLE_OUTPUT)
      continue;
    if (w->state == WORD_HOST && !host_home(v, p->slice, addr))
      tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->out->cycles, p->slice, NULL,
                   "nothing is stored in word 0x%04" PRIx32 ", %s", addr,
                   tspv_ident_text(v, tspv_home_ident(v, h), want));
    else if (w->state == WORD_WRITTEN && w->value.is.tensor != ANY && w->value.is.tensor != h->tensor)
      tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->out->cycles, p->slice, NULL,
                   "word 0x%04" PRIx32 " must hold %s at the end, but holds %s", addr,
                   tspv_ident_text(v, tspv_home_ident(v, h), want), tspv_value_text(v, &w->value, there));
  }
}
