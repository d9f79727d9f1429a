/* applying.h - Bringing rules into the kernel, and seeing that they are there. */
#ifndef COMPILER_APPLYING_H
#define COMPILER_APPLYING_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/backend_live.h"
#include "compiler/compilation.h"
#include "compiler/state.h"

/**
 * DOC: Applying
 *
 * The texts of a generation are read by the importer, as every proof reads them, and
 * become an image.  What the kernel has is fetched, and must be what the record says (or
 * a mixture that an interrupted change leaves); else somebody else changed it.  Only the
 * difference is sent.  Then the kernel is read anew and must hold the image, object by
 * object, and for all packets what the texts say; what does not is undone.
 */

/**
 * struct applying - One change of this machine's rules
 * @intent:	(optional) what the rules are for, so that a refusal names the spec's line
 * @before:	what the kernel had
 * @sent:	what load() sent; no transaction: there was nothing to do
 * @changes:	what differed
 */
struct applying {
	struct arena *arena;
	struct diag *diag;
	const struct backend *backend;
	const struct backend_live *live;
	struct state *state;
	const struct intent *intent;
	struct live_image *before;
	struct live_sent sent;
	struct live_changes changes;
};

/** applying_begin() - Get ready; @state is open */
void applying_begin(struct applying *applying, struct state *state, struct arena *arena,
		    struct diag *diag);

/**
 * applying_image() - What the texts of a generation say; NULL is no rules at all
 * @ret_rules:	(optional) the same as rule sets, one a text
 */
int applying_image(struct applying *applying, struct generation *generation,
		   struct live_image **ret_image, struct ruleset ***ret_rules);

/** applying_fetch() - What the kernel has; @expected is what we believe */
int applying_fetch(struct applying *applying, const struct live_image *expected,
		   struct live_image **ret_image);

/**
 * applying_look() - Fetch applying->before and see whose it is
 * @ret_foreign: what differs from the record, unless that is what a change of ours left
 */
int applying_look(struct applying *applying, struct live_changes *ret_foreign);

/** applying_refuse_foreign() - Report what somebody else did; 0 when @foreign is empty */
int applying_refuse_foreign(struct applying *applying,
			    const struct live_changes *foreign);

/** applying_try() - Let the kernel check the change to @to; nothing is changed */
int applying_try(struct applying *applying, const struct live_image *to);

/* Is what was read back what was meant?  -1 after a report that it is not */
typedef int applying_proof(void *context, const struct ruleset *rules);

/**
 * applying_change() - Change the kernel from applying->before to the generation @to
 * @proof:	(optional) asked besides
 *
 * On failure the kernel has what it had, and -1 is returned after a report.
 */
int applying_change(struct applying *applying, struct generation *to,
		    applying_proof *proof, void *context);

/** applying_print_changes() - One line a change */
void applying_print_changes(const struct live_changes *changes);

#endif
