/* packet_test.c - How a packet is written in messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/base/strbuf.h"
#include "rules/packet.h"

static u128 address(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	return addr.value;
}

static struct packet tcp_packet(void)
{
	struct packet packet = {.family = FAMILY_IPV4,
				.source = address("10.240.0.5"),
				.destination = address("10.1.2.4")};

	packet.number[FIELD_PROTOCOL] = PROTOCOL_TCP;
	packet.number[FIELD_SOURCE_PORT] = 40000;
	packet.number[FIELD_DESTINATION_PORT] = 443;
	packet.number[FIELD_TCP_FLAGS] = TCP_SYN;
	packet.number[FIELD_STATE] = CT_NEW;
	return packet;
}

static void assert_packet(const struct packet *packet, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	packet_format(packet, &text);
	assert_string_equal(strbuf_text(&text), want);
}

static void test_plain_tcp(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	assert_packet(&packet, "tcp 10.240.0.5:40000 > 10.1.2.4:443, new");
	packet.word[FIELD_IN_INTERFACE] = "eth0";
	assert_packet(&packet, "tcp 10.240.0.5:40000 > 10.1.2.4:443, new, in eth0");
}

static void test_tcp_flags(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	packet.number[FIELD_TCP_FLAGS] = TCP_SYN | TCP_ACK;
	assert_packet(&packet, "tcp 10.240.0.5:40000 > 10.1.2.4:443, flags syn+ack, new");
	packet.number[FIELD_TCP_FLAGS] = 0;
	packet.number[FIELD_STATE] = CT_INVALID;
	assert_packet(&packet,
		      "tcp 10.240.0.5:40000 > 10.1.2.4:443, flags none, invalid");
	packet.number[FIELD_TCP_FLAGS] = 0xff;
	assert_packet(&packet, "tcp 10.240.0.5:40000 > 10.1.2.4:443, "
			       "flags fin+syn+rst+psh+ack+urg+ece+cwr, invalid");
}

/* Points that are no packets say nothing of protocols and ports. */
static void test_of_resolvers(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	packet.word[FIELD_NAME] = "contoso.azurecr.io";
	packet.word[FIELD_APPLICATION] = SPEAKS_DNS_ANSWER;
	assert_packet(&packet, "contoso.azurecr.io is answered with 10.1.2.4");
	packet.word[FIELD_APPLICATION] = SPEAKS_FILLS "inet#t#s";
	assert_packet(&packet, "contoso.azurecr.io with IPv4 addresses fills inet#t#s");
	packet.family = FAMILY_IPV6;
	packet.word[FIELD_NAME] = NULL;
	assert_packet(&packet, "(no name) with IPv6 addresses fills inet#t#s");
}

static void test_all_words(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	packet.word[FIELD_IN_INTERFACE] = "eth0";
	packet.word[FIELD_OUT_INTERFACE] = "eth1";
	packet.word[FIELD_NAME] = "contoso.azurecr.io";
	packet.word[FIELD_METHOD] = "CONNECT";
	packet.number[FIELD_MARK] = 0xffffffff;
	assert_packet(&packet,
		      "tcp 10.240.0.5:40000 > 10.1.2.4:443, new, in eth0, out eth1, "
		      "mark 0xffffffff, name contoso.azurecr.io, method CONNECT");
	packet.word[FIELD_IN_INTERFACE] = IFACE_NONE;
	packet.word[FIELD_OUT_INTERFACE] = "a\033[2Jb\177";
	packet.word[FIELD_NAME] = NULL;
	packet.word[FIELD_METHOD] = NULL;
	packet.number[FIELD_MARK] = 0;
	assert_packet(&packet, "tcp 10.240.0.5:40000 > 10.1.2.4:443, new, out a?[2Jb?");
}

static void test_request(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	packet.word[FIELD_METHOD] = "CONNECT";
	assert_packet(&packet, "CONNECT 10.1.2.4:443 from 10.240.0.5");
	packet.word[FIELD_NAME] = "contoso.azurecr.io";
	assert_packet(&packet,
		      "CONNECT contoso.azurecr.io:443 at 10.1.2.4 from 10.240.0.5");
	packet.word[FIELD_METHOD] = SYMBOL_OTHER;
	assert_packet(&packet, "(another method) contoso.azurecr.io:443 at 10.1.2.4 from "
			       "10.240.0.5");
	packet.word[FIELD_METHOD] = "G\033[2J";
	packet.word[FIELD_NAME] = NULL;
	packet.family = FAMILY_IPV6;
	packet.destination = packet.source = 1;
	assert_packet(&packet, "G?[2J [::1]:443 from ::1");
}

static void test_protocols(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	packet.number[FIELD_PROTOCOL] = PROTOCOL_ICMP;
	packet.number[FIELD_ICMP] = 8 << 8;
	assert_packet(&packet, "icmp 10.240.0.5 > 10.1.2.4, type 8 code 0, new");
	packet.number[FIELD_PROTOCOL] = 47;
	assert_packet(&packet, "gre 10.240.0.5 > 10.1.2.4, new");
	packet.number[FIELD_PROTOCOL] = 253;
	packet.number[FIELD_STATE] = 7;
	assert_packet(&packet, "protocol 253 10.240.0.5 > 10.1.2.4, state 7");
	packet.number[FIELD_STATE] = CT_NEW;
	packet.number[FIELD_PROTOCOL] = PROTOCOL_UDP;
	assert_packet(&packet, "udp 10.240.0.5:40000 > 10.1.2.4:443, new");
}

static void test_ipv6(void **state)
{
	struct packet packet = tcp_packet();

	(void)state;
	packet.family = FAMILY_IPV6;
	packet.source = address("2001:db8::1");
	packet.destination = address("fe80::");
	assert_packet(&packet, "tcp [2001:db8::1]:40000 > [fe80::]:443, new");
	packet.number[FIELD_PROTOCOL] = PROTOCOL_ICMPV6;
	packet.number[FIELD_ICMP] = 1 << 8 | 4;
	assert_packet(&packet, "icmpv6 2001:db8::1 > fe80::, type 1 code 4, new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_tcp),    cmocka_unit_test(test_tcp_flags),
		cmocka_unit_test(test_of_resolvers), cmocka_unit_test(test_all_words),
		cmocka_unit_test(test_request),	     cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
