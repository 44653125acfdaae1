// SPDX-License-Identifier: GPL-2.0
/*
 * Drives the kernel's users of kvmalloc(), and says what came out.
 *
 * usage: callers [-l] [WORKLOAD...]
 *
 * One line a workload: its name, "ok", "fail" or "skip", and what it saw. The
 * kernel may get its memory from wherever it likes: with the same kernel the
 * lines must be the same. -l lists the workloads.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "callers.h"

/* A workload that takes longer hangs, even when emulated and debugged. */
#define LIMIT_SECONDS	300

enum status { FAIL, OK, SKIP };

/* What a workload reports to the process that waits for it. */
static struct {
	enum status status;
	size_t length;
	char text[4096];
} *report;

static void append(const char *fmt, va_list args)
{
	size_t room = sizeof(report->text) - report->length;
	int n = vsnprintf(report->text + report->length, room, fmt, args);

	if (n > 0)
		report->length += (size_t)n < room ? (size_t)n : room - 1;
}

void result(const char *fmt, ...)
{
	va_list args;

	if (report->length)
		report->text[report->length++] = ' ';
	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
}

void fail(const char *fmt, ...)
{
	va_list args;

	report->length = 0;
	report->status = FAIL;
	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
	_exit(1);
}

void skip(const char *fmt, ...)
{
	va_list args;

	report->length = 0;
	report->status = SKIP;
	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
	_exit(0);
}

long must(long ret, const char *call, int line)
{
	if (ret < 0)
		fail("line %d: %s: %s", line, call, strerror(errno));
	return ret;
}

void *get(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		fail("no memory");
	return p;
}

static unsigned char next_byte(u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 56;
}

void fill(void *p, size_t size, unsigned int seed)
{
	unsigned char *byte = p;
	u64 state = seed;
	size_t i;

	for (i = 0; i < size; i++)
		byte[i] = next_byte(&state);
}

bool filled(const void *p, size_t size, unsigned int seed)
{
	const unsigned char *byte = p;
	u64 state = seed;
	size_t i;

	for (i = 0; i < size; i++)
		if (byte[i] != next_byte(&state))
			return false;
	return true;
}

/* FNV-1a */
u64 checksum(const void *p, size_t size)
{
	const unsigned char *byte = p;
	u64 sum = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * 0x100000001b3ULL;
	return sum;
}

char *slurp(const char *path, size_t *size)
{
	int fd = MUST(open(path, O_RDONLY));
	size_t length = 0, room = 256 * KIB;
	char *text = get(room);
	long n;

	while ((n = MUST(read(fd, text + length, room - length - 1))) > 0) {
		length += n;
		if (room - length > 64 * KIB)
			continue;
		room *= 2;
		text = realloc(text, room);
		CHECK(text);
	}
	close(fd);
	text[length] = '\0';
	if (size)
		*size = length;
	return text;
}

void spew(const char *path, const char *text)
{
	size_t length = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		fail("cannot write %s: %s", path, strerror(errno));
	close(fd);
}

void run(const char *const *argv)
{
	pid_t pid = MUST(fork());
	int status;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	MUST(waitpid(pid, &status, 0));
	if (status)
		fail("%s: status %#x", argv[0], status);
}

int loop_device(const char *file, size_t size, char *dev, size_t dev_size)
{
	struct loop_config config = {
		.info.lo_flags = LO_FLAGS_AUTOCLEAR,
	};
	int control, number, fd;

	config.fd = MUST(open(file, O_RDWR | O_CREAT, 0600));
	MUST(ftruncate(config.fd, size));
	control = MUST(open("/dev/loop-control", O_RDWR));
	number = MUST(ioctl(control, LOOP_CTL_GET_FREE));
	close(control);
	snprintf(dev, dev_size, "/dev/loop%d", number);
	fd = MUST(open(dev, O_RDWR));
	MUST(ioctl(fd, LOOP_CONFIGURE, &config));
	close(config.fd);
	return fd;
}

void raise_limit(int resource, unsigned long limit)
{
	struct rlimit both = { limit, limit };

	MUST(setrlimit(resource, &both));
}

/* In the order in which they run, with what they drive. */
static const struct workload {
	const char *name;
	const char *what;
	void (*call)(void);
} workloads[] = {
	{ "xattr", "fs/xattr.c, mm/shmem.c", call_xattr },
	{ "xattr_ext4", "fs/ext4, drivers/block/loop.c, lib/sbitmap.c",
	  call_xattr_ext4 },
	{ "overlay", "fs/overlayfs/copy_up.c", call_overlay },
	{ "select", "fs/select.c", call_select },
	{ "fdtable", "fs/file.c", call_fdtable },
	{ "seq_file", "fs/seq_file.c", call_seq_file },
	{ "mounts", "fs/namespace.c: listmount, statmount", call_mounts },
	{ "coredump", "fs/coredump.c, fs/binfmt_elf.c, kernel/regset.c",
	  call_coredump },
	{ "sysctl", "fs/proc/proc_sysctl.c", call_sysctl },
	{ "groups", "kernel/groups.c", call_groups },
	{ "semaphores", "ipc/sem.c", call_semaphores },
	{ "keys", "security/keys/keyctl.c", call_keys },
	{ "big_keys", "security/keys/big_key.c", call_big_keys },
	{ "threads", "kernel/futex/core.c, on kernels whose hash is kvmalloc memory",
	  call_threads },
	{ "tty", "drivers/tty/tty_io.c", call_tty },
	{ "kmsg", "kernel/printk/printk.c", call_kmsg },
	{ "tracing", "kernel/trace", call_tracing },
	{ "cgroup", "kernel/cgroup/cgroup-v1.c, mm/shrinker.c", call_cgroup },
	{ "module", "kernel/module", call_module },
	{ "swap", "mm/swapfile.c", call_swap },
	{ "dm", "drivers/md/dm-ioctl.c, dm-table.c", call_dm },
	{ "udmabuf", "drivers/dma-buf/udmabuf.c", call_udmabuf },
	{ "io_uring", "io_uring", call_io_uring },
	{ "bpf_array", "kernel/bpf/arraymap.c, syscall.c", call_bpf_array },
	{ "bpf_hash", "kernel/bpf/hashtab.c, syscall.c", call_bpf_hash },
	{ "bpf_prog", "kernel/bpf/verifier.c, core.c, the JIT",
	  call_bpf_prog },
	{ "bpf_btf", "kernel/bpf/btf.c", call_bpf_btf },
	{ "unix_fds", "net/unix/garbage.c", call_unix_fds },
	{ "netlink", "net/netlink/af_netlink.c, lib/rhashtable.c",
	  call_netlink },
	{ "netdev", "net/core/dev.c, drivers/net", call_netdev },
	{ "netns", "net/unix, net/ipv4: the tables of a namespace",
	  call_netns },
	{ "packet", "net/packet", call_packet },
	{ "qdisc", "net/sched", call_qdisc },
	{ "conntrack", "net/netfilter/nf_conntrack_core.c", call_conntrack },
	{ "nftables", "net/netfilter/nf_tables_api.c, nft_set_*.c",
	  call_nftables },
};

static void in_child(const struct workload *w, const char *dir)
{
	setpgid(0, 0);
	alarm(LIMIT_SECONDS);
	MUST(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount("none", dir, "tmpfs", 0, NULL));
	MUST(chdir(dir));
	w->call();
	report->status = OK;
	_exit(0);
}

static enum status drive(const struct workload *w, const char *dir)
{
	static const char *const names[] = { "fail", "ok", "skip" };
	pid_t pid;
	int status;

	memset(report, 0, sizeof(*report));
	pid = fork();
	if (!pid)
		in_child(w, dir);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("callers");
		exit(2);
	}
	kill(-pid, SIGKILL);
	if (!WIFEXITED(status)) {
		report->status = FAIL;
		snprintf(report->text, sizeof(report->text),
			 "died of signal %d", WTERMSIG(status));
	}
	printf("%-12s %-4s %s\n", w->name, names[report->status],
	       report->text);
	fflush(stdout);
	return report->status;
}

static const struct workload *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(workloads); i++)
		if (!strcmp(workloads[i].name, name))
			return &workloads[i];
	fprintf(stderr, "callers: no workload %s: -l lists them\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/callers.XXXXXX";
	bool failed = false;
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "-l")) {
		for (i = 0; i < ARRAY_SIZE(workloads); i++)
			printf("%-12s %s\n", workloads[i].name,
			       workloads[i].what);
		return 0;
	}

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED || !mkdtemp(dir)) {
		perror("callers");
		return 2;
	}
	umask(0);
	if (argc > 1) {
		for (i = 1; i < (size_t)argc; i++)
			failed |= drive(find(argv[i]), dir) == FAIL;
	} else {
		for (i = 0; i < ARRAY_SIZE(workloads); i++)
			failed |= drive(&workloads[i], dir) == FAIL;
	}
	rmdir(dir);
	return failed;
}
