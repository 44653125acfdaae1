// SPDX-License-Identifier: GPL-2.0
/*
 * What the null block device in Rust promises: it takes every request, and each
 * exactly once. What is written to it is gone, so counts are all that can be
 * looked at: the block layer's, of what it completed.
 *
 * Runs in the guest, as root, with the device there. In its environment:
 * RNULL_MIB, the size that the device was given, and RNULL_BLOCK, its blocks'.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define KIB		1024UL
#define MIB		(1024 * KIB)
#define PATIENCE	300

#define DEV		"/dev/rnullb0"
#define STAT		"/sys/block/rnullb0/stat"

/* What has been completed, in sectors of 512 bytes. */
struct stat_sectors {
	unsigned long read;
	unsigned long written;
};

static bool sectors(struct stat_sectors *s)
{
	FILE *f = fopen(STAT, "r");
	bool ok = f && fscanf(f, "%*u %*u %lu %*u %*u %*u %lu", &s->read,
			      &s->written) == 2;

	if (f)
		fclose(f);
	return ok;
}

static unsigned long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : 0;
}

FIXTURE(rnull) {
	int fd;
	unsigned long size;
	unsigned long block;
	unsigned char *data;
	struct stat_sectors before;
};

FIXTURE_SETUP(rnull)
{
	self->size = number("RNULL_MIB") * MIB;
	self->block = number("RNULL_BLOCK");
	self->fd = open(DEV, O_RDWR | O_DIRECT);
	ASSERT_LE(0, self->fd) {
		TH_LOG(DEV ": %s", strerror(errno));
	}
	self->data = aligned_alloc(4096, 4 * MIB);
	ASSERT_NE(NULL, self->data);
	memset(self->data, 0x5a, 4 * MIB);
	ASSERT_TRUE(sectors(&self->before));
}

FIXTURE_TEARDOWN(rnull)
{
	free(self->data);
	close(self->fd);
}

TEST_F(rnull, is_as_asked_for)
{
	unsigned long long size;
	int block;

	ASSERT_EQ(0, ioctl(self->fd, BLKGETSIZE64, &size));
	EXPECT_EQ(self->size, size);
	ASSERT_EQ(0, ioctl(self->fd, BLKSSZGET, &block));
	EXPECT_EQ(self->block, block);
	ASSERT_EQ(0, ioctl(self->fd, BLKROGET, &block));
	EXPECT_EQ(0, block);
}

/* Of any size, from the first block to the last. */
TEST_F_TIMEOUT(rnull, completes_every_request, PATIENCE)
{
	struct stat_sectors now;
	size_t n, total = 0;

	for (n = self->block; n <= 4 * MIB; n *= 2) {
		ASSERT_EQ(n, pread(self->fd, self->data, n, 0));
		ASSERT_EQ(n, pwrite(self->fd, self->data, n, 0));
		ASSERT_EQ(n, pread(self->fd, self->data, n, self->size - n));
		ASSERT_EQ(n, pwrite(self->fd, self->data, n, self->size - n));
		total += 2 * n;
	}
	ASSERT_TRUE(sectors(&now));
	EXPECT_EQ(total / 512, now.read - self->before.read);
	EXPECT_EQ(total / 512, now.written - self->before.written);
}

TEST_F(rnull, ends_where_it_ends)
{
	EXPECT_EQ(0, pread(self->fd, self->data, self->block, self->size));
	EXPECT_EQ(-1, pwrite(self->fd, self->data, self->block, self->size));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(self->block, pread(self->fd, self->data, 2 * self->block,
				     self->size - self->block));
	EXPECT_EQ(self->block, pwrite(self->fd, self->data, 2 * self->block,
				      self->size - self->block));
}

TEST_F(rnull, wants_whole_blocks)
{
	EXPECT_EQ(-1, pread(self->fd, self->data, self->block, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pread(self->fd, self->data, self->block / 2, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, self->data, self->block + 1, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* Through the page cache: read once, written when told to. */
TEST_F_TIMEOUT(rnull, stands_behind_the_page_cache, PATIENCE)
{
	int fd = open(DEV, O_RDWR);
	struct stat_sectors now;
	int i;

	ASSERT_LE(0, fd);
	for (i = 0; i < 8; i++) {
		memset(self->data, i, MIB);
		ASSERT_EQ(MIB, pwrite(fd, self->data, MIB, i * MIB));
	}
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(MIB, pread(fd, self->data, MIB, i * MIB));
		EXPECT_EQ(i, self->data[4711]);
	}
	ASSERT_EQ(0, fsync(fd));
	ASSERT_TRUE(sectors(&now));
	EXPECT_EQ(8 * MIB / 512, now.written - self->before.written);
	EXPECT_EQ(0, ioctl(fd, BLKFLSBUF, 0));
	EXPECT_EQ(0, close(fd));
}

struct user {
	pthread_t thread;
	int fd;
	unsigned long size;
	unsigned long block;
	unsigned long seed;
	unsigned long read;
	unsigned long written;
	int bad;
};

static void *use(void *p)
{
	struct user *u = p;
	unsigned char *data = aligned_alloc(4096, 256 * KIB);
	unsigned long state = u->seed;
	int i;

	memset(data, u->seed, 256 * KIB);
	for (i = 0; i < 250; i++) {
		size_t n;
		off_t pos;

		state = state * 6364136223846793005UL + 1442695040888963407UL;
		n = u->block * (1 + (state >> 33) % (256 * KIB / u->block));
		pos = (state >> 40) % ((u->size - n) / u->block) * u->block;
		if (state >> 63) {
			u->bad += pread(u->fd, data, n, pos) != (ssize_t)n;
			u->read += n / 512;
		} else {
			u->bad += pwrite(u->fd, data, n, pos) != (ssize_t)n;
			u->written += n / 512;
		}
	}
	free(data);
	return NULL;
}

TEST_F_TIMEOUT(rnull, serves_many_threads, PATIENCE)
{
	unsigned long read = 0, written = 0;
	struct stat_sectors now;
	struct user users[8];
	int i;

	for (i = 0; i < 8; i++) {
		users[i] = (struct user){
			.fd = self->fd, .size = self->size,
			.block = self->block, .seed = i + 1,
		};
		ASSERT_EQ(0, pthread_create(&users[i].thread, NULL, use,
					    &users[i]));
	}
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(users[i].thread, NULL));
		EXPECT_EQ(0, users[i].bad);
		read += users[i].read;
		written += users[i].written;
	}
	ASSERT_TRUE(sectors(&now));
	EXPECT_EQ(read, now.read - self->before.read);
	EXPECT_EQ(written, now.written - self->before.written);
}

TEST_HARNESS_MAIN
