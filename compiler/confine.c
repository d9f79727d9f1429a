/* confine.c - Giving up what a long-running postern does not need. */
#include "compiler/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compiler/confine_calls.h"

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
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* -- Landlock ------------------------------------------------------------------------ */

/* Everything of the first version (Linux 5.13). */
#define LANDLOCK_READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITES                                                  \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* What is needed below a folder that is written to. */
#define LANDLOCK_NEEDED                                                 \
	(LANDLOCK_READS | LANDLOCK_ACCESS_FS_WRITE_FILE |               \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_DIR)

static bool allow_below(int rules, const char *const *folders, uint64_t access)
{
	for (size_t i = 0; folders[i]; i++) {
		struct landlock_path_beneath_attr below = {
			.allowed_access = access,
			.parent_fd = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC),
		};
		long status;

		/* What is not there needs no permission, and is no reason for less
		 * confinement: whoever wants to write there says so. */
		if (below.parent_fd < 0)
			continue;
		status = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
				 &below, 0);
		close(below.parent_fd);
		if (status)
			return false;
	}
	return true;
}

static bool restrict_files(const char *const *writable, const char *const *readable)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs =
			LANDLOCK_READS | LANDLOCK_WRITES | LANDLOCK_ACCESS_FS_EXECUTE,
	};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool restricted;

	if (rules < 0)
		return false;
	restricted = allow_below(rules, writable, LANDLOCK_NEEDED) &&
		     allow_below(rules, readable, LANDLOCK_READS) &&
		     syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return restricted;
}

/* -- all ----------------------------------------------------------------------------- */

/* A sanitizer reads /proc, starts its own tracer at the end, and makes calls that nobody
 * else makes. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

unsigned confine(const char *const *writable, const char *const *readable)
{
	unsigned held = 0;

	/* In this order: the later two need "no new privileges". */
	if (drop_capabilities())
		held |= CONFINED_CAPABILITIES;
#ifndef SANITIZED
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (restrict_files(writable, readable))
		held |= CONFINED_LANDLOCK;
	if (confine_calls())
		held |= CONFINED_SECCOMP;
#else
	(void)writable, (void)readable, (void)restrict_files;
#endif
	return held;
}
