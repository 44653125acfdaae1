// SPDX-License-Identifier: GPL-2.0

//! Values that readers may see while they are replaced.

use super::*;
use core::ptr;
use kernel::{
    alloc::{
        lock_with_room,
        rcu::{read_lock, RcuBox, RcuSlot},
    },
    init::InPlaceInit,
    new_spinlock,
};

fn rcu_readers_keep_what_they_see() -> Verdict {
    let slot = RcuSlot::<Large>::empty();
    check!(slot.replace(Some(RcuBox::zeroed(GFP_KERNEL)?)).is_none());

    let reader = read_lock();
    let seen = slot.read(&reader).map(|large| large.as_ptr());
    let Some(seen) = seen else {
        return Err(Failed(line!()));
    };
    check!(is_area(seen));
    // Where nothing may sleep.
    drop(slot.replace(None));
    check!(slot.read(&reader).is_none());
    check!(is_area(seen));
    // SAFETY: It has been seen by a reader who is still there.
    check_eq!(unsafe { seen.add(NOT_SLAB - 1).read() }, 0);
    drop(reader);

    rcu_barrier();
    check!(!is_area(seen));
    Ok(())
}

fn rcu_slot_hands_out_what_was_there() -> Verdict {
    let slot = RcuSlot::<u64, Kmalloc>::empty();

    for n in 0..100 {
        let old = slot.replace(Some(RcuBox::new(n, GFP_KERNEL)?));
        check_eq!(old.map(|old| *old), n.checked_sub(1));
        check_eq!(slot.read(&read_lock()), Some(&n));
    }
    drop(slot);

    // One that is dropped with something in it frees it.
    let slot = RcuSlot::<Large>::default();
    let large = RcuBox::<Large>::zeroed(GFP_KERNEL)?;
    let at = large.as_ptr();
    slot.replace(Some(large));
    check!(is_area(at));
    drop(slot);
    rcu_barrier();
    check!(!is_area(at));
    Ok(())
}

fn rcu_boxes_are_freed_under_a_spinlock() -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(KVec::<RcuBox<u32>>::new()), GFP_KERNEL)?;
    for n in 0..64 {
        // Outside of the lock, which the call below returns with.
        let element = RcuBox::new(n, GFP_KERNEL)?;
        lock_with_room(|| lock.lock(), 1, GFP_KERNEL)?.push_within_capacity(element)?;
    }
    let large = RcuBox::<Large>::zeroed(GFP_KERNEL)?;
    let at = large.as_ptr();
    {
        let mut boxes = lock.lock();
        check!(boxes.iter().map(|b| **b).eq(0..64));
        boxes.clear();
        drop(large);
    }
    rcu_barrier();
    check!(!is_area(at));
    Ok(())
}

fn rcu_of_any_alignment_and_size() -> Verdict {
    #[derive(PartialEq, Debug)]
    #[repr(align(256))]
    struct Far(u8);

    let far = RcuBox::<Far>::new(Far(3), GFP_KERNEL)?;
    check_eq!(ptr::from_ref::<Far>(&far) as usize % 256, 0);
    check_eq!(*far, Far(3));
    let nothing = RcuBox::<()>::new((), GFP_KERNEL)?;
    check_eq!(*nothing, ());
    let area = RcuBox::<_, Vmalloc>::new(1u8, GFP_KERNEL)?;
    let at: *const u8 = &*area;
    check!(is_area(at));
    drop((far, nothing, area));
    rcu_barrier();
    check!(!is_area(at));
    Ok(())
}

fn rcu_without_a_head() -> Verdict {
    let b = KVBox::<Large>::zeroed(GFP_KERNEL)?;
    let of_box = b.as_ptr();
    Box::kvfree_rcu_mightsleep(b);
    let v = KVVec::from_elem(1u8, NOT_SLAB, GFP_KERNEL)?;
    let of_vec = v.as_ptr();
    v.kvfree_rcu_mightsleep();
    Box::kvfree_rcu_mightsleep(KBox::new(1, GFP_KERNEL)?);
    Box::kvfree_rcu_mightsleep(VBox::new(1, GFP_KERNEL)?);
    Box::kvfree_rcu_mightsleep(KVBox::new((), GFP_KERNEL)?);
    KVVec::<u8>::new().kvfree_rcu_mightsleep();
    KVVec::from_elem((), 5, GFP_KERNEL)?.kvfree_rcu_mightsleep();
    rcu_barrier();
    check!(!is_area(of_box));
    check!(!is_area(of_vec));
    Ok(())
}

suite! {
    /// What readers may see is freed after they have gone, once.
    kvmalloc_rust_rcu_cases:
    rcu_readers_keep_what_they_see,
    rcu_slot_hands_out_what_was_there,
    rcu_boxes_are_freed_under_a_spinlock,
    rcu_of_any_alignment_and_size,
    rcu_without_a_head,
}
