/* nft_hooks.c - First pass: what makes a chain a base chain, and where it hooks in. */
#include <string.h>

#include "backends/nftables/nft_blocks.h"
#include "rules/base/arena.h"

static const char *const hook_words[] = {"prerouting",	"input",   "forward", "output",
					 "postrouting", "ingress", "egress",  NULL};

/* linux/netfilter_ipv4.h; nft.8, "CHAINS", table of priority names */
static const struct {
	const char *name;
	int value;
} priorities[] = {
	{"raw", -300}, {"mangle", -150}, {"dstnat", -100},
	{"filter", 0}, {"security", 50}, {"srcnat", 100},
};

/* "dstnat" is a place on prerouting only, "srcnat" one on postrouting (nft.8, same table)
 */
static bool has_priority(const char *hook, const char *name)
{
	if (strcmp(hook, "ingress") == 0 || strcmp(hook, "egress") == 0)
		return strcmp(name, "filter") == 0;
	if (strcmp(name, "dstnat") == 0)
		return strcmp(hook, "prerouting") == 0;
	return strcmp(name, "srcnat") != 0 || strcmp(hook, "postrouting") == 0;
}

static bool read_priority_base(struct nft_lexer *lexer, const char *hook, int *ret_value)
{
	bool minus = nft_take(lexer, NFT_DASH);

	if (lexer->now.kind == NFT_NUMBER && lexer->now.value <= INT32_MAX) {
		*ret_value = minus ? -(int)lexer->now.value : (int)lexer->now.value;
		nft_next(lexer);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(priorities) && !minus; i++) {
		if (has_priority(hook, priorities[i].name) &&
		    nft_take_word(lexer, priorities[i].name)) {
			*ret_value = priorities[i].value;
			return true;
		}
	}
	return false;
}

/* "0", "-150", "filter", "dstnat + 5", "srcnat - 1" */
static int read_priority(struct nft_importer *importer, struct nft_lexer *lexer,
			 const char *hook, int *ret_value)
{
	int64_t value;
	int base;
	bool minus;

	if (!read_priority_base(lexer, hook, &base))
		return nft_syntax_error(importer, lexer,
					"a priority of this hook: a number, raw, mangle, "
					"dstnat, filter, security or srcnat");
	value = base;
	minus = lexer->now.kind == NFT_DASH;
	if (nft_take(lexer, NFT_PLUS) || nft_take(lexer, NFT_DASH)) {
		if (lexer->now.kind != NFT_NUMBER || lexer->now.value > INT32_MAX)
			return nft_syntax_error(importer, lexer, "a number");
		value += minus ? -(int64_t)lexer->now.value : (int64_t)lexer->now.value;
		nft_next(lexer);
	}
	if (value > INT32_MAX || value < INT32_MIN)
		return nft_syntax_error(importer, lexer, "a priority of 32 bits");
	*ret_value = (int)value;
	return 0;
}

/* "device eth0", "devices = { eth0, eth1 }" */
int nft_read_devices(struct nft_importer *importer, struct nft_lexer *lexer,
		     struct nft_chain *chain)
{
	bool braces;

	if (!nft_take_word(lexer, "device") && !nft_take_word(lexer, "devices"))
		return 0;
	nft_take(lexer, NFT_ASSIGN);
	braces = nft_take(lexer, NFT_OPEN);
	do {
		const char *word;

		nft_skip_newlines(lexer);
		if (braces && lexer->now.kind == NFT_CLOSE)
			break;
		if (!nft_word_read(lexer, importer->arena, &word))
			return nft_syntax_error(importer, lexer, "a device");
		*arena_push(importer->arena, chain->devices.at, chain->devices.count,
			    chain->devices.capacity) = word;
		nft_skip_newlines(lexer);
	} while (braces && nft_take(lexer, NFT_COMMA));
	if (braces && !nft_take(lexer, NFT_CLOSE))
		return nft_syntax_error(importer, lexer, "'}'");
	return 0;
}

static const char *find_hook(const struct nft_lexer *lexer)
{
	for (size_t i = 0; hook_words[i]; i++)
		if (nft_is_word(lexer, hook_words[i]))
			return hook_words[i];
	return NULL;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* Connections are tracked from -200 on, and nat needs them (nf_tables of Linux 6.1). */
#define NAT_PRIORITY_MIN (-199)

/* Why such a base chain does not load; NULL when it does. */
static const char *refuse_hook(const struct nft_chain *chain)
{
	static const char *const nat[] = {"prerouting", "input", "output", "postrouting",
					  NULL};
	bool ingress = strcmp(chain->hook, "ingress") == 0;

	if (strcmp(chain->hook, "egress") == 0 ||
	    (ingress && chain->table->family != NFT_FAMILY_INET))
		return "the family of this table has no such hook";
	if (chain->nat && !is_one_of(chain->hook, nat))
		return "a nat chain cannot be on this hook";
	if (chain->nat && chain->priority < NAT_PRIORITY_MIN)
		return "a nat chain cannot run before connection tracking (-200)";
	if (chain->route && strcmp(chain->hook, "output") != 0)
		return "a route chain can be on hook output only";
	if (ingress != (chain->devices.count > 0))
		return ingress ? "hook ingress needs a device"
			       : "a chain on this hook cannot be bound to a device";
	return NULL;
}

/* A chain that is there already may be declared again, but not as another one. */
static bool same_hook(const struct nft_chain *old, const struct nft_chain *chain)
{
	return old->hook && strcmp(old->hook, chain->hook) == 0 &&
	       old->nat == chain->nat && old->route == chain->route &&
	       old->priority == chain->priority;
}

static int read_type(struct nft_importer *importer, struct nft_lexer *lexer,
		     struct nft_chain *chain)
{
	static const char *const types[] = {"filter", "nat", "route", NULL};

	nft_next(lexer); /* type */
	if (!nft_is_word(lexer, "filter") && !nft_is_word(lexer, "nat") &&
	    !nft_is_word(lexer, "route")) {
		nft_syntax_error(importer, lexer, "filter, nat or route");
		nft_suggest(importer, lexer, types);
		return -1;
	}
	chain->nat = nft_is_word(lexer, "nat");
	chain->route = nft_is_word(lexer, "route");
	nft_next(lexer);
	if (!nft_take_word(lexer, "hook"))
		return nft_syntax_error(importer, lexer, "'hook'");
	chain->hook = find_hook(lexer);
	if (!chain->hook) {
		nft_syntax_error(importer, lexer, "a hook");
		nft_suggest(importer, lexer, hook_words);
		return -1;
	}
	nft_next(lexer);
	if (nft_read_devices(importer, lexer, chain))
		return -1;
	if (!nft_take_word(lexer, "priority"))
		return nft_syntax_error(importer, lexer, "'priority'");
	return read_priority(importer, lexer, chain->hook, &chain->priority);
}

int nft_read_hook(struct nft_importer *importer, struct nft_lexer *lexer,
		  struct nft_chain *chain)
{
	struct nft_chain old = *chain;
	uint32_t begin = lexer->now.begin;
	const char *why;

	chain->devices = (struct symbols){0};
	if (read_type(importer, lexer, chain))
		return -1;
	if (chain->devices.count == 0)
		chain->devices = old.devices;
	why = old.hook && !same_hook(&old, chain) ? "this base chain is there already "
						    "with another type, hook or priority"
	      : !old.hook && old.command != importer->command
		      ? "this chain is there already without a hook"
		      : refuse_hook(chain);
	if (why)
		return nft_refused(importer, begin, lexer->now.begin, why);
	if (!chain->registered)
		chain->registered = ++importer->registered;
	return 0;
}
