/* attr.h - Compiler attributes and the few macros that every file may use. */
#ifndef RULES_BASE_ATTR_H
#define RULES_BASE_ATTR_H

#include <stddef.h>

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define MUST_USE		 __attribute__((warn_unused_result))
#define NORETURN		 __attribute__((noreturn))

/**
 * CLEANUP() - Call @function with the variable's address when it leaves its scope
 *
 * For what the arena does not own: files, descriptors, buffers, library handles.
 */
#define CLEANUP(function) __attribute__((cleanup(function)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * BUG() - Our own mistake: say where and abort
 *
 * Stays in release builds: a firewall compiler that goes on after a broken
 * invariant could write a wrong rule.
 */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)

NORETURN PRINTF_LIKE(3, 4) void bug_at(const char *file, int line, const char *fmt, ...);

#endif
