// SPDX-License-Identifier: GPL-2.0

//! Making vectors longer, by many elements at a time.

use super::{
    kvdrain::indices,
    AllocError,
    Allocator,
    ExtendError,
    Flags,
    MaybeUninit,
    PartError,
    Vec, //
};
use core::{
    ops::RangeBounds,
    ptr,
    slice, //
};

impl<T, A: Allocator> Vec<T, A> {
    /// A vector of the elements that an iterator hands out.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory. The elements so far have been dropped then, and so has
    /// the iterator; to keep them, begin with [`Vec::new`] and go on with [`Vec::extend`].
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::try_from_iter((1..5).map(|n| n * n), GFP_KERNEL)?;
    /// assert_eq!(v, [1, 4, 9, 16]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_from_iter(
        iter: impl IntoIterator<Item = T>,
        flags: Flags,
    ) -> Result<Self, AllocError> {
        let iter = iter.into_iter();
        let mut v = Self::with_capacity(iter.size_hint().0, flags)?;

        if v.extend(iter, flags).is_err() {
            v.drop_as(flags);
            return Err(AllocError);
        }
        Ok(v)
    }

    /// Appends the elements that an iterator hands out.
    ///
    /// Takes room at once for as many as the iterator says that there are, with
    /// [`Iterator::size_hint`]. What it says need not be true. To keep an iterator, pass `&mut` of
    /// it.
    ///
    /// # Errors
    ///
    /// [`ExtendError`] if there is no memory. Elements that have been appended already, which is
    /// none if the iterator is right about their number, stay in the vector; all others are in the
    /// error.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem('k', 1, GFP_KERNEL)?;
    /// v.extend("vmalloc".chars(), GFP_KERNEL)?;
    /// assert_eq!(v.len(), 8);
    ///
    /// // From one allocator to another.
    /// let mut rest = v.drain(2..)?;
    /// let mut three = KVec::new();
    /// three.extend(rest.by_ref().take(3), GFP_KERNEL)?;
    /// assert_eq!(three, ['m', 'a', 'l']);
    /// assert_eq!(rest.next(), Some('l'));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn extend<I: IntoIterator<Item = T>>(
        &mut self,
        iter: I,
        flags: Flags,
    ) -> Result<(), ExtendError<I::IntoIter>> {
        let mut rest = iter.into_iter();

        if self.reserve(rest.size_hint().0, flags).is_err() {
            return Err(ExtendError {
                element: None,
                rest,
            });
        }
        while let Some(element) = rest.next() {
            if self.len == self.capacity() {
                let more = rest.size_hint().0.saturating_add(1);

                if self.reserve(more, flags).is_err() {
                    return Err(ExtendError {
                        element: Some(element),
                        rest,
                    });
                }
            }
            // SAFETY: Either there was room, or there is now.
            unsafe { self.push_unchecked(element) };
        }
        Ok(())
    }

    /// Appends all elements of `other`, which is left without any, but with its memory.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::reserve`]. Both vectors are as before then.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut all = KVVec::from_elem(1, 2, GFP_KERNEL)?;
    /// let mut more = KVec::from_elem(2, 3, GFP_KERNEL)?;
    ///
    /// all.append(&mut more, GFP_KERNEL)?;
    /// assert_eq!(all, [1, 1, 2, 2, 2]);
    /// assert!(more.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn append<B: Allocator>(
        &mut self,
        other: &mut Vec<T, B>,
        flags: Flags,
    ) -> Result<(), AllocError> {
        let count = other.len;

        self.reserve(count, flags)?;
        // SAFETY: `other` has `count` elements, which it gives up, and this vector has room for
        // them since `reserve()` succeeded.
        unsafe { self.adopt(other.dec_len(count)) };
        Ok(())
    }

    /// Moves the elements from index `at` on into a vector of their own.
    ///
    /// That one has room for just these. This one keeps its memory.
    ///
    /// # Errors
    ///
    /// [`PartError`] if `at` is more than the length, or if there is no memory. The vector is as
    /// before then.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::try_from_iter("kvmalloc".chars(), GFP_KERNEL)?;
    /// let tail = v.split_off(2, GFP_KERNEL)?;
    /// assert_eq!(v, ['k', 'v']);
    /// assert!(tail.iter().copied().eq("malloc".chars()));
    ///
    /// assert!(v.split_off(2, GFP_KERNEL)?.is_empty());
    /// assert!(v.split_off(3, GFP_KERNEL).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn split_off(&mut self, at: usize, flags: Flags) -> Result<Self, PartError> {
        let Some(count) = self.len.checked_sub(at) else {
            return Err(PartError::OutOfBounds);
        };
        let mut tail = Self::with_capacity(count, flags)?;

        // SAFETY: There are `count` elements from `at` on, and there is room for them.
        unsafe { tail.adopt(self.dec_len(count)) };
        Ok(tail)
    }

    /// Moves elements behind the last one.
    ///
    /// # Safety
    ///
    /// - There is room for them.
    /// - The caller gives them up: they are neither used nor dropped where they were.
    #[inline]
    unsafe fn adopt(&mut self, elements: &mut [T]) {
        let slots = self.spare_capacity_mut().as_mut_ptr().cast();

        // SAFETY: There are that many slots, which nobody else has borrowed. The elements in them
        // are the vector's, as the caller gives them up.
        unsafe {
            ptr::copy_nonoverlapping(elements.as_ptr(), slots, elements.len());
            self.inc_len(elements.len());
        }
    }

    /// Makes the vector `new_len` elements long, by dropping the last ones or by appending what `f`
    /// returns, called once for each.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::reserve`]. `f` has not been called then.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.resize_with(3, KVVec::<u8>::new, GFP_KERNEL)?;
    /// assert_eq!(v.len(), 3);
    /// v.resize_with(1, KVVec::new, GFP_KERNEL)?;
    /// assert_eq!(v.len(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn resize_with(
        &mut self,
        new_len: usize,
        mut f: impl FnMut() -> T,
        flags: Flags,
    ) -> Result<(), AllocError> {
        let Some(count) = new_len.checked_sub(self.len) else {
            self.truncate(new_len);
            return Ok(());
        };

        self.reserve(count, flags)?;
        for _ in 0..count {
            // SAFETY: There is room for `count` more.
            unsafe { self.push_unchecked(f()) };
        }
        Ok(())
    }

    /// The elements, and the slots behind them.
    #[inline]
    fn elements_and_slots(&mut self) -> (&[T], &mut [MaybeUninit<T>]) {
        let (first, len) = (self.as_ptr(), self.len);

        // SAFETY: By the type invariants there are `len` elements. The vector is borrowed for as
        // long as the slice, and the slots behind the elements are other memory.
        let elements = unsafe { slice::from_raw_parts(first, len) };

        (elements, self.spare_capacity_mut())
    }
}

impl<T: Clone, A: Allocator> Vec<T, A> {
    /// Appends `value` and clones of it, `n` elements in all.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::reserve`].
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_with(2, 'x', GFP_KERNEL)?;
    /// v.extend_with(0, 'y', GFP_KERNEL)?;
    /// v.extend_with(1, 'z', GFP_KERNEL)?;
    /// assert_eq!(v, ['x', 'x', 'z']);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn extend_with(&mut self, n: usize, value: T, flags: Flags) -> Result<(), AllocError> {
        let Some(clones) = n.checked_sub(1) else {
            return Ok(());
        };

        self.reserve(n, flags)?;
        for slot in &mut self.spare_capacity_mut()[..clones] {
            slot.write(value.clone());
        }
        // SAFETY: There are `n` slots, of which all but one have been written. `value` itself goes
        // into that one.
        unsafe {
            self.inc_len(clones);
            self.push_unchecked(value);
        }
        Ok(())
    }

    /// Appends clones of all elements of `other`.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::reserve`].
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(b"slab", GFP_KERNEL)?;
    /// v.extend_from_slice(b"first", GFP_KERNEL)?;
    /// assert_eq!(v, b"slabfirst");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn extend_from_slice(&mut self, other: &[T], flags: Flags) -> Result<(), AllocError> {
        self.reserve(other.len(), flags)?;
        for (slot, element) in self.spare_capacity_mut().iter_mut().zip(other) {
            slot.write(element.clone());
        }
        // SAFETY: There are as many slots as `other` has elements, each with a clone.
        unsafe { self.inc_len(other.len()) };
        Ok(())
    }

    /// Appends clones of the elements of a range, which must be one of the vector.
    ///
    /// # Errors
    ///
    /// [`PartError`] if the range has its end before its start or beyond the end of the vector, or
    /// if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::try_from_iter(0..4, GFP_KERNEL)?;
    /// v.extend_from_within(1..3, GFP_KERNEL)?;
    /// assert_eq!(v, [0, 1, 2, 3, 1, 2]);
    /// assert!(v.extend_from_within(5..7, GFP_KERNEL).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn extend_from_within(
        &mut self,
        range: impl RangeBounds<usize>,
        flags: Flags,
    ) -> Result<(), PartError> {
        let range = indices(range, self.len)?;
        let count = range.len();

        self.reserve(count, flags)?;
        let (elements, slots) = self.elements_and_slots();
        for (slot, element) in slots.iter_mut().zip(&elements[range]) {
            slot.write(element.clone());
        }
        // SAFETY: There are `count` slots, each with a clone.
        unsafe { self.inc_len(count) };
        Ok(())
    }

    /// A vector of clones of all elements, with room for just these.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::from_elem(5, 3, GFP_KERNEL)?;
    /// let mut w = v.try_clone(GFP_KERNEL)?;
    /// w[0] = 6;
    /// assert_eq!((v[0], w[0]), (5, 6));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_clone(&self, flags: Flags) -> Result<Self, AllocError> {
        let mut clone = Self::with_capacity(self.len, flags)?;

        clone.extend_from_slice(self, flags)?;
        Ok(clone)
    }

    /// A vector of `n` elements: `value` and clones of it.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::from_elem(0xau8, 4, GFP_KERNEL)?;
    /// assert_eq!(v, [0xa, 0xa, 0xa, 0xa]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_elem(value: T, n: usize, flags: Flags) -> Result<Self, AllocError> {
        let mut alike = Self::with_capacity(n, flags)?;

        alike.extend_with(n, value, flags)?;
        Ok(alike)
    }

    /// Makes the vector `new_len` elements long, by dropping the last ones or by appending `value`
    /// and clones of it.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::reserve`].
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(1, 2, GFP_KERNEL)?;
    /// v.resize(4, 2, GFP_KERNEL)?;
    /// assert_eq!(v, [1, 1, 2, 2]);
    /// v.resize(1, 3, GFP_KERNEL)?;
    /// assert_eq!(v, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn resize(&mut self, new_len: usize, value: T, flags: Flags) -> Result<(), AllocError> {
        if new_len > self.len {
            self.extend_with(new_len - self.len, value, flags)
        } else {
            self.truncate(new_len);
            Ok(())
        }
    }
}
