# Makefile - Build, test and install postern.  "make help" lists the targets.
#
#   BUILD=DIR		where objects and the program go (default: build)
#   CC=clang		another compiler
#   SAN=address,undefined	build with sanitizers (into build/san-address,undefined)
#   WERROR=1		warnings are errors (tests and CI set it)
#   FUZZ_TIME=60	seconds that each fuzz target runs
#   MUTANTS=200, SEED=1	how many mutants of each artifact "make mutation" makes, and which
#   PREFIX, DESTDIR	where "make install" puts things (default: /usr/local)
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
FUZZ_TIME ?= 60
MUTANTS	?= 200
SEED	?= 1
V	?=
Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)

PACKAGES := yaml-0.1 libcjson libxml-2.0 nettle libnftnl libmnl libseccomp

# Asked once and only when something is built: on a new machine pkg-config itself is
# still missing when "make demo" and "make check" begin, and "make help" never needs it.
package_flags	= $(shell pkg-config $(1) $(PACKAGES) 2>/dev/null)
PACKAGE_CFLAGS	= $(eval PACKAGE_CFLAGS := $(call package_flags,--cflags))$(PACKAGE_CFLAGS)
LIBS		= $(eval LIBS := $(call package_flags,--libs))$(LIBS)

CPPFLAGS += -I. -D_GNU_SOURCE -DPOSTERN_VERSION='"$(VERSION)"'
CFLAGS	?= -O2 -g
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(PACKAGE_CFLAGS) -pedantic -Wall -Wextra -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef \
	-Wvla -Wswitch-enum -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -fno-common \
	-fstack-protector-strong $(if $(SAN),$(SAN_CFLAGS),-D_FORTIFY_SOURCE=2) \
	$(if $(WERROR),-Werror)
# Fortified functions hide from AddressSanitizer what they copy.
SAN_CFLAGS = -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
DEPFLAGS = -MMD -MP -MF $(@:.o=.d)

# -- what there is: layers are folders, found by looking ------------------------

RULES_SOURCES	 := $(wildcard rules/base/*.c rules/*.c)
BACKENDS_SOURCES := $(wildcard backends/*.c backends/*/*.c)
COMPILER_SOURCES := $(filter-out compiler/main.c,$(wildcard compiler/*.c))
SOURCES := $(RULES_SOURCES) $(BACKENDS_SOURCES) $(COMPILER_SOURCES) compiler/main.c
HEADERS := $(wildcard rules/base/*.h rules/*.h backends/*.h backends/*/*.h compiler/*.h)

# Tests: one program a file, but for tests/lib and tests/oracle (shared by all), tests/fuzz,
# whose files have no main of their own, and what the tools of tests/live share.
UNIT_SOURCES  := $(wildcard tests/unit/*/*_test.c)
TESTS_SOURCES := $(wildcard tests/*.c tests/bench/*.c)
TESTS_LIB_SOURCES := $(wildcard tests/lib/*.c tests/oracle/*.c)
LIVE_SOURCES  := $(filter-out tests/live/endpoint.c tests/live/interpose.c,\
	$(wildcard tests/live/*.c))
FUZZ_SOURCES  := $(wildcard tests/fuzz/fuzz_*.c)
ALL_SOURCES   := $(SOURCES) $(UNIT_SOURCES) $(TESTS_SOURCES) $(TESTS_LIB_SOURCES) \
	$(wildcard tests/fuzz/*.c tests/live/*.c)
ALL_HEADERS   := $(HEADERS) $(wildcard tests/*.h tests/*/*.h)

object	= $(patsubst %.c,$(BUILD)/%.o,$(1))
program	= $(patsubst %.c,$(BUILD)/%,$(1))

RULES_LIB    := $(BUILD)/librules.a
BACKENDS_LIB := $(BUILD)/libbackends.a
COMPILER_LIB := $(BUILD)/libcompiler.a
TESTS_LIB    := $(if $(TESTS_LIB_SOURCES),$(BUILD)/libtests.a)
PROGRAM	     := $(BUILD)/postern

UNIT_RULES    := $(call program,$(filter tests/unit/rules/%,$(UNIT_SOURCES)))
UNIT_BACKENDS := $(call program,$(filter tests/unit/backends/%,$(UNIT_SOURCES)))
UNIT_COMPILER := $(call program,$(filter tests/unit/compiler/%,$(UNIT_SOURCES)))
UNIT	      := $(UNIT_RULES) $(UNIT_BACKENDS) $(UNIT_COMPILER)
TESTS	      := $(call program,$(TESTS_SOURCES))
LIVE	      := $(call program,$(LIVE_SOURCES)) $(BUILD)/tests/live/interpose.so
FUZZERS	      := $(call program,$(FUZZ_SOURCES))
REPLAYERS     := $(FUZZERS:%=%_replay)

# -- build ----------------------------------------------------------------------

.PHONY: all
all: $(PROGRAM) ## Build the program (build/postern)

# Order only: it says what is missing before the compiler does, and rebuilds nothing.
.PHONY: build-tools
build-tools:
	@tests/tools/setup --verify $(CC) $(PACKAGES)

$(BUILD)/%.o: %.c | build-tools
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(RULES_LIB): $(call object,$(RULES_SOURCES))
$(BACKENDS_LIB): $(call object,$(BACKENDS_SOURCES))
$(COMPILER_LIB): $(call object,$(COMPILER_SOURCES))
$(TESTS_LIB): $(call object,$(TESTS_LIB_SOURCES))
$(RULES_LIB) $(BACKENDS_LIB) $(COMPILER_LIB) $(TESTS_LIB):
	@rm -f $@
	$(call say,AR,$@)ar rcsD $@ $^

# Libraries in the order of the layers, whatever the order of the prerequisites.
libraries = $(foreach library,$(TESTS_LIB) $(COMPILER_LIB) $(BACKENDS_LIB) $(RULES_LIB),\
	$(filter $(library),$^))
link	= $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libraries) $(LIBS)

$(PROGRAM): $(BUILD)/compiler/main.o $(COMPILER_LIB) $(BACKENDS_LIB) $(RULES_LIB)
	$(call say,LD,$@)$(link)

$(UNIT_RULES): $(TESTS_LIB) $(RULES_LIB)
$(UNIT_BACKENDS): $(TESTS_LIB) $(BACKENDS_LIB) $(RULES_LIB)
$(UNIT_COMPILER): $(call object,$(filter-out %_test.c,$(wildcard tests/unit/compiler/*.c)))
$(UNIT_COMPILER): $(TESTS_LIB) $(COMPILER_LIB) $(BACKENDS_LIB) $(RULES_LIB)
# BuDDy: an oracle for diagrams that others wrote.
$(UNIT_RULES): UNIT_LIBS := -lbdd
$(UNIT): $(BUILD)/%: $(BUILD)/%.o
	$(call say,LD,$@)$(link) -lcmocka $(UNIT_LIBS)

$(TESTS) $(FUZZERS) $(REPLAYERS): $(TESTS_LIB) $(COMPILER_LIB) $(BACKENDS_LIB) $(RULES_LIB)
$(BUILD)/tests/bdd_oracle $(BUILD)/tests/bench/bdd_peer: TESTS_LIBS := -lbdd
$(TESTS): $(BUILD)/%: $(BUILD)/%.o
	$(call say,LD,$@)$(link) $(TESTS_LIBS)
# Loaded into the program by tests: it stands between it and the kernel.
$(BUILD)/tests/live/interpose.so: tests/live/interpose.c | build-tools
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CPPFLAGS) -std=gnu17 -O2 -Wall -Wextra $(if $(WERROR),-Werror) \
		-shared -fPIC -o $@ $<
$(call program,$(LIVE_SOURCES)): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/live/endpoint.o $(RULES_LIB)
	$(call say,LD,$@)$(link)
$(BUILD)/tests/live/edges $(BUILD)/tests/live/same_rules: $(BACKENDS_LIB)
$(BUILD)/tests/live/squid_ask $(BUILD)/tests/live/answers_ask \
$(BUILD)/tests/live/resolver_ask: $(TESTS_LIB) $(BACKENDS_LIB)
$(BUILD)/tests/live/confined: $(COMPILER_LIB) $(BACKENDS_LIB)
$(FUZZERS): $(BUILD)/%: $(BUILD)/%.o
	$(call say,LD,$@)$(link) -fsanitize=fuzzer
$(REPLAYERS): $(BUILD)/%_replay: $(BUILD)/%.o $(BUILD)/tests/fuzz/replay.o
	$(call say,LD,$@)$(link)

.PHONY: tests
tests: $(PROGRAM) $(UNIT) $(TESTS) $(LIVE) $(REPLAYERS) ## Build the program and all tests, run none

# What tests/sabotage/run needs besides the program: the tests against foreign truth.
.PHONY: tests/sabotage-tests
tests/sabotage-tests: $(addprefix $(BUILD)/tests/unit/compiler/,catalogue_test endpoints_test bind_test)

.PHONY: fuzzers
fuzzers: $(FUZZERS)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

# The pages, completions and the schema come from the tables that the program itself uses.
SHARE	:= $(BUILD)/packaging
PAGES	:= $(SHARE)/postern.1 $(SHARE)/postern-spec.5
COMPLETIONS := $(SHARE)/postern.bash $(SHARE)/_postern $(SHARE)/postern.fish
SCHEMA	:= $(SHARE)/postern.schema.json

$(SHARE)/postern.1:	 GENERATE := manual
$(SHARE)/postern-spec.5: GENERATE := spec-manual
$(SHARE)/postern.bash:	 GENERATE := bash
$(SHARE)/_postern:	 GENERATE := zsh
$(SHARE)/postern.fish:	 GENERATE := fish
$(SCHEMA):		 GENERATE := schema
$(PAGES) $(COMPLETIONS) $(SCHEMA): $(PROGRAM)
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(PROGRAM) generate $(GENERATE) > $@

.PHONY: docs
docs: $(PAGES) $(COMPLETIONS) $(SCHEMA) ## Write the manual pages, completions and schema (build/packaging)

# -- test: the suites are rows of tests/tools/suites ----------------------------

.PHONY: check
check: ## Install what is missing, build three times, run every suite (15 minutes)
	@tests/tools/check

suite = @BUILD=$(BUILD) tests/tools/suite

.PHONY: unit golden reject cli syntaxes roundtrip laws live apply watch systemd sabotage bogons docs-check schema certificate
unit: $(UNIT) ## Run the unit tests
	$(suite) $@
golden: tests ## Compile every golden case and compare every file
	$(suite) $@
reject: tests ## Give every wrong spec and compare what is said about it
	$(suite) $@
cli: tests ## Give command lines and compare what is printed; every message is provoked
	$(suite) $@
syntaxes: tests ## Say every spec in YAML, JSON and XML: equal messages and bytes
	$(suite) $@
roundtrip: tests ## Read back what was emitted: equal packet sets and ids
	$(suite) $@
laws: tests ## Try the laws of the packet sets against brute force
	$(suite) $@
certificate: tests ## Give z3 the certificate of every output: all claims must hold
	$(suite) $@
live: $(PROGRAM) $(LIVE) ## Load the output into real kernels and programs (root, namespaces)
	$(suite) $@
apply: $(PROGRAM) $(LIVE) ## Change the rules of real kernels, with packets passing (root, namespaces)
	$(suite) $@
watch: $(PROGRAM) $(LIVE) ## Kill, refuse, hang, confine and lie to "postern watch" (root, namespaces)
	$(suite) $@
systemd: $(PROGRAM) ## Boot a real systemd with our units (root, namespaces, a control group)
	$(suite) $@
sabotage: tests ## Break emitters and importers on purpose: the proof must notice
	$(suite) $@
.PHONY: mutation
mutation: $(PROGRAM) ## Change each golden artifact in 200 ways: verify must tell which still do the same
	@tests/mutation/selftest.py
	@BUILD=$(BUILD) tests/mutation/run --count $(MUTANTS) --seed $(SEED) --tool
bogons: tests ## Give inputs that once did harm, and the fuzzers' seeds
	$(suite) $@
schema: tests docs ## Judge specs and proofs by the JSON Schemas (needs node and npm)
	$(suite) $@
docs-check: tests docs ## Check manual pages, completions and README against the tables
	$(suite) $@

.PHONY: golden-update
golden-update: tests ## Write the golden files anew; "git diff" is the review
	@BUILD=$(BUILD) UPDATE=1 tests/tools/suite golden

# Objects for the fuzzers count edges, so they are no use to anybody else.
FUZZ_BUILD := build/fuzz-objects
.PHONY: fuzz
fuzz: ## Run each fuzzer for FUZZ_TIME seconds; findings go to build/fuzz
	@$(MAKE) --no-print-directory CC=clang BUILD=$(FUZZ_BUILD) \
		SAN=fuzzer-no-link,address,undefined fuzzers
	@tests/tools/fuzz $(FUZZ_BUILD) $(FUZZ_TIME)

.PHONY: bench
bench: tests ## Measure against peers; prints CSV, and which aims are met (5 minutes)
	@BUILD=$(BUILD) tests/bench/run

.PHONY: demo
demo: ## Install what building needs, build, and compile an example
	@tests/tools/setup build
	@$(MAKE) --no-print-directory all
	@examples/demo $(PROGRAM)

# -- look at the source ---------------------------------------------------------

.PHONY: layers symbols headers format format-check lint
layers: ## Check that no #include breaks a layer
	@tests/tools/check-layers
symbols: $(BACKENDS_LIB) ## Check that emit and import of a back end share no symbol
	@tests/tools/check-symbols $(BUILD)
headers: ## Check that each header compiles alone, with gcc and clang
	@tests/tools/check-headers $(HEADERS)
format: ## Bring the C code into form
	$(Q)clang-format -i $(ALL_SOURCES) $(ALL_HEADERS)
format-check: ## Say where the C code is not in form
	$(Q)clang-format --dry-run -Werror $(ALL_SOURCES) $(ALL_HEADERS)
lint: compile_commands.json ## Run clang-tidy and cppcheck
	@tests/tools/lint $(SOURCES)

compile_commands.json: Makefile ## Say to editors how each file is compiled
	@tests/tools/compile-commands $(ALL_SOURCES) -- $(CC) $(CPPFLAGS) $(ALL_CFLAGS) > $@

# -- install --------------------------------------------------------------------

bindir	= $(DESTDIR)$(PREFIX)/bin
# systemd reads units of /usr and of /usr/local (systemd.unit(5)).
units	= $(DESTDIR)$(PREFIX)/lib/systemd/system
UNITS	:= postern-load.service postern-watch@.service
share	= $(DESTDIR)$(PREFIX)/share
# Everything that installing makes, so that "uninstall" forgets nothing.
INSTALLED = $(bindir)/postern $(share)/man/man1/postern.1 \
	$(share)/man/man5/postern-spec.5 \
	$(share)/bash-completion/completions/postern \
	$(share)/zsh/site-functions/_postern \
	$(share)/fish/vendor_completions.d/postern.fish \
	$(share)/postern/postern.schema.json $(share)/postern/proof.schema.json \
	$(share)/postern/ir.schema.json $(addprefix $(units)/,$(UNITS)) \
	$(addprefix $(share)/doc/postern/,$(DOCUMENTS))
DOCUMENTS := $(wildcard LICENSE README.md CHANGELOG.md)

.PHONY: install uninstall
install: all docs ## Install the program, manual pages, completions, schemas (DESTDIR, PREFIX)
	$(Q)install -D -m 755 $(PROGRAM) $(bindir)/postern
	$(Q)install -D -m 644 $(SHARE)/postern.1 $(share)/man/man1/postern.1
	$(Q)install -D -m 644 $(SHARE)/postern-spec.5 $(share)/man/man5/postern-spec.5
	$(Q)install -D -m 644 $(SHARE)/postern.bash $(share)/bash-completion/completions/postern
	$(Q)install -D -m 644 $(SHARE)/_postern $(share)/zsh/site-functions/_postern
	$(Q)install -D -m 644 $(SHARE)/postern.fish $(share)/fish/vendor_completions.d/postern.fish
	$(Q)install -D -m 644 -t $(share)/postern $(SCHEMA) packaging/proof.schema.json \
		packaging/ir.schema.json
	$(Q)install -d $(units)
	$(Q)for unit in $(UNITS); do \
		sed 's|@bindir@|$(PREFIX)/bin|' packaging/$$unit > $(units)/$$unit || exit; \
	done
	$(Q)install -D -m 644 -t $(share)/doc/postern $(DOCUMENTS)
uninstall: ## Remove what "make install" installed
	$(Q)rm -f $(INSTALLED)
	$(Q)rmdir $(share)/doc/postern $(share)/postern 2>/dev/null || true

# -- the rest -------------------------------------------------------------------

.PHONY: setup
setup: ## Install what building and testing need (Debian; as root or with sudo)
	@tests/tools/setup all

.PHONY: clean
clean: ## Remove what was built
	$(Q)rm -rf build compile_commands.json

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z_][a-z_.-]*\):[^#=]*## \(.*\)/\1\t\2/p' Makefile | \
		while IFS=$$'\t' read -r target text; do printf '  %-22s %s\n' "$$target" "$$text"; done
