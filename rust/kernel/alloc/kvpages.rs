// SPDX-License-Identifier: GPL-2.0

//! The pages that memory of [`Vmalloc`] consists of, as the kernel's own code asks for them.
//!
//! For memory of any kind, and where the kernel has no such trait, see [`pages`](super::pages).

use super::{
    kvalloc::{
        KVmalloc,
        Vmalloc, //
    },
    VBox,
    VVec, //
};
use crate::{
    bindings,
    page::{
        AsPageIter,
        BorrowedPage,
        PAGE_SIZE, //
    }, //
};
use core::{
    iter::FusedIterator,
    marker::PhantomData,
    mem::size_of,
    ptr::NonNull, //
};

impl Vmalloc {
    /// The page that `ptr` lies in.
    ///
    /// # Safety
    ///
    /// `ptr` is into a block of this allocator, which stays for as long as `'a`.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::ptr::NonNull;
    /// use kernel::alloc::allocator::Vmalloc;
    ///
    /// let mut b = VBox::new([1u8; 64], GFP_KERNEL)?;
    /// let first = NonNull::from(&mut b[0]);
    /// {
    ///     // SAFETY: The box is not dropped before the end of this block.
    ///     let page = unsafe { Vmalloc::to_page(first) };
    ///     // SAFETY: Nobody else uses the page.
    ///     unsafe { page.fill_zero_raw(1, 63)? };
    /// }
    /// assert_eq!(b[..2], [1, 0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub unsafe fn to_page<'a>(ptr: NonNull<u8>) -> BorrowedPage<'a> {
        // SAFETY: The address is in a vmalloc area, with a page behind it, as the caller says.
        let page =
            unsafe { NonNull::new_unchecked(bindings::vmalloc_to_page(ptr.as_ptr().cast())) };

        // SAFETY: The page belongs to the block, which stays for as long.
        unsafe { BorrowedPage::from_raw(page) }
    }
}

/// The pages of a block of [`Vmalloc`], from the first to the last.
///
/// The kernel's own code asks for this very type. It is also that of the pages of a [`KVmalloc`]
/// block that starts at a page, see [`WholePages`](super::pages::WholePages).
///
/// # Invariants
///
/// `next` is the start of a page of the block, and `left` bytes from there on are the block's, if
/// `left` is not zero.
///
/// # Examples
///
/// ```
/// use kernel::page::{AsPageIter, PAGE_SIZE};
///
/// let mut v = VVec::from_elem(1u8, PAGE_SIZE + 1, GFP_KERNEL)?;
/// assert_eq!(v.page_iter().page_count(), 2);
///
/// for page in v.page_iter() {
///     // SAFETY: Nobody else uses the pages.
///     unsafe { page.fill_zero_raw(0, PAGE_SIZE)? };
/// }
/// assert!(v.iter().all(|byte| *byte == 0));
/// # Ok::<(), Error>(())
/// ```
pub struct VmallocPageIter<'a> {
    next: NonNull<u8>,
    left: usize,
    size: usize,
    _block: PhantomData<BorrowedPage<'a>>,
}

impl VmallocPageIter<'_> {
    /// The pages of the block at `buf`.
    ///
    /// # Safety
    ///
    /// - `buf` is the start of a page in a block of [`Vmalloc`] or [`KVmalloc`], which has `size`
    ///   more bytes from there on; or `size` is zero.
    /// - The block stays for as long as the iterator and what it returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::ptr::NonNull;
    /// use kernel::alloc::allocator::VmallocPageIter;
    ///
    /// let mut b = VBox::new([0u8; 10_000], GFP_KERNEL)?;
    /// // SAFETY: That is all of the block, which outlives the iterator.
    /// let pages = unsafe { VmallocPageIter::new(NonNull::from(&mut b[0]), b.len()) };
    /// assert_eq!(pages.size(), 10_000);
    /// # Ok::<(), Error>(())
    /// ```
    pub unsafe fn new(buf: NonNull<u8>, size: usize) -> Self {
        // INVARIANT: The caller vouches for it.
        Self {
            next: buf,
            left: size,
            size,
            _block: PhantomData,
        }
    }

    /// The bytes of the block that were given, not of its pages.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::page::AsPageIter;
    ///
    /// assert_eq!(VBox::new([0u8; 5], GFP_KERNEL)?.page_iter().size(), 5);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The number of pages, those already returned included.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::page::AsPageIter;
    ///
    /// assert_eq!(VBox::new([0u8; 5], GFP_KERNEL)?.page_iter().page_count(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn page_count(&self) -> usize {
        self.size.div_ceil(PAGE_SIZE)
    }
}

impl<'a> Iterator for VmallocPageIter<'a> {
    type Item = BorrowedPage<'a>;

    fn next(&mut self) -> Option<BorrowedPage<'a>> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: By the type invariants this is in the block, which stays as long as is needed.
        // Those of `KVmalloc` may be areas or slab memory, and areas of `Vmalloc` are among them.
        let page = unsafe { KVmalloc::to_page(self.next) };

        // INVARIANT: If there are bytes left these start at the next page. If there are none it is
        // not looked at, and may be no address of the block.
        self.left = self.left.saturating_sub(PAGE_SIZE);
        let next = self.next.as_ptr().wrapping_add(PAGE_SIZE);
        self.next = NonNull::new(next).unwrap_or(self.next);
        Some(page)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left.div_ceil(PAGE_SIZE);

        (left, Some(left))
    }
}

impl ExactSizeIterator for VmallocPageIter<'_> {}

impl FusedIterator for VmallocPageIter<'_> {}

/// All pages of the box.
impl<T> AsPageIter for VBox<T> {
    fn page_iter(&mut self) -> VmallocPageIter<'_> {
        let first = NonNull::from(&mut **self).cast();

        // SAFETY: A box is one block from its start on, and borrowed for as long.
        unsafe { VmallocPageIter::new(first, size_of::<T>()) }
    }

    type Iter<'a>
        = VmallocPageIter<'a>
    where
        T: 'a;
}

/// All pages of the vector, those of its room to spare included.
impl<T> AsPageIter for VVec<T> {
    fn page_iter(&mut self) -> VmallocPageIter<'_> {
        let (first, size) = self.memory();

        // SAFETY: A vector is one block from its start on, and borrowed for as long; if it has no
        // memory it has no bytes.
        unsafe { VmallocPageIter::new(first, size) }
    }

    type Iter<'a>
        = VmallocPageIter<'a>
    where
        T: 'a;
}
