/* squid_emit_acls.c - ACLs of the text that is written. */
#include "backends/squid/squid_emit_acls.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

/* ACL_NAME_SZ of squid 5.7 is 64, a NUL included (acl/forward.h). */
#define NAME_BYTES 63u

/* What of it an output's name may take; the rest is for "postern::" and labels. */
#define OUTPUT_BYTES 24u

/* FNV-1a, 32 bits: names of one spec, where nobody gains from a collision: ACLs of one
 * output that would have one name get numbers. */
static uint32_t digest(const char *text)
{
	uint32_t hash = UINT32_C(0x811c9dc5);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT32_C(0x01000193);
	return hash;
}

/* The text, or its begin and a digest: at most @bytes, which is more than ten. */
static const char *shorten(const char *text, size_t bytes, struct arena *arena)
{
	if (strlen(text) <= bytes)
		return text;
	return arena_printf(arena, "%.*s.%08" PRIx32, (int)bytes - 9, text, digest(text));
}

void emitted_acls_begin(struct emitted_acls *acls, const char *name, struct arena *arena)
{
	*acls = (struct emitted_acls){
		.prefix = arena_printf(arena,
				       "postern:%s:", shorten(name, OUTPUT_BYTES, arena)),
		.arena = arena,
	};
}

/* The letters of a name: labels are made of what specs call things. */
static const char *clean(const char *label, struct arena *arena)
{
	char *name = arena_strndup(arena, label, strlen(label));

	for (char *c = name; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.-", *c))
			*c = '_';
	}
	return name;
}

/*
 * The ACL with these lines, each "TYPE VALUE": the one that is there, or a new one whose
 * name nobody has.
 */
static const char *add_acl(struct emitted_acls *acls, const char *label,
			   const char *const *lines, size_t count)
{
	CLEANUP(strbuf_release) struct strbuf content = {0};
	size_t room = NAME_BYTES - strlen(acls->prefix);
	const char *base = shorten(clean(label, acls->arena), room - 4, acls->arena);
	const char *name = arena_printf(acls->arena, "%s%s", acls->prefix, base);
	const char *other;
	unsigned number = 1;

	for (size_t i = 0; i < count; i++)
		strbuf_printf(&content, "%s\n", lines[i]);
	while ((other = textmap_get(&acls->contents, name))) {
		if (strcmp(other, strbuf_text(&content)) == 0)
			return name;
		name = arena_printf(acls->arena, "%s%s:%u", acls->prefix,
				    shorten(base, room - 8, acls->arena), ++number);
	}
	textmap_put(&acls->contents, name,
		    arena_strdup(acls->arena, strbuf_text(&content)), acls->arena);
	for (size_t i = 0; i < count; i++)
		strbuf_printf(&acls->out, "acl %s %s\n", name, lines[i]);
	return name;
}

struct lines {
	const char **at;
	size_t count, capacity;
};

static void push(struct emitted_acls *acls, struct lines *lines, const char *line)
{
	*arena_push(acls->arena, lines->at, lines->count, lines->capacity) = line;
}

/* -- addresses ---------------------------------------------------------------------- */

/* squid takes "0.0.0.0/0" for both families, and any other "/0" for one address. */
static void push_prefix(struct emitted_acls *acls, struct lines *lines,
			const struct prefix *prefix)
{
	char text[ADDR_TEXT_MAX];
	struct prefix half = *prefix;

	if (prefix->length) {
		push(acls, lines,
		     arena_printf(acls->arena, "src %s", prefix_format(prefix, text)));
		return;
	}
	half.length = 1;
	push(acls, lines,
	     arena_printf(acls->arena, "src %s", prefix_format(&half, text)));
	half.base = (u128)1 << (family_bits(prefix->family) - 1);
	push(acls, lines,
	     arena_printf(acls->arena, "src %s", prefix_format(&half, text)));
}

/* squid keeps IPv4 addresses as ::ffff:0:0/96, so an IPv6 range over it takes them. */
static bool meets_mapped(const struct ranges *ranges)
{
	const u128 first = (u128)0xffff << 32, last = first | UINT32_MAX;

	for (size_t i = 0; i < ranges->count; i++)
		if (ranges->at[i].first <= last && ranges->at[i].last >= first)
			return true;
	return false;
}

const char *emitted_acls_add_addrs(struct emitted_acls *acls, const char *label,
				   const struct addr_set *addrs, const char **ret_unsaid)
{
	struct lines lines = {0};

	*ret_unsaid = NULL;
	if (meets_mapped(&addrs->of[FAMILY_IPV6]))
		*ret_unsaid = "IPv6 addresses around ::ffff:0:0/96, where it keeps IPv4";
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < addrs->of[family].count; i++) {
			struct range rest = addrs->of[family].at[i];

			for (;;) {
				struct prefix prefix =
					range_first_prefix((enum family)family, &rest);
				struct range taken = prefix_range(&prefix);

				push_prefix(acls, &lines, &prefix);
				if (taken.last >= rest.last)
					break;
				rest.first = taken.last + 1;
			}
		}
	return add_acl(acls, label, lines.at, lines.count);
}

/* -- ports -------------------------------------------------------------------------- */

const char *emitted_acls_add_ports(struct emitted_acls *acls, const struct ranges *ports)
{
	struct lines lines = {0};

	for (size_t i = 0; i < ports->count; i++) {
		unsigned first = (unsigned)ports->at[i].first;
		unsigned last = (unsigned)ports->at[i].last;

		push(acls, &lines,
		     first == last
			     ? arena_printf(acls->arena, "port %u", first)
			     : arena_printf(acls->arena, "port %u-%u", first, last));
	}
	return add_acl(acls, arena_printf(acls->arena, "p_%s", lines.at[0] + 5), lines.at,
		       lines.count);
}

/* -- names -------------------------------------------------------------------------- */

/* Nothing else may come from a name into the file. */
static bool is_plain(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] &&
	       *name != '.' && *name != '-' && name[strlen(name) - 1] != '.';
}

/* Is @name x or below x for a wildcard x that is there?  A wildcard is not its own. */
static bool is_taken(const struct textmap *wild, const char *name, bool is_wild)
{
	for (const char *at = name; at; at = strchr(at, '.')) {
		at += *at == '.';
		if (at == name && is_wild)
			continue;
		if (textmap_get(wild, at))
			return true;
	}
	return false;
}

/* Short to long, so that the list reads from what is wide to what is narrow. */
static int compare_lines(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t x_length = strlen(x), y_length = strlen(y);

	if (x_length != y_length)
		return x_length < y_length ? -1 : 1;
	return strcmp(x, y);
}

static void sort(struct lines *lines)
{
	size_t count = 0;

	if (lines->count)
		qsort(lines->at, lines->count, sizeof(*lines->at), compare_lines);
	for (size_t i = 0; i < lines->count; i++)
		if (!i || strcmp(lines->at[i], lines->at[i - 1]) != 0)
			lines->at[count++] = lines->at[i];
	lines->count = count;
}

/* The names by kind; what is neither exact nor below cannot be said. */
static const char *sort_out(const struct name_patterns *names, struct textmap *exact,
			    struct textmap *wild, struct arena *arena)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct name_pattern *name = &names->at[i];

		if (!is_plain(name->text))
			return "such a name";
		if (name->kind == NAME_EXACT)
			textmap_put(exact, name->text, exact, arena);
		else if (name->kind == NAME_BELOW)
			textmap_put(wild, name->text, wild, arena);
		else
			return "such a wildcard";
	}
	return NULL;
}

const char *emitted_acls_add_names(struct emitted_acls *acls, const char *label,
				   const struct name_patterns *names,
				   const char **ret_except, const char **ret_unsaid)
{
	struct textmap exact = {0}, wild = {0};
	struct lines lines = {0}, except = {0};

	*ret_except = NULL;
	*ret_unsaid = sort_out(names, &exact, &wild, acls->arena);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->at[i].text;
		bool below = names->at[i].kind == NAME_BELOW;

		if (is_taken(&wild, name, below))
			continue;
		push(acls, &lines,
		     arena_printf(acls->arena, "dstdomain -n %s%s", below ? "." : "",
				  name));
		if (below && !textmap_get(&exact, name))
			push(acls, &except,
			     arena_printf(acls->arena, "dstdomain -n %s", name));
	}
	sort(&lines);
	sort(&except);
	if (except.count)
		*ret_except = add_acl(acls, arena_printf(acls->arena, "not_%s", label),
				      except.at, except.count);
	return add_acl(acls, label, lines.at, lines.count);
}
