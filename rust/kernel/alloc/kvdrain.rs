// SPDX-License-Identifier: GPL-2.0

//! Taking elements out of a vector that lives on.
//!
//! All of it is done with a `Sorting` of the elements into those that stay and those that go, which
//! is the one place that knows about gaps between elements.

use super::{
    Allocator,
    Flags,
    PartError,
    RangeError,
    SpliceError,
    Vec, //
};
use core::{
    fmt,
    iter::FusedIterator,
    mem,
    ops::{
        Bound,
        Range,
        RangeBounds, //
    },
    ptr,
    slice, //
};

/// A vector with a range of elements of which it has not been decided yet whether they stay.
///
/// In the buffer lie, in this order, with gaps between them: the elements that the vector has,
/// those that are undecided, and those behind them, which stay in any case. Deciding begins at the
/// first undecided element; the gap before it is where elements were that went.
///
/// When it is dropped, all that is undecided stays, and the gaps are closed. If it is not, because
/// somebody has forgotten it, the vector has the elements before the first gap, and the others are
/// never dropped.
///
/// # Invariants
///
/// - `vec.len <= undecided.start <= undecided.end <= behind.start <= behind.end`, which is not more
///   than the capacity of `vec`.
/// - The slots `undecided` and `behind` hold elements, which belong to this value.
struct Sorting<'vec, T, A: Allocator> {
    vec: &'vec mut Vec<T, A>,
    undecided: Range<usize>,
    behind: Range<usize>,
}

impl<'vec, T, A: Allocator> Sorting<'vec, T, A> {
    /// Begins, with nothing decided about the elements of `range`, or as many as there are of it.
    fn new(vec: &'vec mut Vec<T, A>, range: Range<usize>) -> Self {
        let len = vec.len;
        let end = range.end.min(len);
        let start = range.start.min(end);

        // INVARIANT: These are the elements that there are. The vector has those before `start`,
        // and gives up the others, so that it may be forgotten what is between them.
        vec.len = start;
        Self {
            vec,
            undecided: start..end,
            behind: end..len,
        }
    }

    /// The undecided elements.
    #[inline]
    fn undecided(&self) -> &[T] {
        // SAFETY: By the type invariants these are elements in the buffer of the vector, and those
        // of this value, which is borrowed.
        unsafe {
            slice::from_raw_parts(
                self.vec.as_ptr().add(self.undecided.start),
                self.undecided.len(),
            )
        }
    }

    /// The undecided elements, to be changed.
    #[inline]
    fn undecided_mut(&mut self) -> &mut [T] {
        // SAFETY: As in `undecided`, and the borrow is an exclusive one.
        unsafe {
            slice::from_raw_parts_mut(
                self.vec.as_mut_ptr().add(self.undecided.start),
                self.undecided.len(),
            )
        }
    }

    /// The first undecided element.
    #[inline]
    fn first_mut(&mut self) -> Option<&mut T> {
        self.undecided_mut().first_mut()
    }

    /// The first undecided element and the last before it that stays.
    #[inline]
    fn pair_mut(&mut self) -> Option<(&mut T, &mut T)> {
        let last = self.vec.len.checked_sub(1)?;
        let base = self.vec.as_mut_ptr();

        // SAFETY: By the type invariants slot `last` holds an element and comes before all that are
        // undecided, so the two borrows are of two elements. This value is borrowed as long as they
        // are.
        let last = unsafe { &mut *base.add(last) };
        Some((self.first_mut()?, last))
    }

    /// The first `count` of the undecided elements stay, or all if they are fewer.
    #[inline]
    fn keep(&mut self, count: usize) {
        let Range { start, end } = self.undecided;
        let count = count.min(end - start);

        if start != self.vec.len {
            // SAFETY: By the type invariants both ranges are in the buffer, and what is lost is
            // what is in the gap.
            unsafe { self.vec.buf.shift(start, self.vec.len, count) };
        }
        // INVARIANT: The elements follow those of the vector, and are its own now.
        self.undecided.start += count;
        self.vec.len += count;
    }

    /// The first `count` of the undecided elements go, or all if they are fewer: they are dropped.
    #[inline]
    fn discard(&mut self, count: usize) {
        let count = count.min(self.undecided.len());
        let gone: *mut [T] =
            ptr::slice_from_raw_parts_mut(self.undecided_mut().as_mut_ptr(), count);

        // INVARIANT: They are not among the undecided elements any more.
        self.undecided.start += count;
        // SAFETY: They were elements, and this value's. Nobody uses them again.
        unsafe { ptr::drop_in_place(gone) };
    }

    /// The first of the undecided elements goes.
    #[inline]
    fn take_first(&mut self) -> Option<T> {
        // INVARIANT: The slot is not among the undecided ones any more.
        let i = self.undecided.next()?;

        // SAFETY: By the type invariants it held an element, which was this value's.
        Some(unsafe { self.vec.buf.take(i) })
    }

    /// The last of the undecided elements goes.
    #[inline]
    fn take_last(&mut self) -> Option<T> {
        // INVARIANT: The slot is not among the undecided ones any more.
        let i = self.undecided.next_back()?;

        // SAFETY: By the type invariants it held an element, which was this value's.
        Some(unsafe { self.vec.buf.take(i) })
    }
}

impl<T, A: Allocator> Drop for Sorting<'_, T, A> {
    fn drop(&mut self) {
        let end = self.behind.end;

        self.keep(usize::MAX);
        // INVARIANT: These elements come behind what was undecided, and nothing behind them.
        self.undecided = mem::replace(&mut self.behind, end..end);
        self.keep(usize::MAX);
    }
}

/// The indices of a range in a vector of `len` elements.
pub(super) fn indices(
    range: impl RangeBounds<usize>,
    len: usize,
) -> Result<Range<usize>, RangeError> {
    let start = match range.start_bound() {
        Bound::Included(first) => Some(*first),
        Bound::Excluded(before) => before.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match range.end_bound() {
        Bound::Included(last) => last.checked_add(1),
        Bound::Excluded(end) => Some(*end),
        Bound::Unbounded => Some(len),
    };

    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= len => Ok(start..end),
        _ => Err(RangeError),
    }
}

impl<T, A: Allocator> Vec<T, A> {
    /// Keeps the elements that `f` answers for with `true`, in their order.
    ///
    /// Calls `f` once for each, first to last, and drops each of the others before the next call.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(b"k v m a l l o c", GFP_KERNEL)?;
    /// v.retain(|c| *c != b' ');
    /// assert_eq!(v, b"kvmalloc");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn retain(&mut self, mut f: impl FnMut(&mut T) -> bool) {
        let mut all = Sorting::new(self, 0..usize::MAX);

        while let Some(element) = all.first_mut() {
            if f(element) {
                all.keep(1);
            } else {
                all.discard(1);
            }
        }
    }

    /// What [`Vec::retain`] is called where that one may not change the elements. Here it may.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(3, 2, GFP_KERNEL)?;
    /// let mut n = 0;
    /// v.retain_mut(|x| {
    ///     n += 1;
    ///     *x += n;
    ///     n > 1
    /// });
    /// assert_eq!(v, [5]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn retain_mut(&mut self, f: impl FnMut(&mut T) -> bool) {
        self.retain(f)
    }

    /// Drops each element that is the `same` as the one before it.
    ///
    /// `same` is called for an element and the last one before it that has been kept, in this
    /// order. What it is the same as may have been changed by that.
    ///
    /// # Examples
    ///
    /// ```
    /// // Extents of a file, merged where one begins at the end of another.
    /// let mut extents = KVVec::new();
    /// extents.extend_from_slice(&[(0, 4), (4, 8), (9, 10), (10, 12)], GFP_KERNEL)?;
    /// extents.dedup_by(|next, last| {
    ///     let adjacent = last.1 == next.0;
    ///     if adjacent {
    ///         last.1 = next.1;
    ///     }
    ///     adjacent
    /// });
    /// assert_eq!(extents, [(0, 8), (9, 12)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn dedup_by(&mut self, mut same: impl FnMut(&mut T, &mut T) -> bool) {
        let mut rest = Sorting::new(self, 1..usize::MAX);

        while let Some((element, last)) = rest.pair_mut() {
            if same(element, last) {
                rest.discard(1);
            } else {
                rest.keep(1);
            }
        }
    }

    /// Drops each element that has the same `key` as the one before it.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(&[10, 12, 20, 15], GFP_KERNEL)?;
    /// v.dedup_by_key(|x| *x / 10);
    /// assert_eq!(v, [10, 20, 15]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut T) -> K) {
        self.dedup_by(|element, last| key(element) == key(last))
    }

    /// Drops each element that equals the one before it. All that are equal, if they are sorted.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(b"committee", GFP_KERNEL)?;
    /// v.dedup();
    /// assert_eq!(v, b"comite");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        self.dedup_by(|element, last| element == last)
    }

    /// Takes the elements of a range out of the vector, and hands them out.
    ///
    /// Those that are not asked for are dropped with the iterator. Then those behind the range move
    /// up. The memory is kept.
    ///
    /// If the iterator is forgotten ([`core::mem::forget`]), what it has not handed out is leaked,
    /// and so is what is behind the range: the vector then ends where the range began.
    ///
    /// # Errors
    ///
    /// [`RangeError`] if the range has its end before its start, or beyond the end of the vector.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(b"kvmalloc", GFP_KERNEL)?;
    ///
    /// assert!(v.drain(2..5)?.rev().eq(*b"lam"));
    /// assert_eq!(v, b"kvloc");
    /// assert!(v.drain(..6).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Result<Drain<'_, T, A>, RangeError> {
        let range = indices(range, self.len)?;

        Ok(Drain(Sorting::new(self, range)))
    }

    /// Hands out all elements, first to last. The vector is left without any, but with its memory.
    ///
    /// Those that are not asked for are dropped with the iterator.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(2u32, 10, GFP_KERNEL)?;
    /// assert_eq!(v.drain_all().sum::<u32>(), 20);
    /// assert!(v.is_empty());
    /// assert!(v.capacity() >= 10);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn drain_all(&mut self) -> DrainAll<'_, T> {
        let count = self.len;

        // SAFETY: By the type invariants `self.len` slots hold elements, and `count` is that.
        let elements = unsafe { self.dec_len(count) };
        // INVARIANT: The vector has given the elements up.
        DrainAll {
            elements: elements.iter_mut(),
        }
    }

    /// Takes those elements of a range out of the vector that `f` answers for with `true`, and
    /// hands them out.
    ///
    /// `f` is called as elements are asked for, first to last. Elements that it has not been called
    /// for when the iterator is dropped stay: to take out all that there are, go on to the end.
    ///
    /// If the iterator is forgotten ([`core::mem::forget`]), the vector has the elements before the
    /// range and those that have stayed so far; the others are leaked.
    ///
    /// # Errors
    ///
    /// [`RangeError`] if the range has its end before its start, or beyond the end of the vector.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::try_from_iter(0..10, GFP_KERNEL)?;
    /// let even = KVVec::try_from_iter(v.extract_if(4.., |n| *n % 2 == 0)?, GFP_KERNEL)?;
    ///
    /// assert_eq!(even, [4, 6, 8]);
    /// assert_eq!(v, [0, 1, 2, 3, 5, 7, 9]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn extract_if<F: FnMut(&mut T) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        f: F,
    ) -> Result<ExtractIf<'_, T, A, F>, RangeError> {
        let range = indices(range, self.len)?;

        Ok(ExtractIf {
            sorting: Sorting::new(self, range),
            wanted: f,
        })
    }

    /// Puts the elements of `with` where those of the range are, and hands out the latter.
    ///
    /// All that can fail is done at once, before an element is taken out: the new ones are put
    /// behind the range, for which there has to be room beside the old ones. Those are then handed
    /// out as by [`Vec::drain`].
    ///
    /// # Errors
    ///
    /// [`SpliceError`], in which all elements of `with` are, if the range has its end before its
    /// start or beyond the end of the vector, or if there is no memory. The elements of the vector
    /// are as before.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(b"kmalloc", GFP_KERNEL)?;
    ///
    /// assert!(v.splice(..1, *b"kv", GFP_KERNEL)?.eq(*b"k"));
    /// assert_eq!(v, b"kvmalloc");
    ///
    /// // To insert is to replace nothing. What is handed out need not be looked at.
    /// v.splice(0..0, *b"__", GFP_KERNEL)?;
    /// assert_eq!(v, b"__kvmalloc");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn splice<I: IntoIterator<Item = T>>(
        &mut self,
        range: impl RangeBounds<usize>,
        with: I,
        flags: Flags,
    ) -> Result<Drain<'_, T, A>, SpliceError<'_, T, A, I::IntoIter>> {
        let old_len = self.len;
        let with = with.into_iter();
        let range = match indices(range, old_len) {
            Ok(range) => range,
            Err(none) => {
                return Err(SpliceError {
                    why: none.into(),
                    fitting: Drain(Sorting::new(self, old_len..old_len)),
                    element: None,
                    rest: with,
                })
            }
        };

        if let Err(refused) = self.extend(with, flags) {
            return Err(SpliceError {
                why: PartError::OutOfMemory,
                fitting: Drain(Sorting::new(self, old_len..usize::MAX)),
                element: refused.element,
                rest: refused.rest,
            });
        }
        // They are at the end, after what is behind the range.
        let behind = old_len - range.end;
        self[range.end..].rotate_left(behind);
        Ok(Drain(Sorting::new(self, range)))
    }
}

/// The elements of a range of a [`Vec`] that keeps the others, by value. Made by [`Vec::drain`] and
/// [`Vec::splice`].
///
/// What has not been asked for is dropped with the iterator.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::try_from_iter(0..6, GFP_KERNEL)?;
/// let mut middle = v.drain(1..5)?;
/// assert_eq!((middle.next(), middle.next_back()), (Some(1), Some(4)));
/// assert_eq!(middle.as_slice(), [2, 3]);
///
/// drop(middle);
/// assert_eq!(v, [0, 5]);
/// # Ok::<(), Error>(())
/// ```
pub struct Drain<'vec, T, A: Allocator>(Sorting<'vec, T, A>);

impl<T, A: Allocator> Drain<'_, T, A> {
    /// What is left to be handed out.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
    /// assert_eq!(v.drain(1..)?.as_slice(), [1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        self.0.undecided()
    }

    /// What is left to be handed out, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
    /// let mut last = v.drain(2..)?;
    /// last.as_mut_slice()[0] = 2;
    /// assert_eq!(last.next(), Some(2));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.0.undecided_mut()
    }

    /// Leaves in the vector what has not been asked for, instead of dropping it.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::try_from_iter(0..6, GFP_KERNEL)?;
    /// let mut drain = v.drain(2..)?;
    /// assert_eq!(drain.next(), Some(2));
    /// drain.keep_rest();
    /// assert_eq!(v, [0, 1, 3, 4, 5]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn keep_rest(mut self) {
        self.0.keep(usize::MAX);
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for Drain<'_, T, A> {
    /// Prints what is left.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_slice()).finish()
    }
}

impl<T, A: Allocator> Iterator for Drain<'_, T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.take_first()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.undecided.size_hint()
    }
}

impl<T, A: Allocator> DoubleEndedIterator for Drain<'_, T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.0.take_last()
    }
}

impl<T, A: Allocator> ExactSizeIterator for Drain<'_, T, A> {}

impl<T, A: Allocator> FusedIterator for Drain<'_, T, A> {}

impl<T, A: Allocator> Drop for Drain<'_, T, A> {
    #[inline]
    fn drop(&mut self) {
        // What is behind moves up after this, when the rest of the iterator is dropped.
        self.0.discard(usize::MAX);
    }
}

/// Elements of a [`Vec`] that are picked from it, by value. Made by [`Vec::extract_if`].
///
/// # Examples
///
/// ```
/// let mut v = KVVec::try_from_iter(0..10, GFP_KERNEL)?;
/// // Stops at the first one, so the others stay.
/// assert_eq!(v.extract_if(.., |n| *n > 3)?.next(), Some(4));
/// assert_eq!(v, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
/// # Ok::<(), Error>(())
/// ```
pub struct ExtractIf<'vec, T, A: Allocator, F> {
    sorting: Sorting<'vec, T, A>,
    wanted: F,
}

impl<T: fmt::Debug, A: Allocator, F> fmt::Debug for ExtractIf<'_, T, A, F> {
    /// Prints what has not been looked at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExtractIf")
            .field(&self.sorting.undecided())
            .finish()
    }
}

impl<T, A: Allocator, F: FnMut(&mut T) -> bool> Iterator for ExtractIf<'_, T, A, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while let Some(element) = self.sorting.first_mut() {
            if (self.wanted)(element) {
                return self.sorting.take_first();
            }
            self.sorting.keep(1);
        }
        None
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.sorting.undecided.len()))
    }
}

impl<T, A: Allocator, F: FnMut(&mut T) -> bool> FusedIterator for ExtractIf<'_, T, A, F> {}

/// The elements of a [`Vec`] that keeps its memory, by value. Made by [`Vec::drain_all`].
///
/// # Invariants
///
/// What `elements` has not yet passed are elements, and they belong to this iterator.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// // One is taken; the other two are dropped at the end of the statement.
/// assert_eq!(v.drain_all().next(), Some(1));
/// assert!(v.is_empty());
/// # Ok::<(), Error>(())
/// ```
pub struct DrainAll<'vec, T> {
    elements: slice::IterMut<'vec, T>,
}

impl<T> DrainAll<'_, T> {
    /// What is left to be handed out.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
    /// let mut all = v.drain_all();
    /// assert_eq!(all.next(), Some(1));
    /// assert_eq!(all.as_slice(), [1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        self.elements.as_slice()
    }
}

impl<T: fmt::Debug> fmt::Debug for DrainAll<'_, T> {
    /// Prints what is left.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DrainAll").field(&self.as_slice()).finish()
    }
}

impl<T> Iterator for DrainAll<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        // INVARIANT: The element is passed.
        let element: *mut T = self.elements.next()?;

        // SAFETY: By the type invariants it was the iterator's to give away.
        Some(unsafe { element.read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.elements.size_hint()
    }
}

impl<T> DoubleEndedIterator for DrainAll<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        // INVARIANT: The element is passed.
        let element: *mut T = self.elements.next_back()?;

        // SAFETY: By the type invariants it was the iterator's to give away.
        Some(unsafe { element.read() })
    }
}

impl<T> ExactSizeIterator for DrainAll<'_, T> {}

impl<T> FusedIterator for DrainAll<'_, T> {}

impl<T> Drop for DrainAll<'_, T> {
    fn drop(&mut self) {
        let left: *mut [T] = mem::take(&mut self.elements).into_slice();

        // SAFETY: By the type invariants these are elements, and the iterator's. They are not used
        // again: the vector has none, and overwrites them.
        unsafe { ptr::drop_in_place(left) };
    }
}
