// SPDX-License-Identifier: GPL-2.0

//! Memory that goes to C, and memory that comes from there.
//!
//! [`CBox`] and [`CVec`] are what C keeps for Rust. They have the layout of what C has, a pointer
//! or a structure, and the allocator in their types, so that what C hands back becomes a box or a
//! vector of the kind that it was. The functions of [`KvFree`] memory are for what C frees, or has
//! allocated.

use super::{
    kvalloc::{
        KVmalloc,
        Kmalloc,
        Vmalloc, //
    },
    kvcompat::Zeroable,
    Allocator,
    Box,
    Vec, //
};
use crate::bindings;
use core::{
    marker::PhantomData,
    mem::{
        self,
        needs_drop,
        size_of,
        size_of_val, //
    },
    ptr::{
        self,
        NonNull, //
    }, //
};

/// An allocator of memory that C's `kvfree()` frees.
///
/// # Safety
///
/// - All blocks are memory of `kmalloc()`, `vmalloc()` or `kvmalloc()`.
/// - Memory that C has from kmalloc(), vmalloc() or kvmalloc() is a block of [`Kmalloc`],
///   [`Vmalloc`] or [`KVmalloc`], respectively, made for a layout of its size and alignment. As the
///   functions of [`Allocator`] take any layout that is not larger, so does [`Vec::from_c`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::{Allocator, KVmalloc, KvFree, Vmalloc};
///
/// fn freed_by_c<A: Allocator + KvFree>() {}
///
/// freed_by_c::<KVmalloc>();
/// freed_by_c::<Vmalloc>();
/// ```
pub unsafe trait KvFree: Allocator {}

// SAFETY: These are the kmalloc() family's objects, which say themselves how large they are.
unsafe impl KvFree for Kmalloc {}
// SAFETY: These are the areas of the vmalloc() family, which say themselves how large they are.
unsafe impl KvFree for Vmalloc {}
// SAFETY: This is kvmalloc() itself, whose memory is one of the two.
unsafe impl KvFree for KVmalloc {}

/// Refuses to compile for types whose values have to be dropped.
pub(super) struct NoDrop<T>(PhantomData<T>);

impl<T> NoDrop<T> {
    /// To be named where the values of `T` are forgotten.
    pub(super) const CHECK: () = assert!(
        !needs_drop::<T>(),
        "values that have to be dropped cannot be left to kvfree()"
    );
}

/// A [`Box`] that C keeps: for it, a plain pointer to the value, or NULL.
///
/// For the members and arguments that are C's to store, as `void *private` is. Unlike a raw pointer
/// it cannot be taken back as a box of another allocator. Nothing happens when it is dropped: it is
/// C that says when the value is no longer needed.
///
/// # Examples
///
/// ```
/// use kernel::alloc::{CBox, KVmalloc};
///
/// /// What C sees as `struct request { int id; void *private; }`.
/// #[repr(C)]
/// struct Request {
///     id: i32,
///     private: CBox<[u64; 8], KVmalloc>,
/// }
///
/// let mut request = Request { id: 1, private: KVBox::into_c(KVBox::new([7; 8], GFP_KERNEL)?) };
/// // SAFETY: The pointer is as it came from the box, and the value is not being changed.
/// let numbers = unsafe { request.private.as_ref() };
/// assert_eq!(numbers.map(|n| n[7]), Some(7));
///
/// // SAFETY: The pointer is as it came from the box, and is NULL from now on.
/// let b = unsafe { request.private.take() };
/// assert_eq!(b.map(|b| b[0]), Some(7));
/// assert!(request.private.is_null());
/// # let _ = request.id;
/// # Ok::<(), Error>(())
/// ```
///
/// What came from a box of one kind does not go back to one of another:
///
/// ```ignore,compile_fail
/// let c = KVBox::into_c(KVBox::new(1u8, GFP_KERNEL)?);
/// let b = unsafe { KBox::from_c(c) };
/// # Ok::<(), Error>(())
/// ```
#[must_use = "the value is neither dropped nor freed unless it is taken back"]
#[repr(transparent)]
pub struct CBox<T, A: Allocator>(*mut T, PhantomData<A>);

// SAFETY: It is no more than what a box can be made of, which can be sent.
unsafe impl<T: Send, A: Allocator> Send for CBox<T, A> {}

// SAFETY: It gives out references to the value, at most.
unsafe impl<T: Sync, A: Allocator> Sync for CBox<T, A> {}

// SAFETY: NULL is a value of it.
unsafe impl<T, A: Allocator> Zeroable for CBox<T, A> {}

impl<T, A: Allocator> CBox<T, A> {
    /// NULL.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{CBox, Kmalloc};
    ///
    /// assert!(CBox::<u8, Kmalloc>::null().is_null());
    /// ```
    #[inline]
    pub const fn null() -> Self {
        Self(ptr::null_mut(), PhantomData)
    }

    /// Whether it is NULL.
    ///
    /// # Examples
    ///
    /// ```
    /// let c = KBox::into_c(KBox::new(1, GFP_KERNEL)?);
    /// assert!(!c.is_null());
    /// # // SAFETY: It has just come from there.
    /// # drop(unsafe { KBox::from_c(c) });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The pointer as C has it.
    ///
    /// # Examples
    ///
    /// ```
    /// let c = KBox::into_c(KBox::new(5u8, GFP_KERNEL)?);
    /// // SAFETY: The value is there and nobody else uses it.
    /// assert_eq!(unsafe { c.as_ptr().read() }, 5);
    /// # // SAFETY: It has just come from there.
    /// # drop(unsafe { KBox::from_c(c) });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const fn as_ptr(&self) -> *mut T {
        self.0
    }

    /// Looks at the value, if there is one.
    ///
    /// # Safety
    ///
    /// The pointer is what [`Box::into_c`] returned, and not taken back yet; or NULL. Nobody
    /// changes the value while the reference lives.
    ///
    /// # Examples
    ///
    /// ```
    /// let c = VBox::into_c(VBox::new(5u8, GFP_KERNEL)?);
    /// // SAFETY: It has just come from there, and nobody else knows of it.
    /// assert_eq!(unsafe { c.as_ref() }, Some(&5));
    /// # // SAFETY: Likewise.
    /// # drop(unsafe { VBox::from_c(c) });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn as_ref(&self) -> Option<&T> {
        // SAFETY: The pointer is NULL or points to the value of a box, and the caller vouches for
        // that it is there and stays the same.
        unsafe { self.0.as_ref() }
    }

    /// Takes the box back, if there is one, and leaves NULL.
    ///
    /// # Safety
    ///
    /// The pointer is what [`Box::into_c`] returned for this type, and not taken back yet; or NULL.
    /// Nobody uses it or references to the value any more.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut c = KVBox::into_c(KVBox::new(5u8, GFP_KERNEL)?);
    /// // SAFETY: It has just come from there.
    /// assert_eq!(unsafe { c.take() }.map(|b| *b), Some(5));
    /// // SAFETY: It is NULL now.
    /// assert!(unsafe { c.take() }.is_none());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn take(&mut self) -> Option<Box<T, A>> {
        let taken = mem::replace(self, Self::null());

        if taken.is_null() {
            None
        } else {
            // SAFETY: Not NULL, hence what came from a box of this type, as the caller says.
            Some(unsafe { Box::from_raw(taken.0) })
        }
    }
}

impl<T, A: Allocator> Box<T, A> {
    /// Hands the box to C, which is to give it back.
    ///
    /// # Examples
    ///
    /// See [`CBox`].
    ///
    /// ```
    /// let c = KVBox::into_c(KVBox::new("private", GFP_KERNEL)?);
    /// // SAFETY: It has just come from there.
    /// assert_eq!(*unsafe { KVBox::from_c(c) }, "private");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_c(b: Self) -> CBox<T, A> {
        CBox(Box::into_raw(b), PhantomData)
    }

    /// Takes back what [`Box::into_c`] returned. For what may be NULL see [`CBox::take`].
    ///
    /// # Safety
    ///
    /// The pointer is what [`Box::into_c`] returned for this type, and not taken back yet. Nobody
    /// uses it or references to the value any more.
    ///
    /// # Examples
    ///
    /// ```
    /// let c = KBox::into_c(KBox::new(1, GFP_KERNEL)?);
    /// // SAFETY: It has just come from there.
    /// assert_eq!(*unsafe { KBox::from_c(c) }, 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn from_c(c: CBox<T, A>) -> Self {
        // SAFETY: The pointer came from a box of this type, which gave it up.
        unsafe { Box::from_raw(c.0) }
    }
}

impl<T, A: KvFree> Box<T, A> {
    /// Gives the memory to C, which is to `kvfree()` it.
    ///
    /// NULL for a value of no size, for which there is no memory. A value that would have to be
    /// dropped is refused at compile time.
    ///
    /// # Examples
    ///
    /// ```
    /// let header: *mut [u32; 4] = KVBox::into_kvfree(KVBox::new([1, 2, 3, 4], GFP_KERNEL)?);
    /// // SAFETY: This is what C does with it.
    /// unsafe { kernel::bindings::kvfree(header.cast()) };
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_kvfree(b: Self) -> *mut T {
        let () = NoDrop::<T>::CHECK;

        if size_of_val::<T>(&b) == 0 {
            ptr::null_mut()
        } else {
            Box::into_raw(b)
        }
    }
}

/// A [`Vec`] that C keeps: a structure of a pointer and two numbers.
///
/// C may use the elements and add others, up to the capacity. Nothing happens when it is dropped.
///
/// # Examples
///
/// ```
/// use kernel::alloc::{CVec, KVmalloc};
///
/// let mut v = KVVec::with_capacity(10, GFP_KERNEL)?;
/// v.push(1u8, GFP_KERNEL)?;
///
/// // `struct { u8 *data; size_t len, capacity; }`
/// let mut c: CVec<u8, KVmalloc> = v.into_c();
/// // SAFETY: There is room for another.
/// unsafe { c.data.add(c.len).write(2) };
/// c.len += 1;
///
/// // SAFETY: It came from a `KVVec`, and both elements are there.
/// let v = unsafe { c.into_vec() };
/// assert_eq!(v, [1, 2]);
/// # Ok::<(), Error>(())
/// ```
#[must_use = "the elements are neither dropped nor freed unless it is taken back"]
#[repr(C)]
pub struct CVec<T, A: Allocator> {
    /// The first element. Not NULL, but dangling if there is no memory.
    pub data: *mut T,
    /// How many elements there are.
    pub len: usize,
    /// How many elements there is room for.
    pub capacity: usize,
    _from: PhantomData<A>,
}

// SAFETY: It is no more than what a vector can be made of, which can be sent.
unsafe impl<T: Send, A: Allocator> Send for CVec<T, A> {}

// SAFETY: A shared reference to it gives out a pointer, which is for unsafe code to follow.
unsafe impl<T: Sync, A: Allocator> Sync for CVec<T, A> {}

impl<T, A: Allocator> CVec<T, A> {
    /// Takes the vector back.
    ///
    /// # Safety
    ///
    /// - `data` and `capacity` are what [`Vec::into_c`] returned for this type, and not taken back
    ///   yet.
    /// - The first `len` elements are valid, `len` is at most `capacity`, and nobody else uses any.
    ///
    /// # Examples
    ///
    /// ```
    /// let c = KVec::from_elem(3u8, 2, GFP_KERNEL)?.into_c();
    /// // SAFETY: It has just come from there.
    /// assert_eq!(unsafe { c.into_vec() }, [3, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn into_vec(self) -> Vec<T, A> {
        // SAFETY: The parts are those of a vector of this type, and what has become of the elements
        // is what the caller vouches for.
        unsafe { Vec::from_raw_parts(self.data, self.len, self.capacity) }
    }
}

impl<T, A: Allocator> Vec<T, A> {
    /// Hands the vector to C, which is to give it back.
    ///
    /// # Examples
    ///
    /// See [`CVec`].
    ///
    /// ```
    /// let c = KVVec::from_elem(3u8, 2, GFP_KERNEL)?.into_c();
    /// assert_eq!(c.len, 2);
    /// # // SAFETY: It has just come from there.
    /// # drop(unsafe { c.into_vec() });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_c(self) -> CVec<T, A> {
        let (data, len, capacity) = self.into_raw_parts();

        CVec {
            data,
            len,
            capacity,
            _from: PhantomData,
        }
    }
}

impl<T, A: KvFree> Vec<T, A> {
    /// Takes over memory that C has allocated: with `kmalloc()` for a [`KVec`](super::KVec), with
    /// `vmalloc()` for a [`VVec`](super::VVec), with any of the `kvmalloc()` family for a
    /// [`KVVec`](super::KVVec).
    ///
    /// Unlike for [`Vec::from_raw_parts`], the memory may be larger than what is made of it, and
    /// where there is no room for an element in it, it may be NULL or `ZERO_SIZE_PTR`.
    ///
    /// # Safety
    ///
    /// - `data` comes from a function of the family just named, or from [`Vec::into_kvfree`], has
    ///   room for `capacity` elements and is aligned for them; or `capacity` is zero, and it is
    ///   NULL, `ZERO_SIZE_PTR`, or memory of any size.
    /// - The first `len` elements are valid, and `len` is at most `capacity`.
    /// - The caller owns memory and elements, and gives both up.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (data, len) = KVVec::from_elem(5u16, 10, GFP_KERNEL)?.into_kvfree();
    /// // A C function has returned `data`, an array of `len` numbers from kvmalloc_array().
    /// // SAFETY: As said; and C does not keep the pointer.
    /// let mut v = unsafe { KVVec::<u16>::from_c(data, len, len) };
    /// v.push(6, GFP_KERNEL)?;
    /// assert_eq!(v.len(), 11);
    /// # Ok::<(), Error>(())
    /// ```
    pub unsafe fn from_c(data: *mut T, len: usize, capacity: usize) -> Self {
        if capacity != 0 && size_of::<T>() != 0 {
            // SAFETY: The memory has room for at least one element, so is no stand-in for none. It
            // is a block of `A` for that many elements, by the contract of `KvFree`.
            return unsafe { Self::from_raw_parts(data, len, capacity) };
        }

        // SAFETY: The caller gives up what `kvfree()` frees, NULL and `ZERO_SIZE_PTR` included. No
        // element is in there.
        unsafe { bindings::kvfree(data.cast_const().cast()) };
        // SAFETY: A vector without memory is made of any pointer that is aligned; elements there
        // are only if they have no size.
        unsafe { Self::from_raw_parts(NonNull::dangling().as_ptr(), len, capacity) }
    }

    /// Gives the memory to C, which is to `kvfree()` it: a pointer and the number of elements.
    ///
    /// The pointer is NULL if there is no memory. Elements that would have to be dropped are
    /// refused at compile time.
    ///
    /// # Examples
    ///
    /// ```
    /// let (data, len) = KVVec::from_elem(7u8, 100, GFP_KERNEL)?.into_kvfree();
    /// assert_eq!(len, 100);
    /// // SAFETY: This is what C does with it.
    /// unsafe { kernel::bindings::kvfree(data.cast()) };
    ///
    /// assert!(KVVec::<u8>::new().into_kvfree().0.is_null());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_kvfree(self) -> (*mut T, usize) {
        let () = NoDrop::<T>::CHECK;
        let (data, len, capacity) = self.into_raw_parts();

        if capacity == 0 || size_of::<T>() == 0 {
            (ptr::null_mut(), len)
        } else {
            (data, len)
        }
    }
}
