// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads for file systems and block devices.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "callers.h"

#define XATTR_MAX	65536

static void set_and_get(int fd, const char *name, size_t size)
{
	char *value = get(XATTR_MAX), *back = get(XATTR_MAX);

	fill(value, size, size);
	MUST(fsetxattr(fd, name, value, size, 0));
	CHECK(fgetxattr(fd, name, NULL, 0) == (ssize_t)size);
	CHECK(fgetxattr(fd, name, back, XATTR_MAX) == (ssize_t)size);
	CHECK(!memcmp(value, back, XATTR_MAX));
	if (size > 1)
		CHECK(fgetxattr(fd, name, back, size - 1) < 0 &&
		      errno == ERANGE);
	free(value);
	free(back);
}

void call_xattr(void)
{
	static const size_t sizes[] = { 1, 100, 4095, 4096, 4097, 8192, 32768,
					65535, XATTR_MAX };
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0600));
	char *list = get(XATTR_MAX), name[256];
	size_t i, n = 0;
	ssize_t length;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		set_and_get(fd, "user.replaced", sizes[i]);
		set_and_get(fd, "trusted.replaced", sizes[i]);
	}
	CHECK(fsetxattr(fd, "user.replaced", list, XATTR_MAX + 1, 0) < 0 &&
	      errno == E2BIG);

	/* A list of names that is larger than any one page. */
	for (i = 0; i < 250; i++) {
		snprintf(name, sizeof(name), "user.%0240zu", i);
		MUST(fsetxattr(fd, name, name, i, 0));
	}
	length = MUST(flistxattr(fd, list, XATTR_MAX));
	for (i = 0; i < (size_t)length; i += strlen(list + i) + 1)
		n++;
	result("%zu names in %zd bytes", n, length);
	for (i = 0; i < 250; i++) {
		snprintf(name, sizeof(name), "user.%0240zu", i);
		MUST(fremovexattr(fd, name));
	}
	result("%zd left", MUST(flistxattr(fd, NULL, 0)));
}

/* Allows attributes that are larger than a block, which mke2fs cannot. */
static void allow_large_xattrs(int fd)
{
	const off_t incompatible = 1024 + 0x60;
	u32 features;

	MUST(pread(fd, &features, sizeof(features), incompatible));
	features |= 0x400;
	MUST(pwrite(fd, &features, sizeof(features), incompatible));
	MUST(fsync(fd));
}

void call_xattr_ext4(void)
{
	char dev[32], name[32], *data = get(MIB);
	const char *const mke2fs[] = { "mke2fs", "-F", "-b", "1024", "-I",
				       "256", dev, NULL };
	int fd, i;

	fd = loop_device("image", 256 * MIB, dev, sizeof(dev));
	run(mke2fs);
	allow_large_xattrs(fd);
	MUST(mkdir("m", 0700));
	MUST(mount(dev, "m", "ext4", 0, "user_xattr"));
	for (i = 0; i < 8; i++) {
		int file;

		snprintf(name, sizeof(name), "m/%d", i);
		file = MUST(open(name, O_RDWR | O_CREAT, 0600));
		fill(data, MIB, i);
		CHECK(write(file, data, MIB) == (ssize_t)MIB);
		/* Pairs have the same value, which is kept once. */
		set_and_get(file, "user.large", 65000 - i / 2);
		set_and_get(file, "user.small", 10 + i);
		close(file);
	}
	MUST(umount("m"));

	MUST(mount(dev, "m", "ext4", 0, "user_xattr"));
	for (i = 0; i < 8; i++) {
		size_t size = 65000 - i / 2;
		char *bytes;

		snprintf(name, sizeof(name), "m/%d", i);
		bytes = slurp(name, &size);
		CHECK(size == MIB && filled(bytes, MIB, i));
		free(bytes);
		size = MUST(getxattr(name, "user.large", data, XATTR_MAX));
		CHECK(size == 65000UL - i / 2 && filled(data, size, size));
		MUST(unlink(name));
	}
	MUST(umount("m"));
	close(fd);
	result("8 files and their attributes came back");
}

void call_overlay(void)
{
	char *data = get(MIB), *value = get(XATTR_MAX);
	char name[64];
	size_t size;
	int fd, i;

	MUST(mkdir("lower", 0700));
	MUST(mkdir("upper", 0700));
	MUST(mkdir("work", 0700));
	MUST(mkdir("m", 0700));
	fd = MUST(open("lower/file", O_RDWR | O_CREAT, 0600));
	fill(data, MIB, 1);
	CHECK(write(fd, data, MIB) == (ssize_t)MIB);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.%d", i);
		set_and_get(fd, name, XATTR_MAX - i);
	}
	close(fd);

	MUST(mount("none", "m", "overlay", 0,
		   "lowerdir=lower,upperdir=upper,workdir=work"));
	fd = MUST(open("m/file", O_RDWR | O_APPEND));
	CHECK(write(fd, "x", 1) == 1);
	close(fd);
	MUST(umount("m"));

	data = slurp("upper/file", &size);
	CHECK(size == MIB + 1 && filled(data, MIB, 1) && data[MIB] == 'x');
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.%d", i);
		size = MUST(getxattr("upper/file", name, value, XATTR_MAX));
		CHECK(size == (size_t)(XATTR_MAX - i));
		CHECK(filled(value, size, size));
	}
	result("copied up with 20 attributes");
}

void call_swap(void)
{
	const size_t size = 64 * MIB, used = 16 * MIB;
	char dev[32], *page = get(4096), *p, *swaps, *line;
	unsigned long kilobytes = 0;
	u32 *header = (u32 *)(page + 1024);
	int fd = loop_device("image", size, dev, sizeof(dev));

	header[0] = 1;			/* version */
	header[1] = size / 4096 - 1;	/* last page */
	memcpy(page + 4096 - 10, "SWAPSPACE2", 10);
	MUST(pwrite(fd, page, 4096, 0));
	MUST(fsync(fd));
	MUST(swapon(dev, 0));
	swaps = slurp("/proc/swaps", NULL);
	line = strstr(swaps, dev);
	CHECK(line && sscanf(line, "%*s %*s %lu", &kilobytes) == 1);

	p = (void *)MUST(mmap(NULL, used, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	fill(p, used, 7);
	MUST(madvise(p, used, MADV_PAGEOUT));
	CHECK(filled(p, used / 2, 7));
	MUST(swapoff(dev));
	CHECK(filled(p, used, 7));
	close(fd);
	result("%lu KiB of swap", kilobytes);
}

static struct dm_ioctl *dm(int control, unsigned long command,
			   struct dm_ioctl *io, size_t size)
{
	io->version[0] = DM_VERSION_MAJOR;
	io->data_size = size;
	io->data_start = sizeof(*io);
	memcpy(io->name, "callers", sizeof("callers"));
	MUST(ioctl(control, command, io));
	return io;
}

/* Pieces of a device put together the other way round. */
void call_dm(void)
{
	enum { PIECES = 2000, SECTORS = 8, BYTES = SECTORS * 512 };
	const size_t size = PIECES * BYTES, room = MIB;
	struct dm_ioctl *io = get(room);
	char dev[32], *data = get(size), *text;
	int control, fd, mapped, i;
	struct stat st;
	size_t at;

	fd = loop_device("image", size, dev, sizeof(dev));
	fill(data, size, 3);
	CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	MUST(fsync(fd));
	MUST(fstat(fd, &st));

	control = MUST(open("/dev/mapper/control", O_RDWR));
	dm(control, DM_DEV_CREATE, io, room);
	memset(io, 0, room);
	at = sizeof(*io);
	for (i = 0; i < PIECES; i++) {
		struct dm_target_spec *spec = (void *)((char *)io + at);
		char *params = (char *)(spec + 1);

		spec->sector_start = i * SECTORS;
		spec->length = SECTORS;
		memcpy(spec->target_type, "linear", sizeof("linear"));
		spec->next = sizeof(*spec) + 32;
		snprintf(params, 32, "%u:%u %d", major(st.st_rdev),
			 minor(st.st_rdev), (PIECES - 1 - i) * SECTORS);
		at += spec->next;
	}
	io->target_count = PIECES;
	dm(control, DM_TABLE_LOAD, io, at);
	memset(io, 0, room);
	dm(control, DM_DEV_SUSPEND, io, room);	/* without the flag: resume */

	MUST(mknod("mapped", S_IFBLK | 0600, io->dev));
	mapped = MUST(open("mapped", O_RDONLY));
	for (i = 0; i < PIECES; i++) {
		char piece[BYTES];

		CHECK(read(mapped, piece, BYTES) == BYTES);
		CHECK(!memcmp(piece, data + (PIECES - 1 - i) * BYTES, BYTES));
	}
	close(mapped);

	memset(io, 0, room);
	io->flags = DM_STATUS_TABLE_FLAG;
	dm(control, DM_TABLE_STATUS, io, room);
	CHECK(!(io->flags & DM_BUFFER_FULL_FLAG));
	text = (char *)io + io->data_start + sizeof(struct dm_target_spec);
	result("%u targets, of the first: %s", io->target_count,
	       strchr(text, ' ') + 1);
	memset(io, 0, room);
	dm(control, DM_DEV_REMOVE, io, room);
	close(fd);
}

/* Pages of a file put together the other way round. */
void call_udmabuf(void)
{
	enum { PIECES = 512, PAGES = 4, BYTES = PAGES * 4096 };
	const size_t size = PIECES * BYTES;
	struct udmabuf_create_list *list;
	char *data = get(size), *p;
	int memfd, dev, fd, i;

	memfd = MUST(memfd_create("pages", MFD_ALLOW_SEALING));
	fill(data, size, 5);
	CHECK(write(memfd, data, size) == (ssize_t)size);
	MUST(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK));

	list = get(sizeof(*list) + PIECES * sizeof(list->list[0]));
	list->count = PIECES;
	for (i = 0; i < PIECES; i++) {
		list->list[i].memfd = memfd;
		list->list[i].offset = (PIECES - 1 - i) * BYTES;
		list->list[i].size = BYTES;
	}
	dev = MUST(open("/dev/udmabuf", O_RDWR));
	fd = MUST(ioctl(dev, UDMABUF_CREATE_LIST, list));
	p = (void *)MUST(mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0));
	for (i = 0; i < PIECES; i++)
		CHECK(!memcmp(p + i * BYTES,
			      data + (PIECES - 1 - i) * BYTES, BYTES));
	result("%d pieces", PIECES);
}
