// SPDX-License-Identifier: Apache-2.0
// tsp_systemc.cpp - an engine behind a clock and a TLM-2.0 socket; times are those of rtl/host_port.sv.
#include "tsp_systemc.h"

#include <cstring>

namespace tsp
{

namespace
{

enum { WORD = 8 };

unsigned region(uint64_t addr)
{
  return static_cast<unsigned>(addr >> 36);
}

// Cycles from the edge at which the RTL's port takes a request to the beginning of the cycle that has its answer.
int answer_cycles(bool write, uint64_t addr, tsp_status s)
{
  return s == TSP_OK && (region(addr) == TSP_PORT_MEM || (region(addr) == TSP_PORT_TEXT && !write)) ? 2 : 1;
}

tlm::tlm_response_status response(tsp_status s)
{
  switch (s) {
  case TSP_OK: return tlm::TLM_OK_RESPONSE;
  case TSP_ERANGE: return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  default: return tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
}

// What the payload asks for that no port has.
tlm::tlm_response_status check(const tlm::tlm_generic_payload &trans)
{
  if (trans.get_command() == tlm::TLM_IGNORE_COMMAND)
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (trans.get_byte_enable_ptr())
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (trans.get_data_length() % WORD != 0 || trans.get_data_length() == 0 ||
      trans.get_streaming_width() < trans.get_data_length())
    return tlm::TLM_BURST_ERROR_RESPONSE;
  if (trans.get_address() % WORD != 0)
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

} // namespace

Chip::Chip(sc_core::sc_module_name name, tsp_engine *e)
    : sc_module(name), clk("clk"), irq("irq"), host("host"), engine(e),
      drain(tsp_isa_drain(tsp_isa_builtin(), tsp_engine_config(e)))
{
  host.register_b_transport(this, &Chip::transport);
  host.register_transport_dbg(this, &Chip::debug);
  SC_METHOD(tick);
  sensitive << clk.pos();
  dont_initialize();
}

sc_core::sc_time Chip::period() const
{
  const auto *clock = dynamic_cast<const sc_core::sc_clock *>(clk.get_interface());

  if (!clock)
    SC_REPORT_FATAL("tsp::Chip", "clk must be bound to an sc_clock");
  return clock->period();
}

// A program that was started stands in the cycle before cycle 0 for one edge. After a fault what is under way
// completes.
void Chip::tick()
{
  if (lead > 0) {
    lead--;
  } else if (settle > 0) {
    settle--;
  }
  if (lead == 0 && tsp_engine_csr(engine).running) {
    tsp_engine_step(engine, 1, nullptr);
    if (tsp_engine_csr(engine).fault_code)
      settle = drain;
  }
  const tsp_csr csr = tsp_engine_csr(engine);
  irq.write(csr.done || csr.fault_code != 0);
  if (request && request->since < sc_core::sc_time_stamp())
    serve();
}

// Start, memory, text and lengths wait until nothing is under way.
bool Chip::waits(const Request &r) const
{
  const bool start = r.addr == TSP_CSR_CONTROL && r.write && *r.data == TSP_CONTROL_START;

  return (lead > 0 || settle > 0) && (region(r.addr) != TSP_PORT_CSR || start);
}

void Chip::serve()
{
  Request &r = *request;

  if (waits(r))
    return;
  r.status = tsp_engine_request(engine, r.write, r.addr, r.data);
  if (r.write && r.addr == TSP_CSR_CONTROL && r.status == TSP_OK) {
    lead = *r.data == TSP_CONTROL_START ? 2 : 0;
    settle = 0;
  }
  request = nullptr;
  served.notify();
}

// Word after word, each as one request of the port. The call returns at the edge that takes the last one, with the time
// to its answer as delay.
void Chip::transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay)
{
  const tlm::tlm_response_status bad = check(trans);
  const bool write = trans.is_write();
  uint64_t addr = trans.get_address() / WORD;

  trans.set_dmi_allowed(false);
  trans.set_response_status(bad);
  if (bad != tlm::TLM_OK_RESPONSE)
    return;
  while (busy)
    sc_core::wait(idle);
  busy = true;
  for (unsigned at = 0; at < trans.get_data_length(); at += WORD, addr++) {
    uint64_t data = 0;

    if (write)
      std::memcpy(&data, trans.get_data_ptr() + at, WORD);
    if (delay > sc_core::SC_ZERO_TIME)
      sc_core::wait(delay);
    Request r{write, addr, &data, sc_core::sc_time_stamp(), TSP_OK};
    request = &r;
    sc_core::wait(served);
    delay = answer_cycles(write, addr, r.status) * period();
    trans.set_response_status(response(r.status));
    if (r.status != TSP_OK)
      break;
    if (!write)
      std::memcpy(trans.get_data_ptr() + at, &data, WORD);
  }
  busy = false;
  idle.notify();
}

// The same accesses in no time, as far as they go; a start through here is refused.
unsigned Chip::debug(tlm::tlm_generic_payload &trans)
{
  uint64_t addr = trans.get_address() / WORD;
  unsigned at = 0;

  trans.set_response_status(tlm::TLM_OK_RESPONSE);
  if (trans.get_command() == tlm::TLM_IGNORE_COMMAND || trans.get_address() % WORD != 0)
    return 0;
  for (; at + WORD <= trans.get_data_length(); at += WORD, addr++) {
    uint64_t data = 0;

    if (trans.is_write())
      std::memcpy(&data, trans.get_data_ptr() + at, WORD);
    if ((trans.is_write() && addr == TSP_CSR_CONTROL && data == TSP_CONTROL_START) ||
        tsp_engine_request(engine, trans.is_write(), addr, &data))
      break;
    if (trans.is_read())
      std::memcpy(trans.get_data_ptr() + at, &data, WORD);
  }
  return at;
}

} // namespace tsp
