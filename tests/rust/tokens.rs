// SPDX-License-Identifier: GPL-2.0

//! Elements that count their drops.
//!
//! A [`Token`] tells who was dropped, how often, and in which order. It borrows the [`Ledger`] that
//! it tells it to. Where an element has to be `'static`, or is made where no ledger is at hand,
//! there is [`Counted`], which keeps a balance; and where it may have no size, [`Nothing`].

use super::*;
use core::{
    array,
    cell::Cell,
    sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed},
};

// ---- Who was dropped, how often, and when ----

/// Of how many tokens a ledger has more than their number.
const TOKENS: usize = 64;

/// Keeps count of the drops of tokens.
pub(crate) struct Ledger {
    born: Cell<usize>,
    drops: [Cell<u8>; TOKENS],
    order: [Cell<usize>; TOKENS],
    dropped: Cell<usize>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            born: Cell::new(0),
            drops: array::from_fn(|_| Cell::new(0)),
            order: array::from_fn(|_| Cell::new(0)),
            dropped: Cell::new(0),
        }
    }

    /// The next token. They are numbered from 0.
    pub(crate) fn token(&self) -> Token<'_> {
        let id = self.born.get();

        self.born.set(id + 1);
        Token { id, ledger: self }
    }

    /// The next `count` tokens, each when it is asked for.
    pub(crate) fn stream(&self, count: usize) -> impl Iterator<Item = Token<'_>> {
        (0..count).map(|_| self.token())
    }

    /// A vector of the next `count` tokens.
    pub(crate) fn tokens<A: Allocator>(&self, count: usize) -> Result<Vec<Token<'_>, A>, Failed> {
        let mut v = Vec::with_capacity(count, GFP_KERNEL)?;

        for token in self.stream(count) {
            v.push_within_capacity(token)?;
        }
        Ok(v)
    }

    /// How many tokens there have been.
    pub(crate) fn born(&self) -> usize {
        self.born.get()
    }

    /// How many drops there have been.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped.get()
    }

    /// How many tokens there are.
    pub(crate) fn alive(&self) -> usize {
        self.born.get().wrapping_sub(self.dropped.get())
    }

    /// Whether the drops so far were these, in this order.
    pub(crate) fn order_is(&self, ids: &[usize]) -> bool {
        self.dropped.get() == ids.len()
            && self.order.iter().zip(ids).all(|(is, id)| is.get() == *id)
    }

    /// Ends the test unless all tokens are gone, each dropped once.
    pub(crate) fn settle(&self) -> Verdict {
        let known = self.born.get().min(TOKENS);

        check_eq!(self.dropped.get(), self.born.get());
        check!(self.drops[..known].iter().all(|n| n.get() == 1));
        Ok(())
    }
}

/// Writes its drop into the ledger.
pub(crate) struct Token<'a> {
    pub(crate) id: usize,
    ledger: &'a Ledger,
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        let Ledger {
            drops,
            order,
            dropped,
            ..
        } = self.ledger;

        // What is dropped may be garbage, if there is a bug. It is counted all the same, which is
        // one drop too many.
        if let Some(count) = drops.get(self.id) {
            count.set(count.get().saturating_add(1));
        }
        if let Some(entry) = order.get(dropped.get()) {
            entry.set(self.id);
        }
        dropped.set(dropped.get() + 1);
    }
}

impl Clone for Token<'_> {
    fn clone(&self) -> Self {
        self.ledger.token()
    }
}

/// Whether these are the tokens of those numbers.
pub(crate) fn ids<'a>(tokens: impl IntoIterator<Item = &'a Token<'a>>, should: &[usize]) -> bool {
    tokens.into_iter().map(|t| t.id).eq(should.iter().copied())
}

// ---- How many there are ----

/// How many [`Counted`] there are.
pub(crate) static ALIVE: AtomicIsize = AtomicIsize::new(0);

/// A value that is counted: too few drops show as well as too many.
#[derive(PartialEq, Debug)]
pub(crate) struct Counted<P>(pub(crate) P);

impl<P> Counted<P> {
    pub(crate) fn new(value: P) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Self(value)
    }
}

impl<P: Clone> Clone for Counted<P> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<P> Drop for Counted<P> {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
    }
}

/// Runs a test, which must drop all that it counts and free all that it allocates.
pub(crate) fn balanced(test: impl FnOnce() -> Verdict) -> Verdict {
    ALIVE.store(0, Relaxed);
    audited(test)?;
    check_eq!(ALIVE.load(Relaxed), 0);
    Ok(())
}

// ---- Of no size ----

static NOTHINGS_DROPPED: AtomicUsize = AtomicUsize::new(0);

/// No bytes, but a drop that is noticed.
pub(crate) struct Nothing;

impl Drop for Nothing {
    fn drop(&mut self) {
        NOTHINGS_DROPPED.fetch_add(1, Relaxed);
    }
}

impl Clone for Nothing {
    fn clone(&self) -> Self {
        Nothing
    }
}

/// How many have been dropped since this was last asked.
pub(crate) fn nothings_dropped() -> usize {
    NOTHINGS_DROPPED.swap(0, Relaxed)
}
