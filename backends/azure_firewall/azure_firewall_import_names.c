/* azure_firewall_import_names.c - What application rules ask of a request. */
#include "backends/azure_firewall/azure_firewall_importer.h"

#include <string.h>

#include "rules/base/arena.h"

/**
 * DOC: Names
 *
 * A target is a host name, "*" for every one, "*.x" for all below x, or "*x" for all that
 * end so; a star elsewhere is refused (learn.microsoft.com/azure/firewall/firewall-faq,
 * read 2026-08-20).  The name is that of the TLS handshake (SNI) or of the Host header.
 *
 * A URL is a target and a path.  What its path takes is seen only in HTTP and in TLS that
 * the firewall opens, and is an unknown here, unless it takes everything ("x/" and star).
 */

/* RFC 1035, section 2.3.4: 253 characters, and labels of 63 */
#define MAX_HOST  253
#define MAX_LABEL 63

bool firewall_is_host(const char *text)
{
	size_t length = strlen(text), digits = 0;

	if (!length || length > MAX_HOST)
		return false;
	for (const char *label = text;;) {
		size_t n = strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_");

		if (!n || n > MAX_LABEL || label[0] == '-' || label[n - 1] == '-')
			return false;
		digits = strspn(label, "0123456789");
		label += n;
		if (!*label)
			/* the last label of an address is a number, of a name never */
			return digits != n;
		if (*label++ != '.')
			return false;
	}
}

/* What requests may be, collected: names in one term, all else an alternative each. */
struct requests {
	struct firewall_importer *importer;
	struct term names;
	struct term choice;
};

static void add_unknown(struct requests *requests, const char *what, const char *value)
{
	struct firewall_importer *importer = requests->importer;

	match_unknown(firewall_alternative(importer, &requests->choice),
		      arena_printf(importer->arena, "%s %s", what, value), false,
		      importer->arena);
}

/* Nobody says what becomes of a handshake without a name where all names are allowed. */
static void add_pattern(struct requests *requests, struct name_pattern pattern)
{
	struct term *names = &requests->names;

	*arena_push(requests->importer->arena, names->names.at, names->names.count,
		    names->names.capacity) = pattern;
	if (!*pattern.text)
		add_unknown(requests, "a request without a name is taken by", "'*'");
}

/* The pattern of a target; false when Azure takes none of that form. */
static bool parse_target(const char *text, struct name_pattern *ret_pattern)
{
	if (strcmp(text, "*") == 0) {
		*ret_pattern = (struct name_pattern){NAME_SUFFIX, ""};
		return true;
	}
	if (strncmp(text, "*.", 2) == 0)
		*ret_pattern = (struct name_pattern){NAME_BELOW, text + 2};
	else if (*text == '*')
		*ret_pattern = (struct name_pattern){NAME_SUFFIX, text + 1};
	else
		*ret_pattern = (struct name_pattern){NAME_EXACT, text};
	return firewall_is_host(ret_pattern->text);
}

static void add_target(struct requests *requests, const struct doc *doc)
{
	struct firewall_importer *importer = requests->importer;
	const char *text = azure_unknown(doc) ? NULL : doc_text(doc);
	struct name_pattern pattern;

	if (text)
		text = firewall_lower(importer, text);
	if (text && parse_target(text, &pattern)) {
		add_pattern(requests, pattern);
		return;
	}
	if (text)
		firewall_refused(importer, doc->at, text,
				 "targets are names, '*', '*.name' and '*name'");
	add_unknown(requests, "'name' is one of", firewall_spell(importer, doc));
}

/* "host/path", perhaps with "https://" in front */
static void add_url(struct requests *requests, const struct doc *doc)
{
	struct firewall_importer *importer = requests->importer;
	const char *text = azure_unknown(doc) ? NULL : doc_text(doc), *path, *host;
	const char *spelled = firewall_spell(importer, doc);
	struct name_pattern pattern;
	struct match *match;

	if (!text) {
		add_unknown(requests, "the request's URL is one of", spelled);
		return;
	}
	host = strstr(text, "://");
	host = host ? host + 3 : text;
	path = host + strcspn(host, "/");
	host = firewall_lower(importer, arena_strndup(importer->arena, host,
						      (size_t)(path - host)));
	if (!parse_target(host, &pattern)) {
		firewall_refused(importer, doc->at, text,
				 "a URL begins with a name, '*', '*.name' or '*name'");
		add_unknown(requests, "the request's URL is one of", spelled);
		return;
	}
	if (strcmp(path, "/*") == 0 || strcmp(text, "*") == 0) {
		add_pattern(requests, pattern);
		return;
	}
	match = firewall_alternative(importer, &requests->choice);
	match_name(match, pattern, false, importer->arena);
	match_unknown(match,
		      arena_printf(importer->arena, "the request's URL is one of %s",
				   spelled),
		      false, importer->arena);
}

static void add_fqdn_tag(struct requests *requests, const struct doc *doc)
{
	add_unknown(requests, "'name' is one of FQDN tag",
		    firewall_lower(requests->importer,
				   firewall_spell(requests->importer, doc)));
}

static void add_category(struct requests *requests, const struct doc *doc)
{
	add_unknown(requests, "the request is of web category",
		    firewall_lower(requests->importer,
				   firewall_spell(requests->importer, doc)));
}

static void add_each(struct requests *requests, const struct doc *list,
		     void (*add)(struct requests *, const struct doc *))
{
	for (size_t i = 0; i < firewall_count(list); i++)
		add(requests, firewall_item(list, i));
}

bool firewall_match_targets(struct firewall_importer *importer, struct match *match,
			    const struct doc *rule)
{
	struct requests requests = {
		.importer = importer,
		.names = {.kind = TERM_NAMES, .field = FIELD_NAME},
		.choice = {.kind = TERM_CHOICE},
	};

	add_each(&requests, azure_field(rule, "targetFqdns"), add_target);
	add_each(&requests, firewall_any_field(rule, "destination_fqdns", "target_fqdns"),
		 add_target);
	add_each(&requests, firewall_any_field(rule, "targetUrls", "destination_urls"),
		 add_url);
	add_each(&requests, firewall_any_field(rule, "fqdnTags", "destination_fqdn_tags"),
		 add_fqdn_tag);
	add_each(&requests, azure_field(rule, "fqdn_tags"), add_fqdn_tag);
	add_each(&requests, firewall_any_field(rule, "webCategories", "web_categories"),
		 add_category);
	if (requests.names.names.count)
		*match_add(firewall_alternative(importer, &requests.choice), TERM_NAMES,
			   importer->arena) = requests.names;
	if (!requests.choice.choices.count)
		return false;
	firewall_close(importer, match, &requests.choice);
	return true;
}

/* -- protocols ----------------------------------------------------------------------- */

static const struct application {
	const char *word;
	unsigned port; /* where none is written */
} applications[] = {{"http", 80}, {"https", 443}, {"mssql", 1433}};

static const struct application *find_application(const struct doc *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(applications); i++)
		if (firewall_is(type, applications[i].word))
			return &applications[i];
	return NULL;
}

/* {"protocolType": "Https", "port": 443} */
static void add_service(struct firewall_importer *importer, struct term *choice,
			const struct doc *service)
{
	const struct doc *type = firewall_any_field(service, "protocolType", "type");
	const struct doc *port = azure_field(service, "port");
	const struct application *application = find_application(type);
	struct match *match = firewall_alternative(importer, choice);
	uint32_t number = application ? application->port : 0;

	if (application)
		match_symbol(match, FIELD_APPLICATION, application->word, false,
			     importer->arena);
	else
		match_unknown(match,
			      arena_printf(importer->arena, "'application' is one of %s",
					   firewall_spell(importer,
							  type ? type : service)),
			      false, importer->arena);
	if (application && !port) {
		match_number(match, FIELD_DESTINATION_PORT, number, number,
			     importer->arena);
	} else if (port && firewall_number(port, &number) && number && number <= 65535) {
		match_number(match, FIELD_DESTINATION_PORT, number, number,
			     importer->arena);
	} else if (port) {
		if (!azure_unknown(port))
			firewall_refused(importer, port->at,
					 firewall_spell(importer, port),
					 "a port is a number from 1 to 64000");
		match_unknown(match,
			      arena_printf(importer->arena, "'port' is one of %s",
					   firewall_spell(importer, port)),
			      false, importer->arena);
	}
}

bool firewall_match_applications(struct firewall_importer *importer, struct match *match,
				 const struct doc *rule)
{
	const struct doc *services = firewall_any_field(rule, "protocols", "protocol");
	struct term choice = {.kind = TERM_CHOICE};

	/* a tag brings protocols and ports of its own where the rule has none */
	if (!firewall_count(services)) {
		if (!firewall_count(azure_field(rule, "fqdnTags")) &&
		    !firewall_count(firewall_any_field(rule, "fqdn_tags",
						       "destination_fqdn_tags")))
			return false;
		/* not those of names beside it, which Azure refuses */
		if (firewall_count(azure_field(rule, "targetFqdns")) ||
		    firewall_count(firewall_any_field(rule, "destination_fqdns",
						      "target_fqdns")))
			match_unknown(match,
				      "the FQDN tag has the request's protocol and port",
				      false, importer->arena);
		return true;
	}
	for (size_t i = 0; i < firewall_count(services); i++)
		add_service(importer, &choice, firewall_item(services, i));
	firewall_close(importer, match, &choice);
	return true;
}
