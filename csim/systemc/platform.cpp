// SPDX-License-Identifier: Apache-2.0
// platform.cpp - an example platform: a host that loads an image into the chip over TLM, starts it, waits for the
// interrupt and prints a tensor.
//   make build/mini/platform && build/mini/platform golden build/mini/mxm_gemm/program.tsp y
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>

#include "tsp_csim.h"
#include "tsp_golden.h"
#include "tsp_systemc.h"

namespace
{

class Host : public sc_core::sc_module
{
public:
  sc_core::sc_in<bool> irq;
  tlm_utils::simple_initiator_socket<Host, 64> socket;
  bool passed = false;

  Host(sc_core::sc_module_name name, const tsp_image &program, const tsp_tensor &tensor, int times)
      : sc_module(name), irq("irq"), socket("socket"), image(program), output(tensor), runs(times)
  {
    SC_THREAD(run);
  }

private:
  const tsp_image &image;
  const tsp_tensor &output;
  const int runs;

  SC_HAS_PROCESS(Host);

  static void prepare(tlm::tlm_generic_payload &trans, bool write, uint64_t addr, uint64_t &data)
  {
    trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    trans.set_address(addr * sizeof data);
    trans.set_data_ptr(reinterpret_cast<unsigned char *>(&data));
    trans.set_data_length(sizeof data);
    trans.set_streaming_width(sizeof data);
    trans.set_byte_enable_ptr(nullptr);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }

  // In simulated time, as software on a board would.
  tsp_status access(bool write, uint64_t addr, uint64_t &data)
  {
    tlm::tlm_generic_payload trans;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;

    prepare(trans, write, addr, data);
    socket->b_transport(trans, delay);
    wait(delay);
    return trans.is_response_ok() ? TSP_OK : TSP_ERANGE;
  }
  // At once: how a platform loads memories before it runs.
  tsp_status access_debug(bool write, uint64_t addr, uint64_t &data)
  {
    tlm::tlm_generic_payload trans;

    prepare(trans, write, addr, data);
    return socket->transport_dbg(trans) == sizeof data ? TSP_OK : TSP_ERANGE;
  }
  tsp_port load_port()
  {
    return {this, [](void *h, uint64_t a, uint64_t d) { return static_cast<Host *>(h)->access_debug(true, a, d); },
            [](void *h, uint64_t a, uint64_t *d) { return static_cast<Host *>(h)->access_debug(false, a, *d); }};
  }
  tsp_port timed_port()
  {
    return {this, [](void *h, uint64_t a, uint64_t d) { return static_cast<Host *>(h)->access(true, a, d); },
            [](void *h, uint64_t a, uint64_t *d) { return static_cast<Host *>(h)->access(false, a, *d); }};
  }

  void run()
  {
    const tsp_port load = load_port(), port = timed_port();
    std::vector<uint8_t> data(tsp_tensor_elements(&output) * static_cast<uint64_t>(tsp_type_size(output.type)));
    uint64_t go = TSP_CONTROL_START, status = 0, cycles = 0;
    tsp_error err = {""};

    tsp_port_load(&load, &image, &err);
    for (int k = 0; !err.text[0] && k < runs; k++) {
      if (access(true, TSP_CSR_CONTROL, go)) {
        tsp_fail(&err, TSP_ESTATE, "the chip does not start");
        break;
      }
      wait(irq.posedge_event());
    }
    if (err.text[0] || access(false, TSP_CSR_STATUS, status) || !(status & TSP_STATUS_DONE) ||
        access(false, TSP_CSR_CYCLES, cycles) ||
        tsp_port_tensor(&port, tsp_config_find(image.config), &output, data.data()))
      std::fprintf(stderr, "the program did not end well: status %llu %s\n", static_cast<unsigned long long>(status),
                   err.text);
    else
      print(data, cycles);
    sc_core::sc_stop();
  }

  void print(const std::vector<uint8_t> &data, uint64_t cycles)
  {
    for (size_t i = 0; i < data.size(); i++)
      std::printf("%02x%c", data[i], i % 32 == 31 ? '\n' : ' ');
    std::printf("\n%s: %llu cycles\n", image.kernel, static_cast<unsigned long long>(cycles));
    passed = true;
  }
};

tsp_engine *open_engine(const char *name, const tsp_config *cfg)
{
  tsp_engine *e = nullptr;
  const bool rtl = std::strcmp(name, "rtl") == 0;

  if (rtl ? tsp_csim_open(cfg, 1, &e) : tsp_golden_open(cfg, nullptr, 0, &e))
    return nullptr;
  return e;
}

} // namespace

int sc_main(int argc, char **argv)
{
  tsp_image *image = nullptr;
  tsp_error err = {""};

  const int runs = argc == 5 ? std::atoi(argv[4]) : 1;
  if (argc < 4 || argc > 5 || runs < 1 || (std::strcmp(argv[1], "golden") != 0 && std::strcmp(argv[1], "rtl") != 0)) {
    std::fprintf(stderr, "usage: %s golden|rtl IMAGE.tsp TENSOR [RUNS]\n", argv[0]);
    return 2;
  }
  if (tsp_image_read(argv[2], &image, &err)) {
    std::fprintf(stderr, "%s\n", err.text);
    return 2;
  }
  const tsp_tensor *tensor = tsp_image_tensor(image, argv[3]);
  tsp_engine *engine = open_engine(argv[1], tsp_config_find(image->config));
  bool passed = false;
  if (!tensor || !engine) {
    std::fprintf(stderr, "the image has no tensor '%s', or there is no %s engine of its configuration\n", argv[3],
                 argv[1]);
  } else {
    sc_core::sc_clock clock("clock", 10, sc_core::SC_NS);
    sc_core::sc_signal<bool> irq;
    tsp::Chip chip("chip", engine);
    Host host("host", *image, *tensor, runs);

    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING); // sc_stop() is how it ends
    chip.clk(clock);
    chip.irq(irq);
    host.irq(irq);
    host.socket.bind(chip.host);
    sc_core::sc_start();
    passed = host.passed;
  }
  tsp_engine_close(engine);
  tsp_image_free(image);
  return passed ? 0 : 1;
}
