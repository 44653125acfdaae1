// SPDX-License-Identifier: GPL-2.0

//! What C keeps or has allocated, and where memory lies.

use super::*;
use core::{
    fmt::Debug,
    mem::{size_of, MaybeUninit},
    ptr,
};
use kernel::{
    alloc::{CBox, CVec, KvFree},
    bindings,
    ffi::c_void,
};

extern "C" {
    fn rust_kunit_kmalloc(bytes: usize) -> *mut c_void;
    fn rust_kunit_vmalloc(bytes: usize) -> *mut c_void;
    fn rust_kunit_kvmalloc(bytes: usize) -> *mut c_void;
}

fn c_keeps_a_box() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();
        let mut c: CBox<_, A> = Box::into_c(Box::new((7, ledger.token()), GFP_KERNEL)?);

        check_eq!(
            size_of::<CBox<(i32, Token<'_>), A>>(),
            size_of::<*mut c_void>()
        );
        // SAFETY: A box is as large as a pointer, and this one is read as what it is.
        let raw = unsafe { ptr::from_ref(&c).cast::<*mut (i32, Token<'_>)>().read() };
        check_eq!(raw, c.as_ptr());
        check!(!c.is_null());
        // SAFETY: It has just come from the box.
        check_eq!(unsafe { c.as_ref() }.map(|pair| pair.0), Some(7));
        check_eq!(ledger.dropped(), 0);
        // SAFETY: Likewise.
        let b = unsafe { c.take() };
        check!(c.is_null());
        // SAFETY: It is NULL.
        check!(unsafe { c.take() }.is_none());
        // SAFETY: Likewise.
        check!(unsafe { c.as_ref() }.is_none());
        drop(b);
        check_eq!(ledger.dropped(), 1);

        let c: CBox<_, A> = Box::into_c(Box::new((8, ledger.token()), GFP_KERNEL)?);
        // SAFETY: It has just come from the box.
        drop(unsafe { Box::from_c(c) });
        check_eq!(ledger.dropped(), 2);
        ledger.settle()
    }

    with_kernel_allocators!(test)
}

fn c_keeps_a_vector() -> Verdict {
    let ledger = Ledger::new();
    let mut v = KVVec::with_capacity(10, GFP_KERNEL)?;
    v.push((0, ledger.token()), GFP_KERNEL)?;
    let (at, room) = (v.as_ptr(), v.capacity());

    let mut c: CVec<_, KVmalloc> = v.into_c();
    check_eq!(size_of::<CVec<u8, KVmalloc>>(), 3 * size_of::<usize>());
    check_eq!(c.data.cast_const(), at);
    check_eq!((c.len, c.capacity), (1, room));
    // SAFETY: There is room for a second one.
    unsafe { c.data.add(1).write((1, ledger.token())) };
    c.len = 2;
    check_eq!(ledger.dropped(), 0);
    // SAFETY: It came from a vector, and there are two elements now.
    let v = unsafe { c.into_vec() };
    check!(v.iter().map(|pair| pair.0).eq(0..2));
    drop(v);
    check_eq!(ledger.dropped(), 2);
    ledger.settle()
}

/// C's functions, by the allocator they are those of.
trait FromC: KvFree {
    fn c(bytes: usize) -> *mut u8;
}

macro_rules! from_c {
    ($($allocator:ident: $function:ident),*) => {$(
        impl FromC for $allocator {
            fn c(bytes: usize) -> *mut u8 {
                // SAFETY: A size is all that it takes.
                unsafe { $function(bytes) }.cast()
            }
        }
    )*};
}

from_c! {
    Kmalloc: rust_kunit_kmalloc,
    Vmalloc: rust_kunit_vmalloc,
    KVmalloc: rust_kunit_kvmalloc
}

fn c_has_allocated() -> Verdict {
    fn test<A: FromC>() -> Verdict {
        for (bytes, room) in [(100, 100), (100, 60), (10_000, 10_000), (10_000, 9000)] {
            let data = A::c(bytes);
            check!(!data.is_null());
            // SAFETY: The memory is of the right kind, as large, zeroed, and ours.
            let mut v = unsafe { Vec::<u8, A>::from_c(data, 10, room) };
            check_eq!((v.len(), v.capacity()), (10, room));
            // Grown, it moves or not; shrunk, likewise.
            for at in 10..3 * bytes {
                v.push(pattern(at), GFP_KERNEL)?;
            }
            v.shrink_to(0, GFP_KERNEL)?;
            check!(v[..10].iter().all(|byte| *byte == 0));
            check!(v[10..]
                .iter()
                .enumerate()
                .all(|(at, b)| *b == pattern(at + 10)));

            // And back.
            let (data, len) = v.into_kvfree();
            check_eq!(len, 3 * bytes);
            // SAFETY: This is what C does with it.
            unsafe { bindings::kvfree(data.cast_const().cast()) };
        }
        Ok(())
    }

    with_kernel_allocators!(test)
}

fn c_has_allocated_nothing() -> Verdict {
    // What C has for no bytes: NULL, or `ZERO_SIZE_PTR`.
    for data in [ptr::null_mut(), KVmalloc::c(0).cast::<u32>()] {
        // SAFETY: Either may stand for no memory.
        let mut v = unsafe { KVVec::<u32>::from_c(data, 0, 0) };
        check_eq!(v.capacity(), 0);
        v.push(1, GFP_KERNEL)?;
        check_eq!(v, [1]);
    }
    // What is too small for an element is not lost.
    let area = Vmalloc::c(1);
    check!(is_area(area));
    // SAFETY: The area is of the right kind, and ours.
    let v = unsafe { VVec::<[u8; 100_000]>::from_c(area.cast(), 0, 0) };
    check!(!is_area(area));
    check!(v.is_empty());
    // Nor what has been allocated for elements of no size.
    let area = Vmalloc::c(1);
    // SAFETY: Likewise.
    let v = unsafe { VVec::<()>::from_c(area.cast(), 3, 3) };
    check!(!is_area(area));
    check_eq!(v.len(), 3);
    check!(v.into_kvfree().0.is_null());
    Ok(())
}

fn c_frees() -> Verdict {
    let large = KVBox::<Large>::zeroed(GFP_KERNEL)?;
    let data = Box::into_kvfree(large);
    check!(is_area(data));
    // SAFETY: This is what C does with it.
    unsafe { bindings::kvfree(data.cast_const().cast()) };
    check!(!is_area(data));
    // SAFETY: Likewise.
    unsafe {
        bindings::kvfree(
            Box::into_kvfree(KBox::new(1, GFP_KERNEL)?)
                .cast_const()
                .cast(),
        )
    };
    check!(Box::into_kvfree(KVBox::new((), GFP_KERNEL)?).is_null());
    check!(KVVec::<u8>::new().into_kvfree().0.is_null());
    Ok(())
}

fn backing_is_where_the_memory_lies() -> Verdict {
    // Of a value, a slice, a trait object, room.
    let small: KVBox<[u8]> = KVBox::new([1u8; 10], GFP_KERNEL)?;
    check_eq!(KVBox::backing(&small), Some(Backing::Slab));
    let large: KVBox<[u8]> = KVBox::<Large>::zeroed(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    check!(is_area(large.as_ptr()));
    let object: KVBox<dyn Debug> = KVBox::<[u128; NOT_SLAB / 16 + 1]>::zeroed(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&object), Some(Backing::Vmalloc));
    let object: KVBox<dyn Debug> = KVBox::new(1u8, GFP_KERNEL)?;
    check_eq!(KVBox::backing(&object), Some(Backing::Slab));
    let nothing: KVBox<[u8]> = KVBox::new([0u8; 0], GFP_KERNEL)?;
    check_eq!(KVBox::backing(&nothing), None);
    let room: KVBox<MaybeUninit<Large>> = KVBox::new_uninit(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&room), Some(Backing::Vmalloc));

    // Of a vector, which changes as it grows and shrinks.
    let mut v = KVVec::<u8>::new();
    check_eq!(v.backing(), None);
    v.resize(1, 1, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    v.resize(NOT_SLAB, 1, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    v.truncate(1);
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    v.clear();
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.backing(), None);
    check_eq!(KVVec::from_elem((), 3, GFP_KERNEL)?.backing(), None);
    check_eq!(
        KVVec::<u8>::with_growth_limit(NOT_SLAB, GFP_KERNEL)?.backing(),
        Some(Backing::Vmalloc)
    );
    Ok(())
}

suite! {
    /// Memory goes to C and comes from there, and says where it lies.
    kvmalloc_rust_foreign_cases:
    c_keeps_a_box,
    c_keeps_a_vector,
    c_has_allocated,
    c_has_allocated_nothing,
    c_frees,
    backing_is_where_the_memory_lies,
}
