// SPDX-License-Identifier: GPL-2.0

//! A growing array.
//!
//! See [`Vec`]. This file knows which slots of its buffer hold elements and which do not; the
//! buffer itself is `kvraw`'s.

use super::{
    flags::__GFP_ZERO,
    kvalloc::{
        KVmalloc,
        Kmalloc,
        Vmalloc, //
    },
    kvcompat::Zeroable,
    kvraw::RawBuf,
    AllocError,
    Allocator,
    Backing,
    Box,
    Flags,
    NumaNode, //
};
use core::{
    mem::{
        self,
        MaybeUninit, //
    },
    ptr::{
        self,
        NonNull, //
    },
    slice, //
};

// Parts of this module. They are its children to see what is private to it.
#[path = "kvdrain.rs"]
mod kvdrain;
#[path = "kverrors.rs"]
mod kverrors;
#[path = "kvextend.rs"]
mod kvextend;
#[path = "kviter.rs"]
mod kviter;
#[path = "kvtraits.rs"]
mod kvtraits;
#[path = "kvwrite.rs"]
mod kvwrite;

pub use self::{
    kvdrain::{
        Drain,
        DrainAll,
        ExtractIf, //
    },
    kverrors::{
        ExtendError,
        InsertError,
        PartError,
        PushError,
        RangeError,
        RemoveError,
        ShrinkError,
        SpliceError,
        TryInsertError, //
    },
    kviter::IntoIter,
    kvwrite::Writer, //
};

/// Makes a [`KVec`], with `GFP_KERNEL` or the flags that are given.
///
/// Without arguments it is the empty vector, otherwise a [`Result`]: of `n` clones of an element
/// for `kvec![element; n]`, of the elements for `kvec![a, b, c]`.
///
/// Flags come last, after a `=>`: one constant, or several with `|` between them. They are checked
/// at compile time as by [`kbox!`](crate::kbox). The number of clones may not be a constant, so for
/// these the check is the one for small requests.
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
        match $crate::alloc::ConstFlags::<
            _,
            $crate::alloc::$allocator,
            { $crate::__kv_flags!($allocator, $($flag)|+).to_const() },
        >::new_uninit() {
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
/// [`Flags`] and returns a [`Result`]. When it fails, the vector is as it was before, except that
/// [`Vec::extend`] keeps the elements that it has appended.
///
/// Growing and shrinking sleep only if their flags allow it. Dropping a vector frees its memory,
/// which may sleep unless that is slab memory; a vector with the allocator
/// [`NonBlocking`](super::NonBlocking) may be dropped anywhere.
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
/// room for less than that, but for what is needed, they are content with it. If that much is not
/// to be had they ask for just what is needed before they give up. Vmalloc memory grows without its
/// elements being copied: more pages are mapped behind them, or all are mapped elsewhere;
/// [`Vec::with_growth_limit`] rules the latter out. Memory is given back before the vector is
/// dropped by [`Vec::shrink_to`], [`Vec::shrink_to_fit`], [`Vec::into_boxed_slice`] and
/// [`IntoIter::collect`], and exchanged by [`Vec::grow_into`].
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
        Self::with_capacity_node(capacity, flags, NumaNode::NO_NODE)
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
    /// - If `capacity` elements of `T` have bytes, `ptr` is a block of `A` of at least as many
    ///   bytes, and the caller gives up its ownership. For elements of no size, `capacity` does not
    ///   matter.
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

    /// Gives the elements up to the life of the kernel: they are neither dropped nor is their
    /// memory freed.
    ///
    /// # Examples
    ///
    /// ```
    /// let forever: &'static mut [u8] = KVVec::from_elem(1, 4, GFP_KERNEL)?.leak();
    /// forever[0] = 2;
    /// assert_eq!(forever, [2, 1, 1, 1]);
    /// # // SAFETY: That was all of a `KVVec` with room for four. Tests should not leak.
    /// # drop(unsafe { KVVec::from_raw_parts(forever.as_mut_ptr(), 4, 4) });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn leak<'a>(self) -> &'a mut [T]
    where
        A: 'a,
    {
        let (first, len, _) = self.into_raw_parts();

        // SAFETY: There are `len` elements. With the vector gone they are the caller's, for as long
        // as `T` may live.
        unsafe { slice::from_raw_parts_mut(first, len) }
    }

    /// Turns the vector into a box of its elements, without room for more.
    ///
    /// For that the memory shrinks, as with [`Vec::shrink_to_fit`].
    ///
    /// # Errors
    ///
    /// [`ShrinkError`], which hands the vector back, if a copy was to be made and there is no
    /// memory for it.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::with_capacity(10, GFP_KERNEL)?;
    /// v.extend(0..3, GFP_KERNEL)?;
    /// let table: KVBox<[usize]> = v.into_boxed_slice(GFP_KERNEL)?;
    /// assert_eq!(*table, [0, 1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn into_boxed_slice(mut self, flags: Flags) -> Result<Box<[T], A>, ShrinkError<T, A>> {
        if self.shrink_to_fit(flags).is_err() {
            return Err(ShrinkError(self));
        }
        let (first, len, _) = self.into_raw_parts();

        // SAFETY: That is a block of `A` made for just `len` elements, which are all there, or is
        // dangling but aligned if they have no bytes.
        Ok(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(first, len)) })
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
    // Not `const`: Rust 1.78, which 6.12 supports, has no mutable references in constant functions.
    #[inline]
    pub unsafe fn inc_len(&mut self, additional: usize) {
        debug_assert!(additional <= self.capacity() - self.len);

        // INVARIANT: The caller vouches for the elements and the room. As no capacity is more than
        // `usize::MAX` this does not wrap, and code for an overflow would be in every push.
        self.len = self.len.wrapping_add(additional);
    }

    /// Makes sure that `additional` more elements fit, in memory on the node `nid`.
    #[inline]
    pub(super) fn reserve_on(
        &mut self,
        additional: usize,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<(), AllocError> {
        if additional <= self.capacity() - self.len {
            return Ok(());
        }
        self.buf.grow_on(self.len, additional, flags, nid)
    }

    /// The start of the buffer and its bytes, those of elements and those of the spare capacity.
    #[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
    #[inline]
    pub(super) fn memory(&mut self) -> (NonNull<u8>, usize) {
        self.buf.memory()
    }

    /// Makes a vector without elements of a buffer.
    #[inline]
    pub(super) fn from_buf(buf: RawBuf<T, A>) -> Self {
        // INVARIANT: No elements, and no fewer slots than that.
        Self { buf, len: 0 }
    }

    /// Drops the elements, and frees the memory in a context that `flags` describe.
    ///
    /// For vectors that a method has made with these flags and cannot return.
    pub(super) fn drop_as(mut self, flags: Flags) {
        self.clear();
        mem::replace(&mut self.buf, RawBuf::new()).free_as(flags);
    }

    /// Declares how many slots from the first on hold elements.
    ///
    /// Elements beyond are forgotten, not dropped. Only there on kernels whose own `Vec` has it;
    /// newer ones have [`Vec::inc_len`] alone.
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
    #[cfg(CONFIG_KVMALLOC_VEC_SET_LEN)]
    #[inline]
    pub unsafe fn set_len(&mut self, new_len: usize) {
        // SAFETY: The requirements are the same.
        unsafe { self.assume_len(new_len) };
    }

    /// Declares how many slots from the first on hold elements.
    ///
    /// # Safety
    ///
    /// `new_len` is at most the capacity, and that many slots hold elements.
    #[inline]
    pub(super) unsafe fn assume_len(&mut self, new_len: usize) {
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
    /// Makes no reference to the elements, so pointers from [`Vec::as_mut_ptr`] to these stay
    /// valid.
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

        // SAFETY: By the type invariants `used` is at most the capacity.
        unsafe { self.buf.slots_from_mut(used) }
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

    /// Makes sure that `additional` more elements fit without allocating, and takes no more room
    /// than that.
    ///
    /// For a vector that is not going to grow further: the next element that comes nevertheless
    /// finds no room.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::reserve`].
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::from_elem(0, 10, GFP_KERNEL)?;
    /// v.reserve_exact(3, GFP_KERNEL)?;
    /// assert_eq!(v.capacity(), 13);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reserve_exact(&mut self, additional: usize, flags: Flags) -> Result<(), AllocError> {
        self.buf.reserve_exact(self.len, additional, flags)
    }

    /// Gives back the memory that no element is in: [`Vec::shrink_to`] the length.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::shrink_to`].
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = VVec::with_capacity(100_000, GFP_KERNEL)?;
    /// v.push(1, GFP_KERNEL)?;
    /// v.shrink_to_fit(GFP_KERNEL)?;
    /// assert_eq!(v.capacity(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn shrink_to_fit(&mut self, flags: Flags) -> Result<(), AllocError> {
        self.shrink_to(0, flags)
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
    /// [`AllocError`] if a copy was to be made and there is no memory for it. Also if the old block
    /// has to be freed, the flags do not allow sleeping, and the allocator has no non-blocking free
    /// ([`Allocator::HAS_NONBLOCKING_FREE`]).
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

    /// Takes the last element if `f` answers for it with `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut deadlines = KVVec::try_from_iter([30, 20, 10], GFP_KERNEL)?;
    /// let now = 15;
    /// assert_eq!(deadlines.pop_if(|at| *at <= now), Some(10));
    /// assert_eq!(deadlines.pop_if(|at| *at <= now), None);
    /// assert_eq!(deadlines, [30, 20]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pop_if(&mut self, f: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if f(self.last_mut()?) {
            self.pop()
        } else {
            None
        }
    }

    /// Inserts an element before the one at `index`, with more memory if need be.
    ///
    /// Moves all that come after it, by one.
    ///
    /// # Errors
    ///
    /// [`TryInsertError`], which hands the element back, if `index` is more than the length or else
    /// if there is no room and no memory for any.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::new();
    /// v.insert(0, 'b', GFP_KERNEL)?;
    /// v.insert(0, 'a', GFP_KERNEL)?;
    /// v.insert(2, 'c', GFP_KERNEL)?;
    /// assert_eq!(v, ['a', 'b', 'c']);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn insert(&mut self, index: usize, v: T, flags: Flags) -> Result<(), TryInsertError<T>> {
        if index <= self.len && self.reserve(1, flags).is_err() {
            return Err(TryInsertError::OutOfMemory(v));
        }
        Ok(self.insert_within_capacity(index, v)?)
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

    /// Takes the element at index `i`; the last one comes in its place.
    ///
    /// Other than [`Vec::remove`] it takes the same time wherever the element is.
    ///
    /// # Errors
    ///
    /// [`RemoveError`] if there is no such element.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut v = KVVec::try_from_iter(0..5, GFP_KERNEL)?;
    /// assert_eq!(v.swap_remove(1)?, 1);
    /// assert_eq!(v, [0, 4, 2, 3]);
    /// assert!(v.swap_remove(4).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn swap_remove(&mut self, i: usize) -> Result<T, RemoveError> {
        if i < self.len {
            let last = self.len - 1;
            self.swap(i, last);
            // It is there, so this is no error.
            self.pop().ok_or(RemoveError)
        } else {
            Err(RemoveError)
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
}

impl<T> Vec<T, KVmalloc> {
    /// An empty vector that does not move while it grows to at most `limit` elements.
    ///
    /// Pushing, extending, reserving and resizing up to the limit leaves every element where it is:
    /// C code, or a device, may hold on to its address. Memory is taken as it is needed; what is
    /// taken at once are the addresses (see `kvmalloc_growable()`). So growing may still fail, and
    /// with flags that may not sleep it does, unless all of the limit fits into a page.
    ///
    /// The promise ends when the vector grows beyond the limit, when it is told to shrink, is asked
    /// for on another node ([`Vec::reserve_node`] with `__GFP_THISNODE`), or gets another buffer
    /// ([`Vec::grow_into`], [`lock_with_room`](super::lock_with_room)): it may move then.
    ///
    /// What does not move is the buffer; [`Vec::remove`], [`Vec::retain`] and the like move
    /// elements in it, as always.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory for the first page or no range of addresses, if `limit`
    /// elements have 2 GiB or more, or if the flags have `__GFP_NOFAIL`.
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

impl<T, A: Allocator> From<Box<[T], A>> for Vec<T, A> {
    /// Turns a boxed slice into a vector. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let word: KVBox<[u8]> = KVBox::new(*b"boo", GFP_KERNEL)?;
    /// let mut word = KVVec::from(word);
    /// word.push(b't', GFP_KERNEL)?;
    /// assert_eq!(word, b"boot");
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn from(b: Box<[T], A>) -> Self {
        let len = b.len();

        // SAFETY: A box of a slice is a block of `A` made for its elements, which are all there, or
        // is dangling but aligned if they have no bytes.
        unsafe { Self::from_raw_parts(Box::into_raw(b).cast(), len, len) }
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
