// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's sample of a misc device in Rust promises: a number and a
 * buffer, which is a KVVec, for each open file.
 *
 * Runs in the guest, as root, with the module loaded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define KIB		1024UL
#define MIB		(1024 * KIB)
#define PATIENCE	300

#define DEV		"/dev/rust-misc-device"
#define HELLO		_IO('|', 0x80)
#define GET_VALUE	_IOR('|', 0x81, int)
#define SET_VALUE	_IOW('|', 0x82, int)

/* A byte for each position, another series for each seed. */
static void fill(unsigned char *p, size_t n, unsigned int seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (i * 7 + i / 251 + seed * 13) & 0xff;
}

static bool filled(const unsigned char *p, size_t n, unsigned int seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != ((i * 7 + i / 251 + seed * 13) & 0xff))
			return false;
	return true;
}

FIXTURE(misc) {
	int fd;
	unsigned char *data;
};

FIXTURE_SETUP(misc)
{
	self->fd = open(DEV, O_RDWR);
	ASSERT_LE(0, self->fd) {
		TH_LOG(DEV ": %s", strerror(errno));
	}
	self->data = malloc(32 * MIB);
	ASSERT_NE(NULL, self->data);
}

FIXTURE_TEARDOWN(misc)
{
	free(self->data);
	close(self->fd);
}

TEST_F(misc, says_hello)
{
	EXPECT_EQ(0, ioctl(self->fd, HELLO, 0));
}

TEST_F(misc, keeps_a_value)
{
	static const int values[] = { 1, -1, 0, 4711, INT_MAX, INT_MIN };
	int value = 5;
	size_t i;

	ASSERT_EQ(0, ioctl(self->fd, GET_VALUE, &value));
	EXPECT_EQ(0, value);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		ASSERT_EQ(0, ioctl(self->fd, SET_VALUE, &values[i]));
		ASSERT_EQ(0, ioctl(self->fd, GET_VALUE, &value));
		EXPECT_EQ(values[i], value);
	}
}

TEST_F(misc, refuses_what_is_wrong)
{
	int value = 42;

	ASSERT_EQ(0, ioctl(self->fd, SET_VALUE, &value));
	EXPECT_EQ(-1, ioctl(self->fd, SET_VALUE, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, GET_VALUE, (void *)-4096L));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IO('|', 0x83), 0));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOR('|', 0x81, long), &value));
	EXPECT_EQ(ENOTTY, errno);
	value = 0;
	ASSERT_EQ(0, ioctl(self->fd, GET_VALUE, &value));
	EXPECT_EQ(42, value);
}

TEST_F_TIMEOUT(misc, keeps_a_buffer, PATIENCE)
{
	unsigned char *back = self->data + 16 * MIB;
	size_t size;
	int d;

	EXPECT_EQ(0, pread(self->fd, back, 1, 0));
	for (size = 2; size <= 16 * MIB; size *= 2)
		for (d = -1; d <= 0; d++) {
			size_t n = size + d;

			fill(self->data, n, n);
			memset(back, 0, n);
			ASSERT_EQ(n, pwrite(self->fd, self->data, n, 0));
			ASSERT_EQ(n, pread(self->fd, back, 16 * MIB, 0));
			EXPECT_TRUE(filled(back, n, n));
			EXPECT_EQ(0, pread(self->fd, back, 1, n));
			EXPECT_EQ(1, pread(self->fd, back, 2, n - 1));
			EXPECT_EQ(self->data[n - 1], back[0]);
		}
}

/* What is written replaces what was there, also by less, also by nothing. */
TEST_F_TIMEOUT(misc, replaces_its_buffer, PATIENCE)
{
	unsigned char *back = self->data + MIB;

	fill(self->data, MIB, 1);
	ASSERT_EQ(MIB, pwrite(self->fd, self->data, MIB, 0));
	fill(self->data, 5000, 2);
	ASSERT_EQ(5000, pwrite(self->fd, self->data, 5000, 0));
	ASSERT_EQ(5000, pread(self->fd, back, MIB, 0));
	EXPECT_TRUE(filled(back, 5000, 2));
	ASSERT_EQ(3, pwrite(self->fd, "abc", 3, 4000));
	ASSERT_EQ(3, pread(self->fd, back, MIB, 0));
	EXPECT_EQ(0, memcmp("abc", back, 3));
}

/* Memory that ends before the message does: what there was, or none of it. */
TEST_F(misc, takes_what_it_can_read)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	ASSERT_NE(MAP_FAILED, p);
	fill(p, 3 * page, 3);
	ASSERT_EQ(0, mprotect(p + 3 * page, page, PROT_NONE));
	n = pwrite(self->fd, p, 4 * page, 0);
	if (n < 0) {
		EXPECT_EQ(EFAULT, errno);
		n = 0;
	}
	EXPECT_GE(3 * page, n);
	ASSERT_EQ(n, pread(self->fd, self->data, MIB, 0));
	EXPECT_TRUE(filled(self->data, n, 3));
}

/* Every open file has its own. */
TEST_F_TIMEOUT(misc, keeps_files_apart, PATIENCE)
{
	int fds[100], i, value;

	for (i = 0; i < 100; i++) {
		fds[i] = open(DEV, O_RDWR);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, ioctl(fds[i], SET_VALUE, &i));
		fill(self->data, 1000 * i + 1, i);
		ASSERT_EQ(1000 * i + 1,
			  pwrite(fds[i], self->data, 1000 * i + 1, 0));
	}
	for (i = 99; i >= 0; i--) {
		ASSERT_EQ(0, ioctl(fds[i], GET_VALUE, &value));
		EXPECT_EQ(i, value);
		ASSERT_EQ(1000 * i + 1, pread(fds[i], self->data, MIB, 0));
		EXPECT_TRUE(filled(self->data, 1000 * i + 1, i));
		close(fds[i]);
	}
}

struct user {
	pthread_t thread;
	int fd;
	unsigned int seed;
	int bad;
};

/* One file, many threads: a buffer is one that somebody wrote, in whole. */
static void *use(void *p)
{
	struct user *u = p;
	unsigned char *data = malloc(128 * KIB);
	int i, value;

	for (i = 0; i < 50; i++) {
		ssize_t n;

		value = u->seed;
		fill(data, 1000 * u->seed, u->seed);
		u->bad += pwrite(u->fd, data, 1000 * u->seed, 0) !=
			  (ssize_t)(1000 * u->seed);
		n = pread(u->fd, data, 128 * KIB, 0);
		u->bad += n < 1000 || n % 1000 || !filled(data, n, n / 1000);
		u->bad += ioctl(u->fd, SET_VALUE, &value) ||
			  ioctl(u->fd, GET_VALUE, &value) || value < 1 ||
			  value > 8;
	}
	free(data);
	return NULL;
}

TEST_F_TIMEOUT(misc, is_used_by_many, PATIENCE)
{
	struct user users[8];
	int i;

	for (i = 0; i < 8; i++) {
		users[i] = (struct user){ .fd = self->fd, .seed = i + 1 };
		ASSERT_EQ(0, pthread_create(&users[i].thread, NULL, use,
					    &users[i]));
	}
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(users[i].thread, NULL));
		EXPECT_EQ(0, users[i].bad);
	}
}

/* Who dies leaves nothing: the buffers of all are more than the machine has. */
TEST_F_TIMEOUT(misc, frees_with_its_user, PATIENCE)
{
	int i, status;
	pid_t pid;

	for (i = 0; i < 100; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			int fd = open(DEV, O_RDWR);

			if (pwrite(fd, self->data, 16 * MIB, 0) != 16 * MIB)
				_exit(1);
			raise(SIGKILL);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
}

TEST_HARNESS_MAIN
