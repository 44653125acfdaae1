// SPDX-License-Identifier: GPL-2.0

//! Many elements at a time.

use super::*;
use core::{mem::size_of, ptr};
use kernel::{
    alloc::kvec::{PartError, ShrinkError},
    error::code::ENOMEM,
};

fn extend_with_any_iterator() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for more in 0..=LONGEST {
                let end = len + more;
                let mut v = samples::<T, A>(0..len)?;

                v.extend((len..end).map(T::nth), GFP_KERNEL)?;
                check!(are(&v, 0..end));

                // It has no idea, or claims more or fewer than there are.
                for says in [0, 1, more, more + 1, 100] {
                    let mut v = samples::<T, A>(0..len)?;
                    let liar = Liar {
                        numbers: len..end,
                        says: (says, None),
                    };

                    v.extend(liar.clone().map(T::nth), GFP_KERNEL)?;
                    check!(are(&v, 0..end));
                    let made = Vec::<T, A>::try_from_iter(liar.map(T::nth), GFP_KERNEL)?;
                    check!(are(&made, len..end));
                }
            }
        }
        // By reference, so that the rest is still there.
        let mut rest = (0..10).map(T::nth);
        let mut v = Vec::<T, A>::new();
        v.extend(rest.by_ref().take(4), GFP_KERNEL)?;
        check!(are(&v, 0..4));
        v.extend(&mut rest, GFP_KERNEL)?;
        check!(are(&v, 0..10));
        Ok(())
    }
    with_each!(test)
}

/// Whatever the iterator says of itself, and wherever memory ends, no element is lost.
fn extend_loses_nothing() -> Verdict {
    for says in [0, 3, 7, 1000] {
        for permits in 0..20 {
            balanced(|| {
                let mut v = Vec::<Counted<u8>, Audited>::new();
                let liar = Liar {
                    numbers: 0..100,
                    says: (says, None),
                };

                Audited::permit(permits);
                let Err(refused) = v.extend(liar.map(Sample::nth), GFP_KERNEL) else {
                    check!(are(&v, 0..100));
                    return Ok(());
                };
                let has = v.len();
                check!(are(&v, 0..has));
                // What did not fit comes next, then the rest.
                check_eq!(refused.element.is_some(), has > 0 || says == 0);
                let mut others = refused.into_iter();
                for n in has..100 {
                    check!(others.next().is_some_and(|x| x.is(n)));
                }
                check!(others.next().is_none());
                Ok(())
            })?;
        }
    }
    // More than can be.
    let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
    let refused = v.extend(core::iter::repeat(2), quiet());
    check!(refused.is_err_and(|e| e.element.is_none() && Error::from(e) == ENOMEM));
    check_eq!(v, [1, 1, 1]);
    check!(KVVec::try_from_iter(core::iter::repeat(2u8), quiet()).is_err());

    let mut units = KVVec::<()>::new();
    // SAFETY: There is room, and nothing to initialise.
    unsafe { units.inc_len(usize::MAX - 1) };
    let two = Liar {
        numbers: 0..2,
        says: (0, None),
    };
    let refused = units.extend(two.map(|_| ()), GFP_KERNEL);
    check!(refused.is_err_and(|e| e.element.is_some() && e.rest.count() == 0));
    check_eq!(units.len(), usize::MAX);
    Ok(())
}

fn extend_append_and_split_off() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for at in 0..=len + 2 {
                let mut v = samples::<T, A>(0..len)?;
                let capacity = v.capacity();
                let tail = v.split_off(at, GFP_KERNEL);

                if at > len {
                    check!(matches!(tail, Err(PartError::OutOfBounds)));
                    check!(are(&v, 0..len));
                    continue;
                }
                let mut tail = tail?;
                check!(are(&v, 0..at));
                check_eq!(v.capacity(), capacity);
                check!(are(&tail, at..len));

                v.append(&mut tail, GFP_KERNEL)?;
                check!(are(&v, 0..len));
                check!(tail.is_empty());
                // From another allocator, and with an empty one.
                let mut more = samples::<T, Kmalloc>(len..len + 3)?;
                v.append(&mut more, GFP_KERNEL)?;
                v.append(&mut more, GFP_KERNEL)?;
                check!(are(&v, 0..len + 3));
                check!(more.is_empty());
            }
        }
        Ok(())
    }
    with_each!(test)
}

fn extend_resize_with() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for to in 0..=2 * LONGEST {
                let mut v = samples::<T, A>(0..len)?;
                let mut n = len;

                v.resize_with(
                    to,
                    || {
                        n += 1;
                        T::nth(n - 1)
                    },
                    GFP_KERNEL,
                )?;
                check!(are(&v, 0..to));
                check_eq!(n, len.max(to));
            }
        }
        Ok(())
    }
    with_each!(test)
}

fn extend_from_within_every_range() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        each_range(|len, range| {
            let mut v = samples::<T, A>(0..len)?;
            let result = v.extend_from_within(range.clone(), GFP_KERNEL);

            if is_range_of(&range, len) {
                check!(result.is_ok());
                check!(are(&v, (0..len).chain(range)));
            } else {
                check!(matches!(result, Err(PartError::OutOfBounds)));
                check!(are(&v, 0..len));
            }
            Ok(())
        })
    }
    with_each!(test)
}

fn extend_splice_every_range() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        each_range(|len, range| {
            for new in 0..=3 {
                let with = 10..10 + new;
                let mut v = samples::<T, A>(0..len)?;
                let spliced = match v.splice(range.clone(), with.clone().map(T::nth), GFP_KERNEL) {
                    Ok(mut old) => {
                        check!(are(old.as_slice(), range.clone()));
                        check!(asked_for(&mut old, range.clone(), new, 0).0);
                        true
                    }
                    Err(refused) => {
                        let mut with = with.clone();

                        check!(matches!(refused.why, PartError::OutOfBounds));
                        for x in refused {
                            check!(with.next().is_some_and(|n| x.is(n)));
                        }
                        check!(with.next().is_none());
                        false
                    }
                };

                check_eq!(spliced, is_range_of(&range, len));
                if spliced {
                    check!(are(&v, (0..range.start).chain(with).chain(range.end..len)));
                } else {
                    check!(are(&v, 0..len));
                }
            }
            Ok(())
        })
    }
    with_each!(test)
}

fn extend_splice_loses_nothing() -> Verdict {
    for says in [0, 5, 40] {
        for permits in 0..10 {
            for taken in [0, 2, 50] {
                balanced(|| {
                    let mut v = samples::<Counted<u8>, Audited>(0..5)?;
                    let liar = Liar {
                        numbers: 10..50,
                        says: (says, None),
                    };

                    Audited::permit(permits);
                    let spliced = match v.splice(1..3, liar.map(Sample::nth), GFP_KERNEL) {
                        Ok(old) => {
                            check!(are(old.as_slice(), 1..3));
                            true
                        }
                        Err(refused) => {
                            let mut with = 10..50;

                            check!(matches!(refused.why, PartError::OutOfMemory));
                            // Some of them; the others are dropped.
                            for x in refused.into_iter().take(taken) {
                                check!(with.next().is_some_and(|n| x.is(n)));
                            }
                            check!(taken < 50 || with.next().is_none());
                            false
                        }
                    };

                    if spliced {
                        check!(are(&v, [0].into_iter().chain(10..50).chain(3..5)));
                    } else {
                        check!(are(&v, 0..5));
                    }
                    Ok(())
                })?;
            }
        }
    }
    Ok(())
}

fn extend_clones_and_boxes() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            let v = samples::<T, A>(0..len)?;
            let mut clone = v.try_clone(GFP_KERNEL)?;
            check!(are(&clone, 0..len));
            check!(clone.capacity() == len || size_of::<T>() == 0);

            clone.reserve_exact(7, GFP_KERNEL)?;
            check!(clone.capacity() == len + 7 || size_of::<T>() == 0);
            // There is room already.
            let capacity = clone.capacity();
            clone.reserve_exact(2, GFP_KERNEL)?;
            check_eq!(clone.capacity(), capacity);
            clone.shrink_to(len + 1, GFP_KERNEL)?;
            check!(clone.capacity() == len + 1 || size_of::<T>() == 0);
            check!(are(&clone, 0..len));

            let boxed = clone.into_boxed_slice(GFP_KERNEL)?;
            check!(are(&boxed, 0..len));
            let mut again = Vec::from(boxed);
            check!(again.capacity() == len || size_of::<T>() == 0);
            again.push(T::nth(len), GFP_KERNEL)?;
            check!(are(&again, 0..len + 1));

            again.reserve(10, GFP_KERNEL)?;
            again.shrink_to_fit(GFP_KERNEL)?;
            check!(again.capacity() == len + 1 || size_of::<T>() == 0);
            let leaked = again.leak();
            check!(are(leaked, 0..len + 1));
            let (first, count) = (leaked.as_mut_ptr(), leaked.len());
            // SAFETY: These are all elements of a vector of `A` that had no room for more.
            let found = unsafe { Vec::<T, A>::from_raw_parts(first, count, count) };
            check!(are(&found, 0..len + 1));
            check!(are(&v, 0..len));
        }
        check!(
            Vec::<T, A>::new()
                .reserve_exact(usize::MAX, quiet())
                .is_ok()
                == (size_of::<T>() == 0)
        );
        Ok(())
    }
    with_each!(test)
}

/// All that allocates, each with nothing to be had, on a vector that is full.
fn extend_refused_without_memory() -> Verdict {
    type Bytes = Vec<Counted<u8>, Audited>;

    fn refused(test: impl FnOnce(&mut Bytes) -> Result<(), Error>) -> Verdict {
        balanced(|| {
            let mut v: Bytes = samples(0..5)?;
            let at = v.as_ptr();

            Audited::permit(0);
            check_eq!(test(&mut v), Err(ENOMEM));
            check!(are(&v, 0..5));
            check!(ptr::eq(v.as_ptr(), at));
            check_eq!(v.capacity(), 5);
            Audited::permit(NO_LIMIT);
            Ok(())
        })
    }

    refused(|v| Ok(v.insert(0, Sample::nth(9), GFP_KERNEL)?))?;
    refused(|v| {
        Ok(v.append(&mut Bytes::new(), GFP_KERNEL)
            .and(Err(AllocError))?)
    })?;
    refused(|v| Ok(v.split_off(2, GFP_KERNEL).map(drop)?))?;
    refused(|v| Ok(v.resize_with(6, unreachable, GFP_KERNEL)?))?;
    refused(|v| Ok(v.extend_from_within(..1, GFP_KERNEL)?))?;
    refused(|v| Ok(v.extend([7, 8].map(Sample::nth), GFP_KERNEL)?))?;
    refused(|v| {
        Ok(v.splice(.., [7, 8].map(Sample::nth), GFP_KERNEL)
            .map(drop)?)
    })?;
    refused(|v| Ok(v.try_clone(GFP_KERNEL).map(drop)?))?;
    refused(|v| Ok(v.reserve_exact(1, GFP_KERNEL)?))?;
    refused(|_| Ok(Bytes::try_from_iter([7, 8].map(Sample::nth), GFP_KERNEL).map(drop)?))?;

    balanced(|| {
        let mut v: Bytes = samples(0..2)?;
        let mut more: Bytes = samples(2..5)?;

        // Both stay as they are.
        Audited::permit(0);
        check!(v.append(&mut more, GFP_KERNEL).is_err());
        check!(are(&v, 0..2) && are(&more, 2..5));
        // With nothing to move there is nothing to fail.
        v.append(&mut Bytes::new(), GFP_KERNEL)?;
        check!(v.split_off(2, GFP_KERNEL)?.is_empty());
        check!(v
            .splice(..1, None, GFP_KERNEL)?
            .next()
            .is_some_and(|x| x.is(0)));

        // The copy would be smaller, but there is no memory for one.
        let Err(ShrinkError(mut v)) = v.into_boxed_slice(GFP_KERNEL) else {
            return Err(Failed(line!()));
        };
        check!(are(&v, [1]));
        check!(v.shrink_to_fit(GFP_KERNEL).is_err());
        Audited::permit(NO_LIMIT);
        check!(are(&v.into_boxed_slice(GFP_KERNEL)?, [1]));
        Ok(())
    })
}

/// For a function that must not be called.
fn unreachable() -> Counted<u8> {
    Audited::offend("an element is made that there is no room for");
    Sample::nth(0)
}

/// Wherever memory ends in a life with all of it, all is dropped once and freed.
fn extend_failing_at_each_allocation() -> Verdict {
    with_ever_more_memory(9..100, || {
        let ledger = Ledger::new();
        let life = || -> Result<(), Error> {
            let mut v = Vec::<Token<'_>, Audited>::try_from_iter(ledger.stream(3), GFP_KERNEL)?;

            v.insert(1, ledger.token(), GFP_KERNEL)?;
            v.extend(ledger.stream(4), GFP_KERNEL)?;
            v.splice(2..4, ledger.stream(3).filter(|_| true), GFP_KERNEL)?;
            let mut tail = v.split_off(3, GFP_KERNEL)?;
            v.resize_with(5, || ledger.token(), GFP_KERNEL)?;
            v.append(&mut tail, GFP_KERNEL)?;
            v.extend_from_within(1..4, GFP_KERNEL)?;
            drop(v.swap_remove(0)?);
            drop(v.drain(1..3)?.next_back());
            let boxed = v.try_clone(GFP_KERNEL)?.into_boxed_slice(GFP_KERNEL)?;
            tail.append(&mut Vec::from(boxed), GFP_KERNEL)?;
            tail.reserve_exact(30, GFP_KERNEL)?;
            tail.shrink_to_fit(GFP_KERNEL)?;
            Ok(())
        };
        let lived = life();

        ledger.settle()?;
        if lived.is_err() {
            check_eq!(lived, Err(ENOMEM));
        }
        Ok(lived.is_ok())
    })
}

suite! {
    /// Elements come in numbers, and those that there is no memory for are not lost.
    kvmalloc_rust_extend_cases:
    extend_with_any_iterator,
    extend_loses_nothing,
    extend_append_and_split_off,
    extend_resize_with,
    extend_from_within_every_range,
    extend_splice_every_range,
    extend_splice_loses_nothing,
    extend_clones_and_boxes,
    extend_refused_without_memory,
    extend_failing_at_each_allocation,
}
