/* random_intent.h - Bound intents and jobs by chance, the same for the same seed. */
#ifndef TESTS_ORACLE_RANDOM_INTENT_H
#define TESTS_ORACLE_RANDOM_INTENT_H

#include "backends/backend.h"
#include "tests/oracle/random_rules.h"

struct arena;

/**
 * random_job() - A job for @backend with an intent as binding makes one
 *
 * One to four clients with groups of flows: names of sets that collide, protocols that
 * share ports, addresses from single ones to a thousand ranges and whole families, and
 * now and then clients and groups that overlap.  Its settings may contradict each other:
 * backend->check() tells.
 */
struct backend_job *random_job(struct chance *chance, const struct backend *backend,
			       struct arena *arena);

#endif
