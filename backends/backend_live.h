/* backend_live.h - Touching a target that runs: its rules, read and changed in place. */
#ifndef BACKENDS_BACKEND_LIVE_H
#define BACKENDS_BACKEND_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"

/**
 * DOC: Live targets
 *
 * A back end is pure; what touches a kernel is apart from it, in a constant of type
 * struct backend_live.  It knows *images*: what of ours the target holds, object by
 * object, in the target's own terms.  An image is planned from a rule set that an
 *importer read (so what is loaded is what was proved) or fetched from the target.
 *
 *	plan()		rule set → image			what shall be
 *	fetch()		target → image				what is
 *	rules()		image → rule set			for the proof
 *	compare()	image, image → list of changes		what is to be done
 *	load()		image, image → target			do it
 *
 * plan() and rules() share no code: what one gets wrong the other does not undo.  Nothing
 * that is not ours is in an image, and load() touches nothing that is in none.
 */
struct arena;
struct live_image; /* each back end has its own */

enum live_change_kind {
	LIVE_ADD,
	LIVE_REMOVE,
	LIVE_REPLACE,
};

/**
 * struct live_change - One object that differs between two images
 * @object:	"table inet postern_forward", "rule 'postern:aks/contoso' of chain …"
 * @detail:	(optional) what is in it: the addresses of a set, the rule's flow
 * @elements:	addresses of a set: how many intervals
 */
struct live_change {
	enum live_change_kind kind;
	const char *object;
	const char *detail;
	size_t elements;
};

struct live_changes {
	struct live_change *at;
	size_t count, capacity;
};

/**
 * struct live_counter - What a rule has seen
 * @id:		the flow group's id, or NULL
 * @name:	the rule's comment, or NULL
 */
struct live_counter {
	const char *id;
	const char *name;
	uint64_t handle;
	uint64_t packets;
	uint64_t bytes;
};

struct live_counters {
	struct live_counter *at;
	size_t count, capacity;
};

/**
 * struct live_failure - Why a target did not take a change
 * @error:	errno
 * @object:	what it was about, or NULL
 * @element:	the very address of a set that was refused, or NULL
 * @reason:	the kernel's own words, or NULL
 * @id:		the flow group whose rule or set it is, or NULL
 * @at:		its place in the text that the image was planned from
 */
struct live_failure {
	int error;
	const char *object;
	const char *element;
	const char *reason;
	const char *id;
	struct span at;
};

/**
 * struct live_followed - A set that follows a host name, as it was fetched
 * @by_resolver: a resolver fills it, and its elements expire
 */
struct live_followed {
	const char *set;
	const char *host;
	size_t addresses;
	bool by_resolver;
};

struct live_followed_sets {
	struct live_followed *at;
	size_t count, capacity;
};

/** struct live_sent - What load() sent, for figures and for tests */
struct live_sent {
	size_t transactions;
	size_t messages;
	size_t bytes;
};

/**
 * struct backend_live - The running side of one back end
 * @image:	an image of nothing
 * @plan:	add what @rules say to an image; -1 when they hold what our own texts
 *never do.  Each text of ours is a rule set of its own.
 * @fetch:	@expected (optional) is what we believe is there: big sets are then asked
 *		element by element and not dumped, which is quadratic in the kernel.
 *		Return 0, or -errno: -EPERM without the right, -EBUSY when others change
 *		the rules faster than they can be read
 * @rules:	what the image does to packets
 * @compare:	@from as it is, @to as it shall be; no change: they are equal
 * @load:	change the target from @from to @to; all of @to is there, or @from is as
 *it was but for objects that nothing refers to (0 or -errno and *ret_failure). -EAGAIN:
 *somebody changed the rules since @from was fetched.
 * @try_only:	load(): let the target check everything and change nothing
 * @counters:	of the rules of an image that was fetched
 * @followed:	the sets that follow names, of an image that was fetched
 * @fill:	append to a text of ours, which @image was planned from, what the sets
 *		that postern fills shall hold: the addresses that @answers has of the
 *		name (struct addr_set by host name), and those of the same set of @kept;
 *		each may be NULL
 * @tidy:	the image without what does nothing and an interrupted load() leaves
 *		behind: sets that no rule looks into, tables without chains
 * @is_empty:	does the image hold nothing at all?
 */
struct backend_live {
	const char *name;

	struct live_image *(*image)(struct arena *arena);
	int (*plan)(const struct ruleset *rules, struct arena *arena,
		    struct live_image *image, struct diag *diag);
	int (*fetch)(const struct live_image *expected, struct arena *arena,
		     struct live_image **ret_image);
	void (*rules)(const struct live_image *image, struct arena *arena,
		      struct ruleset **ret_rules);
	void (*compare)(const struct live_image *from, const struct live_image *to,
			struct arena *arena, struct live_changes *ret_changes);
	int (*load)(const struct live_image *from, const struct live_image *to,
		    bool try_only, struct arena *arena, struct live_sent *ret_sent,
		    struct live_failure *ret_failure);
	void (*counters)(const struct live_image *image, struct arena *arena,
			 struct live_counters *ret_counters);
	void (*followed)(const struct live_image *image, struct arena *arena,
			 struct live_followed_sets *ret_sets);
	void (*fill)(const struct live_image *image, const struct textmap *answers,
		     const struct live_image *kept, struct strbuf *text);
	struct live_image *(*tidy)(const struct live_image *image, struct arena *arena);
	bool (*is_empty)(const struct live_image *image);
};

/** backend_live_find() - The running side of the back end of that name, or NULL */
const struct backend_live *backend_live_find(const char *name);

extern const struct backend_live backend_live_nftables;

#endif
