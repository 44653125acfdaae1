// SPDX-License-Identifier: GPL-2.0

//! A vector as the slice that it is.
//!
//! What it derefs to, is indexed, compared and printed as, and looked through by reference.

use super::{
    Allocator,
    Vec, //
};
use core::{
    borrow::{
        Borrow,
        BorrowMut, //
    },
    cmp::Ordering,
    fmt,
    hash::{
        Hash,
        Hasher, //
    },
    ops::{
        Deref,
        DerefMut,
        Index,
        IndexMut, //
    },
    slice::{
        self,
        SliceIndex, //
    }, //
};

/// The elements as a slice, to be read.
///
/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// // Methods of slices are those of the vector.
/// assert_eq!(v.first(), Some(&1));
/// assert_eq!(v.iter().sum::<i32>(), 3);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> Deref for Vec<T, A> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

/// The elements as a slice, to be changed.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// v.fill(2);
/// assert_eq!(v, [2, 2, 2]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> DerefMut for Vec<T, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &[i32] = v.as_ref();
/// assert_eq!(slice, &[1, 1, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> AsRef<[T]> for Vec<T, A> {
    #[inline]
    fn as_ref(&self) -> &[T] {
        self
    }
}

/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &mut [i32] = v.as_mut();
/// slice[1] = 2;
/// assert_eq!(v, [1, 2, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> AsMut<[T]> for Vec<T, A> {
    #[inline]
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

/// # Examples
///
/// ```
/// use core::borrow::Borrow;
///
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &[i32] = v.borrow();
/// assert_eq!(slice.len(), 3);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> Borrow<[T]> for Vec<T, A> {
    #[inline]
    fn borrow(&self) -> &[T] {
        self
    }
}

/// # Examples
///
/// ```
/// use core::borrow::BorrowMut;
///
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let slice: &mut [i32] = v.borrow_mut();
/// slice[2] = 2;
/// assert_eq!(v, [1, 1, 2]);
/// # Ok::<(), Error>(())
/// ```
impl<T, A: Allocator> BorrowMut<[T]> for Vec<T, A> {
    #[inline]
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}

/// # Examples
///
/// ```
/// # #[allow(unused_imports)]
/// use kernel::{alloc::KVVec, fmt, str::CString};
///
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// assert_eq!(CString::try_from_fmt(fmt!("{:?}", v))?.to_str(), Ok("[1, 1, 1]"));
/// # Ok::<(), Error>(())
/// ```
impl<T: fmt::Debug, A: Allocator> fmt::Debug for Vec<T, A> {
    /// Prints the elements as a slice of them would.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

/// By a number or a range. As with slices, one that is out of bounds panics; `get` does not.
///
/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// assert_eq!(v[2], 1);
/// assert_eq!(v[1..], [1, 1]);
/// # Ok::<(), Error>(())
/// ```
impl<T, I: SliceIndex<[T]>, A: Allocator> Index<I> for Vec<T, A> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.as_slice()[index]
    }
}

/// As [`Index`], and likewise panics.
///
/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// v[0] = 2;
/// v[1..].fill(3);
/// assert_eq!(v, [2, 3, 3]);
/// # Ok::<(), Error>(())
/// ```
impl<T, I: SliceIndex<[T]>, A: Allocator> IndexMut<I> for Vec<T, A> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.as_mut_slice()[index]
    }
}

impl<T: Eq, A: Allocator> Eq for Vec<T, A> {}

/// As slices are: by the first elements that differ, or else by the length.
///
/// # Examples
///
/// ```
/// let v = KVVec::from_elem(Some(1), 2, GFP_KERNEL)?;
/// let w = KVec::from_elem(Some(1), 3, GFP_KERNEL)?;
/// assert!(v < w);
/// # Ok::<(), Error>(())
/// ```
impl<T: PartialOrd, A: Allocator, B: Allocator> PartialOrd<Vec<T, B>> for Vec<T, A> {
    #[inline]
    fn partial_cmp(&self, other: &Vec<T, B>) -> Option<Ordering> {
        self.as_slice().partial_cmp(other.as_slice())
    }
}

/// # Examples
///
/// ```
/// let mut words = KVVec::new();
/// for word in ["slab", "page", "vmalloc", "pages"] {
///     words.push(KVec::try_from_iter(word.bytes(), GFP_KERNEL)?, GFP_KERNEL)?;
/// }
/// words.sort_unstable();
/// assert_eq!(words[1], b"pages");
/// assert_eq!(words.iter().max(), words.last());
/// # Ok::<(), Error>(())
/// ```
impl<T: Ord, A: Allocator> Ord for Vec<T, A> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

/// As the slice is, which is what [`Borrow`] demands.
///
/// # Examples
///
/// ```
/// use core::hash::{Hash, Hasher};
///
/// struct Sum(u64);
///
/// impl Hasher for Sum {
///     fn write(&mut self, bytes: &[u8]) {
///         self.0 += bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
///     }
///
///     fn finish(&self) -> u64 {
///         self.0
///     }
/// }
///
/// let (mut vec, mut slice) = (Sum(0), Sum(0));
/// KVVec::from_elem(7u8, 3, GFP_KERNEL)?.hash(&mut vec);
/// [7u8; 3][..].hash(&mut slice);
/// assert_eq!(vec.finish(), slice.finish());
/// # Ok::<(), Error>(())
/// ```
impl<T: Hash, A: Allocator> Hash for Vec<T, A> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

/// Lets the left side be compared with the right side, element by element.
macro_rules! compare_as_slices {
    ($(<$($param:ident $(: $bound:ident)?),*; $($n:ident)?> $left:ty = $right:ty;)*) => {$(
        impl<T: PartialEq<U>, U, $($param $(: $bound)?,)* $(const $n: usize)?> PartialEq<$right>
            for $left
        {
            #[inline]
            fn eq(&self, other: &$right) -> bool {
                <[T] as PartialEq<[U]>>::eq(&self[..], &other[..])
            }
        }
    )*};
}

compare_as_slices! {
    <A: Allocator, B: Allocator;> Vec<T, A> = Vec<U, B>;
    <A: Allocator;> Vec<T, A> = [U];
    <A: Allocator;> Vec<T, A> = &[U];
    <A: Allocator;> Vec<T, A> = &mut [U];
    <A: Allocator; N> Vec<T, A> = [U; N];
    <A: Allocator; N> Vec<T, A> = &[U; N];
    <A: Allocator;> [T] = Vec<U, A>;
    <A: Allocator;> &[T] = Vec<U, A>;
    <A: Allocator;> &mut [T] = Vec<U, A>;
}

/// # Examples
///
/// ```
/// let v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// let mut sum = 0;
/// for n in &v {
///     sum += n;
/// }
/// // The vector is still there.
/// assert_eq!((sum, v.len()), (3, 3));
/// # Ok::<(), Error>(())
/// ```
impl<'a, T, A: Allocator> IntoIterator for &'a Vec<T, A> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

/// # Examples
///
/// ```
/// let mut v = KVVec::from_elem(1, 3, GFP_KERNEL)?;
/// for n in &mut v {
///     *n += 1;
/// }
/// assert_eq!(v, [2, 2, 2]);
/// # Ok::<(), Error>(())
/// ```
impl<'a, T, A: Allocator> IntoIterator for &'a mut Vec<T, A> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}
