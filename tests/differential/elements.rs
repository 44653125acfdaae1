// SPDX-License-Identifier: GPL-2.0

//! The kinds of elements.

use super::books::{count, BOOKS};
use core::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    mem,
    sync::atomic::Ordering::Relaxed,
};

/// What vectors and boxes hold: something that has a value, and is in the books until it is
/// dropped.
pub(crate) trait Element: Clone + Ord + Hash + 'static {
    /// What there is of a value.
    const MASK: u32;

    fn new(value: u32) -> Self;
    fn value(&self) -> u32;
}

/// A kind of element, for either side.
pub(crate) trait Kind {
    type Of<const SIDE: usize>: Element;
}

/// Defines elements of no size. They have but one value, so all that the books can tell is how many
/// there are.
macro_rules! sizeless {
    ($($(#[$attribute:meta])* $name:ident;)*) => {$(
        $(#[$attribute])*
        pub(crate) struct $name<const SIDE: usize>;

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

    /// No size, but not at any address. Errors and iterators that may hold one are as large as this
    /// several times over, so a page would be too much for the stack.
    #[repr(align(256))]
    Edge;
}

/// Defines elements that know their number in the books.
macro_rules! numbered {
    ($(
        $(#[$attribute:meta])*
        $name:ident { $($field:ident: $type:ty = |$number:ident| $made:expr),* }
    )*) => {$(
        $(#[$attribute])*
        pub(crate) struct $name<const SIDE: usize> {
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
pub(crate) struct Byte<const SIDE: usize>(u8);

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

/// Clones are elements like others, and elements are compared by their values.
macro_rules! values {
    ($($name:ident)*) => {$(
        impl<const SIDE: usize> Clone for $name<SIDE> {
            fn clone(&self) -> Self {
                Self::new(self.value())
            }
        }

        impl<const SIDE: usize> PartialEq for $name<SIDE> {
            fn eq(&self, other: &Self) -> bool {
                self.value() == other.value()
            }
        }

        impl<const SIDE: usize> Eq for $name<SIDE> {}

        impl<const SIDE: usize> PartialOrd for $name<SIDE> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl<const SIDE: usize> Ord for $name<SIDE> {
            fn cmp(&self, other: &Self) -> Ordering {
                self.value().cmp(&other.value())
            }
        }

        impl<const SIDE: usize> Hash for $name<SIDE> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.value().hash(state);
            }
        }
    )*};
}

values! { Nothing Edge Byte Triple Block256 }

const _: () = {
    assert!(mem::size_of::<Nothing<0>>() == 0);
    assert!(mem::size_of::<Byte<0>>() == 1);
    assert!(mem::size_of::<Triple<0>>() == 24);
    assert!(mem::size_of::<Edge<0>>() == 0 && mem::align_of::<Edge<0>>() == 256);
    assert!(mem::size_of::<Block256<0>>() == 256 && mem::align_of::<Block256<0>>() == 256);
};

/// Each [`Kind`] is a type without a value.
macro_rules! kinds {
    ($($kind:ident: $name:ident;)*) => {$(
        pub(crate) struct $kind;

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
