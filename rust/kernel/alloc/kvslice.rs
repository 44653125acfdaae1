// SPDX-License-Identifier: GPL-2.0

//! Boxes of slices and of text: what a [`Vec`] is when it has stopped growing.
//!
//! Two words, the second of which is the length. A slice without elements, and text without
//! characters, have no size, and thus no memory.

use super::{
    flags::__GFP_ZERO,
    kvbox::CloneBoxed,
    kvcompat::{
        Init,
        Zeroable, //
    },
    AllocError,
    Allocator,
    Box,
    Flags,
    Vec, //
};
use crate::error::{
    code::EINVAL,
    Error, //
};
use core::{
    fmt,
    mem::MaybeUninit,
    pin::Pin,
    ptr::{
        self,
        NonNull, //
    },
    slice,
    str::{
        self,
        Utf8Error, //
    }, //
};

/// Makes a box of all that a vector has room for.
///
/// # Safety
///
/// There are as many elements as the vector has room for, or as it would have if they had a size.
/// They are at its start, and `len` is their number, whatever the vector says it is.
#[inline]
unsafe fn box_all<T, A: Allocator>(v: Vec<T, A>, len: usize) -> Box<[T], A> {
    let (first, ..) = v.into_raw_parts();
    let all = ptr::slice_from_raw_parts_mut(first, len);

    // SAFETY: That is a buffer of `A` made for just `len` values, or one without memory if these
    // have no bytes; and they are all there, as the caller says. It was the vector's own.
    unsafe { Box::from_raw(all) }
}

impl<T, A: Allocator> Box<[T], A> {
    /// Allocates memory for `len` values that are to come.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut squares = KVBox::<[usize]>::new_uninit_slice(100, GFP_KERNEL)?;
    /// for (n, slot) in squares.iter_mut().enumerate() {
    ///     slot.write(n * n);
    /// }
    /// // SAFETY: All of them have been written.
    /// let squares = unsafe { squares.assume_init() };
    /// assert_eq!(squares[99], 99 * 99);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn new_uninit_slice(
        len: usize,
        flags: Flags,
    ) -> Result<Box<[MaybeUninit<T>], A>, AllocError> {
        let room = Vec::<MaybeUninit<T>, A>::with_capacity(len, flags)?;

        // SAFETY: There is room for just `len`, and a `MaybeUninit` is there whatever the bytes
        // are.
        Ok(unsafe { box_all(room, len) })
    }

    /// Allocates `len` values of which all bytes are zero.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = KVBox::<[u64]>::zeroed_slice(1 << 20, GFP_KERNEL)?;
    /// assert!(table.iter().all(|entry| *entry == 0));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn zeroed_slice(len: usize, flags: Flags) -> Result<Self, AllocError>
    where
        T: Zeroable,
    {
        let room = Self::new_uninit_slice(len, flags | __GFP_ZERO)?;

        // SAFETY: The flag has made all bytes zero, which `Zeroable` says is a value.
        Ok(unsafe { room.assume_init() })
    }

    /// Allocates `len` values that are initialised where they stay.
    ///
    /// What [`Box::pin_slice`] does for values that may not move, this does for those that may:
    /// `init` is asked for an initialiser for each index, from the first to the last. See
    /// [`Box::new_uninit_slice`] for room alone, and [`Box::from_iter`] for values that exist.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory, or what an initialiser says. The values before that
    /// one have been dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// struct Entry {
    ///     number: usize,
    ///     is_even: bool,
    /// }
    ///
    /// let entries: KVBox<[Entry]> = Box::new_slice(
    ///     |n| try_init!(Entry { number: n, is_even: n % 2 == 0 }),
    ///     10,
    ///     GFP_KERNEL,
    /// )?;
    /// assert!(entries[4].is_even && entries[9].number == 9);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn new_slice<F, I, E>(init: F, len: usize, flags: Flags) -> Result<Self, E>
    where
        F: FnMut(usize) -> I,
        I: Init<T, E>,
        E: From<AllocError>,
    {
        let pinned = Box::<T, A>::pin_slice(init, len, flags)?;

        // SAFETY: Whoever implements `Init` lets the values move.
        Ok(unsafe { Pin::into_inner_unchecked(pinned) })
    }

    /// Allocates what an iterator returns.
    ///
    /// Takes room for as many as the iterator says there will be at least, and more when there are
    /// more; in the end the room to spare is given back, for which they may have to move once more.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; what the iterator has returned so far has been dropped
    /// then.
    ///
    /// # Examples
    ///
    /// ```
    /// let odd: KBox<[i32]> = Box::from_iter((1..10).filter(|n| n % 2 == 1), GFP_KERNEL)?;
    /// assert_eq!(*odd, [1, 3, 5, 7, 9]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_iter<I>(iter: I, flags: Flags) -> Result<Self, AllocError>
    where
        I: IntoIterator<Item = T>,
    {
        let iter = iter.into_iter();
        let mut v = Vec::with_capacity(iter.size_hint().0, flags)?;

        for element in iter {
            if v.push(element, flags).is_err() {
                v.drop_as(flags);
                return Err(AllocError);
            }
        }
        if v.shrink_to(0, flags).is_err() {
            v.drop_as(flags);
            return Err(AllocError);
        }
        let len = v.len();
        // SAFETY: Without room to spare, the vector has room for its `len` elements alone.
        Ok(unsafe { box_all(v, len) })
    }

    /// Allocates clones of the elements of a slice.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory; nothing has been cloned then.
    ///
    /// # Examples
    ///
    /// ```
    /// let copy: KVBox<[u8]> = Box::from_slice(b"abc", GFP_KERNEL)?;
    /// assert_eq!(*copy, *b"abc");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn from_slice(slice: &[T], flags: Flags) -> Result<Self, AllocError>
    where
        T: Clone,
    {
        let mut v = Vec::with_capacity(slice.len(), flags)?;

        v.extend_from_slice(slice, flags)?;
        // SAFETY: There was room for just as many as the slice has, and they are there.
        Ok(unsafe { box_all(v, slice.len()) })
    }
}

impl<T, A: Allocator> Box<[MaybeUninit<T>], A> {
    /// Declares that the values are there.
    ///
    /// # Safety
    ///
    /// Each slot holds a valid `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut b = KBox::<[u8]>::new_uninit_slice(3, GFP_KERNEL)?;
    /// b.iter_mut().for_each(|slot| {
    ///     slot.write(7);
    /// });
    /// // SAFETY: All of them have been written.
    /// assert_eq!(*unsafe { b.assume_init() }, [7, 7, 7]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn assume_init(self) -> Box<[T], A> {
        // SAFETY: The pointer comes from a box of the same allocator, for elements of the same
        // layout, and keeps its length; the caller vouches for the values.
        unsafe { Box::from_raw(Self::into_raw(self) as *mut [T]) }
    }
}

impl<A: Allocator> Box<str, A> {
    /// Allocates a copy of a text.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let name: KVBox<str> = Box::from_str("eth0", GFP_KERNEL)?;
    /// assert_eq!(&*name, "eth0");
    /// assert_eq!(name.len(), 4);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn from_str(text: &str, flags: Flags) -> Result<Self, AllocError> {
        let bytes = Box::from_slice(text.as_bytes(), flags)?;

        // SAFETY: They are those of a text.
        Ok(unsafe { Self::from_utf8_unchecked(bytes) })
    }

    /// Takes bytes for the text that they are.
    ///
    /// Nothing is allocated or copied.
    ///
    /// # Errors
    ///
    /// [`FromUtf8Error`], which has the bytes, if they are not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// let bytes: KBox<[u8]> = Box::from_slice(b"lo", GFP_KERNEL)?;
    /// let name = KBox::<str>::from_utf8(bytes)?;
    /// assert_eq!(&*name, "lo");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn from_utf8(bytes: Box<[u8], A>) -> Result<Self, FromUtf8Error<A>> {
        match str::from_utf8(&bytes) {
            // SAFETY: Just checked.
            Ok(_) => Ok(unsafe { Self::from_utf8_unchecked(bytes) }),
            Err(error) => Err(FromUtf8Error { bytes, error }),
        }
    }

    /// Takes bytes for a text without a look at them.
    ///
    /// # Safety
    ///
    /// The bytes are UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// let bytes: KBox<[u8]> = Box::from_slice(b"lo", GFP_KERNEL)?;
    /// // SAFETY: That is ASCII.
    /// let name = unsafe { KBox::<str>::from_utf8_unchecked(bytes) };
    /// assert_eq!(&*name, "lo");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn from_utf8_unchecked(bytes: Box<[u8], A>) -> Self {
        // SAFETY: The pointer comes from a box of the same allocator, and a text of that many bytes
        // has the layout of the bytes. That it is valid is what the caller vouches for.
        unsafe { Box::from_raw(Box::into_raw(bytes) as *mut str) }
    }

    /// Takes a text for the bytes that it consists of.
    ///
    /// # Examples
    ///
    /// ```
    /// let name: KBox<str> = Box::from_str("lo", GFP_KERNEL)?;
    /// assert_eq!(*Box::into_boxed_bytes(name), *b"lo");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_boxed_bytes(this: Self) -> Box<[u8], A> {
        // SAFETY: The pointer comes from a box of the same allocator, and any bytes are bytes.
        unsafe { Box::from_raw(Self::into_raw(this) as *mut [u8]) }
    }
}

impl<T: Clone> CloneBoxed for [T] {
    #[inline]
    fn clone_boxed<A: Allocator>(&self, flags: Flags) -> Result<Box<[T], A>, AllocError> {
        Box::from_slice(self, flags)
    }
}

impl CloneBoxed for str {
    #[inline]
    fn clone_boxed<A: Allocator>(&self, flags: Flags) -> Result<Box<str, A>, AllocError> {
        Box::from_str(self, flags)
    }
}

/// The bytes that were to be a text are none.
///
/// # Examples
///
/// ```
/// let bytes: KBox<[u8]> = Box::from_slice(b"lo\xff", GFP_KERNEL)?;
/// if let Err(error) = KBox::<str>::from_utf8(bytes) {
///     assert_eq!(error.utf8_error().valid_up_to(), 2);
///     assert_eq!(*error.into_bytes(), *b"lo\xff");
/// }
/// # Ok::<(), Error>(())
/// ```
pub struct FromUtf8Error<A: Allocator> {
    bytes: Box<[u8], A>,
    error: Utf8Error,
}

impl<A: Allocator> FromUtf8Error<A> {
    /// Where the bytes stop to be a text.
    ///
    /// # Examples
    ///
    /// ```
    /// let bytes: KBox<[u8]> = Box::from_slice(b"\xff", GFP_KERNEL)?;
    /// let error = KBox::<str>::from_utf8(bytes).err().ok_or(EINVAL)?;
    /// assert_eq!(error.utf8_error().valid_up_to(), 0);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn utf8_error(&self) -> Utf8Error {
        self.error
    }

    /// Gives the bytes back.
    ///
    /// # Examples
    ///
    /// ```
    /// let bytes: KBox<[u8]> = Box::from_slice(b"\xff", GFP_KERNEL)?;
    /// let error = KBox::<str>::from_utf8(bytes).err().ok_or(EINVAL)?;
    /// assert_eq!(*error.into_bytes(), [0xff]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_bytes(self) -> Box<[u8], A> {
        self.bytes
    }
}

/// Prints what is wrong, not the bytes.
impl<A: Allocator> fmt::Debug for FromUtf8Error<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// # Examples
///
/// ```
/// let bytes: KBox<[u8]> = Box::from_slice(b"\xff", GFP_KERNEL)?;
/// assert_eq!(KBox::<str>::from_utf8(bytes).map_err(Error::from), Err(EINVAL));
/// # Ok::<(), Error>(())
/// ```
impl<A: Allocator> From<FromUtf8Error<A>> for Error {
    #[inline]
    fn from(_: FromUtf8Error<A>) -> Self {
        EINVAL
    }
}

/// No elements, which takes no memory.
///
/// # Examples
///
/// ```
/// assert!(KVBox::<[u8]>::default().is_empty());
/// ```
impl<T, A: Allocator> Default for Box<[T], A> {
    #[inline]
    fn default() -> Self {
        let none = NonNull::slice_from_raw_parts(NonNull::dangling(), 0);

        // SAFETY: The pointer is aligned and not null, and no elements are at any address.
        unsafe { Box::from_raw(none.as_ptr()) }
    }
}

/// An empty text, which takes no memory.
///
/// # Examples
///
/// ```
/// assert_eq!(&*KVBox::<str>::default(), "");
/// ```
impl<A: Allocator> Default for Box<str, A> {
    #[inline]
    fn default() -> Self {
        // SAFETY: No bytes are UTF-8.
        unsafe { Self::from_utf8_unchecked(Box::default()) }
    }
}

/// # Examples
///
/// ```
/// let b: KBox<[u8]> = Box::from_slice(&[1, 2], GFP_KERNEL)?;
/// let mut sum = 0;
/// for n in &b {
///     sum += n;
/// }
/// assert_eq!(sum, 3);
/// # Ok::<(), Error>(())
/// ```
impl<'a, T, A: Allocator> IntoIterator for &'a Box<[T], A> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

/// # Examples
///
/// ```
/// let mut b: KBox<[u8]> = Box::from_slice(&[1, 2], GFP_KERNEL)?;
/// for n in &mut b {
///     *n += 1;
/// }
/// assert_eq!(*b, [2, 3]);
/// # Ok::<(), Error>(())
/// ```
impl<'a, T, A: Allocator> IntoIterator for &'a mut Box<[T], A> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}
