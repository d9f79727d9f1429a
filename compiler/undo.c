/* undo.c - Arming the undo of a change that must be confirmed. */
#include "compiler/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rules/base/arena.h"
#include "rules/base/attr.h"

#define SELF "/proc/self/exe"

/* Where systemd says that it is the init system (sd_booted(3)). */
#define SYSTEMD "/run/systemd/system"

/* A process that cannot say within this time that it waits does not wait. */
#define READY_MILLISECONDS 5000

const char *undo_token(struct arena *arena)
{
	uint64_t bits = 0;

	/* Not a secret: it only tells one undo from another. */
	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		bits = (uint64_t)getpid() << 32 ^ (uint64_t)time(NULL);
	return arena_printf(arena, "%016llx", (unsigned long long)bits);
}

static int fail(const struct state *state, const char *what, int error)
{
	return diag_report(state->diag, DIAG_APPLY_UNDO, SPAN_NONE, "%s: %s", what,
			   strerror(error));
}

/* The program's own path: /proc/self/exe would be another program's in a timer. */
static const char *own_path(struct arena *arena)
{
	char path[4096];
	ssize_t length = readlink(SELF, path, sizeof(path));

	return length > 0 && length < (ssize_t)sizeof(path)
		       ? arena_strndup(arena, path, (size_t)length)
		       : NULL;
}

static const char *absolute(const struct state *state)
{
	char here[4096];

	if (state->directory[0] == '/' || !getcwd(here, sizeof(here)))
		return state->directory;
	return arena_printf(state->arena, "%s/%s", here, state->directory);
}

/* As exec wants them: it promises nothing about texts that it was given. */
static char **own_texts(const char *const *texts, struct arena *arena)
{
	size_t count = 0;
	char **own;

	while (texts[count])
		count++;
	own = arena_array(arena, count + 1, char *);
	for (size_t i = 0; i < count; i++)
		own[i] = arena_strdup(arena, texts[i]);
	return own;
}

/* -- systemd ------------------------------------------------------------------------- */

/* systemd starts timers in its own network namespace: no use to rules in another. */
static bool has_systemd(void)
{
	struct stat system, init, own;

	return stat(SYSTEMD, &system) == 0 && S_ISDIR(system.st_mode) &&
	       stat("/proc/1/ns/net", &init) == 0 &&
	       stat("/proc/self/ns/net", &own) == 0 && init.st_ino == own.st_ino &&
	       init.st_dev == own.st_dev;
}

static int arm_timer(struct state *state, const char *token, size_t seconds)
{
	struct arena *arena = state->arena;
	const char *program = own_path(arena);
	const char *const arguments[] = {
		"systemd-run",
		"--quiet",
		"--collect",
		arena_printf(arena, "--unit=postern-undo-%s", token),
		"--description=Undo of unconfirmed postern rules",
		arena_printf(arena, "--on-active=%zu", seconds),
		"--timer-property=AccuracySec=1s",
		"--",
		program,
		"undo",
		token,
		"--state",
		absolute(state),
		NULL,
	};
	pid_t child;
	int status;

	if (!program)
		return fail(state, SELF, errno);
	child = fork();
	if (child < 0)
		return fail(state, "systemd-run", errno);
	if (child == 0) {
		execvp(arguments[0], own_texts(arguments, state->arena));
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return fail(state, "systemd-run", errno);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return diag_report(state->diag, DIAG_APPLY_UNDO, SPAN_NONE,
			   "systemd-run failed with status %d",
			   WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* -- a process of its own ------------------------------------------------------------ */

/* Where version 2 is: systemd's hybrid layout has a folder of memory above it. */
static const char *control_groups(void)
{
	static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	struct statfs found;

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		if (statfs(roots[i], &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC)
			return roots[i];
	return NULL;
}

/* 0 is who writes (cgroup-v2.rst). */
static bool enter_control_group(const char *folder)
{
	char path[300];
	bool entered;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	entered = write(fd, "0", 1) == 1;
	close(fd);
	return entered;
}

/* A control group beside ours, as far as we may: who ends ours does not end that one.
 * Where it may not leave ours, its session is its own all the same. */
static void leave_control_group(const char *token)
{
	const char *root = control_groups();
	char path[256];

	if (!root)
		return;
	snprintf(path, sizeof(path), "%s/postern-undo-%s", root, token);
	if (mkdir(path, 0755) == 0 && !enter_control_group(path))
		(void)rmdir(path);
}

void undo_leave(const char *token)
{
	const char *root = control_groups();
	char path[256];

	if (!root)
		return;
	/* Only an empty group can be removed. */
	(void)enter_control_group(root);
	snprintf(path, sizeof(path), "%s/postern-undo-%s", root, token);
	(void)rmdir(path);
}

/* In the child: leave session, terminal and directory, and become the waiting program,
 * whose standard output is the pipe. */
static void become_waiter(const struct state *state, const char *token, size_t seconds,
			  int ready)
{
	const char *const arguments[] = {
		"postern",
		"undo",
		token,
		"--state",
		absolute(state),
		"--wait",
		arena_printf(state->arena, "%zu", seconds),
		NULL,
	};
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (setsid() < 0 || fork() != 0)
		_exit(0);
	leave_control_group(token);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(ready, STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0)
		_exit(1);
	/* Nothing of the asker's environment: neither what it loads nor where it looks.
	 */
	execve(SELF, own_texts(arguments, state->arena), (char *[]){NULL});
	_exit(127);
}

static bool await_ready(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char byte;
	int got;

	do
		got = poll(&poll_fd, 1, READY_MILLISECONDS);
	while (got < 0 && errno == EINTR);
	return got == 1 && read(fd, &byte, 1) == 1;
}

static int arm_process(struct state *state, const char *token, size_t seconds)
{
	int ends[2];
	pid_t child;
	bool ready;

	if (pipe2(ends, O_CLOEXEC))
		return fail(state, "pipe", errno);
	child = fork();
	if (child == 0)
		become_waiter(state, token, seconds, ends[1]);
	close(ends[1]);
	if (child > 0)
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	ready = child > 0 && await_ready(ends[0]);
	close(ends[0]);
	if (ready)
		return 0;
	return diag_report(state->diag, DIAG_APPLY_UNDO, SPAN_NONE,
			   "the process that would undo the change does not start");
}

int undo_arm(struct state *state, size_t seconds)
{
	const char *token = undo_token(state->arena);
	int status = has_systemd() ? arm_timer(state, token, seconds)
				   : arm_process(state, token, seconds);

	if (status < 0)
		return -1;
	state->token = token;
	state->deadline = (uint64_t)time(NULL) + seconds;
	return 0;
}
