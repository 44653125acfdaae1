// SPDX-License-Identifier: GPL-2.0

//! Memory that is freed when no reader can be looking at it any more.
//!
//! Under RCU a reader announces itself and takes no lock; who removes something from where readers
//! find it has to wait for those that are under way before the memory may go. `kvfree_rcu()` does
//! that waiting. It only frees: values that have to be dropped are refused at compile time.
//!
//! # Limits of the guard
//!
//! The type system knows neither that a reader must not sleep nor that it must stop reading. On a
//! kernel without `CONFIG_PREEMPT_RCU`, code that sleeps while it holds a [`Guard`] ends the grace
//! period, and the references that the guard has given out dangle. A guard that is leaked
//! (`KBox::leak(KBox::new(read_lock(), GFP_KERNEL)?)`) gives out references for `'static`, and no
//! grace period ends. Neither is `unsafe`; this is so for `kernel::sync::rcu::Guard`, too, which
//! newer kernels have. `CONFIG_PROVE_RCU` and `CONFIG_DEBUG_ATOMIC_SLEEP` report both.

use super::{
    flags::__GFP_ZERO,
    kvcompat::Zeroable,
    kvforeign::{
        KvFree,
        NoDrop, //
    },
    kvraw::RawBuf,
    AllocError,
    Box,
    Flags,
    KVmalloc,
    NumaNode,
    Vec, //
};
use crate::{
    bindings,
    types::Opaque, //
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    mem::{
        size_of,
        size_of_val,
        ManuallyDrop, //
    },
    ops::Deref,
    ptr::{
        self,
        NonNull, //
    }, //
};

pub use super::kvcompat::{
    read_lock,
    Guard, //
};

impl<T, A: KvFree> Box<T, A> {
    /// Frees the memory after a grace period: once all who are readers now have finished.
    ///
    /// For what readers find by a pointer that has been taken away already. May sleep, for the
    /// length of a grace period if memory is short; an [`RcuBox`] can be freed anywhere. A value
    /// that would have to be dropped is refused at compile time.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = KVBox::<[u32; 1000]>::zeroed(GFP_KERNEL)?;
    /// // Readers may have had its address until here.
    /// Box::kvfree_rcu_mightsleep(table);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn kvfree_rcu_mightsleep(b: Self) {
        let () = NoDrop::<T>::CHECK;

        if size_of_val::<T>(&b) != 0 {
            let block = Box::into_raw(b);
            // SAFETY: A value that has a size lies in a block of `A`, which is memory for
            // `kvfree()`. Nobody else frees it.
            unsafe { bindings::kvmalloc_free_rcu_mightsleep(block.cast()) };
        }
    }
}

impl<T, A: KvFree> Vec<T, A> {
    /// Frees the memory after a grace period: once all who are readers now have finished.
    ///
    /// As [`Box::kvfree_rcu_mightsleep`].
    ///
    /// # Examples
    ///
    /// ```
    /// let table = KVVec::from_elem(1u64, 1000, GFP_KERNEL)?;
    /// // Readers may have had its address until here.
    /// table.kvfree_rcu_mightsleep();
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn kvfree_rcu_mightsleep(self) {
        let () = NoDrop::<T>::CHECK;
        let (block, _, capacity) = self.into_raw_parts();

        if capacity != 0 && size_of::<T>() != 0 {
            // SAFETY: A vector that has room in bytes has a block of `A`, which is memory for
            // `kvfree()`. It has been taken apart, so nobody else frees it.
            unsafe { bindings::kvmalloc_free_rcu_mightsleep(block.cast()) };
        }
    }
}

/// A value, and in front of it what `kvfree_rcu()` needs to keep track of it.
#[repr(C)]
struct Tracked<T> {
    head: Opaque<bindings::callback_head>,
    value: T,
}

/// A value that is freed, after a grace period, when the box is dropped.
///
/// Never sleeps when it is dropped: there is room for what RCU has to keep. What is in such a box
/// can be seen but not changed, as readers may still see it too; it is for an [`RcuSlot`] to be in
/// and to come from. A value that would have to be dropped is refused at compile time.
///
/// # Invariants
///
/// The pointer is to a block of `A` for a `Tracked<T>`, which is owned by this box. Its value is
/// initialised, and borrowed by none but this box and those who are readers.
///
/// # Examples
///
/// ```
/// use kernel::alloc::rcu::RcuBox;
///
/// let b: RcuBox<u32> = RcuBox::new(7, GFP_KERNEL)?;
/// assert_eq!(*b, 7);
/// # Ok::<(), Error>(())
/// ```
///
/// What has to be dropped would have to be so after the grace period, by whomever:
///
/// ```ignore,compile_fail
/// use kernel::alloc::rcu::RcuBox;
///
/// let b: RcuBox<KBox<u32>> = RcuBox::new(KBox::new(7, GFP_KERNEL)?, GFP_KERNEL)?;
/// # Ok::<(), Error>(())
/// ```
pub struct RcuBox<T, A: KvFree = KVmalloc>(NonNull<Tracked<T>>, PhantomData<A>);

// SAFETY: Whoever gets the box can look at the value, and readers who have found it before still
// may, elsewhere: so it must be one to share.
unsafe impl<T: Send + Sync, A: KvFree> Send for RcuBox<T, A> {}

// SAFETY: To share the box is to share the value.
unsafe impl<T: Sync, A: KvFree> Sync for RcuBox<T, A> {}

impl<T, A: KvFree> RcuBox<T, A> {
    /// Allocates memory and moves `value` there.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{rcu::RcuBox, Kmalloc};
    ///
    /// let b = RcuBox::<_, Kmalloc>::new([1, 2], GFP_KERNEL)?;
    /// assert_eq!(b.len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(value: T, flags: Flags) -> Result<Self, AllocError> {
        let room = Self::room(flags)?;

        // SAFETY: The block has room for what is around the value, too.
        unsafe { raw_mut_value(room).write(value) };
        // INVARIANT: There is a value now, that nobody else knows of.
        Ok(Self(room, PhantomData))
    }

    /// Allocates a value of which all bytes are zero.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::rcu::RcuBox;
    ///
    /// // Too large for the stack.
    /// let table = RcuBox::<[u64; 10_000]>::zeroed(GFP_KERNEL)?;
    /// assert_eq!(table[9_999], 0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn zeroed(flags: Flags) -> Result<Self, AllocError>
    where
        T: Zeroable,
    {
        // INVARIANT: Zeroes are a value by `Zeroable`, and nobody else knows of it.
        Ok(Self(Self::room(flags | __GFP_ZERO)?, PhantomData))
    }

    /// A block that nobody owns but the caller.
    fn room(flags: Flags) -> Result<NonNull<Tracked<T>>, AllocError> {
        let () = NoDrop::<T>::CHECK;

        // With the head it always has a size, hence a block.
        let buf = RawBuf::<Tracked<T>, A>::with_capacity(1, flags, NumaNode::NO_NODE)?;

        Ok(buf.into_raw_parts().0)
    }

    /// The pointer to what is owned; it is not freed any more.
    #[inline]
    fn into_tracked(self) -> NonNull<Tracked<T>> {
        ManuallyDrop::new(self).0
    }
}

/// Where the value is.
///
/// # Safety
///
/// `tracked` is a block for one.
#[inline]
unsafe fn raw_mut_value<T>(tracked: NonNull<Tracked<T>>) -> *mut T {
    // SAFETY: The field is inside of the block.
    unsafe { ptr::addr_of_mut!((*tracked.as_ptr()).value) }
}

impl<T, A: KvFree> Deref for RcuBox<T, A> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: By the type invariants there is a value, which others look at, at most.
        unsafe { &self.0.as_ref().value }
    }
}

impl<T, A: KvFree> Drop for RcuBox<T, A> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants this is a block of `A`, which is memory for `kvfree()`,
        // owned by us, and begins with what RCU needs. The value in it need not be dropped, and
        // stays for those who are readers now. Others cannot find it: it is in no slot.
        unsafe { bindings::kvmalloc_free_rcu(self.0.as_ptr().cast()) };
    }
}

/// Where readers find a value that can be replaced at any time.
///
/// Readers take no lock and wait for nobody. Writers exchange the whole value, and get the old one;
/// when they drop it the memory is freed after the grace period that protects those who have seen
/// it. Two writers who have to know of each other's values need a lock between them.
///
/// # Invariants
///
/// The pointer is NULL, or what an [`RcuBox`] of this type was made of, which is owned by the slot.
///
/// # Examples
///
/// ```
/// use kernel::alloc::rcu::{read_lock, RcuBox, RcuSlot};
///
/// struct Config {
///     limit: u32,
/// }
///
/// let slot = RcuSlot::<Config>::empty();
/// slot.replace(Some(RcuBox::new(Config { limit: 1 }, GFP_KERNEL)?));
///
/// let reader = read_lock();
/// let seen = slot.read(&reader);
/// assert_eq!(seen.map(|config| config.limit), Some(1));
/// # drop(reader);
///
/// let new = RcuBox::new(Config { limit: 2 }, GFP_KERNEL)?;
/// let old = slot.replace(Some(new));
/// assert_eq!(old.map(|config| config.limit), Some(1));
/// # Ok::<(), Error>(())
/// ```
///
/// What a reader has seen does not outlive its being a reader:
///
/// ```ignore,compile_fail
/// use kernel::alloc::rcu::{read_lock, RcuSlot};
///
/// let slot = RcuSlot::<u32>::empty();
/// let seen = {
///     let reader = read_lock();
///     slot.read(&reader)
/// };
/// assert!(seen.is_none());
/// ```
pub struct RcuSlot<T, A: KvFree = KVmalloc>(
    // Accessed with `rcu_dereference()` and `xchg()` alone, of which several may run concurrently.
    UnsafeCell<*mut Tracked<T>>,
    PhantomData<RcuBox<T, A>>,
);

// SAFETY: To send the slot is to send the box in it.
unsafe impl<T: Send + Sync, A: KvFree> Send for RcuSlot<T, A> {}

// SAFETY: Who shares a slot can look at the value, and take it away.
unsafe impl<T: Send + Sync, A: KvFree> Sync for RcuSlot<T, A> {}

impl<T, A: KvFree> RcuSlot<T, A> {
    /// A slot with nothing in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::rcu::{read_lock, RcuSlot};
    ///
    /// static CURRENT: RcuSlot<u64> = RcuSlot::empty();
    /// assert!(CURRENT.read(&read_lock()).is_none());
    /// ```
    #[inline]
    pub const fn empty() -> Self {
        // INVARIANT: NULL.
        Self(UnsafeCell::new(ptr::null_mut()), PhantomData)
    }

    /// What is in the slot now. It stays for as long as the caller is a reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::rcu::{read_lock, RcuBox, RcuSlot};
    ///
    /// let slot: RcuSlot<u8> = RcuSlot::empty();
    /// slot.replace(Some(RcuBox::new(1, GFP_KERNEL)?));
    ///
    /// let reader = read_lock();
    /// let seen = slot.read(&reader);
    /// // Whoever has seen it keeps on seeing it.
    /// drop(slot.replace(None));
    /// assert_eq!(seen, Some(&1));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn read<'a>(&'a self, reader: &'a Guard) -> Option<&'a T> {
        let _ = reader;
        // SAFETY: The cell holds a pointer, which others access atomically. The guard is a reader's
        // critical section.
        let seen = unsafe { bindings::kvmalloc_rcu_dereference(self.0.get().cast()) };
        let seen = NonNull::new(seen.cast::<Tracked<T>>())?;

        // SAFETY: By the type invariants it was owned by the slot just now. Who has taken it since,
        // or will, can but look at it and drop the box; and that frees it after the end of all
        // readers that were there before. The caller is one of these for as long as `'a`. The slot
        // itself is borrowed, and not dropped.
        Some(unsafe { &(*seen.as_ptr()).value })
    }

    /// Puts something else in, or nothing, and returns what was there.
    ///
    /// Readers find the one or the other. May be called wherever readers may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::rcu::{RcuBox, RcuSlot};
    ///
    /// let slot: RcuSlot<u8> = RcuSlot::empty();
    /// assert!(slot.replace(Some(RcuBox::new(1, GFP_KERNEL)?)).is_none());
    /// assert_eq!(slot.replace(None).map(|old| *old), Some(1));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn replace(&self, new: Option<RcuBox<T, A>>) -> Option<RcuBox<T, A>> {
        let new = new.map_or(ptr::null_mut(), |new| new.into_tracked().as_ptr());

        // INVARIANT: The slot owns the block of `new` from here on. The exchange is a full barrier,
        // so readers that see the pointer see the value.
        // SAFETY: The cell holds a pointer, which others access atomically.
        let old = unsafe { bindings::kvmalloc_rcu_exchange(self.0.get().cast(), new.cast()) };
        // INVARIANT: The slot owned `old`, and no other exchange has returned it.
        NonNull::new(old.cast()).map(|old| RcuBox(old, PhantomData))
    }
}

impl<T, A: KvFree> Default for RcuSlot<T, A> {
    #[inline]
    fn default() -> Self {
        Self::empty()
    }
}

impl<T, A: KvFree> Drop for RcuSlot<T, A> {
    #[inline]
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}
