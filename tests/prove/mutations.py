# SPDX-License-Identifier: GPL-2.0
"""Ways to break the code, each with the property that has to notice.

"old" must stand in the file exactly once.  "function" is the proof that is run, in "config".
"""

from dataclasses import dataclass

UTIL = "mm/util.c"
HEADER = "include/linux/kvmalloc.h"

REQUEST = "prove_allocation"
SLAB = "prove_realloc_slab"
TO_VMALLOC = "prove_realloc_slab_to_vmalloc"
IN_PLACE = "prove_realloc_vmalloc_in_place"
MOVES = "prove_realloc_vmalloc_moves"


@dataclass
class Mutation:
    name: str
    breaks: str
    function: str
    old: str
    new: str
    config: str = "6.12"
    file: str = UTIL


MUTATIONS = [
    Mutation("small requests fall back, too", "small_never_vmalloc", REQUEST,
             "	if (!p && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE))\n", "	if (!p)\n"),
    Mutation("slab is asked again", "slab_once", REQUEST,
             "	if (!p && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE))\n",
             "	if (!p && slab_size && size > PAGE_SIZE)\n"
             "		p = __kmalloc_node_track_caller_noprof(PASS_KMALLOC_PARAMS(slab_size, b,"
             " token), slab_attempt_flags(flags, size), node, caller);\n"
             "	if (!p && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE))\n"),
    Mutation("realloc asks slab again", "slab_once", TO_VMALLOC,
             "	if (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE)\n		n = ",
             "	if (slab_size && size > PAGE_SIZE)\n"
             "		n = krealloc_node_align_noprof(p, PASS_TOKEN_PARAMS(slab_size, token),"
             " align, slab_attempt_flags(flags, size), nid);\n"
             "	if (!n && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE))\n		n = "),
    Mutation("vmalloc is asked again", "vmalloc_once", REQUEST,
             "	if (!p)\n		note_failure(size, align, flags, node, caller, why);\n",
             "	if (!p && size > PAGE_SIZE)\n"
             "		p = vmalloc_fallback(size, align, flags, node, caller, why);\n"
             "	if (!p)\n		note_failure(size, align, flags, node, caller, why);\n"),
    Mutation("vmalloc is asked although slab had it", "slab_first", REQUEST,
             "	if (!p && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE))\n",
             "	if (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE)\n"),
    Mutation("slab is not asked above a page", "slab_not_skipped", REQUEST,
             "	if (size > KMALLOC_MAX_SIZE || align > class)\n",
             "	if (size > PAGE_SIZE || align > class)\n"),
    Mutation("padding doubles the size", "slab_can_serve", REQUEST,
             "	return ALIGN(size, align);\n", "	return 2 * ALIGN(size, align);\n"),
    Mutation("flags are adjusted from half a page on", "small_flags_unchanged", REQUEST,
             "	return size <= PAGE_SIZE ? flags : gently(flags);\n",
             "	return size <= PAGE_SIZE / 2 ? flags : gently(flags);\n"),
    Mutation("slab may reclaim", "slab_never_reclaims", REQUEST,
             "		flags &= ~__GFP_DIRECT_RECLAIM;\n", "		;\n"),
    Mutation("realloc's slab attempt has the caller's flags", "slab_never_reclaims", SLAB,
             "align, slab_flags, nid);", "align, flags, nid);"),
    Mutation("slab is told not to fail", "slab_never_nofail", REQUEST,
             "(flags | __GFP_NOWARN) & ~__GFP_NOFAIL;", "(flags | __GFP_NOWARN);"),
    Mutation("slab warns", "slab_never_warns", REQUEST,
             "(flags | __GFP_NOWARN) & ~__GFP_NOFAIL;", "flags & ~__GFP_NOFAIL;"),
    Mutation("RETRY_MAYFAIL does not reclaim", "slab_flags_else_unchanged", REQUEST,
             "	if (!(flags & __GFP_RETRY_MAYFAIL))\n", "	if (1)\n"),
    Mutation("slab chooses the node", "slab_node", REQUEST,
             "slab_flags, node, caller);", "slab_flags, NUMA_NO_NODE, caller);"),
    Mutation("buckets are dropped", "buckets_kept", REQUEST,
             "PASS_KMALLOC_PARAMS(slab_size, b, token)",
             "PASS_KMALLOC_PARAMS(slab_size, NULL, token)", "7.3 tokens buckets"),
    Mutation("the token is dropped", "token_kept", REQUEST,
             "PASS_KMALLOC_PARAMS(slab_size, b, token)",
             "PASS_KMALLOC_PARAMS(slab_size, b, ((kmalloc_token_t){ 0 }))", "7.3 tokens buckets"),
    Mutation("vmalloc names the policy as the caller", "caller_named", REQUEST,
             "node, (void *)caller);", "node, (void *)backed_by_vmalloc);"),
    Mutation("vmalloc gets slab's flags", "fallback_flags", REQUEST,
             "		p = vmalloc_range(size, align, flags, 0, node, caller);\n",
             "		p = vmalloc_range(size, align, gently(flags), 0, node, caller);\n"),
    Mutation("vmalloc's alignment is forgotten", "fallback_request", REQUEST,
             "__vmalloc_node_range_noprof(size, align,", "__vmalloc_node_range_noprof(size, 1,"),
    Mutation("vmalloc is asked in half of its range", "fallback_is_plain", REQUEST,
             "VMALLOC_END, flags, PAGE_KERNEL,", "VMALLOC_END - PAGE_SIZE, flags, PAGE_KERNEL,"),
    Mutation("vmalloc is asked for what it cannot do", "fallback_only_if_possible", REQUEST,
             "	if (!may_sleep && !IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK))\n",
             "	if (0)\n"),
    Mutation("huge mappings in atomic", "huge_only_if_blocking", REQUEST,
             "	if (may_sleep && may_be_huge(size))\n", "	if (may_be_huge(size))\n",
             "7.3 tokens buckets"),
    Mutation("huge pages are asked for last", "huge_first", REQUEST,
             "	if (!p)\n		return NULL;\n\n	trace_kvmalloc_fallback(",
             "	if (!p)\n		p = vmalloc_range(size, align, gently(flags) | __GFP_NOMEMALLOC,"
             " VM_ALLOW_HUGE_VMAP, node, caller);\n"
             "	if (!p)\n		return NULL;\n\n	trace_kvmalloc_fallback("),
    Mutation("huge pages are reclaimed for", "huge_never_reclaims", REQUEST,
             "gently(flags) | __GFP_NOMEMALLOC,",
             "gently(flags) | __GFP_NOMEMALLOC | (flags & __GFP_DIRECT_RECLAIM),"),
    Mutation("huge pages come from the reserves", "huge_asked_gently", REQUEST,
             "gently(flags) | __GFP_NOMEMALLOC,", "gently(flags),"),
    Mutation("huge pages are not cleared", "huge_flags_else_unchanged", REQUEST,
             "gently(flags) | __GFP_NOMEMALLOC,",
             "(gently(flags) & ~__GFP_ZERO) | __GFP_NOMEMALLOC,"),
    Mutation("no size is too large", "too_large_refused", REQUEST,
             "	if (likely(size <= INT_MAX))\n", "	if (1)\n"),
    Mutation("NOWARN does not keep from warning", "too_large_warns_once", REQUEST,
             "	WARN_ONCE(!(flags & __GFP_NOWARN),\n", "	WARN_ONCE(1,\n"),
    Mutation("any alignment will do", "bad_align_refused", REQUEST,
             "	return WARN_ONCE(!is_power_of_2(align),\n", "	return WARN_ONCE(!align,\n"),
    Mutation("an alignment above a page warns", "no_other_warning", REQUEST,
             "	return WARN_ONCE(!is_power_of_2(align),\n",
             "	return WARN_ONCE(!is_power_of_2(align) || align > PAGE_SIZE,\n"),
    Mutation("a fallback for very large sizes only", "null_is_the_last_resort", REQUEST,
             "	if (!p && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE))\n",
             "	if (!p && why != KVMALLOC_SLAB_FAILED)\n"),
    Mutation("size 0 gives NULL", "zero_size", REQUEST,
             "	if (!size)\n		return ZERO_SIZE_PTR;\n", "	if (!size)\n		return NULL;\n"),
    Mutation("vmalloc is asked for a byte less", "large_enough", REQUEST,
             "__vmalloc_node_range_noprof(size, align,",
             "__vmalloc_node_range_noprof(size - 1, align,"),
    Mutation("sizes are not padded", "aligned", REQUEST,
             "	return ALIGN(size, align);\n", "	return size;\n"),
    Mutation("vmalloc does not clear", "zeroed", REQUEST,
             "VMALLOC_END, flags, PAGE_KERNEL,", "VMALLOC_END, flags & ~__GFP_ZERO, PAGE_KERNEL,"),
    Mutation("what vmalloc gave is dropped", "nothing_leaked", REQUEST,
             "	if (!p)\n		note_failure(size, align, flags, node, caller, why);\n",
             "	if (p && size > KMALLOC_MAX_SIZE)\n		p = NULL;\n"
             "	if (!p)\n		note_failure(size, align, flags, node, caller, why);\n"),
    Mutation("n * n instead of n * size", "array_is_multiplied", "prove_array",
             "	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :\n"
             "		_kvmalloc_node_align_noprof(",
             "	return unlikely(check_mul_overflow(n, n, &bytes)) ? NULL :\n"
             "		_kvmalloc_node_align_noprof(", file=HEADER),
    Mutation("the overflow is not looked at", "array_never_wraps", "prove_array",
             "	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :\n"
             "		_kvmalloc_node_align_noprof(",
             "	return check_mul_overflow(n, size, &bytes) && 0 ? NULL :\n"
             "		_kvmalloc_node_align_noprof(", file=HEADER),
    Mutation("kvrealloc_array() does not look at the overflow", "array_never_wraps",
             "prove_realloc_array",
             "	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :\n"
             "		kvrealloc_noprof(",
             "	return check_mul_overflow(n, size, &bytes) && 0 ? NULL :\n"
             "		kvrealloc_noprof(", file=HEADER),
    Mutation("a duplicate lacks its last byte", "duplicate_is_equal", "prove_duplicate",
             "		memcpy(p, src, copied);\n", "		memcpy(p, src, copied - 1);\n"),
    Mutation("vmalloc memory goes to kfree()", "one_matching_free", "prove_free_vmalloc",
             "		vfree(addr);\n", "		kfree(addr);\n"),
    Mutation("a tag hides vmalloc memory", "one_matching_free", "prove_free_vmalloc",
             "	unsigned long addr = (unsigned long)kasan_reset_tag(p);\n",
             "	unsigned long addr = (unsigned long)p;\n", "7.3 arm64"),
    Mutation("slab memory is not freed", "freed_once", "prove_free_slab",
             "	if (!backed_by_vmalloc(addr))\n		kfree(addr);\n",
             "	if (!backed_by_vmalloc(addr))\n		;\n"),
    Mutation("kvfree_atomic() sleeps", "atomic_free_never_sleeps", "prove_free_vmalloc",
             "		vfree_atomic(addr);\n", "		vfree(addr);\n"),
    Mutation("__free(kvfree) frees errors", "one_matching_free", "prove_free_at_end_of_scope",
             "DEFINE_FREE(kvfree, void *, IS_ERR_OR_NULL(_T) ? (void)0 : kvfree(_T))",
             "DEFINE_FREE(kvfree, void *, IS_ERR_OR_NULL(_T) ? kvfree((void *)4096) : kvfree(_T))",
             file=HEADER),
    Mutation("one byte is not cleared", "cleared_before_free", "prove_free_sensitive_slab",
             "	memzero_explicit((void *)addr, len);\n",
             "	memzero_explicit((void *)addr, len ? len - 1 : 0);\n"),
    Mutation("size 0 does not free", "realloc_to_zero_frees", IN_PLACE,
             "	if (!size) {\n		free_replaced(p, flags);\n", "	if (!size) {\n"),
    Mutation("a failure frees the old memory", "failure_keeps_old_memory", MOVES,
             "			     KVMALLOC_BACKING_STAYS);\n		return NULL;\n",
             "			     KVMALLOC_BACKING_STAYS);\n		free_replaced(p, flags);\n"
             "		return NULL;\n"),
    Mutation("a move leaks the old memory", "moved_frees_once", TO_VMALLOC,
             "	kasan_enable_current();\n	kfree(p);\n", "	kasan_enable_current();\n"),
    Mutation("a move keeps half of the contents", "contents_kept", MOVES,
             "	memcpy(n, p, min(size, old_size));\n", "	memcpy(n, p, min(size, old_size) / 2);\n"),
    Mutation("growing in place does not clear", "realloc_zeroed", IN_PLACE,
             "		if (n && size > old_size && want_init_on_alloc(flags))\n", "		if (0)\n"),
    Mutation("padding is not cleared", "padding_zeroed", SLAB,
             "		if (n && slab_size > size && want_init_on_alloc(flags))\n", "		if (0)\n"),
    Mutation("a shrinking move copies all of the old size", "copy_in_bounds", MOVES,
             "	memcpy(n, p, min(size, old_size));\n", "	memcpy(n, p, old_size);\n"),
    Mutation("a growing move copies all of the new size", "copy_in_bounds", MOVES,
             "	memcpy(n, p, min(size, old_size));\n", "	memcpy(n, p, size);\n"),
    Mutation("a move out of slab copies all of ksize()", "copy_in_bounds", TO_VMALLOC,
             "min(size, ksize(p))", "ksize(p)"),
    Mutation("a move out of slab copies all of the new size", "copy_in_bounds", TO_VMALLOC,
             "min(size, ksize(p))", "size"),
    Mutation("slab's redzone is read with KASAN on", "copy_in_bounds", TO_VMALLOC,
             "	kasan_disable_current();\n", "	kasan_enable_current();\n"),
    Mutation("clearing starts at the new size", "clear_in_bounds", IN_PLACE,
             "			memset(n + old_size, 0, size - old_size);\n",
             "			memset(n + size, 0, size - old_size);\n"),
    Mutation("KASAN stays disabled", "kasan_balanced", TO_VMALLOC,
             "	kasan_enable_current();\n", ""),
    Mutation("an area is taken for a slab object", "right_allocator", IN_PLACE,
             "	if (backed_by_vmalloc(p))\n		n = realloc_vmalloc(",
             "	if (0)\n		n = realloc_vmalloc("),
    Mutation("replaced memory is freed with kvfree()", "nonblocking_never_sleeps", IN_PLACE,
             "	if (gfpflags_allow_blocking(flags))\n		kvfree(p);\n",
             "	if (1)\n		kvfree(p);\n"),
    Mutation("vmalloc memory moves to slab", "vmalloc_stays_vmalloc", MOVES,
             "	n = vmalloc_fallback(size, align, flags, nid, caller,\n"
             "			     KVMALLOC_BACKING_STAYS);\n",
             "	n = kvmalloc_slow(PASS_KMALLOC_PARAMS(size, NULL, __kmalloc_token(size)), align,"
             " flags, nid, caller);\n"),
    Mutation("an area with room is copied", "resize_in_place", IN_PLACE,
             "	if (right_place && size <= (size_t)area->nr_pages << PAGE_SHIFT) {\n",
             "	if (right_place && size <= old_size) {\n"),
    Mutation("an area in the wrong place is resized", "resize_only_in_place", MOVES,
             "	if (right_place && size <= (size_t)area->nr_pages << PAGE_SHIFT) {\n",
             "	if (size <= (size_t)area->nr_pages << PAGE_SHIFT) {\n"),
    Mutation("pages are given back in atomic", "resize_flags", IN_PLACE,
             "			flags &= ~(__GFP_IO | __GFP_FS);\n", "			;\n"),
    Mutation("what is no area is moved", "not_an_allocation_refused", IN_PLACE,
             "	if (WARN_ONCE(!area, \"kvrealloc of %p: not an allocation\\n\", p))\n"
             "		return NULL;\n",
             "	if (!area)\n		return NULL;\n"),
    Mutation("what is no area is looked into", "no_undefined_behaviour", IN_PLACE,
             "	if (WARN_ONCE(!area, \"kvrealloc of %p: not an allocation\\n\", p))\n"
             "		return NULL;\n", ""),
    Mutation("a served request is not counted", "counts_are_exact", REQUEST,
             "		kvmalloc_count_served(p, size);\n	return p;\n", "		;\n	return p;\n",
             "7.3 hooks"),
    Mutation("a failure is not counted", "counts_are_exact", REQUEST,
             "		kvmalloc_count_failed(size);\n", "		;\n", "7.3 hooks"),
    Mutation("kvfree() is not counted", "counts_are_exact", "prove_free_vmalloc",
             "	kvmalloc_note_free(addr);\n	free_either(", "	free_either(", "7.3 hooks"),
    Mutation("what moved is not counted", "counts_are_exact", TO_VMALLOC,
             "		kvmalloc_count_served(n, size);\n	else if", "		;\n	else if",
             "7.3 hooks"),
    Mutation("a failed realloc forgets what was counted", "failure_keeps_old_memory", IN_PLACE,
             "		kvmalloc_count_live(resize->p, resize->live);\n", "		;\n",
             "7.3 hooks"),
    Mutation("a move keeps all but the last byte", "contents_kept", "prove_realloc_bytes",
             "	memcpy(n, p, min(size, old_size));\n",
             "	memcpy(n, p, min(size, old_size) - 1);\n", "6.12 small"),
    Mutation("growing in place leaves a byte", "realloc_zeroed", "prove_realloc_bytes",
             "			memset(n + old_size, 0, size - old_size);\n",
             "			memset(n + old_size + 1, 0, size - old_size - 1);\n", "6.12 small"),
    Mutation("a move writes past the new memory", "no_undefined_behaviour", "prove_realloc_bytes",
             "	memcpy(n, p, min(size, old_size));\n", "	memcpy(n, p, old_size);\n",
             "7.3 small"),
    Mutation("a string's copy is not terminated", "duplicate_is_equal", "prove_string_bytes",
             "		p[len] = '\\0';\n", "		;\n", "7.3 small"),
]
