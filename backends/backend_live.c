/* backend_live.c - The targets that run on this machine. */
#include "backends/backend_live.h"

#include <string.h>

static const struct backend_live *const lives[] = {&backend_live_nftables};

const struct backend_live *backend_live_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++)
		if (strcmp(lives[i]->name, name) == 0)
			return lives[i];
	return NULL;
}
