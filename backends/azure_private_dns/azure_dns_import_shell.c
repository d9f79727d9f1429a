/* azure_dns_import_shell.c - The commands of a shell script. */
#include "backends/azure_private_dns/azure_dns_import_shell.h"

#include <ctype.h>
#include <string.h>

#include "rules/base/arena.h"

void shell_begin(struct shell *shell, struct azdns_importer *importer)
{
	*shell = (struct shell){
		.importer = importer,
		.at = importer->file->text,
		.end = importer->file->text + importer->file->length,
		.line = 1,
	};
}

/* -- conditions, loops, groups ---------------------------------------------------------
 */

static bool is_perhaps(const struct shell *shell)
{
	return shell->after_or || (shell->depth && shell->nest[shell->depth - 1].perhaps);
}

static int push(struct shell *shell, enum shell_nest kind)
{
	bool perhaps = is_perhaps(shell) || kind == SHELL_CONDITION ||
		       kind == SHELL_CASE || shell->function;

	if (shell->depth == SHELL_MAX_DEPTH)
		return shell_error(shell, shell->at,
				   "conditions, loops and functions are too deep");
	shell->nest[shell->depth].kind = kind;
	shell->nest[shell->depth++].perhaps = perhaps;
	shell->function = shell->after_or = false;
	return 0;
}

static int pop(struct shell *shell, enum shell_nest kind)
{
	if (!shell->depth || shell->nest[shell->depth - 1].kind != kind)
		return shell_error(shell, shell->at, "what ends here has not begun");
	shell->depth--;
	return 0;
}

static bool in_case(const struct shell *shell)
{
	return shell->depth && shell->nest[shell->depth - 1].kind == SHELL_CASE;
}

/* -- blanks, comments, lines ------------------------------------------------------------
 */

static void skip_blanks(struct shell *shell)
{
	while (shell->at < shell->end) {
		if (*shell->at == ' ' || *shell->at == '\t' || *shell->at == '\r' ||
		    !*shell->at)
			shell->at++;
		else if (shell->end - shell->at > 1 && memcmp(shell->at, "\\\n", 2) == 0)
			shell->at += 2, shell->line++;
		else
			break;
	}
}

static const char *line_end(const struct shell *shell)
{
	const char *feed = memchr(shell->at, '\n', (size_t)(shell->end - shell->at));

	return feed ? feed : shell->end;
}

static const char *read_comment(struct shell *shell)
{
	const char *to = line_end(shell), *text;

	text = arena_strndup(shell->importer->arena, shell->at + 1,
			     (size_t)(to - shell->at - 1));
	shell->at = to;
	return text;
}

/* Whether the line at @shell->at is the word that ends a document. */
static bool is_line(const struct shell *shell, const char *word)
{
	const char *at = shell->at, *to = line_end(shell);

	while (at < to && *at == '\t')
		at++;
	while (to > at && to[-1] == '\r')
		to--;
	return (size_t)(to - at) == strlen(word) &&
	       memcmp(at, word, (size_t)(to - at)) == 0;
}

/* At a line feed: documents ("<<EOF") begin behind it. */
static void end_line(struct shell *shell)
{
	shell->at++;
	shell->line++;
	for (size_t i = 0; i < shell->heredoc_count; i++)
		while (shell->at < shell->end) {
			bool last = is_line(shell, shell->heredocs[i]);
			const char *to = line_end(shell);

			shell->at = to + (to < shell->end);
			shell->line++;
			if (last)
				break;
		}
	shell->heredoc_count = 0;
}

/* "> /dev/null", "2>&1", "<<EOF": they change no argument. */
static int read_redirection(struct shell *shell)
{
	bool document = shell->end - shell->at > 1 && memcmp(shell->at, "<<", 2) == 0;
	struct shell_word word;

	document &= shell->end - shell->at < 3 || shell->at[2] != '<';
	while (shell->at < shell->end && *shell->at && strchr("<>&|", *shell->at))
		shell->at++;
	if (document && shell->at < shell->end && *shell->at == '-')
		shell->at++;
	/* "<(command)" */
	if (shell->at < shell->end && *shell->at == '(') {
		shell->at++;
		return push(shell, SHELL_SUBSHELL);
	}
	skip_blanks(shell);
	if (shell_read_word(shell, &word))
		return -1;
	if (!document)
		return 0;
	if (shell->heredoc_count == ARRAY_SIZE(shell->heredocs))
		return shell_error(shell, shell->at, "too many documents begin here");
	shell->heredocs[shell->heredoc_count++] = word.text;
	return 0;
}

/* -- commands --------------------------------------------------------------------------
 */

static bool is_word(const struct shell_word *word, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (!word->quoted && word->known && strcmp(word->text, words[i]) == 0)
			return true;
	return false;
}

static const char *const case_word[] = {"case", NULL};

/* "(" begins a subshell, arithmetic, the values of an array or a function's body. */
static int read_open(struct shell *shell, struct shell_command *command)
{
	bool array = command->count && shell->at[-1] == '=';

	if (array || (shell->end - shell->at > 1 && shell->at[1] == '(')) {
		const char *to = shell_skip_bracket(shell->at, shell->end, '(', ')');

		if (!to)
			return shell_error(shell, shell->at, "the bracket is not closed");
		if (array)
			command->words[command->count - 1].known = false;
		for (; shell->at < to; shell->at++)
			shell->line += *shell->at == '\n';
		return 0;
	}
	shell->at++;
	if (command->count != 1 || is_word(&command->words[0], case_word))
		return push(shell, SHELL_SUBSHELL) ? -1 : 1;
	skip_blanks(shell);
	if (shell->at == shell->end || *shell->at != ')')
		return shell_error(shell, shell->at, "a bracket where none may be");
	shell->at++;
	shell->function = true;
	command->count = 0;
	return 1;
}

/* Return: 1 when an operator ends the command, 0 when there was none, -1 */
static int read_operator(struct shell *shell, struct shell_command *command)
{
	char c = *shell->at, next = shell->end - shell->at > 1 ? shell->at[1] : '\0';

	if (!c || !strchr("\n;&|()", c))
		return 0;
	if (c == '\n') {
		/* "a ||" goes on in the next line */
		if (command->count)
			shell->after_or = false;
		end_line(shell);
		return 1;
	}
	if (c == '(')
		return read_open(shell, command);
	if (c == ')') {
		bool pattern = in_case(shell) ||
			       (command->count && is_word(&command->words[0], case_word));

		shell->at++;
		shell->after_or = false;
		return !pattern && pop(shell, SHELL_SUBSHELL) ? -1 : 1;
	}
	shell->after_or = c == '|' && next == '|';
	shell->at += next == c && c != ';' ? 2 : 1;
	return 1;
}

static bool is_assignment(const struct shell_word *word, const char **ret_value)
{
	size_t length = 0;

	while (isalnum((unsigned char)word->text[length]) || word->text[length] == '_')
		length++;
	if (!length || isdigit((unsigned char)word->text[0]) || word->text[length] != '=')
		return false;
	*ret_value = word->text + length + 1;
	return true;
}

static void set_variable(struct shell *shell, const struct shell_word *word, bool perhaps)
{
	struct shell_word *value = arena_make(shell->importer->arena, struct shell_word);
	const char *name, *text;

	if (!is_assignment(word, &text)) {
		/* "read NAME", "unset NAME": it is another one from here on */
		name = word->text;
		text = arena_printf(shell->importer->arena, "$%s of line %u", name,
				    shell->line);
		perhaps = true;
	} else {
		name = arena_strndup(shell->importer->arena, word->text,
				     (size_t)(text - word->text - 1));
	}
	if (perhaps && is_assignment(word, &text))
		text = arena_printf(shell->importer->arena, "$%s of line %u", name,
				    shell->line);
	*value = (struct shell_word){text, word->known && !perhaps, word->quoted,
				     word->at};
	textmap_put(&shell->variables, name, value, shell->importer->arena);
}

static void drop_first(struct shell_command *command)
{
	command->words++;
	command->count--;
	command->capacity--;
}

/* Words of the shell's own grammar in front.  Return: 0, or -1 */
static int take_reserved(struct shell *shell, struct shell_command *command)
{
	static const char *const conditions[] = {"if", "while", "until", NULL};
	static const char *const loops[] = {"for", "select", NULL};
	static const char *const middles[] = {"then", "elif", "else",	 "do",	 "!",
					      "time", "sudo", "command", "exec", NULL};
	static const char *const ends[] = {"fi", "done", NULL};
	static const char *const esac[] = {"esac", NULL}, *const open[] = {"{", NULL},
				 *const close[] = {"}", NULL},
				 *const function[] = {"function", NULL};

	while (command->count) {
		const struct shell_word *word = &command->words[0];

		if (is_word(word, conditions)) {
			if (push(shell, SHELL_CONDITION))
				return -1;
		} else if (is_word(word, loops)) {
			if (command->count > 1)
				set_variable(shell, &command->words[1], true);
			command->count = 0;
			return push(shell, SHELL_CONDITION);
		} else if (is_word(word, case_word)) {
			/* "case X in a) …": the first pattern stands behind it */
			command->count = 0;
			return push(shell, SHELL_CASE);
		} else if (is_word(word, ends)) {
			if (pop(shell, SHELL_CONDITION))
				return -1;
		} else if (is_word(word, esac)) {
			if (pop(shell, SHELL_CASE))
				return -1;
		} else if (is_word(word, open)) {
			if (push(shell, SHELL_GROUP))
				return -1;
		} else if (is_word(word, close)) {
			if (pop(shell, SHELL_GROUP))
				return -1;
		} else if (is_word(word, function)) {
			shell->function = true;
			if (command->count > 1)
				drop_first(command);
		} else if (!is_word(word, middles)) {
			return 0;
		}
		drop_first(command);
	}
	return 0;
}

/* Assignments, alone or in front of a command, and commands that set variables. */
static void take_assignments(struct shell *shell, struct shell_command *command)
{
	static const char *const sets[] = {"export",  "readonly", "local", "declare",
					   "typeset", "read",	  "unset", NULL};
	const char *value;
	size_t count = 0;

	while (count < command->count && is_assignment(&command->words[count], &value))
		count++;
	/* those in front of a command are for it alone */
	for (size_t i = 0; i < count && count == command->count; i++)
		set_variable(shell, &command->words[i], command->perhaps);
	for (; count; count--)
		drop_first(command);
	if (!command->count || !is_word(&command->words[0], sets))
		return;
	for (size_t i = 1; i < command->count; i++)
		if (is_assignment(&command->words[i], &value) ||
		    strcmp(command->words[0].text, "read") == 0 ||
		    strcmp(command->words[0].text, "unset") == 0)
			set_variable(shell, &command->words[i], command->perhaps);
	command->count = 0;
}

/* "2" of "2>&1" */
static bool is_descriptor(const struct shell *shell, const struct shell_word *word)
{
	return shell->at < shell->end && (*shell->at == '>' || *shell->at == '<') &&
	       !word->quoted && *word->text &&
	       strspn(word->text, "0123456789") == strlen(word->text);
}

/* The words up to an operator.  @ret_or: "||" stood in front of the first */
static int read_words(struct shell *shell, struct shell_command *command, bool *ret_or)
{
	*ret_or = shell->after_or;
	while (skip_blanks(shell), shell->at < shell->end) {
		struct shell_word word;
		const char *before;
		int ended;

		if (*shell->at == '#') {
			const char *comment = read_comment(shell);

			if (command->count)
				command->comment = comment;
			continue;
		}
		if (*shell->at == '<' || *shell->at == '>' ||
		    (*shell->at == '&' && shell->end - shell->at > 1 &&
		     shell->at[1] == '>')) {
			if (read_redirection(shell))
				return -1;
			continue;
		}
		before = shell->at;
		ended = read_operator(shell, command);
		if (ended < 0)
			return -1;
		if (ended && command->count)
			return 0;
		if (shell->at != before)
			continue;
		if (!command->count) {
			*ret_or = shell->after_or;
			command->line = shell->line;
		}
		if (shell_read_word(shell, &word))
			return -1;
		if (!is_descriptor(shell, &word))
			*arena_push(shell->importer->arena, command->words,
				    command->count, command->capacity) = word;
	}
	return 0;
}

int shell_next(struct shell *shell, struct shell_command *ret_command)
{
	while (shell->at < shell->end) {
		struct shell_command command = {0};
		bool after_or, was_or;

		if (read_words(shell, &command, &after_or))
			return -1;
		if (!command.count)
			continue;
		/* what stands behind is for the next one */
		was_or = shell->after_or;
		shell->after_or = after_or;
		if (in_case(shell) && shell->at[-1] == ')' && command.count == 1)
			command.count = 0; /* a pattern */
		command.at = command.words[0].at;
		if (take_reserved(shell, &command))
			return -1;
		command.perhaps = is_perhaps(shell) || after_or;
		shell->after_or = was_or;
		if (!command.count)
			continue;
		command.at = (struct span){command.words[0].at.source,
					   command.words[0].at.begin,
					   command.words[command.count - 1].at.end};
		take_assignments(shell, &command);
		if (!command.count)
			continue;
		*ret_command = command;
		return 1;
	}
	return 0;
}
