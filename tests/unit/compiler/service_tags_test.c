/* service_tags_test.c - Reading, asking and comparing service tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/catalogue.h"
#include "compiler/check_tags.h"
#include "compiler/endpoints.h"
#include "compiler/input.h"
#include "compiler/tags_diff.h"
#include "compiler/tags_list.h"
#include "rules/base/arena.h"
#include "spec_builder.h"

#define MAX_PARTS 4
#define ACR	  "AzureContainerRegistry"

/** struct fixture - Files that were read together */
struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct service_tags *tags;
};

static struct fixture fixture_new(void)
{
	struct fixture fixture = {.arena = arena_new()};

	fixture.diag = diag_new(fixture.arena);
	return fixture;
}

static void fixture_release(struct fixture *fixture)
{
	arena_free(fixture->arena);
}

static int read_parts(struct fixture *fixture, const char *const *texts, size_t count)
{
	const struct input_file *files[MAX_PARTS];

	for (size_t i = 0; i < count; i++) {
		struct input_file *file = arena_make(fixture->arena, struct input_file);

		file->path = file->name = "tags.json";
		file->text = texts[i];
		file->length = strlen(texts[i]);
		file->source = diag_add_source(fixture->diag, file->name, file->text,
					       file->length);
		files[i] = file;
	}
	return tags_read(files, count, fixture->arena, &fixture->tags, fixture->diag);
}

static int read_text(struct fixture *fixture, const char *text)
{
	return read_parts(fixture, &text, 1);
}

/* "Storage 20.1.0.0/24 2603::/64; ActionGroup": the weekly form of these tags. */
static int read_tags(struct fixture *fixture, const char *tags)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *before =
		"{\"changeNumber\": 376, \"cloud\": \"Public\", \"values\": [";
	size_t length;

	for (; *tags; tags += length + strspn(tags + length, "; ")) {
		length = strcspn(tags, "; ");
		strbuf_printf(&text,
			      "%s{\"name\": \"%.*s\", \"properties\": {\"region\": "
			      "\"westeurope\", \"addressPrefixes\": [",
			      before, (int)length, tags);
		before = "";
		while (tags[length] == ' ') {
			tags += length + 1;
			length = strcspn(tags, "; ");
			strbuf_printf(&text, "%s\"%.*s\"", before, (int)length, tags);
			before = ", ";
		}
		strbuf_puts(&text, "]}}");
		before = ", ";
	}
	strbuf_puts(&text, "]}");
	return read_text(fixture,
			 arena_strndup(fixture->arena, strbuf_text(&text), text.length));
}

static int read_path(struct fixture *fixture, const char *path)
{
	struct input *input = input_new(fixture->arena, fixture->diag);
	const struct input_file *file = input_read(input, path, NULL, SPAN_NONE);

	return file ? tags_read(&file, 1, fixture->arena, &fixture->tags, fixture->diag)
		    : -1;
}

static size_t message_count(const struct fixture *fixture)
{
	return diag_errors(fixture->diag) + diag_warnings(fixture->diag);
}

static void check_message(const struct fixture *fixture, const char *slug, const char *at)
{
	const struct diag_message *message = diag_message(fixture->diag, 0);
	const struct diag_source *source;

	assert_non_null(message);
	assert_string_equal(diag_info(message->code)->slug, slug);
	if (!at)
		return;
	source = diag_get_source(fixture->diag, message->at.source);
	assert_non_null(source);
	assert_int_equal(message->at.end - message->at.begin, strlen(at));
	assert_memory_equal(source->text + message->at.begin, at, strlen(at));
}

static void check_set(const struct addr_set *set, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	addr_set_format(set, &text);
	assert_string_equal(strbuf_text(&text), expected);
}

static void check_count(const struct addr_set *set, enum family family,
			const char *expected)
{
	struct count count = addresses_count(set, family);
	char text[COUNT_TEXT_MAX];

	assert_string_equal(count_format(&count, text), expected);
}

/* -- the two forms of the JSON --------------------------------------------- */

#define WEEKLY_HEAD "{\"changeNumber\": 376, \"cloud\": \"Public\", \"values\": ["
#define WEEKLY_TAG(name, prefixes)                                                \
	"{\"name\": \"" name "\", \"id\": \"" name "\", \"properties\": {"        \
	"\"changeNumber\": 5, \"region\": \"westeurope\", \"regionId\": 18, "     \
	"\"platform\": \"Azure\", \"systemService\": \"\", \"addressPrefixes\": " \
	"[" prefixes "], \"networkFeatures\": null}}"
#define TAIL "]}"

#define API_HEAD(number, next)                                                         \
	"{\"name\": \"public\", \"type\": \"Microsoft.Network/serviceTags\", "         \
	"\"changeNumber\": \"" number "\", \"cloud\": \"Public\", \"nextLink\": " next \
	", \"values\": ["
#define API_TAG(name, prefixes)                                         \
	"{\"name\": \"" name "\", \"serviceTagChangeNumber\": \"7\", "  \
	"\"properties\": {\"changeNumber\": \"7\", \"state\": \"GA\", " \
	"\"region\": \"\", \"addressPrefixes\": [" prefixes "]}}"

/* With a BOM and CRLF. */
static const char weekly[] =
	"\xef\xbb\xbf{\r\n"
	"  \"changeNumber\": 376,\r\n"
	"  \"cloud\": \"Public\",\r\n"
	"  \"values\": [\r\n"
	"    {\r\n"
	"      \"name\": \"Storage.WestEurope\",\r\n"
	"      \"id\": \"Storage.WestEurope\",\r\n"
	"      \"properties\": {\r\n"
	"        \"changeNumber\": 5,\r\n"
	"        \"region\": \"westeurope\",\r\n"
	"        \"regionId\": 18,\r\n"
	"        \"platform\": \"Azure\",\r\n"
	"        \"systemService\": \"AzureStorage\",\r\n"
	"        \"addressPrefixes\": [\r\n"
	"          \"20.1.1.0/24\",\r\n"
	"          \"20.1.0.0/24\",\r\n"
	"          \"2603:1020::/40\",\r\n"
	"          \"20.1.0.128/25\"\r\n"
	"        ],\r\n"
	"        \"networkFeatures\": null\r\n"
	"      }\r\n"
	"    },\r\n"
	"    {\"name\": \"ActionGroup\", \"properties\": {\"addressPrefixes\": []}}\r\n"
	"  ]\r\n"
	"}\r\n";

static void reads_the_weekly_form(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();
	const struct service_tag *tag;

	(void)state;
	assert_int_equal(read_text(&fixture, weekly), 0);
	assert_int_equal(message_count(&fixture), 0);
	assert_string_equal(fixture.tags->cloud, "Public");
	assert_int_equal(fixture.tags->change_number, 376);
	assert_false(fixture.tags->regions_only);
	assert_int_equal(fixture.tags->count, 2);
	assert_string_equal(fixture.tags->at[0].name, "ActionGroup");
	tag = tags_find(fixture.tags, "storage.WESTEUROPE");
	assert_non_null(tag);
	assert_string_equal(tag->name, "Storage.WestEurope");
	assert_int_equal(tag->prefixes[FAMILY_IPV4], 3);
	assert_int_equal(tag->prefixes[FAMILY_IPV6], 1);
	check_set(&tag->addresses, "20.1.0.0/23, 2603:1020::/40");
	check_count(&tag->addresses, FAMILY_IPV4, "512");
	check_count(&tag->addresses, FAMILY_IPV6, "309485009821345068724781056");
	assert_null(tags_find(fixture.tags, "Storage"));
	assert_null(tags_find(fixture.tags, ""));
}

static void reads_what_az_prints(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_text(&fixture,
				   API_HEAD("63", "null")
					   API_TAG("Storage", "\"20.1.0.0/32\"") TAIL),
			 0);
	assert_int_equal(message_count(&fixture), 0);
	assert_int_equal(fixture.tags->change_number, 63);
	check_set(&tags_find(fixture.tags, "Storage")->addresses, "20.1.0.0");
}

/* All kinds of what is not needed. */
static void passes_over_other_keys(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_text(&fixture,
				   "{\"x\": [1, {\"values\": 2}], \"changeNumber\": 1, "
				   "\"cloud\": \"Public\", \"values\": [{\"name\": "
				   "\"A\", \"y\": null, "
				   "\"properties\": {\"z\": {}, \"region\": 7, "
				   "\"addressPrefixes\": []}}]}"),
			 0);
	assert_int_equal(message_count(&fixture), 0);
	assert_int_equal(fixture.tags->count, 1);
	assert_true(addr_set_is_empty(&fixture.tags->at[0].addresses));
}

static const char first_page[] = API_HEAD("63", "\"https://management.azure.com/next\"")
	API_TAG("Storage", "\"20.1.0.0/24\"") TAIL;
static const char last_page[] =
	API_HEAD("63", "null") API_TAG("ActionGroup", "\"20.2.0.0/24\"") TAIL;
static const char other_page[] =
	API_HEAD("64", "null") API_TAG("ActionGroup", "\"20.2.0.0/24\"") TAIL;

static void puts_pages_together(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_parts(&fixture,
				    (const char *const[]){last_page, first_page}, 2),
			 0);
	assert_int_equal(message_count(&fixture), 0);
	assert_int_equal(fixture.tags->count, 2);
	assert_non_null(tags_find(fixture.tags, "Storage"));
	assert_non_null(tags_find(fixture.tags, "ActionGroup"));
}

static void misses_pages(void **state)
{
	static const struct {
		const char *pages[3];
		const char *slug;
		const char *at;
	} rows[] = {
		{{first_page},
		 "service-tags-parts",
		 "\"https://management.azure.com/next\""},
		{{first_page, first_page},
		 "service-tags-parts",
		 "\"https://management.azure.com/next\""},
		{{first_page, other_page}, "service-tags-parts", "\"Public\""},
		{{last_page, last_page}, "service-tags-parts", NULL},
		{{first_page, first_page, last_page},
		 "service-tags-format",
		 "\"Storage\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release) struct fixture fixture = fixture_new();
		size_t count = 0;

		while (count < 3 && rows[i].pages[count])
			count++;
		assert_int_equal(read_parts(&fixture, rows[i].pages, count), -1);
		check_message(&fixture, rows[i].slug, rows[i].at);
	}
}

static void refuses_what_is_no_tag_file(void **state)
{
	static const struct {
		const char *text;
		const char *slug;
		const char *at;
	} rows[] = {
		{"", "service-tags-format", NULL},
		{"tags", "service-tags-format", "t"},
		{"[]", "service-tags-format", "[]"},
		{"{", "json-syntax", NULL},
		{"{\"cloud\": \"Public\", \"changeNumber\": 1}", "service-tags-format",
		 NULL},
		{"{\"cloud\": \"Public\", \"changeNumber\": 1, \"values\": {}}",
		 "service-tags-format", "{}"},
		{"{\"changeNumber\": 1, \"values\": []}", "service-tags-format", NULL},
		{"{\"cloud\": \"Pub lic\", \"changeNumber\": 1, \"values\": []}",
		 "service-tags-format", "\"Pub lic\""},
		{"{\"cloud\": \"Public\", \"changeNumber\": -1, \"values\": []}",
		 "service-tags-format", "-1"},
		{"{\"cloud\": \"Public\", \"changeNumber\": 1.5, \"values\": []}",
		 "service-tags-format", "1.5"},
		{"{\"cloud\": \"Public\", \"changeNumber\": \"\", \"values\": []}",
		 "service-tags-format", "\"\""},
		{"{\"cloud\": \"Public\", \"changeNumber\": 4294967296, \"values\": []}",
		 "service-tags-format", "4294967296"},
		{"{\"cloud\": \"Public\", \"cloud\": \"Public\"}", "duplicate-key", NULL},
		{WEEKLY_HEAD "7" TAIL, "service-tags-format", "7"},
		{WEEKLY_HEAD "{\"name\": \"A\", \"properties\": {}}" TAIL,
		 "service-tags-format", "{}"},
		{WEEKLY_HEAD
		 "{\"name\": null, \"properties\": {\"addressPrefixes\": []}}" TAIL,
		 "service-tags-format", "null"},
		{WEEKLY_HEAD WEEKLY_TAG("A B", "") TAIL, "service-tags-format",
		 "\"A B\""},
		{WEEKLY_HEAD WEEKLY_TAG("A..B", "") TAIL, "service-tags-format",
		 "\"A..B\""},
		{WEEKLY_HEAD WEEKLY_TAG(".A", "") TAIL, "service-tags-format", "\".A\""},
		{WEEKLY_HEAD WEEKLY_TAG("A.", "") TAIL, "service-tags-format", "\"A.\""},
		{WEEKLY_HEAD WEEKLY_TAG("", "") TAIL, "service-tags-format", "\"\""},
		{WEEKLY_HEAD WEEKLY_TAG("A", "") "," WEEKLY_TAG("a", "") TAIL,
		 "service-tags-format", "\"a\""},
		{WEEKLY_HEAD WEEKLY_TAG("A", "[]") TAIL, "service-tags-format", "[]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release) struct fixture fixture = fixture_new();

		assert_int_equal(read_text(&fixture, rows[i].text), -1);
		check_message(&fixture, rows[i].slug, rows[i].at);
	}
}

static void judges_prefixes(void **state)
{
	static const struct {
		const char *prefix;
		bool good;
	} rows[] = {
		{"20.1.0.0/24", true},
		{"0.0.0.0/0", true},
		{"255.255.255.255/32", true},
		{"20.1.0.0", false},
		{"20.1.0.1/24", false},
		{"20.1.0.0/33", false},
		{"20.1.0.0/024", false},
		{"20.01.0.0/24", false},
		{"20.1.0.256/32", false},
		{"20.1.0/24", false},
		{"20.1.0.0.0/24", false},
		{"20.1.0.0/", false},
		{" 20.1.0.0/24", false},
		{"20.1.0.0/24 ", false},
		{"20.1.0.0/2x", false},
		{"20.1.0.0-20.1.0.9", false},
		{"", false},
		{"/24", false},
		{"2603:1020::/40", true},
		{"2603:1020::1/128", true},
		{"::/0", true},
		{"2603:1020::1/64", false},
		{"2603:1020::/129", false},
		{"2603:1020::", false},
		{"fe80::%eth0/64", false},
		{"2603:1020::A/128", true},
		{"300.0.0.0/8", false},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release) struct fixture fixture = fixture_new();
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\"", rows[i].prefix);
		snprintf(text, sizeof(text),
			 WEEKLY_HEAD "{\"name\": \"A\", \"properties\": "
				     "{\"addressPrefixes\": [%s]}}" TAIL,
			 quoted);
		assert_int_equal(read_text(&fixture, text), rows[i].good ? 0 : -1);
		if (!rows[i].good)
			check_message(&fixture, "service-tags-format", quoted);
	}
}

static void tells_every_wrong_prefix(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_tags(&fixture, "A x 20.0.0.0/8 20.1.1.1/8; "
					     "B y"),
			 -1);
	assert_int_equal(diag_errors(fixture.diag), 3);
}

/* Windows' shell writes "az ... > file" so. */
static void knows_utf16(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_text(&fixture, "\xff\xfe{"), -1);
	check_message(&fixture, "document-encoding", NULL);
}

/* -- regions --------------------------------------------------------------- */

/* properties.region says "westeurope" in all of them. */
static void regions_are_suffixes(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_tags(&fixture, "AzureCloud.norwaye 20.1.0.0/24; "
					     "AzureCloud.eastus2 20.3.0.0/24; "
					     "Storage.NorwayEast 20.2.0.0/24; "
					     "Storage.MarsNorth 20.4.0.0/24"),
			 0);
	assert_string_equal(tags_regional(fixture.tags, "AzureCloud", "norwayeast")->name,
			    "AzureCloud.norwaye");
	assert_string_equal(tags_regional(fixture.tags, "AzureCloud", "eastus2")->name,
			    "AzureCloud.eastus2");
	assert_string_equal(tags_regional(fixture.tags, "Storage", "norwayeast")->name,
			    "Storage.NorwayEast");
	assert_string_equal(tags_regional(fixture.tags, "storage", "marsnorth")->name,
			    "Storage.MarsNorth");
	assert_null(tags_regional(fixture.tags, "Storage", "norwaye"));
	assert_null(tags_regional(fixture.tags, "Storage", "westeurope"));
	assert_string_equal(tag_region("AzureCloud.norwaye")->name, "norwayeast");
	assert_string_equal(tag_region("AzureCloud.eastus2")->name, "eastus2");
	assert_string_equal(tag_region("Storage.NorwayEast")->name, "norwayeast");
	assert_null(tag_region("Storage.norwaye"));
	assert_null(tag_region("AzureFrontDoor.FirstParty"));
	assert_null(tag_region("Storage"));
}

static void finds_who_holds_an_address(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();
	const struct service_tag **found;
	struct addr addr;
	size_t count;

	(void)state;
	assert_int_equal(read_tags(&fixture, "AzureCloud 20.0.0.0/8 2603::/32; "
					     "Storage.WestEurope 20.1.0.0/24; "
					     "Storage 20.1.0.0/24 20.2.0.0/24; "
					     "All ::/0"),
			 0);
	assert_true(addr_parse("20.1.0.7", &addr));
	found = tags_containing(fixture.tags, &addr, fixture.arena, &count);
	assert_int_equal(count, 3);
	assert_string_equal(found[0]->name, "Storage.WestEurope");
	assert_string_equal(found[1]->name, "Storage");
	assert_string_equal(found[2]->name, "AzureCloud");
	assert_true(addr_parse("2603::1", &addr));
	found = tags_containing(fixture.tags, &addr, fixture.arena, &count);
	assert_int_equal(count, 2);
	assert_string_equal(found[0]->name, "AzureCloud");
	assert_true(addr_parse("21.0.0.1", &addr));
	tags_containing(fixture.tags, &addr, fixture.arena, &count);
	assert_int_equal(count, 0);
}

static void clouds_must_agree(void **state)
{
	static const struct {
		const char *said;
		enum cloud_id cloud;
		bool agrees;
	} rows[] = {
		{"Public", CLOUD_PUBLIC, true},
		{"Public", CLOUD_USGOV, false},
		{"AzureGovernment", CLOUD_USGOV, true},
		{"AzureGovernment", CLOUD_PUBLIC, false},
		{"AzureChinaCloud", CLOUD_CHINA, true},
		{"Public", CLOUD_CHINA, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release) struct fixture fixture = fixture_new();
		struct service_tags tags = {.cloud = rows[i].said};

		assert_int_equal(tags_check_cloud(&tags, rows[i].cloud, fixture.diag),
				 rows[i].agrees ? 0 : -1);
		if (!rows[i].agrees)
			check_message(&fixture, "service-tags-cloud", NULL);
	}
}

/* -- PublicIPs ------------------------------------------------------------- */

#define XML_HEAD \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<AzurePublicIpAddresses>\r\n"
#define XML_TAIL "</AzurePublicIpAddresses>"

static void reads_public_ips(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_text(&fixture,
				   "\xef\xbb\xbf" XML_HEAD
				   "<!-- 2020 --><Region Name=\"europewest\">\r\n"
				   "<IpRange Subnet='13.69.0.0/17' />"
				   "<IpRange Other=\"x\" "
				   "Subnet=\"13.69.128.0&#47;17\"></IpRange></Region>"
				   "<Region Name=\"asiaeast\"/>" XML_TAIL),
			 0);
	assert_int_equal(message_count(&fixture), 0);
	assert_true(fixture.tags->regions_only);
	assert_int_equal(fixture.tags->count, 2);
	check_set(&tags_find(fixture.tags, "EuropeWest")->addresses, "13.69.0.0/16");
	assert_int_equal(tags_check_cloud(fixture.tags, CLOUD_PUBLIC, fixture.diag), -1);
	check_message(&fixture, "service-tags-format", NULL);
}

static void refuses_other_xml(void **state)
{
	static const struct {
		const char *text;
		const char *at;
	} rows[] = {
		{"<a/>", "<a"},
		{XML_HEAD "<Zone/>" XML_TAIL, "<Zone"},
		{XML_HEAD "<IpRange Subnet=\"1.0.0.0/8\"/>" XML_TAIL,
		 "<IpRange Subnet=\"1.0.0.0/8\""},
		{XML_HEAD "<Region/>" XML_TAIL, "<Region"},
		{XML_HEAD "<Region Name=\"a b\"/>" XML_TAIL, "a b"},
		{XML_HEAD "<Region Name=\"a\"><IpRange/></Region>" XML_TAIL, "<IpRange"},
		{XML_HEAD
		 "<Region Name=\"a\"><IpRange Subnet=\"1.0.0.1/8\"/></Region>" XML_TAIL,
		 "1.0.0.1/8"},
		{XML_HEAD "<Region Name=\"a\">\r\n  <IpRange\n "
			  "Subnet=\"1.0.0.0\"/></Region>" XML_TAIL,
		 "1.0.0.0"},
		{XML_HEAD
		 "<Region Name=\"a\"><IpRange Subnet=\"1.0.0.0/8\"><x/></IpRange>"
		 "</Region>" XML_TAIL,
		 "<x"},
		{XML_HEAD "<Region Name=\"a\"/><Region Name=\"A\"/>" XML_TAIL, "A"},
		{XML_HEAD XML_TAIL, ""},
		{XML_HEAD, ""},
		{XML_HEAD "<Region Name=\"a\"></IpRange>" XML_TAIL, ""},
		{XML_HEAD "<Region Name=\"&evil;\"/>" XML_TAIL, NULL},
		{XML_HEAD "<Region Name=\"\xe9\"/>" XML_TAIL, NULL},
		{"<!DOCTYPE x [<!ENTITY e \"y\">]><x>&e;</x>", NULL},
		{"<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x/>", NULL},
		{"<", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release) struct fixture fixture = fixture_new();

		if (read_text(&fixture, rows[i].text) != -1)
			fail_msg("read: %s", rows[i].text);
		assert_int_equal(diag_errors(fixture.diag), 1);
		check_message(&fixture,
			      rows[i].text[1] ? "public-ips-format"
					      : "service-tags-format",
			      rows[i].at);
	}
}

/* What a file says must not reach the log before it is known to be of service tags. */
static void hides_other_files(void **state)
{
	static const struct {
		const char *text;
		bool hidden;
	} rows[] = {
		{"<secret></hidden>", true},
		{"<AzurePublicIpAddresses></hidden>", false},
		{"{\"cloud\": \"secret\", \"values\": [\"hidden\"]}", true},
		{WEEKLY_HEAD "\"hidden\"" TAIL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release) struct fixture fixture = fixture_new();
		struct input_file file = {.path = "secret",
					  .name = "named",
					  .text = rows[i].text,
					  .length = strlen(rows[i].text)};
		const struct input_file *const files[] = {&file};
		const struct diag_message *message;

		file.source =
			diag_add_source(fixture.diag, "named", file.text, file.length);
		diag_hide_source(fixture.diag, file.source, true);
		assert_int_equal(tags_read(files, 1, fixture.arena, &fixture.tags,
					   fixture.diag),
				 -1);
		message = diag_message(fixture.diag, 0);
		assert_int_equal(diag_get_source(fixture.diag, file.source)->hidden,
				 rows[i].hidden);
		if (rows[i].hidden) {
			assert_null(strstr(message->text, "secret"));
			assert_null(strstr(message->text, "hidden"));
		}
	}
}

static void xml_and_json_are_no_parts_of_one(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_parts(&fixture,
				    (const char
					     *const[]){last_page, XML_HEAD
						       "<Region Name=\"a\"/>" XML_TAIL},
				    2),
			 -1);
	check_message(&fixture, "service-tags-parts", NULL);
}

/* -- comparing ------------------------------------------------------------- */

static struct service_tags *other_tags(struct fixture *fixture, const char *names)
{
	struct service_tags *before = fixture->tags, *read;

	assert_int_equal(read_tags(fixture, names), 0);
	read = fixture->tags;
	fixture->tags = before;
	return read;
}

static void compares_by_coverage(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();
	struct service_tags *after;
	struct tags_diff diff;

	(void)state;
	assert_int_equal(read_tags(&fixture, "Same 20.1.0.0/25 20.1.0.128/25; "
					     "Gone 20.2.0.0/24; "
					     "Moved 20.3.0.0/24 2603::/64"),
			 0);
	after = other_tags(&fixture, "MOVED 20.3.0.0/25 20.4.0.0/31; "
				     "New 20.5.0.0/24; "
				     "Same 20.1.0.0/24");
	diff = tags_compare(fixture.tags, after, fixture.arena);
	assert_int_equal(diff.compared, 4);
	assert_int_equal(diff.change_count, 3);
	assert_string_equal(diff.changes[0].names, "Gone");
	assert_int_equal(diff.changes[0].kind, TAG_GONE);
	check_set(&diff.changes[0].opened, "");
	check_set(&diff.changes[0].closed, "20.2.0.0/24");
	assert_string_equal(diff.changes[1].names, "MOVED");
	assert_int_equal(diff.changes[1].kind, TAG_CHANGED);
	check_set(&diff.changes[1].opened, "20.4.0.0/31");
	check_set(&diff.changes[1].closed, "20.3.0.128/25, 2603::/64");
	assert_int_equal(diff.changes[2].kind, TAG_ADDED);
	check_set(&diff.changes[2].opened, "20.5.0.0/24");
	diff = tags_compare(after, after, fixture.arena);
	assert_int_equal(diff.change_count, 0);
}

/* A public registry of two regions, and a private one. */
static struct intent *make_intent(struct fixture *fixture)
{
	struct spec_builder builder = spec_builder_new(fixture->arena, CLOUD_PUBLIC);
	struct registry *open =
		builder_registry(&builder, "contoso", "westeurope eastus");
	struct registry *closed = builder_registry(&builder, "fabrikam", "westeurope");
	struct private_endpoint *endpoint =
		builder_endpoint(&builder, closed, "pe", "10.0.0.0/24",
				 "registry=10.0.0.4 registry_data_westeurope=10.0.0.5");
	struct client *client = builder_client(&builder, "aks", 1u << OPERATION_PULL);
	struct intent *intent;

	builder_use(&builder, client, open, NULL);
	builder_use(&builder, client, closed, endpoint);
	builder_service(&builder, client, "mcr", NULL);
	assert_int_equal(endpoints_derive(builder.spec, fixture->arena, &intent,
					  fixture->diag),
			 0);
	return intent;
}

static void compares_what_flows_use(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();
	struct intent *intent = make_intent(&fixture);
	struct service_tags *after;
	struct tags_diff diff;

	(void)state;
	assert_int_equal(read_tags(&fixture, ACR
				   " 20.1.0.0/16; " ACR ".WestEurope 20.1.0.0/24; " ACR
				   ".EastUS 20.1.1.0/24; "
				   "MicrosoftContainerRegistry 20.9.0.0/24"),
			 0);
	/* A prefix moves between the two regions; the world and IPv6 do not matter. */
	after = other_tags(&fixture,
			   ACR " 20.0.0.0/8; " ACR
			       ".WestEurope 20.1.1.0/24 20.1.3.0/24 2603::/64; " ACR
			       ".EastUS 20.1.0.0/25; "
			       "MicrosoftContainerRegistry 20.9.0.0/24");
	diff = tags_compare_flows(fixture.tags, after, intent, fixture.arena,
				  fixture.diag);
	assert_int_equal(diff.change_count, 1);
	assert_string_equal(diff.changes[0].names, ACR ".WestEurope " ACR ".EastUS");
	check_set(&diff.changes[0].opened, "20.1.3.0/24");
	check_set(&diff.changes[0].closed, "20.1.0.128/25");
	/* Login server and two data endpoints; two names of mcr differ in nothing. */
	assert_int_equal(diff.changes[0].flow_count, 3);
	assert_int_equal(diff.compared, 5);
	assert_int_equal(builder_count(fixture.diag, DIAG_SERVICE_TAG_MISSING), 1);
}

static void falls_back_to_the_global_tag(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();
	struct intent *intent = make_intent(&fixture);
	struct service_tags *after;
	struct tags_diff diff;

	(void)state;
	assert_int_equal(read_tags(&fixture,
				   ACR ".WestEurope 20.1.0.0/24; " ACR " 20.1.0.0/16"),
			 0);
	after = other_tags(&fixture, ACR ".WestEurope 20.2.0.0/24; " ACR " 20.1.0.0/16");
	diff = tags_compare_flows(fixture.tags, after, intent, fixture.arena,
				  fixture.diag);
	assert_int_equal(diff.change_count, 0);
}

/* -- locked addresses ------------------------------------------------------ */

static void bind(struct intent *intent, const char *id, const char *address,
		 struct arena *arena)
{
	struct flow *flow = builder_flow(intent, id);
	struct prefix prefix;

	assert_non_null(flow);
	assert_int_equal(prefix_parse(address, &prefix), PREFIX_OK);
	addr_set_add_prefix(&flow->addresses, &prefix, arena);
	addr_set_normalize(&flow->addresses);
	flow->bound = true;
}

static void warns_of_addresses_outside(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();
	struct intent *intent = make_intent(&fixture);
	const struct diag_message *message;

	(void)state;
	assert_int_equal(read_tags(&fixture, ACR " 20.1.0.0/16; "
						 "Storage 20.2.0.0/16; "
						 "AzureCloud 20.0.0.0/8"),
			 0);
	bind(intent, "aks/contoso/contoso.azurecr.io:tcp:443", "20.1.2.3", fixture.arena);
	bind(intent, "aks/contoso/contoso.eastus.data.azurecr.io:tcp:443", "20.2.2.3",
	     fixture.arena);
	bind(intent, "aks/contoso/contoso.westeurope.data.azurecr.io:tcp:443", "9.2.2.3",
	     fixture.arena);
	bind(intent, "aks/fabrikam/fabrikam.azurecr.io:tcp:443", "10.0.0.4",
	     fixture.arena);
	check_tags(fixture.tags, intent, fixture.arena, fixture.diag);
	assert_int_equal(message_count(&fixture), 2);
	message = diag_message(fixture.diag, 0);
	assert_int_equal(message->code, DIAG_SERVICE_TAG_OUTSIDE);
	assert_string_equal(message->text, "'contoso.eastus.data.azurecr.io' leads to "
					   "20.2.2.3, which is "
					   "not in the tag AzureContainerRegistry");
	assert_string_equal(message->notes[0].text,
			    "it is in Storage, and in larger ones");
	message = diag_message(fixture.diag, 1);
	assert_string_equal(message->notes[0].text, "it is in no tag of the file");
	/* A range that sticks out at its end, behind one that does not. */
	fixture.diag = diag_new(fixture.arena);
	bind(intent, "aks/contoso/contoso.azurecr.io:tcp:443", "20.1.255.255",
	     fixture.arena);
	bind(intent, "aks/contoso/contoso.azurecr.io:tcp:443", "20.2.0.0", fixture.arena);
	check_tags(fixture.tags, intent, fixture.arena, fixture.diag);
	assert_int_equal(message_count(&fixture), 3);
	assert_non_null(
		strstr(diag_message(fixture.diag, 0)->text, "leads to 20.2.0.0,"));
	/* Without the tag nothing can be said about any of the three. */
	fixture.tags = other_tags(&fixture, "A");
	fixture.diag = diag_new(fixture.arena);
	check_tags(fixture.tags, intent, fixture.arena, fixture.diag);
	assert_int_equal(message_count(&fixture), 1);
	check_message(&fixture, "service-tag-missing", NULL);
}

/* -- real files ------------------------------------------------------------ */

/* Skips the test where there are no real files; before anything is allocated. */
static void need_shared(const char *name)
{
	if (getenv("POSTERN_SHARED"))
		return;
	print_message("POSTERN_SHARED is not set: '%s' is not read\n", name);
	skip();
}

static struct fixture shared_fixture(const char *name)
{
	need_shared(name);
	return fixture_new();
}

static const char *shared_path(const char *name, char path[4096])
{
	snprintf(path, 4096, "%s/data/%s", getenv("POSTERN_SHARED"), name);
	return path;
}

static void check_tag(const struct service_tags *tags, const char *name, size_t ipv4,
		      size_t ipv6, const char *addresses)
{
	const struct service_tag *tag = tags_find(tags, name);

	assert_non_null(tag);
	assert_int_equal(tag->prefixes[FAMILY_IPV4], ipv4);
	assert_int_equal(tag->prefixes[FAMILY_IPV6], ipv6);
	check_count(&tag->addresses, FAMILY_IPV4, addresses);
}

static size_t count_prefixes(const struct service_tags *tags)
{
	size_t count = 0;

	for (size_t i = 0; i < tags->count; i++)
		count += tags->at[i].prefixes[FAMILY_IPV4] +
			 tags->at[i].prefixes[FAMILY_IPV6];
	return count;
}

/* All regional parts of a tag, by the catalogue's regions. */
static struct addr_set regional_cover(const struct fixture *fixture, const char *service,
				      size_t *ret_count)
{
	const struct region *region;
	struct addr_set set = {0};

	*ret_count = 0;
	for (size_t i = 0; (region = catalogue_region_at(i)); i++) {
		const struct service_tag *tag =
			tags_regional(fixture->tags, service, region->name);

		if (!tag)
			continue;
		++*ret_count;
		set = addr_set_union(&set, &tag->addresses, fixture->arena);
	}
	return set;
}

static size_t regional_tags_in_file(const struct service_tags *tags, const char *service)
{
	size_t count = 0, length = strlen(service);

	for (size_t i = 0; i < tags->count; i++)
		count += strncmp(tags->at[i].name, service, length) == 0 &&
			 tags->at[i].name[length] == '.';
	return count;
}

static void reads_all_of_a_real_file(void **state)
{
	CLEANUP(fixture_release)
	struct fixture fixture = shared_fixture("ServiceTags_Public_20251109.json");
	const struct service_tag *acr;
	struct addr_set regional, rest, both;
	char path[4096];
	size_t count;

	(void)state;
	assert_int_equal(read_path(&fixture,
				   shared_path("ServiceTags_Public_20251109.json", path)),
			 0);
	assert_int_equal(message_count(&fixture), 0);
	assert_int_equal(fixture.tags->change_number, 376);
	assert_int_equal(fixture.tags->count, 3041);
	assert_int_equal(count_prefixes(fixture.tags), 95823);
	check_tag(fixture.tags, ACR, 590, 556, "52114");
	check_tag(fixture.tags, "MicrosoftContainerRegistry", 176, 183, "1394");
	check_tag(fixture.tags, "AzureFrontDoor.FirstParty", 42, 26, "49424");
	check_tag(fixture.tags, "Storage", 495, 79, "498017");
	check_tag(fixture.tags, "AzureActiveDirectory", 200, 16, "56820");
	check_tag(fixture.tags, "AzureResourceManager", 214, 162, "67265");

	/* Every regional tag is found by its region's name, and the global one is more.
	 */
	acr = tags_find(fixture.tags, ACR);
	regional = regional_cover(&fixture, ACR, &count);
	assert_int_equal(count, 69);
	assert_int_equal(regional_tags_in_file(fixture.tags, ACR), 69);
	rest = addr_set_subtract(&regional, &acr->addresses, fixture.arena);
	assert_true(addr_set_is_empty(&rest));
	rest = addr_set_subtract(&acr->addresses, &regional, fixture.arena);
	assert_false(addr_set_is_empty(&rest));
	both = addr_set_intersect(&acr->addresses,
				  &tags_find(fixture.tags, "Storage")->addresses,
				  fixture.arena);
	assert_true(addr_set_is_empty(&both));

	/* AzureCloud's suffixes are names of its own; brazilne and northeurope2 are of no
	 * region that anything else has. */
	regional_cover(&fixture, "AzureCloud", &count);
	assert_int_equal(count, 69);
	assert_int_equal(regional_tags_in_file(fixture.tags, "AzureCloud"), 71);
}

/* Prefixes of the global tag that are in no regional one. */
static void counts_what_no_region_has(void **state)
{
	CLEANUP(fixture_release)
	struct fixture fixture = shared_fixture("ServiceTags_Public_20251109.json");
	struct addr_set regional, rest;
	char path[4096];
	size_t count;

	(void)state;
	assert_int_equal(read_path(&fixture,
				   shared_path("ServiceTags_Public_20251109.json", path)),
			 0);
	regional = regional_cover(&fixture, ACR, &count);
	rest = addr_set_subtract(&tags_find(fixture.tags, ACR)->addresses, &regional,
				 fixture.arena);
	count = 0;
	for (size_t i = 0; i < rest.of[FAMILY_IPV4].count; i++) {
		struct range range = rest.of[FAMILY_IPV4].at[i];

		for (;;) {
			struct prefix prefix = range_first_prefix(FAMILY_IPV4, &range);

			count++;
			if (prefix_range(&prefix).last == range.last)
				break;
			range.first = prefix_range(&prefix).last + 1;
		}
	}
	assert_int_equal(count, 39);
}

static void reads_other_real_files(void **state)
{
	static const struct {
		const char *name;
		const char *cloud;
		uint32_t change;
		size_t tags, prefixes;
	} rows[] = {
		{"ServiceTags_Public_20250127.json", "Public", 343, 2647, 86301},
		{"ServiceTags_Public_20210106.json", "Public", 128, 1767,
		 39473}, /* CRLF */
		{"ServiceTags_AzureGovernment_20260719.json", "AzureGovernment", 401, 299,
		 6589},
		{"PublicIPs_20200826.xml", "Public", 0, 45, 3543},
	};
	char path[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fixture_release)
		struct fixture fixture = shared_fixture(rows[i].name);

		assert_int_equal(read_path(&fixture, shared_path(rows[i].name, path)), 0);
		assert_int_equal(message_count(&fixture), 0);
		assert_string_equal(fixture.tags->cloud, rows[i].cloud);
		assert_int_equal(fixture.tags->change_number, rows[i].change);
		assert_int_equal(fixture.tags->count, rows[i].tags);
		assert_int_equal(count_prefixes(fixture.tags), rows[i].prefixes);
	}
}

/* The documentation's sample answer has a next page. */
static void the_sample_of_the_reference_is_one_page(void **state)
{
	CLEANUP(fixture_release)
	struct fixture fixture = shared_fixture("azure/service_tags_list_rest.json");
	char path[4096];

	(void)state;
	assert_int_equal(read_path(&fixture,
				   shared_path("azure/service_tags_list_rest.json",
					       path)),
			 -1);
	check_message(&fixture, "service-tags-parts", NULL);
}

/* The government's file has regions of its own. */
static void reads_the_governments_file(void **state)
{
	CLEANUP(fixture_release) struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(read_path(&fixture,
				   "tests/data/"
				   "ServiceTags_AzureGovernment_20260719.trimmed.json"),
			 0);
	assert_int_equal(tags_check_cloud(fixture.tags, CLOUD_USGOV, fixture.diag), 0);
	assert_non_null(tags_regional(fixture.tags, ACR, "usgovvirginia"));
	assert_string_equal(tag_region(ACR ".USGovVirginia")->name, "usgovvirginia");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_weekly_form),
		cmocka_unit_test(reads_what_az_prints),
		cmocka_unit_test(passes_over_other_keys),
		cmocka_unit_test(puts_pages_together),
		cmocka_unit_test(misses_pages),
		cmocka_unit_test(refuses_what_is_no_tag_file),
		cmocka_unit_test(judges_prefixes),
		cmocka_unit_test(tells_every_wrong_prefix),
		cmocka_unit_test(knows_utf16),
		cmocka_unit_test(regions_are_suffixes),
		cmocka_unit_test(finds_who_holds_an_address),
		cmocka_unit_test(clouds_must_agree),
		cmocka_unit_test(reads_public_ips),
		cmocka_unit_test(refuses_other_xml),
		cmocka_unit_test(hides_other_files),
		cmocka_unit_test(xml_and_json_are_no_parts_of_one),
		cmocka_unit_test(compares_by_coverage),
		cmocka_unit_test(compares_what_flows_use),
		cmocka_unit_test(falls_back_to_the_global_tag),
		cmocka_unit_test(warns_of_addresses_outside),
		cmocka_unit_test(reads_all_of_a_real_file),
		cmocka_unit_test(counts_what_no_region_has),
		cmocka_unit_test(reads_other_real_files),
		cmocka_unit_test(the_sample_of_the_reference_is_one_page),
		cmocka_unit_test(reads_the_governments_file),
	};

	return cmocka_run_group_tests_name("service_tags", tests, NULL, NULL);
}
