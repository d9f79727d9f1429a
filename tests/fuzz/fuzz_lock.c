/* fuzz_lock.c - Whatever lock is read can be written, and then reads the same. */
#include "compiler/input.h"
#include "compiler/lock_diff.h"
#include "compiler/lock_meta.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* Views and names are sorted and found; without NOERROR there is no address. */
static void judge_lock(const struct lock *lock)
{
	for (size_t v = 0; v < lock->view_count; v++) {
		const struct lock_view *view = &lock->views[v];

		HOLDS(!v || strcmp(lock->views[v - 1].name, view->name) < 0);
		for (size_t n = 0; n < view->name_count; n++) {
			const struct lock_name *name = &view->names[n];

			HOLDS(!n || strcmp(view->names[n - 1].name, name->name) < 0);
			HOLDS(lock_find(lock, view->name, name->name) == name);
			HOLDS(strcmp(name->rcode, "NOERROR") == 0 ||
			      addr_set_is_empty(&name->addresses));
		}
	}
}

/* What was known of the names, which is read with the lock, is written as it was read. */
static void judge_meta(struct input_file file, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0}, again = {0};
	struct diag *diag = diag_new(arena);
	struct lock_meta meta = {0}, other = {0};
	int error;

	file.source = diag_add_source(diag, "fuzz", file.text, file.length);
	error = lock_meta_read(&file, arena, &meta, diag);
	HOLDS((error != 0) == (diag_errors(diag) != 0));
	judge_report(diag, arena);
	if (error)
		return;
	lock_meta_print(&meta, &text);
	file.text = text.text;
	file.length = text.length;
	HOLDS(lock_meta_read(&file, arena, &other, diag) == 0);
	lock_meta_print(&other, &again);
	HOLDS(strcmp(text.text, again.text) == 0);
	for (size_t i = 0; i < meta.count; i++)
		HOLDS(lock_meta_find(&meta, meta.names[i].view, meta.names[i].name) ==
		      &meta.names[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0}, again = {0};
	struct diag *diag = diag_new(arena);
	struct input_file file = {
		.path = "fuzz",
		.name = "fuzz",
		.text = (const char *)data,
		.length = size,
		.source = diag_add_source(diag, "fuzz", (const char *)data, size),
	};
	struct lock *lock = NULL, *other = NULL;
	int error = lock_read(&file, arena, &lock, diag);

	judge_meta(file, arena);
	HOLDS((error != 0) == (diag_errors(diag) != 0));
	judge_report(diag, arena);
	if (error)
		return 0;
	judge_lock(lock);
	lock_print(lock, &text);
	file.text = text.text;
	file.length = text.length;
	HOLDS(lock_read(&file, arena, &other, diag) == 0);
	lock_print(other, &again);
	HOLDS(strcmp(text.text, again.text) == 0);
	HOLDS(lock_compare(lock, other, arena).count == 0);
	return 0;
}
