// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc areas that grow and shrink without being copied.
 *
 * Part of mm/vmalloc.c: the graft includes this file where vrealloc() stood,
 * because growing an area takes functions that are static there.
 *
 * An area has a range of addresses (its vmap_area).  Pages are mapped at the
 * beginning of the range: they are committed.  The rest of the range is reserved
 * capacity.  Between calls, for every area that this file may change,
 *
 *	vm->nr_pages	is the number of committed pages,
 *	vm->size	is their size in bytes, plus a guard page; nothing is mapped
 *			in the range from addr + nr_pages * PAGE_SIZE on,
 *	vm->pages	has a slot for each committed page.  Slots behind them, as
 *			far as they exist, are NULL.
 *
 * Other users of vmalloc areas (/proc/vmallocinfo, /proc/kcore) see the committed
 * part only, and neither pages that are not mapped yet nor pages that are about
 * to go.  nr_pages, size, flags and the end of the range change under the busy
 * lock of the range's vmap_node; hardened usercopy reads them without it.  All
 * else belongs to the caller of vrealloc(), who must not run it twice for the
 * same memory.
 *
 * A buffer that outgrows its range is given one with as much capacity again, so a
 * buffer that grows in small steps is remapped once for each doubling.  Reserved
 * capacity costs addresses, of which a 64-bit machine has plenty, but no pages:
 * more than a page of slots is itself an area that grows with the buffer.  When
 * vmalloc has no range for a request, the graft has it call
 * kvmalloc_give_up_room().  That takes the capacity of a buffer if the request
 * fits there, unless kvmalloc_growable() promised it.
 */

#include <linux/cacheinfo.h>
#include <linux/uaccess.h>

/* mm/vmalloc.c defines the events of vmalloc, but not those of kvmalloc. */
#undef CREATE_TRACE_POINTS
#include "util.h"

/* In vmap_area.flags, beside vmalloc's VMAP_RAM and VMAP_BLOCK: */
#define VMAP_GROWABLE		0x4 /* the capacity is promised */
#define VMAP_RESIZING		0x8 /* pages behind the committed part come or go */
#define VMAP_SLOTS		0x10 /* the slots of another area */
#define VMAP_OURS		(VMAP_GROWABLE | VMAP_RESIZING | VMAP_SLOTS)

/* vmalloc keeps the number of a node, plus 1, in the bits from 8 on. */
static_assert(!(VMAP_OURS & (VMAP_RAM | VMAP_BLOCK)));
static_assert(!(VMAP_OURS & VMAP_FLAGS_MASK));
static_assert(!(VMAP_OURS >> 8));

#define HUGE_PAGES		(1UL << (PMD_SHIFT - PAGE_SHIFT))

/* No buffer reserves more than this part of all addresses. */
#define ROOM_SHARE		64

/* How often a request may look for capacity that other buffers can give up. */
#define GIVE_UP_TRIES		4

static atomic_long_t nr_rooms_given_up;

/*
 * Differences between kernels: who counts pages, and how page tables learn
 * which reclaim is allowed.
 *
 * Helpers with several callers are noinline: a call costs nothing beside
 * allocating and mapping pages, and it saves text.
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

/*
 * vmap_pages_range() allocates page tables with GFP_KERNEL, which would call
 * the OOM killer for requests that must not, so those get page tables as 7.x
 * gives them: from what is free.
 */
static int try_to_map(unsigned long addr, struct page **pages,
		      unsigned long nr, unsigned int shift, gfp_t gfp)
{
	unsigned int scope;
	int err;

	if (!gfpflags_allow_blocking(gfp) ||
	    (gfp & (__GFP_RETRY_MAYFAIL | __GFP_NORETRY)))
		scope = memalloc_noreclaim_save();
	else if (!(gfp & __GFP_IO))
		scope = memalloc_noio_save();
	else if (!(gfp & __GFP_FS))
		scope = memalloc_nofs_save();
	else
		scope = 0;

	err = vmap_pages_range(addr, addr + (nr << PAGE_SHIFT), PAGE_KERNEL,
			       pages, shift);

	memalloc_flags_restore(scope);
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

/* The pages that @va can hold; the last page of the range is the guard. */
static unsigned long range_pages(struct vmap_area *va)
{
	return (va_size(va) >> PAGE_SHIFT) - 1;
}

/*
 * Keep the first @nr pages of the range, until publish_pages(), from being given
 * up.  Fail if the range does not have so many.
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

/* Set the size of the committed part.  Under the busy lock. */
static void set_committed(struct vm_struct *vm, unsigned long nr)
{
	WRITE_ONCE(vm->nr_pages, nr);
	WRITE_ONCE(vm->size, (nr + 1) << PAGE_SHIFT);
}

/* End what claim_pages() began, with the first @nr pages committed. */
static void publish_pages(struct vmap_area *va, unsigned long nr)
{
	struct vmap_node *vn = addr_to_node(va->va_start);

	spin_lock(&vn->busy.lock);
	/* From now on mapped_order() reads the order from the page table. */
	if (nr > va->vm->nr_pages && vm_area_page_order(va->vm))
		set_vm_area_page_order(va->vm, 0);
	set_committed(va->vm, nr);
	va->flags &= ~VMAP_RESIZING;
	spin_unlock(&vn->busy.lock);
}

/*
 * Whether this file may change the area: an ordinary one that owns all of its
 * pages.  Any other flag stands for a use that relies on the area as it is.
 * Hardware tags would have to be set on new pages, which nothing here does.
 */
static bool is_resizable(const struct vm_struct *vm)
{
	unsigned long flags = READ_ONCE(vm->flags);

	return (flags & VM_ALLOC) && READ_ONCE(vm->nr_pages) &&
	       !kasan_hw_tags_enabled() &&
	       !(flags & ~(VM_ALLOC | VM_ALLOW_HUGE_VMAP));
}

static bool has_room(struct vmap_area *va)
{
	return va->vm && va_size(va) > va->vm->size;
}

/*
 * The capacity, in pages, that a buffer of @nr pages gets on top: as much again,
 * so that each page is remapped once on average in the life of a buffer.  More
 * than the machine's memory would be of no use.  With KASAN_VMALLOC capacity
 * costs memory, because vmalloc populates the shadow of the whole range: then
 * there is none.
 */
static unsigned long room_for(unsigned long nr)
{
	unsigned long most = min(totalram_pages(),
				 (VMALLOC_END - VMALLOC_START) / ROOM_SHARE >>
				 PAGE_SHIFT);

	if (!IS_ENABLED(CONFIG_64BIT) || IS_ENABLED(CONFIG_KASAN_VMALLOC) ||
	    nr >= most)
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

static struct vm_struct *
commit_range(unsigned long nr, unsigned long range, unsigned long align,
	     gfp_t gfp, gfp_t range_gfp, unsigned long vm_flags,
	     unsigned long va_flags, int nid, const void *caller);
static void *publish_area(struct vm_struct *vm, unsigned long nr, size_t size,
			  gfp_t flags);
static int grow_in_place(struct vmap_area *va, const void *p, size_t size,
			 gfp_t flags, int nid);
static void resize_committed(struct vmap_area *va, const void *p, size_t size,
			     gfp_t flags);

/* Others may find the new area already: nothing of it is committed. */
static void begin_uncommitted(struct vm_struct *vm, unsigned long va_flags)
{
	struct vmap_node *vn = addr_to_node((unsigned long)vm->addr);
	struct vmap_area *va;

	spin_lock(&vn->busy.lock);
	set_committed(vm, 0);
	if (va_flags) {
		va = __find_vmap_area((unsigned long)vm->addr, &vn->busy.root);
		va->flags |= va_flags;
	}
	spin_unlock(&vn->busy.lock);
}

/* The flags of slots: they are cleared, and charged if their area is growable. */
static gfp_t slot_flags(gfp_t gfp, unsigned long va_flags)
{
	gfp_t mask = GFP_RECLAIM_MASK;

	if (va_flags & VMAP_GROWABLE)
		mask |= __GFP_ACCOUNT;
	return (gfp & mask) | __GFP_ZERO;
}

/*
 * Allocate slots for @nr pages that can grow to @range slots in place: up to a
 * page of slots in slab, all of them at once, above that in an area with reserved
 * capacity, whose addresses are reserved with @range_gfp.
 */
static struct page **alloc_slots(unsigned long nr, unsigned long range,
				 gfp_t gfp, gfp_t range_gfp, int nid,
				 const void *caller)
{
	size_t size = nr * sizeof(struct page *);
	size_t max = range * sizeof(struct page *);
	struct vm_struct *vm;

	if (max <= PAGE_SIZE)
		return kmalloc_node_noprof(max, gfp, nid);

	nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	vm = commit_range(nr, PAGE_ALIGN(max) >> PAGE_SHIFT, 1, gfp, range_gfp, 0,
			  VMAP_GROWABLE | VMAP_SLOTS, nid, caller);
	return vm ? publish_area(vm, nr, nr << PAGE_SHIFT, gfp) : NULL;
}

/* The area of the slots of @vm, or NULL if slab has all of them. */
static struct vmap_area *slots_area(const struct vm_struct *vm)
{
	return is_vmalloc_addr(vm->pages) ?
		find_vmap_area((unsigned long)vm->pages) : NULL;
}

/* Have slots for @nr pages, all of which @va has addresses for. */
static int grow_slots(struct vmap_area *va, unsigned long nr, gfp_t gfp, int nid)
{
	size_t size = PAGE_ALIGN(nr * sizeof(struct page *));
	struct vmap_area *slots = slots_area(va->vm);

	if (!slots || size <= (size_t)slots->vm->nr_pages << PAGE_SHIFT)
		return 0;

	return grow_in_place(slots, va->vm->pages, size,
			     slot_flags(gfp, va->flags), nid);
}

/* Free the slots that the committed pages do not need. */
static void shrink_slots(struct vmap_area *va, gfp_t gfp)
{
	size_t size = PAGE_ALIGN(va->vm->nr_pages * sizeof(struct page *));
	struct vmap_area *slots = slots_area(va->vm);

	if (slots && size < (size_t)slots->vm->nr_pages << PAGE_SHIFT)
		resize_committed(slots, va->vm->pages, size,
				 slot_flags(gfp, va->flags));
}

/*
 * Reserve addresses for @range pages, with @range_gfp, and slots for @nr of them,
 * with @gfp.  Nothing is committed, and the area is VM_UNINITIALIZED, so other
 * users of vmalloc areas skip it.
 */
static noinline struct vm_struct *
reserve_range(unsigned long nr, unsigned long range, unsigned long align,
	      gfp_t gfp, gfp_t range_gfp, unsigned long vm_flags,
	      unsigned long va_flags, int nid, const void *caller)
{
	struct vm_struct *vm = NULL;

	vm_flags |= VM_ALLOC | VM_UNINITIALIZED;
	/* Huge pages need an aligned range; the area can do without them. */
	if (may_be_huge(vm_flags) && range >= HUGE_PAGES && align < PMD_SIZE)
		vm = __get_vm_area_node(range << PAGE_SHIFT, PMD_SIZE,
					PAGE_SHIFT, vm_flags, VMALLOC_START,
					VMALLOC_END, nid, opportunistic(gfp),
					caller);
	if (!vm)
		vm = __get_vm_area_node(range << PAGE_SHIFT, align, PAGE_SHIFT,
					vm_flags, VMALLOC_START, VMALLOC_END,
					nid, range_gfp, caller);
	if (!vm)
		return NULL;

	vm->pages = alloc_slots(nr, range, slot_flags(gfp, va_flags),
				slot_flags(range_gfp, va_flags), nid, caller);
	if (!vm->pages) {
		free_vm_area(vm);
		return NULL;
	}
	begin_uncommitted(vm, va_flags);

	return vm;
}

/* Reserve a range for @nr pages, with capacity on top if addresses are free. */
static struct vm_struct *
reserve_range_with_room(unsigned long nr, unsigned long align, gfp_t gfp,
			unsigned long vm_flags, int nid, const void *caller)
{
	unsigned long room = room_for(nr);
	struct vm_struct *vm = NULL;

	if (room)
		vm = reserve_range(nr, nr + room, align, gfp, opportunistic(gfp),
				   vm_flags, 0, nid, caller);
	if (!vm)
		vm = reserve_range(nr, nr, align, gfp, gfp, vm_flags, 0, nid,
				   caller);
	return vm;
}

/* Free an area that has no pages. */
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

/* The number of pages, from @from on and below @to, that huge pages can map. */
static unsigned long huge_pages(const struct vm_struct *vm, unsigned long addr,
				unsigned long from, unsigned long to)
{
	if (!may_be_huge(vm->flags) ||
	    !IS_ALIGNED(addr + (from << PAGE_SHIFT), PMD_SIZE))
		return 0;

	return round_down(to - from, HUGE_PAGES);
}

/*
 * Map pages.  With %__GFP_NOFAIL, wait for memory for page tables as vmalloc()
 * does; any other error is final.
 */
static noinline int
map_area_pages(unsigned long addr, struct page **pages, unsigned long nr,
	       unsigned int shift, gfp_t gfp)
{
	int err;

	for (;;) {
		err = try_to_map(addr, pages, nr, shift, gfp);
		if (err != -ENOMEM || !(gfp & __GFP_NOFAIL))
			return err;
		vunmap_range(addr, addr + (nr << PAGE_SHIFT));
		schedule_timeout_uninterruptible(1);
	}
}

/*
 * Fill the slots @from .. @to and map their pages; slot 0 is mapped at @addr.
 * Huge pages are used where they fit and are free.  On failure nothing remains.
 */
static int commit_pages(struct vm_struct *vm, unsigned long addr,
			unsigned long from, unsigned long to, gfp_t gfp, int nid)
{
	bool try_huge = may_be_huge(vm->flags);
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
					       opportunistic(gfp), nid);
			next = i + got;
			try_huge = got == huge;
			if (got)
				err = map_area_pages(at, vm->pages + i, got,
						     PMD_SHIFT, gfp);
			continue;
		}

		/* Single pages up to the next address that a huge page can have. */
		if (try_huge && to - i >= HUGE_PAGES) {
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

/* Reserve a range, see reserve_range(), and commit its first @nr pages. */
static struct vm_struct *
commit_range(unsigned long nr, unsigned long range, unsigned long align,
	     gfp_t gfp, gfp_t range_gfp, unsigned long vm_flags,
	     unsigned long va_flags, int nid, const void *caller)
{
	struct vm_struct *vm;

	vm = reserve_range(nr, range, align, gfp, range_gfp, vm_flags, va_flags,
			   nid, caller);
	if (!vm)
		return NULL;
	if (commit_pages(vm, (unsigned long)vm->addr, 0, nr, gfp, nid)) {
		free_range(vm);
		return NULL;
	}
	return vm;
}

/* Map the first @nr pages of @old at @addr as well, huge pages as huge pages. */
static int map_again(struct vm_struct *old, unsigned long old_addr,
		     unsigned long addr, unsigned long nr, gfp_t gfp)
{
	unsigned long i, next;
	int err = 0;

	for (i = 0; i < nr && !err; i = next) {
		unsigned int order = mapped_order(old, old_addr +
						  (i << PAGE_SHIFT));
		unsigned int shift = PAGE_SHIFT;

		/*
		 * Blocks smaller than a PMD (arm64 contiguous PTEs) are remapped
		 * as single pages, because page_order cannot describe an area
		 * that is mapped in several ways.
		 */
		if (PAGE_SHIFT + order == PMD_SHIFT &&
		    IS_ALIGNED(addr + (i << PAGE_SHIFT), PMD_SIZE))
			shift = PMD_SHIFT;

		for (next = i; next < nr; ) {
			unsigned long at = old_addr + (next << PAGE_SHIFT);

			if (mapped_order(old, at) != order)
				break;
			/* All entries of a page table have the same order. */
			next = min(nr, next + ((ALIGN(at + 1, PMD_SIZE) - at) >>
					       PAGE_SHIFT));
		}
		err = map_area_pages(addr + (i << PAGE_SHIFT), old->pages + i,
				     next - i, shift, gfp);
	}

	return err;
}

/*
 * The state of an area that others see: contents, kmemleak, KASAN.
 */

/* Clear the bytes from @old_size to @size, but not behind @end: pages are new. */
static void clear_regrown(const void *p, size_t old_size, size_t size,
			  size_t end, gfp_t flags)
{
	size = min(size, end);
	if (size > old_size && want_init_on_alloc(flags))
		memset((void *)p + old_size, 0, size - old_size);
}

/*
 * kmemleak_free_part() allocates with GFP_KERNEL, so delete the object and
 * register it again with its new size.
 */
static void reregister_kmemleak(const void *p, const struct vm_struct *vm, gfp_t flags)
{
	kmemleak_free(p);
	kmemleak_vmalloc(vm, (size_t)vm->nr_pages << PAGE_SHIFT, flags);
}

/* Make a new area, whose first @nr pages are committed, visible to others. */
static noinline void *publish_area(struct vm_struct *vm, unsigned long nr,
				   size_t size, gfp_t flags)
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

/* Do not warn for a task with a fatal signal pending. */
static noinline void warn_failure(gfp_t flags, size_t size)
{
	if (!fatal_signal_pending(current))
		warn_alloc(flags, NULL, "vmalloc error: no memory for %zu bytes",
			   size);
}

/*
 * Resizing.
 */

/*
 * Free the pages behind the first @nr and keep their addresses.  A block that is
 * mapped as one is kept or freed as one.
 */
static void shrink_committed(struct vmap_area *va, const void *p,
			     unsigned long nr, gfp_t flags)
{
	struct vmap_node *vn = addr_to_node(va->va_start);
	struct vm_struct *vm = va->vm;
	unsigned long old_nr = vm->nr_pages;
	unsigned long start, end;
	const void *freed;

	/* The addresses of blocks are aligned; the start of the area need not be. */
	start = va->va_start + (nr << PAGE_SHIFT);
	start = round_up(start, PAGE_SIZE << mapped_order(vm, start));
	nr = (start - va->va_start) >> PAGE_SHIFT;
	if (nr >= old_nr)
		return;

	/* Addresses of locks and objects have the tag of @p. */
	freed = p + (nr << PAGE_SHIFT);
	end = va->va_start + (old_nr << PAGE_SHIFT);
	debug_check_no_locks_freed(freed, end - start);
	debug_check_no_obj_freed(freed, end - start);

	/* Hide the pages, and keep their addresses while they are still mapped. */
	spin_lock(&vn->busy.lock);
	set_committed(vm, nr);
	va->flags |= VMAP_RESIZING;
	spin_unlock(&vn->busy.lock);

	reregister_kmemleak(p, vm, flags);
	vunmap_range(start, end);
	free_area_pages(vm, nr, old_nr);
	publish_pages(va, nr);
	shrink_slots(va, flags);
}

/* Resize an area within its committed pages. */
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

/* Set flags of an area that others may look at. */
static void add_vm_flags(struct vmap_area *va, unsigned long vm_flags)
{
	struct vmap_node *vn = addr_to_node(va->va_start);

	if (!(vm_flags & ~va->vm->flags))
		return;

	spin_lock(&vn->busy.lock);
	WRITE_ONCE(va->vm->flags, va->vm->flags | vm_flags);
	spin_unlock(&vn->busy.lock);
}

/*
 * Whether the area, resized to @size, has the requested alignment and node.  An
 * area that grew may have pages of several nodes.
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

/* Commit more pages, or return -ENOSPC if the range is too small for them. */
static int grow_in_place(struct vmap_area *va, const void *p, size_t size,
			 gfp_t flags, int nid)
{
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *vm = va->vm;
	unsigned long old_nr = vm->nr_pages;
	size_t old_size = vm->requested_size;
	int err;

	/* An area mapped with contiguous PTEs cannot be extended by single pages. */
	if (vm_area_page_order(vm) &&
	    vm_area_page_order(vm) != PMD_SHIFT - PAGE_SHIFT)
		return -ENOSPC;
	if (!claim_pages(va, nr))
		return -ENOSPC;

	err = grow_slots(va, nr, flags, nid);
	if (!err)
		err = commit_pages(vm, va->va_start, old_nr, nr, flags, nid);
	publish_pages(va, err ? old_nr : nr);
	if (err) {
		shrink_slots(va, flags);
		return err;
	}

	vm->requested_size = size;
	kasan_vrealloc(p, old_size, size);
	clear_regrown(p, old_size, size, old_nr << PAGE_SHIFT, flags);
	reregister_kmemleak(p, vm, flags);
	return 0;
}

/*
 * Remap the pages into a larger range.  The old area owns them until every step
 * that can fail is done.
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

	/* The new area owns the pages now. */
	kmemleak_free(p);
	free_range(old);

	return n;
}

/**
 * vmalloc_resize() - Resize a vmalloc area in place or by remapping its pages.
 * @p: Memory from vmalloc() or this file.
 * @size: Requested size in bytes, not 0.
 * @align: Alignment in bytes, a power of two.
 * @flags: gfp flags.  %__GFP_ZERO clears all bytes beyond the old size.
 * @vm_flags: %VM_ALLOW_HUGE_VMAP if the caller does not rely on how the memory
 *	is mapped.
 * @nid: Node for new pages, or %NUMA_NO_NODE.
 * @caller: Return address for /proc/vmallocinfo.
 * @how: Set to what was done; unchanged on failure.
 *
 * Context: Task context, where @flags are allowed; fails in an interrupt.
 * Return: The memory; NULL without memory for it, or in a context that does not
 *	allow the call; or an ERR_PTR() of -EOPNOTSUPP if the memory has to be
 *	copied.  Without success @p is unchanged.
 */
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how)
{
	struct vmap_area *va;
	struct vm_struct *vm;
	void *n = NULL;
	int err;

	if (!kvmalloc_context_allows(flags))
		return NULL;

	va = find_vmap_area((unsigned long)p);
	vm = va ? va->vm : NULL;
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

	if (size >> PAGE_SHIFT > totalram_pages() || PAGE_ALIGN(size) < size)
		goto failed;

	/* Memory that must not move fails to grow rather than being copied. */
	if ((va->flags & VMAP_GROWABLE) && !gfpflags_allow_blocking(flags) &&
	    PAGE_ALIGN(size) >> PAGE_SHIFT <= range_pages(va))
		goto failed;
	if (!is_resizable(vm) || !gfpflags_allow_blocking(flags))
		return ERR_PTR(-EOPNOTSUPP);

	add_vm_flags(va, vm_flags);
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

	/*
	 * Copying needs even more memory, so fail, unless __GFP_NOFAIL forces the
	 * attempt.
	 */
	if (flags & __GFP_NOFAIL)
		return ERR_PTR(-EOPNOTSUPP);
failed:
	warn_failure(flags, size);
	return NULL;
}

/*
 * Allocate an area for @size bytes: with a range of @range pages, or if that is
 * 0, with capacity as free addresses permit.  __GFP_NOFAIL waits for memory and
 * addresses, unless this machine cannot have so many.
 */
static void *alloc_area(size_t size, unsigned long range, unsigned long align,
			gfp_t flags, unsigned long vm_flags,
			unsigned long va_flags, int nid, const void *caller)
{
	unsigned long most = (VMALLOC_END - VMALLOC_START) >> PAGE_SHIFT;
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *vm;

	while (nr <= totalram_pages() && max(nr, range) < most) {
		if (range)
			vm = reserve_range(nr, range, align, flags, flags,
					   vm_flags, va_flags, nid, caller);
		else
			vm = reserve_range_with_room(nr, align, flags, vm_flags,
						     nid, caller);
		if (vm && !commit_pages(vm, (unsigned long)vm->addr, 0, nr,
					flags, nid))
			return publish_area(vm, nr, size, flags);
		if (vm)
			free_range(vm);
		if (!(flags & __GFP_NOFAIL))
			break;
		schedule_timeout_uninterruptible(1);
	}

	warn_failure(flags, size);
	return NULL;
}

/**
 * vmalloc_try_huge() - Allocate vmalloc() memory, of huge pages if these are free.
 * @size: Requested size in bytes, not 0.
 * @align: Alignment in bytes, a power of two.
 * @flags: gfp flags, which allow sleeping.
 * @nid: Node, or %NUMA_NO_NODE.
 * @caller: Return address for /proc/vmallocinfo.
 *
 * vmalloc() with %VM_ALLOW_HUGE_VMAP would reclaim and compact memory for huge
 * pages, and on failure free all pages that it has and begin again.
 *
 * Context: Task context.  May sleep.
 * Return: The memory, to be freed with vfree(), or NULL.
 */
void *vmalloc_try_huge(size_t size, unsigned long align, gfp_t flags, int nid,
		       const void *caller)
{
	if (kasan_hw_tags_enabled())
		return __vmalloc_node_range_noprof(size, align, VMALLOC_START,
						   VMALLOC_END, flags,
						   PAGE_KERNEL, 0, nid, caller);

	return alloc_area(size, PAGE_ALIGN(size) >> PAGE_SHIFT, align, flags,
			  VM_ALLOW_HUGE_VMAP, 0, nid, caller);
}

/**
 * vmalloc_with_room() - Allocate vmalloc() memory that can grow.
 * @size: Requested size in bytes, not 0.
 * @max: Bytes that it must be able to grow to without moving; or 0 for some
 *	reserved capacity without a promise.
 * @align: Alignment in bytes, a power of two.
 * @flags: gfp flags, which allow sleeping.
 * @vm_flags: %VM_ALLOW_HUGE_VMAP if the caller does not rely on how the memory
 *	is mapped.
 * @nid: Node, or %NUMA_NO_NODE.
 * @caller: Return address for /proc/vmallocinfo.
 *
 * Context: Task context.  May sleep.
 * Return: The memory, to be freed with vfree(), or NULL.
 */
void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller)
{
	void *p;

	if (!kasan_hw_tags_enabled())
		return alloc_area(size, PAGE_ALIGN(max) >> PAGE_SHIFT, align,
				  flags, vm_flags, max ? VMAP_GROWABLE : 0, nid,
				  caller);

	/* Tagged memory cannot get pages later: commit all of @max. */
	p = __vmalloc_node_range_noprof(max ?: size, align, VMALLOC_START,
					VMALLOC_END, flags, PAGE_KERNEL, 0, nid,
					caller);
	if (p && max > size) {
		find_vm_area(p)->requested_size = size;
		kasan_vrealloc(p, max, size);
	}
	return p;
}

/**
 * vrealloc_node_align() - Resize vmalloc() memory.
 * @p: Memory from vmalloc(), or NULL.
 * @size: Requested size in bytes; 0 frees @p.
 * @align: Alignment in bytes, a power of two; memory that lacks it is moved.
 * @flags: gfp flags.  %__GFP_ZERO clears all bytes beyond the old size.
 * @nid: Node for new pages; with %__GFP_THISNODE memory on another node is
 *	moved.
 *
 * These are tried in turn: the memory fits into its pages, and pages that it does
 * not need any more are freed; more pages are mapped in its range; its pages are
 * remapped in a larger range; its contents are copied.  Memory is copied if user
 * space may map it, if its permissions are reset when it is freed, if it is for
 * DMA or from vmap(), where caches alias or memory is tagged, and if @flags may
 * not sleep.
 *
 * Remapping uses vmalloc()'s protection, like a copy: changes by set_memory_ro()
 * and similar functions are lost.
 *
 * Context: Task context, where @flags are allowed; fails in an interrupt.
 * Return: The memory, which may have moved; or NULL, and then @p is unchanged,
 *	unless @size is 0.
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

	flags = vmalloc_flags(flags);
	if (!size) {
		kvmalloc_free_replaced(p, flags);
		return NULL;
	}
	if (!p)
		return kvmalloc_may_vmalloc(flags) ?
			__vmalloc_node_noprof(size, align, flags, nid, caller) :
			NULL;

	n = vmalloc_resize(p, size, align, flags, 0, nid, caller, &how);
	if (PTR_ERR_OR_ZERO(n) != -EOPNOTSUPP)
		return n;
	if (!kvmalloc_may_vmalloc(flags))
		return NULL;

	/* As vmalloc_user(): memory that user space may map is zeroed and aligned. */
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
	kvmalloc_free_replaced(p, flags);
	return n;
}
EXPORT_SYMBOL(vrealloc_node_align_noprof);

#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
/**
 * vrealloc() - Resize vmalloc() memory.
 * @p: Memory from vmalloc(), or NULL.
 * @size: Requested size in bytes; 0 frees @p.
 * @flags: gfp flags.
 *
 * Context: As vrealloc_node_align().
 * Return: As vrealloc_node_align().
 */
void *vrealloc_noprof(const void *p, size_t size, gfp_t flags)
{
	return vrealloc_node_align_noprof(p, size, 1, flags, NUMA_NO_NODE);
}
EXPORT_SYMBOL(vrealloc_noprof);
#endif

/*
 * Queries.
 */

/**
 * vmalloc_requested_size() - Read the size that vmalloc() memory was asked for.
 * @p: Memory from vmalloc().
 *
 * Context: Task context; in an interrupt the size is unknown.
 * Return: Bytes, or 0 if the size is unknown.
 */
size_t vmalloc_requested_size(const void *p)
{
	struct vm_struct *vm;

	vm = kvmalloc_context_allows(0) ? find_vm_area(p) : NULL;
	return vm ? vm->requested_size : 0;
}

/**
 * vmalloc_room() - Read how far vmalloc() memory can grow without moving.
 * @p: Memory from vmalloc().
 *
 * Context: Task context.
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

/**
 * kvmalloc_usercopy_ok() - Check that a copy stays in the mapped part of an area.
 * @va: The range that the copy begins in.
 * @addr: Its first address, possibly tagged.
 * @n: Bytes to copy.
 *
 * The graft has hardened usercopy call this instead of comparing with the end of
 * the range, because reserved capacity is not mapped.  Takes no lock: a caller who
 * copies from memory while it is resized may get either answer.
 *
 * Context: Any.
 * Return: Whether the copy may be made.
 */
bool kvmalloc_usercopy_ok(const struct vmap_area *va, unsigned long addr,
			  unsigned long n)
{
	unsigned long start = va->va_start, size = READ_ONCE(va->va_end) - start;
	unsigned long offset = (unsigned long)kasan_reset_tag((void *)addr) - start;

	if (va->vm && is_resizable(va->vm))
		size = (unsigned long)READ_ONCE(va->vm->nr_pages) << PAGE_SHIFT;

	return offset <= size && n <= size - offset;
}

/* For /proc/vmallocinfo, which holds the busy lock. */
static void __maybe_unused
kvmalloc_show_room(struct seq_file *m, struct vmap_area *va)
{
	if (has_room(va))
		seq_printf(m, " reserved=%lu", range_pages(va));
}

#if defined(CONFIG_KVMALLOC_STATS) || defined(CONFIG_KVMALLOC_KUNIT_TEST)
/**
 * vmalloc_growth_read() - Sum up the reserved capacity of all areas.
 * @growth: Where to write the sum.
 *
 * Context: Task context.
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
			if (!va->vm || !is_resizable(va->vm) || !has_room(va) ||
			    (va->flags & VMAP_SLOTS))
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
 * Giving up reserved capacity.
 */

/* Whether other requests may have the capacity of the area.  Under the lock. */
static bool may_give_up(struct vmap_area *va)
{
	return va->vm && is_resizable(va->vm) && has_room(va) &&
	       !(va->flags & (VMAP_GROWABLE | VMAP_RESIZING));
}

/*
 * Cut the reserved capacity off the area that begins at @start, and free its
 * addresses.  The area may have changed since the caller looked at it.
 */
static bool give_up_room_of(unsigned long start, gfp_t gfp)
{
	struct vmap_node *vn = addr_to_node(start);
	struct vmap_area *va, *end;

	end = kmem_cache_zalloc(vmap_area_cachep, gfp);
	if (!end)
		return false;
	INIT_LIST_HEAD(&end->list);

	spin_lock(&vn->busy.lock);
	va = __find_vmap_area(start, &vn->busy.root);
	if (!va || va->va_start != start || !may_give_up(va)) {
		spin_unlock(&vn->busy.lock);
		kmem_cache_free(vmap_area_cachep, end);
		return false;
	}
	end->va_start = va->va_start + va->vm->size;
	end->va_end = va->va_end;
	/* Hardened usercopy reads it without the lock. */
	WRITE_ONCE(va->va_end, end->va_start);
	spin_unlock(&vn->busy.lock);

	free_vmap_area_noflush(end);
	atomic_long_inc(&nr_rooms_given_up);
	return true;
}

/**
 * kvmalloc_give_up_room() - Free reserved addresses for a request of vmalloc.
 * @size: Bytes of addresses that the request needs.
 * @align: Their alignment.
 * @vstart: Lowest address that will do.
 * @vend: End of the addresses that will do.
 * @gfp: The request's gfp flags.
 * @tries: Number of times that this request has come here, plus 1.
 *
 * alloc_vmap_area() calls this when it finds no range and has purged those that
 * were freed lately.  Walks the areas in the order of their addresses, and stops
 * at the first whose reserved capacity, with the free addresses behind it, holds
 * the request.  So no buffer loses capacity to a request that this cannot help, and
 * at most one loses it in a call.  No lock is held for longer than a look-up.
 *
 * vmalloc's search takes an alignment above a page for as many bytes more, unless the
 * request is for all addresses from @vstart to @vend.
 *
 * Another task may take the addresses first, so the request may come back, but
 * only a few times.
 *
 * Context: Task context, no locks held.  May sleep; does nothing for flags that
 *	may not.
 * Return: Whether to look for a range again.
 */
bool kvmalloc_give_up_room(unsigned long size, unsigned long align,
			   unsigned long vstart, unsigned long vend, gfp_t gfp,
			   int *tries)
{
	unsigned long addr = max_t(unsigned long, vstart, VMALLOC_START);
	unsigned long candidate = 0, hole = 0, next, start, end;
	bool exact = align <= PAGE_SIZE || vend - vstart == size;
	struct vmap_node *vn;
	struct vmap_area *va;

	if (!gfpflags_allow_blocking(gfp) || *tries > GIVE_UP_TRIES)
		return false;
	++*tries;
	if (!exact && check_add_overflow(size, align - 1, &size))
		return false;

	vend = min_t(unsigned long, vend, VMALLOC_END);
	for (;;) {
		vn = addr < vend ? find_vmap_area_exceed_addr_lock(addr, &va) :
				   NULL;
		next = vn ? va->va_start : vend;
		start = max(hole, vstart);
		end = min(next, vend);
		if (candidate && start < end && size <= end - start) {
			if (vn)
				spin_unlock(&vn->busy.lock);
			if (!give_up_room_of(candidate, gfp))
				return false;
			reclaim_and_purge_vmap_areas();
			return true;
		}
		if (!vn)
			return false;

		candidate = may_give_up(va) ? va->va_start : 0;
		hole = candidate ? va->va_start + va->vm->size : 0;
		addr = va->va_end;
		spin_unlock(&vn->busy.lock);
		cond_resched();
	}
}
