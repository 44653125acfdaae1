// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads for sockets, network devices, queueing and netfilter.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "callers.h"

#define PORT	4000

/*
 * Netlink messages, one after the other in one buffer.
 */

static struct {
	[[gnu::aligned(8)]] char data[2 * MIB];
	size_t used;
	struct nlmsghdr *message;
} out;

static void *reserve(size_t size)
{
	void *p = out.data + out.used;

	out.used += NLMSG_ALIGN(size);
	if (out.used > sizeof(out.data))
		fail("the netlink buffer is too small");
	memset(p, 0, NLMSG_ALIGN(size));
	return p;
}

static void message(int type, int flags, const void *header, size_t size)
{
	out.message = reserve(sizeof(*out.message));
	out.message->nlmsg_type = type;
	out.message->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(reserve(size), header, size);
	out.message->nlmsg_len = sizeof(*out.message) + NLMSG_ALIGN(size);
}

static struct nlattr *put(int type, const void *data, size_t size)
{
	struct nlattr *attr = reserve(sizeof(*attr) + size);

	attr->nla_type = type;
	attr->nla_len = sizeof(*attr) + size;
	if (size)
		memcpy(attr + 1, data, size);
	out.message->nlmsg_len = out.data + out.used - (char *)out.message;
	return attr;
}

static void put_text(int type, const char *text)
{
	put(type, text, strlen(text) + 1);
}

static void put_be32(int type, u32 value)
{
	value = htonl(value);
	put(type, &value, sizeof(value));
}

static struct nlattr *begin(int type)
{
	return put(NLA_F_NESTED | type, NULL, 0);
}

static void end(struct nlattr *nest)
{
	size_t length = out.data + out.used - (char *)nest;

	if (length > UINT16_MAX)
		fail("an attribute of %zu bytes", length);
	nest->nla_len = length;
}

static int netlink_socket(int protocol)
{
	int fd = MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
	int size = 8 * MIB;

	MUST(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)));
	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	return fd;
}

/* Sends all messages, of which the last asks for an answer, and awaits that. */
static void exchange(int fd)
{
	static char in[64 * KIB];
	struct nlmsghdr *h = (struct nlmsghdr *)in;
	struct nlmsgerr *error = NLMSG_DATA(h);

	out.message->nlmsg_flags |= NLM_F_ACK;
	MUST(send(fd, out.data, out.used, 0));
	out.used = 0;
	MUST(recv(fd, in, sizeof(in), 0));
	CHECK(h->nlmsg_type == NLMSG_ERROR);
	if (error->error) {
		errno = -error->error;
		fail("netlink: %s", strerror(errno));
	}
}

/*
 * Interfaces.
 */

static int inet_socket;

static void set_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_RUNNING };

	if (!inet_socket)
		inet_socket = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	MUST(ioctl(inet_socket, SIOCSIFFLAGS, &ifr));
}

static void new_link(int fd, const char *name, const char *kind,
		     const char *peer)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	u32 queues = 16;
	struct nlattr *info, *data, *other;

	message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header,
		sizeof(header));
	put_text(IFLA_IFNAME, name);
	put(IFLA_NUM_TX_QUEUES, &queues, sizeof(queues));
	put(IFLA_NUM_RX_QUEUES, &queues, sizeof(queues));
	info = begin(IFLA_LINKINFO);
	put_text(IFLA_INFO_KIND, kind);
	if (peer) {
		data = begin(IFLA_INFO_DATA);
		other = put(VETH_INFO_PEER, &header, sizeof(header));
		put_text(IFLA_IFNAME, peer);
		end(other);
		end(data);
	}
	end(info);
	exchange(fd);
}

static int packet_socket(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = MUST(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)));

	MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

/* An Ethernet frame of no protocol that anyone else listens to. */
#define ETHERTYPE	0x88b5

void call_netdev(void)
{
	enum { PAIRS = 10, FRAMES = 100 };
	int fd = netlink_socket(NETLINK_ROUTE), to, from, i;
	char name[IFNAMSIZ], peer[IFNAMSIZ];
	unsigned char sent[1400], seen[2000];
	struct ifreq tap = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int n = 0;

	for (i = 0; i < PAIRS; i++) {
		snprintf(name, sizeof(name), "dummy%d", i);
		new_link(fd, name, "dummy", NULL);
		set_up(name);
		snprintf(name, sizeof(name), "left%d", i);
		snprintf(peer, sizeof(peer), "right%d", i);
		new_link(fd, name, "veth", peer);
		set_up(name);
		set_up(peer);
	}

	from = packet_socket("left0");
	to = packet_socket("right0");
	memset(sent, 0xff, 12);
	for (i = 0; i < FRAMES; i++) {
		fill(sent + 14, sizeof(sent) - 14, i);
		sent[12] = ETHERTYPE >> 8;
		sent[13] = ETHERTYPE & 0xff;
		CHECK(send(from, sent, sizeof(sent), 0) == sizeof(sent));
		/* Others, such as ARP, may come in between. */
		do {
			MUST(recv(to, seen, sizeof(seen), 0));
		} while (seen[12] != sent[12] || seen[13] != sent[13]);
		n += !memcmp(sent, seen, sizeof(sent));
	}
	result("%d pairs, %d frames;", PAIRS, n);

	fd = MUST(open("/dev/net/tun", O_RDWR));
	snprintf(tap.ifr_name, IFNAMSIZ, "tap0");
	MUST(ioctl(fd, TUNSETIFF, &tap));
	set_up("tap0");
	to = packet_socket("tap0");
	CHECK(write(fd, sent, sizeof(sent)) == sizeof(sent));
	do {
		MUST(recv(to, seen, sizeof(seen), 0));
	} while (seen[12] != sent[12] || seen[13] != sent[13]);
	CHECK(!memcmp(sent, seen, sizeof(sent)));
	result("tap");
}

static struct sockaddr_in loopback(u32 host, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000000 + host),
		.sin_port = htons(port),
	};
}

static int udp_receiver(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(PORT) };
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int size = 8 * MIB;

	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	MUST(bind(fd, (struct sockaddr *)&any, sizeof(any)));
	return fd;
}

/* How many of @n datagrams that are sent one by one arrive, and rightly. */
static int udp_through(int n)
{
	struct sockaddr_in to = loopback(1, PORT);
	int fd = udp_receiver(), sender, i, right = 0;
	char sent[1200], seen[2000];

	sender = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	for (i = 0; i < n; i++) {
		struct pollfd polled = { .fd = fd, .events = POLLIN };

		fill(sent, sizeof(sent), i);
		MUST(sendto(sender, sent, sizeof(sent), 0,
			    (struct sockaddr *)&to, sizeof(to)));
		if (MUST(poll(&polled, 1, 20000)) == 0)
			break;
		MUST(recv(fd, seen, sizeof(seen), 0));
		right += !memcmp(sent, seen, sizeof(sent));
	}
	close(fd);
	close(sender);
	return right;
}

static void tcp_through(size_t size)
{
	struct sockaddr_in to = loopback(1, PORT);
	int server = MUST(socket(AF_INET, SOCK_STREAM, 0));
	int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
	char *sent = get(size), *seen = get(size);
	size_t done;
	int fd;

	MUST(bind(server, (struct sockaddr *)&to, sizeof(to)));
	MUST(listen(server, 1));
	MUST(connect(client, (struct sockaddr *)&to, sizeof(to)));
	fd = MUST(accept(server, NULL, NULL));
	fill(sent, size, 19);
	if (!MUST(fork())) {
		for (done = 0; done < size;)
			done += MUST(send(client, sent + done, size - done, 0));
		_exit(0);
	}
	for (done = 0; done < size;)
		done += MUST(recv(fd, seen + done, size - done, 0));
	CHECK(!memcmp(sent, seen, size));
	close(fd);
	close(client);
	close(server);
	free(sent);
	free(seen);
}

void call_netns(void)
{
	int i, n = 0;

	/* Each gets tables of its own, not those of the first. */
	spew("/proc/sys/net/ipv4/tcp_child_ehash_entries", "4096");
	spew("/proc/sys/net/ipv4/udp_child_hash_entries", "4096");
	for (i = 0; i < 10; i++) {
		MUST(unshare(CLONE_NEWNET));
		inet_socket = 0;
		set_up("lo");
		n += udp_through(5);
		tcp_through(256 * KIB);
		spew("/proc/sys/net/ipv4/tcp_child_ehash_entries", "4096");
		spew("/proc/sys/net/ipv4/udp_child_hash_entries", "4096");
	}
	result("%d namespaces, %d datagrams", i, n);
}

void call_packet(void)
{
	enum { SOCKETS = 8, DATAGRAMS = 100 };
	struct fanout_args fanout = {
		.id = 1,
		.type_flags = PACKET_FANOUT_LB |
			      PACKET_FANOUT_FLAG_IGNORE_OUTGOING,
		.max_num_members = 60000,
	};
	char frame[2000];
	int fd[SOCKETS], i, n = 0;

	set_up("lo");
	for (i = 0; i < SOCKETS; i++) {
		fd[i] = packet_socket("lo");
		MUST(setsockopt(fd[i], SOL_PACKET, PACKET_FANOUT, &fanout,
				sizeof(fanout)));
	}
	CHECK(udp_through(DATAGRAMS) == DATAGRAMS);
	for (i = 0; i < SOCKETS; i++)
		while (recv(fd[i], frame, sizeof(frame), MSG_DONTWAIT) > 0)
			n++;
	result("%d frames to %d sockets", n, SOCKETS);
}

void call_qdisc(void)
{
	static const char *const kinds[] = { "fq", "fq_codel", "sfq", "hhf",
					     "cake", "choke" };
	struct tcmsg header = {
		.tcm_family = AF_UNSPEC,
		.tcm_parent = TC_H_ROOT,
		.tcm_handle = 0x10000,
		.tcm_ifindex = if_nametoindex("lo"),
	};
	struct tc_red_qopt choke = {
		.limit = 60000,
		.qth_min = 20000,
		.qth_max = 40000,
	};
	int fd = netlink_socket(NETLINK_ROUTE);
	unsigned char stab[256] = { 0 };
	struct nlattr *options;
	size_t i;

	set_up("lo");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &header,
			sizeof(header));
		put_text(TCA_KIND, kinds[i]);
		if (!strcmp(kinds[i], "choke")) {
			options = begin(TCA_OPTIONS);
			put(TCA_CHOKE_PARMS, &choke, sizeof(choke));
			put(TCA_CHOKE_STAB, stab, sizeof(stab));
			end(options);
		}
		exchange(fd);
		result("%s %d", kinds[i], udp_through(50));
		message(RTM_DELQDISC, 0, &header, sizeof(header));
		exchange(fd);
	}
}

void call_conntrack(void)
{
	static const char size[] =
		"/sys/module/nf_conntrack/parameters/hashsize";
	static const char *const sizes[] = { "2048", "30000", "100000" };
	char *before = slurp(size, NULL);
	size_t i;

	/* One table for all namespaces, which only the first may resize. */
	MUST(setns(MUST(open("/proc/1/ns/net", O_RDONLY)), CLONE_NEWNET));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *now;

		spew(size, sizes[i]);
		now = slurp(size, NULL);
		result("%d", atoi(now));
	}
	spew(size, before);
}

/*
 * Sockets.
 */

static void pass_descriptors(int over, const int *fds, int n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(253 * sizeof(int))];
	} control;
	struct iovec vec = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &vec,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};

	memset(&control, 0, sizeof(control));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	MUST(sendmsg(over, &msg, 0));
}

static int sockets_left(void)
{
	char *text = slurp("/proc/net/unix", NULL), *at = text;
	int n = -1;	/* the heading */

	while ((at = strchr(at, '\n'))) {
		at++;
		n++;
	}
	free(text);
	return n;
}

/* Sockets that only they themselves refer to are garbage, and collected. */
void call_unix_fds(void)
{
	enum { PAIRS = 60 };
	int pair[PAIRS][2], fds[2 * PAIRS], last[2], i, tries;

	raise_limit(RLIMIT_NOFILE, 60000);
	for (i = 0; i < PAIRS; i++) {
		MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair[i]));
		fds[2 * i] = pair[i][0];
		fds[2 * i + 1] = pair[i][1];
	}
	for (i = 0; i < PAIRS; i++)
		pass_descriptors(pair[i][0], fds, 2 * PAIRS);
	result("%d sockets,", sockets_left());
	for (i = 0; i < 2 * PAIRS; i++)
		close(fds[i]);
	/* Closing one more socket starts the collection. */
	for (tries = 0; tries < 200 && sockets_left(); tries++) {
		MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, last));
		close(last[0]);
		close(last[1]);
		usleep(50000);
	}
	result("%d left", sockets_left());
}

/* Messages that are larger than any page, and thousands of bound sockets. */
void call_netlink(void)
{
	static const size_t sizes[] = { 100, 5000, 40000, 200000, 1000000 };
	enum { SOCKETS = 1500 };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_pid = 77 };
	int to = netlink_socket(NETLINK_USERSOCK);
	int from = netlink_socket(NETLINK_USERSOCK);
	char *sent = get(MIB), *seen = get(MIB);
	size_t i;

	MUST(bind(to, (struct sockaddr *)&address, sizeof(address)));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct nlmsghdr *h = (struct nlmsghdr *)sent;

		fill(sent, sizes[i], i);
		h->nlmsg_len = sizes[i];
		MUST(sendto(from, sent, sizes[i], 0,
			    (struct sockaddr *)&address, sizeof(address)));
		CHECK(recv(to, seen, MIB, 0) == (ssize_t)sizes[i]);
		CHECK(!memcmp(sent, seen, sizes[i]));
	}
	result("%zu sizes,", i);

	raise_limit(RLIMIT_NOFILE, SOCKETS + 64);
	for (i = 0; i < SOCKETS; i++) {
		int fd = MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK));

		address.nl_pid = 1 << 24 | i;
		MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	}
	result("%zu sockets", i);
}

/*
 * nf_tables.
 */

static void nft(int type, int flags)
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_IPV4 };

	message(NFNL_SUBSYS_NFTABLES << 8 | type, flags, &header,
		sizeof(header));
}

static void nft_batch(int type)
{
	struct nfgenmsg header = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

	message(type, 0, &header, sizeof(header));
}

static struct nlattr *begin_expr(const char *name, struct nlattr **data)
{
	struct nlattr *elem = begin(NFTA_LIST_ELEM);

	put_text(NFTA_EXPR_NAME, name);
	*data = begin(NFTA_EXPR_DATA);
	return elem;
}

static void end_expr(struct nlattr *elem, struct nlattr *data)
{
	end(data);
	end(elem);
}

static void put_value(int attr, const void *value, size_t size)
{
	struct nlattr *nest = begin(attr);

	put(NFTA_DATA_VALUE, value, size);
	end(nest);
}

static void expr_load(int base, int offset, int length, int reg)
{
	struct nlattr *data, *elem = begin_expr("payload", &data);

	put_be32(NFTA_PAYLOAD_DREG, reg);
	put_be32(NFTA_PAYLOAD_BASE, base);
	put_be32(NFTA_PAYLOAD_OFFSET, offset);
	put_be32(NFTA_PAYLOAD_LEN, length);
	end_expr(elem, data);
}

static void expr_drop(void)
{
	struct nlattr *data, *elem = begin_expr("immediate", &data);
	struct nlattr *value, *verdict;

	put_be32(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = begin(NFTA_IMMEDIATE_DATA);
	verdict = begin(NFTA_DATA_VERDICT);
	put_be32(NFTA_VERDICT_CODE, NF_DROP);
	end(verdict);
	end(value);
	end_expr(elem, data);
}

static struct nlattr *begin_rule(void)
{
	nft(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	put_text(NFTA_RULE_TABLE, "callers");
	put_text(NFTA_RULE_CHAIN, "out");
	return begin(NFTA_RULE_EXPRESSIONS);
}

#define IP_DADDR	16
#define UDP_DPORT	2

/* Drops what goes to one address. */
static void rule_address(u32 host)
{
	struct nlattr *exprs = begin_rule(), *data, *elem;
	u32 address = loopback(host, 0).sin_addr.s_addr;

	expr_load(NFT_PAYLOAD_NETWORK_HEADER, IP_DADDR, 4, NFT_REG32_00);
	elem = begin_expr("cmp", &data);
	put_be32(NFTA_CMP_SREG, NFT_REG32_00);
	put_be32(NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(NFTA_CMP_DATA, &address, sizeof(address));
	end_expr(elem, data);
	elem = begin_expr("counter", &data);
	end_expr(elem, data);
	expr_drop();
	end(exprs);
}

/* Drops what goes to an address, or address and port, in a set. */
static void rule_set(const char *set, bool with_port)
{
	struct nlattr *exprs = begin_rule(), *data, *elem;

	expr_load(NFT_PAYLOAD_NETWORK_HEADER, IP_DADDR, 4, NFT_REG32_00);
	if (with_port)
		expr_load(NFT_PAYLOAD_TRANSPORT_HEADER, UDP_DPORT, 2,
			  NFT_REG32_01);
	elem = begin_expr("lookup", &data);
	put_text(NFTA_LOOKUP_SET, set);
	put_be32(NFTA_LOOKUP_SREG, NFT_REG32_00);
	end_expr(elem, data);
	expr_drop();
	end(exprs);
}

static void new_set(const char *name, u32 id, u32 flags,
		    u32 key_size)
{
	struct nlattr *desc, *concat, *field;

	nft(NFT_MSG_NEWSET, NLM_F_CREATE);
	put_text(NFTA_SET_TABLE, "callers");
	put_text(NFTA_SET_NAME, name);
	put_be32(NFTA_SET_ID, id);
	put_be32(NFTA_SET_FLAGS, flags);
	put_be32(NFTA_SET_KEY_LEN, key_size);
	if (!(flags & NFT_SET_CONCAT))
		return;
	desc = begin(NFTA_SET_DESC);
	concat = begin(NFTA_SET_DESC_CONCAT);
	field = begin(NFTA_LIST_ELEM);
	put_be32(NFTA_SET_FIELD_LEN, 4);
	end(field);
	field = begin(NFTA_LIST_ELEM);
	put_be32(NFTA_SET_FIELD_LEN, 2);
	end(field);
	end(concat);
	end(desc);
}

/* What sets hold: an address, or a range of both. */
struct key {
	u32 address;
	u16 port;
	u16 pad;
};

static void put_element(struct key from, struct key to, u32 flags)
{
	struct nlattr *elem;
	size_t size = flags & NFT_SET_CONCAT ? 8 : 4;

	elem = begin(NFTA_LIST_ELEM);
	put_value(NFTA_SET_ELEM_KEY, &from, size);
	if (flags & NFT_SET_CONCAT)
		put_value(NFTA_SET_ELEM_KEY_END, &to, size);
	end(elem);
	if (!(flags & NFT_SET_INTERVAL) || flags & NFT_SET_CONCAT)
		return;
	elem = begin(NFTA_LIST_ELEM);
	put_value(NFTA_SET_ELEM_KEY, &to, size);
	put_be32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
	end(elem);
}

/* Every fourth of 4 * @n hosts from @first. */
static void fill_set(const char *name, u32 flags, u32 first, int n)
{
	struct nlattr *list;
	int i, j;

	for (i = 0; i < n; i = j) {
		nft(NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		put_text(NFTA_SET_ELEM_LIST_TABLE, "callers");
		put_text(NFTA_SET_ELEM_LIST_SET, name);
		list = begin(NFTA_SET_ELEM_LIST_ELEMENTS);
		for (j = i; j < n && j < i + 400; j++) {
			u32 host = 0x7f000000 + first + 4 * j;
			struct key from = { htonl(host), htons(PORT), 0 };
			struct key to = from;

			if (!(flags & NFT_SET_CONCAT))
				to.address = htonl(host + 1);
			put_element(from, to, flags);
		}
		end(list);
	}
}

static int count_rules(int fd)
{
	static char in[64 * KIB];
	struct nlmsghdr *h;
	int n = 0;

	nft(NFT_MSG_GETRULE, NLM_F_DUMP);
	put_text(NFTA_RULE_TABLE, "callers");
	MUST(send(fd, out.data, out.used, 0));
	out.used = 0;
	for (;;) {
		int length = MUST(recv(fd, in, sizeof(in), 0));

		for (h = (void *)in; NLMSG_OK(h, (unsigned int)length);
		     h = NLMSG_NEXT(h, length)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return n;
			CHECK(h->nlmsg_type != NLMSG_ERROR);
			n++;
		}
	}
}

/* How many of @n hosts from @first cannot be reached. */
static int dropped(u32 first, int n)
{
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0)), i, count = 0;

	for (i = 0; i < n; i++) {
		struct sockaddr_in to = loopback(first + i, PORT);

		if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to,
			   sizeof(to)) == 1)
			continue;
		CHECK(errno == EPERM);
		count++;
	}
	close(fd);
	return count;
}

void call_nftables(void)
{
	static const struct {
		const char *name;
		u32 first, flags;
	} sets[] = {
		{ "hash", 0x10000, 0 },
		{ "rbtree", 0x20000, NFT_SET_INTERVAL },
		{ "pipapo", 0x30000, NFT_SET_INTERVAL | NFT_SET_CONCAT },
	};
	enum { RULES = 100, ELEMENTS = 1000 };
	int fd = netlink_socket(NETLINK_NETFILTER), receiver, i;
	struct nlattr *hook;

	set_up("lo");
	receiver = udp_receiver();
	nft_batch(NFNL_MSG_BATCH_BEGIN);
	nft(NFT_MSG_NEWTABLE, NLM_F_CREATE);
	put_text(NFTA_TABLE_NAME, "callers");
	nft(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	put_text(NFTA_CHAIN_TABLE, "callers");
	put_text(NFTA_CHAIN_NAME, "out");
	put_text(NFTA_CHAIN_TYPE, "filter");
	hook = begin(NFTA_CHAIN_HOOK);
	put_be32(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
	put_be32(NFTA_HOOK_PRIORITY, 0);
	end(hook);
	for (i = 0; i < (int)ARRAY_SIZE(sets); i++) {
		new_set(sets[i].name, i + 1, sets[i].flags,
			sets[i].flags & NFT_SET_CONCAT ? 8 : 4);
		fill_set(sets[i].name, sets[i].flags, sets[i].first, ELEMENTS);
		rule_set(sets[i].name, sets[i].flags & NFT_SET_CONCAT);
	}
	for (i = 0; i < RULES; i++)
		rule_address(0x100 + 3 * i);
	nft_batch(NFNL_MSG_BATCH_END);
	exchange(fd);

	result("%d rules,", count_rules(fd));
	result("%d of 300,", dropped(0x100, 300));
	for (i = 0; i < (int)ARRAY_SIZE(sets); i++)
		result("%s %d", sets[i].name, dropped(sets[i].first, 200));
	close(receiver);

	nft_batch(NFNL_MSG_BATCH_BEGIN);
	nft(NFT_MSG_DELTABLE, 0);
	put_text(NFTA_TABLE_NAME, "callers");
	nft_batch(NFNL_MSG_BATCH_END);
	exchange(fd);
}
