# systemc.mk - the SystemC module, the example platform, their test, and what `make install` puts where.

SYSTEMC_LIBS := -lsystemc
CXX_FILES += $(wildcard csim/systemc/*.cpp csim/systemc/*.h)

$(BUILD)/host/csim/systemc/%.o: csim/systemc/%.cpp
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) -std=c++17 -O2 $(WARN) $(INC) -Icsim/systemc -g -MMD -MP -c $< -o $@

$(BUILD)/lib/libtsp_systemc.a: $(BUILD)/host/csim/systemc/tsp_systemc.o

# Both engines behind one socket: the golden model, and the RTL of CONFIG.
$(B)/platform: $(BUILD)/host/csim/systemc/platform.o $(BUILD)/lib/libtsp_systemc.a $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_golden.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)g++ $^ -o $@ $(SYSTEMC_LIBS) -latomic -lz -lm -pthread

# Its own rule, as it is C++; what it links with is that of the other suites of the csim.
$(BUILD)/host/tests/%.o: tests/%.cpp
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) -std=c++17 -O1 $(WARN) $(INC) -Icsim/systemc -g -MMD -MP -c $< -o $@

$(B)/tests/test_systemc: $(BUILD)/host/tests/test_systemc.o $(BUILD)/lib/libtsp_systemc.a $(HOST_LIBS) $(B)/libtsp_csim.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)g++ $(filter-out %.a,$^) $(BUILD)/lib/libtsp_systemc.a $(HOST_LIBS) $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_golden.a -o $@ \
	  -lcmocka $(SYSTEMC_LIBS) -latomic $(LIBS)

sim-systemc: $(B)/platform $(B)/example $(BUILD)/bin/tsp ## Runs TEST's image on the SystemC platform; output and cycles must equal those of the C engines
	@csim/systemc/sim.sh $(CONFIG) $(TEST) $(SEED) $(BUILD)
.PHONY: sim-systemc
