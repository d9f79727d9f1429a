/* check_tags.h - Do the locked addresses lie in the tags that are for them? */
#ifndef COMPILER_CHECK_TAGS_H
#define COMPILER_CHECK_TAGS_H

#include "compiler/service_tags.h"
#include "rules/intent.h"

/**
 * check_tags() - Warn of public addresses that are in none of their endpoint's tags
 * @intent:	bound
 *
 * One warning a name (service-tag-outside), and one for each list of tags that the file
 * does not have (service-tag-missing).
 */
void check_tags(const struct service_tags *tags, const struct intent *intent,
		struct arena *arena, struct diag *diag);

#endif
