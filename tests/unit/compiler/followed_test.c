/* followed_test.c - What stays of the addresses that names had, and what comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/followed.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

#define NOW	  100000u
#define MAX_NAMES 4

/** struct world - Names, and what one server answers about them */
struct world {
	struct arena *arena;
	struct compilation compilation;
	struct dns_server server;
	struct resolved_answer answers[MAX_NAMES];
	struct resolved_name names[MAX_NAMES];
	struct resolution resolution;
	struct followed_limits limits;
	struct followed followed;
	struct followed_news news;
};

static struct flow flow;
static struct flow *const flows[] = {&flow};

static int set_up(void **state)
{
	static const char *const names[MAX_NAMES] = {"a", "b", "c", "d"};
	struct world *world = calloc(1, sizeof(*world));

	world->arena = arena_new();
	world->compilation.arena = world->arena;
	world->compilation.diag = diag_new(world->arena);
	world->server.text = "192.0.2.53:53";
	for (size_t i = 0; i < MAX_NAMES; i++)
		world->names[i] = (struct resolved_name){
			.view = "public",
			.name = names[i],
			.flows = flows,
			.flow_count = 1,
			.answers = &world->answers[i],
		};
	world->resolution = (struct resolution){
		.compilation = &world->compilation,
		.servers = &world->server,
		.server_count = 1,
		.names = world->names,
		.name_count = 1,
	};
	world->limits = (struct followed_limits){60, 8, 100};
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	arena_free(world->arena);
	free(world);
	return 0;
}

static struct addr address(const char *text)
{
	struct addr addr = {0};

	assert_true(addr_parse(text, &addr));
	return addr;
}

/* What name @index leads to: addresses with blanks between them. */
static void answer(struct world *world, size_t index, const char *texts)
{
	char *copy = arena_strdup(world->arena, texts), *rest;

	world->answers[index] = (struct resolved_answer){.trouble = TROUBLE_NONE};
	for (char *text = strtok_r(copy, " ", &rest); text;
	     text = strtok_r(NULL, " ", &rest)) {
		struct addr one = address(text);
		struct prefix prefix = {
			.family = one.family,
			.length = one.family == FAMILY_IPV4 ? 32 : 128,
			.base = one.value,
		};

		addr_set_add_prefix(&world->answers[index].addresses, &prefix,
				    world->arena);
	}
	addr_set_normalize(&world->answers[index].addresses);
}

/* @count addresses from @first on in 20.0.0.0/16. */
static void answer_many(struct world *world, size_t index, unsigned first, unsigned count)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	for (unsigned i = first; i < first + count; i++)
		strbuf_printf(&text, "20.0.%u.%u ", i / 256, i % 256);
	answer(world, index, strbuf_text(&text));
}

static void update(struct world *world, uint64_t now)
{
	const struct followed old = world->followed;

	followed_update(&old, &world->resolution, &world->limits, now, &world->followed,
			&world->news);
}

static const struct followed_address *find(const struct world *world, size_t index,
					   const char *text)
{
	const struct followed_name *name = &world->followed.names[index];
	struct addr wanted = address(text);

	for (size_t i = 0; i < name->count; i++)
		if (name->at[i].address.family == wanted.family &&
		    name->at[i].address.value == wanted.value)
			return &name->at[i];
	return NULL;
}

static size_t limit_reports(const struct world *world)
{
	size_t count = 0;

	for (size_t i = 0; diag_message(world->compilation.diag, i); i++)
		count += diag_message(world->compilation.diag, i)->code ==
			 DIAG_WATCH_LIMIT;
	return count;
}

static int read_text(struct world *world, const char *text, size_t length, uint64_t now)
{
	return followed_read("watch.json", text, length, now, world->arena,
			     &world->followed, diag_new(world->arena));
}

/* -- grace --------------------------------------------------------------------------- */

static void keeps_for_the_grace_time(void **state)
{
	struct world *world = *state;

	answer(world, 0, "20.0.0.1");
	update(world, NOW);
	answer(world, 0, "20.0.0.2 2001:db8::2");
	update(world, NOW + 1);
	assert_int_equal(world->news.added, 2);
	assert_int_equal(world->news.addresses, 3);
	/* One that is answered again lives anew. */
	answer(world, 0, "20.0.0.2");
	update(world, NOW + 59);
	assert_non_null(find(world, 0, "20.0.0.1"));
	assert_int_equal(world->news.removed, 0);
	update(world, NOW + 60);
	assert_null(find(world, 0, "20.0.0.1"));
	assert_non_null(find(world, 0, "2001:db8::2"));
	assert_int_equal(world->news.removed, 1);
	update(world, NOW + 61);
	assert_null(find(world, 0, "2001:db8::2"));
	assert_int_equal(world->news.addresses, 1);
}

static void keeps_all_while_nobody_knows(void **state)
{
	struct world *world = *state;

	answer(world, 0, "20.0.0.1");
	update(world, NOW);
	answer(world, 0, "20.0.0.2");
	update(world, NOW + 10);
	world->answers[0] = (struct resolved_answer){.trouble = TROUBLE_SILENT};
	update(world, NOW + 1000);
	assert_int_equal(world->news.failed, 1);
	assert_int_equal(world->news.addresses, 2);
	/* An answer without an address says no more. */
	answer(world, 0, "");
	update(world, NOW + 2000);
	assert_int_equal(world->news.failed, 1);
	assert_int_equal(world->news.addresses, 2);
	/* And one that must not be used says nothing. */
	answer(world, 0, "10.0.0.1");
	world->answers[0].refused = true;
	update(world, NOW + 3000);
	assert_int_equal(world->news.addresses, 2);
	/* Then the grace time begins anew. */
	answer(world, 0, "20.0.0.2");
	update(world, NOW + 3059);
	assert_non_null(find(world, 0, "20.0.0.1"));
	update(world, NOW + 3060);
	assert_null(find(world, 0, "20.0.0.1"));
}

static void forgets_names_that_nobody_asks_for(void **state)
{
	struct world *world = *state;

	world->resolution.name_count = 2;
	answer(world, 0, "20.0.0.1");
	answer(world, 1, "20.0.0.2");
	update(world, NOW);
	world->resolution.name_count = 1;
	update(world, NOW + 1);
	assert_int_equal(world->followed.count, 1);
	assert_int_equal(world->news.addresses, 1);
}

/* -- limits -------------------------------------------------------------------------- */

static void takes_no_more_addresses_than_allowed(void **state)
{
	struct world *world = *state;

	answer(world, 0, "20.1.0.1");
	update(world, NOW);
	answer_many(world, 0, 0, 8);
	update(world, NOW + 1);
	assert_int_equal(world->news.added, 8);
	answer_many(world, 0, 100, 9);
	update(world, NOW + 2);
	assert_int_equal(world->news.added, 0);
	assert_int_equal(limit_reports(world), 1);
	assert_int_equal(world->news.addresses, 9);
	assert_null(find(world, 0, "20.0.0.100"));
	/* What was there already may be more: a limit that was lowered cuts nothing. */
	world->limits.addresses = 4;
	answer_many(world, 0, 0, 8);
	update(world, NOW + 3);
	assert_int_equal(limit_reports(world), 1);
	assert_int_equal(world->news.addresses, 9);
}

/* A name that is looked up for the first time does not grow, and yet has its limit. */
static void a_new_name_has_one_limit(void **state)
{
	struct world *world = *state;

	world->limits.growth = 0;
	world->resolution.name_count = 2;
	answer_many(world, 0, 0, 8);
	answer_many(world, 1, 100, 9);
	update(world, NOW);
	assert_int_equal(world->news.addresses, 8);
	assert_int_equal(world->news.failed, 1);
	assert_int_equal(limit_reports(world), 1);
}

static void grows_no_faster_than_allowed(void **state)
{
	struct world *world = *state;

	world->limits = (struct followed_limits){60, 64, 10};
	world->resolution.name_count = 2;
	answer(world, 0, "20.1.0.1");
	answer(world, 1, "20.1.0.2");
	update(world, NOW);
	/* Six and four are ten, of all names together. */
	answer_many(world, 0, 0, 6);
	answer_many(world, 1, 100, 4);
	update(world, NOW + 10);
	assert_int_equal(world->news.added, 10);
	assert_int_equal(limit_reports(world), 0);
	answer_many(world, 1, 100, 5);
	update(world, NOW + 11);
	assert_int_equal(world->news.added, 0);
	assert_int_equal(limit_reports(world), 1);
	update(world, NOW + 10 + 3599);
	assert_int_equal(limit_reports(world), 2);
	update(world, NOW + 10 + 3600);
	assert_int_equal(limit_reports(world), 2);
	assert_int_equal(world->news.added, 1);
}

/* One that comes and goes each minute is a new one each time, also in the record. */
static void counts_those_that_are_gone(void **state)
{
	struct world *world = *state;
	CLEANUP(strbuf_release) struct strbuf text = {0};
	uint64_t now = NOW;

	world->limits = (struct followed_limits){10, 64, 4};
	answer(world, 0, "20.1.0.1");
	update(world, now);
	for (unsigned i = 0; i < 6; i++) {
		answer_many(world, 0, i, 1);
		update(world, now += 60);
		strbuf_release(&text);
		followed_print(&world->followed, now, &text);
		assert_int_equal(read_text(world, text.text, text.length, now), 0);
	}
	assert_int_equal(limit_reports(world), 2);
	assert_int_equal(world->followed.gone_count, 3);
	assert_non_null(find(world, 0, "20.0.0.3"));
	update(world, NOW + 60 + 3599);
	assert_null(find(world, 0, "20.0.0.5"));
	update(world, NOW + 60 + 3600);
	assert_non_null(find(world, 0, "20.0.0.5"));
}

/* -- the text ------------------------------------------------------------------------ */

/* Two addresses, one of them 20 seconds old. */
static const char *print(struct world *world)
{
	struct strbuf text = {0};
	const char *copy;

	answer(world, 0, "20.0.0.1");
	update(world, NOW - 20);
	answer(world, 0, "2001:db8::2");
	update(world, NOW - 5);
	update(world, NOW);
	followed_print(&world->followed, NOW, &text);
	copy = arena_strdup(world->arena, text.text);
	strbuf_release(&text);
	return copy;
}

static void reads_what_it_prints(void **state)
{
	struct world *world = *state;
	const char *text = print(world);
	CLEANUP(strbuf_release) struct strbuf again = {0};

	assert_int_equal(read_text(world, text, strlen(text), NOW), 0);
	followed_print(&world->followed, NOW, &again);
	assert_string_equal(again.text, text);
	assert_int_equal(find(world, 0, "20.0.0.1")->last, NOW - 20);
	assert_int_equal(find(world, 0, "20.0.0.1")->first, 0);
	assert_int_equal(find(world, 0, "2001:db8::2")->last, NOW);
	assert_int_equal(find(world, 0, "2001:db8::2")->first, NOW - 5);
}

/* What passes while nobody watches ages them, to a bound; a machine that was started anew
 * does not know how long it was off. */
static void ages_by_the_time_that_passed(void **state)
{
	struct world *world = *state;
	const char *text = print(world);
	size_t length = strlen(text);

	assert_int_equal(read_text(world, text, length, NOW + 7), 0);
	assert_int_equal(find(world, 0, "20.0.0.1")->last, NOW - 20);
	assert_int_equal(read_text(world, text, length, NOW + FOLLOWED_GAP_MAX), 0);
	assert_int_equal(find(world, 0, "20.0.0.1")->last, NOW - 20);
	assert_int_equal(read_text(world, text, length, NOW + 86400), 0);
	assert_int_equal(find(world, 0, "20.0.0.1")->last,
			 NOW + 86400 - FOLLOWED_GAP_MAX - 20);
	assert_int_equal(read_text(world, text, length, 500), 0);
	assert_int_equal(find(world, 0, "20.0.0.1")->last, 480);
	/* It cannot be older than the machine's start. */
	assert_int_equal(read_text(world, text, length, 10), 0);
	assert_int_equal(find(world, 0, "20.0.0.1")->last, 1);
	assert_int_equal(find(world, 0, "2001:db8::2")->first, 5);
}

static void refuses_what_is_torn(void **state)
{
	struct world *world = *state;
	const char *text = print(world);
	size_t length = strlen(text);

	while (length && text[length - 1] == '\n')
		length--;
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(read_text(world, text, cut, NOW), -1);
	assert_int_equal(read_text(world, text, length, NOW), 0);
}

/* Each byte in turn is another one: it is refused or understood, and never more than it
 * says. */
static void survives_what_is_garbled(void **state)
{
	struct world *world = *state;
	const char *text = print(world);
	size_t length = strlen(text), refused = 0;
	char *bytes = arena_strndup(world->arena, text, length);

	for (size_t i = 0; i < length; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] = (char)(text[i] ^ (1 << bit));
			if (read_text(world, bytes, length, NOW) < 0)
				refused++;
			else if (world->followed.count)
				assert_true(world->followed.names[0].count <= 2);
			bytes[i] = text[i];
		}
	assert_true(refused > length);
}

static void refuses_what_is_foreign(void **state)
{
	struct world *world = *state;
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"version\": \"2\", \"names\": []}",
		"{\"version\": \"1\"}",
		"{\"version\": \"1\", \"names\": {}}",
		"{\"version\": \"1\", \"names\": [1]}",
		"{\"version\": \"1\", \"names\": [{\"view\": \"public\"}]}",
		"{\"version\": \"1\", \"names\": [{\"view\": \"public\", \"name\": "
		"\"a\", "
		"\"addresses\": [{\"address\": \"20.0.0.0/8\", \"last\": 0}]}]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(read_text(world, texts[i], strlen(texts[i]), NOW), -1);
}

/* -- locks --------------------------------------------------------------------------- */

static void a_lock_is_as_answered_now(void **state)
{
	struct world *world = *state;
	struct lock *lock;

	world->resolution.name_count = 3;
	answer(world, 0, "20.0.0.1 20.0.0.2");
	answer(world, 1, "20.0.0.9 2001:db8::9");
	world->answers[2].trouble = TROUBLE_SILENT;
	update(world, NOW);
	lock = followed_lock(&world->followed, "watch", world->arena);
	assert_int_equal(lock->view_count, 1);
	/* A name without an address is not in it. */
	assert_int_equal(lock->views[0].name_count, 2);
	followed_from_lock(lock, NOW + 5, world->arena, &world->followed);
	assert_int_equal(world->followed.count, 2);
	assert_int_equal(world->followed.names[0].count, 2);
	assert_int_equal(find(world, 0, "20.0.0.2")->last, NOW + 5);
	assert_int_equal(find(world, 1, "2001:db8::9")->first, 0);
	followed_from_lock(NULL, NOW, world->arena, &world->followed);
	assert_int_equal(world->followed.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_for_the_grace_time, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(keeps_all_while_nobody_knows, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(forgets_names_that_nobody_asks_for,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_no_more_addresses_than_allowed,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_new_name_has_one_limit, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(grows_no_faster_than_allowed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(counts_those_that_are_gone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_what_it_prints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ages_by_the_time_that_passed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_torn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(survives_what_is_garbled, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_foreign, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_lock_is_as_answered_now, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
