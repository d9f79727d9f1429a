/* cmd_pending.c - Commands that are still to come; goes when they are there. */
#include <stdio.h>

#include "compiler/commands.h"
#include "compiler/options.h"

#define PENDING(which)                                                                     \
	enum exit_code cmd_##which(const struct options *options)                           \
	{                                                                                  \
		fprintf(stderr, "postern: %s: not in this build\n",                        \
			command_info(options->command)->name);                             \
		return EXIT_SYSTEM;                                                        \
	}

PENDING(compile)
PENDING(check)
PENDING(endpoints)
PENDING(verify)
PENDING(import)
PENDING(query)
