/* arena.c - Memory that lives as long as one compilation. */
#include "rules/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small enough that an empty compilation costs nothing, large enough that a chunk
 * serves a few hundred nodes. */
#define ARENA_CHUNK_BYTES ((size_t)64 * 1024)
#define ARENA_ALIGN	  _Alignof(max_align_t)
/* A large array that grew will grow again: pages that it never touches cost nothing. */
#define GROWTH_ROOM 4

/* Under AddressSanitizer what was not handed out is out of bounds, and a gap behind each
 * allocation too: an arena would hide overruns otherwise. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define ARENA_GAP	   16u
#define poison(at, size)   ASAN_POISON_MEMORY_REGION(at, size)
#define unpoison(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define ARENA_GAP	   0u
#define poison(at, size)   ((void)(at), (void)(size))
#define unpoison(at, size) ((void)(at), (void)(size))
#endif

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct chunk *chunks;
	size_t bytes;
};

void bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "postern: internal error at %s:%d: ", file, line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\nthis is a fault of postern, not of your input; please report it\n",
	      stderr);
	abort();
}

NORETURN static void out_of_memory(size_t size)
{
	fprintf(stderr, "postern: out of memory (%zu bytes more were needed)\n", size);
	exit(3);
}

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		out_of_memory(sizeof(*arena));
	return arena;
}

void arena_free(struct arena *arena)
{
	struct chunk *next;

	if (!arena)
		return;
	for (struct chunk *chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		unpoison(chunk->bytes, chunk->size);
		free(chunk);
	}
	free(arena);
}

void arena_cleanup(struct arena **arena)
{
	arena_free(*arena);
	*arena = NULL;
}

/* A chunk with @room bytes for a request of @size.  A large request gets a chunk of its
 * own behind the current one, so that the room left in the current one is not lost. */
static struct chunk *add_chunk(struct arena *arena, size_t size, size_t room)
{
	bool own = size > ARENA_CHUNK_BYTES / 4;
	struct chunk *chunk;

	if (!own)
		room = ARENA_CHUNK_BYTES;
	if (room > SIZE_MAX - sizeof(*chunk))
		out_of_memory(size);
	chunk = calloc(1, sizeof(*chunk) + room);
	if (!chunk)
		out_of_memory(size);
	chunk->size = room;
	poison(chunk->bytes, room);
	if (arena->chunks && own) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	return chunk;
}

/* @size bytes; where they need a chunk of their own, with room to grow by a factor. */
static void *allocate(struct arena *arena, size_t size, size_t factor)
{
	struct chunk *chunk = arena->chunks;
	size_t asked = size;
	void *memory;

	if (size > SIZE_MAX / factor - ARENA_ALIGN - ARENA_GAP)
		out_of_memory(size);
	size = (size + ARENA_GAP + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (!chunk || chunk->size - chunk->used < size)
		chunk = add_chunk(arena, size, factor * size);
	memory = chunk->bytes + chunk->used;
	chunk->used += size;
	arena->bytes += size - ARENA_GAP;
	unpoison(memory, asked);
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return allocate(arena, size, 1);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	return arena_alloc(arena, count * size);
}

/* Enlarges the last allocation of @chunk in its place, if that is what @array is. */
static bool extend(struct arena *arena, struct chunk *chunk, const void *array,
		   size_t old_bytes, size_t new_bytes)
{
	const unsigned char *end = chunk->bytes + chunk->used;
	size_t more;

	if (ARENA_GAP)
		return false; /* AddressSanitizer is to see the old array end where it did
			       */
	old_bytes = (old_bytes + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (chunk->used < old_bytes || end - old_bytes != (const unsigned char *)array)
		return false;
	if (new_bytes > SIZE_MAX - ARENA_ALIGN)
		out_of_memory(new_bytes);
	new_bytes = (new_bytes + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	more = new_bytes - old_bytes;
	if (chunk->size - chunk->used < more)
		return false;
	chunk->used += more;
	arena->bytes += more;
	return true;
}

void *arena_grow(struct arena *arena, void *array, size_t used, size_t capacity,
		 size_t size)
{
	struct chunk *chunk = arena->chunks;
	void *larger;

	if (used > capacity)
		BUG("growing %zu elements into room for %zu", used, capacity);
	if (size && capacity > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	/* The newest chunk of its own stands behind the current one. */
	for (unsigned i = 0; used && chunk && i < 2; i++, chunk = chunk->next)
		if (extend(arena, chunk, array, used * size, capacity * size))
			return array;
	larger = allocate(arena, capacity * size, GROWTH_ROOM);
	if (used)
		memcpy(larger, array, used * size);
	return larger;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (length < 0)
		BUG("bad format \"%s\"", fmt);
	text = arena_alloc(arena, (size_t)length + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)length + 1, fmt, args);
	va_end(args);
	return text;
}

size_t arena_bytes(const struct arena *arena)
{
	return arena->bytes;
}
