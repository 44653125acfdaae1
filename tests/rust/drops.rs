// SPDX-License-Identifier: GPL-2.0

//! Each element is dropped once, when it is due and in order, and all memory is freed.

use super::*;
use kernel::alloc::kvec::{InsertError, PushError};

/// Runs a test on a vector of tokens 0 to 4, and sees to it that all is dropped and freed.
fn with_five(test: impl for<'a> Fn(&'a Ledger, Vec<Token<'a>, Audited>) -> Verdict) -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    test(&ledger, ledger.tokens(5)?)?;
    ledger.settle()?;
    Audited::settle()
}

fn drop_first_to_last() -> Verdict {
    with_five(|ledger, v| {
        drop(v);
        check!(ledger.order_is(&[0, 1, 2, 3, 4]));
        Ok(())
    })
}

fn drop_by_truncate() -> Verdict {
    with_five(|ledger, mut v| {
        v.truncate(3);
        check!(ledger.order_is(&[3, 4]));
        v.truncate(3);
        check!(ledger.order_is(&[3, 4]));
        v.truncate(2);
        check!(ledger.order_is(&[3, 4, 2]));
        v.clear();
        check!(ledger.order_is(&[3, 4, 2, 0, 1]));
        v.push(ledger.token(), GFP_KERNEL)?;
        Ok(())
    })
}

fn drop_by_retain_as_it_goes() -> Verdict {
    with_five(|ledger, mut v| {
        let mut seen = [0; 5];

        v.retain(|t| {
            seen[t.id] = ledger.dropped();
            t.id % 2 == 1
        });
        check_eq!(seen, [0, 1, 1, 2, 2]);
        check!(ledger.order_is(&[0, 2, 4]));
        check!(ids(&v, &[1, 3]));
        Ok(())
    })
}

fn drop_of_what_is_removed() -> Verdict {
    with_five(|ledger, mut v| {
        let removed = v.remove(1)?;
        let popped = v.pop();

        check_eq!(ledger.dropped(), 0);
        drop(popped);
        drop(removed);
        check!(ledger.order_is(&[4, 1]));
        check!(v.remove(3).is_err());
        check!(ids(&v, &[0, 2, 3]));
        Ok(())
    })
}

fn drop_of_what_is_refused() -> Verdict {
    with_five(|ledger, mut v| {
        while v.len() < v.capacity() {
            v.push_within_capacity(ledger.token())?;
        }
        let len = v.len();

        let Err(PushError(back)) = v.push_within_capacity(ledger.token()) else {
            return Err(Failed(line!()));
        };
        check_eq!((back.id, ledger.dropped()), (len, 0));
        let Err(InsertError::OutOfCapacity(back)) = v.insert_within_capacity(0, back) else {
            return Err(Failed(line!()));
        };
        check_eq!((back.id, ledger.dropped()), (len, 0));
        let Err(InsertError::IndexOutOfBounds(back)) = v.insert_within_capacity(len + 1, back)
        else {
            return Err(Failed(line!()));
        };
        check_eq!((back.id, ledger.dropped()), (len, 0));
        drop(back);
        check!(ledger.order_is(&[len]));
        Ok(())
    })
}

fn drop_in_the_middle_of_into_iter() -> Verdict {
    for taken in 0..=5 {
        with_five(|ledger, v| {
            let mut iter = v.into_iter();

            for i in 0..taken {
                check_eq!(iter.next().map(|t| t.id), Some(i));
                check_eq!(ledger.dropped(), i + 1);
            }
            drop(iter);
            check!(ledger.order_is(&[0, 1, 2, 3, 4]));
            Ok(())
        })?;
    }

    // A loop that is left early.
    with_five(|ledger, v| {
        for t in v {
            if t.id == 2 {
                break;
            }
        }
        check!(ledger.order_is(&[0, 1, 2, 3, 4]));
        Ok(())
    })
}

fn drop_in_the_middle_of_collect() -> Verdict {
    for taken in 0..=5 {
        with_five(|ledger, v| {
            let mut iter = v.into_iter();

            for _ in 0..taken {
                drop(iter.next());
            }
            let rest = iter.collect(GFP_KERNEL);
            check_eq!(ledger.dropped(), taken);
            check!(ids(&rest, &[0, 1, 2, 3, 4][taken..]));
            Ok(())
        })?;
    }
    Ok(())
}

fn drop_in_the_middle_of_drain_all() -> Verdict {
    for taken in 0..=5 {
        with_five(|ledger, mut v| {
            let mut drain = v.drain_all();

            for i in 0..taken {
                check_eq!(drain.next().map(|t| t.id), Some(i));
            }
            check_eq!(ledger.dropped(), taken);
            drop(drain);
            check!(ledger.order_is(&[0, 1, 2, 3, 4]));
            check!(v.is_empty());
            v.push(ledger.token(), GFP_KERNEL)?;
            Ok(())
        })?;
    }
    Ok(())
}

fn drop_by_resize_and_extend() -> Verdict {
    with_five(|ledger, mut v| {
        // The clones are 6 and 7, and the value itself, 5, is the last.
        v.extend_with(3, ledger.token(), GFP_KERNEL)?;
        check_eq!(ledger.dropped(), 0);
        check!(ids(&v, &[0, 1, 2, 3, 4, 6, 7, 5]));

        v.extend_with(0, ledger.token(), GFP_KERNEL)?;
        check!(ledger.order_is(&[8]));
        v.resize(2, ledger.token(), GFP_KERNEL)?;
        // The value that is not needed is dropped too.
        check_eq!(ledger.dropped(), 1 + 6 + 1);
        v.resize(3, ledger.token(), GFP_KERNEL)?;
        check!(ids(&v, &[0, 1, 10]));

        let slice = [ledger.token(), ledger.token()];
        v.extend_from_slice(&slice, GFP_KERNEL)?;
        check!(ids(&v, &[0, 1, 10, 13, 14]));
        Ok(())
    })
}

fn drop_of_elements_that_move() -> Verdict {
    with_five(|ledger, mut v| {
        for additional in [10, 100, 1000] {
            v.reserve(additional, GFP_KERNEL)?;
        }
        v.shrink_to(50, GFP_KERNEL)?;
        v.shrink_to(0, GFP_KERNEL)?;
        v.reserve(1, GFP_KERNEL)?;
        v.insert_within_capacity(2, ledger.token())?;
        check_eq!(ledger.dropped(), 0);
        check!(ids(&v, &[0, 1, 5, 2, 3, 4]));
        Ok(())
    })
}

fn drop_of_nested_vectors() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let mut outer = Vec::<Vec<Token<'_>, Audited>, Audited>::new();
    for n in [2, 0, 3] {
        outer.push(ledger.tokens(n)?, GFP_KERNEL)?;
    }
    drop(outer.remove(0)?);
    check!(ledger.order_is(&[0, 1]));
    drop(outer);
    check!(ledger.order_is(&[0, 1, 2, 3, 4]));
    ledger.settle()?;
    Audited::settle()
}

suite! {
    /// Each element is dropped once, when it is due and in order, and all memory is freed.
    kvmalloc_rust_drop_cases:
    drop_first_to_last,
    drop_by_truncate,
    drop_by_retain_as_it_goes,
    drop_of_what_is_removed,
    drop_of_what_is_refused,
    drop_in_the_middle_of_into_iter,
    drop_in_the_middle_of_collect,
    drop_in_the_middle_of_drain_all,
    drop_by_resize_and_extend,
    drop_of_elements_that_move,
    drop_of_nested_vectors,
}
