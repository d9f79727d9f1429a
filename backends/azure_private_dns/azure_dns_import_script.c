/* azure_dns_import_script.c - Private DNS zones from a script of az commands. */
#include <string.h>
#include <strings.h>

#include "backends/azure_private_dns/azure_dns_import_shell.h"
#include "rules/base/arena.h"

/**
 * DOC: Commands in order
 *
 * The reader does to its own zones what az would do to Azure's: records are added and
 * taken away again, in the order of the script.  Every command is taken to succeed; one
 * that is run perhaps leaves a condition behind, "line 12 is run".
 */

enum option {
	OPTION_NAME,
	OPTION_ZONE,
	OPTION_GROUP,
	OPTION_VALUE,
	OPTION_REGISTERS,
	OPTION_POLICY,
	OPTION_KEEP,
	OPTION_IDS,
	OPTION_CHANGE,
	OPTION_IGNORED,
	OPTIONS,
};

static const struct {
	enum option option;
	const char *text, *letter;
} options[] = {
#define OPTION(id, text, letter) {OPTION_##id, text, letter},
#include "backends/azure_private_dns/azure_dns_import_options.def"
#undef OPTION
};

/** struct call - One "az network private-dns …": what is done to what */
struct call {
	struct azdns_importer *importer;
	const struct shell_command *command;
	const char *verbs[4]; /* "record-set", "a", "add-record" */
	size_t verb_count;
	const struct shell_word *values[OPTIONS]; /* of an option without one: itself */
	const char *condition;
	bool unread; /* some of its words are not known */
};

static bool is_verb(const struct call *call, size_t at, const char *text)
{
	return call->verb_count > at && strcmp(call->verbs[at], text) == 0;
}

/* -- options ---------------------------------------------------------------------------
 */

static bool find_option(const char *text, size_t length, enum option *ret_option)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if ((strlen(options[i].text) == length &&
		     strncmp(options[i].text, text, length) == 0) ||
		    (options[i].letter && length == 2 &&
		     strncmp(options[i].letter, text, 2) == 0)) {
			*ret_option = options[i].option;
			return true;
		}
	return false;
}

/* An option, whatever its value is: "--name=$X" */
static bool is_option(const struct shell_word *word)
{
	size_t length = strcspn(word->text, "=");
	enum option option;

	return word->text[0] == '-' &&
	       (word->known ||
		(word->text[length] && find_option(word->text, length, &option)));
}

static const struct shell_word *part_of(struct call *call, const struct shell_word *word,
					const char *text)
{
	struct shell_word *part = arena_make(call->importer->arena, struct shell_word);

	*part = *word;
	part->text = text;
	return part;
}

/* An option and its value, "--name x" or "--name=x"; returns the words taken. */
static size_t read_option(struct call *call, size_t at)
{
	const struct shell_command *command = call->command;
	const struct shell_word *word = &command->words[at];
	size_t length = strcspn(word->text, "=");
	enum option option = OPTION_IGNORED;

	if (!find_option(word->text, length, &option)) {
		diag_report(call->importer->diag, DIAG_AZURE_DNS_OPTION, word->at,
			    "'%.*s' is no option of 'az network private-dns' that is "
			    "known",
			    (int)(length > 40 ? 40 : length), word->text);
		diag_help(call->importer->diag, "what it does is not followed");
	}
	call->values[option] = word;
	if (word->text[length]) {
		call->values[option] = part_of(call, word, word->text + length + 1);
		return 1;
	}
	if (at + 1 == command->count || command->words[at + 1].text[0] == '-')
		return 1;
	call->values[option] = &command->words[at + 1];
	return 2;
}

static void read_words(struct call *call)
{
	const struct shell_command *command = call->command;
	size_t at = 3;

	for (; at < command->count && command->words[at].text[0] != '-'; at++) {
		if (call->verb_count == ARRAY_SIZE(call->verbs))
			return;
		call->unread |= !command->words[at].known;
		call->verbs[call->verb_count++] = command->words[at].text;
	}
	while (at < command->count) {
		const struct shell_word *word = &command->words[at];

		if (is_option(word)) {
			at += read_option(call, at);
			continue;
		}
		/* a variable may hold options; further values are of --tags */
		call->unread |= !word->known;
		at++;
	}
}

/* The value of an option that az does not do without. */
static const struct shell_word *needed(struct call *call, enum option option)
{
	if (!call->values[option])
		for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
			if (options[i].option != option)
				continue;
			azdns_refused(call->importer, call->command->at,
				      "a command without '%s'", options[i].text);
			break;
		}
	return call->values[option];
}

/* -- zones and links -------------------------------------------------------------------
 */

static struct azdns_zone *zone_of(struct call *call, const struct shell_word *name)
{
	const struct shell_word *group = call->values[OPTION_GROUP];
	struct azdns_zone *zone;
	const char *key;

	if (!name)
		return azdns_zone_of(call->importer, "?", "[a zone that is not named]",
				     false, call->command->at);
	key = arena_printf(call->importer->arena, "%s in group '%s'",
			   azdns_lower(call->importer, name->text),
			   group ? azdns_lower(call->importer, group->text) : "");
	zone = azdns_zone_of(call->importer, key, name->text, name->known, name->at);
	zone->gone = false;
	return zone;
}

static void drop_set(struct call *call, struct azdns_set *set);

static void change_zone(struct call *call)
{
	struct azdns_zone *zone;

	if (!is_verb(call, 1, "create") && !is_verb(call, 1, "delete") &&
	    !is_verb(call, 1, "import"))
		return;
	zone = zone_of(call, needed(call, OPTION_NAME));
	if (is_verb(call, 1, "import"))
		azdns_add_writer(call->importer, zone,
				 arena_printf(call->importer->arena,
					      "the file that line %u imports says so",
					      call->command->line));
	if (!is_verb(call, 1, "delete"))
		return;
	zone->gone = !call->condition && zone->name;
	for (size_t i = 0; i < zone->count; i++) {
		drop_set(call, zone->sets[i]);
		zone->sets[i]->gone |= zone->gone;
	}
	if (!zone->gone)
		zone->condition =
			azdns_both(call->importer, zone->condition,
				   arena_printf(call->importer->arena,
						"'%s' is left after line %u", zone->text,
						call->command->line));
}

static enum azdns_policy read_policy(struct call *call, const struct shell_word *word)
{
	if (!word || (word->known && strcasecmp(word->text, "Default") == 0))
		return AZDNS_REFUSES;
	if (word->known && strcasecmp(word->text, "NxDomainRedirect") == 0)
		return call->condition ? AZDNS_EITHER : AZDNS_REDIRECTS;
	if (word->known)
		azdns_refused(call->importer, word->at, "'%.80s' as a resolution policy",
			      word->text);
	return AZDNS_EITHER;
}

/* az takes 1, t, true, y and yes as true (azure-cli-core, aaz/_arg_action.py). */
static bool is_false(const struct shell_word *word)
{
	static const char *const words[] = {"false", "f", "no", "n", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (word->known && strcasecmp(word->text, words[i]) == 0)
			return true;
	return false;
}

static void change_link(struct call *call)
{
	const struct shell_word *registers = call->values[OPTION_REGISTERS];
	bool changed = registers || call->values[OPTION_POLICY];

	if (!is_verb(call, 2, "create") && !(is_verb(call, 2, "update") && changed))
		return;
	azdns_add_link(zone_of(call, needed(call, OPTION_ZONE)),
		       read_policy(call, call->values[OPTION_POLICY]),
		       registers && !is_false(registers));
}

/* -- record sets -----------------------------------------------------------------------
 */

static const char *not_run(struct call *call)
{
	return arena_printf(call->importer->arena, "line %u is not run",
			    call->command->line);
}

/* All addresses are gone, if the command is run and means this set. */
static void drop_set(struct call *call, struct azdns_set *set)
{
	const char *name = set->text;

	if (!call->condition && set->name) {
		set->count = 0;
		set->condition = NULL;
		set->gone = true;
		return;
	}
	for (size_t i = 0; i < set->count; i++)
		set->entries[i].condition =
			azdns_both(call->importer, set->entries[i].condition,
				   not_run(call));
	set->condition = azdns_both(call->importer, set->condition,
				    arena_printf(call->importer->arena,
						 "'%s' is left after line %u", name,
						 call->command->line));
}

/* The set exists from here on. */
static void keep_set(struct call *call, struct azdns_set *set)
{
	if (set->gone || !call->condition)
		set->condition = call->condition;
	set->gone = false;
}

static const char *read_id(struct call *call)
{
	static const char mark[] = "postern:";
	const char *text = call->command->comment;

	while (text && (*text == ' ' || *text == '\t'))
		text++;
	if (!text || strncmp(text, mark, strlen(mark)) != 0)
		return NULL;
	text += strlen(mark);
	return azdns_id(call->importer, text, strcspn(text, " \t\r"));
}

static void add_value(struct call *call, struct azdns_set *set)
{
	const struct shell_word *word = call->values[OPTION_VALUE];
	struct azdns_entry *entry;

	keep_set(call, set);
	if (set->type == AZDNS_OTHER || !needed(call, OPTION_VALUE))
		return;
	/* there is one canonical name, and the last one set is it */
	if (set->type == AZDNS_CNAME && !call->condition)
		set->count = 0;
	for (size_t i = 0; set->type == AZDNS_CNAME && i < set->count; i++)
		set->entries[i].condition =
			azdns_both(call->importer, set->entries[i].condition,
				   not_run(call));
	entry = azdns_add_entry(call->importer, set, call->command->at);
	entry->condition = call->condition;
	entry->id = read_id(call);
	if (word->known)
		azdns_read_value(call->importer, set, entry, word->text, word->at);
	else
		entry->unread = word->text;
}

static bool is_entry(const struct azdns_entry *entry, const struct azdns_entry *other)
{
	if (entry->unread || entry->cname)
		return false;
	return entry->addr.family == other->addr.family &&
	       entry->addr.value == other->addr.value;
}

static void remove_value(struct call *call, struct azdns_set *set)
{
	const struct shell_word *word = call->values[OPTION_VALUE];
	struct azdns_entry gone = {0};
	size_t left = 0;

	if (set->type == AZDNS_CNAME || set->type == AZDNS_OTHER) {
		if (set->type == AZDNS_CNAME)
			drop_set(call, set);
		return;
	}
	if (!needed(call, OPTION_VALUE))
		return;
	if (word->known)
		azdns_read_value(call->importer, set, &gone, word->text, word->at);
	for (size_t i = 0; i < set->count; i++) {
		struct azdns_entry entry = set->entries[i];
		bool same = is_entry(&entry, &gone) && word->known;

		if (same && !call->condition && set->name)
			continue;
		/* what is taken away may be this one */
		if (same || entry.unread || !word->known)
			entry.condition = azdns_both(call->importer, entry.condition,
						     not_run(call));
		set->entries[left++] = entry;
	}
	set->count = left;
	if (!left && !call->condition && !call->values[OPTION_KEEP])
		set->gone = true;
}

/* "--set" and its kin may make anything of the set. */
static void update_set(struct call *call, struct azdns_set *set)
{
	struct azdns_entry *entry;

	if (!call->values[OPTION_CHANGE] || set->type == AZDNS_OTHER)
		return;
	for (size_t i = 0; i < set->count; i++)
		set->entries[i].condition =
			azdns_both(call->importer, set->entries[i].condition,
				   not_run(call));
	keep_set(call, set);
	entry = azdns_add_entry(call->importer, set, call->command->at);
	entry->unread = arena_printf(call->importer->arena, "what line %u sets",
				     call->command->line);
	entry->condition = call->condition;
}

static bool reads_only(const struct call *call)
{
	return is_verb(call, 2, "list") || is_verb(call, 2, "show") ||
	       is_verb(call, 1, "list") || is_verb(call, 1, "soa");
}

/* What a name that is not known takes away may be any set of the type. */
static void blur_sets(struct call *call, struct azdns_zone *zone, enum azdns_type type)
{
	const char *condition = call->condition;

	call->condition = condition ? condition : not_run(call);
	for (size_t i = 0; i < zone->count; i++)
		if (zone->sets[i]->type == type)
			drop_set(call, zone->sets[i]);
	call->condition = condition;
}

static void change_set(struct call *call)
{
	const struct shell_word *name;
	enum azdns_type type;
	struct azdns_zone *zone;
	struct azdns_set *set;
	size_t before;

	if (call->verb_count < 3 || reads_only(call) ||
	    !azdns_read_type(call->verbs[1], &type))
		return;
	name = needed(call, OPTION_NAME);
	zone = zone_of(call, needed(call, OPTION_ZONE));
	if (!name)
		return;
	before = zone->count;
	set = azdns_set_of(call->importer, zone, type, name->text, name->known,
			   call->command->at);
	if (zone->count != before)
		set->gone = true;
	if (is_verb(call, 2, "create"))
		keep_set(call, set);
	else if (is_verb(call, 2, "add-record") || is_verb(call, 2, "set-record"))
		add_value(call, set);
	else if (!set->name)
		blur_sets(call, zone, type);
	else if (is_verb(call, 2, "remove-record"))
		remove_value(call, set);
	else if (is_verb(call, 2, "delete"))
		drop_set(call, set);
	else
		update_set(call, set);
}

/* -- the whole -------------------------------------------------------------------------
 */

static void run_call(struct call *call)
{
	read_words(call);
	if (call->command->perhaps)
		call->condition = arena_printf(call->importer->arena, "line %u is run",
					       call->command->line);
	/* which zone it is about cannot be seen */
	if (call->unread || call->values[OPTION_IDS])
		zone_of(call, NULL);
	else if (is_verb(call, 0, "zone"))
		change_zone(call);
	else if (is_verb(call, 0, "link"))
		change_link(call);
	else if (is_verb(call, 0, "record-set"))
		change_set(call);
}

static bool is_az(const struct shell_command *command, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (command->count <= i || strcmp(command->words[i].text, words[i]) != 0)
			return false;
	return true;
}

static bool is_harmless(const struct shell_command *command)
{
	static const char *const words[] = {":",    "set",    "echo",  "printf", "true",
					    "exit", "return", "[",     "[[",	 "test",
					    "cd",   "sleep",  "shift", "trap"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(command->words[0].text, words[i]) == 0)
			return true;
	return false;
}

int azdns_read_script(struct azdns_importer *importer)
{
	static const char *const dns[] = {"az", "network", "private-dns", NULL};
	static const char *const endpoint[] = {"az", "network", "private-endpoint",
					       "dns-zone-group", NULL};
	struct shell shell;
	struct shell_command command = {0};
	bool others = false;
	unsigned writer = 0;
	int result;

	shell_begin(&shell, importer);
	while ((result = shell_next(&shell, &command)) > 0) {
		struct call call = {.importer = importer, .command = &command};

		if (is_az(&command, dns))
			run_call(&call);
		else if (is_az(&command, endpoint))
			writer = writer ? writer : command.line;
		else
			others |= !is_harmless(&command);
	}
	if (shell.hidden)
		azdns_zone_of(importer, "?",
			      arena_printf(importer->arena, "[a zone of line %u]",
					   shell.hidden),
			      false, command.at);
	/* at the end: whichever zones it means are there by then */
	if (writer)
		azdns_add_writer(importer, NULL,
				 arena_printf(importer->arena,
					      "the private endpoint of line %u writes it",
					      writer));
	if (others && importer->count)
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "no other command of '%s' than 'az network "
					    "private-dns' changes records",
					    importer->file->name),
			       importer->arena);
	return result;
}
