// SPDX-License-Identifier: GPL-2.0

//! Tests of what changes many elements of a vector at a time.
//!
//! A module of `kvvec_kunit.rs`, with whose instruments it works. Vectors are short here and all of
//! what can be said about them is tried: every index, every range, those that are none included, and
//! every number of elements that an iterator is asked for before it is dropped or forgotten. Each
//! test runs with each kind of [`Sample`], and with each allocator, [`Audited`] among them.

use super::*;
use core::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    ops::{Bound, Range},
    sync::atomic::AtomicIsize,
};
use kernel::alloc::kvec::{
    Drain, DrainAll, ExtendError, ExtractIf, PartError, RangeError, ShrinkError, SpliceError,
    TryInsertError, Writer,
};

fails_a_test! {
    <> RangeError, <> PartError, <T> TryInsertError<T>,
}

impl<I: Iterator> From<ExtendError<I>> for Failed {
    #[track_caller]
    fn from(_: ExtendError<I>) -> Self {
        Error::from(AllocError).into()
    }
}

impl<T, A: Allocator, I: Iterator<Item = T>> From<SpliceError<'_, T, A, I>> for Failed {
    #[track_caller]
    fn from(e: SpliceError<'_, T, A, I>) -> Self {
        Error::from(e).into()
    }
}

impl<T, A: Allocator> From<ShrinkError<T, A>> for Failed {
    #[track_caller]
    fn from(_: ShrinkError<T, A>) -> Self {
        Error::from(AllocError).into()
    }
}

// ---- Elements ----

/// An element that can be told from others, as far as its size allows.
trait Sample: Clone + PartialEq + fmt::Debug {
    /// The one of that number. The numbers are below 256.
    fn nth(n: usize) -> Self;

    /// Whether it may be the one of that number.
    fn is(&self, n: usize) -> bool {
        *self == Self::nth(n)
    }
}

impl Sample for u8 {
    fn nth(n: usize) -> Self {
        n as u8
    }
}

/// 24 bytes.
impl Sample for [usize; 3] {
    fn nth(n: usize) -> Self {
        [n, !n, n * n]
    }
}

/// Aligned so that it shows when a pointer is not.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(align(256))]
struct Wide(usize);

impl Sample for Wide {
    fn nth(n: usize) -> Self {
        Self(n)
    }
}

impl Sample for () {
    fn nth(_: usize) -> Self {}
}

/// How many [`Counted`] there are.
static ALIVE: AtomicIsize = AtomicIsize::new(0);

/// A sample that is counted: too few drops show as well as too many.
#[derive(PartialEq, Debug)]
struct Counted<P>(P);

impl<P: Sample> Sample for Counted<P> {
    fn nth(n: usize) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Self(P::nth(n))
    }
}

impl<P: Sample> Clone for Counted<P> {
    fn clone(&self) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Self(self.0.clone())
    }
}

impl<P> Drop for Counted<P> {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
    }
}

/// Runs a test, which must drop all that it makes and free all that it allocates.
fn balanced(test: impl FnOnce() -> Verdict) -> Verdict {
    ALIVE.store(0, Relaxed);
    audited(test)?;
    check_eq!(ALIVE.load(Relaxed), 0);
    Ok(())
}

/// Calls a generic test with each kind of sample, and with each allocator.
macro_rules! with_each {
    ($test:ident) => {{
        balanced($test::<u8, Audited>)?;
        balanced($test::<Counted<()>, Audited>)?;
        balanced($test::<Counted<u8>, Audited>)?;
        balanced($test::<Counted<Wide>, Audited>)?;
        balanced($test::<Counted<[usize; 3]>, Kmalloc>)?;
        balanced($test::<Counted<[usize; 3]>, Vmalloc>)?;
        balanced($test::<Counted<[usize; 3]>, KVmalloc>)?;
        Verdict::Ok(())
    }};
}

/// Vectors are tried up to this length, and indices two beyond.
const LONGEST: usize = 4;

/// A vector of the samples of these numbers, with no room for more.
fn samples<T: Sample, A: Allocator>(numbers: Range<usize>) -> Result<Vec<T, A>, Failed> {
    let mut v = Vec::with_capacity(numbers.len(), GFP_KERNEL)?;

    for n in numbers {
        v.push(T::nth(n), GFP_KERNEL)?;
    }
    Ok(v)
}

/// Whether these are the samples of those numbers.
fn are<T: Sample>(v: &[T], numbers: impl IntoIterator<Item = usize>) -> bool {
    let mut numbers = numbers.into_iter();

    v.iter().all(|x| numbers.next().is_some_and(|n| x.is(n))) && numbers.next().is_none()
}

/// Every length with every range, or what would be one if it were not out of bounds.
fn each_range(mut test: impl FnMut(usize, Range<usize>) -> Verdict) -> Verdict {
    for len in 0..=LONGEST {
        for start in 0..=len + 2 {
            for end in 0..=len + 2 {
                test(len, start..end)?;
            }
        }
    }
    Ok(())
}

fn is_range_of(range: &Range<usize>, len: usize) -> bool {
    range.start <= range.end && range.end <= len
}

/// Numbers with an idea of their own of how many they are.
#[derive(Clone)]
struct Liar {
    numbers: Range<usize>,
    says: (usize, Option<usize>),
}

impl Iterator for Liar {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.numbers.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.says
    }
}

// ---- One element ----

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

/// Whether a set, as bits, has a number.
fn has(set: usize, n: usize) -> bool {
    set & (1 << n) != 0
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

        PERMITS.store(0, Relaxed);
        let refused = v.insert(1, Sample::nth(9), GFP_KERNEL);
        check!(matches!(&refused, Err(TryInsertError::OutOfMemory(x)) if x.is(9)));
        check_eq!(refused.map_err(Error::from), Err(ENOMEM));
        check!(are(&v, 0..3));

        // To be told of the index is more help, and needs no memory.
        let calls = Audited::calls();
        let refused = v.insert(4, Sample::nth(9), GFP_KERNEL);
        check!(matches!(&refused, Err(TryInsertError::IndexOutOfBounds(x)) if x.is(9)));
        check_eq!(refused.map_err(Error::from), Err(EINVAL));
        check_eq!(Audited::calls(), calls);

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

// ---- Iterators that take out ----

/// Asks for up to `front` elements from the front, then up to `back` from the back. Returns whether
/// they are of these numbers, and what is left of the numbers.
fn asked_for<T: Sample>(
    iter: &mut (impl ExactSizeIterator<Item = T> + DoubleEndedIterator),
    mut numbers: Range<usize>,
    front: usize,
    back: usize,
) -> (bool, Range<usize>) {
    let mut proper = true;

    for i in 0..front + back {
        proper &= iter.size_hint() == (numbers.len(), Some(numbers.len()));
        let (is, should) = if i < front {
            (iter.next(), numbers.next())
        } else {
            (iter.next_back(), numbers.next_back())
        };
        proper &= match (is, should) {
            (Some(x), Some(n)) => x.is(n),
            (is, should) => is.is_none() && should.is_none(),
        };
    }
    (proper, numbers)
}

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
    with_each_allocator!(test);
    audited(test::<Audited>)
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

// ---- Many elements at a time ----

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

                PERMITS.store(permits, Relaxed);
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

                    PERMITS.store(permits, Relaxed);
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

            PERMITS.store(0, Relaxed);
            check_eq!(test(&mut v), Err(ENOMEM));
            check!(are(&v, 0..5));
            check!(ptr::eq(v.as_ptr(), at));
            check_eq!(v.capacity(), 5);
            PERMITS.store(NO_LIMIT, Relaxed);
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
        PERMITS.store(0, Relaxed);
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
        PERMITS.store(NO_LIMIT, Relaxed);
        check!(are(&v.into_boxed_slice(GFP_KERNEL)?, [1]));
        Ok(())
    })
}

/// For a function that must not be called.
fn unreachable() -> Counted<u8> {
    OFFENDED.store(true, Relaxed);
    Sample::nth(0)
}

/// Wherever memory ends in a life with all of it, all is dropped once and freed.
fn extend_failing_at_each_allocation() -> Verdict {
    for permits in 0..100 {
        let ledger = Ledger::new();

        Audited::begin(permits);
        let life = || -> Result<(), Error> {
            let token = |_| ledger.token();
            let mut v = Vec::<Token<'_>, Audited>::try_from_iter((0..3).map(token), GFP_KERNEL)?;

            v.insert(1, ledger.token(), GFP_KERNEL)?;
            v.extend((0..4).map(token), GFP_KERNEL)?;
            v.splice(2..4, (0..3).map(token).filter(|_| true), GFP_KERNEL)?;
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
        Audited::settle()?;
        if lived.is_ok() {
            check!(permits > 8);
            return Ok(());
        }
        check_eq!(lived, Err(ENOMEM));
    }
    Err(Failed(line!()))
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

// ---- Traits ----

/// Hashes by remembering all that it is fed.
#[derive(PartialEq, Debug)]
struct Fed([u8; 64], usize);

impl Hasher for Fed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0[self.1 % 64] ^= *byte;
            self.1 += 1;
        }
    }

    fn finish(&self) -> u64 {
        self.1 as u64
    }
}

fn hash_of(value: &(impl Hash + ?Sized)) -> Fed {
    let mut fed = Fed([0; 64], 0);

    value.hash(&mut fed);
    fed
}

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
    with_each_allocator!(test);

    audited(|| {
        let mut v = Vec::<u8, Audited>::new();

        PERMITS.store(0, Relaxed);
        check!(write!(v, "x").is_err());
        check_eq!(Audited::calls(), 0);
        check!(write!(v.writer(GFP_KERNEL), "x").is_err());
        check!(Audited::calls() > 0);
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
