// SPDX-License-Identifier: GPL-2.0
/*
 * What the picture is that DRM shows of a panic: a QR code, as code in Rust
 * draws it. Runs in the guest, as root, with a screen that the firmware has set
 * up; what is on it is read out of the memory of the graphics card.
 *
 * A QR code is one by its three large squares: a line through the middle of one
 * is dark, light, dark, light, dark, for 1, 1, 3, 1, 1 of what it counts in.
 * With two of them in a line and one below it is no text.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

/* vga=0x317: 16 bits a pixel. */
#define WIDTH		1024
#define HEIGHT		768

static const __u16 *screen(void)
{
	glob_t found;
	size_t i;

	if (glob("/sys/bus/pci/devices/*/class", 0, NULL, &found))
		return NULL;
	for (i = 0; i < found.gl_pathc; i++) {
		char path[128], class[16] = "";
		FILE *f = fopen(found.gl_pathv[i], "r");
		void *p;
		int fd;

		if (!f || !fgets(class, sizeof(class), f) ||
		    strncmp(class, "0x0300", 6)) {
			if (f)
				fclose(f);
			continue;
		}
		fclose(f);
		snprintf(path, sizeof(path), "%.*sresource0",
			 (int)(strrchr(found.gl_pathv[i], '/') + 1 -
			       found.gl_pathv[i]),
			 found.gl_pathv[i]);
		fd = open(path, O_RDWR);
		p = mmap(NULL, WIDTH * HEIGHT * 2, PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
		return p == MAP_FAILED ? NULL : p;
	}
	return NULL;
}

static bool store(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) ==
			     (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* How many large squares a row of pixels goes through the middle of. */
static int squares(const __u16 *row)
{
	int runs[5] = { 0 }, found = 0, x, i, start = 0;

	for (x = 1; x <= WIDTH; x++) {
		int unit;

		if (x < WIDTH && row[x] == row[x - 1])
			continue;
		for (i = 0; i < 4; i++)
			runs[i] = runs[i + 1];
		runs[4] = x - start;
		start = x;
		unit = runs[0];
		/* The run that has just ended is dark, as are two before. */
		if (unit > 1 && !row[x - 1] && runs[1] == unit &&
		    runs[2] == 3 * unit && runs[3] == unit && runs[4] == unit)
			found++;
	}
	return found;
}

/* The most squares in a row, and in the rows below the middle of the picture. */
static int most(const __u16 *pixels, int from, int to)
{
	int y, n, found = 0;

	for (y = from; y < to; y++) {
		n = squares(pixels + y * WIDTH);
		if (n > found)
			found = n;
	}
	return found;
}

TEST(draws_a_code)
{
	const __u16 *pixels = screen();
	glob_t plane;
	int y, last;

	ASSERT_NE(NULL, pixels);
	ASSERT_EQ(0, glob("/sys/kernel/debug/dri/*/drm_panic_plane_0", 0, NULL,
			  &plane));
	EXPECT_EQ(0, most(pixels, 0, HEIGHT));
	ASSERT_TRUE(store("/sys/module/drm/parameters/panic_screen", "qr_code"));
	ASSERT_TRUE(store(plane.gl_pathv[0], "1"));
	EXPECT_EQ(2, most(pixels, 0, HEIGHT));
	for (y = last = 0; y < HEIGHT; y++)
		if (squares(pixels + y * WIDTH) == 2)
			last = y;
	EXPECT_EQ(1, most(pixels, last + 1, HEIGHT));
}

TEST_HARNESS_MAIN
