// SPDX-License-Identifier: GPL-2.0

//! Values that readers may see while they are replaced.

use super::*;
use core::{
    ptr,
    sync::atomic::{
        AtomicU64,
        AtomicUsize,
        Ordering::Relaxed, //
    },
};
use kernel::{
    alloc::{
        lock_with_room,
        rcu::{read_lock, RcuBox, RcuSlot},
    },
    ffi::c_int,
    init::InPlaceInit,
    new_spinlock, //
};

extern "C" {
    /// Calls `step(thread)` in four kernel threads, two on each of two CPUs if there are as many,
    /// each until it returns `false`.
    fn rust_kunit_run_threads(step: extern "C" fn(c_int) -> bool) -> c_int;
}

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

/// A value whose words tell whether all of it is there.
struct Message {
    words: [u64; 32],
}

impl Message {
    fn new(number: u64) -> Self {
        Self {
            words: core::array::from_fn(|at| number.wrapping_mul(at as u64 + 1)),
        }
    }

    /// The number, if the value is whole.
    fn number(&self) -> Option<u64> {
        let number = self.words[0];

        (self.words == Self::new(number).words).then_some(number)
    }
}

static SLOT: RcuSlot<Message> = RcuSlot::empty();
static NEXT: AtomicU64 = AtomicU64::new(1);
static PUT: AtomicU64 = AtomicU64::new(0);
static TAKEN: AtomicU64 = AtomicU64::new(0);
static BROKEN: AtomicUsize = AtomicUsize::new(0);
static CHANGES: AtomicUsize = AtomicUsize::new(0);
static READERS: AtomicUsize = AtomicUsize::new(0);
static WRITERS: AtomicUsize = AtomicUsize::new(0);
static STEPS: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Counts a value that has been seen or taken.
fn number_of(message: &Message) -> u64 {
    message.number().unwrap_or_else(|| {
        BROKEN.fetch_add(1, Relaxed);
        0
    })
}

/// A step of thread 0 and 3: puts a message into the slot, and counts the one that was there.
fn write_once(steps: &AtomicUsize) -> bool {
    if READERS.load(Relaxed) < 2 {
        return true;
    }
    // A busy host may run one CPU at a time, so go on until readers have seen changes.
    let done = steps.fetch_add(1, Relaxed);
    if done > 1_000_000 || (done > 2000 && CHANGES.load(Relaxed) > 100) {
        WRITERS.fetch_sub(1, Relaxed);
        return false;
    }

    let number = NEXT.fetch_add(1, Relaxed);
    let Ok(new) = RcuBox::new(Message::new(number), GFP_KERNEL) else {
        return true;
    };
    PUT.fetch_add(number, Relaxed);
    if let Some(old) = SLOT.replace(Some(new)) {
        TAKEN.fetch_add(number_of(&old), Relaxed);
    }
    true
}

/// A step of thread 1 and 2: looks at the same message twice, and whether it has changed since.
fn read_once(seen: &AtomicU64) -> bool {
    let reader = read_lock();

    if let Some(message) = SLOT.read(&reader) {
        let number = number_of(message);

        if seen.swap(number, Relaxed) != number {
            CHANGES.fetch_add(1, Relaxed);
        }
        for _ in 0..50 {
            core::hint::spin_loop();
        }
        if number_of(message) != number {
            BROKEN.fetch_add(1, Relaxed);
        }
    }
    drop(reader);
    WRITERS.load(Relaxed) != 0
}

extern "C" fn read_or_write(thread: c_int) -> bool {
    static SEEN: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
    static STARTED: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

    match thread {
        0 => write_once(&STEPS[0]),
        3 => write_once(&STEPS[1]),
        _ => {
            let which = thread as usize - 1;

            if STARTED[which].swap(1, Relaxed) == 0 {
                READERS.fetch_add(1, Relaxed);
            }
            let more = read_once(&SEEN[which]);
            if !more {
                STARTED[which].store(0, Relaxed);
            }
            more
        }
    }
}

fn rcu_readers_and_writers_on_two_cpus() -> Verdict {
    for counter in [&PUT, &TAKEN] {
        counter.store(0, Relaxed);
    }
    for counter in [&BROKEN, &CHANGES, &READERS, &STEPS[0], &STEPS[1]] {
        counter.store(0, Relaxed);
    }
    WRITERS.store(2, Relaxed);
    drop(SLOT.replace(None));

    // SAFETY: The function may be called in any thread.
    check_eq!(unsafe { rust_kunit_run_threads(read_or_write) }, 0);

    // Each message has been taken out once.
    if let Some(last) = SLOT.replace(None) {
        TAKEN.fetch_add(number_of(&last), Relaxed);
    }
    check_eq!(BROKEN.load(Relaxed), 0);
    check!(PUT.load(Relaxed) != 0);
    check_eq!(TAKEN.load(Relaxed), PUT.load(Relaxed));
    // Readers have seen values come and go.
    check!(CHANGES.load(Relaxed) > 100);
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
    rcu_readers_and_writers_on_two_cpus,
    rcu_of_any_alignment_and_size,
    rcu_without_a_head,
}
