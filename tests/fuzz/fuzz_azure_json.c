/* fuzz_azure_json.c - Azure's JSON: no host outside the cloud, no member that is none. */
#include "compiler/azure_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

#define SUFFIX "azurecr.io"

static void judge_host(const char *host)
{
	size_t length = strlen(host);

	HOLDS(length > strlen(SUFFIX) + 1 && length <= 253 &&
	      host[length - strlen(SUFFIX) - 1] == '.' &&
	      strcmp(host + length - strlen(SUFFIX), SUFFIX) == 0);
	HOLDS(strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length);
}

static void read_registry(const struct doc *doc, struct arena *arena, struct diag *diag)
{
	struct azure_registry registry = {0};

	if (azure_registry_read(doc, SUFFIX, arena, &registry, diag)) {
		HOLDS(diag_errors(diag) > 0);
		return;
	}
	judge_host(registry.login_server.text);
	for (size_t i = 0; i < registry.data_host_count; i++)
		judge_host(registry.data_hosts[i].host);
	for (size_t i = 0; i < registry.regional_host_count; i++)
		judge_host(registry.regional_hosts[i].host);
}

static void read_endpoint(const struct doc *doc, struct arena *arena, struct diag *diag)
{
	struct private_endpoint endpoint = {0};

	if (azure_endpoint_read(doc, SUFFIX, arena, &endpoint, diag)) {
		HOLDS(diag_errors(diag) > 0);
		return;
	}
	HOLDS(endpoint.member_count > 0);
	for (size_t i = 0; i < endpoint.member_count; i++) {
		HOLDS(azure_member_region(endpoint.members[i].member));
		if (endpoint.members[i].fqdn)
			judge_host(endpoint.members[i].fqdn);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	uint32_t source = diag_add_source(diag, "fuzz", (const char *)data, size);
	struct doc *doc;

	if (json_read((const char *)data, size, source, arena, &doc, diag))
		return 0;
	read_registry(doc, arena, diag);
	diag = diag_new(arena);
	diag_add_source(diag, "fuzz", (const char *)data, size);
	read_endpoint(doc, arena, diag);
	judge_report(diag, arena);
	return 0;
}
