// SPDX-License-Identifier: GPL-2.0

//! Values that are made where they stay, seen as something else, or kept by C.

use super::*;

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
