// SPDX-License-Identifier: GPL-2.0

//! What a vector is and does.

use super::*;
use core::{
    mem::{align_of, forget, MaybeUninit},
    ptr,
};
use kernel::{
    alloc::{
        kvec::{InsertError, PushError, RemoveError},
        IntoIter,
        NonBlocking,
        Sensitive, //
    },
    error::code::EINVAL,
};

fn vec_new_allocates_nothing() -> Verdict {
    const EMPTY: KVVec<u64> = KVVec::new();
    static SHARED: KVVec<u64> = KVVec::new();

    check_eq!(EMPTY.capacity(), 0);
    check!(SHARED.is_empty());
    check!(is_aligned(EMPTY.as_ptr(), align_of::<u64>()));

    Audited::begin(0);
    let mut v = Vec::<u64, Audited>::default();
    check_eq!(v.len(), 0);
    check_eq!(v.pop(), None);
    check_eq!(v.as_slice(), &[]);
    check!(v.spare_capacity_mut().is_empty());
    v.clear();
    v.truncate(3);
    v.retain(|_| false);
    check_eq!(v.drain_all().count(), 0);
    v.reserve(0, GFP_KERNEL)?;
    v.shrink_to(0, GFP_KERNEL)?;
    v.extend_from_slice(&[], GFP_KERNEL)?;
    v.extend_with(0, 1, GFP_KERNEL)?;
    v.resize(0, 1, GFP_KERNEL)?;
    check_eq!(v.into_iter().count(), 0);
    check_eq!(
        Vec::<u64, Audited>::with_capacity(0, GFP_KERNEL)?.capacity(),
        0
    );
    check_eq!(Audited::requests(), 0);
    Audited::settle()
}

fn vec_with_capacity_is_exact_and_enough() -> Verdict {
    for n in [1, 2, 3, 10, 1000, 5000] {
        Audited::begin(1);
        let mut v = Vec::<u32, Audited>::with_capacity(n, GFP_KERNEL)?;

        check!(v.capacity() >= n);
        check_eq!(Audited::size_at(v.as_ptr()), Some(v.capacity() * 4));
        for i in 0..n {
            v.push(i as u32, GFP_KERNEL)?;
        }
        check_eq!(Audited::requests(), 1);
        drop(v);
        Audited::settle()?;
    }
    Ok(())
}

fn vec_push_and_pop() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = numbers::<A>(1000)?;

        check_eq!(v.len(), 1000);
        check!(v.capacity() >= 1000);
        check!(v.iter().copied().eq(0..1000));
        for i in (0..1000).rev() {
            check_eq!(v.pop(), Some(i));
            check_eq!(v.len(), i);
        }
        check_eq!(v.pop(), None);
        check!(v.is_empty());
        Ok(())
    }
    with_each_allocator!(test)
}

fn vec_push_within_capacity() -> Verdict {
    Audited::begin(1);
    let mut v = Vec::<_, Audited>::with_capacity(3, GFP_KERNEL)?;

    for i in 0..v.capacity() {
        v.push_within_capacity(i)?;
    }
    let len = v.len();
    check!(matches!(v.push_within_capacity(77), Err(PushError(77))));
    check_eq!(v.len(), len);
    check_eq!(Audited::requests(), 1);
    drop(v);
    Audited::settle()
}

fn vec_grows_by_doubling() -> Verdict {
    Audited::begin(NO_LIMIT);
    let mut v = Vec::<u64, Audited>::new();
    let mut capacity = 0;

    for i in 0..100_000 {
        v.push(i, GFP_KERNEL)?;
        if v.capacity() != capacity {
            check!(v.capacity() >= 2 * capacity);
            // In whole pages, that is at most one more.
            check!(v.capacity() <= (2 * capacity).max(1) + PAGE_SIZE / 8);
            capacity = v.capacity();
        }
    }
    check!(Audited::requests() <= 18);
    drop(v);
    Audited::settle()?;

    // What is asked for in one go is not doubled on top.
    let mut v = Vec::<u8, Audited>::new();
    v.reserve(100_000, GFP_KERNEL)?;
    check!(v.capacity() < 100_000 + PAGE_SIZE);
    drop(v);
    Audited::settle()?;

    // The first allocation takes what the allocator hands out anyway.
    let mut v = Vec::<u8, Vmalloc>::new();
    v.push(1, GFP_KERNEL)?;
    check_eq!(v.capacity(), PAGE_SIZE);
    Ok(())
}

fn vec_reserve_makes_room() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = numbers::<A>(5)?;

        for additional in [0, 1, 3, 10, 100, 99, 1000, 5000] {
            v.reserve(additional, GFP_KERNEL)?;
            check!(v.capacity() - v.len() >= additional);
            check!(v.spare_capacity_mut().len() >= additional);
        }
        check_eq!(v, [0, 1, 2, 3, 4]);

        let capacity = v.capacity();
        v.reserve(capacity - v.len(), GFP_KERNEL)?;
        check_eq!(v.capacity(), capacity);
        Ok(())
    }
    with_each_allocator!(test)
}

fn vec_insert_at_every_index() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in 0..8 {
            for index in 0..=len + 2 {
                let mut v = numbers::<A>(len)?;
                v.reserve(1, GFP_KERNEL)?;

                let result = v.insert_within_capacity(index, 99);
                if index > len {
                    check!(matches!(result, Err(InsertError::IndexOutOfBounds(99))));
                    check!(v.iter().copied().eq(0..len));
                    continue;
                }
                check!(result.is_ok());
                check_eq!(v.len(), len + 1);
                check!(v
                    .iter()
                    .copied()
                    .eq((0..index).chain([99]).chain(index..len)));
            }
        }
        Ok(())
    }
    with_each_allocator!(test)?;

    let mut full = KVVec::from(KVBox::new([1, 2, 3], GFP_KERNEL)?);
    for index in 0..=3 {
        let result = full.insert_within_capacity(index, 4);
        check!(matches!(result, Err(InsertError::OutOfCapacity(4))));
    }
    let result = full.insert_within_capacity(usize::MAX, 4);
    check!(matches!(result, Err(InsertError::IndexOutOfBounds(4))));
    check_eq!(full, [1, 2, 3]);
    Ok(())
}

fn vec_remove_at_every_index() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in 0..8 {
            for index in 0..len + 2 {
                let mut v = numbers::<A>(len)?;

                if index >= len {
                    check!(v.remove(index).is_err());
                    check!(v.iter().copied().eq(0..len));
                    continue;
                }
                check_eq!(v.remove(index)?, index);
                check_eq!(v.len(), len - 1);
                check!(v.iter().copied().eq((0..index).chain(index + 1..len)));
            }
        }
        Ok(())
    }
    with_each_allocator!(test)
}

fn vec_extend_and_resize() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u16, A>::new();

        v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;
        v.extend_from_slice(&[], GFP_KERNEL)?;
        v.extend_from_slice(&[4], GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 4]);

        v.extend_with(0, 9, GFP_KERNEL)?;
        v.extend_with(1, 8, GFP_KERNEL)?;
        v.extend_with(3, 7, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 4, 8, 7, 7, 7]);

        v.resize(8, 0, GFP_KERNEL)?;
        check_eq!(v.len(), 8);
        v.resize(3, 0, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3]);
        v.resize(5, 6, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 6, 6]);
        v.resize(0, 6, GFP_KERNEL)?;
        check!(v.is_empty());

        check_eq!(Vec::<u16, A>::from_elem(5, 4, GFP_KERNEL)?, [5, 5, 5, 5]);
        check!(Vec::<u16, A>::from_elem(5, 0, GFP_KERNEL)?.is_empty());
        let z = Vec::<u16, A>::zeroed(3000, GFP_KERNEL)?;
        check_eq!(z.len(), 3000);
        check!(z.iter().all(|n| *n == 0));
        Ok(())
    }
    with_each_allocator!(test)
}

fn vec_truncate_and_clear() -> Verdict {
    for len in 0..6 {
        for to in 0..8 {
            let mut v = numbers::<KVmalloc>(len)?;
            let capacity = v.capacity();

            v.truncate(to);
            check!(v.iter().copied().eq(0..len.min(to)));
            check_eq!(v.capacity(), capacity);
            v.clear();
            check!(v.is_empty());
            check_eq!(v.capacity(), capacity);
        }
    }
    Ok(())
}

fn vec_retain_any_function() -> Verdict {
    // A function from index to boolean is a number, of as many bits as there are elements.
    for len in 0..=10usize {
        for function in 0u32..1 << len {
            let keep = |i: usize| (function >> i) & 1 == 1;
            let mut v = numbers::<KVmalloc>(len)?;
            let mut calls = 0;

            v.retain(|n| {
                let in_order = *n == calls;
                calls += 1;
                in_order && keep(*n)
            });
            check_eq!(calls, len);
            check!(v.iter().copied().eq((0..len).filter(|i| keep(*i))));
        }
    }

    // What the function does to an element stays.
    let mut v = numbers::<KVmalloc>(10)?;
    v.retain(|n| {
        *n *= 10;
        *n % 20 == 0
    });
    check_eq!(v, [0, 20, 40, 60, 80]);
    Ok(())
}

fn vec_drain_all() -> Verdict {
    let mut v = numbers::<KVmalloc>(10)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());

    let mut drain = v.drain_all();
    check_eq!(drain.len(), 10);
    for i in 0..10 {
        check_eq!(drain.size_hint(), (10 - i, Some(10 - i)));
        check_eq!(drain.next(), Some(i));
    }
    check_eq!(drain.next(), None);
    check_eq!(drain.next(), None);
    drop(drain);

    check!(v.is_empty());
    check_eq!(v.capacity(), capacity);
    v.push(1, GFP_KERNEL)?;
    check!(ptr::eq(v.as_ptr(), at));

    // An iterator that never is dropped leaves an empty vector behind, no dangling one.
    forget(v.drain_all());
    check!(v.is_empty());
    Ok(())
}

fn vec_into_iter_and_collect() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in [0, 1, 2, 5, 1000] {
            for taken in [0, 1, 2, 5, 600, 1000] {
                if taken > len {
                    continue;
                }
                let mut iter: IntoIter<usize, A> = numbers::<A>(len)?.into_iter();

                for i in 0..taken {
                    check_eq!(iter.size_hint(), (len - i, Some(len - i)));
                    check_eq!(iter.next(), Some(i));
                }
                check_eq!(iter.len(), len - taken);
                let mut v = iter.collect(GFP_KERNEL);
                check!(v.iter().copied().eq(taken..len));
                check!(v.capacity() >= v.len());
                v.push(7, GFP_KERNEL)?;
                check_eq!(v.pop(), Some(7));
            }
        }
        Ok(())
    }
    with_each_allocator!(test)?;

    let mut iter = numbers::<KVmalloc>(1)?.into_iter();
    check_eq!(iter.next(), Some(0));
    check_eq!(iter.next(), None);
    check_eq!(iter.next(), None);
    Ok(())
}

fn vec_as_slices() -> Verdict {
    let mut v = numbers::<KVmalloc>(5)?;

    check_eq!(v.as_slice(), &[0, 1, 2, 3, 4]);
    check_eq!(v[2], 2);
    check_eq!(v[1..3], [1, 2]);
    check_eq!(v.get(5), None);
    v[0] = 10;
    v[3..].fill(7);
    v.as_mut_slice()[1] = 11;
    check_eq!(v, [10, 11, 2, 7, 7]);
    v.swap(0, 4);
    v.sort_unstable();
    check_eq!(v, [2, 7, 7, 10, 11]);
    check_eq!(v.binary_search(&10), Ok(3));

    for n in &mut v {
        *n += 1;
    }
    let mut sum = 0;
    for n in &v {
        sum += n;
    }
    check_eq!(sum, 42);
    let all: &[usize] = v.as_ref();
    check_eq!(all.len(), 5);
    let all: &mut [usize] = v.as_mut();
    all[0] = 0;
    check_eq!(v.first(), Some(&0));
    Ok(())
}

/// Compares with the `PartialEq` of just these two types.
fn eq<L: PartialEq<R> + ?Sized, R: ?Sized>(left: &L, right: &R) -> bool {
    left == right
}

fn vec_compared() -> Verdict {
    let mut v = KVVec::from(KVBox::new([1u8, 2, 3], GFP_KERNEL)?);
    let same = VVec::from(VBox::new([1u8, 2, 3], GFP_KERNEL)?);
    let longer = KVec::from(KBox::new([1u8, 2, 3, 4], GFP_KERNEL)?);
    let mut array = [1u8, 2, 3];

    check!(eq(&v, &same) && eq(&same, &v));
    check!(!eq(&v, &longer) && !eq(&longer, &v));
    check!(eq(&v, &array) && eq(&v, &&array) && eq(&v, &array[..]) && eq(&v, &&array[..]));
    check!(eq(&v, &&mut array[..]));
    check!(eq(&array[..], &v) && eq(&&array[..], &v) && eq(&&mut array[..], &v));
    check!(!eq(&v, &[1, 2]) && !eq(&v, &[1, 2, 4]) && !eq(&v, &[1, 2, 3, 4]));
    check!(!eq(&v, &&array[..2]) && !eq(&array[1..], &v));
    check!(eq(&KVVec::<u8>::new(), &KVec::<u8>::new()));
    v[1] = 0;
    check!(!eq(&v, &same) && !eq(&v, &array));
    Ok(())
}

fn vec_raw_parts() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut v = ledger.tokens::<Audited>(3)?;
    v.reserve(10, GFP_KERNEL)?;
    let (at, capacity) = (v.as_ptr(), v.capacity());

    let parts = v.into_raw_parts();
    check!(ptr::eq(parts.0, at));
    check_eq!(parts.1, 3);
    check_eq!(parts.2, capacity);
    check_eq!(ledger.dropped(), 0);
    check_eq!(Audited::live(), 1);
    // SAFETY: They are parts of such a vector.
    let v = unsafe { Vec::<_, Audited>::from_raw_parts(parts.0, parts.1, parts.2) };
    check!(ids(&v, &[0, 1, 2]));
    drop(v);
    ledger.settle()?;

    let (ptr, len, capacity) = Vec::<u64, Audited>::new().into_raw_parts();
    check_eq!((len, capacity), (0, 0));
    // SAFETY: As above.
    drop(unsafe { Vec::<_, Audited>::from_raw_parts(ptr, len, capacity) });
    Audited::settle()
}

/// A block may be larger than the capacity that the vector is made with, as upstream allows.
fn vec_from_parts_of_a_larger_block() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        // The capacity of the vector, and that of the block: an object, pages, an area.
        for (capacity, room) in [
            (3, 50),
            (10, 16),
            (PAGE_SIZE / 4, PAGE_SIZE),
            (PAGE_SIZE, 9 * PAGE_SIZE),
        ] {
            let made = || -> Result<Vec<u8, A>, Failed> {
                let mut v = patterned::<A>(capacity)?;
                v.reserve_exact(room - capacity, GFP_KERNEL)?;
                check_eq!(v.capacity(), room);
                let (ptr, len, _) = v.into_raw_parts();

                // SAFETY: The block is larger than `capacity` bytes, all of which are elements.
                Ok(unsafe { Vec::from_raw_parts(ptr, len, capacity) })
            };

            let v = made()?;
            check!(v.capacity() == capacity && is_patterned(&v));
            drop(v);

            let mut v = made()?;
            v.push(pattern(capacity), GFP_KERNEL)?;
            check!(v.len() == capacity + 1 && is_patterned(&v));
            check!(v.capacity() > capacity);
            v.resize(2 * room, 1, GFP_KERNEL)?;
            check!(is_patterned(&v[..=capacity]));

            let mut v = made()?;
            v.truncate(2);
            v.shrink_to(0, GFP_KERNEL)?;
            check!(v.capacity() == 2 && is_patterned(&v));

            let v = made()?.into_iter().collect(GFP_KERNEL);
            check!(v.len() == capacity && is_patterned(&v));
            let Ok(b) = v.into_boxed_slice(GFP_KERNEL) else {
                return Err(Failed(line!()));
            };
            check!(b.len() == capacity && is_patterned(&b));
        }
        Ok(())
    }

    with_kernel_allocators!(test)?;
    test::<Sensitive<KVmalloc>>()?;
    test::<NonBlocking<KVmalloc>>()
}

fn vec_spare_room_filled_in() -> Verdict {
    let mut v = KVVec::<u32>::with_capacity(8, GFP_KERNEL)?;

    v.push(1, GFP_KERNEL)?;
    let spare: &mut [MaybeUninit<u32>] = v.spare_capacity_mut();
    check!(spare.len() >= 7);
    for (i, slot) in spare.iter_mut().take(3).enumerate() {
        slot.write(i as u32 + 2);
    }
    check_eq!(v.len(), 1);
    // SAFETY: Three slots have been written.
    unsafe { v.inc_len(3) };
    check_eq!(v, [1, 2, 3, 4]);
    Ok(())
}

fn vec_from_boxed_array() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let tokens = [ledger.token(), ledger.token(), ledger.token()];
    let v = Vec::from(Box::<_, Audited>::new(tokens, GFP_KERNEL)?);
    check_eq!(v.len(), 3);
    check_eq!(v.capacity(), 3);
    check_eq!(Audited::requests(), 1);
    check_eq!(ledger.dropped(), 0);
    drop(v);
    check!(ledger.order_is(&[0, 1, 2]));

    let mut v = Vec::from(Box::<[u8; 0], Audited>::new([], GFP_KERNEL)?);
    check_eq!(v.capacity(), 0);
    v.push(1, GFP_KERNEL)?;
    check_eq!(v, [1]);
    drop(v);
    Audited::settle()
}

fn vec_printed_as_a_slice() -> Verdict {
    let v = numbers::<KVmalloc>(3)?;

    check_eq!(Text::of(format_args!("{:?}", v))?.as_bytes(), b"[0, 1, 2]");
    let e = numbers::<KVmalloc>(0)?;
    check_eq!(Text::of(format_args!("{:?}", e))?.as_bytes(), b"[]");
    Ok(())
}

fn vec_errors_as_kernel_errors() -> Verdict {
    check_eq!(Error::from(PushError(1)), EINVAL);
    check_eq!(Error::from(InsertError::OutOfCapacity(1)), EINVAL);
    check_eq!(Error::from(InsertError::IndexOutOfBounds(1)), EINVAL);
    check_eq!(Error::from(RemoveError), EINVAL);
    check!(!Text::of(format_args!("{:?}", PushError(())))?
        .as_bytes()
        .is_empty());
    check!(!Text::of(format_args!("{:?}", RemoveError))?
        .as_bytes()
        .is_empty());
    Ok(())
}

fn vec_shrinks_with_every_allocator() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut v = Vec::<u32, A>::with_capacity(100_000, GFP_KERNEL)?;
        v.extend_from_slice(&[1, 2, 3], GFP_KERNEL)?;

        // More than there is: nothing to do.
        v.shrink_to(200_000, GFP_KERNEL)?;
        check_eq!(v.capacity(), 100_000);

        v.shrink_to(50_000, GFP_KERNEL)?;
        check_eq!(v.capacity(), 50_000);
        v.shrink_to(2000, GFP_KERNEL)?;
        check_eq!(v.capacity(), 2000);
        check_eq!(v, [1, 2, 3]);

        // Never below what is there.
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), 3);
        check_eq!(v, [1, 2, 3]);
        v.push(4, GFP_KERNEL)?;
        check_eq!(v, [1, 2, 3, 4]);

        v.clear();
        v.shrink_to(0, GFP_KERNEL)?;
        check_eq!(v.capacity(), 0);
        v.push(5, GFP_KERNEL)?;
        check_eq!(v, [5]);
        Ok(())
    }
    with_each_allocator!(test)
}

suite! {
    /// What a vector is and does.
    kvmalloc_rust_vec_cases:
    vec_new_allocates_nothing,
    vec_with_capacity_is_exact_and_enough,
    vec_push_and_pop,
    vec_push_within_capacity,
    vec_grows_by_doubling,
    vec_reserve_makes_room,
    vec_insert_at_every_index,
    vec_remove_at_every_index,
    vec_extend_and_resize,
    vec_truncate_and_clear,
    vec_retain_any_function,
    vec_drain_all,
    vec_into_iter_and_collect,
    vec_as_slices,
    vec_compared,
    vec_raw_parts,
    vec_from_parts_of_a_larger_block,
    vec_spare_room_filled_in,
    vec_from_boxed_array,
    vec_printed_as_a_slice,
    vec_errors_as_kernel_errors,
    vec_shrinks_with_every_allocator,
}
