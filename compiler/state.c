/* state.c - Reading and writing the record of what was applied. */
#include "compiler/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backends/json.h"
#include "compiler/hash.h"
#include "compiler/publish.h"
#include "rules/base/arena.h"

#define STATE_NAME "state.json"
#define LOCK_NAME  "lock"
#define FORMAT	   "1"

/* Another postern holds the lock while it changes the kernel: seconds at the most, but
 * for half a million addresses. */
#define LOCK_SECONDS 30
#define LOCK_PAUSE   50 /* milliseconds */

/* Outputs of a machine: one a hook. */
#define MAX_TEXTS 16

/* Half a million addresses are some 20 MB of text. */
#define MAX_BYTES (256u << 20)

static const char *below(const struct state *state, const char *name)
{
	return arena_printf(state->arena, "%s/%s", state->directory, name);
}

static const char *text_path(const struct state *state, const char *sha256)
{
	return arena_printf(state->arena, "%s/rules/%s.nft", state->directory, sha256);
}

/* -- locking ------------------------------------------------------------------------- */

static int make_directories(const struct state *state)
{
	const char *path = state->directory, *slash = path;

	while ((slash = strchr(slash + 1, '/')))
		if (mkdir(arena_strndup(state->arena, path, (size_t)(slash - path)),
			  0755) &&
		    errno != EEXIST)
			return -errno;
	/* The rules show who may reach what: nobody else's business. */
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int wait_for_lock(const struct state *state, bool at_once)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE * 1000000L};

	for (int tries = 0; tries < LOCK_SECONDS * 1000 / LOCK_PAUSE; tries++) {
		if (flock(state->lock, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return diag_report(state->diag, DIAG_FILE_WRITE, SPAN_NONE,
					   "'%s' cannot be locked: %s", state->directory,
					   strerror(errno));
		if (at_once)
			return 1;
		nanosleep(&pause, NULL);
	}
	return diag_report(state->diag, DIAG_APPLY_BUSY, SPAN_NONE,
			   "another postern has held '%s' for %d seconds",
			   state->directory, LOCK_SECONDS);
}

static int take_lock(struct state *state, bool at_once)
{
	int error = make_directories(state);

	if (!error) {
		state->lock = open(below(state, LOCK_NAME),
				   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		error = state->lock < 0 ? -errno : 0;
	}
	if (error)
		return diag_report(state->diag, DIAG_FILE_WRITE, SPAN_NONE,
				   "'%s' cannot be written: %s", state->directory,
				   strerror(-error));
	return wait_for_lock(state, at_once);
}

/* -- reading ------------------------------------------------------------------------- */

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* 0, or -errno; -EFBIG where it is larger than anything we write. */
static int read_file(const struct state *state, const char *path, char **ret_text,
		     size_t *ret_length)
{
	/* Not waiting for whoever writes into a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	CLEANUP(close_file) FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat found;
	size_t length;
	char *text;

	if (!file || fstat(fd, &found))
		return -errno;
	if (!S_ISREG(found.st_mode) || found.st_size > (off_t)MAX_BYTES)
		return -EFBIG;
	length = (size_t)found.st_size;
	text = arena_alloc(state->arena, length + 1);
	if (fread(text, 1, length, file) != length)
		return -EIO;
	*ret_text = text;
	*ret_length = length;
	return 0;
}

static int bad_format(const struct state *state, struct span at, const char *what)
{
	return diag_report(state->diag, DIAG_STATE_FORMAT, at, "%s in '%s'", what,
			   below(state, STATE_NAME));
}

static uint64_t number(const struct doc *doc)
{
	const char *text = doc_text(doc);

	return text ? strtoull(text, NULL, 10) : 0;
}

static bool is_sha256(const char *text)
{
	return text && strspn(text, "0123456789abcdef") == HASH_TEXT_SIZE - 1 &&
	       !text[HASH_TEXT_SIZE - 1];
}

static int read_generation(const struct state *state, const struct doc *doc,
			   struct generation **ret_generation)
{
	const struct doc *texts;
	struct generation *generation;

	if (!doc || doc->kind == DOC_NULL)
		return 0;
	texts = doc_get(doc, "rules");
	if (!texts || texts->kind != DOC_LIST || texts->count > MAX_TEXTS)
		return bad_format(state, doc->at, "rules without a list");
	generation = arena_make(state->arena, struct generation);
	for (size_t i = 0; i < texts->count; i++) {
		struct state_text *text =
			arena_push(state->arena, generation->texts, generation->count,
				   generation->capacity);

		text->output = doc_text(doc_get(texts->items[i], "output"));
		text->sha256 = doc_text(doc_get(texts->items[i], "sha256"));
		if (!text->output || !is_sha256(text->sha256))
			return bad_format(state, texts->items[i]->at,
					  "rules without a hash");
	}
	generation->spec = doc_text(doc_get(doc, "spec"));
	generation->spec_sha256 = doc_text(doc_get(doc, "spec_sha256"));
	generation->lock_sha256 = doc_text(doc_get(doc, "lock_sha256"));
	generation->since = number(doc_get(doc, "since"));
	*ret_generation = generation;
	return 0;
}

int state_parse(struct state *state, const char *text, size_t length)
{
	const char *path = below(state, STATE_NAME), *version;
	struct doc *doc;

	if (json_read(text, length, diag_add_source(state->diag, path, text, length),
		      state->arena, &doc, state->diag) < 0)
		return -1;
	version = doc_text(doc_get(doc, "version"));
	if (!version || strcmp(version, FORMAT) != 0)
		return bad_format(state, doc->at, "an unknown version");
	if (read_generation(state, doc_get(doc, "applied"), &state->applied) < 0 ||
	    read_generation(state, doc_get(doc, "previous"), &state->previous) < 0 ||
	    read_generation(state, doc_get(doc, "pending"), &state->pending) < 0)
		return -1;
	state->token = doc_text(doc_get(doc, "undo"));
	state->deadline = number(doc_get(doc, "deadline"));
	state->undone = number(doc_get(doc, "undone"));
	return 0;
}

static int read_state(struct state *state)
{
	const char *path = below(state, STATE_NAME);
	char *text = NULL;
	size_t length = 0;
	int error = read_file(state, path, &text, &length);

	if (error == -ENOENT)
		return 0;
	if (error)
		return diag_report(state->diag, DIAG_FILE_READ, SPAN_NONE,
				   "'%s' cannot be read: %s", path, strerror(-error));
	return state_parse(state, text, length);
}

int state_open(struct state *state, const char *directory, enum state_access access,
	       struct arena *arena, struct diag *diag)
{
	*state = (struct state){
		.directory = directory,
		.arena = arena,
		.diag = diag,
		.lock = -1,
	};
	if (access != STATE_READ) {
		int status = take_lock(state, access == STATE_TRY);

		if (status)
			return status;
	}
	return read_state(state);
}

void state_close(struct state *state)
{
	if (state->directory && state->lock >= 0)
		close(state->lock);
	state->lock = -1;
}

int state_text(const struct state *state, struct state_text *text)
{
	char hash[HASH_TEXT_SIZE], *bytes = NULL;
	const char *path = text_path(state, text->sha256);
	int error;

	if (text->text)
		return 0;
	error = read_file(state, path, &bytes, &text->length);
	if (error)
		return diag_report(state->diag, DIAG_FILE_READ, SPAN_NONE,
				   "'%s' cannot be read: %s", path, strerror(-error));
	if (strcmp(hash_text(bytes, text->length, hash), text->sha256) != 0)
		return diag_report(state->diag, DIAG_STATE_FORMAT, SPAN_NONE,
				   "'%s' has another hash than its name says", path);
	text->text = bytes;
	return 0;
}

/* -- writing ------------------------------------------------------------------------- */

static void put_generation(struct json_writer *json, const char *key,
			   const struct generation *generation)
{
	json_key(json, key);
	if (!generation) {
		json_null(json);
		return;
	}
	json_object(json);
	json_key(json, "rules");
	json_list(json);
	for (size_t i = 0; i < generation->count; i++) {
		json_object(json);
		json_key_string(json, "output", generation->texts[i].output);
		json_key_string(json, "sha256", generation->texts[i].sha256);
		json_object_end(json);
	}
	json_list_end(json);
	json_key_string(json, "spec", generation->spec);
	json_key_string(json, "spec_sha256", generation->spec_sha256);
	json_key_string(json, "lock_sha256", generation->lock_sha256);
	json_key_number(json, "since", generation->since);
	json_object_end(json);
}

void state_print(const struct state *state, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "version", FORMAT);
	put_generation(&json, "applied", state->applied);
	put_generation(&json, "previous", state->previous);
	put_generation(&json, "pending", state->pending);
	json_key_string(&json, "undo", state->token);
	json_key_number(&json, "deadline", state->deadline);
	json_key_number(&json, "undone", state->undone);
	json_object_end(&json);
	json_end(&json);
}

/** struct files - What is to be written, texts before the file that names them */
struct files {
	struct publish_file *at;
	size_t count, capacity;
};

static bool names(const struct generation *generation, const char *sha256)
{
	for (size_t i = 0; generation && i < generation->count; i++)
		if (strcmp(generation->texts[i].sha256, sha256) == 0)
			return true;
	return false;
}

/* A text that is there under its hash needs no writing; its hash is checked when it is
 * read. */
static void add_texts(const struct state *state, const struct generation *generation,
		      struct files *files)
{
	for (size_t i = 0; generation && i < generation->count; i++) {
		const struct state_text *text = &generation->texts[i];
		const char *path =
			arena_printf(state->arena, "rules/%s.nft", text->sha256);
		bool listed = false;

		for (size_t k = 0; k < files->count; k++)
			listed |= strcmp(files->at[k].path, path) == 0;
		if (listed || !text->text || access(below(state, path), F_OK) == 0)
			continue;
		*arena_push(state->arena, files->at, files->count, files->capacity) =
			(struct publish_file){path, text->text, text->length};
	}
}

/* Texts that the record no longer names. */
static void remove_texts(const struct state *state, const struct generation *old)
{
	for (size_t i = 0; old && i < old->count; i++) {
		const char *sha256 = old->texts[i].sha256;

		if (!names(state->applied, sha256) && !names(state->previous, sha256) &&
		    !names(state->pending, sha256))
			unlink(text_path(state, sha256));
	}
}

int state_save(struct state *state)
{
	CLEANUP(strbuf_release) struct strbuf json = {0};
	struct state old = {
		.directory = state->directory,
		.arena = state->arena,
		.diag = state->diag,
		.lock = -1,
	};
	struct files files = {0};
	const char *failed;
	int error;

	/* What the file on the disk names; one that nobody can read names nothing. */
	if (read_state(&old) < 0)
		return -1;
	add_texts(state, state->applied, &files);
	add_texts(state, state->previous, &files);
	add_texts(state, state->pending, &files);
	state_print(state, &json);
	*arena_push(state->arena, files.at, files.count, files.capacity) =
		(struct publish_file){STATE_NAME, strbuf_text(&json), json.length};
	error = publish(state->directory, files.at, files.count, state->arena, &failed);
	if (error)
		return diag_report(state->diag, DIAG_FILE_WRITE, SPAN_NONE,
				   "'%s' cannot be written: %s", failed,
				   strerror(-error));
	remove_texts(state, old.applied);
	remove_texts(state, old.previous);
	remove_texts(state, old.pending);
	return 0;
}

/* -- generations --------------------------------------------------------------------- */

void state_text_set(struct state_text *set, const char *text, size_t length,
		    struct arena *arena)
{
	char hash[HASH_TEXT_SIZE];

	set->text = text;
	set->length = length;
	set->sha256 = arena_strdup(arena, hash_text(text, length, hash));
}

void generation_add(struct generation *generation, const char *output, const char *text,
		    size_t length, struct arena *arena)
{
	struct state_text *add = arena_push(arena, generation->texts, generation->count,
					    generation->capacity);

	add->output = output;
	state_text_set(add, text, length, arena);
}

bool generation_equal(const struct generation *a, const struct generation *b)
{
	if (!a || !b || a->count != b->count)
		return a == b;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->texts[i].sha256, b->texts[i].sha256) != 0)
			return false;
	return true;
}
