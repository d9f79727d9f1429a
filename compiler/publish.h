/* publish.h - Writing a set of files together, or none of them. */
#ifndef COMPILER_PUBLISH_H
#define COMPILER_PUBLISH_H

#include <stddef.h>

#include "rules/base/attr.h"

/**
 * DOC: Publishing
 *
 * First every file is written under another name beside its place and flushed to the
 * disk; then whatever could still stand in the way is looked for; only then are they
 * renamed, in the order given.  So a full disk, a missing right or a directory in the way
 * leaves the old files as they were, and nothing new: no temporary file and no directory
 * that was made for them.  The file that vouches for the others (proof.json) stands last.
 *
 * Only a fault of the disk between two renames can leave new files beside old ones; the
 * old proof.json then does not fit them, and shows it.
 *
 * Below the directory no symbolic link is followed: a link in place of a folder is an
 * error, a link in place of a file is replaced.  Signals that would end the program wait
 * until it is done.
 */
struct arena;

/** struct publish_file - One file: @path is relative, "nftables/ruleset.nft" */
struct publish_file {
	const char *path;
	const char *bytes;
	size_t length;
};

/**
 * publish() - Write @files below @directory, which is made when it is missing
 * @ret_failed:	set on failure: the path that could not be written
 *
 * A path with an empty component, "." or ".." is -EINVAL.
 *
 * Return: 0 or -errno
 */
int publish(const char *directory, const struct publish_file *files, size_t count,
	    struct arena *arena, const char **ret_failed) MUST_USE;

#endif
