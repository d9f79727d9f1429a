/* confine.c - Giving up what a long-running postern does not need. */
#include "compiler/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rules/base/attr.h"

/* -- capabilities -------------------------------------------------------------------- */

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};

	for (int capability = 0; capability <= 63; capability++)
		if (capability != CAP_NET_ADMIN)
			/* Those past the kernel's last one fail, and need no dropping. */
			(void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	sets[0].effective = sets[0].permitted = 1u << CAP_NET_ADMIN;
	return syscall(SYS_capset, &header, sets) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* -- Landlock ------------------------------------------------------------------------ */

/* Everything of the first version (Linux 5.13) that changes something. */
#define LANDLOCK_WRITES                                                  \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* What is needed below a folder that is written to. */
#define LANDLOCK_NEEDED                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |      \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR)

static bool allow_below(int rules, const char *folder)
{
	struct landlock_path_beneath_attr below = {
		.allowed_access = LANDLOCK_NEEDED,
		.parent_fd = open(folder, O_PATH | O_CLOEXEC),
	};
	bool allowed;

	if (below.parent_fd < 0)
		return false;
	allowed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
			  &below, 0) == 0;
	close(below.parent_fd);
	return allowed;
}

static bool restrict_files(const char *const *writable)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_WRITES | LANDLOCK_ACCESS_FS_EXECUTE,
	};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool restricted;

	if (rules < 0)
		return false;
	for (size_t i = 0; writable[i]; i++)
		if (!allow_below(rules, writable[i])) {
			close(rules);
			return false;
		}
	restricted = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return restricted;
}

/* -- seccomp ------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_MACHINE

/* x32 calls have numbers of their own on the same machine. */
#define X32_BIT 0x40000000u

#define REFUSE(call)                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static bool restrict_calls(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		REFUSE(execve),
		REFUSE(execveat),
		REFUSE(ptrace),
		REFUSE(process_vm_readv),
		REFUSE(process_vm_writev),
		REFUSE(mount),
		REFUSE(umount2),
		REFUSE(pivot_root),
		REFUSE(chroot),
		REFUSE(setns),
		REFUSE(unshare),
		REFUSE(init_module),
		REFUSE(finit_module),
		REFUSE(delete_module),
		REFUSE(kexec_load),
		REFUSE(reboot),
		REFUSE(bpf),
		REFUSE(perf_event_open),
		REFUSE(userfaultfd),
		REFUSE(add_key),
		REFUSE(request_key),
		REFUSE(keyctl),
		REFUSE(settimeofday),
		REFUSE(clock_settime),
		REFUSE(adjtimex),
		REFUSE(swapon),
		REFUSE(acct),
		REFUSE(quotactl),
		REFUSE(open_by_handle_at),
		REFUSE(sethostname),
		REFUSE(syslog),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {ARRAY_SIZE(program), program};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}
#else
static bool restrict_calls(void)
{
	return false;
}
#endif

unsigned confine(const char *const *writable)
{
	unsigned held = 0;

	/* In this order: the later two need "no new privileges". */
	if (drop_capabilities())
		held |= CONFINED_CAPABILITIES;
	if (restrict_files(writable))
		held |= CONFINED_LANDLOCK;
	if (restrict_calls())
		held |= CONFINED_SECCOMP;
	return held;
}
