// SPDX-License-Identifier: GPL-2.0
/*
 * What the sample drivers promise, one test a promise, for each of the two.
 *
 * Runs in the guest, as root, with both modules loaded. Stands on the
 * kernel's own kselftest harness and reports in TAP. Whether the memory behind
 * the drivers is handled right is for the KUnit suites to say; this looks at
 * the drivers from outside only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define KIB		1024UL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)

/* Seconds for what is long already, on a kernel with all of its checks on. */
#define PATIENCE	300

/* Up to a page kvmalloc() is slab, and beyond what slab can serve it is not. */
#define ALWAYS_SLAB	(4 * KIB)
#define ALWAYS_VMALLOC	(8 * MIB)

/* Large enough for a timer to expire while it is copied. */
#define LONG_COPY	(64 * MIB)

/* What memory is filled with that must not show up again. */
#define DIRT		0xd1

struct info {
	unsigned long length;
	unsigned long capacity;
	unsigned long reallocs;
	char backing[16];
};

static bool get_info(int fd, struct info *info)
{
	unsigned int found = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		found += sscanf(line, "length: %lu", &info->length) == 1;
		found += sscanf(line, "capacity: %lu", &info->capacity) == 1;
		found += sscanf(line, "backing: %15s", info->backing) == 1;
		found += sscanf(line, "reallocations: %lu",
				&info->reallocs) == 1;
	}
	fclose(f);
	return found == 4;
}

static unsigned long length_of(int fd)
{
	struct info info;

	return get_info(fd, &info) ? info.length : -1UL;
}

static bool set_limit(const char *path, unsigned long limit)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fprintf(f, "%lu\n", limit) > 0;

	return f && !fclose(f) && ok;
}

static bool get_limit(const char *path, unsigned long *limit)
{
	FILE *f = fopen(path, "r");
	bool ok = f && fscanf(f, "%lu", limit) == 1;

	if (f)
		fclose(f);
	return ok;
}

static bool all(const unsigned char *p, size_t n, unsigned char value)
{
	while (n && *p == value) {
		p++;
		n--;
	}
	return !n;
}

/* A byte for each position, with no period that a power of two divides. */
static void pattern(unsigned char *p, size_t pos, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = 1 + (pos + i) % 251;
}

/* A user page that can be accessed, and one behind it that cannot. */
static unsigned char *page_at_cliff(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + page, page, PROT_NONE))
		return NULL;
	return p;
}

/* Memory that costs none as long as it is only read. */
static void *address_space(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

FIXTURE(kvbuf) {
	int fd;
	unsigned long limit;
	size_t page;
};

FIXTURE_VARIANT(kvbuf) {
	const char *module;
	const char *dev;
	const char *limit;
};

FIXTURE_VARIANT_ADD(kvbuf, c) {
	.module = "kvbuf_c",
	.dev = "/dev/kvbuf_c",
	.limit = "/sys/module/kvbuf_c/parameters/limit",
};

FIXTURE_VARIANT_ADD(kvbuf, rust) {
	.module = "kvbuf_rust",
	.dev = "/dev/kvbuf_rust",
	.limit = "/sys/module/kvbuf_rust/parameters/limit",
};

FIXTURE_SETUP(kvbuf)
{
	self->page = sysconf(_SC_PAGESIZE);
	self->fd = open(variant->dev, O_RDWR | O_TRUNC);
	ASSERT_LE(0, self->fd) {
		TH_LOG("%s: %s", variant->dev, strerror(errno));
	}
	ASSERT_TRUE(get_limit(variant->limit, &self->limit));
}

FIXTURE_TEARDOWN(kvbuf)
{
	EXPECT_TRUE(set_limit(variant->limit, self->limit));
	close(self->fd);
}

TEST_F(kvbuf, starts_empty)
{
	struct info info;
	char c;

	ASSERT_TRUE(get_info(self->fd, &info));
	EXPECT_EQ(0, info.length);
	EXPECT_EQ(0, info.capacity);
	EXPECT_EQ(0, info.reallocs);
	EXPECT_STREQ("none", info.backing);
	EXPECT_EQ(0, read(self->fd, &c, 1));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(0, write(self->fd, &c, 0));
	EXPECT_EQ(0, pwrite(self->fd, &c, 0, 1000));
	EXPECT_EQ(0, length_of(self->fd));
}

TEST_F(kvbuf, reads_what_was_written)
{
	char buf[32];

	ASSERT_EQ(10, write(self->fd, "0123456789", 10));
	EXPECT_EQ(10, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));

	ASSERT_EQ(3, pwrite(self->fd, "abc", 3, 4));
	EXPECT_EQ(10, lseek(self->fd, 0, SEEK_CUR));

	ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	ASSERT_EQ(6, read(self->fd, buf, 6));
	EXPECT_EQ(0, memcmp(buf, "0123ab", 6));
	ASSERT_EQ(4, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "c789", 4));
	EXPECT_EQ(10, lseek(self->fd, 0, SEEK_CUR));

	ASSERT_EQ(2, pread(self->fd, buf, sizeof(buf), 8));
	EXPECT_EQ(0, memcmp(buf, "89", 2));
	EXPECT_EQ(10, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(kvbuf, gap_reads_as_zeros)
{
	static const size_t gaps[] = {
		1, 63, 100, 4095, 4096, 5000, 65537, MIB + 1, ALWAYS_VMALLOC,
	};
	size_t size = 2 * ALWAYS_VMALLOC, i;
	unsigned char *buf = malloc(size);
	int fd;

	ASSERT_NE(NULL, buf);
	for (i = 0; i < ARRAY_SIZE(gaps); i++) {
		/* Leave dirt in memory of every size, and give it back. */
		memset(buf, DIRT, size);
		ASSERT_EQ(gaps[i] + 20, write(self->fd, buf, gaps[i] + 20));
		fd = open(variant->dev, O_RDWR | O_TRUNC);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));

		/* A gap at the start, and one behind some data. */
		ASSERT_EQ(3, pwrite(self->fd, "abc", 3, gaps[i]));
		ASSERT_EQ(1, pwrite(self->fd, "d", 1, gaps[i] + 10));
		ASSERT_EQ(gaps[i] + 11, pread(self->fd, buf, size, 0));
		EXPECT_TRUE(all(buf, gaps[i], 0));
		EXPECT_EQ(0, memcmp(buf + gaps[i], "abc\0\0\0\0\0\0\0d", 11));

		fd = open(variant->dev, O_RDWR | O_TRUNC);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	}
	free(buf);
}

TEST_F(kvbuf, lseek_as_on_a_regular_file)
{
	char c;

	ASSERT_EQ(10, write(self->fd, "0123456789", 10));
	EXPECT_EQ(4, lseek(self->fd, 4, SEEK_SET));
	EXPECT_EQ(7, lseek(self->fd, 3, SEEK_CUR));
	EXPECT_EQ(6, lseek(self->fd, -1, SEEK_CUR));
	EXPECT_EQ(8, lseek(self->fd, -2, SEEK_END));
	ASSERT_EQ(1, read(self->fd, &c, 1));
	EXPECT_EQ('8', c);

	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, -10, SEEK_CUR));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, -11, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, 0, 99));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(9, lseek(self->fd, 0, SEEK_CUR));

	/* Beyond the end is a place like any other, until it is written to. */
	EXPECT_EQ(1010, lseek(self->fd, 1000, SEEK_END));
	EXPECT_EQ(0, read(self->fd, &c, 1));
	EXPECT_EQ(10, length_of(self->fd));
	EXPECT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1011, length_of(self->fd));

	EXPECT_EQ(5, lseek(self->fd, 5, SEEK_DATA));
	EXPECT_EQ(1011, lseek(self->fd, 5, SEEK_HOLE));
	EXPECT_EQ(-1, lseek(self->fd, 1011, SEEK_DATA));
	EXPECT_EQ(ENXIO, errno);
}

TEST_F(kvbuf, offsets_out_of_range)
{
	char buf[2] = "xx";

	ASSERT_EQ(2, write(self->fd, buf, 2));

	EXPECT_EQ(-1, pread(self->fd, buf, 1, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 2, INT64_MAX));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, INT64_MAX - 1));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(0, pread(self->fd, buf, 1, INT64_MAX - 1));

	/* Where a 32-bit sum or a sign would have wrapped. */
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, 1L << 31));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 2, (1L << 32) - 1));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(0, pread(self->fd, buf, 1, 1L << 32));
	EXPECT_EQ(2, length_of(self->fd));
}

TEST_F(kvbuf, limit_gives_efbig)
{
	char buf[100] = "";

	ASSERT_TRUE(set_limit(variant->limit, 10000));

	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, 10000));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 100, 20000));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(0, length_of(self->fd));
	EXPECT_EQ(0, pwrite(self->fd, buf, 0, 10000));

	/* A write across the limit is short, the next one fails. */
	EXPECT_EQ(9990, lseek(self->fd, 9990, SEEK_SET));
	EXPECT_EQ(10, write(self->fd, buf, 100));
	EXPECT_EQ(10000, length_of(self->fd));
	EXPECT_EQ(10000, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, write(self->fd, buf, 1));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(1, pwrite(self->fd, buf, 1, 9999));
	EXPECT_EQ(10000, length_of(self->fd));

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_APPEND));
	EXPECT_EQ(-1, write(self->fd, buf, 1));
	EXPECT_EQ(EFBIG, errno);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, 0));

	/* A lower limit takes nothing away. */
	ASSERT_TRUE(set_limit(variant->limit, 50));
	EXPECT_EQ(50, pwrite(self->fd, buf, 100, 0));
	EXPECT_EQ(100, pread(self->fd, buf, 100, 9900));
	EXPECT_EQ(10000, length_of(self->fd));
	ASSERT_TRUE(set_limit(variant->limit, 0));
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, 0));
	EXPECT_EQ(EFBIG, errno);

	/* There is one behind it that cannot be moved. */
	ASSERT_TRUE(set_limit(variant->limit, UINT32_MAX));
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, GIB));
	EXPECT_EQ(EFBIG, errno);
}

/* The file is emptied for all who have it open; positions stay. */
TEST_F(kvbuf, o_trunc_resets)
{
	struct info info;
	char path[64], buf[32];
	int fd, i;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
		ASSERT_EQ(10, write(self->fd, "0123456789", 10));

		/* Not without the flag. */
		fd = open(i ? path : variant->dev, O_RDWR);
		ASSERT_LE(0, fd);
		EXPECT_LE(10, length_of(self->fd));
		EXPECT_EQ(0, close(fd));

		fd = open(i ? path : variant->dev,
			  (i == 2 ? O_RDONLY : O_WRONLY) | O_TRUNC);
		ASSERT_LE(0, fd);
		ASSERT_TRUE(get_info(self->fd, &info));
		EXPECT_EQ(0, info.length);
		EXPECT_EQ(0, info.capacity);
		EXPECT_EQ(0, info.reallocs);
		EXPECT_STREQ("none", info.backing);
		EXPECT_EQ(0, close(fd));

		EXPECT_EQ(0, pread(self->fd, buf, sizeof(buf), 0));
		EXPECT_EQ(10, lseek(self->fd, 0, SEEK_CUR));
		EXPECT_EQ(1, write(self->fd, "x", 1));
		EXPECT_EQ(11, pread(self->fd, buf, sizeof(buf), 0));
		EXPECT_EQ(0, memcmp(buf, "\0\0\0\0\0\0\0\0\0\0x", 11));
	}
}

TEST_F(kvbuf, one_file_until_the_last_close)
{
	char c = 0;
	int fd;

	ASSERT_EQ(1, write(self->fd, "x", 1));
	fd = open(variant->dev, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(1, read(fd, &c, 1));
	EXPECT_EQ('x', c);

	EXPECT_EQ(0, close(self->fd));
	EXPECT_EQ(1, length_of(fd));
	EXPECT_EQ(0, close(fd));

	self->fd = open(variant->dev, O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(0, length_of(self->fd));
}

TEST_F(kvbuf, o_append)
{
	char buf[32];
	int fd;

	fd = open(variant->dev, O_WRONLY | O_APPEND);
	ASSERT_LE(0, fd);
	ASSERT_EQ(3, write(self->fd, "abc", 3));
	EXPECT_EQ(2, write(fd, "de", 2));
	EXPECT_EQ(5, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(1, lseek(fd, 1, SEEK_SET));
	EXPECT_EQ(2, write(fd, "fg", 2));

	/* In Linux even at an offset of its own. */
	EXPECT_EQ(2, pwrite(fd, "hi", 2, 0));
	EXPECT_EQ(7, lseek(fd, 0, SEEK_CUR));

	/* The flag can come and go. */
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(1, pwrite(fd, "A", 1, 0));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_APPEND));
	EXPECT_EQ(1, pwrite(fd, "j", 1, 0));

	EXPECT_EQ(10, pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "Abcdefghij", 10));
	EXPECT_EQ(0, close(fd));
}

TEST_F(kvbuf, write_stops_at_a_fault)
{
	unsigned char *cliff = page_at_cliff();
	unsigned char *edge = cliff + self->page;
	unsigned char buf[400];
	struct info info;

	ASSERT_NE(NULL, cliff);
	memset(cliff, 'B', self->page);

	/* Where the file ends. */
	EXPECT_EQ(100, write(self->fd, edge - 100, 200));
	EXPECT_EQ(100, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(100, length_of(self->fd));
	EXPECT_EQ(-1, write(self->fd, edge, 1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(100, lseek(self->fd, 0, SEEK_CUR));

	/* Beyond the end: no byte written, no gap. */
	EXPECT_EQ(-1, pwrite(self->fd, edge, 100, 3000));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(100, length_of(self->fd));

	/* In the middle: what is behind the fault stays as it was. */
	memset(buf, 'A', sizeof(buf));
	ASSERT_EQ(sizeof(buf), pwrite(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(50, pwrite(self->fd, edge - 50, 200, 100));
	EXPECT_EQ(-1, pwrite(self->fd, edge, 100, 200));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(sizeof(buf), pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_TRUE(all(buf, 100, 'A'));
	EXPECT_TRUE(all(buf + 100, 50, 'B'));
	EXPECT_TRUE(all(buf + 150, 250, 'A'));

	/* Across the end. */
	EXPECT_EQ(60, pwrite(self->fd, edge - 60, 5000, 380));
	EXPECT_EQ(440, length_of(self->fd));

	/* The room it took in vain is not part of the file. */
	ASSERT_TRUE(get_info(self->fd, &info));
	EXPECT_LE(5380, info.capacity);
	EXPECT_EQ(0, pread(self->fd, buf, 1, 440));
}

TEST_F(kvbuf, read_stops_at_a_fault)
{
	unsigned char *cliff = page_at_cliff();
	unsigned char *edge = cliff + self->page;
	unsigned char buf[400];

	ASSERT_NE(NULL, cliff);
	pattern(buf, 0, sizeof(buf));
	ASSERT_EQ(sizeof(buf), write(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(10, lseek(self->fd, 10, SEEK_SET));

	EXPECT_EQ(100, read(self->fd, edge - 100, 200));
	EXPECT_EQ(0, memcmp(edge - 100, buf + 10, 100));
	EXPECT_EQ(110, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, read(self->fd, edge, 1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(110, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(290, read(self->fd, edge - 300, 300));
	EXPECT_EQ(0, memcmp(edge - 300, buf + 110, 290));
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* One signal, about @usec from now, that does not restart a system call. */
static void alarm_in(int usec)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval when = { .it_value.tv_usec = usec };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &when, NULL);
}

/* Try earlier and later; how long a copy takes is the machine's secret. */
TEST_F(kvbuf, signal_cuts_a_long_write_short)
{
	char *zeros = address_space(LONG_COPY);
	ssize_t ret = LONG_COPY;
	int usec;

	ASSERT_NE(NULL, zeros);
	for (usec = 100000; usec >= 50 && ret == LONG_COPY; usec /= 2) {
		int fd = open(variant->dev, O_RDWR | O_TRUNC);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
		alarm_in(usec);
		ret = write(self->fd, zeros, LONG_COPY);
		ASSERT_EQ(0, close(fd));
	}
	if (ret < 0) {
		/* Before it had begun. */
		EXPECT_EQ(EINTR, errno);
		ret = 0;
	}
	EXPECT_LT(ret, LONG_COPY);
	EXPECT_EQ(ret, length_of(self->fd));
	EXPECT_EQ(ret, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(kvbuf, signal_cuts_a_long_read_short)
{
	char *buf = address_space(LONG_COPY);
	ssize_t ret = LONG_COPY;
	int usec;

	ASSERT_NE(NULL, buf);
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, LONG_COPY - 1));
	for (usec = 100000; usec >= 50 && ret == LONG_COPY; usec /= 2) {
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
		alarm_in(usec);
		ret = read(self->fd, buf, LONG_COPY);
	}
	if (ret < 0) {
		EXPECT_EQ(EINTR, errno);
		ret = 0;
	}
	EXPECT_LT(ret, LONG_COPY);
	EXPECT_EQ(ret, lseek(self->fd, 0, SEEK_CUR));
}

/* Nothing was written behind the gap, so there is none. */
TEST_F(kvbuf, signal_undoes_a_long_gap)
{
	ssize_t ret = 1;
	char buf[10];
	int usec;

	for (usec = 100000; usec >= 50 && ret == 1; usec /= 2) {
		int fd = open(variant->dev, O_RDWR | O_TRUNC);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));
		ASSERT_EQ(3, pwrite(self->fd, "abc", 3, 0));
		alarm_in(usec);
		ret = pwrite(self->fd, "x", 1, LONG_COPY);
	}
	ASSERT_EQ(-1, ret);
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(3, length_of(self->fd));
	EXPECT_EQ(0, pread(self->fd, buf, 1, 3));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));

	/* And what comes next finds everything in order. */
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 7));
	ASSERT_EQ(8, pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "abc\0\0\0\0x", 8));
}

/*
 * Killed before it copies anything, or in the allocation that comes first, a
 * writer leaves a short file behind whatever the driver does. So wait for the
 * first page of what it copies to come into being.
 */
TEST_F(kvbuf, kill_ends_a_long_copy)
{
	unsigned long length = LONG_COPY;
	unsigned char there;
	int status, tries;
	char *zeros;
	pid_t pid;

	for (tries = 0; tries < 10 && length == LONG_COPY; tries++) {
		int fd = open(variant->dev, O_RDWR | O_TRUNC);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));
		zeros = mmap(NULL, LONG_COPY, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		ASSERT_NE(MAP_FAILED, zeros);

		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			if (pwrite(self->fd, zeros, LONG_COPY, 0) > 0)
				pause();
			_exit(1);
		}
		do {
			ASSERT_EQ(0, mincore(zeros, self->page, &there));
			ASSERT_EQ(0, waitpid(pid, &status, WNOHANG));
		} while (!(there & 1));
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		ASSERT_EQ(0, munmap(zeros, LONG_COPY));
		length = length_of(self->fd);
	}
	EXPECT_LT(0, length);
	EXPECT_LT(length, LONG_COPY);
}

#define THREADS		4
#define RECORDS		2000

/* What a thread writes: all of it in one place, or something is wrong. */
struct record {
	unsigned int thread;
	unsigned int number;
	unsigned char fill[28];
};

struct writer {
	pthread_t thread;
	unsigned int id;
	int fd;
	bool ok;
};

static void *write_records(void *arg)
{
	struct writer *w = arg;
	struct record r = { .thread = w->id };

	w->ok = true;
	memset(r.fill, 'a' + w->id, sizeof(r.fill));
	for (r.number = 0; w->ok && r.number < RECORDS; r.number++)
		w->ok = write(w->fd, &r, sizeof(r)) == sizeof(r);
	return NULL;
}

/* Every record once and whole, and those of one thread in their order. */
static bool records_are_whole(int fd)
{
	unsigned int next[THREADS] = { }, i;
	struct record r;

	for (i = 0; i < THREADS * RECORDS; i++) {
		if (pread(fd, &r, sizeof(r), i * sizeof(r)) != sizeof(r) ||
		    r.thread >= THREADS || r.number != next[r.thread]++ ||
		    !all(r.fill, sizeof(r.fill), 'a' + r.thread))
			return false;
	}
	return length_of(fd) == THREADS * RECORDS * sizeof(r);
}

TEST_F(kvbuf, threads_share_a_position)
{
	struct writer w[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		w[i].id = i;
		w[i].fd = self->fd;
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, write_records,
					    &w[i]));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(w[i].thread, NULL));
		EXPECT_TRUE(w[i].ok);
	}
	EXPECT_TRUE(records_are_whole(self->fd));
}

TEST_F(kvbuf, threads_append)
{
	struct writer w[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		w[i].id = i;
		w[i].fd = open(variant->dev, O_WRONLY | O_APPEND);
		ASSERT_LE(0, w[i].fd);
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, write_records,
					    &w[i]));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(w[i].thread, NULL));
		EXPECT_TRUE(w[i].ok);
		EXPECT_EQ(0, close(w[i].fd));
	}
	EXPECT_TRUE(records_are_whole(self->fd));
}

struct stripe {
	pthread_t thread;
	const char *dev;
	unsigned int id;
	bool ok;
};

/*
 * A stripe of the file for each, far enough apart that the buffer moves under
 * the others all the time. Only what is beyond the end may be missing.
 */
static void *work_on_stripe(void *arg)
{
	struct stripe *s = arg;
	unsigned char in[997], out[997];
	int fd = open(s->dev, O_RDWR);
	unsigned int i;

	s->ok = fd >= 0;
	for (i = 0; s->ok && i < 200; i++) {
		size_t pos = (i * THREADS + s->id) * sizeof(in);

		pattern(in, pos, sizeof(in));
		s->ok = pwrite(fd, in, sizeof(in), pos) == sizeof(in) &&
			pread(fd, out, sizeof(out), pos) == sizeof(out) &&
			!memcmp(in, out, sizeof(in)) && length_of(fd) > pos;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

TEST_F_TIMEOUT(kvbuf, threads_on_stripes, PATIENCE)
{
	static unsigned char have[THREADS * 200 * 997], want[sizeof(have)];
	struct stripe s[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		s[i].id = i;
		s[i].dev = variant->dev;
		ASSERT_EQ(0, pthread_create(&s[i].thread, NULL, work_on_stripe,
					    &s[i]));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(s[i].thread, NULL));
		EXPECT_TRUE(s[i].ok);
	}
	pattern(want, 0, sizeof(want));
	ASSERT_EQ(sizeof(have), pread(self->fd, have, sizeof(have), 0));
	EXPECT_EQ(0, memcmp(have, want, sizeof(have)));
}

TEST_F(kvbuf, fdinfo_on_both_sides_of_the_border)
{
	unsigned char *have = malloc(ALWAYS_VMALLOC);
	unsigned char *want = malloc(ALWAYS_VMALLOC);
	size_t size = ALWAYS_SLAB;
	struct info info;

	ASSERT_NE(NULL, have);
	ASSERT_NE(NULL, want);
	pattern(want, 0, ALWAYS_VMALLOC);

	ASSERT_EQ(1, write(self->fd, want, 1));
	ASSERT_TRUE(get_info(self->fd, &info));
	EXPECT_EQ(1, info.length);
	EXPECT_EQ(1, info.reallocs);
	EXPECT_LE(info.length, info.capacity);
	EXPECT_STREQ("slab", info.backing);

	ASSERT_EQ(size - 1, write(self->fd, want + 1, size - 1));
	ASSERT_TRUE(get_info(self->fd, &info));
	EXPECT_EQ(size, info.length);
	EXPECT_EQ(size, info.capacity);
	EXPECT_EQ(2, info.reallocs);
	EXPECT_STREQ("slab", info.backing);

	size = ALWAYS_VMALLOC - ALWAYS_SLAB;
	ASSERT_EQ(size, write(self->fd, want + ALWAYS_SLAB, size));
	ASSERT_TRUE(get_info(self->fd, &info));
	EXPECT_EQ(ALWAYS_VMALLOC, info.length);
	EXPECT_LE(info.length, info.capacity);
	EXPECT_EQ(3, info.reallocs);
	EXPECT_STREQ("vmalloc", info.backing);

	ASSERT_EQ(ALWAYS_VMALLOC, pread(self->fd, have, ALWAYS_VMALLOC, 0));
	EXPECT_EQ(0, memcmp(have, want, ALWAYS_VMALLOC));
	free(have);
	free(want);
}

TEST_F(kvbuf, growth_is_amortised)
{
	unsigned char step[64];
	unsigned int i, n = ALWAYS_VMALLOC / 4 / sizeof(step);
	struct info info;

	memset(step, 'x', sizeof(step));
	for (i = 0; i < n; i++)
		ASSERT_EQ(sizeof(step), write(self->fd, step, sizeof(step)));

	/* Doubling from 64 bytes to 2 MiB. */
	ASSERT_TRUE(get_info(self->fd, &info));
	EXPECT_EQ(n * sizeof(step), info.length);
	EXPECT_LE(info.reallocs, 16);
	EXPECT_LE(info.capacity, 2 * info.length);
}

/* More than the machine has: the allocation cannot but fail. */
TEST_F(kvbuf, failed_growth_changes_nothing)
{
	struct info before, after;
	struct sysinfo machine;
	char buf[16];

	ASSERT_EQ(0, sysinfo(&machine));
	if (machine.totalram * machine.mem_unit >= GIB)
		SKIP(return, "needs a guest with less than 1 GiB of memory");

	ASSERT_TRUE(set_limit(variant->limit, GIB));
	ASSERT_EQ(10, write(self->fd, "0123456789", 10));
	ASSERT_TRUE(get_info(self->fd, &before));

	EXPECT_EQ(-1, pwrite(self->fd, "x", 1, GIB - 1));
	EXPECT_EQ(ENOMEM, errno);

	ASSERT_TRUE(get_info(self->fd, &after));
	EXPECT_EQ(before.length, after.length);
	EXPECT_EQ(before.capacity, after.capacity);
	EXPECT_EQ(before.reallocs, after.reallocs);
	EXPECT_STREQ(before.backing, after.backing);
	EXPECT_EQ(10, pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "0123456789", 10));
	EXPECT_EQ(1, write(self->fd, "x", 1));
}

/* The same numbers on every machine, so that a failure can be had again. */
static size_t random_below(unsigned long *state, size_t bound)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % bound;
}

TEST_F_TIMEOUT(kvbuf, random_operations_as_in_a_model, PATIENCE)
{
	size_t size = 6 * MIB, chunk = 96 * KIB, len = 0, i;
	unsigned char *model = calloc(1, size);
	unsigned char *buf = malloc(size);
	unsigned long state = 0x6b76627566;
	unsigned int op;

	ASSERT_NE(NULL, model);
	ASSERT_NE(NULL, buf);
	for (op = 0; op < 4000; op++) {
		/* Mostly small and near the start, now and then far out. */
		size_t reach = size >> random_below(&state, 16);
		size_t pos = random_below(&state, reach);
		size_t n = 1 + random_below(&state, chunk >>
						    random_below(&state, 12));
		size_t want;
		int fd;

		if (n > size - pos)
			n = size - pos;

		switch (random_below(&state, 64)) {
		case 0:
			fd = open(variant->dev, O_WRONLY | O_TRUNC);
			ASSERT_LE(0, fd);
			ASSERT_EQ(0, close(fd));
			memset(model, 0, len);
			len = 0;
			break;
		case 1 ... 30:
			for (i = 0; i < n; i++)
				buf[i] = state >> (i % 56);
			ASSERT_EQ(n, pwrite(self->fd, buf, n, pos)) {
				TH_LOG("operation %u: %s", op, strerror(errno));
			}
			memcpy(model + pos, buf, n);
			if (len < pos + n)
				len = pos + n;
			break;
		default:
			want = pos >= len ? 0 : len - pos < n ? len - pos : n;
			ASSERT_EQ(want, pread(self->fd, buf, n, pos));
			ASSERT_EQ(0, memcmp(buf, model + pos, want)) {
				TH_LOG("operation %u, position %zu", op, pos);
			}
		}
	}
	ASSERT_EQ(len, length_of(self->fd));
	ASSERT_EQ(len, pread(self->fd, buf, size, 0));
	EXPECT_EQ(0, memcmp(buf, model, len));
	free(model);
	free(buf);
}

TEST_F(kvbuf, an_open_file_holds_the_module)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, variant->module, O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
}

TEST_HARNESS_MAIN
