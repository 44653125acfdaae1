// SPDX-License-Identifier: GPL-2.0

//! How many bytes a number of values are.

use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::{
        align_of,
        size_of, //
    }, //
};

/// So many values would be more bytes than there are addresses.
///
/// # Examples
///
/// ```
/// use kernel::alloc::layout::{ArrayLayout, LayoutError};
///
/// assert!(matches!(ArrayLayout::<u16>::new(usize::MAX), Err(LayoutError)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutError;

/// The layout of an array `[T; len]` whose length is not known at compile time.
///
/// # Invariants
///
/// `len` values of type `T` have at most `isize::MAX` bytes, as any object has.
///
/// # Examples
///
/// ```
/// use core::alloc::Layout;
/// use kernel::alloc::layout::ArrayLayout;
///
/// let three = ArrayLayout::<u32>::new(3).map_err(|_| EINVAL)?;
/// assert_eq!((three.len(), three.size()), (3, 12));
/// assert_eq!(Layout::from(three), Layout::new::<[u32; 3]>());
/// # Ok::<(), Error>(())
/// ```
pub struct ArrayLayout<T> {
    len: usize,
    // A number of values, not a value: the layout is `Send`, `Sync` and `Copy` whatever `T` is.
    _of: PhantomData<fn() -> T>,
}

impl<T> Clone for ArrayLayout<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ArrayLayout<T> {}

impl<T> ArrayLayout<T> {
    /// The layout of no values.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::layout::ArrayLayout;
    ///
    /// assert!(ArrayLayout::<u64>::empty().is_empty());
    /// ```
    #[inline]
    pub const fn empty() -> Self {
        // SAFETY: No values have no bytes.
        unsafe { Self::new_unchecked(0) }
    }

    /// The layout of `len` values.
    ///
    /// # Errors
    ///
    /// [`LayoutError`] if these are more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::layout::ArrayLayout;
    ///
    /// const MOST: usize = isize::MAX as usize;
    ///
    /// assert!(ArrayLayout::<u8>::new(MOST).is_ok());
    /// assert!(ArrayLayout::<u8>::new(MOST + 1).is_err());
    /// // Values of no size are no bytes, however many there are.
    /// assert!(ArrayLayout::<()>::new(usize::MAX).is_ok());
    /// ```
    #[inline]
    pub const fn new(len: usize) -> Result<Self, LayoutError> {
        match len.checked_mul(size_of::<T>()) {
            // SAFETY: That many bytes may be.
            Some(bytes) if bytes <= isize::MAX as usize => Ok(unsafe { Self::new_unchecked(len) }),
            _ => Err(LayoutError),
        }
    }

    /// The layout of `len` values that are known not to be too many.
    ///
    /// # Safety
    ///
    /// `len` values have at most `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::layout::ArrayLayout;
    ///
    /// // SAFETY: 32 bytes are few.
    /// let four = unsafe { ArrayLayout::<u64>::new_unchecked(4) };
    /// assert_eq!(four.size(), 32);
    /// ```
    #[inline]
    pub const unsafe fn new_unchecked(len: usize) -> Self {
        // INVARIANT: The caller vouches for it.
        Self {
            len,
            _of: PhantomData,
        }
    }

    /// The number of bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::layout::ArrayLayout;
    ///
    /// assert_eq!(ArrayLayout::<u16>::new(7).map(|seven| seven.size()), Ok(14));
    /// ```
    #[inline]
    pub const fn size(&self) -> usize {
        // The type invariant keeps this from overflowing.
        self.len * size_of::<T>()
    }

    /// Whether there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::layout::ArrayLayout;
    ///
    /// assert_eq!(ArrayLayout::<u8>::new(7).map(|seven| seven.is_empty()), Ok(false));
    /// ```
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of values.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::layout::ArrayLayout;
    ///
    /// assert_eq!(ArrayLayout::<u8>::new(7).map(|seven| seven.len()), Ok(7));
    /// ```
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }
}

impl<T> From<ArrayLayout<T>> for Layout {
    #[inline]
    fn from(array: ArrayLayout<T>) -> Self {
        // SAFETY: The alignment is that of a type. The size is a multiple of it, hence need not be
        // rounded up, and is at most `isize::MAX` by the type invariant.
        unsafe { Layout::from_size_align_unchecked(array.size(), align_of::<T>()) }
    }
}
