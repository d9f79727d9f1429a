/* hosts_import.c - From a hosts file to a rule set. */
#include "backends/hosts/hosts.h"

#include <string.h>

#include "backends/answer.h"
#include "rules/base/arena.h"

/**
 * DOC: Who reads hosts files
 *
 * glibc (nss/nss_files/files-hosts.c, 2.36) and Go (net/hosts.go, 1.19) agree on what
 * counts here: a comment begins with '#' wherever it stands; a line is an address and
 * then names, between blanks; names are compared without case; all lines of a name give
 * their addresses together; a line without an address in front is skipped without a word.
 * Whoever finds a name asks no DNS server, for whichever family.
 *
 * They differ in two things, and which of both reads the file is an unknown: Go takes a
 * name with a dot at its end for the name without it, and an IPv6 address with a zone,
 * "fe80::1%lo", for an address (absDomainName, parseIPv6Zone).
 */

/* True where it is Go that reads the file. */
#define READ_BY_GO "a program in Go reads the hosts file"

/* A comment that carries the id of a flow. */
#define MARK "postern:"

/* Most that a host name has (RFC 1035, section 2.3.4); longer words name nothing. */
#define MAX_NAME 253

struct hosts_importer {
	const struct import_file *file;
	struct ruleset *rules;
	struct chain *chain;
	struct name_patterns names;
	struct name_patterns go_names; /* that are names of the file for Go alone */
	struct arena *arena;
};

/** struct hosts_line - The parts of one line; @end stands before its line feed */
struct hosts_line {
	const char *begin, *end;
	const char *comment; /* behind '#', or @end */
	const char *data_end;
	unsigned number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct hosts_line find_line(const char *at, const char *end, unsigned number)
{
	struct hosts_line line = {.begin = at, .number = number};
	const char *feed = memchr(at, '\n', (size_t)(end - at));
	const char *hash;

	line.end = feed ? feed : end;
	hash = memchr(at, '#', (size_t)(line.end - at));
	line.data_end = hash ? hash : line.end;
	line.comment = hash ? hash + 1 : line.end;
	return line;
}

/* The next word of the line before @end; empty at the end. */
static size_t next_word(const char **at, const char *end)
{
	size_t length = 0;

	while (*at < end && is_blank(**at))
		(*at)++;
	while (*at + length < end && !is_blank((*at)[length]))
		length++;
	return length;
}

/* Takes the zone from an address; whether there is one. */
static bool cut_zone(const char *word, size_t *length)
{
	const char *percent = memchr(word, '%', *length);

	if (!percent || !memchr(word, ':', (size_t)(percent - word)) ||
	    percent + 1 == word + *length)
		return false;
	*length = (size_t)(percent - word);
	return true;
}

static bool read_addr(const char *word, size_t length, struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	if (!length || length >= sizeof(text) || memchr(word, '\0', length))
		return false;
	memcpy(text, word, length);
	text[length] = '\0';
	if (!addr_parse(text, addr))
		return false;
	/* glibc gives the IPv4 address of ::ffff:0:0/96 (files-hosts.c, LINE_PARSER). */
	if (addr->family == FAMILY_IPV6 && addr->value >> 32 == 0xffff)
		*addr = (struct addr){FAMILY_IPV4, addr->value & UINT32_MAX};
	return true;
}

/* A name in lower case, or NULL: what no host name is, nobody asks for. */
static const char *read_name(struct hosts_importer *importer, const char *word,
			     size_t length)
{
	char *name;

	if (length > MAX_NAME)
		return NULL;
	name = arena_strndup(importer->arena, word, length);
	for (char *c = name; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') &&
		    !strchr("-._", *c))
			return NULL;
	}
	return strlen(name) == length && name[0] != '.' && name[length - 1] != '.' ? name
										   : NULL;
}

static void add_name(struct hosts_importer *importer, struct name_patterns *names,
		     const char *name)
{
	*arena_push(importer->arena, names->at, names->count, names->capacity) =
		(struct name_pattern){NAME_EXACT, name};
}

static const char *read_id(struct hosts_importer *importer, const struct hosts_line *line)
{
	const char *at = line->comment;
	size_t length = next_word(&at, line->end);

	if (length <= strlen(MARK) || memcmp(at, MARK, strlen(MARK)) != 0)
		return NULL;
	return arena_strndup(importer->arena, at + strlen(MARK), length - strlen(MARK));
}

static void add_rule(struct hosts_importer *importer, const struct hosts_line *line,
		     const struct addr *addr, const struct name_patterns *names,
		     bool go_only)
{
	struct rule *rule = chain_add_rule(importer->chain, importer->arena);
	struct addr_set to = {0};
	struct term *term;

	ranges_add(&to.of[addr->family], (struct range){addr->value, addr->value},
		   importer->arena);
	rule->id = read_id(importer, line);
	rule->action = ACTION_ADMIT;
	rule->name = names->at[0].text;
	rule->at = (struct span){
		.source = importer->file->source,
		.begin = (uint32_t)(line->begin - importer->file->text),
		.end = (uint32_t)(line->end - importer->file->text),
	};
	term = match_add(&rule->match, TERM_NAMES, importer->arena);
	term->field = FIELD_NAME;
	term->names = *names;
	match_addrs(&rule->match, FIELD_DESTINATION, &to, importer->arena);
	if (go_only)
		match_unknown(&rule->match, READ_BY_GO, false, importer->arena);
}

/* Both readers' names of the words from @at on, and those that only Go takes for names.
 */
static void read_names(struct hosts_importer *importer, const char *at, const char *end,
		       struct name_patterns *names, struct name_patterns *go_names)
{
	size_t length;

	for (; (length = next_word(&at, end)) > 0; at += length) {
		bool dot = length > 1 && at[length - 1] == '.';
		const char *name = read_name(importer, at, length - dot);

		if (name)
			add_name(importer, dot ? go_names : names, name);
	}
}

static void add_all(struct hosts_importer *importer, struct name_patterns *to,
		    const struct name_patterns *from)
{
	for (size_t i = 0; i < from->count; i++)
		add_name(importer, to, from->at[i].text);
}

static void read_line(struct hosts_importer *importer, const struct hosts_line *line)
{
	struct name_patterns names = {0}, go_names = {0};
	const char *at = line->begin;
	size_t length = next_word(&at, line->data_end), plain = length;
	bool zone = cut_zone(at, &plain);
	struct addr addr;

	if (!length)
		return;
	if (!read_addr(at, plain, &addr)) {
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "line %u of %s is skipped: no address is in "
					    "front",
					    line->number, importer->file->name),
			       importer->arena);
		return;
	}
	read_names(importer, at + length, line->data_end, zone ? &go_names : &names,
		   &go_names);
	if (names.count)
		add_rule(importer, line, &addr, &names, false);
	if (go_names.count)
		add_rule(importer, line, &addr, &go_names, true);
	add_all(importer, &importer->names, &names);
	add_all(importer, &importer->go_names, &go_names);
}

/* Who finds a name in the file asks nobody else. */
static void refuse_others(struct hosts_importer *importer,
			  const struct name_patterns *names, bool go_only)
{
	struct rule *rule;
	struct term *term;

	if (!names->count)
		return;
	rule = chain_add_rule(importer->chain, importer->arena);
	rule->name = "a name of the file has no other address";
	rule->action = ACTION_REFUSE;
	term = match_add(&rule->match, TERM_NAMES, importer->arena);
	term->field = FIELD_NAME;
	term->names = *names;
	if (go_only)
		match_unknown(&rule->match, READ_BY_GO, false, importer->arena);
}

int hosts_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag)
{
	const struct import_file *file = &input->files[0];
	const char *at = file->text, *end = file->text + file->length;
	struct hosts_importer importer = {
		.file = file,
		.rules = ruleset_new(arena),
		.arena = arena,
	};
	struct path *path = ruleset_add_path(importer.rules, ANSWER_PATH, arena);
	struct stage *stage =
		arena_push(arena, path->stages, path->count, path->capacity);
	unsigned number = 1;

	(void)diag;
	path->universe = answer_universe(ANSWER_PATH, arena);
	stage->label = "hosts";
	stage->chain = ruleset_add_chain(importer.rules, "hosts", arena);
	stage->end = ACTION_UNDECIDED;
	importer.chain = &importer.rules->chains[stage->chain];
	for (; at < end; number++) {
		struct hosts_line line = find_line(at, end, number);

		read_line(&importer, &line);
		at = line.end + (line.end < end);
	}
	refuse_others(&importer, &importer.names, false);
	refuse_others(&importer, &importer.go_names, true);
	*ret_rules = importer.rules;
	return 0;
}

int hosts_sniff(const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	bool found = false;

	while (at < end) {
		struct hosts_line line = find_line(at, end, 0);
		const char *word = line.begin;
		size_t size = next_word(&word, line.data_end);
		struct addr addr;

		if (size && !read_addr(word, size, &addr))
			return 0;
		found = found || size;
		at = line.end + (line.end < end);
	}
	return found ? 80 : 0;
}
