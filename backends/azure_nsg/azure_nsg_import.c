/* azure_nsg_import.c - Finding security groups and their rules in Azure's JSON. */
#include <string.h>
#include <strings.h>

#include "backends/azure_nsg/nsg.h"
#include "backends/azure_nsg/nsg_importer.h"
#include "rules/base/arena.h"

/* Paths are looked for one by one, and the canonical text holds 256 of them; more groups
 * than this are a subscription's, not a network's. */
#define MAX_GROUPS 120u

#define TYPE_GROUP	     "microsoft.network/networksecuritygroups"
#define TYPE_RULE	     TYPE_GROUP "/securityrules"
#define TYPE_DEFAULT_RULE    TYPE_GROUP "/defaultsecurityrules"
#define TYPE_TERRAFORM_GROUP "azurerm_network_security_group"
#define TYPE_TERRAFORM_RULE  "azurerm_network_security_rule"

static bool holds(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (const char *end = text + length; (size_t)(end - text) >= size; text++) {
		text = memchr(text, word[0], (size_t)(end - text));
		if (!text || (size_t)(end - text) < size)
			return false;
		if (strncasecmp(text, word, size) == 0)
			return true;
	}
	return false;
}

int nsg_sniff(const char *text, size_t length)
{
	size_t at = 0;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < length && strchr(" \t\r\n", text[at]) && text[at])
		at++;
	/* a comment may be in front */
	if (at == length || !strchr("{[/", text[at]) || !text[at])
		return 0;
	return holds(text, length, "\"securityRules\"") ||
			       holds(text, length,
				     "/networkSecurityGroups/securityRules") ||
			       holds(text, length, "\"effectiveSecurityRules\"") ||
			       holds(text, length, "\"" TYPE_TERRAFORM_RULE "\"") ||
			       holds(text, length, "\"security_rule\"")
		       ? 85
	       : holds(text, length, "/networkSecurityGroups") ||
			       holds(text, length, "\"" TYPE_TERRAFORM_GROUP "\"")
		       ? 60
	       : holds(text, length, "\"destinationPortRange") &&
			       holds(text, length, "\"direction\"")
		       ? 70
		       : 0;
}

/* -- groups ---------------------------------------------------------------------------
 */

static struct nsg_group *new_group(struct nsg_importer *importer, const char *name,
				   const char *key, struct span at)
{
	struct nsg_group *group;

	if (importer->count == MAX_GROUPS) {
		if (!importer->wrong)
			diag_report(importer->diag, DIAG_DOCUMENT_LIMIT, at,
				    "the text has more than %u network security groups",
				    MAX_GROUPS);
		importer->wrong = true;
	}
	group = arena_make(importer->arena, struct nsg_group);
	group->name = name;
	group->key = key;
	/* a group's name has neither, an expression has one of them */
	group->open = strpbrk(name, "[$") != NULL;
	group->at = at;
	if (importer->wrong)
		return group;
	*arena_push(importer->arena, importer->groups, importer->count,
		    importer->capacity) = group;
	textmap_put(&importer->by_key, key, group, importer->arena);
	return group;
}

const char *nsg_lower(struct nsg_importer *importer, const char *text)
{
	char *copy = arena_strdup(importer->arena, text);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* What tells a group from others: of plain resources the id up to the group's name. */
static const char *group_key(struct nsg_importer *importer,
			     const struct azure_resource *resource, const char *name)
{
	const char *id = doc_text(doc_get_nocase(resource->node, "id"));
	const char *at = id ? strcasestr(id, "/networkSecurityGroups/") : NULL;
	size_t length;

	if (importer->template->form != AZURE_PLAIN || !at)
		return nsg_lower(importer, name);
	at += strlen("/networkSecurityGroups/");
	length = strcspn(at, "/");
	return nsg_lower(importer,
			 arena_strndup(importer->arena, id, (size_t)(at - id) + length));
}

static void add_unread(struct nsg_importer *importer, struct nsg_group *group,
		       const struct doc *doc)
{
	const char *text = azure_unknown(doc);

	*arena_push(importer->arena, group->unread, group->unread_count,
		    group->unread_capacity) =
		text ? text
		     : arena_printf(importer->arena, "[%s at byte %u]",
				    doc_kind_name(doc), doc->at.begin);
}

/* A child rule changes the rule of that name that its group brought; two rules of one
 * list cannot have one name, nor two child rules: a template with both is refused, and of
 * two deployments nobody knows which is the last. */
static void add_rule(struct nsg_importer *importer, struct nsg_group *group,
		     struct nsg_rule *rule, bool child)
{
	const char *name = nsg_lower(importer, rule->name);
	struct nsg_rule *before = textmap_get(&group->by_name, name);

	*arena_push(importer->arena, group->rules, group->count, group->capacity) = rule;
	if (rule->condition || rule->looped)
		return;
	rule->child = child;
	if (before && child && !before->child) {
		before->replaced = true;
	} else if (before && *rule->name && !group->effective) {
		nsg_refused(importer, rule->at, "two rules have the name '%.80s'",
			    rule->name);
		diag_note(importer->diag, before->at, "first here");
	}
	textmap_put(&group->by_name, name, rule, importer->arena);
}

static void read_item(struct nsg_importer *importer, struct nsg_group *group,
		      const struct doc *item, enum nsg_origin origin)
{
	struct nsg_rule *rule;

	if (item->kind == DOC_NULL)
		return;
	if (item->kind != DOC_MAP || azure_unknown(azure_field(item, "properties"))) {
		add_unread(importer, group, item);
		return;
	}
	rule = nsg_read_rule(importer, item, doc_text(azure_field(item, "name")),
			     group->effective ? NSG_EFFECTIVE_RULE : origin);
	if (rule)
		add_rule(importer, group, rule, false);
}

/* A list of rules; Terraform writes a list of one as the rule itself. */
static void read_list(struct nsg_importer *importer, struct nsg_group *group,
		      const struct doc *list, enum nsg_origin origin)
{
	if (!list)
		return;
	if (list->kind != DOC_LIST) {
		read_item(importer, group, list, origin);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		read_item(importer, group, list->items[i], origin);
}

/* Is the resource there?  @ret_condition: what must hold for that, or NULL */
static bool is_present(struct nsg_importer *importer,
		       const struct azure_resource *resource, const char **ret_condition)
{
	*ret_condition = NULL;
	return azure_presence(importer->template, resource, ret_condition) !=
	       AZURE_ABSENT;
}

static void check_twice(struct nsg_importer *importer, const struct nsg_group *group,
			const struct nsg_group *before)
{
	if (!before || !before->home || before->home != group->home ||
	    before->condition || group->condition)
		return;
	nsg_refused(importer, group->at, "the group '%.80s' is defined twice",
		    group->name);
	diag_note(importer->diag, before->at, "first here");
}

static bool has_items(const struct doc *list)
{
	return list && list->kind == DOC_LIST && list->count;
}

static void read_group(struct nsg_importer *importer,
		       const struct azure_resource *resource)
{
	const char *name = azure_name(importer->template, resource), *condition;
	const char *key = group_key(importer, resource, name);
	const struct doc *properties;
	struct nsg_group *group, *before;

	if (!is_present(importer, resource, &condition))
		return;
	before = textmap_get(&importer->by_key, key);
	group = new_group(importer, name, key, resource->at);
	group->whole = true;
	group->label = resource->label;
	group->condition = condition;
	group->home = importer->template->form == AZURE_ARM ? resource->scope : NULL;
	check_twice(importer, group, before);
	properties = azure_properties(importer->template, resource);
	if (properties->kind != DOC_MAP) {
		add_unread(importer, group, properties);
		return;
	}
	read_list(importer, group, azure_field(properties, "securityRules"),
		  NSG_CUSTOM_RULE);
	read_list(importer, group, azure_field(properties, "defaultSecurityRules"),
		  NSG_PRINTED_RULE);
	read_list(importer, group, azure_field(properties, "security_rule"),
		  NSG_CUSTOM_RULE);
	if (azure_field(properties, "dynamic"))
		add_unread(importer, group, azure_field(properties, "dynamic"));
	if (has_items(azure_field(properties, "subnets")))
		group->places |= NSG_AT_SUBNET;
	if (has_items(azure_field(properties, "networkInterfaces")))
		group->places |= NSG_AT_INTERFACE;
}

/* -- rules that stand alone -----------------------------------------------------------
 */

/* @parent: NULL: the text does not say */
static struct nsg_group *group_of(struct nsg_importer *importer,
				  const struct azure_resource *resource,
				  const char *parent)
{
	const char *name = parent ? parent : "rules";
	const char *key = group_key(importer, resource, name);
	struct nsg_group *group = textmap_get(&importer->by_key, key);

	if (group)
		return group;
	group = new_group(importer, name, key, resource->at);
	group->open |= !parent;
	/* "rule list" is all of a group's rules; one rule is one of them */
	group->whole = importer->template->form == AZURE_PLAIN &&
		       importer->template->root->kind != DOC_MAP;
	if (doc_get_nocase(importer->template->root, "value"))
		group->whole = true;
	if (!group->whole)
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "no other rule of the group '%s' decides "
					    "about these packets first",
					    name),
			       importer->arena);
	return group;
}

static void read_rule(struct nsg_importer *importer,
		      const struct azure_resource *resource)
{
	const char *name = azure_name(importer->template, resource), *condition;
	bool is_default = strcmp(resource->type, TYPE_DEFAULT_RULE) == 0;
	const struct doc *properties, *of;
	const char *group_name = NULL;
	struct nsg_group *group;
	struct nsg_rule *rule;

	if (!is_present(importer, resource, &condition))
		return;
	/* nobody can deploy one: the platform's own count */
	if (is_default && importer->template->form != AZURE_PLAIN)
		return;
	properties = azure_properties(importer->template, resource);
	of = azure_field(properties, "network_security_group_name");
	group_name = importer->template->form == AZURE_TERRAFORM
			     ? doc_text(of)
			     : azure_parent_name(importer->template, name);
	group = group_of(importer, resource, group_name);
	if (properties->kind != DOC_MAP) {
		add_unread(importer, group, properties);
		return;
	}
	rule = nsg_read_rule(importer, properties, azure_last_name(name),
			     is_default ? NSG_PRINTED_RULE : NSG_CUSTOM_RULE);
	if (!rule)
		return;
	rule->condition = condition;
	rule->looped = resource->looped;
	rule->at = resource->at;
	add_rule(importer, group, rule, true);
}

/* -- effective rules ------------------------------------------------------------------
 */

static void read_effective(struct nsg_importer *importer,
			   const struct azure_resource *resource, const struct doc *list)
{
	const struct doc *association = azure_field(resource->node, "association");
	const struct doc *of = azure_field(resource->node, "networkSecurityGroup");
	const char *id = doc_text(azure_field(of, "id"));
	struct nsg_group *group;

	/* rules of a network manager come before all groups and may say "always allow" */
	if (azure_field(association, "networkManager")) {
		ruleset_assume(importer->rules,
			       "security admin rules let the packets pass (those of the "
			       "text are not read)",
			       importer->arena);
		return;
	}
	group = new_group(importer, id ? azure_id_name(id) : "effective rules",
			  arena_printf(importer->arena, "%zu %s", importer->count,
				       id ? id : ""),
			  resource->at);
	group->open |= !id;
	group->whole = group->effective = true;
	if (azure_field(association, "subnet"))
		group->places |= NSG_AT_SUBNET;
	if (azure_field(association, "networkInterface"))
		group->places |= NSG_AT_INTERFACE;
	read_list(importer, group, list, NSG_EFFECTIVE_RULE);
}

/* A mapping that does not say what it is: by its looks. */
static void read_nameless(struct nsg_importer *importer,
			  const struct azure_resource *resource)
{
	const struct doc *node = resource->node,
			 *list = azure_field(node, "effectiveSecurityRules");

	if (list)
		read_effective(importer, resource, list);
	else if (azure_field(node, "securityRules"))
		read_group(importer, resource);
	else if (nsg_field(node, NSG_KEY_ACCESS) && nsg_field(node, NSG_KEY_DIRECTION)) {
		struct nsg_group *group = group_of(importer, resource, NULL);
		const char *protocol = doc_text(nsg_field(node, NSG_KEY_PROTOCOL));

		/* only effective rules say "All" */
		group->effective = nsg_field(node, NSG_KEY_DESTINATION_EXPANDED) ||
				   nsg_field(node, NSG_KEY_SOURCE_EXPANDED) ||
				   (protocol && strcasecmp(protocol, "all") == 0);
		read_item(importer, group, node, NSG_PRINTED_RULE);
	}
}

/* -- the whole ------------------------------------------------------------------------
 */

/* Groups first: child rules may stand in front of theirs. */
static void read_resources(struct nsg_importer *importer)
{
	struct azure_template *template = importer->template;

	for (size_t i = 0; i < template->count; i++) {
		const char *type = template->resources[i]->type;

		if (strcmp(type, TYPE_GROUP) == 0 ||
		    strcmp(type, TYPE_TERRAFORM_GROUP) == 0)
			read_group(importer, template->resources[i]);
	}
	for (size_t i = 0; i < template->count; i++) {
		const char *type = template->resources[i]->type;

		if (strcmp(type, TYPE_RULE) == 0 ||
		    strcmp(type, TYPE_DEFAULT_RULE) == 0 ||
		    strcmp(type, TYPE_TERRAFORM_RULE) == 0)
			read_rule(importer, template->resources[i]);
		else if (!*type)
			read_nameless(importer, template->resources[i]);
	}
}

static int read_file(struct nsg_importer *importer, const struct import_file *file)
{
	if (azure_template_read(file, importer->rules, importer->arena,
				&importer->template, importer->diag))
		return -1;
	read_resources(importer);
	if (importer->count > 1)
		nsg_find_places(importer);
	return azure_template_failed(importer->template) ? -1 : 0;
}

static int missing(const struct nsg_importer *importer, const struct import_file *file)
{
	const struct doc *root = importer->template->root;

	diag_report(importer->diag, DIAG_NSG_MISSING,
		    (struct span){file->source, 0, file->length ? 1 : 0},
		    "'%s' holds no network security group and no security rule",
		    file->name);
	if (doc_get_nocase(root, "parameters") && !doc_get_nocase(root, "resources"))
		diag_help(importer->diag,
			  "this is a file of parameters: give the template");
	else
		diag_help(importer->diag,
			  "give an ARM template, what 'az network nsg show' or 'az "
			  "network "
			  "nic list-effective-nsg' prints, or Terraform's JSON");
	return -1;
}

int nsg_import(const struct import_input *input, struct arena *arena,
	       struct ruleset **ret_rules, struct diag *diag)
{
	struct nsg_importer importer = {
		.input = input,
		.arena = arena,
		.rules = ruleset_new(arena),
		.diag = diag,
	};

	if (read_file(&importer, &input->files[0]))
		return -1;
	/* an output that asks for nothing is a text of ours without rules */
	if (!importer.count && input->bare)
		new_group(&importer, "no group", "", SPAN_NONE);
	if (!importer.count)
		return importer.wrong ? -1 : missing(&importer, &input->files[0]);
	/* an interface's group and its subnet's may be two texts */
	for (size_t i = 1; i < input->file_count; i++)
		if (nsg_sniff(input->files[i].text, input->files[i].length) > 50 &&
		    read_file(&importer, &input->files[i]))
			return -1;
	nsg_make_paths(&importer);
	if (importer.wrong)
		return -1;
	*ret_rules = importer.rules;
	return 0;
}
