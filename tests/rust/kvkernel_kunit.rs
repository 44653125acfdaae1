// SPDX-License-Identifier: GPL-2.0

//! Tests of what drivers do with boxes and vectors: under locks, with user space, devices, readers
//! and C.
//!
//! Each test is a function that ends at the first check that does not hold. The suites that run
//! them are in `kvkernel_kunit_main.c`.
//!
//! [`Strict`] is an allocator that says when it is called where it must not be (while a lock is
//! held), when what it gets back has not been cleared (if it should have been), and that can fail.

#[macro_use]
mod cases;
#[macro_use]
mod checks;

use cases::Case;
use checks::{Failed, Verdict};

use core::{
    alloc::Layout,
    cell::Cell,
    fmt::Debug,
    mem::{self, size_of, MaybeUninit},
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
    slice,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
use kernel::{
    alloc::{
        flags::*,
        kvec::PushError,
        lock_with_room, lock_with_room_in,
        pages::{AsPieces, SgTable, WholePages},
        rcu::{read_lock, RcuBox, RcuSlot},
        AllocError, Allocator, Backing, Box, CBox, CVec, Flags, KBox, KSecretVec, KVBox,
        KVSecretBox, KVSecretVec, KVVec, KVec, KVmalloc, Kmalloc, KvFree, NumaNode, Sensitive,
        Spare, VBox, VVec, Vec, Vmalloc,
    },
    bindings,
    error::{
        code::{EFAULT, EINVAL, ENOMEM},
        Error,
    },
    ffi::{c_int, c_ulong, c_void},
    init::InPlaceInit,
    new_spinlock,
    page::PAGE_SIZE,
    pr_err,
    uaccess::{UserPtr, UserSlice, UserSliceReader, UserSliceWriter},
};

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"kvkernel_kunit\0";

fails_a_test! { <> AllocError, <> Error, <T> PushError<T> }

/// Calls a generic test with each of the kernel's allocators.
macro_rules! with_each_allocator {
    ($test:ident) => {{
        $test::<Kmalloc>()?;
        $test::<Vmalloc>()?;
        $test::<KVmalloc>()?;
    }};
}

extern "C" {
    fn kvkernel_kunit_user(bytes: usize) -> c_ulong;
    fn kvkernel_kunit_is_area(mem: *const c_void) -> bool;
    fn kvkernel_kunit_rcu_barrier();
    fn kvkernel_kunit_kmalloc(bytes: usize) -> *mut c_void;
    fn kvkernel_kunit_vmalloc(bytes: usize) -> *mut c_void;
    fn kvkernel_kunit_kvmalloc(bytes: usize) -> *mut c_void;
}

fn is_area<T: ?Sized>(mem: *const T) -> bool {
    // SAFETY: The address is looked up, not followed.
    unsafe { kvkernel_kunit_is_area(mem.cast()) }
}

fn rcu_barrier() {
    // SAFETY: Tests may sleep.
    unsafe { kvkernel_kunit_rcu_barrier() }
}

/// More than any slab has.
const NOT_SLAB: usize = bindings::KMALLOC_MAX_SIZE as usize + 1;

/// What the byte at `at` is where it matters which is which.
fn pattern(at: usize) -> u8 {
    (at % 251) as u8
}

fn patterned<A: Allocator>(len: usize) -> Result<Vec<u8, A>, Failed> {
    let mut v = Vec::with_capacity(len, GFP_KERNEL)?;

    for at in 0..len {
        v.push_within_capacity(pattern(at))?;
    }
    Ok(v)
}

fn is_patterned(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, b)| *b == pattern(at))
}

/// Counts how many of it have been dropped.
struct Counted<'a>(usize, &'a Cell<usize>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
    }
}

// ---- An allocator that looks closely ----

/// Memory from [`KVmalloc`], with conditions.
struct Strict;

static HELD: AtomicBool = AtomicBool::new(false);
static OFFENDED: AtomicBool = AtomicBool::new(false);
static CLEARED: AtomicBool = AtomicBool::new(false);
static PERMITS: AtomicUsize = AtomicUsize::new(usize::MAX);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

impl Strict {
    /// From now on so many allocations succeed.
    fn begin(permits: usize) {
        HELD.store(false, Relaxed);
        OFFENDED.store(false, Relaxed);
        CLEARED.store(false, Relaxed);
        PERMITS.store(permits, Relaxed);
        CALLS.store(0, Relaxed);
        LIVE.store(0, Relaxed);
    }

    /// From now on what is freed must have been cleared, and nothing may be reallocated.
    fn insist_on_cleared() {
        CLEARED.store(true, Relaxed);
    }

    fn offend(what: &str) {
        pr_err!("kvkernel_kunit.rs: allocator misused: {}\n", what);
        OFFENDED.store(true, Relaxed);
    }

    fn called() {
        CALLS.store(CALLS.load(Relaxed) + 1, Relaxed);
        if HELD.load(Relaxed) {
            Self::offend("the lock is held");
        }
    }

    fn calls() -> usize {
        CALLS.load(Relaxed)
    }

    fn settle() -> Verdict {
        check!(!OFFENDED.load(Relaxed));
        check_eq!(LIVE.load(Relaxed), 0);
        Ok(())
    }
}

// SAFETY: All but what is counted is `KVmalloc`.
unsafe impl Allocator for Strict {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let had = block.filter(|_| old.size() != 0);

        Self::called();
        if let Some(block) = had {
            if CLEARED.load(Relaxed) {
                // SAFETY: The block is live and has that many bytes. Tests initialise them all.
                let bytes = unsafe { slice::from_raw_parts(block.as_ptr(), old.size()) };

                if layout.size() != 0 {
                    Self::offend("reallocated");
                }
                if bytes.iter().any(|byte| *byte != 0) {
                    Self::offend("not cleared");
                }
            }
        }
        if layout.size() != 0 {
            match PERMITS.load(Relaxed) {
                0 => return Err(AllocError),
                permits => PERMITS.store(permits - 1, Relaxed),
            }
        }
        // SAFETY: The requirements are the same.
        let new = unsafe { KVmalloc::realloc(block, layout, old, flags, nid)? };

        let live = LIVE.load(Relaxed) - usize::from(had.is_some());
        LIVE.store(live + usize::from(layout.size() != 0), Relaxed);
        Ok(new)
    }
}

/// What a lock would give out: allocates no memory itself, and tells [`Strict`] that it is held.
struct Held<'a, T>(&'a mut T);

impl<'a, T> Held<'a, T> {
    fn new(value: &'a mut T) -> Self {
        HELD.store(true, Relaxed);
        Self(value)
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        HELD.store(false, Relaxed);
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

// ---- Growing under a lock ----

fn spare_takes_the_elements_over() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let dropped = Cell::new(0);
        let mut v = Vec::<Counted<'_>, A>::new();
        for n in 0..10 {
            v.push(Counted(n, &dropped), GFP_KERNEL)?;
        }
        let before = (v.as_ptr(), v.capacity());

        let mut spare = Spare::with_capacity(before.1 + 1, GFP_KERNEL)?;
        let room = spare.capacity();
        check!(v.grow_into(&mut spare));
        check!(v.as_ptr() != before.0);
        check_eq!(v.capacity(), room);
        check_eq!(spare.capacity(), before.1);
        check_eq!(dropped.get(), 0);
        drop(spare);
        check_eq!(dropped.get(), 0);
        check!(v.iter().map(|c| c.0).eq(0..10));
        drop(v);
        check_eq!(dropped.get(), 10);
        Ok(())
    }

    with_each_allocator!(test);
    Ok(())
}

fn spare_that_is_not_larger_is_refused() -> Verdict {
    let mut v = KVVec::from_elem(3u32, 100, GFP_KERNEL)?;
    let at = v.as_ptr();

    for room in [0, 1, 99, v.capacity()] {
        let mut spare = Spare::with_capacity(room, GFP_KERNEL)?;
        check!(!v.grow_into(&mut spare));
        check_eq!(spare.capacity(), room);
    }
    check!(!v.grow_into(&mut Spare::none()));
    check_eq!(v.as_ptr(), at);
    check_eq!(v.len(), 100);

    let mut nothing = KVVec::from_elem((), 3, GFP_KERNEL)?;
    check!(!nothing.grow_into(&mut Spare::with_capacity(10, GFP_KERNEL)?));
    check_eq!(nothing.len(), 3);
    Ok(())
}

fn spare_is_large_enough() -> Verdict {
    for (len, more) in [(0, 0), (0, 1), (100, 1), (1, 100), (5000, 5000)] {
        check!(Spare::<u64, KVmalloc>::for_vec(len, more, GFP_KERNEL)?.capacity() >= len + more);
        check!(Spare::<(), KVmalloc>::for_vec(len, more, GFP_KERNEL)?.capacity() >= len + more);
    }
    check!(Spare::<u64, KVmalloc>::for_vec(usize::MAX, 1, GFP_KERNEL).is_err());
    check!(Spare::<u64, KVmalloc>::for_vec(usize::MAX / 4, 1, GFP_KERNEL).is_err());

    // Twice as much is a wish, and may be denied.
    Strict::begin(0);
    check!(Spare::<u64, Strict>::for_vec(10, 1, GFP_KERNEL).is_err());
    check_eq!(Strict::calls(), 2);
    Strict::settle()
}

fn spare_is_swapped_without_the_allocator() -> Verdict {
    Strict::begin(2);
    let mut v = Vec::<u8, Strict>::with_capacity(10, GFP_KERNEL)?;
    let mut spare = Spare::with_capacity(20, GFP_KERNEL)?;
    {
        let mut held = Held::new(&mut v);
        check!(held.grow_into(&mut spare));
        check!(!held.grow_into(&mut spare));
        held.push_within_capacity(1)?;
    }
    check_eq!(Strict::calls(), 2);
    drop(spare);
    drop(v);
    Strict::settle()
}

fn spare_under_a_spinlock() -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(patterned::<KVmalloc>(NOT_SLAB)?), GFP_KERNEL)?;
    let mut spare = Spare::with_capacity(2 * NOT_SLAB, GFP_KERNEL)?;
    {
        // Whatever sleeps here is a warning, which fails the run.
        let mut v = lock.lock();
        check!(v.grow_into(&mut spare));
        check!(is_patterned(&v));
    }
    check!(spare.capacity() >= NOT_SLAB);
    drop(spare);

    let mut spare = Spare::with_capacity(3 * NOT_SLAB, GFP_KERNEL)?;
    {
        let mut v = lock.lock();
        check!(v.grow_into(&mut spare));
        spare.free_atomic();
    }
    check!(is_patterned(&lock.lock()));
    Spare::<u8, KVmalloc>::none().free_atomic();
    Spare::<(), KVmalloc>::none().free_atomic();
    Ok(())
}

fn room_is_made_outside_of_the_lock() -> Verdict {
    Strict::begin(usize::MAX);
    let mut v = Vec::<usize, Strict>::new();
    let at = ptr::addr_of_mut!(v);

    for n in 0..1000 {
        // SAFETY: One of them at a time.
        let lock = || Held::new(unsafe { &mut *at });
        let mut held = lock_with_room(lock, 1, GFP_KERNEL)?;

        check!(HELD.load(Relaxed));
        held.push_within_capacity(n)?;
        drop(held);
        check!(!HELD.load(Relaxed));
    }
    check!(v.iter().copied().eq(0..1000));
    // It grows by factors.
    check!(Strict::calls() < 50);
    drop(v);
    Strict::settle()
}

fn room_that_others_use_up_is_made_again() -> Verdict {
    Strict::begin(usize::MAX);
    let mut v = Vec::<usize, Strict>::new();
    let at = ptr::addr_of_mut!(v);
    let mut locks = 0;

    let held = lock_with_room(
        || {
            // SAFETY: One of them at a time.
            let v = unsafe { &mut *at };

            locks += 1;
            // Others were here before, thrice, and grew it as well.
            if locks <= 3 {
                for n in 0..300 * locks * locks {
                    let _ = v.push(n, GFP_KERNEL);
                }
                let full = v.capacity() - v.len();
                let _ = v.extend_with(full, 0, GFP_KERNEL);
            }
            Held::new(v)
        },
        7,
        GFP_KERNEL,
    )?;
    check!(held.capacity() - held.len() >= 7);
    drop(held);
    check!(locks >= 4);
    drop(v);
    Strict::settle()
}

fn room_cannot_be_made() -> Verdict {
    Strict::begin(1);
    let mut state = (0u8, Vec::<u8, Strict>::from_elem(9, 10, GFP_KERNEL)?);
    let at = ptr::addr_of_mut!(state);
    // SAFETY: One of them at a time.
    let lock = || Held::new(unsafe { &mut *at });

    check!(lock_with_room_in(lock, |s| &mut s.1, 0, GFP_KERNEL).is_ok());
    check!(lock_with_room_in(lock, |s| &mut s.1, 100, GFP_KERNEL).is_err());
    check!(!HELD.load(Relaxed));
    check!(lock_with_room_in(lock, |s| &mut s.1, usize::MAX, GFP_KERNEL).is_err());
    check_eq!(state.1, [9; 10]);
    drop(state);
    Strict::settle()
}

suite! {
    /// A vector grows under a spinlock, and nobody allocates, frees or sleeps there.
    kvmalloc_rust_spare_cases:
    spare_takes_the_elements_over,
    spare_that_is_not_larger_is_refused,
    spare_is_large_enough,
    spare_is_swapped_without_the_allocator,
    spare_under_a_spinlock,
    room_is_made_outside_of_the_lock,
    room_that_others_use_up_is_made_again,
    room_cannot_be_made,
}

// ---- User space ----

/// User memory that ends at a hole.
struct User {
    at: usize,
    len: usize,
}

impl User {
    fn new(len: usize) -> Result<Self, Failed> {
        // SAFETY: This is a test, which KUnit knows of.
        let at = unsafe { kvkernel_kunit_user(len) } as usize;

        check!(at != 0);
        Ok(Self { at, len })
    }

    /// So many bytes; beyond the memory's end they are not there.
    fn slice(&self, len: usize) -> UserSlice {
        // SAFETY: What is a user's pointer is a number in one kernel, and a pointer in another,
        // which may be any.
        let ptr = unsafe { mem::transmute_copy::<usize, UserPtr>(&self.at) };

        UserSlice::new(ptr, len)
    }

    fn reader(&self, len: usize) -> UserSliceReader {
        self.slice(len).reader()
    }

    fn writer(&self, len: usize) -> UserSliceWriter {
        self.slice(len).writer()
    }

    fn fill(&self) -> Verdict {
        self.writer(self.len)
            .write_slice(&patterned::<KVmalloc>(self.len)?)?;
        Ok(())
    }
}

fn user_there_and_back() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in [0, 1, 100, PAGE_SIZE, 65_536, 65_537, 500_000] {
            let user = User::new(len.max(1))?;
            let out = patterned::<A>(len)?;
            out.write_to_user(&mut user.writer(len))?;

            let mut back = Vec::<u8, A>::new();
            let mut reader = user.reader(len);
            back.extend_from_user(&mut reader, len / 3, GFP_KERNEL)?;
            check_eq!(reader.len(), len - len / 3);
            let rest = reader.len();
            back.extend_from_user(&mut reader, rest, GFP_KERNEL)?;
            check!(reader.is_empty());
            check_eq!(back.len(), len);
            check!(is_patterned(&back));

            let all = Vec::<u8, A>::from_user(&mut user.reader(len), GFP_KERNEL)?;
            check!(*all == *back);
        }
        Ok(())
    }

    with_each_allocator!(test);
    Ok(())
}

fn user_fault_changes_nothing() -> Verdict {
    let user = User::new(200_000)?;
    user.fill()?;

    for wanted in [200_001, 300_000] {
        let mut v = KVVec::from_elem(1u8, 3, GFP_KERNEL)?;
        let mut reader = user.reader(wanted);
        check_eq!(
            v.extend_from_user(&mut reader, wanted, GFP_KERNEL),
            Err(EFAULT)
        );
        check_eq!(v, [1, 1, 1]);
        check_eq!(reader.len(), wanted);

        // So it can be tried again.
        v.clear();
        v.extend_from_user(&mut reader, 200_000, GFP_KERNEL)?;
        check_eq!(v.len(), 200_000);
        check!(is_patterned(&v));
        check_eq!(reader.len(), wanted - 200_000);
    }
    Ok(())
}

fn user_who_lies_gets_little() -> Verdict {
    const LIE: usize = 1 << 40;
    let user = User::new(PAGE_SIZE)?;
    let mut v = KVVec::new();

    check_eq!(
        v.extend_from_user(&mut user.reader(LIE), LIE, GFP_KERNEL),
        Err(EFAULT)
    );
    check!(v.is_empty());
    check!(v.capacity() <= 1 << 17);

    // Whoever asks for more than a reader has gets nothing at all.
    let mut v = KVVec::<u8>::new();
    check_eq!(
        v.extend_from_user(&mut user.reader(10), 11, GFP_KERNEL),
        Err(EFAULT)
    );
    check_eq!(v.capacity(), 0);
    Ok(())
}

fn user_but_no_memory() -> Verdict {
    let user = User::new(1_000_000)?;
    user.fill()?;

    // It may fail at once, or on the way.
    for permits in 0..3 {
        Strict::begin(permits);
        let mut v = Vec::<u8, Strict>::new();
        let mut reader = user.reader(1_000_000);
        check_eq!(
            v.extend_from_user(&mut reader, 1_000_000, GFP_KERNEL),
            Err(ENOMEM)
        );
        check!(v.is_empty());
        check_eq!(reader.len(), 1_000_000);
        drop(v);
        Strict::settle()?;
    }
    Ok(())
}

fn user_uses_the_room_that_is_there() -> Verdict {
    let user = User::new(1000)?;
    user.fill()?;

    Strict::begin(1);
    let mut v = Vec::<u8, Strict>::with_capacity(1000, GFP_KERNEL)?;
    v.extend_from_user(&mut user.reader(1000), 1000, GFP_KERNEL)?;
    check_eq!(Strict::calls(), 1);
    check!(is_patterned(&v));
    drop(v);
    Strict::settle()
}

fn user_is_written_to() -> Verdict {
    let user = User::new(100)?;
    let v = patterned::<KVmalloc>(60)?;

    check_eq!(v.write_to_user(&mut user.writer(59)), Err(EFAULT));
    check_eq!(
        v.write_to_user(&mut User { at: 0, len: 0 }.writer(60)),
        Err(EFAULT)
    );

    check_eq!(v.write_to_user_at(0, &mut user.writer(100))?, 60);
    check_eq!(v.write_to_user_at(50, &mut user.writer(100))?, 10);
    check_eq!(v.write_to_user_at(50, &mut user.writer(4))?, 4);
    check_eq!(v.write_to_user_at(60, &mut user.writer(4))?, 0);
    check_eq!(v.write_to_user_at(usize::MAX, &mut user.writer(4))?, 0);

    let back = KVVec::from_user(&mut user.reader(5), GFP_KERNEL)?;
    check_eq!(back, [50, 51, 52, 53, 54]);
    let hole = User {
        at: user.at + 100,
        len: 0,
    };
    check_eq!(v.write_to_user_at(0, &mut hole.writer(10)), Err(EFAULT));
    Ok(())
}

suite! {
    /// Bytes come from user space and go there, and users who lie get nothing for it.
    kvmalloc_rust_user_cases:
    user_there_and_back,
    user_fault_changes_nothing,
    user_who_lies_gets_little,
    user_but_no_memory,
    user_uses_the_room_that_is_there,
    user_is_written_to,
}

// ---- Pages ----

fn pages_are_those_of_the_memory() -> Verdict {
    fn test<A: KvFree>() -> Verdict {
        for len in [
            1,
            100,
            PAGE_SIZE - 1,
            PAGE_SIZE,
            PAGE_SIZE + 1,
            5 * PAGE_SIZE + 7,
        ] {
            let v = patterned::<A>(len)?;
            let mut seen = KVVec::from_elem(0u8, len, GFP_KERNEL)?;
            let (mut at, mut count) = (0, 0);

            check_eq!(v.pages().len(), v.pages().count());
            for piece in v.pages() {
                check!(piece.len() > 0 && piece.offset() + piece.len() <= PAGE_SIZE);
                check!(at + piece.len() <= len);
                let to = seen[at..].as_mut_ptr();
                // SAFETY: There is room for the piece, and nobody changes the vector.
                unsafe { piece.page().read_raw(to, piece.offset(), piece.len())? };
                at += piece.len();
                count += 1;
            }
            check_eq!(at, len);
            check!(is_patterned(&seen));
            check!(count <= len.div_ceil(PAGE_SIZE) + 1);

            // The pieces are the pages, joined.
            let mut pages = v.pages();
            for piece in v.pieces() {
                let mut left = piece.len();
                while left > 0 {
                    let Some(page) = pages.next() else {
                        return Err(Failed(line!()));
                    };
                    if left == piece.len() {
                        check_eq!(page.page().as_ptr(), piece.page().as_ptr());
                        check_eq!(page.offset(), piece.offset());
                    }
                    check!(page.len() <= left);
                    left -= page.len();
                }
            }
            check!(pages.next().is_none());
        }
        let none = Vec::<u8, A>::new();
        check!(none.pages().next().is_none() && none.pieces().next().is_none());
        Ok(())
    }

    with_each_allocator!(test);
    Ok(())
}

fn pages_of_slab_are_one_piece() -> Verdict {
    for len in [1, 3000, 4 * PAGE_SIZE] {
        check_eq!(patterned::<Kmalloc>(len)?.pieces().count(), 1);
    }
    let large = KVBox::<[u8; NOT_SLAB]>::zeroed(GFP_KERNEL)?;
    let bytes: usize = large.pieces().map(|piece| piece.len()).sum();
    check_eq!(bytes, NOT_SLAB);
    check_eq!(large.pages().len(), NOT_SLAB.div_ceil(PAGE_SIZE));
    check_eq!(KVBox::new((), GFP_KERNEL)?.pieces().count(), 0);
    Ok(())
}

fn pages_are_written_to() -> Verdict {
    let v = patterned::<KVmalloc>(NOT_SLAB)?;

    check_eq!(v.backing(), Some(Backing::Vmalloc));
    for piece in v.pages() {
        let byte = 0xabu8;
        // SAFETY: The byte is the vector's, and nobody looks at it meanwhile.
        unsafe { piece.page().fill_zero_raw(piece.offset(), piece.len())? };
        // SAFETY: Likewise.
        unsafe { piece.page().write_raw(&byte, piece.offset(), 1)? };
        // SAFETY: These are refused.
        check!(unsafe { piece.page().fill_zero_raw(1, PAGE_SIZE) }.is_err());
        // SAFETY: Likewise.
        check!(unsafe { piece.page().write_raw(&byte, PAGE_SIZE, 1) }.is_err());
    }
    for (at, byte) in v.iter().enumerate() {
        check_eq!(*byte, if at % PAGE_SIZE == 0 { 0xab } else { 0 });
    }
    Ok(())
}

fn pages_in_a_scatterlist() -> Verdict {
    fn test<A: KvFree>(len: usize) -> Verdict {
        let v = patterned::<A>(len)?;
        let mut should = KVVec::new();
        for piece in v.pieces() {
            should.push(
                (piece.page().as_ptr(), piece.offset(), piece.len()),
                GFP_KERNEL,
            )?;
        }

        let mut sg = SgTable::new(v, GFP_KERNEL)?;
        let is = sg
            .entries()
            .map(|p| (p.page().as_ptr(), p.offset(), p.len()));
        check!(is.eq(should.iter().copied()));
        let raw = sg.as_raw();
        // SAFETY: It is the table that has just been made.
        check_eq!(unsafe { (*raw).orig_nents } as usize, should.len());
        // SAFETY: Likewise.
        check_eq!(unsafe { (*raw).nents } as usize, should.len());
        let v = sg.into_inner();
        check!(is_patterned(&v));

        // Borrowed, and given back by being dropped.
        let mut v = v;
        drop(SgTable::new(&mut v, GFP_KERNEL)?);
        check!(is_patterned(&v));
        // Dropped with the table.
        drop(SgTable::new(v, GFP_KERNEL)?);
        Ok(())
    }

    for len in [1, 1000, 3 * PAGE_SIZE + 1] {
        test::<Kmalloc>(len)?;
        test::<Vmalloc>(len)?;
        test::<KVmalloc>(len)?;
    }
    // More entries than one page of a table has.
    test::<KVmalloc>(NOT_SLAB)?;
    test::<Vmalloc>(NOT_SLAB)?;

    let none = SgTable::new(KVVec::<u8>::new(), GFP_KERNEL);
    check_eq!(none.err(), Some(EINVAL));
    let none = SgTable::new(KVBox::new((), GFP_KERNEL)?, GFP_KERNEL);
    check_eq!(none.err(), Some(EINVAL));
    Ok(())
}

fn pages_that_are_whole() -> Verdict {
    for len in [PAGE_SIZE, 5000, 4 * PAGE_SIZE, NOT_SLAB] {
        let Ok(whole) = WholePages::new(patterned::<KVmalloc>(len)?) else {
            return Err(Failed(line!()));
        };
        #[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
        let whole = whole_pages_are_iterated(whole, len)?;
        check_eq!(whole.into_inner().len(), len);
    }
    // An object of 64 bytes may begin where a page does, but it shares that: a slab is filled.
    let mut small = KVec::new();
    for _ in 0..=PAGE_SIZE / 64 {
        small.push(patterned::<KVmalloc>(64)?, GFP_KERNEL)?;
    }
    check!(small.into_iter().all(|v| WholePages::new(v).is_err()));
    check!(WholePages::new(KVVec::<u8>::new()).is_err());
    Ok(())
}

#[cfg(CONFIG_KVMALLOC_PAGE_ITER)]
fn whole_pages_are_iterated(
    mut whole: WholePages<u8>,
    len: usize,
) -> Result<WholePages<u8>, Failed> {
    use kernel::{alloc::allocator::VmallocPageIter, page::AsPageIter};

    /// What `SGTable::new` demands.
    fn for_a_device<P>(_: &P)
    where
        for<'a> P: AsPageIter<Iter<'a> = VmallocPageIter<'a>> + 'static,
    {
    }

    for_a_device(&whole);
    check!(whole.page_iter().size() >= len);
    let mut at = 0;
    for page in whole.page_iter().take(len.div_ceil(PAGE_SIZE)) {
        let mut byte = 0;
        // SAFETY: There is room for one byte, and nobody changes the page.
        unsafe { page.read_raw(&mut byte, 0, 1)? };
        check_eq!(byte, pattern(at));
        at += PAGE_SIZE;
    }
    Ok(whole)
}

suite! {
    /// The pages and pieces are those of the memory, whatever it is made of.
    kvmalloc_rust_pages_cases:
    pages_are_those_of_the_memory,
    pages_of_slab_are_one_piece,
    pages_are_written_to,
    pages_in_a_scatterlist,
    pages_that_are_whole,
}

// ---- Readers ----

type Large = [u8; NOT_SLAB];

fn rcu_readers_keep_what_they_see() -> Verdict {
    let slot = RcuSlot::<Large>::empty();
    check!(slot.replace(Some(RcuBox::zeroed(GFP_KERNEL)?)).is_none());

    let reader = read_lock();
    let seen = slot.read(&reader).map(|large| large.as_ptr());
    let Some(seen) = seen else {
        return Err(Failed(line!()));
    };
    check!(is_area(seen));
    // Where nothing may sleep.
    drop(slot.replace(None));
    check!(slot.read(&reader).is_none());
    check!(is_area(seen));
    // SAFETY: It has been seen by a reader who is still there.
    check_eq!(unsafe { seen.add(NOT_SLAB - 1).read() }, 0);
    drop(reader);

    rcu_barrier();
    check!(!is_area(seen));
    Ok(())
}

fn rcu_slot_hands_out_what_was_there() -> Verdict {
    let slot = RcuSlot::<u64, Kmalloc>::empty();

    for n in 0..100 {
        let old = slot.replace(Some(RcuBox::new(n, GFP_KERNEL)?));
        check_eq!(old.map(|old| *old), n.checked_sub(1));
        check_eq!(slot.read(&read_lock()), Some(&n));
    }
    drop(slot);

    // One that is dropped with something in it frees it.
    let slot = RcuSlot::<Large>::default();
    let large = RcuBox::<Large>::zeroed(GFP_KERNEL)?;
    let at = large.as_ptr();
    slot.replace(Some(large));
    check!(is_area(at));
    drop(slot);
    rcu_barrier();
    check!(!is_area(at));
    Ok(())
}

fn rcu_boxes_are_freed_under_a_spinlock() -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(KVec::<RcuBox<u32>>::new()), GFP_KERNEL)?;
    for n in 0..64 {
        // Outside of the lock, which the call below returns with.
        let element = RcuBox::new(n, GFP_KERNEL)?;
        lock_with_room(|| lock.lock(), 1, GFP_KERNEL)?.push_within_capacity(element)?;
    }
    let large = RcuBox::<Large>::zeroed(GFP_KERNEL)?;
    let at = large.as_ptr();
    {
        let mut boxes = lock.lock();
        check!(boxes.iter().map(|b| **b).eq(0..64));
        boxes.clear();
        drop(large);
    }
    rcu_barrier();
    check!(!is_area(at));
    Ok(())
}

fn rcu_of_any_alignment_and_size() -> Verdict {
    #[derive(PartialEq, Debug)]
    #[repr(align(256))]
    struct Far(u8);

    let far = RcuBox::<Far>::new(Far(3), GFP_KERNEL)?;
    check_eq!(ptr::from_ref::<Far>(&far) as usize % 256, 0);
    check_eq!(*far, Far(3));
    let nothing = RcuBox::<()>::new((), GFP_KERNEL)?;
    check_eq!(*nothing, ());
    let area = RcuBox::<_, Vmalloc>::new(1u8, GFP_KERNEL)?;
    let at: *const u8 = &*area;
    check!(is_area(at));
    drop((far, nothing, area));
    rcu_barrier();
    check!(!is_area(at));
    Ok(())
}

fn rcu_without_a_head() -> Verdict {
    let b = KVBox::<Large>::zeroed(GFP_KERNEL)?;
    let of_box = b.as_ptr();
    Box::kvfree_rcu_mightsleep(b);
    let v = KVVec::from_elem(1u8, NOT_SLAB, GFP_KERNEL)?;
    let of_vec = v.as_ptr();
    v.kvfree_rcu_mightsleep();
    Box::kvfree_rcu_mightsleep(KBox::new(1, GFP_KERNEL)?);
    Box::kvfree_rcu_mightsleep(VBox::new(1, GFP_KERNEL)?);
    Box::kvfree_rcu_mightsleep(KVBox::new((), GFP_KERNEL)?);
    KVVec::<u8>::new().kvfree_rcu_mightsleep();
    KVVec::from_elem((), 5, GFP_KERNEL)?.kvfree_rcu_mightsleep();
    rcu_barrier();
    check!(!is_area(of_box));
    check!(!is_area(of_vec));
    Ok(())
}

suite! {
    /// What readers may see is freed after they have gone, once.
    kvmalloc_rust_rcu_cases:
    rcu_readers_keep_what_they_see,
    rcu_slot_hands_out_what_was_there,
    rcu_boxes_are_freed_under_a_spinlock,
    rcu_of_any_alignment_and_size,
    rcu_without_a_head,
}

// ---- Secrets ----

type Watched = Sensitive<Strict>;

fn secret_is_cleared_when_it_grows() -> Verdict {
    Strict::begin(usize::MAX);
    let mut v = Vec::<u8, Watched>::with_capacity(8, GFP_KERNEL | __GFP_ZERO)?;
    Strict::insist_on_cleared();

    for n in 0..20_000 {
        v.push(pattern(n), GFP_KERNEL | __GFP_ZERO)?;
    }
    check!(is_patterned(&v));
    check!(Strict::calls() > 2);
    v.truncate(5000);
    v.shrink_to(0, GFP_KERNEL | __GFP_ZERO)?;
    check_eq!(v.len(), 5000);
    check!(is_patterned(&v));
    drop(v);
    Strict::settle()
}

fn secret_is_cleared_when_it_goes() -> Verdict {
    Strict::begin(usize::MAX);
    Strict::insist_on_cleared();

    drop(Box::<[u8; 3000], Watched>::new([7; 3000], GFP_KERNEL)?);
    check_eq!(Box::into_inner(Box::<_, Watched>::new(7u8, GFP_KERNEL)?), 7);
    drop(Vec::<u8, Watched>::from_elem(7, 3000, GFP_KERNEL)?.into_iter());
    let left = Vec::<u32, Watched>::from_elem(7, 3000, GFP_KERNEL)?;
    let left = left.into_iter().collect(GFP_KERNEL);
    check_eq!(left.len(), 3000);
    drop(left);
    drop(Vec::<u8, Watched>::new());
    drop(Box::<(), Watched>::new((), GFP_KERNEL)?);
    Strict::settle()
}

fn secret_that_cannot_grow_is_kept() -> Verdict {
    Strict::begin(1);
    Strict::insist_on_cleared();
    let mut v = Vec::<u8, Watched>::from_elem(7, 100, GFP_KERNEL)?;

    let spare = v.capacity() - v.len();
    check!(v.reserve(spare + 1, GFP_KERNEL).is_err());
    check_eq!(v, [7; 100]);
    drop(v);
    Strict::settle()
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

// ---- C, and where memory lies ----

fn c_keeps_a_box() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let dropped = Cell::new(0);
        let mut c: CBox<_, A> = Box::into_c(Box::new(Counted(7, &dropped), GFP_KERNEL)?);

        check_eq!(size_of::<CBox<Counted<'_>, A>>(), size_of::<*mut c_void>());
        // SAFETY: A box is as large as a pointer, and this one is read as what it is.
        let raw = unsafe { ptr::from_ref(&c).cast::<*mut Counted<'_>>().read() };
        check_eq!(raw, c.as_ptr());
        check!(!c.is_null());
        // SAFETY: It has just come from the box.
        check_eq!(unsafe { c.as_ref() }.map(|counted| counted.0), Some(7));
        check_eq!(dropped.get(), 0);
        // SAFETY: Likewise.
        let b = unsafe { c.take() };
        check!(c.is_null());
        // SAFETY: It is NULL.
        check!(unsafe { c.take() }.is_none());
        // SAFETY: Likewise.
        check!(unsafe { c.as_ref() }.is_none());
        drop(b);
        check_eq!(dropped.get(), 1);

        let c: CBox<_, A> = Box::into_c(Box::new(Counted(8, &dropped), GFP_KERNEL)?);
        // SAFETY: It has just come from the box.
        drop(unsafe { Box::from_c(c) });
        check_eq!(dropped.get(), 2);
        Ok(())
    }

    with_each_allocator!(test);
    Ok(())
}

fn c_keeps_a_vector() -> Verdict {
    let dropped = Cell::new(0);
    let mut v = KVVec::with_capacity(10, GFP_KERNEL)?;
    v.push(Counted(0, &dropped), GFP_KERNEL)?;
    let (at, room) = (v.as_ptr(), v.capacity());

    let mut c: CVec<_, KVmalloc> = v.into_c();
    check_eq!(size_of::<CVec<u8, KVmalloc>>(), 3 * size_of::<usize>());
    check_eq!(c.data.cast_const(), at);
    check_eq!((c.len, c.capacity), (1, room));
    // SAFETY: There is room for a second one.
    unsafe { c.data.add(1).write(Counted(1, &dropped)) };
    c.len = 2;
    check_eq!(dropped.get(), 0);
    // SAFETY: It came from a vector, and there are two elements now.
    let v = unsafe { c.into_vec() };
    check!(v.iter().map(|counted| counted.0).eq(0..2));
    drop(v);
    check_eq!(dropped.get(), 2);
    Ok(())
}

/// C's functions, by the allocator they are those of.
trait FromC: KvFree {
    fn c(bytes: usize) -> *mut u8;
}

macro_rules! from_c {
    ($($allocator:ident: $function:ident),*) => {$(
        impl FromC for $allocator {
            fn c(bytes: usize) -> *mut u8 {
                // SAFETY: A size is all that it takes.
                unsafe { $function(bytes) }.cast()
            }
        }
    )*};
}

from_c! {
    Kmalloc: kvkernel_kunit_kmalloc,
    Vmalloc: kvkernel_kunit_vmalloc,
    KVmalloc: kvkernel_kunit_kvmalloc
}

fn c_has_allocated() -> Verdict {
    fn test<A: FromC>() -> Verdict {
        for (bytes, room) in [(100, 100), (100, 60), (10_000, 10_000), (10_000, 9000)] {
            let data = A::c(bytes);
            check!(!data.is_null());
            // SAFETY: The memory is of the right kind, as large, zeroed, and ours.
            let mut v = unsafe { Vec::<u8, A>::from_c(data, 10, room) };
            check_eq!((v.len(), v.capacity()), (10, room));
            // Grown, it moves or not; shrunk, likewise.
            for at in 10..3 * bytes {
                v.push(pattern(at), GFP_KERNEL)?;
            }
            v.shrink_to(0, GFP_KERNEL)?;
            check!(v[..10].iter().all(|byte| *byte == 0));
            check!(v[10..]
                .iter()
                .enumerate()
                .all(|(at, b)| *b == pattern(at + 10)));

            // And back.
            let (data, len) = v.into_kvfree();
            check_eq!(len, 3 * bytes);
            // SAFETY: This is what C does with it.
            unsafe { bindings::kvfree(data.cast_const().cast()) };
        }
        Ok(())
    }

    with_each_allocator!(test);
    Ok(())
}

fn c_has_allocated_nothing() -> Verdict {
    // What C has for no bytes: NULL, or `ZERO_SIZE_PTR`.
    for data in [ptr::null_mut(), KVmalloc::c(0).cast::<u32>()] {
        // SAFETY: Either may stand for no memory.
        let mut v = unsafe { KVVec::<u32>::from_c(data, 0, 0) };
        check_eq!(v.capacity(), 0);
        v.push(1, GFP_KERNEL)?;
        check_eq!(v, [1]);
    }
    // What is too small for an element is not lost.
    let area = Vmalloc::c(1);
    check!(is_area(area));
    // SAFETY: The area is of the right kind, and ours.
    let v = unsafe { VVec::<[u8; 100_000]>::from_c(area.cast(), 0, 0) };
    check!(!is_area(area));
    check!(v.is_empty());
    // Nor what has been allocated for elements of no size.
    let area = Vmalloc::c(1);
    // SAFETY: Likewise.
    let v = unsafe { VVec::<()>::from_c(area.cast(), 3, 3) };
    check!(!is_area(area));
    check_eq!(v.len(), 3);
    check!(v.into_kvfree().0.is_null());
    Ok(())
}

fn c_frees() -> Verdict {
    let large = KVBox::<Large>::zeroed(GFP_KERNEL)?;
    let data = Box::into_kvfree(large);
    check!(is_area(data));
    // SAFETY: This is what C does with it.
    unsafe { bindings::kvfree(data.cast_const().cast()) };
    check!(!is_area(data));
    // SAFETY: Likewise.
    unsafe {
        bindings::kvfree(
            Box::into_kvfree(KBox::new(1, GFP_KERNEL)?)
                .cast_const()
                .cast(),
        )
    };
    check!(Box::into_kvfree(KVBox::new((), GFP_KERNEL)?).is_null());
    check!(KVVec::<u8>::new().into_kvfree().0.is_null());
    Ok(())
}

fn backing_is_where_the_memory_lies() -> Verdict {
    // Of a value, a slice, a trait object, room.
    let small: KVBox<[u8]> = KVBox::new([1u8; 10], GFP_KERNEL)?;
    check_eq!(KVBox::backing(&small), Some(Backing::Slab));
    let large: KVBox<[u8]> = KVBox::<Large>::zeroed(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    check!(is_area(large.as_ptr()));
    let object: KVBox<dyn Debug> = KVBox::<[u128; NOT_SLAB / 16 + 1]>::zeroed(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&object), Some(Backing::Vmalloc));
    let object: KVBox<dyn Debug> = KVBox::new(1u8, GFP_KERNEL)?;
    check_eq!(KVBox::backing(&object), Some(Backing::Slab));
    let nothing: KVBox<[u8]> = KVBox::new([0u8; 0], GFP_KERNEL)?;
    check_eq!(KVBox::backing(&nothing), None);
    let room: KVBox<MaybeUninit<Large>> = KVBox::new_uninit(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&room), Some(Backing::Vmalloc));

    // Of a vector, which changes as it grows and shrinks.
    let mut v = KVVec::<u8>::new();
    check_eq!(v.backing(), None);
    v.resize(1, 1, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    v.resize(NOT_SLAB, 1, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Vmalloc));
    v.truncate(1);
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.backing(), Some(Backing::Slab));
    v.clear();
    v.shrink_to(0, GFP_KERNEL)?;
    check_eq!(v.backing(), None);
    check_eq!(KVVec::from_elem((), 3, GFP_KERNEL)?.backing(), None);
    check_eq!(
        KVVec::<u8>::with_growth_limit(NOT_SLAB, GFP_KERNEL)?.backing(),
        Some(Backing::Vmalloc)
    );
    Ok(())
}

suite! {
    /// Memory goes to C and comes from there, and says where it lies.
    kvmalloc_rust_foreign_cases:
    c_keeps_a_box,
    c_keeps_a_vector,
    c_has_allocated,
    c_has_allocated_nothing,
    c_frees,
    backing_is_where_the_memory_lies,
}
