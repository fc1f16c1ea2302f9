# SPDX-License-Identifier: Apache-2.0
# The commands people type; `make help` lists them. Rules for the Verilated chip are in csim/csim.mk.

TEST    ?= mxm_gemm
# What goes to an FPGA or through a slow simulator is small unless said otherwise.
CONFIG  ?= $(if $(filter fpga fpga-report fpga-vendor sim-board smoke-icarus,$(MAKECMDGOALS)),nano,mini)
ENGINE  ?= lockstep
SEED    ?= 1
# CONFIGS=<file> adds the TSP_CONFIG lines of a file of your own; its build has a directory to itself.
BUILD   := build$(if $(CONFIGS),/with-$(basename $(notdir $(CONFIGS))))
B       := $(BUILD)/$(CONFIG)

CC      := $(if $(shell command -v ccache),ccache )gcc
WARN    := -Wall -Wextra -Werror -Wno-format-truncation
PASSES  := $(patsubst %/,%,$(wildcard compiler/*/))
INC     := -Igolden -Icsim -Icsim/board -Icompiler $(PASSES:%=-I%) -Iharness -Iwaves -Itests -I$(BUILD)/gen
DEFS    := $(if $(CONFIGS),-DTSP_EXTRA_CONFIGS='"$(abspath $(CONFIGS))"')
CFLAGS  := -std=c11 -D_GNU_SOURCE $(WARN) $(INC) $(DEFS) -g
OPT     := -O3 -march=native
SAN     := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LIBS    := -ljansson -lz -lm -pthread

# V=1 shows the commands.
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(patsubst $(CURDIR)/%,%,$@)')

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: help deps sim fuzz fuzz-graphs bench-compiler coverage test test-full test-long list waves bench lint format docs numerics llama-table special-def fpga clean all
.DEFAULT_GOAL := help

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(filter-out %.d,$(MAKEFILE_LIST)) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  variables: TEST=$(TEST) CONFIG=$(CONFIG) (nano mini full) ENGINE=$(ENGINE) (lockstep golden rtl netlist) SEED=$(SEED) WAVES=1 INJECT=1 CONFIGS=file"

# ---- sources ----------------------------------------------------------------------------------------------------
GOLDEN_SRC   := $(filter-out golden/tspgen.c golden/specialgen.c,$(wildcard golden/*.c))
COMPILER_SRC := $(wildcard compiler/*/*.c)
CASES_SRC    := $(wildcard tests/cases/*.c)
HARNESS_SRC  := $(filter-out harness/engines_%.c,$(wildcard harness/*.c))
SUITES       := $(basename $(notdir $(wildcard tests/test_*.c)))
CSIM_SUITES  := $(filter test_csim% test_inject% test_waves%,$(SUITES))
HOST_SUITES  := $(filter-out $(CSIM_SUITES),$(SUITES))

LIB_SRC  := $(GOLDEN_SRC) $(COMPILER_SRC) $(CASES_SRC) $(filter-out harness/tsp.c,$(HARNESS_SRC))
HOST_OBJ := $(LIB_SRC:%.c=$(BUILD)/host/%.o)
SAN_OBJ  := $(LIB_SRC:%.c=$(BUILD)/san/%.o)

$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(OPT) -MMD -MP -c $< -o $@

$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(SAN) -MMD -MP -c $< -o $@

# The cases of tests/kernels/: a kernel's first line is a comment that says what it is.
$(BUILD)/gen/kernels.inc: FORCE
	@mkdir -p $(@D)
	@for k in tests/kernels/*.tk; do \
	  printf 'TSP_KERNEL(%s, "%s")\n' "$$(basename $$k .tk)" "$$(sed -n '1s/^# *//p' $$k)"; done > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
.PHONY: FORCE
$(foreach o,cases kernels,$(BUILD)/host/tests/cases/$o.o $(BUILD)/san/tests/cases/$o.o): $(BUILD)/gen/kernels.inc

-include $(shell find $(BUILD)/host $(BUILD)/san -name '*.d' 2>/dev/null)

# ---- libraries and programs --------------------------------------------------------------------------------------
$(BUILD)/lib/libtsp_golden.a: $(GOLDEN_SRC:%.c=$(BUILD)/host/%.o)
$(BUILD)/lib/libtsp_compiler.a: $(COMPILER_SRC:%.c=$(BUILD)/host/%.o)
$(BUILD)/lib/libtsp_harness.a: $(CASES_SRC:%.c=$(BUILD)/host/%.o) $(filter-out %/harness/tsp.o,$(HARNESS_SRC:%.c=$(BUILD)/host/%.o))
$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

HOST_LIBS := $(BUILD)/lib/libtsp_harness.a $(BUILD)/lib/libtsp_compiler.a $(BUILD)/lib/libtsp_golden.a

$(BUILD)/bin/tspgen: $(addprefix $(BUILD)/host/golden/,tspgen.o config.o isa.o word.o status.o)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ -pthread

special-def: ## Computes the tables of the special functions, golden/special.def, anew
	@mkdir -p $(BUILD)/bin
	$(Q)gcc $(CFLAGS) -O2 golden/specialgen.c -o $(BUILD)/bin/specialgen -lm
	$(BUILD)/bin/specialgen > golden/special.def

# The golden-only command; the one with the RTL of a configuration is $(B)/tsp (csim/csim.mk).
$(BUILD)/bin/tsp: $(BUILD)/host/harness/tsp.o $(BUILD)/host/harness/engines_golden.o $(HOST_LIBS)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ $(LIBS)

include csim/csim.mk
include csim/systemc/systemc.mk
include csim/install.mk
include csim/board/board.mk
include rtl/fpga/fpga.mk
include tests/smoke/smoke.mk
include waves/waves.mk

all: $(BUILD)/bin/tsp $(B)/tsp ## Builds the tsp command with and without the RTL of CONFIG

# ---- running -----------------------------------------------------------------------------------------------------
TSP_sim     := $(if $(filter golden,$(ENGINE)),$(BUILD)/bin/tsp,$(if $(filter netlist,$(ENGINE)),$(B)/tsp-netlist,$(if $(filter-out fail,$(WAVES)),$(B)/tsp-waves,$(B)/tsp)))
SIM_FLAGS   := --config $(CONFIG) --engine $(ENGINE:netlist=lockstep) --seed $(SEED) $(if $(WAVES),--waves$(if $(filter fail,$(WAVES)),=fail)) \
               $(if $(INJECT),--inject $(INJECT)) --out $(B)/$(TEST)

sim: $(TSP_sim) $(if $(filter fail,$(WAVES)),$(B)/tsp-waves) ## Runs TEST on ENGINE, by default RTL and golden model in lockstep
	@$(TSP_sim) sim $(TEST) $(SIM_FLAGS) || { s=$$?; \
	  if [ $$s = 1 ] && [ $(TSP_sim) = $(B)/tsp ] && [ ! -x $(B)/tsp-waves ]; then \
	    echo "  the run failed: building the chip with waves, then the same run again for its window of waves"; \
	    $(MAKE) --no-print-directory $(B)/tsp-waves > $(B)/waves.log 2>&1 && $(B)/tsp sim --replay $(B)/$(TEST); fi; exit $$s; }

fuzz: $(TSP_sim) ## Runs N random programs (legal, and with one schedule fault) in lockstep: N=500 SEED=1
	@$(TSP_sim) fuzz --config $(CONFIG) --engine $(ENGINE:netlist=lockstep) --seed $(SEED) --count $(or $(N),500) $(if $(FROM),--from $(FROM)) --out $(B)/fuzz

fuzz-graphs: N := $(if $(filter file,$(origin N)),200,$(N))
fuzz-graphs: $(TSP_sim) ## Compiles and runs N random graphs against the oracle: N=200 SEED=1
	@$(TSP_sim) fuzz-graphs --config $(CONFIG) --engine $(ENGINE:netlist=lockstep) --seed $(SEED) --count $(N) $(if $(FROM),--from $(FROM)) --out $(B)/fuzz-graphs

# VIEW is one of those of `tsp waves --help`; OF its slice or stream, SUPERLANE and CYCLE where to look. A run that fails has waves, too.
VIEW       ?= program
VIEW_FLAGS  = --view $(VIEW) $(if $(OF),--$(VIEW) $(OF)) $(if $(SUPERLANE),--superlane $(SUPERLANE)) $(if $(CYCLE),--at $(CYCLE))
waves: $(B)/tsp-waves ## Runs TEST with waves and opens a view of them in GTKWave: VIEW=program slice stream queues superlane, OF=mem_w3 or s4.e
	@$(B)/tsp-waves sim $(TEST) --config $(CONFIG) --engine $(ENGINE) --seed $(SEED) --waves --out $(B)/$(TEST) || [ $$? = 1 ]
	@$(if $(filter-out program,$(VIEW))$(OF)$(SUPERLANE)$(CYCLE),save=$$($(B)/tsp-waves waves $(B)/$(TEST) $(VIEW_FLAGS)),save=$(B)/$(TEST)/waves.gtkw) && gtkwave $$save

list: $(BUILD)/bin/tsp ## Lists the tests that `make sim` can run
	@$(BUILD)/bin/tsp list

BENCH_SECONDS ?= 5
bench: $(BUILD)/bin/tsp $(B)/tsp $(B)/tsp-waves $(B)/platform ## Speeds of all engines on CONFIG in one run, as ratios to the RTL; JSON in build/<config>/bench.json
	@csim/bench.sh $(BUILD) $(CONFIG) $(TEST) $(BENCH_SECONDS) $(B)/bench.json

bench-compiler: $(BUILD)/bin/tsp ## Table of kernels on CONFIG: cycles, bound, ratio, compile time, text size
	@$< bench-compiler --config $(CONFIG) $(if $(filter full,$(CONFIG)),tests/bench/*.tk) tests/kernels/*.tk

docs: $(BUILD)/isa.md ## Generates the ISA reference page, build/isa.md
$(BUILD)/isa.md: $(BUILD)/bin/tspgen
	$< doc > $@

# ---- tests -------------------------------------------------------------------------------------------------------
$(BUILD)/san/tests/%: $(BUILD)/san/tests/%.o $(BUILD)/san/harness/engines_golden.o $(SAN_OBJ)
	$(call say,LINK)
	$(Q)gcc $(SAN) $^ -o $@ -lcmocka $(LIBS)

$(BUILD)/host/tests/numerics: $(BUILD)/host/tests/numerics.o $(BUILD)/lib/libtsp_golden.a
	$(call say,LINK)
	$(Q)gcc $^ -o $@ $(LIBS)

# The RTL first: what its suites compared is a column of the page.
numerics: $(BUILD)/host/tests/numerics $(B)/tests/test_csim_numerics $(B)/tests/test_csim_mxm ## Checks all arithmetic, model against host and RTL against model, 10^8 and 10^6 operands or all (N=<count>: fewer); writes build/numerics.md
	@rm -f $(BUILD)/numerics.rtl
	@export TSP_RTL_CASES=$(BUILD)/numerics.rtl TSP_PAIRS=$(or $(N),1048576); $(B)/tests/test_csim_numerics && $(B)/tests/test_csim_mxm
	@TSP_RTL_CASES=$(BUILD)/numerics.rtl $< $(N) > $(BUILD)/numerics.part; s=$$?; mv $(BUILD)/numerics.part $(BUILD)/numerics.md; exit $$s

$(BUILD)/host/tests/llama_table: $(BUILD)/host/tests/llama_table.o $(BUILD)/host/harness/engines_golden.o $(HOST_LIBS)
	$(call say,LINK)
	$(Q)gcc $^ -o $@ $(LIBS)

llama-table: $(BUILD)/host/tests/llama_table ## Precisions of a language model on CONFIG: text, error, perplexity, cycles; writes build/llama.md
	@$< $(CONFIG) > $(BUILD)/llama.part && mv $(BUILD)/llama.part $(BUILD)/llama.md && cat $(BUILD)/llama.md

suites: $(HOST_SUITES:%=$(BUILD)/san/tests/%)

test: ## The quick tier: all suites, every case in lockstep on nano, mini and an odd configuration (REPORT=junit: also as XML)
	@REPORT=$(REPORT) tests/run.sh quick

test-full: ## The same cases on `full` in lockstep (builds the 320-lane chip first)
	@REPORT=$(REPORT) tests/run.sh full

test-long: ## On `full` the cases of tens of thousands of cycles: language model, transformer blocks
	@REPORT=$(REPORT) tests/run.sh long

# ---- hygiene -----------------------------------------------------------------------------------------------------
C_FILES := $(wildcard golden/*.[ch] csim/*.[ch] compiler/*.[ch] compiler/*/*.[ch] harness/*.[ch] tests/*.[ch] tests/cases/*.[ch] waves/*.[ch] csim/board/*.[ch] tests/smoke/*.[ch])
CXX_FILES += $(wildcard csim/*.cpp csim/*.hpp csim/board/*.cpp)

lint: lint-rtl ## Verilator, Yosys and Icarus on every module; cppcheck, clang-tidy and clang-format on the C code
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
	  --suppress=missingIncludeSystem -UTSP_EXTRA_CONFIGS --std=c11 $(INC) $(filter %.c,$(C_FILES))
	printf '%s\n' $(filter %.c,$(C_FILES)) | xargs -P $$(nproc) -n 4 sh -c 'clang-tidy --quiet "$$@" -- -std=c11 -D_GNU_SOURCE $(INC)' tidy
	clang-format --dry-run --Werror $(C_FILES) $(CXX_FILES)

LINT_CONFIGS ?= nano mini full
lint-rtl: ## Every RTL module alone as top, in LINT_CONFIGS (nano mini full)
	@for c in $(LINT_CONFIGS); do $(MAKE) --no-print-directory CONFIG=$$c build/$$c/rtl/tsp_pkg.sv && rtl/lint/lint.sh build/$$c/rtl/tsp_pkg.sv || exit 1; done

format: ## Formats the C code
	clang-format -i $(C_FILES) $(CXX_FILES)

PACKAGES := build-essential ccache verilator yosys iverilog gtkwave xvfb lcov libcmocka-dev libjansson-dev zlib1g-dev libsystemc-dev nextpnr-ice40 fpga-icestorm \
            cppcheck clang-tidy clang-format pkg-config

deps: ## Installs the Debian packages everything needs (at once where all are there)
	@missing=; for p in $(PACKAGES); do \
	   dpkg-query -W -f='$${db:Status-Status}\n' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; done; \
	 [ -z "$$missing" ] || { sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	   $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y --no-install-recommends $$missing; }

clean: ## Removes build/
	rm -rf build
