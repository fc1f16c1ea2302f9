// SPDX-License-Identifier: Apache-2.0
// test_systemc.cpp - the promises of tsp_systemc.h: results, cycle stamps and times of requests against the golden
// engine alone and against the RTL's own host port. Each test runs in a process of its own: SystemC elaborates once.
#include <csetjmp>
#include <cstdarg>
#include <cstring>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>

#include "tsp_case.h"
#include "tsp_csim.h"
#include "tsp_golden.h"
#include "tsp_systemc.h"

extern "C" {
#include <cmocka.h> // last: its macro fail() is also a name of the C++ library
}

namespace
{

const sc_core::sc_time period(10, sc_core::SC_NS);

const tsp_config *linked_config()
{
  for (int i = 0; i < tsp_config_count(); i++) {
    tsp_engine *e = nullptr;

    if (tsp_csim_open(tsp_config_at(i), 1, &e) == TSP_OK) {
      tsp_engine_close(e);
      return tsp_config_at(i);
    }
  }
  return nullptr;
}

// A check that holds in a child process too, where cmocka's asserts have no test to end.
#define CHECK(what)                                                                                                    \
  do {                                                                                                                 \
    if (!(what)) {                                                                                                     \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                                                  \
      std::_Exit(1);                                                                                                   \
    }                                                                                                                  \
  } while (0)

// A test's host: runs a function in a thread of the simulation.
class Host : public sc_core::sc_module
{
public:
  tlm_utils::simple_initiator_socket<Host, 64> socket;
  sc_core::sc_in<bool> irq;

  Host(sc_core::sc_module_name name, std::function<void(Host &)> what) : sc_module(name), socket("socket"), body(what)
  {
    SC_THREAD(run);
  }
  tlm::tlm_response_status access(bool write, uint64_t addr, void *data, unsigned bytes = 8)
  {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;

    prepare(write, addr, data, bytes);
    socket->b_transport(trans, delay);
    wait(delay);
    return trans.get_response_status();
  }
  unsigned debug(bool write, uint64_t addr, void *data, unsigned bytes = 8)
  {
    prepare(write, addr, data, bytes);
    return socket->transport_dbg(trans);
  }
  tlm::tlm_generic_payload &prepare(bool write, uint64_t addr, void *data, unsigned bytes)
  {
    trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    trans.set_address(addr * 8);
    trans.set_data_ptr(static_cast<unsigned char *>(data));
    trans.set_data_length(bytes);
    trans.set_streaming_width(bytes);
    trans.set_byte_enable_ptr(nullptr);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return trans;
  }
  tsp_port port()
  {
    return {this,
            [](void *h, uint64_t a, uint64_t d) {
              return static_cast<Host *>(h)->access(true, a, &d) == tlm::TLM_OK_RESPONSE ? TSP_OK : TSP_ERANGE;
            },
            [](void *h, uint64_t a, uint64_t *d) {
              return static_cast<Host *>(h)->access(false, a, d) == tlm::TLM_OK_RESPONSE ? TSP_OK : TSP_ERANGE;
            }};
  }

private:
  tlm::tlm_generic_payload trans;
  std::function<void(Host &)> body;

  SC_HAS_PROCESS(Host);
  void run()
  {
    body(*this);
    sc_core::sc_stop();
  }
};

// Runs body against a chip around the engine, in a child.
void simulate(tsp_engine *engine, std::function<void(Host &)> body)
{
  const pid_t child = fork();
  int status = 0;

  if (child == 0) {
    sc_core::sc_clock clock("clock", period);
    sc_core::sc_signal<bool> irq;
    tsp::Chip chip("chip", engine);
    Host host("host", body);

    chip.clk(clock);
    chip.irq(irq);
    host.irq(irq);
    host.socket.bind(chip.host);
    sc_core::sc_start();
    std::_Exit(0);
  }
  tsp_engine_close(engine);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

tsp_engine *golden()
{
  tsp_engine *e = nullptr;

  assert_int_equal(tsp_golden_open(linked_config(), nullptr, 0, &e), TSP_OK);
  return e;
}

tsp_engine *rtl()
{
  tsp_engine *e = nullptr;

  assert_int_equal(tsp_csim_open(linked_config(), 1, &e), TSP_OK);
  return e;
}

tsp_run make_run()
{
  tsp_run run{};
  tsp_error err = {""};

  if (tsp_cases[0]->make(linked_config(), 1, 0, &run, &err))
    fail_msg("%s", err.text);
  return run;
}

void free_run(tsp_run &run)
{
  tsp_image_free(run.image);
  run.free(run.ctx);
}

// Loads over the socket, runs, and compares CYCLES, the interrupt's time and every word of memory with the engine
// alone.
void run_equals_engine(tsp_engine *inside)
{
  tsp_run run = make_run();
  tsp_engine *alone = golden();
  const tsp_config *c = tsp_engine_config(alone);
  tsp_error err = {""};

  assert_int_equal(tsp_engine_load(alone, run.image, &err), TSP_OK);
  assert_int_equal(tsp_engine_start(alone), TSP_OK);
  assert_int_equal(tsp_engine_step(alone, UINT64_MAX, nullptr), TSP_OK);
  simulate(inside, [&](Host &h) {
    const tsp_port port = h.port();
    uint64_t go = TSP_CONTROL_START, value = 0;
    tsp_error text = {""};

    CHECK(tsp_port_load(&port, run.image, &text) == TSP_OK);
    CHECK(h.access(true, TSP_CSR_CONTROL, &go) == tlm::TLM_OK_RESPONSE); // returns where cycle -1 begins
    const sc_core::sc_time started = sc_core::sc_time_stamp() + period;
    wait(h.irq.posedge_event());
    CHECK(sc_core::sc_time_stamp() - started == static_cast<double>(tsp_engine_csr(alone).cycles) * period);
    CHECK(h.access(false, TSP_CSR_CYCLES, &value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == tsp_engine_csr(alone).cycles && value == run.image->cycles_predicted);
    std::vector<uint8_t> here(static_cast<size_t>(c->vector)), there(here);
    const bool defined = std::strcmp(tsp_engine_name(inside), "golden") == 0; // in words that were never written, too
    for (int slice = 0; defined && slice < 2 * c->mem_slices; slice++)
      for (uint32_t addr = 0; addr < 64; addr++) {
        CHECK(tsp_port_mem_read(&port, c, slice, addr, here.data()) == TSP_OK);
        CHECK(tsp_engine_mem_read(alone, slice, addr, there.data()) == TSP_OK);
        CHECK(here == there);
      }
    for (int k = 0; k < run.image->tensor_count; k++) {
      const tsp_tensor *t = &run.image->tensor[k];
      std::vector<uint8_t> a(tsp_tensor_elements(t) * static_cast<size_t>(tsp_type_size(t->type))), b(a);

      CHECK(tsp_port_tensor(&port, c, t, a.data()) == TSP_OK);
      CHECK(tsp_tensor_gather(
                c, t, b.data(),
                [](void *e, int slice, uint32_t addr, uint8_t *v) {
                  return tsp_engine_mem_read(static_cast<tsp_engine *>(e), slice, addr, v);
                },
                alone) == TSP_OK);
      CHECK(a == b);
    }
  });
  tsp_engine_close(alone);
  free_run(run);
}

void golden_inside_gives_the_engines_results_and_cycle_stamps(void **)
{
  run_equals_engine(golden());
}

void rtl_inside_gives_the_engines_results_and_cycle_stamps(void **)
{
  run_equals_engine(rtl());
}

// What a host does, and when and how it is answered: the whole life of a program, with a fault or without.
struct Step {
  bool write;
  uint64_t addr, data;
};
struct Answer {
  uint64_t clock, data;
  bool ok;
  bool operator==(const Answer &o) const { return clock == o.clock && data == o.data && ok == o.ok; }
};

std::vector<Step> life(const tsp_config *c, bool fault)
{
  const uint64_t nop = static_cast<uint64_t>(TSP_OP_NOP) << 56, end = static_cast<uint64_t>(TSP_OP_END) << 56;
  std::vector<Step> s;

  for (int q = 0; q < c->queues; q++) {
    s.push_back({true, tsp_port_text(q, 0), nop | 20});
    s.push_back({true, tsp_port_text(q, 1), end});
    s.push_back({true, tsp_port_length(q), fault && q == 1 ? 1u : 2u});
  }
  s.insert(s.end(), {{true, tsp_port_mem(1, 3, 0, 0), 0x44332211},
                     {false, tsp_port_mem(1, 3, 0, 0), 0},
                     {false, tsp_port_text(0, 1), 0},
                     {false, tsp_port_length(1), 0},
                     {false, tsp_port_length(c->queues), 0},
                     {false, tsp_port_region(7), 0},
                     {true, TSP_CSR_CYCLES, 1},
                     {true, tsp_port_length(0), static_cast<uint64_t>(c->iq_depth) + 1},
                     {true, TSP_CSR_CONTROL, 3},
                     {true, TSP_CSR_CONTROL, TSP_CONTROL_START}});
  for (int i = 0; i < 40; i++) {
    s.push_back({false, TSP_CSR_STATUS, 0});
    s.push_back({false, TSP_CSR_CYCLES, 0});
    if (i >= 2 && i <= 12) // refused while it runs, and held up while what a fault left under way completes
      s.push_back({false, tsp_port_mem(1, 3, 0, 0), 0});
    if (i == 2)
      s.push_back({true, TSP_CSR_CONTROL, TSP_CONTROL_START});
  }
  for (uint64_t csr = 0; csr < 14; csr++)
    s.push_back({false, csr, 0});
  s.insert(s.end(), {{true, TSP_CSR_CONTROL, TSP_CONTROL_START},
                     {false, TSP_CSR_CYCLES, 0},
                     {true, TSP_CSR_CONTROL, TSP_CONTROL_RESET},
                     {false, TSP_CSR_STATUS, 0},
                     {false, tsp_port_length(1), 0},
                     {false, tsp_port_mem(1, 3, 0, 0), 0}});
  return s;
}

std::vector<Answer> answers_of_rtl(const std::vector<Step> &steps)
{
  tsp_engine *e = rtl();
  std::vector<Answer> a;
  const uint64_t first = tsp_csim_clocks(e);

  for (const Step &s : steps) {
    uint64_t data = 0;
    const tsp_status st = s.write ? tsp_csim_port_write(e, s.addr, s.data) : tsp_csim_port_read(e, s.addr, &data);

    a.push_back({tsp_csim_clocks(e) - first, st ? 0 : data, st == TSP_OK});
  }
  tsp_engine_close(e);
  return a;
}

void lives_as_the_rtl(bool fault)
{
  const std::vector<Step> steps = life(linked_config(), fault);
  const std::vector<Answer> rtls = answers_of_rtl(steps);

  simulate(golden(), [&](Host &h) {
    wait(period / 2); // between two edges
    const sc_core::sc_time first = sc_core::sc_time_stamp() - period / 2;
    for (size_t i = 0; i < steps.size(); i++) {
      uint64_t data = steps[i].data;
      const bool ok = h.access(steps[i].write, steps[i].addr, &data) == tlm::TLM_OK_RESPONSE;
      const Answer mine = {static_cast<uint64_t>((sc_core::sc_time_stamp() - first) / period),
                           ok && !steps[i].write ? data : 0, ok};

      if (!(mine == rtls[i])) {
        std::fprintf(stderr,
                     "step %zu, %s 0x%010llx: clock %llu data 0x%llx %s, the RTL's port: clock %llu data 0x%llx %s\n",
                     i, steps[i].write ? "write" : "read", static_cast<unsigned long long>(steps[i].addr),
                     static_cast<unsigned long long>(mine.clock), static_cast<unsigned long long>(mine.data),
                     mine.ok ? "ok" : "error", static_cast<unsigned long long>(rtls[i].clock),
                     static_cast<unsigned long long>(rtls[i].data), rtls[i].ok ? "ok" : "error");
        std::_Exit(1);
      }
    }
  });
}

void every_request_is_answered_as_and_when_the_rtl_answers_it(void **)
{
  lives_as_the_rtl(false);
}

void so_it_is_around_a_fault(void **)
{
  lives_as_the_rtl(true);
}

void what_no_port_has_is_a_tlm_error(void **)
{
  simulate(golden(), [](Host &h) {
    uint64_t two[2] = {0, 0};
    unsigned char enable = 0xff;
    sc_core::sc_time none;

    CHECK(h.access(false, TSP_CSR_HASH, two, 4) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(h.access(false, TSP_CSR_HASH, two, 0) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(h.access(false, 100, two) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(h.access(true, TSP_CSR_HASH, two) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    tlm::tlm_generic_payload &trans = h.prepare(false, TSP_CSR_HASH, two, 8);
    trans.set_address(4);
    h.socket->b_transport(trans, none);
    CHECK(trans.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    h.prepare(false, TSP_CSR_HASH, two, 8).set_byte_enable_ptr(&enable);
    h.socket->b_transport(trans, none);
    CHECK(trans.get_response_status() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    h.prepare(false, TSP_CSR_HASH, two, 16).set_streaming_width(8);
    h.socket->b_transport(trans, none);
    CHECK(trans.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
    h.prepare(false, TSP_CSR_HASH, two, 8).set_command(tlm::TLM_IGNORE_COMMAND);
    h.socket->b_transport(trans, none);
    CHECK(trans.get_response_status() == tlm::TLM_COMMAND_ERROR_RESPONSE);
  });
}

void bursts_and_debug_reach_the_same_places_and_debug_takes_no_time(void **)
{
  simulate(golden(), [](Host &h) {
    uint64_t out[4] = {11, 22, 33, 44}, in[4] = {0, 0, 0, 0}, go = TSP_CONTROL_START;
    const sc_core::sc_time before = sc_core::sc_time_stamp();

    CHECK(h.debug(true, tsp_port_text(2, 5), out, sizeof out) == sizeof out);
    CHECK(h.debug(true, TSP_CSR_CONTROL, &go) == 0);
    CHECK(sc_core::sc_time_stamp() == before);
    CHECK(h.access(false, tsp_port_text(2, 5), in, sizeof in) == tlm::TLM_OK_RESPONSE);
    CHECK(std::memcmp(in, out, sizeof in) == 0);
    CHECK(sc_core::sc_time_stamp() > before);
    CHECK(h.access(true, tsp_port_text(2, 9), out, sizeof out) == tlm::TLM_OK_RESPONSE);
    CHECK(h.debug(false, tsp_port_text(2, 9), in, sizeof in) == sizeof in);
    CHECK(std::memcmp(in, out, sizeof in) == 0);
  });
}

} // namespace

int sc_main(int, char **)
{
  const CMUnitTest tests[] = {
      cmocka_unit_test(golden_inside_gives_the_engines_results_and_cycle_stamps),
      cmocka_unit_test(rtl_inside_gives_the_engines_results_and_cycle_stamps),
      cmocka_unit_test(every_request_is_answered_as_and_when_the_rtl_answers_it),
      cmocka_unit_test(so_it_is_around_a_fault),
      cmocka_unit_test(what_no_port_has_is_a_tlm_error),
      cmocka_unit_test(bursts_and_debug_reach_the_same_places_and_debug_takes_no_time),
  };

  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
