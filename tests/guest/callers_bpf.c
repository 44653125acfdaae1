// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads for bpf(2): maps and their batches, programs, type information.
 */
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <linux/btf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "callers.h"

#define VALUE_SIZE	20000

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int new_map(int type, size_t key, size_t value, size_t n)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = key,
		.value_size = value,
		.max_entries = n,
	};

	return MUST(bpf(BPF_MAP_CREATE, &attr));
}

static void on_element(int command, int map, const void *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
	};

	MUST(bpf(command, &attr));
}

static unsigned int on_batch(int command, int map, void *keys, void *values,
			     unsigned int n)
{
	char cursor[256];
	union bpf_attr attr = {
		.batch.map_fd = map,
		.batch.out_batch = (uintptr_t)cursor,
		.batch.keys = (uintptr_t)keys,
		.batch.values = (uintptr_t)values,
		.batch.count = n,
	};

	/* Short of n, it ends in an error even though it did all there is. */
	if (bpf(command, &attr) < 0 && !attr.batch.count)
		fail("batch %d", command);
	return attr.batch.count;
}

void call_bpf_array(void)
{
	enum { N = 500 };
	int map = new_map(BPF_MAP_TYPE_ARRAY, 4, VALUE_SIZE, N);
	char *values = get(N * VALUE_SIZE), *back = get(N * VALUE_SIZE);
	u32 *keys = get(N * sizeof(*keys)), i;
	unsigned int n;

	for (i = 0; i < N; i++)
		keys[i] = i;
	fill(values, N * VALUE_SIZE, 17);
	n = on_batch(BPF_MAP_UPDATE_BATCH, map, keys, values, N);
	result("%u updated", n);
	for (i = 0; i < N; i++) {
		on_element(BPF_MAP_LOOKUP_ELEM, map, &i, back);
		CHECK(!memcmp(back, values + i * VALUE_SIZE, VALUE_SIZE));
	}
	n = on_batch(BPF_MAP_LOOKUP_BATCH, map, keys, back, N);
	CHECK(!memcmp(back, values, N * VALUE_SIZE));
	result("%u looked up", n);
}

/* A key is its number, and then bytes that depend on it. */
static void make_key(char *key, size_t size, u32 i)
{
	fill(key, size, i);
	memcpy(key, &i, sizeof(i));
}

void call_bpf_hash(void)
{
	enum { N = 400, KEY = 200 };
	int map = new_map(BPF_MAP_TYPE_HASH, KEY, VALUE_SIZE, N);
	char *keys = get(N * KEY), *values = get(N * VALUE_SIZE);
	char *back = get(N * VALUE_SIZE), key[KEY], next[KEY];
	union bpf_attr attr = { 0 };
	unsigned int n = 0;
	u32 i;

	for (i = 0; i < N; i++) {
		make_key(key, KEY, i);
		fill(values + i * VALUE_SIZE, VALUE_SIZE, i);
		on_element(BPF_MAP_UPDATE_ELEM, map, key,
			   values + i * VALUE_SIZE);
	}
	for (i = 0; i < N; i++) {
		make_key(key, KEY, i);
		on_element(BPF_MAP_LOOKUP_ELEM, map, key, back);
		CHECK(filled(back, VALUE_SIZE, i));
	}

	attr.map_fd = map;
	attr.next_key = (uintptr_t)next;
	while (!bpf(BPF_MAP_GET_NEXT_KEY, &attr)) {
		memcpy(key, next, KEY);
		attr.key = (uintptr_t)key;
		n++;
	}
	result("%u keys,", n);

	n = on_batch(BPF_MAP_LOOKUP_AND_DELETE_BATCH, map, keys, back, N);
	for (i = 0; i < n; i++) {
		u32 number;

		memcpy(&number, keys + i * KEY, sizeof(number));
		CHECK(filled(back + i * VALUE_SIZE, VALUE_SIZE, number));
	}
	result("%u taken out,", n);
	attr.key = 0;
	CHECK(bpf(BPF_MAP_GET_NEXT_KEY, &attr) < 0);
	n = on_batch(BPF_MAP_UPDATE_BATCH, map, keys, back, n);
	result("%u put back", n);
}

/* The instructions that are needed here, as in the kernel's own macros. */
#define INSN(c, d, s, o, i)						\
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), \
			    .off = (o), .imm = (i) })
#define MOV_IMM(reg, imm)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, imm)
#define ADD_IMM(reg, imm)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, imm)
#define ADD_REG(dst, src)	INSN(BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0)
#define JUMP_LESS(reg, imm, o)	INSN(BPF_JMP | BPF_JLT | BPF_K, reg, 0, o, imm)
#define LOAD_WORD(dst, src, o)	INSN(BPF_LDX | BPF_MEM | BPF_W, dst, src, o, 0)
#define CALL_LOCAL(to)							\
	INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, to)
#define EXIT()			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/*
 * What many additions, branches and functions make of the length of a packet,
 * so that the verifier has states to explore and the JIT has jumps to shorten.
 */
static size_t make_program(struct bpf_insn *insn)
{
	enum { ADDITIONS = 500, BRANCHES = 50, FUNCTIONS = 30 };
	size_t n = 0, call, i;

	insn[n++] = LOAD_WORD(6, 1, offsetof(struct __sk_buff, len));
	insn[n++] = MOV_IMM(7, 0);
	for (i = 0; i < ADDITIONS; i++)
		insn[n++] = ADD_IMM(7, i);
	for (i = 0; i < BRANCHES; i++) {
		insn[n++] = JUMP_LESS(6, 8 * i, 1);
		insn[n++] = ADD_IMM(7, i % 7);
	}
	call = n;
	for (i = 0; i < FUNCTIONS; i++) {
		insn[n++] = CALL_LOCAL(0);
		insn[n++] = ADD_REG(7, 0);
	}
	insn[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_X, 0, 7, 0, 0);
	insn[n++] = EXIT();
	for (i = 0; i < FUNCTIONS; i++) {
		insn[call + 2 * i].imm = n - (call + 2 * i) - 1;
		insn[n++] = MOV_IMM(0, i);
		insn[n++] = ADD_IMM(0, 1);
		insn[n++] = EXIT();
	}
	return n;
}

void call_bpf_prog(void)
{
	struct bpf_insn *insns = get(10000 * sizeof(*insns));
	char *log = get(16 * MIB), packet[1024] = { 0 };
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.license = (uintptr_t)"GPL",
		.insns = (uintptr_t)insns,
		.log_level = 1,
		.log_buf = (uintptr_t)log,
		.log_size = 16 * MIB,
	};
	struct bpf_prog_info info = { 0 };
	size_t size, length;
	int fd;

	attr.insn_cnt = make_program(insns);
	fd = bpf(BPF_PROG_LOAD, &attr);
	length = strlen(log);
	if (fd < 0)
		fail("the verifier says: %s",
		     log + (length > 200 ? length - 200 : 0));
	result("%u instructions, log %#llx,", attr.insn_cnt,
	       (unsigned long long)checksum(log, length));

	for (size = 100; size <= sizeof(packet); size += 300) {
		attr = (union bpf_attr){
			.test.prog_fd = fd,
			.test.data_in = (uintptr_t)packet,
			.test.data_size_in = size,
		};
		MUST(bpf(BPF_PROG_TEST_RUN, &attr));
		result("%u", attr.test.retval);
	}

	attr = (union bpf_attr){
		.info.bpf_fd = fd,
		.info.info_len = sizeof(info),
		.info.info = (uintptr_t)&info,
	};
	MUST(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	result("of %u functions", info.nr_jited_ksyms);

	/* What cannot be proven must be refused, and all of it given back. */
	insns[attr.insn_cnt = 0] = LOAD_WORD(0, 7, 0);
	attr = (union bpf_attr){
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.license = (uintptr_t)"GPL",
		.insns = (uintptr_t)insns,
		.insn_cnt = make_program(insns + 1) + 1,
	};
	CHECK(bpf(BPF_PROG_LOAD, &attr) < 0);
}

struct types {
	struct btf_header header;
	u32 word[200000];
};

/* Integers, pointers to them, and structures of both. */
void call_bpf_btf(void)
{
	enum { N = 8000, MEMBERS = 8 };
	static const char strings[] = "\0number\0pair\0a";
	struct types *btf = get(sizeof(*btf)), *back = get(sizeof(*btf));
	struct bpf_btf_info info = { 0 };
	union bpf_attr attr;
	u32 i, m, n = 0;
	int fd;

	btf->header.magic = BTF_MAGIC;
	btf->header.version = BTF_VERSION;
	btf->header.hdr_len = sizeof(btf->header);
	for (i = 1; i <= N; i++) {
		switch (i % 3) {
		case 1:
			btf->word[n++] = 1;
			btf->word[n++] = BTF_KIND_INT << 24;
			btf->word[n++] = 4;
			btf->word[n++] = BTF_INT_SIGNED << 24 | 32;
			break;
		case 2:
			btf->word[n++] = 0;
			btf->word[n++] = BTF_KIND_PTR << 24;
			btf->word[n++] = i - 1;
			break;
		default:
			btf->word[n++] = 8;
			btf->word[n++] = BTF_KIND_STRUCT << 24 | MEMBERS;
			btf->word[n++] = 8 * MEMBERS;
			for (m = 0; m < MEMBERS; m++) {
				btf->word[n++] = 13;
				btf->word[n++] = m % 2 ? i - 1 : i - 2;
				btf->word[n++] = 64 * m;
			}
		}
	}
	btf->header.type_len = n * sizeof(btf->word[0]);
	btf->header.str_off = btf->header.type_len;
	btf->header.str_len = sizeof(strings);
	memcpy(btf->word + n, strings, sizeof(strings));

	attr = (union bpf_attr){
		.btf = (uintptr_t)btf,
		.btf_size = sizeof(btf->header) + btf->header.type_len +
			    sizeof(strings),
	};
	fd = MUST(bpf(BPF_BTF_LOAD, &attr));
	info.btf = (uintptr_t)back;
	info.btf_size = sizeof(*back);
	attr = (union bpf_attr){
		.info.bpf_fd = fd,
		.info.info_len = sizeof(info),
		.info.info = (uintptr_t)&info,
	};
	MUST(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	CHECK(!memcmp(btf, back, info.btf_size));
	result("%d types in %u bytes", N, info.btf_size);
}
