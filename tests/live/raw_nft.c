/* raw_nft.c - What nft itself would not send: edits that a reader must not miss.
 *
 * usage: raw_nft start TABLE SET ADDRESS	one start of an interval, without its end
 *	  raw_nft inner TABLE CHAIN		a rule in front that accepts, with an
 *expression that libnftnl 1.2.4 does not know
 *	  raw_nft generation			the number of the rule set
 *
 * Tables are of family inet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/common.h>

/* Of Linux 6.2's nf_tables.h: the headers of 6.1 lack them. */
enum {
	INNER_NUM = 1,
	INNER_TYPE,
	INNER_FLAGS,
	INNER_HDRSIZE,
	INNER_EXPR,
};
#define INNER_VXLAN 1
#define INNER_PARTS 0x0f

static char bytes[1 << 16];
static size_t length;

static struct nlmsghdr *begin(uint16_t type, uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(bytes + length, type, NFPROTO_INET, flags, 7);
}

static void done(const struct nlmsghdr *message)
{
	length += NLMSG_ALIGN(message->nlmsg_len);
}

static void put_start(const char *table, const char *set, const char *address)
{
	struct nlmsghdr *message = begin(NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK);
	struct nlattr *list, *element, *key;
	unsigned char value[16];
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, address, value) != 1) {
		fprintf(stderr, "raw_nft: '%s' is no address\n", address);
		return;
	}
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	key = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
	mnl_attr_put(message, NFTA_DATA_VALUE, family == AF_INET ? 4 : 16, value);
	mnl_attr_nest_end(message, key);
	mnl_attr_nest_end(message, element);
	mnl_attr_nest_end(message, list);
	done(message);
}

/* An expression of the list, open: its attributes go into *ret_data. */
static struct nlattr *begin_expression(struct nlmsghdr *message, const char *name,
				       struct nlattr **ret_data)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	*ret_data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return element;
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(message, type, htonl(value));
}

/* udp dport 4789 vxlan ip saddr …: what is in the tunnel's packet goes to a register. */
static void put_inner(struct nlmsghdr *message)
{
	struct nlattr *element, *data, *inner, *payload;

	element = begin_expression(message, "inner", &data);
	put_u32(message, INNER_NUM, 0);
	put_u32(message, INNER_TYPE, INNER_VXLAN);
	put_u32(message, INNER_FLAGS, INNER_PARTS);
	put_u32(message, INNER_HDRSIZE, 8);
	inner = mnl_attr_nest_start(message, INNER_EXPR);
	mnl_attr_put_strz(message, NFTA_EXPR_NAME, "payload");
	payload = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	put_u32(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_u32(message, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_u32(message, NFTA_PAYLOAD_OFFSET, 12);
	put_u32(message, NFTA_PAYLOAD_LEN, 4);
	mnl_attr_nest_end(message, payload);
	mnl_attr_nest_end(message, inner);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_accept(struct nlmsghdr *message)
{
	struct nlattr *element, *data, *value, *verdict;

	element = begin_expression(message, "immediate", &data);
	put_u32(message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = mnl_attr_nest_start(message, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
	put_u32(message, NFTA_VERDICT_CODE, NF_ACCEPT);
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, value);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_load_protocol(struct nlmsghdr *message)
{
	struct nlattr *element, *data;

	element = begin_expression(message, "meta", &data);
	put_u32(message, NFTA_META_KEY, NFT_META_L4PROTO);
	put_u32(message, NFTA_META_DREG, NFT_REG_1);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_rule(const char *table, const char *chain)
{
	struct nlmsghdr *message = begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_ACK);
	struct nlattr *list;

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	put_load_protocol(message);
	put_inner(message);
	put_accept(message);
	mnl_attr_nest_end(message, list);
	done(message);
}

static int read_answer(const struct nlmsghdr *message, void *context)
{
	struct nlattr *attribute;

	(void)context;
	if ((message->nlmsg_type & 0xff) == NFT_MSG_NEWGEN)
		mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg)) if (
			mnl_attr_get_type(attribute) == NFTA_GEN_ID)
			printf("%u\n", ntohl(mnl_attr_get_u32(attribute)));
	return MNL_CB_OK;
}

static int talk(void)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
	ssize_t got;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, bytes, length) < 0 ||
	    (got = mnl_socket_recvfrom(socket, bytes, sizeof(bytes))) < 0 ||
	    mnl_cb_run(bytes, (size_t)got, 0, 0, read_answer, NULL) < 0) {
		fprintf(stderr, "raw_nft: %s\n", strerror(errno));
		return 3;
	}
	mnl_socket_close(socket);
	return 0;
}

int main(int argc, char **argv)
{
	struct nlmsghdr *message;

	if (argc == 2 && strcmp(argv[1], "generation") == 0) {
		message = begin(NFT_MSG_GETGEN, 0);
		message->nlmsg_seq = 0;
		done(message);
		return talk();
	}
	if (argc != (argc > 1 && strcmp(argv[1], "start") == 0 ? 5 : 4)) {
		fprintf(stderr, "usage: raw_nft start TABLE SET ADDRESS\n"
				"       raw_nft inner TABLE CHAIN\n"
				"       raw_nft generation\n");
		return 2;
	}
	done(nftnl_batch_begin(bytes, 7));
	if (strcmp(argv[1], "start") == 0)
		put_start(argv[2], argv[3], argv[4]);
	else
		put_rule(argv[2], argv[3]);
	done(nftnl_batch_end(bytes + length, 7));
	return talk();
}
