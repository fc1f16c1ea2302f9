# board.mk - the host of a board, and the board in simulation, reached through its serial pins alone. TOP is what is on the board.

TOP      ?= board_top
FPGA_RTL := $(wildcard rtl/fpga/*.sv)

$(BUILD)/bin/tsp-board: $(addprefix $(BUILD)/host/csim/board/,tsp_board.o tsp_uart.o) $(BUILD)/lib/libtsp_golden.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ -lz -lm -pthread

# The line runs at a quarter of the clock here: ClockHz and Baud only set that ratio.
BOARD_DIVIDER := 4
$(B)/$(TOP)/obj/Vboard_top.mk: $(B)/rtl/tsp_pkg.sv $(RTL_SRC) $(FPGA_RTL)
	@mkdir -p $(@D)
	$(call say,VERILATE)
	$(Q)verilator $(filter-out --top-module tsp_chip --prefix Vtsp_chip,$(VFLAGS)) --top-module $(TOP) --prefix Vboard_top \
	  -GClockHz=$(BOARD_DIVIDER) -GBaud=1 --Mdir $(@D) rtl/lint/waivers.vlt $^

$(B)/$(TOP)/board-sim: csim/board/board_sim.cpp $(B)/$(TOP)/obj/Vboard_top.mk
	$(call say,MAKE)
	$(Q)$(MAKE) -C $(B)/$(TOP)/obj -f Vboard_top.mk -j 2 OBJCACHE=ccache OPT_FAST=-O3 OPT_SLOW=-O0 Vboard_top__ALL.a verilated.o verilated_threads.o \
	  > $(B)/$(TOP)/make.log 2>&1 || { tail -20 $(B)/$(TOP)/make.log; exit 1; }
	$(Q)$(CXX) -std=c++17 -O2 $(WARN) -I$(B)/$(TOP)/obj -isystem $(VERILATOR_ROOT)/include \
	  -isystem $(VERILATOR_ROOT)/include/vltstd $< $(B)/$(TOP)/obj/Vboard_top__ALL.a \
	  $(B)/$(TOP)/obj/verilated.o $(B)/$(TOP)/obj/verilated_threads.o -o $@ -pthread -latomic

sim-board: $(B)/$(TOP)/board-sim $(BUILD)/bin/tsp-board $(BUILD)/bin/tsp $(B)/example ## Runs TEST on the board's RTL through its serial pins, with the host program; also with noise on the line (TOP=board_check: the line alone)
	@csim/board/sim.sh $(BUILD) $(CONFIG) $(TEST) $(BOARD_DIVIDER) $(TOP)
.PHONY: sim-board
