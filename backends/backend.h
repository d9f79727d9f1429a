/* backend.h - What a back end is: the only header one must implement. */
#ifndef BACKENDS_BACKEND_H
#define BACKENDS_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/decide.h"
#include "rules/intent.h"
#include "rules/ruleset.h"

/**
 * DOC: The contract
 *
 * A back end is one constant of type struct backend.  It turns a rule set into the
 * target's text, and such text back into a rule set.  Around it legalize.c does what is
 * common: it reads capabilities and limits and hands emit() only rules that the target
 * can say, or reports what it cannot.
 *
 *  1. Exact or an error.  The text admits the packets of the rule set, no more and no
 *     less.  A back end never widens, and never narrows in silence.
 *  2. Pure.  No files, clock, network, environment or static state; equal input gives
 *     equal bytes.
 *  3. Traceable.  Every emitted rule carries the id of the flows it is for.
 *  4. Round trip.  import(emit(x)) is x: equal packet sets with flow ids as leaves.
 *  5. Two halves that do not know each other.  emit and import share no code below
 *     their folder, so that one fault cannot hide in both.  import reads the target's
 *     format, not what emit happens to write.
 *
 * Touching a kernel or a network is no part of it.
 */
struct arena;
struct backend;
struct import_file;
struct textmap;

enum backend_kind {
	BACKEND_KIND_HOST_FILTER,    /* packets, on a host or gateway: nftables */
	BACKEND_KIND_CLOUD_ACL,	     /* packets, in the fabric: Azure NSG */
	BACKEND_KIND_CLOUD_FIREWALL, /* packets and names: Azure Firewall */
	BACKEND_KIND_PROXY,	     /* requests by host name: squid */
	BACKEND_KIND_RESOLVER, /* answers to questions for host names: a DNS server */
	BACKEND_KIND_DATA,     /* nobody enforces it: tools read it */
};

enum backend_cap_bit {
#define CAP(id, name, what) BACKEND_CAP_BIT_##id,
#include "backends/caps.def"
#undef CAP
	BACKEND_CAP_COUNT,
};
_Static_assert(BACKEND_CAP_COUNT <= 32, "struct backend keeps capabilities in 32 bits");

#define BACKEND_CAP(id) (UINT32_C(1) << BACKEND_CAP_BIT_##id)

/** struct backend_cap_info - One row of caps.def */
struct backend_cap_info {
	const char *name;
	const char *what;
};

/**
 * struct backend_limits - How much of anything the target takes; 0 is no limit
 * @comment_bytes: longest comment or name that carries a flow id
 * @source:	the page and the day these were read from
 */
struct backend_limits {
	uint32_t rules;
	uint32_t prefixes_per_rule;
	uint32_t ports_per_rule;
	uint32_t priority_first;
	uint32_t priority_last;
	uint32_t comment_bytes;
	size_t output_bytes;
	const char *source;
};

enum backend_option_kind {
	BACKEND_OPTION_WORD, /* one of @values */
	BACKEND_OPTION_NAME, /* a name for the target: [A-Za-z][A-Za-z0-9_.-]*, at most 80
			      */
	BACKEND_OPTION_NUMBER,	/* decimal or 0x…, from @first to @last */
	BACKEND_OPTION_ADDRESS, /* an IPv4 or IPv6 address */
};

/**
 * struct backend_option - One key of an entry of "outputs:"; a list ends with NULL @name
 * @fallback:	value when it is not written; NULL: there is none
 * @required:	must be written
 * @place:	part of what names the place that the rules go to: outputs that agree in
 *all such options replace each other's rules
 * @holder:	names what holds the rules on the target, as stages of an import do
 */
struct backend_option {
	const char *name;
	enum backend_option_kind kind;
	const char *const *values;
	const char *fallback;
	bool required;
	bool place;
	bool holder;
	uint32_t first, last;
	const char *help;
};

/** struct backend_setting - An option as the spec gives it; @written: not the fallback */
struct backend_setting {
	const struct backend_option *option;
	const char *value;
	struct span at;
	bool written;
};

/**
 * struct backend_job - One output of a spec: what is to be said, and for whom
 * @name:	the output's name; also its folder
 * @intent:	the bound intent; only flows of @clients count
 * @clients:	whom this output governs, in the order of the intent
 * @accepts_tags: service tags may stand for addresses, though they hold more
 * @accepts_pinned: public addresses may stand for names, though they move
 * @deny:	what is not asked for is refused (egress.default: deny); else it is kept
 * @settings:	one for each option that has a value, written or fallback
 */
struct backend_job {
	const struct backend *backend;
	const char *name;
	struct span at;
	const struct intent *intent;
	struct flow_client **clients;
	size_t client_count;
	bool deny;
	bool log;
	bool accepts_tags;
	bool accepts_pinned;
	struct backend_setting *settings;
	size_t setting_count;
};

/** backend_setting() - The value of an option, or NULL */
const char *backend_setting(const struct backend_job *job, const char *option);

/** backend_setting_is() - Is an option set to @value? */
bool backend_setting_is(const struct backend_job *job, const char *option,
			const char *value);

/** backend_number() - The value of an option of kind NUMBER, decimal or 0x… */
uint32_t backend_number(const char *value);

/** backend_governs() - Is @flow one of the job's clients' flows? */
bool backend_governs(const struct backend_job *job, const struct flow *flow);

/** backend_covers() - Is it, and of the kind that the target sees?  A proxy sees what is
 * sent through it, everybody else what is not; a resolver has answers of its own only for
 * names at private endpoints. */
bool backend_covers(const struct backend_job *job, const struct flow *flow);

/** enum flow_form - How a target says where a flow goes */
enum flow_form {
	FLOW_BY_NAME,	   /* requests for its host name, wherever that leads */
	FLOW_BY_ADDRESSES, /* packets to its bound addresses */
	FLOW_BY_TAGS,	   /* packets to the addresses of its service tags */
	FLOW_BY_HOST,	   /* packets to wherever the target resolves its host name */
	FLOW_BY_ANSWER,	   /* no packets: what questions for its host name are answered */
	FLOW_UNSAID,	   /* it cannot say it, or the spec does not accept how */
};

/**
 * backend_form() - How the job's target says @flow
 *
 * What the spec asks for ('destinations:', 'accept:') decides, then what the target can
 * say.  Legal rules and the proof's obligation both begin here, but they share no more.
 */
enum flow_form backend_form(const struct backend_job *job, const struct flow *flow);

/**
 * struct backend_answer - What a resolver does with questions for a flow's host name
 * @name:	pattern of the names that are asked for (rules/name.h)
 * @to:		the addresses of the answer; of a resolver that asks another one, the
 *		servers that it asks
 * @port:	the port of those servers; 0 of an answer
 * @fills:	of a resolver that puts addresses of answers into sets: the set of each
 *		family, or NULL; @to is empty then
 */
struct backend_answer {
	const char *name;
	struct addr_set to;
	uint16_t port;
	const char *fills[FAMILY_COUNT];
};

/** flow_is_public() - Is it to a name or tag whose addresses are Azure's to change? */
bool flow_is_public(const struct flow *flow);

/**
 * struct backend_stage - A stage of the target's path
 * @named:	the rules of flows that are said by name stand here, and no others
 */
struct backend_stage {
	const char *label;
	struct match guard;
	enum action end;
	bool named;
};

/* Whatever a verdict is */
#define BACKEND_ANY_VERDICT                                                \
	(1u << VERDICT_NONE | 1u << VERDICT_ADMIT | 1u << VERDICT_REFUSE | \
	 1u << VERDICT_UNDECIDED)

/**
 * struct backend_scope - What the target can see of the intent, and what it must keep
 * @path:	the path of the rule set that the target's rules are on
 * @stages:	its stages, the first that decides decides; none: one, called as the
 *output is, that leaves open what it does not decide.  Rules of flows stand in the first,
 *or in the one for names
 * @families:	bits (1 << family) that the target sees at all; 0: both
 * @bypass:	destinations whose packets the target never sees: neither it nor the proof
 *		has anything to do with them
 * @outside:	bits (1 << verdict) that packets beside @governed may have
 * @frame:	(optional) a text of others that the artifact is a part of: files[0] of a
 *		second import, whose files are the artifacts; the flows must fare in it as
 *		they do alone
 * @ways:	the hooks that these packets pass besides, or NULL; ends with NULL
 * @universe:	packets that can be on it
 * @governed:	G ∩ D − E: the new flows that this output decides
 * @spares, @spared: packets beside G where a flow's rule may admit as it does in G
 * @base:	B: what must always be admitted, each with a name; whether a flow asks for
 *		it or not
 * @assumptions: A: sentences, printed with every proof and never subtracted
 * @level:	"packet" or "request"
 */
struct backend_scope {
	const char *path;
	const char *const *ways;
	const struct backend_stage *stages;
	size_t stage_count;
	unsigned families;
	struct addr_set bypass;
	unsigned outside;
	const struct import_file *frame;
	struct match universe;
	struct match governed;
	bool spares;
	struct match spared;
	struct labelled_match *base;
	size_t base_count, base_capacity;
	const char **assumptions;
	size_t assumption_count, assumption_capacity;
	const char *level;
};

/** scope_assume() - Add a sentence to the assumptions */
void scope_assume(struct backend_scope *scope, const char *sentence, struct arena *arena);

/** scope_assume_families() - Add that @client has no address of a family that it lacks */
void scope_assume_families(struct backend_scope *scope, const struct flow_client *client,
			   struct arena *arena);

/** struct artifact - One named text that a back end produces ("ruleset.nft") */
struct artifact {
	const char *name;
	const char *media_type;
	struct strbuf body;
};

struct artifact_list {
	struct artifact **at;
	size_t count, capacity;
};

/**
 * struct import_file - A text to import, or one that such a text refers to
 * @name:	its path as it was given, or as the text that refers to it would say
 * @source:	its number in the diagnostics
 */
struct import_file {
	const char *name;
	const char *text;
	size_t length;
	uint32_t source;
};

/**
 * struct import_input - Everything that an importer may look at
 * @files:	[0] is what is imported; the rest is what it may refer to: included files,
 *		lists, groups of addresses.  What it refers to and is not here is an
 *unknown (or an error where the target would fail).
 * @tags:	struct addr_set by lower-case name of a service tag; NULL: no tag file, so
 *a tag is an unknown
 * @names:	struct addr_set by host name, what a resolver is trusted to answer; NULL
 *or a name that is not there: where the name leads is an unknown
 * @dialect:	version of the target whose rules count, one of the back end's @dialects;
 *		NULL: the first
 * @bare:	the text is one of ours: leave out what the platform adds to it by itself
 *		(default rules of an NSG), which decides only what the text leaves open
 */
struct import_input {
	const struct import_file *files;
	size_t file_count;
	const struct textmap *tags;
	const struct textmap *names;
	const char *dialect;
	bool bare;
};

/**
 * import_text() - Import one text that refers to nothing, as one of ours (@bare)
 * @name:	what it is called in messages
 */
int import_text(const struct backend *backend, const char *name, const char *text,
		size_t length, struct arena *arena, struct ruleset **ret_rules,
		struct diag *diag);

/** import_find() - The file of that name behind the first, or NULL */
const struct import_file *import_find(const struct import_input *input, const char *name);

/** artifact_add() - Begin a text; the list owns it until artifact_list_release() */
struct strbuf *artifact_add(struct artifact_list *list, const char *name,
			    const char *media_type, struct arena *arena);
void artifact_list_release(struct artifact_list *list);

/**
 * struct backend - One target
 * @name:	on the command line, in specs and in tests: [a-z][a-z0-9-]*
 * @summary:	one line for "postern backends" and the manual
 * @caps:	what rules it can say, BACKEND_CAP() bits
 * @options:	keys of an entry of "outputs:"; ends with a NULL name
 * @check:	(optional) refuse a job whose settings contradict each other
 * @scope:	what of the intent the target sees, for legalize and for the proof
 * @can_protocol: (optional) can a rule for @family name this protocol?  NULL: any
 * @request:	(optional) does the job's target say @flow by its host name?  Then adds
 *the terms that requests of such a flow have, unless @match is NULL
 * @concerns:	(optional, kind RESOLVER only) is the job about such a flow?  NULL: about
 *		those at private endpoints
 * @answer:	(kind RESOLVER only) what the job's target owes for @flow
 * @emit:	write the text of a legal rule set
 * @sniff:	how sure are we that this text is ours: 0 to 100
 * @import:	read the text back; *ret_rules is set only on success.  What it cannot
 *model becomes an unknown, never a guess.
 * @dialects:	(optional) versions that import tells apart; ends with NULL
 *
 * The int functions return 0, or -1 with at least one error in @diag.
 */
struct backend {
	const char *name;
	const char *summary;
	enum backend_kind kind;
	uint32_t caps;
	struct backend_limits limits;
	const struct backend_option *options;
	const char *const *dialects;

	int (*check)(const struct backend_job *job, struct diag *diag);
	int (*scope)(const struct backend_job *job, struct arena *arena,
		     struct backend_scope *ret_scope, struct diag *diag);
	bool (*can_protocol)(unsigned protocol, enum family family);
	bool (*request)(const struct backend_job *job, const struct flow *flow,
			struct match *match, struct arena *arena);
	bool (*concerns)(const struct backend_job *job, const struct flow *flow);
	void (*answer)(const struct backend_job *job, const struct flow *flow,
		       struct arena *arena, struct backend_answer *ret_answer);
	int (*emit)(const struct ruleset *rules, const struct backend_job *job,
		    struct arena *arena, struct artifact_list *artifacts,
		    struct diag *diag);
	int (*sniff)(const char *text, size_t length);
	int (*import)(const struct import_input *input, struct arena *arena,
		      struct ruleset **ret_rules, struct diag *diag);
};

#endif
