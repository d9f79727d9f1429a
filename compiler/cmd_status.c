/* cmd_status.c - postern status */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backends/json.h"
#include "compiler/applying.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/followed.h"
#include "compiler/options.h"
#include "compiler/watching.h"
#include "rules/base/arena.h"
#include "rules/difference.h"

/**
 * struct status - What is known of this machine's rules
 * @drift:	what differs from the record
 * @followed:	what 'postern watch' follows, if it does
 * @sets:	the sets that follow names
 * @packets:	for each kind of difference a packet that fares otherwise, or NULL
 */
struct status {
	struct compilation *compilation;
	struct state state;
	struct applying applying;
	struct generation *meant;
	struct live_counters counters;
	struct live_changes drift;
	const char *packets[DIFFERENCE_KINDS];
	struct followed followed;
	struct live_followed_sets sets;
};

/* "2026-11-27T20:00:00Z", as in every log and on every machine. */
static const char *format_time(uint64_t seconds, struct arena *arena)
{
	time_t when = (time_t)seconds;
	struct tm parts;
	char text[32];

	if (!gmtime_r(&when, &parts) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts))
		return "?";
	return arena_strdup(arena, text);
}

/* A packet that the kernel passes and the record does not, or the other way round. */
static int find_packets(struct status *status, const struct ruleset *meant,
			const struct ruleset *live)
{
	struct arena *arena = status->compilation->arena;

	for (size_t i = 0; i < meant->path_count; i++) {
		struct difference difference;
		const struct difference_question question = {
			.before = meant,
			.after = live,
			.before_path = &meant->paths[i],
			.after_path = ruleset_find_path(live, meant->paths[i].name),
			.undecided = true,
			.marks = true,
			.max_boxes = 1,
		};

		if (!question.after_path)
			continue;
		if (difference_find(&question, arena, &difference,
				    status->compilation->diag) < 0)
			return -1;
		for (size_t kind = 0; kind < DIFFERENCE_KINDS; kind++) {
			CLEANUP(strbuf_release) struct strbuf text = {0};

			if (!difference.parts[kind].box_count)
				continue;
			packet_format(&difference.parts[kind].boxes[0].witness, &text);
			status->packets[kind] = arena_strdup(arena, strbuf_text(&text));
		}
	}
	return 0;
}

static int look(struct status *status)
{
	struct compilation *compilation = status->compilation;
	struct applying *applying = &status->applying;
	struct live_image *expected;
	struct ruleset **meant, *live;

	if (state_open(&status->state, options_text(compilation->options, OPTION_STATE),
		       STATE_READ, compilation->arena, compilation->diag) < 0)
		return -1;
	watch_read(options_text(compilation->options, OPTION_STATE), compilation->arena,
		   &status->followed);
	applying_begin(applying, &status->state, compilation->arena, compilation->diag);
	status->meant =
		status->state.pending ? status->state.pending : status->state.applied;
	if (applying_image(applying, status->meant, &expected, &meant) < 0 ||
	    applying_fetch(applying, expected, &applying->before) < 0)
		return -1;
	applying->live->compare(expected,
				applying->live->tidy(applying->before,
						     compilation->arena),
				compilation->arena, &status->drift);
	applying->live->counters(applying->before, compilation->arena, &status->counters);
	applying->live->followed(applying->before, compilation->arena, &status->sets);
	applying->live->rules(applying->before, compilation->arena, &live);
	for (size_t i = 0; status->meant && i < status->meant->count; i++)
		if (status->drift.count && find_packets(status, meant[i], live) < 0)
			return -1;
	return 0;
}

static const char *const packet_words[DIFFERENCE_KINDS] = {
	[DIFFERENCE_OPENS] = "passes and should not",
	[DIFFERENCE_CLOSES] = "is refused and should pass",
	[DIFFERENCE_CHANGES] = "is left to other rules, or marked otherwise",
};

static const char *const packet_keys[DIFFERENCE_KINDS] = {
	[DIFFERENCE_OPENS] = "opened",
	[DIFFERENCE_CLOSES] = "closed",
	[DIFFERENCE_CHANGES] = "changed",
};

/* -- text ---------------------------------------------------------------------------- */

static void print_generation(const struct status *status, const char *what,
			     const struct generation *generation)
{
	struct arena *arena = status->compilation->arena;

	if (!generation) {
		printf("%s: nothing\n", what);
		return;
	}
	printf("%s: %s, since %s\n", what, generation->spec ? generation->spec : "?",
	       format_time(generation->since, arena));
	for (size_t i = 0; i < generation->count; i++)
		printf("  output %s, rules %.12s\n", generation->texts[i].output,
		       generation->texts[i].sha256);
	if (generation->spec_sha256)
		printf("  spec %.12s\n", generation->spec_sha256);
	if (generation->lock_sha256)
		printf("  lock %.12s\n", generation->lock_sha256);
}

static void print_sets(const struct status *status)
{
	for (size_t i = 0; i < status->sets.count; i++) {
		const struct live_followed *set = &status->sets.at[i];

		printf("  set %s: %zu address%s of %s%s\n", set->set, set->addresses,
		       set->addresses == 1 ? "" : "es", set->host,
		       set->by_resolver ? ", from a resolver" : "");
	}
}

static void print_text(const struct status *status)
{
	const struct state *state = &status->state;
	struct arena *arena = status->compilation->arena;

	print_generation(status, "applied", state->applied);
	if (state->pending)
		print_generation(status, "pending", state->pending);
	if (state->token)
		printf("  undone at %s unless it is confirmed\n",
		       format_time(state->deadline, arena));
	if (state->undone)
		printf("undone: the last change was not confirmed, at %s\n",
		       format_time(state->undone, arena));
	if (status->followed.count)
		printf("followed: %zu names, looked up at %s, again at %s\n",
		       status->followed.count,
		       format_time(status->followed.refreshed, arena),
		       format_time(status->followed.next, arena));
	print_sets(status);
	for (size_t i = 0; i < status->counters.count; i++) {
		const struct live_counter *counter = &status->counters.at[i];

		printf("  %10" PRIu64 " packets %12" PRIu64 " bytes  %s\n",
		       counter->packets, counter->bytes,
		       counter->id     ? counter->id
		       : counter->name ? counter->name
				       : "a rule without a name");
	}
	if (!status->drift.count) {
		printf("the kernel has exactly these rules\n");
		return;
	}
	printf("drift: the kernel differs in %zu object%s\n", status->drift.count,
	       status->drift.count == 1 ? "" : "s");
	applying_print_changes(&status->drift);
	for (size_t kind = 0; kind < DIFFERENCE_KINDS; kind++)
		if (status->packets[kind])
			printf("  for example %s %s\n", status->packets[kind],
			       packet_words[kind]);
}

/* -- JSON ---------------------------------------------------------------------------- */

static void put_time(struct json_writer *json, const char *key, uint64_t seconds,
		     struct arena *arena)
{
	json_key_string(json, key, seconds ? format_time(seconds, arena) : NULL);
}

static void put_generation(struct json_writer *json, const char *key,
			   const struct generation *generation, struct arena *arena)
{
	json_key(json, key);
	if (!generation) {
		json_null(json);
		return;
	}
	json_object(json);
	json_key_string(json, "spec", generation->spec);
	json_key_string(json, "spec_sha256", generation->spec_sha256);
	json_key_string(json, "lock_sha256", generation->lock_sha256);
	put_time(json, "since", generation->since, arena);
	json_key(json, "outputs");
	json_list(json);
	for (size_t i = 0; i < generation->count; i++) {
		json_object(json);
		json_key_string(json, "name", generation->texts[i].output);
		json_key_string(json, "rules_sha256", generation->texts[i].sha256);
		json_object_end(json);
	}
	json_list_end(json);
	json_object_end(json);
}

/* The client of a flow group's id is what stands before the first "/". */
static const char *client_of(const struct live_counter *counter, struct arena *arena)
{
	const char *slash = counter->id ? strchr(counter->id, '/') : NULL;

	return slash ? arena_strndup(arena, counter->id, (size_t)(slash - counter->id))
		     : NULL;
}

static void put_counters(struct json_writer *json, const struct status *status)
{
	json_key(json, "rules");
	json_list(json);
	for (size_t i = 0; i < status->counters.count; i++) {
		const struct live_counter *counter = &status->counters.at[i];

		json_object(json);
		json_key_string(json, "flow", counter->id);
		json_key_string(json, "client",
				client_of(counter, status->compilation->arena));
		json_key_string(json, "name", counter->name);
		json_key_number(json, "handle", counter->handle);
		json_key_number(json, "packets", counter->packets);
		json_key_number(json, "bytes", counter->bytes);
		json_object_end(json);
	}
	json_list_end(json);
}

static void put_sets(struct json_writer *json, const struct status *status)
{
	json_key(json, "followed_sets");
	json_list(json);
	for (size_t i = 0; i < status->sets.count; i++) {
		const struct live_followed *set = &status->sets.at[i];

		json_object(json);
		json_key_string(json, "set", set->set);
		json_key_string(json, "name", set->host);
		json_key_string(json, "filled_by",
				set->by_resolver ? "dnsmasq" : "watch");
		json_key_number(json, "addresses", set->addresses);
		json_object_end(json);
	}
	json_list_end(json);
}

static void put_drift(struct json_writer *json, const struct status *status)
{
	static const char *const kinds[] = {"added", "removed", "replaced"};

	json_key(json, "drift");
	json_list(json);
	for (size_t i = 0; i < status->drift.count; i++) {
		const struct live_change *change = &status->drift.at[i];

		json_object(json);
		json_key_string(json, "kind", kinds[change->kind]);
		json_key_string(json, "object", change->object);
		json_key_string(json, "detail", change->detail);
		json_object_end(json);
	}
	json_list_end(json);
	for (size_t kind = 0; kind < DIFFERENCE_KINDS; kind++)
		json_key_string(json, packet_keys[kind], status->packets[kind]);
}

static void print_json(const struct status *status)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	const struct state *state = &status->state;
	struct arena *arena = status->compilation->arena;
	struct json_writer json;

	json_begin(&json, &out, false);
	json_object(&json);
	put_generation(&json, "applied", state->applied, arena);
	put_generation(&json, "previous", state->previous, arena);
	put_generation(&json, "pending", state->pending, arena);
	put_time(&json, "undo_at", state->token ? state->deadline : 0, arena);
	put_time(&json, "undone", state->undone, arena);
	put_time(&json, "refreshed", status->followed.refreshed, arena);
	put_time(&json, "next_refresh", status->followed.next, arena);
	put_sets(&json, status);
	put_counters(&json, status);
	put_drift(&json, status);
	json_object_end(&json);
	json_end(&json);
	fputs(strbuf_text(&out), stdout);
}

enum exit_code cmd_status(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	struct status status = {.compilation = compilation};
	enum exit_code code;

	if (look(&status) == 0) {
		if (options_is(options, OPTION_FORMAT, "json"))
			print_json(&status);
		else
			print_text(&status);
	}
	code = compilation_finish(compilation);
	return code == EXIT_FINE && status.drift.count ? EXIT_FOUND : code;
}
