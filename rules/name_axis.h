/* name_axis.h - The values of the name axis of a space. */
#ifndef RULES_NAME_AXIS_H
#define RULES_NAME_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/interval.h"
#include "rules/name.h"

/**
 * DOC: Names as numbers
 *
 * Read backwards, the names that end alike begin alike: every "ends in" is a region, and
 * two regions are nested or apart.  So the patterns that the compared policies mention
 * make a tree of regions, with the exact names as leaves.  Numbered from the root down,
 * each region before what it holds, a region is an interval of numbers:
 *
 *	0		no name at all
 *	1		every name that nothing below takes
 *	...		a region's rest: its names that no region or name inside it takes
 *
 * A one-label pattern ("?.x") is no region: it takes the names of ".x" that have no
 *further dot.  So the rests in there that have both kinds of names get two numbers, "one
 *label" and "deeper", and the pattern is a set of intervals.
 */
struct arena;
struct name_axis;

struct name_axis *name_axis_new(struct arena *arena);

/** name_axis_add() - Make room for a pattern; before name_axis_seal() */
void name_axis_add(struct name_axis *axis, const struct name_pattern *pattern);
void name_axis_seal(struct name_axis *axis);

/** name_axis_max() - The largest number */
u128 name_axis_max(const struct name_axis *axis);

/** name_axis_values() - The numbers of the names that a pattern takes, which was added */
struct ranges name_axis_values(const struct name_axis *axis,
			       const struct name_pattern *pattern, struct arena *arena);

/** name_axis_value() - The number of a name; "" is no name */
u128 name_axis_value(const struct name_axis *axis, const char *name);

/** name_axis_witness() - A name with that number, "" for 0; in the axis's arena */
const char *name_axis_witness(const struct name_axis *axis, u128 value);

/**
 * struct name_piece - Names that a pattern takes and others do not
 * @also:	(@has_also) a second pattern that must take them too
 * @except:	patterns inside @of whose names are not meant
 */
struct name_piece {
	struct name_pattern of;
	bool has_also;
	struct name_pattern also;
	struct name_patterns except;
};

/**
 * name_axis_pieces() - Write a set of numbers as pieces that are apart, in a stable order
 *
 * Number 0, no name, is left to the caller.
 */
void name_axis_pieces(const struct name_axis *axis, const struct ranges *values,
		      struct arena *arena,
		      void (*piece)(void *context, const struct name_piece *piece),
		      void *context);

#endif
