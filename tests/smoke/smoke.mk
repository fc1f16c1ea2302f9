# smoke.mk - the chip under Icarus, beside the Verilated one.

SMOKE_CYCLES ?= 200
SMOKE_TESTS  ?= $(shell $(BUILD)/bin/tsp list 2>/dev/null | sed -n 's/^\([a-z0-9_]*\) .*/\1/p')

# Icarus 11 makes an always_comb sensitive to the variables inside the functions that it calls; all processes that call one
# share these, so two of them wake each other for ever. Its always @* is not.
$(B)/smoke/rtl/%.sv: rtl/%.sv
	@mkdir -p $(@D)
	$(Q)sed 's/always_comb/always @*/' $< > $@

$(B)/smoke/chip.vvp: $(B)/rtl/tsp_pkg.sv $(RTL_SRC:rtl/%=$(B)/smoke/rtl/%) tests/smoke/smoke_tb.sv
	@mkdir -p $(@D)
	$(call say,ICARUS)
	$(Q)iverilog -g2012 -s smoke_tb -o $@ $^ > $@.log 2>&1 || { cat $@.log; exit 1; }

$(B)/smoke/smoke: $(BUILD)/host/tests/smoke/smoke.o $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_golden.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ $(CSIM_LIBS)

smoke-icarus: $(B)/smoke/chip.vvp $(B)/smoke/smoke $(BUILD)/bin/tsp ## First SMOKE_CYCLES cycles of SMOKE_TESTS under Icarus: no X in anything valid, every state as under Verilator
	@tests/smoke/smoke.sh $(BUILD) $(CONFIG) $(SMOKE_CYCLES) $(SMOKE_TESTS)
.PHONY: smoke-icarus
