// SPDX-License-Identifier: GPL-2.0

//! Memory that is freed without sleeping.
//!
//! `kvfree()` and `vfree()` may sleep when the memory is a vmalloc area, so neither a
//! [`KVBox`](super::KVBox) nor a [`KVVec`](super::KVVec) may be dropped under a spinlock. The
//! adapter [`NonBlocking`] frees with `kvfree_atomic()` or `vfree_atomic()` instead, which leave
//! the area to a worker.

use super::{
    kvalloc::KVmalloc,
    kvforeign::KvFree,
    AllocError,
    Allocator,
    Box,
    Flags,
    NumaNode,
    Vec, //
};
use core::{
    alloc::Layout,
    marker::PhantomData,
    ptr::NonNull, //
};

/// Memory of the allocator `A` that is freed without sleeping.
///
/// A [`Box`] or [`Vec`] with this allocator may be dropped under a spinlock, with preemption
/// disabled and in interrupts (except NMI), provided that the same holds for its values. Freeing a
/// vmalloc area costs a work item, and the pages become free when the worker runs. Slab memory is
/// freed at once, as always.
///
/// The adapter changes only how memory is freed. Allocating and growing honour their flags as with
/// `A`: with `GFP_KERNEL` they may sleep. Boxes and vectors of `A` become such of `NonBlocking<A>`
/// with `from()`, and back with [`Box::into_blocking`] and [`Vec::into_blocking`]; neither copies.
///
/// An allocator without a non-blocking free ([`Allocator::HAS_NONBLOCKING_FREE`]) is refused at
/// compile time.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::KVNonBlockingVec, new_spinlock, sync::SpinLock};
///
/// # const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
/// let slot = KBox::pin_init(new_spinlock!(KVNonBlockingVec::<u8>::new()), GFP_KERNEL)?;
/// # let _: &SpinLock<_> = &slot;
/// // Too large for slab, so this is a vmalloc area.
/// *slot.lock() = KVNonBlockingVec::zeroed(LARGE, GFP_KERNEL)?;
///
/// // The old value is dropped while the lock is held.
/// *slot.lock() = KVNonBlockingVec::new();
/// # Ok::<(), Error>(())
/// ```
///
/// A type that is dropped under a lock can demand it of its fields:
///
/// ```ignore,compile_fail
/// use kernel::alloc::KVNonBlockingVec;
///
/// let v: KVNonBlockingVec<u8> = KVVec::new();
/// ```
pub struct NonBlocking<A>(PhantomData<A>);

/// A [`Box`] in slab or vmalloc memory that is freed without sleeping.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KVNonBlockingBox;
///
/// assert_eq!(*KVNonBlockingBox::new(1, GFP_KERNEL)?, 1);
/// # Ok::<(), Error>(())
/// ```
pub type KVNonBlockingBox<T> = Box<T, NonBlocking<KVmalloc>>;

/// A [`Vec`] in slab or vmalloc memory that is freed without sleeping.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KVNonBlockingVec;
///
/// let mut log = KVNonBlockingVec::<u8>::new();
/// log.extend_from_slice(b"up", GFP_KERNEL)?;
/// assert_eq!(log.as_slice(), b"up");
/// # Ok::<(), Error>(())
/// ```
pub type KVNonBlockingVec<T> = Vec<T, NonBlocking<KVmalloc>>;

impl<A: Allocator> NonBlocking<A> {
    /// Evaluated wherever the adapter is used, to refuse other allocators.
    const CHECK: () = assert!(
        A::HAS_NONBLOCKING_FREE,
        "this allocator has no way to free without sleeping"
    );
}

// SAFETY: All blocks are blocks of `A` for the same layouts, and each function calls the one of `A`
// that has the same contract. `free` calls `A::free_nonblocking`, whose requirements are the same.
// The trait's default methods call these functions: `alloc` calls `realloc`, and
// `free_nonblocking` calls `free`.
unsafe impl<A: Allocator> Allocator for NonBlocking<A> {
    const MIN_ALIGN: usize = A::MIN_ALIGN;
    const REFUSED_FLAGS: Flags = A::REFUSED_FLAGS;
    const REQUIRED_FLAGS: Flags = A::REQUIRED_FLAGS;
    const ADVISED_FLAGS: Flags = A::ADVISED_FLAGS;
    const HAS_NONBLOCKING_FREE: bool = true;

    #[inline]
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let () = Self::CHECK;

        // SAFETY: The requirements are the same.
        unsafe { A::realloc(block, layout, old, flags, nid) }
    }

    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        let () = Self::CHECK;

        // SAFETY: The requirements are the same.
        unsafe { A::free_nonblocking(block, layout) };
    }

    #[inline]
    unsafe fn room(block: NonNull<u8>) -> usize {
        // SAFETY: The requirements are the same.
        unsafe { A::room(block) }
    }

    #[inline]
    unsafe fn shrink(
        block: NonNull<u8>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { A::shrink(block, layout, old, flags, nid) }
    }
}

// SAFETY: The blocks are those of `A`, which are memory for `kvfree()`, and the other way round.
unsafe impl<A: KvFree> KvFree for NonBlocking<A> {}

impl<T: ?Sized, A: Allocator> From<Box<T, A>> for Box<T, NonBlocking<A>> {
    /// Lets the memory of a box be freed without sleeping. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::KVNonBlockingBox;
    ///
    /// let b = KVNonBlockingBox::from(KVBox::new(1, GFP_KERNEL)?);
    /// assert_eq!(*b, 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn from(b: Box<T, A>) -> Self {
        // SAFETY: The value is in a block of `A`, if it has a size, and all of these are blocks of
        // the adapter. The box has given it up.
        unsafe { Box::from_raw(Box::into_raw(b)) }
    }
}

impl<T, A: Allocator> From<Vec<T, A>> for Vec<T, NonBlocking<A>> {
    /// Lets the memory of a vector be freed without sleeping. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::KVNonBlockingVec;
    ///
    /// let v = KVNonBlockingVec::from(KVVec::from_elem(1, 3, GFP_KERNEL)?);
    /// assert_eq!(v, [1, 1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn from(v: Vec<T, A>) -> Self {
        let (ptr, len, capacity) = v.into_raw_parts();

        // SAFETY: The parts are those of a vector of `A`, whose blocks are blocks of the adapter.
        unsafe { Vec::from_raw_parts(ptr, len, capacity) }
    }
}

impl<T: ?Sized, A: Allocator> Box<T, NonBlocking<A>> {
    /// Lets the memory be freed by `A` again, which may sleep. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::KVNonBlockingBox;
    ///
    /// let b: KVBox<u8> = KVNonBlockingBox::into_blocking(KVNonBlockingBox::new(1, GFP_KERNEL)?);
    /// assert_eq!(*b, 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_blocking(b: Self) -> Box<T, A> {
        // SAFETY: The blocks of the adapter are blocks of `A`. The box has given this one up.
        unsafe { Box::from_raw(Box::into_raw(b)) }
    }
}

impl<T, A: Allocator> Vec<T, NonBlocking<A>> {
    /// Lets the memory be freed by `A` again, which may sleep. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::KVNonBlockingVec;
    ///
    /// let v: KVVec<u8> = KVNonBlockingVec::from_elem(1, 3, GFP_KERNEL)?.into_blocking();
    /// assert_eq!(v, [1, 1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_blocking(self) -> Vec<T, A> {
        let (ptr, len, capacity) = self.into_raw_parts();

        // SAFETY: The parts are those of a vector of the adapter, whose blocks are blocks of `A`.
        unsafe { Vec::from_raw_parts(ptr, len, capacity) }
    }
}
