/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of "callers" share: how a workload reports, and how it makes
 * up data.
 */
#ifndef CALLERS_H
#define CALLERS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB	1024UL
#define MIB	(1024 * KIB)

typedef __u64 u64;
typedef __u32 u32;
typedef __u16 u16;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

void call_xattr(void);
void call_xattr_ext4(void);
void call_overlay(void);
void call_select(void);
void call_fdtable(void);
void call_seq_file(void);
void call_mounts(void);
void call_coredump(void);
void call_sysctl(void);
void call_groups(void);
void call_semaphores(void);
void call_keys(void);
void call_big_keys(void);
void call_threads(void);
void call_tty(void);
void call_kmsg(void);
void call_tracing(void);
void call_cgroup(void);
void call_module(void);
void call_swap(void);
void call_dm(void);
void call_udmabuf(void);
void call_io_uring(void);
void call_bpf_array(void);
void call_bpf_hash(void);
void call_bpf_prog(void);
void call_bpf_btf(void);
void call_unix_fds(void);
void call_netlink(void);
void call_netdev(void);
void call_netns(void);
void call_packet(void);
void call_qdisc(void);
void call_conntrack(void);
void call_nftables(void);

/*
 * A workload runs in a process of its own, in its own mount, network and IPC
 * namespace, as root, in an empty directory. It says in result() what it saw,
 * which must be the same in every run: no address, no time, no number that
 * others have a part in. fail() and skip() end it.
 */
[[gnu::format(printf, 1, 2)]] void result(const char *fmt, ...);
[[noreturn, gnu::format(printf, 1, 2)]] void fail(const char *fmt, ...);
[[noreturn, gnu::format(printf, 1, 2)]] void skip(const char *fmt, ...);

/* A system call that must not fail, and something that must be true. */
long must(long ret, const char *call, int line);
#define MUST(call)	must((long)(call), #call, __LINE__)
#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			fail("line %d: not so: %s", __LINE__, #cond);	\
	} while (0)

/* Memory, and data that depends on @seed alone. */
void *get(size_t size);
void fill(void *p, size_t size, unsigned int seed);
bool filled(const void *p, size_t size, unsigned int seed);
u64 checksum(const void *p, size_t size);

/* Whole files. */
char *slurp(const char *path, size_t *size);
void spew(const char *path, const char *text);
void run(const char *const *argv);

/* A loop device over a new file here; it goes with its last user. */
int loop_device(const char *file, size_t size, char *dev, size_t dev_size);

void raise_limit(int resource, unsigned long limit);

#endif /* CALLERS_H */
