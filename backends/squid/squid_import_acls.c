/* squid_import_acls.c - Defining ACLs: "acl NAME TYPE VALUES". */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

static const struct squid_acl_type types[] = {
#define ACL_TYPE(name, kind, options, trait) \
	{name, SQUID_ACL_##kind, options, SQUID_TRAIT_##trait},
#include "backends/squid/squid_acl_types.def"
#undef ACL_TYPE
};

static const char *const type_names[] = {
#define ACL_TYPE(name, kind, options, trait) name,
#include "backends/squid/squid_acl_types.def"
#undef ACL_TYPE
	NULL,
};

static const struct squid_acl_type *find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

/* What squid calls otherwise today (acl/Acl.cc of 5.7). */
static const char *modern_type(const char *name)
{
	static const char *const renamed[][2] = {
		{"myip", "localip"},
		{"myport", "localport"},
		{"clientside_mark", "client_connection_mark"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++)
		if (strcmp(name, renamed[i][0]) == 0)
			return renamed[i][1];
	return name;
}

static int refuse_type(struct squid_importer *importer, const struct squid_word *type)
{
	const char *nearest = diag_nearest(type->text, type_names);

	squid_refuse(importer, type->at, "there is no ACL type '%s'", type->text);
	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
	return -1;
}

/* The ACL of that name and type, made when there is none; NULL with an error. */
static struct squid_acl *open_acl(struct squid_importer *importer,
				  const struct squid_word *name,
				  const struct squid_word *type_word)
{
	const struct squid_acl_type *type = find_type(modern_type(type_word->text));
	char *folded = squid_fold(name->text, importer->arena);
	struct squid_acl *acl = textmap_get(&importer->acls, folded);

	if (!type) {
		refuse_type(importer, type_word);
		return NULL;
	}
	if (acl && acl->type != type) {
		squid_refuse(importer, name->at, "ACL '%s' has the type '%s' already",
			     name->text, acl->type->name);
		if (acl->at.source)
			diag_note(importer->diag, acl->at, "defined here");
		return NULL;
	}
	if (type->trait == SQUID_TRAIT_NEEDS_AUTH && !importer->authenticates) {
		squid_refuse(importer, type_word->at,
			     "'%s' needs an 'auth_param' above it", type->name);
		return NULL;
	}
	if (acl)
		return acl;
	acl = arena_make(importer->arena, struct squid_acl);
	acl->name = name->text;
	acl->folded = folded;
	acl->type = type;
	acl->at = name->at;
	return acl;
}

static void warn_type(struct squid_importer *importer, const struct squid_acl *acl,
		      const struct squid_word *type)
{
	if (acl->type->kind != SQUID_ACL_OPAQUE)
		return;
	diag_report(importer->diag, DIAG_SQUID_ACL_UNKNOWN, type->at,
		    "ACL '%s' is of type '%s', which is not modelled", acl->name,
		    acl->type->name);
	if (acl->type->trait == SQUID_TRAIT_OPENSSL)
		diag_help(importer->diag,
			  "only squid-openssl knows the type; Debian's 'squid' does "
			  "not start with this line");
}

/* What squid did not read, and what nobody could read. */
static void note_rest(struct squid_importer *importer, struct squid_acl *acl,
		      const struct squid_words *words)
{
	if (words->missing) {
		*arena_push(importer->arena, acl->files, acl->file_count,
			    acl->file_capacity) = words->missing;
		diag_report(importer->diag, DIAG_SQUID_ACL_UNKNOWN,
			    squid_line_span(words->line),
			    "the list '%s' of ACL '%s' is not among the files",
			    words->missing, acl->name);
		diag_help(importer->diag, "give it with --with=FILE; squid takes a list "
					  "that is missing for an empty one");
	}
	if (words->dropped.text)
		diag_report(importer->diag, DIAG_SQUID_ENTRY_DROPPED, words->dropped.at,
			    "squid reads nothing behind the list: '%s' is dropped",
			    words->dropped.text);
}

int squid_define_acl(struct squid_importer *importer, struct squid_words *words)
{
	struct span at = squid_line_span(words->line);
	struct squid_word name, type;
	struct squid_acl *acl;

	if (!squid_next_word(words, &name))
		return squid_refuse(importer, at, "an ACL without a name");
	if (strlen(name.text) > SQUID_MAX_ACL_NAME && !importer->seven)
		return squid_refuse(importer, name.at,
				    "the name of the ACL is longer than %u bytes",
				    SQUID_MAX_ACL_NAME);
	if (!squid_next_word(words, &type))
		return squid_refuse(importer, at, "ACL '%s' has no type", name.text);
	if (strcmp(type.text, "proto") == 0 && strcmp(name.text, "manager") == 0)
		return 0; /* of old files; squid has an ACL of that name itself */
	acl = open_acl(importer, &name, &type);
	if (!acl)
		return -1;
	warn_type(importer, acl, &type);
	if (squid_read_values(importer, acl, words) < 0)
		return -1;
	note_rest(importer, acl, words);
	/* Only now can its own lines name it. */
	if (textmap_get(&importer->acls, acl->folded))
		return 0;
	textmap_put(&importer->acls, acl->folded, acl, importer->arena);
	*arena_push(importer->arena, importer->acl_list, importer->acl_count,
		    importer->acl_capacity) = acl;
	return 0;
}

int squid_predefine_acls(struct squid_importer *importer)
{
	/* cf.data.pre of 5.7; 6.0 adds to_linklocal and takes cache_object out */
	static const char text[] =
		"acl all src all\n"
		"acl manager url_regex -i ^cache_object:// +i "
		"^[^:]+://[^/]+/squid-internal-mgr/\n"
		"acl localhost src 127.0.0.1/32 ::1\n"
		"acl to_localhost dst 127.0.0.0/8 0.0.0.0/32 ::1/128 ::/128\n"
		"acl CONNECT method CONNECT\n";
	static const char later[] = "acl to_linklocal dst 169.254.0.0/16 fe80::/10\n";
	const struct import_file files[] = {
		{.name = "squid", .text = text, .length = sizeof(text) - 1},
		{.name = "squid", .text = later, .length = sizeof(later) - 1},
	};

	for (size_t i = 0; i < (importer->seven ? 2u : 1u); i++)
		if (squid_read_file(importer, &files[i], 0) < 0)
			return -1;
	return 0;
}

/* -- groups ------------------------------------------------------------------------- */

static int check_acl(struct squid_importer *importer, struct squid_acl *acl,
		     unsigned depth)
{
	if (acl->state == SQUID_ACL_DONE)
		return 0;
	if (acl->state == SQUID_ACL_OPEN)
		return squid_refuse(importer, acl->at,
				    "ACL '%s' holds itself: 'squid -k parse' says "
				    "nothing, and squid crashes when it starts",
				    acl->name);
	if (depth == SQUID_MAX_GROUPS)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, acl->at,
				   "ACL '%s' lies in more than %u groups of groups",
				   acl->name, SQUID_MAX_GROUPS);
	acl->state = SQUID_ACL_OPEN;
	acl->size = 1;
	acl->asks = acl->type->trait == SQUID_TRAIT_ASKS ||
		    acl->type->trait == SQUID_TRAIT_NEEDS_AUTH;
	acl->fresh = acl->type->trait == SQUID_TRAIT_FRESH;
	for (size_t i = 0; i < acl->line_count; i++)
		for (size_t j = 0; j < acl->lines[i].count; j++) {
			struct squid_acl *member = acl->lines[i].at[j].acl;

			if (check_acl(importer, member, depth + 1) < 0)
				return -1;
			acl->size += member->size;
			acl->asks |= member->asks;
			acl->fresh |= member->fresh;
			if (member->depth >= acl->depth)
				acl->depth = member->depth + 1;
		}
	if (acl->size > SQUID_MAX_TERMS || acl->depth > SQUID_MAX_GROUPS)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, acl->at,
				   "ACL '%s' has more than %u tests, or groups in more "
				   "than %u groups",
				   acl->name, SQUID_MAX_TERMS, SQUID_MAX_GROUPS);
	acl->state = SQUID_ACL_DONE;
	return 0;
}

static bool is_empty(const struct squid_acl *acl)
{
	return !acl->addrs.kept && !acl->addrs.host_count && !acl->domains.kept.count &&
	       !acl->literals.of[FAMILY_IPV6].count && !acl->ports.count &&
	       !acl->methods.count && !acl->pattern_count && !acl->words.count &&
	       !acl->file_count && !acl->line_count;
}

int squid_check_acls(struct squid_importer *importer)
{
	for (size_t i = 0; i < importer->acl_count; i++) {
		struct squid_acl *acl = importer->acl_list[i];

		if (check_acl(importer, acl, 0) < 0)
			return -1;
		if (is_empty(acl))
			diag_report(importer->diag, DIAG_SQUID_NEVER_MATCHES, acl->at,
				    "ACL '%s' is empty: it matches nothing", acl->name);
	}
	return 0;
}
