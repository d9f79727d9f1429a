/* hash.h - SHA-256. */
#ifndef COMPILER_HASH_H
#define COMPILER_HASH_H

#include <stddef.h>

/* 64 hexadecimal digits and a NUL. */
#define HASH_TEXT_SIZE 65

/** hash_text() - The SHA-256 of some bytes in lower-case hexadecimal; returns @ret_text
 */
const char *hash_text(const void *bytes, size_t length, char ret_text[HASH_TEXT_SIZE]);

#endif
