// SPDX-License-Identifier: GPL-2.0
/*
 * Workload for io_uring: large rings, registered buffers and files.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "callers.h"

#define ENTRIES		8192
#define BUFFERS		1024
#define BUFFER_SIZE	(16 * KIB)
#define FILES		4096

struct ring {
	int fd;
	struct io_uring_params params;
	char *sq;
	struct io_uring_sqe *sqes;
	unsigned int queued;
};

static void set_up(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;
	size_t sq_size, cq_size;

	p->flags = IORING_SETUP_CQSIZE;
	p->cq_entries = 4 * ENTRIES;
	ring->fd = MUST(syscall(SYS_io_uring_setup, ENTRIES, p));
	CHECK(p->features & IORING_FEAT_SINGLE_MMAP);
	sq_size = p->sq_off.array + p->sq_entries * sizeof(u32);
	cq_size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	ring->sq = (void *)MUST(mmap(NULL,
				     sq_size > cq_size ? sq_size : cq_size,
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_POPULATE, ring->fd,
				     IORING_OFF_SQ_RING));
	ring->sqes = (void *)MUST(mmap(NULL,
				       p->sq_entries * sizeof(*ring->sqes),
				       PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_POPULATE, ring->fd,
				       IORING_OFF_SQES));
}

static u32 *word(struct ring *ring, u32 offset)
{
	return (u32 *)(ring->sq + offset);
}

static struct io_uring_sqe *next_sqe(struct ring *ring)
{
	struct io_sqring_offsets *off = &ring->params.sq_off;
	u32 tail = *word(ring, off->tail);
	u32 index = tail & *word(ring, off->ring_mask);
	struct io_uring_sqe *sqe = &ring->sqes[index];

	memset(sqe, 0, sizeof(*sqe));
	word(ring, off->array)[index] = index;
	__atomic_store_n(word(ring, off->tail), tail + 1, __ATOMIC_RELEASE);
	ring->queued++;
	return sqe;
}

/* Submits what is queued; every one of them must yield @want. */
static void all_yield(struct ring *ring, int want)
{
	struct io_cqring_offsets *off = &ring->params.cq_off;
	struct io_uring_cqe *cqes = (void *)(ring->sq + off->cqes);
	unsigned int n = ring->queued, seen = 0;

	MUST(syscall(SYS_io_uring_enter, ring->fd, n, n,
		     IORING_ENTER_GETEVENTS, NULL, 0));
	while (seen < n) {
		u32 head = *word(ring, off->head);

		CHECK(head != __atomic_load_n(word(ring, off->tail),
					      __ATOMIC_ACQUIRE));
		CHECK(cqes[head & *word(ring, off->ring_mask)].res == want);
		__atomic_store_n(word(ring, off->head), head + 1,
				 __ATOMIC_RELEASE);
		seen++;
	}
	ring->queued = 0;
}

static void transfer(struct ring *ring, int op, struct iovec *vec)
{
	int i;

	for (i = 0; i < BUFFERS; i++) {
		struct io_uring_sqe *sqe = next_sqe(ring);

		sqe->opcode = op;
		sqe->flags = IOSQE_FIXED_FILE;
		sqe->fd = i * 3 % FILES;
		sqe->off = i * BUFFER_SIZE;
		sqe->addr = (uintptr_t)vec[i].iov_base;
		sqe->len = BUFFER_SIZE;
		sqe->buf_index = i;
	}
	all_yield(ring, BUFFER_SIZE);
}

void call_io_uring(void)
{
	const size_t size = BUFFERS * BUFFER_SIZE;
	struct iovec *vec = get(BUFFERS * sizeof(*vec));
	int *files = get(FILES * sizeof(*files));
	struct io_uring_buf_reg pbuf = { .ring_entries = 32768 };
	struct ring ring = { 0 };
	size_t whole_size;
	char *p, *whole;
	int fd, i;

	raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
	raise_limit(RLIMIT_NOFILE, FILES + 64);
	set_up(&ring);
	for (i = 0; i < ENTRIES; i++)
		next_sqe(&ring)->opcode = IORING_OP_NOP;
	all_yield(&ring, 0);

	/* One mapping for all, and then one buffer with all its pages. */
	p = (void *)MUST(mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	fill(p, size, 13);
	for (i = 0; i < BUFFERS; i++) {
		vec[i].iov_base = p + i * BUFFER_SIZE;
		vec[i].iov_len = BUFFER_SIZE;
	}
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS,
		     vec, BUFFERS));
	fd = MUST(open("file", O_RDWR | O_CREAT, 0600));
	for (i = 0; i < FILES; i++)
		files[i] = fd;
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES,
		     files, FILES));

	transfer(&ring, IORING_OP_WRITE_FIXED, vec);
	memset(p, 0, size);
	transfer(&ring, IORING_OP_READ_FIXED, vec);
	CHECK(filled(p, size, 13));
	whole = slurp("file", &whole_size);
	CHECK(whole_size == size && filled(whole, size, 13));

	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS,
		     NULL, 0));
	vec[0].iov_len = size;
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS,
		     vec, 1));
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES,
		     NULL, 0));

	/* A ring of buffers in memory of our own. */
	pbuf.ring_addr = (uintptr_t)MUST(mmap(NULL, pbuf.ring_entries *
					      sizeof(struct io_uring_buf),
					      PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1,
					      0));
	MUST(syscall(SYS_io_uring_register, ring.fd,
		     IORING_REGISTER_PBUF_RING, &pbuf, 1));
	close(ring.fd);
	result("%d entries, %d buffers, %d files", ENTRIES, BUFFERS, FILES);
}
