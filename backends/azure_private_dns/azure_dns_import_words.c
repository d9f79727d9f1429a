/* azure_dns_import_words.c - The words of a shell script. */
#include <ctype.h>
#include <string.h>

#include "backends/azure_private_dns/azure_dns_import_shell.h"
#include "rules/base/arena.h"

/** struct making - A word while it is read */
struct making {
	struct strbuf *text;
	bool known;
	bool quoted;
};

int shell_error(struct shell *shell, const char *at, const char *what)
{
	const struct import_file *file = shell->importer->file;
	uint32_t begin = (uint32_t)(at - file->text);

	diag_report(shell->importer->diag, DIAG_AZURE_DNS_SCRIPT,
		    (struct span){file->source, begin, begin + (at < shell->end)},
		    "'%s' is no shell script: %s", file->name, what);
	return -1;
}

/* -- what is not followed --------------------------------------------------------------
 */

static const char *skip_quoted(const char *at, const char *end)
{
	char quote = *at++;

	for (; at < end && *at != quote; at++)
		if (*at == '\\' && quote != '\'' && at + 1 < end)
			at++;
	return at < end ? at + 1 : NULL;
}

const char *shell_skip_bracket(const char *at, const char *end, char open, char close)
{
	size_t depth = 0;

	while (at < end) {
		if (*at == '\\' && at + 1 < end) {
			at += 2;
			continue;
		}
		/* within "${…}" an apostrophe is mostly one */
		if ((*at == '\'' && open != '{') || *at == '"' || *at == '`') {
			at = skip_quoted(at, end);
			if (!at)
				return NULL;
			continue;
		}
		depth += *at == open;
		depth -= *at == close;
		at++;
		if (!depth)
			return at;
	}
	return NULL;
}

/* Does a command that is not followed change zones? */
static bool changes_zones(const char *text, size_t length)
{
	static const char *const verbs[] = {"create", "add-record",    "set-record",
					    "import", "remove-record", "delete",
					    "update"};

	if (!memmem(text, length, "private-dns", strlen("private-dns")))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (memmem(text, length, verbs[i], strlen(verbs[i])))
			return true;
	return false;
}

/* A text of the script that stands for its value; what a command prints may differ from
 * time to time, so its place is a part of it. */
static int add_unread(struct shell *shell, struct making *making, const char *to,
		      bool placed)
{
	if (!to)
		return shell_error(shell, shell->at, "what is opened here is not closed");
	strbuf_add(making->text, shell->at, (size_t)(to - shell->at));
	if (!shell->hidden && changes_zones(shell->at, (size_t)(to - shell->at)))
		shell->hidden = shell->line;
	if (placed)
		strbuf_printf(making->text, " of line %u", shell->line);
	making->known = false;
	for (; shell->at < to; shell->at++)
		shell->line += *shell->at == '\n';
	return 0;
}

/* -- variables -------------------------------------------------------------------------
 */

static size_t name_length(const char *at, const char *end)
{
	size_t length = 0;

	while (at + length < end &&
	       (isalnum((unsigned char)at[length]) || at[length] == '_'))
		length++;
	return length && isdigit((unsigned char)at[0]) ? 0 : length;
}

static void add_variable(struct shell *shell, struct making *making, const char *name,
			 size_t length)
{
	const char *text = arena_strndup(shell->importer->arena, name, length);
	const struct shell_word *value = textmap_get(&shell->variables, text);

	/* a word that is too long is not known in the end */
	if (making->text->length > SHELL_MAX_WORD)
		return;
	if (value) {
		strbuf_puts(making->text, value->text);
		making->known &= value->known;
		return;
	}
	strbuf_printf(making->text, "$%s", text);
	making->known = false;
}

/* "${NAME}", and "${NAME:?…}" and its kin of a variable that has a value. */
static int add_braced(struct shell *shell, struct making *making)
{
	const char *name = shell->at + 2;
	const char *to = shell_skip_bracket(shell->at + 1, shell->end, '{', '}');
	size_t length = name_length(name, shell->end);
	const struct shell_word *value;

	if (!to || !length)
		return add_unread(shell, making, to, false);
	value = textmap_get(&shell->variables,
			    arena_strndup(shell->importer->arena, name, length));
	if (name[length] != '}' &&
	    (!strchr(":?-=", name[length]) || !value || !*value->text))
		return add_unread(shell, making, to, false);
	add_variable(shell, making, name, length);
	for (; shell->at < to; shell->at++)
		shell->line += *shell->at == '\n';
	return 0;
}

/* At a dollar sign. */
static int add_expansion(struct shell *shell, struct making *making)
{
	const char *next = shell->at + 1;
	size_t length = name_length(next, shell->end);

	if (next < shell->end && *next == '(')
		return add_unread(shell, making,
				  shell_skip_bracket(next, shell->end, '(', ')'), true);
	if (next < shell->end && *next == '{')
		return add_braced(shell, making);
	if (length) {
		add_variable(shell, making, next, length);
		shell->at = next + length;
		return 0;
	}
	/* "$1", "$@" */
	if (next < shell->end && *next && strchr("0123456789@*#?$!-", *next))
		return add_unread(shell, making, next + 1, true);
	strbuf_putc(making->text, *shell->at++);
	return 0;
}

/* -- quotes ----------------------------------------------------------------------------
 */

static int add_single(struct shell *shell, struct making *making)
{
	const char *close =
		memchr(shell->at + 1, '\'', (size_t)(shell->end - shell->at - 1));

	if (!close)
		return shell_error(shell, shell->at, "the quote is not closed");
	strbuf_add(making->text, shell->at + 1, (size_t)(close - shell->at - 1));
	for (; shell->at <= close; shell->at++)
		shell->line += *shell->at == '\n';
	return 0;
}

static int add_double(struct shell *shell, struct making *making)
{
	const char *begin = shell->at++;

	while (shell->at < shell->end && *shell->at != '"') {
		char c = *shell->at;

		if (c == '$' || c == '`') {
			if (c == '$' ? add_expansion(shell, making)
				     : add_unread(shell, making,
						  skip_quoted(shell->at, shell->end),
						  true))
				return -1;
			continue;
		}
		if (c == '\\' && shell->at + 1 < shell->end) {
			char next = shell->at[1];

			if (strchr("$`\"\\\n", next) && next) {
				shell->line += next == '\n';
				if (next != '\n')
					strbuf_putc(making->text, next);
				shell->at += 2;
				continue;
			}
		}
		shell->line += c == '\n';
		strbuf_putc(making->text, c);
		shell->at++;
	}
	if (shell->at == shell->end)
		return shell_error(shell, begin, "the quote is not closed");
	shell->at++;
	return 0;
}

/* -- words -----------------------------------------------------------------------------
 */

static int add_part(struct shell *shell, struct making *making)
{
	char c = *shell->at;

	making->quoted |= c == '\'' || c == '"' || c == '\\';
	switch (c) {
	case '\'':
		return add_single(shell, making);
	case '"':
		return add_double(shell, making);
	case '$':
		return add_expansion(shell, making);
	case '`':
		return add_unread(shell, making, skip_quoted(shell->at, shell->end),
				  true);
	case '\\':
		if (shell->at + 1 == shell->end) {
			shell->at++;
			return 0;
		}
		shell->line += shell->at[1] == '\n';
		if (shell->at[1] != '\n')
			strbuf_putc(making->text, shell->at[1]);
		shell->at += 2;
		return 0;
	default:
		strbuf_putc(making->text, c);
		shell->at++;
		return 0;
	}
}

/* Documentation writes NAME=<what to put here>. */
static bool is_placeholder(const struct shell *shell, const struct making *making)
{
	size_t length = making->text->length;
	const char *close;

	if (*shell->at != '<' || !length || making->text->text[length - 1] != '=')
		return false;
	close = memchr(shell->at, '>', (size_t)(shell->end - shell->at));
	return close && !memchr(shell->at, '\n', (size_t)(close - shell->at)) &&
	       shell->at[1] != '<' && shell->at[1] != '(';
}

static bool ends_word(char c)
{
	return !c || strchr(" \t\r\n;&|()<>", c);
}

int shell_read_word(struct shell *shell, struct shell_word *ret_word)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct making making = {.text = &text, .known = true};
	const char *begin = shell->at;
	int error = 0;

	while (!error && shell->at < shell->end) {
		if (is_placeholder(shell, &making)) {
			const char *close =
				memchr(shell->at, '>', (size_t)(shell->end - shell->at));

			error = add_unread(shell, &making, close + 1, false);
			continue;
		}
		if (ends_word(*shell->at))
			break;
		error = add_part(shell, &making);
	}
	if (error)
		return -1;
	if (text.length > SHELL_MAX_WORD ||
	    memchr(strbuf_text(&text), '\0', text.length)) {
		making.known = false;
		strbuf_release(&text);
		text = (struct strbuf){0};
		strbuf_printf(&text, "$(a text of line %u)", shell->line);
	}
	*ret_word = (struct shell_word){
		.text = arena_strndup(shell->importer->arena, strbuf_text(&text),
				      text.length),
		.known = making.known,
		.quoted = making.quoted,
		.at =
			{
				.source = shell->importer->file->source,
				.begin = (uint32_t)(begin - shell->importer->file->text),
				.end = (uint32_t)(shell->at -
						  shell->importer->file->text),
			},
	};
	return 0;
}
