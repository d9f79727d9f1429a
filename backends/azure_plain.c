/* azure_plain.c - The resources that Azure's tools print. */
#include "backends/azure_reader.h"

#include <string.h>
#include <strings.h>

#include "rules/base/arena.h"

/* The type of "…/providers/Microsoft.Network/networkSecurityGroups/x/securityRules/y":
 * the namespace, and every second part behind it. */
static const char *type_of_id(struct azure_template *template, const char *id)
{
	CLEANUP(strbuf_release) struct strbuf type = {0};
	const char *at = id ? strcasestr(id, "/providers/microsoft.") : NULL;

	if (!at)
		return "";
	at += strlen("/providers/");
	for (size_t part = 0; *at; part++) {
		size_t length = strcspn(at, "/");

		if (part == 0 || part % 2 == 1) {
			if (part)
				strbuf_putc(&type, '/');
			strbuf_add(&type, at, length);
		}
		at += length;
		at += *at == '/';
	}
	return arena_strdup(template->arena, strbuf_text(&type));
}

/* As deep as the document, which is bounded. */
static void check_keys(struct azure_template *template, const struct doc *doc)
{
	if (doc->kind == DOC_LIST)
		for (size_t i = 0; i < doc->count; i++)
			check_keys(template, doc->items[i]);
	if (doc->kind != DOC_MAP)
		return;
	azure_check_keys(template, doc);
	for (size_t i = 0; i < doc->count; i++)
		check_keys(template, doc->entries[i].value);
}

static int add_plain(struct azure_template *template, const struct doc *node)
{
	const char *type;

	if (node->kind != DOC_MAP)
		return 0;
	type = doc_text(doc_get_nocase(node, "type"));
	/* PowerShell and effective rules do not say it, or only in the id. */
	if (!type || !strchr(type, '/'))
		type = type_of_id(template, doc_text(doc_get_nocase(node, "id")));
	check_keys(template, node);
	return azure_add_resource(template, node, type) ? 0 : -1;
}

static int add_all(struct azure_template *template, const struct doc *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (add_plain(template, list->items[i]))
			return -1;
	return 0;
}

/* An example of the REST interface's description (azure-rest-api-specs): its answers
 * hold resources; the first that succeeded is taken, the others say the same. */
static const struct doc *example_body(const struct doc *root)
{
	const struct doc *responses = doc_get_nocase(root, "responses");

	for (size_t i = 0;
	     responses && responses->kind == DOC_MAP && i < responses->count; i++) {
		const struct doc *body =
			doc_get_nocase(responses->entries[i].value, "body");

		if (responses->entries[i].key[0] == '2' && body && body->kind == DOC_MAP)
			return body;
	}
	return NULL;
}

int azure_list_plain(struct azure_template *template)
{
	const struct doc *root = template->root, *body = example_body(root), *value;

	if (body)
		root = body;
	value = doc_get_nocase(root, "value");
	if (root->kind == DOC_LIST)
		return add_all(template, root);
	if (value && value->kind == DOC_LIST)
		return add_all(template, value);
	/* PowerShell wraps lists so when they are deep */
	if (value && value->kind == DOC_MAP)
		return add_plain(template, value);
	return add_plain(template, root);
}
