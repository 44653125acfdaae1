// SPDX-License-Identifier: GPL-2.0

//! Vectors that grow under a lock.

use super::*;
use core::{
    ops::{Deref, DerefMut},
    ptr,
};
use kernel::{
    alloc::{lock_with_room, lock_with_room_in, Spare},
    init::InPlaceInit,
    new_spinlock,
};

/// What a lock would give out: allocates no memory itself, and tells [`Audited`] that it is held.
struct Held<'a, T>(&'a mut T);

impl<'a, T> Held<'a, T> {
    fn new(value: &'a mut T) -> Self {
        Audited::set_locked(true);
        Self(value)
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        Audited::set_locked(false);
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

fn spare_takes_the_elements_over() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();
        let mut v = Vec::<Token<'_>, A>::new();
        for token in ledger.stream(10) {
            v.push(token, GFP_KERNEL)?;
        }
        let before = (v.as_ptr(), v.capacity());

        let mut spare = Spare::with_capacity(before.1 + 1, GFP_KERNEL)?;
        let room = spare.capacity();
        check!(v.grow_into(&mut spare));
        check!(v.as_ptr() != before.0);
        check_eq!(v.capacity(), room);
        check_eq!(spare.capacity(), before.1);
        check_eq!(ledger.dropped(), 0);
        drop(spare);
        check_eq!(ledger.dropped(), 0);
        check!(ids(&v, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        drop(v);
        check_eq!(ledger.dropped(), 10);
        ledger.settle()
    }

    with_kernel_allocators!(test)
}

fn spare_that_is_not_larger_is_refused() -> Verdict {
    let mut v = KVVec::from_elem(3u32, 100, GFP_KERNEL)?;
    let at = v.as_ptr();

    for room in [0, 1, 99, v.capacity()] {
        let mut spare = Spare::with_capacity(room, GFP_KERNEL)?;
        check!(!v.grow_into(&mut spare));
        check_eq!(spare.capacity(), room);
    }
    check!(!v.grow_into(&mut Spare::none()));
    check_eq!(v.as_ptr(), at);
    check_eq!(v.len(), 100);

    let mut nothing = KVVec::from_elem((), 3, GFP_KERNEL)?;
    check!(!nothing.grow_into(&mut Spare::with_capacity(10, GFP_KERNEL)?));
    check_eq!(nothing.len(), 3);
    Ok(())
}

fn spare_is_large_enough() -> Verdict {
    for (len, more) in [(0, 0), (0, 1), (100, 1), (1, 100), (5000, 5000)] {
        check!(Spare::<u64, KVmalloc>::for_vec(len, more, GFP_KERNEL)?.capacity() >= len + more);
        check!(Spare::<(), KVmalloc>::for_vec(len, more, GFP_KERNEL)?.capacity() >= len + more);
    }
    check!(Spare::<u64, KVmalloc>::for_vec(usize::MAX, 1, GFP_KERNEL).is_err());
    check!(Spare::<u64, KVmalloc>::for_vec(usize::MAX / 4, 1, GFP_KERNEL).is_err());

    // Twice as much is a wish, and may be denied.
    Audited::begin(0);
    check!(Spare::<u64, Audited>::for_vec(10, 1, GFP_KERNEL).is_err());
    check_eq!(Audited::calls(), 2);
    Audited::settle()
}

fn spare_is_swapped_without_the_allocator() -> Verdict {
    Audited::begin(2);
    let mut v = Vec::<u8, Audited>::with_capacity(10, GFP_KERNEL)?;
    let mut spare = Spare::with_capacity(20, GFP_KERNEL)?;
    {
        let mut held = Held::new(&mut v);
        check!(held.grow_into(&mut spare));
        check!(!held.grow_into(&mut spare));
        held.push_within_capacity(1)?;
    }
    check_eq!(Audited::calls(), 2);
    drop(spare);
    drop(v);
    Audited::settle()
}

fn spare_under_a_spinlock() -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(patterned::<KVmalloc>(NOT_SLAB)?), GFP_KERNEL)?;
    let mut spare = Spare::with_capacity(2 * NOT_SLAB, GFP_KERNEL)?;
    {
        // Whatever sleeps here is a warning, which fails the run.
        let mut v = lock.lock();
        check!(v.grow_into(&mut spare));
        check!(is_patterned(&v));
    }
    check!(spare.capacity() >= NOT_SLAB);
    drop(spare);

    let mut spare = Spare::with_capacity(3 * NOT_SLAB, GFP_KERNEL)?;
    {
        let mut v = lock.lock();
        check!(v.grow_into(&mut spare));
        spare.free_atomic();
    }
    check!(is_patterned(&lock.lock()));
    Spare::<u8, KVmalloc>::none().free_atomic();
    Spare::<(), KVmalloc>::none().free_atomic();
    Ok(())
}

fn room_is_made_outside_of_the_lock() -> Verdict {
    Audited::begin(NO_LIMIT);
    let mut v = Vec::<usize, Audited>::new();
    let at = ptr::addr_of_mut!(v);

    for n in 0..1000 {
        // SAFETY: One of them at a time.
        let lock = || Held::new(unsafe { &mut *at });
        let mut held = lock_with_room(lock, 1, GFP_KERNEL)?;

        check!(Audited::is_locked());
        held.push_within_capacity(n)?;
        drop(held);
        check!(!Audited::is_locked());
    }
    check!(v.iter().copied().eq(0..1000));
    // It grows by factors.
    check!(Audited::calls() < 50);
    drop(v);
    Audited::settle()
}

fn room_that_others_use_up_is_made_again() -> Verdict {
    Audited::begin(NO_LIMIT);
    let mut v = Vec::<usize, Audited>::new();
    let at = ptr::addr_of_mut!(v);
    let mut locks = 0;

    let held = lock_with_room(
        || {
            // SAFETY: One of them at a time.
            let v = unsafe { &mut *at };

            locks += 1;
            // Others were here before, thrice, and grew it as well.
            if locks <= 3 {
                for n in 0..300 * locks * locks {
                    let _ = v.push(n, GFP_KERNEL);
                }
                let full = v.capacity() - v.len();
                let _ = v.extend_with(full, 0, GFP_KERNEL);
            }
            Held::new(v)
        },
        7,
        GFP_KERNEL,
    )?;
    check!(held.capacity() - held.len() >= 7);
    drop(held);
    check!(locks >= 4);
    drop(v);
    Audited::settle()
}

fn room_cannot_be_made() -> Verdict {
    Audited::begin(1);
    let mut state = (0u8, Vec::<u8, Audited>::from_elem(9, 10, GFP_KERNEL)?);
    let at = ptr::addr_of_mut!(state);
    // SAFETY: One of them at a time.
    let lock = || Held::new(unsafe { &mut *at });

    check!(lock_with_room_in(lock, |s| &mut s.1, 0, GFP_KERNEL).is_ok());
    check!(lock_with_room_in(lock, |s| &mut s.1, 100, GFP_KERNEL).is_err());
    check!(!Audited::is_locked());
    check!(lock_with_room_in(lock, |s| &mut s.1, usize::MAX, GFP_KERNEL).is_err());
    check_eq!(state.1, [9; 10]);
    drop(state);
    Audited::settle()
}

suite! {
    /// A vector grows under a spinlock, and nobody allocates, frees or sleeps there.
    kvmalloc_rust_spare_cases:
    spare_takes_the_elements_over,
    spare_that_is_not_larger_is_refused,
    spare_is_large_enough,
    spare_is_swapped_without_the_allocator,
    spare_under_a_spinlock,
    room_is_made_outside_of_the_lock,
    room_that_others_use_up_is_made_again,
    room_cannot_be_made,
}
