// SPDX-License-Identifier: GPL-2.0

//! Memory is as aligned as its type or layout demands, above a page too.

use super::*;
use core::{
    alloc::Layout,
    mem::{align_of, size_of},
    ptr,
};
use kernel::alloc::{
    NonBlocking,
    NumaNode,
    Sensitive, //
};

/// As many bytes as its alignment. Larger than the stack, so never to be had as a value.
macro_rules! aligned_types {
    ($($name:ident = $align:literal;)*) => {$(
        #[repr(C, align($align))]
        pub(crate) struct $name(pub(crate) [u8; $align]);
    )*};
}

aligned_types! {
    Pages1 = 4096;
    Pages2 = 8192;
    Pages4 = 16384;
    Pages16 = 65536;
}

fn align_of_layouts_above_a_page() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for pages in [2, 4, 16, 64] {
            let align = pages * PAGE_SIZE;

            // A byte with such an alignment, one such unit, and several.
            for size in [1, align, 3 * align] {
                let layout = Layout::from_size_align(size, align)?;
                let block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

                // SAFETY: There are `size` bytes, given up afterwards.
                unsafe {
                    fill(block, size);
                    let kept = filled(block, size);
                    A::free(block, layout);
                    check!(kept);
                }
                check!(is_aligned(block.as_ptr(), align));
            }
        }
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn align_kept_by_realloc() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let align = 4 * PAGE_SIZE;
        let mut layout = Layout::from_size_align(align, align)?;
        let mut block = A::alloc(layout, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

        for units in [2, 3, 8, 5, 16, 1] {
            let next = Layout::from_size_align(units * align, align)?;
            // SAFETY: The block was made for `layout`, and is replaced by the new one.
            unsafe {
                fill(block, layout.size());
                let new = A::realloc(Some(block), next, layout, GFP_KERNEL, NumaNode::NO_NODE)?;
                block = new.cast();
                check!(filled(block, layout.size().min(next.size())));
            }
            check!(is_aligned(block.as_ptr(), align));
            layout = next;
        }
        // SAFETY: As it was last reallocated.
        unsafe { A::free(block, layout) };
        Ok(())
    }
    with_kernel_allocators!(test)
}

/// Upstream's contract allows it, so code that is written for it may rely on it.
fn realloc_raises_the_alignment() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let page = PAGE_SIZE;

        for (old, new) in [
            // To a larger size, to the same one, and to a smaller one.
            ((100, 1), (200, 256)),
            ((96, 8), (90, 64)),
            ((100, 4), (40, 512)),
            ((3 * page, 8), (5 * page, page)),
            ((3 * page, 8), (3 * page, 4 * page)),
            ((5 * page, page), (2 * page, 2 * page)),
            ((20 * page, 1), (21 * page, 16 * page)),
        ] {
            let (old, new) = (
                Layout::from_size_align(old.0, old.1)?,
                Layout::from_size_align(new.0, new.1)?,
            );
            let block = A::alloc(old, GFP_KERNEL, NumaNode::NO_NODE)?.cast::<u8>();

            // SAFETY: The block has `old.size()` bytes.
            unsafe { fill(block, old.size()) };
            // SAFETY: The block was allocated for `old`, and is replaced by the new one.
            let moved = unsafe { A::realloc(Some(block), new, old, GFP_KERNEL, NumaNode::NO_NODE) };
            let Ok(moved) = moved else {
                // SAFETY: The block is as it was.
                unsafe { A::free(block, old) };
                return Err(Failed(line!()));
            };
            let moved = moved.cast::<u8>();
            // SAFETY: So many bytes were copied.
            let is_kept = unsafe { filled(moved, old.size().min(new.size())) };
            // SAFETY: The block was last reallocated for `new`.
            unsafe { A::free(moved, new) };
            check!(is_kept && is_aligned(moved.as_ptr(), new.align()));
        }
        Ok(())
    }

    with_kernel_allocators!(test)?;
    test::<Sensitive<KVmalloc>>()?;
    test::<NonBlocking<KVmalloc>>()?;
    test::<NonBlocking<Vmalloc>>()
}

/// A `T` is all bytes, and as large as its alignment.
fn one_aligned<T, A: Allocator>() -> Verdict {
    check_eq!(size_of::<T>(), align_of::<T>());

    let mut b = Box::<T, A>::new_uninit(GFP_KERNEL)?;
    check!(is_aligned(b.as_ptr(), align_of::<T>()));
    let last = b.as_mut_ptr().cast::<u8>().wrapping_add(size_of::<T>() - 1);
    // SAFETY: It is the last byte of the box.
    unsafe { last.write(1) };

    let mut v = Vec::<T, A>::new();
    for i in 0..5 {
        v.reserve(1, GFP_KERNEL)?;
        check!(is_aligned(v.as_ptr(), align_of::<T>()));
        // SAFETY: There is room for one, and any bytes are a `T`.
        unsafe {
            v.spare_capacity_mut()[0]
                .as_mut_ptr()
                .cast::<u8>()
                .write_bytes(i, size_of::<T>());
            v.inc_len(1);
        }
    }
    v.shrink_to(0, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), align_of::<T>()));
    check_eq!(v.len(), 5);
    for (i, element) in v.iter().enumerate() {
        let first = ptr::from_ref(element).cast::<u8>();

        check!(is_aligned(first, align_of::<T>()));
        // SAFETY: They are the bytes of an element.
        check!((0..size_of::<T>()).all(|k| unsafe { first.add(k).read() } == i as u8));
    }
    Ok(())
}

fn align_of_values_above_a_page() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        one_aligned::<Pages1, A>()?;
        one_aligned::<Pages2, A>()?;
        one_aligned::<Pages4, A>()?;
        one_aligned::<Pages16, A>()
    }
    with_kernel_allocators!(test)
}

fn align_of_vmalloc_backed_values() -> Verdict {
    let units = NOT_SLAB / size_of::<Pages16>() + 1;
    let mut v = KVVec::<Pages16>::with_capacity(units, GFP_KERNEL)?;

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    check!(is_aligned(v.as_ptr(), 65536));
    // Grown and shrunk it has to be aligned as well.
    v.reserve(units + 1, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), 65536));
    v.shrink_to(units / 2, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), 65536));
    check_eq!(v.capacity(), units / 2);
    Ok(())
}

suite! {
    /// Memory is as aligned as its type or layout demands, above a page too.
    kvmalloc_rust_align_cases:
    align_of_layouts_above_a_page,
    align_kept_by_realloc,
    realloc_raises_the_alignment,
    align_of_values_above_a_page,
    align_of_vmalloc_backed_values,
}
