/* measure.c - Run commands in turn and say what each of them took.
 *
 * usage: measure [-x] RUNS COMMAND [COMMAND...]
 *
 * Each COMMAND is one argument, words separated by single blanks, no shell: a shell would
 * be measured too.  All commands run once a round, RUNS rounds, so that what else the
 * machine does meets them alike.  What they print goes to /dev/null.  For each command it
 * prints the medians "USER-SECONDS WALL-SECONDS PEAK-MB", or "failed STATUS"; with -x
 * status 1 is no failure (it may mean "different").
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rules/base/attr.h"

#define MAX_RUNS     1001
#define MAX_COMMANDS 64
#define MAX_WORDS    64

struct sample {
	double user, wall, peak;
};

struct work {
	char *words[MAX_WORDS + 1];
	struct sample samples[MAX_RUNS];
	int status;
};

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool split(struct work *work, char *command)
{
	size_t count = 0;

	for (char *word = strtok_r(command, " ", &command); word;
	     word = strtok_r(NULL, " ", &command)) {
		if (count == MAX_WORDS)
			return false;
		work->words[count++] = word;
	}
	return count > 0;
}

NORETURN static void become(char **words)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	execvp(words[0], words);
	_exit(127);
}

/* The children's peak would grow for ever; wait4() tells of one child. */
static int run(char **words, struct sample *ret_sample)
{
	double begin = now();
	struct rusage usage;
	pid_t child = fork();
	int status;

	if (child < 0)
		return -1;
	if (!child)
		become(words);
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return -1;
	*ret_sample = (struct sample){seconds(usage.ru_utime), now() - begin,
				      (double)usage.ru_maxrss / 1024};
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(const struct sample *samples, size_t count, size_t offset)
{
	double values[MAX_RUNS];

	for (size_t i = 0; i < count; i++)
		memcpy(&values[i], (const char *)&samples[i] + offset, sizeof(double));
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2]
			 : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void print(const struct work *work, size_t runs)
{
	if (work->status)
		printf("failed %d\n", work->status);
	else
		printf("%.4f %.4f %.1f\n",
		       median(work->samples, runs, offsetof(struct sample, user)),
		       median(work->samples, runs, offsetof(struct sample, wall)),
		       median(work->samples, runs, offsetof(struct sample, peak)));
}

int main(int argc, char **argv)
{
	bool one_is_fine = argc > 1 && strcmp(argv[1], "-x") == 0;
	struct work *works;
	size_t runs, count;

	argc -= one_is_fine;
	argv += one_is_fine;
	runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	count = argc > 2 ? (size_t)argc - 2 : 0;
	works = calloc(count + 1, sizeof(*works));
	if (!works || !runs || runs > MAX_RUNS || count > MAX_COMMANDS) {
		fprintf(stderr, "usage: measure [-x] RUNS COMMAND [COMMAND...]\n");
		return 2;
	}
	for (size_t i = 0; i < count; i++)
		if (!split(&works[i], argv[2 + i]))
			return 2;
	for (size_t r = 0; r < runs; r++)
		for (size_t i = 0; i < count; i++) {
			int status = works[i].status
					     ? 0
					     : run(works[i].words, &works[i].samples[r]);

			if (status && !(one_is_fine && status == 1))
				works[i].status = status;
		}
	for (size_t i = 0; i < count; i++)
		print(&works[i], runs);
	free(works);
	return 0;
}
