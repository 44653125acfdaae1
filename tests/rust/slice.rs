// SPDX-License-Identifier: GPL-2.0

//! Slices and text in boxes, however they come to be.

use super::{place::number_init, *};
use core::{mem::size_of_val, ptr};
use kernel::error::code::EINVAL;

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

fn slice_of_no_size() -> Verdict {
    #[derive(Clone, Copy)]
    #[repr(align(8192))]
    struct Far;

    Audited::begin(0);
    check!(Box::<[u64], Audited>::new_uninit_slice(0, GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Audited>::zeroed_slice(0, GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Audited>::from_slice(&[], GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Audited>::from_iter([], GFP_KERNEL)?.is_empty());
    check!(Box::<[u64], Audited>::default().is_empty());
    check_eq!(Box::<[u64], Audited>::default().into_iter().count(), 0);
    check!(Box::<str, Audited>::default().is_empty());
    check!(Box::<str, Audited>::from_str("", GFP_KERNEL)?.is_empty());
    check!(is_aligned(
        Box::<[Far], Audited>::default().as_ptr(),
        align_of_far()
    ));

    nothings_dropped();
    let many: Box<[Nothing], Audited> = Box::from_iter((0..1000).map(|_| Nothing), GFP_KERNEL)?;
    check_eq!((many.len(), size_of_val(&*many)), (1000, 0));
    drop(many);
    check_eq!(nothings_dropped(), 1000);

    let far: Box<[Far], Audited> = Box::from_slice(&[Far; 5], GFP_KERNEL)?;
    check!(is_aligned(far.as_ptr(), align_of_far()));
    check_eq!(far.into_iter().count(), 5);
    check_eq!(Audited::requests(), 0);
    return Audited::settle();

    fn align_of_far() -> usize {
        core::mem::align_of::<Far>()
    }
}

fn slice_too_long() -> Verdict {
    check!(KVBox::<[u64]>::new_uninit_slice(usize::MAX, quiet()).is_err());
    check!(KVBox::<[u64]>::zeroed_slice(usize::MAX / 8, quiet()).is_err());
    check!(KBox::<[u8]>::new_uninit_slice(NOT_SLAB, quiet()).is_err());
    // An iterator that promises what it will not keep, and cannot be believed.
    let endless: Result<KVBox<[u8]>, _> = Box::from_iter(core::iter::repeat(1), quiet());
    check!(endless.is_err());
    let large = KVBox::<[u8]>::zeroed_slice(NOT_SLAB, GFP_KERNEL)?;
    check_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    Ok(())
}

fn slice_without_memory() -> Verdict {
    let ledger = Ledger::new();

    with_ever_more_memory(1..20, || {
        // The iterator does not say how many there are, so there are several requests.
        let known = ledger.born();
        let iter = ledger.stream(40).filter(|_| true);
        let made: Result<Box<[_], Audited>, _> = Box::from_iter(iter, GFP_KERNEL);

        match made {
            Ok(b) => {
                check_eq!(b.len(), 40);
                check!(b.iter().all(|w| w.id >= known));
                drop(b);
                check_eq!(ledger.alive(), 0);
                Ok(true)
            }
            Err(AllocError) => {
                // What the iterator had returned by then is gone too.
                check_eq!(ledger.alive(), 0);
                Ok(false)
            }
        }
    })?;

    let source = KVVec::from_elem(ledger.token(), 5, GFP_KERNEL)?;
    let born = ledger.born();
    Audited::begin(0);
    check!(Box::<[_], Audited>::from_slice(&source, GFP_KERNEL).is_err());
    check_eq!(ledger.born(), born);
    let b: KBox<[_]> = Box::from_slice(&source, GFP_KERNEL)?;
    check_eq!(ledger.alive(), 10);
    let c = Box::try_clone(&b, GFP_KERNEL)?;
    check_eq!(ledger.alive(), 15);
    drop((b, c, source));
    check_eq!(ledger.alive(), 0);
    Audited::settle()
}

fn slice_iterated() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();
        let mut b: Box<[_], A> = Box::from_iter(ledger.stream(5), GFP_KERNEL)?;

        check!(ids(&*b, &[0, 1, 2, 3, 4]));
        check_eq!((&b).into_iter().count(), 5);
        for token in &mut b {
            token.id += 10;
        }
        let mut iter = Vec::from(b).into_iter();
        check_eq!(iter.next().map(|w| w.id), Some(10));
        check_eq!(ledger.alive(), 4);
        drop(iter);
        check_eq!(ledger.alive(), 0);
        Ok(())
    }
    with_each_allocator!(test)
}

fn boxes_compared() -> Verdict {
    let (one, two) = (KBox::new(1, GFP_KERNEL)?, KBox::new(2, GFP_KERNEL)?);
    check!(one < two && one != two && one == KVBox::new(1, GFP_KERNEL)?);
    check!(one.cmp(&two).is_lt() && one.partial_cmp(&one).is_some_and(|o| o.is_eq()));
    check_eq!(hash_of(&one), hash_of(&1));
    let (this, that) = (
        KBox::new(Unlike, GFP_KERNEL)?,
        KBox::new(Unlike, GFP_KERNEL)?,
    );
    check!(this != that && this.partial_cmp(&that).is_none());

    let abc: KBox<[u8]> = Box::from_slice(b"abc", GFP_KERNEL)?;
    let abd: KVBox<[u8]> = Box::from_slice(b"abd", GFP_KERNEL)?;
    let ab: VBox<[u8]> = Box::from_slice(b"ab", GFP_KERNEL)?;
    check!(abc < abd && ab < abc && abc != abd);
    check_eq!(hash_of(&abc), hash_of(&b"abc"[..]));

    let text: KBox<str> = Box::from_str("abc", GFP_KERNEL)?;
    check!(text == KVBox::<str>::from_str("abc", GFP_KERNEL)?);
    check_eq!(hash_of(&text), hash_of("abc"));
    check_eq!(*Box::try_clone(&two, GFP_KERNEL)?, 2);
    Ok(())
}

fn box_cloned() -> Verdict {
    let ledger = Ledger::new();

    with_ever_more_memory(1..20, || {
        let Ok(b) = Box::<_, Audited>::new(ledger.token(), GFP_KERNEL) else {
            check_eq!(ledger.alive(), 0);
            return Ok(false);
        };
        let born = ledger.born();
        let clone = Box::try_clone(&b, GFP_KERNEL);

        check_eq!(ledger.alive(), 1 + usize::from(clone.is_ok()));
        check_eq!(ledger.born(), born + usize::from(clone.is_ok()));
        Ok(clone.is_ok())
    })?;
    check_eq!(ledger.alive(), 0);
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
