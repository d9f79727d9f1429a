/* input.c - Reading files, and remembering what was read. */
#include "compiler/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/json.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

struct input {
	struct arena *arena;
	struct diag *diag;
	struct input_file **files;
	size_t file_count, file_capacity;
};

struct input *input_new(struct arena *arena, struct diag *diag)
{
	struct input *input = arena_make(arena, struct input);

	input->arena = arena;
	input->diag = diag;
	return input;
}

const struct input_file *input_at(const struct input *input, size_t index)
{
	return index < input->file_count ? input->files[index] : NULL;
}

static void close_file(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
}

/*
 * What the user names on the command line may be anything that can be read, a pipe or
 * "<(...)" of a shell too.  What a spec names must be a regular file: a FIFO would make
 * the program wait forever, a device never ends.
 *
 * Return: the descriptor, or -errno
 */
static int open_file(const char *path, bool named_by_spec)
{
	int fd = open(path,
		      O_RDONLY | O_CLOEXEC | O_NOCTTY | (named_by_spec ? O_NONBLOCK : 0));
	struct stat status;
	int error;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		error = errno;
	else if (S_ISDIR(status.st_mode))
		error = EISDIR;
	else if (named_by_spec && !S_ISREG(status.st_mode))
		error = ENXIO;
	else
		return fd;
	close(fd);
	return -error;
}

/* Return: 0, -EFBIG past DOC_MAX_BYTES, or another -errno */
static int read_all(int fd, struct strbuf *text)
{
	char block[64 * 1024];
	ssize_t got;

	for (;;) {
		got = read(fd, block, sizeof(block));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		if ((size_t)got > DOC_MAX_BYTES - text->length)
			return -EFBIG;
		strbuf_add(text, block, (size_t)got);
	}
}

static int read_path(const char *path, bool named_by_spec, struct strbuf *text)
{
	CLEANUP(close_file) int fd = -1;

	if (!named_by_spec && strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, text);
	fd = open_file(path, named_by_spec);
	return fd < 0 ? fd : read_all(fd, text);
}

static int report_failure(struct input *input, const char *path, int error,
			  struct span at)
{
	if (error == EFBIG)
		return diag_report(input->diag, DIAG_FILE_TOO_LARGE, at,
				   "'%s' is larger than %u MiB", path,
				   DOC_MAX_BYTES / 1024 / 1024);
	if (error == ENXIO)
		return diag_report(input->diag, DIAG_FILE_READ, at,
				   "'%s' cannot be read: it is no regular file", path);
	diag_report(input->diag, DIAG_FILE_READ, at, "'%s' cannot be read: %s", path,
		    strerror(error));
	if (error == ENOENT && at.source)
		diag_help(input->diag,
			  "a path in a spec is relative to the spec's folder");
	return -1;
}

static const char *join_path(struct input *input, const char *path,
			     const char *relative_to)
{
	const char *slash = relative_to ? strrchr(relative_to, '/') : NULL;

	if (!slash || path[0] == '/')
		return path;
	return arena_printf(input->arena, "%.*s/%s", (int)(slash - relative_to),
			    relative_to, path);
}

const struct input_file *input_add(struct input *input, const char *name,
				   const char *text, size_t length)
{
	struct input_file *file = arena_make(input->arena, struct input_file);

	file->path = file->name = arena_strdup(input->arena, name);
	file->length = length;
	file->text = arena_strndup(input->arena, text, length);
	file->source = diag_add_source(input->diag, file->name, file->text, file->length);
	*arena_push(input->arena, input->files, input->file_count, input->file_capacity) =
		file;
	return file;
}

const struct input_file *input_read(struct input *input, const char *path,
				    const char *relative_to, struct span at)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const struct input_file *file;
	int error;

	path = join_path(input, path, relative_to);
	for (size_t i = 0; i < input->file_count; i++)
		if (strcmp(input->files[i]->path, path) == 0)
			return input->files[i];
	error = read_path(path, relative_to != NULL, &text);
	if (error) {
		report_failure(input, path, -error, at);
		return NULL;
	}
	file = input_add(input, path, strbuf_text(&text), text.length);
	if (relative_to)
		diag_hide_source(input->diag, file->source, true);
	return file;
}

static bool is_utf16(const struct input_file *file)
{
	const unsigned char *bytes = (const unsigned char *)file->text;

	if (file->length < 2)
		return false;
	return (bytes[0] == 0xff && bytes[1] == 0xfe) ||
	       (bytes[0] == 0xfe && bytes[1] == 0xff) || !bytes[0] != !bytes[1];
}

static int report_encoding(const struct input_file *file, struct diag *diag)
{
	diag_report(diag, DIAG_DOCUMENT_ENCODING, (struct span){file->source, 0, 0},
		    "'%s' is UTF-16, not UTF-8", file->name);
	diag_help(diag, "save it as UTF-8, for example: iconv -f UTF-16 -t UTF-8 %s",
		  file->name);
	return -1;
}

int document_read(const struct input_file *file, struct arena *arena,
		  struct doc **ret_doc, struct diag *diag)
{
	const char *begin = file->text, *end = file->text + file->length;

	if (is_utf16(file))
		return report_encoding(file, diag);
	if (file->length >= 3 && memcmp(begin, "\xef\xbb\xbf", 3) == 0)
		begin += 3;
	while (begin < end &&
	       (*begin == ' ' || *begin == '\t' || *begin == '\r' || *begin == '\n'))
		begin++;
	if (begin < end && (*begin == '{' || *begin == '['))
		return json_read(file->text, file->length, file->source, arena, ret_doc,
				 diag);
	if (begin < end && *begin == '<')
		return xml_read(file->text, file->length, file->source, arena, ret_doc,
				diag);
	return yaml_read(file->text, file->length, file->source, arena, ret_doc, diag);
}
