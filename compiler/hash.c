/* hash.c - SHA-256: the one user of nettle. */
#include "compiler/hash.h"

#include <stdint.h>

#include <nettle/sha2.h>

const char *hash_text(const void *bytes, size_t length, char ret_text[HASH_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, length, bytes);
	sha256_digest(&context, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		ret_text[2 * i] = digits[digest[i] >> 4];
		ret_text[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_text[HASH_TEXT_SIZE - 1] = '\0';
	return ret_text;
}
