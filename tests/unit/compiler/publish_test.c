/* publish_test.c - All files or none, whatever stands in the way. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/publish.h"
#include "rules/base/arena.h"

/** struct place - A working directory of the test's own */
struct place {
	struct arena *arena;
	char path[32];
	const char *failed;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strncpy(place->path, "/tmp/publish-XXXXXX", sizeof(place->path) - 1);
	if (!mkdtemp(place->path) || chdir(place->path) || chmod(place->path, 0777))
		return -1;
	place->arena = arena_new();
	*state = place;
	return 0;
}

static int remove_one(const char *path, const struct stat *found, int type,
		      struct FTW *ftw)
{
	(void)found, (void)type, (void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct place *place = *state;
	int status = chdir("/");

	nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(place->arena);
	free(place);
	return status;
}

static const char *text_of(struct place *place, const char *path)
{
	char *text = arena_alloc(place->arena, 4096);
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, 4095);

	if (fd >= 0)
		close(fd);
	return length < 0 ? NULL : text;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* nftw() has no argument of its own; a pipe counts as well as a variable. */
static size_t entries(const char *path)
{
	char line[32] = "";
	char command[128];
	FILE *find;

	snprintf(command, sizeof(command), "find '%s' -mindepth 1 | wc -l", path);
	find = popen(command, "r");
	assert_non_null(find);
	assert_non_null(fgets(line, sizeof(line), find));
	pclose(find);
	return strtoul(line, NULL, 10);
}

static const struct publish_file three[] = {
	{"nftables/ruleset.nft", "rules", 5},
	{"nsg/a/b.json", "{}", 2},
	{"proof.json", "proof", 5},
};

static int publish_three(struct place *place, const char *directory)
{
	place->failed = NULL;
	return publish(directory, three, 3, place->arena, &place->failed);
}

static void writes_into_directories_that_it_makes(void **state)
{
	struct place *place = *state;

	assert_int_equal(publish_three(place, "x/y/out"), 0);
	assert_string_equal(text_of(place, "x/y/out/nftables/ruleset.nft"), "rules");
	assert_string_equal(text_of(place, "x/y/out/nsg/a/b.json"), "{}");
	assert_string_equal(text_of(place, "x/y/out/proof.json"), "proof");
	assert_int_equal(entries("."), 9);
	assert_int_equal(publish_three(place, "x/y/out/"), 0);
	assert_int_equal(entries("."), 9);
}

static void respects_the_umask(void **state)
{
	struct place *place = *state;
	struct stat found;
	mode_t before = umask(027);

	assert_int_equal(publish_three(place, "out"), 0);
	umask(before);
	assert_int_equal(stat("out/proof.json", &found), 0);
	assert_int_equal(found.st_mode & 0777, 0640);
}

static void writes_nothing_of_nothing(void **state)
{
	struct place *place = *state;

	assert_int_equal(publish("out", NULL, 0, place->arena, &place->failed), 0);
	assert_int_equal(publish("out", &(struct publish_file){"empty", "", 0}, 1,
				 place->arena, &place->failed),
			 0);
	assert_string_equal(text_of(place, "out/empty"), "");
}

static void a_directory_in_the_way_stops_all(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir("out", 0777), 0);
	assert_int_equal(mkdir("out/proof.json", 0777), 0);
	assert_int_equal(mkdir("out/nftables", 0777), 0);
	put("out/nftables/ruleset.nft", "old");
	assert_int_equal(publish_three(place, "out"), -EISDIR);
	assert_string_equal(place->failed, "out/proof.json");
	assert_string_equal(text_of(place, "out/nftables/ruleset.nft"), "old");
	assert_int_equal(entries("."), 4);
}

static void a_file_in_place_of_a_folder_stops_all(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir("out", 0777), 0);
	put("out/nsg", "a file");
	assert_int_equal(publish_three(place, "out"), -ENOTDIR);
	assert_string_equal(place->failed, "out/nsg");
	assert_int_equal(entries("."), 2);
	assert_int_equal(publish_three(place, "out/nsg"), -ENOTDIR);
	assert_int_equal(publish_three(place, "out/nsg/deep/er"), -ENOTDIR);
}

static void links_lead_nowhere(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir("elsewhere", 0777), 0);
	assert_int_equal(mkdir("out", 0777), 0);
	assert_int_equal(symlink("../elsewhere", "out/nftables"), 0);
	assert_int_equal(publish_three(place, "out"), -ENOTDIR);
	assert_int_equal(entries("elsewhere"), 0);
	assert_int_equal(unlink("out/nftables"), 0);
	put("elsewhere/target", "old");
	assert_int_equal(symlink("../elsewhere/target", "out/proof.json"), 0);
	assert_int_equal(publish_three(place, "out"), 0);
	assert_string_equal(text_of(place, "elsewhere/target"), "old");
	assert_string_equal(text_of(place, "out/proof.json"), "proof");
}

static void paths_stay_below(void **state)
{
	struct place *place = *state;
	static const char *const wrong[] = {"../x", "a/../../x", "/x", "a//b",
					    "",	    ".",	 "a/"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct publish_file file = {wrong[i], "x", 1};

		assert_int_equal(publish("out", &file, 1, place->arena, &place->failed),
				 -EINVAL);
		assert_string_equal(place->failed, wrong[i]);
	}
	assert_int_equal(entries("."), 0);
}

static void leftovers_of_others_are_passed_over(void **state)
{
	struct place *place = *state;
	char name[64];

	assert_int_equal(mkdir("out", 0777), 0);
	snprintf(name, sizeof(name), "out/.proof.json.%ld-0.tmp", (long)getpid());
	put(name, "left over");
	assert_int_equal(publish_three(place, "out"), 0);
	assert_string_equal(text_of(place, name), "left over");
}

/* Run @body in a process of its own: what it does to its rights ends with it.  It exits
 * with 77 where the test cannot be made. */
static void in_child(struct place *place, void (*body)(struct place *place))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		body(place);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("mounting needs root and a mount namespace\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define in_child_expect(condition)                                                      \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                       \
		}                                                                       \
	} while (0)

static void without_rights(struct place *place)
{
	in_child_expect(getuid() != 0 || setuid(65534) == 0);
	in_child_expect(publish_three(place, "out") == -EACCES);
	in_child_expect(strcmp(place->failed, "out/nsg") == 0);
	in_child_expect(publish_three(place, "out/nsg/new/er") == -EACCES);
}

static void a_directory_without_rights_stops_all(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir("out", 0777), 0);
	assert_int_equal(chmod("out", 0777), 0);
	assert_int_equal(mkdir("out/nftables", 0777), 0);
	assert_int_equal(chmod("out/nftables", 0777), 0);
	put("out/nftables/ruleset.nft", "old");
	assert_int_equal(chmod("out", 0555), 0);
	in_child(place, without_rights);
	assert_int_equal(chmod("out", 0755), 0);
	assert_int_equal(entries("."), 3);
	assert_string_equal(text_of(place, "out/nftables/ruleset.nft"), "old");
}

static void with_a_limit(struct place *place)
{
	struct publish_file files[] = {
		{"small", "small", 5},
		{"deep/large", arena_alloc(place->arena, 10000), 10000},
	};

	signal(SIGXFSZ, SIG_IGN);
	in_child_expect(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096}) == 0);
	in_child_expect(publish("out", files, 2, place->arena, &place->failed) == -EFBIG);
	in_child_expect(strcmp(place->failed, "out/deep/large") == 0);
}

static void a_limit_of_size_leaves_nothing(void **state)
{
	struct place *place = *state;

	in_child(place, with_a_limit);
	assert_int_equal(entries("."), 0);
}

static void with_a_full_disk(struct place *place)
{
	struct publish_file files[] = {
		{"small", "new", 3},
		{"deep/large", arena_alloc(place->arena, 200000), 200000},
	};

	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
	    mkdir("disk", 0777) || mount("none", "disk", "tmpfs", 0, "size=64k"))
		_exit(77);
	put("disk/small", "old");
	in_child_expect(publish("disk", files, 2, place->arena, &place->failed) ==
			-ENOSPC);
	in_child_expect(strcmp(place->failed, "disk/deep/large") == 0);
	in_child_expect(strcmp(text_of(place, "disk/small"), "old") == 0);
	in_child_expect(entries("disk") == 1);
}

static void a_full_disk_leaves_the_old_files(void **state)
{
	in_child(*state, with_a_full_disk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_into_directories_that_it_makes),
		TEST(respects_the_umask),
		TEST(writes_nothing_of_nothing),
		TEST(a_directory_in_the_way_stops_all),
		TEST(a_file_in_place_of_a_folder_stops_all),
		TEST(links_lead_nowhere),
		TEST(paths_stay_below),
		TEST(leftovers_of_others_are_passed_over),
		TEST(a_directory_without_rights_stops_all),
		TEST(a_limit_of_size_leaves_nothing),
		TEST(a_full_disk_leaves_the_old_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
