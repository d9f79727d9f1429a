/* ir_backend.c - The ir back end: its constant. */
#include "backends/backend.h"
#include "backends/ir/ir.h"
#include "backends/ir/ir_emit.h"
#include "backends/ir/ir_scope.h"
#include "backends/registry.h"

const struct backend backend_ir = {
	.name = "ir",
	.summary = "the bound intent and its rules as JSON, for tools that others write",
	.kind = BACKEND_KIND_DATA,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(WILDCARDS) |
		BACKEND_CAP(TAGS) | BACKEND_CAP(IPV4) | BACKEND_CAP(IPV6) |
		BACKEND_CAP(TCP) | BACKEND_CAP(UDP) | BACKEND_CAP(FAMILIES) |
		BACKEND_CAP(PROTOCOLS) | BACKEND_CAP(PROTOCOL_LIST) |
		BACKEND_CAP(REFUSE) | BACKEND_CAP(LOG),
	.limits = {.source = NULL},
	.scope = ir_scope,
	.request = ir_request,
	.emit = ir_emit,
	.sniff = ir_sniff,
	.import = ir_import,
};
