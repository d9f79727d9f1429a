/* live_answers.h - Addresses of one run: from DNS now, or from a whole lock. */
#ifndef COMPILER_LIVE_ANSWERS_H
#define COMPILER_LIVE_ANSWERS_H

struct compilation;
struct options;

/** live_usage_mistake() - What is wrong about --live, --locked and their like, or NULL */
const char *live_usage_mistake(const struct options *options);

/**
 * live_resolve() - Do what --live or --locked asks for, once the lock is read
 *
 * With --live the answers take the place of what the lock says of the same names.  They
 * are held in memory as the text of a lock, so that messages show it and proof.json lists
 * it among the files read.  One answer that is not settled ends the run.
 *
 * With --locked, and where CI is "true" and there is a lock, a name that the lock should
 * have and lacks ends it.
 *
 * Return: 0, or -1 after a message
 */
int live_resolve(struct compilation *compilation);

#endif
