// SPDX-License-Identifier: GPL-2.0

//! Growing what a lock protects, without allocating or freeing while it is held.
//!
//! Under a spinlock nothing may sleep: neither may a buffer be allocated with `GFP_KERNEL`, nor may
//! one that is vmalloc memory be freed. So the new buffer is made before the lock is taken, and the
//! old one is freed after it is released. A [`Spare`] is the buffer in both roles, and
//! [`lock_with_room`] is the whole of the dance.

use super::{
    flags::GFP_NOWAIT,
    AllocError,
    Allocator,
    Flags,
    KVmalloc,
    Vec, //
};
use core::{
    mem::{
        self,
        size_of, //
    },
    ops::{
        Deref,
        DerefMut, //
    },
    ptr, //
};

/// A buffer without elements, to be exchanged for that of a vector.
///
/// It is made where one may sleep, and given to [`Vec::grow_into`] where one may not. That leaves
/// in it what the vector had before, so nothing is freed until the spare is dropped, which is up to
/// whoever declared it: before the guard of the lock, so that it is dropped after it.
///
/// # Invariants
///
/// The vector has no elements.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::Spare, new_spinlock, sync::SpinLock};
///
/// let queue = KBox::pin_init(new_spinlock!(KVVec::<u64>::new()), GFP_KERNEL)?;
/// # let _: &SpinLock<_> = &queue;
///
/// // Here one may sleep.
/// let mut spare = Spare::with_capacity(1000, GFP_KERNEL)?;
/// {
///     // Here one may not.
///     let mut queue = queue.lock();
///     assert!(queue.grow_into(&mut spare));
///     queue.push_within_capacity(1)?;
/// }
/// // What the vector had before is in the spare, and is freed here.
/// drop(spare);
/// assert!(queue.lock().capacity() >= 1000);
/// # Ok::<(), Error>(())
/// ```
///
/// A buffer of one allocator is not taken for that of another:
///
/// ```ignore,compile_fail
/// let mut v = KVVec::<u8>::new();
/// v.grow_into(&mut Spare::<u8, Kmalloc>::none());
/// ```
#[must_use = "to drop a spare frees memory, which may sleep"]
pub struct Spare<T, A: Allocator>(Vec<T, A>);

impl<T, A: Allocator> Spare<T, A> {
    /// No buffer at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{KVmalloc, Spare};
    ///
    /// assert_eq!(Spare::<u8, KVmalloc>::none().capacity(), 0);
    /// ```
    #[inline]
    pub const fn none() -> Self {
        // INVARIANT: A new vector has no elements.
        Self(Vec::new())
    }

    /// A buffer for exactly `capacity` elements.
    ///
    /// # Errors
    ///
    /// Those of [`Vec::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{KVmalloc, Spare};
    ///
    /// let spare = Spare::<u32, KVmalloc>::with_capacity(10, GFP_KERNEL)?;
    /// assert!(spare.capacity() >= 10);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn with_capacity(capacity: usize, flags: Flags) -> Result<Self, AllocError> {
        // INVARIANT: A vector that has just been made has no elements.
        Vec::with_capacity(capacity, flags).map(Self)
    }

    /// A buffer for a vector of `len` elements that is about to get `additional` more.
    ///
    /// The length may be out of date by the time that the lock is held: it is a hint. There is room
    /// for twice as many elements as are needed now, if that much is to be had, so that a vector
    /// that grows by one element at a time does not need a new buffer each time.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if there is no memory for `len + additional` elements, or if these would be
    /// more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{KVmalloc, Spare};
    ///
    /// let spare = Spare::<u8, KVmalloc>::for_vec(100, 1, GFP_KERNEL)?;
    /// assert!(spare.capacity() >= 101);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn for_vec(len: usize, additional: usize, flags: Flags) -> Result<Self, AllocError> {
        let need = len.checked_add(additional).ok_or(AllocError)?;
        let least = A::MIN_ALIGN.checked_div(size_of::<T>()).unwrap_or(0);
        let wish = need.saturating_mul(2).max(least);

        if flags.are_refused_by::<A>() {
            return Err(AllocError);
        }
        Self::with_capacity(wish, flags.for_a_wish()).or_else(|_| Self::with_capacity(need, flags))
    }

    /// The number of elements that there is room for.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::{Kmalloc, Spare};
    ///
    /// // Elements of no size need no room.
    /// assert_eq!(Spare::<(), Kmalloc>::none().capacity(), usize::MAX);
    /// ```
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<T> Spare<T, KVmalloc> {
    /// Frees the buffer without sleeping. A worker frees the pages of a vmalloc area.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{alloc::Spare, new_spinlock, sync::SpinLock};
    ///
    /// let lock = KBox::pin_init(new_spinlock!(KVVec::<u8>::new()), GFP_KERNEL)?;
    /// # let _: &SpinLock<_> = &lock;
    /// let mut spare = Spare::with_capacity(100_000, GFP_KERNEL)?;
    ///
    /// let mut guard = lock.lock();
    /// guard.grow_into(&mut spare);
    /// spare.free_atomic();
    /// # drop(guard);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn free_atomic(self) {
        self.0.drop_as(GFP_NOWAIT);
    }
}

impl<T, A: Allocator> Vec<T, A> {
    /// Moves the elements into the buffer of `spare`, which gets the vector's own for it.
    ///
    /// Neither allocates nor frees nor sleeps. Takes as long as it takes to copy the elements,
    /// which is something to think of when the vector is long and interrupts are off.
    ///
    /// Returns [`false`], and does nothing, if the spare is no larger than what the vector has. So
    /// no element is ever without room, and a spare that somebody else's has made needless stays
    /// whole for another time.
    ///
    /// A promise of [`Vec::with_growth_limit`] is one of the old buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::alloc::Spare;
    ///
    /// let mut v = KVVec::from_elem(7u8, 100, GFP_KERNEL)?;
    /// let mut small = Spare::with_capacity(10, GFP_KERNEL)?;
    /// assert!(!v.grow_into(&mut small));
    ///
    /// let mut large = Spare::with_capacity(1000, GFP_KERNEL)?;
    /// assert!(v.grow_into(&mut large));
    /// assert!(v.capacity() >= 1000 && large.capacity() < 1000);
    /// assert_eq!(v, [7; 100]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn grow_into(&mut self, spare: &mut Spare<T, A>) -> bool {
        if spare.capacity() <= self.capacity() {
            return false;
        }

        let len = self.len();
        let room = &mut spare.0;
        // SAFETY: There are `len` elements, and room for more than that in the other buffer, which
        // is another block.
        unsafe { ptr::copy_nonoverlapping(self.as_ptr(), room.as_mut_ptr(), len) };
        // SAFETY: The elements are the other vector's from here on; this one has none, which is at
        // most its capacity.
        unsafe { self.assume_len(0) };
        // SAFETY: They have just been moved there.
        unsafe { room.assume_len(len) };
        // INVARIANT: The spare gets the vector without elements.
        mem::swap(self, room);
        true
    }
}

/// A lock that is held, on a vector that has the room that was asked for.
///
/// Derefs to the guard, and thereby to what the lock protects. When this is dropped the lock is
/// released first; only then the buffer is freed that the vector had before, if it had to get
/// another.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::lock_with_room, new_mutex, sync::Mutex};
///
/// let log = KBox::pin_init(new_mutex!(KVVec::<u8>::new()), GFP_KERNEL)?;
/// # let _: &Mutex<_> = &log;
/// let mut held = lock_with_room(|| log.lock(), 2, GFP_KERNEL)?;
/// held.push_within_capacity(b'o')?;
/// held.push_within_capacity(b'k')?;
/// drop(held);
/// assert_eq!(*log.lock(), [b'o', b'k']);
/// # Ok::<(), Error>(())
/// ```
#[must_use = "the lock is released when this is dropped"]
pub struct WithRoom<G, T, A: Allocator> {
    // The fields are dropped in this order: it is what this type is for.
    guard: G,
    old: Old<T, A>,
}

/// The buffer that a vector had before, freed in a context that `flags` describe.
struct Old<T, A: Allocator> {
    spare: Spare<T, A>,
    flags: Flags,
}

impl<T, A: Allocator> Old<T, A> {
    /// Takes the buffer out.
    fn take(&mut self) -> Spare<T, A> {
        mem::replace(&mut self.spare, Spare::none())
    }
}

impl<T, A: Allocator> Drop for Old<T, A> {
    fn drop(&mut self) {
        self.take().0.drop_as(self.flags);
    }
}

impl<G, T, A: Allocator> WithRoom<G, T, A> {
    /// Takes the two apart: the buffer that the vector had before, and the guard.
    ///
    /// In this order, because variables are dropped in the opposite one: bound by one pattern, the
    /// guard goes first.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{alloc::lock_with_room, new_mutex, sync::Mutex};
    ///
    /// let log = KBox::pin_init(new_mutex!(KVec::<u8>::new()), GFP_KERNEL)?;
    /// # let _: &Mutex<_> = &log;
    /// let (old, guard) = lock_with_room(|| log.lock(), 2, GFP_KERNEL)?.into_parts();
    /// drop(guard);
    /// assert_eq!(old.capacity(), 0);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn into_parts(mut self) -> (Spare<T, A>, G) {
        (self.old.take(), self.guard)
    }
}

impl<G, T, A: Allocator> Deref for WithRoom<G, T, A> {
    type Target = G;

    #[inline]
    fn deref(&self) -> &G {
        &self.guard
    }
}

impl<G, T, A: Allocator> DerefMut for WithRoom<G, T, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G {
        &mut self.guard
    }
}

/// Takes a lock on a vector, and sees to it that there is room for `additional` more elements.
///
/// `lock` takes the lock. It may be one under which nothing may sleep: memory is allocated, with
/// `flags`, while it is not held. As others may use up the room meanwhile, that is done again until
/// there is enough, and each time for the length that was seen last.
///
/// For a vector that is a part of what the lock protects see [`lock_with_room_in`].
///
/// # Errors
///
/// [`AllocError`] if there is no memory. The lock is not held then.
///
/// # Examples
///
/// ```
/// use kernel::{alloc::lock_with_room, new_spinlock, sync::SpinLock};
///
/// let queue = KBox::pin_init(new_spinlock!(KVVec::<u64>::new()), GFP_KERNEL)?;
/// # let _: &SpinLock<_> = &queue;
///
/// for n in 0..1000 {
///     // May sleep, though the elements are added under a spinlock.
///     lock_with_room(|| queue.lock(), 1, GFP_KERNEL)?.push_within_capacity(n)?;
/// }
/// assert_eq!(queue.lock().len(), 1000);
/// # Ok::<(), Error>(())
/// ```
#[inline]
pub fn lock_with_room<G, T, A>(
    lock: impl FnMut() -> G,
    additional: usize,
    flags: Flags,
) -> Result<WithRoom<G, T, A>, AllocError>
where
    G: DerefMut<Target = Vec<T, A>>,
    A: Allocator,
{
    lock_with_room_in(lock, |guard| &mut **guard, additional, flags)
}

/// Takes a lock, and sees to it that the vector that `of` finds has room for `additional` more
/// elements.
///
/// Otherwise as [`lock_with_room`].
///
/// # Errors
///
/// Those of [`lock_with_room`].
///
/// # Examples
///
/// ```
/// use kernel::{alloc::lock_with_room_in, new_spinlock, sync::SpinLock};
///
/// struct State {
///     events: KVVec<u32>,
///     lost: usize,
/// }
///
/// let state = State { events: KVVec::new(), lost: 0 };
/// let state = KBox::pin_init(new_spinlock!(state), GFP_KERNEL)?;
/// # let _: &SpinLock<_> = &state;
///
/// let mut held = lock_with_room_in(|| state.lock(), |s| &mut s.events, 8, GFP_KERNEL)?;
/// for n in 0..8 {
///     held.events.push_within_capacity(n)?;
/// }
/// assert_eq!(held.lost, 0);
/// # drop(held);
/// # Ok::<(), Error>(())
/// ```
pub fn lock_with_room_in<G, T, A>(
    mut lock: impl FnMut() -> G,
    of: impl for<'a> Fn(&'a mut G) -> &'a mut Vec<T, A>,
    additional: usize,
    flags: Flags,
) -> Result<WithRoom<G, T, A>, AllocError>
where
    A: Allocator,
{
    let mut old = Old {
        spare: Spare::none(),
        flags,
    };

    loop {
        let mut guard = lock();
        let vec = of(&mut guard);

        // The spare may be too small by now, and still be larger than the vector's buffer. That
        // does not matter here.
        if additional > vec.capacity() - vec.len() {
            vec.grow_into(&mut old.spare);
        }
        if additional <= vec.capacity() - vec.len() {
            return Ok(WithRoom { guard, old });
        }
        let len = vec.len();

        drop(guard);
        // The buffer that the vector has would have to be freed.
        if !flags.allow_freeing::<A>() {
            return Err(AllocError);
        }
        // Free the spare first: two are never needed at once.
        old.take().0.drop_as(flags);
        old.spare = Spare::for_vec(len, additional, flags)?;
    }
}
