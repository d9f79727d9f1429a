/* azure_firewall_import.c - From Azure's documents to a rule set. */
#include "backends/azure_firewall/azure_firewall.h"

#include <string.h>

#include "backends/azure_firewall/azure_firewall_importer.h"
#include "rules/base/arena.h"

/* -- paths --------------------------------------------------------------------------- */

static struct stage *add_stage(struct firewall_importer *importer, struct path *path,
			       const char *label, size_t chain, enum action end)
{
	struct stage *stage =
		arena_push(importer->arena, path->stages, path->count, path->capacity);

	*stage = (struct stage){
		.label = label,
		.chain = chain,
		.end = end,
		.priority = (int)path->count,
	};
	return stage;
}

/* Application rules are asked about these alone. */
static void guard_applications(struct firewall_importer *importer, struct stage *stage)
{
	static const char *const words[] = {"http", "https", "mssql"};
	struct term *term;

	match_number(&stage->guard, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP,
		     importer->arena);
	match_symbol(&stage->guard, FIELD_APPLICATION, words[0], false, importer->arena);
	term = &stage->guard.terms[1];
	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		*arena_push(importer->arena, term->symbols.at, term->symbols.count,
			    term->symbols.capacity) = words[i];
}

static size_t add_chain(struct firewall_importer *importer, const char *what,
			const char *of)
{
	const char *name =
		*of ? arena_printf(importer->arena, "%s of %s", what, of) : what;

	return ruleset_add_chain(importer->rules, name, importer->arena);
}

static void read_pass(struct firewall_importer *importer, struct firewall_policy *policy,
		      enum firewall_pass pass, size_t chain)
{
	struct firewall_reader reader = {importer, policy, pass, chain, NULL};
	struct firewall_step *steps;
	size_t count;

	firewall_order(importer, policy, pass, &steps, &count);
	for (size_t i = 0; i < count; i++) {
		reader.step = &steps[i];
		firewall_read_step(&reader);
	}
}

/* @of: the policy's name where there are several, else "" */
static void add_path(struct firewall_importer *importer, struct firewall_policy *policy,
		     const char *of)
{
	size_t network = add_chain(importer, "network rules", of),
	       application = add_chain(importer, "application rules", of),
	       nothing = add_chain(importer, "default", of);
	struct arena *arena = importer->arena;
	struct path *path;

	read_pass(importer, policy, FIREWALL_PASS_NAT, 0);
	read_pass(importer, policy, FIREWALL_PASS_NETWORK, network);
	read_pass(importer, policy, FIREWALL_PASS_APPLICATION, application);
	path = ruleset_add_path(importer->rules,
				*of ? arena_printf(arena, "egress %s", of) : "egress",
				arena);
	path->compose = COMPOSE_FIRST;
	match_number(&path->universe, FIELD_STATE, CT_NEW, CT_NEW, arena);
	add_stage(importer, path, "network rules", network, ACTION_UNDECIDED);
	guard_applications(importer, add_stage(importer, path, "application rules",
					       application, ACTION_UNDECIDED));
	add_stage(importer, path, "default", nothing, ACTION_REFUSE);
	/* a policy's name has neither sign, an expression has one of them */
	for (size_t i = 0; i < path->count && !policy->classic; i++)
		if (*policy->name && !strpbrk(policy->name, "[$"))
			path->stages[i].holder = policy->name;
}

/* -- what a reader must believe ------------------------------------------------------ */

static void assume(struct firewall_importer *importer, const char *sentence)
{
	ruleset_assume(importer->rules, sentence, importer->arena);
}

/* "policy 'x'", or "the policy" where the text does not name it */
static const char *called(struct firewall_importer *importer,
			  const struct firewall_policy *policy)
{
	return *policy->name
		       ? arena_printf(importer->arena, "policy '%.80s'", policy->name)
		       : "the policy";
}

/* The parent that a policy names and no file holds. */
static void assume_about_parents(struct firewall_importer *importer,
				 const struct firewall_policy *policy)
{
	const struct firewall_policy *base =
		policy->base ? firewall_find_policy(importer, policy->base) : NULL;

	if (policy->base && (!base || !base->count))
		assume(importer, arena_printf(importer->arena,
					      "'%.80s', the parent of %s, has no rules: "
					      "no file holds "
					      "any",
					      policy->base, called(importer, policy)));
	else if (!policy->base && !policy->described)
		assume(importer, arena_printf(importer->arena, "%s has no parent policy",
					      called(importer, policy)));
}

static void assume_about(struct firewall_importer *importer,
			 const struct firewall_policy *policy)
{
	if (!policy->classic && !importer->input->bare) {
		assume_about_parents(importer, policy);
		assume(importer,
		       arena_printf(importer->arena,
				    "%s has no rule collection groups but those in these "
				    "files",
				    called(importer, policy)));
	}
	if (policy->asks_names)
		assume(importer, "clients ask the firewall's DNS proxy: a name in a "
				 "network rule leads them where it leads the firewall");
	if (policy->asks_requests)
		assume(importer,
		       "an application rule binds the name that a request says (SNI, "
		       "Host) and not its address: for HTTP, and where it opens TLS, the "
		       "firewall looks the name up itself and goes there");
	if (!importer->input->bare)
		assume(importer, "the infrastructure rule collection, behind all rules, "
				 "lets nothing pass that matters: images, disks and "
				 "diagnostics of Azure itself");
}

/* -- the whole ----------------------------------------------------------------------- */

static int read_templates(struct firewall_importer *importer)
{
	const struct import_input *input = importer->input;

	importer->template_count = input->file_count;
	importer->templates =
		arena_array(importer->arena, input->file_count, struct azure_template *);
	for (size_t i = 0; i < input->file_count; i++)
		if (azure_template_read(&input->files[i], importer->rules,
					importer->arena, &importer->templates[i],
					importer->diag) < 0)
			return -1;
	return 0;
}

static void mark_bases(struct firewall_importer *importer)
{
	for (size_t i = 0; i < importer->policy_count; i++) {
		const struct firewall_policy *policy = importer->policies[i];
		struct firewall_policy *base =
			policy->base ? firewall_find_policy(importer, policy->base)
				     : NULL;

		if (base && base != policy)
			base->is_base = true;
	}
}

/* The policies that a path is made for.  A parent acts in its children; a policy without
 * rules stands beside others that have some only where it is used. */
static struct firewall_policy **choose(struct firewall_importer *importer,
				       size_t *ret_count)
{
	struct firewall_policy **chosen =
		arena_array(importer->arena, importer->policy_count,
			    struct firewall_policy *);
	bool any_rules = false;
	size_t count = 0;

	for (size_t i = 0; i < importer->policy_count; i++)
		any_rules = any_rules || (importer->policies[i]->in_first &&
					  importer->policies[i]->count);
	for (size_t i = 0; i < importer->policy_count; i++) {
		struct firewall_policy *policy = importer->policies[i];

		if (policy->in_first && !policy->is_base &&
		    (policy->count || policy->base || !any_rules))
			chosen[count++] = policy;
	}
	*ret_count = count;
	return chosen;
}

static int report_nothing(struct firewall_importer *importer)
{
	const struct import_file *file = &importer->input->files[0];

	diag_report(importer->diag, DIAG_AZURE_FIREWALL_NOTHING,
		    (struct span){file->source, 0, 0},
		    "'%s' holds no policy or firewall of Azure Firewall", file->name);
	diag_help(importer->diag,
		  "give an ARM template, 'az network firewall policy "
		  "rule-collection-group list', 'az network firewall show', or "
		  "Terraform's JSON");
	return -1;
}

int azure_firewall_import(const struct import_input *input, struct arena *arena,
			  struct ruleset **ret_rules, struct diag *diag)
{
	struct firewall_importer importer = {
		.input = input,
		.rules = ruleset_new(arena),
		.arena = arena,
		.diag = diag,
	};
	struct firewall_policy **policies;
	size_t count, errors = diag_errors(diag);

	if (read_templates(&importer) < 0 || firewall_collect(&importer) < 0)
		return -1;
	mark_bases(&importer);
	policies = choose(&importer, &count);
	if (!count)
		return report_nothing(&importer);
	for (size_t i = 0; i < count; i++)
		add_path(&importer, policies[i], count > 1 ? policies[i]->name : "");
	for (size_t i = 0; i < count; i++)
		assume_about(&importer, policies[i]);
	if (diag_errors(diag) > errors)
		return -1;
	*ret_rules = importer.rules;
	return 0;
}
