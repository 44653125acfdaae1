// SPDX-License-Identifier: GPL-2.0

//! Iterators that take elements out of a vector.

use super::{align::Pages1, *};
use core::{mem::forget, ops::Bound, ptr, sync::atomic::Ordering::Relaxed};
use kernel::alloc::kvec::RangeError;

fn drain_every_range() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        each_range(|len, range| {
            let mut v = samples::<T, A>(0..len)?;

            if !is_range_of(&range, len) {
                check!(matches!(v.drain(range), Err(RangeError)));
                check!(are(&v, 0..len));
                return Ok(());
            }
            // One more than there are, for it stays at the end once it is there.
            for front in 0..=range.len() + 1 {
                for back in 0..=range.len() + 1 {
                    let mut v = samples::<T, A>(0..len)?;
                    let (at, capacity) = (v.as_ptr(), v.capacity());
                    let mut drain = v.drain(range.clone())?;
                    let (proper, left) = asked_for(&mut drain, range.clone(), front, back);

                    check!(proper);
                    check!(are(drain.as_slice(), left.clone()));
                    check!(are(drain.as_mut_slice(), left.clone()));
                    if (front + back) % 2 == 0 {
                        drop(drain);
                        check!(are(&v, (0..range.start).chain(range.end..len)));
                    } else {
                        drain.keep_rest();
                        check!(are(&v, (0..range.start).chain(left).chain(range.end..len)));
                    }
                    check!(ptr::eq(v.as_ptr(), at));
                    check_eq!(v.capacity(), capacity);
                }
            }
            Ok(())
        })
    }
    with_each!(test)
}

fn drain_kinds_of_ranges() -> Verdict {
    let seven = || KVVec::try_from_iter(0..7, GFP_KERNEL);

    check!(seven()?.drain(..)?.eq(0..7));
    check!(seven()?.drain(2..)?.eq(2..7));
    check!(seven()?.drain(..2)?.eq(0..2));
    check!(seven()?.drain(..=2)?.eq(0..3));
    check!(seven()?.drain(2..=3)?.eq(2..4));
    check!(seven()?.drain(2..=6)?.eq(2..7));
    check!(seven()?.drain(7..)?.eq(0..0));
    check!(seven()?
        .drain((Bound::Excluded(2), Bound::Unbounded))?
        .eq(3..7));
    check!(seven()?.drain(..=7).is_err());
    check!(seven()?.drain(8..).is_err());
    // These cannot be counted.
    check!(seven()?.drain(..=usize::MAX).is_err());
    check!(seven()?.drain(0..=usize::MAX).is_err());
    check!(seven()?.drain(usize::MAX..).is_err());
    let beyond = (Bound::Excluded(usize::MAX), Bound::Unbounded);
    check!(seven()?.drain(beyond).is_err());
    // The longest there are.
    let mut units = KVVec::<()>::new();
    // SAFETY: There is room, and nothing to initialise.
    unsafe { units.inc_len(usize::MAX) };
    check!(units.drain(..=usize::MAX).is_err());
    check_eq!(units.drain(10..)?.len(), usize::MAX - 10);
    check_eq!(units.len(), 10);
    Ok(())
}

/// What is forgotten leaks elements, which is allowed; nothing may be there twice.
fn drain_forgotten() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        each_range(|len, range| {
            if !is_range_of(&range, len) {
                return Ok(());
            }
            for taken in 0..=range.len() {
                let before = ALIVE.load(Relaxed);
                let mut v = samples::<T, A>(0..len)?;
                let mut drain = v.drain(range.clone())?;

                check!(asked_for(&mut drain, range.clone(), taken, 0).0);
                forget(drain);
                check!(are(&v, 0..range.start));
                // It is of use, and grows over what is leaked.
                v.push(T::nth(9), GFP_KERNEL)?;
                check!(are(&v, (0..range.start).chain(Some(9))));
                drop(v);
                // They are alive, or were never counted.
                let leaked = ALIVE.swap(before, Relaxed) - before;
                let should = (len - range.start - taken) as isize;
                check!(leaked == should || leaked == 0 && !core::mem::needs_drop::<T>());
            }
            Ok(())
        })?;

        let before = ALIVE.load(Relaxed);
        let mut v = samples::<T, A>(0..4)?;
        let mut all = v.drain_all();
        drop(all.next_back());
        forget(all);
        check!(v.is_empty());
        v.push(T::nth(9), GFP_KERNEL)?;
        check!(are(&v, [9]));
        drop(v);
        ALIVE.store(before, Relaxed);

        let mut v = samples::<T, A>(0..4)?;
        let mut some = v.extract_if(1.., |x| x.is(3))?;
        check!(some.next().is_some());
        forget(some);
        // All but the last, or the first alone of those that are all alike.
        let kept = v.len();
        check!(are(&v, 0..kept));
        check!(kept == 3 || kept == 1);
        drop(v);
        ALIVE.store(before, Relaxed);
        Ok(())
    }
    with_each!(test)
}

fn drain_all_from_both_ends() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for front in 0..=len + 1 {
                for back in 0..=len + 1 {
                    let mut v = samples::<T, A>(0..len)?;
                    let mut all = v.drain_all();
                    let (proper, left) = asked_for(&mut all, 0..len, front, back);

                    check!(proper);
                    check!(are(all.as_slice(), left));
                    drop(all);
                    check!(v.is_empty());
                    check!(v.capacity() >= len);
                }
            }
        }
        Ok(())
    }
    with_each!(test)
}

fn drain_into_iter_from_both_ends() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for front in 0..=len + 1 {
                for back in 0..=len + 1 {
                    let mut iter = samples::<T, A>(0..len)?.into_iter();
                    let (proper, left) = asked_for(&mut iter, 0..len, front, back);

                    check!(proper);
                    check!(are(iter.as_slice(), left.clone()));
                    check!(are(iter.as_ref(), left.clone()));
                    if let Some(last) = iter.as_mut_slice().last_mut() {
                        *last = T::nth(9);
                    }
                    let should = left.clone().map(|n| if n + 1 == left.end { 9 } else { n });
                    check!(are(iter.as_slice(), should.clone()));
                    if front % 2 == 0 {
                        check!(are(&iter.collect(GFP_KERNEL), should));
                    }
                }
            }
        }
        Ok(())
    }
    with_each!(test)
}

fn drain_extract_every_subset() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        each_range(|len, range| {
            if !is_range_of(&range, len) {
                let mut v = samples::<T, A>(0..len)?;
                check!(matches!(v.extract_if(range, |_| true), Err(RangeError)));
                check!(are(&v, 0..len));
                return Ok(());
            }
            for set in 0..1 << len {
                // Stopped after so many.
                for limit in 0..=range.len() + 1 {
                    let mut v = samples::<T, A>(0..len)?;
                    let mut next = range.start;
                    let mut proper = true;
                    let mut wanted = range.clone().filter(|n| has(set, *n));
                    let mut taken = 0;
                    let mut some = v.extract_if(range.clone(), |x| {
                        proper &= x.is(next);
                        next += 1;
                        has(set, next - 1)
                    })?;

                    for _ in 0..limit {
                        check!(some.size_hint().0 == 0);
                        match (some.next(), wanted.next()) {
                            (Some(x), Some(n)) => {
                                check!(x.is(n));
                                taken |= 1 << n;
                            }
                            (is, should) => check!(is.is_none() && should.is_none()),
                        }
                    }
                    drop(some);
                    check!(proper);
                    check!(are(&v, (0..len).filter(|n| !has(taken, *n))));
                }
            }
            Ok(())
        })
    }
    with_each!(test)
}

fn drain_drops_in_order() -> Verdict {
    let ledger = Ledger::new();

    audited(|| {
        let mut v: Vec<Token<'_>, Audited> = ledger.tokens(8)?;
        let mut middle = v.drain(2..7)?;
        drop(middle.next());
        drop(middle.next_back());
        check!(ledger.order_is(&[2, 6]));
        drop(middle);
        check!(ledger.order_is(&[2, 6, 3, 4, 5]));
        check!(ids(&v, &[0, 1, 7]));

        v.retain(|t| t.id != 1);
        check!(ledger.order_is(&[2, 6, 3, 4, 5, 1]));
        v.dedup_by(|_, _| true);
        check!(ledger.order_is(&[2, 6, 3, 4, 5, 1, 7]));
        check!(ids(&v, &[0]));
        Ok(())
    })?;
    ledger.settle()
}

/// Elements that no stack has room for are moved and dropped where they are.
fn drain_elements_of_a_page() -> Verdict {
    fn pages<A: Allocator>(count: u8) -> Result<Vec<Pages1, A>, Failed> {
        let mut v = Vec::<Pages1, A>::with_capacity(count.into(), GFP_KERNEL)?;

        for n in 0..count {
            let slot = v.spare_capacity_mut()[0].as_mut_ptr().cast::<u8>();
            // SAFETY: The slot is of a page, and any bytes are an element.
            unsafe {
                slot.write_bytes(n, PAGE_SIZE);
                v.inc_len(1);
            }
        }
        Ok(v)
    }
    fn holds(v: &[Pages1], numbers: &[u8]) -> bool {
        v.len() == numbers.len()
            && v.iter()
                .zip(numbers)
                .all(|(page, n)| is_aligned(page, PAGE_SIZE) && page.0.iter().all(|b| b == n))
    }
    fn test<A: Allocator>() -> Verdict {
        let mut v = pages::<A>(8)?;

        v.retain(|page| page.0[0] != 1);
        check!(holds(&v, &[0, 2, 3, 4, 5, 6, 7]));
        v.dedup_by_key(|page| page.0[0] / 2);
        check!(holds(&v, &[0, 2, 4, 6]));
        check!(holds(v.drain(1..3)?.as_slice(), &[2, 4]));
        check!(holds(&v, &[0, 6]));

        let mut tail = pages::<A>(5)?.split_off(3, GFP_KERNEL)?;
        check!(holds(&tail, &[3, 4]));
        v.append(&mut tail, GFP_KERNEL)?;
        check!(holds(&v, &[0, 6, 3, 4]));
        v.reserve_exact(7, GFP_KERNEL)?;
        check_eq!(v.capacity(), 11);
        v.shrink_to(5, GFP_KERNEL)?;
        check!(holds(&v, &[0, 6, 3, 4]));

        let boxed = v.into_boxed_slice(GFP_KERNEL)?;
        check!(holds(&boxed, &[0, 6, 3, 4]));
        check!(holds(&Vec::from(boxed), &[0, 6, 3, 4]));
        Ok(())
    }
    with_each_allocator!(test)
}

suite! {
    /// Iterators take out what is asked for, drop what is not, and leave the others.
    kvmalloc_rust_drain_cases:
    drain_every_range,
    drain_kinds_of_ranges,
    drain_forgotten,
    drain_all_from_both_ends,
    drain_into_iter_from_both_ends,
    drain_extract_every_subset,
    drain_drops_in_order,
    drain_elements_of_a_page,
}
