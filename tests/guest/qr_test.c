// SPDX-License-Identifier: GPL-2.0
/*
 * What the picture is that DRM shows of a panic: a QR code, as code in Rust
 * draws it. Runs in the guest, as root, with a screen that the firmware has set
 * up; what is on it is read out of the memory of the graphics card.
 *
 * A QR code is one by its three large squares, which are dark, with a light ring
 * in it, 7 by 7 of the dots that the code is made of: two side by side, and one
 * below the left one. A line through the middle of one is dark, light, dark,
 * light, dark, for 1, 1, 3, 1, 1 dots, which in the code's data may happen, too.
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

struct square {
	int x, y, dot;
};

/* Whether the dots from there on are those of a large square. */
static bool is_square(const __u16 *pixels, const struct square *s)
{
	int i, j;

	if (s->x < 0 || s->y < 0 || s->x + 7 * s->dot > WIDTH ||
	    s->y + 7 * s->dot > HEIGHT)
		return false;
	for (j = 0; j < 7 * s->dot; j++)
		for (i = 0; i < 7 * s->dot; i++) {
			int dx = abs(i / s->dot - 3), dy = abs(j / s->dot - 3);
			bool light = (dx > dy ? dx : dy) == 2;

			if (!pixels[(s->y + j) * WIDTH + s->x + i] == light)
				return false;
		}
	return true;
}

/*
 * The large squares on the screen, of which so many fit, from top to bottom and
 * from left to right. How many there are.
 */
static int squares(const __u16 *pixels, struct square *squares, int max)
{
	int found = 0, x, y, i;

	for (y = 0; y < HEIGHT; y++) {
		const __u16 *row = pixels + y * WIDTH;
		int runs[5] = { 0 }, start = 0;

		for (x = 1; x <= WIDTH; x++) {
			struct square s;

			if (x < WIDTH && row[x] == row[x - 1])
				continue;
			for (i = 0; i < 4; i++)
				runs[i] = runs[i + 1];
			runs[4] = x - start;
			start = x;
			/* The first line through the middle of one, maybe. */
			s.dot = runs[0];
			s.x = x - 7 * s.dot;
			s.y = y - 2 * s.dot;
			if (s.dot > 1 && runs[1] == s.dot &&
			    runs[2] == 3 * s.dot && runs[3] == s.dot &&
			    runs[4] == s.dot && is_square(pixels, &s)) {
				if (found < max)
					squares[found] = s;
				found++;
			}
		}
	}
	return found;
}

TEST(draws_a_code)
{
	const __u16 *pixels = screen();
	struct square found[3];
	glob_t plane;
	int size;

	ASSERT_NE(NULL, pixels);
	ASSERT_EQ(0, glob("/sys/kernel/debug/dri/*/drm_panic_plane_0", 0, NULL,
			  &plane));
	EXPECT_EQ(0, squares(pixels, found, 3));
	ASSERT_TRUE(store("/sys/module/drm/parameters/panic_screen", "qr_code"));
	ASSERT_TRUE(store(plane.gl_pathv[0], "1"));
	ASSERT_EQ(3, squares(pixels, found, 3));
	EXPECT_EQ(found[0].dot, found[1].dot);
	EXPECT_EQ(found[0].dot, found[2].dot);
	/* As far to the right as below; and of no other size than codes have. */
	EXPECT_EQ(found[0].y, found[1].y);
	EXPECT_EQ(found[0].x, found[2].x);
	EXPECT_EQ(found[1].x - found[0].x, found[2].y - found[0].y);
	size = found[1].x - found[0].x + 7 * found[0].dot;
	EXPECT_EQ(0, size % found[0].dot);
	EXPECT_EQ(17 % 4, size / found[0].dot % 4);
}

TEST_HARNESS_MAIN
