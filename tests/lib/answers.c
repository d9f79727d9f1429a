/* answers.c - What a resolver's data say of names, asked one by one. */
#include "tests/lib/answers.h"

#include <stdlib.h>
#include <string.h>

#include "backends/answer.h"
#include "rules/base/arena.h"
#include "rules/decide.h"
#include "rules/diagram.h"
#include "rules/packet.h"
#include "rules/space.h"

/* Texts of one row */
#define MAX_FILES 8

/* A path of the rule set, decided; @diagram is NULL where the text has no such path. */
struct way {
	struct diagram *diagram;
	struct decisions *decisions;
	struct decision decision;
};

static void decide_way(const struct ruleset *rules, const char *name, struct arena *arena,
		       struct diag *diag, struct way *way)
{
	const struct path *path = ruleset_find_path(rules, name);
	struct space *space = space_new(arena);

	if (!path)
		return;
	space_add_ruleset(space, rules);
	if (space_seal(space) < 0)
		return;
	way->diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	way->decisions = decisions_new(way->diagram, arena);
	if (decide(way->decisions, rules, path, DECIDE_BY_VERDICT, &way->decision, diag) <
	    0) {
		diagram_free(way->diagram);
		way->diagram = NULL;
	}
}

static const char *ask(const struct way *way, const struct packet *packet)
{
	struct decision at;
	uint32_t leaf;

	if (!way->diagram)
		return "undecided";
	at = decision_at(way->diagram, way->decision, packet);
	if (!decision_is_leaf(at, &leaf))
		return "?";
	return verdict_name(decisions_outcome(way->decisions, leaf)->verdict);
}

/* "4#SET" */
static void read_set(const char *text, struct packet *packet, struct arena *arena)
{
	if ((*text != '4' && *text != '6') || text[1] != '#')
		BUG("'%s' is no set of a family", text);
	packet->family = *text == '4' ? FAMILY_IPV4 : FAMILY_IPV6;
	packet->word[FIELD_APPLICATION] =
		arena_printf(arena, "%s%s", SPEAKS_FILLS, text + 2);
}

/* "NAME=ADDRESS", "NAME@SERVER#PORT" or "NAME>4#SET"; @word is cut.  Return: which of
 * these, as an index of ways. */
static size_t read_point(char *word, struct packet *packet, struct arena *arena)
{
	size_t length = strcspn(word, "=@>");
	bool answer = word[length] == '=', set = word[length] == '>';
	char *address = word + length, *port;
	struct addr to;

	if (!*address)
		BUG("'%s' asks for nothing", word);
	*address++ = '\0';
	packet->word[FIELD_NAME] = word;
	if (set) {
		read_set(address, packet, arena);
		return 2;
	}
	port = strchr(address, '#');
	if (port)
		*port++ = '\0';
	if (!addr_parse(address, &to))
		BUG("'%s' is no address", address);
	packet->family = to.family;
	packet->destination = to.value;
	packet->number[FIELD_DESTINATION_PORT] =
		answer ? 0
		: port ? (uint32_t)strtoul(port, NULL, 10)
		       : 53;
	packet->word[FIELD_APPLICATION] =
		answer ? SPEAKS_DNS_ANSWER : SPEAKS_DNS_QUESTION;
	return answer ? 0 : 1;
}

/* One part, which is cut into pieces. */
static void check_part(char *part, const struct way *ways, struct arena *arena,
		       struct strbuf *ret_wrong)
{
	char *word = strtok_r(part, " \n", &part), *arrow = strtok_r(NULL, " \n", &part);
	const char *wanted = strtok_r(NULL, " \n", &part), *said;
	struct packet packet = {0};

	if (!word)
		return;
	if (!arrow || strcmp(arrow, "->") != 0 || !wanted)
		BUG("a part without a verdict: '%s'", word);
	said = ask(&ways[read_point(word, &packet, arena)], &packet);
	if (strcmp(said, wanted) == 0)
		return;
	packet_format(&packet, ret_wrong);
	strbuf_printf(ret_wrong, ": %s, not %s; ", said, wanted);
}

/* A buffer of its own, without a NUL: reading past the text shows. */
static void add_file(struct import_file *file, const char *name, const char *text,
		     size_t length, struct arena *arena, struct diag *diag)
{
	char *copy = arena_alloc(arena, length ? length : 1);

	memcpy(copy, text, length);
	*file = (struct import_file){name, copy, length,
				     diag_add_source(diag, name, copy, length)};
}

static int read_text(const struct backend *backend, const char *text, struct arena *arena,
		     struct ruleset **ret_rules, struct diag *diag)
{
	static const char mark[] = "\n@@@ ";
	struct import_file files[MAX_FILES];
	struct import_input input = {.files = files, .bare = true};
	const char *name = "text", *end;

	while ((end = strstr(text, mark)) && input.file_count + 1 < MAX_FILES) {
		size_t length = strcspn(end + strlen(mark), "\n");

		add_file(&files[input.file_count++], name, text, (size_t)(end + 1 - text),
			 arena, diag);
		name = arena_strndup(arena, end + strlen(mark), length);
		text = end + strlen(mark) + length + 1;
	}
	add_file(&files[input.file_count++], name, text, strlen(text), arena, diag);
	return backend->import(&input, arena, ret_rules, diag);
}

bool answers_are(const struct backend *backend, const char *text, const char *expected,
		 struct strbuf *ret_wrong)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	char *parts = arena_strdup(arena, expected), *part;
	struct diag *diag = diag_new(arena);
	struct way ways[3] = {0};
	struct ruleset *rules;

	if (read_text(backend, text, arena, &rules, diag) < 0) {
		strbuf_printf(ret_wrong, "not read: %s", diag_message(diag, 0)->text);
		return false;
	}
	decide_way(rules, ANSWER_PATH, arena, diag, &ways[0]);
	decide_way(rules, QUESTION_PATH, arena, diag, &ways[1]);
	decide_way(rules, SET_PATH, arena, diag, &ways[2]);
	while ((part = strsep(&parts, ";")))
		check_part(part, ways, arena, ret_wrong);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (ways[i].diagram)
			diagram_free(ways[i].diagram);
	return ret_wrong->length == 0;
}

bool answers_refused(const struct backend *backend, const char *text, const char *what,
		     unsigned line, unsigned column, struct strbuf *ret_wrong)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const struct diag_message *message;
	struct ruleset *rules;
	struct place place;

	if (read_text(backend, text, arena, &rules, diag) == 0) {
		strbuf_puts(ret_wrong, "is read");
		return false;
	}
	message = diag_message(diag, 0);
	place = diag_place(diag_get_source(diag, message->at.source), message->at.begin);
	if (strstr(message->text, what) && place.line == line && place.column == column)
		return true;
	strbuf_printf(ret_wrong, "%zu:%zu: %s", (size_t)place.line, (size_t)place.column,
		      message->text);
	return false;
}
