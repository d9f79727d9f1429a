/* acl.c - First-match policies of IPv4, in the simple form that peers can read. */
#include "tests/lib/acl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/ruleset.h"

void acl_add(struct acl *acl, const struct acl_rule *rule, struct arena *arena)
{
	*arena_push(arena, acl->rules, acl->count, acl->capacity) = *rule;
}

static bool matches(const struct acl_rule *rule, const struct acl_packet *packet)
{
	if (rule->protocol && rule->protocol != packet->protocol)
		return false;
	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++) {
		if (packet->at[axis] < rule->at[axis].first ||
		    packet->at[axis] > rule->at[axis].last)
			return false;
	}
	return true;
}

bool acl_permits(const struct acl *acl, const struct acl_packet *packet)
{
	for (size_t i = 0; i < acl->count; i++) {
		if (matches(&acl->rules[i], packet))
			return acl->rules[i].permit;
	}
	return false;
}

/* Reads one decimal number; sscanf() takes longer than comparing the policies. */
static bool parse_number(const char **line, uint32_t *ret_number)
{
	const char *digit = *line + strspn(*line, " ");
	uint64_t number = 0;

	if (*digit < '0' || *digit > '9')
		return false;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		number = 10 * number + (uint64_t)(*digit - '0');
		if (number > UINT32_MAX)
			return false;
	}
	*line = digit;
	*ret_number = (uint32_t)number;
	return true;
}

static bool parse_rule(const char *line, struct acl_rule *ret_rule)
{
	struct acl_range *at = ret_rule->at;
	size_t action = strcspn(line, " ");

	ret_rule->permit = action == 6 && strncmp(line, "permit", 6) == 0;
	if (!ret_rule->permit && !(action == 4 && strncmp(line, "deny", 4) == 0))
		return false;
	line += action;
	if (!parse_number(&line, &ret_rule->protocol) || ret_rule->protocol > 255)
		return false;
	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++) {
		if (!parse_number(&line, &at[axis].first) ||
		    !parse_number(&line, &at[axis].last) ||
		    at[axis].first > at[axis].last || at[axis].last > acl_axis_max(axis))
			return false;
	}
	return line[strspn(line, "\n")] == '\0';
}

struct acl acl_read(const char *path, struct arena *arena)
{
	FILE *file = fopen(path, "r");
	struct acl acl = {0};
	struct acl_rule rule = {0};
	char line[160]; /* the longest line has 117 bytes */

	if (!file) {
		perror(path);
		exit(3);
	}
	while (fgets(line, sizeof(line), file)) {
		if (!parse_rule(line, &rule)) {
			fprintf(stderr, "%s:%zu: not a rule\n", path, acl.count + 1);
			exit(1);
		}
		acl_add(&acl, &rule, arena);
	}
	fclose(file);
	return acl;
}

int acl_write(const struct acl *acl, FILE *out)
{
	for (size_t i = 0; i < acl->count; i++) {
		const struct acl_rule *rule = &acl->rules[i];

		fprintf(out, "%s %" PRIu32, rule->permit ? "permit" : "deny",
			rule->protocol);
		for (enum acl_axis axis = 0; axis < ACL_AXES; axis++)
			fprintf(out, " %" PRIu32 " %" PRIu32, rule->at[axis].first,
				rule->at[axis].last);
		fputc('\n', out);
	}
	return ferror(out) ? -1 : 0;
}

static void add_terms(const struct acl_rule *from, struct match *match,
		      struct arena *arena)
{
	static const enum field fields[ACL_AXES] = {
		[ACL_SOURCE] = FIELD_SOURCE,
		[ACL_DESTINATION] = FIELD_DESTINATION,
		[ACL_SOURCE_PORT] = FIELD_SOURCE_PORT,
		[ACL_DESTINATION_PORT] = FIELD_DESTINATION_PORT,
	};

	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++) {
		struct acl_range range = from->at[axis];
		struct addr_set addrs = {0};

		if (range.first == 0 && range.last == acl_axis_max(axis))
			continue;
		if (acl_axis_bits(axis) == 16) {
			match_number(match, fields[axis], range.first, range.last, arena);
			continue;
		}
		addrs.of[FAMILY_IPV4] = ranges_one(range.first, range.last, arena);
		match_addrs(match, fields[axis], &addrs, arena);
	}
	if (from->protocol)
		match_number(match, FIELD_PROTOCOL, from->protocol, from->protocol,
			     arena);
}

struct ruleset *acl_ruleset(const struct acl *acl, struct arena *arena)
{
	struct ruleset *rules = ruleset_new(arena);
	size_t chain = ruleset_add_chain(rules, "forward", arena);
	struct path *path = ruleset_add_path(rules, "forward", arena);
	struct stage *stage =
		arena_push(arena, path->stages, path->count, path->capacity);

	match_family(&path->universe, FAMILY_IPV4, arena);
	*stage = (struct stage){.label = "acl", .chain = chain, .end = ACTION_REFUSE};
	chain_reserve(&rules->chains[chain], acl->count, arena);
	for (size_t i = 0; i < acl->count; i++) {
		struct rule *rule = chain_add_rule(&rules->chains[chain], arena);

		rule->action = acl->rules[i].permit ? ACTION_ADMIT : ACTION_REFUSE;
		add_terms(&acl->rules[i], &rule->match, arena);
	}
	return rules;
}
