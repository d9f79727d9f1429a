/* packet_options.h - The packets that options of the command line describe. */
#ifndef COMPILER_PACKET_OPTIONS_H
#define COMPILER_PACKET_OPTIONS_H

#include "rules/ruleset.h"

struct arena;
struct options;

/** packet_options_check() - Print what is wrong with them; -1: the command line is */
int packet_options_check(const struct options *options);

/**
 * packet_options_match() - The packets described
 *
 * --from, --to, --proto, --port, --sport, --iif, --oif, --name and --method; ports alone
 * mean TCP.
 */
struct match packet_options_match(const struct options *options, struct arena *arena);

/**
 * packet_options_default() - What a question about one request leaves unsaid
 * @path:	of the rule set: on "request" it is CONNECT to port 443, or GET to port
 *80; on "egress" https on port 443, http on port 80
 */
void packet_options_default(const struct options *options, const char *path,
			    struct arena *arena, struct match *match);

/** packet_options_warn() - Say that rules look at no name, where one is asked for */
void packet_options_warn(const struct options *options, const struct ruleset *rules,
			 struct diag *diag);

/**
 * match_openers() - Only what opens a flow: connection state new, and of TCP a SYN
 *
 * The flags are pinned for every protocol: rules test them of TCP alone, and so an answer
 * does not fall apart into TCP and the rest.
 */
void match_openers(struct match *match, struct arena *arena);

/** OPENERS_PINNED - The axes of match_openers(), bits (1 << field) */
#define OPENERS_PINNED (1u << FIELD_STATE | 1u << FIELD_TCP_FLAGS)

#endif
