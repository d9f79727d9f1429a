/* packet.c - One packet or request: the witness in a message, the probe in a test. */
#include "rules/packet.h"

#include <stdbool.h>
#include <string.h>

#include "rules/base/strbuf.h"

static const struct {
	uint8_t bit;
	const char *name;
} tcp_flags[] = {
	{TCP_FIN, "fin"}, {TCP_SYN, "syn"}, {TCP_RST, "rst"}, {TCP_PSH, "psh"},
	{TCP_ACK, "ack"}, {TCP_URG, "urg"}, {TCP_ECE, "ece"}, {TCP_CWR, "cwr"},
};

static bool has_ports(uint32_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP ||
	       protocol == PROTOCOL_DCCP || protocol == PROTOCOL_SCTP ||
	       protocol == PROTOCOL_UDPLITE;
}

static void add_endpoint(const struct packet *packet, u128 value, enum field port,
			 struct strbuf *out)
{
	struct addr addr = {packet->family, value};
	bool brackets = packet->family == FAMILY_IPV6;
	char text[ADDR_TEXT_MAX];

	addr_format(&addr, text);
	if (has_ports(packet->number[FIELD_PROTOCOL]))
		strbuf_printf(out, brackets ? "[%s]:%u" : "%s:%u", text,
			      packet->number[port]);
	else
		strbuf_puts(out, text);
}

static void add_protocol(uint32_t protocol, struct strbuf *out)
{
	const char *name = protocol_name(protocol);

	if (name)
		strbuf_puts(out, name);
	else
		strbuf_printf(out, "protocol %u", protocol);
}

static void add_tcp_flags(uint32_t flags, struct strbuf *out)
{
	const char *between = "";

	strbuf_puts(out, ", flags ");
	if (!flags)
		strbuf_puts(out, "none");
	for (size_t i = 0; i < ARRAY_SIZE(tcp_flags); i++) {
		if (!(flags & tcp_flags[i].bit))
			continue;
		strbuf_printf(out, "%s%s", between, tcp_flags[i].name);
		between = "+";
	}
}

static void add_state(uint32_t state, struct strbuf *out)
{
	if (state < CT_STATE_COUNT)
		strbuf_printf(out, ", %s", ct_state_name((enum ct_state)state));
	else
		strbuf_printf(out, ", state %u", state);
}

/* Words come from the policies that were read, so a control character in one must not
 * reach a terminal. */
static void add_printable(const char *word, struct strbuf *out)
{
	for (; *word; word++)
		strbuf_putc(out,
			    (unsigned char)*word < ' ' || *word == 0x7f ? '?' : *word);
}

static void add_word(const char *label, const char *word, struct strbuf *out)
{
	if (!word || !*word)
		return;
	strbuf_printf(out, ", %s ", label);
	add_printable(word, out);
}

static bool has_word(const struct packet *packet, enum field field)
{
	return packet->word[field] && *packet->word[field];
}

/* A proxy sees no interfaces and marks; where they count, all is told as of a packet. */
static bool is_request(const struct packet *packet)
{
	const uint32_t *number = packet->number;

	return has_word(packet, FIELD_METHOD) && !has_word(packet, FIELD_IN_INTERFACE) &&
	       !has_word(packet, FIELD_OUT_INTERFACE) &&
	       !has_word(packet, FIELD_APPLICATION) && !number[FIELD_MARK] &&
	       number[FIELD_PROTOCOL] == PROTOCOL_TCP &&
	       number[FIELD_TCP_FLAGS] == TCP_SYN && number[FIELD_STATE] == CT_NEW;
}

/* "CONNECT contoso.azurecr.io:443 at 10.1.2.4 from 10.240.0.5" */
static void add_request(const struct packet *packet, struct strbuf *out)
{
	const struct addr source = {packet->family, packet->source};
	const char *method = packet->word[FIELD_METHOD], *name = packet->word[FIELD_NAME];
	char text[ADDR_TEXT_MAX];

	if (strcmp(method, SYMBOL_OTHER) == 0)
		strbuf_puts(out, "(another method)");
	else
		add_printable(method, out);
	strbuf_putc(out, ' ');
	if (name && *name) {
		const struct addr destination = {packet->family, packet->destination};

		add_printable(name, out);
		strbuf_printf(out, ":%u at %s", packet->number[FIELD_DESTINATION_PORT],
			      addr_format(&destination, text));
	} else {
		add_endpoint(packet, packet->destination, FIELD_DESTINATION_PORT, out);
	}
	strbuf_printf(out, " from %s", addr_format(&source, text));
}

static bool speaks(const struct packet *packet, const char *what)
{
	return has_word(packet, FIELD_APPLICATION) &&
	       strcmp(packet->word[FIELD_APPLICATION], what) == 0;
}

static void add_asked_name(const struct packet *packet, struct strbuf *out)
{
	if (has_word(packet, FIELD_NAME))
		add_printable(packet->word[FIELD_NAME], out);
	else
		strbuf_puts(out, "(no name)");
}

static bool fills(const struct packet *packet)
{
	return has_word(packet, FIELD_APPLICATION) &&
	       strncmp(packet->word[FIELD_APPLICATION], SPEAKS_FILLS,
		       strlen(SPEAKS_FILLS)) == 0;
}

static void add_filled(const struct packet *packet, struct strbuf *out)
{
	add_asked_name(packet, out);
	strbuf_printf(out, " with %s addresses fills ",
		      packet->family == FAMILY_IPV4 ? "IPv4" : "IPv6");
	add_printable(packet->word[FIELD_APPLICATION] + strlen(SPEAKS_FILLS), out);
}

static void add_dns(const struct packet *packet, bool asked, struct strbuf *out)
{
	const struct addr destination = {packet->family, packet->destination};
	char text[ADDR_TEXT_MAX];

	add_asked_name(packet, out);
	if (asked) {
		strbuf_puts(out, " is asked for at ");
		add_endpoint(packet, packet->destination, FIELD_DESTINATION_PORT, out);
	} else {
		strbuf_printf(out, " is answered with %s",
			      addr_format(&destination, text));
	}
}

void packet_format(const struct packet *packet, struct strbuf *out)
{
	const uint32_t *number = packet->number;
	uint32_t protocol = number[FIELD_PROTOCOL];

	if (speaks(packet, SPEAKS_DNS_ANSWER) || speaks(packet, SPEAKS_DNS_QUESTION)) {
		add_dns(packet, speaks(packet, SPEAKS_DNS_QUESTION), out);
		return;
	}

	if (fills(packet)) {
		add_filled(packet, out);
		return;
	}
	if (is_request(packet)) {
		add_request(packet, out);
		return;
	}
	add_protocol(protocol, out);
	strbuf_putc(out, ' ');
	add_endpoint(packet, packet->source, FIELD_SOURCE_PORT, out);
	strbuf_puts(out, " > ");
	add_endpoint(packet, packet->destination, FIELD_DESTINATION_PORT, out);
	if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)
		strbuf_printf(out, ", type %u code %u", number[FIELD_ICMP] >> 8,
			      number[FIELD_ICMP] & 0xff);
	if (protocol == PROTOCOL_TCP && number[FIELD_TCP_FLAGS] != TCP_SYN)
		add_tcp_flags(number[FIELD_TCP_FLAGS], out);
	add_state(number[FIELD_STATE], out);
	add_word("in", packet->word[FIELD_IN_INTERFACE], out);
	add_word("out", packet->word[FIELD_OUT_INTERFACE], out);
	if (number[FIELD_MARK])
		strbuf_printf(out, ", mark 0x%x", number[FIELD_MARK]);
	add_word("name", packet->word[FIELD_NAME], out);
	add_word("method", packet->word[FIELD_METHOD], out);
	add_word("application", packet->word[FIELD_APPLICATION], out);
}
