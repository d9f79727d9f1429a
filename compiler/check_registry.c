/* check_registry.c - What a registry can be. */
#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/check.h"
#include "compiler/spec.h"

static void settle_data_endpoints(struct registry *registry)
{
	if (registry->data_endpoints != DATA_UNSET)
		return;
	registry->data_endpoints =
		registry->private_endpoint_count ? DATA_DEDICATED : DATA_STORAGE;
	registry->data_endpoints_at = registry->name.at;
}

static void check_replicas(const struct registry *registry, struct diag *diag)
{
	for (size_t i = 1; i < registry->region_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct region_ref *replica = &registry->regions[i];
			const struct region_ref *other = &registry->regions[k];

			if (strcmp(replica->name, other->name) != 0)
				continue;
			if (k == 0)
				diag_report(diag, DIAG_REPLICA_HOME, replica->word.at,
					    "'%s' is the home region of '%s'",
					    replica->name, registry->name.text);
			else
				diag_report(diag, DIAG_REPLICA_TWICE, replica->word.at,
					    "the replica '%s' is listed twice",
					    replica->name);
			diag_note(diag, other->word.at, "first here");
			diag_help(diag, "remove it");
			break;
		}
}

/* Azure's table of tiers: container-registry-skus.md and the pages of each feature
 * (azure.md 1.2, read 2026-08-20). */
static void check_sku(const struct registry *registry, struct diag *diag)
{
	static const char *const tiers[] = {"basic", "standard", "premium"};
	const struct {
		bool used;
		struct span at;
		const char *name;
	} features[] = {
		{registry->region_count > 1,
		 registry->region_count > 1 ? registry->regions[1].word.at : SPAN_NONE,
		 "replicas"},
		{registry->private_endpoint_count > 0,
		 registry->private_endpoint_count
			 ? registry->private_endpoints[0]->name.at
			 : SPAN_NONE,
		 "private endpoints"},
		{registry->mode == MODE_PRIVATE && !registry->private_endpoint_count,
		 registry->mode_at, "private mode"},
		{registry->data_endpoints != DATA_STORAGE &&
			 !registry->private_endpoint_count,
		 registry->data_endpoints_at, "dedicated data endpoints"},
		{registry->regional_endpoints, registry->regional_endpoints_at,
		 "regional endpoints"},
		{registry->dual_stack, registry->ip_family_at, "IPv6"},
		{registry->public_access == PUBLIC_SELECTED, registry->public_access_at,
		 "network rules"},
	};

	if (registry->sku == SKU_PREMIUM)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (!features[i].used)
			continue;
		diag_report(diag, DIAG_SKU_FEATURE, features[i].at,
			    "the tier '%s' of '%s' has no %s", tiers[registry->sku],
			    registry->name.text, features[i].name);
		diag_note(diag, registry->sku_at, "the tier is set here");
		diag_help(diag, "write 'sku: premium' (az acr update --sku Premium), or "
				"remove it");
	}
}

/* The first label of <label>.<suffix>, if the host has this form. */
static bool split_login_server(const char *host, const char *suffix, size_t *ret_label)
{
	size_t length = strcspn(host, ".");

	*ret_label = length;
	return host[length] == '.' && strcmp(host + length + 1, suffix) == 0;
}

static void check_login_server(const struct registry *registry, const struct cloud *cloud,
			       struct diag *diag)
{
	const char *host = registry->login_server.text, *name = registry->name.text;
	size_t label, length = strlen(name);

	if (!split_login_server(host, cloud->login_suffix, &label)) {
		diag_report(diag, DIAG_LOGIN_SERVER, registry->login_server.at,
			    "'%s' is no login server of the cloud '%s'", host,
			    cloud->name);
		if (strstr(host, "privatelink."))
			diag_help(diag,
				  "write the public name '%s.%s': the private DNS zone "
				  "resolves it, and certificates hold for it only",
				  name, cloud->login_suffix);
		else
			diag_help(diag, "write '%s.%s', or correct 'cloud:'", name,
				  cloud->login_suffix);
		return;
	}
	if (strncmp(host, name, length) != 0 ||
	    (label != length && (host[length] != '-' || label == length + 1))) {
		diag_report(diag, DIAG_LOGIN_SERVER, registry->login_server.at,
			    "'%s' is not the login server of '%s'", host, name);
		diag_help(diag,
			  "it is '%s.%s', or '%s-<hash>.%s' with a domain name label",
			  name, cloud->login_suffix, name, cloud->login_suffix);
	}
}

static const char *data_name(enum data_endpoints data)
{
	return data == DATA_STORAGE ? "storage" : "transition";
}

static void check_data_endpoints(const struct registry *registry, struct diag *diag)
{
	enum data_endpoints data = registry->data_endpoints;

	if (registry->dual_stack && data == DATA_STORAGE) {
		diag_report(diag, DIAG_DUAL_STACK, registry->ip_family_at,
			    "'%s' has IPv6, but no dedicated data endpoints",
			    registry->name.text);
		diag_help(diag, "write 'data_endpoints: dedicated'");
	}
	if (data == DATA_DEDICATED)
		return;
	if (registry->mode == MODE_PRIVATE) {
		diag_report(diag, DIAG_PRIVATE_STORAGE, registry->data_endpoints_at,
			    "'%s' is used in private mode, which leaves no '%s'",
			    registry->name.text, data_name(data));
		diag_note(diag, registry->mode_at, "the mode is set here");
		diag_help(diag, "write 'data_endpoints: dedicated': a private endpoint "
				"turns them "
				"on");
	} else if (data == DATA_STORAGE && registry->private_endpoint_count) {
		diag_report(diag, DIAG_PRIVATE_STORAGE, registry->data_endpoints_at,
			    "'%s' has a private endpoint, which turns dedicated data "
			    "endpoints on",
			    registry->name.text);
		diag_note(diag, registry->private_endpoints[0]->name.at,
			  "the private endpoint is here");
		diag_help(diag, "write 'data_endpoints: dedicated', or 'transition' "
				"while rules are "
				"changed");
	}
}

static void check_service_endpoints(const struct registry *registry, struct diag *diag)
{
	if (!registry->service_endpoints || !registry->private_endpoint_count)
		return;
	diag_report(diag, DIAG_SERVICE_ENDPOINTS, registry->private_endpoints[0]->name.at,
		    "'%s' has a private endpoint and virtual network rules",
		    registry->name.text);
	diag_note(diag, registry->service_endpoints_at, "the rules are here");
	diag_help(diag, "remove the virtual network rules (az acr network-rule remove): "
			"Azure does "
			"not support both on one registry");
}

void check_registries(struct spec *spec, struct diag *diag)
{
	const struct cloud *cloud = catalogue_cloud(spec->cloud);

	for (size_t i = 0; i < spec->registry_count; i++) {
		struct registry *registry = spec->registries[i];
		bool silent = registry->data_endpoints == DATA_UNSET &&
			      !registry->private_endpoint_count;

		settle_data_endpoints(registry);
		check_login_server(registry, cloud, diag);
		check_replicas(registry, diag);
		check_sku(registry, diag);
		check_service_endpoints(registry, diag);
		/* Private mode without an endpoint is reported for its clients. */
		if (!silent || registry->dual_stack)
			check_data_endpoints(registry, diag);
	}
}
