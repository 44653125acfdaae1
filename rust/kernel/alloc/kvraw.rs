// SPDX-License-Identifier: GPL-2.0

//! A buffer of raw memory that knows how much it is and frees itself.
//!
//! Computes layouts, grows and shrinks, and reads and writes slots by index. [`Vec`](super::Vec)
//! and [`Box`](super::Box) keep track of which slots hold a value; this file never drops one.

use super::{
    kvalloc::{
        free_as,
        KVmalloc, //
    },
    kvlayout::ArrayLayout,
    AllocError,
    Allocator,
    Backing,
    Flags,
    NumaNode, //
};
use crate::page::PAGE_SIZE;
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::{
        self,
        size_of,
        ManuallyDrop,
        MaybeUninit, //
    },
    ptr::{
        self,
        NonNull, //
    },
    slice, //
};

/// Frees a block, unless there is none because its layout has size zero.
///
/// # Safety
///
/// Those of [`Allocator::free`].
#[inline]
pub(super) unsafe fn release<A: Allocator>(ptr: NonNull<u8>, layout: Layout) {
    if layout.size() != 0 {
        // SAFETY: The requirements are the same.
        unsafe { A::free(ptr, layout) };
    }
}

/// Room for a number of `T`, from the allocator `A`.
///
/// # Invariants
///
/// - `ptr` is aligned for `T` and not null.
/// - If `layout` has bytes, `ptr` is a live block of `A` that was last allocated or reallocated for
///   this layout, or for one that is at least as large and as aligned, and is owned by this value.
///   If it has none, `ptr` is dangling.
/// - If `T` is zero-sized, `layout` is for no elements.
pub(super) struct RawBuf<T, A: Allocator> {
    ptr: NonNull<T>,
    layout: ArrayLayout<T>,
    _owned: PhantomData<(T, A)>,
}

// SAFETY: The buffer is not shared with anybody, and memory can be freed on any CPU and by any
// task. What remains is whether the elements may change threads.
unsafe impl<T: Send, A: Allocator> Send for RawBuf<T, A> {}

// SAFETY: A shared reference reads a pointer and a number. What remains is whether the elements may
// be shared between threads.
unsafe impl<T: Sync, A: Allocator> Sync for RawBuf<T, A> {}

impl<T, A: Allocator> RawBuf<T, A> {
    /// Elements of no size need no room, so there is room for as many as can be counted.
    const ENDLESS: bool = size_of::<T>() == 0;

    /// A buffer without memory.
    #[inline]
    pub(super) const fn new() -> Self {
        // INVARIANT: No bytes, and a dangling pointer that is aligned.
        Self {
            ptr: NonNull::dangling(),
            layout: ArrayLayout::empty(),
            _owned: PhantomData,
        }
    }

    /// A buffer for exactly `capacity` elements on the node `nid`.
    #[inline]
    pub(super) fn with_capacity(
        capacity: usize,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<Self, AllocError> {
        let mut buf = Self::new();

        if capacity > buf.capacity() {
            buf.resize(Self::layout(capacity)?, flags, nid)?;
        }
        Ok(buf)
    }

    /// Takes a buffer over.
    ///
    /// # Safety
    ///
    /// If `capacity` elements of `T` have bytes, `ptr` is a block of `A` made for at least as many,
    /// and the caller gives up its ownership. Otherwise `ptr` is any pointer aligned for `T`, not
    /// null.
    #[inline]
    pub(super) unsafe fn from_raw_parts(ptr: NonNull<T>, capacity: usize) -> Self {
        let layout = if Self::ENDLESS {
            ArrayLayout::empty()
        } else {
            // SAFETY: A block of this size exists, and none is larger than `isize::MAX`.
            unsafe { ArrayLayout::new_unchecked(capacity) }
        };

        // INVARIANT: What the caller vouches for is what the type demands.
        Self {
            ptr,
            layout,
            _owned: PhantomData,
        }
    }

    /// Hands the buffer out; nothing frees it any more.
    #[inline]
    pub(super) fn into_raw_parts(self) -> (NonNull<T>, usize) {
        let buf = ManuallyDrop::new(self);

        (buf.ptr, buf.capacity())
    }

    /// The number of elements that there is room for.
    #[inline]
    pub(super) const fn capacity(&self) -> usize {
        if Self::ENDLESS {
            usize::MAX
        } else {
            self.layout.len()
        }
    }

    /// The start of the buffer, dangling if it has no memory.
    #[inline]
    pub(super) const fn as_ptr(&self) -> *mut T {
        self.ptr.as_ptr()
    }

    /// The start of the buffer and its bytes.
    #[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
    #[inline]
    pub(super) fn memory(&mut self) -> (NonNull<u8>, usize) {
        (self.ptr.cast(), self.layout.size())
    }

    /// The slots from number `used` on, whatever is in them.
    ///
    /// No reference to the slots before them is made, so pointers to their elements stay valid.
    ///
    /// # Safety
    ///
    /// `used` is at most the capacity.
    #[inline]
    pub(super) unsafe fn slots_from_mut(&mut self, used: usize) -> &mut [MaybeUninit<T>] {
        // SAFETY: By the type invariants there are `capacity` slots at an aligned pointer, and
        // `used` is not more. The slots belong to this buffer, which is borrowed for as long as the
        // slice. A `MaybeUninit` needs no initialisation.
        unsafe { slice::from_raw_parts_mut(self.as_ptr().add(used).cast(), self.capacity() - used) }
    }

    /// Puts a value into slot `at`, without dropping what may be there.
    ///
    /// # Safety
    ///
    /// `at` is less than the capacity.
    #[inline]
    pub(super) unsafe fn put(&mut self, at: usize, value: T) {
        // SAFETY: The slot is inside of the buffer, which is ours alone.
        unsafe { self.as_ptr().add(at).write(value) };
    }

    /// Copies the value out of slot `at`. The slot counts as empty from now on.
    ///
    /// # Safety
    ///
    /// `at` is less than the capacity, and the slot holds a value that nobody else will use.
    #[inline]
    pub(super) unsafe fn take(&mut self, at: usize) -> T {
        // SAFETY: The slot is inside of the buffer and holds a value, and the caller sees to it
        // that there will not be two of it.
        unsafe { self.as_ptr().add(at).read() }
    }

    /// Moves the contents of `count` slots, which may overlap where they go to.
    ///
    /// # Safety
    ///
    /// Neither `from + count` nor `to + count` is more than the capacity.
    #[inline]
    pub(super) unsafe fn shift(&mut self, from: usize, to: usize, count: usize) {
        // SAFETY: Both ranges are inside of the buffer, which is ours alone.
        unsafe { ptr::copy(self.as_ptr().add(from), self.as_ptr().add(to), count) };
    }

    /// Makes sure of room for `extra` elements after the first `used`, of which there is room.
    ///
    /// Keeps the contents. On failure nothing has changed.
    #[inline]
    pub(super) fn reserve(
        &mut self,
        used: usize,
        extra: usize,
        flags: Flags,
    ) -> Result<(), AllocError> {
        if extra <= self.capacity().wrapping_sub(used) {
            Ok(())
        } else {
            self.grow(used, extra, flags)
        }
    }

    /// As [`RawBuf::reserve`], but with no room to spare.
    pub(super) fn reserve_exact(
        &mut self,
        used: usize,
        extra: usize,
        flags: Flags,
    ) -> Result<(), AllocError> {
        if extra <= self.capacity().wrapping_sub(used) {
            return Ok(());
        }
        let need = used.checked_add(extra).ok_or(AllocError)?;
        self.resize(Self::layout(need)?, flags, NumaNode::NO_NODE)
    }

    /// The slow path of [`RawBuf::reserve`].
    #[inline]
    pub(super) fn grow(
        &mut self,
        used: usize,
        extra: usize,
        flags: Flags,
    ) -> Result<(), AllocError> {
        // SAFETY: These are the parts of this buffer, which is borrowed exclusively, and it takes
        // over the returned ones.
        let (ptr, layout) = unsafe { Self::grown(self.ptr, self.layout, used, extra, flags)? };

        // INVARIANT: They are the parts of a buffer that was not dropped, hence owned by us.
        self.ptr = ptr;
        self.layout = layout;
        Ok(())
    }

    /// Implements [`RawBuf::grow`] on the parts of a buffer, out of line.
    ///
    /// Takes parts and returns parts, in registers, instead of a reference: a reference that is
    /// passed to a function that is not inlined makes the vector's address escape, and a loop that
    /// pushes would have to keep its fields in memory.
    ///
    /// # Safety
    ///
    /// `ptr` and `layout` are those of a buffer, which nobody uses meanwhile. On success the caller
    /// replaces them by the returned ones.
    #[cold]
    #[inline(never)]
    unsafe fn grown(
        ptr: NonNull<T>,
        layout: ArrayLayout<T>,
        used: usize,
        extra: usize,
        flags: Flags,
    ) -> Result<(NonNull<T>, ArrayLayout<T>), AllocError> {
        // INVARIANT: The caller vouches for the parts. They stay the caller's, so are not dropped.
        let mut buf = ManuallyDrop::new(Self {
            ptr,
            layout,
            _owned: PhantomData,
        });

        buf.grow_on(used, extra, flags, NumaNode::NO_NODE)?;
        Ok((buf.ptr, buf.layout))
    }

    /// Grows for `extra` elements after the first `used`, on the node `nid`.
    ///
    /// The preferred capacity has room to spare. It is requested without direct reclaim beyond one
    /// attempt and without `__GFP_NOFAIL`; the required capacity then with the caller's flags.
    ///
    /// On failure nothing has changed.
    pub(super) fn grow_on(
        &mut self,
        used: usize,
        extra: usize,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<(), AllocError> {
        // The flags of the first attempt may be valid where the caller's are not.
        if Self::ENDLESS || flags.are_invalid_for::<A>() {
            return Err(AllocError);
        }
        let need = used.checked_add(extra).ok_or(AllocError)?;
        let need = Self::layout(need)?;

        if let Ok(roomy) = Self::layout(self.wish(need.len())) {
            if roomy.len() > need.len() && self.resize(roomy, flags.for_a_wish(), nid).is_ok() {
                return Ok(());
            }
        }
        self.resize(need, flags, nid)
    }

    /// The capacity to wish for when `need` elements are needed: room to spare, but rather less of
    /// it than to move.
    fn wish(&self, need: usize) -> usize {
        let (wish, unmoved) = (self.roomy(need), self.unmoved_capacity());

        if (need..wish).contains(&unmoved) {
            unmoved
        } else {
            wish
        }
    }

    /// The capacity that the buffer can have where it is, as far as is known.
    fn unmoved_capacity(&self) -> usize {
        if self.layout.is_empty() {
            return 0;
        }
        // SAFETY: By the type invariants a layout with bytes means a live block of `A`.
        unsafe { A::room(self.ptr.cast()) / size_of::<T>() }
    }

    /// The capacity to ask for when `need` elements are needed.
    ///
    /// Twice the old one, so that each element is moved twice at most, on average, however many
    /// come, and not less than the allocator hands out anyway; above a page, whole pages.
    fn roomy(&self, need: usize) -> usize {
        let unit = size_of::<T>();
        // No buffer has more than `isize::MAX` bytes, so twice that can be counted.
        let wish = need.max(self.layout.len() * 2).max(A::MIN_ALIGN / unit);

        match wish.checked_mul(unit) {
            Some(bytes) if bytes > PAGE_SIZE => match bytes.checked_next_multiple_of(PAGE_SIZE) {
                Some(pages) => pages / unit,
                None => wish,
            },
            _ => wish,
        }
    }

    /// Gives memory back, down to room for `capacity` elements. The contents of these are kept.
    ///
    /// On failure nothing has changed.
    pub(super) fn shrink(&mut self, capacity: usize, flags: Flags) -> Result<(), AllocError> {
        if Self::ENDLESS || capacity >= self.capacity() {
            return Ok(());
        }
        if capacity == 0 {
            if !flags.allow_freeing::<A>() {
                return Err(AllocError);
            }
            mem::replace(self, Self::new()).free_as(flags);
            return Ok(());
        }

        let layout = Self::layout(capacity)?;
        let (old, new) = (self.layout.into(), layout.into());
        // SAFETY: As `capacity` is less than that of the buffer, there is a block. It is one of `A`
        // for `self.layout`, by the type invariants, and for more bytes than the new layout, which
        // has some. Both are for `T`s, so the alignment is the same. The pointer is replaced.
        let block = unsafe { A::shrink(self.ptr.cast(), new, old, flags, NumaNode::NO_NODE)? };

        // INVARIANT: A block of `A` for `layout`, aligned for it.
        self.ptr = block.cast();
        self.layout = layout;
        Ok(())
    }

    /// Frees the buffer in a context that `flags` describe: see [`free_as`].
    #[inline]
    pub(super) fn free_as(self, flags: Flags) {
        let buf = ManuallyDrop::new(self);

        if !buf.layout.is_empty() {
            // SAFETY: By the type invariants this is our block of `A`, made for this layout. It is
            // not used after this, nor dropped.
            unsafe { free_as::<A>(buf.ptr.cast(), buf.layout.into(), flags) };
        }
    }

    /// Reallocates for `layout`, which must be for at least one element.
    ///
    /// All buffers get their memory here, so invalid flags are refused here. Flags that lack a
    /// required one are refused by the allocator, unless the block can stay where it is.
    /// On failure nothing has changed.
    fn resize(
        &mut self,
        layout: ArrayLayout<T>,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<(), AllocError> {
        if Self::ENDLESS || flags.are_invalid_for::<A>() {
            return Err(AllocError);
        }
        let (old, new) = (self.layout.into(), layout.into());
        let from = Some(self.ptr.cast());
        // SAFETY: By the type invariants the pointer is a block of `A` for `self.layout`, or that
        // layout has size zero. The pointer is replaced.
        let block = unsafe { A::realloc(from, new, old, flags, nid)? };

        // INVARIANT: A block of `A` for `layout`, aligned for it.
        self.ptr = block.cast();
        self.layout = layout;
        Ok(())
    }

    /// The layout of `capacity` elements, if there can be that many bytes.
    #[inline]
    fn layout(capacity: usize) -> Result<ArrayLayout<T>, AllocError> {
        ArrayLayout::new(capacity).map_err(|_| AllocError)
    }
}

impl<T> RawBuf<T, KVmalloc> {
    /// A buffer for a few elements that becomes one for `limit` where it is.
    pub(super) fn with_growth_limit(limit: usize, flags: Flags) -> Result<Self, AllocError> {
        let mut buf = Self::new();

        if limit > buf.capacity() {
            // All that a page holds: it is taken anyway.
            let first = (PAGE_SIZE / size_of::<T>()).clamp(1, limit);
            let layout = Self::layout(first)?;
            let limit = Self::layout(limit)?;
            let block =
                KVmalloc::alloc_growable(layout.into(), limit.into(), flags, NumaNode::NO_NODE)?;

            // INVARIANT: A block of `KVmalloc` for `layout`, aligned for it, in place of none.
            buf.ptr = block.cast();
            buf.layout = layout;
        }
        Ok(buf)
    }

    /// Where the memory lies, if there is any.
    #[inline]
    pub(super) fn backing(&self) -> Option<Backing> {
        // For elements of no size the layout is one of none.
        if self.layout.is_empty() {
            None
        } else {
            Some(KVmalloc::backing(self.ptr.cast()))
        }
    }
}

impl<T, A: Allocator> Drop for RawBuf<T, A> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants this is our block of `A`, made for this layout, or one of
        // no size. It is not used after this.
        unsafe { release::<A>(self.ptr.cast(), self.layout.into()) };
    }
}
