// SPDX-License-Identifier: GPL-2.0

//! Single elements that come and go at any place of a vector.

use super::*;
use kernel::{
    alloc::kvec::{RemoveError, TryInsertError},
    error::code::{EINVAL, ENOMEM},
};

fn edit_insert_at_every_index() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for index in 0..=len + 2 {
                let mut v = samples::<T, A>(0..len)?;
                let result = v.insert(index, T::nth(9), GFP_KERNEL);

                if index <= len {
                    check!(result.is_ok());
                    check!(are(&v, (0..index).chain(Some(9)).chain(index..len)));
                } else {
                    check!(matches!(&result, Err(TryInsertError::IndexOutOfBounds(_))));
                    check!(result.err().is_some_and(|e| e.into_inner().is(9)));
                    check!(are(&v, 0..len));
                }
            }
        }
        Ok(())
    }
    with_each!(test)
}

fn edit_swap_remove_at_every_index() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for index in 0..=len + 2 {
                let mut v = samples::<T, A>(0..len)?;
                let taken = v.swap_remove(index);

                if index < len {
                    let last = len - 1;
                    check!(taken?.is(index));
                    check!(are(
                        &v,
                        (0..last).map(|n| if n == index { last } else { n })
                    ));
                } else {
                    check!(matches!(taken, Err(RemoveError)));
                    check!(are(&v, 0..len));
                }
            }
        }
        check!(samples::<T, A>(0..2)?.swap_remove(usize::MAX).is_err());
        Ok(())
    }
    with_each!(test)
}

fn edit_pop_if() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        let mut v = samples::<T, A>(0..3)?;

        check!(v.pop_if(|x| !x.is(2)).is_none());
        check!(are(&v, 0..3));
        check!(v.pop_if(|x| x.is(2)).is_some_and(|x| x.is(2)));
        // What is refused may have been changed.
        let changed = |x: &mut T| {
            *x = T::nth(7);
            false
        };
        check!(v.pop_if(changed).is_none());
        check!(are(&v, [0, 7]));
        v.clear();
        let mut asked = false;
        check!(v
            .pop_if(|_| {
                asked = true;
                true
            })
            .is_none());
        check!(!asked);
        Ok(())
    }
    with_each!(test)
}

fn edit_retain_every_subset() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for set in 0..1 << len {
                let mut v = samples::<T, A>(0..len)?;
                let (mut n, mut in_order) = (0, true);

                v.retain_mut(|x| {
                    in_order &= x.is(n);
                    *x = T::nth(10 + n);
                    n += 1;
                    has(set, n - 1)
                });
                check!(in_order);
                check_eq!(n, len);
                check!(are(&v, (0..len).filter(|n| has(set, *n)).map(|n| 10 + n)));
            }
        }
        Ok(())
    }
    with_each!(test)
}

fn edit_dedup_every_pattern() -> Verdict {
    fn test<T: Sample, A: Allocator>() -> Verdict {
        for len in 0..=LONGEST {
            for set in 0..1 << len {
                // Bit n: element n is to go. The first has nothing before it and is not asked for.
                let mut v = samples::<T, A>(0..len)?;
                let (mut n, mut last, mut proper) = (0, 0, true);

                v.dedup_by(|x, kept| {
                    n += 1;
                    proper &= x.is(n) && kept.is(last);
                    if !has(set, n) {
                        last = n;
                    }
                    has(set, n)
                });
                check!(proper);
                check_eq!(n, len.saturating_sub(1));
                check!(are(&v, (0..len).filter(|n| *n == 0 || !has(set, *n))));
            }
        }
        Ok(())
    }
    with_each!(test)?;

    balanced(|| {
        let mut v = Vec::<Counted<u8>, Audited>::new();
        for n in [1, 1, 2, 3, 3, 3, 1] {
            v.push(Counted::nth(n), GFP_KERNEL)?;
        }
        v.dedup();
        check!(are(&v, [1, 2, 3, 1]));
        v.dedup_by_key(|x| x.0 / 2);
        check!(are(&v, [1, 2, 1]));
        // What is kept may be changed, and the next is compared with that.
        v.dedup_by(|_, kept| {
            kept.0 += 1;
            kept.0 % 2 == 0
        });
        check!(are(&v, [3, 1]));
        Ok(())
    })?;

    let mut units = KVVec::from_elem((), 100, GFP_KERNEL)?;
    units.dedup();
    check_eq!(units.len(), 1);
    Ok(())
}

/// What fails for want of memory says so, and hands back what it was given.
fn edit_refused_without_memory() -> Verdict {
    balanced(|| {
        let mut v = samples::<Counted<u8>, Audited>(0..3)?;

        Audited::permit(0);
        let refused = v.insert(1, Sample::nth(9), GFP_KERNEL);
        check!(matches!(&refused, Err(TryInsertError::OutOfMemory(x)) if x.is(9)));
        check_eq!(refused.map_err(Error::from), Err(ENOMEM));
        check!(are(&v, 0..3));

        // To be told of the index is more help, and needs no memory.
        let calls = Audited::requests();
        let refused = v.insert(4, Sample::nth(9), GFP_KERNEL);
        check!(matches!(&refused, Err(TryInsertError::IndexOutOfBounds(x)) if x.is(9)));
        check_eq!(refused.map_err(Error::from), Err(EINVAL));
        check_eq!(Audited::requests(), calls);

        // With room there is nothing to fail.
        check!(v.pop().is_some());
        v.insert(0, Sample::nth(8), GFP_KERNEL)?;
        check!(are(&v, [8, 0, 1]));
        Ok(())
    })
}

suite! {
    /// Single elements come and go at any place.
    kvmalloc_rust_edit_cases:
    edit_insert_at_every_index,
    edit_swap_remove_at_every_index,
    edit_pop_if,
    edit_retain_every_subset,
    edit_dedup_every_pattern,
    edit_refused_without_memory,
}
