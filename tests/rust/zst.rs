// SPDX-License-Identifier: GPL-2.0

//! Elements of no size.

use super::*;
use kernel::alloc::kvec::InsertError;

fn zst_never_allocates() -> Verdict {
    Audited::begin(0);
    nothings_dropped();

    let mut v = Vec::<Nothing, Audited>::new();
    check_eq!(v.capacity(), usize::MAX);
    for _ in 0..100 {
        v.push(Nothing, GFP_KERNEL)?;
    }
    v.extend_with(10, Nothing, GFP_KERNEL)?;
    v.reserve(1 << 50, GFP_KERNEL)?;
    v.insert_within_capacity(50, Nothing)?;
    check_eq!(v.len(), 111);
    check_eq!(nothings_dropped(), 0);
    check_eq!(v.spare_capacity_mut().len(), usize::MAX - 111);

    drop(v.pop());
    drop(v.remove(3)?);
    check_eq!(nothings_dropped(), 2);
    v.truncate(100);
    check_eq!(nothings_dropped(), 9);
    let mut n = 0;
    v.retain(|_| {
        n += 1;
        n % 4 != 0
    });
    check_eq!((v.len(), nothings_dropped()), (75, 25));
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.capacity(), usize::MAX);

    drop(v.drain_all().next());
    check_eq!((v.len(), nothings_dropped()), (0, 75));

    v.resize(10, Nothing, GFP_KERNEL)?;
    let mut iter = v.into_iter();
    drop(iter.next());
    check_eq!(nothings_dropped(), 1);
    let v = iter.collect(GFP_KERNEL);
    check_eq!((v.len(), nothings_dropped()), (9, 0));
    let (ptr, len, capacity) = v.into_raw_parts();
    // SAFETY: They are parts of such a vector.
    let v = unsafe { Vec::<Nothing, Audited>::from_raw_parts(ptr, len, capacity) };
    drop(v);
    check_eq!(nothings_dropped(), 9);

    let b = Box::<_, Audited>::new(Nothing, GFP_KERNEL)?;
    let b = Box::drop_contents(b).write(Nothing);
    check_eq!(nothings_dropped(), 1);
    drop(Box::into_inner(b));
    check_eq!(nothings_dropped(), 1);
    let boxed = Box::<_, Audited>::new([Nothing, Nothing], GFP_KERNEL)?;
    drop(Vec::from(boxed));
    check_eq!(nothings_dropped(), 2);

    check_eq!(Audited::requests(), 0);
    Audited::settle()
}

fn zst_with_kernel_allocators() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        nothings_dropped();
        let mut v = Vec::<Nothing, A>::with_capacity(1 << 60, GFP_KERNEL)?;

        v.extend_with(1000, Nothing, GFP_KERNEL)?;
        check_eq!(v.iter().count(), 1000);
        v.shrink_to(10, GFP_KERNEL)?;
        v.truncate(20);
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), usize::MAX);
        drop(v);
        check_eq!(nothings_dropped(), 1000);
        drop(Box::<_, A>::new(Nothing, GFP_KERNEL)?);
        check_eq!(nothings_dropped(), 1);
        Ok(())
    }
    with_kernel_allocators!(test)?;

    let mut v = KVVec::<Nothing>::new();
    v.push(Nothing, GFP_KERNEL)?;
    check_eq!(v.backing(), None);
    Ok(())
}

fn zst_cannot_be_too_many() -> Verdict {
    let mut v = KVVec::<()>::new();

    // SAFETY: There is room, and nothing to initialise.
    unsafe { v.inc_len(usize::MAX - 1) };
    v.push((), GFP_KERNEL)?;
    check_eq!(v.len(), usize::MAX);
    check!(v.push((), GFP_KERNEL).is_err());
    check!(v.push_within_capacity(()).is_err());
    check!(v.reserve(1, GFP_KERNEL).is_err());
    check!(matches!(
        v.insert_within_capacity(0, ()),
        Err(InsertError::OutOfCapacity(()))
    ));
    check!(v.extend_with(1, (), GFP_KERNEL).is_err());
    check_eq!(v.len(), usize::MAX);
    check_eq!(v.pop(), Some(()));
    check_eq!(v.len(), usize::MAX - 1);
    v.truncate(3);
    check_eq!(v, [(), (), ()]);
    Ok(())
}

fn zst_with_an_alignment() -> Verdict {
    #[derive(Clone, Copy)]
    #[repr(align(8192))]
    struct Far;

    let mut v = KVVec::<Far>::new();
    v.extend_with(5, Far, GFP_KERNEL)?;
    check!(is_aligned(v.as_ptr(), 8192));
    check_eq!(v.into_iter().count(), 5);
    let b = KVBox::new(Far, GFP_KERNEL)?;
    check!(is_aligned::<Far>(&*b, 8192));
    Ok(())
}

suite! {
    /// Elements of no size take no memory, and are dropped as all others.
    kvmalloc_rust_zst_cases:
    zst_never_allocates,
    zst_with_kernel_allocators,
    zst_cannot_be_too_many,
    zst_with_an_alignment,
}
