// SPDX-License-Identifier: GPL-2.0

//! Memory as the pages that it is made of.

use super::*;
use kernel::{
    alloc::{
        pages::{
            AsPieces,
            SgTable, //
        },
        KvFree, //
    },
    error::code::EINVAL,
};

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
use core::{
    alloc::Layout,
    ptr::NonNull, //
};
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
use kernel::alloc::{
    pages::WholePages,
    NumaNode, //
};

fn pages_are_those_of_the_memory() -> Verdict {
    fn test<A: KvFree>() -> Verdict {
        for len in [
            1,
            100,
            PAGE_SIZE - 1,
            PAGE_SIZE,
            PAGE_SIZE + 1,
            5 * PAGE_SIZE + 7,
        ] {
            let v = patterned::<A>(len)?;
            let mut seen = KVVec::from_elem(0u8, len, GFP_KERNEL)?;
            let (mut at, mut count) = (0, 0);

            check_eq!(v.pages().len(), v.pages().count());
            for piece in v.pages() {
                check!(piece.len() > 0 && piece.offset() + piece.len() <= PAGE_SIZE);
                check!(at + piece.len() <= len);
                let to = seen[at..].as_mut_ptr();
                // SAFETY: There is room for the piece, and nobody changes the vector.
                unsafe { piece.page().read_raw(to, piece.offset(), piece.len())? };
                at += piece.len();
                count += 1;
            }
            check_eq!(at, len);
            check!(is_patterned(&seen));
            check!(count <= len.div_ceil(PAGE_SIZE) + 1);

            // The pieces are the pages, joined.
            let mut pages = v.pages();
            for piece in v.pieces() {
                let mut left = piece.len();
                while left > 0 {
                    let Some(page) = pages.next() else {
                        return Err(Failed(line!()));
                    };
                    if left == piece.len() {
                        check_eq!(page.page().as_ptr(), piece.page().as_ptr());
                        check_eq!(page.offset(), piece.offset());
                    }
                    check!(page.len() <= left);
                    left -= page.len();
                }
            }
            check!(pages.next().is_none());
        }
        let none = Vec::<u8, A>::new();
        check!(none.pages().next().is_none() && none.pieces().next().is_none());
        Ok(())
    }

    with_kernel_allocators!(test)
}

fn pages_of_slab_are_one_piece() -> Verdict {
    for len in [1, 3000, 4 * PAGE_SIZE] {
        check_eq!(patterned::<Kmalloc>(len)?.pieces().count(), 1);
    }
    let large = KVBox::<[u8; NOT_SLAB]>::zeroed(GFP_KERNEL)?;
    let bytes: usize = large.pieces().map(|piece| piece.len()).sum();
    check_eq!(bytes, NOT_SLAB);
    check_eq!(large.pages().len(), NOT_SLAB.div_ceil(PAGE_SIZE));
    check_eq!(KVBox::new((), GFP_KERNEL)?.pieces().count(), 0);
    Ok(())
}

fn pages_are_written_to() -> Verdict {
    let v = patterned::<KVmalloc>(NOT_SLAB)?;

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    for piece in v.pages() {
        let byte = 0xabu8;
        // SAFETY: The byte is the vector's, and nobody looks at it meanwhile.
        unsafe { piece.page().fill_zero_raw(piece.offset(), piece.len())? };
        // SAFETY: Likewise.
        unsafe { piece.page().write_raw(&byte, piece.offset(), 1)? };
        // SAFETY: These are refused.
        check!(unsafe { piece.page().fill_zero_raw(1, PAGE_SIZE) }.is_err());
        // SAFETY: Likewise.
        check!(unsafe { piece.page().write_raw(&byte, PAGE_SIZE, 1) }.is_err());
    }
    for (at, byte) in v.iter().enumerate() {
        check_eq!(*byte, if at % PAGE_SIZE == 0 { 0xab } else { 0 });
    }
    Ok(())
}

fn pages_in_a_scatterlist() -> Verdict {
    fn test<A: KvFree>(len: usize) -> Verdict {
        let v = patterned::<A>(len)?;
        let mut should = KVVec::new();
        for piece in v.pieces() {
            should.push(
                (piece.page().as_ptr(), piece.offset(), piece.len()),
                GFP_KERNEL,
            )?;
        }

        let mut sg = SgTable::new(v, GFP_KERNEL)?;
        let is = sg
            .entries()
            .map(|p| (p.page().as_ptr(), p.offset(), p.len()));
        check!(is.eq(should.iter().copied()));
        let raw = sg.as_raw();
        // SAFETY: It is the table that has just been made.
        check_eq!(unsafe { (*raw).orig_nents } as usize, should.len());
        // SAFETY: Likewise.
        check_eq!(unsafe { (*raw).nents } as usize, should.len());
        let v = sg.into_inner();
        check!(is_patterned(&v));

        // Borrowed, and given back by being dropped.
        let mut v = v;
        drop(SgTable::new(&mut v, GFP_KERNEL)?);
        check!(is_patterned(&v));
        // Dropped with the table.
        drop(SgTable::new(v, GFP_KERNEL)?);
        Ok(())
    }

    for len in [1, 1000, 3 * PAGE_SIZE + 1] {
        test::<Kmalloc>(len)?;
        test::<Vmalloc>(len)?;
        test::<KVmalloc>(len)?;
    }
    // More entries than one page of a table has.
    test::<KVmalloc>(NOT_SLAB)?;
    test::<Vmalloc>(NOT_SLAB)?;

    let none = SgTable::new(KVVec::<u8>::new(), GFP_KERNEL);
    check_eq!(none.err(), Some(EINVAL));
    let none = SgTable::new(KVBox::new((), GFP_KERNEL)?, GFP_KERNEL);
    check_eq!(none.err(), Some(EINVAL));
    Ok(())
}

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
fn pages_that_are_whole() -> Verdict {
    for (len, is_whole) in [
        (PAGE_SIZE, true),
        (4 * PAGE_SIZE, true),
        (3 * PAGE_SIZE, true),
        // The rest of the last page is not the vector's in slab memory.
        (5000, false),
        (10_000, false),
        (4 * PAGE_SIZE - 1, false),
        // It is in an area.
        (NOT_SLAB, true),
    ] {
        let v = patterned::<KVmalloc>(len)?;
        check_eq!(v.capacity(), len);
        let whole = WholePages::new(v);
        check_eq!(whole.is_ok(), is_whole);
        let Ok(whole) = whole else {
            continue;
        };
        let mut whole = whole_pages_are_iterated(whole, len)?;
        for page in kernel::page::AsPageIter::page_iter(&mut whole) {
            // KASAN and slab's red zones notice if this writes beyond the object.
            // SAFETY: Nobody else uses the page.
            unsafe { page.fill_zero_raw(0, PAGE_SIZE)? };
        }
        let v = whole.into_inner();
        check!(v.len() == len && v.iter().all(|byte| *byte == 0));
    }
    // An object of 64 bytes may begin where a page does, but it shares that: a slab is filled.
    let mut small = KVec::new();
    for _ in 0..=PAGE_SIZE / 64 {
        small.push(patterned::<KVmalloc>(64)?, GFP_KERNEL)?;
    }
    check!(small.into_iter().all(|v| WholePages::new(v).is_err()));
    check!(WholePages::new(KVVec::<u8>::new()).is_err());
    Ok(())
}

/// Slab shrinks an object in place. KASAN's red zone and slab's then begin inside of it, after the
/// last byte of the vector.
#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
fn pages_that_are_whole_after_shrinking() -> Verdict {
    for (len, is_whole) in [
        (2 * PAGE_SIZE, true),
        (2 * PAGE_SIZE - 1, false),
        (PAGE_SIZE + 100, false),
    ] {
        let (ptr, _, capacity) = patterned::<KVmalloc>(4 * PAGE_SIZE)?.into_raw_parts();
        let (old, new) = (Layout::array::<u8>(capacity)?, Layout::array::<u8>(len)?);
        // SAFETY: The block is one for `old`, and only the new one is used from here on.
        let block = unsafe {
            KVmalloc::realloc(NonNull::new(ptr), new, old, GFP_KERNEL, NumaNode::NO_NODE)?
        };
        // SAFETY: The block is one for `len` bytes, which realloc() has kept.
        let v = unsafe { KVVec::<u8>::from_raw_parts(block.cast().as_ptr(), len, len) };
        check!(core::ptr::eq(v.as_ptr(), ptr) && v.backing() == Some(Backing::Slab));

        let whole = WholePages::new(v);
        check_eq!(whole.is_ok(), is_whole);
        if let Ok(whole) = whole {
            let mut whole = whole_pages_are_iterated(whole, len)?;
            check_eq!(kernel::page::AsPageIter::page_iter(&mut whole).count(), 2);
            for page in kernel::page::AsPageIter::page_iter(&mut whole) {
                // SAFETY: Nobody else uses the page.
                unsafe { page.fill_zero_raw(0, PAGE_SIZE)? };
            }
            check!(whole.into_inner().iter().all(|byte| *byte == 0));
        }
    }

    // Whole pages are counted in bytes, not in elements.
    for (count, is_whole) in [
        (PAGE_SIZE, true),
        (PAGE_SIZE + 1, false),
        (PAGE_SIZE / 3, false),
    ] {
        let v = KVVec::<[u8; 3]>::with_capacity(count, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Slab));
        check_eq!(WholePages::new(v).is_ok(), is_whole);
    }
    Ok(())
}

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
fn whole_pages_are_iterated(
    mut whole: WholePages<u8>,
    len: usize,
) -> Result<WholePages<u8>, Failed> {
    use kernel::{alloc::allocator::VmallocPageIter, page::AsPageIter};

    /// What `SGTable::new` demands.
    fn for_a_device<P>(_: &P)
    where
        for<'a> P: AsPageIter<Iter<'a> = VmallocPageIter<'a>> + 'static,
    {
    }

    for_a_device(&whole);
    check!(whole.page_iter().size() >= len);
    let mut at = 0;
    for page in whole.page_iter().take(len.div_ceil(PAGE_SIZE)) {
        let mut byte = 0;
        // SAFETY: There is room for one byte, and nobody changes the page.
        unsafe { page.read_raw(&mut byte, 0, 1)? };
        check_eq!(byte, pattern(at));
        at += PAGE_SIZE;
    }
    Ok(whole)
}

suite! {
    /// The pages and pieces are those of the memory, whatever it is made of.
    kvmalloc_rust_pages_cases:
    pages_are_those_of_the_memory,
    pages_of_slab_are_one_piece,
    pages_are_written_to,
    pages_in_a_scatterlist,
    #[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
    pages_that_are_whole,
    #[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
    pages_that_are_whole_after_shrinking,
}
