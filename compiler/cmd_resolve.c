/* cmd_resolve.c - postern resolve SPEC */
#include <stdio.h>
#include <string.h>

#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/lock_diff.h"
#include "compiler/options.h"
#include "compiler/publish.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

/* -- what is printed ------------------------------------------------------- */

static void print_name(const struct lock_name *name, struct strbuf *out)
{
	strbuf_printf(out, "  %s  ", name->name);
	if (addr_set_is_empty(&name->addresses))
		strbuf_puts(out, strcmp(name->rcode, "NOERROR") == 0 ? "no address"
								     : name->rcode);
	addr_set_format(&name->addresses, out);
	strbuf_putc(out, '\n');
}

/* @asked: the part of @lock that was asked for now */
static void print_answers(const struct compilation *compilation, const struct lock *lock,
			  const struct lock *asked, const char *written)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (options_is(compilation->options, OPTION_FORMAT, "json")) {
		lock_print(lock, &out);
		fputs(strbuf_text(&out), stdout);
		return;
	}
	for (size_t v = 0; v < asked->view_count; v++) {
		const struct lock_view *view = &asked->views[v];

		strbuf_printf(&out, "view %s, asked at %s\n", view->name, view->server);
		for (size_t n = 0; n < view->name_count; n++)
			print_name(&view->names[n], &out);
	}
	strbuf_printf(&out, "wrote %s\n", written);
	fputs(strbuf_text(&out), stdout);
}

/* -- the lock -------------------------------------------------------------- */

/* The meta file comes first: it says nothing that the lock relies on. */
static int write_lock(struct compilation *compilation,
		      const struct resolution *resolution, const struct lock *lock,
		      const struct lock_meta *old)
{
	struct lock_meta meta_now = resolution_meta(resolution, lock, old);
	const char *path =
		compilation_lock_path(compilation, compilation->spec_file->path);
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *failed;
	const char *folder = ".";
	CLEANUP(strbuf_release) struct strbuf text = {0}, meta = {0};
	struct publish_file files[2];
	int error;

	if (slash)
		folder = slash == path ? "/"
				       : arena_strndup(compilation->arena, path,
						       (size_t)(slash - path));
	lock_print(lock, &text);
	lock_meta_print(&meta_now, &meta);
	files[0] = (struct publish_file){arena_printf(compilation->arena,
						      "%s" LOCK_META_SUFFIX, name),
					 strbuf_text(&meta), meta.length};
	files[1] = (struct publish_file){name, strbuf_text(&text), text.length};
	error = publish(folder, files, ARRAY_SIZE(files), compilation->arena, &failed);
	if (!error) {
		print_answers(compilation, lock, resolution_lock(resolution, NULL), path);
		return 0;
	}
	return diag_report(compilation->diag, DIAG_FILE_WRITE, SPAN_NONE,
			   "'%s' cannot be written: %s", failed, strerror(-error));
}

static size_t compare(struct compilation *compilation,
		      const struct resolution *resolution)
{
	const struct lock *now = resolution_lock(resolution, NULL);
	struct lock_diff diff = lock_compare(compilation->lock, now, compilation->arena);
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (options_is(compilation->options, OPTION_FORMAT, "json"))
		lock_diff_json(&diff, &out);
	else
		lock_diff_text(&diff, &out);
	fputs(strbuf_text(&out), stdout);
	return diff.count;
}

/* What the old lock has besides is kept, and what is known of that: both must be read. */
static int read_kept(struct compilation *compilation, const char *path,
		     struct lock_meta *meta)
{
	if (compilation_has_lock(compilation, path) &&
	    (compilation_read_lock(compilation, path) ||
	     compilation_read_meta(compilation, path, meta))) {
		diag_note(compilation->diag, SPAN_NONE,
			  "names that are not asked for now are kept, so it must be "
			  "read: mend it, or delete it and resolve again");
		return -1;
	}
	return 0;
}

static int read_compared(struct compilation *compilation, const char *path)
{
	if (compilation_read_lock(compilation, path))
		return -1;
	if (compilation->lock)
		return 0;
	return diag_report(compilation->diag, DIAG_FILE_READ, SPAN_NONE,
			   "there is no '%s' to compare with",
			   compilation_lock_path(compilation, path));
}

/* Return: whether something was found that calls for exit status 1 */
static bool resolve(struct compilation *compilation, const char *path)
{
	bool compares = options_has(compilation->options, OPTION_COMPARE);
	struct resolution *resolution;
	struct lock_meta meta = {0};
	int unsettled;

	if (compilation_derive(compilation, path) ||
	    (compares ? read_compared(compilation, path)
		      : read_kept(compilation, path, &meta)) ||
	    compilation_read_tags(compilation) ||
	    resolution_make(compilation, &resolution))
		return true;
	unsettled = resolution_judge(resolution);
	if (compares)
		return compare(compilation, resolution) > 0;
	if (!unsettled)
		(void)write_lock(compilation, resolution,
				 resolution_lock(resolution, compilation->lock), &meta);
	return false;
}

enum exit_code cmd_resolve(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	bool found = resolve(compilation, options->arguments[0]);
	enum exit_code code = compilation_finish(compilation);

	return code == EXIT_FINE && found ? EXIT_FOUND : code;
}
