/* squid_import_access.c - Access lines and the names of ACLs on them. */
#include <ctype.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

/* Messages and answers name a rule by its line; nobody reads more of it. */
#define NAME_BYTES 80u

int squid_read_uses(struct squid_importer *importer, struct squid_words *words,
		    struct squid_uses *ret_uses)
{
	struct squid_word item;

	while (squid_next_item(words, &item)) {
		bool negated = item.text[0] == '!';
		char *folded = arena_strndup(importer->arena, item.text + negated,
					     strlen(item.text + negated));
		struct squid_acl *acl;

		for (char *c = folded; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		acl = textmap_get(&importer->acls, folded);
		if (!acl)
			return squid_refuse(importer, item.at,
					    "there is no ACL '%s' above this line",
					    item.text + negated);
		*arena_push(importer->arena, ret_uses->at, ret_uses->count,
			    ret_uses->capacity) = (struct squid_use){acl, negated};
	}
	if (words->missing) {
		diag_report(importer->diag, DIAG_SQUID_INCLUDE,
			    squid_line_span(words->line),
			    "names of ACLs stand in '%s', which is not among the files",
			    words->missing);
		diag_help(importer->diag, "give it with --with=FILE");
		return -1;
	}
	return 0;
}

/* The line as people know it: one blank between words, printable, short. */
static const char *line_name(const struct squid_line *line, struct arena *arena)
{
	size_t length = line->length < NAME_BYTES ? line->length : NAME_BYTES, used = 0;
	char *name = arena_strndup(arena, line->text, length);

	for (size_t i = 0; i < length; i++) {
		char c = name[i] == '\t' ? ' ' : name[i];

		if (c == '#' && used && name[used - 1] == ' ')
			break;
		if (c == ' ' && used && name[used - 1] == ' ')
			continue;
		name[used++] = c < ' ' || c > '~' ? '?' : c;
	}
	while (used && name[used - 1] == ' ')
		used--;
	name[used] = '\0';
	return name;
}

static int drop_line(struct squid_importer *importer, struct span at, const char *why)
{
	diag_report(importer->diag, DIAG_SQUID_RULE_DROPPED, at,
		    "squid reads this line over: %s", why);
	return 0;
}

int squid_read_access(struct squid_importer *importer, enum squid_list list,
		      struct squid_words *words)
{
	struct squid_access access = {.at = squid_line_span(words->line)};
	struct squid_access_list *into;
	struct squid_word action;

	if (!squid_next_word(words, &action))
		return drop_line(importer, access.at,
				 "it says neither 'allow' nor 'deny'");
	access.allow = strcmp(action.text, "allow") == 0;
	if (!access.allow && strcmp(action.text, "deny") != 0)
		return drop_line(importer, action.at,
				 arena_printf(importer->arena,
					      "'%s' is neither 'allow' nor 'deny'",
					      action.text));
	if (squid_read_uses(importer, words, &access.uses) < 0)
		return -1;
	if (!access.uses.count)
		return drop_line(importer, access.at, "it names no ACL");
	if (list == SQUID_LIST_OTHER)
		return 0;
	access.id = importer->above;
	access.name = line_name(words->line, importer->arena);
	into = &importer->lists[list];
	*arena_push(importer->arena, into->at, into->count, into->capacity) = access;
	return 0;
}
