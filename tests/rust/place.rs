// SPDX-License-Identifier: GPL-2.0

//! Values that are made where they stay, seen as something else, or kept by C.

use super::*;
use core::{
    cell::Cell,
    marker::PhantomPinned,
    mem::{size_of, size_of_val},
    pin::Pin,
    ptr,
    sync::atomic::Ordering::Relaxed,
};
use kernel::{error::code::EIO, ffi::c_void, prelude::*, types::ForeignOwnable};

/// Where a kernel keeps the function that makes an initialiser of a closure.
mod kvinit {
    #[cfg(not(CONFIG_KVMALLOC_PIN_INIT_CRATE))]
    pub(super) use kernel::init::{init_from_closure as from_closure, pin_init_from_closure};
    #[cfg(CONFIG_KVMALLOC_PIN_INIT_CRATE)]
    pub(super) use pin_init::{init_from_closure as from_closure, pin_init_from_closure};
}

/// An initialiser of an integer.
pub(crate) fn number_init(n: usize) -> impl Init<usize, Error> {
    let write = move |slot: *mut usize| {
        // SAFETY: The slot is there to be written.
        unsafe { slot.write(n) };
        Ok(())
    };

    // SAFETY: The closure writes the slot, and does not fail. An integer may move.
    unsafe { kvinit::from_closure(write) }
}

/// An initialiser of a token that fails for the number `bad`.
fn token_unless<'a>(ledger: &'a Ledger, n: usize, bad: usize) -> impl PinInit<Token<'a>, Error> {
    let write = move |slot: *mut Token<'a>| {
        if n == bad {
            return Err(EIO);
        }
        // SAFETY: The slot is there to be written.
        unsafe { slot.write(ledger.token()) };
        Ok(())
    };

    // SAFETY: The closure writes the slot or fails.
    unsafe { kvinit::pin_init_from_closure(write) }
}

/// An initialiser of a value that fails from number `bad` on.
pub(crate) fn value_until<T>(value: T, n: usize, bad: usize) -> impl Init<T, AllocError> {
    let write = move |slot: *mut T| {
        if n >= bad {
            return Err(AllocError);
        }
        // SAFETY: The slot is memory for a value, by the contract of an initialiser.
        unsafe { slot.write(value) };
        Ok(())
    };

    // SAFETY: The closure writes the slot or fails.
    unsafe { kvinit::from_closure(write) }
}

fn pin_slice_up_to_an_error() -> Verdict {
    fn test<A: Allocator + 'static>() -> Verdict {
        for bad in 0..=6 {
            let ledger = Ledger::new();
            let asked = Cell::new(0);
            let made: Result<Pin<Box<[_], A>>, Error> = Box::pin_slice(
                |n| {
                    asked.set(asked.get() + 1);
                    token_unless(&ledger, n, bad)
                },
                6,
                GFP_KERNEL,
            );

            check_eq!(ledger.born(), bad);
            match made {
                Ok(slice) => {
                    check_eq!((bad, asked.get(), ledger.alive()), (6, 6, 6));
                    check!(ids(&*slice, &[0, 1, 2, 3, 4, 5]));
                    drop(slice);
                }
                // All before that one, and nobody was asked for one after it.
                Err(error) => check_eq!((error, asked.get()), (EIO, bad + 1)),
            }
            check_eq!(ledger.alive(), 0);
        }
        Ok(())
    }
    with_each_allocator!(test)
}

fn pin_slice_without_memory() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(0);
    let made: Result<Pin<Box<[_], Audited>>, Error> =
        Box::pin_slice(|n| token_unless(&ledger, n, 9), 6, GFP_KERNEL);
    check!(made.is_err());
    check_eq!(ledger.born(), 0);
    let none: Pin<Box<[_], Audited>> =
        Box::pin_slice(|n| token_unless(&ledger, n, 9), 0, GFP_KERNEL)?;
    check!(none.is_empty());
    Audited::settle()
}

fn initialised_in_place() -> Verdict {
    fn test<A: Allocator + 'static>() -> Verdict {
        let ledger = Ledger::new();

        let failed: Result<Pin<Box<Token<'_>, A>>, Error> =
            Box::try_pin_init(token_unless(&ledger, 0, 0), GFP_KERNEL);
        check_eq!(failed.err(), Some(EIO));
        let made: Pin<Box<Token<'_>, A>> =
            Box::try_pin_init(token_unless(&ledger, 0, 1), GFP_KERNEL)?;
        check_eq!((made.id, ledger.alive()), (0, 1));
        drop(made);

        let room = Box::<Token<'_>, A>::new_uninit(GFP_KERNEL)?;
        let at = room.as_ptr().cast();
        let made = room.write_pin_init(token_unless(&ledger, 0, 1))?;
        check!(ptr::eq::<Token<'_>>(&*made, at));
        let failed = Box::<Token<'_>, A>::new_uninit(GFP_KERNEL)?
            .write_pin_init(token_unless(&ledger, 0, 0));
        check!(failed.is_err());
        drop(made);
        check_eq!((ledger.born(), ledger.alive()), (2, 0));

        let number: Box<usize, A> = Box::try_init(number_init(7), GFP_KERNEL)?;
        check_eq!(*number, 7);
        Ok(())
    }
    with_each_allocator!(test)
}

/// What only a test that knows the type behind it can tell.
pub(crate) trait Animal {
    fn legs(&self) -> usize;
}

struct Cat<'a>(#[allow(dead_code)] Token<'a>);

#[repr(align(512))]
struct Spider<'a>(Token<'a>);

impl Animal for Cat<'_> {
    fn legs(&self) -> usize {
        4
    }
}

impl Animal for Spider<'_> {
    fn legs(&self) -> usize {
        8.max(self.0.id)
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
        let ledger = Ledger::new();

        nothings_dropped();
        let zoo: [$box<dyn Animal + '_>; 3] = [
            $box::new(Cat(ledger.token()), GFP_KERNEL)?,
            $box::new(Spider(ledger.token()), GFP_KERNEL)?,
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
        check_eq!(ledger.alive(), 2);
        drop(spider);
        check_eq!(ledger.alive(), 1);
        drop(cat);
        check_eq!((ledger.alive(), nothings_dropped()), (0, 0));
        drop(nothing);
        check_eq!(nothings_dropped(), 1);

        let slice: $box<[Token<'_>]> =
            $box::new([ledger.token(), ledger.token()], GFP_KERNEL)?;
        check_eq!((slice.len(), ledger.alive()), (2, 2));
        drop(slice);
        check_eq!(ledger.alive(), 0);
        check_eq!(size_of::<Option<$box<dyn Animal>>>(), size_of::<&dyn Animal>());
    })*};
}

fn values_seen_as_less() -> Verdict {
    animals!(KBox VBox KVBox);
    Ok(())
}

/// May not move, as C has its address; and is counted.
struct Traveller {
    number: Counted<u8>,
    _pinned: PhantomPinned,
}

fn there_and_back() -> Verdict {
    fn test<A: Allocator + 'static>() -> Verdict {
        ALIVE.store(0, Relaxed);
        let traveller = Traveller {
            number: Counted::new(7),
            _pinned: PhantomPinned,
        };
        let b = Box::<_, A>::new(traveller, GFP_KERNEL)?;
        let at: *const Traveller = &*b;
        let foreign = b.into_foreign();
        check!(ptr::eq(at, foreign.cast()));
        // SAFETY: It came from such a box, which has not been taken back.
        check_eq!(unsafe { Box::<Traveller, A>::borrow(foreign) }.number.0, 7);
        // SAFETY: Likewise, and nothing borrows it any more.
        let b = unsafe { Box::<Traveller, A>::from_foreign(foreign) };
        check_eq!((b.number.0, ALIVE.load(Relaxed)), (7, 1));

        let foreign = Box::into_pin(b).into_foreign();
        check!(ptr::eq(at, foreign.cast()));
        // SAFETY: It came from such a pinned box, which has not been taken back.
        let pinned: Pin<&Traveller> = unsafe { Pin::<Box<Traveller, A>>::borrow(foreign) };
        check!(ptr::eq(at, &*pinned));
        // SAFETY: Likewise, and nothing borrows it any more.
        let back = unsafe { Pin::<Box<Traveller, A>>::try_from_foreign(foreign) };
        check!(back.is_some_and(|b| ptr::eq(at, &*b)));
        check_eq!(ALIVE.load(Relaxed), 0);

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
