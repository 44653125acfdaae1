// SPDX-License-Identifier: GPL-2.0

//! Vectors on both sides of the border between slab and vmalloc.

use super::*;
use core::ptr;
use kernel::bindings;

fn border_told_by_backing() -> Verdict {
    let mut v = KVVec::<u8>::new();
    check_eq!(v.backing(), None);

    for size in [1, 100, PAGE_SIZE] {
        let v = KVVec::<u8>::with_capacity(size, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Slab));
    }
    for size in [NOT_SLAB, 2 * NOT_SLAB] {
        let v = KVVec::<u8>::with_capacity(size, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Vmalloc));
        // SAFETY: The address is compared, and not followed.
        check!(unsafe { bindings::kvmalloc_is_vmalloc(v.as_ptr().cast()) });
    }

    v.push(1, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    v.reserve(NOT_SLAB, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    v.clear();
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.backing(), None);
    Ok(())
}

fn border_crossed_up_and_down() -> Verdict {
    let mut v = KVVec::<u32>::new();
    let count = NOT_SLAB / 4 + 1000;

    for i in 0..count {
        v.push(i as u32, GFP_KERNEL)?;
    }
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    check!(v.iter().copied().eq(0..count as u32));

    // Half of it, a page of it, less than a page, back up, and so on.
    for left in [count / 2, PAGE_SIZE / 4 + 1, PAGE_SIZE / 4, 10] {
        v.truncate(left);
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), left);
        check!(v.iter().copied().eq(0..left as u32));
        if left * 4 <= PAGE_SIZE {
            check_eq!(v.backing(), Some(Backing::Slab));
        }
    }
    for round in 0..3 {
        v.reserve(NOT_SLAB / 4, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Vmalloc));
        check!(v.iter().copied().eq(0..10 + round));
        v.push(10 + round, GFP_KERNEL)?;
        v.shrink_to(20, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Slab));
        check!(v.iter().copied().eq(0..11 + round));
    }
    Ok(())
}

fn border_crossed_by_collect() -> Verdict {
    let count = NOT_SLAB / 8 + 10;
    let mut iter = numbers::<KVmalloc>(count)?.into_iter();

    check_eq!(iter.nth(count - 4), Some(count - 4));
    let v = iter.collect(GFP_KERNEL);
    check_eq!(v, [count - 3, count - 2, count - 1]);
    check_eq!(v.backing(), Some(Backing::Slab));
    check_eq!(v.capacity(), 3);
    Ok(())
}

fn border_zeroed_on_both_sides() -> Verdict {
    for size in [64, PAGE_SIZE, NOT_SLAB] {
        for _ in 0..2 {
            let mut v = KVVec::<u8>::zeroed(size, GFP_KERNEL)?;

            check_eq!(v.len(), size);
            check!(v.iter().all(|b| *b == 0));
            v.fill(0xee);
        }
    }
    Ok(())
}

fn border_shrink_frees_pages() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u8, A>::from_elem(0x77, 4 * NOT_SLAB, GFP_KERNEL)?;
        let before = footprint(v.as_ptr());
        check!(before >= 4 * NOT_SLAB);

        v.truncate(NOT_SLAB + 100);
        v.shrink_to(0, GFP_KERNEL)?;
        let after = footprint(v.as_ptr());
        check!(after >= v.len());
        // Huge pages, if there are any, may leave some waste at the end.
        check!(after <= before / 2);
        check!(v.iter().all(|b| *b == 0x77));

        // Another copy would gain nothing, so there is none.
        let at = v.as_ptr();
        v.truncate(NOT_SLAB + 50);
        v.shrink_to(0, GFP_KERNEL)?;
        check!(ptr::eq(v.as_ptr(), at));
        check_eq!(footprint(at), after);
        Ok(())
    }
    test::<Vmalloc>()?;
    test::<KVmalloc>()
}

/// A vector in an area that slab could have served.
///
/// Such are a matter of luck with kvmalloc(), so make one with vmalloc(): it does not differ, and
/// kvfree() takes it.
fn small_area<T>(capacity: usize) -> Result<KVVec<T>, Failed> {
    let (ptr, len, capacity) = VVec::with_capacity(capacity, GFP_KERNEL)?.into_raw_parts();
    // SAFETY: The parts fit together, and to C this is memory like any from kvmalloc().
    let v = unsafe { KVVec::from_raw_parts(ptr, len, capacity) };

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    Ok(v)
}

fn border_shrink_never_takes_more() -> Verdict {
    // Pages before and after. Slab would take a power of two pages: 64 for the 33.
    for (before, after) in [
        (40, 33),
        (40, 39),
        (40, 32),
        (40, 17),
        (40, 4),
        (40, 2),
        (1000, 513),
        (1000, 512),
        (1024, 1023),
        (1024, 600),
        (3, 2),
    ] {
        let mut v = small_area::<u8>(before * PAGE_SIZE)?;
        v.extend_with(after * PAGE_SIZE, 0x77, GFP_KERNEL)?;
        let full = footprint(v.as_ptr());
        check_eq!(full, before * PAGE_SIZE);

        v.shrink_to(0, GFP_KERNEL)?;
        let left = footprint(v.as_ptr());
        check_eq!(v.capacity(), after * PAGE_SIZE);
        check!(v.iter().all(|b| *b == 0x77));
        check!(left >= v.len());
        check!(left <= full);
        // What even slab has smaller is never kept.
        let slab = after.next_power_of_two() * PAGE_SIZE;
        check!(left <= slab);
        if slab < full {
            check!(left < full);
        }
    }
    Ok(())
}

fn border_back_to_slab_from_a_small_area() -> Verdict {
    let mut v = small_area::<u32>(3 * PAGE_SIZE / 4)?;
    v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;

    v.shrink_to(PAGE_SIZE / 4, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    check_eq!(v, [1, 2, 3]);
    Ok(())
}

suite! {
    /// A vector crosses the border between slab and vmalloc with its contents, and knows its side.
    kvmalloc_rust_border_cases:
    border_told_by_backing,
    border_crossed_up_and_down,
    border_crossed_by_collect,
    border_zeroed_on_both_sides,
    border_shrink_frees_pages,
    border_shrink_never_takes_more,
    border_back_to_slab_from_a_small_area,
}
