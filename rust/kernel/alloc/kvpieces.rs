// SPDX-License-Identifier: GPL-2.0

//! The physical memory behind a box or a vector, of either backing.
//!
//! What a scatterlist, a bio or a page table wants to know: pages, and which bytes of them. Slab
//! memory is one piece, which may begin anywhere in a page; an area is as many as its pages, less
//! those that happen to be neighbours.

use super::{
    kvalloc::{
        KVmalloc,
        Kmalloc, //
    },
    kvforeign::KvFree,
    Box,
    Flags,
    Vec, //
};
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
use super::{
    Backing,
    KVVec, //
};
use crate::{
    bindings,
    error::{
        code::{
            EINVAL,
            ENOMEM, //
        },
        to_result,
        Result, //
    },
    page::PAGE_SIZE, //
};
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
use core::mem::size_of;
use core::{
    iter::FusedIterator,
    marker::PhantomData,
    mem::{
        size_of_val,
        ManuallyDrop, //
    },
    ptr::{
        self,
        NonNull, //
    }, //
};

pub use super::kvcompat::BorrowedPage;

/// Memory whose pages can be named.
///
/// # Safety
///
/// Neither to move the value nor to share it moves or frees the memory that [`AsPieces::pieces`]
/// tells of.
///
/// # Examples
///
/// ```
/// use kernel::alloc::pages::AsPieces;
///
/// fn pieces_of(memory: &impl AsPieces) -> usize {
///     memory.pieces().count()
/// }
///
/// assert_eq!(pieces_of(&KVBox::new([0u8; 100], GFP_KERNEL)?), 1);
/// # Ok::<(), Error>(())
/// ```
pub unsafe trait AsPieces {
    /// The memory, in as few physically contiguous pieces as can be.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{alloc::pages::AsPieces, page::PAGE_SIZE};
    ///
    /// // Slab memory is one piece, however many pages it is.
    /// let v = KVec::from_elem(0u8, 2 * PAGE_SIZE, GFP_KERNEL)?;
    /// assert_eq!(v.pieces().count(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    fn pieces(&self) -> Pieces<'_>;

    /// The memory, in pieces of which none leaves its page.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{alloc::pages::AsPieces, page::PAGE_SIZE};
    ///
    /// let v = KVec::from_elem(0u8, 2 * PAGE_SIZE, GFP_KERNEL)?;
    /// assert_eq!(v.pages().count(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    fn pages(&self) -> Pages<'_> {
        Pages(self.pieces())
    }
}

/// The value.
// SAFETY: It is the box's own memory, which neither a move nor a shared reference to the box does
// anything to.
unsafe impl<T: ?Sized, A: KvFree> AsPieces for Box<T, A> {
    #[inline]
    fn pieces(&self) -> Pieces<'_> {
        // INVARIANT: A value that has a size lies in a block of `A`, which is kvmalloc memory, and
        // the box is borrowed.
        Pieces {
            next: ptr::from_ref::<T>(self).cast(),
            left: size_of_val::<T>(self),
            _memory: PhantomData,
        }
    }
}

/// The elements; not the room to spare.
// SAFETY: It is the vector's own memory, which neither a move nor a shared reference to the vector
// does anything to.
unsafe impl<T, A: KvFree> AsPieces for Vec<T, A> {
    #[inline]
    fn pieces(&self) -> Pieces<'_> {
        // INVARIANT: Elements that have a size lie in a block of `A`, which is kvmalloc memory, and
        // the vector is borrowed.
        Pieces {
            next: self.as_ptr().cast(),
            left: size_of_val::<[T]>(self),
            _memory: PhantomData,
        }
    }
}

/// What the reference refers to.
// SAFETY: The same is demanded of that.
unsafe impl<M: AsPieces + ?Sized> AsPieces for &mut M {
    #[inline]
    fn pieces(&self) -> Pieces<'_> {
        (**self).pieces()
    }
}

/// Bytes that lie side by side in physical memory.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::pages::AsPieces, page::PAGE_SIZE};
///
/// let b = KVBox::new([7u8; 24], GFP_KERNEL)?;
/// for piece in b.pieces() {
///     assert!(piece.offset() < PAGE_SIZE);
///     assert_eq!(piece.len(), 24);
///
///     let mut first = 0;
///     // SAFETY: There is room for one byte, and the box is not being changed.
///     unsafe { piece.page().read_raw(&mut first, piece.offset(), 1)? };
///     assert_eq!(first, 7);
/// }
/// # Ok::<(), Error>(())
/// ```
pub struct Piece<'a> {
    page: BorrowedPage<'a>,
    offset: usize,
    len: usize,
}

impl<'a> Piece<'a> {
    /// The page that it begins in.
    ///
    /// It is the owner's, not a page to take references to that outlive it: slab counts none.
    ///
    /// # Examples
    ///
    /// See [`Piece`].
    #[inline]
    pub fn page(&self) -> &BorrowedPage<'a> {
        &self.page
    }

    /// Where in that page it begins.
    ///
    /// # Examples
    ///
    /// See [`Piece`].
    #[inline]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes it has; never none. It may extend over the pages that follow the first.
    ///
    /// # Examples
    ///
    /// See [`Piece`].
    #[inline]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }
}

/// The physically contiguous pieces of some memory, from the first to the last.
///
/// # Invariants
///
/// If `left` is not zero, that many bytes from `next` on are memory of kmalloc(), vmalloc() or
/// kvmalloc(), in one block, which stays for as long as `'a`.
///
/// # Examples
///
/// ```
/// use kernel::alloc::pages::AsPieces;
///
/// let v = VVec::from_elem(0u8, 10_000, GFP_KERNEL)?;
/// let bytes: usize = v.pieces().map(|piece| piece.len()).sum();
/// assert_eq!(bytes, 10_000);
/// # Ok::<(), Error>(())
/// ```
pub struct Pieces<'a> {
    next: *const u8,
    left: usize,
    _memory: PhantomData<BorrowedPage<'a>>,
}

impl<'a> Pieces<'a> {
    /// The first `len` bytes, which are contiguous.
    ///
    /// # Safety
    ///
    /// There are that many left, and at least one.
    unsafe fn split(&mut self, len: usize) -> Piece<'a> {
        // SAFETY: By the type invariants there is kvmalloc memory at this address.
        let page = unsafe { bindings::kvmalloc_page_of(self.next.cast()) };
        // SAFETY: Such memory has pages.
        let page = unsafe { NonNull::new_unchecked(page) };
        let piece = Piece {
            // SAFETY: The page is a part of the memory, which stays for as long.
            page: unsafe { BorrowedPage::from_raw(page) },
            offset: self.next as usize % PAGE_SIZE,
            len,
        };

        // INVARIANT: What is behind the piece is in the same block.
        self.left -= len;
        // SAFETY: As so many were left, this is in the block or at its end.
        self.next = unsafe { self.next.add(len) };
        piece
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: By the type invariants there are so many bytes of kvmalloc memory.
        let len = unsafe { bindings::kvmalloc_contiguous(self.next.cast(), self.left) };

        // SAFETY: There is one at least, and it is not told more than are left.
        Some(unsafe { self.split(len) })
    }
}

impl FusedIterator for Pieces<'_> {}

/// The pieces of some memory of which none leaves its page, from the first to the last.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::pages::AsPieces, page::PAGE_SIZE};
///
/// let v = VVec::from_elem(0u8, PAGE_SIZE + 1, GFP_KERNEL)?;
/// assert!(v.pages().map(|piece| piece.len()).eq([PAGE_SIZE, 1]));
/// # Ok::<(), Error>(())
/// ```
pub struct Pages<'a>(Pieces<'a>);

impl<'a> Iterator for Pages<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.0.left == 0 {
            return None;
        }
        let rest = PAGE_SIZE - self.0.next as usize % PAGE_SIZE;
        let len = rest.min(self.0.left);

        // SAFETY: There is one at least and so many are left. What is in one page is contiguous.
        Some(unsafe { self.0.split(len) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let first = self.0.next as usize % PAGE_SIZE;
        // No memory wraps around the address space.
        let left = match self.0.left {
            0 => 0,
            bytes => (first + bytes).div_ceil(PAGE_SIZE),
        };

        (left, Some(left))
    }
}

impl ExactSizeIterator for Pages<'_> {}

impl FusedIterator for Pages<'_> {}

/// A scatterlist of memory of either backing, and that memory.
///
/// For what takes a `struct sg_table`: to map it for a device, or to encrypt it. Contiguous pieces
/// are one entry each, with up to 4 GiB. While the table is there the memory belongs to it, so
/// that it stays where it is; [`SgTable::into_inner`] gives it back.
///
/// Whoever maps it for a device has to see to it that slab memory is not shared with others in one
/// cache line, where that matters (`ARCH_DMA_MINALIGN`); and that the table is unmapped first.
///
/// # Invariants
///
/// `table` is a table that `sg_alloc_table()` has made, and tells of `memory`.
///
/// # Examples
///
/// ```
/// use kernel::alloc::pages::SgTable;
///
/// # const LARGE: usize = kernel::bindings::KMALLOC_MAX_SIZE as usize + 1;
/// let frame = KVVec::from_elem(0u8, LARGE, GFP_KERNEL)?;
/// let mut sg = SgTable::new(frame, GFP_KERNEL)?;
///
/// // One goes to `dma_map_sgtable()` with this.
/// let table: *mut kernel::bindings::sg_table = sg.as_raw();
/// # assert!(!table.is_null());
/// assert_eq!(sg.entries().map(|piece| piece.len()).sum::<usize>(), LARGE);
///
/// let frame = sg.into_inner();
/// assert_eq!(frame.len(), LARGE);
/// # Ok::<(), Error>(())
/// ```
///
/// It can be had for memory that is only borrowed as well:
///
/// ```
/// use kernel::alloc::pages::SgTable;
///
/// let mut key = KVBox::new([0u8; 32], GFP_KERNEL)?;
/// assert_eq!(SgTable::new(&mut key, GFP_KERNEL)?.entries().count(), 1);
/// # Ok::<(), Error>(())
/// ```
pub struct SgTable<M> {
    table: bindings::sg_table,
    memory: M,
}

// SAFETY: The table is owned, and no more than a description of the memory.
unsafe impl<M: Send> Send for SgTable<M> {}

// SAFETY: A shared reference can but read the table, and tell where the memory is.
unsafe impl<M: Sync> Sync for SgTable<M> {}

impl<M: AsPieces> SgTable<M> {
    /// Makes a table of `memory`.
    ///
    /// # Errors
    ///
    /// [`EINVAL`] if the memory has no bytes, [`ENOMEM`] if there is no memory for the table.
    /// `memory` has been dropped then, if it was not a reference.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::pages::SgTable;
    ///
    /// assert!(SgTable::new(KVBox::new(1u64, GFP_KERNEL)?, GFP_KERNEL).is_ok());
    /// assert!(SgTable::new(KVVec::<u8>::new(), GFP_KERNEL).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(memory: M, flags: Flags) -> Result<Self> {
        let Pieces { next, left, .. } = memory.pieces();
        let mut table = bindings::sg_table {
            sgl: ptr::null_mut(),
            nents: 0,
            orig_nents: 0,
        };

        if left == 0 {
            return Err(EINVAL);
        }
        // The table itself is slab memory.
        if flags.are_refused_by::<Kmalloc>() {
            return Err(ENOMEM);
        }
        // SAFETY: The table is one to be filled, and the memory is kvmalloc memory of that size by
        // the type invariants of `Pieces`.
        to_result(unsafe {
            bindings::kvmalloc_sg_alloc(&mut table, next.cast(), left, flags.as_raw())
        })?;
        // INVARIANT: To be moved here did not move the memory, by the contract of `AsPieces`.
        Ok(Self { table, memory })
    }
}

impl<M> SgTable<M> {
    /// The table as C wants it.
    ///
    /// C may map it, which changes what the entries say of devices; what they say of memory has to
    /// stay the same.
    ///
    /// # Examples
    ///
    /// See [`SgTable`].
    #[inline]
    pub fn as_raw(&mut self) -> *mut bindings::sg_table {
        &mut self.table
    }

    /// The entries, as pieces.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::pages::SgTable;
    ///
    /// let sg = SgTable::new(KVec::from_elem(0u8, 9000, GFP_KERNEL)?, GFP_KERNEL)?;
    /// assert!(sg.entries().map(|piece| piece.len()).eq([9000]));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn entries(&self) -> SgEntries<'_> {
        // INVARIANT: By those of the table, which is borrowed.
        SgEntries {
            next: self.table.sgl,
            _table: PhantomData,
        }
    }

    /// Frees the table and returns the memory.
    ///
    /// # Examples
    ///
    /// See [`SgTable`].
    pub fn into_inner(self) -> M {
        let mut this = ManuallyDrop::new(self);

        // SAFETY: By the type invariants it was made by `sg_alloc_table()`. It is not used again,
        // nor dropped.
        unsafe { bindings::sg_free_table(&mut this.table) };
        // SAFETY: There is a value, and there will not be two of it, as this is not dropped.
        unsafe { ptr::read(&this.memory) }
    }
}

impl<M> Drop for SgTable<M> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants it was made by `sg_alloc_table()`. It is not used again.
        unsafe { bindings::sg_free_table(&mut self.table) };
    }
}

/// The entries of an [`SgTable`], from the first to the last.
///
/// # Invariants
///
/// `next` is NULL or an entry of a table that stays for as long as `'a`, and so does the memory
/// that it tells of.
///
/// # Examples
///
/// See [`SgTable::entries`].
pub struct SgEntries<'a> {
    next: *mut bindings::scatterlist,
    _table: PhantomData<BorrowedPage<'a>>,
}

impl<'a> Iterator for SgEntries<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let entry = NonNull::new(self.next)?.as_ptr();

        // SAFETY: By the type invariants this is an entry of a table that stays for as long as
        // `'a`.
        let page = unsafe { bindings::kvmalloc_sg_page(entry) };
        // SAFETY: `kvmalloc_sg_alloc()` gives each entry a page.
        let page = unsafe { NonNull::new_unchecked(page) };
        // INVARIANT: The next entry of the same table, or NULL.
        // SAFETY: As for the page.
        self.next = unsafe { bindings::kvmalloc_sg_next(entry) };
        // SAFETY: As for the page. Nobody writes to an entry's memory fields: see `as_raw()`.
        let (offset, len) = unsafe { ((*entry).offset, (*entry).length) };

        Some(Piece {
            // SAFETY: The page is part of the memory that the table describes, which stays for as
            // long as `'a`.
            page: unsafe { BorrowedPage::from_raw(page) },
            offset: offset as usize,
            len: len as usize,
        })
    }
}

impl FusedIterator for SgEntries<'_> {}

/// A [`KVVec`] whose memory is whole pages.
///
/// An area always is. Slab memory is if it starts at a page and has a multiple of [`PAGE_SIZE`]
/// bytes: the rest of a last page would be slab's, which has its red zone there when it is
/// debugged. The vector can be looked at page by page as a [`VVec`](super::VVec) can, and be what a
/// `kernel::scatterlist::SGTable` is made of.
///
/// Only there on kernels that have `AsPageIter`.
///
/// # Invariants
///
/// The vector has memory, which starts at the start of a page and shares none with other memory.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::pages::WholePages, page::PAGE_SIZE};
///
/// let frame = KVVec::<u8>::with_capacity(10_000_usize.next_multiple_of(PAGE_SIZE), GFP_KERNEL)?;
/// let frame = WholePages::new(frame).map_err(|_| EINVAL)?;
/// # drop(frame.into_inner());
///
/// // The last page of such an object is not all the vector's.
/// let odd = KVVec::<u8>::with_capacity(10_000, GFP_KERNEL)?;
/// assert!(WholePages::new(odd).is_err());
/// # Ok::<(), Error>(())
/// ```
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
pub struct WholePages<T>(KVVec<T>);

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
impl<T> WholePages<T> {
    /// Checks where the memory of a vector begins and ends.
    ///
    /// # Errors
    ///
    /// The vector, if it has no memory, or if that is not whole pages.
    ///
    /// # Examples
    ///
    /// See [`WholePages`].
    pub fn new(v: KVVec<T>) -> Result<Self, KVVec<T>> {
        let whole = match v.backing() {
            Some(Backing::Vmalloc) => true,
            // A vector with a backing has room in bytes, so this is not zero.
            Some(Backing::Slab) => {
                (v.capacity() * size_of::<T>()) % PAGE_SIZE == 0
                    && v.as_ptr() as usize % PAGE_SIZE == 0
            }
            None => false,
        };

        if whole {
            // INVARIANT: An area consists of pages of its own. A slab object of whole pages that
            // starts at a page contains all of each. A move does not move the memory.
            Ok(Self(v))
        } else {
            Err(v)
        }
    }

    /// The vector.
    ///
    /// # Examples
    ///
    /// See [`WholePages`].
    #[inline]
    pub fn into_inner(self) -> KVVec<T> {
        self.0
    }
}

/// All pages of the vector, those of its room to spare included.
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
impl<T> crate::page::AsPageIter for WholePages<T> {
    type Iter<'a>
        = super::kvpages::VmallocPageIter<'a>
    where
        T: 'a;

    fn page_iter(&mut self) -> super::kvpages::VmallocPageIter<'_> {
        let (first, size) = self.0.memory();

        // SAFETY: A vector is one block of `KVmalloc` from its start on, which is that of a page by
        // the type invariants; and it is borrowed for as long.
        unsafe { super::kvpages::VmallocPageIter::new(first, size) }
    }
}

impl KVmalloc {
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
    /// use kernel::alloc::KVmalloc;
    ///
    /// let b = KVBox::new(1u8, GFP_KERNEL)?;
    /// // SAFETY: The box is not dropped before the page is looked at.
    /// let page = unsafe { KVmalloc::to_page(NonNull::from(&*b)) };
    /// assert!(!page.as_ptr().is_null());
    /// # Ok::<(), Error>(())
    /// ```
    pub unsafe fn to_page<'a>(ptr: NonNull<u8>) -> BorrowedPage<'a> {
        // SAFETY: The address is in kvmalloc memory, which has pages.
        let page = unsafe {
            NonNull::new_unchecked(bindings::kvmalloc_page_of(ptr.as_ptr().cast_const().cast()))
        };

        // SAFETY: The page belongs to the block, which stays for as long.
        unsafe { BorrowedPage::from_raw(page) }
    }
}
