/* lock_test.c - Reading, writing and searching postern.lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/input.h"
#include "compiler/lock.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/intent.h"
#include "spec_builder.h"

static int read_text(const char *text, struct arena *arena, struct lock **ret_lock,
		     struct diag *diag)
{
	struct input_file file = {.path = "postern.lock",
				  .name = "postern.lock",
				  .text = text,
				  .length = strlen(text)};

	file.source = diag_add_source(diag, file.name, text, file.length);
	return lock_read(&file, arena, ret_lock, diag);
}

static const char canonical[] =
	"{\n"
	"  \"version\": 1,\n"
	"  \"views\": {\n"
	"    \"pe-spoke\": {\n"
	"      \"server\": \"10.0.0.53\",\n"
	"      \"names\": {\n"
	"        \"contoso.azurecr.io\": {\n"
	"          \"rcode\": \"NOERROR\",\n"
	"          \"chain\": [\n"
	"            \"contoso.privatelink.azurecr.io\"\n"
	"          ],\n"
	"          \"A\": [\n"
	"            \"10.1.2.4\"\n"
	"          ],\n"
	"          \"AAAA\": []\n"
	"        },\n"
	"        \"gone.azurecr.io\": {\n"
	"          \"rcode\": \"NXDOMAIN\",\n"
	"          \"chain\": [],\n"
	"          \"A\": [],\n"
	"          \"AAAA\": []\n"
	"        }\n"
	"      }\n"
	"    },\n"
	"    \"public\": {\n"
	"      \"server\": \"168.63.129.16\",\n"
	"      \"names\": {\n"
	"        \"contoso.azurecr.io\": {\n"
	"          \"rcode\": \"NOERROR\",\n"
	"          \"chain\": [],\n"
	"          \"A\": [\n"
	"            \"20.45.122.144\",\n"
	"            \"20.45.122.145\",\n"
	"            \"52.138.231.5\"\n"
	"          ],\n"
	"          \"AAAA\": [\n"
	"            \"2603:1030::1\"\n"
	"          ]\n"
	"        }\n"
	"      }\n"
	"    }\n"
	"  },\n"
	"  \"service_tags\": {\n"
	"    \"cloud\": \"Public\",\n"
	"    \"change_number\": 376,\n"
	"    \"sha256\": "
	"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\n"
	"  }\n"
	"}\n";

static void reads_what_it_prints(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);
	struct lock *lock;

	(void)state;
	assert_int_equal(read_text(canonical, arena, &lock, diag), 0);
	assert_int_equal(diag_warnings(diag), 0);
	lock_print(lock, &out);
	assert_string_equal(strbuf_text(&out), canonical);
}

static void finds_names_in_views(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const struct lock_name *name;
	struct lock *lock, empty = {0};

	(void)state;
	assert_int_equal(read_text(canonical, arena, &lock, diag), 0);
	name = lock_find(lock, "pe-spoke", "contoso.azurecr.io");
	assert_non_null(name);
	assert_int_equal(name->chain_count, 1);
	assert_int_equal(name->addresses.of[FAMILY_IPV4].count, 1);
	assert_string_equal(lock_find(lock, "pe-spoke", "gone.azurecr.io")->rcode,
			    "NXDOMAIN");
	/* Neighbours are one range. */
	assert_int_equal(lock_find(lock, "public", "contoso.azurecr.io")
				 ->addresses.of[FAMILY_IPV4]
				 .count,
			 2);
	assert_null(lock_find(lock, "public", "gone.azurecr.io"));
	assert_null(lock_find(lock, "pe-hub", "contoso.azurecr.io"));
	assert_null(lock_find(&empty, "public", "contoso.azurecr.io"));
	assert_int_equal(lock->service_tags.change_number, 376);
}

/* A lock whose view "public" has these names. */
static const char *with_names(struct arena *arena, const char *names)
{
	return arena_printf(arena,
			    "{\"version\":1,\"views\":{\"public\":"
			    "{\"server\":\"168.63.129.16\",\"names\":{%s}}}}",
			    names);
}

static const char *with_name(struct arena *arena, const char *entries)
{
	return with_names(arena, arena_printf(arena, "\"a.azurecr.io\":{%s}", entries));
}

static void assert_refused(const char *text)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct lock *lock = NULL;

	if (read_text(text, arena, &lock, diag) != -1)
		fail_msg("read: %s", text);
	assert_null(lock);
	assert_true(diag_errors(diag) > 0);
	if (diag_message(diag, 0)->at.source != 1)
		fail_msg("no place: %s", text);
}

static void refuses_what_is_no_lock(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"1",
		"\"lock\"",
		"{}",
		"{\"views\":{}}",
		"{\"version\":1}",
		"{\"version\":2,\"views\":{}}",
		"{\"version\":[1],\"views\":{}}",
		"{\"version\":1,\"views\":[]}",
		"{\"version\":1,\"views\":null}",
		"{\"version\":1,\"views\":{},\"times\":{}}",
		"{\"version\":1,\"version\":1,\"views\":{}}",
		"{\"version\":1,\"views\":{}} x",
		"{\"version\":1,\"views\":{\"\":{\"server\":\"x\",\"names\":{}}}}",
		"{\"version\":1,\"views\":{\"a b\":{\"server\":\"x\",\"names\":{}}}}",
		"{\"version\":1,\"views\":{\"public\":{\"names\":{}}}}",
		"{\"version\":1,\"views\":{\"public\":{\"server\":\"x\"}}}",
		"{\"version\":1,\"views\":{\"public\":{\"server\":\"\",\"names\":{}}}}",
		"{\"version\":1,\"views\":{\"public\":{\"server\":[],\"names\":{}}}}",
		"{\"version\":1,\"views\":{\"public\":{\"server\":\"a\\u001bb\","
		"\"names\":{}}}}",
		"{\"version\":1,\"views\":{\"public\":{\"server\":\"x\",\"names\":[]}}}",
		"{\"version\":1,\"views\":{\"public\":[]}}",
		"{\"version\":1,\"views\":{},\"service_tags\":{}}",
		("{\"version\":1,\"views\":{},\"service_tags\":{\"cloud\":\"Public\","
		 "\"change_number\":376,\"sha256\":\"0123\"}}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_refused(texts[i]);
}

static void refuses_bad_names_and_answers(void **state)
{
	static const char *const names[] = {
		"\"\":{\"rcode\":\"NOERROR\"}",
		"\"A.azurecr.io\":{\"rcode\":\"NOERROR\"}",
		"\"a..b\":{\"rcode\":\"NOERROR\"}",
		"\"a.b.\":{\"rcode\":\"NOERROR\"}",
		"\"*.b\":{\"rcode\":\"NOERROR\"}",
		"\"-a.b\":{\"rcode\":\"NOERROR\"}",
		"\"a b\":{\"rcode\":\"NOERROR\"}",
		"\"a.b\":[]",
		"\"a;b\":{\"rcode\":\"NOERROR\"}",
	};
	static const char *const entries[] = {
		"",
		"\"rcode\":\"noerror\"",
		"\"rcode\":0",
		"\"rcode\":\"NOERROR\",\"TTL\":10",
		"\"rcode\":\"NOERROR\",\"A\":\"192.0.2.1\"",
		"\"rcode\":\"NOERROR\",\"A\":[1]",
		"\"rcode\":\"NOERROR\",\"A\":[null]",
		"\"rcode\":\"NOERROR\",\"A\":[\"192.0.2.01\"]",
		"\"rcode\":\"NOERROR\",\"A\":[\"192.0.2.0/24\"]",
		"\"rcode\":\"NOERROR\",\"A\":[\"2001:db8::1\"]",
		"\"rcode\":\"NOERROR\",\"AAAA\":[\"192.0.2.1\"]",
		"\"rcode\":\"NOERROR\",\"A\":[\"192.0.2.1\",\"192.0.2.1\"]",
		"\"rcode\":\"NOERROR\",\"AAAA\":[\"2001:db8::1\",\"2001:db8:0::1\"]",
		"\"rcode\":\"NOERROR\",\"A\":[\"192.0.2.2\",\"192.0.2.1\",\"192.0.2.2\"]",
		"\"rcode\":\"NXDOMAIN\",\"A\":[\"192.0.2.1\"]",
		"\"rcode\":\"NOERROR\",\"chain\":{}",
		"\"rcode\":\"NOERROR\",\"chain\":[\"A.b\"]",
		"\"rcode\":\"NOERROR\",\"chain\":[[]]",
		("\"rcode\":\"NOERROR\",\"chain\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
		 "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]"),
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_refused(with_names(arena, names[i]));
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		assert_refused(with_name(arena, entries[i]));
}

static void reports_every_bad_name_in_one_run(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct lock *lock;

	(void)state;
	assert_int_equal(read_text(with_names(arena, "\"a\":{\"rcode\":\"X\"},"
						     "\"b\":{\"rcode\":\"NOERROR\"},"
						     "\"c\":{\"rcode\":\"Y\"}"),
				   arena, &lock, diag),
			 -1);
	assert_int_equal(builder_count(diag, DIAG_LOCK_FORMAT), 2);
}

static void names_have_bounds(void **state)
{
	static const char label[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct lock *lock;

	(void)state;
	assert_int_equal(strlen(label), 63);
	assert_int_equal(read_text(with_names(arena,
					      arena_printf(arena,
							   "\"%s.%s.%s.%.61s\":"
							   "{\"rcode\":\"NOERROR\"}",
							   label, label, label, label)),
				   arena, &lock, diag),
			 0);
	assert_refused(with_names(arena, arena_printf(arena,
						      "\"%s.%s.%s.%.62s\":"
						      "{\"rcode\":\"NOERROR\"}",
						      label, label, label, label)));
	assert_refused(
		with_names(arena, arena_printf(arena, "\"%sa\":{\"rcode\":\"NOERROR\"}",
					       label)));
}

static void unsorted_locks_are_sorted_with_a_warning(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct lock *lock;

	(void)state;
	assert_int_equal(read_text("{\"version\":1,\"views\":{"
				   "\"public\":{\"server\":\"x\",\"names\":{"
				   "\"b\":{\"rcode\":\"NOERROR\",\"A\":[\"192.0.2.2\","
				   "\"192.0.2.1\"]},"
				   "\"a\":{\"rcode\":\"NOERROR\"}}},"
				   "\"pe\":{\"server\":\"x\",\"names\":{}}}}",
				   arena, &lock, diag),
			 0);
	assert_int_equal(builder_count(diag, DIAG_LOCK_UNSORTED), 3);
	assert_string_equal(lock->views[0].name, "pe");
	assert_non_null(lock_find(lock, "public", "a"));
	assert_int_equal(lock_find(lock, "public", "b")->addresses.of[FAMILY_IPV4].count,
			 1);
}

static void unused_names_are_reported(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct intent intent = {0};
	struct lock *lock;
	struct flow *flow;

	(void)state;
	assert_int_equal(read_text(canonical, arena, &lock, diag), 0);
	intent_add_flow(&intent, arena); /* a flow to addresses has no name */
	flow = intent_add_flow(&intent, arena);
	flow->name = "contoso.azurecr.io";
	flow->view = "public";
	lock_report_unused(lock, &intent, arena, diag);
	assert_int_equal(builder_count(diag, DIAG_LOCK_UNUSED_NAME), 1);
	assert_string_equal(diag_message(diag, 0)->text,
			    "nothing needs any of the 2 names in the view 'pe-spoke'");
	flow = intent_add_flow(&intent, arena);
	flow->name = "gone.azurecr.io";
	flow->view = "pe-spoke";
	lock_report_unused(lock, &intent, arena, diag);
	assert_int_equal(builder_count(diag, DIAG_LOCK_UNUSED_NAME), 2);
	assert_string_equal(diag_message(diag, 1)->text,
			    "nothing needs 'contoso.azurecr.io' in the view 'pe-spoke'");
}

/* 100 000 addresses of one name and 100 000 names: seconds would show. */
static void large_locks_are_read(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);
	struct lock *lock;

	(void)state;
	strbuf_puts(&text,
		    "{\"version\":1,\"views\":{\"public\":{\"server\":\"x\",\"names\":{"
		    "\"a\":{\"rcode\":\"NOERROR\",\"A\":[");
	for (unsigned i = 0; i < 100000; i++)
		strbuf_printf(&text, "%s\"20.%u.%u.%u\"", i ? "," : "", i * 2 >> 16,
			      i * 2 >> 8 & 255, i * 2 & 255);
	strbuf_puts(&text, "]}");
	for (unsigned i = 0; i < 100000; i++)
		strbuf_printf(&text, ",\"n%06u\":{\"rcode\":\"NXDOMAIN\"}", i);
	strbuf_puts(&text, "}}}}");
	assert_int_equal(read_text(strbuf_text(&text), arena, &lock, diag), 0);
	assert_int_equal(lock->views[0].name_count, 100001);
	assert_int_equal(lock_find(lock, "public", "a")->addresses.of[FAMILY_IPV4].count,
			 100000);
	assert_non_null(lock_find(lock, "public", "n099999"));
	lock_print(lock, &out);
	assert_true(out.length > text.length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_prints),
		cmocka_unit_test(finds_names_in_views),
		cmocka_unit_test(refuses_what_is_no_lock),
		cmocka_unit_test(refuses_bad_names_and_answers),
		cmocka_unit_test(reports_every_bad_name_in_one_run),
		cmocka_unit_test(names_have_bounds),
		cmocka_unit_test(unsorted_locks_are_sorted_with_a_warning),
		cmocka_unit_test(unused_names_are_reported),
		cmocka_unit_test(large_locks_are_read),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
