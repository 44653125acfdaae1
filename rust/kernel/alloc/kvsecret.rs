// SPDX-License-Identifier: GPL-2.0

//! Memory that is cleared before it is given back.
//!
//! What holds keys and passwords should not leave them in free memory. [`Sensitive`] makes this a
//! property of the allocator, and hence of the type of a box or a vector: no way of growing,
//! shrinking, moving or dropping leaves anything behind, as all of them go through it.

use super::{
    kvalloc::{
        free_as,
        KVmalloc,
        Kmalloc, //
    },
    AllocError,
    Allocator,
    Box,
    Flags,
    NumaNode,
    Vec, //
};
use crate::bindings;
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::size_of_val,
    ptr::{
        self,
        NonNull, //
    }, //
};

/// Memory of the allocator `A` that is cleared before it is freed.
///
/// A block that has to become larger or smaller is never reallocated, which could leave its bytes
/// where they were: it is copied to a new one, cleared, and freed. To grow is therefore as
/// expensive for vmalloc memory as for slab's; take the capacity that is needed from the start.
///
/// With flags that may not sleep, a block grows or shrinks only if `A` can free without sleeping
/// ([`Allocator::HAS_NONBLOCKING_FREE`]), as the kernel's allocators can. Dropping a box or vector
/// in vmalloc memory may sleep as with `A`; `Sensitive<NonBlocking<A>>` does not, see
/// [`NonBlocking`](super::NonBlocking).
///
/// The bytes are cleared as `memzero_explicit()` does it, which no compiler takes for useless.
///
/// What has been a value for a while may also be where it was before: in registers, on the stack,
/// and in whatever it was copied from. Build secrets in place ([`Box::zeroed`],
/// [`Vec::extend_from_user`]).
///
/// # Examples
///
/// ```
/// use kernel::alloc::{KVSecretBox, KVSecretVec};
///
/// let mut key = KVSecretBox::<[u8; 32]>::zeroed(GFP_KERNEL)?;
/// key[0] = 42;
/// // Cleared, then freed.
/// drop(key);
///
/// let mut password = KVSecretVec::new();
/// for byte in b"swordfish" {
///     // Whenever this moves the bytes, they are cleared where they were.
///     password.push(*byte, GFP_KERNEL)?;
/// }
/// assert_eq!(password, *b"swordfish");
/// # Ok::<(), Error>(())
/// ```
///
/// It is no memory that `kvfree()` may have, nor what an ordinary vector is made of:
///
/// ```ignore,compile_fail
/// use kernel::alloc::KVSecretVec;
///
/// let v: KVVec<u8> = KVSecretVec::new();
/// ```
pub struct Sensitive<A>(PhantomData<A>);

/// A [`Box`] in slab memory that is cleared before it is freed.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KSecretBox;
///
/// assert_eq!(*KSecretBox::new([1u8; 16], GFP_KERNEL)?, [1; 16]);
/// # Ok::<(), Error>(())
/// ```
pub type KSecretBox<T> = Box<T, Sensitive<Kmalloc>>;

/// A [`Box`] in slab or vmalloc memory that is cleared before it is freed.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KVSecretBox;
///
/// assert_eq!(*KVSecretBox::new([1u8; 16], GFP_KERNEL)?, [1; 16]);
/// # Ok::<(), Error>(())
/// ```
pub type KVSecretBox<T> = Box<T, Sensitive<KVmalloc>>;

/// A [`Vec`] in slab memory that is cleared before it is freed.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KSecretVec;
///
/// assert_eq!(KSecretVec::from_elem(1u8, 16, GFP_KERNEL)?, [1; 16]);
/// # Ok::<(), Error>(())
/// ```
pub type KSecretVec<T> = Vec<T, Sensitive<Kmalloc>>;

/// A [`Vec`] in slab or vmalloc memory that is cleared before it is freed.
///
/// # Examples
///
/// ```
/// use kernel::alloc::KVSecretVec;
///
/// assert_eq!(KVSecretVec::from_elem(1u8, 16, GFP_KERNEL)?, [1; 16]);
/// # Ok::<(), Error>(())
/// ```
pub type KVSecretVec<T> = Vec<T, Sensitive<KVmalloc>>;

/// Clears `size` bytes, whatever the compiler thinks of that.
///
/// # Safety
///
/// They may be written to, and what was there is not used any more.
#[inline]
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: The requirements are the same.
    unsafe { bindings::kvmalloc_memzero_explicit(block.cast(), size) };
}

// SAFETY: All blocks are blocks of `A`, for the same layouts, and are kept until they are freed.
// `realloc` makes a new one and copies what both have room for.
unsafe impl<A: Allocator> Allocator for Sensitive<A> {
    const MIN_ALIGN: usize = A::MIN_ALIGN;
    const REFUSED_FLAGS: Flags = A::REFUSED_FLAGS;
    const REQUIRED_FLAGS: Flags = A::REQUIRED_FLAGS;
    const ADVISED_FLAGS: Flags = A::ADVISED_FLAGS;
    const HAS_NONBLOCKING_FREE: bool = A::HAS_NONBLOCKING_FREE;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let block = block.filter(|_| old.size() != 0);

        // Growing and shrinking free the old block, too.
        if block.is_some() && !flags.allow_freeing::<A>() {
            return Err(AllocError);
        }
        let new = A::alloc(layout, flags, nid)?;

        if let Some(block) = block {
            let both = layout.size().min(old.size());
            // SAFETY: Both blocks have that many bytes, and they are distinct, as both are live. If
            // `layout` has no bytes, none are copied.
            unsafe { ptr::copy_nonoverlapping(block.as_ptr(), new.cast().as_ptr(), both) };
            // SAFETY: The caller vouches for the block and its layout, and uses the new one from
            // now on.
            unsafe { free_as::<Self>(block, old, flags) };
        }
        Ok(new)
    }

    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The caller gives up a live block of that size, or the layout has no bytes.
        unsafe { wipe(block.as_ptr(), layout.size()) };
        // SAFETY: The requirements are the same.
        unsafe { A::free(block, layout) };
    }

    #[inline]
    unsafe fn free_nonblocking(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The caller gives up a live block of that size, or the layout has no bytes.
        unsafe { wipe(block.as_ptr(), layout.size()) };
        // SAFETY: The requirements are the same.
        unsafe { A::free_nonblocking(block, layout) };
    }
}

impl<T, A: Allocator> Vec<T, Sensitive<A>> {
    /// Clears the room to spare.
    ///
    /// What elements leave there that have been removed is cleared with the rest when the vector is
    /// dropped or grows. This is for those who keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::KVSecretVec;
    ///
    /// let mut pin = KVSecretVec::from_elem(7u8, 4, GFP_KERNEL)?;
    /// assert_eq!(pin.pop(), Some(7));
    /// pin.wipe_spare();
    /// // SAFETY: There is a fourth byte, and it has been written to.
    /// assert_eq!(unsafe { pin.as_ptr().add(3).read() }, 0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wipe_spare(&mut self) {
        let room = self.spare_capacity_mut();

        // SAFETY: No slot of it holds an element.
        unsafe { wipe(room.as_mut_ptr().cast(), size_of_val(room)) };
    }

    /// Drops the elements beyond the first `len`, and clears where they were at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::KVSecretVec;
    ///
    /// let mut pin = KVSecretVec::from_elem(7u8, 4, GFP_KERNEL)?;
    /// pin.wipe_from(0);
    /// assert!(pin.is_empty());
    /// // SAFETY: There are four bytes, and they have been written to.
    /// assert_eq!(unsafe { pin.as_ptr().cast::<[u8; 4]>().read() }, [0; 4]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wipe_from(&mut self, len: usize) {
        self.truncate(len);
        self.wipe_spare();
    }
}
