// SPDX-License-Identifier: GPL-2.0

//! Elements that can be told from each other, and vectors of them.
//!
//! Such vectors are short, and all of what can be said about them is tried: every index, every
//! range, those that are none included, and every number of elements that an iterator is asked for
//! before it is dropped or forgotten.

use super::*;
use core::{cmp::Ordering, fmt, ops::Range};

/// The numbers from 0 on.
pub(crate) fn numbers<A: Allocator>(count: usize) -> Result<Vec<usize, A>, Failed> {
    let mut v = Vec::new();

    for i in 0..count {
        v.push(i, GFP_KERNEL)?;
    }
    Ok(v)
}

/// An element that can be told from others, as far as its size allows.
pub(crate) trait Sample: Clone + PartialEq + fmt::Debug {
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
pub(crate) struct Wide(usize);

impl Sample for Wide {
    fn nth(n: usize) -> Self {
        Self(n)
    }
}

impl Sample for () {
    fn nth(_: usize) -> Self {}
}

impl<P: Sample> Sample for Counted<P> {
    fn nth(n: usize) -> Self {
        Self::new(P::nth(n))
    }
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
pub(crate) const LONGEST: usize = 4;

/// A vector of the samples of these numbers, with no room for more.
pub(crate) fn samples<T: Sample, A: Allocator>(numbers: Range<usize>) -> Result<Vec<T, A>, Failed> {
    let mut v = Vec::with_capacity(numbers.len(), GFP_KERNEL)?;

    for n in numbers {
        v.push(T::nth(n), GFP_KERNEL)?;
    }
    Ok(v)
}

/// Whether these are the samples of those numbers.
pub(crate) fn are<T: Sample>(v: &[T], numbers: impl IntoIterator<Item = usize>) -> bool {
    let mut numbers = numbers.into_iter();

    v.iter().all(|x| numbers.next().is_some_and(|n| x.is(n))) && numbers.next().is_none()
}

/// Every length with every range, or what would be one if it were not out of bounds.
pub(crate) fn each_range(mut test: impl FnMut(usize, Range<usize>) -> Verdict) -> Verdict {
    for len in 0..=LONGEST {
        for start in 0..=len + 2 {
            for end in 0..=len + 2 {
                test(len, start..end)?;
            }
        }
    }
    Ok(())
}

pub(crate) fn is_range_of(range: &Range<usize>, len: usize) -> bool {
    range.start <= range.end && range.end <= len
}

/// Whether a set, as bits, has a number.
pub(crate) fn has(set: usize, n: usize) -> bool {
    set & (1 << n) != 0
}

/// Numbers with an idea of their own of how many they are.
#[derive(Clone)]
pub(crate) struct Liar {
    pub(crate) numbers: Range<usize>,
    pub(crate) says: (usize, Option<usize>),
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

/// What is like nothing, itself included. There are such floats, but the kernel has none.
#[derive(Clone)]
pub(crate) struct Unlike;

impl PartialEq for Unlike {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl PartialOrd for Unlike {
    fn partial_cmp(&self, _: &Self) -> Option<Ordering> {
        None
    }
}

/// Asks for up to `front` elements from the front, then up to `back` from the back. Returns whether
/// they are of these numbers, and what is left of the numbers.
pub(crate) fn asked_for<T: Sample>(
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
