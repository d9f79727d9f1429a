/* catalogue_test.c - The tables of facts, against lists that others made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/catalogue.h"
#include "rules/base/arena.h"
#include "rules/field.h"

static void clouds_have_their_suffixes(void **state)
{
	(void)state;
	assert_string_equal(catalogue_cloud(CLOUD_PUBLIC)->login_suffix, "azurecr.io");
	assert_string_equal(catalogue_cloud(CLOUD_CHINA)->login_suffix, "azurecr.cn");
	assert_string_equal(catalogue_cloud(CLOUD_USGOV)->login_suffix, "azurecr.us");
	assert_string_equal(catalogue_cloud(CLOUD_USGOV)->blob_suffix,
			    "blob.core.usgovcloudapi.net");
	assert_string_equal(catalogue_cloud(CLOUD_CHINA)->private_zone,
			    "privatelink.azurecr.cn");
}

static void regions_are_found_by_either_name(void **state)
{
	(void)state;
	assert_string_equal(catalogue_region("westeurope")->name, "westeurope");
	assert_string_equal(catalogue_region("West Europe")->name, "westeurope");
	assert_string_equal(catalogue_region("WESTEUROPE")->name, "westeurope");
	assert_string_equal(catalogue_region("UK South")->name, "uksouth");
	assert_string_equal(catalogue_region("chinanorth3")->name, "chinanorth3");
	assert_string_equal(catalogue_region("taiwannorth")->name, "taiwannorth");
	assert_null(catalogue_region("westeurop"));
	assert_null(catalogue_region("westeurope2"));
	assert_null(catalogue_region(""));
	assert_false(catalogue_region("denmarkeast")->has_tag);
	assert_true(catalogue_region("usgovvirginia")->has_tag);
}

static void regions_are_unique_and_well_formed(void **state)
{
	const struct region *region;
	size_t count[3] = {0};

	(void)state;
	for (size_t i = 0; (region = catalogue_region_at(i)); i++) {
		assert_ptr_equal(catalogue_region(region->name), region);
		assert_ptr_equal(catalogue_region(region->display), region);
		assert_int_equal(strspn(region->name,
					"abcdefghijklmnopqrstuvwxyz0123456789"),
				 strlen(region->name));
		assert_true(region->has_tag == (region->tag != NULL));
		/* Lower-cased, a tag's suffix is the programmatic name. */
		if (region->tag)
			assert_ptr_equal(catalogue_region(region->tag), region);
		count[region->cloud]++;
	}
	/* 62 locations and 8 regions that only tags name */
	assert_int_equal(count[CLOUD_PUBLIC], 70);
	assert_int_equal(count[CLOUD_CHINA], 6);
	assert_int_equal(count[CLOUD_USGOV], 5);
}

static void assert_typo(const char *text, const char *meant)
{
	const char *found = catalogue_region_typo(text);

	if (meant)
		assert_string_equal(found ? found : "(none)", meant);
	else
		assert_null(found);
}

static void misspelt_regions_are_known_from_new_ones(void **state)
{
	(void)state;
	assert_typo("westeurop", "westeurope");
	assert_typo("wseteurope", "westeurope");
	assert_typo("West Eurpoe", "westeurope");
	assert_typo("northeuorpe", "northeurope");
	assert_typo("useast", "eastus");
	assert_typo("europewest", "westeurope");
	assert_typo("us east 2", "eastus2");
	/* another number, other known words, other words */
	assert_typo("eastus4", NULL);
	assert_typo("westeurope2", NULL);
	assert_typo("easteurope", NULL);
	assert_typo("brazilnorth", NULL);
	assert_typo("marsnorth", NULL);
	/* known, empty, far too long */
	assert_typo("westeurope", NULL);
	assert_typo("", NULL);
	assert_typo("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaa",
		    NULL);
}

static void endpoints_differ_by_cloud_in_certainty(void **state)
{
	const enum cloud_id sovereign[] = {CLOUD_CHINA, CLOUD_USGOV};

	(void)state;
	assert_int_equal(catalogue_endpoint(ENDPOINT_DATA, CLOUD_PUBLIC)->fact.confidence,
			 CONFIDENCE_DOCUMENTED);
	for (size_t i = 0; i < ARRAY_SIZE(sovereign); i++) {
		const struct endpoint_row *row;

		row = catalogue_endpoint(ENDPOINT_DATA, sovereign[i]);
		assert_int_equal(row->fact.confidence, CONFIDENCE_INFERRED);
		assert_string_equal(row->member, "registry_data_{region}");
		row = catalogue_endpoint(ENDPOINT_LOGIN_SERVER, sovereign[i]);
		assert_int_equal(row->fact.confidence, CONFIDENCE_DOCUMENTED);
		assert_null(catalogue_endpoint(ENDPOINT_BLOB, sovereign[i])->member);
	}
}

static void patterns_are_filled(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct pattern_words words = {
		.label = "contoso-e7ggejfuhzhgedc8",
		.region = "westeurope",
		.cloud = catalogue_cloud(CLOUD_PUBLIC),
	};

	(void)state;
	assert_string_equal(catalogue_expand("{label}.{region}.data.{login_suffix}",
					     &words, arena),
			    "contoso-e7ggejfuhzhgedc8.westeurope.data.azurecr.io");
	assert_string_equal(catalogue_expand("*.{blob_suffix}", &words, arena),
			    "*.blob.core.windows.net");
	assert_string_equal(catalogue_expand("plain", &words, arena), "plain");
}

static void services_belong_to_groups(void **state)
{
	size_t count;
	const struct service_row *rows = catalogue_services(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_non_null(catalogue_group(rows[i].group));
		assert_true(rows[i].clouds != 0);
		assert_true(rows[i].host || rows[i].service_tags);
		assert_true(rows[i].port_first <= rows[i].port_last);
		assert_true(rows[i].fact.source[0] && rows[i].fact.day[0]);
		/* A CNAME target is no endpoint, and the apex is none. */
		if (rows[i].host) {
			assert_null(strstr(rows[i].host, "msedge"));
			assert_string_not_equal(rows[i].host, "azurecr.io");
		}
	}
	assert_true(catalogue_group("aks")->needs_location);
	assert_false(catalogue_group("mcr")->needs_location);
	assert_null(catalogue_group("AKS"));
	for (size_t i = 0; catalogue_groups()[i]; i++)
		assert_non_null(catalogue_group(catalogue_groups()[i]));
}

static void tags_of_locations_are_spelt_as_in_the_file(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct service_row row = {.service_tags = "AzureCloud.{location}"};

	(void)state;
	assert_string_equal(catalogue_service_tags(&row, "westeurope", arena),
			    "AzureCloud.westeurope");
	assert_string_equal(catalogue_service_tags(&row, "norwayeast", arena),
			    "AzureCloud.norwaye");
	assert_string_equal(catalogue_service_tags(&row, "francecentral", arena),
			    "AzureCloud.centralfrance");
	assert_string_equal(catalogue_service_tags(&row, "marsnorth", arena),
			    "AzureCloud.marsnorth");
	row.service_tags = NULL;
	assert_null(catalogue_service_tags(&row, "westeurope", arena));
}

static void mcr_needs_two_tags_and_has_none_in_usgov(void **state)
{
	size_t count;
	const struct service_row *rows = catalogue_services(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].group, "mcr") != 0)
			continue;
		if (rows[i].clouds & 1u << CLOUD_USGOV)
			assert_null(rows[i].service_tags);
		else
			assert_string_equal(rows[i].service_tags,
					    "MicrosoftContainerRegistry "
					    "AzureFrontDoor.FirstParty");
	}
}

/* A file of data that is shared between checkouts, when there is one. */
static FILE *open_shared(const char *name)
{
	const char *folder = getenv("POSTERN_SHARED");
	char path[4096];

	if (!folder) {
		print_message("POSTERN_SHARED is not set: '%s' is not compared\n", name);
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/data/%s", folder, name);
	return fopen(path, "r");
}

static char *next_field(char **line)
{
	char *field = *line;
	size_t length = strcspn(field, "\t\n");

	*line += length + (field[length] != '\0');
	field[length] = '\0';
	return field;
}

static void the_region_list_is_complete(void **state)
{
	FILE *file = open_shared("azure_regions.tsv");
	char line[1024];
	size_t count = 0;

	(void)state;
	if (!file)
		skip();
	assert_non_null(fgets(line, sizeof(line), file));
	while (fgets(line, sizeof(line), file)) {
		char *rest = line;
		const char *name = next_field(&rest), *display = next_field(&rest);
		const struct region *region = catalogue_region(name);

		if (!region)
			fail_msg("no region '%s'", name);
		assert_string_equal(region->name, name);
		assert_string_equal(region->display, display);
		count++;
	}
	fclose(file);
	assert_int_equal(count, 62);
}

static void the_tag_suffixes_are_those_of_the_file(void **state)
{
	FILE *file = open_shared("servicetag_region_map.tsv");
	char line[1024];
	size_t count = 0;

	(void)state;
	if (!file)
		skip();
	assert_non_null(fgets(line, sizeof(line), file));
	while (fgets(line, sizeof(line), file)) {
		char *rest = line;
		const char *suffix = next_field(&rest), *tag_region = next_field(&rest);
		const struct region *region = catalogue_region(suffix);

		if (!region)
			fail_msg("no region with the tag suffix '%s'", suffix);
		assert_string_equal(region->tag, suffix);
		assert_string_equal(region->cloud_tag, tag_region);
		count++;
	}
	fclose(file);
	assert_int_equal(count, 69);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clouds_have_their_suffixes),
		cmocka_unit_test(regions_are_found_by_either_name),
		cmocka_unit_test(regions_are_unique_and_well_formed),
		cmocka_unit_test(misspelt_regions_are_known_from_new_ones),
		cmocka_unit_test(endpoints_differ_by_cloud_in_certainty),
		cmocka_unit_test(patterns_are_filled),
		cmocka_unit_test(services_belong_to_groups),
		cmocka_unit_test(tags_of_locations_are_spelt_as_in_the_file),
		cmocka_unit_test(mcr_needs_two_tags_and_has_none_in_usgov),
		cmocka_unit_test(the_region_list_is_complete),
		cmocka_unit_test(the_tag_suffixes_are_those_of_the_file),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
