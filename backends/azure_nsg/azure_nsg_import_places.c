/* azure_nsg_import_places.c - Which groups interfaces and subnets have. */
#include <string.h>
#include <strings.h>

#include "backends/azure_nsg/nsg_importer.h"

/* "${azurerm_network_security_group.LABEL.id}" */
static bool refers_to(const char *text, const char *label)
{
	const char *at = strstr(text, "azurerm_network_security_group.");
	size_t length = label ? strlen(label) : 0;

	at = at ? strchr(at, '.') + 1 : NULL;
	return at && length && strncmp(at, label, length) == 0 && at[length] == '.';
}

/* A group by the id that something attached has: its last name, or Terraform's label. */
static void mark_place(struct nsg_importer *importer,
		       const struct azure_resource *resource, const struct doc *id,
		       enum nsg_place place)
{
	const char *text = doc_text(azure_evaluate(importer->template, resource, id));
	const char *name = text ? azure_id_name(text) : NULL;

	for (size_t i = 0; name && i < importer->count; i++) {
		struct nsg_group *group = importer->groups[i];

		if (strcasecmp(group->name, name) == 0 ||
		    strcasecmp(group->key, text) == 0 || refers_to(text, group->label))
			group->places |= place;
	}
}

static void mark_holder(struct nsg_importer *importer,
			const struct azure_resource *resource, const struct doc *holder,
			enum nsg_place place)
{
	const struct doc *group = azure_field(holder, "networkSecurityGroup");

	if (group && group->kind == DOC_MAP)
		mark_place(importer, resource, azure_field(group, "id"), place);
}

static void mark_list(struct nsg_importer *importer,
		      const struct azure_resource *resource, const struct doc *list,
		      enum nsg_place place)
{
	for (size_t i = 0; list && list->kind == DOC_LIST && i < list->count; i++)
		mark_holder(importer, resource, list->items[i], place);
}

void nsg_find_places(struct nsg_importer *importer)
{
	const struct azure_template *template = importer->template;

	for (size_t i = 0; i < template->count; i++) {
		const struct azure_resource *resource = template->resources[i];
		const struct doc *node = resource->node;
		const char *type = resource->type;

		if (strcmp(type, "microsoft.network/virtualnetworks") == 0)
			mark_list(importer, resource, azure_field(node, "subnets"),
				  NSG_AT_SUBNET);
		else if (strcmp(type, "microsoft.network/virtualnetworks/subnets") == 0)
			mark_holder(importer, resource, node, NSG_AT_SUBNET);
		else if (strcmp(type, "microsoft.network/networkinterfaces") == 0)
			mark_holder(importer, resource, node, NSG_AT_INTERFACE);
		else if (strcmp(type,
				"azurerm_subnet_network_security_group_association") == 0)
			mark_place(importer, resource,
				   doc_get(node, "network_security_group_id"),
				   NSG_AT_SUBNET);
		else if (strcmp(type,
				"azurerm_network_interface_security_group_association") ==
			 0)
			mark_place(importer, resource,
				   doc_get(node, "network_security_group_id"),
				   NSG_AT_INTERFACE);
	}
}
