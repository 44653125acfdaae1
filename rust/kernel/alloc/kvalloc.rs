// SPDX-License-Identifier: GPL-2.0

//! The [`Allocator`] trait and its three implementations on C's families.
//!
//! A block is owned by a `RawBuf` (`kvraw`) or a [`Box`](super::Box), not by this file.

use super::{
    dangling_from_layout,
    flags::{
        __GFP_DIRECT_RECLAIM,
        __GFP_HIGHMEM,
        __GFP_NOFAIL,
        __GFP_THISNODE, //
    },
    kvcompat::KMALLOC_MIN,
    AllocError,
    Flags,
    NumaNode, //
};
use crate::{
    bindings,
    ffi::{
        c_int,
        c_ulong,
        c_void, //
    },
    page::PAGE_SIZE, //
};
use core::{
    alloc::Layout,
    ptr::{
        self,
        NonNull, //
    }, //
};

/// A source of memory that takes [`Flags`] and may say no.
///
/// Implementors are markers without a value: the functions take no `self`, so that a type
/// parameter is all that an owner of memory has to carry.
///
/// # Safety
///
/// An implementation must see to it that
///
/// - a block stays where it is, and is nobody else's, from the call that returned it until it is
///   passed to [`Allocator::free`], or until [`Allocator::realloc`] or [`Allocator::shrink`] takes
///   it and succeeds;
/// - any of its functions accept a block from any other of them;
/// - every block is aligned to [`Allocator::MIN_ALIGN`];
/// - the functions keep what is said under their `# Guarantees`.
///
/// # Examples
///
/// ```
/// use core::{alloc::Layout, mem::align_of};
/// use kernel::alloc::{Allocator, KVmalloc, NumaNode};
///
/// let layout = Layout::new::<[u64; 3]>();
/// let block = KVmalloc::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;
/// assert!(block.len() >= 24);
/// assert_eq!(block.cast::<u8>().as_ptr() as usize % align_of::<u64>(), 0);
///
/// // SAFETY: The block is from this allocator, was made for `layout` and is not used any more.
/// unsafe { KVmalloc::free(block.cast(), layout) };
/// # Ok::<(), Error>(())
/// ```
pub unsafe trait Allocator {
    /// Bytes that each block is aligned to, however little its layout demands.
    ///
    /// No block of this allocator occupies less memory than this, either.
    const MIN_ALIGN: usize;

    /// Flags of which no request may have any.
    ///
    /// A request that has is an error. Not in the kernel's own trait, as are the two that follow;
    /// they are the allocator's part of [`Flags::are_refused_by`] and [`Flags::for_allocator`].
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{Allocator, Kmalloc};
    ///
    /// assert_eq!(Kmalloc::REFUSED_FLAGS, __GFP_HIGHMEM);
    /// ```
    const REFUSED_FLAGS: Flags = Flags::empty();

    /// Flags that every request for memory must have.
    ///
    /// One that has not is an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{Allocator, Vmalloc};
    ///
    /// // This kernel's vmalloc() sleeps, or it does not.
    /// let always = GFP_ATOMIC.are_refused_by::<Vmalloc>();
    /// assert_eq!(Vmalloc::REQUIRED_FLAGS.may_sleep(), always);
    /// ```
    const REQUIRED_FLAGS: Flags = Flags::empty();

    /// Flags without which only small requests can succeed.
    ///
    /// Constants must have them, if they are given where constants are checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{Allocator, KVmalloc, Vmalloc};
    ///
    /// // What is not small is vmalloc()'s.
    /// assert_eq!(KVmalloc::ADVISED_FLAGS, Vmalloc::REQUIRED_FLAGS);
    /// ```
    const ADVISED_FLAGS: Flags = Self::REQUIRED_FLAGS;

    /// Whether [`Allocator::free_nonblocking`] frees without sleeping.
    ///
    /// Where this is `false`, methods of [`Box`](super::Box) and [`Vec`](super::Vec) that would
    /// have to free a block of this allocator fail if their flags do not allow sleeping. Not in
    /// the kernel's own trait.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{Allocator, KVmalloc, Sensitive};
    ///
    /// assert!(KVmalloc::HAS_NONBLOCKING_FREE);
    /// assert!(Sensitive::<KVmalloc>::HAS_NONBLOCKING_FREE);
    /// ```
    const HAS_NONBLOCKING_FREE: bool = false;

    /// Allocates a block for `layout` on the node `nid`.
    ///
    /// May sleep if `flags` allow it.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory, or if this allocator cannot serve such a layout or
    /// with such flags.
    ///
    /// # Guarantees
    ///
    /// The block has at least `layout.size()` bytes, is aligned to `layout.align()` and, with
    /// `__GFP_ZERO` among the flags, zeroed. For a size of zero nothing is allocated, and the
    /// pointer is only good for its alignment.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::{Allocator, Kmalloc, NumaNode};
    ///
    /// let layout = Layout::new::<u32>();
    /// let block = Kmalloc::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::new(0)?)?;
    ///
    /// // SAFETY: The block is large enough for a `u32`, and was zeroed.
    /// assert_eq!(unsafe { block.cast::<u32>().as_ptr().read() }, 0);
    /// // SAFETY: It came from `Kmalloc` with this layout.
    /// unsafe { Kmalloc::free(block.cast(), layout) };
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn alloc(layout: Layout, flags: Flags, nid: NumaNode) -> Result<NonNull<[u8]>, AllocError> {
        let nothing = Layout::new::<()>();

        // SAFETY: No old block is passed in, so there is nothing to be said about one.
        unsafe { Self::realloc(None, layout, nothing, flags, nid) }
    }

    /// Gives a block the size of `layout`, where it is or elsewhere.
    ///
    /// Without a block it allocates one; a size of zero frees. With `__GFP_ZERO` the bytes that
    /// are gained are zeroed, provided that all earlier calls for this block had that flag too.
    ///
    /// # Errors
    ///
    /// [`AllocError`] as for [`Allocator::alloc`]; the old block is then still there, unchanged.
    ///
    /// # Safety
    ///
    /// - `block` is [`None`], or a live block of this allocator, or `old` has size zero.
    /// - The block was last allocated or reallocated for `old`, or for a layout that is at least as
    ///   large and as aligned, unless there is no block yet.
    /// - On success the old pointer is not used again.
    ///
    /// # Guarantees
    ///
    /// What [`Allocator::alloc`] guarantees, and that the bytes of the old block are in the new
    /// one as far as both reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::{Allocator, KVmalloc, NumaNode};
    ///
    /// let (small, large) = (Layout::new::<u8>(), Layout::new::<[u8; 1 << 20]>());
    /// let block = KVmalloc::alloc(small, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();
    /// // SAFETY: There is room for one byte.
    /// unsafe { block.as_ptr().write(42) };
    ///
    /// // SAFETY: `block` was made for `small`; from here on only the new pointer is used.
    /// let block = unsafe {
    ///     KVmalloc::realloc(Some(block), large, small, GFP_KERNEL, NumaNode::NO_NODE)?
    /// }
    /// .cast::<u8>();
    /// // SAFETY: That byte has moved along.
    /// assert_eq!(unsafe { block.as_ptr().read() }, 42);
    /// // SAFETY: The block is now one for `large`.
    /// unsafe { KVmalloc::free(block, large) };
    /// # Ok::<(), Error>(())
    /// ```
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError>;

    /// Gives a block back.
    ///
    /// # Safety
    ///
    /// - `block` is a live block of this allocator, or `layout` has size zero.
    /// - The block was last allocated or reallocated for `layout`, or for one that is at least as
    ///   large and as aligned.
    /// - Nobody uses the block again.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::{alloc::Layout, ptr::NonNull};
    /// use kernel::alloc::{Allocator, Vmalloc};
    ///
    /// // SAFETY: A block of no size need not come from anywhere.
    /// unsafe { Vmalloc::free(NonNull::<u8>::dangling(), Layout::new::<()>()) };
    /// ```
    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        let nothing = Layout::new::<()>();
        // None matters to a call that only frees.
        let flags = Flags::empty();

        // SAFETY: The caller gives the block up, and vouches for it and for its layout. An
        // alignment of one is no larger than any.
        let freed =
            unsafe { Self::realloc(Some(block), nothing, layout, flags, NumaNode::NO_NODE) };
        // To free cannot fail, and what comes back is a pointer to no bytes.
        let _ = freed;
    }

    /// Frees a block without sleeping, if [`Allocator::HAS_NONBLOCKING_FREE`] is `true`.
    ///
    /// May be called under a spinlock, with preemption disabled and in interrupts. The method that
    /// is provided calls [`Allocator::free`]; it is right for an allocator whose `free` never
    /// sleeps. Not in the kernel's own trait.
    ///
    /// # Safety
    ///
    /// Those of [`Allocator::free`].
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::{Allocator, NumaNode, Vmalloc};
    ///
    /// let layout = Layout::new::<u64>();
    /// let block = Vmalloc::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?;
    /// // SAFETY: The block is from this allocator, was made for `layout` and is not used any more.
    /// unsafe { Vmalloc::free_nonblocking(block.cast(), layout) };
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    unsafe fn free_nonblocking(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same.
        unsafe { Self::free(block, layout) };
    }

    /// Tells how many bytes a block can be reallocated to without moving, as far as is known.
    ///
    /// Not in the kernel's own trait; an implementation that does not know relies on the one here,
    /// which knows of none. Room may be gone by the time that it is used, unless it was promised
    /// (see [`Vec::with_growth_limit`](super::Vec::with_growth_limit)).
    ///
    /// # Safety
    ///
    /// `block` is a live block of this allocator.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::{Allocator, NumaNode, Vmalloc};
    ///
    /// let (small, large) = (Layout::new::<[u8; 1 << 14]>(), Layout::new::<[u8; 1 << 15]>());
    /// let block = Vmalloc::alloc(small, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();
    /// // SAFETY: `block` was made for `small`; from here on only the new pointer is used.
    /// let block = unsafe {
    ///     Vmalloc::realloc(Some(block), large, small, GFP_KERNEL, NumaNode::NO_NODE)?
    /// }
    /// .cast::<u8>();
    /// // SAFETY: The block is live.
    /// assert!(unsafe { Vmalloc::room(block) } >= large.size());
    /// // SAFETY: The block is now one for `large`.
    /// unsafe { Vmalloc::free(block, large) };
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    unsafe fn room(block: NonNull<u8>) -> usize {
        let _ = block;
        0
    }

    /// Gives back what a block has beyond `layout`.
    ///
    /// Unlike [`Allocator::realloc`], which need not hand back memory, this copies to a smaller
    /// block when nothing else makes the memory free. Not in the kernel's own trait; an
    /// implementation that has no better way can rely on the one here, which always copies.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if a copy was needed and there was no memory for it. The block is then as it
    /// was.
    ///
    /// # Safety
    ///
    /// Those of [`Allocator::realloc`], and: there is a block, and `layout` is smaller than
    /// `old` but not of size zero.
    ///
    /// # Guarantees
    ///
    /// Those of [`Allocator::realloc`].
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::{Allocator, Backing, KVmalloc, NumaNode};
    ///
    /// # const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
    /// let (large, small) = (Layout::new::<[u8; LARGE]>(), Layout::new::<[u8; 64]>());
    /// let block = KVmalloc::alloc(large, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();
    /// assert_eq!(KVmalloc::backing(block), Backing::Vmalloc);
    ///
    /// // SAFETY: `block` was made for `large`; from here on only the new pointer is used.
    /// let block = unsafe {
    ///     KVmalloc::shrink(block, small, large, GFP_KERNEL, NumaNode::NO_NODE)?
    /// }
    /// .cast::<u8>();
    /// assert_eq!(KVmalloc::backing(block), Backing::Slab);
    /// // SAFETY: The block is now one for `small`.
    /// unsafe { KVmalloc::free(block, small) };
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    unsafe fn shrink(
        block: NonNull<u8>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { relocate::<Self>(block, layout, old, flags, nid) }
    }
}

/// Slab memory, physically contiguous.
///
/// Sizes up to `KMALLOC_MAX_SIZE` are possible, though more than a few pages in one piece may be
/// hard to find. Alignments are those that slab gives an object of the (padded) size: naturally
/// aligned for powers of two, which includes those above a page. Freeing never sleeps.
///
/// # Examples
///
/// ```
/// use kernel::alloc::Kmalloc;
///
/// let b = Box::<u8, Kmalloc>::new(1, GFP_KERNEL)?;
/// assert_eq!(*b, 1);
/// # Ok::<(), Error>(())
/// ```
pub struct Kmalloc;

/// Whole pages, mapped side by side in the vmalloc area.
///
/// Any size and any alignment, but at the price of page tables. With flags that may not sleep a
/// request is an error on kernels whose vmalloc() sleeps all the same (6.12).
///
/// Freeing may sleep, whatever the flags were: a block must not be freed while a spinlock is held
/// or preemption is off. In an interrupt it is put off until later, hence allowed.
///
/// # Examples
///
/// ```
/// use kernel::alloc::Vmalloc;
///
/// let b = Box::<u8, Vmalloc>::new(1, GFP_KERNEL)?;
/// assert_eq!(*b, 1);
/// # Ok::<(), Error>(())
/// ```
pub struct Vmalloc;

/// Slab memory where slab can serve, vmalloc memory where it cannot.
///
/// The one to take for sizes that may turn out large. Any alignment is served. With flags that may
/// not sleep slab is asked, on all kernels, and vmalloc() where it does not sleep (7.3): a request
/// that is small may well succeed, a larger one is an error where it cannot.
///
/// Freeing is as for [`Vmalloc`] where the memory is [`Backing::Vmalloc`], and never sleeps where
/// it is not. For DMA one has to look at the backing first.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KVmalloc;
///
/// let b = Box::<u8, KVmalloc>::new(1, GFP_KERNEL)?;
/// assert_eq!(*b, 1);
/// # Ok::<(), Error>(())
/// ```
pub struct KVmalloc;

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
pub use super::kvpages::VmallocPageIter;

/// Where [`KVmalloc`] found a piece of memory.
///
/// # Examples
///
/// ```
/// use kernel::alloc::Backing;
///
/// let v = KVVec::<u8>::with_capacity(100, GFP_KERNEL)?;
/// assert_eq!(v.backing(), Some(Backing::Slab));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// A slab object, or pages that slab took in one piece: physically contiguous.
    Slab,
    /// Pages mapped into a vmalloc area: contiguous in its addresses only.
    Vmalloc,
}

/// The form that the reallocating functions of C have in common.
type CRealloc = unsafe extern "C" fn(*const c_void, usize, c_ulong, u32, c_int) -> *mut c_void;

/// Implements [`Allocator::realloc`] of `A` with one of C's reallocating functions.
///
/// # Safety
///
/// Those of [`Allocator::realloc`] for `A`, whose blocks are memory of `realloc`; which must be
/// `krealloc_node_align`, `vrealloc_node_align` or `kvrealloc_node_align`.
#[inline]
unsafe fn c_realloc<A: Allocator>(
    realloc: CRealloc,
    block: Option<NonNull<u8>>,
    layout: Layout,
    old: Layout,
    flags: Flags,
    nid: NumaNode,
) -> Result<NonNull<[u8]>, AllocError> {
    let block = block.filter(|_| old.size() != 0);

    if layout.size() == 0 {
        if let Some(block) = block {
            // SAFETY: The caller gives up a live block, and vouches for its layout.
            unsafe { free_as::<A>(block, old, flags) };
        }
        return Ok(NonNull::slice_from_raw_parts(
            dangling_from_layout(layout),
            0,
        ));
    }
    let from = block.map_or(ptr::null_mut(), NonNull::as_ptr);
    // SAFETY: All three functions take NULL or memory of their own kind, which `from` is: the
    // caller vouches for a block, and pointers to no bytes have been filtered out.
    let new = unsafe {
        realloc(
            from.cast(),
            layout.size(),
            layout.align(),
            flags.as_raw(),
            nid.as_raw(),
        )
    };

    let new = NonNull::new(new.cast()).ok_or(AllocError)?;
    Ok(NonNull::slice_from_raw_parts(new, layout.size()))
}

/// Implements [`Allocator::free`] and [`Allocator::free_nonblocking`] with one of C's functions.
///
/// # Safety
///
/// Those of [`Allocator::free`]; a block of the allocator is memory for `free`.
#[inline]
unsafe fn c_free(free: unsafe extern "C" fn(*const c_void), block: NonNull<u8>, layout: Layout) {
    if layout.size() != 0 {
        // SAFETY: The layout has bytes, so the caller gives up a live block, which `free` takes.
        unsafe { free(block.as_ptr().cast()) };
    }
}

/// Frees a block in a context that `flags` describe.
///
/// Where these do not allow sleeping, and the allocator has no non-blocking free, this may sleep
/// nevertheless: call it only if [`Flags::allow_freeing`], or to clean up after a failure.
///
/// # Safety
///
/// Those of [`Allocator::free`] for `A`.
#[inline]
pub(super) unsafe fn free_as<A: Allocator + ?Sized>(
    block: NonNull<u8>,
    layout: Layout,
    flags: Flags,
) {
    // SAFETY: The requirements of both are the same.
    unsafe {
        if flags.allow_freeing::<A>() && !flags.may_sleep() {
            A::free_nonblocking(block, layout);
        } else {
            A::free(block, layout);
        }
    }
}

/// Moves a block to a new and smaller one.
///
/// # Safety
///
/// Those of [`Allocator::shrink`] for `A`.
unsafe fn relocate<A: Allocator + ?Sized>(
    block: NonNull<u8>,
    layout: Layout,
    old: Layout,
    flags: Flags,
    nid: NumaNode,
) -> Result<NonNull<[u8]>, AllocError> {
    // The old block has to be freed, too.
    if !flags.allow_freeing::<A>() {
        return Err(AllocError);
    }
    let new = A::alloc(layout, flags, nid)?;

    // SAFETY: The old block has more than `layout.size()` bytes, the new one at least as many, and
    // as both are live they do not overlap.
    unsafe { ptr::copy_nonoverlapping(block.as_ptr(), new.cast().as_ptr(), layout.size()) };
    // SAFETY: The caller vouches for the block and its layout, and uses the new one from now on.
    unsafe { free_as::<A>(block, old, flags) };
    Ok(new)
}

/// The most memory that a new block for `layout` may take, in bytes.
///
/// For [`KVmalloc`], which may serve from slab what was an area before; that is often more. Slab
/// memory takes just this much.
fn fresh_footprint(layout: Layout) -> usize {
    let padded = KVmalloc::aligned_layout(layout);

    // SAFETY: This only computes.
    unsafe { bindings::kvmalloc_fresh_footprint(padded.size()) }
}

/// Whether a block takes more than `fresh` bytes of memory.
///
/// # Safety
///
/// `block` is a live block of one of the three allocators.
unsafe fn is_wasteful(block: NonNull<u8>, fresh: usize) -> bool {
    // SAFETY: The caller vouches for the block, which is only looked at.
    fresh < unsafe { bindings::kvmalloc_footprint(block.as_ptr().cast()) }
}

/// [`Allocator::shrink`] for a block that slab holds.
///
/// # Safety
///
/// Those of [`Allocator::shrink`] for `A`; `block` is slab memory.
unsafe fn shrink_slab<A: Allocator>(
    block: NonNull<u8>,
    layout: Layout,
    old: Layout,
    flags: Flags,
    nid: NumaNode,
) -> Result<NonNull<[u8]>, AllocError> {
    // SAFETY: The block is live. For both calls the caller meets the requirements; if the first one
    // fails the block is as it was.
    unsafe {
        // Slab never splits an object: only another one can be smaller.
        if is_wasteful(block, fresh_footprint(layout)) {
            if let Ok(moved) = relocate::<A>(block, layout, old, flags, nid) {
                return Ok(moved);
            }
        }
        A::realloc(Some(block), layout, old, flags, nid)
    }
}

/// [`Allocator::shrink`] for a block that is a vmalloc area.
///
/// A new block of `A` for `layout` takes at most `fresh` bytes of memory.
///
/// # Safety
///
/// Those of [`Allocator::shrink`] for `A`; `block` is vmalloc memory.
unsafe fn shrink_area<A: Allocator>(
    block: NonNull<u8>,
    layout: Layout,
    old: Layout,
    flags: Flags,
    nid: NumaNode,
    fresh: usize,
) -> Result<NonNull<[u8]>, AllocError> {
    // SAFETY: The caller meets the requirements.
    let kept = unsafe { A::realloc(Some(block), layout, old, flags, nid)? };

    // Not every kernel's vrealloc() frees pages, and none frees those of a huge mapping. But to
    // free an area sleeps, as to free its pages would have.
    // SAFETY: `kept` is the live block.
    if !flags.may_sleep() || !unsafe { is_wasteful(kept.cast(), fresh) } {
        return Ok(kept);
    }

    // SAFETY: `kept` is a live block of `A` for `layout`.
    let moved = unsafe { relocate::<A>(kept.cast(), layout, layout, flags, nid) };
    // The block has the new size by now, if not its footprint: that is no failure.
    Ok(moved.unwrap_or(kept))
}

/// What `flags` must have where vmalloc() is asked.
const VMALLOC_REQUIRES: Flags = if cfg!(CONFIG_KVMALLOC_VMALLOC_NONBLOCK) {
    Flags::empty()
} else {
    __GFP_DIRECT_RECLAIM
};

/// Ends a request for memory with flags that `A` cannot work with. To free takes none.
#[inline]
fn check_flags<A: Allocator>(layout: Layout, flags: Flags) -> Result<(), AllocError> {
    if layout.size() != 0 && flags.are_refused_by::<A>() {
        Err(AllocError)
    } else {
        Ok(())
    }
}

impl Kmalloc {
    /// The least layout that holds `layout` and that slab aligns as demanded.
    ///
    /// Slab aligns an object by its size: to the largest power of two that divides it. So the size
    /// must be a multiple of the alignment.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::Kmalloc;
    ///
    /// let layout = Layout::from_size_align(24, 16).map_err(|_| EINVAL)?;
    /// assert_eq!(Kmalloc::aligned_layout(layout).size(), 32);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn aligned_layout(layout: Layout) -> Layout {
        layout.pad_to_align()
    }
}

// SAFETY: krealloc() and kfree() keep a slab object for its owner until it is freed, keep it on
// failure and copy what fits; both take what kmalloc() and krealloc() return. Alignment follows
// from the padding, and is never below `KMALLOC_MIN`.
unsafe impl Allocator for Kmalloc {
    const MIN_ALIGN: usize = KMALLOC_MIN;
    const REFUSED_FLAGS: Flags = __GFP_HIGHMEM;
    // kfree() never sleeps.
    const HAS_NONBLOCKING_FREE: bool = true;

    #[inline]
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let layout = Kmalloc::aligned_layout(layout);

        check_flags::<Self>(layout, flags)?;
        // SAFETY: The requirements are the same, for a function of the list.
        unsafe {
            c_realloc::<Self>(
                bindings::krealloc_node_align,
                block,
                layout,
                old,
                flags,
                nid,
            )
        }
    }

    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same. Blocks are memory for kfree().
        unsafe { c_free(bindings::kfree, block, layout) };
    }

    #[inline]
    unsafe fn shrink(
        block: NonNull<u8>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same; all blocks of this allocator are slab memory.
        unsafe { shrink_slab::<Self>(block, layout, old, flags, nid) }
    }
}

// SAFETY: vrealloc() and vfree() keep an area for its owner until it is freed, keep it on failure
// and copy what fits; both take what vmalloc() and vrealloc() return. Areas start at a page, or as
// aligned as was asked for.
unsafe impl Allocator for Vmalloc {
    const MIN_ALIGN: usize = PAGE_SIZE;
    const REQUIRED_FLAGS: Flags = VMALLOC_REQUIRES;
    const HAS_NONBLOCKING_FREE: bool = true;

    #[inline]
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // A block that keeps its place within the pages that it has takes no memory.
        let stays = block.is_some_and(|block| {
            layout.size() <= old.size().next_multiple_of(PAGE_SIZE)
                && block.as_ptr() as usize % layout.align() == 0
                && !flags.contains(__GFP_THISNODE)
        });
        if !stays {
            check_flags::<Self>(layout, flags)?;
        }
        // SAFETY: This only looks at the context.
        if layout.size() != 0 && !unsafe { bindings::kvmalloc_vmalloc_context() } {
            return Err(AllocError);
        }
        // SAFETY: The requirements are the same, for a function of the list.
        unsafe {
            c_realloc::<Self>(
                bindings::vrealloc_node_align,
                block,
                layout,
                old,
                flags,
                nid,
            )
        }
    }

    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same. Blocks are memory for vfree().
        unsafe { c_free(bindings::vfree, block, layout) };
    }

    #[inline]
    unsafe fn free_nonblocking(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same. Blocks are memory for vfree_atomic().
        unsafe { c_free(bindings::vfree_atomic, block, layout) };
    }

    #[inline]
    unsafe fn shrink(
        block: NonNull<u8>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // Never huge ones, which vmalloc() takes on request only.
        let pages = layout.size().next_multiple_of(PAGE_SIZE);

        // SAFETY: The requirements are the same; all blocks of this allocator are areas.
        unsafe { shrink_area::<Self>(block, layout, old, flags, nid, pages) }
    }

    #[inline]
    unsafe fn room(block: NonNull<u8>) -> usize {
        // SAFETY: The block is a live area.
        unsafe { bindings::kvmalloc_room(block.as_ptr().cast()) }
    }
}

impl KVmalloc {
    /// The least layout that holds `layout` and that slab aligns as demanded.
    ///
    /// Other layouts are served too, but by vmalloc() if slab would not align them; the padding
    /// gives slab its chance. Same as [`Kmalloc::aligned_layout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::KVmalloc;
    ///
    /// let layout = Layout::from_size_align(1, 64).map_err(|_| EINVAL)?;
    /// assert_eq!(KVmalloc::aligned_layout(layout).size(), 64);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn aligned_layout(layout: Layout) -> Layout {
        Kmalloc::aligned_layout(layout)
    }

    /// Allocates a block that can be reallocated up to `limit` without moving.
    ///
    /// The node argument of later calls must ask for nothing that moves the block
    /// (`__GFP_THISNODE`). [`Allocator::shrink`] may move it, and then the promise is void.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory for `layout` or no range of addresses for `limit`, if
    /// `limit` is smaller than `layout` or 2 GiB or more, or if the flags have `__GFP_NOFAIL`.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use kernel::alloc::{Allocator, KVmalloc, NumaNode};
    ///
    /// let (small, large) = (Layout::new::<u8>(), Layout::new::<[u8; 1 << 20]>());
    /// let old = KVmalloc::alloc_growable(small, large, GFP_KERNEL, NumaNode::NO_NODE)?;
    /// // SAFETY: `old` was made for `small`; it is compared, and only `new` is used.
    /// let new = unsafe {
    ///     KVmalloc::realloc(Some(old.cast()), large, small, GFP_KERNEL, NumaNode::NO_NODE)?
    /// };
    /// assert_eq!(old.cast::<u8>(), new.cast::<u8>());
    /// // SAFETY: The block is now one for `large`.
    /// unsafe { KVmalloc::free(new.cast(), large) };
    /// # Ok::<(), Error>(())
    /// ```
    pub fn alloc_growable(
        layout: Layout,
        limit: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let layout = KVmalloc::aligned_layout(layout);
        let limit = KVmalloc::aligned_layout(limit);

        check_flags::<Self>(limit, flags)?;
        // C refuses this combination, with a warning: growing may have to fail.
        if flags.contains(__GFP_NOFAIL) {
            return Err(AllocError);
        }
        if layout.size() == 0 {
            return Ok(NonNull::slice_from_raw_parts(
                dangling_from_layout(layout),
                0,
            ));
        }
        // SAFETY: Sizes, an alignment that is a power of two, flags and a node are all it takes.
        let block = unsafe {
            bindings::kvmalloc_growable_node_align(
                layout.size(),
                limit.size(),
                layout.align().max(limit.align()),
                flags.as_raw(),
                nid.as_raw(),
            )
        };

        let block = NonNull::new(block.cast()).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    /// Tells where a block of this allocator lies.
    ///
    /// Only the address is looked at: for a pointer that does not come from [`KVmalloc`] the answer
    /// is of no use, but asking does no harm.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::ptr::NonNull;
    /// use kernel::alloc::{Backing, KVmalloc};
    ///
    /// let b = KVBox::new(1u64, GFP_KERNEL)?;
    /// assert_eq!(KVmalloc::backing(NonNull::from(&*b).cast()), Backing::Slab);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn backing(block: NonNull<u8>) -> Backing {
        // SAFETY: The address is compared and not followed.
        if unsafe { bindings::kvmalloc_is_vmalloc(block.as_ptr().cast()) } {
            Backing::Vmalloc
        } else {
            Backing::Slab
        }
    }
}

// SAFETY: kvrealloc() and kvfree() keep an object or area for its owner until it is freed, keep it
// on failure and copy what fits; both take what kvmalloc() and kvrealloc() return. Any power of two
// is honoured as alignment, and the least is slab's.
unsafe impl Allocator for KVmalloc {
    const MIN_ALIGN: usize = KMALLOC_MIN;
    const REFUSED_FLAGS: Flags = __GFP_HIGHMEM;
    const ADVISED_FLAGS: Flags = VMALLOC_REQUIRES;
    const HAS_NONBLOCKING_FREE: bool = true;

    #[inline]
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let layout = KVmalloc::aligned_layout(layout);

        check_flags::<Self>(layout, flags)?;
        // SAFETY: The requirements are the same, for a function of the list.
        unsafe {
            c_realloc::<Self>(
                bindings::kvrealloc_node_align,
                block,
                layout,
                old,
                flags,
                nid,
            )
        }
    }

    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same. Blocks are memory for kvfree().
        unsafe { c_free(bindings::kvfree, block, layout) };
    }

    #[inline]
    unsafe fn free_nonblocking(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same. Blocks are memory for kvfree_atomic().
        unsafe { c_free(bindings::kvfree_atomic, block, layout) };
    }

    #[inline]
    unsafe fn shrink(
        block: NonNull<u8>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements of all calls are the same, and the backing is looked up. If
        // relocate() fails the block is as it was.
        unsafe {
            if KVmalloc::backing(block) == Backing::Slab {
                return shrink_slab::<Self>(block, layout, old, flags, nid);
            }
            // An object instead of an area also saves the page tables and the rest of the page.
            if layout.size() <= PAGE_SIZE && flags.may_sleep() {
                if let Ok(moved) = relocate::<Self>(block, layout, old, flags, nid) {
                    return Ok(moved);
                }
            }
            shrink_area::<Self>(block, layout, old, flags, nid, fresh_footprint(layout))
        }
    }

    #[inline]
    unsafe fn room(block: NonNull<u8>) -> usize {
        match KVmalloc::backing(block) {
            // A larger object is as good a reason to grow as a full one is.
            Backing::Slab => 0,
            // SAFETY: The block is a live area.
            Backing::Vmalloc => unsafe { bindings::kvmalloc_room(block.as_ptr().cast()) },
        }
    }
}
