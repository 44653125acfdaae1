// SPDX-License-Identifier: GPL-2.0

//! What vectors say when something is not to be.
//!
//! An error hands back what it was that the vector did not take, and is an [`Error`] to those who
//! do not care: `EINVAL` where the caller was mistaken about the vector, `ENOMEM` where memory was
//! asked for and there is none.

use super::{
    AllocError,
    Allocator,
    Drain,
    Vec, //
};
use crate::error::{
    code::{
        EINVAL,
        ENOMEM, //
    },
    Error, //
};
use core::{
    fmt,
    iter::Chain,
    option, //
};

const FULL: &str = "the vector is full";
const NO_MEMORY: &str = "no memory for the vector to grow";
const NO_PLACE: &str = "no place of that index in the vector";
const NO_RANGE: &str = "no such range in the vector";

/// There was no room for the element, which is in here. See [`Vec::push_within_capacity`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::PushError;
///
/// let mut v = KVVec::<u8>::new();
/// assert!(matches!(v.push_within_capacity(1), Err(PushError(1))));
/// ```
pub struct PushError<T>(pub T);

/// Why an element was not inserted; it is in here. See [`Vec::insert_within_capacity`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::InsertError;
///
/// let mut v = KVVec::<u8>::new();
/// assert!(matches!(v.insert_within_capacity(0, 1), Err(InsertError::OutOfCapacity(1))));
/// assert!(matches!(v.insert_within_capacity(1, 2), Err(InsertError::IndexOutOfBounds(2))));
/// ```
pub enum InsertError<T> {
    /// The index was more than the length.
    IndexOutOfBounds(T),
    /// There was no room.
    OutOfCapacity(T),
}

/// Why an element was not inserted although the vector may grow; it is in here. See
/// [`Vec::insert`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::TryInsertError;
///
/// let mut v = KVVec::<u8>::new();
/// let refused = v.insert(1, 7, GFP_KERNEL).err().ok_or(EINVAL)?;
/// assert!(matches!(refused, TryInsertError::IndexOutOfBounds(7)));
/// assert_eq!(refused.into_inner(), 7);
///
/// assert_eq!(Error::from(TryInsertError::IndexOutOfBounds(7)), EINVAL);
/// assert_eq!(Error::from(TryInsertError::OutOfMemory(7)), ENOMEM);
/// # Ok::<(), Error>(())
/// ```
pub enum TryInsertError<T> {
    /// The index was more than the length.
    IndexOutOfBounds(T),
    /// There was no room, and no memory for any.
    OutOfMemory(T),
}

/// There was no element of that index. See [`Vec::remove`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::RemoveError;
///
/// let mut v = KVVec::<u8>::new();
/// assert!(matches!(v.remove(0), Err(RemoveError)));
/// ```
pub struct RemoveError;

/// The range had its end before its start, or beyond the end of the vector. See [`Vec::drain`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::RangeError;
///
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// assert!(matches!(v.drain(2..4), Err(RangeError)));
/// assert_eq!(Error::from(RangeError), EINVAL);
/// # Ok::<(), Error>(())
/// ```
pub struct RangeError;

/// Why nothing was done about a part of a vector. See [`Vec::split_off`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::PartError;
///
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// assert!(matches!(v.split_off(4, GFP_KERNEL), Err(PartError::OutOfBounds)));
/// assert_eq!(Error::from(PartError::OutOfBounds), EINVAL);
/// assert_eq!(Error::from(PartError::OutOfMemory), ENOMEM);
/// # Ok::<(), Error>(())
/// ```
pub enum PartError {
    /// The vector has no such part.
    OutOfBounds,
    /// There is no memory for it.
    OutOfMemory,
}

/// There was no memory for some elements of an iterator. See [`Vec::extend`].
///
/// None of them is lost: `element` has been taken from the iterator, and all that come after it are
/// still to be had from `rest`. The error is an iterable of both, so what could not be done can be
/// tried again.
///
/// # Examples
///
/// ```
/// const HUGE: usize = 1 << 50;
/// let mut v = KVVec::new();
/// let refused = v.extend(0..HUGE, GFP_KERNEL | __GFP_NOWARN).err().ok_or(EINVAL)?;
///
/// assert!(v.is_empty());
/// assert_eq!(refused.rest, 0..HUGE);
/// v.extend(refused.into_iter().take(3), GFP_KERNEL)?;
/// assert_eq!(v, [0, 1, 2]);
/// # Ok::<(), Error>(())
/// ```
pub struct ExtendError<I: Iterator> {
    /// The element that did not fit, unless it was known before that it would not.
    pub element: Option<I::Item>,
    /// What has not been asked for elements any more.
    pub rest: I,
}

/// Why elements were not exchanged for others. See [`Vec::splice`].
///
/// Nothing is lost: the vector has the elements that it had, and those that were to come are in
/// here, in three parts. The error is an iterable of them, in their order. Those that are not taken
/// are dropped with it.
///
/// # Examples
///
/// ```
/// use kernel::alloc::PartError;
///
/// let mut v = KVVec::from_elem('a', 3, GFP_KERNEL)?;
/// let refused = v.splice(1..9, "xyz".chars(), GFP_KERNEL).err().ok_or(EINVAL)?;
///
/// assert!(matches!(refused.why, PartError::OutOfBounds));
/// assert!(refused.into_iter().eq("xyz".chars()));
/// assert_eq!(v, ['a'; 3]);
/// # Ok::<(), Error>(())
/// ```
pub struct SpliceError<'vec, T, A: Allocator, I: Iterator<Item = T>> {
    /// What the reason is.
    pub why: PartError,
    /// The elements that did fit, behind those of the vector.
    pub fitting: Drain<'vec, T, A>,
    /// The element that did not fit, unless it was known before that it would not.
    pub element: Option<T>,
    /// What has not been asked for elements any more.
    pub rest: I,
}

/// There was no memory for the smaller copy of the vector, which is in here. See
/// [`Vec::into_boxed_slice`].
///
/// # Examples
///
/// ```
/// use kernel::alloc::ShrinkError;
///
/// let kept = ShrinkError(KVVec::from_elem(1, 3, GFP_KERNEL)?);
/// assert_eq!(kept.0, [1, 1, 1]);
/// assert_eq!(Error::from(kept), ENOMEM);
/// # Ok::<(), Error>(())
/// ```
pub struct ShrinkError<T, A: Allocator>(pub Vec<T, A>);

impl<T> PushError<T> {
    /// Hands back the element.
    ///
    /// # Examples
    ///
    /// ```
    /// let refused = KVVec::new().push_within_capacity('x');
    /// assert_eq!(refused.map_err(|e| e.into_inner()), Err('x'));
    /// ```
    #[inline]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> InsertError<T> {
    /// Hands back the element.
    ///
    /// # Examples
    ///
    /// ```
    /// let refused = KVVec::new().insert_within_capacity(1, 'x');
    /// assert_eq!(refused.map_err(|e| e.into_inner()), Err('x'));
    /// ```
    #[inline]
    pub fn into_inner(self) -> T {
        match self {
            Self::IndexOutOfBounds(v) | Self::OutOfCapacity(v) => v,
        }
    }
}

impl<T> TryInsertError<T> {
    /// Hands back the element.
    ///
    /// # Examples
    ///
    /// ```
    /// let refused = KVVec::new().insert(1, 'x', GFP_KERNEL);
    /// assert_eq!(refused.map_err(|e| e.into_inner()), Err('x'));
    /// ```
    #[inline]
    pub fn into_inner(self) -> T {
        match self {
            Self::IndexOutOfBounds(v) | Self::OutOfMemory(v) => v,
        }
    }
}

/// What could not be appended, first to last.
impl<I: Iterator> IntoIterator for ExtendError<I> {
    type Item = I::Item;
    type IntoIter = Chain<option::IntoIter<I::Item>, I>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.element.into_iter().chain(self.rest)
    }
}

/// What was to come in place of the range, first to last.
impl<'vec, T, A: Allocator, I: Iterator<Item = T>> IntoIterator for SpliceError<'vec, T, A, I> {
    type Item = T;
    type IntoIter = Chain<Chain<Drain<'vec, T, A>, option::IntoIter<T>>, I>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.fitting.chain(self.element).chain(self.rest)
    }
}

/// Prints an error as a sentence: which element it is about may not be printable.
macro_rules! say {
    ($(<$($param:ident $(: $bound:ident)?),*> $error:ty, $self:ident => $text:expr;)*) => {$(
        impl<$($param $(: $bound)?),*> fmt::Debug for $error {
            fn fmt(&$self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }
    )*};
}

say! {
    <T> PushError<T>, self => FULL;
    <T> InsertError<T>, self => match self {
        Self::IndexOutOfBounds(_) => NO_PLACE,
        Self::OutOfCapacity(_) => FULL,
    };
    <T> TryInsertError<T>, self => match self {
        Self::IndexOutOfBounds(_) => NO_PLACE,
        Self::OutOfMemory(_) => NO_MEMORY,
    };
    <> RemoveError, self => "no element of that index in the vector";
    <> RangeError, self => NO_RANGE;
    <> PartError, self => match self {
        Self::OutOfBounds => NO_RANGE,
        Self::OutOfMemory => NO_MEMORY,
    };
    <I: Iterator> ExtendError<I>, self => NO_MEMORY;
    <T, A: Allocator> ShrinkError<T, A>, self => "no memory for the vector to shrink";
}

impl<T, A: Allocator, I: Iterator<Item = T>> fmt::Debug for SpliceError<'_, T, A, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

/// What an error is to those who ask no further.
macro_rules! is {
    ($(<$($param:ident $(: $bound:ident)?),*> $error:ty, $e:pat => $to:ty: $what:expr;)*) => {$(
        impl<$($param $(: $bound)?),*> From<$error> for $to {
            #[inline]
            fn from($e: $error) -> Self {
                $what
            }
        }
    )*};
}

is! {
    <T> PushError<T>, _ => Error: EINVAL;
    <T> InsertError<T>, _ => Error: EINVAL;
    <T> TryInsertError<T>, e => Error: match e {
        TryInsertError::IndexOutOfBounds(_) => EINVAL,
        TryInsertError::OutOfMemory(_) => ENOMEM,
    };
    <> RemoveError, _ => Error: EINVAL;
    <> RangeError, _ => Error: EINVAL;
    <> PartError, e => Error: match e {
        PartError::OutOfBounds => EINVAL,
        PartError::OutOfMemory => ENOMEM,
    };
    <I: Iterator> ExtendError<I>, _ => Error: ENOMEM;
    <T, A: Allocator> ShrinkError<T, A>, _ => Error: ENOMEM;

    // What allocates nothing else but memory for elements.
    <I: Iterator> ExtendError<I>, _ => AllocError: AllocError;
    <T, A: Allocator> ShrinkError<T, A>, _ => AllocError: AllocError;

    // The ones are cases of the others.
    <> RangeError, _ => PartError: PartError::OutOfBounds;
    <> AllocError, _ => PartError: PartError::OutOfMemory;
    <T> InsertError<T>, e => TryInsertError<T>: match e {
        InsertError::IndexOutOfBounds(v) => TryInsertError::IndexOutOfBounds(v),
        InsertError::OutOfCapacity(v) => TryInsertError::OutOfMemory(v),
    };
}

impl<T, A: Allocator, I: Iterator<Item = T>> From<SpliceError<'_, T, A, I>> for Error {
    #[inline]
    fn from(e: SpliceError<'_, T, A, I>) -> Self {
        e.why.into()
    }
}
