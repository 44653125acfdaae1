// SPDX-License-Identifier: GPL-2.0

//! Every method that takes gfp flags, with every allocator and adapter: one table.
//!
//! A row is a method. It runs under a spinlock with flags that may not sleep, and with each
//! combination of flags that the allocator refuses. Three observations tell whether a method
//! sleeps: `DEBUG_ATOMIC_SLEEP` reports a sleeping function, [`Probe`] reports a call of its
//! sleeping `free`, and a vmalloc area that was freed synchronously is gone while the lock is still
//! held. `vfree_atomic()` leaves the area to a worker, which cannot run on this CPU meanwhile.
//!
//! The methods depend on an allocator through its constants and its functions. The table is
//! therefore compiled once for each set of constants, with [`Through`], which calls the functions
//! of the allocator that is tested through pointers, and not once for each of the allocators.
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
    ptr::{
        self,
        NonNull, //
    },
    sync::atomic::{
        AtomicBool,
        AtomicPtr,
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

/// Pointer, length and capacity of a vector.
type Parts = (*mut u8, usize, usize);

/// The parts of a full vector of [`LEN`] bytes.
fn full_of<A: Allocator>() -> Result<Parts, Failed> {
    let v = patterned::<A>(LEN)?;

    check_eq!(v.capacity(), LEN);
    Ok(v.into_raw_parts())
}

type Block = Result<NonNull<[u8]>, AllocError>;
type Alloc = fn(Layout, Flags, NumaNode) -> Block;
type Realloc = unsafe fn(Option<NonNull<u8>>, Layout, Layout, Flags, NumaNode) -> Block;
type Shrink = unsafe fn(NonNull<u8>, Layout, Layout, Flags, NumaNode) -> Block;

/// An allocator that the table is checked with.
struct Subject {
    /// The name of the allocator in the report of a failed row.
    name: &'static str,

    /// The parts of a full vector of [`LEN`] bytes whose memory is a block of this allocator: a
    /// vmalloc area, if the allocator has such memory.
    full: fn() -> Result<Parts, Failed>,

    /// Requests of a few pages with `GFP_ATOMIC` succeed on every kernel.
    serves_atomic: bool,

    /// Run the rows with requests above the ceiling failing, too: constructors fail half-way.
    is_limited: bool,

    min_align: usize,
    refused: Flags,
    required: Flags,
    has_nonblocking_free: bool,

    alloc: Alloc,
    realloc: Realloc,
    shrink: Shrink,
    free: unsafe fn(NonNull<u8>, Layout),
    free_nonblocking: unsafe fn(NonNull<u8>, Layout),
    room: unsafe fn(NonNull<u8>) -> usize,
}

impl Subject {
    /// The allocator `A`, with memory that `full` makes.
    const fn of<A: Allocator>(name: &'static str, full: fn() -> Result<Parts, Failed>) -> Self {
        Self {
            name,
            full,
            serves_atomic: false,
            is_limited: false,
            min_align: A::MIN_ALIGN,
            refused: A::REFUSED_FLAGS,
            required: A::REQUIRED_FLAGS,
            has_nonblocking_free: A::HAS_NONBLOCKING_FREE,
            alloc: A::alloc,
            realloc: A::realloc,
            shrink: A::shrink,
            free: A::free,
            free_nonblocking: A::free_nonblocking,
            room: A::room,
        }
    }

    const fn serving_atomic(mut self) -> Self {
        self.serves_atomic = true;
        self
    }

    const fn limited(mut self) -> Self {
        self.is_limited = true;
        self
    }

    /// A full vector for a row of the table of `A`.
    fn full<A: Allocator>(&self) -> Result<Bytes<A>, Failed> {
        let (ptr, len, capacity) = (self.full)()?;

        // SAFETY: These are the parts of a vector. Its memory is a block of this allocator, which
        // `A` either is or calls.
        Ok(unsafe { Vec::from_raw_parts(ptr, len, capacity) })
    }
}

// `kvrealloc()` and `kvfree()` take memory of vmalloc(), too.
static KMALLOC: Subject = Subject::of::<Kmalloc>("Kmalloc", full_of::<Kmalloc>).serving_atomic();
static VMALLOC: Subject = Subject::of::<Vmalloc>("Vmalloc", full_of::<Vmalloc>);
static KVMALLOC: Subject = Subject::of::<KVmalloc>("KVmalloc", full_of::<Vmalloc>);
static SENSITIVE_KMALLOC: Subject =
    Subject::of::<Sensitive<Kmalloc>>("Sensitive<Kmalloc>", full_of::<Kmalloc>).serving_atomic();
static SENSITIVE_VMALLOC: Subject =
    Subject::of::<Sensitive<Vmalloc>>("Sensitive<Vmalloc>", full_of::<Vmalloc>);
static SENSITIVE_KVMALLOC: Subject =
    Subject::of::<Sensitive<KVmalloc>>("Sensitive<KVmalloc>", full_of::<Vmalloc>);
static NONBLOCKING_VMALLOC: Subject =
    Subject::of::<NonBlocking<Vmalloc>>("NonBlocking<Vmalloc>", full_of::<Vmalloc>);
static NONBLOCKING_KVMALLOC: Subject =
    Subject::of::<NonBlocking<KVmalloc>>("NonBlocking<KVmalloc>", full_of::<Vmalloc>);
static NONBLOCKING_SENSITIVE: Subject = Subject::of::<NonBlocking<Sensitive<KVmalloc>>>(
    "NonBlocking<Sensitive<KVmalloc>>",
    full_of::<Vmalloc>,
);
static SENSITIVE_NONBLOCKING: Subject = Subject::of::<Sensitive<NonBlocking<KVmalloc>>>(
    "Sensitive<NonBlocking<KVmalloc>>",
    full_of::<Vmalloc>,
);
static NONBLOCKING_PROBE: Subject =
    Subject::of::<Probe<true>>("Probe<true>", full_of::<Vmalloc>).limited();
static SENSITIVE_NONBLOCKING_PROBE: Subject =
    Subject::of::<Sensitive<Probe<true>>>("Sensitive<Probe<true>>", full_of::<Vmalloc>).limited();
static PROBE: Subject = Subject::of::<Probe<false>>("Probe<false>", full_of::<Vmalloc>);
static SENSITIVE_PROBE: Subject =
    Subject::of::<Sensitive<Probe<false>>>("Sensitive<Probe<false>>", full_of::<Vmalloc>);

/// The allocator that [`Through`] calls.
static CALLED: AtomicPtr<Subject> = AtomicPtr::new(ptr::null_mut());

fn called() -> &'static Subject {
    // SAFETY: `check_rows_through()` stores a pointer to a static before a row runs.
    unsafe { &*CALLED.load(Relaxed) }
}

/// An allocator with the constants of `C` that calls another one through pointers.
struct Through<C>(PhantomData<C>);

// SAFETY: All blocks are those of one allocator, which is called with the same arguments:
// `check_rows_through()` exchanges it only when there are no blocks.
unsafe impl<C: Allocator> Allocator for Through<C> {
    const MIN_ALIGN: usize = C::MIN_ALIGN;
    const REFUSED_FLAGS: Flags = C::REFUSED_FLAGS;
    const REQUIRED_FLAGS: Flags = C::REQUIRED_FLAGS;
    const HAS_NONBLOCKING_FREE: bool = C::HAS_NONBLOCKING_FREE;

    fn alloc(layout: Layout, flags: Flags, nid: NumaNode) -> Result<NonNull<[u8]>, AllocError> {
        (called().alloc)(layout, flags, nid)
    }

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { (called().realloc)(block, layout, old, flags, nid) }
    }

    unsafe fn shrink(
        block: NonNull<u8>,
        layout: Layout,
        old: Layout,
        flags: Flags,
        nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { (called().shrink)(block, layout, old, flags, nid) }
    }

    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same.
        unsafe { (called().free)(block, layout) };
    }

    unsafe fn free_nonblocking(block: NonNull<u8>, layout: Layout) {
        // SAFETY: The requirements are the same.
        unsafe { (called().free_nonblocking)(block, layout) };
    }

    unsafe fn room(block: NonNull<u8>) -> usize {
        // SAFETY: The requirements are the same.
        unsafe { (called().room)(block) }
    }
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
    ($allocator:ty =>
        $($effect:ident $name:literal:
            |$v:pat_param, $to:pat_param, $f:pat_param| $body:expr;)*
    ) => {
        &[$(Row {
            name: $name,
            effect: $effect,
            run: |$v: &mut Bytes<$allocator>, $to: &mut Bytes<$allocator>, $f: Flags| $body,
        }),*]
    };
}

/// Holds the table of an allocator.
struct Table<A>(PhantomData<A>);

impl<A: Allocator + 'static> Table<A> {
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
impl<A: KvFree + 'static> Table<A> {
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
fn under_the_lock<A: Allocator>(subject: &Subject, row: &Row<A>, flags: Flags) -> Verdict {
    let lock = KBox::pin_init(new_spinlock!(0), GFP_KERNEL)?;
    let lock: &SpinLock<i32> = &lock;
    let (mut v, mut made) = (subject.full::<A>()?, Bytes::new());
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
    check!(done || row.effect == Elsewhere || flags != GFP_ATOMIC || !subject.serves_atomic);
    Ok(())
}

/// Runs a row that needs memory with flags that the allocator refuses.
fn with_refused_flags<A: Allocator>(subject: &Subject, row: &Row<A>, flags: Flags) -> Verdict {
    let (mut v, mut made) = (subject.full::<A>()?, Bytes::new());

    check!(!(row.run)(&mut v, &mut made, flags | __GFP_NOWARN));
    check!(is_patterned(&v) && v.len() == LEN && v.capacity() == LEN);
    check!(made.is_empty());
    Ok(())
}

fn check_row<A: Allocator>(subject: &Subject, row: &Row<A>) -> Verdict {
    for flags in [GFP_ATOMIC, GFP_NOWAIT] {
        under_the_lock(subject, row, flags)?;
        if subject.is_limited {
            CEILING.store(LEN / 2, Relaxed);
            let verdict = under_the_lock(subject, row, flags);
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
            with_refused_flags(subject, row, flags)?;
        }
    }
    Ok(())
}

/// Checks rows whose allocator is the subject itself.
fn check_rows<A: Allocator>(subject: &Subject, rows: &[Row<A>]) -> Verdict {
    let mut verdict = Ok(());

    check_eq!(A::MIN_ALIGN, subject.min_align);
    check_eq!(A::REFUSED_FLAGS, subject.refused);
    check_eq!(A::REQUIRED_FLAGS, subject.required);
    check_eq!(A::HAS_NONBLOCKING_FREE, subject.has_nonblocking_free);
    for row in rows {
        if let Err(failed) = check_row(subject, row) {
            pr_err!("gfp.rs: {}: the row of {}\n", subject.name, row.name);
            verdict = Err(failed);
        }
    }
    verdict
}

/// Checks the table with an allocator that has the constants of `C`.
fn check_rows_through<C: Allocator + 'static>(subject: &'static Subject) -> Verdict {
    CALLED.store(ptr::from_ref(subject).cast_mut(), Relaxed);
    check_rows(subject, Table::<Through<C>>::ROWS)
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
    check_rows_through::<Kmalloc>(&KMALLOC)?;
    check_rows(&KMALLOC, Table::<Kmalloc>::KVFREE_ROWS)
}

fn vmalloc_honours_flags() -> Verdict {
    check_rows_through::<Vmalloc>(&VMALLOC)?;
    check_rows(&VMALLOC, Table::<Vmalloc>::KVFREE_ROWS)
}

fn kvmalloc_honours_flags() -> Verdict {
    check_rows_through::<Kmalloc>(&KVMALLOC)?;
    check_rows(&KVMALLOC, Table::<KVmalloc>::KVFREE_ROWS)?;
    check_rows(&KVMALLOC, KVMALLOC_ROWS)
}

fn sensitive_kmalloc_honours_flags() -> Verdict {
    check_rows_through::<Kmalloc>(&SENSITIVE_KMALLOC)
}

fn sensitive_vmalloc_honours_flags() -> Verdict {
    check_rows_through::<Vmalloc>(&SENSITIVE_VMALLOC)
}

fn sensitive_kvmalloc_honours_flags() -> Verdict {
    check_rows_through::<Kmalloc>(&SENSITIVE_KVMALLOC)
}

fn nonblocking_honours_flags() -> Verdict {
    check_rows_through::<Kmalloc>(&NONBLOCKING_KVMALLOC)?;
    check_rows(
        &NONBLOCKING_KVMALLOC,
        Table::<NonBlocking<KVmalloc>>::KVFREE_ROWS,
    )?;
    check_rows_through::<Vmalloc>(&NONBLOCKING_VMALLOC)
}

fn nested_adapters_honour_flags() -> Verdict {
    check_rows_through::<Kmalloc>(&NONBLOCKING_SENSITIVE)?;
    check_rows_through::<Kmalloc>(&SENSITIVE_NONBLOCKING)
}

fn default_methods_honour_flags() -> Verdict {
    check_rows_through::<Probe<true>>(&NONBLOCKING_PROBE)?;
    check_rows_through::<Probe<true>>(&SENSITIVE_NONBLOCKING_PROBE)?;
    check_rows_through::<Probe<false>>(&SENSITIVE_PROBE)?;
    check_rows_through::<Probe<false>>(&PROBE)
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
