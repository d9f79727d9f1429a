/* confine_calls.c - The system calls that a process may still make. */
#include "compiler/confine_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "rules/base/attr.h"

/**
 * DOC: Allowed calls
 *
 * Whatever is in no list fails with ENOSYS, as on a kernel that does not have it, and the
 * kernel logs it.  Not with EPERM: a C library of tomorrow that tries a new call first
 * then takes the old one, and the gateway goes on being served.  What no library ever
 * does by itself, but whoever took over the process would, ends it: the kernel keeps its
 * rules, and the service manager starts anew.
 */

/* Seen in the steady state, or what another version of libc makes of the same functions
 * (glibc 2.36 and 2.41, x86-64 and arm64). */
static const int allowed[] = {
	/* files: state, metrics, and the spec after SIGHUP */
	SCMP_SYS(openat),
	SCMP_SYS(open),
	SCMP_SYS(close),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(fsync),
	SCMP_SYS(flock),
	SCMP_SYS(pipe2),
	/* DNS, netlink, and the service manager's socket */
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	/* time and chance */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getrandom),
	/* signals and children */
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(signalfd4),
	SCMP_SYS(fork),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* memory; sysinfo() is qsort()'s */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(sysinfo),
};

/* Nothing that a library does by itself. */
static const int deadly[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(bpf),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(reboot),
};

/** struct argument_rule - A call that is allowed where (argument & @mask) is @value */
struct argument_rule {
	int call;
	unsigned argument;
	uint64_t mask, value;
};

/* An int is in the lower half; the upper half may hold anything. */
#define INT 0xffffffffu
/* What socket(2) adds to the kind. */
#define SOCKET_KIND 0xfu

static const struct argument_rule narrowed[] = {
	/* New memory is never code, nor becomes it. */
	{SCMP_SYS(mmap), 2, PROT_EXEC, 0},
	{SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	/* A child in the same namespaces. */
	{SCMP_SYS(clone), 0,
	 CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
		 CLONE_NEWPID | CLONE_NEWNET,
	 0},
	/* A refresh that hangs; abort(). */
	{SCMP_SYS(kill), 1, INT, SIGKILL},
	{SCMP_SYS(tgkill), 2, INT, SIGABRT},
	{SCMP_SYS(fcntl), 1, INT, F_DUPFD_CLOEXEC},
	{SCMP_SYS(fcntl), 1, INT, F_GETFD},
	{SCMP_SYS(fcntl), 1, INT, F_SETFD},
	{SCMP_SYS(fcntl), 1, INT, F_GETFL},
	{SCMP_SYS(fcntl), 1, INT, F_SETFL},
	/* Is it a terminal? */
	{SCMP_SYS(ioctl), 1, INT, TCGETS},
	/* Only asking. */
	{SCMP_SYS(prlimit64), 2, UINT64_MAX, 0},
};

static const struct {
	int family;
	unsigned argument;
	uint64_t mask, value;
} sockets[] = {
	{AF_INET, 1, SOCKET_KIND, SOCK_DGRAM},	{AF_INET, 1, SOCKET_KIND, SOCK_STREAM},
	{AF_INET6, 1, SOCKET_KIND, SOCK_DGRAM}, {AF_INET6, 1, SOCKET_KIND, SOCK_STREAM},
	{AF_UNIX, 1, SOCKET_KIND, SOCK_DGRAM},	{AF_NETLINK, 2, INT, NETLINK_NETFILTER},
};

static bool add_rules(scmp_filter_ctx filter)
{
	bool fine = true;

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		fine &= !seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		fine &= !seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(narrowed); i++) {
		const struct argument_rule *rule = &narrowed[i];

		fine &= !seccomp_rule_add(filter, SCMP_ACT_ALLOW, rule->call, 1,
					  SCMP_CMP(rule->argument, SCMP_CMP_MASKED_EQ,
						   rule->mask, rule->value));
	}
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		fine &= !seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
					  SCMP_A0(SCMP_CMP_MASKED_EQ, INT,
						  (uint64_t)sockets[i].family),
					  SCMP_CMP(sockets[i].argument,
						   SCMP_CMP_MASKED_EQ, sockets[i].mask,
						   sockets[i].value));
	return fine;
}

bool confine_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	bool fine;

	if (!filter)
		return false;
	/* A kernel that cannot log (before 4.14) refuses all the same. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	fine = !seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				 SCMP_ACT_KILL_PROCESS) &&
	       add_rules(filter) && !seccomp_load(filter);
	seccomp_release(filter);
	return fine;
}
