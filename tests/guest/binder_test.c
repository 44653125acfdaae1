// SPDX-License-Identifier: GPL-2.0
/*
 * What binder, written in Rust, promises to those who talk through it, one test
 * a promise.
 *
 * Runs in the guest, as root. Every test mounts a binderfs of its own, adds a
 * device to it and forks a server, which becomes the context manager; the test
 * is the client. What a message carries is another one for every message, and
 * the server's answer is computed from it, so that nothing can be right by
 * chance. The kernel's own test of binderfs looks at the file system; this is
 * about what goes through a device.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <linux/android/binderfs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define KIB		1024UL
#define MIB		(1024 * KIB)

/* Seconds that an emulated and busy machine may take for a test. */
#define PATIENCE	300

/* What the device maps at most. */
#define MAP_SIZE	(4 * MIB)

/* What a server can be asked for. */
enum {
	PING = 1,	/* an empty answer */
	INVERT,		/* the same bytes, inverted */
	CALL_BACK,	/* calls the object in the message with its other bytes */
	KEEP,		/* keeps the object, and waits for it to die */
	DEAD,		/* how many of these have died */
	WRITE_TO,	/* writes its pid to the descriptor in the message */
	PIPE,		/* a descriptor from which its pid can be read */
	SUM,		/* the sum of the bytes in a buffer that a buffer points to */
	COUNT,		/* oneway: the next of a series of numbers */
	COUNTED,	/* how many came, and how many not in their turn */
	DIE,		/* no answer */
};

struct peer;
struct thread;

/* A process and its open device. */
struct peer {
	int fd;
	unsigned char *map;
	size_t size;
	void (*serve)(struct thread *t,
		      const struct binder_transaction_data *tr);
};

/* What a thread is about to say, and what it was told but has not heard yet. */
struct thread {
	struct peer *peer;
	unsigned char out[512];
	size_t n_out;
	unsigned char in[512];
	size_t pos, n_in;
};

/* A message: bytes, where in them objects are, and how much these point to. */
struct parcel {
	const void *data;
	size_t size;
	binder_size_t offsets[2];
	size_t n_objects;
	size_t buffers;
};

/* Of any object, which is in a message at its beginning. */
struct with_object {
	union {
		struct flat_binder_object flat;
		struct binder_fd_object fd;
	};
	unsigned char rest[32];
};

static bool peer_open(struct peer *p, const char *dev, size_t size)
{
	p->size = size;
	p->fd = open(dev, O_RDWR | O_CLOEXEC);
	if (p->fd < 0)
		return false;
	p->map = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE,
		      p->fd, 0);
	if (p->map != MAP_FAILED)
		return true;
	close(p->fd);
	return false;
}

static void peer_close(struct peer *p)
{
	munmap(p->map, p->size);
	close(p->fd);
}

static void put(struct thread *t, const void *p, size_t n)
{
	if (t->n_out + n > sizeof(t->out))
		abort();
	memcpy(t->out + t->n_out, p, n);
	t->n_out += n;
}

static void say(struct thread *t, __u32 cmd, const void *what)
{
	put(t, &cmd, sizeof(cmd));
	put(t, what, _IOC_SIZE(cmd));
}

/*
 * One exchange with the driver, which goes on after a signal. The driver hears
 * nothing more from a thread that has not heard yet how something that it said
 * before has failed: that is said again next time.
 */
static bool exchange(struct thread *t, bool listen)
{
	struct binder_write_read bwr = {
		.write_buffer = (binder_uintptr_t)t->out,
		.write_size = t->n_out,
		.read_buffer = (binder_uintptr_t)t->in,
		.read_size = listen ? sizeof(t->in) : 0,
	};

	while (ioctl(t->peer->fd, BINDER_WRITE_READ, &bwr))
		if (errno != EINTR) {
			t->n_out = 0;
			return false;
		}
	t->n_out -= bwr.write_consumed;
	memmove(t->out, t->out + bwr.write_consumed, t->n_out);
	if (listen) {
		t->pos = 0;
		t->n_in = bwr.read_consumed;
	}
	return true;
}

/* Say it all, without listening. */
static bool flush(struct thread *t)
{
	return !t->n_out || (exchange(t, false) && !t->n_out);
}

/*
 * What the driver says next, other than what concerns the driver alone. 0 if
 * it fails.
 */
static __u32 hear(struct thread *t, void *what)
{
	struct binder_ptr_cookie object;
	__u32 cmd;

	for (;;) {
		if (t->pos == t->n_in && !exchange(t, true))
			return 0;
		if (t->pos + sizeof(cmd) > t->n_in)
			continue;
		memcpy(&cmd, t->in + t->pos, sizeof(cmd));
		t->pos += sizeof(cmd);
		memcpy(what, t->in + t->pos, _IOC_SIZE(cmd));
		memcpy(&object, what, sizeof(object));
		t->pos += _IOC_SIZE(cmd);
		switch (cmd) {
		case BR_NOOP:
		case BR_SPAWN_LOOPER:
		case BR_RELEASE:
		case BR_DECREFS:
			break;
		case BR_INCREFS:
			say(t, BC_INCREFS_DONE, &object);
			break;
		case BR_ACQUIRE:
			say(t, BC_ACQUIRE_DONE, &object);
			break;
		default:
			return cmd;
		}
	}
}

static void transact(struct thread *t, __u32 cmd, __u32 handle, __u32 code,
		     __u32 flags, const struct parcel *p)
{
	struct binder_transaction_data_sg sg = {
		.transaction_data = {
			.target.handle = handle,
			.code = code,
			.flags = flags,
			.data_size = p->size,
			.offsets_size = p->n_objects * sizeof(p->offsets[0]),
			.data.ptr.buffer = (binder_uintptr_t)p->data,
			.data.ptr.offsets = (binder_uintptr_t)p->offsets,
		},
		.buffers_size = p->buffers,
	};

	put(t, &cmd, sizeof(cmd));
	put(t, &sg, _IOC_SIZE(cmd));
}

/* A message that was received is memory until this is said. */
static void done_with(struct thread *t,
		      const struct binder_transaction_data *tr)
{
	say(t, BC_FREE_BUFFER, &tr->data.ptr.buffer);
}

/* What may be heard: the largest of all. */
union heard {
	struct binder_transaction_data tr;
	struct binder_transaction_data_secctx secctx;
	binder_uintptr_t cookie;
};

/*
 * Call, and answer those who call meanwhile. What it ended with; the answer, if
 * it is one, is the caller's to be done with.
 */
static __u32 call(struct thread *t, __u32 handle, __u32 code, __u32 flags,
		  const struct parcel *p, struct binder_transaction_data *reply)
{
	union heard heard;
	__u32 cmd;

	transact(t, p->buffers ? BC_TRANSACTION_SG : BC_TRANSACTION, handle,
		 code, flags, p);
	for (;;) {
		cmd = hear(t, &heard);
		if (cmd == BR_TRANSACTION_COMPLETE && !(flags & TF_ONE_WAY))
			continue;
		if (cmd == BR_TRANSACTION) {
			t->peer->serve(t, &heard.tr);
			continue;
		}
		if (reply)
			*reply = heard.tr;
		return cmd;
	}
}

static const struct parcel nothing;

static bool ping(struct thread *t)
{
	struct binder_transaction_data reply;

	if (call(t, 0, PING, 0, &nothing, &reply) != BR_REPLY ||
	    reply.data_size)
		return false;
	done_with(t, &reply);
	return true;
}

/* A byte for each position, another series for each seed. */
static void fill(unsigned char *p, size_t n, unsigned int seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (i * 7 + i / 251 + seed * 13) & 0xff;
}

/* Send so many bytes, expect them to come back inverted. */
static bool invert(struct thread *t, unsigned char *p, size_t n,
		   unsigned int seed)
{
	const struct parcel parcel = { .data = p, .size = n };
	struct binder_transaction_data reply;
	const unsigned char *answer;
	size_t i;

	fill(p, n, seed);
	if (call(t, 0, INVERT, 0, &parcel, &reply) != BR_REPLY ||
	    reply.data_size != n)
		return false;
	answer = (const unsigned char *)reply.data.ptr.buffer;
	for (i = 0; i < n; i++)
		if (answer[i] != (p[i] ^ 0xff))
			return false;
	done_with(t, &reply);
	return true;
}

static bool ask_u32(struct thread *t, __u32 code, __u32 *answer, size_t n)
{
	struct binder_transaction_data reply;

	if (call(t, 0, code, 0, &nothing, &reply) != BR_REPLY ||
	    reply.data_size != n * sizeof(*answer))
		return false;
	memcpy(answer, (const void *)reply.data.ptr.buffer, n * sizeof(*answer));
	done_with(t, &reply);
	return true;
}

/* The server: what it knows, and what it does for each message. */
static struct {
	pthread_mutex_t lock;
	__u32 dead;
	__u32 counted[2];
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void answer(struct thread *t, const struct parcel *p, __u32 flags)
{
	transact(t, BC_REPLY, 0, 0, flags, p);
	/* What the message points to is needed until it is sent. */
	if (!flush(t))
		_exit(10);
}

static void answer_inverted(struct thread *t,
			    const struct binder_transaction_data *tr)
{
	const unsigned char *data = (const void *)tr->data.ptr.buffer;
	struct parcel p = { .size = tr->data_size };
	unsigned char *copy = malloc(p.size + 1);
	size_t i;

	for (i = 0; i < p.size; i++)
		copy[i] = data[i] ^ 0xff;
	p.data = copy;
	answer(t, &p, 0);
	free(copy);
}

static void answer_call_back(struct thread *t, const struct with_object *in)
{
	struct parcel p = { .data = in->rest, .size = sizeof(in->rest) };
	struct binder_transaction_data reply;

	if (in->flat.hdr.type != BINDER_TYPE_HANDLE ||
	    call(t, in->flat.handle, INVERT, 0, &p, &reply) != BR_REPLY)
		_exit(11);
	p.data = (const void *)reply.data.ptr.buffer;
	p.size = reply.data_size;
	answer(t, &p, 0);
	done_with(t, &reply);
}

static void keep(struct thread *t, const struct with_object *in)
{
	struct binder_handle_cookie notify = {
		.handle = in->flat.handle,
		.cookie = in->flat.handle,
	};

	if (in->flat.hdr.type != BINDER_TYPE_HANDLE)
		_exit(12);
	say(t, BC_ACQUIRE, &notify.handle);
	say(t, BC_REQUEST_DEATH_NOTIFICATION, &notify);
}

static void answer_pid_to(struct thread *t, const struct with_object *in)
{
	pid_t pid = getpid();

	if (in->fd.hdr.type != BINDER_TYPE_FD ||
	    write(in->fd.fd, &pid, sizeof(pid)) != sizeof(pid))
		_exit(13);
	close(in->fd.fd);
	answer(t, &nothing, 0);
}

static void answer_pipe(struct thread *t)
{
	struct with_object out = { .fd.hdr.type = BINDER_TYPE_FD };
	const struct parcel p = {
		.data = &out, .size = sizeof(out), .n_objects = 1,
	};
	pid_t pid = getpid();
	int fds[2];

	if (pipe(fds) || write(fds[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(14);
	out.fd.fd = fds[0];
	answer(t, &p, TF_ACCEPT_FDS);
	close(fds[0]);
	close(fds[1]);
}

static void answer_sum(struct thread *t,
		       const struct binder_transaction_data *tr)
{
	const struct binder_buffer_object *objects =
		(const void *)tr->data.ptr.buffer;
	const unsigned char *inner;
	binder_uintptr_t pointer;
	__u32 sum = 0;
	const struct parcel p = { .data = &sum, .size = sizeof(sum) };
	size_t i;

	/* The outer buffer is nothing but a pointer to the inner one. */
	memcpy(&pointer, (const void *)objects[0].buffer, sizeof(pointer));
	if (pointer != objects[1].buffer)
		_exit(15);
	inner = (const unsigned char *)pointer;
	for (i = 0; i < objects[1].length; i++)
		sum += inner[i];
	answer(t, &p, 0);
}

static void answer_u32(struct thread *t, const __u32 *value, size_t n)
{
	__u32 copy[2];
	const struct parcel p = { .data = copy, .size = n * sizeof(*value) };

	pthread_mutex_lock(&server.lock);
	memcpy(copy, value, p.size);
	pthread_mutex_unlock(&server.lock);
	answer(t, &p, 0);
}

static void count(const struct binder_transaction_data *tr)
{
	__u32 number;

	memcpy(&number, (const void *)tr->data.ptr.buffer, sizeof(number));
	pthread_mutex_lock(&server.lock);
	if (number != server.counted[0])
		server.counted[1]++;
	server.counted[0]++;
	pthread_mutex_unlock(&server.lock);
}

static void serve(struct thread *t, const struct binder_transaction_data *tr)
{
	const struct with_object *in = (const void *)tr->data.ptr.buffer;

	switch (tr->code) {
	case PING:
		answer(t, &nothing, 0);
		break;
	case INVERT:
		answer_inverted(t, tr);
		break;
	case CALL_BACK:
		answer_call_back(t, in);
		break;
	case KEEP:
		keep(t, in);
		answer(t, &nothing, 0);
		break;
	case DEAD:
		answer_u32(t, &server.dead, 1);
		break;
	case WRITE_TO:
		answer_pid_to(t, in);
		break;
	case PIPE:
		answer_pipe(t);
		break;
	case SUM:
		answer_sum(t, tr);
		break;
	case COUNT:
		count(tr);
		break;
	case COUNTED:
		answer_u32(t, server.counted, 2);
		break;
	case DIE:
		kill(getpid(), SIGKILL);
	}
	done_with(t, tr);
}

static void *loop(void *peer)
{
	struct thread t = { .peer = peer };
	const __u32 enter = BC_ENTER_LOOPER;
	union heard heard;

	put(&t, &enter, sizeof(enter));
	for (;;) {
		switch (hear(&t, &heard)) {
		case BR_TRANSACTION:
			serve(&t, &heard.tr);
			break;
		case BR_DEAD_BINDER:
			pthread_mutex_lock(&server.lock);
			server.dead++;
			pthread_mutex_unlock(&server.lock);
			say(&t, BC_DEAD_BINDER_DONE, &heard.cookie);
			break;
		case BR_TRANSACTION_COMPLETE:
			break;
		/* Whom it answered has died. */
		case BR_DEAD_REPLY:
		case BR_FAILED_REPLY:
			break;
		default:
			_exit(16);
		}
	}
}

static void server_main(const char *dev, size_t size, int threads, int ready)
{
	struct flat_binder_object manager = {
		.flags = FLAT_BINDER_FLAG_ACCEPTS_FDS,
	};
	struct peer peer = { .serve = serve };
	pthread_t thread;
	int tries;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!peer_open(&peer, dev, size))
		_exit(17);
	/* A predecessor is gone only when the kernel has cleaned up. */
	for (tries = 0; ioctl(peer.fd, BINDER_SET_CONTEXT_MGR_EXT, &manager);
	     tries++) {
		if (errno != EBUSY || tries == 1000)
			_exit(18);
		usleep(10000);
	}
	if (write(ready, "", 1) != 1)
		_exit(19);
	while (--threads)
		if (pthread_create(&thread, NULL, loop, &peer))
			_exit(20);
	loop(&peer);
}

static pid_t start_server(const char *dev, size_t size, int threads)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		server_main(dev, size, threads, ready[1]);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &c, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

/* Whether it was still alive. */
static bool stop_server(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFEXITED(status))
		fprintf(stderr, "# the server had left with %d\n",
			WEXITSTATUS(status));
	return WIFSIGNALED(status);
}

FIXTURE(binder) {
	char mount[32];
	char dev[64];
	pid_t server;
	struct peer peer;
	struct thread t;
	unsigned char *data;
};

/* The threads and the room of the server. */
FIXTURE_VARIANT(binder) {
	int threads;
	size_t size;
};

FIXTURE_VARIANT_ADD(binder, one_thread) {
	.threads = 1,
	.size = MAP_SIZE,
};

FIXTURE_VARIANT_ADD(binder, four_threads) {
	.threads = 4,
	.size = MAP_SIZE,
};

FIXTURE_SETUP(binder)
{
	struct binderfs_device device = { .name = "tested" };
	char control[64];
	int fd;

	snprintf(self->mount, sizeof(self->mount), "/tmp/binder_XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->mount));
	ASSERT_EQ(0, mount("binder", self->mount, "binder", 0, "stats=global")) {
		TH_LOG("binderfs: %s", strerror(errno));
	}
	snprintf(control, sizeof(control), "%s/binder-control", self->mount);
	fd = open(control, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, BINDER_CTL_ADD, &device));
	close(fd);
	snprintf(self->dev, sizeof(self->dev), "%s/tested", self->mount);

	self->data = malloc(MAP_SIZE);
	ASSERT_NE(NULL, self->data);
	self->server = start_server(self->dev, variant->size, variant->threads);
	ASSERT_LT(0, self->server);
	self->peer.serve = serve;
	ASSERT_TRUE(peer_open(&self->peer, self->dev, MAP_SIZE));
	self->t.peer = &self->peer;
}

/* Whatever was done, the server is there and answers. */
FIXTURE_TEARDOWN(binder)
{
	EXPECT_TRUE(ping(&self->t));
	EXPECT_TRUE(flush(&self->t));
	EXPECT_TRUE(stop_server(self->server));
	peer_close(&self->peer);
	EXPECT_EQ(0, umount2(self->mount, MNT_DETACH));
	EXPECT_EQ(0, rmdir(self->mount));
	free(self->data);
}

TEST_F_TIMEOUT(binder, answers, PATIENCE)
{
	struct binder_version version;
	int i;

	ASSERT_EQ(0, ioctl(self->peer.fd, BINDER_VERSION, &version));
	EXPECT_EQ(BINDER_CURRENT_PROTOCOL_VERSION, version.protocol_version);
	for (i = 0; i < 1000; i++)
		ASSERT_TRUE(ping(&self->t));
}

/* Around pages and powers of two, up to what the answer has room for, too. */
TEST_F_TIMEOUT(binder, carries_any_size, PATIENCE)
{
	size_t size;
	int d;

	for (size = 0; size < 64; size++)
		ASSERT_TRUE(invert(&self->t, self->data, size, size));
	for (size = 128; size <= 2 * MIB; size *= 2)
		for (d = -1; d <= 1; d++)
			ASSERT_TRUE(invert(&self->t, self->data, size + d,
					   size + d)) {
				TH_LOG("%zu bytes", size + d);
			}
	ASSERT_TRUE(invert(&self->t, self->data, MAP_SIZE - 4096, 1));
}

TEST_F_TIMEOUT(binder, refuses_what_has_no_room, PATIENCE)
{
	const struct parcel large = { .data = self->data, .size = MAP_SIZE + 1 };
	struct binder_extended_error error;
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(BR_FAILED_REPLY,
			  call(&self->t, 0, INVERT, 0, &large, NULL));
		ASSERT_EQ(0, ioctl(self->peer.fd, BINDER_GET_EXTENDED_ERROR,
				   &error));
		EXPECT_EQ(BR_FAILED_REPLY, error.command);
		EXPECT_EQ(-ENOSPC, error.param);
		ASSERT_TRUE(invert(&self->t, self->data, MIB, i));
	}
}

/* The server calls who calls it: through an object that came with the call. */
TEST_F_TIMEOUT(binder, carries_objects, PATIENCE)
{
	struct with_object out = {
		.flat = {
			.hdr.type = BINDER_TYPE_BINDER,
			.flags = FLAT_BINDER_FLAG_ACCEPTS_FDS,
		},
	};
	const struct parcel p = {
		.data = &out, .size = sizeof(out), .n_objects = 1,
	};
	struct binder_transaction_data reply;
	const unsigned char *answer;
	unsigned int i, j;

	for (i = 1; i <= 200; i++) {
		/* A new object every second time, the one before otherwise. */
		out.flat.binder = 8 * (i / 2 + 1);
		out.flat.cookie = out.flat.binder;
		fill(out.rest, sizeof(out.rest), i);
		ASSERT_EQ(BR_REPLY,
			  call(&self->t, 0, CALL_BACK, 0, &p, &reply));
		ASSERT_EQ(sizeof(out.rest), reply.data_size);
		answer = (const unsigned char *)reply.data.ptr.buffer;
		for (j = 0; j < sizeof(out.rest); j++)
			ASSERT_EQ(out.rest[j] ^ 0xff, answer[j]);
		done_with(&self->t, &reply);
	}
}

TEST_F_TIMEOUT(binder, carries_descriptors, PATIENCE)
{
	struct with_object out = { .fd.hdr.type = BINDER_TYPE_FD };
	const struct parcel p = {
		.data = &out, .size = sizeof(out), .n_objects = 1,
	};
	struct binder_transaction_data reply;
	const struct with_object *in;
	int i, fds[2];
	pid_t pid;

	for (i = 0; i < 50; i++) {
		/* There: the write end is the server's alone afterwards. */
		ASSERT_EQ(0, pipe(fds));
		out.fd.fd = fds[1];
		ASSERT_EQ(BR_REPLY, call(&self->t, 0, WRITE_TO, 0, &p, &reply));
		done_with(&self->t, &reply);
		close(fds[1]);
		ASSERT_EQ(sizeof(pid), read(fds[0], &pid, sizeof(pid)));
		EXPECT_EQ(self->server, pid);
		EXPECT_EQ(0, read(fds[0], &pid, sizeof(pid)));
		close(fds[0]);

		/* And back. */
		ASSERT_EQ(BR_REPLY, call(&self->t, 0, PIPE, TF_ACCEPT_FDS,
					 &nothing, &reply));
		in = (const struct with_object *)reply.data.ptr.buffer;
		ASSERT_EQ(BINDER_TYPE_FD, in->fd.hdr.type);
		fds[0] = in->fd.fd;
		done_with(&self->t, &reply);
		ASSERT_EQ(sizeof(pid), read(fds[0], &pid, sizeof(pid)));
		EXPECT_EQ(self->server, pid);
		close(fds[0]);
	}

	/* Not to whom does not want any. */
	EXPECT_EQ(BR_FAILED_REPLY,
		  call(&self->t, 0, PIPE, 0, &nothing, &reply));
}

/* A buffer, and one that the first points to: the pointer is made to fit. */
TEST_F_TIMEOUT(binder, gathers_buffers, PATIENCE)
{
	binder_uintptr_t outer;
	struct binder_buffer_object objects[2] = {
		{
			.hdr.type = BINDER_TYPE_PTR,
			.buffer = (binder_uintptr_t)&outer,
			.length = sizeof(outer),
		}, {
			.hdr.type = BINDER_TYPE_PTR,
			.flags = BINDER_BUFFER_FLAG_HAS_PARENT,
			.buffer = (binder_uintptr_t)self->data,
		},
	};
	struct parcel p = {
		.data = objects, .size = sizeof(objects),
		.offsets = { 0, sizeof(objects[0]) }, .n_objects = 2,
	};
	struct binder_transaction_data reply;
	size_t size, i;
	__u32 sum, want;

	for (size = 1; size <= MIB; size *= 4) {
		fill(self->data, size, size);
		for (want = 0, i = 0; i < size; i++)
			want += self->data[i];
		outer = (binder_uintptr_t)self->data;
		objects[1].length = size;
		p.buffers = sizeof(outer) + ((size + 7) & ~7UL);
		ASSERT_EQ(BR_REPLY, call(&self->t, 0, SUM, 0, &p, &reply));
		ASSERT_EQ(sizeof(sum), reply.data_size);
		memcpy(&sum, (const void *)reply.data.ptr.buffer, sizeof(sum));
		EXPECT_EQ(want, sum);
		done_with(&self->t, &reply);
	}
}

/* Calls that nobody waits for: each arrives, one after the other. */
TEST_F_TIMEOUT(binder, keeps_oneway_in_order, PATIENCE)
{
	__u32 number, counted[2] = { 0 };
	const struct parcel p = { .data = &number, .size = sizeof(number) };
	int tries;

	for (number = 0; number < 2000; number++)
		ASSERT_EQ(BR_TRANSACTION_COMPLETE,
			  call(&self->t, 0, COUNT, TF_ONE_WAY, &p, NULL));
	for (tries = 0; counted[0] < number && tries < 1000; tries++) {
		ASSERT_TRUE(ask_u32(&self->t, COUNTED, counted, 2));
		usleep(10000);
	}
	EXPECT_EQ(number, counted[0]);
	EXPECT_EQ(0, counted[1]);
}

/* To a server that does not listen: until its room is full, and then again. */
TEST_F_TIMEOUT(binder, fills_up_and_recovers, PATIENCE)
{
	unsigned char data[4096];
	const struct parcel p = { .data = data, .size = sizeof(data) };
	__u32 sent, counted[2], before = 0;
	int round, tries;

	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, kill(self->server, SIGSTOP));
		for (sent = 0;; sent++) {
			__u32 number = before + sent, cmd;

			memcpy(data, &number, sizeof(number));
			cmd = call(&self->t, 0, COUNT, TF_ONE_WAY, &p, NULL);
			if (cmd == BR_FAILED_REPLY)
				break;
			ASSERT_EQ(BR_TRANSACTION_COMPLETE, cmd);
			ASSERT_GT(MAP_SIZE / sizeof(data), sent);
		}
		/* Half of the room is for calls of this kind. */
		EXPECT_LT(MAP_SIZE / sizeof(data) / 4, sent);
		ASSERT_EQ(0, kill(self->server, SIGCONT));
		for (tries = 0; tries < 1000; tries++) {
			ASSERT_TRUE(ask_u32(&self->t, COUNTED, counted, 2));
			if (counted[0] == before + sent)
				break;
			usleep(10000);
		}
		EXPECT_EQ(before + sent, counted[0]);
		EXPECT_EQ(0, counted[1]);
		before += sent;
	}
}

/* Messages that are wrong are refused, and nothing else is. */
TEST_F_TIMEOUT(binder, refuses_what_is_wrong, PATIENCE)
{
	struct with_object object = { .flat.hdr.type = BINDER_TYPE_BINDER };
	struct parcel p = { .data = &object, .size = sizeof(object) };
	const __u32 unknown = _IO('c', 99);
	binder_uintptr_t stray = (binder_uintptr_t)self->peer.map + 64;

	/* An object beyond the message's end, or across it, or in between. */
	p.n_objects = 1;
	p.offsets[0] = sizeof(object);
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	p.offsets[0] = sizeof(object) - 8;
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	p.offsets[0] = 2;
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	EXPECT_TRUE(ping(&self->t));

	/* Of no kind; no such handle; no such descriptor. */
	p.offsets[0] = 0;
	object.flat.hdr.type = 0x12345678;
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	object.flat.hdr.type = BINDER_TYPE_HANDLE;
	object.flat.handle = 77;
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	object.fd.hdr.type = BINDER_TYPE_FD;
	object.fd.fd = 1000;
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	EXPECT_TRUE(ping(&self->t));

	/* Memory that is not there; a callee that is not there. */
	p = (struct parcel){ .data = (void *)16, .size = 10000 };
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 0, PING, 0, &p, NULL));
	EXPECT_EQ(BR_FAILED_REPLY, call(&self->t, 5, PING, 0, &nothing, NULL));
	EXPECT_TRUE(ping(&self->t));

	/* A buffer that nobody was given; a word that nobody knows. */
	say(&self->t, BC_FREE_BUFFER, &stray);
	EXPECT_TRUE(ping(&self->t));
	put(&self->t, &unknown, sizeof(unknown));
	errno = 0;
	EXPECT_FALSE(flush(&self->t));
	EXPECT_EQ(EINVAL, errno);
}

struct caller {
	pthread_t thread;
	struct peer *peer;
	int rounds;
	int seed;
	int bad;
};

static void *caller(void *p)
{
	struct caller *c = p;
	struct thread t = { .peer = c->peer };
	unsigned char *data = malloc(64 * KIB);
	int i;

	for (i = 0; i < c->rounds; i++)
		c->bad += !invert(&t, data, (c->seed * 4099 + i * 977) % (64 * KIB),
				  c->seed + i);
	c->bad += !flush(&t) || ioctl(c->peer->fd, BINDER_THREAD_EXIT, &c->bad);
	free(data);
	return NULL;
}

TEST_F_TIMEOUT(binder, serves_many_threads, PATIENCE)
{
	struct caller callers[16];
	int i;

	for (i = 0; i < 16; i++) {
		callers[i] = (struct caller){
			.peer = &self->peer, .rounds = 100, .seed = i + 1,
		};
		ASSERT_EQ(0, pthread_create(&callers[i].thread, NULL, caller,
					    &callers[i]));
	}
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, pthread_join(callers[i].thread, NULL));
		EXPECT_EQ(0, callers[i].bad);
	}
}

/* Clients that die, whatever they are at: with answers not read, buffers held. */
TEST_F_TIMEOUT(binder, outlives_clients, PATIENCE)
{
	pid_t pids[8];
	int round, i, status;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < 8; i++) {
			struct peer peer = { .serve = serve };
			struct thread t = { .peer = &peer };
			unsigned int seed;

			pids[i] = fork();
			ASSERT_LE(0, pids[i]);
			if (pids[i])
				continue;
			if (!peer_open(&peer, self->dev, MIB))
				_exit(1);
			for (seed = 0;; seed++)
				if (!invert(&t, self->data, seed % 9000, seed))
					_exit(2);
		}
		usleep(300000);
		for (i = 0; i < 8; i++) {
			kill(pids[i], SIGKILL);
			ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
			EXPECT_TRUE(WIFSIGNALED(status));
		}
		ASSERT_TRUE(invert(&self->t, self->data, MIB, round));
	}
}

/* The server learns that an object has died that it keeps. */
TEST_F_TIMEOUT(binder, tells_of_dead_objects, PATIENCE)
{
	__u32 dead = 0;
	int i, tries, status;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			struct with_object out = {
				.flat = {
					.hdr.type = BINDER_TYPE_BINDER,
					.binder = 8, .cookie = 8,
				},
			};
			const struct parcel p = {
				.data = &out, .size = sizeof(out),
				.n_objects = 1,
			};
			struct peer peer = { .serve = serve };
			struct thread t = { .peer = &peer };

			if (!peer_open(&peer, self->dev, MIB) ||
			    call(&t, 0, KEEP, 0, &p, NULL) != BR_REPLY)
				_exit(1);
			_exit(0);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
	}
	for (tries = 0; dead < 20 && tries < 1000; tries++) {
		ASSERT_TRUE(ask_u32(&self->t, DEAD, &dead, 1));
		usleep(10000);
	}
	EXPECT_EQ(20, dead);
}

/* And clients that the server has: those who wait, and those who asked. */
TEST_F_TIMEOUT(binder, tells_of_a_dead_server, PATIENCE)
{
	struct binder_handle_cookie notify = { .cookie = 0x1234567 };
	const __u32 enter = BC_ENTER_LOOPER;
	__u32 manager = 0;
	union heard heard;
	int i;

	put(&self->t, &enter, sizeof(enter));
	for (i = 0; i < 10; i++) {
		say(&self->t, BC_ACQUIRE, &manager);
		say(&self->t, BC_REQUEST_DEATH_NOTIFICATION, &notify);
		ASSERT_TRUE(flush(&self->t));
		ASSERT_EQ(BR_DEAD_REPLY,
			  call(&self->t, 0, DIE, 0, &nothing, NULL));
		ASSERT_TRUE(stop_server(self->server));
		ASSERT_EQ(BR_DEAD_BINDER, hear(&self->t, &heard));
		EXPECT_EQ(notify.cookie, heard.cookie);
		say(&self->t, BC_DEAD_BINDER_DONE, &heard.cookie);
		say(&self->t, BC_RELEASE, &manager);
		EXPECT_EQ(BR_DEAD_REPLY,
			  call(&self->t, 0, PING, 0, &nothing, NULL));

		/* Another takes its place. */
		self->server = start_server(self->dev, variant->size,
					    variant->threads);
		ASSERT_LT(0, self->server);
		ASSERT_TRUE(ping(&self->t));
	}
}

TEST_F_TIMEOUT(binder, wakes_who_polls, PATIENCE)
{
	struct pollfd fd = { .fd = self->peer.fd, .events = POLLIN };
	struct binder_transaction_data reply;
	union heard heard;
	__u32 cmd;

	EXPECT_EQ(0, poll(&fd, 1, 0));
	transact(&self->t, BC_TRANSACTION, 0, PING, 0, &nothing);
	ASSERT_TRUE(flush(&self->t));
	ASSERT_EQ(1, poll(&fd, 1, 1000 * PATIENCE));
	EXPECT_EQ(POLLIN, fd.revents & POLLIN);
	do {
		cmd = hear(&self->t, &heard);
	} while (cmd == BR_TRANSACTION_COMPLETE);
	ASSERT_EQ(BR_REPLY, cmd);
	reply = heard.tr;
	done_with(&self->t, &reply);
}

/* What it tells of itself names who takes part. */
TEST_F_TIMEOUT(binder, has_logs, PATIENCE)
{
	static const char *const names[] = {
		"state", "stats", "transactions", "proc",
	};
	char path[96], want[32];
	bool found;
	size_t i;

	ASSERT_TRUE(ping(&self->t));
	snprintf(want, sizeof(want), "proc %d\n", self->server);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *text = (char *)self->data;
		ssize_t n;
		size_t length = 0;
		int fd;

		snprintf(path, sizeof(path), "%s/binder_logs/%s", self->mount,
			 names[i]);
		if (!strcmp(names[i], "proc"))
			snprintf(path, sizeof(path), "%s/binder_logs/proc/%d",
				 self->mount, self->server);
		fd = open(path, O_RDONLY);
		ASSERT_LE(0, fd) {
			TH_LOG("%s: %s", path, strerror(errno));
		}
		while ((n = read(fd, text + length, MIB - length - 1)) > 0)
			length += n;
		close(fd);
		text[length] = '\0';
		found = strstr(text, want);
		EXPECT_TRUE(found) {
			TH_LOG("%s lacks %s", path, want);
		}
	}
}

TEST_HARNESS_MAIN
