// SPDX-License-Identifier: GPL-2.0

//! A growing array.
//!
//! See [`Vec`]. This file knows which slots of its buffer hold elements and which do not; the
//! buffer itself is `kvraw`'s.

use super::{
    flags::__GFP_ZERO,
    kvalloc::{KVmalloc, Kmalloc, Vmalloc},
    kvcompat::Zeroable,
    kvraw::RawBuf,
    AllocError, Allocator, Backing, Box, Flags,
};
use crate::error::{code::EINVAL, Error};
use core::{
    borrow::{Borrow, BorrowMut},
    fmt,
    iter::FusedIterator,
    mem::{self, MaybeUninit},
    ops::{Deref, DerefMut, Index, IndexMut, Range},
    ptr::{self, NonNull},
    slice::{self, SliceIndex},
};

/// Makes a [`KVec`], with `GFP_KERNEL` or the flags that are given.
///
/// Without arguments it is the empty vector, otherwise a [`Result`]: of `n` clones of an element
/// for `kvec![element; n]`, of the elements for `kvec![a, b, c]`.
///
/// Flags come last, after a `=>`: one constant, or several with `|` between them. That the
/// allocator can work with them is found out when this is compiled, as for
/// [`kbox!`](crate::kbox).
///
/// # Errors
///
/// [`AllocError`] if there is no memory. The elements of a list have not been evaluated then.
///
/// # Examples
///
/// ```
/// use kernel::kvec;
///
/// let mut v = kvec![];
/// v.push(1, GFP_KERNEL)?;
/// assert_eq!(v, [1]);
/// assert_eq!(kvec![7; 3]?, [7, 7, 7]);
/// assert_eq!(kvec!["a", "b"]?, ["a", "b"]);
/// assert_eq!(kvec![1, 2 => GFP_ATOMIC]?, [1, 2]);
/// assert_eq!(kvec![0; 2 => GFP_NOFS | __GFP_NOWARN]?, [0, 0]);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! kvec {
    ($($elements:tt)*) => {
        $crate::__kv_vec!(KVec, KBox, Kmalloc; $($elements)*)
    };
}

/// Makes a [`VVec`], with `GFP_KERNEL` or the flags that are given. Otherwise as [`kvec!`].
///
/// # Errors
///
/// As [`kvec!`].
///
/// # Examples
///
/// ```
/// use kernel::vvec;
///
/// assert_eq!(vvec![0u8; 10_000]?.len(), 10_000);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! vvec {
    ($($elements:tt)*) => {
        $crate::__kv_vec!(VVec, VBox, Vmalloc; $($elements)*)
    };
}

/// Makes a [`KVVec`], with `GFP_KERNEL` or the flags that are given. Otherwise as [`kvec!`].
///
/// # Errors
///
/// As [`kvec!`].
///
/// # Examples
///
/// ```
/// use kernel::kvvec;
///
/// assert_eq!(kvvec![1, 2, 3]?.iter().sum::<i32>(), 6);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! kvvec {
    ($($elements:tt)*) => {
        $crate::__kv_vec!(KVVec, KVBox, KVmalloc; $($elements)*)
    };
}

/// What the three macros are.
#[doc(hidden)]
#[macro_export]
macro_rules! __kv_vec {
    ($vec:ident, $box:ident, $allocator:ident;) => {
        $crate::alloc::$vec::new()
    };
    ($vec:ident, $box:ident, $allocator:ident; $element:expr; $n:expr) => {
        $crate::__kv_vec!($vec, $box, $allocator; $element; $n => $crate::alloc::flags::GFP_KERNEL)
    };
    ($vec:ident, $box:ident, $allocator:ident; $($element:expr),+ $(,)?) => {
        $crate::__kv_vec!(
            $vec, $box, $allocator; $($element),+ => $crate::alloc::flags::GFP_KERNEL
        )
    };
    ($vec:ident, $box:ident, $allocator:ident; $element:expr; $n:expr => $($flag:path)|+) => {
        $crate::alloc::$vec::from_elem($element, $n, $crate::__kv_flags!($allocator, $($flag)|+))
    };
    ($vec:ident, $box:ident, $allocator:ident; $($element:expr),+ $(,)? => $($flag:path)|+) => {
        // No closure, for the elements may want to leave the function that they are in.
        match $crate::alloc::$box::new_uninit($crate::__kv_flags!($allocator, $($flag)|+)) {
            ::core::result::Result::Ok(room) => ::core::result::Result::Ok(
                $crate::alloc::$vec::from(room.write([$($element),+])),
            ),
            ::core::result::Result::Err(none) => ::core::result::Result::Err(none),
        }
    };
}

/// A contiguous array of `T` that grows, in memory from the allocator `A`.
///
/// Everything that a slice can do, a vector can: it derefs to one. What may allocate takes
/// [`Flags`] and returns a [`Result`]; when it fails, the vector is as it was before. What frees
/// may sleep unless the memory is slab's: dropping, shrinking and growing do.
///
/// # How it grows
///
/// [`Vec::with_capacity`] takes room for what it is told, and no more. When [`Vec::reserve`],
/// [`Vec::push`] and the like find that there is too little room, they ask for the largest of
///
/// - what is needed;
/// - twice the bytes of the present buffer, so that n pushes move less than 2n elements;
/// - the [`Allocator::MIN_ALIGN`] bytes that the allocator hands out anyway,
///
/// and round what is above a page up to whole pages, as the allocators do. Where the buffer has
/// room for less than that, but for what is needed, they are content with it. If that much is not to
/// be had they ask for just what is needed before they give up. Vmalloc memory grows without its
/// elements being copied: more pages are mapped behind them, or all are mapped elsewhere;
/// [`Vec::with_growth_limit`] rules the latter out. Only [`Vec::shrink_to`] and
/// [`IntoIter::collect`] give memory back before the vector is dropped.
///
/// Elements of no size take no memory: a vector of them has a capacity of [`usize::MAX`] and never
/// allocates.
///
/// # Invariants
///
/// - `len` is at most the capacity of `buf`.
/// - The first `len` slots of `buf` hold elements, which belong to the vector. What is in the
///   others does not matter.
///
/// # Examples
///
/// ```
/// let mut squares = KVVec::new();
/// for i in 0..1000u64 {
///     squares.push(i * i, GFP_KERNEL)?;
/// }
/// squares.retain(|s| *s % 2 == 1);
///
/// assert_eq!(squares.len(), 500);
/// assert_eq!(squares[1], 9);
/// assert_eq!(squares.iter().max(), Some(&998_001));
/// # Ok::<(), Error>(())
/// ```
///
/// Memory of one allocator is not taken for that of another:
///
/// ```ignore,compile_fail
/// let v: KVVec<u8> = KVec::new();
/// ```
pub struct Vec<T, A: Allocator> {
    buf: RawBuf<T, A>,
    len: usize,
}

/// A [`Vec`] in slab memory.
///
/// # Examples
///
/// ```
/// let mut v = KVec::new();
/// v.push('a', GFP_KERNEL)?;
/// assert_eq!(v, ['a']);
/// # Ok::<(), Error>(())
/// ```
pub type KVec<T> = Vec<T, Kmalloc>;

/// A [`Vec`] in vmalloc memory, hence of whole pages.
///
/// # Examples
///
/// ```
/// let mut v = VVec::new();
/// v.push('b', GFP_KERNEL)?;
/// assert_eq!(v, ['b']);
/// # Ok::<(), Error>(())
/// ```
pub type VVec<T> = Vec<T, Vmalloc>;

/// A [`Vec`] in slab memory, or in vmalloc memory when it is too large for that.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::new();
/// v.push('c', GFP_KERNEL)?;
/// assert_eq!(v, ['c']);
/// # Ok::<(), Error>(())
/// ```
pub type KVVec<T> = Vec<T, KVmalloc>;

impl<T, A: Allocator> Vec<T, A> {
    /// An empty vector. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// const EMPTY: KVVec<u32> = KVVec::new();
    /// assert_eq!(EMPTY.capacity(), 0);
    /// ```
    #[inline]
    pub const fn new() -> Self {
        // INVARIANT: No elements, and no fewer slots than that.
        Self {
            buf: RawBuf::new(),
            len: 0,
        }
    }

    /// An empty vector with room for `capacity` elements.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory, or if it would be more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::<u16>::with_capacity(1000, GFP_KERNEL)?;
    /// assert!(v.is_empty());
    /// assert!(v.capacity() >= 1000);
    ///
    /// assert!(KVVec::<u16>::with_capacity(usize::MAX, GFP_KERNEL).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn with_capacity(capacity: usize, flags: Flags) -> Result<Self, AllocError> {
        // INVARIANT: As in `new`.
        RawBuf::with_capacity(capacity, flags).map(|buf| Self { buf, len: 0 })
    }

    /// A vector of `n` elements of which all bytes are zero.
    ///
    /// The allocator does the zeroing, which is cheaper than to write elements.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// let v = VVec::<u64>::zeroed(3, GFP_KERNEL)?;
    /// assert_eq!(v, [0, 0, 0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn zeroed(n: usize, flags: Flags) -> Result<Self, AllocError>
    where
        T: Zeroable,
    {
        let mut zeroes = Self::with_capacity(n, flags | __GFP_ZERO)?;

        // SAFETY: There is room for `n` elements, and zeroes are an element by `Zeroable`.
        unsafe { zeroes.inc_len(n) };
        Ok(zeroes)
    }

    /// Makes a vector of what [`Vec::into_raw_parts`] gave out.
    ///
    /// # Safety
    ///
    /// - `ptr` is not null and aligned for `T`.
    /// - If `capacity` elements of `T` have bytes, `ptr` is a block of `A` made for an array of
    ///   just as many, and the caller gives up its ownership. For elements of no size, `capacity`
    ///   does not matter.
    /// - `length` is not more than `capacity`, unless elements have no size.
    /// - The first `length` elements are valid, and the caller gives them up too.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::with_capacity(4, GFP_KERNEL)?;
    /// v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
    ///
    /// let (ptr, len, capacity) = v.into_raw_parts();
    /// // SAFETY: There is room for a fourth element.
    /// unsafe { ptr.add(len).write(4) };
    /// // SAFETY: These are the parts of a `KVVec`, and one more element.
    /// let v = unsafe { KVVec::from_raw_parts(ptr, len + 1, capacity) };
    /// assert_eq!(v, [1, 2, 3, 4]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn from_raw_parts(ptr: *mut T, length: usize, capacity: usize) -> Self {
        // SAFETY: The caller vouches for the pointer not being null, and for the block.
        let buf = unsafe { RawBuf::from_raw_parts(NonNull::new_unchecked(ptr), capacity) };

        // INVARIANT: The caller vouches for the elements, and for that there is room for them.
        Self { buf, len: length }
    }

    /// Takes the vector apart into pointer, length and capacity, the latter two in elements.
    ///
    /// To drop the elements and to free the memory is now the caller's duty.
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVec::from_elem(7u8, 10, GFP_KERNEL)?;
    /// let (ptr, len, capacity) = v.into_raw_parts();
    /// assert_eq!(len, 10);
    /// // SAFETY: Nothing has been changed in between.
    /// let v = unsafe { KVec::from_raw_parts(ptr, len, capacity) };
    /// assert_eq!(v[9], 7);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_raw_parts(mut self) -> (*mut T, usize, usize) {
        let len = mem::take(&mut self.len);
        let (ptr, capacity) = mem::replace(&mut self.buf, RawBuf::new()).into_raw_parts();

        (ptr.as_ptr(), len, capacity)
    }

    /// The number of elements that there is room for, those present included.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(KVVec::<u8>::new().capacity(), 0);
    /// assert_eq!(KVVec::<()>::new().capacity(), usize::MAX);
    /// ```
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.buf.capacity()
    }

    /// The number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(KVVec::from_elem("x", 5, GFP_KERNEL)?.len(), 5);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// assert!(v.is_empty());
    /// v.push(0, GFP_KERNEL)?;
    /// assert!(!v.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Declares that `additional` slots after the last element hold elements.
    ///
    /// # Safety
    ///
    /// There are that many slots, and they do.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::<u8>::with_capacity(4, GFP_KERNEL)?;
    /// for slot in &mut v.spare_capacity_mut()[..2] {
    ///     slot.write(9);
    /// }
    /// // SAFETY: Two slots were there, and have been written.
    /// unsafe { v.inc_len(2) };
    /// assert_eq!(v, [9, 9]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const unsafe fn inc_len(&mut self, additional: usize) {
        debug_assert!(additional <= self.capacity() - self.len);

        // INVARIANT: The caller vouches for the elements and the room. As no capacity is more than
        // `usize::MAX` this does not wrap, and code for an overflow would be in every push.
        self.len = self.len.wrapping_add(additional);
    }

    /// All slots, those of elements included.
    #[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
    #[inline]
    pub(super) fn room_mut(&mut self) -> &mut [MaybeUninit<T>] {
        self.buf.slots_mut()
    }

    /// Declares how many slots from the first on hold elements.
    ///
    /// What older kernels have for [`Vec::inc_len`]. Elements beyond are forgotten, not dropped.
    ///
    /// # Safety
    ///
    /// `new_len` is at most the capacity, and that many slots hold elements.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::<u8>::with_capacity(4, GFP_KERNEL)?;
    /// v.spare_capacity_mut()[0].write(9);
    /// // SAFETY: One slot has been written.
    /// unsafe { v.set_len(1) };
    /// assert_eq!(v, [9]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub unsafe fn set_len(&mut self, new_len: usize) {
        debug_assert!(new_len <= self.capacity());

        // INVARIANT: The caller vouches for the elements and the room.
        self.len = new_len;
    }

    /// Gives up the last `count` elements, which the caller gets and has to drop.
    ///
    /// # Safety
    ///
    /// There are that many.
    #[inline]
    unsafe fn dec_len(&mut self, count: usize) -> &mut [T] {
        debug_assert!(count <= self.len);

        // INVARIANT: The elements that remain are there, and are the vector's.
        self.len = self.len.wrapping_sub(count);
        // SAFETY: These slots are in the buffer and held elements of the vector just before. The
        // buffer is borrowed as long as the slice is.
        unsafe { slice::from_raw_parts_mut(self.as_mut_ptr().add(self.len), count) }
    }

    /// The elements as a slice.
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::from_elem(1, 2, GFP_KERNEL)?;
    /// assert_eq!(v.as_slice(), &[1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: By the type invariants the first `len` slots hold elements. They are reached
        // through the vector only, which is borrowed.
        unsafe { slice::from_raw_parts(self.as_ptr(), self.len) }
    }

    /// The elements as a slice, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(1, 2, GFP_KERNEL)?;
    /// v.as_mut_slice()[0] = 5;
    /// assert_eq!(v, [5, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: As in `as_slice`, and the borrow is an exclusive one.
        unsafe { slice::from_raw_parts_mut(self.as_mut_ptr(), self.len) }
    }

    /// Where the first element is or would be. Dangling if no memory is allocated.
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::from_elem(4u8, 1, GFP_KERNEL)?;
    /// // SAFETY: There is one element.
    /// assert_eq!(unsafe { v.as_ptr().read() }, 4);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const fn as_ptr(&self) -> *const T {
        self.buf.as_ptr()
    }

    /// Where the first element is or would be. Dangling if no memory is allocated.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(4u8, 1, GFP_KERNEL)?;
    /// // SAFETY: There is one element.
    /// unsafe { v.as_mut_ptr().write(6) };
    /// assert_eq!(v, [6]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.buf.as_ptr()
    }

    /// The slots behind the last element, all that there are without allocating.
    ///
    /// To be followed by [`Vec::inc_len`] once elements are in them.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::<u8>::with_capacity(8, GFP_KERNEL)?;
    /// assert!(v.spare_capacity_mut().len() >= 8);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<T>] {
        let used = self.len;

        // SAFETY: By the type invariants there are at least `used` slots.
        unsafe { self.buf.slots_mut().get_unchecked_mut(used..) }
    }

    /// Makes sure that `additional` more elements fit without allocating.
    ///
    /// See [How it grows](Vec#how-it-grows).
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory, or if it would be more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::<u32>::new();
    /// v.reserve(10, GFP_KERNEL)?;
    /// let capacity = v.capacity();
    /// assert!(capacity >= 10);
    ///
    /// // There is room already.
    /// v.reserve(10, GFP_KERNEL)?;
    /// assert_eq!(v.capacity(), capacity);
    ///
    /// assert!(v.reserve(usize::MAX, GFP_KERNEL).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn reserve(&mut self, additional: usize, flags: Flags) -> Result<(), AllocError> {
        self.buf.reserve(self.len, additional, flags)
    }

    /// Gives memory back, down to room for `min_capacity` elements or for those present, whichever
    /// is more.
    ///
    /// That is the capacity afterwards, if it was more before. Works for every allocator: what can
    /// be given back is given back, whole pages or the difference to a smaller slab object, if need
    /// be by a copy of the elements. What is left of a vector in vmalloc memory may so find itself
    /// in slab; it stays, with its pages if the kernel cannot free some of them, where a copy might
    /// take as much memory again. A capacity of zero is no memory.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if a copy was to be made and there is no memory for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::Backing;
    ///
    /// # const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
    /// let mut v = KVVec::<u8>::with_capacity(LARGE, GFP_KERNEL)?;
    /// v.extend_from_slice(b"short", GFP_KERNEL)?;
    /// assert_eq!(v.backing(), Some(Backing::Vmalloc));
    ///
    /// v.shrink_to(0, GFP_KERNEL)?;
    /// assert_eq!(v.capacity(), 5);
    /// assert_eq!(v.backing(), Some(Backing::Slab));
    /// assert_eq!(v, b"short");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn shrink_to(&mut self, min_capacity: usize, flags: Flags) -> Result<(), AllocError> {
        // INVARIANT: There remain slots for the elements, and the elements in them.
        self.buf.shrink(min_capacity.max(self.len), flags)
    }

    /// Appends an element, with more memory if need be.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no room and no memory for any; `v` has been dropped then. To keep
    /// it, call [`Vec::reserve`] first and then [`Vec::push_within_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// let mut squares = KVVec::new();
    /// for i in 0..4 {
    ///     squares.push(i * i, GFP_KERNEL)?;
    /// }
    /// assert_eq!(squares, [0, 1, 4, 9]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn push(&mut self, v: T, flags: Flags) -> Result<(), AllocError> {
        if self.len == self.capacity() {
            self.buf.grow(self.len, 1, flags)?;
        }

        // SAFETY: Either there was room, or there is now.
        unsafe { self.push_unchecked(v) };
        Ok(())
    }

    /// Appends an element if there is room for it. Never allocates.
    ///
    /// # Errors
    ///
    /// [`PushError`] if there is none; it hands the element back.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::PushError;
    ///
    /// let mut v = KVVec::with_capacity(1, GFP_KERNEL)?;
    /// while v.len() < v.capacity() {
    ///     v.push_within_capacity('a')?;
    /// }
    /// assert!(matches!(v.push_within_capacity('b'), Err(PushError('b'))));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn push_within_capacity(&mut self, v: T) -> Result<(), PushError<T>> {
        if self.len == self.capacity() {
            return Err(PushError(v));
        }

        // SAFETY: The length is not more than the capacity, and they differ.
        unsafe { self.push_unchecked(v) };
        Ok(())
    }

    /// Appends an element.
    ///
    /// # Safety
    ///
    /// There is room for it.
    #[inline]
    unsafe fn push_unchecked(&mut self, v: T) {
        // SAFETY: There is a slot behind the last element, and then there is an element in it.
        unsafe {
            self.buf.put(self.len, v);
            self.inc_len(1);
        }
    }

    /// Takes the last element.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut stack = KVVec::from_elem('z', 1, GFP_KERNEL)?;
    /// assert_eq!(stack.pop(), Some('z'));
    /// assert_eq!(stack.pop(), None);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        // INVARIANT: One element fewer, the one that is taken.
        self.len = self.len.checked_sub(1)?;
        // SAFETY: The slot is in the buffer, and its element has ceased to be the vector's.
        Some(unsafe { self.buf.take(self.len) })
    }

    /// Inserts an element before the one at `index` if there is room for it. Never allocates.
    ///
    /// Moves all that come after it, by one.
    ///
    /// # Errors
    ///
    /// [`InsertError`], which hands the element back, if `index` is more than the length or else if
    /// there is no room.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::InsertError;
    ///
    /// let mut v = KVVec::with_capacity(3, GFP_KERNEL)?;
    /// v.extend_from_slice(&['a', 'c'], GFP_KERNEL)?;
    /// v.insert_within_capacity(1, 'b')?;
    /// assert_eq!(v, ['a', 'b', 'c']);
    ///
    /// let too_far = v.insert_within_capacity(9, 'z');
    /// assert!(matches!(too_far, Err(InsertError::IndexOutOfBounds('z'))));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn insert_within_capacity(&mut self, index: usize, v: T) -> Result<(), InsertError<T>> {
        let Some(behind) = self.len.checked_sub(index) else {
            return Err(InsertError::IndexOutOfBounds(v));
        };
        if self.len == self.capacity() {
            return Err(InsertError::OutOfCapacity(v));
        }

        // SAFETY: There is a free slot after the last element, and so for all of them to move by
        // one. That leaves slot `index` to the new one, and one more element in all.
        unsafe {
            self.buf.shift(index, index + 1, behind);
            self.buf.put(index, v);
            self.inc_len(1);
        }
        Ok(())
    }

    /// Takes the element at index `i`; those after it move up.
    ///
    /// # Errors
    ///
    /// [`RemoveError`] if there is no such element.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.extend_from_slice(&[10, 11, 12], GFP_KERNEL)?;
    /// assert_eq!(v.remove(1)?, 11);
    /// assert_eq!(v, [10, 12]);
    /// assert!(v.remove(2).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn remove(&mut self, i: usize) -> Result<T, RemoveError> {
        if i >= self.len {
            return Err(RemoveError);
        }

        // INVARIANT: One element fewer, and the two calls below leave no hole.
        self.len -= 1;
        // SAFETY: Slot `i` is one of an element, which is given to the caller. Behind it there were
        // elements up to the old length.
        unsafe {
            let element = self.buf.take(i);
            self.buf.shift(i + 1, i, self.len - i);
            Ok(element)
        }
    }

    /// Drops all elements from index `len` on, first to last. Keeps the memory.
    ///
    /// Does nothing if there are not that many.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(0, 10, GFP_KERNEL)?;
    /// v.truncate(4);
    /// v.truncate(7);
    /// assert_eq!(v.len(), 4);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn truncate(&mut self, len: usize) {
        if let Some(count) = self.len.checked_sub(len) {
            // SAFETY: There are `count` elements from `len` on. They are the caller's of `dec_len`
            // to drop, and are used no more.
            unsafe { ptr::drop_in_place(self.dec_len(count)) };
        }
    }

    /// Drops all elements. Keeps the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(0, 10, GFP_KERNEL)?;
    /// v.clear();
    /// assert!(v.is_empty());
    /// assert!(v.capacity() >= 10);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.truncate(0);
    }

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
        let len = self.len;
        let mut kept = 0;

        // INVARIANT: There are none, for as long as there are holes among them.
        self.len = 0;
        for i in 0..len {
            // SAFETY: Slot `i` holds an element, as no slot from `i` on has been touched. It is
            // dropped, or else moved down to a slot of which the element is dropped or has moved.
            unsafe {
                let element = self.as_mut_ptr().add(i);

                if !f(&mut *element) {
                    ptr::drop_in_place(element);
                } else {
                    if kept != i {
                        self.buf.shift(i, kept, 1);
                    }
                    kept += 1;
                }
            }
        }
        // INVARIANT: The first `kept` slots hold those that were kept, and no slot after them holds
        // any.
        self.len = kept;
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

        // SAFETY: There are as many as there are.
        let elements = unsafe { self.dec_len(count) };
        // INVARIANT: The vector has given the elements up.
        DrainAll {
            elements: elements.iter_mut(),
        }
    }
}

impl<T> Vec<T, KVmalloc> {
    /// An empty vector that does not move while it grows to at most `limit` elements.
    ///
    /// Pushing, extending, reserving and resizing up to the limit leaves every element where it is:
    /// C code, or a device, may hold on to its address. Memory is taken as it is needed; what is
    /// taken at once are the addresses (see `kvmalloc_growable()`). So growing may still fail, and
    /// with flags that may not sleep it does, unless all of the limit fits into a page. Beyond the limit the vector
    /// moves, like any other, and [`Vec::shrink_to`] may move it, too: the promise ends there.
    ///
    /// What does not move is the buffer; [`Vec::remove`], [`Vec::retain`] and the like move
    /// elements in it, as always.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory for the first page or no range of addresses, or if
    /// `limit` elements have 2 GiB or more.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut log = KVVec::<u64>::with_growth_limit(100_000, GFP_KERNEL)?;
    /// log.push(0, GFP_KERNEL)?;
    /// let first = log.as_ptr();
    ///
    /// for i in 1..100_000 {
    ///     log.push(i, GFP_KERNEL)?;
    /// }
    /// assert_eq!(log.as_ptr(), first);
    /// assert_eq!(log[99_999], 99_999);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with_growth_limit(limit: usize, flags: Flags) -> Result<Self, AllocError> {
        // INVARIANT: As in `new`.
        RawBuf::with_growth_limit(limit, flags).map(|buf| Self { buf, len: 0 })
    }

    /// Tells where the elements lie. That is [`None`] if no memory is allocated, as for elements of
    /// no size.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::Backing;
    ///
    /// let mut v = KVVec::<u8>::new();
    /// assert_eq!(v.backing(), None);
    /// v.push(0, GFP_KERNEL)?;
    /// assert_eq!(v.backing(), Some(Backing::Slab));
    /// # const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
    /// v.reserve(LARGE, GFP_KERNEL)?;
    /// assert_eq!(v.backing(), Some(Backing::Vmalloc));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn backing(&self) -> Option<Backing> {
        self.buf.backing()
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

impl<T, A: Allocator> Drop for Vec<T, A> {
    /// Drops the elements, first to last. The memory follows with the buffer.
    #[inline]
    fn drop(&mut self) {
        // SAFETY: These are the elements, all of them the vector's, and nobody uses them again.
        unsafe { ptr::drop_in_place(self.as_mut_slice()) };
    }
}

impl<T, A: Allocator, const N: usize> From<Box<[T; N], A>> for Vec<T, A> {
    /// Turns a boxed array into a vector. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let v = KVVec::from(KVBox::new([1, 2, 3], GFP_KERNEL)?);
    /// assert_eq!(v, [1, 2, 3]);
    /// assert_eq!(v.capacity(), 3);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn from(b: Box<[T; N], A>) -> Self {
        // SAFETY: A box of an array is a block of `A` made for `N` elements, which are all there,
        // or is dangling but aligned if they have no bytes.
        unsafe { Self::from_raw_parts(Box::into_raw(b).cast(), N, N) }
    }
}

/// # Examples
///
/// ```
/// assert!(KVVec::<u8>::default().is_empty());
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> Default for Vec<T, A> {
    /// An empty vector.
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// The elements as a slice, to be read.
///
/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// // Methods of slices are those of the vector.
/// assert_eq!(v.first(), Some(&1));
/// assert_eq!(v.iter().sum::<i32>(), 3);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> Deref for Vec<T, A> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

/// The elements as a slice, to be changed.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// v.fill(2);
/// assert_eq!(v, [2, 2, 2]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> DerefMut for Vec<T, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &[i32] = v.as_ref();
/// assert_eq!(slice, &[1, 1, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> AsRef<[T]> for Vec<T, A> {
    #[inline]
    fn as_ref(&self) -> &[T] {
        self
    }
}

/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &mut [i32] = v.as_mut();
/// slice[1] = 2;
/// assert_eq!(v, [1, 2, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> AsMut<[T]> for Vec<T, A> {
    #[inline]
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

/// # Examples
///
/// ```
/// use core::borrow::Borrow;
///
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &[i32] = v.borrow();
/// assert_eq!(slice.len(), 3);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> Borrow<[T]> for Vec<T, A> {
    #[inline]
    fn borrow(&self) -> &[T] {
        self
    }
}

/// # Examples
///
/// ```
/// use core::borrow::BorrowMut;
///
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &mut [i32] = v.borrow_mut();
/// slice[2] = 2;
/// assert_eq!(v, [1, 1, 2]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> BorrowMut<[T]> for Vec<T, A> {
    #[inline]
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}

/// # Examples
///
/// ```
/// # #[allow(unused_imports)]
/// use kernel::{alloc::KVVec, fmt, str::CString};
///
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// assert_eq!(CString::try_from_fmt(fmt!("{:?}", v))?.to_str(), Ok("[1, 1, 1]"));
/// # Ok::<(), Error>(())
/// ```
impl<T: fmt::Debug, A: Allocator> fmt::Debug for Vec<T, A> {
    /// Prints the elements as a slice of them would.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

/// By a number or a range. As with slices, one that is out of bounds panics; `get` does not.
///
/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// assert_eq!(v[2], 1);
/// assert_eq!(v[1..], [1, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T, I: SliceIndex<[T]>, A: Allocator> Index<I> for Vec<T, A> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.as_slice()[index]
    }
}

/// As [`Index`], and likewise panics.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// v[0] = 2;
/// v[1..].fill(3);
/// assert_eq!(v, [2, 3, 3]);
/// # Ok::<(), Error>(())
/// ```
impl<T, I: SliceIndex<[T]>, A: Allocator> IndexMut<I> for Vec<T, A> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.as_mut_slice()[index]
    }
}

impl<T: Eq, A: Allocator> Eq for Vec<T, A> {}

/// Lets the left side be compared with the right side, element by element.
macro_rules! compare_as_slices {
    ($(<$($param:ident $(: $bound:ident)?),*; $($n:ident)?> $left:ty = $right:ty;)*) => {$(
        impl<T: PartialEq<U>, U, $($param $(: $bound)?,)* $(const $n: usize)?> PartialEq<$right>
            for $left
        {
            #[inline]
            fn eq(&self, other: &$right) -> bool {
                <[T] as PartialEq<[U]>>::eq(&self[..], &other[..])
            }
        }
    )*};
}

compare_as_slices! {
    <A: Allocator, B: Allocator;> Vec<T, A> = Vec<U, B>;
    <A: Allocator;> Vec<T, A> = [U];
    <A: Allocator;> Vec<T, A> = &[U];
    <A: Allocator;> Vec<T, A> = &mut [U];
    <A: Allocator; N> Vec<T, A> = [U; N];
    <A: Allocator; N> Vec<T, A> = &[U; N];
    <A: Allocator;> [T] = Vec<U, A>;
    <A: Allocator;> &[T] = Vec<U, A>;
    <A: Allocator;> &mut [T] = Vec<U, A>;
}

/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let mut sum = 0;
/// for n in &v {
///     sum += n;
/// }
/// // The vector is still there.
/// assert_eq!((sum, v.len()), (3, 3));
/// # Ok::<(), Error>(())
/// ```
impl<'a, T, A: Allocator> IntoIterator for &'a Vec<T, A> {
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
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// for n in &mut v {
///     *n += 1;
/// }
/// assert_eq!(v, [2, 2, 2]);
/// # Ok::<(), Error>(())
/// ```
impl<'a, T, A: Allocator> IntoIterator for &'a mut Vec<T, A> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

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

    /// What is left, as a slice to be dropped.
    #[inline]
    fn left_mut(&mut self) -> *mut [T] {
        let first = self.buf.as_ptr().wrapping_add(self.left.start);

        ptr::slice_from_raw_parts_mut(first, self.left.len())
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

impl<T, A: Allocator> ExactSizeIterator for IntoIter<T, A> {}

impl<T, A: Allocator> FusedIterator for IntoIter<T, A> {}

impl<T, A: Allocator> Drop for IntoIter<T, A> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants these are elements, and the iterator's. Nobody uses them
        // again.
        unsafe { ptr::drop_in_place(self.left_mut()) };
    }
}

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

impl<T> fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the vector is full")
    }
}

impl<T> fmt::Debug for InsertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndexOutOfBounds(_) => "no place of that index in the vector",
            Self::OutOfCapacity(_) => "the vector is full",
        })
    }
}

impl fmt::Debug for RemoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no element of that index in the vector")
    }
}

// These are EINVAL and not ENOMEM, for no memory was asked for: the caller was mistaken about the
// vector.

impl<T> From<PushError<T>> for Error {
    #[inline]
    fn from(_: PushError<T>) -> Self {
        EINVAL
    }
}

impl<T> From<InsertError<T>> for Error {
    #[inline]
    fn from(_: InsertError<T>) -> Self {
        EINVAL
    }
}

impl From<RemoveError> for Error {
    #[inline]
    fn from(_: RemoveError) -> Self {
        EINVAL
    }
}
