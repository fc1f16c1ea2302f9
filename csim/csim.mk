# csim.mk - the RTL through Verilator into libtsp_csim.a, also with waves and with coverage, and the tsp command linked with
# it.

RTL_PKG := rtl/ecc_pkg.sv rtl/fp_pkg.sv rtl/special_pkg.sv rtl/mxm_pkg.sv rtl/vxm_pkg.sv rtl/icu_pkg.sv # in the order in which they use each other
RTL_SRC := $(RTL_PKG) $(filter-out $(RTL_PKG),$(wildcard rtl/*.sv))
VERILATOR_ROOT := $(shell verilator --getenv VERILATOR_ROOT 2>/dev/null)

# Flat on purpose: hierarchical blocks would be smaller, but then no register could be seen, flipped or saved.
# unroll-count 16: loops over the lanes of a superlane become straight code that gcc vectorises (a supercell's
# multiply-accumulate above all); loops over streams and queues stay loops, which keeps the C++ small. Without the
# dataflow pass (dfg), which joins the parts of wide vectors into chains of concatenations that copy them again and again.
VFLAGS := --cc --top-module tsp_chip --prefix Vtsp_chip -Wno-fatal -Wno-lint -O3 --noassert -fno-dfg \
          --unroll-count 16 --unroll-stmts 100000 --output-split 15000 --output-split-cfuncs 400 --expand-limit 8 \
          --x-assign fast --x-initial unique
CXX      := $(if $(shell command -v ccache),ccache )g++
CXXFLAGS := -std=c++17 $(WARN) $(INC) -g -O2 -march=native

$(B)/rtl/tsp_pkg.sv: $(BUILD)/bin/tspgen
	@mkdir -p $(@D)
	$(Q)$< sv $(CONFIG) > $@.new && (cmp -s $@.new $@ && rm $@.new || mv $@.new $@)

# Rules for one variant: $(1) is csim, csim-waves, csim-cov or csim-netlist, $(2) further Verilator flags, $(3) further C++ flags,
# $(4) further RTL, $(5) what stands in place of all RTL.
define csim_rules
$(B)/$(1)/obj/Vtsp_chip.mk: $(if $(5),$(5),$(B)/rtl/tsp_pkg.sv $(RTL_SRC) $(4) csim/public.vlt rtl/lint/waivers.vlt) csim/csim.mk csim/group.sh
	@mkdir -p $$(@D) && rm -f $$(@D)/*.cpp $$(@D)/*.h $$(@D)/*.d
	$$(call say,VERILATE)
	$(Q)verilator $(VFLAGS) $(2) --Mdir $$(@D) $$(filter %.vlt,$$^) $$(filter %.sv %.v,$$^)
	$(Q)csim/group.sh $$(@D)

$(B)/$(1)/obj/Vtsp_chip__ALL.a: $(B)/$(1)/obj/Vtsp_chip.mk
	$$(call say,MAKE)
	$(Q)$$(MAKE) -C $$(@D) -f Vtsp_chip.mk -j 2 OBJCACHE=ccache OPT_FAST='$(if $(5),-O0,$(if $(3),-O1,-O3) -march=native)' OPT_SLOW=-O0 \
	  OPT_GLOBAL=-O2 Vtsp_chip__ALL.a > $$(@D)/make.log 2>&1 || { tail -20 $$(@D)/make.log; exit 1; }
	@touch $$@

$(B)/$(1)/%.o: csim/%.cpp $(B)/$(1)/obj/Vtsp_chip.mk
	$$(call say,CXX)
	$(Q)$(CXX) $(CXXFLAGS) $(3) -DTSP_CSIM_CONFIG='"$(CONFIG)"' -I$(B)/$(1)/obj -isystem $(VERILATOR_ROOT)/include \
	  -isystem $(VERILATOR_ROOT)/include/vltstd -MMD -MP -c $$< -o $$@

$(B)/$(1)/v-%.o: $(VERILATOR_ROOT)/include/%.cpp $(B)/$(1)/obj/Vtsp_chip.mk
	$$(call say,CXX)
	$(Q)$(CXX) -std=c++17 -O2 -march=native $(3) -DVM_COVERAGE=$(if $(filter %-cov %-lines,$(1)),1,0) -DVM_SC=0 -DVM_TRACE=$(if $(filter %-waves,$(1)),1,0) -w -I$(B)/$(1)/obj \
	  -I$(VERILATOR_ROOT)/include -I$(VERILATOR_ROOT)/include/vltstd -c $$< -o $$@

$(B)/lib$(1).a: $(B)/$(1)/obj/Vtsp_chip__ALL.a $(patsubst csim/%.cpp,$(B)/$(1)/%.o,$(wildcard csim/*.cpp)) \
                $(B)/$(1)/v-verilated.o $(B)/$(1)/v-verilated_threads.o $(if $(filter %-waves,$(1)),$(B)/$(1)/v-verilated_fst_c.o) \
                $(if $(filter %-cov %-lines,$(1)),$(B)/$(1)/v-verilated_cov.o)
	$(Q)rm -f $$@ && cp $$< $$@ && ar rs $$@ $$(filter %.o,$$^) 2>/dev/null

-include $(wildcard $(B)/$(1)/*.d)
endef

$(eval $(call csim_rules,csim,,,))
$(eval $(call csim_rules,csim-waves,--trace-fst --no-trace-params --trace-underscore --trace-max-width 1200,-DTSP_WAVES,waves/tsp_view.sv))

# Coverage of lines and toggles, and of lines alone, which builds and runs many times faster.
$(eval $(call csim_rules,csim-cov,--coverage-line --coverage-toggle,-DTSP_COVERAGE -DVM_COVERAGE=1,csim/coverage.vlt))
$(eval $(call csim_rules,csim-lines,--coverage-line,-DTSP_COVERAGE -DVM_COVERAGE=1,csim/coverage.vlt))

$(B)/libtsp_csim.a: $(B)/libcsim.a
	$(Q)cp $< $@

CSIM_LIBS := -lstdc++ -latomic $(LIBS)
$(B)/tsp: $(BUILD)/host/harness/tsp.o $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libtsp_csim.a
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_golden.a -o $@ $(CSIM_LIBS)

$(B)/tsp-waves: $(BUILD)/host/harness/tsp.o $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libcsim-waves.a
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libcsim-waves.a $(BUILD)/lib/libtsp_golden.a -o $@ $(CSIM_LIBS)

# Line and toggle coverage (ONLY=lines: of lines) of all cases, of the suites that use the host port, any instruction and
# wrong bits, and of N random programs.
COV        := $(if $(filter lines,$(ONLY)),lines,cov)
COV_SUITES := test_csim test_csim_random test_csim_ecc test_csim_mxm

$(B)/$(COV)/tsp: $(BUILD)/host/harness/tsp.o $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libcsim-$(COV).a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libcsim-$(COV).a $(BUILD)/lib/libtsp_golden.a -o $@ $(CSIM_LIBS)

$(B)/$(COV)/test_%: $(BUILD)/host/tests/test_%.o $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libcsim-$(COV).a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libcsim-$(COV).a $(BUILD)/lib/libtsp_golden.a -o $@ -lcmocka $(CSIM_LIBS)

coverage: $(BUILD)/bin/tsp $(B)/$(COV)/tsp $(COV_SUITES:%=$(B)/$(COV)/%) ## Coverage of the RTL (ONLY=lines: no toggles, faster) by all cases and N random programs; a table per module, HTML, and the lines never run
	csim/coverage.sh $(B)/$(COV) $(CONFIG) $(SEED) $(or $(N),500)

# cmocka suites that need the RTL; they run on the configuration that they are linked with.
$(B)/tests/%: $(BUILD)/host/tests/%.o $(BUILD)/host/harness/engines_rtl.o $(HOST_LIBS) $(B)/libtsp_csim.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $(filter-out %.a,$^) $(HOST_LIBS) $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_golden.a -o $@ -lcmocka $(CSIM_LIBS)

$(B)/example: csim/example.c $(BUILD)/lib/libtsp_golden.a $(B)/libtsp_csim.a
	$(call say,LINK)
	$(Q)gcc -std=c11 $(WARN) -Igolden -Icsim $< $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_golden.a -lstdc++ -latomic -lz -pthread -lm -o $@
