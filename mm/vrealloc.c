// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc areas that grow and shrink without being copied.
 *
 * Part of mm/vmalloc.c: the graft includes this file where vrealloc() stood, as
 * growing an area takes what is static there, and nobody else's business.
 *
 * An area has a range of addresses (its vmap_area), of which it may have pages
 * mapped at the beginning only: that part is committed, what follows is room.
 * Between calls, for every area that this file may change,
 *
 *	vm->nr_pages	is how many pages are committed,
 *	vm->size	is that in bytes, and a guard page; nothing is mapped in
 *			the range from addr + nr_pages * PAGE_SIZE on,
 *	vm->pages	has a slot for every page that the range could hold, and
 *			NULL in those behind nr_pages.
 *
 * Whoever walks areas sees the committed part only, as if there were no room,
 * and sees neither pages that are not mapped yet nor pages that are going.  Both
 * fields and the end of the range change under the busy lock of the range's
 * vmap_node.  The rest belongs to whoever calls vrealloc(), which callers keep
 * from running twice for the same memory.
 *
 * A buffer that outgrows its range is given one with room for as much again.
 * So whoever grows in small steps is moved once for each doubling, and moving
 * maps pages, it does not copy them.  Room costs no pages: eight bytes for each
 * slot, and addresses, of which a 64-bit machine has plenty.  When it has not,
 * vmalloc asks those who registered with it to give some up, and all room goes
 * that was not promised with kvmalloc_growable().  It does not say which addresses
 * are short, nor, on 6.12, whether only room is wished for; room comes back with
 * the next growth, so to give up too much costs little.
 */

#include <linux/cacheinfo.h>
#include <linux/uaccess.h>

/* mm/vmalloc.c makes its own events only. */
#undef CREATE_TRACE_POINTS
#include "../kv/mm/util.h"

/* Of vmap_area.flags, beside vmalloc's VMAP_RAM and VMAP_BLOCK: */
#define VMAP_GROWABLE		0x4 /* the room was promised: nobody takes it */
#define VMAP_RESIZING		0x8 /* pages come or go in what is not committed */

#define HUGE_PAGES		(1UL << (PMD_SHIFT - PAGE_SHIFT))

/* No buffer reserves more than this part of all addresses as room. */
#define ROOM_SHARE		64

static atomic_long_t nr_rooms_given_up;

/*
 * What differs between kernels: who counts pages, and how page tables learn
 * which reclaim is allowed.
 *
 * Here and below, what has several callers is not inlined into any: next to
 * allocating and mapping pages a call is nothing, but its text would be something.
 */
#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
static noinline unsigned long
alloc_area_pages(struct page **pages, unsigned long nr, unsigned int order,
		 gfp_t gfp, int nid)
{
	unsigned long i, got;

	got = vm_area_alloc_pages(gfp, nid, order, nr, pages);
	atomic_long_add(got, &nr_vmalloc_pages);
	if (gfp & __GFP_ACCOUNT) {
		for (i = 0; i < got; i++)
			mod_memcg_page_state(pages[i], MEMCG_VMALLOC, 1);
	}
	return got;
}

static void free_area_pages(struct vm_struct *vm, unsigned long from,
			    unsigned long to)
{
	unsigned long i;

	for (i = from; i < to; i++) {
		mod_memcg_page_state(vm->pages[i], MEMCG_VMALLOC, -1);
		__free_page(vm->pages[i]);
		vm->pages[i] = NULL;
		cond_resched();
	}
	atomic_long_sub(to - from, &nr_vmalloc_pages);
}

static int try_to_map(unsigned long addr, struct page **pages,
		      unsigned long nr, unsigned int shift, gfp_t gfp)
{
	unsigned int scope = 0;
	int err;

	if (!(gfp & __GFP_IO))
		scope = memalloc_noio_save();
	else if (!(gfp & __GFP_FS))
		scope = memalloc_nofs_save();

	err = vmap_pages_range(addr, addr + (nr << PAGE_SHIFT), PAGE_KERNEL,
			       pages, shift);

	if (!(gfp & __GFP_IO))
		memalloc_noio_restore(scope);
	else if (!(gfp & __GFP_FS))
		memalloc_nofs_restore(scope);
	return err;
}

#define for_each_vmap_node(vn)						\
	for ((vn) = &vmap_nodes[0];					\
	     (vn) < &vmap_nodes[nr_vmap_nodes]; (vn)++)
#else
static noinline unsigned long
alloc_area_pages(struct page **pages, unsigned long nr, unsigned int order,
		 gfp_t gfp, int nid)
{
	return vm_area_alloc_pages(gfp, nid, order, nr, pages);
}

static void free_area_pages(struct vm_struct *vm, unsigned long from,
			    unsigned long to)
{
	vm_area_free_pages(vm, from, to);
}

static int try_to_map(unsigned long addr, struct page **pages,
		      unsigned long nr, unsigned int shift, gfp_t gfp)
{
	unsigned int scope = memalloc_apply_gfp_scope(gfp);
	int err;

	err = __vmap_pages_range(addr, addr + (nr << PAGE_SHIFT), PAGE_KERNEL,
				 pages, shift, gfp & GFP_RECLAIM_MASK);
	memalloc_restore_scope(scope);
	return err;
}
#endif

/*
 * Ranges.
 */

/* How many pages fit into @va; the last page of the range is the guard. */
static unsigned long range_pages(struct vmap_area *va)
{
	return (va_size(va) >> PAGE_SHIFT) - 1;
}

/*
 * Make the first @nr pages of the range ours to map, or say that there are not
 * so many.  From then on nobody gives up any as room.
 */
static bool claim_pages(struct vmap_area *va, unsigned long nr)
{
	struct vmap_node *vn = addr_to_node(va->va_start);
	bool fits;

	spin_lock(&vn->busy.lock);
	fits = nr <= range_pages(va);
	if (fits)
		va->flags |= VMAP_RESIZING;
	spin_unlock(&vn->busy.lock);

	return fits;
}

/* The first @nr pages of the range are what is committed.  Under the lock. */
static void set_committed(struct vm_struct *vm, unsigned long nr)
{
	vm->nr_pages = nr;
	vm->size = (nr + 1) << PAGE_SHIFT;
}

/* The same for everybody to see, after claim_pages(). */
static void publish_pages(struct vmap_area *va, unsigned long nr)
{
	struct vmap_node *vn = addr_to_node(va->va_start);

	spin_lock(&vn->busy.lock);
	set_committed(va->vm, nr);
	va->flags &= ~VMAP_RESIZING;
	spin_unlock(&vn->busy.lock);
}

/*
 * Whether this file may change the area: it is an ordinary one, all of whose
 * pages are its own, and whose user cannot have asked for what other flags stand
 * for.  Tags in memory would have to be set, too.
 */
static bool is_resizable(const struct vm_struct *vm)
{
	return (vm->flags & VM_ALLOC) && vm->nr_pages &&
	       !kasan_hw_tags_enabled() &&
	       !(vm->flags & ~(VM_ALLOC | VM_ALLOW_HUGE_VMAP));
}

static bool has_room(struct vmap_area *va)
{
	return va->vm && va_size(va) > va->vm->size;
}

/*
 * How many pages of room a buffer of @nr pages is given: as many again, as then
 * each page is mapped twice in the buffer's life at most, on average.  More than
 * there is memory for would be of no use.
 */
static unsigned long room_for(unsigned long nr)
{
	unsigned long most = min(totalram_pages(),
				 (VMALLOC_END - VMALLOC_START) / ROOM_SHARE >>
				 PAGE_SHIFT);

	if (!IS_ENABLED(CONFIG_64BIT) || nr >= most)
		return 0;
	return min(nr, most - nr);
}

/* Whether blocks of PMD_SIZE may be mapped in an area of such flags. */
static bool may_be_huge(unsigned long vm_flags)
{
	return IS_ENABLED(CONFIG_HAVE_ARCH_HUGE_VMALLOC) && vmap_allow_huge &&
	       (vm_flags & VM_ALLOW_HUGE_VMAP) &&
	       arch_vmap_pmd_supported(PAGE_KERNEL);
}

/*
 * Addresses for @range pages and slots for them, nothing committed.  The area is
 * VM_UNINITIALIZED, so nobody looks at it.
 */
static noinline struct vm_struct *
reserve_range(unsigned long range, unsigned long align, gfp_t gfp,
	      unsigned long vm_flags, int nid, const void *caller)
{
	const gfp_t nested = (gfp & GFP_RECLAIM_MASK) | __GFP_ZERO;
	size_t slots = range * sizeof(struct page *);
	struct vm_struct *vm = NULL;

	vm_flags |= VM_ALLOC | VM_UNINITIALIZED;
	/* Huge pages want to be aligned, and can be done without. */
	if (may_be_huge(vm_flags) && range >= HUGE_PAGES && align < PMD_SIZE)
		vm = __get_vm_area_node(range << PAGE_SHIFT, PMD_SIZE,
					PAGE_SHIFT, vm_flags, VMALLOC_START,
					VMALLOC_END, nid, gently(gfp), caller);
	if (!vm)
		vm = __get_vm_area_node(range << PAGE_SHIFT, align, PAGE_SHIFT,
					vm_flags, VMALLOC_START, VMALLOC_END,
					nid, gfp, caller);
	if (!vm)
		return NULL;

	if (slots > PAGE_SIZE)
		vm->pages = __vmalloc_node_noprof(slots, 1, nested, nid, caller);
	else
		vm->pages = kmalloc_node_noprof(slots, nested, nid);
	if (!vm->pages) {
		free_vm_area(vm);
		return NULL;
	}

	vm->size = PAGE_SIZE;
	return vm;
}

/*
 * The same for @nr pages that shall have room.  That is asked for gently: it is
 * nothing to reclaim memory for.
 */
static struct vm_struct *
reserve_range_with_room(unsigned long nr, unsigned long align, gfp_t gfp,
			unsigned long vm_flags, int nid, const void *caller)
{
	unsigned long room = room_for(nr);
	struct vm_struct *vm = NULL;

	if (room)
		vm = reserve_range(nr + room, align, gently(gfp), vm_flags, nid,
				   caller);
	if (!vm)
		vm = reserve_range(nr, align, gfp, vm_flags, nid, caller);
	return vm;
}

/* From here on nobody takes the room of the area, which is new. */
static void promise_room(struct vm_struct *vm)
{
	struct vmap_area *va = find_vmap_area((unsigned long)vm->addr);
	struct vmap_node *vn = addr_to_node(va->va_start);

	spin_lock(&vn->busy.lock);
	va->flags |= VMAP_GROWABLE;
	spin_unlock(&vn->busy.lock);
}

/* Let go of an area that has no pages. */
static void free_range(struct vm_struct *vm)
{
	void *pages = vm->pages;

	free_vm_area(vm);
	kvfree(pages);
}

/*
 * Pages.
 */

/*
 * The order of the block of pages that is mapped as one at @addr, which is in
 * the committed part of @vm.
 */
static noinline unsigned int mapped_order(struct vm_struct *vm, unsigned long addr)
{
	pmd_t *pmd;

	if (!IS_ENABLED(CONFIG_HAVE_ARCH_HUGE_VMALLOC) ||
	    !(vm->flags & VM_ALLOW_HUGE_VMAP))
		return 0;
	/* Mapped by vmalloc, all of it the same way. */
	if (vm_area_page_order(vm))
		return vm_area_page_order(vm);

	pmd = pmd_off_k(addr);
	if (pmd_leaf(*pmd))
		return PMD_SHIFT - PAGE_SHIFT;
#if defined(CONFIG_HUGETLB_PAGE) && defined(arch_vmap_pte_range_unmap_size)
	/* What could not be mapped huge may be in blocks of several entries. */
	return ilog2(arch_vmap_pte_range_unmap_size(addr, pte_offset_kernel(pmd, addr))) -
	       PAGE_SHIFT;
#endif
	return 0;
}

/* How many of the pages @from .. @to may be mapped by huge ones, from @from on */
static unsigned long huge_pages(const struct vm_struct *vm, unsigned long addr,
				unsigned long from, unsigned long to)
{
	if (!may_be_huge(vm->flags) ||
	    !IS_ALIGNED(addr + (from << PAGE_SHIFT), PMD_SIZE))
		return 0;

	return round_down(to - from, HUGE_PAGES);
}

/* Single-minded where %__GFP_NOFAIL says so, as vmalloc() is. */
static noinline int
map_area_pages(unsigned long addr, struct page **pages, unsigned long nr,
	       unsigned int shift, gfp_t gfp)
{
	int err;

	for (;;) {
		err = try_to_map(addr, pages, nr, shift, gfp);
		if (!err || !(gfp & __GFP_NOFAIL))
			return err;
		vunmap_range(addr, addr + (nr << PAGE_SHIFT));
		schedule_timeout_uninterruptible(1);
	}
}

/*
 * Fill the slots @from .. @to and map them, at @addr being slot 0.  Huge pages
 * are asked for gently where they fit, and without the reserves that requests
 * are granted which may not reclaim.  Either all of it is done, or nothing.
 */
static int commit_pages(struct vm_struct *vm, unsigned long addr,
			unsigned long from, unsigned long to, gfp_t gfp, int nid)
{
	bool try_huge = true;
	unsigned long i, next, got;
	int err = 0;

	if (!(gfp & (GFP_DMA | GFP_DMA32)))
		gfp |= __GFP_HIGHMEM;

	for (i = from; i < to && !err; i = next) {
		unsigned long at = addr + (i << PAGE_SHIFT);
		unsigned long huge = 0;

		next = to;
		if (try_huge)
			huge = huge_pages(vm, addr, i, to);
		if (huge) {
			got = alloc_area_pages(vm->pages + i, huge,
					       PMD_SHIFT - PAGE_SHIFT,
					       gently(gfp) | __GFP_NOMEMALLOC,
					       nid);
			next = i + got;
			try_huge = got == huge;
			if (got)
				err = map_area_pages(at, vm->pages + i, got,
						     PMD_SHIFT, gfp);
			continue;
		}

		/* Small ones up to where huge ones may follow. */
		if (try_huge && huge_pages(vm, 0, 0, to - i)) {
			unsigned long start = ALIGN(at, PMD_SIZE);

			next = min(to, i + ((start - at) >> PAGE_SHIFT));
		}
		got = alloc_area_pages(vm->pages + i, next - i, 0,
				       gfp | __GFP_NOWARN, nid);
		if (got < next - i) {
			next = i + got;
			err = -ENOMEM;
		} else {
			err = map_area_pages(at, vm->pages + i, got, PAGE_SHIFT,
					     gfp);
		}
	}
	if (!err)
		return 0;

	vunmap_range(addr + (from << PAGE_SHIFT), addr + (to << PAGE_SHIFT));
	free_area_pages(vm, from, i);
	return err;
}

/* Map the first @nr pages of @old at @addr, too, blocks of them as blocks. */
static int map_again(struct vm_struct *old, unsigned long old_addr,
		     unsigned long addr, unsigned long nr, gfp_t gfp)
{
	unsigned long i, next;
	int err = 0;

	for (i = 0; i < nr && !err; i = next) {
		unsigned int order = mapped_order(old, old_addr +
						  (i << PAGE_SHIFT));
		unsigned int shift = PAGE_SHIFT;

		/* Smaller blocks would not be told in the page table. */
		if (PAGE_SHIFT + order == PMD_SHIFT &&
		    IS_ALIGNED(addr + (i << PAGE_SHIFT), PMD_SIZE))
			shift = PMD_SHIFT;

		for (next = i; next < nr; ) {
			unsigned long at = old_addr + (next << PAGE_SHIFT);

			if (mapped_order(old, at) != order)
				break;
			/* One look for all that a page table maps. */
			next = min(nr, next + ((ALIGN(at + 1, PMD_SIZE) - at) >>
					       PAGE_SHIFT));
		}
		err = map_area_pages(addr + (i << PAGE_SHIFT), old->pages + i,
				     next - i, shift, gfp);
	}

	return err;
}

/*
 * What others know about the area.
 */

/* Clear what @size has on top of @old_size, up to @end where pages are new. */
static void clear_regrown(const void *p, size_t old_size, size_t size,
			  size_t end, gfp_t flags)
{
	size = min(size, end);
	if (size > old_size && want_init_on_alloc(flags))
		memset((void *)p + old_size, 0, size - old_size);
}

/*
 * An object of another size is another object to kmemleak.  To free a part of
 * one it would allocate as GFP_KERNEL does.
 */
static void tell_kmemleak(const void *p, const struct vm_struct *vm, gfp_t flags)
{
	kmemleak_free(p);
	kmemleak_vmalloc(vm, (size_t)vm->nr_pages << PAGE_SHIFT, flags);
}

/* The area, which is new, is complete. */
static noinline void *
publish_area(struct vm_struct *vm, unsigned long nr, size_t size, gfp_t flags)
{
	struct vmap_node *vn = addr_to_node((unsigned long)vm->addr);

	vm->requested_size = size;
	vm->addr = kasan_unpoison_vmalloc(vm->addr, size,
					  KASAN_VMALLOC_PROT_NORMAL |
					  KASAN_VMALLOC_VM_ALLOC);
	spin_lock(&vn->busy.lock);
	set_committed(vm, nr);
	clear_vm_uninitialized_flag(vm);
	spin_unlock(&vn->busy.lock);
	kmemleak_vmalloc(vm, (size_t)nr << PAGE_SHIFT, flags);

	return vm->addr;
}

/* Nobody is interested in why a dying task got no memory. */
static noinline void warn_failure(gfp_t flags, size_t size)
{
	if (!fatal_signal_pending(current))
		warn_alloc(flags, NULL, "vmalloc error: no memory to grow to %zu bytes",
			   size);
}

/*
 * Resizing.
 */

/*
 * Give the pages behind the first @nr back, and keep the addresses.  What is
 * mapped as a block stays or goes as one.
 */
static void shrink_committed(struct vmap_area *va, const void *p,
			     unsigned long nr, gfp_t flags)
{
	struct vmap_node *vn = addr_to_node(va->va_start);
	struct vm_struct *vm = va->vm;
	unsigned long old_nr = vm->nr_pages;
	unsigned long start, end;

	/* Blocks are aligned as addresses, the area need not be. */
	start = va->va_start + (nr << PAGE_SHIFT);
	start = round_up(start, PAGE_SIZE << mapped_order(vm, start));
	nr = (start - va->va_start) >> PAGE_SHIFT;
	if (nr >= old_nr)
		return;

	end = va->va_start + (old_nr << PAGE_SHIFT);
	debug_check_no_locks_freed((void *)start, end - start);
	debug_check_no_obj_freed((void *)start, end - start);

	/* Nobody looks at what goes, and nobody gives it up while it is mapped. */
	spin_lock(&vn->busy.lock);
	set_committed(vm, nr);
	va->flags |= VMAP_RESIZING;
	spin_unlock(&vn->busy.lock);

	tell_kmemleak(p, vm, flags);
	vunmap_range(start, end);
	free_area_pages(vm, nr, old_nr);
	publish_pages(va, nr);
}

static void resize_committed(struct vmap_area *va, const void *p, size_t size,
			     gfp_t flags)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *vm = va->vm;
	size_t old_size = vm->requested_size;

	if (size < old_size && want_init_on_free())
		memset((void *)p + size, 0, old_size - size);

	vm->requested_size = size;
	kasan_vrealloc(p, old_size, size);
	clear_regrown(p, old_size, size, size, flags);

	if (nr < vm->nr_pages && is_resizable(vm) &&
	    gfpflags_allow_blocking(flags))
		shrink_committed(va, p, nr, flags);
}

/*
 * Memory that grew may have pages of several nodes.  Those that it is about to
 * lose are of no interest.
 */
static bool stays(const struct vm_struct *vm, const void *p, size_t size,
		  unsigned long align, gfp_t flags, int nid)
{
	unsigned long nr = min(vm->nr_pages, PAGE_ALIGN(size) >> PAGE_SHIFT), i;

	if (!in_right_place(p, vm->pages[0], align, flags, nid))
		return false;
	if (!(flags & __GFP_THISNODE) || nid == NUMA_NO_NODE)
		return true;

	for (i = 1; i < nr; i++) {
		if (page_to_nid(vm->pages[i]) != nid)
			return false;
	}
	return true;
}

/* -ENOSPC: the range is too small. */
static int grow_in_place(struct vmap_area *va, const void *p, size_t size,
			 gfp_t flags, int nid)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *vm = va->vm;
	unsigned long old_nr = vm->nr_pages;
	size_t old_size = vm->requested_size;
	int err;

	/* Not where pages could not follow that are mapped one by one. */
	if (vm_area_page_order(vm) &&
	    vm_area_page_order(vm) != PMD_SHIFT - PAGE_SHIFT)
		return -ENOSPC;
	if (!claim_pages(va, nr))
		return -ENOSPC;

	err = commit_pages(vm, va->va_start, old_nr, nr, flags, nid);
	/* From here on the page table knows which blocks there are. */
	if (!err && vm_area_page_order(vm))
		set_vm_area_page_order(vm, 0);
	publish_pages(va, err ? old_nr : nr);
	if (err)
		return err;

	vm->requested_size = size;
	kasan_vrealloc(p, old_size, size);
	clear_regrown(p, old_size, size, old_nr << PAGE_SHIFT, flags);
	tell_kmemleak(p, vm, flags);
	return 0;
}

/*
 * Move the pages to a larger range.  All that can fail comes first, and until
 * then they are the old area's.
 */
static void *grow_elsewhere(struct vmap_area *va, const void *p, size_t size,
			    unsigned long align, gfp_t flags,
			    unsigned long vm_flags, int nid, const void *caller)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *old = va->vm, *vm;
	unsigned long old_nr = old->nr_pages;
	size_t old_size = old->requested_size;
	unsigned long addr;
	int err;
	void *n;

	vm_flags |= old->flags & VM_ALLOW_HUGE_VMAP;
	vm = reserve_range_with_room(nr, align, flags, vm_flags, nid, caller);
	if (!vm)
		return NULL;

	addr = (unsigned long)vm->addr;
	err = map_again(old, va->va_start, addr, old_nr, flags);
	if (!err)
		err = commit_pages(vm, addr, old_nr, nr, flags, nid);
	if (err) {
		free_range(vm);
		return NULL;
	}

	memcpy(vm->pages, old->pages, old_nr * sizeof(*vm->pages));
	n = publish_area(vm, nr, size, flags);
	clear_regrown(n, old_size, size, old_nr << PAGE_SHIFT, flags);

	/* They are in the new area now. */
	kmemleak_free(p);
	free_range(old);

	return n;
}

/**
 * vmalloc_resize() - Resize vmalloc() memory where it is or by mapping it anew.
 * @p: Memory from vmalloc() or this file.
 * @size: Bytes wanted, not 0.
 * @align: Alignment in bytes, a power of two.
 * @flags: gfp flags.
 * @vm_flags: %VM_ALLOW_HUGE_VMAP if its user does not care how it is mapped.
 * @nid: Node for new pages, or %NUMA_NO_NODE.
 * @caller: Who is asking, for /proc/vmallocinfo.
 * @how: Where to say what was done; left alone on failure.
 *
 * %__GFP_ZERO clears all that @size has on top of the old size.
 *
 * Context: Any that @flags allow.
 * Return: The memory; NULL if there is not enough of it; or an ERR_PTR() of
 *	-EOPNOTSUPP if it has to be copied.  For both the memory is as it was.
 */
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how)
{
	struct vmap_area *va = find_vmap_area((unsigned long)p);
	struct vm_struct *vm = va ? va->vm : NULL;
	void *n = NULL;
	int err;

	if (WARN_ONCE(!vm || kasan_reset_tag(p) != (void *)va->va_start,
		      "vrealloc of %p: not an allocation\n", p))
		return NULL;
	if (!vm->nr_pages || !stays(vm, p, size, align, flags, nid))
		return ERR_PTR(-EOPNOTSUPP);

	if (size <= (size_t)vm->nr_pages << PAGE_SHIFT) {
		resize_committed(va, p, size, flags);
		*how = KVMALLOC_IN_PLACE;
		return (void *)p;
	}

	err = -ENOMEM;
	if (size >> PAGE_SHIFT > totalram_pages() || PAGE_ALIGN(size) < size)
		goto failed;

	/* What was promised not to move rather fails than to be copied. */
	if ((va->flags & VMAP_GROWABLE) && !gfpflags_allow_blocking(flags) &&
	    PAGE_ALIGN(size) >> PAGE_SHIFT <= range_pages(va))
		goto failed;
	if (!is_resizable(vm) || !gfpflags_allow_blocking(flags))
		return ERR_PTR(-EOPNOTSUPP);

	vm->flags |= vm_flags;
	err = grow_in_place(va, p, size, flags, nid);
	if (!err) {
		*how = KVMALLOC_IN_PLACE;
		return (void *)p;
	}
	if (err == -ENOSPC && cpu_dcache_is_aliasing())
		return ERR_PTR(-EOPNOTSUPP);
	if (err == -ENOSPC)
		n = grow_elsewhere(va, p, size, align, flags, vm_flags, nid,
				   caller);
	if (n) {
		*how = KVMALLOC_REMAPPED;
		return n;
	}

	/* Copying would take more still; but it does not take no for an answer. */
	if (flags & __GFP_NOFAIL)
		return ERR_PTR(-EOPNOTSUPP);
failed:
	warn_failure(flags, size);
	return NULL;
}

/**
 * vmalloc_with_room() - Allocate vmalloc() memory that can grow.
 * @size: Bytes wanted.
 * @max: Bytes that it must be able to grow to without moving, or 0 for some
 *	room without a promise.
 * @align: Alignment in bytes, a power of two.
 * @flags: gfp flags, which allow sleeping.
 * @vm_flags: %VM_ALLOW_HUGE_VMAP if its user does not care how it is mapped.
 * @nid: Node, or %NUMA_NO_NODE.
 * @caller: Who is asking, for /proc/vmallocinfo.
 *
 * Context: May sleep.
 * Return: The memory, to be freed with vfree(), or NULL.
 */
void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *vm;
	void *p;

	if (nr > totalram_pages()) {
		warn_failure(flags, size);
		return NULL;
	}

	/* What is tagged is allocated and mapped in one go: all of @max. */
	if (kasan_hw_tags_enabled()) {
		p = __vmalloc_node_range_noprof(max ?: size, align,
						VMALLOC_START, VMALLOC_END,
						flags, PAGE_KERNEL, 0, nid,
						caller);
		if (p && max > size) {
			find_vm_area(p)->requested_size = size;
			kasan_vrealloc(p, max, size);
		}
		return p;
	}

	if (max)
		vm = reserve_range(PAGE_ALIGN(max) >> PAGE_SHIFT, align, flags,
				   vm_flags, nid, caller);
	else
		vm = reserve_range_with_room(nr, align, flags, vm_flags, nid,
					     caller);
	if (vm && max)
		promise_room(vm);
	if (vm && !commit_pages(vm, (unsigned long)vm->addr, 0, nr, flags, nid))
		return publish_area(vm, nr, size, flags);

	if (vm)
		free_range(vm);
	warn_failure(flags, size);
	return NULL;
}

/**
 * vrealloc_node_align() - Resize vmalloc() memory.
 * @p: Memory from vmalloc(), or NULL.
 * @size: Bytes wanted; 0 frees @p.
 * @align: Alignment in bytes, a power of two; memory that lacks it is moved.
 * @flags: gfp flags.  %__GFP_ZERO clears all that @size has on top of the old
 *	size.
 * @nid: Node for new pages; with %__GFP_THISNODE memory on another node is
 *	moved.
 *
 * Tried in this order: the memory fits into its pages, of which those are given
 * back that are not needed any more; its range has room for more pages; the
 * pages are mapped again in a range that has; the contents are copied.  Copied
 * is what is special: memory that user space may map, whose permissions are reset
 * when it is freed, for DMA, from vmap(); where caches alias or memory is tagged;
 * and with flags that may not sleep.
 *
 * What it does not copy it maps anew as vmalloc() does: permissions that were
 * changed by set_memory_ro() and its like are lost, as with a copy.
 *
 * Context: Any that @flags allow and vmalloc() can be called from with them.
 * Return: The memory, which may have moved, or NULL with the old memory as it
 *	was (and for size 0).
 */
void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid)
{
	const void *caller = __builtin_return_address(0);
	unsigned long vm_flags = 0;
	struct vm_struct *vm;
	enum kvmalloc_how how;
	size_t old_size;
	void *n;

	if (!size) {
		vfree(p);
		return NULL;
	}
	if (!p)
		return __vmalloc_node_noprof(size, align, flags, nid, caller);

	n = vmalloc_resize(p, size, align, flags, 0, nid, caller, &how);
	if (PTR_ERR_OR_ZERO(n) != -EOPNOTSUPP)
		return n;

	/* What may be mapped to user space stays so; it was born zeroed, too. */
	vm = find_vm_area(p);
	old_size = vm->requested_size;
	if (vm->flags & VM_USERMAP) {
		vm_flags = VM_USERMAP;
		flags |= __GFP_ZERO;
		align = max_t(unsigned long, align, SHMLBA);
	}
	n = __vmalloc_node_range_noprof(size, align, VMALLOC_START, VMALLOC_END,
					flags, PAGE_KERNEL, vm_flags, nid,
					caller);
	if (!n)
		return NULL;

	memcpy(n, p, min(size, old_size));
	if (gfpflags_allow_blocking(flags))
		vfree(p);
	else
		vfree_atomic(p);
	return n;
}
EXPORT_SYMBOL(vrealloc_node_align_noprof);

#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
/**
 * vrealloc() - Resize vmalloc() memory.
 * @p: Memory from vmalloc(), or NULL.
 * @size: Bytes wanted; 0 frees @p.
 * @flags: gfp flags.
 *
 * Context: As vrealloc_node_align().
 * Return: As vrealloc_node_align().
 */
void *vrealloc_noprof(const void *p, size_t size, gfp_t flags)
{
	return vrealloc_node_align_noprof(p, size, 1, flags, NUMA_NO_NODE);
}
#endif

/*
 * Those who look at room from outside.
 */

/**
 * vmalloc_room() - How far vmalloc() memory can grow without moving.
 * @p: Memory from vmalloc().
 *
 * Context: Any but NMI.
 * Return: Bytes, the committed ones included.
 */
size_t vmalloc_room(const void *p)
{
	struct vmap_area *va = find_vmap_area((unsigned long)p);
	struct vmap_node *vn;
	size_t room;

	if (!va || !va->vm)
		return 0;

	vn = addr_to_node(va->va_start);
	spin_lock(&vn->busy.lock);
	if (is_resizable(va->vm))
		room = range_pages(va) << PAGE_SHIFT;
	else
		room = (size_t)va->vm->nr_pages << PAGE_SHIFT;
	spin_unlock(&vn->busy.lock);

	return room;
}

#ifdef CONFIG_HARDENED_USERCOPY
/**
 * kvmalloc_check_usercopy() - Stop a copy that leaves the committed part.
 * @va: The range that it begins in.
 * @addr: Where it begins.
 * @n: Bytes to copy.
 * @to_user: Which way.
 *
 * Hardened usercopy looks at the range only, and would take room for memory.
 *
 * Context: Any.  Does not return if the copy is refused.
 */
void kvmalloc_check_usercopy(const struct vmap_area *va, unsigned long addr,
			     unsigned long n, bool to_user)
{
	unsigned long offset = addr - va->va_start;
	unsigned long committed;

	if (!va->vm || !is_resizable(va->vm))
		return;

	committed = (unsigned long)va->vm->nr_pages << PAGE_SHIFT;
	if (offset > committed || n > committed - offset)
		usercopy_abort("vmalloc", "room", to_user, offset, n);
}
#endif

/* For /proc/vmallocinfo, which holds the busy lock. */
static void __maybe_unused
kvmalloc_show_room(struct seq_file *m, struct vmap_area *va)
{
	if (has_room(va))
		seq_printf(m, " reserved=%lu", range_pages(va));
}

#if defined(CONFIG_KVMALLOC_STATS) || defined(CONFIG_KVMALLOC_KUNIT_TEST)
/**
 * vmalloc_growth_read() - Sum up the room that there is.
 * @growth: Where to write it.
 *
 * Context: Any but NMI.
 */
void vmalloc_growth_read(struct kvmalloc_growth *growth)
{
	struct vmap_area *va;
	struct vmap_node *vn;

	*growth = (struct kvmalloc_growth){
		.given_up = atomic_long_read(&nr_rooms_given_up),
	};
	for_each_vmap_node(vn) {
		spin_lock(&vn->busy.lock);
		list_for_each_entry(va, &vn->busy.head, list) {
			if (!has_room(va) || !is_resizable(va->vm))
				continue;
			growth->areas++;
			growth->committed += va->vm->size - PAGE_SIZE;
			growth->reserved += va_size(va) - PAGE_SIZE;
		}
		spin_unlock(&vn->busy.lock);
	}
}

#endif

/*
 * Cut the room off the ranges of @vn that were not promised theirs.  The ends go
 * the way of ranges that were freed.
 */
static unsigned long give_up_room_of(struct vmap_node *vn)
{
	struct vmap_area *va, *end, *next;
	unsigned long pages = 0;
	LIST_HEAD(ends);

	spin_lock(&vn->busy.lock);
	list_for_each_entry(va, &vn->busy.head, list) {
		if (!has_room(va) || !is_resizable(va->vm) ||
		    (va->flags & (VMAP_GROWABLE | VMAP_RESIZING)))
			continue;

		end = kmem_cache_zalloc(vmap_area_cachep,
					GFP_NOWAIT | __GFP_NOWARN);
		if (!end)
			break;
		end->va_start = va->va_start + va->vm->size;
		end->va_end = va->va_end;
		va->va_end = end->va_start;
		list_add(&end->list, &ends);
		pages += va_size(end) >> PAGE_SHIFT;
	}
	spin_unlock(&vn->busy.lock);

	list_for_each_entry_safe(end, next, &ends, list) {
		list_del_init(&end->list);
		free_vmap_area_noflush(end);
		atomic_long_inc(&nr_rooms_given_up);
	}

	return pages;
}

/* vmalloc has no range of the size that somebody wants. */
static int give_up_room(struct notifier_block *nb, unsigned long unused,
			void *freed)
{
	unsigned long *nr_freed = freed, pages = 0;
	struct vmap_node *vn;

	for_each_vmap_node(vn)
		pages += give_up_room_of(vn);
	*nr_freed += pages;

	return NOTIFY_OK;
}

static struct notifier_block room_notifier = {
	.notifier_call = give_up_room,
};

static int __init vrealloc_init(void)
{
	return register_vmap_purge_notifier(&room_notifier);
}
core_initcall(vrealloc_init);
