# install.mk - `make install PREFIX=<dir> [DESTDIR=<root>]`: headers, libraries, the tsp command with its
# manual page and completion, files of pkg-config.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := $(shell sed -n 's/^\#\# *\[*\([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1 | grep . || echo 0)
HEADERS := $(wildcard golden/tsp_*.h) golden/isa.def csim/tsp_csim.h csim/systemc/tsp_systemc.h
AT      := $(DESTDIR)$(PREFIX)

# pc FILE, description, requires, libs
pc = printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include/tsp' 'config=$(CONFIG)' '' \
     'Name: $(1)' 'Description: $(2)' 'Version: $(VERSION)' 'Requires: $(3)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} $(4)' \
     > $(AT)/lib/pkgconfig/$(1).pc

$(BUILD)/tsp.1: harness/man.sh $(BUILD)/bin/tsp
	$(Q)harness/man.sh $(BUILD)/bin/tsp > $@

install: $(BUILD)/tsp.1 $(B)/tsp $(BUILD)/bin/tsp-filter $(BUILD)/lib/libtsp_golden.a $(B)/libtsp_csim.a $(BUILD)/lib/libtsp_systemc.a ## Installs commands, libraries, headers and pkg-config files to PREFIX, with the RTL of CONFIG
	@install -d $(AT)/bin $(AT)/lib/pkgconfig $(AT)/include/tsp
	@install -m 755 $(B)/tsp $(BUILD)/bin/tsp-filter $(AT)/bin/
	@install -d $(AT)/share/man/man1 $(AT)/share/bash-completion/completions
	@install -m 644 $(BUILD)/tsp.1 $(AT)/share/man/man1/
	@install -m 644 harness/tsp.bash $(AT)/share/bash-completion/completions/tsp
	@install -m 644 $(HEADERS) $(AT)/include/tsp/
	@install -m 644 $(filter %.a,$^) $(AT)/lib/
	@$(call pc,tsp-golden,golden model and program images of the tensor streaming processor,,-ltsp_golden -lz -lm -pthread)
	@$(call pc,tsp-csim,Verilated RTL of the tensor streaming processor in configuration $(CONFIG),tsp-golden,-ltsp_csim -lstdc++ -latomic)
	@$(call pc,tsp-systemc,SystemC module of the tensor streaming processor,tsp-golden,-ltsp_systemc -lsystemc)
	@echo "installed to $(AT), with the RTL of $(CONFIG): pkg-config --cflags --libs tsp-golden tsp-csim tsp-systemc"

test-install: $(B)/tsp $(B)/example ## Installs to an empty folder, and builds and runs programs against it from outside the tree
	@tests/install.sh $(CONFIG)

.PHONY: install test-install
