// SPDX-License-Identifier: GPL-2.0

//! What happens without memory: an error, and nothing that is lost.

use super::*;
use core::{
    alloc::Layout,
    mem::size_of,
    ptr::{self, NonNull},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use kernel::alloc::{Flags, NumaNode};

/// Runs a test that is to fail for want of memory, on a vector of tokens 0 to 4 that is full. The
/// vector must be as it was, and what was to go in must be dropped.
fn refused(test: impl for<'a> Fn(&'a Ledger, &mut Vec<Token<'a>, Audited>) -> bool) -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v: Vec<Token<'_>, Audited> = ledger.tokens(5)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());
    check_eq!(capacity, 5);

    Audited::permit(0);
    check!(test(&ledger, &mut v));
    check!(Audited::requests() > 1);
    check_eq!(ledger.dropped() + 5, ledger.born());
    check!(ptr::eq(v.as_ptr(), at));
    check_eq!(v.capacity(), capacity);
    check!(ids(&v, &[0, 1, 2, 3, 4]));

    // And it is of use still.
    Audited::permit(NO_LIMIT);
    v.push(ledger.token(), GFP_KERNEL)?;
    check_eq!(v.len(), 6);
    drop(v);
    ledger.settle()?;
    Audited::settle()
}

fn failure_of_push() -> Verdict {
    refused(|ledger, v| v.push(ledger.token(), GFP_KERNEL).is_err())
}

fn failure_of_reserve() -> Verdict {
    refused(|_, v| v.reserve(1, GFP_KERNEL).is_err())?;
    refused(|_, v| v.reserve(1000, GFP_KERNEL).is_err())
}

fn failure_of_extend() -> Verdict {
    refused(|ledger, v| v.extend_with(3, ledger.token(), GFP_KERNEL).is_err())?;
    refused(|ledger, v| {
        let more = [ledger.token(), ledger.token()];
        v.extend_from_slice(&more, GFP_KERNEL).is_err()
    })?;
    refused(|ledger, v| v.resize(6, ledger.token(), GFP_KERNEL).is_err())
}

fn failure_of_shrink() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v: Vec<Token<'_>, Audited> = ledger.tokens(3)?;
    v.reserve(100, GFP_KERNEL)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());

    Audited::permit(0);
    check!(v.shrink_to(10, GFP_KERNEL).is_err());
    check!(ptr::eq(v.as_ptr(), at));
    check_eq!(v.capacity(), capacity);
    check!(ids(&v, &[0, 1, 2]));

    // Nor has collect() memory for a smaller block, and does without.
    let mut iter = v.into_iter();
    drop(iter.next());
    let v = iter.collect(GFP_KERNEL);
    check!(ids(&v, &[1, 2]));
    check_eq!(v.capacity(), capacity);
    drop(v);
    ledger.settle()?;
    Audited::settle()
}

fn failure_of_constructors() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(0);
    check!(Box::<_, Audited>::new(ledger.token(), GFP_KERNEL).is_err());
    check!(ledger.order_is(&[0]));
    check!(Box::<_, Audited>::pin(ledger.token(), GFP_KERNEL).is_err());
    check!(Box::<u64, Audited>::zeroed(GFP_KERNEL).is_err());
    check!(Box::<u64, Audited>::new_uninit(GFP_KERNEL).is_err());
    check!(Vec::<u64, Audited>::with_capacity(1, GFP_KERNEL).is_err());
    check!(Vec::<u64, Audited>::zeroed(1, GFP_KERNEL).is_err());
    check!(Vec::<_, Audited>::from_elem(ledger.token(), 5, GFP_KERNEL).is_err());
    check_eq!(Audited::requests(), 7);
    ledger.settle()?;
    Audited::settle()
}

fn failure_at_each_allocation() -> Verdict {
    // Each of the allocations below is to be the one that fails.
    with_ever_more_memory(7..100, || {
        let ledger = Ledger::new();
        let life = || -> Result<(), AllocError> {
            let mut v = Vec::<Token<'_>, Audited>::new();

            for _ in 0..20 {
                v.push(ledger.token(), GFP_KERNEL)?;
            }
            v.retain(|t| t.id % 3 != 0);
            v.extend_with(10, ledger.token(), GFP_KERNEL)?;
            let boxed = Box::<_, Audited>::new(ledger.token(), GFP_KERNEL)?;
            v.truncate(9);
            v.shrink_to(0, GFP_KERNEL)?;
            v.resize(12, Box::into_inner(boxed), GFP_KERNEL)?;
            let mut iter = v.into_iter();
            let first = iter.next();
            drop(iter.collect(GFP_KERNEL));
            drop(first);
            Ok(())
        };
        let lived = life().is_ok();

        ledger.settle()?;
        Ok(lived)
    })
}

fn failure_to_double_is_none() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v: Vec<Token<'_>, Audited> = ledger.tokens(50)?;
    // No room for twice as many, but for one more.
    Audited::deny_above(51 * size_of::<Token<'_>>());
    v.push(ledger.token(), GFP_KERNEL)?;
    check_eq!((v.capacity(), Audited::requests()), (51, 3));
    check!(v.push(ledger.token(), GFP_KERNEL).is_err());
    check!(v.iter().map(|t| t.id).eq(0..51));
    drop(v);
    ledger.settle()?;
    Audited::settle()?;

    // What exactly is asked for, in bytes. `Audited` keeps no list of that.
    let mut asked = [0; 4];
    struct Recorder;
    // Rust 1.78 has no inline constants.
    static ASKED: [AtomicUsize; 4] = [
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    ];
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    // SAFETY: It never returns a block.
    unsafe impl Allocator for Recorder {
        const MIN_ALIGN: usize = 8;

        unsafe fn realloc(
            _: Option<NonNull<u8>>,
            layout: Layout,
            _: Layout,
            _: Flags,
            _: NumaNode,
        ) -> Result<NonNull<[u8]>, AllocError> {
            let n = COUNT.load(Relaxed);

            COUNT.store(n + 1, Relaxed);
            if let Some(slot) = ASKED.get(n) {
                slot.store(layout.size(), Relaxed);
            }
            Err(AllocError)
        }
    }

    COUNT.store(0, Relaxed);
    let mut v = Vec::<u64, Recorder>::new();
    check!(v.push(1, GFP_KERNEL).is_err());
    check!(v.reserve(PAGE_SIZE, GFP_KERNEL).is_err());
    check!(v.reserve(PAGE_SIZE + 1, GFP_KERNEL).is_err());
    for (to, from) in asked.iter_mut().zip(&ASKED) {
        *to = from.load(Relaxed);
    }
    // What is needed is asked for if more was refused; if both are the same, once.
    check_eq!(asked, [8, PAGE_SIZE * 8, PAGE_SIZE * 9, PAGE_SIZE * 8 + 8]);
    check_eq!(COUNT.load(Relaxed), 4);
    Ok(())
}

fn failure_by_size() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u64, A>::new();
        v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
        let (at, capacity) = (v.as_ptr(), v.capacity());

        // Above any memory, above isize::MAX bytes, above what can be counted in bytes, and above
        // what can be counted in elements.
        for n in [
            NOT_VMALLOC / 8,
            isize::MAX as usize / 8,
            usize::MAX / 8,
            usize::MAX / 8 + 1,
        ] {
            check!(v.reserve(n, quiet()).is_err());
            check!(v.extend_with(n, 0, quiet()).is_err());
            check!(v.resize(n + 3, 0, quiet()).is_err());
            check!(Vec::<u64, A>::with_capacity(n, quiet()).is_err());
            check!(Vec::<u64, A>::zeroed(n, quiet()).is_err());
            check!(Vec::<u64, A>::from_elem(1, n, quiet()).is_err());
        }
        check!(v.reserve(usize::MAX, quiet()).is_err());
        check!(v.reserve(usize::MAX - 3, quiet()).is_err());
        check!(v.reserve(usize::MAX - 2, quiet()).is_err());
        check!(v.resize(usize::MAX, 0, quiet()).is_err());

        check!(ptr::eq(v.as_ptr(), at));
        check_eq!(v.capacity(), capacity);
        check_eq!(v, [1, 2, 3]);
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn failure_in_vmalloc_memory() -> Verdict {
    let mut v = KVVec::<u8>::from_elem(0x11, NOT_SLAB, GFP_KERNEL)?;

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    check!(v.reserve(i32::MAX as usize, quiet()).is_err());
    check!(v.reserve(NOT_VMALLOC, quiet()).is_err());
    check_eq!(v.len(), NOT_SLAB);
    check!(v.iter().all(|b| *b == 0x11));
    v.push(0x22, GFP_KERNEL)?;
    check_eq!(v[NOT_SLAB], 0x22);

    // Slab has a limit of its own.
    let mut v = KVec::<u8>::from_elem(0x33, 5000, GFP_KERNEL)?;
    check!(v.reserve(NOT_SLAB, quiet()).is_err());
    check_eq!(v.len(), 5000);
    check!(v.iter().all(|b| *b == 0x33));
    Ok(())
}

suite! {
    /// Without memory there is an error, the vector is as it was, and nothing leaks.
    kvmalloc_rust_failure_cases:
    failure_of_push,
    failure_of_reserve,
    failure_of_extend,
    failure_of_shrink,
    failure_of_constructors,
    failure_at_each_allocation,
    failure_to_double_is_none,
    failure_by_size,
    failure_in_vmalloc_memory,
}
