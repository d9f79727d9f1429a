/* input_test.c - Files of every kind, read once and with bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/input.h"
#include "rules/base/arena.h"

struct fixture {
	char folder[64];
	struct arena *arena;
	struct diag *diag;
	struct input *input;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->folder, sizeof(f->folder), "/tmp/postern-input-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	f->arena = arena_new();
	f->diag = diag_new(f->arena);
	f->input = input_new(f->arena, f->diag);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", f->folder);
	assert_int_equal(system(command), 0);
	arena_free(f->arena);
	free(f);
	return 0;
}

static const char *in_folder(struct fixture *f, const char *name)
{
	return arena_printf(f->arena, "%s/%s", f->folder, name);
}

static const char *write_file(struct fixture *f, const char *name, const char *text,
			      size_t length)
{
	const char *path = in_folder(f, name);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
	return path;
}

static void test_once(void **state)
{
	struct fixture *f = *state;
	const char *spec = write_file(f, "spec.yaml", "a: 1\n", 5);
	const struct input_file *first, *second;

	write_file(f, "nic.json", "{}", 2);
	first = input_read(f->input, spec, NULL, SPAN_NONE);
	assert_non_null(first);
	assert_string_equal(first->text, "a: 1\n");
	assert_int_equal(first->length, 5);
	assert_ptr_equal(input_read(f->input, spec, NULL, SPAN_NONE), first);
	second = input_read(f->input, "nic.json", spec, SPAN_NONE);
	assert_non_null(second);
	assert_string_equal(second->path, in_folder(f, "nic.json"));
	assert_ptr_equal(input_read(f->input, in_folder(f, "nic.json"), spec, SPAN_NONE),
			 second);
	assert_ptr_equal(input_at(f->input, 0), first);
	assert_ptr_equal(input_at(f->input, 1), second);
	assert_null(input_at(f->input, 2));
	assert_string_equal(diag_get_source(f->diag, second->source)->name, second->name);
}

static void refuse(struct fixture *f, const char *path, const char *relative_to,
		   enum diag_code code, const char *part)
{
	size_t before = diag_errors(f->diag);
	const struct diag_message *message;

	assert_null(input_read(f->input, path, relative_to, SPAN_NONE));
	assert_int_equal(diag_errors(f->diag), before + 1);
	message = diag_message(f->diag, before);
	assert_int_equal(message->code, code);
	if (!strstr(message->text, part))
		print_error("%s\n", message->text);
	assert_non_null(strstr(message->text, part));
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	refuse(f, in_folder(f, "none"), NULL, DIAG_FILE_READ, "No such file");
	refuse(f, f->folder, NULL, DIAG_FILE_READ, "Is a directory");
	refuse(f, "/dev/zero", NULL, DIAG_FILE_TOO_LARGE, "64 MiB");
	refuse(f, "/dev/zero", "/tmp/spec.yaml", DIAG_FILE_READ, "no regular file");
	assert_int_equal(mkfifo(in_folder(f, "fifo"), 0600), 0);
	refuse(f, in_folder(f, "fifo"), "spec.yaml", DIAG_FILE_READ, "no regular file");
	refuse(f, "-", in_folder(f, "spec.yaml"), DIAG_FILE_READ, "No such file");
	if (geteuid()) {
		chmod(write_file(f, "secret", "x", 1), 0);
		refuse(f, in_folder(f, "secret"), NULL, DIAG_FILE_READ,
		       "Permission denied");
	}
}

static void test_standard_input(void **state)
{
	struct fixture *f = *state;
	int pair[2], saved = dup(STDIN_FILENO);
	const struct input_file *file;

	assert_int_equal(pipe(pair), 0);
	assert_int_equal(write(pair[1], "a: 1\n", 5), 5);
	close(pair[1]);
	dup2(pair[0], STDIN_FILENO);
	close(pair[0]);
	file = input_read(f->input, "-", NULL, SPAN_NONE);
	assert_non_null(file);
	assert_string_equal(file->text, "a: 1\n");
	assert_ptr_equal(input_read(f->input, "-", NULL, SPAN_NONE), file);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static int read_document(struct fixture *f, const char *name, const char *text,
			 size_t length, struct doc **ret_doc)
{
	const struct input_file *file =
		input_read(f->input, write_file(f, name, text, length), NULL, SPAN_NONE);

	assert_non_null(file);
	return document_read(file, f->arena, ret_doc, f->diag);
}

static void test_formats(void **state)
{
	struct fixture *f = *state;
	struct doc *doc;

	assert_int_equal(read_document(f, "1", "\xef\xbb\xbf \n{\"a\":1}", 12, &doc), 0);
	assert_true(doc_get(doc, "a") && !doc->entries[0].value->quoted);
	assert_int_equal(read_document(f, "2",
				       "\xef\xbb\xbf"
				       "a: 1",
				       7, &doc),
			 0);
	assert_int_equal(doc->entries[0].at.begin, 3);
	assert_int_equal(read_document(f, "3", " <postern/>", 11, &doc), -1);
	assert_int_equal(diag_message(f->diag, 0)->code, DIAG_XML_ROOT);
	assert_int_equal(diag_message(f->diag, 0)->at.begin, 2);
	assert_int_equal(read_document(f, "4", "\xff\xfe{\0}\0", 6, &doc), -1);
	assert_int_equal(diag_message(f->diag, 1)->code, DIAG_DOCUMENT_ENCODING);
	assert_int_equal(read_document(f, "5", "{\0}\0", 4, &doc), -1);
	assert_int_equal(diag_message(f->diag, 2)->code, DIAG_DOCUMENT_ENCODING);
	assert_int_equal(read_document(f, "6", "", 0, &doc), -1);
	assert_int_equal(diag_message(f->diag, 3)->code, DIAG_DOCUMENT_EMPTY);
	assert_int_equal(read_document(f, "7", "\0", 1, &doc), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_standard_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_formats, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
