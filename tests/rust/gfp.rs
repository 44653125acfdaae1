// SPDX-License-Identifier: GPL-2.0

//! Every method that takes gfp flags, with every allocator and adapter: one table.
//!
//! A row is a method. It runs under a spinlock with flags that may not sleep, and with each
//! combination of flags that the allocator refuses. Three observations tell whether a method
//! sleeps: `DEBUG_ATOMIC_SLEEP` reports a sleeping function, [`Probe`] reports a call of its
//! sleeping `free`, and a vmalloc area that was freed synchronously is gone while the lock is still
//! held. `vfree_atomic()` leaves the area to a worker, which cannot run on this CPU meanwhile.
//!
//! `tests/host/test_rust_docs.py` compares the names in the table with the methods in
//! `rust/kernel/alloc/` that take flags.

use super::{
    place::value_until,
    *, //
};
use core::{
    alloc::Layout,
    cell::RefCell,
    fmt::Write,
    marker::PhantomData,
    mem,
    pin::Pin,
    ptr::NonNull,
    sync::atomic::{
        AtomicBool,
        AtomicUsize,
        Ordering::Relaxed, //
    },
};
use kernel::{
    alloc::{
        lock_with_room,
        lock_with_room_in,
        pages::SgTable,
        rcu::RcuBox,
        CloneBoxed,
        Flags,
        KvFree,
        NonBlocking,
        NumaNode,
        Sensitive,
        Spare, //
    },
    init::InPlaceInit,
    new_spinlock,
    sync::SpinLock, //
};

/// Bytes of the vector that a row gets: more than a page, and few enough for slab.
const LEN: usize = 3 * PAGE_SIZE;

type Bytes<A> = Vec<u8, A>;

// ---- The allocators ----

/// An allocator that the table is checked with.
trait Subject: Allocator + Sized + 'static {
    /// The allocator that the vector of a row comes from. Its blocks are blocks of `Self`.
    type Blocks: Allocator;

    /// Requests of a few pages with `GFP_ATOMIC` succeed on every kernel.
    const SERVES_ATOMIC: bool = false;

    /// Run the rows with requests above the ceiling failing, too: constructors fail half-way.
    const IS_LIMITED: bool = false;

    /// A full vector of [`LEN`] bytes, in a vmalloc area if this allocator has such memory.
    fn full() -> Result<Bytes<Self>, Failed> {
        let v = patterned::<Self::Blocks>(LEN)?;
        check_eq!(v.capacity(), LEN);
        let (ptr, len, capacity) = v.into_raw_parts();

        // SAFETY: The parts are those of a vector whose allocator's blocks are blocks of `Self`.
        Ok(unsafe { Vec::from_raw_parts(ptr, len, capacity) })
    }
}

impl Subject for Kmalloc {
    type Blocks = Kmalloc;
    const SERVES_ATOMIC: bool = true;
}

impl Subject for Vmalloc {
    type Blocks = Vmalloc;
}

// `kvrealloc()` and `kvfree()` take memory of vmalloc(), too.
impl Subject for KVmalloc {
    type Blocks = Vmalloc;
}

impl<A: Subject> Subject for Sensitive<A> {
    type Blocks = A::Blocks;
    const IS_LIMITED: bool = A::IS_LIMITED;
    const SERVES_ATOMIC: bool = A::SERVES_ATOMIC;
}

impl<A: Subject> Subject for NonBlocking<A> {
    type Blocks = A::Blocks;
    const SERVES_ATOMIC: bool = A::SERVES_ATOMIC;
}

impl<const NONBLOCKING: bool> Subject for Probe<NONBLOCKING> {
    type Blocks = Vmalloc;
    const IS_LIMITED: bool = NONBLOCKING;
}

static IS_LOCKED: AtomicBool = AtomicBool::new(false);
static SLEPT: AtomicBool = AtomicBool::new(false);
static CEILING: AtomicUsize = AtomicUsize::new(NO_LIMIT);

/// An allocator that relies on the trait's own methods, and reports a call of its sleeping `free`
/// under the lock. Requests above a ceiling fail.
struct Probe<const NONBLOCKING: bool>;

// SAFETY: The blocks are those of `KVmalloc`, which is called with the same arguments.
unsafe impl<const NONBLOCKING: bool> Allocator for Probe<NONBLOCKING> {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;
    const HAS_NONBLOCKING_FREE: bool = NONBLOCKING;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() > CEILING.load(Relaxed) {
            return Err(AllocError);
        }
        // SAFETY: The requirements are the same.
        unsafe { KVmalloc::realloc(block, layout, old, flags, nid) }
    }

    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        if IS_LOCKED.load(Relaxed) && layout.size() != 0 {
            SLEPT.store(true, Relaxed);
        }
        // SAFETY: The requirements are the same.
        unsafe { KVmalloc::free(block, layout) };
    }

    unsafe fn free_nonblocking(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same.
        unsafe { KVmalloc::free_nonblocking(block, layout) };
    }
}

// ---- The table ----

#[derive(Clone, Copy, PartialEq)]
enum Effect {
    /// Needs memory, so flags that are refused fail it.
    Grows,
    /// Gives memory back, if at all with memory for a copy.
    Shrinks,
    /// Needs memory of another allocator.
    Elsewhere,
}
use Effect::{Elsewhere, Grows, Shrinks};

/// A method. Gets a full vector, and an empty one to leave its result in: nothing may be dropped
/// under the lock. Returns whether it succeeded.
struct Row<A: Allocator> {
    name: &'static str,
    effect: Effect,
    run: fn(&mut Bytes<A>, &mut Bytes<A>, Flags) -> bool,
}

/// Leaves the result of a constructor in `to`, as bytes.
fn keep<A: Allocator, T: Into<Bytes<A>>, E>(to: &mut Bytes<A>, made: Result<T, E>) -> bool {
    match made {
        Ok(made) => {
            *to = made.into();
            true
        }
        Err(_) => false,
    }
}

/// Leaves a pinned result in `to`.
fn keep_pinned<A: Allocator, T: Unpin + ?Sized, E>(
    to: &mut Bytes<A>,
    made: Result<Pin<Box<T, A>>, E>,
) -> bool
where
    Box<T, A>: Into<Bytes<A>>,
{
    keep(to, made.map(Pin::into_inner))
}

/// More bytes than the size hint says: what takes them grows on the way.
fn lying(count: usize) -> impl Iterator<Item = u8> {
    (0..count).map(|_| 7).filter(|_| true)
}

/// Collects the elements that are left after the first `taken`.
fn collect_after<A: Allocator>(v: &mut Bytes<A>, taken: usize, flags: Flags) -> bool {
    let mut iter = mem::take(v).into_iter();

    iter.by_ref().take(taken).for_each(drop);
    *v = iter.collect(flags);
    v.len() == LEN - taken
}

fn into_boxed_slice<A: Allocator>(v: &mut Bytes<A>, len: usize, flags: Flags) -> bool {
    v.truncate(len);
    match mem::take(v).into_boxed_slice(flags) {
        Ok(b) => {
            *v = Vec::from(b);
            true
        }
        Err(error) => {
            *v = error.0;
            false
        }
    }
}

/// The layout of so many bytes.
fn bytes(len: usize) -> Layout {
    Layout::array::<u8>(len).unwrap_or(Layout::new::<u8>())
}

/// Calls one of the allocator's own methods with the block of a vector.
fn directly<A: Allocator>(
    v: &mut Bytes<A>,
    to: usize,
    call: impl FnOnce(NonNull<u8>, Layout, Layout) -> Result<NonNull<[u8]>, AllocError>,
) -> bool {
    let (ptr, len, capacity) = mem::take(v).into_raw_parts();
    let Some(block) = NonNull::new(ptr) else {
        return false;
    };
    let (block, capacity, done) = match call(block, bytes(to), bytes(capacity)) {
        Ok(new) => (new.cast(), to, true),
        Err(AllocError) => (block, capacity, false),
    };
    // SAFETY: The block is the old one, which is unchanged, or one of the new size with the bytes
    // of the old one.
    *v = unsafe { Vec::from_raw_parts(block.as_ptr(), len.min(capacity), capacity) };
    done
}

macro_rules! rows {
    ($allocator:ty => $($effect:ident $name:literal: |$v:pat_param, $to:pat_param, $f:pat_param| $body:expr;)*) => {
        &[$(Row {
            name: $name,
            effect: $effect,
            run: |$v: &mut Bytes<$allocator>, $to: &mut Bytes<$allocator>, $f: Flags| $body,
        }),*]
    };
}

/// Holds the table of an allocator.
struct Table<A>(PhantomData<A>);

impl<A: Subject> Table<A> {
    const ROWS: &'static [Row<A>] = rows! { A =>
        Grows "Vec::with_capacity": |_, to, f| keep(to, Bytes::with_capacity(LEN, f));
        Grows "Vec::zeroed": |_, to, f| keep(to, Bytes::zeroed(LEN, f));
        Grows "Vec::from_elem": |_, to, f| keep(to, Bytes::from_elem(1, LEN, f));
        Grows "Vec::try_from_iter": |_, to, f| keep(to, Bytes::try_from_iter(lying(LEN), f));
        Grows "Vec::try_clone": |v, to, f| keep(to, v.try_clone(f));
        Grows "Vec::reserve": |v, _, f| v.reserve(1, f).is_ok();
        Grows "Vec::reserve_exact": |v, _, f| v.reserve_exact(1, f).is_ok();
        Grows "Vec::push": |v, _, f| v.push(1, f).is_ok();
        Grows "Vec::insert": |v, _, f| v.insert(0, 1, f).is_ok();
        Grows "Vec::extend": |v, _, f| v.extend([1, 2, 3], f).is_ok();
        Grows "Vec::extend": |v, _, f| v.extend(lying(1), f).is_ok();
        Grows "Vec::extend_with": |v, _, f| v.extend_with(2, 1, f).is_ok();
        Grows "Vec::extend_from_slice": |v, _, f| v.extend_from_slice(&[1, 2], f).is_ok();
        Grows "Vec::extend_from_within": |v, _, f| v.extend_from_within(1..3, f).is_ok();
        Grows "Vec::resize": |v, _, f| v.resize(LEN + 1, 1, f).is_ok();
        Grows "Vec::resize_with": |v, _, f| v.resize_with(LEN + 1, || 1, f).is_ok();
        Grows "Vec::append": |v, to, f| to.append(v, f).is_ok();
        Grows "Vec::split_off": |v, to, f| keep(to, v.split_off(1, f));
        Grows "Vec::splice": |v, _, f| v.splice(1..2, [1, 2, 3], f).is_ok();
        Grows "Vec::writer": |v, _, f| write!(v.writer(f), "text").is_ok();
        Grows "Vec::with_capacity_node": |_, to, f| {
            keep(to, Bytes::with_capacity_node(LEN, f, NumaNode::NO_NODE))
        };
        Grows "Vec::reserve_node": |v, _, f| v.reserve_node(1, f, NumaNode::NO_NODE).is_ok();
        Grows "Spare::with_capacity": |_, to, f| {
            keep(to, Spare::with_capacity(LEN, f).map(|mut spare| {
                let mut v = Bytes::new();
                v.grow_into(&mut spare);
                v
            }))
        };
        Grows "Spare::for_vec": |_, to, f| {
            keep(to, Spare::for_vec(LEN, 1, f).map(|mut spare| {
                let mut v = Bytes::new();
                v.grow_into(&mut spare);
                v
            }))
        };
        Grows "lock_with_room": |v, _, f| {
            let lock = RefCell::new(mem::take(v));
            // Dropping the result frees the buffer that the vector had before.
            let done = lock_with_room(|| lock.borrow_mut(), 1, f).is_ok();
            *v = lock.into_inner();
            done
        };
        Grows "lock_with_room_in": |v, _, f| {
            let lock = RefCell::new((0, mem::take(v)));
            let done = lock_with_room_in(|| lock.borrow_mut(), |both| &mut both.1, 1, f).is_ok();
            *v = lock.into_inner().1;
            done
        };
        Shrinks "Vec::shrink_to": |v, _, f| v.shrink_to(LEN, f).is_ok();
        Shrinks "Vec::shrink_to": |v, _, f| {
            v.truncate(LEN / 2);
            v.shrink_to(0, f).is_ok()
        };
        Shrinks "Vec::shrink_to": |v, _, f| {
            v.truncate(8);
            v.shrink_to(8, f).is_ok()
        };
        Shrinks "Vec::shrink_to": |v, _, f| {
            v.clear();
            v.shrink_to(0, f).is_ok()
        };
        Shrinks "Vec::shrink_to_fit": |v, _, f| {
            v.clear();
            v.shrink_to_fit(f).is_ok()
        };
        Shrinks "Vec::into_boxed_slice": |v, _, f| into_boxed_slice(v, LEN, f);
        Shrinks "Vec::into_boxed_slice": |v, _, f| into_boxed_slice(v, 8, f);
        Shrinks "Vec::into_boxed_slice": |v, _, f| into_boxed_slice(v, 0, f);
        Shrinks "IntoIter::collect": |v, _, f| collect_after(v, 0, f);
        Shrinks "IntoIter::collect": |v, _, f| collect_after(v, LEN / 2, f);
        Shrinks "IntoIter::collect": |v, _, f| collect_after(v, LEN - 8, f);
        Shrinks "IntoIter::collect": |v, _, f| collect_after(v, LEN, f);
        Grows "Box::new": |_, to, f| keep(to, Box::new([1; 64], f));
        Grows "Box::new_uninit": |_, to, f| {
            keep(to, Box::<[u8; 64], A>::new_uninit(f).map(|room| room.write([1; 64])))
        };
        Grows "Box::zeroed": |_, to, f| keep(to, Box::<[u8; LEN], A>::zeroed(f));
        Grows "Box::pin": |_, to, f| keep_pinned(to, Box::<_, A>::pin([1; 64], f));
        Grows "Box::pin_slice": |_, to, f| {
            keep_pinned(to, Box::<u8, A>::pin_slice(|n| value_until(1, n, LEN), LEN, f))
        };
        // An initialiser fails when there are values already.
        Elsewhere "Box::pin_slice": |_, to, f| {
            keep_pinned(to, Box::<u8, A>::pin_slice(|n| value_until(1, n, 9), LEN, f))
        };
        Grows "Box::new_slice": |_, to, f| {
            keep(to, Box::<[u8], A>::new_slice(|n| value_until(1, n, LEN), LEN, f))
        };
        Grows "Box::new_uninit_slice": |_, to, f| {
            keep(to, Box::<[u8], A>::new_uninit_slice(LEN, f).map(|mut slots| {
                slots.iter_mut().for_each(|slot| {
                    slot.write(1);
                });
                // SAFETY: All slots have been written.
                unsafe { slots.assume_init() }
            }))
        };
        Grows "Box::zeroed_slice": |_, to, f| keep(to, Box::<[u8], A>::zeroed_slice(LEN, f));
        Grows "Box::from_iter": |_, to, f| keep(to, Box::<[u8], A>::from_iter(lying(LEN), f));
        Grows "Box::from_slice": |v, to, f| keep(to, Box::<[u8], A>::from_slice(v, f));
        Grows "Box::from_str": |_, to, f| {
            keep(to, Box::<str, A>::from_str("text", f).map(Box::into_boxed_bytes))
        };
        Grows "Box::try_clone": |v, to, f| {
            // The vector has no spare capacity, so the box takes over its memory.
            let Ok(b) = mem::take(v).into_boxed_slice(f) else {
                return false;
            };
            let done = keep(to, Box::try_clone(&b, f));
            *v = Vec::from(b);
            done
        };
        Grows "CloneBoxed::clone_boxed": |v, to, f| keep(to, v[..].clone_boxed::<A>(f));
        Grows "CloneBoxed::clone_boxed": |_, to, f| {
            keep(to, "text".clone_boxed::<A>(f).map(Box::into_boxed_bytes))
        };
        Grows "InPlaceInit::try_init": |_, to, f| {
            keep(to, Box::<[u8; 64], A>::try_init(value_until([1; 64], 0, 1), f))
        };
        Grows "InPlaceInit::try_pin_init": |_, to, f| {
            keep_pinned(to, Box::<[u8; 64], A>::try_pin_init(value_until([1; 64], 0, 1), f))
        };
        Grows "Box::new_node": |_, to, f| keep(to, Box::new_node([1; 64], f, NumaNode::NO_NODE));
        Grows "Box::new_uninit_node": |_, to, f| {
            let room = Box::<[u8; 64], A>::new_uninit_node(f, NumaNode::NO_NODE);
            keep(to, room.map(|room| room.write([1; 64])))
        };
        Grows "Box::zeroed_node": |_, to, f| {
            keep(to, Box::<[u8; LEN], A>::zeroed_node(f, NumaNode::NO_NODE))
        };
        Grows "Allocator::realloc": |v, _, f| directly(v, LEN + 1, |block, new, old| {
            // SAFETY: The block was made for `old`, and the caller uses the new one.
            unsafe { A::realloc(Some(block), new, old, f, NumaNode::NO_NODE) }
        });
        Shrinks "Allocator::realloc": |v, _, f| directly(v, 8, |block, new, old| {
            // SAFETY: The block was made for `old`, and the caller uses the new one.
            unsafe { A::realloc(Some(block), new, old, f, NumaNode::NO_NODE) }
        });
        Shrinks "Allocator::shrink": |v, _, f| directly(v, LEN / 2, |block, new, old| {
            // SAFETY: The block was made for `old`, which is larger.
            unsafe { A::shrink(block, new, old, f, NumaNode::NO_NODE) }
        });
        Shrinks "Allocator::shrink": |v, _, f| directly(v, 8, |block, new, old| {
            // SAFETY: The block was made for `old`, which is larger.
            unsafe { A::shrink(block, new, old, f, NumaNode::NO_NODE) }
        });
        Grows "Allocator::alloc": |_, to, f| {
            match A::alloc(bytes(LEN), f, NumaNode::NO_NODE) {
                Ok(block) => {
                    // SAFETY: The block is one of `A` for so many bytes.
                    *to = unsafe { Vec::from_raw_parts(block.as_ptr().cast(), 0, LEN) };
                    true
                }
                Err(AllocError) => false,
            }
        };
    };
}

/// The rows of allocators whose memory is for `kvfree()`.
impl<A: Subject + KvFree> Table<A> {
    const KVFREE_ROWS: &'static [Row<A>] = rows! { A =>
        Grows "RcuBox::new": |_, _, f| RcuBox::<u8, A>::new(1, f).is_ok();
        Grows "RcuBox::zeroed": |_, _, f| RcuBox::<[u8; LEN], A>::zeroed(f).is_ok();
        Elsewhere "SgTable::new": |v, _, f| SgTable::new(v, f).is_ok();
    };
}

/// The rows of `KVmalloc` alone.
const KVMALLOC_ROWS: &[Row<KVmalloc>] = rows! { KVmalloc =>
    Grows "Vec::with_growth_limit": |_, to, f| keep(to, Bytes::with_growth_limit(64, f));
    Grows "Vec::with_growth_limit": |_, to, f| keep(to, Bytes::with_growth_limit(LEN, f));
    Grows "KVmalloc::alloc_growable": |_, to, f| {
        match KVmalloc::alloc_growable(bytes(8), bytes(64), f, NumaNode::NO_NODE) {
            Ok(block) => {
                // SAFETY: The block is one for eight bytes.
                *to = unsafe { Vec::from_raw_parts(block.as_ptr().cast(), 0, 8) };
                true
            }
            Err(AllocError) => false,
        }
    };
};

// ---- The checks ----

/// Runs a row under a spinlock.
fn under_the_lock<A: Subject>(row: &Row<A>, flags: Flags) -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(0), GFP_KERNEL)?;
    let lock: &SpinLock<i32> = &lock;
    let (mut v, mut made) = (A::full()?, Bytes::new());
    let at = v.as_ptr();
    let was_area = is_area(at);

    let guard = lock.lock();
    IS_LOCKED.store(true, Relaxed);
    let done = (row.run)(&mut v, &mut made, flags | __GFP_NOWARN);
    let is_there = is_area(at);
    IS_LOCKED.store(false, Relaxed);
    drop(guard);

    check!(!was_area || is_there);
    // A constructor that fails half-way has to free, whatever the allocator can do.
    let fails_half_way = matches!(
        row.name,
        "Vec::try_from_iter" | "Box::from_iter" | "Box::pin_slice"
    );
    let slept = SLEPT.swap(false, Relaxed);
    check!(!slept || (fails_half_way && !done && !A::HAS_NONBLOCKING_FREE));
    if !done {
        check!(v.is_empty() || is_patterned(&v));
        check!(row.effect != Grows || v.len() == LEN);
    }
    check!(done || row.effect == Elsewhere || flags != GFP_ATOMIC || !A::SERVES_ATOMIC);
    Ok(())
}

/// Runs a row that needs memory with flags that the allocator refuses.
fn with_refused_flags<A: Subject>(row: &Row<A>, flags: Flags) -> Verdict {
    let (mut v, mut made) = (A::full()?, Bytes::new());

    check!(!(row.run)(&mut v, &mut made, flags | __GFP_NOWARN));
    check!(is_patterned(&v) && v.len() == LEN && v.capacity() == LEN);
    check!(made.is_empty());
    Ok(())
}

fn check_rows<A: Subject>(rows: &[Row<A>]) -> Verdict {
    let mut verdict = Ok(());

    for row in rows {
        if let Err(failed) = check_row(row) {
            pr_err!("gfp.rs: the row of {}\n", row.name);
            verdict = Err(failed);
        }
    }
    verdict
}

fn check_row<A: Subject>(row: &Row<A>) -> Verdict {
    for flags in [GFP_ATOMIC, GFP_NOWAIT] {
        under_the_lock(row, flags)?;
        if A::IS_LIMITED {
            CEILING.store(LEN / 2, Relaxed);
            let verdict = under_the_lock(row, flags);
            CEILING.store(NO_LIMIT, Relaxed);
            verdict?;
        }
    }
    for flags in [
        GFP_ATOMIC,
        GFP_ATOMIC | __GFP_NOFAIL,
        GFP_NOWAIT | __GFP_NOFAIL,
        GFP_ATOMIC | __GFP_HIGHMEM,
        GFP_KERNEL | __GFP_HIGHMEM,
    ] {
        if row.effect == Grows && flags.are_refused_by::<A>() {
            with_refused_flags(row, flags)?;
        }
    }
    Ok(())
}

/// An area that is to shrink to at most a page moves to slab, if slab can serve it.
fn areas_shrink_without_slab() -> Verdict {
    for len in [1, 8, PAGE_SIZE] {
        for boxed in [false, true] {
            let (ptr, _, capacity) = patterned::<Vmalloc>(8 * PAGE_SIZE)?.into_raw_parts();
            // SAFETY: The blocks of `Vmalloc` are memory for kvrealloc() and kvfree().
            let mut v = unsafe { KVVec::<u8>::from_raw_parts(ptr, len, capacity) };

            let mut done = true;
            without_memory(|| {
                done = if boxed {
                    into_boxed_slice(&mut v, len, quiet())
                } else {
                    v.shrink_to(0, quiet()).is_ok()
                };
            });
            check!(done);
            check_eq!((v.len(), v.capacity()), (len, len));
            check!(is_patterned(&v));
            check_eq!(footprint(v.as_ptr()), PAGE_SIZE);
        }
    }
    Ok(())
}

fn kmalloc_honours_flags() -> Verdict {
    check_rows(Table::<Kmalloc>::ROWS)?;
    check_rows(Table::<Kmalloc>::KVFREE_ROWS)
}

fn vmalloc_honours_flags() -> Verdict {
    check_rows(Table::<Vmalloc>::ROWS)?;
    check_rows(Table::<Vmalloc>::KVFREE_ROWS)
}

fn kvmalloc_honours_flags() -> Verdict {
    check_rows(Table::<KVmalloc>::ROWS)?;
    check_rows(Table::<KVmalloc>::KVFREE_ROWS)?;
    check_rows(KVMALLOC_ROWS)
}

fn sensitive_kmalloc_honours_flags() -> Verdict {
    check_rows(Table::<Sensitive<Kmalloc>>::ROWS)
}

fn sensitive_vmalloc_honours_flags() -> Verdict {
    check_rows(Table::<Sensitive<Vmalloc>>::ROWS)
}

fn sensitive_kvmalloc_honours_flags() -> Verdict {
    check_rows(Table::<Sensitive<KVmalloc>>::ROWS)
}

fn nonblocking_honours_flags() -> Verdict {
    check_rows(Table::<NonBlocking<KVmalloc>>::ROWS)?;
    check_rows(Table::<NonBlocking<KVmalloc>>::KVFREE_ROWS)?;
    check_rows(Table::<NonBlocking<Vmalloc>>::ROWS)
}

fn nested_adapters_honour_flags() -> Verdict {
    check_rows(Table::<NonBlocking<Sensitive<KVmalloc>>>::ROWS)?;
    check_rows(Table::<Sensitive<NonBlocking<KVmalloc>>>::ROWS)
}

fn default_methods_honour_flags() -> Verdict {
    check_rows(Table::<Probe<true>>::ROWS)?;
    check_rows(Table::<Sensitive<Probe<true>>>::ROWS)?;
    check_rows(Table::<Sensitive<Probe<false>>>::ROWS)?;
    check_rows(Table::<Probe<false>>::ROWS)
}

suite! {
    /// Every method that takes flags honours them, whatever the allocator.
    kvmalloc_rust_gfp_cases:
    areas_shrink_without_slab,
    kmalloc_honours_flags,
    vmalloc_honours_flags,
    kvmalloc_honours_flags,
    sensitive_kmalloc_honours_flags,
    sensitive_vmalloc_honours_flags,
    sensitive_kvmalloc_honours_flags,
    nonblocking_honours_flags,
    nested_adapters_honour_flags,
    default_methods_honour_flags,
}
