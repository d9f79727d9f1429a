/* nft_verdict_map.c - Verdict maps: a rule for each verdict. */
#include "backends/nftables/nft_match.h"

#include "rules/base/arena.h"

/* "*" of a verdict map is every key that no other branch has. */
static bool rest_term(struct nft_reader *reader, const struct nft_test *test,
		      const struct nft_set *set, const struct nft_branch *branch,
		      struct term *ret_term)
{
	struct arena *arena = reader->importer->arena;
	struct nft_set others = {.key = set->key};
	struct nft_content keys;
	struct term term;

	for (size_t i = 0; i < set->branch_count; i++)
		if (set->branches[i] != branch)
			*arena_push(arena, others.branches, others.branch_count,
				    others.branch_capacity) = set->branches[i];
	keys = nft_all_keys(&others, arena);
	if (!nft_content_term(reader, test, &keys, &term))
		return false;
	*ret_term = nft_opposite(test, term, arena);
	return true;
}

static bool is_jump(const struct nft_branch *branch)
{
	return branch->verdict.action == ACTION_JUMP;
}

/*
 * The rules of a verdict map look at the packet one after the other, the map only once:
 * no difference, since their keys are disjoint, unless a jump changes what is looked at.
 */
static bool can_unfold(const struct nft_reader *reader, const struct nft_test *test,
		       const struct nft_set *set)
{
	size_t jumps = 0;
	bool marks = false;

	for (size_t i = 0; i < set->branch_count; i++)
		jumps += is_jump(set->branches[i]);
	for (unsigned i = 0; i < test->count; i++)
		marks |= test->at[i].field == FIELD_MARK &&
			 test->at[i].type == NFT_TYPE_MARK;
	if (set->name &&
	    (nft_grows(reader->importer, set) || nft_shrinks(reader->importer, set)))
		return false;
	return !marks || jumps <= 1;
}

static bool has_opaque(const struct nft_set *set)
{
	for (size_t i = 0; i < set->branch_count; i++)
		if (set->branches[i]->keys.opaque)
			return true;
	return false;
}

/* The packets that take branch @index; @opaque: of some keys only an unknown is known. */
static bool branch_term(struct nft_reader *reader, const struct nft_test *map,
			const struct nft_set *set, size_t index, bool opaque,
			struct term *ret_term)
{
	const struct nft_branch *branch = set->branches[index];
	struct arena *arena = reader->importer->arena;
	struct nft_test at_branch = *map, *test = &at_branch;
	struct term term = nft_never(), choice = {.kind = TERM_CHOICE};
	const char *name = NULL;
	struct match *both;

	test->branch = index + 1;
	if (test->opaque || opaque)
		name = nft_name_of(reader, test);
	if (!test->opaque &&
	    !(branch->keys.all ? rest_term(reader, test, set, branch, &term)
			       : nft_content_term(reader, test, &branch->keys, &term)))
		return false;
	/* a packet too short to have such bytes does not take the rest either */
	if (branch->keys.all && !test->opaque && nft_uses_any_transport(reader, test))
		term = nft_any_transport(reader, test, term);
	if (branch->keys.all && opaque && !test->opaque) {
		/* the rest, less what the keys that are not understood take */
		both = nft_add_choice(&choice, arena);
		nft_add_term(both, term, arena);
		nft_add_term(both, nft_unknown_term(name), arena);
		term = choice;
	} else if (test->opaque) {
		term = nft_unknown_term(name);
	} else if (branch->keys.opaque) {
		term = nft_or_unknown(term, name, arena);
	}
	*ret_term = term;
	return true;
}

static bool add_branches(struct nft_reader *reader, const struct nft_test *test,
			 const struct nft_set *set, bool jumps, struct term *go_on)
{
	struct arena *arena = reader->importer->arena;
	bool opaque = has_opaque(set);

	for (size_t i = 0; i < set->branch_count; i++) {
		const struct nft_branch *branch = set->branches[i];
		struct term term;

		if (is_jump(branch) != jumps)
			continue;
		if (!branch_term(reader, test, set, i, opaque, &term))
			return false;
		if (branch->verdict.action == ACTION_CONTINUE)
			nft_add_term(nft_add_choice(go_on, arena), term, arena);
		else if (!nft_add_rule(reader, &term, &branch->verdict))
			return false;
	}
	return true;
}

/* "… vmap @m", "… vmap { … }": a rule for each verdict; no key found ends the rule */
bool nft_verdict_map(struct nft_reader *reader, const struct nft_test *test)
{
	static const struct nft_verdict nothing = {.action = ACTION_CONTINUE};
	struct term go_on = {.kind = TERM_CHOICE};
	struct nft_set *set = nft_match_read_set(reader, test, true);

	if (!set || !can_unfold(reader, test, set) ||
	    nft_tuples_overlap(set, reader->importer->arena))
		return false;
	if (!set->name && nft_branches_overlap(set, reader->importer->arena)) {
		diag_report(reader->importer->diag, DIAG_NFT_REFUSED,
			    nft_span(reader->importer, test->begin.now.begin,
				     test->begin.now.end),
			    "a key of this map has two verdicts");
		return false;
	}
	for (unsigned i = 0; i < test->count; i++)
		nft_imply(reader, &test->at[i]);
	if (!set->branch_count) /* it decides nothing now, and is still a rule */
		nft_add_rule(reader, NULL, &nothing);
	if (!add_branches(reader, test, set, false, &go_on) ||
	    !add_branches(reader, test, set, true, &go_on))
		return false;
	if (go_on.choices.count)
		nft_add_term(&reader->match, go_on, reader->importer->arena);
	else
		reader->done = true;
	return true;
}
