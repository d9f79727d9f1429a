/* ask_live.c - How long does the kernel's part of an apply take, and what is its floor?
 *
 * usage: ask_live load|raw RULESET		one load into an empty namespace
 *	  ask_live load|raw RULESET CHANGED	the change of the second, once the first
 *is there ask_live verify RULESET		reading back what was loaded
 *
 * Texts are nftables rule sets of ours.  "load" is struct backend_live; "raw" sends the
 * elements of the largest set, and nothing else, by a loop of its own over libmnl: what
 *no program can do without.  Prints "CPU-SECONDS WALL-SECONDS PEAK-MB" of that step
 *alone. Run it in a network namespace of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/common.h>

#include "backends/backend_live.h"
#include "backends/nftables/nft_live.h"
#include "backends/registry.h"
#include "rules/base/arena.h"

static struct arena *arena;
static double cpu_begin, wall_begin;

static double cpu_now(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

static double wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void begin(void)
{
	cpu_begin = cpu_now();
	wall_begin = wall_now();
}

static void end(void)
{
	double cpu = cpu_now() - cpu_begin, wall = wall_now() - wall_begin;
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	printf("%.4f %.4f %.1f\n", cpu, wall, (double)used.ru_maxrss / 1024);
}

static void die(const char *what, int error)
{
	fprintf(stderr, "ask_live: %s: %s\n", what, strerror(error));
	exit(3);
}

static struct live_image *read_image(const char *path)
{
	FILE *file = fopen(path, "re");
	struct strbuf text = {0};
	struct diag *diag = diag_new(arena);
	struct live_image *image = backend_live_nftables.image(arena);
	struct ruleset *rules;
	char block[65536];
	size_t got;

	if (!file)
		die(path, errno);
	while ((got = fread(block, 1, sizeof(block), file)))
		strbuf_add(&text, block, got);
	fclose(file);
	if (import_text(&backend_nftables, path, strbuf_text(&text), text.length, arena,
			&rules, diag) < 0 ||
	    backend_live_nftables.plan(rules, arena, image, diag) < 0)
		die(path, EINVAL);
	return image;
}

static void load(struct live_image *from, const struct live_image *to)
{
	struct live_failure failure;
	struct live_sent sent;
	int error = backend_live_nftables.load(from, to, false, arena, &sent, &failure);

	if (error)
		die(failure.object ? failure.object : "load", -error);
}

static struct live_image *fetch(const struct live_image *expected)
{
	struct live_image *image;
	int error = backend_live_nftables.fetch(expected, arena, &image);

	if (error)
		die("fetch", -error);
	return image;
}

/* -- raw ----------------------------------------------------------------------------- */

static char *bytes;
static size_t length, capacity;

static struct nlmsghdr *add(uint16_t type, uint16_t flags)
{
	if (capacity - length < 1 << 17) {
		capacity = capacity ? 2 * capacity : 1 << 20;
		bytes = realloc(bytes, capacity);
		if (!bytes)
			die("memory", ENOMEM);
	}
	return nftnl_nlmsg_build_hdr(bytes + length, type, NFPROTO_INET, flags, 1);
}

static void done(const struct nlmsghdr *message)
{
	length += NLMSG_ALIGN(message->nlmsg_len);
}

static void put_element(struct nlmsghdr *message, u128 number, bool is_end)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM), *key;

	if (is_end)
		mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS,
				 htonl(NFT_SET_ELEM_INTERVAL_END));
	key = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
	mnl_attr_put_u32(message, NFTA_DATA_VALUE, htonl((uint32_t)number));
	mnl_attr_nest_end(message, key);
	mnl_attr_nest_end(message, element);
}

/* 1 600 intervals of 40 bytes fit an attribute. */
static void put_elements(uint16_t type, const char *table, const struct live_set *set,
			 const struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count;) {
		struct nlmsghdr *message =
			add(type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
		struct nlattr *list;

		mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
		mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
		list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
		for (size_t k = 0; k < 1600 && i < ranges->count; k++, i++) {
			put_element(message, ranges->at[i].first, false);
			put_element(message, ranges->at[i].last + 1, true);
		}
		mnl_attr_nest_end(message, list);
		done(message);
	}
}

static void put_empty_set(const char *table, const struct live_set *set)
{
	struct nlmsghdr *message = add(NFT_MSG_NEWTABLE, NLM_F_CREATE);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, table);
	done(message);
	message = add(NFT_MSG_NEWSET, NLM_F_CREATE);
	mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_NAME, set->name);
	mnl_attr_put_u32(message, NFTA_SET_FLAGS, htonl(NFT_SET_INTERVAL));
	mnl_attr_put_u32(message, NFTA_SET_KEY_TYPE, htonl(set->key_type));
	mnl_attr_put_u32(message, NFTA_SET_KEY_LEN, htonl(set->key_length));
	mnl_attr_put_u32(message, NFTA_SET_ID, htonl(1));
	done(message);
}

static void send_raw(void)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
	int room = INT32_MAX / 2;
	char answer[8192];

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket", errno);
	(void)setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUFFORCE, &room,
			 sizeof(room));
	done(nftnl_batch_end(bytes + length, 1));
	if (mnl_socket_sendto(socket, bytes, length) < 0)
		die("send", errno);
	if (recv(mnl_socket_get_fd(socket), answer, sizeof(answer), MSG_DONTWAIT) >= 0)
		die("the kernel", EINVAL);
	mnl_socket_close(socket);
}

static const struct live_set *largest(const struct live_image *image)
{
	const struct live_set *set = &image->tables[0].sets[0];

	for (size_t i = 0; i < image->tables[0].set_count; i++)
		if (image->tables[0].sets[i].ranges.count > set->ranges.count)
			set = &image->tables[0].sets[i];
	return set;
}

static struct ranges alone(const struct ranges *of, const struct ranges *other)
{
	return ranges_subtract(of, other, arena);
}

static void raw(const struct live_image *from, const struct live_image *to)
{
	const char *table = to->tables[0].name;
	const struct live_set *set = largest(to);
	struct ranges removed = {0}, added = set->ranges;

	if (from) {
		removed = alone(&largest(from)->ranges, &set->ranges);
		added = alone(&set->ranges, &largest(from)->ranges);
	}
	begin();
	add(0, 0);
	done(nftnl_batch_begin(bytes, 1));
	if (!from)
		put_empty_set(table, set);
	put_elements(NFT_MSG_DELSETELEM, table, set, &removed);
	put_elements(NFT_MSG_NEWSETELEM, table, set, &added);
	add(0, 0);
	send_raw();
	end();
}

int main(int argc, char **argv)
{
	struct live_image *first, *second = NULL, *now;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: ask_live load|raw|verify RULESET [CHANGED]\n");
		return 2;
	}
	arena = arena_new();
	first = read_image(argv[2]);
	if (argc == 4)
		second = read_image(argv[3]);
	if (strcmp(argv[1], "raw") == 0 && !second) {
		raw(NULL, first);
		return 0;
	}
	now = fetch(NULL);
	if (strcmp(argv[1], "load") == 0 && !second) {
		begin();
		load(now, first);
		end();
		return 0;
	}
	load(now, first);
	begin();
	now = fetch(first);
	if (strcmp(argv[1], "verify") == 0) {
		end();
		return 0;
	}
	if (strcmp(argv[1], "raw") == 0) {
		raw(first, second);
		return 0;
	}
	begin();
	load(now, second);
	end();
	return 0;
}
