// SPDX-License-Identifier: GPL-2.0

//! Our vectors and boxes beside upstream's and beside a model of both.
//!
//! An operation is written once, as what it does to a vector or a box, and is compiled for our
//! types and for upstream's; beside it stands what it does to a [`Model`], which is an array. The
//! table of them is [`operations!`]. They are run at random, and each with every one of its
//! allocations refused. After each, both sides have to agree with the model: in what the operation
//! returned, in the elements, and in what there is of elements and blocks of memory altogether.
//!
//! Upstream's types have fewer methods, and on older kernels still fewer. What upstream lacks is
//! compared with the model alone.
//!
//! The suite that runs this is in `differential_main.c`.

#[macro_use]
#[path = "../rust/checks.rs"]
mod checks;

use checks::{Failed, Verdict};

use core::{
    alloc::Layout,
    mem,
    ptr::{self, NonNull},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};
#[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_NODES))]
use kernel::upstream_alloc;
use kernel::{
    alloc::{flags::*, AllocError, Allocator, Flags, KVmalloc, NumaNode},
    ffi::{c_int, c_uint},
    pr_err,
};

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"differential\0";

/// For all that is allocated.
const FLAGS: Flags = GFP_KERNEL;

// ---- The books: what there is of blocks and of elements ----

/// Whose it is. Each side has books of its own.
const OURS: usize = 0;
const THEIRS: usize = 1;

/// How many blocks one side has at a time: of the vector, of what it is extended with, of the box,
/// and of what an operation has for a while.
const BLOCKS: usize = 8;

/// How many elements one side has at a time. The number of each fits into a byte.
const ELEMENTS: usize = 256;

/// No request is refused.
const NEVER: usize = usize::MAX;

/// What is freed consists of it.
const SPOILED: u8 = 0xd5;

struct Block {
    at: AtomicUsize,
    size: AtomicUsize,
    align: AtomicUsize,
}

struct Books {
    blocks: [Block; BLOCKS],
    /// The request that is refused, counted from one.
    refuse: AtomicUsize,
    /// Whether all after it are refused as well.
    for_good: AtomicBool,
    requests: AtomicUsize,
    refused: AtomicUsize,
    /// The value of each element, plus one; zero where there is none.
    elements: [AtomicUsize; ELEMENTS],
    /// Where to look for a free number.
    next: AtomicUsize,
    alive: AtomicUsize,
    /// Misuse of an allocator, and drops of what is no element.
    mistakes: AtomicUsize,
}

static BOOKS: [Books; 2] = [const {
    Books {
        blocks: [const {
            Block {
                at: AtomicUsize::new(0),
                size: AtomicUsize::new(0),
                align: AtomicUsize::new(0),
            }
        }; BLOCKS],
        refuse: AtomicUsize::new(NEVER),
        for_good: AtomicBool::new(false),
        requests: AtomicUsize::new(0),
        refused: AtomicUsize::new(0),
        elements: [const { AtomicUsize::new(0) }; ELEMENTS],
        next: AtomicUsize::new(0),
        alive: AtomicUsize::new(0),
        mistakes: AtomicUsize::new(0),
    }
}; 2];

/// Counts one more.
fn count(counter: &AtomicUsize) -> usize {
    let more = counter.load(Relaxed) + 1;

    counter.store(more, Relaxed);
    more
}

impl Books {
    /// Forgets all, including what has gone wrong.
    fn clear(&self) {
        for block in &self.blocks {
            block.at.store(0, Relaxed);
        }
        for element in &self.elements {
            element.store(0, Relaxed);
        }
        self.alive.store(0, Relaxed);
        self.mistakes.store(0, Relaxed);
        self.refuse_at(NEVER, false);
    }

    /// Refuses the `n`th request from now on, and perhaps those that follow.
    fn refuse_at(&self, n: usize, for_good: bool) {
        self.refuse.store(n, Relaxed);
        self.for_good.store(for_good, Relaxed);
        self.requests.store(0, Relaxed);
        self.refused.store(0, Relaxed);
    }

    fn refused(&self) -> usize {
        self.refused.load(Relaxed)
    }

    fn mistake(&self, what: &str) {
        pr_err!("differential.rs: {}\n", what);
        count(&self.mistakes);
    }

    fn find(&self, at: usize) -> Option<&Block> {
        self.blocks.iter().find(|b| b.at.load(Relaxed) == at)
    }

    /// How many blocks there are.
    fn live_blocks(&self) -> usize {
        let live = |b: &&Block| b.at.load(Relaxed) != 0;

        self.blocks.iter().filter(live).count()
    }

    /// Whether the block at an address has just so many bytes.
    fn has(&self, at: usize, size: usize) -> bool {
        self.find(at).is_some_and(|b| b.size.load(Relaxed) == size)
    }

    /// Notes a new element, and numbers it.
    fn born(&self, value: u32) -> u8 {
        let next = self.next.load(Relaxed);

        for i in (0..ELEMENTS).map(|i| (next + i) % ELEMENTS) {
            if self.elements[i].load(Relaxed) == 0 {
                self.elements[i].store(value as usize + 1, Relaxed);
                self.next.store(i + 1, Relaxed);
                count(&self.alive);
                return i as u8;
            }
        }
        self.mistake("elements are leaked");
        0
    }

    /// Strikes an element out.
    fn died(&self, number: u8) {
        if self.elements[number as usize].swap(0, Relaxed) == 0 {
            self.mistake("dropped what is not there");
        } else {
            self.alive.store(self.alive.load(Relaxed) - 1, Relaxed);
        }
    }

    /// What value the element has.
    fn value(&self, number: u8) -> u32 {
        match self.elements[number as usize].load(Relaxed).checked_sub(1) {
            Some(value) => value as u32,
            None => {
                self.mistake("looked at what is not there");
                u32::MAX
            }
        }
    }
}

/// [`KVmalloc`] for one side, with books about it.
///
/// A resized block is always a new one, and what is freed is spoiled first, so that a stale pointer
/// shows.
struct Watched<const SIDE: usize>;

impl<const SIDE: usize> Watched<SIDE> {
    /// What `realloc` of each of the two traits does.
    ///
    /// # Safety
    ///
    /// As for [`Allocator::realloc`].
    unsafe fn serve(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let books = &BOOKS[SIDE];
        let old = block.filter(|_| was.size() != 0);
        let entry = match old {
            None => None,
            Some(old) => {
                let entry = books.find(old.as_ptr() as usize);

                match entry {
                    None => books.mistake("no such block"),
                    Some(b) if b.size.load(Relaxed) != was.size() => {
                        books.mistake("not the size it was made for")
                    }
                    Some(b) if b.align.load(Relaxed) != was.align() => {
                        books.mistake("not the alignment it was made for")
                    }
                    Some(_) => (),
                }
                // Better to leak than to free what is not there.
                Some(entry.ok_or(AllocError)?)
            }
        };

        let new = if layout.size() == 0 {
            let none = ptr::null_mut::<u8>().wrapping_add(layout.align());

            NonNull::slice_from_raw_parts(NonNull::new(none).ok_or(AllocError)?, 0)
        } else {
            let n = count(&books.requests);
            let at = books.refuse.load(Relaxed);

            if n == at || (n > at && books.for_good.load(Relaxed)) {
                count(&books.refused);
                return Err(AllocError);
            }
            let free = books.find(0).ok_or(AllocError)?;
            let new = KVmalloc::alloc(layout, flags, NumaNode::NO_NODE)?;

            free.at.store(new.cast::<u8>().as_ptr() as usize, Relaxed);
            free.size.store(layout.size(), Relaxed);
            free.align.store(layout.align(), Relaxed);
            new
        };

        if let (Some(old), Some(entry)) = (old, entry) {
            // SAFETY: The old block is live and of size `was`, the new one of the other size. The
            // old one came from `KVmalloc` for this layout, and is given up.
            unsafe {
                let both = was.size().min(layout.size());
                ptr::copy_nonoverlapping(old.as_ptr(), new.cast().as_ptr(), both);
                old.as_ptr().write_bytes(SPOILED, was.size());
                KVmalloc::free(old, was);
            }
            entry.at.store(0, Relaxed);
        }
        Ok(new)
    }
}

// SAFETY: The blocks are those of `KVmalloc`, each freed when it is given up and not before. What
// is found to be improper is refused.
unsafe impl<const SIDE: usize> Allocator for Watched<SIDE> {
    const MIN_ALIGN: usize = KVmalloc::MIN_ALIGN;

    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
        _nid: NumaNode,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { Self::serve(block, layout, was, flags) }
    }
}

// SAFETY: As above.
#[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_NODES))]
unsafe impl<const SIDE: usize> upstream_alloc::Allocator for Watched<SIDE> {
    unsafe fn realloc(
        block: Option<NonNull<u8>>,
        layout: Layout,
        was: Layout,
        flags: Flags,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: The requirements are the same.
        unsafe { Self::serve(block, layout, was, flags) }
    }
}

// ---- Elements ----

/// What vectors and boxes hold: something that has a value, and is in the books until it is
/// dropped.
trait Element: Clone + 'static {
    /// What there is of a value.
    const MASK: u32;

    fn new(value: u32) -> Self;
    fn value(&self) -> u32;
}

/// A kind of element, for either side.
trait Kind {
    type Of<const SIDE: usize>: Element;
}

/// Defines elements of no size. They have but one value, so all that the books can tell is how many
/// there are.
macro_rules! sizeless {
    ($($(#[$attribute:meta])* $name:ident;)*) => {$(
        $(#[$attribute])*
        struct $name<const SIDE: usize>;

        impl<const SIDE: usize> Element for $name<SIDE> {
            const MASK: u32 = 0;

            fn new(_value: u32) -> Self {
                count(&BOOKS[SIDE].alive);
                Self
            }

            fn value(&self) -> u32 {
                0
            }
        }

        impl<const SIDE: usize> Drop for $name<SIDE> {
            fn drop(&mut self) {
                let books = &BOOKS[SIDE];

                match books.alive.load(Relaxed).checked_sub(1) {
                    Some(less) => books.alive.store(less, Relaxed),
                    None => books.mistake("dropped more than there are"),
                }
            }
        }
    )*};
}

sizeless! {
    /// No size, and aligned to anything.
    Nothing;

    /// No size, but only at the beginning of a page.
    #[repr(align(4096))]
    Edge;
}

/// Defines elements that know their number in the books.
macro_rules! numbered {
    ($(
        $(#[$attribute:meta])*
        $name:ident { $($field:ident: $type:ty = |$number:ident| $made:expr),* }
    )*) => {$(
        $(#[$attribute])*
        struct $name<const SIDE: usize> {
            number: Number,
            $($field: $type,)*
        }

        impl<const SIDE: usize> Element for $name<SIDE> {
            const MASK: u32 = u32::MAX;

            fn new(value: u32) -> Self {
                let number = BOOKS[SIDE].born(value);

                Self {
                    number: Number(number, Present::Yes),
                    $($field: {
                        let $number = number;
                        $made
                    },)*
                }
            }

            fn value(&self) -> u32 {
                $(
                    let $number = self.number.0;
                    if self.$field != $made {
                        BOOKS[SIDE].mistake("an element of parts of several");
                    }
                )*
                BOOKS[SIDE].value(self.number.0)
            }
        }

        impl<const SIDE: usize> Drop for $name<SIDE> {
            fn drop(&mut self) {
                BOOKS[SIDE].died(self.number.0);
            }
        }
    )*};
}

/// The number of an element in the books.
struct Number(u8, #[allow(dead_code)] Present);

/// Its other values let `None` be told from an element without more bytes for it, of which there
/// were as many again for the most aligned elements.
#[allow(dead_code)]
#[repr(u8)]
enum Present {
    Yes = 1,
}

/// One byte, which is its number.
struct Byte<const SIDE: usize>(u8);

impl<const SIDE: usize> Element for Byte<SIDE> {
    const MASK: u32 = u32::MAX;

    fn new(value: u32) -> Self {
        Self(BOOKS[SIDE].born(value))
    }

    fn value(&self) -> u32 {
        BOOKS[SIDE].value(self.0)
    }
}

impl<const SIDE: usize> Drop for Byte<SIDE> {
    fn drop(&mut self) {
        BOOKS[SIDE].died(self.0);
    }
}

numbered! {
    /// 24 bytes, which is no power of two.
    #[repr(C)]
    Triple {
        a: u64 = |n| u64::from(n) << 40,
        b: u64 = |n| !u64::from(n)
    }

    /// 256 bytes, aligned to as many, which is more than slab aligns everything to. A page would be
    /// too much for the stack, on which operations have several.
    #[repr(C, align(256))]
    Block256 {
        first: u8 = |n| n ^ 0x5a
    }
}

/// Clones are elements like others.
macro_rules! cloned {
    ($($name:ident)*) => {$(
        impl<const SIDE: usize> Clone for $name<SIDE> {
            fn clone(&self) -> Self {
                Self::new(self.value())
            }
        }
    )*};
}

cloned! { Nothing Edge Byte Triple Block256 }

const _: () = {
    assert!(mem::size_of::<Nothing<0>>() == 0);
    assert!(mem::size_of::<Byte<0>>() == 1);
    assert!(mem::size_of::<Triple<0>>() == 24);
    assert!(mem::size_of::<Edge<0>>() == 0 && mem::align_of::<Edge<0>>() == 4096);
    assert!(mem::size_of::<Block256<0>>() == 256 && mem::align_of::<Block256<0>>() == 256);
};

/// Each [`Kind`] is a type without a value.
macro_rules! kinds {
    ($($kind:ident: $name:ident;)*) => {$(
        struct $kind;

        impl Kind for $kind {
            type Of<const SIDE: usize> = $name<SIDE>;
        }
    )*};
}

kinds! {
    Nothings: Nothing;
    Edges: Edge;
    Bytes: Byte;
    Triples: Triple;
    Blocks256: Block256;
}

// ---- What an operation is told and what it answers ----

/// The most elements that a vector is to have.
const ROOM: usize = 48;

/// The most elements that an operation adds.
const MOST: usize = 8;

/// Of what an operation is made up. Not all of it is looked at by each.
#[derive(Debug)]
struct Args {
    /// How many, at most [`MOST`].
    n: usize,
    /// An index, which may be too large.
    i: usize,
    /// Another one, not less and never too large if `i` is not.
    j: usize,
    /// Of a new element.
    value: u32,
}

/// What it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Value(u64),
    None,
    NoMemory,
    BadIndex,
    /// That cannot be.
    Wrong(u32),
}

use Outcome::{BadIndex, Done, NoMemory, Value, Wrong};

/// Ends an operation that needs a condition to hold.
macro_rules! demand {
    ($condition:expr) => {
        if !$condition {
            return Wrong(line!());
        }
    };
}

/// Ends an operation for lack of memory.
macro_rules! get {
    ($result:expr) => {
        match $result {
            Ok(got) => got,
            Err(AllocError) => return NoMemory,
        }
    };
}

/// One value for any number of them.
fn digest(values: impl Iterator<Item = u32>) -> Outcome {
    Value(values.fold(1, |sum, v| {
        sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(v)
    }))
}

/// The values of elements, which are dropped.
fn digest_of<E: Element>(elements: impl Iterator<Item = E>) -> Outcome {
    digest(elements.map(|e| e.value()))
}

// ---- The model ----

/// What a vector and a box must be.
#[derive(Clone, Copy)]
struct Model {
    values: [u32; ROOM + MOST],
    len: usize,
    boxed: Option<u32>,
    /// Elements have no size.
    sizeless: bool,
}

impl Model {
    fn new<E: Element>() -> Self {
        Self {
            values: [0; ROOM + MOST],
            len: 0,
            boxed: None,
            sizeless: mem::size_of::<E>() == 0,
        }
    }

    /// What there is of a value.
    fn mask(&self) -> u32 {
        if self.sizeless {
            0
        } else {
            u32::MAX
        }
    }

    fn values(&self) -> &[u32] {
        &self.values[..self.len]
    }

    fn insert(&mut self, i: usize, value: u32) {
        for k in (i..self.len).rev() {
            self.values[k + 1] = self.values[k];
        }
        self.values[i] = value;
        self.len += 1;
    }

    fn push(&mut self, value: u32) {
        self.insert(self.len, value);
    }

    fn remove(&mut self, i: usize) -> u32 {
        let value = self.values[i];

        for k in i + 1..self.len {
            self.values[k - 1] = self.values[k];
        }
        self.len -= 1;
        value
    }

    /// Removes `from..to`, and tells what was there.
    fn cut(&mut self, from: usize, to: usize) -> Outcome {
        let gone = digest(self.values[from..to].iter().copied());

        for _ in from..to {
            self.remove(from);
        }
        gone
    }

    fn keep(&mut self, mut whether: impl FnMut(u32) -> bool) {
        let mut i = 0;

        while i < self.len {
            if whether(self.values[i]) {
                i += 1;
            } else {
                self.remove(i);
            }
        }
    }
}

/// The values of what a vector is extended with.
fn source(i: usize) -> u32 {
    i as u32 * 3 % 7
}

// ---- The operations ----

/// Passes the table of all operations to a macro.
///
/// First comes what upstream has, too, on every kernel; then what it has on some; then what only
/// ours have. An operation is a name, what is done to the vector `s.v`, the box `s.b` and the slice
/// `s.src` of one side (`Mine` is its allocator), and what is done to the model. It is repeated as a whole when it returns
/// [`NoMemory`] because a request was refused.
macro_rules! operations {
    ($with:ident) => {
        $with! {
            everywhere {
                push: |s, a| {
                    get!(s.v.push(E::new(a.value), FLAGS));
                    Done
                }, |m| {
                    m.push(a.value);
                    Done
                };
                reserve: |s, a| {
                    get!(s.v.reserve(a.n, FLAGS));
                    demand!(s.v.capacity() - s.v.len() >= a.n);
                    Done
                }, |m| Done;
                reserve_too_much: |s, a| {
                    get!(s.v.reserve(usize::MAX, FLAGS));
                    Done
                }, |m| if m.sizeless && m.len == 0 {
                    Done
                } else {
                    NoMemory
                };
                reserve_more_than_can_be: |s, a| {
                    get!(s.v.reserve(usize::MAX - s.v.len(), FLAGS));
                    Done
                }, |m| if m.sizeless {
                    Done
                } else {
                    NoMemory
                };
                with_capacity: |s, a| {
                    let v = get!(Vec::with_capacity(a.n, FLAGS));

                    demand!(v.is_empty());
                    demand!(v.capacity() == if mem::size_of::<E>() == 0 { usize::MAX } else { a.n });
                    s.v = v;
                    Done
                }, |m| {
                    m.len = 0;
                    Done
                };
                extend_with: |s, a| {
                    get!(s.v.extend_with(a.n, E::new(a.value), FLAGS));
                    Done
                }, |m| {
                    for _ in 0..a.n {
                        m.push(a.value);
                    }
                    Done
                };
                extend_from_slice: |s, a| {
                    get!(s.v.extend_from_slice(&s.src[..a.n], FLAGS));
                    Done
                }, |m| {
                    for i in 0..a.n {
                        m.push(source(i) & m.mask());
                    }
                    Done
                };
                from_elem: |s, a| {
                    s.v = get!(Vec::from_elem(E::new(a.value), a.n, FLAGS));
                    Done
                }, |m| {
                    m.len = 0;
                    for _ in 0..a.n {
                        m.push(a.value);
                    }
                    Done
                };
                from_box_of_array: |s, a| {
                    let mut room = get!(Box::<[E; 2], Mine>::new_uninit(FLAGS));

                    for i in 0..2 {
                        let slot = room.as_mut_ptr().cast::<E>().wrapping_add(i);
                        // SAFETY: There is room for two.
                        unsafe { slot.write(E::new(a.value)) };
                    }
                    // SAFETY: Both have been written.
                    s.v = Vec::from(unsafe { room.assume_init() });
                    Done
                }, |m| {
                    m.len = 0;
                    m.push(a.value);
                    m.push(a.value);
                    Done
                };
                into_iter: |s, a| {
                    let len = s.v.len();
                    let mut elements = mem::replace(&mut s.v, Vec::new()).into_iter();

                    demand!(elements.size_hint() == (len, Some(len)));
                    digest_of(elements.by_ref().take(a.i))
                }, |m| {
                    let some = m.cut(0, a.i.min(m.len));

                    m.len = 0;
                    some
                };
                into_iter_collect: |s, a| {
                    let mut elements = mem::replace(&mut s.v, Vec::new()).into_iter();
                    let some = digest_of(elements.by_ref().take(a.i));

                    s.v = elements.collect(FLAGS);
                    some
                }, |m| m.cut(0, a.i.min(m.len));
                raw_parts: |s, a| {
                    let v = mem::replace(&mut s.v, Vec::new());
                    let before = (v.as_ptr(), v.len(), v.capacity());
                    let (first, len, capacity) = v.into_raw_parts();

                    // SAFETY: These are the parts of such a vector.
                    s.v = unsafe { Vec::from_raw_parts(first, len, capacity) };
                    demand!(before == (s.v.as_ptr(), s.v.len(), s.v.capacity()));
                    Done
                }, |m| Done;
                spare_capacity: |s, a| {
                    get!(s.v.reserve(a.n, FLAGS));
                    demand!(s.v.spare_capacity_mut().len() == s.v.capacity() - s.v.len());
                    for slot in &mut s.v.spare_capacity_mut()[..a.n] {
                        slot.write(E::new(a.value));
                    }
                    let (first, len, capacity) = mem::replace(&mut s.v, Vec::new()).into_raw_parts();

                    // SAFETY: These are the parts of such a vector, and of as many more elements as
                    // have been written.
                    s.v = unsafe { Vec::from_raw_parts(first, len + a.n, capacity) };
                    Done
                }, |m| {
                    for _ in 0..a.n {
                        m.push(a.value);
                    }
                    Done
                };
                index_mut: |s, a| match s.v.get_mut(a.i) {
                    None => BadIndex,
                    Some(_) => {
                        s.v[a.i] = E::new(a.value);
                        Done
                    }
                }, |m| if a.i < m.len {
                    m.values[a.i] = a.value;
                    Done
                } else {
                    BadIndex
                };
                index: |s, a| match s.v.get(a.i..a.j) {
                    None => BadIndex,
                    Some(_) => digest(s.v[a.i..a.j].iter().map(E::value)),
                }, |m| if a.j <= m.len {
                    digest(m.values[a.i..a.j].iter().copied())
                } else {
                    BadIndex
                };
                iterate: |s, a| digest((&s.v).into_iter().map(E::value)),
                    |m| digest(m.values().iter().copied());
                reverse: |s, a| {
                    s.v.reverse();
                    Done
                }, |m| {
                    m.values[..m.len].reverse();
                    Done
                };

                box_new: |s, a| {
                    s.b = Some(get!(Box::new(E::new(a.value), FLAGS)));
                    Done
                }, |m| {
                    m.boxed = Some(a.value);
                    Done
                };
                box_write: |s, a| {
                    let room = get!(Box::<E, Mine>::new_uninit(FLAGS));

                    s.b = Some(Box::write(room, E::new(a.value)));
                    Done
                }, |m| {
                    m.boxed = Some(a.value);
                    Done
                };
                box_pin: |s, a| {
                    let pinned = get!(Box::<E, Mine>::pin(E::new(a.value), FLAGS));

                    Value(pinned.value().into())
                }, |m| Value(a.value.into());
                box_assign: |s, a| match &mut s.b {
                    None => Outcome::None,
                    Some(b) => {
                        **b = E::new(a.value);
                        Done
                    }
                }, |m| match &mut m.boxed {
                    None => Outcome::None,
                    Some(b) => {
                        *b = a.value;
                        Done
                    }
                };
                box_into_inner: |s, a| match s.b.take() {
                    None => Outcome::None,
                    Some(b) => Value(Box::into_inner(b).value().into()),
                }, |m| match m.boxed.take() {
                    None => Outcome::None,
                    Some(b) => Value(b.into()),
                };
                box_into_vec: |s, a| {
                    get!(s.v.reserve(1, FLAGS));
                    match s.b.take() {
                        None => Outcome::None,
                        Some(b) => {
                            get!(s.v.push(Box::into_inner(b), FLAGS));
                            Done
                        }
                    }
                }, |m| match m.boxed.take() {
                    None => Outcome::None,
                    Some(b) => {
                        m.push(b);
                        Done
                    }
                };
                box_drop_contents: |s, a| match s.b.take() {
                    None => Outcome::None,
                    Some(b) => {
                        let room = Box::drop_contents(b);

                        s.b = Some(Box::write(room, E::new(a.value)));
                        Done
                    }
                }, |m| match m.boxed {
                    None => Outcome::None,
                    Some(_) => {
                        m.boxed = Some(a.value);
                        Done
                    }
                };
                box_raw: |s, a| match s.b.take() {
                    None => Outcome::None,
                    Some(b) => {
                        let raw = Box::into_raw(b);
                        // SAFETY: It came out of such a box just now.
                        let b = unsafe { Box::<E, Mine>::from_raw(raw) };
                        let raw: *mut E = Box::leak(b);

                        // SAFETY: Likewise.
                        s.b = Some(unsafe { Box::from_raw(raw) });
                        Done
                    }
                }, |m| match m.boxed {
                    None => Outcome::None,
                    Some(_) => Done,
                };
                box_drop: |s, a| {
                    s.b = None;
                    Done
                }, |m| {
                    m.boxed = None;
                    Done
                };
            }
            newer {
                push_within_capacity: |s, a| match s.v.push_within_capacity(E::new(a.value)) {
                    Ok(()) => Done,
                    Err(returned) => {
                        demand!(s.v.len() == s.v.capacity());
                        get!(s.v.push(returned.0, FLAGS));
                        Done
                    }
                }, |m| {
                    m.push(a.value);
                    Done
                };
                insert_within_capacity: |s, a| {
                    let full = s.v.len() == s.v.capacity();

                    match s.v.insert_within_capacity(a.i, E::new(a.value)) {
                        Ok(()) => {
                            demand!(!full);
                            Done
                        }
                        Err(InsertError::IndexOutOfBounds(e)) => {
                            demand!(e.value() == a.value);
                            BadIndex
                        }
                        Err(InsertError::OutOfCapacity(e)) => {
                            demand!(full);
                            get!(s.v.reserve(1, FLAGS));
                            demand!(s.v.insert_within_capacity(a.i, e).is_ok());
                            Done
                        }
                    }
                }, |m| if a.i <= m.len {
                    m.insert(a.i, a.value);
                    Done
                } else {
                    BadIndex
                };
                pop: |s, a| match s.v.pop() {
                    None => Outcome::None,
                    Some(e) => Value(e.value().into()),
                }, |m| match m.len.checked_sub(1) {
                    None => Outcome::None,
                    Some(i) => Value(m.remove(i).into()),
                };
                remove: |s, a| match s.v.remove(a.i) {
                    Err(_) => BadIndex,
                    Ok(e) => Value(e.value().into()),
                }, |m| if a.i < m.len {
                    Value(m.remove(a.i).into())
                } else {
                    BadIndex
                };
                truncate: |s, a| {
                    s.v.truncate(a.i);
                    Done
                }, |m| {
                    m.len = m.len.min(a.i);
                    Done
                };
                clear: |s, a| {
                    s.v.clear();
                    Done
                }, |m| {
                    m.len = 0;
                    Done
                };
                retain: |s, a| {
                    s.v.retain(|e| e.value() % 4 != a.value % 4);
                    Done
                }, |m| {
                    m.keep(|v| v % 4 != a.value % 4);
                    Done
                };
                // What the closure does to an element is done even to those that go.
                retain_changed: |s, a| {
                    let mut seen = 0;

                    s.v.retain(|e| {
                        seen += 1;
                        if seen % 2 == 0 {
                            *e = E::new(a.value);
                        }
                        seen % 3 != 0
                    });
                    Value(seen)
                }, |m| {
                    let (mut seen, mut i) = (0, 0);

                    while i < m.len {
                        seen += 1;
                        if seen % 2 == 0 {
                            m.values[i] = a.value;
                        }
                        if seen % 3 != 0 {
                            i += 1;
                        } else {
                            m.remove(i);
                        }
                    }
                    Value(seen)
                };
                drain_all: |s, a| digest_of(s.v.drain_all().take(a.i)), |m| {
                    let some = m.cut(0, a.i.min(m.len));

                    m.len = 0;
                    some
                };
                resize: |s, a| {
                    get!(s.v.resize(a.i, E::new(a.value), FLAGS));
                    Done
                }, |m| {
                    while m.len < a.i {
                        m.push(a.value);
                    }
                    m.len = a.i;
                    Done
                };
            }
            ours {
                shrink_to: |s, a| {
                    let least = s.v.len().max(a.i).min(s.v.capacity());

                    get!(s.v.shrink_to(a.i, FLAGS));
                    demand!(s.v.capacity() == if mem::size_of::<E>() == 0 { usize::MAX } else { least });
                    Done
                }, |m| Done;
            }
        }
    };
}

/// What all operations do to the model, by name.
macro_rules! model_functions {
    (
        everywhere { $($everywhere:tt)* }
        newer { $($newer:tt)* }
        ours { $($ours:tt)* }
    ) => {
        model_table! { $($everywhere)* $($newer)* $($ours)* }
    };
}

macro_rules! model_table {
    ($($name:ident: |$s:ident, $a:ident| $operation:expr, |$m:ident| $model:expr;)*) => {
        mod model {
            use super::*;

            $(
                #[allow(unused_variables)]
                fn $name($m: &mut Model, $a: &Args) -> Outcome {
                    $model
                }
            )*

            /// In the order of the table.
            pub(super) static OPERATIONS: &[(&str, fn(&mut Model, &Args) -> Outcome)] =
                &[$((stringify!($name), $name)),*];
        }
    };
}

operations! { model_functions }

/// What the operations of one side do, in the order of the table.
macro_rules! side_table {
    ($($name:ident: |$s:ident, $a:ident| $operation:expr, |$m:ident| $model:expr;)*) => {
        $(
            // Each has a frame of its own.
            #[inline(never)]
            #[allow(unused_variables)]
            fn $name<E: Element>($s: &mut Subject<E>, $a: &Args) -> Outcome {
                $operation
            }
        )*

        impl<E: Element> Subject<E> {
            pub(super) const OPERATIONS: &'static [fn(&mut Subject<E>, &Args) -> Outcome] =
                &[$($name::<E>),*];
        }
    };
}

macro_rules! all_of_them {
    (
        everywhere { $($everywhere:tt)* }
        newer { $($newer:tt)* }
        ours { $($ours:tt)* }
    ) => {
        side_table! { $($everywhere)* $($newer)* $($ours)* }
    };
}

#[cfg(CONFIG_KVMALLOC_BENCH_RUST_RETAIN)]
macro_rules! those_of_upstream {
    (everywhere { $($everywhere:tt)* } newer { $($newer:tt)* } ours { $($ours:tt)* }) => {
        side_table! { $($everywhere)* $($newer)* }
    };
}

#[cfg(not(CONFIG_KVMALLOC_BENCH_RUST_RETAIN))]
macro_rules! those_of_upstream {
    (everywhere { $($everywhere:tt)* } newer { $($newer:tt)* } ours { $($ours:tt)* }) => {
        side_table! { $($everywhere)* }
    };
}

// ---- One side ----

/// A vector and a box of one side, and what is done with them.
macro_rules! side {
    ($side:ident) => {
        static BOOKS: &Books = &super::BOOKS[$side];

        /// The allocator of the side.
        type Mine = Watched<$side>;

        pub(super) struct Subject<E: Element> {
            v: Vec<E, Mine>,
            b: Option<Box<E, Mine>>,
            src: Vec<E, Mine>,
        }

        impl<E: Element> Subject<E> {
            pub(super) fn new() -> Result<Self, Failed> {
                let mut src = Vec::new();

                for i in 0..MOST {
                    check!(src.push(E::new(source(i) & E::MASK), FLAGS).is_ok());
                }
                Ok(Self {
                    v: Vec::new(),
                    b: None,
                    src,
                })
            }

            /// Makes the vector and the box what the model is, with room for some more elements.
            pub(super) fn set(&mut self, model: &Model, more: usize) -> Verdict {
                self.v = Vec::new();
                check!(self.v.reserve(model.len + more, FLAGS).is_ok());
                for value in model.values() {
                    check!(self.v.push(E::new(*value), FLAGS).is_ok());
                }
                self.b = None;
                if let Some(value) = model.boxed {
                    let b = Box::new(E::new(value), FLAGS);

                    check!(b.is_ok());
                    self.b = b.ok();
                }
                Ok(())
            }

            /// Does an operation that turns the model from `before` to `after`.
            ///
            /// Tells how many requests were refused, of those that are to be. If that made it fail
            /// nothing may have changed, and it is done once more.
            pub(super) fn step(
                &mut self,
                operation: usize,
                args: &Args,
                before: &Model,
                after: &Model,
                outcome: Outcome,
            ) -> Result<usize, Failed> {
                let run = Self::OPERATIONS[operation];
                let state = (self.v.as_ptr(), self.v.capacity());
                let mut is = run(self, args);
                let refused = BOOKS.refused();

                BOOKS.refuse_at(NEVER, false);
                if is == NoMemory && refused != 0 {
                    check_eq!((self.v.as_ptr(), self.v.capacity()), state);
                    self.check(before)?;
                    is = run(self, args);
                }
                check_eq!(is, outcome);
                self.check(after)?;
                Ok(refused)
            }

            /// Compares it with the model, and with the books.
            pub(super) fn check(&self, model: &Model) -> Verdict {
                let size = mem::size_of::<E>();
                let room = self.v.capacity();
                let at = self.v.as_ptr() as usize;

                check_eq!(self.v.len(), model.len);
                check!(self
                    .v
                    .iter()
                    .map(E::value)
                    .eq(model.values().iter().copied()));
                check_eq!(self.b.as_ref().map(|b| b.value()), model.boxed);

                check!(at % mem::align_of::<E>() == 0);
                let boxed = usize::from(model.boxed.is_some());
                if size == 0 {
                    check_eq!(room, usize::MAX);
                    check_eq!(BOOKS.live_blocks(), 0);
                } else {
                    check!(room >= model.len);
                    check!(room == 0 || BOOKS.has(at, room * size));
                    check_eq!(BOOKS.live_blocks(), usize::from(room != 0) + 1 + boxed);
                }
                check_eq!(BOOKS.alive.load(Relaxed), model.len + MOST + boxed);
                check_eq!(BOOKS.mistakes.load(Relaxed), 0);
                Ok(())
            }
        }
    };
}

mod ours {
    use super::*;
    use kernel::alloc::{kvec::InsertError, Box, Vec};

    side!(OURS);
    operations! { all_of_them }
}

mod theirs {
    use super::*;
    #[cfg(CONFIG_KVMALLOC_BENCH_RUST_RETAIN)]
    use kernel::upstream_alloc::kvec::InsertError;
    use kernel::upstream_alloc::{Box, Vec};

    side!(THEIRS);
    operations! { those_of_upstream }
}

/// Nothing is left on either side.
fn settle() -> Verdict {
    for books in &BOOKS {
        check_eq!(books.alive.load(Relaxed), 0);
        check_eq!(books.live_blocks(), 0);
        check_eq!(books.mistakes.load(Relaxed), 0);
    }
    Ok(())
}

// ---- At random ----

/// A sequence that is the same for the same seed (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        // Never zero, and not alike for seeds that are.
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);

        for _ in 0..8 {
            random.below(1);
        }
        random
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// What suits vectors as the model's.
    fn args(&mut self, model: &Model) -> Args {
        let far = self.below(8) == 0;
        let i = self.below(model.len + if far { MOST + 1 } else { 2 });

        Args {
            n: self.below(MOST + 1),
            i,
            j: i + self.below(model.len.saturating_sub(i) + 1),
            value: self.below(11) as u32 & model.mask(),
        }
    }
}

/// Says which operation it was that went wrong.
fn told(
    verdict: Result<usize, Failed>,
    who: &str,
    name: &str,
    args: &Args,
    at: usize,
) -> Result<usize, Failed> {
    if verdict.is_err() {
        pr_err!(
            "differential.rs: {} of {}, {:?}, step {}\n",
            name,
            who,
            args,
            at
        );
    }
    verdict
}

fn steps<K: Kind>(seed: u64, steps: usize) -> Verdict {
    let mut random = Random::new(seed);
    let mut model = Model::new::<K::Of<OURS>>();
    let mut refused = 0;

    for books in &BOOKS {
        books.clear();
    }
    let mut ours = ours::Subject::<K::Of<OURS>>::new()?;
    let mut theirs = theirs::Subject::<K::Of<THEIRS>>::new()?;

    for at in 0..steps {
        let (operation, args, after, outcome) = loop {
            let operation = random.below(model::OPERATIONS.len());
            let args = random.args(&model);
            let mut after = model;
            let outcome = model::OPERATIONS[operation].1(&mut after, &args);

            // Vectors would be short if all that empties them did it each time.
            if after.len <= ROOM && (after.len >= model.len / 2 || random.below(4) == 0) {
                break (operation, args, after, outcome);
            }
        };
        let name = model::OPERATIONS[operation].0;

        if random.below(4) == 0 {
            let n = 1 + random.below(2);
            let for_good = random.below(2) == 0;

            for books in &BOOKS {
                books.refuse_at(n, for_good);
            }
        }
        let ours = ours.step(operation, &args, &model, &after, outcome);
        refused += told(ours, "ours", name, &args, at)?;
        if operation < theirs::Subject::<K::Of<THEIRS>>::OPERATIONS.len() {
            let theirs = theirs.step(operation, &args, &model, &after, outcome);
            refused += told(theirs, "upstream's", name, &args, at)?;
        } else {
            BOOKS[THEIRS].refuse_at(NEVER, false);
            theirs.set(&after, random.below(MOST))?;
        }
        model = after;
    }
    drop((ours, theirs));
    settle()?;
    // It would say nothing if there were none.
    check!(model.sizeless == (refused == 0) || steps < 1000);
    Ok(())
}

// ---- Each operation, each of its requests refused ----

/// How many requests an operation makes at most.
const REQUESTS: usize = 8;

fn failures<K: Kind>(seed: u64) -> Verdict {
    let mut random = Random::new(seed);
    let mut refused = 0;

    for books in &BOOKS {
        books.clear();
    }
    let mut ours = ours::Subject::<K::Of<OURS>>::new()?;
    let mut theirs = theirs::Subject::<K::Of<THEIRS>>::new()?;

    for (operation, (name, run)) in model::OPERATIONS.iter().enumerate() {
        for len in [0, 1, 2, 5, 16, ROOM - MOST] {
            // Full, room for some and not for others, room for all.
            for more in [0, 0, 3, MOST] {
                let mut model = Model::new::<K::Of<OURS>>();
                for _ in 0..len {
                    model.push(random.below(11) as u32 & model.mask());
                }
                if random.below(4) != 0 {
                    model.boxed = Some(random.below(11) as u32 & model.mask());
                }
                let args = random.args(&model);
                let mut after = model;
                let outcome = run(&mut after, &args);

                for for_good in [false, true] {
                    for n in 1.. {
                        check!(n <= REQUESTS);
                        ours.set(&model, more)?;
                        BOOKS[OURS].refuse_at(n, for_good);
                        let step = ours.step(operation, &args, &model, &after, outcome);
                        match told(step, "ours", name, &args, n)? {
                            0 => break,
                            some => refused += some,
                        }
                    }
                    if operation >= theirs::Subject::<K::Of<THEIRS>>::OPERATIONS.len() {
                        continue;
                    }
                    for n in 1.. {
                        check!(n <= REQUESTS);
                        theirs.set(&model, more)?;
                        BOOKS[THEIRS].refuse_at(n, for_good);
                        let step = theirs.step(operation, &args, &model, &after, outcome);
                        match told(step, "upstream's", name, &args, n)? {
                            0 => break,
                            some => refused += some,
                        }
                    }
                }
            }
        }
    }
    drop((ours, theirs));
    settle()?;
    check!((mem::size_of::<K::Of<OURS>>() == 0) == (refused == 0));
    Ok(())
}

// ---- For C ----

/// The kinds, in the order of `kinds[]` in `differential_main.c`.
macro_rules! of_kind {
    ($kind:expr, $function:ident($($arg:expr),*)) => {{
        let verdict = match $kind {
            0 => $function::<Nothings>($($arg),*),
            1 => $function::<Edges>($($arg),*),
            2 => $function::<Bytes>($($arg),*),
            3 => $function::<Triples>($($arg),*),
            _ => $function::<Blocks256>($($arg),*),
        };

        match verdict {
            Ok(()) => 0,
            Err(Failed(line)) => line as c_int,
        }
    }};
}

/// Runs so many random operations. Returns 0, or the line that failed.
#[no_mangle]
pub extern "C" fn kvmalloc_differential_steps(kind: c_uint, seed: u64, number: c_uint) -> c_int {
    of_kind!(kind, steps(seed, number as usize))
}

/// Runs each operation with each of its requests refused. Returns 0, or the line that failed.
#[no_mangle]
pub extern "C" fn kvmalloc_differential_failures(kind: c_uint, seed: u64) -> c_int {
    of_kind!(kind, failures(seed))
}
