/* field.c - The axes of a flow, and the numbers on them. */
#include "rules/field.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct field_info infos[] = {
#define FIELD(id, name, kind, bits) [FIELD_##id] = {name, FIELD_KIND_##kind, bits},
#include "rules/fields.def"
#undef FIELD
};

const struct field_info *field_info(enum field field)
{
	if (field >= FIELD_COUNT)
		BUG("no field %d", (int)field);
	return &infos[field];
}

/* IANA protocol-numbers (read 2026-11-21), by the names of /etc/protocols. */
static const struct {
	unsigned number;
	const char *name;
} protocols[] = {
	{PROTOCOL_ICMP, "icmp"},
	{2, "igmp"},
	{4, "ipencap"},
	{PROTOCOL_TCP, "tcp"},
	{PROTOCOL_UDP, "udp"},
	{PROTOCOL_DCCP, "dccp"},
	{41, "ipv6"},
	{47, "gre"},
	{50, "esp"},
	{51, "ah"},
	{PROTOCOL_ICMPV6, "icmpv6"},
	{89, "ospf"},
	{103, "pim"},
	{108, "comp"},
	{112, "vrrp"},
	{PROTOCOL_SCTP, "sctp"},
	{PROTOCOL_UDPLITE, "udplite"},
};

const char *protocol_name(unsigned protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return NULL;
}

int protocol_parse(const char *text)
{
	char *end;
	long number;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (strcmp(protocols[i].name, text) == 0)
			return (int)protocols[i].number;
	if (!isdigit((unsigned char)text[0]) || strlen(text) > 3)
		return -1;
	number = strtol(text, &end, 10);
	return *end || number > 255 ? -1 : (int)number;
}

const char *ct_state_name(enum ct_state state)
{
	switch (state) {
	case CT_INVALID:
		return "invalid";
	case CT_ESTABLISHED:
		return "established";
	case CT_RELATED:
		return "related";
	case CT_NEW:
		return "new";
	case CT_UNTRACKED:
		return "untracked";
	}
	BUG("connection state %d", (int)state);
}
