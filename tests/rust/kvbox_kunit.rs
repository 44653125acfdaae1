// SPDX-License-Identifier: GPL-2.0

//! Tests of boxes beyond the first value: slices, text, what C keeps, nodes, and flags.
//!
//! Written as those in `kvvec_kunit.rs` are; the suites are in `kvvec_kunit_main.c` too. The
//! instruments are smaller ones: a [`Witness`] counts its drops, and [`Strict`] is an allocator that
//! insists on the layouts it has handed out and fails when it is told to.

#[macro_use]
mod cases;
#[macro_use]
mod checks;

use cases::Case;
use checks::{Failed, Verdict};

use core::{
    alloc::Layout,
    cell::Cell,
    hash::{Hash, Hasher},
    marker::PhantomPinned,
    mem::{forget, size_of, size_of_val},
    pin::Pin,
    ptr::{self, NonNull},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
use kernel::{
    alloc::{
        flags::*, AllocError, Allocator, Backing, Box, Flags, KBox, KVBox, KVVec, KVec, KVmalloc,
        Kmalloc, NumaNode, VBox, VVec, Vec, Vmalloc,
    },
    bindings,
    error::{
        code::{EINVAL, EIO},
        Error,
    },
    ffi::{c_int, c_void},
    kbox, kvbox, kvec, kvvec, new_spinlock,
    page::PAGE_SIZE,
    pr_err,
    prelude::*,
    sync::SpinLock,
    types::ForeignOwnable,
    vbox, vvec,
};

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"kvbox_kunit\0";

fails_a_test! { <> AllocError, <> Error }

/// Calls a generic test with each of the kernel's allocators, and with the strict one.
macro_rules! with_each_allocator {
    ($test:ident) => {{
        $test::<Kmalloc>()?;
        $test::<Vmalloc>()?;
        $test::<KVmalloc>()?;
        Strict::begin(NO_LIMIT);
        $test::<Strict>()?;
        Strict::settle()
    }};
}

/// More than any slab has.
const NOT_SLAB: usize = bindings::KMALLOC_MAX_SIZE as usize + 1;

fn is_aligned<T: ?Sized>(p: *const T, align: usize) -> bool {
    (p.cast::<u8>() as usize) % align == 0
}

// ---- Who was dropped ----

/// Counts the births and drops of its kind.
#[derive(Default)]
struct Register {
    born: Cell<usize>,
    gone: Cell<usize>,
}

impl Register {
    fn witness(&self) -> Witness<'_> {
        let number = self.born.get();

        self.born.set(number + 1);
        Witness {
            number,
            register: self,
        }
    }

    fn witnesses(&self, count: usize) -> impl Iterator<Item = Witness<'_>> {
        (0..count).map(|_| self.witness())
    }

    /// How many there are.
    fn alive(&self) -> usize {
        self.born.get().wrapping_sub(self.gone.get())
    }
}

struct Witness<'a> {
    number: usize,
    register: &'a Register,
}

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        self.register.gone.set(self.register.gone.get() + 1);
    }
}

impl Clone for Witness<'_> {
    fn clone(&self) -> Self {
        self.register.witness()
    }
}

fn numbers(slice: &[Witness<'_>]) -> bool {
    slice.iter().enumerate().all(|(n, w)| w.number == n)
}

/// Has no size, and counts its drops nevertheless.
struct Nothing;

static NOTHINGS_DROPPED: AtomicUsize = AtomicUsize::new(0);

impl Drop for Nothing {
    fn drop(&mut self) {
        NOTHINGS_DROPPED.fetch_add(1, Relaxed);
    }
}

/// How many have been dropped since this was last asked.
fn nothings_dropped() -> usize {
    NOTHINGS_DROPPED.swap(0, Relaxed)
}

// ---- An allocator that insists ----

const BLOCKS: usize = 16;
const NO_LIMIT: usize = usize::MAX;

/// Memory from [`KVmalloc`], each block of which is only taken back for what it was made for.
///
/// Only `realloc` is its own: the rest is what the trait provides.
struct Strict;

struct Block {
    at: AtomicUsize,
    size: AtomicUsize,
    align: AtomicUsize,
}

static LIVE: [Block; BLOCKS] = [const {
    Block {
        at: AtomicUsize::new(0),
        size: AtomicUsize::new(0),
        align: AtomicUsize::new(0),
    }
}; BLOCKS];
static PERMITS: AtomicUsize = AtomicUsize::new(NO_LIMIT);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static OFFENDED: AtomicBool = AtomicBool::new(false);

impl Strict {
    /// Forgets the past. From now on `permits` requests for memory succeed.
    fn begin(permits: usize) {
        for block in &LIVE {
            block.at.store(0, Relaxed);
        }
        PERMITS.store(permits, Relaxed);
        CALLS.store(0, Relaxed);
        OFFENDED.store(false, Relaxed);
    }

    /// How many requests for memory there have been.
    fn calls() -> usize {
        CALLS.load(Relaxed)
    }

    /// Ends the test unless everything was freed, and all calls were proper.
    fn settle() -> Verdict {
        check!(!OFFENDED.load(Relaxed));
        check!(LIVE.iter().all(|block| block.at.load(Relaxed) == 0));
        Ok(())
    }
}

// SAFETY: The blocks are those of `KVmalloc`, each freed when it is given up and not before. What
// is found to be improper is refused.
unsafe impl Allocator for Strict {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let find = |at: usize| LIVE.iter().find(|entry| entry.at.load(Relaxed) == at);

        let old = block.filter(|_| was.size() != 0);
        let entry = match old {
            None => find(0),
            Some(old) => find(old.as_ptr() as usize).filter(|entry| {
                entry.size.load(Relaxed) == was.size() && entry.align.load(Relaxed) == was.align()
            }),
        };
        let Some(entry) = entry else {
            pr_err!("kvbox_kunit.rs: no such block\n");
            OFFENDED.store(true, Relaxed);
            // Better to leak than to free what is not there.
            return Err(AllocError);
        };

        if layout.size() != 0 {
            CALLS.fetch_add(1, Relaxed);
            match PERMITS.load(Relaxed) {
                0 => return Err(AllocError),
                NO_LIMIT => (),
                permits => PERMITS.store(permits - 1, Relaxed),
            }
        }
        let block = if old.is_none() && layout.size() == 0 {
            KVmalloc::alloc(layout, flags, nid)?
        } else {
            // SAFETY: The block is what was found, or there is none.
            unsafe { KVmalloc::realloc(old, layout, was, flags, nid)? }
        };
        let at = match layout.size() {
            0 => 0,
            _ => block.cast::<u8>().as_ptr() as usize,
        };
        entry.at.store(at, Relaxed);
        entry.size.store(layout.size(), Relaxed);
        entry.align.store(layout.align(), Relaxed);
        Ok(block)
    }
}

/// Runs a test with no memory, then with memory for one request, and so on, until it has enough.
///
/// The test says whether it had.
fn with_ever_more_memory(mut test: impl FnMut() -> Result<bool, Failed>) -> Verdict {
    for permits in 0..20 {
        Strict::begin(permits);
        let enough = test()?;
        Strict::settle()?;
        if enough {
            check!(permits > 0);
            return Ok(());
        }
    }
    check!(false);
    Ok(())
}

// ---- Slices ----

fn slice_from_each_source() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for len in [1usize, 2, 7, 64, 1000, 5000] {
            let mut room = Box::<[usize], A>::new_uninit_slice(len, GFP_KERNEL)?;
            check_eq!(room.len(), len);
            room.iter_mut().enumerate().for_each(|(n, slot)| {
                slot.write(n);
            });
            // SAFETY: All of them have been written.
            let written = unsafe { room.assume_init() };

            let collected: Box<[usize], A> = Box::from_iter(0..len, GFP_KERNEL)?;
            // An iterator that says of how many it knows nothing.
            let sifted: Box<[usize], A> =
                Box::from_iter((0..2 * len).filter(|n| *n < len), GFP_KERNEL)?;
            let copied: Box<[usize], A> = Box::from_slice(&collected, GFP_KERNEL)?;
            let made: Box<[usize], A> = Box::new_slice(number_init, len, GFP_KERNEL)?;

            for b in [&written, &sifted, &copied, &made] {
                check_eq!(b.len(), len);
                check!(**b == *collected);
            }
            check!(collected.iter().copied().eq(0..len));

            let zeroes = Box::<[u32], A>::zeroed_slice(len, GFP_KERNEL)?;
            check!(zeroes.len() == len && zeroes.iter().all(|n| *n == 0));
        }
        Ok(())
    }
    with_each_allocator!(test)
}

/// An initialiser of an integer.
fn number_init(n: usize) -> impl Init<usize, Error> {
    let write = move |slot: *mut usize| {
        // SAFETY: The slot is there to be written.
        unsafe { slot.write(n) };
        Ok(())
    };

    // SAFETY: The closure writes the slot, and does not fail. An integer may move.
    unsafe { kvinit::from_closure(write) }
}

/// Where a kernel keeps the function that makes an initialiser of a closure.
mod kvinit {
    #[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
    pub(super) use kernel::init::{init_from_closure as from_closure, pin_init_from_closure};
    #[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
    pub(super) use pin_init::{init_from_closure as from_closure, pin_init_from_closure};
}

fn slice_of_no_size() -> Verdict {
    #[derive(Clone, Copy)]
    #[repr(align(8192))]
    struct Far;

    Strict::begin(0);
    check!(Box::<[u64], Strict>::new_uninit_slice(0, GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Strict>::zeroed_slice(0, GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Strict>::from_slice(&[], GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Strict>::from_iter([], GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Strict>::default().is_empty());
    check_eq!(Box::<[u64], Strict>::default().into_iter().count(), 0);
    check!(Box::<str, Strict>::default().is_empty());
    check!(Box::<str, Strict>::from_str("", GFP_KERNEL)?.is_empty());
    check!(is_aligned(
        Box::<[Far], Strict>::default().as_ptr(),
        align_of_far()
    ));

    nothings_dropped();
    let many: Box<[Nothing], Strict> = Box::from_iter((0..1000).map(|_| Nothing), GFP_KERNEL)?;
    check_eq!((many.len(), size_of_val(&*many)), (1000, 0));
    drop(many);
    check_eq!(nothings_dropped(), 1000);

    let far: Box<[Far], Strict> = Box::from_slice(&[Far; 5], GFP_KERNEL)?;
    check!(is_aligned(far.as_ptr(), align_of_far()));
    check_eq!(far.into_iter().count(), 5);
    check_eq!(Strict::calls(), 0);
    return Strict::settle();

    fn align_of_far() -> usize {
        core::mem::align_of::<Far>()
    }
}

fn slice_too_long() -> Verdict {
    let flags = GFP_KERNEL | __GFP_NOWARN;

    check!(KVBox::<[u64]>::new_uninit_slice(usize::MAX, flags).is_err());
    check!(KVBox::<[u64]>::zeroed_slice(usize::MAX / 8, flags).is_err());
    check!(KBox::<[u8]>::new_uninit_slice(NOT_SLAB, flags).is_err());
    // An iterator that promises what it will not keep, and cannot be believed.
    let endless: Result<KVBox<[u8]>, _> = Box::from_iter(core::iter::repeat(1), flags);
    check!(endless.is_err());
    let large = KVBox::<[u8]>::zeroed_slice(NOT_SLAB, GFP_KERNEL)?;
    check_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    Ok(())
}

fn slice_without_memory() -> Verdict {
    let register = Register::default();

    with_ever_more_memory(|| {
        // The iterator does not say how many there are, so there are several requests.
        let known = register.born.get();
        let iter = register.witnesses(40).filter(|_| true);
        let made: Result<Box<[_], Strict>, _> = Box::from_iter(iter, GFP_KERNEL);

        match made {
            Ok(b) => {
                check_eq!(b.len(), 40);
                check!(b.iter().all(|w| w.number >= known));
                drop(b);
                check_eq!(register.alive(), 0);
                Ok(true)
            }
            Err(AllocError) => {
                // What the iterator had returned by then is gone too.
                check_eq!(register.alive(), 0);
                Ok(false)
            }
        }
    })?;

    let source = KVVec::from_elem(register.witness(), 5, GFP_KERNEL)?;
    let born = register.born.get();
    Strict::begin(0);
    check!(Box::<[_], Strict>::from_slice(&source, GFP_KERNEL).is_err());
    check_eq!(register.born.get(), born);
    let b: KBox<[_]> = Box::from_slice(&source, GFP_KERNEL)?;
    check_eq!(register.alive(), 10);
    let c = Box::try_clone(&b, GFP_KERNEL)?;
    check_eq!(register.alive(), 15);
    drop((b, c, source));
    check_eq!(register.alive(), 0);
    Strict::settle()
}

fn slice_iterated() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let register = Register::default();
        let mut b: Box<[_], A> = Box::from_iter(register.witnesses(5), GFP_KERNEL)?;

        check!(numbers(&b));
        check_eq!((&b).into_iter().count(), 5);
        for witness in &mut b {
            witness.number += 10;
        }
        let mut iter = Vec::from(b).into_iter();
        check_eq!(iter.next().map(|w| w.number), Some(10));
        check_eq!(register.alive(), 4);
        drop(iter);
        check_eq!(register.alive(), 0);
        Ok(())
    }
    with_each_allocator!(test)
}

/// Adds up what it is given.
struct Sum(u64);

impl Hasher for Sum {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add(u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut sum = Sum(1);

    value.hash(&mut sum);
    sum.finish()
}

fn boxes_compared() -> Verdict {
    let (one, two) = (KBox::new(1, GFP_KERNEL)?, KBox::new(2, GFP_KERNEL)?);
    check!(one < two && one != two && one == KVBox::new(1, GFP_KERNEL)?);
    check!(one.cmp(&two).is_lt() && one.partial_cmp(&one).is_some_and(|o| o.is_eq()));
    check_eq!(hash(&one), hash(&1));

    let abc: KBox<[u8]> = Box::from_slice(b"abc", GFP_KERNEL)?;
    let abd: KVBox<[u8]> = Box::from_slice(b"abd", GFP_KERNEL)?;
    let ab: VBox<[u8]> = Box::from_slice(b"ab", GFP_KERNEL)?;
    check!(abc < abd && ab < abc && abc != abd);
    check_eq!(hash(&abc), hash(&b"abc"[..]));

    let text: KBox<str> = Box::from_str("abc", GFP_KERNEL)?;
    check!(text == KVBox::<str>::from_str("abc", GFP_KERNEL)?);
    check_eq!(hash(&text), hash("abc"));
    check_eq!(*Box::try_clone(&two, GFP_KERNEL)?, 2);
    Ok(())
}

fn box_cloned() -> Verdict {
    let register = Register::default();

    with_ever_more_memory(|| {
        let Ok(b) = Box::<_, Strict>::new(register.witness(), GFP_KERNEL) else {
            check_eq!(register.alive(), 0);
            return Ok(false);
        };
        let born = register.born.get();
        let clone = Box::try_clone(&b, GFP_KERNEL);

        check_eq!(register.alive(), 1 + usize::from(clone.is_ok()));
        check_eq!(register.born.get(), born + usize::from(clone.is_ok()));
        Ok(clone.is_ok())
    })?;
    check_eq!(register.alive(), 0);
    Ok(())
}

fn text_and_its_bytes() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let text = Box::<str, A>::from_str("größer", GFP_KERNEL)?;
        check_eq!(&*text, "größer");
        check_eq!((text.len(), text.chars().count()), (8, 6));

        let at = text.as_ptr();
        let bytes = Box::into_boxed_bytes(text);
        check!(ptr::eq(at, bytes.as_ptr()));
        let text = Box::<str, A>::from_utf8(bytes).map_err(Error::from)?;
        check!(ptr::eq(at, text.as_ptr()));
        let mut bytes = Box::into_boxed_bytes(Box::try_clone(&text, GFP_KERNEL)?);
        check_eq!(*bytes, *text.as_bytes());

        // Half of a character.
        bytes[3] = b'?';
        let at = bytes.as_ptr();
        let Err(error) = Box::<str, A>::from_utf8(bytes) else {
            check!(false);
            return Ok(());
        };
        check_eq!(error.utf8_error().valid_up_to(), 2);
        let bytes = error.into_bytes();
        check!(ptr::eq(at, bytes.as_ptr()));
        check_eq!(
            Box::<str, A>::from_utf8(bytes).map_err(Error::from).err(),
            Some(EINVAL)
        );
        Ok(())
    }
    with_each_allocator!(test)
}

suite! {
    /// Slices and text in boxes, however they come to be, and what is lost when they do not.
    kvmalloc_rust_slice_cases:
    slice_from_each_source,
    slice_of_no_size,
    slice_too_long,
    slice_without_memory,
    slice_iterated,
    boxes_compared,
    box_cloned,
    text_and_its_bytes,
}

// ---- Values made in place, seen as something else, or kept by C ----

/// An initialiser of a witness that fails for the number `bad`.
fn witness_unless<'a>(
    register: &'a Register,
    n: usize,
    bad: usize,
) -> impl PinInit<Witness<'a>, Error> {
    let write = move |slot: *mut Witness<'a>| {
        if n == bad {
            return Err(EIO);
        }
        // SAFETY: The slot is there to be written.
        unsafe { slot.write(register.witness()) };
        Ok(())
    };

    // SAFETY: The closure writes the slot or fails.
    unsafe { kvinit::pin_init_from_closure(write) }
}

fn pin_slice_up_to_an_error() -> Verdict {
    fn test<A: Allocator + 'static>() -> Verdict {
        for bad in 0..=6 {
            let register = Register::default();
            let asked = Cell::new(0);
            let made: Result<Pin<Box<[_], A>>, Error> = Box::pin_slice(
                |n| {
                    asked.set(asked.get() + 1);
                    witness_unless(&register, n, bad)
                },
                6,
                GFP_KERNEL,
            );

            check_eq!(register.born.get(), bad);
            match made {
                Ok(slice) => {
                    check_eq!((bad, asked.get(), register.alive()), (6, 6, 6));
                    check!(numbers(&slice));
                    drop(slice);
                }
                // All before that one, and nobody was asked for one after it.
                Err(error) => check_eq!((error, asked.get()), (EIO, bad + 1)),
            }
            check_eq!(register.alive(), 0);
        }
        Ok(())
    }
    with_each_allocator!(test)
}

fn pin_slice_without_memory() -> Verdict {
    let register = Register::default();

    Strict::begin(0);
    let made: Result<Pin<Box<[_], Strict>>, Error> =
        Box::pin_slice(|n| witness_unless(&register, n, 9), 6, GFP_KERNEL);
    check!(made.is_err());
    check_eq!(register.born.get(), 0);
    let none: Pin<Box<[_], Strict>> =
        Box::pin_slice(|n| witness_unless(&register, n, 9), 0, GFP_KERNEL)?;
    check!(none.is_empty());
    Strict::settle()
}

fn initialised_in_place() -> Verdict {
    fn test<A: Allocator + 'static>() -> Verdict {
        let register = Register::default();

        let failed: Result<Pin<Box<Witness<'_>, A>>, Error> =
            Box::try_pin_init(witness_unless(&register, 0, 0), GFP_KERNEL);
        check_eq!(failed.err(), Some(EIO));
        let made: Pin<Box<Witness<'_>, A>> =
            Box::try_pin_init(witness_unless(&register, 0, 1), GFP_KERNEL)?;
        check_eq!((made.number, register.alive()), (0, 1));
        drop(made);

        let room = Box::<Witness<'_>, A>::new_uninit(GFP_KERNEL)?;
        let at = room.as_ptr().cast();
        let made = room.write_pin_init(witness_unless(&register, 0, 1))?;
        check!(ptr::eq::<Witness<'_>>(&*made, at));
        let failed = Box::<Witness<'_>, A>::new_uninit(GFP_KERNEL)?
            .write_pin_init(witness_unless(&register, 0, 0));
        check!(failed.is_err());
        drop(made);
        check_eq!((register.born.get(), register.alive()), (2, 0));

        let number: Box<usize, A> = Box::try_init(number_init(7), GFP_KERNEL)?;
        check_eq!(*number, 7);
        Ok(())
    }
    with_each_allocator!(test)
}

/// What only a test that knows the type behind it can tell.
trait Animal {
    fn legs(&self) -> usize;
}

struct Cat<'a>(#[allow(dead_code)] Witness<'a>);

#[repr(align(512))]
struct Spider<'a>(Witness<'a>);

impl Animal for Cat<'_> {
    fn legs(&self) -> usize {
        4
    }
}

impl Animal for Spider<'_> {
    fn legs(&self) -> usize {
        8.max(self.0.number)
    }
}

impl Animal for Nothing {
    fn legs(&self) -> usize {
        0
    }
}

/// The three allocators are enough, and each has to be named: to become a box of something else is
/// for a type that is known.
macro_rules! animals {
    ($($box:ident)*) => {$({
        let register = Register::default();

        nothings_dropped();
        let zoo: [$box<dyn Animal + '_>; 3] = [
            $box::new(Cat(register.witness()), GFP_KERNEL)?,
            $box::new(Spider(register.witness()), GFP_KERNEL)?,
            $box::new(Nothing, GFP_KERNEL)?,
        ];
        check!(zoo.iter().map(|animal| animal.legs()).eq([4, 8, 0]));
        check_eq!(size_of_val(&*zoo[2]), 0);
        check!(is_aligned(&*zoo[1], 512));
        let [cat, spider, nothing] = zoo;

        // By way of C, and of the pin.
        let raw = Box::into_raw(spider);
        // SAFETY: It came out of such a box just now.
        let spider = Box::into_pin(unsafe { $box::from_raw(raw) });
        check_eq!(spider.legs(), 8);
        check_eq!(register.alive(), 2);
        drop(spider);
        check_eq!(register.alive(), 1);
        drop(cat);
        check_eq!((register.alive(), nothings_dropped()), (0, 0));
        drop(nothing);
        check_eq!(nothings_dropped(), 1);

        let slice: $box<[Witness<'_>]> =
            $box::new([register.witness(), register.witness()], GFP_KERNEL)?;
        check_eq!((slice.len(), register.alive()), (2, 2));
        drop(slice);
        check_eq!(register.alive(), 0);
        check_eq!(size_of::<Option<$box<dyn Animal>>>(), size_of::<&dyn Animal>());
    })*};
}

fn values_seen_as_less() -> Verdict {
    animals!(KBox VBox KVBox);
    Ok(())
}

static TRAVELLERS_BACK: AtomicUsize = AtomicUsize::new(0);

/// May not move, as C has its address; and counts how many were dropped.
struct Traveller(usize, PhantomPinned);

impl Drop for Traveller {
    fn drop(&mut self) {
        TRAVELLERS_BACK.fetch_add(1, Relaxed);
    }
}

fn there_and_back() -> Verdict {
    fn test<A: Allocator + 'static>() -> Verdict {
        TRAVELLERS_BACK.store(0, Relaxed);
        let b = Box::<_, A>::new(Traveller(7, PhantomPinned), GFP_KERNEL)?;
        let at: *const Traveller = &*b;
        let foreign = b.into_foreign();
        check!(ptr::eq(at, foreign.cast()));
        // SAFETY: It came from such a box, which has not been taken back.
        check_eq!(unsafe { Box::<Traveller, A>::borrow(foreign) }.0, 7);
        // SAFETY: Likewise, and nothing borrows it any more.
        let b = unsafe { Box::<Traveller, A>::from_foreign(foreign) };
        check_eq!((b.0, TRAVELLERS_BACK.load(Relaxed)), (7, 0));

        let foreign = Box::into_pin(b).into_foreign();
        check!(ptr::eq(at, foreign.cast()));
        // SAFETY: It came from such a pinned box, which has not been taken back.
        let pinned: Pin<&Traveller> = unsafe { Pin::<Box<Traveller, A>>::borrow(foreign) };
        check!(ptr::eq(at, &*pinned));
        // SAFETY: Likewise, and nothing borrows it any more.
        let back = unsafe { Pin::<Box<Traveller, A>>::try_from_foreign(foreign) };
        check!(back.is_some_and(|b| ptr::eq(at, &*b)));
        check_eq!(TRAVELLERS_BACK.load(Relaxed), 1);

        // SAFETY: NULL is no box.
        let none = unsafe { Box::<Traveller, A>::try_from_foreign(foreign_null()) };
        check!(none.is_none());

        nothings_dropped();
        let foreign = Box::<_, A>::new(Nothing, GFP_KERNEL)?.into_foreign();
        check!(!foreign.is_null());
        // SAFETY: It came from such a box just now.
        drop(unsafe { Box::<Nothing, A>::from_foreign(foreign) });
        check_eq!(nothings_dropped(), 1);
        Ok(())
    }
    with_each_allocator!(test)
}

#[cfg(CONFIG_KVMALLOC_FOREIGN_ALIGN)]
fn foreign_null() -> *mut c_void {
    ptr::null_mut()
}

#[cfg(not(CONFIG_KVMALLOC_FOREIGN_ALIGN))]
fn foreign_null() -> *const c_void {
    ptr::null()
}

suite! {
    /// Values that are made where they stay, boxes that become others, boxes that C keeps.
    kvmalloc_rust_place_cases:
    pin_slice_up_to_an_error,
    pin_slice_without_memory,
    initialised_in_place,
    values_seen_as_less,
    there_and_back,
}

// ---- Nodes ----

extern "C" {
    /// The first node with memory above `after`, which may be -1, or one below 0.
    fn kvvec_kunit_next_node(after: c_int) -> c_int;

    /// The node of the page at an address in a live block.
    fn kvvec_kunit_node_of(address: *const c_void) -> c_int;
}

/// Calls a test with each node that has memory, more than once: were the wish ignored, the node of
/// the running CPU might be what is asked for.
fn on_each_node(test: impl Fn(NumaNode, c_int) -> Verdict) -> Verdict {
    for _ in 0..3 {
        let mut node = -1;

        loop {
            // SAFETY: Any number will do.
            node = unsafe { kvvec_kunit_next_node(node) };
            if node < 0 {
                break;
            }
            test(NumaNode::new(node)?, node)?;
        }
    }
    Ok(())
}

/// Whether all of a value's pages are on the node.
fn is_on<T: ?Sized>(value: &T, node: c_int) -> bool {
    let start: *const u8 = ptr::from_ref(value).cast();

    (0..size_of_val(value)).step_by(PAGE_SIZE).all(|i| {
        // SAFETY: That is an address in the value, which is in a block.
        node == unsafe { kvvec_kunit_node_of(start.wrapping_add(i).cast()) }
    })
}

fn box_on_its_node() -> Verdict {
    fn test<A: Allocator>(nid: NumaNode, node: c_int) -> Verdict {
        let b = Box::<_, A>::new_node(7u64, GFP_KERNEL, nid)?;
        check!(is_on(&*b, node) && *b == 7);

        let b = Box::<[u8; 5 * PAGE_SIZE], A>::zeroed_node(GFP_KERNEL | __GFP_THISNODE, nid)?;
        check!(is_on(&*b, node) && b.iter().all(|byte| *byte == 0));

        let room = Box::<[u8; 100], A>::new_uninit_node(GFP_KERNEL, nid)?;
        check!(is_on(&*room.write([1; 100]), node));
        Ok(())
    }
    on_each_node(test::<Kmalloc>)?;
    on_each_node(test::<Vmalloc>)?;
    on_each_node(test::<KVmalloc>)?;
    on_each_node(|nid, node| {
        let b = KVBox::<[u8; NOT_SLAB]>::zeroed_node(GFP_KERNEL, nid)?;

        check_eq!(KVBox::backing(&b), Some(Backing::Vmalloc));
        check!(is_on(&*b, node));
        Ok(())
    })
}

fn vec_on_its_node() -> Verdict {
    fn test<A: Allocator>(nid: NumaNode, node: c_int) -> Verdict {
        let mut v = Vec::<u64, A>::with_capacity_node(10, GFP_KERNEL, nid)?;
        check_eq!((v.len(), v.capacity()), (0, 10));
        let at = v.as_ptr();
        v.extend_with(10, 1, GFP_KERNEL)?;
        check!(ptr::eq(at, v.as_ptr()) && is_on(&v[..], node));

        // It stays there as long as it is told to.
        while v.len() < 5 * PAGE_SIZE / 8 {
            v.reserve_node(1, GFP_KERNEL | __GFP_THISNODE, nid)?;
            v.push_within_capacity(v.len() as u64)
                .map_err(Error::from)?;
        }
        check!(is_on(&v[..], node));
        check!(v[..10].iter().all(|n| *n == 1) && v[10..].iter().copied().eq(10..v.len() as u64));
        Ok(())
    }
    on_each_node(test::<Kmalloc>)?;
    on_each_node(test::<Vmalloc>)?;
    on_each_node(test::<KVmalloc>)?;
    on_each_node(|nid, node| {
        let mut v = KVVec::with_capacity_node(NOT_SLAB, GFP_KERNEL, nid)?;

        v.extend_with(NOT_SLAB, 1u8, GFP_KERNEL)?;
        check_eq!(v.backing(), Some(Backing::Vmalloc));
        check!(is_on(&v[..], node));
        Ok(())
    })
}

fn vec_moved_to_a_node() -> Verdict {
    on_each_node(|nid, node| {
        let mut v = KVVec::from_elem(3u8, PAGE_SIZE, GFP_KERNEL)?;

        // Wherever that was: room for more is an occasion to move.
        v.reserve_node(PAGE_SIZE, GFP_KERNEL | __GFP_THISNODE, nid)?;
        v.extend_with(PAGE_SIZE, 4, GFP_KERNEL)?;
        check!(is_on(&v[..], node));
        check!(v[..PAGE_SIZE].iter().all(|n| *n == 3));
        Ok(())
    })
}

fn reserve_keeps_to_a_growth_limit() -> Verdict {
    let mut v = KVVec::<u8>::with_growth_limit(100 * PAGE_SIZE, GFP_KERNEL)?;
    v.reserve_exact(60 * PAGE_SIZE, GFP_KERNEL)?;
    v.resize(60 * PAGE_SIZE, 1, GFP_KERNEL)?;

    // Twice as much would be more than the limit.
    let at = v.as_ptr();
    v.reserve_node(1, GFP_KERNEL, NumaNode::NO_NODE)?;
    check!(ptr::eq(at, v.as_ptr()) || !cfg!(CONFIG_64BIT));
    check!(v.capacity() > 60 * PAGE_SIZE && v.iter().all(|n| *n == 1));
    Ok(())
}

fn reserve_on_a_node_that_fails() -> Verdict {
    let register = Register::default();

    with_ever_more_memory(|| {
        let made = Vec::<_, Strict>::with_capacity_node(2, GFP_KERNEL, NumaNode::NO_NODE);
        let Ok(mut v) = made else {
            return Ok(false);
        };
        for witness in register.witnesses(2) {
            v.push_within_capacity(witness).map_err(Error::from)?;
        }
        let (at, number) = (v.as_ptr(), v[1].number);
        let grown = v.reserve_node(1, GFP_KERNEL, NumaNode::NO_NODE);

        check!(grown.is_ok() || (ptr::eq(at, v.as_ptr()) && v.capacity() == 2));
        check!(grown.is_err() || v.capacity() == 4);
        check!(v.len() == 2 && v[1].number == number);
        drop(v);
        check_eq!(register.alive(), 0);
        Ok(grown.is_ok())
    })?;

    Strict::begin(0);
    let mut v = Vec::<Nothing, Strict>::with_capacity_node(9, GFP_KERNEL, NumaNode::NO_NODE)?;
    v.reserve_node(usize::MAX, GFP_KERNEL, NumaNode::NO_NODE)?;
    nothings_dropped();
    v.push_within_capacity(Nothing).map_err(Error::from)?;
    check!(v
        .reserve_node(usize::MAX, GFP_KERNEL, NumaNode::NO_NODE)
        .is_err());
    drop(v);
    check_eq!(nothings_dropped(), 1);
    let b = Box::<_, Strict>::new_node(Nothing, GFP_KERNEL, NumaNode::NO_NODE)?;
    forget(b);
    check!(KVVec::<u64>::with_capacity_node(usize::MAX, GFP_KERNEL, NumaNode::NO_NODE).is_err());
    check_eq!(Strict::calls(), 0);
    Strict::settle()
}

suite! {
    /// Memory is on the node that was asked for, at first and when it grows.
    kvmalloc_rust_node_cases:
    box_on_its_node,
    vec_on_its_node,
    vec_moved_to_a_node,
    reserve_keeps_to_a_growth_limit,
    reserve_on_a_node_that_fails,
}

// ---- Flags ----

/// This kernel's vmalloc() takes requests that may not sleep.
const NONBLOCK: bool = cfg!(CONFIG_KVMALLOC_VMALLOC_NONBLOCK);

fn high_memory_for_slab() -> Verdict {
    // C would warn, which fails the run.
    for high in [GFP_KERNEL | __GFP_HIGHMEM, GFP_ATOMIC | __GFP_HIGHMEM] {
        check!(KBox::new(1, high).is_err());
        check!(KVBox::new(1, high).is_err());
        check!(KVec::<u8>::with_capacity(2 * PAGE_SIZE, high).is_err());
        check!(KVVec::<u8>::with_capacity(NOT_SLAB, high).is_err());
        check!(KVVec::<u8>::with_growth_limit(NOT_SLAB, high).is_err());

        let mut v = KVec::from_elem(1, 4, GFP_KERNEL)?;
        check!(v.reserve(1000, high).is_err());
        check_eq!(v, [1, 1, 1, 1]);
    }
    check_eq!(*VBox::new(1, GFP_KERNEL | __GFP_HIGHMEM)?, 1);
    Ok(())
}

fn to_succeed_always_takes_to_wait() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for flags in [GFP_ATOMIC | __GFP_NOFAIL, GFP_NOWAIT | __GFP_NOFAIL] {
            check!(Box::<_, A>::new(1, flags).is_err());
            check!(Vec::<u8, A>::with_capacity(5 * PAGE_SIZE, flags).is_err());
        }
        check!(Box::<_, A>::new(1, GFP_KERNEL | __GFP_NOFAIL).is_ok());
        Ok(())
    }
    test::<Kmalloc>()?;
    test::<Vmalloc>()?;
    test::<KVmalloc>()
}

fn while_a_spinlock_is_held() -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(0), GFP_KERNEL)?;
    let lock: &SpinLock<i32> = &lock;

    for flags in [GFP_ATOMIC, GFP_NOWAIT] {
        // What was there before: its pages are there to be used.
        let mut mine = VVec::from_elem(1u8, PAGE_SIZE, GFP_KERNEL)?;
        let mut full = VVec::with_capacity(10, GFP_KERNEL)?;
        full.extend_with(10, 1u8, GFP_KERNEL)?;
        // What is left of an area: a few bytes, and more than a page.
        let mut few = KVVec::from_elem(2u8, NOT_SLAB, GFP_KERNEL)?.into_iter();
        let mut many = VVec::from_elem(3u8, 8 * PAGE_SIZE, GFP_KERNEL)?.into_iter();
        check!(few.nth(NOT_SLAB - 8) == Some(2) && many.nth(4 * PAGE_SIZE) == Some(3));

        let guard = lock.lock();
        // A kernel that watches would warn if one of these slept.
        let slab = KBox::new(1, flags);
        let either = KVBox::new(1, flags);
        let area = VBox::new(1, flags);
        let large = KVVec::<u8>::with_capacity(NOT_SLAB, flags | __GFP_NOWARN);
        let grown = mine.reserve(1, flags | __GFP_NOWARN);
        let in_place = full.reserve(10, flags);
        let (few, many) = (few.collect(flags), many.collect(flags));
        drop(guard);

        check!(slab.is_ok() && either.is_ok());
        check_eq!(area.is_ok(), NONBLOCK);
        check_eq!(grown.is_ok(), NONBLOCK);
        check_eq!(large.is_ok(), NONBLOCK);
        check!(in_place.is_ok());
        check_eq!(few, [2; 7]);
        check!(many.len() == 4 * PAGE_SIZE - 1 && many.iter().all(|n| *n == 3));
        check!(mine.len() == PAGE_SIZE && mine.iter().all(|n| *n == 1));

        full.truncate(1);
        check!(full.shrink_to(0, flags).is_ok());
        check_eq!(full, [1]);
    }
    Ok(())
}

const _: () = {
    assert!(GFP_ATOMIC.for_allocator::<Kmalloc>().is_ok());
    assert!(GFP_ATOMIC.for_allocator::<Vmalloc>().is_ok() == NONBLOCK);
    assert!(GFP_ATOMIC.for_allocator::<KVmalloc>().is_ok() == NONBLOCK);
    assert!(GFP_ATOMIC.are_refused_by::<Vmalloc>() != NONBLOCK);
    // Slab may serve it.
    assert!(!GFP_ATOMIC.are_refused_by::<KVmalloc>());
    assert!(GFP_NOIO
        .with(__GFP_NOFAIL)
        .for_allocator::<KVmalloc>()
        .is_ok());
    assert!(GFP_NOWAIT.with(__GFP_NOFAIL).are_refused_by::<Kmalloc>());
    // An allocator that says nothing refuses nothing but nonsense.
    assert!(GFP_ATOMIC
        .with(__GFP_HIGHMEM)
        .for_allocator::<Strict>()
        .is_ok());
    assert!(GFP_NOWAIT
        .with(__GFP_NOFAIL)
        .for_allocator::<Strict>()
        .is_err());
};

fn flags_asked() -> Verdict {
    check!(GFP_KERNEL.may_sleep() && GFP_NOFS.may_sleep() && GFP_NOIO.may_sleep());
    check!(!GFP_ATOMIC.may_sleep() && !GFP_NOWAIT.may_sleep());
    check!(!(GFP_KERNEL & !__GFP_DIRECT_RECLAIM).may_sleep());
    check_eq!(GFP_NOIO.with(__GFP_ZERO), GFP_NOIO | __GFP_ZERO);
    Ok(())
}

fn macros_with_flags() -> Verdict {
    const FLAGS: Flags = GFP_NOFS.with(__GFP_NOWARN);

    let once = Cell::new(0);
    let count = || {
        once.set(once.get() + 1);
        once.get()
    };
    check_eq!(*kbox!(count())?, 1);
    check_eq!(*vbox!(count(), GFP_NOIO)?, 2);
    check_eq!(*kvbox!(count(), FLAGS | __GFP_ACCOUNT,)?, 3);
    check_eq!(kvec![count(), count() => GFP_ATOMIC]?, [4, 5]);
    check_eq!(vvec![count(); 3 => FLAGS]?, [6, 6, 6]);
    check_eq!(
        kvvec![count(), 8, => GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY]?,
        [7, 8]
    );
    check_eq!(kvvec![count(), 9]?, [8, 9]);
    check!(kvec![0u8; NOT_SLAB => FLAGS].is_err());
    let b: KBox<dyn Animal> = kbox!(Nothing)?;
    check_eq!(b.legs(), 0);
    Ok(())
}

suite! {
    /// Flags that cannot work are an error, and those that can are not.
    kvmalloc_rust_flags_cases:
    high_memory_for_slab,
    to_succeed_always_takes_to_wait,
    while_a_spinlock_is_held,
    flags_asked,
    macros_with_flags,
}
