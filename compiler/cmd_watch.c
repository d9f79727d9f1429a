/* cmd_watch.c - postern watch SPEC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/confine.h"
#include "compiler/notify.h"
#include "compiler/options.h"
#include "compiler/publish.h"
#include "compiler/state.h"
#include "compiler/watching.h"
#include "rules/base/arena.h"

/**
 * DOC: Watching
 *
 * The process that stays only waits: for the time of the next refresh, for signals, for
 * its watchdog.  Each refresh is a process of its own that looks names up, proves and
 * applies as 'apply' does, and ends.  So the memory of a proof is given back, a refresh
 * that hangs is ended, and one that falls over an answer takes nothing with it.  Whatever
 * happens to any of them, the kernel keeps the rules that it has.
 */

/* A refresh asks every server three times at two seconds each, and proves. */
#define REFRESH_MS 300000u
/* How often to look whether a refresh has ended; SIGCHLD says so before. */
#define REAP_MS 1000u

struct watch {
	const struct options *options;
	struct arena *arena; /* of the files, until they are read anew */
	struct watched_files files;
	struct watch_outcome last;
	int signals;
	uint64_t refreshes, failures, changes, flushes;
	uint64_t refreshed; /* seconds since 1970 */
	bool ends, reread;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	/* The time that a machine sleeps counts: its answers are old when it wakes up. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -- the spec ------------------------------------------------------------------------ */

/* Keeps the spec and its files as they are now; a spec that cannot be read changes
 * nothing. */
static bool read_files(struct watch *watch)
{
	struct compilation *compilation = compilation_open(watch->options);
	struct arena *arena = arena_new();
	struct watched_files files = {0};
	const struct input_file *file;
	const char *path = watch->options->arguments[0];
	bool fine = compilation_derive(compilation, path) == 0 &&
		    compilation_read_lock(compilation, path) == 0 &&
		    compilation_read_tags(compilation) == 0;

	for (size_t i = 0; fine && (file = input_at(compilation->input, i)); i++)
		*arena_push(arena, files.at, files.count, files.capacity) =
			(struct watched_file){
				arena_strdup(arena, file->path),
				arena_strndup(arena, file->text, file->length),
				file->length,
			};
	(void)compilation_finish(compilation);
	compilation_close(&compilation);
	if (!fine) {
		arena_free(arena);
		return false;
	}
	arena_free(watch->arena);
	watch->arena = arena;
	watch->files = files;
	return true;
}

/* -- signals ------------------------------------------------------------------------- */

static int open_signals(void)
{
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGHUP);
	sigaddset(&all, SIGCHLD);
	sigprocmask(SIG_BLOCK, &all, NULL);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void take_signals(struct watch *watch)
{
	struct signalfd_siginfo signal;

	while (read(watch->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
		watch->ends |= signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT;
		watch->reread |= signal.ssi_signo == SIGHUP;
	}
}

/* Waits on @fd (or -1) and for signals until @until; tells the manager that we live. */
static void wait_until(struct watch *watch, int fd, uint64_t until)
{
	struct pollfd polled[] = {{.fd = watch->signals, .events = POLLIN},
				  {.fd = fd, .events = POLLIN}};
	uint64_t beat = notify_watchdog_ms(), now = now_ms();
	uint64_t left = until > now ? until - now : 0;

	if (beat)
		notify("WATCHDOG=1");
	if (beat && left > beat)
		left = beat;
	if (poll(polled, 2, (int)left) > 0)
		take_signals(watch);
}

/* -- one refresh --------------------------------------------------------------------- */

static void run_refresh(const struct watch *watch, int to)
{
	struct watch_outcome outcome;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	watch_refresh(watch->options, &watch->files, &watch->last, &outcome);
	fflush(NULL);
	_exit(write(to, &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome) ? 0 : 3);
}

/* A child that was killed ends when the kernel has done with its batch, which may take
 * seconds: no reason to end us.  But if it never ends, the manager shall. */
static void reap(struct watch *watch, pid_t child)
{
	uint64_t until = now_ms() + REFRESH_MS;
	pid_t ended;

	do {
		bool patient = now_ms() < until;

		ended = waitpid(child, NULL, patient ? WNOHANG : 0);
		if (ended == 0)
			wait_until(watch, -1, now_ms() + REAP_MS);
	} while (ended == 0 || (ended < 0 && errno == EINTR));
}

/* The child's outcome; one that died or hangs has none. */
static bool await(struct watch *watch, pid_t child, int from,
		  struct watch_outcome *outcome)
{
	uint64_t until = now_ms() + REFRESH_MS;
	bool got = false;

	while (!got && now_ms() < until) {
		struct pollfd polled = {.fd = from, .events = POLLIN};

		wait_until(watch, from, until);
		if (poll(&polled, 1, 0) <= 0)
			continue;
		got = read(from, outcome, sizeof(*outcome)) == (ssize_t)sizeof(*outcome);
		break;
	}
	if (!got)
		kill(child, SIGKILL);
	reap(watch, child);
	return got;
}

static bool refresh(struct watch *watch)
{
	struct watch_outcome outcome = {0};
	int ends[2];
	pid_t child;
	bool got;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	fflush(NULL);
	child = fork();
	if (child == 0)
		run_refresh(watch, ends[1]);
	close(ends[1]);
	got = child > 0 && await(watch, child, ends[0], &outcome);
	close(ends[0]);
	if (!got)
		fprintf(stderr, "postern: the refresh ended without an outcome\n");
	watch->last = outcome;
	return got && outcome.done;
}

/* -- telling ------------------------------------------------------------------------- */

static void put_metric(struct strbuf *out, const char *name, const char *kind,
		       const char *help, uint64_t value)
{
	strbuf_printf(out,
		      "# HELP postern_watch_%s %s\n# TYPE postern_watch_%s %s\n"
		      "postern_watch_%s %llu\n",
		      name, help, name, kind, name, (unsigned long long)value);
}

static const char *folder_of(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	return !slash	      ? "."
	       : slash > path ? arena_strndup(arena, path, (size_t)(slash - path))
			      : "/";
}

/* For node_exporter's textfile collector. */
static void write_metrics(const struct watch *watch, bool fine)
{
	const char *path = options_text(watch->options, OPTION_METRICS), *slash, *failed;
	CLEANUP(arena_cleanup) struct arena *arena = NULL;
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct publish_file file;

	if (!path)
		return;
	arena = arena_new();
	put_metric(&text, "up", "gauge", "Did the last refresh succeed?", fine);
	put_metric(&text, "refreshed_timestamp_seconds", "gauge",
		   "When a refresh last succeeded.", watch->refreshed);
	put_metric(&text, "refreshes_total", "counter", "Refreshes.", watch->refreshes);
	put_metric(&text, "failures_total", "counter", "Refreshes that failed.",
		   watch->failures);
	put_metric(&text, "names", "gauge", "Names that are followed.",
		   watch->last.names);
	put_metric(&text, "failed_names", "gauge",
		   "Names without a usable answer in the last refresh.",
		   watch->last.failed);
	put_metric(&text, "addresses", "gauge", "Addresses that are open for them.",
		   watch->last.addresses);
	put_metric(&text, "changes_total", "counter",
		   "Objects of the kernel's rules that were changed.", watch->changes);
	put_metric(&text, "flushes_total", "counter",
		   "How often the rules were gone and were brought back.",
		   watch->flushes);
	slash = strrchr(path, '/');
	file = (struct publish_file){slash ? slash + 1 : path, strbuf_text(&text),
				     text.length};
	if (publish(folder_of(path, arena), &file, 1, arena, &failed))
		fprintf(stderr, "postern: '%s' cannot be written\n", path);
}

static void tell(struct watch *watch, bool fine, uint64_t next)
{
	const struct watch_outcome *last = &watch->last;

	watch->refreshes++;
	watch->failures += !fine;
	watch->flushes += fine && last->flushed;
	if (fine) {
		watch->changes += last->changed;
		watch->refreshed = (uint64_t)time(NULL);
	}
	if (fine && last->changed && !options_has(watch->options, OPTION_QUIET)) {
		printf("%zu names, %zu addresses: %zu more, %zu fewer; changed %zu "
		       "object%s, read back and proved\n",
		       last->names, last->addresses, last->added, last->removed,
		       last->changed, last->changed == 1 ? "" : "s");
		fflush(stdout);
	}
	write_metrics(watch, fine);
	notify("STATUS=%zu names, %zu addresses, %zu without an answer; next refresh in "
	       "%llu s%s",
	       last->names, last->addresses, last->failed, (unsigned long long)next,
	       fine ? "" : "; the last refresh failed");
}

static void reread(struct watch *watch)
{
	watch->reread = false;
	notify("RELOADING=1");
	if (read_files(watch))
		printf("read the spec anew\n");
	else
		fprintf(stderr, "postern: the spec is wrong, or its files lie in other "
				"folders than at the start; the one before stays\n");
	fflush(stdout);
	notify("READY=1");
}

/* -- all ----------------------------------------------------------------------------- */

static void run(struct watch *watch)
{
	bool ready = false;

	while (!watch->ends) {
		bool fine = refresh(watch);
		uint64_t next = watch_pause(&watch->last);
		uint64_t until = now_ms() + next * 1000;

		tell(watch, fine, next);
		if (!ready)
			notify("READY=1");
		ready = true;
		while (!watch->ends && !watch->reread && now_ms() < until)
			wait_until(watch, -1, until);
		if (watch->reread)
			reread(watch);
	}
	notify("STOPPING=1");
}

/** struct folders - A list for confine() */
struct folders {
	const char **at;
	size_t count, capacity;
};

static void add_folder(struct folders *folders, const char *path, struct arena *arena)
{
	*arena_push(arena, folders->at, folders->count, folders->capacity) =
		path ? folder_of(path, arena) : NULL;
}

/* Where the spec's files are, and where links to them lead: what is read after SIGHUP
 * must lie there, too. */
static struct folders folders_of_files(const struct watch *watch, struct arena *arena)
{
	struct folders folders = {0};

	for (size_t i = 0; i < watch->files.count; i++) {
		const char *path = watch->files.at[i].path;
		char *real = strcmp(path, "-") ? realpath(path, NULL) : NULL;

		if (!real)
			continue;
		add_folder(&folders, path, arena);
		add_folder(&folders, arena_strdup(arena, real), arena);
		free(real);
	}
	add_folder(&folders, NULL, arena);
	return folders;
}

/* The folders that a refresh writes to are made before anything is given up. */
static unsigned confine_watch(const struct watch *watch, struct arena *arena)
{
	const char *directory = options_text(watch->options, OPTION_STATE);
	const char *metrics = options_text(watch->options, OPTION_METRICS);
	struct folders writable = {0}, readable = folders_of_files(watch, arena);
	struct state state;

	/* Even one that cannot be read is locked. */
	(void)state_open(&state, directory, STATE_TRY, arena, diag_new(arena));
	state_close(&state);
	*arena_push(arena, writable.at, writable.count, writable.capacity) = directory;
	if (metrics)
		add_folder(&writable, metrics, arena);
	add_folder(&writable, NULL, arena);
	return confine(writable.at, readable.at);
}

enum exit_code cmd_watch(const struct options *options)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct watch watch = {.options = options};
	unsigned held;

	if (!read_files(&watch))
		return EXIT_FOUND;
	watch.signals = open_signals();
	if (watch.signals < 0)
		return EXIT_SYSTEM;
	held = confine_watch(&watch, arena);
	if (!options_has(options, OPTION_QUIET))
		printf("watching '%s'; confined by%s%s%s%s\n", options->arguments[0],
		       held & CONFINED_CAPABILITIES ? " capabilities" : "",
		       held & CONFINED_LANDLOCK ? " Landlock" : "",
		       held & CONFINED_SECCOMP ? " seccomp" : "", held ? "" : " nothing");
	fflush(stdout);
	run(&watch);
	close(watch.signals);
	arena_free(watch.arena);
	return EXIT_FINE;
}
