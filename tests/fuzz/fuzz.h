/* fuzz.h - What a fuzz target defines (libFuzzer calls it, and so does replay.c). */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** LLVMFuzzerTestOneInput() - Do with @data what a user would; returns 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
