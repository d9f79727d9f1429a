/* interpose.c - Stand between a program and the kernel: break, lose, count, kill, jump.
 *
 *	LD_PRELOAD=interpose.so INTERPOSE_...=... PROGRAM
 *
 *	LOG=FILE	append a line for each batch: how many messages
 *	BREAK=N		make the Nth message of all batches one that the kernel refuses
 *	SEND=N		the Nth batch is not sent at all
 *	ERRNO=E		what BREAK is answered with, and SEND fails with
 *	TWIST=N		flip a bit of the Nth message
 *	SLOW=SECONDS	before each batch
 *	LOSE=N		the Nth answer is lost: ENOBUFS in its place
 *	EINTR=N		a signal comes in place of the Nth answer, which stays to be read
 *	INTERRUPT=N	the Nth answer (-1: each) is marked as torn by a change of others
 *	KILL=N		end with SIGKILL at the Nth call that reaches out: netlink, files,
 *			locks, processes
 *	KILL_ALL=1	the parent at the same moment
 *	COUNT=FILE	at the end, write how many such calls there were
 *	CLOCK=FILE	"REALTIME BOOTTIME": seconds that are added to these clocks, read
 *			each time
 *
 *	CHILD=1		only in children, each of which counts anew
 *	ONCE=FILE	BREAK, SEND and KILL only where FILE can be made: so, once
 *
 * What it breaks is what the program sends; that it fails is then the kernel's own doing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned long calls, batches, messages, answers;
static pid_t first;

__attribute__((constructor)) static void begin(void)
{
	first = getpid();
}

static unsigned long setting(const char *name)
{
	const char *text = getenv(name);

	if (getenv("INTERPOSE_CHILD") && getpid() == first)
		return 0;
	return text ? strtoul(text, NULL, 10) : 0;
}

/* Is it the first time that something is done? */
static bool once(void)
{
	const char *path = getenv("INTERPOSE_ONCE");
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path,
				 O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)
		       : 0;

	if (path && fd >= 0)
		close((int)fd);
	return fd >= 0;
}

static void count_call(void)
{
	if (++calls != setting("INTERPOSE_KILL") || !once())
		return;
	if (setting("INTERPOSE_KILL_ALL"))
		kill(getppid(), SIGKILL);
	kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void say_count(void)
{
	const char *path = getenv("INTERPOSE_COUNT");
	bool skips = getenv("INTERPOSE_CHILD") && getpid() == first;
	FILE *file = path && !skips ? fopen(path, "we") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu %lu %lu %lu\n", calls, messages, answers, batches);
	fclose(file);
}

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

/* Of nf_tables, the 127th: no kernel has so many kinds of messages. */
#define NO_MESSAGE (NFNL_SUBSYS_NFTABLES << 8 | 0x7f)

static void log_batch(unsigned long count, size_t bytes)
{
	const char *path = getenv("INTERPOSE_LOG");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (!file)
		return;
	fprintf(file, "batch of %lu messages, %zu bytes\n", count, bytes);
	fclose(file);
}

static void look_at_batch(char *bytes, size_t length)
{
	unsigned long count = 0;
	struct nlmsghdr *message = (struct nlmsghdr *)bytes;

	if (length < sizeof(*message) || message->nlmsg_type != NFNL_MSG_BATCH_BEGIN)
		return;
	for (size_t at = 0; at + sizeof(*message) <= length;
	     at += NLMSG_ALIGN(message->nlmsg_len)) {
		message = (struct nlmsghdr *)(bytes + at);
		if (message->nlmsg_type < NLMSG_MIN_TYPE + 2)
			continue;
		count++;
		if (++messages == setting("INTERPOSE_BREAK") && once())
			message->nlmsg_type = NO_MESSAGE;
		if (messages == setting("INTERPOSE_TWIST"))
			bytes[at + message->nlmsg_len - 1] ^= 1;
	}
	log_batch(count, length);
}

/* A batch, and should it fail? */
static bool fails(const struct msghdr *header)
{
	const struct nlmsghdr *message = header->msg_iov->iov_base;
	const struct timespec slow = {.tv_sec = (time_t)setting("INTERPOSE_SLOW")};

	if (header->msg_iov->iov_len < sizeof(*message) ||
	    message->nlmsg_type != NFNL_MSG_BATCH_BEGIN)
		return false;
	if (slow.tv_sec)
		nanosleep(&slow, NULL);
	return ++batches == setting("INTERPOSE_SEND") && once();
}

ssize_t sendmsg(int fd, const struct msghdr *header, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = next("sendmsg");

	count_call();
	if (header->msg_iovlen == 1) {
		if (fails(header)) {
			errno = (int)setting("INTERPOSE_ERRNO");
			return -1;
		}
		look_at_batch(header->msg_iov->iov_base, header->msg_iov->iov_len);
	}
	return real(fd, header, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags,
	       const struct sockaddr *to, socklen_t to_length)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *,
			socklen_t) = next("sendto");

	count_call();
	return real(fd, bytes, length, flags, to, to_length);
}

/* What was broken is refused for the reason that was asked for. */
static void change_reason(char *bytes, size_t length)
{
	int reason = (int)setting("INTERPOSE_ERRNO");

	for (size_t at = 0; reason && at + sizeof(struct nlmsghdr) <= length;) {
		struct nlmsghdr *answer = (struct nlmsghdr *)(bytes + at);
		struct nlmsgerr *error = NLMSG_DATA(answer);

		if (answer->nlmsg_len < sizeof(*answer) ||
		    answer->nlmsg_len > length - at)
			return;
		if (answer->nlmsg_type == NLMSG_ERROR && error->error &&
		    error->msg.nlmsg_type == NO_MESSAGE)
			error->error = -reason;
		at += NLMSG_ALIGN(answer->nlmsg_len);
	}
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
	ssize_t (*real)(int, void *, size_t, int) = next("recv");
	ssize_t got;

	count_call();
	got = real(fd, bytes, length, flags);
	if (got > 0 && setting("INTERPOSE_BREAK"))
		change_reason(bytes, (size_t)got);
	return got;
}

ssize_t recvmsg(int fd, struct msghdr *header, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = next("recvmsg");
	unsigned long torn;
	ssize_t got;

	count_call();
	if (++answers == setting("INTERPOSE_EINTR")) {
		errno = EINTR;
		return -1;
	}
	got = real(fd, header, flags);
	if (answers == setting("INTERPOSE_LOSE")) {
		errno = ENOBUFS;
		return -1;
	}
	torn = setting("INTERPOSE_INTERRUPT");
	if (got > 0 && (answers == torn || torn == ULONG_MAX))
		((struct nlmsghdr *)header->msg_iov->iov_base)->nlmsg_flags |=
			NLM_F_DUMP_INTR;
	return got;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	int (*real)(int, const char *, int, const char *) = next("renameat");

	count_call();
	return real(from_fd, from, to_fd, to);
}

int fsync(int fd)
{
	int (*real)(int) = next("fsync");

	count_call();
	return real(fd);
}

int flock(int fd, int operation)
{
	int (*real)(int, int) = next("flock");

	count_call();
	return real(fd, operation);
}

int openat(int fd, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, ...) = next("openat");
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	count_call();
	return real(fd, path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	ssize_t (*real)(int, const void *, size_t) = next("write");

	count_call();
	return real(fd, bytes, length);
}

pid_t fork(void)
{
	pid_t (*real)(void) = next("fork"), child;

	count_call();
	child = real();
	if (child == 0 && getenv("INTERPOSE_CHILD"))
		calls = batches = messages = answers = 0;
	return child;
}

/* Children end by it, without destructors. */
void _exit(int status)
{
	say_count();
	for (;;)
		syscall(SYS_exit_group, status);
}

/* -- clocks -------------------------------------------------------------------------- */

static time_t jump(clockid_t clock)
{
	const char *path = getenv("INTERPOSE_CLOCK");
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
	char text[64] = "";
	long real = 0, boot = 0;

	if (fd < 0)
		return 0;
	if (syscall(SYS_read, fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "%ld %ld", &real, &boot);
	close((int)fd);
	return clock == CLOCK_REALTIME ? real : clock == CLOCK_BOOTTIME ? boot : 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
	int (*real)(clockid_t, struct timespec *) = next("clock_gettime");
	int status = real(clock, ret_now);

	if (status == 0)
		ret_now->tv_sec += jump(clock);
	return status;
}

time_t time(time_t *ret_now)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret_now)
		*ret_now = now.tv_sec;
	return now.tv_sec;
}
