// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads for descriptors, /proc, processes, IPC, keys and modules.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/elf.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "callers.h"

/* From <sys/mount.h>, which does not go with <linux/mount.h>. */
int mount(const char *source, const char *target, const char *type,
	  unsigned long flags, const void *data);

#define DESCRIPTORS	20000

/* A pipe that never has anything, and one that always has, by turns. */
static void many_descriptors(int n)
{
	int quiet[2], ready[2], i;

	raise_limit(RLIMIT_NOFILE, n + 64);
	MUST(pipe(quiet));
	MUST(pipe(ready));
	CHECK(write(ready[1], "x", 1) == 1);
	for (i = 64; i < n; i++)
		MUST(dup2(i % 3 ? quiet[0] : ready[0], i));
}

void call_select(void)
{
	const size_t words = DESCRIPTORS / 64 + 1;
	struct pollfd *polled = get(DESCRIPTORS * sizeof(*polled));
	u64 *set = get(words * 8), *want = get(words * 8);
	struct timespec now = { 0, 0 };
	long n;
	int i;

	many_descriptors(DESCRIPTORS);
	for (i = 64; i < DESCRIPTORS; i++) {
		set[i / 64] |= 1ULL << (i % 64);
		if (i % 3 == 0)
			want[i / 64] |= 1ULL << (i % 64);
		polled[i].fd = i;
		polled[i].events = POLLIN;
	}
	for (i = 0; i < 64; i++)
		polled[i].fd = -1;

	/* glibc's has room for 1024. */
	n = MUST(syscall(SYS_pselect6, DESCRIPTORS, set, NULL, NULL, &now,
			 NULL));
	CHECK(!memcmp(set, want, words * 8));
	result("select: %ld", n);

	n = MUST(poll(polled, DESCRIPTORS, 0));
	for (i = 64; i < DESCRIPTORS; i++)
		CHECK(polled[i].revents == (i % 3 ? 0 : POLLIN));
	result("poll: %ld", n);
	n = MUST(ppoll(polled, DESCRIPTORS, &now, NULL));
	result("ppoll: %ld", n);
}

void call_fdtable(void)
{
	const int most = 30000;
	int fd, pipes[2], status, i;
	long open_here = 0;
	pid_t pid;

	raise_limit(RLIMIT_NOFILE, most + 1);
	MUST(pipe(pipes));
	/* Grows by doubling, then a table of a size of its own. */
	for (fd = 64; fd <= most; fd += fd / 2)
		MUST(dup2(pipes[1], fd));
	MUST(dup2(pipes[1], most));
	for (i = 0; i < 4; i++) {
		pid = MUST(fork());
		if (!pid) {
			CHECK(write(most, "child", 5) == 5);
			_exit(0);
		}
		MUST(waitpid(pid, &status, 0));
		CHECK(!status);
	}
	MUST(unshare(CLONE_FILES));
	for (fd = 0; fd <= most; fd++)
		open_here += fcntl(fd, F_GETFD) >= 0;
	result("%ld open", open_here);
	MUST(close_range(64, ~0U, CLOSE_RANGE_UNSHARE));
	CHECK(fcntl(most, F_GETFD) < 0 && fcntl(pipes[1], F_GETFD) >= 0);
}

/* A line of mountinfo has its path twice, and so is larger than a page. */
static void deep_mount(void)
{
	char name[241];
	int i;

	memset(name, 'd', 240);
	name[240] = '\0';
	for (i = 0; i < 15; i++) {
		MUST(mkdir(name, 0700));
		MUST(chdir(name));
	}
	MUST(mkdir("end", 0700));
	MUST(mount("end", "end", NULL, MS_BIND, NULL));
}

static void many_mounts(int n)
{
	char name[201];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%0200d", i);
		MUST(mkdir(name, 0700));
		MUST(mount("none", name, "tmpfs", 0, NULL));
	}
}

void call_seq_file(void)
{
	enum { MOUNTS = 100, MAPPINGS = 2000 };
	char name[204], *text, *line, *p;
	unsigned long start;
	int i, n = 0;

	many_mounts(MOUNTS);
	deep_mount();
	text = slurp("/proc/self/mountinfo", NULL);
	for (i = 0, line = text; i < MOUNTS; i++) {
		snprintf(name, sizeof(name), "/%0200d ", i);
		line = strstr(line, name);
		CHECK(line);
	}
	line = strstr(line, "ddd/end ");
	CHECK(line);
	result("%d mounts,", i);
	free(text);

	/* Neighbours of different protection are not merged. */
	p = (void *)MUST(mmap(NULL, MAPPINGS * 4096UL, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	for (i = 0; i < MAPPINGS; i += 2)
		MUST(mprotect(p + i * 4096UL, 4096, PROT_READ | PROT_WRITE));
	text = slurp("/proc/self/smaps", NULL);
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lx-", &start) == 1 &&
		    start >= (unsigned long)p &&
		    start < (unsigned long)p + MAPPINGS * 4096UL)
			n++;
	}
	result("%d mappings", n);
}

void call_mounts(void)
{
	enum { MOUNTS = 100 };
	static u64 ids[4096];
	struct mnt_id_req req = {
		.size = MNT_ID_REQ_SIZE_VER0,
		.mnt_id = LSMT_ROOT,
	};
	struct statmount *info = get(64 * KIB);
	int found = 0, deep = 0;
	long i, n;

	many_mounts(MOUNTS);
	deep_mount();
	n = MUST(syscall(SYS_listmount, &req, ids, ARRAY_SIZE(ids), 0));
	for (i = 0; i < n; i++) {
		const char *point;

		req.mnt_id = ids[i];
		req.param = STATMOUNT_MNT_POINT | STATMOUNT_FS_TYPE |
			    STATMOUNT_SB_BASIC;
		MUST(syscall(SYS_statmount, &req, info, 64 * KIB, 0));
		point = info->str + info->mnt_point;
		found += !!strstr(point, "/000000");
		deep += strlen(point) > 3600;
	}
	result("%d of %d mounts, %d deep", found, MOUNTS, deep);
}

static void crash_with_mappings(int n, const char *path)
{
	int fd = MUST(open(path, O_RDWR | O_CREAT, 0600));
	char *p;
	int i;

	MUST(ftruncate(fd, 4096));
	p = (void *)MUST(mmap(NULL, 2 * n * 4096UL, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	for (i = 0; i < n; i++) {
		MUST(mmap(p + 2 * i * 4096UL, 4096, PROT_READ,
			  MAP_SHARED | MAP_FIXED, fd, 0));
		MUST(madvise(p + 2 * i * 4096UL, 4096, MADV_DONTDUMP));
	}
	raise_limit(RLIMIT_CORE, RLIM_INFINITY);
	abort();
}

void call_coredump(void)
{
	enum { MAPPINGS = 500 };
	char *pattern = slurp("/proc/sys/kernel/core_pattern", NULL);
	char dir[128], path[200], *core, *note, *end;
	struct elf64_phdr *first;
	struct elf64_hdr *header;
	u64 files = 0;
	int status, notes = 0;
	pid_t pid;
	size_t size;

	CHECK(getcwd(dir, sizeof(dir)));
	snprintf(path, sizeof(path), "%s/core", dir);
	spew("/proc/sys/kernel/core_pattern", path);
	pid = MUST(fork());
	if (!pid)
		crash_with_mappings(MAPPINGS, "a-file-that-is-mapped-often");
	MUST(waitpid(pid, &status, 0));
	spew("/proc/sys/kernel/core_pattern", pattern);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	      WCOREDUMP(status));

	core = slurp("core", &size);
	header = (struct elf64_hdr *)core;
	first = (struct elf64_phdr *)(core + header->e_phoff);
	CHECK(!memcmp(core, ELFMAG, SELFMAG) && header->e_type == ET_CORE);
	CHECK(first->p_type == PT_NOTE);
	note = core + first->p_offset;
	for (end = note + first->p_filesz; note < end; notes++) {
		struct elf64_note *n = (struct elf64_note *)note;
		char *body = note + sizeof(*n) + (n->n_namesz + 3) / 4 * 4;

		if (n->n_type == NT_FILE)
			memcpy(&files, body, sizeof(files));
		note = body + (n->n_descsz + 3) / 4 * 4;
	}
	result("%u segments, %d notes, %llu files", header->e_phnum, notes,
	       (unsigned long long)files);
	CHECK(files >= MAPPINGS);
}

void call_sysctl(void)
{
	static const char ports[] = "/proc/sys/net/ipv4/ip_local_reserved_ports";
	char *text = get(64 * KIB), *back;
	size_t length = 0, size;
	int i;

	/* Every second port of a stretch: as many as a page has room for. */
	for (i = 0; i < 600; i++)
		length += sprintf(text + length, "%s%d", i ? "," : "",
				  20000 + 2 * i);
	text[length++] = '\n';
	spew(ports, text);
	back = slurp(ports, &size);
	CHECK(size == length && !memcmp(text, back, length));
	result("%zu bytes of ports;", length);

	/* Longer than what it is for: cut. */
	MUST(unshare(CLONE_NEWUTS));
	memset(text, 'n', 60000);
	text[60000] = '\0';
	spew("/proc/sys/kernel/domainname", text);
	back = slurp("/proc/sys/kernel/domainname", &size);
	result("domain of %zu", size);
}

void call_groups(void)
{
	enum { GROUPS = 60000 };
	gid_t *groups = get(65536 * sizeof(*groups));
	gid_t *back = get(65536 * sizeof(*back));
	long i, n;

	for (i = 0; i < GROUPS; i++)
		groups[i] = 1000000 + 7919 * i % GROUPS;
	MUST(setgroups(GROUPS, groups));
	n = MUST(getgroups(65536, back));
	for (i = 0; i < n; i++)
		CHECK(back[i] == (gid_t)(1000000 + i));
	result("%ld groups", n);
}

void call_semaphores(void)
{
	enum { SEMAPHORES = 8000, OPERATIONS = 500 };
	unsigned short *value = get(SEMAPHORES * sizeof(*value));
	struct sembuf *ops = get(OPERATIONS * sizeof(*ops));
	int id = MUST(semget(IPC_PRIVATE, SEMAPHORES, 0600));
	int i, status, round;
	u64 before;
	pid_t pid;

	for (i = 0; i < SEMAPHORES; i++)
		value[i] = 1 + i % 1000;
	MUST(semctl(id, 0, SETALL, value));
	before = checksum(value, SEMAPHORES * sizeof(*value));

	/* What is undone when a process exits leaves no trace. */
	for (round = 0; round < 4; round++) {
		pid = MUST(fork());
		if (!pid) {
			for (i = 0; i < OPERATIONS; i++)
				ops[i] = (struct sembuf){
					.sem_num = (i * 59 + round) %
						   SEMAPHORES,
					.sem_op = i % 3 - 1,
					.sem_flg = i % 3 == 1 ? IPC_NOWAIT :
						SEM_UNDO,
				};
			for (i = 0; i < OPERATIONS; i++)
				if (!ops[i].sem_op)
					ops[i].sem_op = 1,
					ops[i].sem_flg = SEM_UNDO;
			MUST(semop(id, ops, OPERATIONS));
			_exit(0);
		}
		MUST(waitpid(pid, &status, 0));
		CHECK(!status);
	}
	memset(value, 0, SEMAPHORES * sizeof(*value));
	MUST(semctl(id, 0, GETALL, value));
	CHECK(checksum(value, SEMAPHORES * sizeof(*value)) == before);
	MUST(semctl(id, 0, IPC_RMID));
	result("%#llx", (unsigned long long)before);
}

static long keyctl(int op, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}

static void keep_and_read(const char *type, size_t size)
{
	char *payload = get(size + 1), *back = get(size + 1), name[64];
	char *description;
	long key, n;

	description = get(4096);
	memset(description, 'k', 4000);
	snprintf(name, sizeof(name), "%zu", size);
	memcpy(description, name, strlen(name));

	fill(payload, size, size);
	key = MUST(syscall(SYS_add_key, type, description, payload, size,
			   KEY_SPEC_PROCESS_KEYRING));
	n = MUST(keyctl(KEYCTL_READ, key, (long)back, size, 0));
	CHECK(n == (long)size && !memcmp(payload, back, size));
	/* An update may bring a page at most. */
	fill(payload, size, size + 1);
	if (size > 4096)
		size = 4096;
	MUST(keyctl(KEYCTL_UPDATE, key, (long)payload, size, 0));
	n = MUST(keyctl(KEYCTL_READ, key, (long)back, size, 0));
	CHECK(n == (long)size && !memcmp(payload, back, size));
	CHECK(keyctl(KEYCTL_SEARCH, KEY_SPEC_PROCESS_KEYRING, (long)type,
		     (long)description, 0) == key);
	MUST(keyctl(KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING, 0, 0));
	free(description);
	free(payload);
	free(back);
}

void call_keys(void)
{
	static const size_t sizes[] = { 1, 100, 4096, 4097, 20000, 32767 };
	enum { LINKS = 400 };
	char name[32];
	int *links = get(2 * LINKS * sizeof(*links));
	size_t i;
	long n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		keep_and_read("user", sizes[i]);
	for (i = 0; i < LINKS; i++) {
		snprintf(name, sizeof(name), "link %zu", i);
		MUST(syscall(SYS_add_key, "user", name, name, sizeof(name),
			     KEY_SPEC_PROCESS_KEYRING));
	}
	n = MUST(keyctl(KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, (long)links,
			2 * LINKS * sizeof(*links), 0));
	result("%zu sizes, a ring of %zu", i = ARRAY_SIZE(sizes),
	       n / sizeof(*links));
}

void call_big_keys(void)
{
	static const size_t sizes[] = { 1, 2000, 4096, 30000, 300000,
					MIB - 1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		keep_and_read("big_key", sizes[i]);
	result("%zu sizes", i);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counted;

static void *count(void *unused)
{
	int i;

	for (i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		counted++;
		sched_yield();
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

void call_threads(void)
{
	enum { FUTEX_HASH = 78, GET_SLOTS = 2 };
	pthread_t threads[64];
	size_t i;

	if (prctl(FUTEX_HASH, GET_SLOTS, 0, 0, 0) < 0)
		skip("this kernel has one futex hash for all");
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK(!pthread_create(&threads[i], NULL, count, NULL));
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK(!pthread_join(threads[i], NULL));
	result("%lu times", counted);
}

void call_tty(void)
{
	const size_t size = 256 * KIB;
	char *data = get(size), *back = get(size), name[64];
	int master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	struct termios raw;
	size_t done = 0;
	int slave;

	MUST(grantpt(master));
	MUST(unlockpt(master));
	CHECK(!ptsname_r(master, name, sizeof(name)));
	slave = MUST(open(name, O_RDWR | O_NOCTTY));
	MUST(tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	MUST(tcsetattr(slave, TCSANOW, &raw));
	fill(data, size, 9);
	if (!MUST(fork())) {
		for (done = 0; done < size;)
			done += MUST(write(slave, data + done, size - done));
		pause();
	}
	while (done < size)
		done += MUST(read(master, back + done, size - done));
	CHECK(!memcmp(data, back, size));
	result("%zu bytes", done);
}

void call_kmsg(void)
{
	char record[8192];
	int fd, i;

	for (i = 0; i < 50; i++) {
		fd = MUST(open("/dev/kmsg", O_RDWR | O_NONBLOCK));
		MUST(lseek(fd, 0, SEEK_SET));
		/* The first record may go while we look. */
		CHECK(read(fd, record, sizeof(record)) > 0 || errno == EPIPE);
		close(fd);
	}
	result("opened %d times", i);
}

void call_tracing(void)
{
	char page[4096];
	int fd, i;

	MUST(mkdir("t", 0700));
	MUST(mount("none", "t", "tracefs", 0, NULL));
	spew("t/options/record-tgid", "1");
	spew("t/events/kmem/mm_page_alloc/enable", "1");
	for (i = 0; i < 20; i++) {
		fd = MUST(open("t/per_cpu/cpu0/trace_pipe_raw",
			       O_RDONLY | O_NONBLOCK));
		CHECK(read(fd, page, sizeof(page)) >= 0 || errno == EAGAIN);
		close(fd);
	}
	spew("t/events/kmem/mm_page_alloc/enable", "0");
	spew("t/options/record-tgid", "0");
	slurp("t/saved_tgids", NULL);
	result("%d readers", i);
}

void call_cgroup(void)
{
	enum { PROCESSES = 300 };
	char name[32], *text, *at;
	long previous = 0, pid;
	int i, n = 0;

	MUST(mkdir("v1", 0700));
	MUST(mount("none", "v1", "cgroup", 0, "none,name=callers"));
	MUST(mkdir("v1/group", 0700));
	spew("v1/group/tasks", "0");
	for (i = 1; i < PROCESSES; i++)
		if (!MUST(fork())) {
			pause();
			_exit(0);
		}
	text = slurp("v1/group/tasks", NULL);
	for (at = text; *at; at = strchr(at, '\n') + 1) {
		pid = strtol(at, NULL, 10);
		CHECK(pid > previous);
		previous = pid;
		n++;
		if (pid != getpid()) {
			MUST(kill(pid, SIGKILL));
			MUST(waitpid(pid, NULL, 0));
		}
	}
	spew("v1/tasks", "0");
	MUST(rmdir("v1/group"));

	MUST(mkdir("v2", 0700));
	MUST(mount("none", "v2", "cgroup2", 0, NULL));
	spew("v2/cgroup.subtree_control", "+memory");
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "v2/%d", i);
		MUST(mkdir(name, 0700));
	}
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "v2/%d", i);
		MUST(rmdir(name));
	}
	spew("v2/cgroup.subtree_control", "-memory");
	result("%d processes, %d groups", n, i);
}

/* The sample drivers, as they are and compressed. */
void call_module(void)
{
	static const char *const modules[] = { "kvbuf_c", "kvbuf_rust" };
	enum { COMPRESSED = 4 };
	char *data = get(MIB), *back, path[64];
	size_t i, size;
	int fd, round;

	fill(data, MIB, 11);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < ARRAY_SIZE(modules); i++) {
			bool compressed = round % 2;

			snprintf(path, sizeof(path), "/lib/modules/%s.ko%s",
				 modules[i], compressed ? ".gz" : "");
			fd = MUST(open(path, O_RDONLY));
			MUST(syscall(SYS_finit_module, fd, "",
				     compressed ? COMPRESSED : 0));
			close(fd);
			snprintf(path, sizeof(path), "/dev/%s", modules[i]);
			fd = MUST(open(path, O_RDWR));
			CHECK(write(fd, data, MIB) == (ssize_t)MIB);
			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
			MUST(lseek(fd, 0, SEEK_SET));
			back = get(MIB + 1);
			for (size = 0; size < MIB;) {
				long n = MUST(read(fd, back + size,
						   MIB + 1 - size));

				CHECK(n);
				size += n;
			}
			CHECK(size == MIB && !memcmp(data, back, MIB));
			free(back);
			close(fd);
			MUST(syscall(SYS_delete_module, modules[i], 0));
		}
	}
	result("%d rounds", round);
}
