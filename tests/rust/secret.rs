// SPDX-License-Identifier: GPL-2.0

//! Memory that is cleared before it is given back.

use super::*;
use core::slice;
use kernel::alloc::{KSecretVec, KVSecretBox, KVSecretVec, Sensitive};

type Watched = Sensitive<Audited>;

fn secret_is_cleared_when_it_grows() -> Verdict {
    Audited::begin(NO_LIMIT);
    let mut v = Vec::<u8, Watched>::with_capacity(8, GFP_KERNEL | __GFP_ZERO)?;
    Audited::insist_on_cleared();

    for n in 0..20_000 {
        v.push(pattern(n), GFP_KERNEL | __GFP_ZERO)?;
    }
    check!(is_patterned(&v));
    check!(Audited::requests() > 2);
    v.truncate(5000);
    v.shrink_to(0, GFP_KERNEL | __GFP_ZERO)?;
    check_eq!(v.len(), 5000);
    check!(is_patterned(&v));
    drop(v);
    Audited::settle()
}

fn secret_is_cleared_when_it_goes() -> Verdict {
    Audited::begin(NO_LIMIT);
    Audited::insist_on_cleared();

    drop(Box::<[u8; 3000], Watched>::new([7; 3000], GFP_KERNEL)?);
    check_eq!(Box::into_inner(Box::<_, Watched>::new(7u8, GFP_KERNEL)?), 7);
    drop(Vec::<u8, Watched>::from_elem(7, 3000, GFP_KERNEL)?.into_iter());
    let left = Vec::<u32, Watched>::from_elem(7, 3000, GFP_KERNEL)?;
    let left = left.into_iter().collect(GFP_KERNEL);
    check_eq!(left.len(), 3000);
    drop(left);
    drop(Vec::<u8, Watched>::new());
    drop(Box::<(), Watched>::new((), GFP_KERNEL)?);
    Audited::settle()
}

fn secret_that_cannot_grow_is_kept() -> Verdict {
    Audited::begin(1);
    Audited::insist_on_cleared();
    let mut v = Vec::<u8, Watched>::from_elem(7, 100, GFP_KERNEL)?;

    let spare = v.capacity() - v.len();
    check!(v.reserve(spare + 1, GFP_KERNEL).is_err());
    check_eq!(v, [7; 100]);
    drop(v);
    Audited::settle()
}

fn secret_is_wiped_at_once() -> Verdict {
    let mut v = KVSecretVec::from_elem(0xffu8, 1000, GFP_KERNEL)?;
    let at = v.as_ptr();

    v.wipe_from(10);
    check_eq!(v, [0xff; 10]);
    // SAFETY: These bytes are still the vector's, and have been written to.
    check!(unsafe { slice::from_raw_parts(at.add(10), 990) }
        .iter()
        .all(|b| *b == 0));
    while v.pop().is_some() {}
    v.wipe_spare();
    // SAFETY: Likewise.
    check!(unsafe { slice::from_raw_parts(at, 1000) }
        .iter()
        .all(|b| *b == 0));
    v.wipe_from(5);
    check!(v.is_empty());

    let mut nothing = KVSecretVec::from_elem((), 5, GFP_KERNEL)?;
    nothing.wipe_from(2);
    check_eq!(nothing.len(), 2);
    Ok(())
}

fn secret_of_either_backing() -> Verdict {
    let mut large = KVSecretBox::<Large>::zeroed(GFP_KERNEL)?;
    large[NOT_SLAB - 1] = 1;
    check!(is_area(large.as_ptr()));
    let mut v = KVSecretVec::from_elem(3u8, NOT_SLAB - 1, GFP_KERNEL)?;
    check!(!is_area(v.as_ptr()));
    v.push(4, GFP_KERNEL)?;
    check!(is_area(v.as_ptr()));
    check!(v[..NOT_SLAB - 1].iter().all(|b| *b == 3));
    check_eq!(KSecretVec::from_elem(1u16, 3, GFP_KERNEL)?, [1, 1, 1]);
    Ok(())
}

suite! {
    /// Nothing is given back before it has been cleared.
    kvmalloc_rust_secret_cases:
    secret_is_cleared_when_it_grows,
    secret_is_cleared_when_it_goes,
    secret_that_cannot_grow_is_kept,
    secret_is_wiped_at_once,
    secret_of_either_backing,
}
