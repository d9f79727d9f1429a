/* commands.c - The sub-commands by name. */
#include "compiler/commands.h"

#include <string.h>

#include "rules/base/attr.h"
#include "rules/base/diag.h"

static const struct command commands[] = {
#define COMMAND(id, name, arguments, summary, text) \
	[COMMAND_##id] = {#name, arguments, summary, text, cmd_##name},
#define COMMAND_SPELT(id, name, word, arguments, summary, text) \
	[COMMAND_##id] = {word, arguments, summary, text, cmd_##name},
#include "compiler/commands.def"
#undef COMMAND
};

const struct command *command_info(enum command_id id)
{
	if (id >= COMMAND_COUNT)
		BUG("no command %d", (int)id);
	return &commands[id];
}

enum command_id command_find(const char *name)
{
	size_t id;

	for (id = 0; id < COMMAND_COUNT; id++)
		if (strcmp(commands[id].name, name) == 0)
			break;
	return (enum command_id)id;
}

const char *command_nearest(const char *word)
{
	const char *names[COMMAND_COUNT + 1];
	size_t count = 0;

	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (*commands[id].summary)
			names[count++] = commands[id].name;
	names[count] = NULL;
	return diag_nearest(word, names);
}
