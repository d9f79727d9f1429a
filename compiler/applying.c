/* applying.c - Bringing rules into the kernel, and seeing that they are there. */
#include "compiler/applying.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/difference.h"

/* Each try begins with reading anew; others who change rules do it now and then. */
#define CHANGE_TRIES 20
#define CHANGE_PAUSE 20 /* milliseconds */

/* Foreign changes that a message lists; 'postern status' lists all. */
#define MAX_LISTED 5

void applying_begin(struct applying *applying, struct state *state, struct arena *arena,
		    struct diag *diag)
{
	*applying = (struct applying){
		.arena = arena,
		.diag = diag,
		.backend = backends_find("nftables"),
		.live = backend_live_find("nftables"),
		.state = state,
	};
}

static int import(struct applying *applying, const struct state_text *text,
		  struct ruleset **ret_rules)
{
	const char *name = arena_printf(applying->arena, "%s/ruleset.nft", text->output);

	return import_text(applying->backend, name, text->text, text->length,
			   applying->arena, ret_rules, applying->diag);
}

int applying_image(struct applying *applying, struct generation *generation,
		   struct live_image **ret_image, struct ruleset ***ret_rules)
{
	struct live_image *image = applying->live->image(applying->arena);
	size_t count = generation ? generation->count : 0;
	struct ruleset **rules =
		arena_array(applying->arena, count + 1, struct ruleset *);

	for (size_t i = 0; i < count; i++)
		if (state_text(applying->state, &generation->texts[i]) < 0 ||
		    import(applying, &generation->texts[i], &rules[i]) < 0 ||
		    applying->live->plan(rules[i], applying->arena, image,
					 applying->diag) < 0)
			return -1;
	*ret_image = image;
	if (ret_rules)
		*ret_rules = rules;
	return 0;
}

/* -- what the kernel says ------------------------------------------------------------ */

static int report_error(struct applying *applying, int error, const char *what)
{
	struct diag *diag = applying->diag;

	if (error == EPERM || error == EACCES) {
		diag_report(diag, DIAG_APPLY_RIGHT, SPAN_NONE, "%s: %s", what,
			    strerror(error));
		diag_help(diag, "run it as root, or with CAP_NET_ADMIN");
		return -1;
	}
	if (error == EBUSY || error == EAGAIN)
		return diag_report(diag, DIAG_APPLY_BUSY, SPAN_NONE,
				   "%s: others change the rules all the time", what);
	diag_report(diag, DIAG_APPLY_KERNEL, SPAN_NONE, "%s: %s", what, strerror(error));
	if (error == EPROTONOSUPPORT || error == EAFNOSUPPORT)
		diag_help(diag, "the kernel needs nf_tables: 'modprobe nf_tables'");
	return -1;
}

/* What some errors of nf_tables mean (Linux 6.18, tried 2026-11-21). */
static const char *explain_error(int error)
{
	switch (error) {
	case EOPNOTSUPP:
	case ENOENT:
		return "a module of the kernel may be missing: nft_ct, nft_log, "
		       "nft_limit, nft_reject_inet";
	case EMSGSIZE:
	case ENOBUFS:
		return "the batch does not fit the socket: raise net.core.wmem_max, or "
		       "run it as root of the machine";
	case ENOMEM:
		return "the kernel has no memory for so many addresses";
	default:
		return NULL;
	}
}

/* Where the spec asks for a group of flows. */
static struct span place_of(const struct applying *applying, const char *group)
{
	const struct intent *intent = applying->intent;

	for (size_t i = 0; intent && i < intent->flow_count; i++)
		if (strcmp(intent->flows[i]->group, group) == 0)
			return intent->flows[i]->at;
	return SPAN_NONE;
}

static int report_failure(struct applying *applying, const struct live_failure *failure)
{
	struct diag *diag = applying->diag;
	const char *help = explain_error(failure->error);

	if (failure->error == EPERM || failure->error == EBUSY ||
	    failure->error == EAGAIN || !failure->object)
		return report_error(applying, failure->error,
				    "the rules cannot be changed");
	diag_report(diag, DIAG_APPLY_KERNEL, failure->at,
		    "the kernel refuses %s%s%s: %s%s%s%s", failure->object,
		    failure->element ? ", address " : "",
		    failure->element ? failure->element : "", strerror(failure->error),
		    failure->reason ? " (" : "", failure->reason ? failure->reason : "",
		    failure->reason ? ")" : "");
	if (failure->id)
		diag_note(diag, place_of(applying, failure->id),
			  "it is for the flows '%s' of the spec", failure->id);
	if (help)
		diag_help(diag, "%s", help);
	return -1;
}

int applying_fetch(struct applying *applying, const struct live_image *expected,
		   struct live_image **ret_image)
{
	int error = applying->live->fetch(expected, applying->arena, ret_image);

	return error ? report_error(applying, -error, "the kernel's rules cannot be read")
		     : 0;
}

/* -- whose the rules are ------------------------------------------------------------- */

static int compare_with(struct applying *applying, struct generation *generation,
			struct live_changes *ret_changes)
{
	struct live_image *image;

	if (applying_image(applying, generation, &image, NULL) < 0)
		return -1;
	applying->live->compare(image,
				applying->live->tidy(applying->before, applying->arena),
				applying->arena, ret_changes);
	return 0;
}

/* After a restart, or a flush by others, there is nothing: nobody's doing to undo. */
static bool is_gone(const struct applying *applying)
{
	return applying->live->is_empty(
		applying->live->tidy(applying->before, applying->arena));
}

int applying_look(struct applying *applying, struct live_changes *ret_foreign)
{
	struct state *state = applying->state;
	struct live_changes foreign = {0}, pending = {0};
	struct live_image *expected;

	if (applying_image(applying, state->pending ? state->pending : state->applied,
			   &expected, NULL) < 0 ||
	    applying_fetch(applying, expected, &applying->before) < 0)
		return -1;
	*ret_foreign = foreign;
	if (is_gone(applying))
		return 0;
	if (compare_with(applying, state->applied, &foreign) < 0)
		return -1;
	if (foreign.count && state->pending) {
		if (compare_with(applying, state->pending, &pending) < 0)
			return -1;
		if (!pending.count || pending.count < foreign.count)
			foreign = pending;
	}
	*ret_foreign = foreign;
	return 0;
}

static const char *verb(enum live_change_kind kind)
{
	switch (kind) {
	case LIVE_ADD:
		return "+";
	case LIVE_REMOVE:
		return "-";
	case LIVE_REPLACE:
		return "~";
	}
	BUG("no change of kind %d", (int)kind);
}

int applying_refuse_foreign(struct applying *applying, const struct live_changes *foreign)
{
	struct diag *diag = applying->diag;

	if (!foreign->count)
		return 0;
	diag_report(diag, DIAG_APPLY_FOREIGN, SPAN_NONE,
		    "somebody else changed postern's tables: %zu difference%s from what "
		    "was applied",
		    foreign->count, foreign->count == 1 ? "" : "s");
	for (size_t i = 0; i < foreign->count && i < MAX_LISTED; i++) {
		const struct live_change *change = &foreign->at[i];

		diag_note(diag, SPAN_NONE, "%s %s%s%s", verb(change->kind),
			  change->object, change->detail ? ": " : "",
			  change->detail ? change->detail : "");
	}
	if (foreign->count > MAX_LISTED)
		diag_note(diag, SPAN_NONE, "and %zu more", foreign->count - MAX_LISTED);
	diag_help(diag, "add --force to put the rules back to what the spec says");
	return -1;
}

void applying_print_changes(const struct live_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct live_change *change = &changes->at[i];

		printf("%s %s", verb(change->kind), change->object);
		if (change->detail)
			printf(": %s", change->detail);
		putchar('\n');
	}
}

/* -- changing ------------------------------------------------------------------------ */

int applying_try(struct applying *applying, const struct live_image *to)
{
	struct live_failure failure;

	if (!applying->changes.count)
		return 0;
	return applying->live->load(applying->before, to, true, applying->arena,
				    &applying->sent, &failure)
		       ? report_failure(applying, &failure)
		       : 0;
}

static void sleep_a_little(void)
{
	const struct timespec pause = {.tv_nsec = CHANGE_PAUSE * 1000000L};

	nanosleep(&pause, NULL);
}

/* Change from *from to @to; when others come between, read anew what there is. */
static int load(struct applying *applying, struct live_image **from,
		const struct live_image *to, struct live_failure *ret_failure)
{
	int status = -EAGAIN;

	for (int tries = 0; status == -EAGAIN && tries < CHANGE_TRIES; tries++) {
		if (tries) {
			sleep_a_little();
			if (applying->live->fetch(*from, applying->arena, from))
				break;
		}
		status = applying->live->load(*from, to, false, applying->arena,
					      &applying->sent, ret_failure);
	}
	return status;
}

/* Put back what there was, whatever there is now. */
static void undo(struct applying *applying)
{
	struct live_failure failure = {0};
	struct live_image *now;

	if (applying->live->fetch(applying->before, applying->arena, &now) ||
	    load(applying, &now, applying->before, &failure))
		diag_report(applying->diag, DIAG_APPLY_KERNEL, SPAN_NONE,
			    "the old rules cannot be put back: %s",
			    strerror(failure.error));
}

/* Do the texts and what the kernel holds pass the same packets? */
static int same_packets(struct applying *applying, const struct ruleset *texts,
			const struct ruleset *live)
{
	for (size_t i = 0; i < texts->path_count; i++) {
		struct difference difference;
		const struct difference_question question = {
			.before = texts,
			.after = live,
			.before_path = &texts->paths[i],
			.after_path = ruleset_find_path(live, texts->paths[i].name),
			.undecided = true,
			.marks = true,
			.max_boxes = 1,
		};

		if (!question.after_path)
			return diag_report(applying->diag, DIAG_APPLY_MISMATCH, SPAN_NONE,
					   "the kernel has no rules on hook '%s'",
					   texts->paths[i].name);
		if (difference_find(&question, applying->arena, &difference,
				    applying->diag) < 0)
			return -1;
		if (!difference.equal)
			return diag_report(applying->diag, DIAG_APPLY_MISMATCH, SPAN_NONE,
					   "the kernel's rules on hook '%s' pass other "
					   "packets than those that were sent",
					   texts->paths[i].name);
	}
	return 0;
}

static int report_mismatch(struct applying *applying, const struct live_changes *changes)
{
	const struct live_change *first = &changes->at[0];

	return diag_report(applying->diag, DIAG_APPLY_MISMATCH, SPAN_NONE,
			   "the kernel holds something else than was sent: %s %s%s%s",
			   verb(first->kind), first->object, first->detail ? ": " : "",
			   first->detail ? first->detail : "");
}

/* Reads the kernel anew, unless nothing was sent since it was read: the image must be
 * there, object by object and packet by packet. */
static int verify(struct applying *applying, const struct live_image *to,
		  struct ruleset **texts, size_t count, applying_proof *proof,
		  void *context)
{
	struct live_image *now = applying->before;
	struct live_changes changes;
	struct ruleset *rules;

	if (applying->sent.transactions && applying_fetch(applying, to, &now) < 0)
		return -1;
	applying->live->compare(to, now, applying->arena, &changes);
	if (changes.count)
		return report_mismatch(applying, &changes);
	applying->live->rules(now, applying->arena, &rules);
	for (size_t i = 0; i < count; i++)
		if (same_packets(applying, texts[i], rules) < 0)
			return -1;
	return proof ? proof(context, rules) : 0;
}

int applying_change(struct applying *applying, struct generation *to,
		    applying_proof *proof, void *context)
{
	struct live_failure failure = {0};
	struct live_image *image, *from = applying->before;
	struct ruleset **texts;
	int status;

	if (applying_image(applying, to, &image, &texts) < 0)
		return -1;
	applying->live->compare(from, image, applying->arena, &applying->changes);
	if (applying->changes.count && load(applying, &from, image, &failure)) {
		status = report_failure(applying, &failure);
	} else {
		status = verify(applying, image, texts, to ? to->count : 0, proof,
				context);
	}
	if (status < 0 && applying->sent.transactions)
		undo(applying);
	return status;
}
