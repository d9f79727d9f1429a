# Makefile - Build, test and install postern.  "make help" lists the targets.
#
#   BUILD=DIR		where objects and the program go (default: build)
#   CC=clang		another compiler
#   SAN=address,undefined	build with sanitizers (into build/san-address,undefined)
#   WERROR=1		warnings are errors (tests and CI set it)
#   V=1			show every command

# -- settings -------------------------------------------------------------------

SHELL	:= /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VERSION	:= 0.1.0
PREFIX	?= /usr/local
DESTDIR	?=
CC	:= $(if $(filter default,$(origin CC)),gcc,$(CC))
SAN	?=
BUILD	?= build$(if $(SAN),/san-$(SAN))
V	?=
Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)

PACKAGES := yaml-0.1 libcjson libxml-2.0 nettle

CPPFLAGS += -I. -D_GNU_SOURCE -DPOSTERN_VERSION='"$(VERSION)"'
CFLAGS	?= -O2 -g
ALL_CFLAGS = -std=gnu17 $(CFLAGS) -pedantic -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wswitch-enum \
	-Wcast-qual -Wformat=2 -Wimplicit-fallthrough -fno-common \
	-fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	$(if $(WERROR),-Werror) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -U_FORTIFY_SOURCE)
LIBS	= $(foreach package,$(PACKAGES),$(shell pkg-config --libs $(package) 2>/dev/null))
DEPFLAGS = -MMD -MP -MF $(@:.o=.d)

# -- what there is: layers are folders, found by looking ------------------------

RULES_SOURCES	 := $(wildcard rules/base/*.c rules/*.c)
BACKENDS_SOURCES := $(wildcard backends/*.c backends/*/*.c)
COMPILER_SOURCES := $(filter-out compiler/main.c,$(wildcard compiler/*.c))
SOURCES := $(RULES_SOURCES) $(BACKENDS_SOURCES) $(COMPILER_SOURCES) compiler/main.c
HEADERS := $(wildcard rules/base/*.h rules/*.h backends/*.h backends/*/*.h compiler/*.h)

object = $(patsubst %.c,$(BUILD)/%.o,$(1))

RULES_LIB    := $(BUILD)/librules.a
BACKENDS_LIB := $(BUILD)/libbackends.a
COMPILER_LIB := $(BUILD)/libcompiler.a
PROGRAM	     := $(BUILD)/postern

UNIT_RULES    := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/rules/*_test.c))
UNIT_BACKENDS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/backends/*_test.c))
UNIT_COMPILER := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/compiler/*_test.c))
UNIT	      := $(UNIT_RULES) $(UNIT_BACKENDS) $(UNIT_COMPILER)

.PHONY: all
all: $(PROGRAM) ## Build the program (build/postern)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(RULES_LIB): $(call object,$(RULES_SOURCES))
$(BACKENDS_LIB): $(call object,$(BACKENDS_SOURCES))
$(COMPILER_LIB): $(call object,$(COMPILER_SOURCES))
$(RULES_LIB) $(BACKENDS_LIB) $(COMPILER_LIB):
	@rm -f $@
	$(call say,AR,$@)ar rcsD $@ $^

$(PROGRAM): $(BUILD)/compiler/main.o $(COMPILER_LIB) $(BACKENDS_LIB) $(RULES_LIB)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(UNIT_RULES): $(RULES_LIB)
$(UNIT_BACKENDS): $(BACKENDS_LIB) $(RULES_LIB)
$(UNIT_COMPILER): $(call object,$(filter-out %_test.c,$(wildcard tests/unit/compiler/*.c)))
$(UNIT_COMPILER): $(COMPILER_LIB) $(BACKENDS_LIB) $(RULES_LIB)
$(UNIT): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %libcompiler.a,$^) $(filter %libbackends.a,$^) $(filter %librules.a,$^) $(LIBS) -lcmocka $(if $(filter $(BUILD)/tests/unit/rules/%,$@),-lbdd)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: unit
unit: $(UNIT) ## Run the unit tests
	$(Q)failed=0; for test in $(UNIT); do "$$test" > $$test.log 2>&1 || { cat $$test.log; failed=1; }; done; \
	cat $(addsuffix .log,$(UNIT)) | grep -c '^\[       OK' || true; exit $$failed

.PHONY: clean
clean: ## Remove what was built
	$(Q)rm -rf build
