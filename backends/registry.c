/* registry.c - Find, list and guess back ends. */
#include "backends/registry.h"

#include <string.h>

static const struct backend *const backends[] = {
#define BACKEND(id, name) &backend_##id,
#include "backends/backends.def"
#undef BACKEND
	NULL,
};

static const struct backend_cap_info caps[] = {
#define CAP(id, name, what) [BACKEND_CAP_BIT_##id] = {name, what},
#include "backends/caps.def"
#undef CAP
};

/* A text that is no more than half surely of some format is of none. */
#define SURE_ENOUGH 51

const struct backend *backends_at(size_t index)
{
	return index < ARRAY_SIZE(backends) ? backends[index] : NULL;
}

const struct backend *backends_find(const char *name)
{
	for (size_t i = 0; backends[i]; i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

const struct backend *backends_guess(const char *text, size_t length)
{
	const struct backend *best = NULL;
	int best_sure = SURE_ENOUGH - 1;
	bool tie = false;

	for (size_t i = 0; backends[i]; i++) {
		int sure = backends[i]->sniff(text, length);

		tie = sure == best_sure ? best != NULL : tie && sure < best_sure;
		if (sure > best_sure) {
			best = backends[i];
			best_sure = sure;
		}
	}
	return tie ? NULL : best;
}

const struct backend_cap_info *backend_cap_info(enum backend_cap_bit bit)
{
	if (bit >= BACKEND_CAP_COUNT)
		BUG("no capability %d", (int)bit);
	return &caps[bit];
}

const char *const *backends_names(void)
{
	static const char *const names[] = {
#define BACKEND(id, name) name,
#include "backends/backends.def"
#undef BACKEND
		NULL,
	};

	return names;
}
