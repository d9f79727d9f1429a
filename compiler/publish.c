/* publish.c - Writing a set of files together, or none of them. */
#include "compiler/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/base/arena.h"

/* Names that another run left behind are passed over; so many there never are. */
#define TEMPORARY_TRIES 100

/** struct staged - One file between its writing and its renaming; @temporary NULL: none
 */
struct staged {
	const struct publish_file *file;
	const char *folder; /* "" or "nftables", below the directory */
	const char *name;
	const char *temporary;
};

/**
 * struct publishing - One call of publish()
 * @root:	the directory
 * @made:	directories that were made, parents first, from the working directory
 */
struct publishing {
	struct arena *arena;
	const char *directory;
	int root;
	struct staged *staged;
	size_t count;
	const char **made;
	size_t made_count, made_capacity;
	const char *failed;
};

static void close_cleanup(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The descriptor is the caller's now: the clean-up must leave it open. */
static int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static int fail(struct publishing *publishing, const char *path, int error)
{
	publishing->failed = path;
	return error;
}

static const char *below(const struct publishing *publishing, const char *path)
{
	return *path ? arena_printf(publishing->arena, "%s/%s", publishing->directory,
				    path)
		     : publishing->directory;
}

/* mkdir() that remembers, for the case that it must be undone; @path as messages and the
 * undoing need it. */
static int make_directory(struct publishing *publishing, int at, const char *name,
			  const char *path)
{
	if (mkdirat(at, name, 0777) == 0)
		*arena_push(publishing->arena, publishing->made, publishing->made_count,
			    publishing->made_capacity) = path;
	else if (errno != EEXIST)
		return fail(publishing, path, -errno);
	return 0;
}

/* The directory that the user named: links on the way there are the user's own. */
static int open_root(struct publishing *publishing)
{
	struct arena *arena = publishing->arena;
	const char *path = publishing->directory, *slash = path;
	int status = 0;

	while (!status && (slash = strchr(slash + 1, '/'))) {
		const char *parent = arena_strndup(arena, path, (size_t)(slash - path));

		status = make_directory(publishing, AT_FDCWD, parent, parent);
	}
	if (!status)
		status = make_directory(publishing, AT_FDCWD, path, path);
	if (status)
		return status;
	publishing->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return publishing->root < 0 ? fail(publishing, path, -errno) : 0;
}

/* Open a folder below the root, part by part so that no link is followed. */
static int open_folder(struct publishing *publishing, const char *folder, int *ret_fd)
{
	CLEANUP(close_cleanup) int fd = fcntl(publishing->root, F_DUPFD_CLOEXEC, 0);
	const char *at = folder, *part, *path;
	size_t length;
	int next, status;

	if (fd < 0)
		return fail(publishing, publishing->directory, -errno);
	for (; *at; at += length + (at[length] == '/')) {
		length = strcspn(at, "/");
		part = arena_strndup(publishing->arena, at, length);
		path = below(publishing, arena_strndup(publishing->arena, folder,
						       (size_t)(at - folder) + length));
		status = make_directory(publishing, fd, part, path);
		if (status)
			return status;
		next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return fail(publishing, path, -errno);
		close(fd);
		fd = next;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int write_all(int fd, const char *bytes, size_t length)
{
	ssize_t written;

	while (length) {
		written = write(fd, bytes, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}

/* A new file of a name that nothing has yet. */
static int create_temporary(struct publishing *publishing, struct staged *staged,
			    int folder, int *ret_fd)
{
	const char *name;
	int fd;

	for (unsigned try = 0; try < TEMPORARY_TRIES; try++) {
		name = arena_printf(publishing->arena, ".%.64s.%ld-%u.tmp", staged->name,
				    (long)getpid(), try);
		fd = openat(folder, name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd >= 0) {
			staged->temporary = name;
			*ret_fd = fd;
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int write_temporary(struct publishing *publishing, struct staged *staged,
			   int folder)
{
	int fd = -1, status = create_temporary(publishing, staged, folder, &fd);

	if (status)
		return status;
	status = write_all(fd, staged->file->bytes, staged->file->length);
	if (!status && fsync(fd))
		status = -errno;
	if (close(fd) && !status)
		status = -errno;
	return status;
}

/* A directory in place of a file is the one thing that would stop a rename later. */
static int check_place(struct staged *staged, int folder)
{
	struct stat found;

	if (fstatat(folder, staged->name, &found, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return S_ISDIR(found.st_mode) ? -EISDIR : 0;
}

static int put_in_place(struct staged *staged, int folder)
{
	if (renameat(folder, staged->temporary, folder, staged->name))
		return -errno;
	staged->temporary = NULL;
	/* Some file systems cannot flush a directory and say so: nothing to be done. */
	return fsync(folder) && errno != EINVAL ? -errno : 0;
}

/** enum step - What is done with every file before the next step begins with any */
enum step {
	STEP_WRITE,
	STEP_CHECK,
	STEP_RENAME,
};

static int do_step(struct publishing *publishing, enum step step, struct staged *staged)
{
	CLEANUP(close_cleanup) int folder = -1;
	int status = open_folder(publishing, staged->folder, &folder);

	if (status)
		return status;
	switch (step) {
	case STEP_WRITE:
		status = write_temporary(publishing, staged, folder);
		break;
	case STEP_CHECK:
		status = check_place(staged, folder);
		break;
	case STEP_RENAME:
		status = put_in_place(staged, folder);
		break;
	}
	if (status)
		return fail(publishing, below(publishing, staged->file->path), status);
	return 0;
}

static bool is_component(const char *text, size_t length)
{
	return length && !(length == 1 && text[0] == '.') &&
	       !(length == 2 && text[0] == '.' && text[1] == '.');
}

static int stage(struct publishing *publishing, const struct publish_file *file,
		 struct staged *ret_staged)
{
	const char *path = file->path, *name, *at;
	size_t length;

	for (at = path;; at += length + 1) {
		length = strcspn(at, "/");
		if (!is_component(at, length))
			return fail(publishing, path, -EINVAL);
		name = at;
		if (!at[length])
			break;
	}
	*ret_staged = (struct staged){.file = file, .name = name};
	ret_staged->folder = arena_strndup(publishing->arena, path,
					   name > path ? (size_t)(name - path) - 1 : 0);
	return 0;
}

static int run(struct publishing *publishing, const struct publish_file *files)
{
	int status = 0;

	for (size_t i = 0; !status && i < publishing->count; i++)
		status = stage(publishing, &files[i], &publishing->staged[i]);
	if (!status)
		status = open_root(publishing);
	for (enum step step = STEP_WRITE; !status && step <= STEP_RENAME; step++)
		for (size_t i = 0; !status && i < publishing->count; i++)
			status = do_step(publishing, step, &publishing->staged[i]);
	return status;
}

/* Take back what was not renamed yet; a directory that holds a new file stays by itself,
 * since it is not empty. */
static void undo(struct publishing *publishing)
{
	const char *failed = publishing->failed;

	for (size_t i = 0; publishing->root >= 0 && i < publishing->count; i++) {
		struct staged *staged = &publishing->staged[i];
		CLEANUP(close_cleanup) int folder = -1;

		if (staged->temporary &&
		    open_folder(publishing, staged->folder, &folder) == 0)
			unlinkat(folder, staged->temporary, 0);
	}
	for (size_t i = publishing->made_count; i-- > 0;)
		rmdir(publishing->made[i]);
	publishing->failed = failed;
}

int publish(const char *directory, const struct publish_file *files, size_t count,
	    struct arena *arena, const char **ret_failed)
{
	struct publishing publishing = {
		.arena = arena,
		.directory = directory,
		.root = -1,
		.staged = arena_array(arena, count, struct staged),
		.count = count,
	};
	sigset_t ends, before;
	int status;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	status = run(&publishing, files);
	if (status) {
		undo(&publishing);
		*ret_failed = publishing.failed;
	}
	close_cleanup(&publishing.root);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
