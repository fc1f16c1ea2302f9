/* SPDX-License-Identifier: Apache-2.0 */
/* model.h - the files of the trained model stories260K, from $TSP_MODEL_DIR or, without it, ../shared/data. */
#ifndef TSP_MODEL_H
#define TSP_MODEL_H
#include "tsp_llama.h"

/* The model; its tokenizer, for `vocab` tokens; what the public program prints for it without a prompt in 256 steps
 * (free()). TSP_EIO if there is no such file, TSP_EFORMAT if it is damaged: err says where. */
tsp_status model_read(tsp_llama **out, tsp_error *err);
tsp_status model_tokenizer(uint32_t vocab, tsp_tokenizer **out, tsp_error *err);
tsp_status model_text(char **out, tsp_error *err);
#endif
