/* interpose.c - Stand between a program and the kernel: break, lose, count, kill.
 *
 *	LD_PRELOAD=interpose.so INTERPOSE_...=... PROGRAM
 *
 *	INTERPOSE_LOG=FILE	append a line for each batch: how many messages
 *	INTERPOSE_BREAK=N	make the Nth message of all batches one that the kernel
 *refuses INTERPOSE_LOSE=N	the Nth answer is lost: ENOBUFS in its place
 *	INTERPOSE_INTERRUPT=N	the Nth answer (-1: each) is marked as torn by a change of
 *others INTERPOSE_KILL=N	end with SIGKILL at the Nth call that reaches out:
 *netlink, files, locks, processes INTERPOSE_COUNT=FILE	at the end, write how many such
 *calls there were
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
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned long calls, messages, answers;

static unsigned long setting(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

static void count_call(void)
{
	if (++calls == setting("INTERPOSE_KILL"))
		raise(SIGKILL);
}

__attribute__((destructor)) static void say_count(void)
{
	const char *path = getenv("INTERPOSE_COUNT");
	FILE *file = path ? fopen(path, "we") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu %lu %lu\n", calls, messages, answers);
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
		if (++messages == setting("INTERPOSE_BREAK"))
			message->nlmsg_type = NO_MESSAGE;
		if (messages == setting("INTERPOSE_TWIST"))
			bytes[at + message->nlmsg_len - 1] ^= 1;
	}
	log_batch(count, length);
}

ssize_t sendmsg(int fd, const struct msghdr *header, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = next("sendmsg");

	count_call();
	if (header->msg_iovlen == 1)
		look_at_batch(header->msg_iov->iov_base, header->msg_iov->iov_len);
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

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
	ssize_t (*real)(int, void *, size_t, int) = next("recv");

	count_call();
	return real(fd, bytes, length, flags);
}

ssize_t recvmsg(int fd, struct msghdr *header, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = next("recvmsg");
	unsigned long torn;
	ssize_t got;

	count_call();
	got = real(fd, header, flags);
	answers++;
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
	pid_t (*real)(void) = next("fork");

	count_call();
	return real();
}
