/* named_import_names.c - Domain names in zone files and in named.conf. */
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* RFC 1035, section 2.3.4: bytes of a label, and of a name with the length of each label
 * in front and the root's at the end. */
#define MAX_LABEL 63u
#define MAX_NAME  255u

/* A name while it is read: @label bytes of the label at hand, @bytes of what is done. */
struct spelling {
	struct strbuf out;
	size_t label, bytes;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of host names stand for themselves, also "*" and "_"; all others as "\ddd". */
static void add_byte(struct spelling *spelling, unsigned char byte)
{
	char c = (char)byte;

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '*')
		strbuf_putc(&spelling->out, c);
	else
		strbuf_printf(&spelling->out, "\\%03u", byte);
	spelling->label++;
}

/* One byte of a label at @text, escaped or not; how many bytes of text it takes, 0 where
 * the escape is none. */
static size_t read_byte(const char *text, unsigned char *ret_byte)
{
	unsigned value;

	*ret_byte = (unsigned char)text[0];
	if (text[0] != '\\')
		return 1;
	*ret_byte = (unsigned char)text[1];
	if (!text[1])
		return 0;
	if (!is_digit(text[1]))
		return 2;
	if (!is_digit(text[2]) || !is_digit(text[3]))
		return 0;
	value = (unsigned)(text[1] - '0') * 100 + (unsigned)(text[2] - '0') * 10 +
		(unsigned)(text[3] - '0');
	*ret_byte = (unsigned char)value;
	return value > 255 ? 0 : 4;
}

static void end_label(struct spelling *spelling)
{
	spelling->bytes += spelling->label + 1;
	spelling->label = 0;
}

/* How many bytes a name in canonical text has on the wire, but for the root's. */
static size_t wire_length(const char *name)
{
	size_t bytes = *name ? 1 : 0;

	for (; *name; bytes++)
		name += *name == '\\' ? 4 : 1;
	return bytes;
}

/* Reads the labels of @text; NULL or what is wrong. */
static const char *read_labels(struct spelling *spelling, const char *text,
			       bool *ret_absolute)
{
	*ret_absolute = false;
	while (*text) {
		unsigned char byte;
		size_t taken;

		if (*text == '.') {
			if (!spelling->label)
				return "has an empty label";
			end_label(spelling);
			*ret_absolute = !*++text;
			if (*text)
				strbuf_putc(&spelling->out, '.');
			continue;
		}
		taken = read_byte(text, &byte);
		if (!taken)
			return "has a backslash without a character or three digits";
		add_byte(spelling, byte);
		if (spelling->label > MAX_LABEL)
			return "has a label of more than 63 bytes";
		text += taken;
	}
	if (spelling->label)
		end_label(spelling);
	return NULL;
}

static const char *refuse_name(struct named_importer *importer,
			       const struct named_word *word, const char *what)
{
	named_refuse(importer, word->at, "the name '%s' %s", word->text, what);
	return NULL;
}

const char *named_read_name(struct named_importer *importer,
			    const struct named_word *word, const char *origin)
{
	struct spelling spelling = {{0}, 0, 0};
	const char *wrong, *name;
	bool absolute;

	if (strcmp(word->text, ".") == 0)
		return "";
	if (!*word->text)
		return refuse_name(importer, word, "is empty");
	if (strcmp(word->text, "@") == 0)
		return origin ? origin : refuse_name(importer, word, "has no origin");
	wrong = read_labels(&spelling, word->text, &absolute);
	if (!wrong && !absolute && !origin)
		wrong = "has no dot at its end, and no origin is known";
	if (!wrong && !absolute && *origin) {
		strbuf_printf(&spelling.out, ".%s", origin);
		spelling.bytes += wire_length(origin);
	}
	if (!wrong && spelling.bytes + 1 > MAX_NAME)
		wrong = "has more than 255 bytes";
	name = arena_strndup(importer->arena, strbuf_text(&spelling.out),
			     spelling.out.length);
	strbuf_release(&spelling.out);
	return wrong ? refuse_name(importer, word, wrong) : name;
}

unsigned named_labels(const char *name)
{
	unsigned labels = *name ? 1 : 0;

	for (; *name; name++)
		labels += *name == '.';
	return labels;
}

const char *named_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	if (!*name)
		return NULL;
	return dot ? dot + 1 : "";
}

bool named_is_below(const char *name, const char *zone)
{
	size_t length = strlen(name), tail = strlen(zone);

	if (!tail)
		return true;
	if (length < tail || strcmp(name + length - tail, zone) != 0)
		return false;
	return length == tail || name[length - tail - 1] == '.';
}

bool named_is_host(const char *name, bool wild)
{
	if (wild && name[0] == '*' && (name[1] == '.' || !name[1]))
		name += name[1] ? 2 : 1;
	for (const char *at = name; *at; at++) {
		bool edge = at == name || at[-1] == '.' || !at[1] || at[1] == '.';

		if (*at == '.' || (*at >= 'a' && *at <= 'z') || is_digit(*at))
			continue;
		if (*at != '-' || edge)
			return false;
	}
	return true;
}
