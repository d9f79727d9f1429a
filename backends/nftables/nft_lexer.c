/* nft_lexer.c - The tokens of nftables' text. */
#include "backends/nftables/nft_lexer.h"

#include <string.h>

#include "rules/addr.h"
#include "rules/base/arena.h"

/* Locale-free classes; nft's text is ASCII outside of strings and comments. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word_byte(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '/' ||
	       c == '-';
}

/* The meanings of one name, in order of birth. */
struct meanings {
	struct nft_define **at;
	size_t count, capacity;
};

/* The last one born until @clock, or what was behind it when it was gone by then: the
 * blocks around, and blocks nest three deep. */
static struct nft_define *meaning_at(const struct meanings *meanings, uint32_t clock)
{
	size_t low = 0, high = meanings ? meanings->count : 0;
	struct nft_define *define;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (meanings->at[middle]->born <= clock)
			low = middle + 1;
		else
			high = middle;
	}
	define = low ? meanings->at[low - 1] : NULL;
	while (define && define->died && define->died <= clock)
		define = define->outer;
	return define;
}

static const struct nft_define *lookup(const struct nft_defines *defines,
				       const char *name, size_t length, uint32_t clock)
{
	return meaning_at(nft_names_get(&defines->names, name, length), clock);
}

void nft_define(struct nft_defines *defines, const char *name, size_t length,
		uint32_t begin, uint32_t end, struct arena *arena)
{
	struct meanings *meanings = nft_names_get(&defines->names, name, length);
	struct nft_define *define = arena_make(arena, struct nft_define);
	struct nft_define *before = meaning_at(meanings, defines->clock);

	if (!meanings) {
		meanings = arena_make(arena, struct meanings);
		nft_names_put(&defines->names, name, length, meanings, arena);
	}
	define->begin = begin;
	define->end = end;
	define->born = ++defines->clock;
	define->order = defines->count;
	/* one of the same block goes with it */
	define->outer =
		before && before->order >= defines->scope ? before->outer : before;
	*arena_push(arena, meanings->at, meanings->count, meanings->capacity) = define;
	*arena_push(arena, defines->at, defines->count, defines->capacity) = define;
}

void nft_undefine(struct nft_defines *defines, const char *name, size_t length)
{
	struct nft_define *define =
		meaning_at(nft_names_get(&defines->names, name, length), defines->clock);

	defines->clock++;
	for (; define; define = define->outer)
		if (!define->died)
			define->died = defines->clock;
}

size_t nft_defines_enter(struct nft_defines *defines)
{
	size_t scope = defines->scope;

	defines->scope = defines->count;
	return scope;
}

void nft_defines_leave(struct nft_defines *defines, size_t scope)
{
	if (defines->count > defines->scope)
		defines->clock++;
	for (size_t i = defines->scope; i < defines->count; i++)
		if (!defines->at[i]->died)
			defines->at[i]->died = defines->clock;
	defines->count = defines->scope;
	defines->scope = scope;
}

bool nft_is_defined(const struct nft_defines *defines, const char *name, size_t length)
{
	return lookup(defines, name, length, defines->clock);
}

/* The end of the bytes that the innermost frame may read. */
static uint32_t frame_end(const struct nft_lexer *lexer)
{
	return lexer->frame[lexer->depth].end;
}

/* Byte @at of the frame; NUL behind its end.  A NUL in the text is no token either. */
static char byte_at(const struct nft_lexer *lexer, uint32_t at)
{
	return at < frame_end(lexer) ? lexer->text[at] : '\0';
}

/* "# handle 12", which nft -a prints behind rules */
static void read_comment(struct nft_lexer *lexer, uint32_t begin, uint32_t end)
{
	static const char word[] = "# handle ";
	uint64_t handle = 0;
	uint32_t at = begin + sizeof(word) - 1;

	if (end - begin < sizeof(word) ||
	    memcmp(lexer->text + begin, word, sizeof(word) - 1))
		return;
	for (; at < end && is_digit(lexer->text[at]) && handle < UINT32_MAX; at++)
		handle = 10 * handle + (uint64_t)(lexer->text[at] - '0');
	if (handle)
		lexer->handle = handle;
}

static uint32_t skip_comment(struct nft_lexer *lexer, uint32_t at)
{
	uint32_t end = frame_end(lexer), begin = at;
	const char *newline = memchr(lexer->text + at, '\n', end - at);

	at = newline ? (uint32_t)(newline - lexer->text) : end;
	read_comment(lexer, begin, at);
	return at;
}

static uint32_t skip_blanks(struct nft_lexer *lexer, uint32_t at)
{
	for (;;) {
		char c = byte_at(lexer, at);

		if (c == ' ' || c == '\t' || c == '\r')
			at++;
		else if (c == '\\' && byte_at(lexer, at + 1) == '\n')
			at += 2;
		else if (c == '\\' && byte_at(lexer, at + 1) == '\r' &&
			 byte_at(lexer, at + 2) == '\n')
			at += 3;
		else if (c == '#')
			at = skip_comment(lexer, at);
		else
			return at;
	}
}

/* Four decimal numbers; on success *at is behind them. */
static bool read_ipv4(const struct nft_lexer *lexer, uint32_t *at, u128 *ret_value)
{
	uint32_t value = 0, i = *at;

	for (unsigned group = 0; group < 4; group++) {
		unsigned number = 0, digits = 0;

		if (group && byte_at(lexer, i++) != '.')
			return false;
		for (; digits < 3 && is_digit(byte_at(lexer, i)); digits++)
			number = 10 * number + (unsigned)(byte_at(lexer, i++) - '0');
		/* inet_pton() takes no leading zeros */
		if (!digits || number > 255 ||
		    (digits > 1 && number < (digits == 2 ? 10 : 100)))
			return false;
		value = value << 8 | number;
	}
	if (is_digit(byte_at(lexer, i)) || is_letter(byte_at(lexer, i)) ||
	    (byte_at(lexer, i) == '.' && is_digit(byte_at(lexer, i + 1))))
		return false;
	*at = i;
	*ret_value = value;
	return true;
}

/* 8 groups of 4, 7 colons and a dotted quad in place of the last two: at most 45 */
#define IPV6_TEXT_MAX 45

static bool read_ipv6(const struct nft_lexer *lexer, uint32_t *at, u128 *ret_value)
{
	char copy[IPV6_TEXT_MAX + 1];
	uint32_t length = 0;
	unsigned colons = 0;
	struct addr addr;

	for (; length < IPV6_TEXT_MAX; length++) {
		char c = byte_at(lexer, *at + length);

		if (!is_hex(c) && c != ':' && c != '.')
			break;
		colons += c == ':';
		copy[length] = c;
	}
	if (colons < 2)
		return false;
	/* "::1:" in front of a verdict */
	if (length > 2 && copy[length - 1] == ':' && copy[length - 2] != ':')
		length--;
	copy[length] = '\0';
	if (!addr_parse(copy, &addr) || addr.family != FAMILY_IPV6)
		return false;
	*at += length;
	*ret_value = addr.value;
	return true;
}

/* "0x1f", "017", "15": nft reads a number that begins with 0 as an octal one (1.0.6,
 * scanner.l). */
static unsigned number_base(const struct nft_lexer *lexer, uint32_t at)
{
	if (byte_at(lexer, at) != '0')
		return 10;
	if ((byte_at(lexer, at + 1) | 0x20) == 'x' && is_hex(byte_at(lexer, at + 2)))
		return 16;
	return 8;
}

/*
 * A number, or a word that begins with a digit: "10m30s", "8021q", a MAC address, and
 * "08", which nft looks up as a name since it is no octal number.
 */
static enum nft_token_kind read_number(const struct nft_lexer *lexer, uint32_t *at,
				       u128 *ret_value)
{
	unsigned base = number_base(lexer, *at);
	uint32_t i = *at;
	uint64_t value = 0;
	bool large = false, hex = base == 16;

	for (i += hex ? 2 : 0;
	     hex ? is_hex(byte_at(lexer, i)) : is_digit(byte_at(lexer, i)); i++) {
		char c = byte_at(lexer, i);
		unsigned digit = is_digit(c) ? (unsigned)(c - '0')
					     : (unsigned)((c | 0x20) - 'a' + 10);

		large |= digit >= base || value > (UINT64_MAX - digit) / base;
		value = value * base + digit;
	}
	*ret_value = value;
	if (!large && !is_letter(byte_at(lexer, i)) && byte_at(lexer, i) != '_' &&
	    !(byte_at(lexer, i) == ':' && is_hex(byte_at(lexer, i + 1)) && i - *at == 2 &&
	      is_hex(byte_at(lexer, i + 2)) && byte_at(lexer, i + 3) == ':')) {
		*at = i;
		return NFT_NUMBER;
	}
	while (is_letter(byte_at(lexer, i)) || is_digit(byte_at(lexer, i)) ||
	       byte_at(lexer, i) == '_' ||
	       (byte_at(lexer, i) == ':' && is_hex(byte_at(lexer, i + 1))))
		i++;
	*at = i;
	return NFT_WORD;
}

static uint32_t word_end(const struct nft_lexer *lexer, uint32_t at)
{
	while (is_word_byte(byte_at(lexer, at)))
		at++;
	if (byte_at(lexer, at) == '*')
		return at + 1;
	if (byte_at(lexer, at) == '\\' && byte_at(lexer, at + 1) == '*')
		return at + 2;
	return at;
}

/* Tokens of one or two marks. */
static enum nft_token_kind read_mark(const struct nft_lexer *lexer, uint32_t *at)
{
	static const struct {
		char text[3];
		enum nft_token_kind kind;
	} marks[] = {
		{"==", NFT_EQ},	     {"!=", NFT_NE},	     {"<=", NFT_LE},
		{">=", NFT_GE},	     {"<<", NFT_SHIFT_LEFT}, {">>", NFT_SHIFT_RIGHT},
		{"\n", NFT_NEWLINE}, {";", NFT_SEMICOLON},   {"{", NFT_OPEN},
		{"}", NFT_CLOSE},    {"(", NFT_PAREN},	     {")", NFT_UNPAREN},
		{",", NFT_COMMA},    {":", NFT_COLON},	     {".", NFT_DOT},
		{"/", NFT_SLASH},    {"-", NFT_DASH},	     {"+", NFT_PLUS},
		{"*", NFT_STAR},     {"@", NFT_AT},	     {"=", NFT_ASSIGN},
		{"<", NFT_LT},	     {">", NFT_GT},	     {"!", NFT_NOT},
		{"&", NFT_AND},	     {"|", NFT_OR},	     {"^", NFT_XOR},
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (byte_at(lexer, *at) != marks[i].text[0])
			continue;
		if (marks[i].text[1] && byte_at(lexer, *at + 1) != marks[i].text[1])
			continue;
		*at += marks[i].text[1] ? 2 : 1;
		return marks[i].kind;
	}
	++*at;
	return NFT_BAD;
}

static void read_string(struct nft_lexer *lexer, uint32_t at)
{
	uint32_t end = frame_end(lexer);
	const char *quote = memchr(lexer->text + at + 1, '"', end - at - 1);

	lexer->now.kind = quote ? NFT_STRING : NFT_BAD;
	lexer->now.begin = quote ? at + 1 : at;
	lexer->now.end = quote ? (uint32_t)(quote - lexer->text) : end;
	lexer->frame[lexer->depth].at = quote ? lexer->now.end + 1 : end;
}

/* One token of the innermost frame, no "$". */
static void read_token(struct nft_lexer *lexer, uint32_t at)
{
	char c = byte_at(lexer, at);
	struct nft_token *now = &lexer->now;

	if (c == '"') {
		read_string(lexer, at);
		return;
	}
	now->begin = at;
	if (is_digit(c) && read_ipv4(lexer, &at, &now->value)) {
		now->kind = NFT_IPV4;
	} else if ((is_hex(c) || (c == ':' && byte_at(lexer, at + 1) == ':')) &&
		   read_ipv6(lexer, &at, &now->value)) {
		now->kind = NFT_IPV6;
	} else if (is_digit(c)) {
		now->kind = read_number(lexer, &at, &now->value);
	} else if (is_letter(c) || c == '_' ||
		   (c == '.' && is_word_byte(byte_at(lexer, at + 1)))) {
		now->kind = NFT_WORD;
		at = word_end(lexer, at);
	} else {
		now->kind = read_mark(lexer, &at);
	}
	now->end = at;
	lexer->frame[lexer->depth].at = at;
}

/* "$name": go on in its definition.  False: there is none; the token says so. */
static bool enter_define(struct nft_lexer *lexer, uint32_t at)
{
	uint32_t begin = at + 1, end = begin;
	const struct nft_define *define;

	while (is_word_byte(byte_at(lexer, end)))
		end++;
	define = lexer->defines ? lookup(lexer->defines, lexer->text + begin, end - begin,
					 lexer->frame[lexer->depth].clock)
				: NULL;
	lexer->frame[lexer->depth].at = end;
	if (!define || lexer->depth == NFT_MAX_DEFINE_DEPTH ||
	    lexer->defines->expanded >= NFT_MAX_EXPANDED_TOKENS) {
		lexer->now.kind = NFT_UNDEFINED;
		lexer->now.begin = at;
		lexer->now.end = end;
		return false;
	}
	lexer->depth++;
	lexer->frame[lexer->depth].at = define->begin;
	lexer->frame[lexer->depth].end = define->end;
	lexer->frame[lexer->depth].clock = define->born - 1;
	return true;
}

void nft_next(struct nft_lexer *lexer)
{
	lexer->count++;
	if (!lexer->depth)
		lexer->behind = lexer->frame[0].at;
	for (;;) {
		uint32_t at = skip_blanks(lexer, lexer->frame[lexer->depth].at);

		lexer->frame[lexer->depth].at = at;
		if (at >= frame_end(lexer)) {
			if (lexer->depth) {
				lexer->depth--;
				continue;
			}
			lexer->now = (struct nft_token){.kind = NFT_END,
							.begin = at,
							.end = at};
			return;
		}
		if (lexer->text[at] == '$' && is_word_byte(byte_at(lexer, at + 1))) {
			if (enter_define(lexer, at))
				continue;
			return;
		}
		if (lexer->depth)
			lexer->defines->expanded++;
		read_token(lexer, at);
		return;
	}
}

void nft_lexer_init(struct nft_lexer *lexer, const char *text, uint32_t begin,
		    uint32_t end, struct nft_defines *defines, uint32_t clock)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->text = text;
	lexer->defines = defines;
	lexer->frame[0].at = begin;
	lexer->frame[0].end = end;
	lexer->frame[0].clock = clock;
	nft_next(lexer);
}

bool nft_is_word(const struct nft_lexer *lexer, const char *word)
{
	size_t length = lexer->now.end - lexer->now.begin;

	return lexer->now.kind == NFT_WORD &&
	       strncmp(lexer->text + lexer->now.begin, word, length) == 0 &&
	       !word[length];
}

bool nft_take_word(struct nft_lexer *lexer, const char *word)
{
	if (!nft_is_word(lexer, word))
		return false;
	nft_next(lexer);
	return true;
}

bool nft_take(struct nft_lexer *lexer, enum nft_token_kind kind)
{
	if (lexer->now.kind != kind)
		return false;
	nft_next(lexer);
	return true;
}

bool nft_is_name(const struct nft_lexer *lexer)
{
	return lexer->now.kind == NFT_WORD || lexer->now.kind == NFT_STRING;
}

bool nft_at_end(const struct nft_lexer *lexer)
{
	return lexer->now.kind == NFT_NEWLINE || lexer->now.kind == NFT_SEMICOLON ||
	       lexer->now.kind == NFT_CLOSE || lexer->now.kind == NFT_END;
}

void nft_skip_newlines(struct nft_lexer *lexer)
{
	while (lexer->now.kind == NFT_NEWLINE)
		nft_next(lexer);
}

/* Where the statement ends that goes on at byte @at, @depth braces deep; @solid is then
 * the end of the last byte that is no blank and no comment. */
static uint32_t statement_end(struct nft_lexer *lexer, uint32_t at, unsigned depth,
			      bool block)
{
	for (;; at++) {
		const char *quote;

		lexer->solid = at;
		at = skip_blanks(lexer, at);
		if (at >= frame_end(lexer))
			return frame_end(lexer);
		switch (lexer->text[at]) {
		case '"':
			quote = memchr(lexer->text + at + 1, '"',
				       frame_end(lexer) - at - 1);
			if (!quote)
				return frame_end(lexer);
			at = (uint32_t)(quote - lexer->text);
			break;
		case '{':
			depth++;
			break;
		case '}':
			if (!depth)
				return at;
			if (!--depth && block)
				return at;
			break;
		case '\n':
		case ';':
			if (!depth)
				return at;
			break;
		}
	}
}

void nft_skip_statement(struct nft_lexer *lexer)
{
	if (nft_at_end(lexer))
		return;
	/* A definition's tokens belong to the statement that uses it. */
	if (!lexer->depth)
		lexer->frame[0].at = lexer->now.kind == NFT_STRING ? lexer->now.begin - 1
								   : lexer->now.begin;
	lexer->depth = 0;
	lexer->frame[0].at = statement_end(lexer, lexer->frame[0].at, 0, false);
	nft_next(lexer);
}

bool nft_skip_block(struct nft_lexer *lexer)
{
	uint32_t end;

	lexer->depth = 0;
	end = statement_end(lexer, lexer->now.begin, 0, true);
	if (end >= lexer->frame[0].end) {
		lexer->frame[0].at = lexer->frame[0].end;
		nft_next(lexer);
		return false;
	}
	lexer->frame[0].at = end + 1;
	nft_next(lexer);
	return true;
}
