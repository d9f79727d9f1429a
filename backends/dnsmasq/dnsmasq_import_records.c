/* dnsmasq_import_records.c - Lines and hosts files that say addresses of single names. */
#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

static struct dnsmasq_source source_of(const struct dnsmasq_line *line)
{
	return (struct dnsmasq_source){line->span, line->id};
}

/* -- host-record=NAME,…,ADDRESS,ADDRESS,TTL -------------------------------------------
 */

/** struct host_items - One host-record; of addresses of one family the last counts */
struct host_items {
	DNSMASQ_LIST(const char *) names;
	struct addr addrs[FAMILY_COUNT];
	bool has[FAMILY_COUNT];
};

/* What a letter in quotes is: it makes a name of what looks like a number. */
static bool is_plain_number(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

static int read_host_item(struct dnsmasq_importer *importer,
			  const struct dnsmasq_line *line, char *item,
			  struct host_items *items)
{
	struct span at = dnsmasq_part(line, item);
	struct addr addr;
	const char *name;

	if (is_plain_number(item))
		return 0;
	if (addr_parse(item, &addr)) {
		items->addrs[addr.family] = addr;
		items->has[addr.family] = true;
		return 0;
	}
	switch (dnsmasq_name(importer, item, &name)) {
	case DNSMASQ_NAME_BAD:
		return dnsmasq_refuse(importer, at, "'%s' is no name", item);
	case DNSMASQ_NAME_OTHER:
		break;
	case DNSMASQ_NAME_HOST:
		*arena_push(importer->arena, items->names.at, items->names.count,
			    items->names.capacity) = name;
		break;
	}
	return 0;
}

int dnsmasq_read_host_record(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	struct host_items items = {0};
	char *item = line->value, *next;

	if (!strchr(item, ','))
		return dnsmasq_refuse(importer, line->span,
				      "a host-record is names and an address: "
				      "'host-record=NAME,ADDRESS'");
	for (; item; item = next) {
		next = dnsmasq_split(item, ',');
		if (read_host_item(importer, line, item, &items) < 0)
			return -1;
	}
	for (size_t i = 0; i < items.names.count; i++)
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			if (items.has[family])
				dnsmasq_add_record(importer, items.names.at[i],
						   &items.addrs[family], source_of(line));
	return 0;
}

/* -- cname=ALIAS,…,TARGET[,TTL] -------------------------------------------------------
 */

static int add_cname(struct dnsmasq_importer *importer, const struct dnsmasq_line *line,
		     char *alias, const char *target)
{
	struct span at = dnsmasq_part(line, alias);
	struct dnsmasq_cname *cname = arena_make(importer->arena, struct dnsmasq_cname);
	enum dnsmasq_name judged = dnsmasq_name(importer, alias, &cname->alias);

	if (judged == DNSMASQ_NAME_BAD)
		return dnsmasq_refuse(importer, at, "'%s' is no name", alias);
	if (textmap_get(&importer->cname_of, cname->alias))
		return dnsmasq_refuse(importer, at, "'%s' has a cname already",
				      cname->alias);
	cname->asked = judged == DNSMASQ_NAME_HOST;
	cname->target = target;
	cname->from = source_of(line);
	textmap_put(&importer->cname_of, cname->alias, cname, importer->arena);
	*arena_push(importer->arena, importer->cnames.at, importer->cnames.count,
		    importer->cnames.capacity) = cname;
	return 0;
}

int dnsmasq_read_cname(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	DNSMASQ_LIST(char *) items = {0};
	char *item = line->value, *next;
	const char *target;
	size_t count;

	for (; item; item = next) {
		next = dnsmasq_split(item, ',');
		*arena_push(importer->arena, items.at, items.count, items.capacity) =
			item;
	}
	count = items.count;
	if (count > 2 && dnsmasq_is_number(items.at[count - 1]))
		count--;
	if (count < 2)
		return dnsmasq_refuse(importer, line->span,
				      "a cname is names and what they stand for: "
				      "'cname=ALIAS,TARGET'");
	item = items.at[count - 1];
	if (dnsmasq_name(importer, item, &target) == DNSMASQ_NAME_BAD)
		return dnsmasq_refuse(importer, dnsmasq_part(line, item),
				      "'%s' is no name", item);
	for (size_t i = 0; i + 1 < count; i++)
		if (add_cname(importer, line, items.at[i], target) < 0)
			return -1;
	return 0;
}

/* dnsmasq dies of circles, whether anybody would come into them or not. */
int dnsmasq_follow_cnames(struct dnsmasq_importer *importer)
{
	struct dnsmasq_cname **all = importer->cnames.at;

	for (size_t i = 0; i < importer->cnames.count; i++)
		all[i]->next = textmap_get(&importer->cname_of, all[i]->target);
	for (size_t i = 0; i < importer->cnames.count; i++)
		for (struct dnsmasq_cname *at = all[i]; at && at->seen != all[i];
		     at = at->next) {
			/* Seen from another one: from here on it ends. */
			if (at->seen)
				break;
			at->seen = all[i];
			if (at->next && at->next->seen == all[i])
				return dnsmasq_refuse(importer, at->from.at,
						      "the cname of '%s' leads back to "
						      "itself",
						      at->alias);
		}
	return 0;
}

/* -- interface-name=NAME,INTERFACE[/4|/6], dynamic-host=NAME,[IPV4],[IPV6],INTERFACE ---
 */

static void add_interface(struct dnsmasq_importer *importer,
			  struct dnsmasq_interface *interface)
{
	struct dnsmasq_interface *first =
		textmap_get(&importer->interface_of, interface->name);

	if (first) {
		interface->more = first->more;
		first->more = interface;
		return;
	}
	textmap_put(&importer->interface_of, interface->name, interface, importer->arena);
	*arena_push(importer->arena, importer->interfaces.at, importer->interfaces.count,
		    importer->interfaces.capacity) = interface;
}

int dnsmasq_read_interface(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	bool dynamic = strcmp(line->key, "dynamic-host") == 0;
	char *name = line->value, *item = dnsmasq_split(name, ','), *next, *only;
	struct dnsmasq_interface *interface =
		arena_make(importer->arena, struct dnsmasq_interface);
	unsigned given = 0;
	struct addr addr;

	while ((next = dnsmasq_split(item, ',')) && addr_parse(item, &addr)) {
		given |= 1u << addr.family;
		item = next;
	}
	only = dnsmasq_split(item, '/');
	interface->from = source_of(line);
	interface->families = dynamic ? given : FAMILIES_ALL;
	if (only && strcmp(only, "4") == 0)
		interface->families &= 1u << FAMILY_IPV4;
	else if (only && strcmp(only, "6") == 0)
		interface->families &= 1u << FAMILY_IPV6;
	if (!item || !*item ||
	    (only && strcmp(only, "4") != 0 && strcmp(only, "6") != 0) ||
	    (dynamic ? only || !given : given != 0) ||
	    dnsmasq_name(importer, name, &interface->name) == DNSMASQ_NAME_BAD)
		return dnsmasq_refuse(importer, line->span,
				      dynamic ? "write 'dynamic-host=NAME,ADDRESS,"
						"INTERFACE'"
					      : "write 'interface-name=NAME,INTERFACE'");
	dnsmasq_unhide(item);
	interface->interface = arena_strdup(importer->arena, item);
	add_interface(importer, interface);
	return 0;
}

/* -- synth-domain=DOMAIN,RANGE[,PREFIX] -----------------------------------------------
 */

static bool read_synth_range(char *first, const char *last, struct dnsmasq_synth *synth)
{
	struct prefix prefix;
	struct addr begin, end;

	if (strchr(first, '/')) {
		if (prefix_parse(first, &prefix) == PREFIX_BAD)
			return false;
		synth->family = prefix.family;
		synth->range = prefix_range(&prefix);
		return true;
	}
	if (!addr_parse(first, &begin))
		return false;
	end = begin;
	if (last && (!addr_parse(last, &end) || end.family != begin.family))
		return false;
	synth->family = begin.family;
	synth->range = (struct range){begin.value, end.value};
	return true;
}

int dnsmasq_read_synth(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	char *first = dnsmasq_split(line->value, ','), *rest, *last = NULL;
	struct dnsmasq_synth synth = {.from = source_of(line)};
	enum dnsmasq_name judged;

	rest = dnsmasq_split(first, ',');
	if (first)
		dnsmasq_unhide(first);
	if (first && !strchr(first, '/') && rest) {
		last = rest;
		dnsmasq_split(last, ',');
	}
	judged = dnsmasq_name(importer, line->value, &synth.domain);
	if (!first || judged == DNSMASQ_NAME_BAD ||
	    !read_synth_range(first, last, &synth))
		return dnsmasq_refuse(importer, line->span,
				      "write 'synth-domain=DOMAIN,FIRST,LAST,PREFIX' or "
				      "'synth-domain=DOMAIN,NETWORK,PREFIX'");
	if (judged != DNSMASQ_NAME_HOST || synth.range.last < synth.range.first)
		return 0;
	*arena_push(importer->arena, importer->synths.at, importer->synths.count,
		    importer->synths.capacity) = synth;
	return 0;
}

/* -- hosts files ----------------------------------------------------------------------
 */

/* Where dnsmasq has it from, unless told otherwise. */
#define HOSTS_FILE "/etc/hosts"

/** struct hosts_line - One line of a hosts file, as far as its comment */
struct hosts_line {
	const char *at, *end;
	struct dnsmasq_source from;
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word, copied; NULL at the end. */
static char *next_word(struct dnsmasq_importer *importer, struct hosts_line *line)
{
	const char *begin;

	while (line->at < line->end && is_blank(*line->at))
		line->at++;
	begin = line->at;
	while (line->at < line->end && !is_blank(*line->at))
		line->at++;
	return line->at > begin
		       ? arena_strndup(importer->arena, begin, (size_t)(line->at - begin))
		       : NULL;
}

static void read_hosts_line(struct dnsmasq_importer *importer, struct hosts_line *line)
{
	char *word = next_word(importer, line);
	struct addr addr;

	if (!word || !addr_parse(word, &addr))
		return;
	while ((word = next_word(importer, line))) {
		bool plain = !strchr(word, '.');
		const char *name;

		if (dnsmasq_name(importer, word, &name) != DNSMASQ_NAME_HOST)
			continue;
		dnsmasq_add_record(importer, name, &addr, line->from);
		if (plain && importer->has[DNSMASQ_EXPAND] && importer->suffix)
			dnsmasq_add_record(importer,
					   arena_printf(importer->arena, "%s.%s", name,
							importer->suffix),
					   &addr, line->from);
	}
}

/* "#" begins a comment wherever a word could begin (src/cache.c, eatspace()). */
static const char *find_comment(const char *at, const char *end)
{
	const char *begin = at;

	for (; at < end; at++)
		if (*at == '#' && (at == begin || is_blank(at[-1])))
			return at;
	return end;
}

static void read_hosts_file(struct dnsmasq_importer *importer,
			    const struct import_file *file)
{
	const char *at = file->text, *end = file->text + file->length;

	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *stop = feed ? feed : end;
		struct hosts_line line = {
			.at = at,
			.end = find_comment(at, stop),
			.from.at = {file->source, (uint32_t)(at - file->text),
				    (uint32_t)(stop - file->text)},
		};

		read_hosts_line(importer, &line);
		at = stop + (stop < end);
	}
}

/* The file, or the files of the directory; false where neither was given. */
static bool read_hosts_path(struct dnsmasq_importer *importer, const char *path)
{
	const struct import_input *input = importer->input;
	size_t length = strlen(path);
	bool found = false;

	while (length > 1 && path[length - 1] == '/')
		length--;
	for (size_t i = 1; i < input->file_count; i++) {
		const char *name = input->files[i].name;

		if (strncmp(name, path, length) != 0 ||
		    (name[length] &&
		     (name[length] != '/' || strchr(name + length + 1, '/'))))
			continue;
		read_hosts_file(importer, &input->files[i]);
		found = true;
	}
	return found;
}

void dnsmasq_read_hosts(struct dnsmasq_importer *importer)
{
	size_t count = importer->hosts_paths.count;

	for (size_t i = 0; i <= count; i++) {
		bool usual = i == count;
		const char *path = usual ? HOSTS_FILE : importer->hosts_paths.at[i];

		if (usual && importer->has[DNSMASQ_NO_HOSTS])
			break;
		if (!read_hosts_path(importer, path) && !(usual && importer->input->bare))
			ruleset_assume(importer->rules,
				       arena_printf(importer->arena,
						    "%s, which was not given, has none "
						    "of these names",
						    path),
				       importer->arena);
	}
}
