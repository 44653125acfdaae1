// SPDX-License-Identifier: GPL-2.0
/*
 * kvcopy DEVICE FILE REPORT: push FILE through a sample driver.
 *
 * Writes all of FILE to DEVICE, reads it back from there to the standard
 * output, both in pieces of odd sizes, and says in REPORT what it cost, on one
 * line of key=value pairs. There is a report only if all went well. Whether
 * what came out is what went in is for the caller to compare.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MIB	(1024 * 1024)

/* No two alike, most of them no neighbours of a power of two. */
static const size_t write_sizes[] = { 1, 7, 4093, 65537, MIB + 1, 300007 };
static const size_t read_sizes[] = { 3, 4099, 2 * MIB - 1, 17, 131071 };

static char buf[2 * MIB];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static ssize_t write_all(int fd, const char *p, size_t n)
{
	size_t left = n;

	while (left) {
		ssize_t done = write(fd, p, left);

		if (done <= 0)
			err(1, "write");
		p += done;
		left -= done;
	}
	return n;
}

/* How long was spent reading and writing; one of the two is the driver's. */
struct spent {
	double reading, writing;
};

static size_t copy(int from, int to, const size_t *sizes, size_t nsizes,
		   struct spent *spent)
{
	size_t total = 0, i = 0;
	double start;
	ssize_t n;

	do {
		start = now();
		n = read(from, buf, min(sizes[i++ % nsizes], sizeof(buf)));
		if (n < 0)
			err(1, "read");
		spent->reading += now() - start;

		start = now();
		total += write_all(to, buf, n);
		spent->writing += now() - start;
	} while (n);
	return total;
}

/* What the driver says about the buffer: the lines that are not the VFS's. */
static void ask(int fd, unsigned long *reallocs, char backing[16])
{
	char path[64], line[128];
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	if (!f)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		found += sscanf(line, "reallocations: %lu", reallocs) == 1;
		found += sscanf(line, "backing: %15s", backing) == 1;
	}
	fclose(f);
	if (found != 2)
		errx(1, "%s: says nothing about a buffer", path);
}

int main(int argc, char **argv)
{
	struct spent in_spent = { }, out_spent = { };
	unsigned long reallocs;
	int file, dev;
	char backing[16];
	size_t in, out;
	FILE *report;

	if (argc != 4)
		errx(2, "usage: kvcopy DEVICE FILE REPORT");

	dev = open(argv[1], O_RDWR | O_TRUNC);
	if (dev < 0)
		err(1, "%s", argv[1]);
	file = open(argv[2], O_RDONLY);
	if (file < 0)
		err(1, "%s", argv[2]);

	in = copy(file, dev, write_sizes,
		  sizeof(write_sizes) / sizeof(*write_sizes), &in_spent);
	if (lseek(dev, 0, SEEK_SET))
		err(1, "%s: lseek", argv[1]);
	out = copy(dev, STDOUT_FILENO, read_sizes,
		   sizeof(read_sizes) / sizeof(*read_sizes), &out_spent);
	if (in != out)
		errx(1, "%s: %zu bytes in, %zu out", argv[1], in, out);

	ask(dev, &reallocs, backing);
	report = fopen(argv[3], "w");
	if (!report)
		err(1, "%s", argv[3]);
	fprintf(report, "bytes=%zu reallocations=%lu backing=%s ", in, reallocs,
		backing);
	fprintf(report, "write_ms=%.1f read_ms=%.1f\n", in_spent.writing,
		out_spent.reading);
	if (fclose(report))
		err(1, "%s", argv[3]);
	return 0;
}
