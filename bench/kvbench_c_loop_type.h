/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops of kvbench_c_loop.c over one type of element. Included once for
 * each, hence without a guard, after
 *
 *	TYPE		the type,
 *	SUFFIX		what it is called in the names of results,
 *	LOOP(name)	what a function is called for this type,
 *	NTH(i)		the element made of a number,
 *	KEY(element)	the number that it is sorted and summed up by.
 *
 * Each function does its work once and returns the count for it, or FAILED.
 * What a vector would know only at run time is hidden from the compiler before
 * the loop; nothing in a loop is. kvbench_rust.rs has the same ones in Rust.
 */

/* Room for n elements; the caller does not know for how many. */
static noinline TYPE *LOOP(room)(size_t n)
{
	return kvmalloc_array(n, sizeof(TYPE), GFP_KERNEL);
}

/* The elements that the other loops read. */
static noinline TYPE *LOOP(filled)(size_t n)
{
	u64 random = SEED;
	TYPE *a = LOOP(room)(n);
	size_t i;

	for (i = 0; a && i < n; i++) {
		random = next_random(random);
		a[i] = NTH(random);
	}
	return a;
}

static u64 LOOP(push)(size_t n)
{
	size_t len = 0, cap = 0, i;
	u64 start = kvbench_now();
	TYPE *a = NULL;
	u64 count;

	OPTIMIZER_HIDE_VAR(len);
	for (i = 0; i < n; i++) {
		if (unlikely(len == cap)) {
			size_t more = cap ? 2 * cap : 8;
			TYPE *b = kvrealloc(a, array_size(more, sizeof(*a)),
					    GFP_KERNEL);

			if (!b) {
				kvfree(a);
				return FAILED;
			}
			a = b;
			cap = more;
		}
		a[len++] = NTH(i);
	}
	count = kvbench_now() - start;

	kvfree(a);
	return count;
}

static u64 LOOP(push_reserved)(size_t n)
{
	TYPE *a = LOOP(room)(n);
	size_t len = 0, cap = n, i;
	u64 start, count;

	if (!a)
		return FAILED;

	OPTIMIZER_HIDE_VAR(len);
	OPTIMIZER_HIDE_VAR(cap);
	start = kvbench_now();
	for (i = 0; i < n; i++) {
		if (unlikely(len == cap)) {
			size_t more = cap ? 2 * cap : 8;
			TYPE *b = kvrealloc(a, array_size(more, sizeof(*a)),
					    GFP_KERNEL);

			if (!b) {
				kvfree(a);
				return FAILED;
			}
			a = b;
			cap = more;
		}
		a[len++] = NTH(i);
	}
	count = kvbench_now() - start;

	kvfree(a);
	return count;
}

/* An array that is part of something else, as in most drivers. */
#define VEC struct LOOP(vec)

VEC {
	TYPE *a;
	size_t len;
	size_t cap;
};

static noinline int LOOP(grow)(VEC *v)
{
	size_t more = v->cap ? 2 * v->cap : 8;
	TYPE *b = kvrealloc(v->a, array_size(more, sizeof(*b)), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	v->a = b;
	v->cap = more;
	return 0;
}

static noinline int LOOP(push_all)(VEC *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (unlikely(v->len == v->cap) && LOOP(grow)(v))
			return -ENOMEM;
		v->a[v->len++] = NTH(i);
	}
	return 0;
}

static u64 LOOP(push_reserved_field)(size_t n)
{
	VEC v = { .a = LOOP(room)(n), .cap = n };
	u64 start, count;

	if (!v.a)
		return FAILED;

	start = kvbench_now();
	if (LOOP(push_all)(&v, n)) {
		kvfree(v.a);
		return FAILED;
	}
	count = kvbench_now() - start;

	kvfree(v.a);
	return count;
}

static u64 LOOP(push_within_capacity)(size_t n)
{
	TYPE *a = LOOP(room)(n);
	size_t len = 0, cap = n, i;
	u64 start, count;

	if (!a)
		return FAILED;

	OPTIMIZER_HIDE_VAR(len);
	OPTIMIZER_HIDE_VAR(cap);
	start = kvbench_now();
	for (i = 0; i < n; i++) {
		if (unlikely(len == cap)) {
			kvfree(a);
			return FAILED;
		}
		a[len++] = NTH(i);
	}
	count = kvbench_now() - start;

	kvfree(a);
	return count;
}

static u64 LOOP(extend_from_slice)(size_t n)
{
	TYPE *from = LOOP(filled)(n), *a = LOOP(room)(n);
	size_t len = 0, cap = n, done, piece = KVBENCH_PIECE;
	u64 count = FAILED;
	u64 start;

	if (!a || !from)
		goto out;

	OPTIMIZER_HIDE_VAR(len);
	OPTIMIZER_HIDE_VAR(cap);
	OPTIMIZER_HIDE_VAR(piece);
	start = kvbench_now();
	for (done = 0; done < n; done += piece) {
		size_t some = min(piece, n - done);

		if (unlikely(cap - len < some))
			goto out;
		memcpy(&a[len], &from[done], some * sizeof(*a));
		len += some;
	}
	count = kvbench_now() - start;
out:
	kvfree(a);
	kvfree(from);
	return count;
}

static u64 LOOP(sum)(size_t n)
{
	TYPE *a = LOOP(filled)(n);
	u64 start, count;
	u64 sum = 0;
	size_t i;

	if (!a)
		return FAILED;

	start = kvbench_now();
	for (i = 0; i < n; i++)
		sum += KEY(a[i]);
	OPTIMIZER_HIDE_VAR(sum);
	count = kvbench_now() - start;

	kvfree(a);
	return count;
}

static u64 LOOP(retain)(size_t n)
{
	TYPE *a = LOOP(filled)(n);
	size_t kept = 0, i;
	u64 start, count;

	if (!a)
		return FAILED;

	start = kvbench_now();
	for (i = 0; i < n; i++) {
		if (KEY(a[i]) & 1)
			a[kept++] = a[i];
	}
	OPTIMIZER_HIDE_VAR(kept);
	count = kvbench_now() - start;

	kvfree(a);
	return count;
}

static u64 LOOP(clone)(size_t n)
{
	TYPE *from = LOOP(filled)(n), *a = NULL;
	u64 count = FAILED;
	u64 start;

	if (!from)
		return FAILED;

	start = kvbench_now();
	a = kvmalloc_array(n, sizeof(*a), GFP_KERNEL);
	if (a) {
		memcpy(a, from, n * sizeof(*a));
		count = kvbench_now() - start;
	}

	kvfree(a);
	kvfree(from);
	return count;
}

static u64 LOOP(from_elem_zero)(size_t n)
{
	u64 start = kvbench_now();
	TYPE *a = kvcalloc(n, sizeof(*a), GFP_KERNEL);
	u64 count = kvbench_now() - start;

	kvfree(a);
	return a ? count : FAILED;
}

static u64 LOOP(from_elem)(size_t n)
{
	u64 start = kvbench_now();
	TYPE *a = kvmalloc_array(n, sizeof(*a), GFP_KERNEL);
	TYPE value = NTH(7);
	u64 count;
	size_t i;

	for (i = 0; a && i < n; i++)
		a[i] = value;
	count = kvbench_now() - start;

	kvfree(a);
	return a ? count : FAILED;
}

static u64 LOOP(drop)(size_t n)
{
	TYPE *a = LOOP(room)(n);
	u64 start = kvbench_now();

	kvfree(a);
	return a ? kvbench_now() - start : FAILED;
}

static const struct work LOOP(work)[] = {
	{ "kvvec/push/" SUFFIX, LOOP(push) },
	{ "kvvec/push-reserved/" SUFFIX, LOOP(push_reserved) },
	{ "kvvec/push-reserved-field/" SUFFIX, LOOP(push_reserved_field) },
	{ "kvvec/push-within-capacity/" SUFFIX, LOOP(push_within_capacity) },
	{ "kvvec/extend-from-slice/" SUFFIX, LOOP(extend_from_slice) },
	{ "kvvec/index/" SUFFIX, LOOP(sum) },
	{ "kvvec/iterate/" SUFFIX, LOOP(sum) },
	{ "kvvec/retain/" SUFFIX, LOOP(retain) },
	{ "kvvec/clone/" SUFFIX, LOOP(clone) },
	{ "kvvec/from-elem-zero/" SUFFIX, LOOP(from_elem_zero) },
	{ "kvvec/from-elem/" SUFFIX, LOOP(from_elem) },
	{ "kvvec/drop/" SUFFIX, LOOP(drop) },
};

#undef VEC
#undef TYPE
#undef SUFFIX
#undef LOOP
#undef NTH
#undef KEY
