/* dnsmasq_import_options.c - What the lines of a configuration say. */
#include <string.h>
#include <strings.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

/* Most that a name has that can be asked for, and a label of it (RFC 1035, 2.3.4). */
#define MAX_NAME  253
#define MAX_LABEL 63

static const struct dnsmasq_option options[] = {
#define OPTION(name, argument, times, kind, assumption) \
	{name, DNSMASQ_##argument, TIMES_##times, DNSMASQ_##kind, assumption},
#define TIMES_ONCE true
#define TIMES_EACH false
#include "backends/dnsmasq/dnsmasq_options.def"
#undef OPTION
};

const struct dnsmasq_option *dnsmasq_find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/* -- values ------------------------------------------------------------------------- */

char *dnsmasq_split(char *text, char separator)
{
	char *at = text ? strchr(text, separator) : NULL, *next;

	if (!at)
		return NULL;
	next = at + 1;
	while (*next == ' ')
		next++;
	*at = '\0';
	while (at > text && at[-1] == ' ')
		*--at = '\0';
	return next;
}

bool dnsmasq_is_number(char *text)
{
	dnsmasq_unhide(text);
	return text[strspn(text, "0123456789")] == '\0';
}

/* check_name() of src/util.c; what it lets through and is no host name, nobody who pulls
 * asks for. */
static enum dnsmasq_name judge_name(const char *name, size_t length)
{
	enum dnsmasq_name judged = DNSMASQ_NAME_HOST;
	bool something = false;
	size_t label = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '.') {
			if (!label)
				judged = DNSMASQ_NAME_OTHER;
			label = 0;
			something = true;
			continue;
		}
		if (++label > MAX_LABEL || c < ' ' || c == 0x7f)
			return DNSMASQ_NAME_BAD;
		something = something || c != ' ';
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
		    c != '_')
			judged = DNSMASQ_NAME_OTHER;
	}
	if (!something)
		return DNSMASQ_NAME_BAD;
	return length > MAX_NAME || !label ? DNSMASQ_NAME_OTHER : judged;
}

enum dnsmasq_name dnsmasq_name(struct dnsmasq_importer *importer, char *text,
			       const char **ret_name)
{
	enum dnsmasq_name judged;
	size_t length;
	char *name;

	dnsmasq_unhide(text);
	length = strlen(text);
	*ret_name = "";
	if (!length)
		return DNSMASQ_NAME_OTHER;
	if (text[length - 1] == '.' && !--length)
		return DNSMASQ_NAME_OTHER;
	name = arena_strndup(importer->arena, text, length);
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	judged = judge_name(name, length);
	if (judged != DNSMASQ_NAME_BAD)
		*ret_name = name;
	return judged;
}

void dnsmasq_add_record(struct dnsmasq_importer *importer, const char *name,
			const struct addr *addr, struct dnsmasq_source from)
{
	struct dnsmasq_host *host = textmap_get(&importer->host_of, name);

	if (!host) {
		host = arena_make(importer->arena, struct dnsmasq_host);
		host->name = name;
		textmap_put(&importer->host_of, name, host, importer->arena);
		*arena_push(importer->arena, importer->hosts.at, importer->hosts.count,
			    importer->hosts.capacity) = host;
	}
	ranges_add(&host->to.of[addr->family], (struct range){addr->value, addr->value},
		   importer->arena);
	*arena_push(importer->arena, importer->records.at, importer->records.count,
		    importer->records.capacity) =
		(struct dnsmasq_record){name, *addr, from};
}

/* -- lines that have no file of their own ---------------------------------------------
 */

static void add_name(struct dnsmasq_importer *importer, struct name_patterns *names,
		     const char *text)
{
	*arena_push(importer->arena, names->at, names->count, names->capacity) =
		(struct name_pattern){NAME_DOMAIN, text};
}

static void hinder(struct dnsmasq_importer *importer, const char *sentence)
{
	*arena_push(importer->arena, importer->hindered.at, importer->hindered.count,
		    importer->hindered.capacity) = sentence;
}

/* rebind-domain-ok=x or /x/y/ */
static int read_rebind_ok(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	char *item = line->value, *next;

	dnsmasq_unhide(item);
	item += *item == '/';
	do {
		const char *name;

		next = dnsmasq_split(item, '/');
		/* A dot in front makes it the end of no name. */
		if (dnsmasq_name(importer, item, &name) == DNSMASQ_NAME_HOST)
			add_name(importer, &importer->rebind_ok, name);
		item = next;
	} while (item && *item);
	return 0;
}

static int refuse_value(struct dnsmasq_importer *importer,
			const struct dnsmasq_line *line, const char *wanted)
{
	return dnsmasq_refuse(importer, line->span, "'%s' wants %s", line->key, wanted);
}

/* bogus-nxdomain=, ignore-address=: an address or a prefix */
static int read_dropped(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	struct prefix prefix;
	char *text = line->value;

	dnsmasq_unhide(text);
	if (prefix_parse(text, &prefix) == PREFIX_BAD)
		return refuse_value(importer, line, "an address or a prefix");
	addr_set_add_prefix(&importer->dropped, &prefix, importer->arena);
	hinder(importer,
	       arena_printf(importer->arena, "no answer has an address of %s=%s",
			    line->key, text));
	return 0;
}

static bool read_ipv4(const char *text, struct addr *ret_addr)
{
	return text && addr_parse(text, ret_addr) && ret_addr->family == FAMILY_IPV4;
}

/* alias=OLD,NEW[,MASK] or FIRST-LAST,NEW[,MASK]: the old ones are seen no more */
static int read_alias(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	const char *whole = arena_strdup(importer->arena, line->value);
	char *first = line->value, *to = dnsmasq_split(first, ','),
	     *mask = dnsmasq_split(to, ','), *last = dnsmasq_split(first, '-');
	struct addr begin, end, new, bits = {FAMILY_IPV4, UINT32_MAX};

	if (!read_ipv4(first, &begin) || !read_ipv4(to, &new) ||
	    (mask && !read_ipv4(mask, &bits)) || (last && !read_ipv4(last, &end)))
		return refuse_value(importer, line, "IPv4 addresses: 'alias=OLD,NEW'");
	if (!last) {
		begin.value &= bits.value;
		end.value = begin.value | (~bits.value & UINT32_MAX);
	} else if (end.value < begin.value ||
		   (end.value & bits.value) != (begin.value & bits.value)) {
		return refuse_value(importer, line, "a range within one network");
	}
	ranges_add(&importer->dropped.of[FAMILY_IPV4],
		   (struct range){begin.value, end.value}, importer->arena);
	hinder(importer, arena_printf(importer->arena,
				      "no answer has an address of alias=%s", whole));
	return 0;
}

/* auth-zone=DOMAIN,…: what is in it and not known does not exist */
static int read_auth_zone(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	struct span at = dnsmasq_part(line, line->value);
	const char *name;

	dnsmasq_split(line->value, ',');
	switch (dnsmasq_name(importer, line->value, &name)) {
	case DNSMASQ_NAME_BAD:
		return dnsmasq_refuse(importer, at, "'%s' is no domain", line->value);
	case DNSMASQ_NAME_OTHER:
		return 0;
	case DNSMASQ_NAME_HOST:
		break;
	}
	add_name(importer, &importer->zones, name);
	return 0;
}

/* domain=NAME[,NETWORK[,local]] */
static int read_domain(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	char *network = dnsmasq_split(line->value, ','),
	     *rest = dnsmasq_split(network, ',');
	const char *name;

	if (dnsmasq_name(importer, line->value, &name) == DNSMASQ_NAME_BAD)
		return refuse_value(importer, line, "a domain");
	if (!network) {
		if (strcmp(line->value, "#") != 0)
			importer->suffix = name;
		return 0;
	}
	if (rest && strchr(network, '/')) {
		const struct dnsmasq_server nothing = {
			.does = DNSMASQ_NOTHING,
			.from = {line->span, line->id},
		};

		if (strcmp(rest, "local") != 0)
			return refuse_value(importer, line, "no more than ',local'");
		return dnsmasq_add_server(importer, name, &nothing, line);
	}
	return 0;
}

/* filter-A, filter-AAAA, filter-rr=TYPE,… */
static int read_filter(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	static const struct {
		const char *option, *type, *number;
		enum family family;
	} filters[] = {
		{"filter-A", "A", "1", FAMILY_IPV4},
		{"filter-AAAA", "AAAA", "28", FAMILY_IPV6},
	};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		bool named = strcmp(line->key, filters[i].option) == 0;
		char *item =
			line->value ? arena_strdup(importer->arena, line->value) : NULL;

		for (char *next; item && !named; item = next) {
			next = dnsmasq_split(item, ',');
			dnsmasq_unhide(item);
			named = strcasecmp(item, filters[i].type) == 0 ||
				strcmp(item, filters[i].number) == 0;
		}
		if (!named || importer->filtered & 1u << filters[i].family)
			continue;
		importer->filtered |= 1u << filters[i].family;
		hinder(importer, arena_printf(importer->arena,
					      "%s takes no address out of the answer",
					      filters[i].option));
	}
	return 0;
}

static int read_hosts_path(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	dnsmasq_unhide(line->value);
	*arena_push(importer->arena, importer->hosts_paths.at,
		    importer->hosts_paths.count, importer->hosts_paths.capacity) =
		arena_strdup(importer->arena, line->value);
	return 0;
}

static int read_note(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	ruleset_assume(importer->rules,
		       arena_printf(importer->arena, "%s (%s)", line->option->assumption,
				    line->key),
		       importer->arena);
	return 0;
}

static int read_port(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	if (strcmp(line->value, "0") == 0)
		ruleset_assume(importer->rules,
			       "dnsmasq is to answer: 'port=0' switches it off",
			       importer->arena);
	return 0;
}

/* What is in no row has nothing to say but that it is there. */
static int (*const readers[DNSMASQ_KIND_COUNT])(struct dnsmasq_importer *importer,
						struct dnsmasq_line *line) = {
	[DNSMASQ_ADDRESS] = dnsmasq_read_server,
	[DNSMASQ_ALIAS] = read_alias,
	[DNSMASQ_AUTH_ZONE] = read_auth_zone,
	[DNSMASQ_CNAME] = dnsmasq_read_cname,
	[DNSMASQ_CONF_DIR] = dnsmasq_read_conf_dir,
	[DNSMASQ_CONF_FILE] = dnsmasq_read_conf_file,
	[DNSMASQ_DOMAIN] = read_domain,
	[DNSMASQ_DROPPED] = read_dropped,
	[DNSMASQ_FILTER] = read_filter,
	[DNSMASQ_HOSTS] = read_hosts_path,
	[DNSMASQ_HOST_RECORD] = dnsmasq_read_host_record,
	[DNSMASQ_INTERFACE] = dnsmasq_read_interface,
	[DNSMASQ_NFTSET] = dnsmasq_read_nftset,
	[DNSMASQ_NOTE] = read_note,
	[DNSMASQ_PORT] = read_port,
	[DNSMASQ_REBIND_OK] = read_rebind_ok,
	[DNSMASQ_SERVER] = dnsmasq_read_server,
	[DNSMASQ_SERVERS_FILE] = dnsmasq_read_conf_file,
	[DNSMASQ_SYNTH] = dnsmasq_read_synth,
};

int dnsmasq_carry_out(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	enum dnsmasq_kind kind = line->option->kind;

	importer->has[kind] = true;
	return readers[kind] ? readers[kind](importer, line) : 0;
}
