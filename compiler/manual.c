/* manual.c - postern(1), made from the tables of commands and options. */
#include "compiler/manual.h"

#include <string.h>

#include "compiler/commands.h"
#include "compiler/options.h"
#include "rules/base/utf8.h"

/** struct example - One row of examples.def */
struct example {
	const char *text;
	const char *line;
	int status;
};

static const struct example examples[] = {
#define EXAMPLE(text, line, status) {text, line, status},
#include "compiler/examples.def"
#undef EXAMPLE
};

const char *manual_example(size_t index, int *ret_status)
{
	if (index >= ARRAY_SIZE(examples))
		return NULL;
	*ret_status = examples[index].status;
	return examples[index].line;
}

/* What one character becomes; NULL for itself. */
static const char *escape(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '\'':
		return "\\(aq";
	case '"':
		return "\\(dq";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

/* "\[u2026]" for a character that is not ASCII: not every roff reads UTF-8. */
static void put_unicode(struct strbuf *out, const char *sequence, size_t length)
{
	unsigned code = (unsigned char)sequence[0] & (0x7fu >> length);

	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)sequence[i] & 0x3fu);
	strbuf_printf(out, "\\[u%04X]", code);
}

void manual_text(struct strbuf *out, const char *text)
{
	size_t length;

	for (; *text; text += length) {
		bool begins_line = !out->length || out->text[out->length - 1] == '\n';

		length = utf8_sequence(text, strnlen(text, 4));
		if (!length)
			BUG("\"%s\" is not UTF-8", text);
		if (begins_line && (*text == '.' || *text == '\''))
			strbuf_puts(out, "\\&");
		if (length > 1)
			put_unicode(out, text, length);
		else if (escape(*text))
			strbuf_puts(out, escape(*text));
		else
			strbuf_putc(out, *text);
	}
}

/* Longer lines are bad style to mandoc -Tlint. */
#define SOURCE_COLUMNS 80

/* Is the word in front of @word (and of one blank) the last of a sentence? */
static bool ends_sentence(const char *word)
{
	return strchr(".!?", word[-2]);
}

void manual_running_text(struct strbuf *out, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf word = {0}, escaped = {0};
	size_t column = 0, length;

	for (; *text; text += length + strspn(text + length, " ")) {
		length = strcspn(text, " ");
		word.length = escaped.length = 0;
		strbuf_add(&word, text, length);
		manual_text(&escaped, strbuf_text(&word));
		if (column && (column + 1 + escaped.length > SOURCE_COLUMNS ||
			       ends_sentence(text))) {
			strbuf_putc(out, '\n');
			column = 0;
		}
		strbuf_printf(out, "%s%s", column ? " " : "", strbuf_text(&escaped));
		column += escaped.length + 1;
	}
	strbuf_putc(out, '\n');
}

/* "SPEC [FILE...]" as mdoc arguments. */
static void arguments(struct strbuf *out, const char *pattern)
{
	CLEANUP(strbuf_release) struct strbuf word = {0};
	size_t length;

	for (; *pattern; pattern += length + strspn(pattern + length, " ")) {
		bool optional = *pattern == '[';
		size_t inner;

		length = strcspn(pattern, " ");
		inner = strcspn(pattern + optional, " ].");
		word.length = 0;
		strbuf_add(&word, pattern + optional, inner);
		strbuf_printf(out, "%s%s%s\n", optional ? ".Op Ar " : ".Ar ",
			      strbuf_text(&word),
			      memmem(pattern, length, "...", 3) ? " ..." : "");
	}
}

static void option_item(struct strbuf *out, const struct option_info *info)
{
	CLEANUP(strbuf_release) struct strbuf help = {0};

	strbuf_puts(out, ".It");
	if (info->letter)
		strbuf_printf(out, " Fl %c ,", info->letter);
	strbuf_puts(out, " Fl Fl ");
	manual_text(out, info->name);
	if (info->argument)
		strbuf_printf(out, " Ns = Ns Ar %s", info->argument);
	strbuf_putc(out, '\n');
	strbuf_printf(&help, "%s.", info->help);
	manual_running_text(out, strbuf_text(&help));
	if (info->fallback) {
		strbuf_puts(out, "The default is\n.Cm ");
		manual_text(out, info->fallback);
		strbuf_puts(out, " .\n");
	}
}

static bool is_common(enum option_id id)
{
	return option_on(id, COMMAND_VERSION) && option_on(id, COMMAND_HELP);
}

static void command_section(struct strbuf *out, enum command_id id)
{
	const struct command *command = command_info(id);
	bool any = false;

	strbuf_printf(out, ".Ss postern %s\n.Nm\n.Cm %s\n.Op Ar option ...\n",
		      command->name, command->name);
	arguments(out, command->arguments);
	strbuf_puts(out, ".Pp\n");
	manual_running_text(out, command->text);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		enum option_id option = (enum option_id)i;

		if (!option_on(option, id) || is_common(option))
			continue;
		if (!any)
			strbuf_puts(out, ".Bl -tag -width Ds\n");
		any = true;
		option_item(out, option_info(option));
	}
	if (any)
		strbuf_puts(out, ".El\n");
}

static void front(struct strbuf *out)
{
	strbuf_puts(
		out,
		".\\\" Made by \"postern generate manual\".\n"
		".Dd " MANUAL_DAY "\n"
		".Dt POSTERN 1\n"
		".Os\n"
		".Sh NAME\n"
		".Nm postern\n"
		".Nd compile registry access to egress rules, with proof\n"
		".Sh SYNOPSIS\n"
		".Nm\n"
		".Ar command\n"
		".Op Ar option ...\n"
		".Op Ar argument ...\n"
		".Nm\n"
		".Fl \\-version\n"
		".Sh DESCRIPTION\n"
		".Nm\n"
		"compiles a declarative spec of who uses which container registry to\n"
		"egress rules for packet filters, clouds and proxies.\n"
		"Every output is read back by an independent reader and compared, for\n"
		"all packets, with what the spec asks for.\n"
		"What cannot be proved is not written.\n"
		".Pp\n"
		"Options and arguments may be mixed;\n"
		".Fl \\-\n"
		"ends the options, and\n"
		".Sq \\-\n"
		"in place of a file is standard input.\n"
		"The spec is described in\n"
		".Xr postern-spec 5 .\n");
}

static void common_options(struct strbuf *out)
{
	strbuf_puts(out, ".Sh OPTIONS\nEvery command takes these.\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (is_common((enum option_id)i))
			option_item(out, option_info((enum option_id)i));
	strbuf_puts(out, ".El\n");
}

static void surroundings(struct strbuf *out)
{
	strbuf_puts(out,
		    ".Sh ENVIRONMENT\n"
		    ".Bl -tag -width NO_COLOR\n"
		    ".It Ev NO_COLOR\n"
		    "When it is set and not empty, messages have no colour unless\n"
		    ".Fl \\-color Ns = Ns Cm always\n"
		    "is given.\n"
		    ".It Ev CI\n"
		    "When it is\n"
		    ".Dq true ,\n"
		    ".Cm compile\n"
		    "and\n"
		    ".Cm verify\n"
		    "refuse a lock that lacks a name, as with\n"
		    ".Fl \\-locked .\n"
		    ".It Ev TERM\n"
		    "When it is unset or\n"
		    ".Dq dumb ,\n"
		    "there is neither colour nor a line about progress.\n"
		    ".El\n"
		    ".Sh FILES\n"
		    ".Bl -tag -width Ds\n"
		    ".It Pa postern.lock\n"
		    "Beside the spec: the addresses that names had when they were last\n"
		    "looked up.\n"
		    ".It Pa postern.lock.meta\n"
		    "When that was, and how many seconds each name may be kept.\n"
		    ".It Pa postern\\-out/\n"
		    "What\n"
		    ".Cm compile\n"
		    "writes, unless\n"
		    ".Fl \\-output\n"
		    "says otherwise: a folder an output and\n"
		    ".Pa proof.json .\n"
		    ".El\n"
		    ".Sh EXIT STATUS\n"
		    ".Bl -tag -width Ds -compact\n"
		    ".It 0\n"
		    "All is fine.\n"
		    ".It 1\n"
		    "The policy is wrong, or something was found.\n"
		    ".It 2\n"
		    "The command line is wrong.\n"
		    ".It 3\n"
		    "The system failed: a file, the memory, the kernel.\n"
		    ".El\n");
}

static void examples_section(struct strbuf *out)
{
	strbuf_puts(out, ".Sh EXAMPLES\n");
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		if (i)
			strbuf_puts(out, ".Pp\n");
		manual_text(out, examples[i].text);
		strbuf_puts(out, "\n.Bd -literal -offset indent\n");
		manual_text(out, examples[i].line);
		strbuf_puts(out, "\n.Ed\n");
	}
}

void manual_program(struct strbuf *out)
{
	front(out);
	common_options(out);
	strbuf_puts(out, ".Sh COMMANDS\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (*command_info((enum command_id)id)->summary)
			command_section(out, (enum command_id)id);
	surroundings(out);
	examples_section(out);
	strbuf_puts(out, ".Sh SEE ALSO\n"
			 ".Xr postern-spec 5 ,\n"
			 ".Xr nft 8 ,\n"
			 ".Xr squid 8\n");
}
