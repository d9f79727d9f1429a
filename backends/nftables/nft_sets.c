/* nft_sets.c - Sets and maps: what is in them. */
#include "backends/nftables/nft_sets.h"

#include <string.h>

#include "backends/nftables/nft_blocks.h"
#include "backends/nftables/nft_importer.h"
#include "rules/base/arena.h"

static const struct {
	const char *word;
	enum action action;
	bool queue, target;
} verdicts[] = {
	{"accept", ACTION_ADMIT, false, false},
	{"drop", ACTION_REFUSE, false, false},
	{"continue", ACTION_CONTINUE, false, false},
	{"return", ACTION_RETURN, false, false},
	{"jump", ACTION_JUMP, false, true},
	{"goto", ACTION_GOTO, false, true},
	{"queue", ACTION_REFUSE, true, false},
};

/* "queue num 1-3 bypass", "queue flags bypass,fanout to 0-3"; nothing of it matters */
static void skip_queue(struct nft_lexer *lexer)
{
	while (!nft_at_end(lexer) && !nft_is_word(lexer, "comment") &&
	       lexer->now.kind != NFT_UNDEFINED && lexer->now.kind != NFT_BAD)
		nft_next(lexer);
}

bool nft_verdict_read(struct nft_lexer *lexer, struct nft_verdict *ret_verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		struct nft_verdict verdict = {.action = verdicts[i].action,
					      .queue = verdicts[i].queue,
					      .at = lexer->now.begin};

		if (!nft_take_word(lexer, verdicts[i].word))
			continue;
		if (verdicts[i].queue)
			skip_queue(lexer);
		if (verdicts[i].target) {
			if (!nft_is_name(lexer))
				return false;
			verdict.at = lexer->now.begin;
			verdict.target = lexer->text + lexer->now.begin;
			verdict.target_length = lexer->now.end - lexer->now.begin;
			nft_next(lexer);
		}
		*ret_verdict = verdict;
		return true;
	}
	return false;
}

/* "10.0.0.1" in quotes is an address too. */
static bool read_quoted(struct nft_lexer *lexer)
{
	struct nft_lexer inside;

	nft_lexer_init(&inside, lexer->text, lexer->now.begin, lexer->now.end, NULL, 0);
	lexer->now.value = inside.now.value;
	return inside.now.kind == NFT_IPV4 && inside.now.end == lexer->now.end;
}

/* A literal of a type, without operators. */
static bool read_literal(struct nft_lexer *lexer, enum nft_type type, u128 *ret_value)
{
	const struct nft_token *now = &lexer->now;
	bool known;

	if (now->kind == NFT_STRING && type == NFT_TYPE_IPV4)
		known = read_quoted(lexer);
	else if (now->kind == NFT_WORD || now->kind == NFT_STRING)
		known = nft_constant(type, lexer->text + now->begin,
				     now->end - now->begin, &lexer->now.value);
	else if (type == NFT_TYPE_IPV4 || type == NFT_TYPE_IPV6)
		known = now->kind == (type == NFT_TYPE_IPV4 ? NFT_IPV4 : NFT_IPV6);
	else
		known = now->kind == NFT_NUMBER &&
			now->value <= u128_mask(nft_type_bits(type));
	if (!known)
		return false;
	*ret_value = lexer->now.value;
	nft_next(lexer);
	return true;
}

static bool read_or(struct nft_lexer *lexer, enum nft_type type, unsigned depth,
		    u128 *ret_value);

static bool read_primary(struct nft_lexer *lexer, enum nft_type type, unsigned depth,
			 u128 *ret_value)
{
	if (!nft_take(lexer, NFT_PAREN))
		return read_literal(lexer, type, ret_value);
	return depth < NFT_MAX_NESTING && read_or(lexer, type, depth + 1, ret_value) &&
	       nft_take(lexer, NFT_UNPAREN);
}

static bool take_operator(struct nft_lexer *lexer, enum nft_token_kind kind,
			  const char *word)
{
	return nft_take(lexer, kind) || nft_take_word(lexer, word);
}

static bool read_and(struct nft_lexer *lexer, enum nft_type type, unsigned depth,
		     u128 *ret_value)
{
	u128 next;

	if (!read_primary(lexer, type, depth, ret_value))
		return false;
	while (take_operator(lexer, NFT_AND, "and")) {
		if (!read_primary(lexer, type, depth, &next))
			return false;
		*ret_value &= next;
	}
	return true;
}

static bool read_xor(struct nft_lexer *lexer, enum nft_type type, unsigned depth,
		     u128 *ret_value)
{
	u128 next;

	if (!read_and(lexer, type, depth, ret_value))
		return false;
	while (take_operator(lexer, NFT_XOR, "xor")) {
		if (!read_and(lexer, type, depth, &next))
			return false;
		*ret_value ^= next;
	}
	return true;
}

/* "|" binds weaker than "^", that weaker than "&" (nft.8, as in C). */
static bool read_or(struct nft_lexer *lexer, enum nft_type type, unsigned depth,
		    u128 *ret_value)
{
	u128 next;

	if (!read_xor(lexer, type, depth, ret_value))
		return false;
	while (take_operator(lexer, NFT_OR, "or")) {
		if (!read_xor(lexer, type, depth, &next))
			return false;
		*ret_value |= next;
	}
	return true;
}

bool nft_number_read(struct nft_lexer *lexer, enum nft_type type, u128 *ret_value)
{
	return read_or(lexer, type, 0, ret_value);
}

bool nft_range_read(struct nft_lexer *lexer, enum nft_type type, struct range *ret_range)
{
	u128 first, last;

	if (!nft_number_read(lexer, type, &first))
		return false;
	last = first;
	if (nft_take(lexer, NFT_DASH)) {
		if (!nft_number_read(lexer, type, &last))
			return false;
	} else if (lexer->now.kind == NFT_SLASH && !nft_type_is_bitmask(type)) {
		unsigned bits = nft_type_bits(type);
		u128 host;

		nft_next(lexer);
		if (lexer->now.kind != NFT_NUMBER || lexer->now.value > bits)
			return false;
		host = u128_mask(bits - (unsigned)lexer->now.value);
		nft_next(lexer);
		first &= ~host;
		last = first | host;
	}
	if (first > last)
		return false;
	*ret_range = (struct range){first, last};
	return true;
}

static bool is_too_large(const struct nft_lexer *lexer, enum nft_type type)
{
	return lexer->now.kind == NFT_NUMBER &&
	       lexer->now.value > u128_mask(nft_type_bits(type));
}

bool nft_is_impossible(const struct nft_lexer *lexer, enum nft_type type)
{
	bool number = type != NFT_TYPE_IPV4 && type != NFT_TYPE_IPV6 &&
		      type != NFT_TYPE_CT_STATE; /* has 32 bits in nft */
	struct nft_lexer ahead = *lexer;
	u128 first, last;

	if (type == NFT_TYPE_OPAQUE || type == NFT_TYPE_INTERFACE)
		return false;
	if (number && is_too_large(&ahead, type))
		return true;
	if (!nft_number_read(&ahead, type, &first) || !nft_take(&ahead, NFT_DASH))
		return false;
	if (number && is_too_large(&ahead, type))
		return true;
	return nft_number_read(&ahead, type, &last) && last < first;
}

bool nft_word_read(struct nft_lexer *lexer, struct arena *arena, const char **ret_word)
{
	const char *text = lexer->text + lexer->now.begin;
	size_t length = lexer->now.end - lexer->now.begin;

	/* "\*" is a star in the name, which the model's words cannot say */
	if (!nft_is_name(lexer) || !length || memchr(text, '\\', length) ||
	    text[0] == '*' || memchr(text, '*', length - 1))
		return false;
	*ret_word = arena_strndup(arena, text, length);
	nft_next(lexer);
	return true;
}

/* What is said of the time that an element has: bits */
#define TIME_GIVEN 1u /* "timeout 1h" */
#define TIME_LEFT  2u /* "expires 59m" */

/* Goes to what follows an element: options, and elements that are not understood. */
static bool skip_element(struct nft_lexer *lexer, bool data, unsigned *times)
{
	unsigned depth = 0;

	for (;; nft_next(lexer)) {
		enum nft_token_kind kind = lexer->now.kind;

		if (kind == NFT_END || kind == NFT_UNDEFINED)
			return false;
		if (!depth && (kind == NFT_CLOSE || kind == NFT_COMMA ||
			       (kind == NFT_COLON && !data)))
			return true;
		if (nft_is_word(lexer, "timeout"))
			*times |= TIME_GIVEN;
		if (nft_is_word(lexer, "expires"))
			*times |= TIME_LEFT;
		depth += kind == NFT_OPEN;
		depth -= kind == NFT_CLOSE;
	}
}

/* One key, concatenated or not; the parts of a key that fails are dropped again. */
static bool read_key(struct nft_importer *importer, struct nft_lexer *lexer,
		     const struct nft_key *key, struct nft_part *parts)
{
	for (unsigned i = 0; i < key->count; i++) {
		if (i) {
			nft_skip_newlines(lexer);
			if (!nft_take(lexer, NFT_DOT))
				return false;
			nft_skip_newlines(lexer);
		}
		parts[i] = (struct nft_part){0};
		if (key->at[i] == NFT_TYPE_OPAQUE)
			return false;
		if (key->at[i] == NFT_TYPE_INTERFACE) {
			if (!nft_word_read(lexer, importer->arena, &parts[i].word))
				return false;
		} else if (!nft_range_read(lexer, key->at[i], &parts[i].range)) {
			return false;
		}
	}
	return key->count > 0;
}

static void add_key(struct nft_importer *importer, const struct nft_key *key,
		    const struct nft_part *parts, struct nft_content *content)
{
	struct arena *arena = importer->arena;

	if (key->count == 1 && parts->word) {
		*arena_push(arena, content->words.at, content->words.count,
			    content->words.capacity) = parts->word;
	} else if (key->count == 1) {
		ranges_add(&content->numbers, parts->range, arena);
	} else {
		for (unsigned i = 0; i < key->count; i++)
			*arena_push(arena, content->parts, content->part_count,
				    content->part_capacity) = parts[i];
	}
}

/* The branch of a verdict map for a verdict, made when it is not there yet. */
static struct nft_branch *find_branch(struct nft_importer *importer, struct nft_set *set,
				      const struct nft_verdict *verdict)
{
	char *name = arena_printf(importer->arena, "%d%d %.*s", (int)verdict->action,
				  verdict->queue, (int)verdict->target_length,
				  verdict->target ? verdict->target : "");
	struct nft_branch *branch = nft_names_get(&set->branch_names, name, strlen(name));

	if (branch)
		return branch;
	branch = arena_make(importer->arena, struct nft_branch);
	branch->verdict = *verdict;
	nft_names_put(&set->branch_names, name, strlen(name), branch, importer->arena);
	*arena_push(importer->arena, set->branches, set->branch_count,
		    set->branch_capacity) = branch;
	return branch;
}

static bool is_literal(const struct nft_lexer *lexer)
{
	return lexer->now.kind == NFT_NUMBER || lexer->now.kind == NFT_IPV4 ||
	       lexer->now.kind == NFT_IPV6 || lexer->now.kind == NFT_STRING;
}

/* "key", "key timeout 1d comment "x"", "key : data" */
static bool read_element(struct nft_importer *importer, struct nft_lexer *lexer,
			 struct nft_set *set)
{
	struct nft_content *content = &set->content;
	struct nft_part parts[NFT_MAX_FIELDS];
	struct nft_lexer before;
	struct nft_verdict verdict;
	bool all, known;
	unsigned times = 0;
	uint32_t at;

	all = nft_take(lexer, NFT_STAR);
	if (all && set->has_rest) /* there is one rest only */
		return false;
	set->has_rest |= all;
	at = lexer->now.begin;
	before = *lexer;
	known = all || read_key(importer, lexer, &set->key, parts);
	if (!known && set->key.count == 1 && nft_is_impossible(&before, set->key.at[0])) {
		nft_refused(importer, before.now.begin, before.now.end,
			    "there is no such value");
		return false;
	}
	for (unsigned i = 0; known && !all && i < set->key.count; i++)
		if (!set->wide_at && parts[i].range.first != parts[i].range.last)
			set->wide_at = at + 1;
	nft_skip_newlines(lexer);
	if (known && is_literal(lexer)) /* a comma is missing */
		return false;
	if (known && lexer->now.kind != NFT_WORD && lexer->now.kind != NFT_COMMA &&
	    lexer->now.kind != NFT_COLON && lexer->now.kind != NFT_CLOSE)
		known = false;
	if (!skip_element(lexer, false, &times))
		return false;
	if (nft_take(lexer, NFT_COLON)) {
		nft_skip_newlines(lexer);
		if (set->verdicts) {
			if (!nft_verdict_read(lexer, &verdict))
				return false;
			content = &find_branch(importer, set, &verdict)->keys;
		}
		if (!skip_element(lexer, true, &times))
			return false;
	} else if (set->verdicts) {
		return false;
	}
	/* What a resolver put there, for as long as the set says, is where the name
	 * leads. */
	if (times == TIME_LEFT && set->host && set->fades)
		return true;
	set->content.expires |= times != 0;
	content->all |= all;
	content->opaque |= !known;
	if (known && !all)
		add_key(importer, &set->key, parts, content);
	return true;
}

static bool read_elements(struct nft_importer *importer, struct nft_lexer *lexer,
			  struct nft_set *set, unsigned depth)
{
	uint32_t begin = lexer->now.begin;
	bool written = !lexer->depth; /* not by a definition, which may be empty */

	if (depth > NFT_MAX_NESTING || !nft_take(lexer, NFT_OPEN))
		return false;
	nft_skip_newlines(lexer);
	if (written && !lexer->depth && lexer->now.kind == NFT_CLOSE) {
		nft_refused(importer, begin, lexer->now.end, "a list of nothing");
		return false;
	}
	for (;;) {
		nft_skip_newlines(lexer);
		if (nft_take(lexer, NFT_CLOSE))
			return true;
		/* "{ $servers, 10.0.0.1 }" with a set in the definition */
		if (lexer->now.kind == NFT_OPEN) {
			if (!read_elements(importer, lexer, set, depth + 1))
				return false;
		} else if (lexer->now.kind == NFT_UNDEFINED ||
			   !read_element(importer, lexer, set)) {
			return false;
		}
		nft_skip_newlines(lexer);
		if (!nft_take(lexer, NFT_COMMA) && lexer->now.kind != NFT_CLOSE)
			return false;
	}
}

bool nft_elements_read(struct nft_importer *importer, struct nft_lexer *lexer,
		       struct nft_set *set)
{
	return read_elements(importer, lexer, set, 1);
}

static bool same_parts(const struct nft_part *a, const struct nft_part *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (a[i].range.first != b[i].range.first ||
		    a[i].range.last != b[i].range.last)
			return false;
		if (!a[i].word != !b[i].word ||
		    (a[i].word && strcmp(a[i].word, b[i].word)))
			return false;
	}
	return true;
}

/* Takes the elements of @gone out of @content. */
static void remove_content(struct nft_importer *importer, struct nft_content *content,
			   const struct nft_content *gone, unsigned width)
{
	size_t kept = 0;

	ranges_normalize(&content->numbers);
	content->numbers =
		ranges_subtract(&content->numbers, &gone->numbers, importer->arena);
	for (size_t i = 0; i < content->words.count; i++) {
		bool remove = false;

		for (size_t j = 0; j < gone->words.count; j++)
			remove |= strcmp(content->words.at[i], gone->words.at[j]) == 0;
		if (!remove)
			content->words.at[kept++] = content->words.at[i];
	}
	content->words.count = kept;
	kept = 0;
	for (size_t i = 0; i < content->part_count; i += width) {
		bool remove = false;

		for (size_t j = 0; j < gone->part_count && !remove; j += width)
			remove = same_parts(content->parts + i, gone->parts + j, width);
		for (unsigned j = 0; j < width && !remove; j++)
			content->parts[kept++] = content->parts[i + j];
	}
	content->part_count = kept;
	if (gone->all)
		content->all = false;
}

bool nft_elements_delete(struct nft_importer *importer, struct nft_lexer *lexer,
			 struct nft_set *set)
{
	struct nft_set gone = {.key = set->key};

	if (!read_elements(importer, lexer, &gone, 1) || gone.content.opaque)
		return false;
	set->has_rest &= !gone.has_rest;
	set->shrunk = true;
	ranges_normalize(&gone.content.numbers);
	remove_content(importer, &set->content, &gone.content, set->key.count);
	for (size_t i = 0; i < set->branch_count; i++)
		remove_content(importer, &set->branches[i]->keys, &gone.content,
			       set->key.count);
	return true;
}

void nft_set_clear(struct nft_set *set)
{
	set->content = (struct nft_content){0};
	set->branches = NULL;
	set->branch_count = set->branch_capacity = 0;
	set->branch_names = (struct nft_names){0};
	set->has_rest = false;
}

void nft_set_normalize(struct nft_set *set, struct arena *arena)
{
	ranges_normalize(&set->content.numbers);
	if (set->content.part_count)
		set->content.made = arena_make(arena, struct nft_tuples);
	for (size_t i = 0; i < set->branch_count; i++)
		ranges_normalize(&set->branches[i]->keys.numbers);
}
