/* confine.h - Giving up what a long-running postern does not need. */
#ifndef COMPILER_CONFINE_H
#define COMPILER_CONFINE_H

#include <stddef.h>

/**
 * DOC: Confinement
 *
 * 'postern watch' reads answers of strangers for months.  It keeps one capability,
 * CAP_NET_ADMIN, and none that a later program could get; it writes only below the
 * folders that it was given (Landlock, where the kernel has it); and it cannot start a
 * program, trace one, load a module, mount or change namespaces (seccomp).  The unit in
 * packaging/ forbids the same and more from outside.
 */

/** enum confinement - Bits of what holds */
#define CONFINED_CAPABILITIES 0x1u
#define CONFINED_LANDLOCK     0x2u
#define CONFINED_SECCOMP      0x4u

/**
 * confine() - Give up all but what is needed
 * @writable:	folders that may be written below; ends with NULL
 *
 * Return: bits of what holds; what this kernel does not have is missing
 */
unsigned confine(const char *const *writable);

#endif
