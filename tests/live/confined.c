/* confined.c - Try, as 'postern watch' is confined, what it needs and what it must not.
 *
 *	confined WRITABLE READABLE	folders; WRITABLE has a file "file", READABLE too
 *
 * Each try is a process of its own, made once as it is and once after confine().  What
 *must not be must fail when confined and only then: a call that fails anyhow shows
 *nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/confine.h"
#include "rules/base/attr.h"

static const char *writable, *readable;
static char path[4096];

static const char *in(const char *folder, const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* 0, or errno, of something that returns -1 when it fails. */
static int error_of(long status)
{
	return status < 0 ? errno : 0;
}

/* -- what it needs ------------------------------------------------------------------- */

static int reads(void)
{
	return error_of(open(in(readable, "file"), O_RDONLY));
}

static int writes(void)
{
	int folder = open(writable, O_RDONLY | O_DIRECTORY);
	int fd = openat(folder, "new", O_WRONLY | O_CREAT, 0600);

	return fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) ||
			       renameat(folder, "new", folder, "file") || fsync(folder)
		       ? errno
		       : 0;
}

static int asks_dns(void)
{
	return error_of(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) |
	       error_of(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int asks_netfilter(void)
{
	return error_of(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
}

static int notifies(void)
{
	return error_of(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int ends_its_child(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		poll(NULL, 0, -1);
		_exit(1);
	}
	if (child < 0 || kill(child, SIGKILL) || waitpid(child, &status, 0) != child)
		return errno;
	return WIFSIGNALED(status) ? 0 : EINVAL;
}

static int takes_memory(void)
{
	size_t size = 64u << 20;
	char *bytes = malloc(size);

	if (!bytes)
		return errno;
	memset(bytes, 1, size);
	bytes = realloc(bytes, 2 * size);
	free(bytes);
	return bytes ? 0 : errno;
}

static int aborts(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		abort();
	if (child < 0 || waitpid(child, &status, 0) != child)
		return errno;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? 0 : EINVAL;
}

/* -- what it must not ---------------------------------------------------------------- */

static int starts_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int traces(void)
{
	return error_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int leaves_its_namespaces(void)
{
	return error_of(unshare(CLONE_NEWNS));
}

static int clones_into_others(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	return error_of(child);
}

static int mounts(void)
{
	return error_of(syscall(SYS_umount2, "/proc/nothing-here", 0)) == ENOENT ? 0
										 : errno;
}

static int reads_shadow(void)
{
	return error_of(open("/etc/shadow", O_RDONLY));
}

static int writes_beside(void)
{
	return error_of(open(in(readable, "new"), O_WRONLY | O_CREAT, 0600));
}

static int cuts_beside(void)
{
	return error_of(truncate(in(readable, "file"), 0));
}

static int changes_a_mode(void)
{
	return error_of(chmod(in(writable, "file"), 0666));
}

static int makes_a_link(void)
{
	return error_of(symlink("/etc", in(writable, "link")));
}

static int captures_packets(void)
{
	return error_of(socket(AF_PACKET, SOCK_RAW, 0));
}

static int sends_raw(void)
{
	return error_of(socket(AF_INET, SOCK_RAW, IPPROTO_UDP));
}

static int changes_routes(void)
{
	return error_of(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

static int connects_locally(void)
{
	return error_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int listens(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return error_of(listen(fd, 1));
}

static int maps_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? errno
		       : 0;
}

static int makes_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	return error_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int stops_others(void)
{
	return error_of(kill(getppid(), SIGCONT));
}

static int becomes_somebody(void)
{
	return error_of(setuid(getuid()));
}

static int raises_limits(void)
{
	return error_of(syscall(SYS_prlimit64, 0, 7 /* open files */,
				&(uint64_t[2]){100, 100}, NULL));
}

static int pushes_input(void)
{
	int ends[2];

	return pipe(ends) || ioctl(ends[0], 0x541b /* FIONREAD */, path) ? errno : 0;
}

static int opens_a_timer(void)
{
	return error_of(timerfd_create(CLOCK_MONOTONIC, 0));
}

/* How a try ends when confined; the control, without confine(), always ends well. */
#define FINE	0
#define DEADLY	1000
#define REFUSED ENOSYS /* by seccomp */
#define OFF_BY	EACCES /* by Landlock */

static const struct {
	const char *name;
	int (*does)(void);
	int confined;
} tries[] = {
	{"reads its files", reads, FINE},
	{"writes its files", writes, FINE},
	{"asks DNS", asks_dns, FINE},
	{"asks netfilter", asks_netfilter, FINE},
	{"notifies the manager", notifies, FINE},
	{"ends its child", ends_its_child, FINE},
	{"takes memory", takes_memory, FINE},
	{"aborts", aborts, FINE},
	{"starts a program", starts_a_program, DEADLY},
	{"traces", traces, DEADLY},
	{"leaves its namespaces", leaves_its_namespaces, DEADLY},
	{"mounts", mounts, DEADLY},
	{"clones into other namespaces", clones_into_others, REFUSED},
	{"reads /etc/shadow", reads_shadow, OFF_BY},
	{"writes beside its folder", writes_beside, OFF_BY},
	{"cuts a file", cuts_beside, REFUSED},
	{"changes a mode", changes_a_mode, REFUSED},
	{"makes a link", makes_a_link, REFUSED},
	{"captures packets", captures_packets, REFUSED},
	{"sends raw packets", sends_raw, REFUSED},
	{"changes routes", changes_routes, REFUSED},
	{"connects to other daemons", connects_locally, REFUSED},
	{"listens", listens, REFUSED},
	{"maps code", maps_code, REFUSED},
	{"makes memory code", makes_code, REFUSED},
	{"sends other signals", stops_others, REFUSED},
	{"becomes somebody", becomes_somebody, REFUSED},
	{"raises limits", raises_limits, REFUSED},
	{"makes other ioctls", pushes_input, REFUSED},
	{"opens what nobody needs", opens_a_timer, REFUSED},
};

/* What came of it in a process of its own. */
static int run(int (*does)(void), bool confined)
{
	const char *const writes_to[] = {writable, NULL}, *const reads_of[] = {readable,
									       NULL};
	const unsigned all = CONFINED_CAPABILITIES | CONFINED_LANDLOCK | CONFINED_SECCOMP;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (confined && confine(writes_to, reads_of) != all)
			_exit(254);
		_exit(does());
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return WTERMSIG(status) == SIGSYS ? DEADLY : -1;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: confined WRITABLE READABLE\n");
		return 2;
	}
	writable = argv[1];
	readable = argv[2];
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		int free = run(tries[i].does, false), held = run(tries[i].does, true);

		if (free == FINE && held == tries[i].confined)
			continue;
		printf("%s: %d without and %d with confinement, not 0 and %d\n",
		       tries[i].name, free, held, tries[i].confined);
		failed = 1;
	}
	if (!failed)
		printf("%zu tries\n", ARRAY_SIZE(tries));
	return failed;
}
