/* state_test.c - The record of what was applied: whole, torn, foreign, in use. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/state.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/** struct shelf - A folder of the test's own, and one record in it */
struct shelf {
	struct arena *arena;
	char path[32];
	char record[64];
};

static int set_up(void **state)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));

	strncpy(shelf->path, "/tmp/state-XXXXXX", sizeof(shelf->path) - 1);
	if (!mkdtemp(shelf->path))
		return -1;
	snprintf(shelf->record, sizeof(shelf->record), "%s/a/record", shelf->path);
	shelf->arena = arena_new();
	*state = shelf;
	return 0;
}

static int remove_one(const char *path, const struct stat *found, int type,
		      struct FTW *ftw)
{
	(void)found, (void)type, (void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct shelf *shelf = *state;

	nftw(shelf->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(shelf->arena);
	free(shelf);
	return 0;
}

static int open_as(struct shelf *shelf, enum state_access access, struct state *ret_state)
{
	return state_open(ret_state, shelf->record, access, shelf->arena,
			  diag_new(shelf->arena));
}

static const char *below(const struct shelf *shelf, const char *name)
{
	return arena_printf(shelf->arena, "%s/%s", shelf->record, name);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static const char *read_file(const struct shelf *shelf, const char *path,
			     size_t *ret_length)
{
	char *bytes = arena_alloc(shelf->arena, 65536);
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	*ret_length = fread(bytes, 1, 65535, file);
	bytes[*ret_length] = '\0';
	fclose(file);
	return bytes;
}

static struct generation *make_generation(struct shelf *shelf, const char *text)
{
	struct generation *generation = arena_make(shelf->arena, struct generation);

	generation_add(generation, "here", text, strlen(text), shelf->arena);
	generation->spec = "gateway.yaml";
	generation->since = 1795818467;
	return generation;
}

/* A record with one generation of each kind. */
static void save_three(struct shelf *shelf)
{
	struct state record;

	assert_int_equal(open_as(shelf, STATE_WRITE, &record), 0);
	record.applied = make_generation(shelf, "one");
	record.previous = make_generation(shelf, "two");
	record.pending = make_generation(shelf, "three");
	record.token = "0123456789abcdef";
	record.deadline = 1795818500;
	record.undone = 7;
	assert_int_equal(state_save(&record), 0);
	state_close(&record);
}

/* -- whole --------------------------------------------------------------------------- */

static void nothing_is_nothing_applied(void **state)
{
	struct shelf *shelf = *state;
	struct state record;

	assert_int_equal(open_as(shelf, STATE_READ, &record), 0);
	assert_null(record.applied);
	assert_null(record.pending);
	assert_null(record.token);
	state_close(&record);
	/* Reading makes nothing. */
	assert_int_equal(access(shelf->record, F_OK), -1);
}

static void reads_what_it_saves(void **state)
{
	struct shelf *shelf = *state;
	struct state record;
	struct stat found;

	save_three(shelf);
	assert_int_equal(open_as(shelf, STATE_READ, &record), 0);
	assert_int_equal(record.applied->count, 1);
	assert_string_equal(record.applied->texts[0].output, "here");
	assert_string_equal(record.applied->spec, "gateway.yaml");
	assert_null(record.applied->lock_sha256);
	assert_int_equal(record.applied->since, 1795818467);
	assert_string_equal(record.token, "0123456789abcdef");
	assert_int_equal(record.deadline, 1795818500);
	assert_int_equal(record.undone, 7);
	assert_int_equal(state_text(&record, &record.pending->texts[0]), 0);
	assert_string_equal(record.pending->texts[0].text, "three");
	assert_true(generation_equal(record.previous, make_generation(shelf, "two")));
	assert_false(generation_equal(record.previous, record.applied));
	state_close(&record);
	/* Who may reach what is nobody else's business. */
	assert_int_equal(stat(shelf->record, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0700);
}

static void removes_texts_that_nothing_names(void **state)
{
	struct shelf *shelf = *state;
	struct state record;
	const char *two, *three;

	save_three(shelf);
	assert_int_equal(open_as(shelf, STATE_WRITE, &record), 0);
	two = arena_printf(shelf->arena, "%s/rules/%s.nft", shelf->record,
			   record.previous->texts[0].sha256);
	three = arena_printf(shelf->arena, "%s/rules/%s.nft", shelf->record,
			     record.pending->texts[0].sha256);
	record.previous = record.pending;
	record.pending = NULL;
	assert_int_equal(access(two, F_OK), 0);
	assert_int_equal(state_save(&record), 0);
	assert_int_equal(access(two, F_OK), -1);
	assert_int_equal(access(three, F_OK), 0);
	state_close(&record);
}

/* -- torn and foreign ---------------------------------------------------------------- */

static void refuses_what_is_torn(void **state)
{
	struct shelf *shelf = *state;
	const char *path, *text;
	size_t length;
	struct state record;

	save_three(shelf);
	path = below(shelf, "state.json");
	text = read_file(shelf, path, &length);
	while (text[length - 1] == '\n')
		length--;
	for (size_t cut = 0; cut < length; cut++) {
		write_file(path, text, cut);
		assert_int_equal(open_as(shelf, STATE_READ, &record), -1);
		state_close(&record);
	}
	write_file(path, text, length);
	assert_int_equal(open_as(shelf, STATE_READ, &record), 0);
	state_close(&record);
}

static int parse(struct shelf *shelf, const char *text, size_t length)
{
	struct state record = {
		.directory = shelf->record,
		.arena = shelf->arena,
		.diag = diag_new(shelf->arena),
		.lock = -1,
	};

	return state_parse(&record, text, length);
}

static void survives_what_is_garbled(void **state)
{
	struct shelf *shelf = *state;
	const char *text;
	char *bytes;
	size_t length, refused = 0;

	save_three(shelf);
	text = read_file(shelf, below(shelf, "state.json"), &length);
	bytes = arena_strndup(shelf->arena, text, length);
	for (size_t i = 0; i < length; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] = (char)(text[i] ^ (1 << bit));
			refused += parse(shelf, bytes, length) < 0;
			bytes[i] = text[i];
		}
	assert_true(refused > length);
}

static void refuses_what_is_foreign(void **state)
{
	struct shelf *shelf = *state;
	CLEANUP(strbuf_release) struct strbuf many = {0};
	static const char *const texts[] = {
		"[]",
		"{}",
		"{\"version\": \"2\"}",
		"{\"version\": \"1\", \"applied\": 7}",
		"{\"version\": \"1\", \"applied\": {\"rules\": {}}}",
		"{\"version\": \"1\", \"applied\": {\"rules\": [{\"output\": \"x\"}]}}",
		("{\"version\": \"1\", \"applied\": {\"rules\": [{\"output\": \"x\", "
		 "\"sha256\": \"../../../etc/shadow\"}]}}"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(shelf, texts[i], strlen(texts[i])), -1);
	strbuf_puts(&many, "{\"version\": \"1\", \"applied\": {\"rules\": [");
	for (size_t i = 0; i < 17; i++)
		strbuf_printf(&many, "%s{\"output\": \"x\", \"sha256\": \"%064zu\"}",
			      i ? "," : "", i);
	strbuf_puts(&many, "]}}");
	assert_int_equal(parse(shelf, many.text, many.length), -1);
}

/* A record that cannot be read is never written over. */
static void leaves_what_it_cannot_read(void **state)
{
	struct shelf *shelf = *state;
	const char *path;
	struct state record;
	size_t length;

	save_three(shelf);
	assert_int_equal(open_as(shelf, STATE_WRITE, &record), 0);
	path = below(shelf, "state.json");
	write_file(path, "{\"version\": \"9\"}", 16);
	assert_int_equal(state_save(&record), -1);
	assert_string_equal(read_file(shelf, path, &length), "{\"version\": \"9\"}");
	state_close(&record);
}

static void reads_nothing_but_files(void **state)
{
	struct shelf *shelf = *state;
	const char *path;
	struct state record;

	save_three(shelf);
	path = below(shelf, "state.json");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_as(shelf, STATE_READ, &record), -1);
	state_close(&record);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(open_as(shelf, STATE_READ, &record), -1);
	state_close(&record);
}

static void refuses_a_text_of_another_hash(void **state)
{
	struct shelf *shelf = *state;
	struct state record;
	const char *path;

	save_three(shelf);
	assert_int_equal(open_as(shelf, STATE_READ, &record), 0);
	path = arena_printf(shelf->arena, "%s/rules/%s.nft", shelf->record,
			    record.applied->texts[0].sha256);
	write_file(path, "on", 2);
	assert_int_equal(state_text(&record, &record.applied->texts[0]), -1);
	assert_null(record.applied->texts[0].text);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(state_text(&record, &record.applied->texts[0]), -1);
	state_close(&record);
}

/* -- in use -------------------------------------------------------------------------- */

static void one_at_a_time(void **state)
{
	struct shelf *shelf = *state;
	struct state record, other;

	save_three(shelf);
	assert_int_equal(open_as(shelf, STATE_WRITE, &record), 0);
	assert_int_equal(open_as(shelf, STATE_TRY, &other), 1);
	state_close(&other);
	/* Who only reads does not wait. */
	assert_int_equal(open_as(shelf, STATE_READ, &other), 0);
	state_close(&other);
	state_close(&record);
	assert_int_equal(open_as(shelf, STATE_TRY, &other), 0);
	state_close(&other);
	/* Nor does a record that cannot be read stay locked. */
	write_file(below(shelf, "state.json"), "{", 1);
	assert_int_equal(open_as(shelf, STATE_TRY, &record), -1);
	assert_int_equal(open_as(shelf, STATE_TRY, &other), 1);
	state_close(&other);
	state_close(&record);
	assert_int_equal(open_as(shelf, STATE_TRY, &other), -1);
	state_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_nothing_applied, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_what_it_saves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(removes_texts_that_nothing_names, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_torn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(survives_what_is_garbled, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_foreign, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(leaves_what_it_cannot_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_nothing_but_files, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_text_of_another_hash, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_at_a_time, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
