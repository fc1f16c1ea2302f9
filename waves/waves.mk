# waves.mk - the translate filter, the save file writer inside the tsp command, and the suite that looks at real waves.

WAVES_SRC := $(filter-out waves/filter.c,$(wildcard waves/*.c))
SAN_OBJ += $(WAVES_SRC:%.c=$(BUILD)/san/%.o)

$(BUILD)/lib/libtsp_harness.a: $(WAVES_SRC:%.c=$(BUILD)/host/%.o)

$(BUILD)/bin/tsp-filter: $(BUILD)/host/waves/filter.o $(BUILD)/host/waves/wave_text.o $(BUILD)/lib/libtsp_golden.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ -lm -pthread

# The save files name the filter by its place beside the tsp commands.
$(BUILD)/bin/tsp $(B)/tsp $(B)/tsp-waves $(B)/tests/test_waves $(BUILD)/san/tests/test_wave_text: | $(BUILD)/bin/tsp-filter

# Runs on the chip built with waves, and reads them with fst2vcd.
$(B)/tests/test_waves: $(BUILD)/host/tests/test_waves.o $(BUILD)/host/tests/vcd.o \
                        $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libcsim-waves.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libcsim-waves.a $(BUILD)/lib/libtsp_golden.a -o $@ -lcmocka $(CSIM_LIBS)

# Three questions, three pictures: a layer in mini, the shuffles of the SXM, and what WAVES=fail leaves of a run that was disturbed.
SHOTS := $(BUILD)/screenshots
screenshots: $(B)/tsp-waves ## Pictures of GTKWave on three runs, in build/screenshots
	@$(B)/tsp-waves sim mxm_gemm --config $(CONFIG) --waves --out $(SHOTS)/gemm > /dev/null
	@$(B)/tsp-waves sim sxm_all --config $(CONFIG) --run 0 --waves --out $(SHOTS)/sxm > /dev/null
	@$(B)/tsp-waves sim mxm_gemm --config $(CONFIG) --inject 'g_queue[0].u_icu.pc_q:3@60' --waves=fail \
	  --out $(SHOTS)/fail > /dev/null; [ $$? -le 1 ]
	@waves/screenshots.sh $(SHOTS) gemm=$(SHOTS)/gemm/waves.gtkw sxm=$(SHOTS)/sxm/waves.gtkw fail=$(SHOTS)/fail/waves.gtkw
.PHONY: screenshots
