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

mod books;
mod elements;
#[macro_use]
mod operations;

use books::{Books, Watched, BOOKS, NEVER, OURS, THEIRS};
use checks::{Failed, Verdict};
use elements::*;
use operations::*;

use core::{mem, sync::atomic::Ordering::Relaxed};
use kernel::{
    alloc::{flags::*, AllocError, Flags},
    ffi::{c_int, c_uint},
    pr_err,
};

/// Goes in front of what the kernel's printing macros print.
const __LOG_PREFIX: &[u8] = b"differential\0";

/// For all that is allocated.
const FLAGS: Flags = GFP_KERNEL;

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
                if is == BadIndex {
                    check_eq!((self.v.as_ptr(), self.v.capacity()), state);
                }
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
    use core::{
        cell::{RefCell, RefMut},
        fmt::Write as _,
        mem::MaybeUninit,
        ops::Bound::{self, Excluded, Included, Unbounded},
        slice,
    };
    use kernel::{
        alloc::{
            lock_with_room, Box, CloneBoxed, InsertError, NumaNode, Sensitive, Spare,
            TryInsertError, Vec,
        },
        error::code::ENOMEM,
        init::InPlaceInit,
        types::ForeignOwnable,
    };

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

    let (all, shared) = (
        model::OPERATIONS.len(),
        theirs::Subject::<K::Of<THEIRS>>::OPERATIONS.len(),
    );
    let mut behind = false;

    for at in 0..steps {
        let (operation, args, after, outcome) = loop {
            // Every other one is for both sides, however many there are for one.
            let operation = match random.below(2) {
                0 => random.below(shared),
                _ => shared + random.below(all - shared),
            };
            let args = random.args(&model);
            let mut after = model;
            let outcome = model::OPERATIONS[operation].1(&mut after, &args);

            // Vectors would be short if all that empties them did it each time.
            if after.len <= ROOM && (after.len >= model.len / 2 || random.below(4) == 0) {
                break (operation, args, after, outcome);
            }
        };
        let name = model::OPERATIONS[operation].0;

        if operation < shared && mem::take(&mut behind) {
            theirs.set(&model, random.below(MOST))?;
        }
        if random.below(4) == 0 {
            let n = 1 + random.below(3);
            let for_good = random.below(2) == 0;

            for books in &BOOKS {
                books.refuse_at(n, for_good);
            }
        }
        let ours = ours.step(operation, &args, &model, &after, outcome);
        refused += told(ours, "ours", name, &args, at)?;
        if operation < shared {
            let theirs = theirs.step(operation, &args, &model, &after, outcome);
            refused += told(theirs, "upstream's", name, &args, at)?;
        } else {
            BOOKS[THEIRS].refuse_at(NEVER, false);
            behind = true;
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
            for &more in [0, 0, 3, MOST].iter().cycle().take(16) {
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
