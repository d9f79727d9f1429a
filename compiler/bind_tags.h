/* bind_tags.h - Giving flows the service tags that stand for them. */
#ifndef COMPILER_BIND_TAGS_H
#define COMPILER_BIND_TAGS_H

#include "compiler/service_tags.h"
#include "rules/intent.h"

/**
 * intent_bind_tags() - Choose the service tags of each flow of a bound intent
 * @tags:	what the tags hold; NULL: nobody knows
 *
 * A flow gets the tags of its registry's regions when they hold all its bound addresses,
 * else those of the whole service.  A tag that the file lacks leaves the flow without.
 */
void intent_bind_tags(struct intent *intent, const struct service_tags *tags,
		      struct arena *arena);

#endif
