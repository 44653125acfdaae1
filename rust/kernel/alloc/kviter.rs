// SPDX-License-Identifier: GPL-2.0

//! The elements of a vector that is given up for them.

use super::{
    Allocator,
    Flags,
    RawBuf,
    Vec, //
};
use core::{
    fmt,
    iter::FusedIterator,
    mem,
    ops::Range,
    ptr,
    slice, //
};

impl<T, A: Allocator> IntoIterator for Vec<T, A> {
    type Item = T;
    type IntoIter = IntoIter<T, A>;

    /// Hands out the elements, first to last, and frees the memory in the end.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut sum = 0;
    /// for n in KVVec::from_elem(3, 4, GFP_KERNEL)? {
    ///     sum += n;
    /// }
    /// assert_eq!(sum, 12);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn into_iter(mut self) -> IntoIter<T, A> {
        // INVARIANT: The elements of the vector, which has none from now on.
        IntoIter {
            left: 0..mem::take(&mut self.len),
            buf: mem::replace(&mut self.buf, RawBuf::new()),
        }
    }
}

/// The elements of a [`Vec`], by value. Made by its `into_iter`.
///
/// What has not been asked for is dropped with the iterator.
///
/// # Invariants
///
/// The slots `left` of `buf` hold elements, which belong to this iterator. No others do.
///
/// # Examples
///
/// ```
/// let mut words = KVVec::from_elem("word", 3, GFP_KERNEL)?.into_iter();
/// assert_eq!(words.next(), Some("word"));
/// assert_eq!(words.len(), 2);
/// # Ok::<(), Error>(())
/// ```
pub struct IntoIter<T, A: Allocator> {
    buf: RawBuf<T, A>,
    left: Range<usize>,
}

impl<T, A: Allocator> IntoIter<T, A> {
    /// Makes a vector of what is left, in the same memory.
    ///
    /// Hides [`Iterator::collect`], which has no flags and no way to fail. If elements have been
    /// taken it tries to give back the memory that they were in, as [`Vec::shrink_to`] with these
    /// `flags`; that it cannot is no error.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
    ///
    /// let mut rest = v.into_iter();
    /// assert_eq!(rest.next(), Some(1));
    /// assert_eq!(rest.collect(GFP_KERNEL), [2, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn collect(mut self, flags: Flags) -> Vec<T, A> {
        // INVARIANT: From here on the elements are no more the iterator's.
        let Range { start, end } = mem::replace(&mut self.left, 0..0);
        let len = end - start;
        let mut buf = mem::replace(&mut self.buf, RawBuf::new());

        if start != 0 {
            // SAFETY: `start..end` are slots of the buffer.
            unsafe { buf.shift(start, 0, len) };
        }
        // INVARIANT: The elements are in the first slots, wherever they were.
        let mut v = Vec { buf, len };
        if start != 0 {
            let _ = v.shrink_to(0, flags);
        }
        v
    }

    /// What is left to be handed out.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut iter = KVVec::from_elem(1, 3, GFP_KERNEL)?.into_iter();
    /// assert_eq!(iter.next(), Some(1));
    /// assert_eq!(iter.as_slice(), [1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: By the type invariants these are elements, in the buffer of the iterator, which
        // is borrowed.
        unsafe { slice::from_raw_parts(self.buf.as_ptr().add(self.left.start), self.left.len()) }
    }

    /// What is left to be handed out, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut iter = KVVec::from_elem(1, 3, GFP_KERNEL)?.into_iter();
    /// iter.as_mut_slice()[2] = 4;
    /// assert_eq!(iter.sum::<i32>(), 6);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: As in `as_slice`, and the borrow is an exclusive one.
        unsafe {
            slice::from_raw_parts_mut(self.buf.as_ptr().add(self.left.start), self.left.len())
        }
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for IntoIter<T, A> {
    /// Prints what is left.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

/// What is left to be handed out.
impl<T, A: Allocator> AsRef<[T]> for IntoIter<T, A> {
    #[inline]
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T, A: Allocator> Iterator for IntoIter<T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        // INVARIANT: The slot is not among those left any more.
        let i = self.left.next()?;

        // SAFETY: By the type invariants it held an element, which was the iterator's.
        Some(unsafe { self.buf.take(i) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T, A: Allocator> DoubleEndedIterator for IntoIter<T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        // INVARIANT: The slot is not among those left any more.
        let i = self.left.next_back()?;

        // SAFETY: By the type invariants it held an element, which was the iterator's.
        Some(unsafe { self.buf.take(i) })
    }
}

impl<T, A: Allocator> ExactSizeIterator for IntoIter<T, A> {}

impl<T, A: Allocator> FusedIterator for IntoIter<T, A> {}

impl<T, A: Allocator> Drop for IntoIter<T, A> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants these are elements, and the iterator's. Nobody uses them
        // again.
        unsafe { ptr::drop_in_place(self.as_mut_slice()) };
    }
}
