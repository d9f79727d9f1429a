/* import_context.h - What an importer may look at besides the text. */
#ifndef COMPILER_IMPORT_CONTEXT_H
#define COMPILER_IMPORT_CONTEXT_H

#include "backends/backend.h"
#include "compiler/service_tags.h"
#include "rules/base/textmap.h"

/** import_tags() - Service tags as importers look them up; NULL for no tags */
const struct textmap *import_tags(const struct service_tags *tags, struct arena *arena);

/** import_names() - Where the host names of a job's flows lead, as the intent binds them
 */
const struct textmap *import_names(const struct backend_job *job, struct arena *arena);

#endif
