# waves.mk - the translate filter, the save file writer inside the tsp command, and the suite that looks at real waves.

WAVES_SRC := $(filter-out waves/filter.c,$(wildcard waves/*.c))
SAN_OBJ += $(WAVES_SRC:%.c=$(BUILD)/san/%.o)

$(BUILD)/lib/libtsp_harness.a: $(WAVES_SRC:%.c=$(BUILD)/host/%.o)

$(BUILD)/bin/tsp-filter: $(BUILD)/host/waves/filter.o $(BUILD)/host/waves/wave_text.o $(BUILD)/lib/libtsp_golden.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ $(LIBS)

# The save files name the filter by its place beside the tsp commands.
$(BUILD)/bin/tsp $(B)/tsp $(B)/tsp-waves $(B)/tests/test_waves $(BUILD)/san/tests/test_wave_text $(BUILD)/san/tests/test_savefile: | $(BUILD)/bin/tsp-filter

# Runs on the chip built with waves, and reads them with fst2vcd.
$(B)/tests/test_waves: $(BUILD)/host/tests/test_waves.o $(BUILD)/host/tests/vcd.o \
                        $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libcsim-waves.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libcsim-waves.a $(BUILD)/lib/libtsp_golden.a -o $@ -lcmocka $(CSIM_LIBS)

SHOTS := $(BUILD)/screenshots
screenshots: $(B)/tsp-waves ## Pictures of GTKWave, one for each view, in build/screenshots
	@waves/screenshots.sh $(B)/tsp-waves $(CONFIG) $(SHOTS)
.PHONY: screenshots
