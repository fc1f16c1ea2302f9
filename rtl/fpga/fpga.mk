# fpga.mk - boards, reports of synthesis for other families, vendors' project scripts, and the netlist as an engine.

BOARD     ?= icebreaker
CHIP_RTL   = $(B)/rtl/tsp_pkg.sv $(RTL_SRC)
BOARD_RTL  = $(CHIP_RTL) $(wildcard rtl/fpga/*.sv)

ifneq ($(filter fpga,$(MAKECMDGOALS)),)
ifeq ($(wildcard rtl/fpga/boards/$(BOARD).mk),)
$(error no board '$(BOARD)'; there are: $(basename $(notdir $(wildcard rtl/fpga/boards/*.mk))))
endif
include rtl/fpga/boards/$(BOARD).mk
endif

fpga: $(BOARD_RTL) ## Bitstream, utilisation and timing of CONFIG on BOARD (CONFIG=nano BOARD=icebreaker); fails if it does not fit or is too slow (TOP=board_check: a RAM in place of the chip, to try the board with)
	rtl/fpga/board.sh $(TOP) $(B)/$(BOARD)/$(TOP) $(FPGA_DEVICE) $(FPGA_PACKAGE) $(FPGA_CLOCK) $(FPGA_BAUD) '$(FPGA_PINS)' $^

fpga-report: $(CHIP_RTL) ## LUT, FF, DSP and block RAM per module of CONFIG on ECP5 and Xilinx 7, synthesis only; fails if RAMs or multipliers do not map
	rtl/fpga/report.sh ecp5 $(CONFIG) $(B)/fpga-report/ecp5 $^
	rtl/fpga/report.sh xilinx $(CONFIG) $(B)/fpga-report/xilinx $^

fpga-vendor: $(BOARD_RTL) ## Project scripts for Vivado and Diamond in build/<config>/vendor: not run here
	@mkdir -p $(B)/vendor
	@rtl/fpga/vendor.sh vivado $^ > $(B)/vendor/vivado.tcl
	@rtl/fpga/vendor.sh diamond $^ > $(B)/vendor/diamond.tcl
	@echo "$(B)/vendor/vivado.tcl and $(B)/vendor/diamond.tcl: written, not run here"

.PHONY: fpga-report fpga-vendor

# ---- the netlist as an engine ------------------------------------------------------------------------------------
$(B)/netlist/tsp_netlist.v: $(CHIP_RTL) rtl/fpga/netlist.sh rtl/fpga/coarse.ys rtl/fpga/simulate.v
	@mkdir -p $(@D)
	$(call say,YOSYS)
	$(Q)rtl/fpga/netlist.sh $@ $(filter %.sv,$^)

$(eval $(call csim_rules,csim-netlist,+define+NO_ICE40_DEFAULT_ASSIGNMENTS,-DTSP_NETLIST,,$(B)/netlist/tsp_netlist.v csim/netlist.vlt))

$(B)/tsp-netlist: $(BUILD)/host/harness/tsp.o $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libcsim-netlist.a
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libcsim-netlist.a $(BUILD)/lib/libtsp_golden.a -o $@ $(CSIM_LIBS)
