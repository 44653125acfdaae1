// SPDX-License-Identifier: GPL-2.0

//! The operations, and the model of what they do.

use super::elements::Element;
use core::{
    hash::{Hash, Hasher},
    iter,
    mem::{self, MaybeUninit},
    ops::Range,
};
use kernel::{
    alloc::PartError,
    error::{code::EIO, Error},
};

#[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
use kernel::init::{init_from_closure, Init};
#[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
use pin_init::{init_from_closure, Init};

/// The most elements that a vector is to have.
pub(crate) const ROOM: usize = 48;

/// The most elements that an operation adds.
pub(crate) const MOST: usize = 8;

/// Of what an operation is made up. Not all of it is looked at by each.
#[derive(Debug)]
pub(crate) struct Args {
    /// How many, at most [`MOST`].
    pub(crate) n: usize,
    /// An index, which may be too large.
    pub(crate) i: usize,
    /// Another one, not less and never too large if `i` is not.
    pub(crate) j: usize,
    /// Of a new element.
    pub(crate) value: u32,
}

/// What it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Value(u64),
    None,
    NoMemory,
    BadIndex,
    /// That cannot be.
    Wrong(&'static str),
}

pub(crate) use Outcome::{BadIndex, Done, NoMemory, Value, Wrong};

/// Ends an operation that needs a condition to hold.
macro_rules! demand {
    ($condition:expr) => {
        if !$condition {
            return Wrong(stringify!($condition));
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
pub(crate) fn digest(values: impl Iterator<Item = u32>) -> Outcome {
    Value(values.fold(1, |sum, v| {
        sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(v)
    }))
}

/// The values of elements, which are dropped.
pub(crate) fn digest_of<E: Element>(elements: impl Iterator<Item = E>) -> Outcome {
    digest(elements.map(|e| e.value()))
}

/// The capacity of room for just so many.
pub(crate) fn exactly<E>(n: usize) -> usize {
    if mem::size_of::<E>() == 0 {
        usize::MAX
    } else {
        n
    }
}

/// At most `n` of what there is, by turns from the front and from the back.
pub(crate) fn by_turns<'a, I>(from: &'a mut I, a: &Args) -> impl Iterator<Item = I::Item> + 'a
where
    I: DoubleEndedIterator + ExactSizeIterator,
{
    (a.i..a.i + a.n).map_while(move |turn| {
        if turn % 2 == 0 {
            from.next()
        } else {
            from.next_back()
        }
    })
}

/// The values of the first `n` elements of what a vector is extended with.
pub(crate) fn sources<E>(n: usize) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator
where
    E: Element,
{
    (0..n).map(|i| source(i) & E::MASK)
}

/// Elements of these values, which come to be as they are asked for.
pub(crate) fn made<E>(n: usize) -> impl DoubleEndedIterator<Item = E> + ExactSizeIterator
where
    E: Element,
{
    sources::<E>(n).map(E::new)
}

/// Elements of which there are said to be at least so many, which need not be true.
pub(crate) struct Claiming<I> {
    pub(crate) least: usize,
    pub(crate) elements: I,
}

impl<I: Iterator> Iterator for Claiming<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.elements.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.least, None)
    }
}

/// As many elements as [`made`] has, said to be fewer or more.
pub(crate) fn dishonest<E: Element>(a: &Args) -> impl Iterator<Item = E> {
    Claiming {
        least: a.j % MOST,
        elements: made(a.n),
    }
}

/// What initialises an element, unless it is the one that cannot be.
pub(crate) fn made_unless<E: Element>(i: usize, bad: usize) -> impl Init<E, Error> {
    let write = move |slot: *mut E| {
        if i == bad {
            return Err(EIO);
        }
        // SAFETY: The slot is there to be written.
        unsafe { slot.write(E::new(source(i) & E::MASK)) };
        Ok(())
    };

    // SAFETY: The closure writes the slot or fails. Elements may move.
    unsafe { init_from_closure(write) }
}

/// Text of at most so many letters, and of as many as an element has bytes: what has no size needs
/// no memory.
pub(crate) fn word<E>(n: usize) -> &'static str {
    &"kvmalloc"[..n.min(mem::size_of::<E>())]
}

/// What it comes to that a part of a vector is not to be had.
pub(crate) fn refusal(why: &PartError) -> Outcome {
    match why {
        PartError::OutOfBounds => BadIndex,
        PartError::OutOfMemory => NoMemory,
    }
}

/// Whether all bytes are zero.
///
/// # Safety
///
/// They are initialised.
pub(crate) unsafe fn is_zero<E>(slots: &[MaybeUninit<E>]) -> bool {
    let first = slots.as_ptr().cast::<u8>();

    // SAFETY: There are that many bytes, and the caller vouches for their being initialised.
    (0..mem::size_of_val(slots)).all(|i| unsafe { first.add(i).read() } == 0)
}

/// A hash that tells the order and the number of what goes into it.
struct Fold(u64);

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(31) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) fn hash_of<T: Hash + ?Sized>(what: &T) -> u64 {
    let mut state = Fold(1);

    what.hash(&mut state);
    state.finish()
}

// ---- The model ----

/// What a vector and a box must be.
#[derive(Clone, Copy)]
pub(crate) struct Model {
    pub(crate) values: [u32; ROOM + MOST],
    pub(crate) len: usize,
    pub(crate) boxed: Option<u32>,
    /// Elements have no size.
    pub(crate) sizeless: bool,
}

impl Model {
    pub(crate) fn new<E: Element>() -> Self {
        Self {
            values: [0; ROOM + MOST],
            len: 0,
            boxed: None,
            sizeless: mem::size_of::<E>() == 0,
        }
    }

    /// What there is of a value.
    pub(crate) fn mask(&self) -> u32 {
        if self.sizeless {
            0
        } else {
            u32::MAX
        }
    }

    pub(crate) fn values(&self) -> &[u32] {
        &self.values[..self.len]
    }

    pub(crate) fn values_mut(&mut self) -> &mut [u32] {
        &mut self.values[..self.len]
    }

    pub(crate) fn insert(&mut self, i: usize, value: u32) {
        for k in (i..self.len).rev() {
            self.values[k + 1] = self.values[k];
        }
        self.values[i] = value;
        self.len += 1;
    }

    pub(crate) fn push(&mut self, value: u32) {
        self.insert(self.len, value);
    }

    /// Has just the first elements of what vectors are extended with.
    fn made_of_source(&mut self, n: usize) -> Outcome {
        self.len = 0;
        self.extend(n);
        Done
    }

    /// Has one element more, if that is an index for it.
    fn inserted(&mut self, i: usize, value: u32) -> Outcome {
        if i > self.len {
            return BadIndex;
        }
        self.insert(i, value);
        Done
    }

    /// Has so many elements more, all of a value.
    fn extended_with(&mut self, n: usize, value: u32) -> Outcome {
        for _ in 0..n {
            self.push(value);
        }
        Done
    }

    /// Has just so many elements, all of a value.
    fn made_of(&mut self, n: usize, value: u32) -> Outcome {
        self.len = 0;
        self.extended_with(n, value)
    }

    pub(crate) fn remove(&mut self, i: usize) -> u32 {
        let value = self.values[i];

        for k in i + 1..self.len {
            self.values[k - 1] = self.values[k];
        }
        self.len -= 1;
        value
    }

    /// Removes `from..to`, and tells what was there.
    pub(crate) fn cut(&mut self, from: usize, to: usize) -> Outcome {
        let gone = digest(self.values[from..to].iter().copied());

        for _ in from..to {
            self.remove(from);
        }
        gone
    }

    /// What [`by_turns`] takes of a range, and what that leaves.
    pub(crate) fn by_turns(&self, mut left: Range<usize>, a: &Args) -> (Outcome, Range<usize>) {
        let some = digest(by_turns(&mut left, a).map(|i| self.values[i]));

        (some, left)
    }

    pub(crate) fn keep(&mut self, mut whether: impl FnMut(u32) -> bool) {
        let mut i = 0;

        while i < self.len {
            if whether(self.values[i]) {
                i += 1;
            } else {
                self.remove(i);
            }
        }
    }

    /// Drops each value that is the same as the one before it.
    pub(crate) fn dedup_by(&mut self, mut same: impl FnMut(u32, &mut u32) -> bool) {
        let mut i = 1;

        while i < self.len {
            if same(self.values[i], &mut self.values[i - 1]) {
                self.remove(i);
            } else {
                i += 1;
            }
        }
    }

    /// What [`sources`] is for elements of this kind.
    pub(crate) fn sources(&self, n: usize) -> impl Iterator<Item = u32> {
        let mask = self.mask();

        (0..n).map(move |i| source(i) & mask)
    }

    /// Appends these.
    pub(crate) fn extend(&mut self, n: usize) {
        for value in self.sources(n) {
            self.push(value);
        }
    }
}

/// The values of what a vector is extended with.
pub(crate) fn source(i: usize) -> u32 {
    i as u32 * 3 % 7
}

// ---- The operations ----

/// Passes the table of all operations to a macro.
///
/// First comes what upstream has, too, on every kernel; then what it has on some; then what only
/// ours have. An operation is a name, what is done to the vector `s.v`, the box `s.b` and the slice
/// `s.src` of one side (`Mine` is its allocator), and what is done to the model. When it returns
/// [`NoMemory`] because a request was refused it must have changed nothing, and is repeated.
///
/// Of what our vectors and boxes can do, only that is missing which the allocator of the tests has
/// not (the backing, limits to growth, what C frees, RCU) or which is about bytes that come from
/// elsewhere or go there (user space, scatterlists): that is for `tests/rust/`.
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
                    demand!(v.capacity() == exactly::<E>(a.n));
                    s.v = v;
                    Done
                }, |m| {
                    m.len = 0;
                    Done
                };
                extend_with: |s, a| {
                    get!(s.v.extend_with(a.n, E::new(a.value), FLAGS));
                    Done
                }, |m| m.extended_with(a.n, a.value);
                extend_from_slice: |s, a| {
                    get!(s.v.extend_from_slice(&s.src[..a.n], FLAGS));
                    Done
                }, |m| {
                    m.extend(a.n);
                    Done
                };
                from_elem: |s, a| {
                    s.v = get!(Vec::from_elem(E::new(a.value), a.n, FLAGS));
                    Done
                }, |m| m.made_of(a.n, a.value);
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
                }, |m| m.made_of(2, a.value);
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
                    let v = mem::replace(&mut s.v, Vec::new());
                    let (first, len, capacity) = v.into_raw_parts();

                    // SAFETY: These are the parts of such a vector, and of as many more elements as
                    // have been written.
                    s.v = unsafe { Vec::from_raw_parts(first, len + a.n, capacity) };
                    Done
                }, |m| m.extended_with(a.n, a.value);
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
                    m.values_mut().reverse();
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
                }, |m| m.inserted(a.i, a.value);
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
                    demand!(s.v.capacity() == exactly::<E>(least));
                    Done
                }, |m| Done;
                shrink_to_fit: |s, a| {
                    get!(s.v.shrink_to_fit(FLAGS));
                    demand!(s.v.capacity() == exactly::<E>(s.v.len()));
                    Done
                }, |m| Done;
                reserve_exact: |s, a| {
                    let (len, room) = (s.v.len(), s.v.capacity());

                    get!(s.v.reserve_exact(a.n, FLAGS));
                    demand!(s.v.capacity() == room.max(len + a.n));
                    Done
                }, |m| Done;
                // Room to spare is a wish: that it is refused is no failure.
                reserve_less: |s, a| {
                    let (len, room) = (s.v.len(), s.v.capacity());

                    if s.v.reserve(a.n, FLAGS).is_err() {
                        demand!(BOOKS.refused() == 2 || len + a.n >= 2 * room);
                        return NoMemory;
                    }
                    Done
                }, |m| Done;
                reserve_node: |s, a| {
                    let (len, room) = (s.v.len(), s.v.capacity());

                    if s.v.reserve_node(a.n, FLAGS, NumaNode::NO_NODE).is_err() {
                        demand!(BOOKS.refused() == 2 || len + a.n >= 2 * room);
                        return NoMemory;
                    }
                    demand!(s.v.capacity() - len >= a.n);
                    Done
                }, |m| Done;
                with_capacity_node: |s, a| {
                    s.v = get!(Vec::with_capacity_node(a.n, FLAGS, NumaNode::NO_NODE));
                    demand!(s.v.capacity() == exactly::<E>(a.n));
                    Done
                }, |m| {
                    m.len = 0;
                    Done
                };
                // In all the ways there are beside `reserve`.
                ask_for_too_much: |s, a| {
                    let (all, none) = (usize::MAX, NumaNode::NO_NODE);
                    let claiming = Claiming { least: all, elements: made::<E>(0) };
                    let fits = s.v.reserve_exact(all, FLAGS).is_ok();

                    demand!(s.v.reserve_node(all, FLAGS, none).is_ok() == fits);
                    demand!(s.v.extend(claiming, FLAGS).is_ok() == fits);
                    demand!(Spare::<E, Mine>::for_vec(s.v.len(), all, FLAGS).is_ok() == fits);
                    if fits {
                        Done
                    } else {
                        NoMemory
                    }
                }, |m| if m.sizeless && m.len == 0 {
                    Done
                } else {
                    NoMemory
                };

                insert: |s, a| match s.v.insert(a.i, E::new(a.value), FLAGS) {
                    Ok(()) => Done,
                    Err(TryInsertError::IndexOutOfBounds(e)) => {
                        demand!(e.value() == a.value);
                        BadIndex
                    }
                    Err(TryInsertError::OutOfMemory(e)) => {
                        demand!(e.value() == a.value);
                        NoMemory
                    }
                }, |m| m.inserted(a.i, a.value);
                // What there is room for needs no memory.
                fill: |s, a| {
                    get!(s.v.reserve(a.n, FLAGS));
                    let (len, requests) = (s.v.len(), BOOKS.requests());

                    match a.i % 5 {
                        0 => demand!(made(a.n).all(|e| s.v.push(e, FLAGS).is_ok())),
                        1 => demand!(made(a.n).rev().all(|e| s.v.insert(len, e, FLAGS).is_ok())),
                        2 => demand!(s.v.extend(made(a.n), FLAGS).is_ok()),
                        3 => demand!(s.v.extend_from_slice(&s.src[..a.n], FLAGS).is_ok()),
                        _ => demand!(s.v.splice(len.., made(a.n), FLAGS).is_ok()),
                    }
                    demand!(BOOKS.requests() == requests);
                    Done
                }, |m| {
                    m.extend(a.n);
                    Done
                };
                pop_if: |s, a| {
                    let last = s.v.pop_if(|e| {
                        let wanted = e.value() % 2 == a.value % 2;

                        *e = E::new(e.value() / 2);
                        wanted
                    });

                    last.map_or(Outcome::None, |e| Value(e.value().into()))
                }, |m| match m.values_mut().last_mut() {
                    None => Outcome::None,
                    Some(v) => {
                        let wanted = *v % 2 == a.value % 2;

                        *v /= 2;
                        if wanted {
                            Value(m.remove(m.len - 1).into())
                        } else {
                            Outcome::None
                        }
                    }
                };
                swap_remove: |s, a| match s.v.swap_remove(a.i) {
                    Err(_) => BadIndex,
                    Ok(e) => Value(e.value().into()),
                }, |m| if a.i < m.len {
                    m.values.swap(a.i, m.len - 1);
                    Value(m.remove(m.len - 1).into())
                } else {
                    BadIndex
                };
                count_in: |s, a| {
                    let len = s.v.len();

                    get!(s.v.reserve(a.n, FLAGS));
                    for i in len..len + a.n {
                        // SAFETY: There is room for `n` elements behind the last one.
                        unsafe { s.v.as_mut_ptr().add(i).write(E::new(a.value)) };
                    }
                    if a.i % 2 == 0 {
                        // SAFETY: They have been written.
                        unsafe { s.v.inc_len(a.n) };
                    } else {
                        // SAFETY: Likewise.
                        unsafe { s.v.set_len(len + a.n) };
                    }
                    Done
                }, |m| m.extended_with(a.n, a.value);

                resize_with: |s, a| {
                    let mut calls = 0;
                    let more = || {
                        calls += 1;
                        E::new(calls & E::MASK)
                    };

                    if s.v.resize_with(a.i, more, FLAGS).is_err() {
                        demand!(calls == 0);
                        return NoMemory;
                    }
                    Done
                }, |m| {
                    let mut calls = 0;

                    while m.len < a.i {
                        calls += 1;
                        m.push(calls & m.mask());
                    }
                    m.len = a.i;
                    Done
                };
                extend: |s, a| match s.v.extend(made(a.n), FLAGS) {
                    Ok(()) => Done,
                    Err(refused) => {
                        demand!(refused.element.is_none());
                        demand!(digest_of(refused.into_iter()) == digest(sources::<E>(a.n)));
                        NoMemory
                    }
                }, |m| {
                    m.extend(a.n);
                    Done
                };
                // What has been appended when memory runs out stays, so that is done to a copy.
                extend_dishonestly: |s, a| {
                    let mut copy = get!(s.v.try_clone(FLAGS));
                    let extended = copy.extend(dishonest(a), FLAGS);

                    // The error is an iterator for another try.
                    if let Err(refused) = extended.or_else(|e| copy.extend(e, FLAGS)) {
                        demand!(copy[..s.v.len()] == s.v[..]);
                        let Ok(appended) = copy.drain(s.v.len()..) else {
                            return Wrong("not as long as it was");
                        };
                        let all = digest_of(appended.chain(refused));
                        demand!(all == digest(sources::<E>(a.n)));
                        return NoMemory;
                    }
                    s.v = copy;
                    Done
                }, |m| {
                    m.extend(a.n);
                    Done
                };
                extend_from_within: |s, a| {
                    match s.v.extend_from_within(a.i..a.j.min(a.i + MOST), FLAGS) {
                        Ok(()) => Done,
                        Err(why) => refusal(&why),
                    }
                }, |m| if a.j <= m.len {
                    for i in a.i..a.j.min(a.i + MOST) {
                        m.push(m.values[i]);
                    }
                    Done
                } else {
                    BadIndex
                };
                append: |s, a| {
                    let mut other = get!(Vec::<E, Mine>::try_from_iter(made(a.n), FLAGS));
                    let appended = s.v.append(&mut other, FLAGS);

                    demand!(other.capacity() == exactly::<E>(a.n));
                    if appended.is_err() {
                        demand!(digest_of(other.into_iter()) == digest(sources::<E>(a.n)));
                        return NoMemory;
                    }
                    demand!(other.is_empty());
                    Done
                }, |m| {
                    m.extend(a.n);
                    Done
                };
                split_off: |s, a| {
                    let before = (s.v.as_ptr(), s.v.capacity());

                    match s.v.split_off(a.i, FLAGS) {
                        Err(why) => refusal(&why),
                        Ok(mut tail) => {
                            demand!(before == (s.v.as_ptr(), s.v.capacity()));
                            demand!(tail.capacity() == exactly::<E>(tail.len()));
                            if a.n % 2 == 0 {
                                mem::swap(&mut s.v, &mut tail);
                            }
                            digest_of(tail.into_iter())
                        }
                    }
                }, |m| if a.i > m.len {
                    BadIndex
                } else if a.n % 2 == 0 {
                    m.cut(0, a.i)
                } else {
                    m.cut(a.i, m.len)
                };
                try_clone: |s, a| {
                    let clone = get!(s.v.try_clone(FLAGS));

                    demand!(clone.capacity() == exactly::<E>(clone.len()) && clone == s.v);
                    s.v = clone;
                    Done
                }, |m| Done;
                try_from_iter: |s, a| {
                    s.v = get!(Vec::try_from_iter(made(a.n), FLAGS));
                    demand!(s.v.capacity() == exactly::<E>(a.n));
                    Done
                }, |m| m.made_of_source(a.n);
                try_from_dishonest_iter: |s, a| {
                    s.v = get!(Vec::try_from_iter(dishonest(a), FLAGS));
                    Done
                }, |m| m.made_of_source(a.n);
                zeroed: |s, a| {
                    let mut zeroed = get!(Vec::<MaybeUninit<E>, Mine>::zeroed(a.n, FLAGS));

                    // SAFETY: All of it has been initialised.
                    demand!(unsafe { is_zero(&zeroed) });
                    for slot in &mut zeroed {
                        slot.write(E::new(a.value));
                    }
                    let (first, len, capacity) = zeroed.into_raw_parts();
                    // SAFETY: These are the parts of a vector of room for elements, which has them
                    // now.
                    s.v = unsafe { Vec::from_raw_parts(first.cast(), len, capacity) };
                    Done
                }, |m| m.made_of(a.n, a.value);
                leak: |s, a| {
                    let capacity = s.v.capacity();
                    let all = mem::take(&mut s.v).leak();

                    // SAFETY: That was the whole of such a vector.
                    s.v = unsafe { Vec::from_raw_parts(all.as_mut_ptr(), all.len(), capacity) };
                    Done
                }, |m| Done;
                into_c: |s, a| {
                    let before = (s.v.as_ptr(), s.v.len(), s.v.capacity());
                    let c = mem::take(&mut s.v).into_c();

                    demand!((c.data.cast_const(), c.len, c.capacity) == before);
                    // SAFETY: It came from such a vector just now.
                    s.v = unsafe { c.into_vec() };
                    Done
                }, |m| Done;

                iterate_mut: |s, a| {
                    for e in &mut s.v {
                        *e = E::new(e.value() / 2);
                    }
                    Done
                }, |m| {
                    for v in m.values_mut() {
                        *v /= 2;
                    }
                    Done
                };
                into_iter_by_turns: |s, a| {
                    let mut elements = mem::take(&mut s.v).into_iter();
                    let some = digest_of(by_turns(&mut elements, a));

                    demand!(elements.len() == elements.as_slice().len());
                    if let Some(last) = elements.as_mut_slice().last_mut() {
                        *last = E::new(a.value);
                    }
                    s.v = elements.collect(FLAGS);
                    some
                }, |m| {
                    let (some, left) = m.by_turns(0..m.len, a);

                    m.len = left.end;
                    m.cut(0, left.start);
                    if let Some(last) = m.values_mut().last_mut() {
                        *last = a.value;
                    }
                    some
                };
                drain_all_by_turns: |s, a| {
                    let capacity = s.v.capacity();
                    let mut all = s.v.drain_all();
                    let some = digest_of(by_turns(&mut all, a));

                    demand!(all.len() == all.as_slice().len());
                    drop(all);
                    demand!(s.v.capacity() == capacity);
                    some
                }, |m| {
                    let (some, _) = m.by_turns(0..m.len, a);

                    m.len = 0;
                    some
                };
                drain: |s, a| {
                    let capacity = s.v.capacity();
                    let Ok(mut drain) = s.v.drain(a.i..a.j) else {
                        return BadIndex;
                    };
                    let some = digest_of(by_turns(&mut drain, a));

                    demand!(drain.len() == drain.as_slice().len());
                    drop(drain);
                    demand!(s.v.capacity() == capacity);
                    some
                }, |m| if a.j <= m.len {
                    let (some, _) = m.by_turns(a.i..a.j, a);

                    m.cut(a.i, a.j);
                    some
                } else {
                    BadIndex
                };
                drain_keep_rest: |s, a| {
                    let Ok(mut drain) = s.v.drain(a.i..a.j) else {
                        return BadIndex;
                    };
                    let some = digest_of(by_turns(&mut drain, a));

                    if let Some(last) = drain.as_mut_slice().last_mut() {
                        *last = E::new(a.value);
                    }
                    drain.keep_rest();
                    some
                }, |m| if a.j <= m.len {
                    let (some, left) = m.by_turns(a.i..a.j, a);

                    if let Some(last) = m.values[left.clone()].last_mut() {
                        *last = a.value;
                    }
                    m.cut(left.end, a.j);
                    m.cut(a.i, left.start);
                    some
                } else {
                    BadIndex
                };
                drain_forgotten: |s, a| {
                    let len = s.v.len();
                    let Ok(drain) = s.v.drain(a.i..a.j) else {
                        return BadIndex;
                    };

                    mem::forget(drain);
                    demand!(s.v.len() == a.i);
                    // SAFETY: No element has been taken out, so all are where they were, and are
                    // nobody's.
                    unsafe { s.v.set_len(len) };
                    Done
                }, |m| if a.j <= m.len {
                    Done
                } else {
                    BadIndex
                };
                drain_into_another: |s, a| {
                    let Ok(drain) = s.v.drain(a.i..a.j) else {
                        return BadIndex;
                    };
                    let mut other = Vec::<E, Mine>::new();

                    if let Err(refused) = other.extend(drain, FLAGS) {
                        demand!(refused.element.is_none());
                        refused.rest.keep_rest();
                        return NoMemory;
                    }
                    digest_of(other.into_iter())
                }, |m| if a.j <= m.len {
                    m.cut(a.i, a.j)
                } else {
                    BadIndex
                };
                // One range in all the ways to say it, and what is no range.
                ranges: |s, a| {
                    let len = s.v.len();
                    let mut within = |from: Bound<usize>, to: Bound<usize>| {
                        let drain = s.v.drain((from, to)).ok()?;
                        let all = digest(drain.as_slice().iter().map(E::value));

                        drain.keep_rest();
                        Some(all)
                    };
                    let all = within(Included(a.i), Excluded(a.j));

                    demand!(match a.i {
                        0 => within(Unbounded, Excluded(a.j)) == all,
                        i => within(Excluded(i - 1), Excluded(a.j)) == all,
                    });
                    demand!(a.j != len || within(Included(a.i), Unbounded) == all);
                    demand!(a.j == 0 || within(Included(a.i), Included(a.j - 1)) == all);
                    demand!(within(Included(a.j + 1), Excluded(a.j)).is_none());
                    demand!(within(Unbounded, Included(len)).is_none());
                    demand!(within(Unbounded, Included(usize::MAX)).is_none());
                    demand!(within(Excluded(usize::MAX), Unbounded).is_none());
                    all.unwrap_or(BadIndex)
                }, |m| if a.j <= m.len {
                    digest(m.values[a.i..a.j].iter().copied())
                } else {
                    BadIndex
                };
                extract_if: |s, a| {
                    let mut seen = 0;
                    let wanted = |e: &mut E| {
                        seen += 1;
                        if seen % 3 == 1 {
                            *e = E::new(a.value);
                        }
                        seen % 3 != 1
                    };

                    match s.v.extract_if(a.i..a.j, wanted) {
                        Err(_) => BadIndex,
                        Ok(picked) => digest_of(picked.take(a.n)),
                    }
                }, |m| if a.j <= m.len {
                    let (mut i, mut seen) = (a.i, 0);
                    let picked = iter::from_fn(|| {
                        while seen < a.j - a.i {
                            seen += 1;
                            if seen % 3 != 1 {
                                return Some(m.remove(i));
                            }
                            m.values[i] = a.value;
                            i += 1;
                        }
                        None
                    });

                    digest(picked.take(a.n))
                } else {
                    BadIndex
                };
                retain_mut: |s, a| {
                    let mut seen = 0;

                    s.v.retain_mut(|e| {
                        seen += 1;
                        *e = E::new(e.value() / 2);
                        seen % 3 != 1
                    });
                    Done
                }, |m| {
                    let mut seen = 0;

                    for v in m.values_mut() {
                        *v /= 2;
                    }
                    m.keep(|_| {
                        seen += 1;
                        seen % 3 != 1
                    });
                    Done
                };
                dedup: |s, a| {
                    s.v.dedup();
                    Done
                }, |m| {
                    m.dedup_by(|v, last| v == *last);
                    Done
                };
                dedup_by_key: |s, a| {
                    s.v.dedup_by_key(|e| e.value() / 4);
                    Done
                }, |m| {
                    m.dedup_by(|v, last| v / 4 == *last / 4);
                    Done
                };
                // Not symmetric, and it changes what the next element is compared with.
                dedup_by: |s, a| {
                    let mut seen = 0;

                    s.v.dedup_by(|e, last| {
                        seen += 1;
                        *last = E::new((e.value() + 2 * last.value()) % 11);
                        seen % 3 != 1
                    });
                    Done
                }, |m| {
                    let mut seen = 0;

                    m.dedup_by(|v, last| {
                        seen += 1;
                        *last = (v + 2 * *last) % 11;
                        seen % 3 != 1
                    });
                    Done
                };
                splice: |s, a| match s.v.splice(a.i..a.j, made(a.n), FLAGS) {
                    Ok(mut old) => digest_of(by_turns(&mut old, a)),
                    Err(refused) => {
                        let why = refusal(&refused.why);

                        demand!(refused.fitting.len() == 0 && refused.element.is_none());
                        demand!(digest_of(refused.into_iter()) == digest(sources::<E>(a.n)));
                        why
                    }
                }, |m| if a.j <= m.len {
                    let (some, _) = m.by_turns(a.i..a.j, a);

                    m.cut(a.i, a.j);
                    m.extend(a.n);
                    m.values_mut()[a.i..].rotate_right(a.n);
                    some
                } else {
                    BadIndex
                };
                // The vector may have grown when memory runs out, so that is done to a copy.
                splice_dishonestly: |s, a| {
                    let mut copy = get!(s.v.try_clone(FLAGS));
                    let spliced = match copy.splice(a.i..a.j, dishonest(a), FLAGS) {
                        Ok(mut old) => {
                            let some = digest_of(by_turns(&mut old, a));

                            old.keep_rest();
                            some
                        }
                        Err(refused) => {
                            let why = refusal(&refused.why);

                            demand!(digest_of(refused.into_iter()) == digest(sources::<E>(a.n)));
                            why
                        }
                    };

                    if let Value(_) = spliced {
                        s.v = copy;
                    } else {
                        demand!(copy == s.v);
                    }
                    spliced
                }, |m| if a.j <= m.len {
                    let (some, left) = m.by_turns(a.i..a.j, a);

                    m.cut(left.end, a.j);
                    m.cut(a.i, left.start);
                    m.extend(a.n);
                    m.values_mut()[a.i + left.len()..].rotate_right(a.n);
                    some
                } else {
                    BadIndex
                };

                compare: |s, a| {
                    let (v, w, slice) = (&s.v, &s.src, &s.src[..]);
                    let pair = [E::new(a.value), E::new(a.value)];
                    let order = v.cmp(w);

                    demand!(v.partial_cmp(w) == Some(order));
                    demand!((v == w) == order.is_eq());
                    demand!((*v == *slice) == order.is_eq() && (*v == slice) == order.is_eq());
                    demand!((*slice == *v) == order.is_eq() && (slice == *v) == order.is_eq());
                    demand!((*v == pair) == (v[..] == pair[..]));
                    demand!((*v == &pair) == (v[..] == pair[..]));
                    demand!(hash_of(v) == hash_of(&v[..]));
                    Value(order as i8 as u64)
                }, |m| Value(m.values().iter().copied().cmp(m.sources(MOST)) as i8 as u64);

                grow_into: |s, a| {
                    let (len, had) = (s.v.len(), s.v.capacity());
                    let spare = if a.i % 2 == 0 {
                        Spare::with_capacity(len + a.n, FLAGS)
                    } else {
                        let spare = Spare::for_vec(len, a.n, FLAGS);

                        demand!(spare.is_ok() || BOOKS.refused() == 2);
                        spare
                    };
                    let mut spare = get!(spare);
                    let got = spare.capacity();

                    demand!(s.v.grow_into(&mut spare) == (got > had));
                    demand!((s.v.capacity(), spare.capacity()) == (had.max(got), had.min(got)));
                    Done
                }, |m| Done;
                grow_under_a_lock: |s, a| {
                    let lock = RefCell::new(&mut s.v);
                    let locked = || RefMut::map(lock.borrow_mut(), |v| &mut **v);
                    let mut held = get!(lock_with_room(locked, a.n, FLAGS));

                    for _ in 0..a.n {
                        demand!(held.push_within_capacity(E::new(a.value)).is_ok());
                    }
                    // The guard is dropped first.
                    let (_old, _guard) = held.into_parts();
                    Done
                }, |m| m.extended_with(a.n, a.value);
                // Elements that go to memory of another allocator, and come back.
                secret: |s, a| {
                    let mut secret = Vec::<E, Sensitive<Mine>>::new();

                    get!(secret.append(&mut s.v, FLAGS));
                    let grown = secret.reserve(a.n, FLAGS);
                    secret.wipe_spare();
                    // SAFETY: All of it has just been written.
                    demand!(unsafe { is_zero(secret.spare_capacity_mut()) });
                    // The vector has kept its memory, so this needs none.
                    demand!(s.v.append(&mut secret, FLAGS).is_ok());
                    secret.wipe_from(0);
                    // SAFETY: Likewise.
                    demand!(unsafe { is_zero(secret.spare_capacity_mut()) });
                    get!(grown);
                    Done
                }, |m| Done;

                into_boxed_slice: |s, a| match mem::take(&mut s.v).into_boxed_slice(FLAGS) {
                    Err(kept) => {
                        s.v = kept.0;
                        NoMemory
                    }
                    Ok(mut b) => {
                        let all = digest((&b).into_iter().map(E::value));

                        for e in &mut b {
                            *e = E::new(e.value() / 2);
                        }
                        s.v = Vec::from(b);
                        demand!(s.v.capacity() == exactly::<E>(s.v.len()));
                        all
                    }
                }, |m| {
                    let all = digest(m.values().iter().copied());

                    for v in m.values_mut() {
                        *v /= 2;
                    }
                    all
                };
                slice_new: |s, a| {
                    let init = |i| made_unless::<E>(i, a.j % 16);

                    match Box::<[E], Mine>::new_slice(init, a.n, FLAGS) {
                        Ok(b) => {
                            s.v = Vec::from(b);
                            Done
                        }
                        Err(e) if e == ENOMEM => NoMemory,
                        Err(_) => Outcome::None,
                    }
                }, |m| if a.j % 16 < a.n {
                    Outcome::None
                } else {
                    m.len = 0;
                    m.extend(a.n);
                    Done
                };
                slice_from_slice: |s, a| {
                    s.v = Vec::from(get!(Box::<[E], Mine>::from_slice(&s.src[..a.n], FLAGS)));
                    Done
                }, |m| m.made_of_source(a.n);
                slice_from_iter: |s, a| {
                    s.v = Vec::from(get!(Box::<[E], Mine>::from_iter(dishonest(a), FLAGS)));
                    demand!(s.v.capacity() == exactly::<E>(a.n));
                    Done
                }, |m| m.made_of_source(a.n);
                slice_clone: |s, a| {
                    let b = get!(s.v[..].clone_boxed::<Mine>(FLAGS));
                    let b = get!(Box::try_clone(&b, FLAGS));

                    demand!(*b == s.v[..]);
                    s.v = Vec::from(b);
                    Done
                }, |m| Done;
                slice_uninit: |s, a| {
                    let mut room = get!(Box::<[E], Mine>::new_uninit_slice(a.n, FLAGS));

                    for slot in &mut room {
                        slot.write(E::new(a.value));
                    }
                    // SAFETY: All have been written.
                    s.v = Vec::from(unsafe { room.assume_init() });
                    Done
                }, |m| m.made_of(a.n, a.value);
                slice_zeroed: |s, a| {
                    let mut room = get!(Box::<[MaybeUninit<E>], Mine>::zeroed_slice(a.n, FLAGS));

                    // SAFETY: All of it has been initialised.
                    demand!(unsafe { is_zero(&room) });
                    for slot in &mut room {
                        slot.write(E::new(a.value));
                    }
                    // SAFETY: All have been written.
                    s.v = Vec::from(unsafe { room.assume_init() });
                    Done
                }, |m| m.made_of(a.n, a.value);
                slice_of_array: |s, a| {
                    let pair = [E::new(a.value), E::new(a.value)];
                    let b: Box<[E], Mine> = get!(Box::new(pair, FLAGS));

                    s.v = Vec::from(b);
                    Done
                }, |m| m.made_of(2, a.value);
                slice_default: |s, a| {
                    s.v = Vec::from(Box::<[E], Mine>::default());
                    Done
                }, |m| {
                    m.len = 0;
                    Done
                };

                box_from_vec: |s, a| {
                    let room = get!(Box::<E, Mine>::new_uninit(FLAGS));

                    match s.v.pop() {
                        None => Outcome::None,
                        Some(e) => {
                            s.b = Some(room.write(e));
                            Done
                        }
                    }
                }, |m| match m.len.checked_sub(1) {
                    None => Outcome::None,
                    Some(i) => {
                        m.boxed = Some(m.remove(i));
                        Done
                    }
                };
                box_try_clone: |s, a| match &s.b {
                    None => Outcome::None,
                    Some(b) => {
                        s.b = Some(get!(Box::try_clone(b, FLAGS)));
                        Done
                    }
                }, |m| match m.boxed {
                    None => Outcome::None,
                    Some(_) => Done,
                };
                box_node: |s, a| {
                    s.b = Some(get!(Box::new_node(E::new(a.value), FLAGS, NumaNode::NO_NODE)));
                    Done
                }, |m| {
                    m.boxed = Some(a.value);
                    Done
                };
                box_zeroed: |s, a| {
                    let room = get!(if a.i % 2 == 0 {
                        Box::<MaybeUninit<E>, Mine>::zeroed(FLAGS)
                    } else {
                        Box::<MaybeUninit<E>, Mine>::zeroed_node(FLAGS, NumaNode::NO_NODE)
                    });

                    // SAFETY: All of it has been initialised.
                    demand!(unsafe { is_zero(slice::from_ref(&*room)) });
                    s.b = Some(room.write(E::new(a.value)));
                    Done
                }, |m| {
                    m.boxed = Some(a.value);
                    Done
                };
                box_init: |s, a| match Box::<E, Mine>::try_init(made_unless(a.n, MOST), FLAGS) {
                    Ok(b) => {
                        s.b = Some(b);
                        Done
                    }
                    Err(e) if e == ENOMEM => NoMemory,
                    Err(_) => Outcome::None,
                }, |m| if a.n == MOST {
                    Outcome::None
                } else {
                    m.boxed = Some(source(a.n) & m.mask());
                    Done
                };
                box_dyn: |s, a| {
                    let e = E::new(a.value);
                    let b: Box<dyn Fn() -> u32, Mine> = get!(Box::new(move || e.value(), FLAGS));

                    Value(b().into())
                }, |m| Value(a.value.into());
                box_c: |s, a| match s.b.take() {
                    None => Outcome::None,
                    Some(b) => {
                        let mut c = Box::into_c(b);

                        if a.n % 2 == 0 {
                            // SAFETY: It came from such a box just now.
                            s.b = Some(unsafe { Box::from_c(c) });
                        } else {
                            // SAFETY: Likewise.
                            s.b = unsafe { c.take() };
                            demand!(c.is_null());
                        }
                        Done
                    }
                }, |m| match m.boxed {
                    None => Outcome::None,
                    Some(_) => Done,
                };
                box_foreign: |s, a| match s.b.take() {
                    None => Outcome::None,
                    Some(b) => {
                        // SAFETY: It came from such a box just now.
                        s.b = Some(unsafe { Box::<E, Mine>::from_foreign(b.into_foreign()) });
                        Done
                    }
                }, |m| match m.boxed {
                    None => Outcome::None,
                    Some(_) => Done,
                };
                box_compare: |s, a| {
                    let other = get!(Box::<E, Mine>::new(E::new(a.value), FLAGS));

                    match &s.b {
                        None => Outcome::None,
                        Some(b) => {
                            let order = b.cmp(&other);

                            demand!(b.partial_cmp(&other) == Some(order));
                            demand!((*b == other) == order.is_eq());
                            demand!(hash_of(b) == hash_of(&**b));
                            Value(order as i8 as u64)
                        }
                    }
                }, |m| match m.boxed {
                    None => Outcome::None,
                    Some(b) => Value(b.cmp(&a.value) as i8 as u64),
                };
                text: |s, a| {
                    let word = word::<E>(a.n);
                    let text = get!(Box::<str, Mine>::from_str(word, FLAGS));
                    let mut bytes = Box::into_boxed_bytes(get!(Box::try_clone(&text, FLAGS)));

                    demand!(*text == *word && *bytes == *word.as_bytes());
                    if let Some(first) = bytes.first_mut() {
                        // The first of several bytes of a letter, which do not follow.
                        *first |= 0x80;
                    }
                    match Box::<str, Mine>::from_utf8(bytes) {
                        Ok(none) => demand!(none.is_empty() && word.is_empty()),
                        Err(refused) => {
                            demand!(refused.utf8_error().valid_up_to() == 0);
                            demand!(refused.into_bytes()[1..] == word.as_bytes()[1..]);
                        }
                    }
                    match Box::<str, Mine>::from_utf8(Box::into_boxed_bytes(text)) {
                        Ok(text) => demand!(*text == *word),
                        Err(_) => return Wrong("no text any more"),
                    }
                    Done
                }, |m| Done;
                print: |s, a| {
                    let word = word::<E>(a.n);
                    let mut line = get!(Vec::<u8, Mine>::with_capacity(word.len(), FLAGS));

                    demand!(write!(line, "{word}").is_ok());
                    demand!(write!(line, "{word}").is_ok() == word.is_empty());
                    let printed = write!(line.writer(FLAGS), "{word}{word}");
                    for piece in line.chunks(word.len().max(1)) {
                        demand!(piece == word.as_bytes());
                    }
                    if printed.is_err() {
                        return NoMemory;
                    }
                    demand!(line.len() == 3 * word.len());
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
        pub(crate) mod model {
            use super::*;

            $(
                #[allow(unused_variables)]
                fn $name($m: &mut Model, $a: &Args) -> Outcome {
                    $model
                }
            )*

            /// In the order of the table.
            pub(crate) static OPERATIONS: &[(&str, fn(&mut Model, &Args) -> Outcome)] =
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
