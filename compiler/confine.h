/* confine.h - Giving up what a long-running postern does not need. */
#ifndef COMPILER_CONFINE_H
#define COMPILER_CONFINE_H

#include <stddef.h>

/**
 * DOC: Confinement
 *
 * 'postern watch' reads answers of strangers for months.  It keeps one capability,
 * CAP_NET_ADMIN, and none that a later program could get; it reads and writes only below
 * the folders that it was given (Landlock, where the kernel has it); and it makes only
 * the system calls of its steady state (seccomp, confine_calls.c).  The unit in
 * packaging/ forbids much of the same from outside.
 *
 * A build with AddressSanitizer, which does all that itself, gives up capabilities only.
 */

/** enum confinement - Bits of what holds */
#define CONFINED_CAPABILITIES 0x1u
#define CONFINED_LANDLOCK     0x2u
#define CONFINED_SECCOMP      0x4u

/**
 * confine() - Give up all but what is needed
 * @writable:	folders that may be read and written below; ends with NULL
 * @readable:	folders that may be read below; ends with NULL
 *
 * Return: bits of what holds; what this kernel does not have is missing
 */
unsigned confine(const char *const *writable, const char *const *readable);

#endif
