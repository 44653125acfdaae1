// SPDX-License-Identifier: GPL-2.0

//! The differences between the kernels that this layer is for.
//!
//! Each is told by a feature that Kconfig has found in the source, never by a version. Some things
//! have moved, and some traits have another shape; what is made of them is the same.

use super::{
    Allocator,
    Box,
    Flags, //
};
#[cfg(CONFIG_KVMALLOC_MINALIGN_BINDING)]
use crate::bindings;
use crate::{
    init::InPlaceInit,
    types::ForeignOwnable, //
};
use core::{
    mem::MaybeUninit,
    pin::Pin, //
};

#[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
pub(super) use crate::init::{
    InPlaceWrite,
    Init,
    PinInit,
    Zeroable, //
};
#[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
pub(super) use pin_init::{
    InPlaceWrite,
    Init,
    PinInit,
    Zeroable, //
};

// The kernel's printing macros want `Display` from the crate's own `fmt`, where there is one.
#[cfg(CONFIG_KVMALLOC_FMT_MODULE)]
pub(super) use crate::fmt::Display;
#[cfg(not(CONFIG_KVMALLOC_FMT_MODULE))]
pub(super) use core::fmt::Display;

/// What every slab object is aligned to, and the least that one occupies, in bytes.
///
/// Bindings that do not have it are for kernels where C defines it as the alignment of `unsigned
/// long long` unless the architecture asks for more. LoongArch does (16 bytes); a smaller number
/// here is a lower bound, which is all that it has to be.
#[cfg(CONFIG_KVMALLOC_MINALIGN_BINDING)]
pub(super) const KMALLOC_MIN: usize = bindings::ARCH_KMALLOC_MINALIGN;
#[cfg(not(CONFIG_KVMALLOC_MINALIGN_BINDING))]
pub(super) const KMALLOC_MIN: usize = core::mem::align_of::<u64>();

// ---- Values that are made where they stay ----

/// Lets an initialiser have `slot`.
///
/// # Safety
///
/// - `slot` is aligned for a `T` and valid for writing one.
/// - On failure what is in the slot is not used.
/// - The value is not moved from there, unless the initialiser is also one for a value that may.
#[inline]
pub(super) unsafe fn init_at<T, E>(slot: *mut T, init: impl PinInit<T, E>) -> Result<(), E> {
    #[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
    // SAFETY: The requirements are the same.
    unsafe {
        pin_init::raw_try_init(slot, init)
    }
    #[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
    // SAFETY: The requirements are the same.
    unsafe {
        init.__pinned_init(slot)
    }
}

/// Initialises the value in memory that is there already.
///
/// # Examples
///
/// ```
/// struct Pair {
///     left: u8,
///     right: u8,
/// }
///
/// let room = KVBox::<Pair>::new_uninit(GFP_KERNEL)?;
/// let pair = room.write_init(init!(Pair { left: 1, right: 2 }))?;
/// assert_eq!((pair.left, pair.right), (1, 2));
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator + 'static> InPlaceWrite<T> for Box<MaybeUninit<T>, A> {
    type Initialized = Box<T, A>;

    #[inline]
    fn write_init<E>(mut self, init: impl Init<T, E>) -> Result<Box<T, A>, E> {
        // SAFETY: The box has room for a `T`. If this fails it is dropped as what it is, which is
        // not a value. Whoever implements `Init` lets the value move.
        unsafe { init_at(self.as_mut_ptr(), init)? };
        // SAFETY: The initialiser has put a value there.
        Ok(unsafe { self.assume_init() })
    }

    #[inline]
    fn write_pin_init<E>(mut self, init: impl PinInit<T, E>) -> Result<Pin<Box<T, A>>, E> {
        // SAFETY: The box has room for a `T`. If this fails it is dropped as what it is, which is
        // not a value. Otherwise it is pinned before anybody sees it.
        unsafe { init_at(self.as_mut_ptr(), init)? };
        // SAFETY: The initialiser has put a value there.
        Ok(Box::into_pin(unsafe { self.assume_init() }))
    }
}

/// Allocates a box and initialises the value in it.
///
/// # Examples
///
/// ```
/// use kernel::{new_mutex, sync::Mutex};
///
/// let shared = KVBox::pin_init(new_mutex!(7), GFP_KERNEL)?;
/// assert_eq!(*shared.lock(), 7);
/// # let _: &Mutex<i32> = &shared;
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator + 'static> InPlaceInit<T> for Box<T, A> {
    type PinnedSelf = Pin<Self>;

    #[inline]
    fn try_pin_init<E>(init: impl PinInit<T, E>, flags: Flags) -> Result<Pin<Self>, E>
    where
        E: From<super::AllocError>,
    {
        Self::new_uninit(flags)?.write_pin_init(init)
    }

    #[inline]
    fn try_init<E>(init: impl Init<T, E>, flags: Flags) -> Result<Self, E>
    where
        E: From<super::AllocError>,
    {
        Self::new_uninit(flags)?.write_init(init)
    }
}

// ---- NULL for None ----

#[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
// SAFETY: A `Box` is a `repr(transparent)` `NonNull`. For such types `None` is guaranteed to be the
// null pointer, which is all zeroes for a `Sized` target.
unsafe impl<T, A: Allocator> pin_init::ZeroableOption for Box<T, A> {}

// These kernels have it for a `KBox` themselves.
#[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
// SAFETY: A `Box` is a `repr(transparent)` `NonNull`. For such types `None` is guaranteed to be the
// null pointer, which is all zeroes for a `Sized` target.
unsafe impl<T> Zeroable for Option<super::VBox<T>> {}
#[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
// SAFETY: As for a `VBox`.
unsafe impl<T> Zeroable for Option<super::KVBox<T>> {}

// ---- Boxes of what has no size of its own ----

// Where one derive macro has both, `Box` has it.
#[cfg(not(CONFIG_KVMALLOC_COERCE_POINTEE))]
impl<T, U, A> core::ops::CoerceUnsized<Box<U, A>> for Box<T, A>
where
    T: ?Sized + core::marker::Unsize<U>,
    U: ?Sized,
    A: Allocator,
{
}

#[cfg(not(CONFIG_KVMALLOC_COERCE_POINTEE))]
impl<T, U, A> core::ops::DispatchFromDyn<Box<U, A>> for Box<T, A>
where
    T: ?Sized + core::marker::Unsize<U>,
    U: ?Sized,
    A: Allocator,
{
}

// ---- Boxes that C keeps ----

/// The trait as it is where C's pointer is `*mut` and its alignment is promised.
#[cfg(CONFIG_KVMALLOC_FOREIGN_ALIGN)]
mod foreign {
    use super::{
        Allocator,
        Box,
        ForeignOwnable,
        Pin, //
    };
    use crate::ffi::c_void;
    use core::mem::{
        align_of,
        size_of, //
    };

    /// A box goes to C as the pointer to its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::types::ForeignOwnable;
    ///
    /// let private = KVBox::new(7, GFP_KERNEL)?.into_foreign();
    /// // SAFETY: The pointer came from a `KVBox`, which has not been taken back yet.
    /// assert_eq!(*unsafe { KVBox::<i32>::borrow(private) }, 7);
    /// // SAFETY: Likewise, and nothing borrows it any more.
    /// drop(unsafe { KVBox::<i32>::from_foreign(private) });
    /// # Ok::<(), Error>(())
    /// ```
    // SAFETY: Where there is a block, all of the allocator are aligned to `MIN_ALIGN`, and it was
    // made for the alignment of `T`. Where there is none the latter is what counts; see below.
    unsafe impl<T, A: Allocator> ForeignOwnable for Box<T, A> {
        // A value of no size has no block, so its pointer dangles and is not aligned further.
        const FOREIGN_ALIGN: usize = if size_of::<T>() == 0 || align_of::<T>() > A::MIN_ALIGN {
            align_of::<T>()
        } else {
            A::MIN_ALIGN
        };

        unsafe fn borrow<'a>(ptr: *mut c_void) -> &'a T {
            // SAFETY: The box is not taken back while this lives, so the value stays.
            unsafe { &*ptr.cast() }
        }

        unsafe fn borrow_mut<'a>(ptr: *mut c_void) -> &'a mut T {
            // SAFETY: As above, and the caller sees to it that this is the only reference.
            unsafe { &mut *ptr.cast() }
        }

        unsafe fn from_foreign(ptr: *mut c_void) -> Self {
            // SAFETY: The pointer came from `into_foreign`, hence from a box of this type, and its
            // owner gives it up.
            unsafe { Box::from_raw(ptr.cast()) }
        }

        fn into_foreign(self) -> *mut c_void {
            Box::into_raw(self).cast()
        }

        type BorrowedMut<'a>
            = &'a mut T
        where
            Self: 'a;
        type Borrowed<'a>
            = &'a T
        where
            Self: 'a;
    }

    // SAFETY: The pointer is the same as that of the box.
    unsafe impl<T, A: Allocator> ForeignOwnable for Pin<Box<T, A>> {
        const FOREIGN_ALIGN: usize = Box::<T, A>::FOREIGN_ALIGN;

        unsafe fn from_foreign(ptr: *mut c_void) -> Self {
            // SAFETY: As for the box, which was pinned when it was given away.
            Box::into_pin(unsafe { Box::from_foreign(ptr) })
        }

        unsafe fn borrow<'a>(ptr: *mut c_void) -> Pin<&'a T> {
            // SAFETY: As for the box, which is pinned.
            unsafe { Pin::new_unchecked(&*ptr.cast()) }
        }

        unsafe fn borrow_mut<'a>(ptr: *mut c_void) -> Pin<&'a mut T> {
            // SAFETY: As for the box, which is pinned.
            unsafe { Pin::new_unchecked(&mut *ptr.cast()) }
        }

        fn into_foreign(self) -> *mut c_void {
            // SAFETY: C has no way to move the value, and what borrows or takes it back pins it.
            unsafe { Pin::into_inner_unchecked(self) }.into_foreign()
        }

        type BorrowedMut<'a>
            = Pin<&'a mut T>
        where
            Self: 'a;
        type Borrowed<'a>
            = Pin<&'a T>
        where
            Self: 'a;
    }
}

/// The trait as it was before.
#[cfg(not(CONFIG_KVMALLOC_FOREIGN_ALIGN))]
mod foreign {
    use super::{
        Allocator,
        Box,
        ForeignOwnable,
        Pin, //
    };
    use crate::ffi::c_void;

    /// A box goes to C as the pointer to its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::types::ForeignOwnable;
    ///
    /// let private = KVBox::new(7, GFP_KERNEL)?.into_foreign();
    /// // SAFETY: The pointer came from a `KVBox`, which has not been taken back yet.
    /// assert_eq!(*unsafe { KVBox::<i32>::borrow(private) }, 7);
    /// // SAFETY: Likewise, and nothing borrows it any more.
    /// drop(unsafe { KVBox::<i32>::from_foreign(private) });
    /// # Ok::<(), Error>(())
    /// ```
    impl<T: 'static, A: Allocator> ForeignOwnable for Box<T, A> {
        type Borrowed<'a> = &'a T;

        fn into_foreign(self) -> *const c_void {
            Box::into_raw(self).cast_const().cast()
        }

        unsafe fn from_foreign(ptr: *const c_void) -> Self {
            // SAFETY: The pointer came from `into_foreign`, hence from a box of this type, and its
            // owner gives it up.
            unsafe { Box::from_raw(ptr.cast_mut().cast()) }
        }

        unsafe fn borrow<'a>(ptr: *const c_void) -> &'a T {
            // SAFETY: The box is not taken back while this lives, so the value stays.
            unsafe { &*ptr.cast() }
        }
    }

    impl<T: 'static, A: Allocator> ForeignOwnable for Pin<Box<T, A>> {
        type Borrowed<'a> = Pin<&'a T>;

        fn into_foreign(self) -> *const c_void {
            // SAFETY: C has no way to move the value, and what borrows or takes it back pins it.
            unsafe { Pin::into_inner_unchecked(self) }.into_foreign()
        }

        unsafe fn from_foreign(ptr: *const c_void) -> Self {
            // SAFETY: As for the box, which was pinned when it was given away.
            Box::into_pin(unsafe { Box::from_foreign(ptr) })
        }

        unsafe fn borrow<'a>(ptr: *const c_void) -> Pin<&'a T> {
            // SAFETY: As for the box, which is pinned.
            unsafe { Pin::new_unchecked(&*ptr.cast()) }
        }
    }
}

// ---- Pages that belong to somebody else ----

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
pub use crate::page::BorrowedPage;
#[cfg(not(CONFIG_KVMALLOC_PAGE_ITER))]
pub use borrowed::BorrowedPage;

/// What newer kernels have in `kernel::page`.
#[cfg(not(CONFIG_KVMALLOC_PAGE_ITER))]
mod borrowed {
    use crate::{
        bindings,
        error::{
            code::EINVAL,
            Result, //
        },
        page::PAGE_SIZE, //
    };
    use core::{
        marker::PhantomData,
        ptr::{
            self,
            NonNull, //
        }, //
    };

    /// A page that belongs to somebody else.
    ///
    /// # Invariants
    ///
    /// The page stays for as long as `'a`.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{alloc::pages::AsPieces, page::PAGE_SIZE};
    ///
    /// let v = VVec::from_elem(1u8, PAGE_SIZE, GFP_KERNEL)?;
    /// let (four, mut back) = ([2u8; 4], [0u8; 4]);
    /// for piece in v.pieces() {
    ///     // SAFETY: Nobody looks at the page meanwhile, and there are four bytes at either end.
    ///     unsafe {
    ///         piece.page().fill_zero_raw(0, PAGE_SIZE)?;
    ///         piece.page().write_raw(four.as_ptr(), PAGE_SIZE - 4, 4)?;
    ///         piece.page().read_raw(back.as_mut_ptr(), PAGE_SIZE - 6, 4)?;
    ///         assert!(piece.page().read_raw(back.as_mut_ptr(), PAGE_SIZE - 3, 4).is_err());
    ///     }
    ///     assert!(!piece.page().as_ptr().is_null());
    /// }
    /// assert_eq!(back, [0, 0, 2, 2]);
    /// assert_eq!(v[PAGE_SIZE - 5..], [0, 2, 2, 2, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub struct BorrowedPage<'a>(NonNull<bindings::page>, PhantomData<&'a bindings::page>);

    impl BorrowedPage<'_> {
        /// Borrows a page of C's.
        ///
        /// # Safety
        ///
        /// The page stays for as long as `'a`.
        ///
        /// # Examples
        ///
        /// See [`KVmalloc::to_page`](crate::alloc::KVmalloc::to_page), which does it.
        #[inline]
        pub unsafe fn from_raw(page: NonNull<bindings::page>) -> Self {
            // INVARIANT: The caller vouches for it.
            Self(page, PhantomData)
        }

        /// The page as C has it.
        ///
        /// # Examples
        ///
        /// See [`BorrowedPage`].
        #[inline]
        pub fn as_ptr(&self) -> *mut bindings::page {
            self.0.as_ptr()
        }

        /// Lets `f` have the address of the byte at `offset`, if there are `len` from there on.
        fn with(&self, offset: usize, len: usize, f: impl FnOnce(*mut u8)) -> Result {
            if offset > PAGE_SIZE || len > PAGE_SIZE - offset {
                return Err(EINVAL);
            }
            // SAFETY: By the type invariants there is such a page.
            let start = unsafe { bindings::kmap_local_page(self.as_ptr()) };
            // SAFETY: A mapping is one of all the page, and the offset is in there or at its end.
            f(unsafe { start.cast::<u8>().add(offset) });
            // SAFETY: It is the last thing that was mapped, as `f` is one of those below.
            unsafe { bindings::kunmap_local(start) };
            Ok(())
        }

        /// Copies `len` bytes of the page, from `offset` on, to `dst`.
        ///
        /// # Errors
        ///
        /// [`EINVAL`] if the page has no such bytes.
        ///
        /// # Safety
        ///
        /// `dst` has room for them, and nobody writes to them meanwhile.
        ///
        /// # Examples
        ///
        /// See [`BorrowedPage`].
        pub unsafe fn read_raw(&self, dst: *mut u8, offset: usize, len: usize) -> Result {
            // SAFETY: The bytes are in the page, and the caller vouches for the rest.
            self.with(offset, len, |at| unsafe {
                ptr::copy_nonoverlapping(at, dst, len)
            })
        }

        /// Copies `len` bytes from `src` to the page, from `offset` on.
        ///
        /// # Errors
        ///
        /// [`EINVAL`] if the page has no such bytes.
        ///
        /// # Safety
        ///
        /// `src` has that many, the page is one to write to, and nobody else uses these bytes of it
        /// meanwhile.
        ///
        /// # Examples
        ///
        /// See [`BorrowedPage`].
        pub unsafe fn write_raw(&self, src: *const u8, offset: usize, len: usize) -> Result {
            // SAFETY: The bytes are in the page, and the caller vouches for the rest.
            self.with(offset, len, |at| unsafe {
                ptr::copy_nonoverlapping(src, at, len)
            })
        }

        /// Clears `len` bytes of the page, from `offset` on.
        ///
        /// # Errors
        ///
        /// [`EINVAL`] if the page has no such bytes.
        ///
        /// # Safety
        ///
        /// The page is one to write to, and nobody else uses these bytes of it meanwhile.
        ///
        /// # Examples
        ///
        /// See [`BorrowedPage`].
        pub unsafe fn fill_zero_raw(&self, offset: usize, len: usize) -> Result {
            // SAFETY: The bytes are in the page, and the caller vouches for the rest.
            self.with(offset, len, |at| unsafe { ptr::write_bytes(at, 0, len) })
        }
    }
}

// ---- Readers, as RCU has them ----

#[cfg(CONFIG_KVMALLOC_RCU_GUARD)]
pub use crate::sync::rcu::{
    read_lock,
    Guard, //
};
#[cfg(not(CONFIG_KVMALLOC_RCU_GUARD))]
pub use guard::{
    read_lock,
    Guard, //
};

/// What newer kernels have in `kernel::sync::rcu`.
#[cfg(not(CONFIG_KVMALLOC_RCU_GUARD))]
mod guard {
    use crate::bindings;
    use core::marker::PhantomData;

    /// Evidence that this task is a reader: what it finds stays until the guard is dropped.
    ///
    /// # Invariants
    ///
    /// Each stands for one `rcu_read_lock()` of the task that it cannot leave.
    ///
    /// # Examples
    ///
    /// ```
    /// let guard = kernel::alloc::rcu::read_lock();
    /// // Nothing sleeps here.
    /// drop(guard);
    /// ```
    #[must_use = "the task is a reader until this is dropped"]
    pub struct Guard(PhantomData<*mut ()>);

    /// Announces a reader.
    ///
    /// # Examples
    ///
    /// ```
    /// let outer = kernel::alloc::rcu::read_lock();
    /// // They nest.
    /// drop(kernel::alloc::rcu::read_lock());
    /// drop(outer);
    /// ```
    #[inline]
    pub fn read_lock() -> Guard {
        // SAFETY: Anybody may become a reader at any time.
        unsafe { bindings::kvmalloc_rcu_read_lock() };
        // INVARIANT: That was the one.
        Guard(PhantomData)
    }

    impl Drop for Guard {
        #[inline]
        fn drop(&mut self) {
            // SAFETY: By the type invariants there is one to be undone, of this task.
            unsafe { bindings::kvmalloc_rcu_read_unlock() };
        }
    }
}
