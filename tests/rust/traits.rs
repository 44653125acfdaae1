// SPDX-License-Identifier: GPL-2.0

//! Vectors compared, hashed and printed as slices, and printed into.

use super::*;
use core::{cell::Cell, cmp::Ordering, fmt::Write, ptr};
use kernel::{
    alloc::{
        kvec::{
            Drain, DrainAll, ExtendError, ExtractIf, PartError, RangeError, ShrinkError,
            TryInsertError, Writer,
        },
        IntoIter,
    },
    error::code::{EINVAL, ENOMEM},
};

fn trait_order_and_hash() -> Verdict {
    let arrays: [&[u8]; 7] = [&[], &[0], &[0, 0], &[0, 1], &[1], &[1, 0, 0], &[2]];

    for a in arrays {
        for b in arrays {
            let mut v = KVVec::new();
            let mut w = VVec::new();
            v.extend_from_slice(a, GFP_KERNEL)?;
            w.extend_from_slice(b, GFP_KERNEL)?;

            check_eq!(v == w, a == b);
            check_eq!(v.partial_cmp(&w), Some(a.cmp(b)));
            check_eq!(v < w, a < b);
            check_eq!(v.cmp(&KVVec::try_from_iter(w, GFP_KERNEL)?), a.cmp(b));
            check_eq!(hash_of(&v), hash_of(a));
        }
    }
    let unlike = KVVec::from_elem(Unlike, 1, GFP_KERNEL)?;
    check!(unlike != unlike.try_clone(GFP_KERNEL)?);
    check_eq!(unlike.partial_cmp(&unlike), None::<Ordering>);
    Ok(())
}

fn trait_printed() -> Verdict {
    let mut out = KVVec::new();
    let mut v = KVVec::try_from_iter(1..5, GFP_KERNEL)?;
    let mut w = out.writer(GFP_KERNEL);

    let mut drain = v.drain(1..4)?;
    check_eq!(drain.next(), Some(2));
    write!(w, "{:?} ", drain)?;
    drop(drain);
    write!(w, "{:?} ", v.extract_if(1.., |_| true)?)?;
    write!(w, "{:?} ", v.drain_all())?;
    let mut iter = KVVec::from_elem('x', 2, GFP_KERNEL)?.into_iter();
    check_eq!(iter.next(), Some('x'));
    write!(w, "{iter:?}")?;
    check_eq!(
        out,
        b"Drain([3, 4]) ExtractIf([]) DrainAll([1]) IntoIter(['x'])"
    );

    let none = KVVec::<u8>::new().insert(1, 1, GFP_KERNEL);
    check!(none.is_err());
    out.clear();
    write!(out.writer(GFP_KERNEL), "{:?}, {:?}", none, RangeError)?;
    check_eq!(
        out,
        b"Err(no place of that index in the vector), no such range in the vector"
    );
    Ok(())
}

fn trait_printed_into() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        // Room for just as much as is said, so that all lengths are tried.
        for room in 0..12 {
            // As literals they would be one piece.
            let (word, number, letter) = ("abc", 12345, 'z');
            let mut v = Vec::<u8, A>::new();
            v.reserve_exact(room, GFP_KERNEL)?;
            let at = v.as_ptr();
            let result = write!(v, "{word}{number}{letter}");

            check_eq!(result.is_ok(), room >= 9);
            let fits: &[u8] = match room {
                0..=2 => b"",
                3..=7 => b"abc",
                8 => b"abc12345",
                _ => b"abc12345z",
            };
            check_eq!(v, fits);
            check!(ptr::eq(v.as_ptr(), at));
            check_eq!(v.capacity(), room);

            // The other one grows.
            v.clear();
            write!(v.writer(GFP_KERNEL), "{word}{number}{letter}")?;
            check_eq!(v, b"abc12345z");
        }
        Ok(())
    }
    with_kernel_allocators!(test)?;

    audited(|| {
        let mut v = Vec::<u8, Audited>::new();

        Audited::permit(0);
        check!(write!(v, "x").is_err());
        check_eq!(Audited::requests(), 0);
        check!(write!(v.writer(GFP_KERNEL), "x").is_err());
        check!(Audited::requests() > 0);
        // Nothing fits always.
        write!(v, "")?;
        check!(v.is_empty());
        Ok(())
    })
}

fn trait_errors_as_kernel_errors() -> Verdict {
    check_eq!(Error::from(RangeError), EINVAL);
    check_eq!(Error::from(PartError::OutOfBounds), EINVAL);
    check_eq!(Error::from(PartError::OutOfMemory), ENOMEM);
    check_eq!(Error::from(TryInsertError::IndexOutOfBounds(1)), EINVAL);
    check_eq!(Error::from(TryInsertError::OutOfMemory(1)), ENOMEM);
    check_eq!(Error::from(ShrinkError(KVVec::<u8>::new())), ENOMEM);
    let nothing = ExtendError {
        element: None,
        rest: 0..0,
    };
    check_eq!(Error::from(nothing), ENOMEM);
    let mut v = KVVec::<u8>::new();
    check!(v
        .splice(1.., None, GFP_KERNEL)
        .is_err_and(|e| Error::from(e) == EINVAL));
    check!(v
        .splice(.., core::iter::repeat(1), quiet())
        .is_err_and(|e| Error::from(e) == ENOMEM));
    Ok(())
}

/// What may go to another thread is a matter of the elements. This one is checked by the compiler.
fn trait_threads() -> Verdict {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}

    send::<IntoIter<Cell<u8>, KVmalloc>>();
    send::<Drain<'_, Cell<u8>, KVmalloc>>();
    send::<DrainAll<'_, Cell<u8>>>();
    send::<ExtractIf<'_, Cell<u8>, KVmalloc, fn(&mut Cell<u8>) -> bool>>();
    sync::<IntoIter<u8, KVmalloc>>();
    sync::<Drain<'_, u8, KVmalloc>>();
    sync::<DrainAll<'_, u8>>();
    sync::<ExtractIf<'_, u8, KVmalloc, fn(&mut u8) -> bool>>();
    send::<Writer<'_, KVmalloc>>();
    Ok(())
}

suite! {
    /// Vectors are compared, hashed and printed as slices, and printed into.
    kvmalloc_rust_trait_cases:
    trait_order_and_hash,
    trait_printed,
    trait_printed_into,
    trait_errors_as_kernel_errors,
    trait_threads,
}
