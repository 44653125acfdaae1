# SPDX-License-Identifier: GPL-2.0
"""Mutations: changes that break the code, each with the property that has to fail.

"old" must occur in the file exactly once.  "function" is the proof to run, in "config".
"""

from dataclasses import dataclass

UTIL = "mm/util.c"
SHARED = "mm/util.h"
HEADER = "include/linux/kvmalloc.h"

REQUEST = "prove_allocation"
SLAB = "prove_realloc_slab"
TO_VMALLOC = "prove_realloc_slab_to_vmalloc"
IN_PLACE = "prove_realloc_vmalloc_in_place"
REMAPPED = "prove_realloc_vmalloc_remapped"
COPIED = "prove_realloc_vmalloc_copied"
USERMAP = "prove_realloc_vmalloc_usermap"
TO_ZERO = "prove_realloc_vmalloc_to_zero"
GROWABLE = "prove_growable"

V7_3 = "7.3 tokens buckets"
RT = "7.3 arm64 RT"
NOMMU = "7.3 nommu"

# Text of mm/util.c that several mutations change.
FALLBACK_IF = "	if (!p && (!slab_failed || size > PAGE_SIZE))\n"
FAILURE = "	if (!p)\n		note_failure(size, align, flags, node, caller, why);\n"
TRY_HUGE = "		p = vmalloc_try_huge(size, align, flags, node, (void *)caller);\n"
SINGLE = ("		p = __vmalloc_node_range_noprof(size, align, VMALLOC_START,\n"
          "						VMALLOC_END, flags, PAGE_KERNEL,\n"
          "						0, node, (void *)caller);\n")
IF_NONBLOCK = ("	if (!gfpflags_allow_blocking(flags) &&\n"
               "	    !IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK))\n")
IF_HUGE = "	if (!IS_ENABLED(CONFIG_MMU) || gfpflags_allow_blocking(flags))\n"
FALLBACK_CONTEXT = "	if (!kvmalloc_may_vmalloc(flags))\n		return NULL;\n\n" + IF_HUGE
GROWING_CONTEXT = ("	if (!kvmalloc_may_vmalloc(flags))\n"
                   "		return NULL;\n\n	p = vmalloc_with_room(")
ANY_CONTEXT = "	if (!IS_ENABLED(CONFIG_MMU))\n		return true;\n"
SLEEPS = ("		return !WARN_ONCE(kvmalloc_may_not_sleep(),\n"
          "				  \"kvmalloc: flags that may sleep in a context that may not\\n\");\n")
NONBLOCKING_CONTEXT = "	return !in_interrupt() && !irqs_disabled();\n"
NONBLOCKING_RT = "		return in_task() && preemptible();\n"
ATOMIC = ("	return IS_ENABLED(CONFIG_PREEMPT_COUNT) ? !preemptible() :\n"
          "						  irqs_disabled();\n")
ROOM_CALL = "	p = vmalloc_with_room(size, max, align, flags, VM_ALLOW_HUGE_VMAP, node,"
LEAVES_IF_MMU = "	if (why == KVMALLOC_SLAB_FAILED && grows && IS_ENABLED(CONFIG_MMU) &&\n"
LEAVES_IF_FLAGS = ("	    gfpflags_allow_blocking(flags) && !(flags & __GFP_RETRY_MAYFAIL))\n"
                   "		why = KVMALLOC_GROWING;\n")
ROOM_IF = "		if (grows && gfpflags_allow_blocking(flags))\n"
IF_NOT_SLAB = "	if (usable && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE)) {\n"
SLAB_FAILURE = "	if (!n) {\n		note_failure(size, align, flags, nid, caller, why);\n"
COPY_OBJECT = "min(size, slab_contents_size(p))"
RESIZE_CALL = "	n = vmalloc_resize(p, size, align, flags, VM_ALLOW_HUGE_VMAP, nid,\n"
COPY_AREA = "				memcpy(n, p, min(size, old_size));\n"
FREE_AREA = "				kvmalloc_free_replaced(p, flags);\n"
FREE_ASLEEP = ("	if (gfpflags_allow_blocking(flags) &&\n"
               "	    (!backed_by_vmalloc(p) || kvmalloc_context_allows(flags)))\n")
IF_USERMAP = "		if (area->flags & VM_USERMAP) {\n"
COPY_CALL = ("			n = vmalloc_fallback(size, align, flags, nid, caller,\n"
             "					     KVMALLOC_BACKING_STAYS);\n")
RESIZE_FAILURE = ("	if (!n)\n		note_failure(size, align, flags, nid, caller,\n"
                  "			     KVMALLOC_BACKING_STAYS);\n")
REALLOC_LIMIT = "	if ((!backed_by_vmalloc(p) && too_large(size, flags)) ||\n"
GROWABLE_LIMITS = "	if (too_large(max, flags) || max < size || bad_alignment(align) ||\n"
GROWABLE_IN_SLAB = "	if (max <= PAGE_SIZE && align <= PAGE_SIZE)\n"
GROWABLE_SLAB = "		return kvmalloc_for(PASS_KMALLOC_PARAMS(max, NULL,\n"
GROWABLE_IF = "	if (gfpflags_allow_blocking(flags))\n		p = vmalloc_growing("
PRODUCT = ("	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :\n"
           "		_kvmalloc_node_align_noprof(")


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
    # Sizes and alignments.
    Mutation("size 0 returns NULL", "zero_size", REQUEST,
             "	size_t slab_size;\n	void *p = NULL;\n\n	if (!size)\n		return ZERO_SIZE_PTR;\n",
             "	size_t slab_size;\n	void *p = NULL;\n\n	if (!size)\n		return NULL;\n"),
    Mutation("size 0 of growable memory returns NULL", "zero_size", GROWABLE,
             "		return ZERO_SIZE_PTR;\n	if (too_large(",
             "		return NULL;\n	if (too_large("),
    Mutation("small requests fall back", "small_never_vmalloc", REQUEST,
             FALLBACK_IF, "	if (!p)\n"),
    Mutation("vmalloc serves after slab did", "slab_first", REQUEST,
             FALLBACK_IF, "	if (!slab_failed || size > PAGE_SIZE)\n"),
    Mutation("the fallback needs a size above KMALLOC_MAX_SIZE", "null_is_the_last_resort",
             REQUEST, FALLBACK_IF, "	if (!p && !slab_failed)\n"),
    Mutation("slab is called again", "slab_once", REQUEST, FALLBACK_IF,
             "	if (!p && slab_failed && size > PAGE_SIZE)\n"
             "		p = __kmalloc_node_track_caller_noprof(PASS_KMALLOC_PARAMS(slab_size, b,"
             " token), slab_attempt_flags(flags, size), node, caller);\n" + FALLBACK_IF),
    Mutation("the out-of-line path repeats the slab attempt", "slab_once", REQUEST,
             "			     node, _RET_IP_, true);\n", "			     node, _RET_IP_, false);\n"),
    Mutation("realloc calls slab again", "slab_once", TO_VMALLOC,
             IF_NOT_SLAB, "	if (slab_size && size > PAGE_SIZE)\n"
             "		n = krealloc_node_align_noprof(p, PASS_TOKEN_PARAMS(slab_size, token),"
             " align, slab_attempt_flags(flags, size), nid);\n"
             + IF_NOT_SLAB.replace("usable", "!n")),
    Mutation("vmalloc is called again", "vmalloc_once", REQUEST, FAILURE,
             "	if (!p && size > PAGE_SIZE)\n"
             "		p = vmalloc_fallback(size, align, flags, node, caller, why);\n" + FAILURE),
    Mutation("slab is skipped above a page", "slab_not_skipped", REQUEST,
             "	if (size > KMALLOC_MAX_SIZE || align > class)\n",
             "	if (size > PAGE_SIZE || align > class)\n"),
    Mutation("the padded size may exceed its power of two", "align_beyond_size", REQUEST,
             "	if (size > KMALLOC_MAX_SIZE || align > class)\n",
             "	if (size > KMALLOC_MAX_SIZE || align > 2 * class)\n"),
    Mutation("every alignment pads the size", "slab_padded", REQUEST,
             "	if (align <= ARCH_KMALLOC_MINALIGN)\n		return size;\n",
             "	if (align <= 1)\n		return size;\n	align = ALIGN(align, 64);\n"),
    Mutation("padding doubles the size", "slab_can_serve", REQUEST,
             "	return ALIGN(size, align);\n", "	return 2 * ALIGN(size, align);\n"),
    Mutation("sizes are not padded", "aligned", REQUEST,
             "	return ALIGN(size, align);\n", "	return size;\n"),
    Mutation("no size is too large", "too_large_refused", REQUEST,
             "	if (likely(size <= INT_MAX))\n", "	if (1)\n"),
    Mutation("no size of slab memory is too large", "too_large_refused", TO_VMALLOC,
             REALLOC_LIMIT, "	if (0 ||\n"),
    Mutation("NOWARN does not prevent the warning", "too_large_warns_once", REQUEST,
             "	WARN_ONCE(!(flags & __GFP_NOWARN),\n", "	WARN_ONCE(1,\n"),
    Mutation("only alignment 0 is bad", "bad_align_refused", REQUEST,
             "	return WARN_ONCE(!is_power_of_2(align),\n", "	return WARN_ONCE(!align,\n"),
    Mutation("an alignment above a page warns", "no_other_warning", REQUEST,
             "	return WARN_ONCE(!is_power_of_2(align),\n",
             "	return WARN_ONCE(!is_power_of_2(align) || align > PAGE_SIZE,\n"),
    # Flags, nodes, callers.
    Mutation("flags are adjusted from half a page on", "small_flags_unchanged", REQUEST,
             "	return size <= PAGE_SIZE ? flags : gently(flags);\n",
             "	return size <= PAGE_SIZE / 2 ? flags : gently(flags);\n"),
    Mutation("the out-of-line path adjusts flags of small requests", "small_flags_unchanged",
             REQUEST, "unlikely(size - PAGE_SIZE - 1 >= KMALLOC_MAX_SIZE - PAGE_SIZE)",
             "unlikely(size > KMALLOC_MAX_SIZE)"),
    Mutation("slab reclaims", "slab_never_reclaims", REQUEST,
             "		flags &= ~__GFP_DIRECT_RECLAIM;\n", "		;\n", file=SHARED),
    Mutation("realloc's slab attempt has the caller's flags", "slab_never_reclaims", SLAB,
             "align, slab_flags, nid);", "align, flags, nid);"),
    Mutation("the out-of-line path's slab attempt has the caller's flags", "slab_never_reclaims",
             REQUEST, "					       gently(flags), node, _RET_IP_);\n",
             "					       flags, node, _RET_IP_);\n"),
    Mutation("slab gets NOFAIL", "slab_never_nofail", REQUEST,
             "(flags | __GFP_NOWARN) & ~__GFP_NOFAIL;", "(flags | __GFP_NOWARN);", file=SHARED),
    Mutation("slab warns", "slab_never_warns", REQUEST,
             "(flags | __GFP_NOWARN) & ~__GFP_NOFAIL;", "flags & ~__GFP_NOFAIL;", file=SHARED),
    Mutation("RETRY_MAYFAIL does not reclaim", "slab_flags_else_unchanged", REQUEST,
             "	if (likely(!(flags & __GFP_RETRY_MAYFAIL)) || kvmalloc_may_not_sleep())\n",
             "	if (1)\n", file=SHARED),
    Mutation("RETRY_MAYFAIL reclaims in every context", "slab_never_reclaims", REQUEST,
             "	if (likely(!(flags & __GFP_RETRY_MAYFAIL)) || kvmalloc_may_not_sleep())\n",
             "	if (!(flags & __GFP_RETRY_MAYFAIL))\n", file=SHARED),
    Mutation("vmalloc gets NOFAIL with flags that may not sleep", "fallback_flags", REQUEST,
             "		flags &= ~__GFP_NOFAIL;\n	return flags;\n", "		;\n	return flags;\n", V7_3,
             SHARED),
    Mutation("slab chooses the node", "slab_node", REQUEST,
             "slab_flags, node, caller);\n	}\n", "slab_flags, NUMA_NO_NODE, caller);\n	}\n"),
    Mutation("buckets are dropped", "buckets_kept", REQUEST,
             "PASS_KMALLOC_PARAMS(slab_size, b, token)",
             "PASS_KMALLOC_PARAMS(slab_size, NULL, token)", V7_3),
    Mutation("the token is dropped", "token_kept", REQUEST,
             "PASS_KMALLOC_PARAMS(slab_size, b, token)",
             "PASS_KMALLOC_PARAMS(slab_size, b, ((kmalloc_token_t){ 0 }))", V7_3),
    Mutation("vmalloc gets a function of the policy as the caller", "caller_named", REQUEST,
             TRY_HUGE, TRY_HUGE.replace("(void *)caller", "(void *)backed_by_vmalloc")),
    Mutation("vmalloc gets slab's flags", "fallback_flags", REQUEST,
             TRY_HUGE, TRY_HUGE.replace("flags", "gently(flags)")),
    Mutation("NORETRY does not reach vmalloc", "fallback_flags", REQUEST,
             "__GFP_NOFAIL | __GFP_NORETRY |	\\\n", "__GFP_NOFAIL |	\\\n", file=SHARED),
    Mutation("the fallback passes on all flags", "unsupported_flags_dropped", REQUEST,
             "	flags = vmalloc_flags(flags);\n" + FALLBACK_CONTEXT, FALLBACK_CONTEXT),
    Mutation("memory with room gets all flags", "unsupported_flags_dropped", GROWABLE,
             "	flags = vmalloc_flags(flags);\n" + GROWING_CONTEXT, GROWING_CONTEXT),
    Mutation("a resized area gets all flags", "unsupported_flags_dropped", IN_PLACE,
             "	flags = vmalloc_flags(flags);\n	n = vmalloc_resize(", "	n = vmalloc_resize("),
    Mutation("vmalloc does not get the alignment", "fallback_request", REQUEST,
             TRY_HUGE, TRY_HUGE.replace("align", "1")),
    Mutation("vmalloc searches half of its range", "fallback_is_plain", REQUEST, SINGLE,
             SINGLE.replace("VMALLOC_END", "VMALLOC_END - PAGE_SIZE"), V7_3),
    Mutation("vmalloc gets flags that it does not take", "fallback_only_if_possible", REQUEST,
             IF_NONBLOCK, "	if (0)\n"),
    Mutation("vrealloc() serves flags that vmalloc does not take", "fallback_only_if_possible",
             USERMAP, IF_NONBLOCK, "	if (0)\n"),
    Mutation("fuzzed requests go to slab", "fuzzed_skips_slab", REQUEST,
             "		return KVMALLOC_FUZZED;\n", "		return KVMALLOC_SLAB_FAILED;\n",
             "7.3 hooks"),
    Mutation("requests that may not sleep get huge pages", "huge_if_blocking", REQUEST,
             IF_HUGE, "	if (1)\n", V7_3),
    Mutation("huge pages and room reclaim with RETRY_MAYFAIL", "spare_never_reclaims",
             "prove_opportunistic",
             "~(__GFP_DIRECT_RECLAIM | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL);",
             "~(__GFP_NOFAIL | (flags & __GFP_RETRY_MAYFAIL ? 0 : __GFP_DIRECT_RECLAIM));",
             file=SHARED),
    Mutation("huge pages and room use the reserves", "spare_never_reclaims",
             "prove_opportunistic", "(flags | __GFP_NOWARN | __GFP_NOMEMALLOC)",
             "(flags | __GFP_NOWARN)", file=SHARED),
    Mutation("without an MMU the fallback has the flags of slab attempts", "nommu_is_kmalloc",
             REQUEST, "	return __vmalloc_noprof(ALIGN(size, align), flags);\n",
             "	return __vmalloc_noprof(ALIGN(size, align), gently(flags));\n", NOMMU, SHARED),
    Mutation("without an MMU the fallback is not aligned", "aligned", REQUEST,
             "	return __vmalloc_noprof(ALIGN(size, align), flags);\n",
             "	return __vmalloc_noprof(size, flags);\n", NOMMU, SHARED),
    Mutation("without an MMU growable memory has the size, not the limit", "nommu_is_kmalloc",
             GROWABLE, "ALIGN(max ?: size, align)", "ALIGN(size, align)", NOMMU, SHARED),
    Mutation("without an MMU the fallback checks the context", "nommu_any_context", REQUEST,
             ANY_CONTEXT, "", NOMMU),
    Mutation("without an MMU growing memory checks the context", "nommu_any_context", TO_VMALLOC,
             ANY_CONTEXT, "", NOMMU),
    Mutation("without an MMU growable memory checks the context", "growable_reserves", GROWABLE,
             ANY_CONTEXT, "", NOMMU),
    # Contexts.
    Mutation("the fallback ignores the context", "vmalloc_context", REQUEST,
             FALLBACK_CONTEXT, IF_HUGE),
    Mutation("kvmalloc_room() takes vmalloc's locks in softirqs", "vmalloc_context", "prove_room",
             "	return kvmalloc_context_allows(0) ? vmalloc_room(p) : 0;\n",
             "	return !in_hardirq() && !in_nmi() ? vmalloc_room(p) : 0;\n"),
    Mutation("small requests are refused in interrupts", "context_small", REQUEST,
             "	if (likely(size <= PAGE_SIZE && align <= ARCH_KMALLOC_MINALIGN) &&\n",
             "	if (!kvmalloc_context_allows(flags))\n		return NULL;\n"
             "	if (likely(size <= PAGE_SIZE && align <= ARCH_KMALLOC_MINALIGN) &&\n"),
    Mutation("softirqs may sleep", "context_sleeping", REQUEST,
             "	if (in_interrupt())\n		return true;\n",
             "	if (in_hardirq() || in_nmi())\n		return true;\n"),
    Mutation("code with interrupts off may sleep", "context_sleeping", REQUEST,
             ATOMIC, "	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && in_atomic();\n"),
    Mutation("code with preemption off may sleep", "context_sleeping", REQUEST,
             ATOMIC, "	return irqs_disabled();\n"),
    Mutation("nothing may sleep at boot", "context_boot", REQUEST,
             "	if (system_state == SYSTEM_BOOTING || system_state > SYSTEM_RUNNING)\n",
             "	if (0)\n"),
    Mutation("realloc in an interrupt reserves room", "context_sleeping", TO_VMALLOC,
             GROWING_CONTEXT, "	p = vmalloc_with_room("),
    Mutation("a wrong context does not warn", "context_warns_once", REQUEST,
             SLEEPS, "		return !kvmalloc_may_not_sleep();\n"),
    Mutation("a request that slab can serve warns in a wrong context", "context_warns_once",
             REQUEST, "	if (!slab_failed && why == KVMALLOC_SLAB_FAILED) {\n",
             "	kvmalloc_context_allows(flags);\n"
             "	if (!slab_failed && why == KVMALLOC_SLAB_FAILED) {\n"),
    Mutation("interrupts enter vmalloc", "context_nonblocking", REQUEST, NONBLOCKING_CONTEXT,
             "	return true;\n", V7_3),
    Mutation("6.12 falls back without sleeping", "context_nonblocking_6_12", REQUEST,
             IF_NONBLOCK, "	if (0)\n"),
    Mutation("tasks that disabled softirqs enter vmalloc", "context_nonblocking", REQUEST,
             NONBLOCKING_CONTEXT, "	return in_task() && !irqs_disabled();\n", V7_3),
    Mutation("tasks that disabled interrupts enter vmalloc", "context_nonblocking", REQUEST,
             NONBLOCKING_CONTEXT, "	return !in_interrupt();\n", V7_3),
    Mutation("only preemptible tasks enter vmalloc", "context_nonblocking_7_x", REQUEST,
             NONBLOCKING_CONTEXT, "	return in_task() && preemptible();\n", V7_3),
    Mutation("with PREEMPT_RT vmalloc is entered with a raw spinlock held",
             "context_nonblocking_rt", REQUEST, NONBLOCKING_RT, "		return in_task();\n", RT),
    Mutation("areas are resized with interrupts off", "context_resize_sleeping", IN_PLACE,
             ATOMIC, "	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && in_atomic();\n"),
    Mutation("interrupts resize areas", "context_resize_nonblocking", IN_PLACE,
             NONBLOCKING_CONTEXT, "	return true;\n", V7_3),
    Mutation("areas are resized with softirqs disabled", "context_resize_nonblocking", IN_PLACE,
             NONBLOCKING_CONTEXT, "	return in_task() && !irqs_disabled();\n"),
    Mutation("areas that fit are not resized under a spinlock", "context_resize_fits", IN_PLACE,
             NONBLOCKING_CONTEXT, "	return in_task() && preemptible();\n"),
    Mutation("6.12 copies areas without sleeping", "context_resize_unfit_6_12", COPIED,
             IF_NONBLOCK, "	if (0)\n"),
    Mutation("6.12 copies memory that user space may map without sleeping",
             "context_resize_unfit_6_12", USERMAP, IF_NONBLOCK, "	if (0)\n"),
    Mutation("7.x does not copy areas without sleeping", "context_resize_unfit_7_x", COPIED,
             COPY_CALL, COPY_CALL.replace("n = ", "n = !gfpflags_allow_blocking(flags) ? NULL : "),
             V7_3),
    Mutation("7.x does not copy memory that user space may map without sleeping",
             "context_resize_unfit_7_x", USERMAP, IF_USERMAP,
             IF_USERMAP.replace("(area", "(gfpflags_allow_blocking(flags) && area"), V7_3),
    Mutation("size 0 frees at once whatever the context", "context_zero_sleeping", TO_ZERO,
             FREE_ASLEEP, "	if (gfpflags_allow_blocking(flags))\n"),
    Mutation("size 0 does not warn in a wrong context", "context_zero_sleeping", TO_ZERO,
             FREE_ASLEEP, FREE_ASLEEP.replace("kvmalloc_context_allows(flags)",
                                              "!kvmalloc_may_not_sleep()")),
    Mutation("size 0 always leaves vmalloc memory to a worker", "context_zero_sleeping", TO_ZERO,
             FREE_ASLEEP, "	if (0)\n"),
    Mutation("size 0 sleeps with flags that may not", "context_zero_nonblocking", TO_ZERO,
             FREE_ASLEEP, FREE_ASLEEP.replace("gfpflags_allow_blocking(flags) &&\n", "1 &&\n")),
    Mutation("size 0 of slab memory checks the context", "context_zero_slab", SLAB,
             FREE_ASLEEP, FREE_ASLEEP.replace("!backed_by_vmalloc(p) || ", "")),
    Mutation("size 0 without memory checks the context", "context_zero_slab",
             "prove_realloc_nothing",
             FREE_ASLEEP, FREE_ASLEEP.replace("!backed_by_vmalloc(p) || ", "")),
    Mutation("growable memory ignores the context", "context_growable_sleeping", GROWABLE,
             GROWING_CONTEXT, "	p = vmalloc_with_room("),
    Mutation("growable memory is allocated without sleeping", "context_growable_nonblocking",
             GROWABLE, GROWABLE_IF, GROWABLE_IF.replace("gfpflags_allow_blocking(flags)", "1"),
             V7_3),
    Mutation("kvmalloc_room() takes vmalloc's locks in interrupts", "context_room", "prove_room",
             "	return kvmalloc_context_allows(0) ? vmalloc_room(p) : 0;\n",
             "	return vmalloc_room(p);\n"),
    Mutation("kvfree() always leaves vmalloc memory to a worker", "context_free",
             "prove_free_vmalloc", "		vfree(addr);\n", "		vfree_atomic(addr);\n"),
    Mutation("kvfree_atomic() sleeps", "context_free_atomic", "prove_free_vmalloc",
             "		vfree_atomic(addr);\n", "		vfree(addr);\n"),
    Mutation("vmalloc memory is freed in an NMI", "context_free_nmi", "prove_free_vmalloc",
             "WARN_ONCE(in_nmi(), \"kvmalloc: vmalloc", "WARN_ONCE(0, \"kvmalloc: vmalloc"),
    Mutation("vmalloc memory is not freed in interrupts", "freed_once", "prove_free_vmalloc",
             "WARN_ONCE(in_nmi(), \"kvmalloc: vmalloc",
             "WARN_ONCE(in_interrupt(), \"kvmalloc: vmalloc"),
    # The memory.
    Mutation("vmalloc gets a byte less", "large_enough", REQUEST,
             TRY_HUGE, TRY_HUGE.replace("size", "size - 1")),
    Mutation("vmalloc does not clear", "zeroed", REQUEST,
             TRY_HUGE, TRY_HUGE.replace("flags", "flags & ~__GFP_ZERO")),
    Mutation("single pages are not cleared", "zeroed", REQUEST, SINGLE,
             SINGLE.replace("flags", "flags & ~__GFP_ZERO"), V7_3),
    Mutation("memory above KMALLOC_MAX_SIZE is not returned", "nothing_leaked", REQUEST, FAILURE,
             "	if (p && size > KMALLOC_MAX_SIZE)\n		p = NULL;\n" + FAILURE),
    Mutation("an array has n * n bytes", "array_is_multiplied", "prove_array",
             PRODUCT, PRODUCT.replace("(n, size,", "(n, n,"), file=HEADER),
    Mutation("kvmalloc_array() ignores the overflow", "array_never_wraps", "prove_array", PRODUCT,
             PRODUCT.replace("unlikely(check_mul_overflow(n, size, &bytes))",
                             "check_mul_overflow(n, size, &bytes) && 0"), file=HEADER),
    Mutation("kvrealloc_array() ignores the overflow", "array_never_wraps", "prove_realloc_array",
             "	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :\n"
             "		kvrealloc_noprof(",
             "	return check_mul_overflow(n, size, &bytes) && 0 ? NULL :\n"
             "		kvrealloc_noprof(", file=HEADER),
    Mutation("a duplicate lacks its last byte", "duplicate_is_equal", "prove_duplicate",
             "		memcpy(p, src, copied);\n", "		memcpy(p, src, copied - 1);\n"),
    # Freeing.
    Mutation("kfree() frees vmalloc memory", "one_matching_free", "prove_free_vmalloc",
             "		vfree(addr);\n", "		kfree(addr);\n"),
    Mutation("a tag hides vmalloc memory", "one_matching_free", "prove_free_vmalloc",
             "	unsigned long addr = (unsigned long)kasan_reset_tag(p);\n",
             "	unsigned long addr = (unsigned long)p;\n", RT),
    Mutation("slab memory is not freed", "freed_once", "prove_free_slab",
             "	if (!backed_by_vmalloc(addr))\n		kfree(addr);\n",
             "	if (!backed_by_vmalloc(addr))\n		;\n"),
    Mutation("__free(kvfree) frees errors", "one_matching_free", "prove_free_at_end_of_scope",
             "DEFINE_FREE(kvfree, void *, IS_ERR_OR_NULL(_T) ? (void)0 : kvfree(_T))",
             "DEFINE_FREE(kvfree, void *, IS_ERR_OR_NULL(_T) ? kvfree((void *)4096) : kvfree(_T))",
             file=HEADER),
    Mutation("kvfree_sensitive() leaves one byte", "cleared_before_free",
             "prove_free_sensitive_slab", "	memzero_explicit((void *)addr, len);\n",
             "	memzero_explicit((void *)addr, len ? len - 1 : 0);\n"),
    # Reallocating.
    Mutation("size 0 does not free", "realloc_to_zero_frees", TO_ZERO,
             "	if (!size) {\n		kvmalloc_free_replaced(p, flags);\n", "	if (!size) {\n"),
    Mutation("a failed copy frees the old memory", "failure_keeps_old_memory", COPIED,
             FREE_AREA + "			}\n",
             "			}\n			kvmalloc_free_replaced(p, flags);\n"),
    Mutation("a failed move frees the old memory", "failure_keeps_old_memory", TO_VMALLOC,
             SLAB_FAILURE, SLAB_FAILURE.replace("{\n", "{\n		kfree(p);\n")),
    Mutation("a failed realloc loses the live bytes", "failure_keeps_old_memory", IN_PLACE,
             "		kvmalloc_count_live(resize->p, resize->live);\n", "		;\n", "7.3 hooks"),
    Mutation("a move out of slab leaks the old memory", "moved_frees_once", TO_VMALLOC,
             "	kasan_enable_current();\n	kfree(p);\n", "	kasan_enable_current();\n"),
    Mutation("the copy of an area leaks the old memory", "moved_frees_once", COPIED,
             FREE_AREA, ""),
    Mutation("a copy keeps half of the contents", "contents_kept", COPIED,
             COPY_AREA, "				memcpy(n, p, min(size, old_size) / 2);\n"),
    Mutation("memory with room is not cleared", "realloc_zeroed", TO_VMALLOC,
             ROOM_CALL, ROOM_CALL.replace("flags", "flags & ~__GFP_ZERO")),
    Mutation("a move out of slab copies the redzone although slub records the size",
             "realloc_zeroed", TO_VMALLOC, COPY_OBJECT, "min(size, usable)"),
    Mutation("padding is not cleared", "padding_zeroed", SLAB,
             "		if (n && slab_size > size && want_init_on_alloc(flags))\n", "		if (0)\n"),
    Mutation("a shrinking copy has the old size", "copy_in_bounds", COPIED,
             COPY_AREA, "				memcpy(n, p, old_size);\n"),
    Mutation("a growing copy has the new size", "copy_in_bounds", COPIED,
             COPY_AREA, "				memcpy(n, p, size);\n"),
    Mutation("a move out of slab copies the whole object", "copy_in_bounds", TO_VMALLOC,
             COPY_OBJECT, "slab_contents_size(p)"),
    Mutation("a move out of slab copies the new size", "copy_in_bounds", TO_VMALLOC,
             COPY_OBJECT, "size"),
    Mutation("a redzone is read with KASAN enabled", "copy_in_bounds", TO_VMALLOC,
             "	kasan_disable_current();\n", "	kasan_enable_current();\n"),
    Mutation("the old area is copied after it was freed", "copy_in_bounds", COPIED,
             COPY_AREA + FREE_AREA, FREE_AREA + COPY_AREA),
    Mutation("clearing begins at the padded size", "clear_in_bounds", SLAB,
             "			memset(n + size, 0, slab_size - size);\n",
             "			memset(n + slab_size, 0, slab_size - size);\n"),
    Mutation("KASAN stays disabled", "kasan_balanced", TO_VMALLOC,
             "	kasan_enable_current();\n", ""),
    Mutation("freed slab memory is copied", "freed_memory_refused", TO_VMALLOC,
             IF_NOT_SLAB, IF_NOT_SLAB.replace("usable && ", "")),
    Mutation("an area is taken for a slab object", "right_allocator", IN_PLACE,
             "	if (backed_by_vmalloc(p))\n		n = realloc_vmalloc(",
             "	if (0)\n		n = realloc_vmalloc("),
    Mutation("size 0 frees with kvfree() whatever the flags", "nonblocking_never_sleeps", TO_ZERO,
             FREE_ASLEEP, "	if (1)\n"),
    Mutation("size 0 frees with kvfree() whatever the context", "nonblocking_never_sleeps",
             TO_ZERO, FREE_ASLEEP, "	if (gfpflags_allow_blocking(flags))\n"),
    Mutation("a copy frees the old area with kvfree() whatever the flags",
             "nonblocking_never_sleeps", COPIED, FREE_ASLEEP, "	if (1)\n", V7_3),
    Mutation("vrealloc() frees the old area with kvfree() whatever the flags",
             "nonblocking_never_sleeps", USERMAP, FREE_ASLEEP, "	if (1)\n", V7_3),
    Mutation("a copied area is counted as in place", "resize_counted", COPIED,
             "		*how = KVMALLOC_COPIED;\n", "		;\n", "7.3 hooks"),
    Mutation("a move out of slab is counted as a copy", "resize_counted", TO_VMALLOC,
             "		how = backed_by_vmalloc(n) ? KVMALLOC_MOVED : KVMALLOC_COPIED;\n",
             "		how = KVMALLOC_COPIED;\n", "7.3 hooks"),
    # Slab memory that is resized.
    Mutation("memory that fits is fuzzed", "fitting_stays", SLAB,
             "	if (!fits && kvmalloc_fuzz(size, flags))\n",
             "	if (kvmalloc_fuzz(size, flags))\n", "7.3 hooks"),
    Mutation("memory that fits is padded", "fitting_stays", SLAB,
             "	size_t slab_size = fits ? size : slab_attempt_size(size, align);\n",
             "	size_t slab_size = slab_attempt_size(size, align);\n"),
    Mutation("large memory that fits leaves slab", "fitting_stays", TO_VMALLOC,
             LEAVES_IF_MMU, LEAVES_IF_MMU.replace(" && grows", "")),
    Mutation("growing memory leaves slab from two pages on", "slab_not_skipped", SLAB,
             "size > KVMALLOC_GROWS_IN_SLAB &&", "size > 2 * PAGE_SIZE &&"),
    Mutation("growing memory leaves slab on 32 bits", "slab_not_skipped", SLAB,
             "IS_ENABLED(CONFIG_64BIT) && size >", "size >", "6.12 32-bit buckets"),
    Mutation("growing memory leaves slab without an MMU", "slab_not_skipped", SLAB,
             LEAVES_IF_MMU, LEAVES_IF_MMU.replace(" IS_ENABLED(CONFIG_MMU) &&", ""), NOMMU),
    Mutation("growing memory leaves slab with RETRY_MAYFAIL", "slab_not_skipped", SLAB,
             LEAVES_IF_FLAGS, LEAVES_IF_FLAGS.replace(" && !(flags & __GFP_RETRY_MAYFAIL)", "")),
    Mutation("growing memory leaves slab without sleeping", "slab_not_skipped", SLAB,
             LEAVES_IF_FLAGS, LEAVES_IF_FLAGS.replace("gfpflags_allow_blocking(flags) && ", "")),
    Mutation("growing memory stays in slab", "growing_leaves_slab", TO_VMALLOC,
             "		why = KVMALLOC_GROWING;\n", "		;\n"),
    Mutation("memory that leaves slab has no room", "room_if_growing", TO_VMALLOC,
             ROOM_IF, "		if (0)\n"),
    Mutation("memory that shrinks gets room", "room_only_if_growing", TO_VMALLOC,
             ROOM_IF, "		if (gfpflags_allow_blocking(flags))\n"),
    Mutation("room is reserved without sleeping", "room_only_if_blocking", TO_VMALLOC,
             ROOM_IF, "		if (grows)\n", V7_3),
    Mutation("memory with room has no huge pages", "room_requested_well", TO_VMALLOC,
             ROOM_CALL, ROOM_CALL.replace("VM_ALLOW_HUGE_VMAP", "0")),
    Mutation("where there is no room, plain memory is allocated", "vmalloc_once", TO_VMALLOC,
             SLAB_FAILURE, "	if (!n && size > PAGE_SIZE)\n"
             "		n = vmalloc_fallback(size, align, flags, nid, caller, why);\n"
             + SLAB_FAILURE),
    # Vmalloc memory that is resized.
    Mutation("vmalloc memory moves to slab", "vmalloc_stays_vmalloc", COPIED, COPY_CALL,
             "			n = kvmalloc_slow(PASS_KMALLOC_PARAMS(size, NULL, __kmalloc_token(size)),"
             " align, flags, nid, caller, false);\n"),
    Mutation("vmalloc memory is limited to INT_MAX", "resize_once", IN_PLACE,
             REALLOC_LIMIT, "	if (too_large(size, flags) ||\n"),
    Mutation("resizing drops the alignment", "resize_request", IN_PLACE,
             RESIZE_CALL, RESIZE_CALL.replace("align", "1")),
    Mutation("areas are resized without huge pages", "resize_requested_well", IN_PLACE,
             RESIZE_CALL, RESIZE_CALL.replace("VM_ALLOW_HUGE_VMAP", "0")),
    Mutation("an area that cannot grow is copied", "resize_is_final", IN_PLACE,
             "	if (IS_ERR(n)) {\n", "	if (IS_ERR_OR_NULL(n)) {\n"),
    Mutation("a remapped area is freed once more", "resize_is_final", REMAPPED, RESIZE_FAILURE,
             "	if (n != p)\n		kvmalloc_free_replaced(p, flags);\n" + RESIZE_FAILURE),
    Mutation("an error pointer is returned", "copied_once", COPIED,
             "	if (IS_ERR(n)) {\n", "	if (0) {\n"),
    Mutation("a byte less is copied", "copied_once", COPIED,
             COPY_AREA, "				memcpy(n, p, min(size, old_size) - 1);\n"),
    Mutation("memory that user space may map is copied here", "usermap_stays", USERMAP,
             IF_USERMAP, "		if (0) {\n"),
    # Memory that grows up to a limit.
    Mutation("a limit below the size is no limit", "growable_refused", GROWABLE, GROWABLE_LIMITS,
             "	if (max < size)\n		max = size;\n"
             "	if (too_large(max, flags) || bad_alignment(align) ||\n"),
    Mutation("the limit may be above INT_MAX", "growable_refused", GROWABLE,
             GROWABLE_LIMITS, GROWABLE_LIMITS.replace("too_large(max,", "too_large(size,")),
    Mutation("growable memory takes NOFAIL", "growable_nofail_refused", GROWABLE,
             "	    WARN_ONCE(flags & __GFP_NOFAIL,\n", "	    WARN_ONCE(0,\n"),
    Mutation("up to a page memory has the size, not the limit", "large_enough", GROWABLE,
             GROWABLE_SLAB, GROWABLE_SLAB.replace("max", "size")),
    Mutation("a limit of a page reserves addresses", "growable_in_slab", GROWABLE,
             GROWABLE_IN_SLAB, GROWABLE_IN_SLAB.replace("max <=", "max <")),
    Mutation("slab serves all small sizes of growable memory", "growable_reserves", GROWABLE,
             GROWABLE_IN_SLAB, GROWABLE_IN_SLAB.replace("max <=", "size <=")),
    Mutation("the limit is dropped", "growable_reserves", GROWABLE,
             "		p = vmalloc_growing(size, max, align, flags, node, _RET_IP_,\n",
             "		p = vmalloc_growing(size, 0, align, flags, node, _RET_IP_,\n"),
    Mutation("growable memory that fits is fuzzed", "growable_stays", "prove_growable_grows",
             "	if (!fits && kvmalloc_fuzz(size, flags))\n",
             "	if (kvmalloc_fuzz(size, flags))\n", "7.3 hooks"),
    Mutation("small growable memory has no room", "growable_stays", "prove_growable_grows",
             GROWABLE_SLAB, GROWABLE_SLAB.replace("max", "size")),
    Mutation("kvmalloc_room() returns the contents of a slab object", "room_returned",
             "prove_room",
             "	if (!backed_by_vmalloc(p))\n		return slab_usable_size(p);\n",
             "	if (!backed_by_vmalloc(p))\n		return slab_contents_size(p);\n"),
    Mutation("ZERO_SIZE_PTR has room", "room_returned", "prove_room",
             "	if (ZERO_OR_NULL_PTR(p))\n		return 0;\n",
             "	if (!p)\n		return 0;\n	if (ZERO_OR_NULL_PTR(p))\n		return 16;\n"),
    # Entry points of modules built against the kernel's own headers.
    Mutation("6.12's kvrealloc() requests an alignment", "abi_request", "prove_abi_realloc",
             "	return kvrealloc_node_align_noprof(p, size, 1, flags, NUMA_NO_NODE);\n",
             "	return kvrealloc_node_align_noprof(p, size, PAGE_SIZE, flags, NUMA_NO_NODE);\n"),
    Mutation("6.12's __kvmalloc_node() drops the node", "slab_node", "prove_abi_allocation",
             "	return kvmalloc_for(PASS_BUCKET_PARAMS(size, b), 1, flags, node,\n",
             "	return kvmalloc_for(PASS_BUCKET_PARAMS(size, b), 1, flags, NUMA_NO_NODE,\n"),
    Mutation("7.x's __kvmalloc_node() drops the alignment", "aligned", "prove_abi_allocation",
             "	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, b, token), align, flags,\n"
             "			    node, _RET_IP_);\n}\nEXPORT_SYMBOL(__kvmalloc_node_noprof);\n",
             "	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, b, token), 1, flags,\n"
             "			    node, _RET_IP_);\n}\nEXPORT_SYMBOL(__kvmalloc_node_noprof);\n", V7_3),
    # Statistics.
    Mutation("a served request is not counted", "counts_are_exact", REQUEST,
             "		kvmalloc_count_served(p, size);\n	return p;\n}\n\nstatic",
             "		;\n	return p;\n}\n\nstatic", "7.3 hooks"),
    Mutation("growable memory is not counted", "counts_are_exact", GROWABLE,
             "		kvmalloc_count_served(p, size);\n	return p;\n}\nEXPORT",
             "		;\n	return p;\n}\nEXPORT", "7.3 hooks"),
    Mutation("a failure is not counted", "counts_are_exact", REQUEST,
             "		kvmalloc_count_failed(size);\n", "		;\n", "7.3 hooks"),
    Mutation("a failure to resize slab memory is not counted", "counts_are_exact", TO_VMALLOC,
             SLAB_FAILURE, "	if (!n) {\n", "7.3 hooks"),
    Mutation("a failure to resize freed memory is not counted", "counts_are_exact", TO_VMALLOC,
             SLAB_FAILURE, "	if (!usable)\n		return NULL;\n" + SLAB_FAILURE, "7.3 hooks"),
    Mutation("a failure to resize an area is not counted", "counts_are_exact", IN_PLACE,
             RESIZE_FAILURE, "", "7.3 hooks"),
    Mutation("kvfree() is not counted", "counts_are_exact", "prove_free_vmalloc",
             "	kvmalloc_note_free(addr);\n	free_either(", "	free_either(", "7.3 hooks"),
    Mutation("a move is not counted", "counts_are_exact", TO_VMALLOC,
             "		kvmalloc_count_served(n, size);\n	else if", "		;\n	else if",
             "7.3 hooks"),
    # The bytes themselves.
    Mutation("a copy keeps all but the last byte", "contents_kept", "prove_realloc_bytes",
             COPY_AREA, "				memcpy(n, p, min(size, old_size) - 1);\n", "6.12 small"),
    Mutation("a move out of slab keeps all but the last byte", "contents_kept",
             "prove_realloc_bytes", COPY_OBJECT, COPY_OBJECT + " - 1", "6.12 small"),
    Mutation("a move out of slab copies the redzone", "realloc_zeroed", "prove_realloc_bytes",
             COPY_OBJECT, "min(size, usable)", "6.12 small"),
    Mutation("a copy is not cleared", "realloc_zeroed", "prove_realloc_bytes",
             TRY_HUGE, TRY_HUGE.replace("flags", "flags & ~__GFP_ZERO"), "6.12 small"),
    Mutation("a copy writes past the new memory", "no_undefined_behaviour", "prove_realloc_bytes",
             COPY_AREA, "				memcpy(n, p, old_size);\n", "7.3 small"),
    Mutation("a string's copy is not terminated", "duplicate_is_equal", "prove_string_bytes",
             "		p[len] = '\\0';\n", "		;\n", "7.3 small"),
]
