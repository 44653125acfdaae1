// SPDX-License-Identifier: GPL-2.0

//! Types that may be dropped, and vectors that may grow, under a lock and in interrupts.

use super::*;
use core::{
    mem,
    ptr::{
        self,
        NonNull, //
    },
};
use kernel::{
    alloc::{
        KVNonBlockingBox,
        KVNonBlockingVec,
        NonBlocking,
        Sensitive,
        Spare, //
    },
    ffi::{
        c_int,
        c_void, //
    },
    init::InPlaceInit,
    new_spinlock,
    sync::SpinLock, //
};

extern "C" {
    /// Calls `f` with `data` in a hard interrupt (0) or a softirq (1), and waits for it.
    fn rust_kunit_in_interrupt(which: c_int, f: extern "C" fn(*mut c_void), data: *mut c_void);
}

/// Calls `f` in a hard interrupt and in a softirq.
fn in_interrupts<F: FnMut(c_int)>(mut f: F) {
    struct Call<'a, F> {
        f: &'a mut F,
        which: c_int,
    }

    extern "C" fn call<F: FnMut(c_int)>(data: *mut c_void) {
        // SAFETY: This is the value below, which outlives the call.
        let call = unsafe { &mut *data.cast::<Call<'_, F>>() };

        (call.f)(call.which);
    }

    for which in [0, 1] {
        let mut data = Call { f: &mut f, which };
        // SAFETY: The function waits until the call has returned.
        unsafe { rust_kunit_in_interrupt(which, call::<F>, ptr::from_mut(&mut data).cast()) };
    }
}

/// A vector of `len` bytes in an area, which the allocator's blocks may be.
///
/// # Safety
///
/// Areas are blocks of `A`.
unsafe fn area<A: Allocator>(len: usize) -> Result<Vec<u8, A>, Failed> {
    let (ptr, len, capacity) = patterned::<Vmalloc>(len)?.into_raw_parts();

    // SAFETY: The caller vouches for the allocator.
    let v = unsafe { Vec::from_raw_parts(ptr, len, capacity) };
    check!(is_area(v.as_ptr()));
    Ok(v)
}

/// Whether the area at an address goes away, once its worker has run.
fn area_goes(at: *const u8) -> bool {
    for _ in 0..100 {
        if !is_area(at) {
            return true;
        }
        // SAFETY: Tests may sleep.
        unsafe { kernel::bindings::msleep(20) };
    }
    false
}

/// Drops a value under a spinlock. The area at `at` must not go before a worker has run.
fn dropped_under_a_spinlock<T>(value: T, at: *const u8) -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(()), GFP_KERNEL)?;
    let lock: &SpinLock<()> = &lock;

    check!(is_area(at));
    let guard = lock.lock();
    // DEBUG_ATOMIC_SLEEP warns if this sleeps.
    drop(value);
    let is_there = is_area(at);
    drop(guard);
    check!(is_there);
    check!(area_goes(at));
    Ok(())
}

fn nonblocking_is_dropped_under_a_spinlock() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        // SAFETY: The allocators below take areas.
        let new = || unsafe { area::<A>(3 * PAGE_SIZE) };

        let v = new()?;
        let at = v.as_ptr();
        dropped_under_a_spinlock(v, at)?;

        let v = new()?;
        let at = v.as_ptr();
        let mut iter = v.into_iter();
        check_eq!(iter.next(), Some(pattern(0)));
        dropped_under_a_spinlock(iter, at)?;

        let v = new()?;
        let at = v.as_ptr();
        let Ok(b) = v.into_boxed_slice(GFP_KERNEL) else {
            return Err(Failed(line!()));
        };
        dropped_under_a_spinlock(b, at)
    }

    test::<NonBlocking<KVmalloc>>()?;
    test::<NonBlocking<Vmalloc>>()?;
    test::<NonBlocking<Sensitive<KVmalloc>>>()?;
    test::<Sensitive<NonBlocking<KVmalloc>>>()?;

    let large = KVNonBlockingBox::<Large>::zeroed(GFP_KERNEL)?;
    let at = large.as_ptr();
    dropped_under_a_spinlock(large, at)
}

fn sensitive_nonblocking_is_wiped() -> Verdict {
    type Watched = NonBlocking<Sensitive<AuditedNonBlocking>>;

    Audited::begin(NO_LIMIT);
    Audited::insist_on_cleared();
    drop(Vec::<u8, Watched>::from_elem(7, 3000, GFP_KERNEL)?);
    drop(Box::<u64, Watched>::new(7, GFP_KERNEL)?);
    Audited::settle()
}

/// [`Audited`], which never sleeps when it frees as its memory is slab's here.
struct AuditedNonBlocking;

// SAFETY: The blocks are those of `Audited`, which is called with the same arguments.
unsafe impl Allocator for AuditedNonBlocking {
    const MIN_ALIGN: usize = Audited::MIN_ALIGN;
    const HAS_NONBLOCKING_FREE: bool = true;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: core::alloc::Layout,
        old: core::alloc::Layout,
        flags: kernel::alloc::Flags,
        nid: kernel::alloc::NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { Audited::realloc(block, layout, old, flags, nid) }
    }
}

fn nonblocking_there_and_back() -> Verdict {
    // SAFETY: `KVmalloc` takes areas.
    let v = unsafe { area::<KVmalloc>(3 * PAGE_SIZE)? };
    let (at, capacity) = (v.as_ptr(), v.capacity());

    let v = KVNonBlockingVec::from(v);
    check!(ptr::eq(v.as_ptr(), at));
    check_eq!(v.capacity(), capacity);
    let v: KVVec<u8> = v.into_blocking();
    check!(ptr::eq(v.as_ptr(), at) && is_patterned(&v));

    let b = KVBox::new([3u8; 100], GFP_KERNEL)?;
    let at = b.as_ptr();
    let b = KVNonBlockingBox::from(b);
    let b: KVBox<[u8; 100]> = KVNonBlockingBox::into_blocking(b);
    check!(ptr::eq(b.as_ptr(), at) && *b == [3; 100]);
    Ok(())
}

fn spare_of_an_area_is_freed_under_a_spinlock() -> Verdict {
    let mut v = KVVec::<u8>::new();
    let mut spare = Spare::with_capacity(NOT_SLAB, GFP_KERNEL)?;
    check!(v.grow_into(&mut spare));
    let at = v.as_ptr();
    let mut larger = Spare::with_capacity(2 * NOT_SLAB, GFP_KERNEL)?;
    check!(v.grow_into(&mut larger));

    let lock = KBox::pin_init(new_spinlock!(()), GFP_KERNEL)?;
    let lock: &SpinLock<()> = &lock;
    let guard = lock.lock();
    larger.free_atomic();
    let is_there = is_area(at);
    drop(guard);
    check!(is_there && area_goes(at));
    Ok(())
}

/// In an interrupt a vector in an area has the use of its capacity. Beyond that it grows only with
/// `Sensitive`, which moves the elements to a new block, and slab may have one.
fn areas_do_not_grow_in_interrupts() -> Verdict {
    fn test<A: Allocator>(slab_may_serve: bool) -> Verdict {
        let mut vectors = KVec::<Vec<u8, A>>::new();
        for _ in 0..2 {
            // SAFETY: The allocators below take areas.
            let mut v = unsafe { area::<A>(3 * PAGE_SIZE)? };
            v.truncate(3 * PAGE_SIZE - 1);
            vectors.push(v, GFP_KERNEL)?;
        }
        let mut said = [[true; 5]; 2];

        in_interrupts(|which| {
            let (v, said) = (&mut vectors[which as usize], &mut said[which as usize]);
            let flags = GFP_ATOMIC | __GFP_NOWARN;

            *said = [
                v.push(1, flags).is_ok(),
                v.push(2, flags).is_ok(),
                v.reserve(PAGE_SIZE, flags).is_ok(),
                v.reserve_exact(1, flags).is_ok(),
                Vec::<u8, A>::with_capacity(NOT_SLAB, flags).is_ok(),
            ];
        });
        for (said, v) in said.iter().zip(&vectors) {
            let [fits, pushed, reserved, exact, created] = *said;

            check!(fits && !created);
            check!(slab_may_serve || !(pushed || reserved || exact));
            check_eq!(v.len(), 3 * PAGE_SIZE + usize::from(pushed));
            check!(pushed || reserved || exact || v.capacity() == 3 * PAGE_SIZE);
            check!(v.capacity() == 3 * PAGE_SIZE || !is_area(v.as_ptr()));
            check!(is_patterned(&v[..3 * PAGE_SIZE - 1]) && v[3 * PAGE_SIZE - 1] == 1);
        }
        Ok(())
    }

    test::<KVmalloc>(false)?;
    test::<Vmalloc>(false)?;
    test::<NonBlocking<KVmalloc>>(false)?;
    test::<Sensitive<Vmalloc>>(false)?;
    test::<Sensitive<KVmalloc>>(true)
}

/// Slab has no object of the new size, so on 7.x the vector moves to an area in a task. Dropping it
/// must not sleep nevertheless.
fn slab_moves_to_an_area_under_a_spinlock() -> Verdict {
    const NONBLOCK: bool = cfg!(CONFIG_KVMALLOC_VMALLOC_NONBLOCK);
    let flags = GFP_ATOMIC | __GFP_NOWARN;
    let lock = KBox::pin_init(new_spinlock!(()), GFP_KERNEL)?;
    let lock: &SpinLock<()> = &lock;
    let mut v = KVNonBlockingVec::from(patterned::<KVmalloc>(100)?);
    check!(!is_area(v.as_ptr()));

    let guard = lock.lock();
    let grown = v.reserve_exact(NOT_SLAB, flags).is_ok();
    let (at, is_kept) = (v.as_ptr(), v.len() == 100 && is_patterned(&v));
    let was_area = is_area(at);
    drop(v);
    let is_there = is_area(at);
    drop(guard);
    check!(is_kept);
    check_eq!(grown, NONBLOCK);
    check_eq!(was_area, NONBLOCK);
    check_eq!(is_there, NONBLOCK);
    check!(!was_area || area_goes(at));

    // In an interrupt it stays where it is.
    let mut vectors = [
        KVNonBlockingVec::from(patterned::<KVmalloc>(100)?),
        KVNonBlockingVec::from(patterned::<KVmalloc>(100)?),
    ];
    let mut grown = [true; 2];
    in_interrupts(|which| {
        grown[which as usize] = vectors[which as usize]
            .reserve_exact(NOT_SLAB, flags)
            .is_ok();
    });
    check_eq!(grown, [false; 2]);
    check!(vectors
        .iter()
        .all(|v| v.capacity() == 100 && is_patterned(v)));
    Ok(())
}

fn areas_shrink_or_stay_in_interrupts() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut vectors = KVec::<Vec<u8, A>>::new();
        for _ in 0..2 {
            // SAFETY: The allocators below take areas.
            vectors.push(unsafe { area::<A>(3 * PAGE_SIZE)? }, GFP_KERNEL)?;
        }
        in_interrupts(|which| {
            let v = &mut vectors[which as usize];

            v.truncate(100);
            // Whether it can is up to the kernel.
            let _ = v.shrink_to(0, GFP_ATOMIC | __GFP_NOWARN);
            *v = mem::take(v).into_iter().collect(GFP_ATOMIC | __GFP_NOWARN);
        });
        check!(vectors.iter().all(|v| v.len() == 100 && is_patterned(v)));

        // Freeing is deferred there.
        let at = vectors[0].as_ptr();
        let was_area = is_area(at);
        let mut vectors = Some(vectors);
        in_interrupts(|_| drop(vectors.take()));
        check!(!was_area || area_goes(at));
        Ok(())
    }

    test::<KVmalloc>()?;
    test::<Vmalloc>()?;
    test::<NonBlocking<KVmalloc>>()?;
    test::<NonBlocking<Vmalloc>>()
}

fn slab_grows_in_interrupts() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut vectors = [Vec::<u64, A>::new(), Vec::new()];
        let mut grew = [false; 2];

        in_interrupts(|which| {
            let v = &mut vectors[which as usize];

            grew[which as usize] = (0..100).all(|n| v.push(n, GFP_ATOMIC).is_ok());
        });
        check_eq!(grew, [true; 2]);
        check!(vectors.iter().all(|v| v.iter().copied().eq(0..100)));
        let mut vectors = Some(vectors);
        in_interrupts(|_| drop(vectors.take()));
        Ok(())
    }

    test::<Kmalloc>()?;
    test::<KVmalloc>()?;
    test::<NonBlocking<KVmalloc>>()?;
    test::<Sensitive<Kmalloc>>()
}

suite! {
    /// Types may be dropped and vectors may grow under a lock and in interrupts as documented.
    kvmalloc_rust_nonblock_cases:
    nonblocking_is_dropped_under_a_spinlock,
    sensitive_nonblocking_is_wiped,
    nonblocking_there_and_back,
    spare_of_an_area_is_freed_under_a_spinlock,
    slab_grows_in_interrupts,
    slab_moves_to_an_area_under_a_spinlock,
    areas_shrink_or_stay_in_interrupts,
    areas_do_not_grow_in_interrupts,
}
