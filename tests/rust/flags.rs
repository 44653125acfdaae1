// SPDX-License-Identifier: GPL-2.0

//! Flags that cannot work, and those that can.

use super::{place::Animal, *};
use core::cell::Cell;
use kernel::{
    alloc::Flags, init::InPlaceInit, kbox, kvbox, kvec, kvvec, new_spinlock, sync::SpinLock, vbox,
    vvec,
};

/// This kernel's vmalloc() takes requests that may not sleep.
const NONBLOCK: bool = cfg!(CONFIG_KVMALLOC_VMALLOC_NONBLOCK);

fn high_memory_for_slab() -> Verdict {
    // C would warn, which fails the run.
    for high in [GFP_KERNEL | __GFP_HIGHMEM, GFP_ATOMIC | __GFP_HIGHMEM] {
        check!(KBox::new(1, high).is_err());
        check!(KVBox::new(1, high).is_err());
        check!(KVec::<u8>::with_capacity(2 * PAGE_SIZE, high).is_err());
        check!(KVVec::<u8>::with_capacity(NOT_SLAB, high).is_err());
        check!(KVVec::<u8>::with_growth_limit(NOT_SLAB, high).is_err());

        let mut v = KVec::from_elem(1, 4, GFP_KERNEL)?;
        check!(v.reserve(1000, high).is_err());
        check_eq!(v, [1, 1, 1, 1]);
    }
    check_eq!(*VBox::new(1, GFP_KERNEL | __GFP_HIGHMEM)?, 1);
    Ok(())
}

fn to_succeed_always_takes_to_wait() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for flags in [GFP_ATOMIC | __GFP_NOFAIL, GFP_NOWAIT | __GFP_NOFAIL] {
            check!(Box::<_, A>::new(1, flags).is_err());
            check!(Vec::<u8, A>::with_capacity(5 * PAGE_SIZE, flags).is_err());
        }
        check!(Box::<_, A>::new(1, GFP_KERNEL | __GFP_NOFAIL).is_ok());
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn while_a_spinlock_is_held() -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(0), GFP_KERNEL)?;
    let lock: &SpinLock<i32> = &lock;

    for flags in [GFP_ATOMIC, GFP_NOWAIT] {
        // What was there before: its pages are there to be used.
        let mut mine = VVec::from_elem(1u8, PAGE_SIZE, GFP_KERNEL)?;
        let mut full = VVec::with_capacity(10, GFP_KERNEL)?;
        full.extend_with(10, 1u8, GFP_KERNEL)?;
        // What is left of an area: a few bytes, and more than a page.
        let mut few = KVVec::from_elem(2u8, NOT_SLAB, GFP_KERNEL)?.into_iter();
        let mut many = VVec::from_elem(3u8, 8 * PAGE_SIZE, GFP_KERNEL)?.into_iter();
        check!(few.nth(NOT_SLAB - 8) == Some(2) && many.nth(4 * PAGE_SIZE) == Some(3));

        let guard = lock.lock();
        // A kernel that watches would warn if one of these slept.
        let slab = KBox::new(1, flags);
        let either = KVBox::new(1, flags);
        let area = VBox::new(1, flags);
        let large = KVVec::<u8>::with_capacity(NOT_SLAB, flags | __GFP_NOWARN);
        let grown = mine.reserve(1, flags | __GFP_NOWARN);
        let in_place = full.reserve(10, flags);
        let (few, many) = (few.collect(flags), many.collect(flags));
        drop(guard);

        check!(slab.is_ok() && either.is_ok());
        check_eq!(area.is_ok(), NONBLOCK);
        check_eq!(grown.is_ok(), NONBLOCK);
        check_eq!(large.is_ok(), NONBLOCK);
        check!(in_place.is_ok());
        check_eq!(few, [2; 7]);
        check!(many.len() == 4 * PAGE_SIZE - 1 && many.iter().all(|n| *n == 3));
        check!(mine.len() == PAGE_SIZE && mine.iter().all(|n| *n == 1));

        full.truncate(1);
        check!(full.shrink_to(0, flags).is_ok());
        check_eq!(full, [1]);
    }
    Ok(())
}

const _: () = {
    assert!(GFP_ATOMIC.for_allocator::<Kmalloc>().is_ok());
    assert!(GFP_ATOMIC.for_allocator::<Vmalloc>().is_ok() == NONBLOCK);
    assert!(GFP_ATOMIC.for_allocator::<KVmalloc>().is_ok() == NONBLOCK);
    assert!(GFP_ATOMIC.are_refused_by::<Vmalloc>() != NONBLOCK);
    // Slab may serve it.
    assert!(!GFP_ATOMIC.are_refused_by::<KVmalloc>());
    assert!(GFP_NOIO
        .with(__GFP_NOFAIL)
        .for_allocator::<KVmalloc>()
        .is_ok());
    assert!(GFP_NOWAIT.with(__GFP_NOFAIL).are_refused_by::<Kmalloc>());
    assert!(GFP_ATOMIC.for_size::<KVmalloc>(PAGE_SIZE).is_ok());
    assert!(GFP_ATOMIC.for_size::<KVmalloc>(PAGE_SIZE + 1).is_ok() == NONBLOCK);
    assert!(GFP_ATOMIC.for_size::<Vmalloc>(1).is_ok() == NONBLOCK);
    // Modifiers alone do not say what the context allows.
    assert!(__GFP_NOWARN.for_size::<Kmalloc>(1).is_err());
    assert!(__GFP_ZERO
        .with(__GFP_ACCOUNT)
        .for_size::<Kmalloc>(1)
        .is_err());
    assert!(GFP_NOWAIT.for_size::<Kmalloc>(1).is_ok());
    // Flags that contradict each other.
    assert!(GFP_KERNEL
        .with(__GFP_NOFAIL)
        .with(__GFP_NORETRY)
        .for_size::<Kmalloc>(1)
        .is_err());
    assert!(GFP_KERNEL
        .with(__GFP_NOFAIL)
        .with(__GFP_RETRY_MAYFAIL)
        .for_size::<Kmalloc>(1)
        .is_err());
    // An allocator that says nothing refuses nothing but nonsense.
    assert!(GFP_ATOMIC
        .with(__GFP_HIGHMEM)
        .for_allocator::<Audited>()
        .is_ok());
    assert!(GFP_NOWAIT
        .with(__GFP_NOFAIL)
        .for_allocator::<Audited>()
        .is_err());
};

fn flags_asked() -> Verdict {
    check!(GFP_KERNEL.may_sleep() && GFP_NOFS.may_sleep() && GFP_NOIO.may_sleep());
    check!(!GFP_ATOMIC.may_sleep() && !GFP_NOWAIT.may_sleep());
    check!(!(GFP_KERNEL & !__GFP_DIRECT_RECLAIM).may_sleep());
    check_eq!(GFP_NOIO.with(__GFP_ZERO), GFP_NOIO | __GFP_ZERO);
    Ok(())
}

fn macros_with_flags() -> Verdict {
    const FLAGS: Flags = GFP_NOFS.with(__GFP_NOWARN);

    let once = Cell::new(0);
    let count = || {
        once.set(once.get() + 1);
        once.get()
    };
    check_eq!(*kbox!(count())?, 1);
    check_eq!(*vbox!(count(), GFP_NOIO)?, 2);
    check_eq!(*kvbox!(count(), FLAGS | __GFP_ACCOUNT,)?, 3);
    check_eq!(kvec![count(), count() => GFP_ATOMIC]?, [4, 5]);
    check_eq!(vvec![count(); 3 => FLAGS]?, [6, 6, 6]);
    check_eq!(
        kvvec![count(), 8, => GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY]?,
        [7, 8]
    );
    check_eq!(kvvec![count(), 9]?, [8, 9]);
    check!(kvec![0u8; NOT_SLAB => FLAGS].is_err());
    // Slab serves up to a page on every kernel, whatever this kernel's vmalloc() can do.
    check_eq!(*kvbox!(7u64, GFP_ATOMIC)?, 7);
    check_eq!(kvbox!([1u8; PAGE_SIZE], GFP_ATOMIC)?.len(), PAGE_SIZE);
    check_eq!(kvvec![1u8, 2 => GFP_NOWAIT | __GFP_NOWARN]?, [1, 2]);
    check_eq!(kvvec![1u8; 8 => GFP_ATOMIC]?, [1; 8]);
    let b: KBox<dyn Animal> = kbox!(Nothing)?;
    check_eq!(b.legs(), 0);
    Ok(())
}

suite! {
    /// Flags that cannot work are an error, and those that can are not.
    kvmalloc_rust_flags_cases:
    high_memory_for_slab,
    to_succeed_always_takes_to_wait,
    while_a_spinlock_is_held,
    flags_asked,
    macros_with_flags,
}
