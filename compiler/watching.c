/* watching.c - One refresh of 'postern watch'. */
#include "compiler/watching.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compiler/apply_spec.h"
#include "compiler/bind.h"
#include "compiler/bind_tags.h"
#include "compiler/followed.h"
#include "compiler/hash.h"
#include "compiler/publish.h"
#include "compiler/report.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

#define LOCK_NAME "postern.lock (watch)"

/* 10 000 addresses are some 600 kB of text. */
#define MAX_BYTES (16u << 20)

/* Answers may live for ten seconds, or for none: no more than one refresh in five. */
#define SHORTEST 5u
/* Rules that another tool flushed are missed for so long at the most. */
#define LONGEST 30u
/* After a refresh that failed. */
#define RETRY 10u

uint32_t watch_pause(const struct watch_outcome *outcome)
{
	uint32_t ttl = outcome->ttl;

	if (outcome->done && !outcome->names)
		return LONGEST;
	if (!outcome->done || !ttl)
		return RETRY;
	return ttl < SHORTEST ? SHORTEST : ttl > LONGEST ? LONGEST : ttl;
}

/** struct refresh - One run */
struct refresh {
	struct apply apply;
	struct compilation *compilation;
	const struct options *options;
	struct followed old, now;
	struct followed_news news;
	uint64_t clock;
	struct watch_outcome *outcome;
};

static uint64_t boot_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

/* -- what was followed --------------------------------------------------------------- */

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* A record that is not there, or not to be understood, is as none: it only says how long
 * addresses stay. */
bool watch_read(const char *directory, struct arena *arena, struct followed *ret_followed)
{
	const char *path = arena_printf(arena, "%s/" WATCH_NAME, directory);
	CLEANUP(close_file) FILE *file = fopen(path, "re");
	struct stat found;
	char *text;

	if (!file || fstat(fileno(file), &found) || !S_ISREG(found.st_mode) ||
	    found.st_size > (off_t)MAX_BYTES)
		return false;
	text = arena_alloc(arena, (size_t)found.st_size + 1);
	if (fread(text, 1, (size_t)found.st_size, file) != (size_t)found.st_size)
		return false;
	return followed_read(path, text, (size_t)found.st_size, boot_seconds(), arena,
			     ret_followed, diag_new(arena)) == 0;
}

static int save_followed(struct refresh *refresh)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct publish_file file = {.path = WATCH_NAME};
	const char *failed;
	int error;

	followed_print(&refresh->now, refresh->clock, &text);
	file.bytes = strbuf_text(&text);
	file.length = text.length;
	error = publish(options_text(refresh->options, OPTION_STATE), &file, 1,
			refresh->compilation->arena, &failed);
	return error ? diag_report(refresh->compilation->diag, DIAG_FILE_WRITE, SPAN_NONE,
				   "'%s' cannot be written: %s", failed, strerror(-error))
		     : 0;
}

/* -- names --------------------------------------------------------------------------- */

static uint32_t smallest_ttl(const struct resolution *resolution)
{
	uint32_t ttl = UINT32_MAX;

	for (size_t i = 0; i < resolution->query_count; i++) {
		const struct dns_query *query = &resolution->queries[i];

		if (query->end == DNS_ANSWERED && query->answer.ttl < ttl)
			ttl = query->answer.ttl;
	}
	return ttl == UINT32_MAX ? 0 : ttl;
}

/* Are there names that only DNS binds?  Those of private endpoints are in the spec. */
static bool has_names(const struct intent *intent)
{
	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i];

		if (flow->view && !flow->member && flow->name && flow->name[0] != '*')
			return true;
	}
	return false;
}

static int look_up(struct refresh *refresh)
{
	struct compilation *compilation = refresh->compilation;
	const struct followed_limits limits = {
		.grace = options_number(refresh->options, OPTION_GRACE),
		.addresses = options_number(refresh->options, OPTION_MAX_ADDRESSES),
		.growth = options_number(refresh->options, OPTION_MAX_GROWTH),
	};
	struct resolution *resolution;

	if (!watch_read(options_text(refresh->options, OPTION_STATE), compilation->arena,
			&refresh->old))
		followed_from_lock(compilation->lock, refresh->clock, compilation->arena,
				   &refresh->old);
	if (resolution_make(compilation, &resolution) < 0)
		return -1;
	/* Whatever it reports, what it accepts is taken and the rest stays as it was. */
	(void)resolution_judge(resolution);
	followed_update(&refresh->old, resolution, &limits, refresh->clock, &refresh->now,
			&refresh->news);
	refresh->outcome->ttl = smallest_ttl(resolution);
	refresh->outcome->names = resolution->name_count;
	refresh->outcome->addresses = refresh->news.addresses;
	refresh->outcome->added = refresh->news.added;
	refresh->outcome->removed = refresh->news.removed;
	refresh->outcome->failed = refresh->news.failed;
	return 0;
}

/* The followed addresses take the lock's place, as its text: so messages show them. */
static int use_followed(struct refresh *refresh)
{
	struct compilation *compilation = refresh->compilation;
	CLEANUP(strbuf_release) struct strbuf text = {0};

	lock_print(followed_lock(&refresh->now, "watch", compilation->arena), &text);
	compilation->lock_file =
		input_add(compilation->input, LOCK_NAME, strbuf_text(&text), text.length);
	if (lock_read(compilation->lock_file, compilation->arena, &compilation->lock,
		      compilation->diag) < 0)
		return -1;
	compilation->lock->name = LOCK_NAME;
	return 0;
}

static int read_spec(struct refresh *refresh, const struct watched_files *files)
{
	struct compilation *compilation = refresh->compilation;
	const char *path = refresh->options->arguments[0];

	for (size_t i = 0; i < files->count; i++)
		(void)input_add(compilation->input, files->at[i].path, files->at[i].text,
				files->at[i].length);
	if (compilation_derive(compilation, path) < 0 ||
	    compilation_read_lock(compilation, path) < 0 ||
	    compilation_read_tags(compilation) < 0)
		return -1;
	if (has_names(compilation->intent) &&
	    (look_up(refresh) < 0 || use_followed(refresh) < 0))
		return -1;
	if (intent_bind(compilation->intent, compilation->spec, compilation->lock,
			compilation->arena, compilation->diag) < 0)
		return -1;
	intent_bind_tags(compilation->intent, compilation->tags, compilation->arena);
	return 0;
}

/* -- the kernel ---------------------------------------------------------------------- */

/* Rules that can lock out were tried once, by 'apply --confirm'. */
static int check_tried(struct refresh *refresh)
{
	const struct generation *applied = refresh->apply.state.applied;
	const char *spec = refresh->apply.to.spec_sha256;

	if (!refresh->apply.can_lock_out ||
	    (applied && applied->spec_sha256 && strcmp(applied->spec_sha256, spec) == 0))
		return 0;
	diag_report(refresh->compilation->diag, DIAG_WATCH_UNTRIED, SPAN_NONE,
		    "this spec can lock out the machine's owner, and was not confirmed");
	diag_help(refresh->compilation->diag,
		  "run 'postern apply %s --confirm 120' and 'postern confirm'",
		  refresh->options->arguments[0]);
	return -1;
}

static int open_state(struct refresh *refresh)
{
	struct compilation *compilation = refresh->compilation;
	struct state *state = &refresh->apply.state;

	if (state_open(state, options_text(refresh->options, OPTION_STATE), STATE_WRITE,
		       compilation->arena, compilation->diag) < 0)
		return -1;
	if (!state->token)
		return 0;
	diag_report(compilation->diag, DIAG_APPLY_UNCONFIRMED, SPAN_NONE,
		    "the rules that were applied last wait for their confirmation");
	diag_help(compilation->diag, "until then nothing is changed");
	return -1;
}

static void report_flushed(struct refresh *refresh)
{
	struct diag *diag = refresh->compilation->diag;

	refresh->outcome->flushed = true;
	diag_report(diag, DIAG_WATCH_FLUSHED, SPAN_NONE,
		    "postern's rules were gone from the kernel; they are brought back");
	diag_help(diag, "find out who removed them: another tool's 'flush ruleset'?");
}

static int change(struct refresh *refresh)
{
	struct apply *apply = &refresh->apply;
	int status;

	/* Whoever ends us now: what may come into the kernel has its grace time. */
	refresh->now.refreshed = refresh->old.refreshed;
	refresh->now.next = refresh->old.next;
	if (refresh->now.count && save_followed(refresh) < 0)
		return -1;
	apply->state.pending = &apply->to;
	if (state_save(&apply->state) < 0)
		return -1;
	status = applying_change(&apply->applying, &apply->to, apply_prove, apply);
	return apply_record(apply, status == 0) < 0 ? -1 : status;
}

static int bring(struct refresh *refresh)
{
	struct apply *apply = &refresh->apply;
	struct applying *applying = &apply->applying;
	struct compilation *compilation = refresh->compilation;
	const char *only = options_text(refresh->options, OPTION_ONLY);
	struct live_changes foreign;
	struct live_image *to;

	apply->to.spec = refresh->options->arguments[0];
	apply->to.since = (uint64_t)time(NULL);
	if (apply_outputs(apply, only) < 0 ||
	    apply_check_outputs(apply, apply->to.spec, only) < 0 ||
	    open_state(refresh) < 0 || check_tried(refresh) < 0)
		return -1;
	applying_begin(applying, &apply->state, compilation->arena, compilation->diag);
	applying->intent = compilation->intent;
	if (apply_fill(apply) < 0 ||
	    applying_image(applying, &apply->to, &to, NULL) < 0 ||
	    applying_look(applying, &foreign) < 0)
		return -1;
	applying->live->compare(applying->before, to, compilation->arena,
				&applying->changes);
	refresh->outcome->changed = applying->changes.count;
	if (!applying->changes.count &&
	    generation_equal(apply->state.applied, &apply->to))
		return 0;
	if (applying_refuse_foreign(applying, &foreign) < 0) {
		diag_help(compilation->diag,
			  "watch does not: run 'postern apply %s --force'",
			  apply->to.spec);
		return -1;
	}
	if (apply->state.applied && apply->state.applied->count &&
	    applying->live->is_empty(applying->before))
		report_flushed(refresh);
	return change(refresh);
}

/* -- all ----------------------------------------------------------------------------- */

/* The same messages again and again would fill the journal: they are printed once. */
static void print_messages(struct refresh *refresh, const struct watch_outcome *last)
{
	const struct report_options how = {.quiet = false};
	CLEANUP(strbuf_release) struct strbuf text = {0};

	report_print(refresh->compilation->diag, &how, &text);
	hash_text(strbuf_text(&text), text.length, refresh->outcome->report);
	if (strcmp(refresh->outcome->report, last->report) != 0)
		fputs(strbuf_text(&text), stderr);
}

static void release(struct refresh *refresh)
{
	apply_release(&refresh->apply);
	compilation_close(&refresh->compilation);
}

void watch_refresh(const struct options *options, const struct watched_files *files,
		   const struct watch_outcome *last, struct watch_outcome *ret_outcome)
{
	CLEANUP(release)
	struct refresh refresh = {
		.compilation = compilation_open(options),
		.options = options,
		.clock = boot_seconds(),
		.outcome = ret_outcome,
	};

	refresh.apply.compilation = refresh.compilation;
	refresh.apply.state.lock = -1;
	*ret_outcome = (struct watch_outcome){0};
	if (read_spec(&refresh, files) == 0 && bring(&refresh) == 0)
		ret_outcome->done = true;
	refresh.now.refreshed = (uint64_t)time(NULL);
	refresh.now.next = refresh.now.refreshed + watch_pause(ret_outcome);
	if (ret_outcome->done && refresh.now.count && save_followed(&refresh) < 0)
		ret_outcome->done = false;
	print_messages(&refresh, last);
}
