/* name_axis_test.c - The name axis against brute force over a small alphabet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/name_axis.h"

/* Names of one to three labels over these: ends of each other in every way. */
static const char *const labels[] = {"a", "b", "ab", "ba", "b-a"};
#define LABELS ARRAY_SIZE(labels)
#define NAMES  (LABELS + LABELS * LABELS + LABELS * LABELS * LABELS)

/* Patterns are made of the names of one and two labels. */
#define TEXTS (LABELS + LABELS * LABELS)

static const char *name_at(size_t index, struct arena *arena)
{
	if (index < LABELS)
		return labels[index];
	index -= LABELS;
	if (index < LABELS * LABELS)
		return arena_printf(arena, "%s.%s", labels[index / LABELS],
				    labels[index % LABELS]);
	index -= LABELS * LABELS;
	return arena_printf(arena, "%s.%s.%s", labels[index / LABELS / LABELS],
			    labels[index / LABELS % LABELS], labels[index % LABELS]);
}

static struct name_pattern pattern_at(size_t index, struct arena *arena)
{
	return (struct name_pattern){
		(enum name_kind)(index % (NAME_ONE_LABEL + 1)),
		name_at(index / (NAME_ONE_LABEL + 1) % TEXTS, arena),
	};
}

struct counted {
	const char *name;
	unsigned pieces;
};

static void count_piece(void *context, const struct name_piece *piece)
{
	struct counted *counted = context;

	if (!name_pattern_takes(&piece->of, counted->name) ||
	    (piece->has_also && !name_pattern_takes(&piece->also, counted->name)))
		return;
	for (size_t i = 0; i < piece->except.count; i++)
		if (name_pattern_takes(&piece->except.at[i], counted->name))
			return;
	counted->pieces++;
}

/* Every question about an axis with @count patterns, asked of every name. */
static void check_axis(const struct name_pattern *patterns, size_t count, uint64_t chosen,
		       struct arena *arena)
{
	struct name_axis *axis = name_axis_new(arena);
	struct ranges values[4], some = {0};

	for (size_t i = 0; i < count; i++)
		name_axis_add(axis, &patterns[i]);
	name_axis_seal(axis);
	for (size_t i = 0; i < count; i++)
		values[i] = name_axis_values(axis, &patterns[i], arena);
	for (u128 value = 0; value <= name_axis_max(axis); value++) {
		assert_true(name_axis_value(axis, name_axis_witness(axis, value)) ==
			    value);
		if (value && chosen >> (unsigned)(value % 64) & 1)
			ranges_add(&some, (struct range){value, value}, arena);
	}
	ranges_normalize(&some);
	for (size_t n = 0; n < NAMES; n++) {
		struct counted counted = {name_at(n, arena), 0};
		u128 value = name_axis_value(axis, counted.name);

		assert_true(value >= 1 && value <= name_axis_max(axis));
		for (size_t i = 0; i < count; i++)
			assert_int_equal(ranges_contain(&values[i], value),
					 name_pattern_takes(&patterns[i], counted.name));
		name_axis_pieces(axis, &some, arena, count_piece, &counted);
		assert_int_equal(counted.pieces, ranges_contain(&some, value));
	}
}

static void all_pairs_of_patterns(void **state)
{
	size_t all = TEXTS * (NAME_ONE_LABEL + 1);

	(void)state;
	for (size_t i = 0; i < all; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();

		for (size_t j = i % 7; j < all; j += 7) {
			struct name_pattern patterns[] = {pattern_at(i, arena),
							  pattern_at(j, arena)};

			check_axis(patterns, 2, 0x9e3779b97f4a7c15u * (i * all + j),
				   arena);
		}
	}
}

static void many_sets_of_four_patterns(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct name_pattern patterns[4];

		for (size_t j = 0; j < 4; j++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			patterns[j] = pattern_at((size_t)(seed >> 33), arena);
		}
		check_axis(patterns, 4, seed ^ seed >> 29, arena);
	}
}

static void kinds_take_what_they_say(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool takes;
	} rows[] = {
		{"azurecr.io", "azurecr.io", true},
		{"azurecr.io", "x.azurecr.io", false},
		{".azurecr.io", "azurecr.io", true},
		{".azurecr.io", "x.y.azurecr.io", true},
		{".azurecr.io", "notazurecr.io", false},
		{"*.azurecr.io", "azurecr.io", false},
		{"*.azurecr.io", "x.eastus.data.azurecr.io", true},
		{"*.azurecr.io", ".azurecr.io", false},
		{"*azurecr.io", "azurecr.io", true},
		{"*azurecr.io", "notazurecr.io", true},
		{"?.azurecr.io", "x.azurecr.io", true},
		{"?.azurecr.io", "x.y.azurecr.io", false},
		{"?.azurecr.io", "azurecr.io", false},
		{"*", "anything", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct name_pattern pattern = name_pattern_parse(rows[i].pattern);
		CLEANUP(strbuf_release) struct strbuf text = {0};

		assert_int_equal(name_pattern_takes(&pattern, rows[i].name),
				 rows[i].takes);
		name_pattern_format(&pattern, &text);
		assert_string_equal(strbuf_text(&text), rows[i].pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_take_what_they_say),
		cmocka_unit_test(all_pairs_of_patterns),
		cmocka_unit_test(many_sets_of_four_patterns),
	};

	return cmocka_run_group_tests_name("rules/name_axis", tests, NULL, NULL);
}
