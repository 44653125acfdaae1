// SPDX-License-Identifier: GPL-2.0

//! What a box is and does.

use super::*;
use core::{marker::PhantomPinned, mem::size_of, pin::Pin, ptr};
use kernel::pr_info;

fn box_holds_its_value() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let mut b = Box::<[u64; 9], A>::new([3; 9], GFP_KERNEL)?;

        check_eq!(*b, [3; 9]);
        b[8] = 4;
        check_eq!(b.iter().sum::<u64>(), 28);
        check_eq!(*b, [3, 3, 3, 3, 3, 3, 3, 3, 4]);
        b[0] = 0;
        check_eq!(Box::into_inner(b)[..2], [0, 3]);
        Ok(())
    }
    with_kernel_allocators!(test)
}

fn box_is_one_pointer() -> Verdict {
    check_eq!(size_of::<KVBox<u8>>(), size_of::<*mut u8>());
    check_eq!(size_of::<Option<KVBox<u8>>>(), size_of::<*mut u8>());
    check_eq!(size_of::<Option<VBox<[u8; 100]>>>(), size_of::<*mut u8>());
    check_eq!(size_of::<Option<KBox<()>>>(), size_of::<*mut ()>());
    check_eq!(size_of::<Option<KBox<[u8]>>>(), size_of::<*mut [u8]>());
    // C sees NULL for none.
    let none: Option<KBox<u8>> = None;
    // SAFETY: Both are one pointer, and an address may have any value.
    let address = unsafe { core::mem::transmute::<Option<KBox<u8>>, usize>(none) };
    check_eq!(address, 0);
    Ok(())
}

fn box_of_all_zeroes() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        for _ in 0..8 {
            let mut b = Box::<[u32; 1000], A>::zeroed(GFP_KERNEL)?;

            check!(b.iter().all(|n| *n == 0));
            // For the next round to find.
            b.fill(u32::MAX);
        }
        Ok(())
    }
    with_kernel_allocators!(test)?;

    // Not every kernel says of all allocators at once that NULL is no box.
    macro_rules! none {
        ($($boxed:ident)*) => {$(
            let mut none = $boxed::<Option<$boxed<u8>>>::zeroed(GFP_KERNEL)?;
            check!(none.is_none());
            *none = Some($boxed::new(1, GFP_KERNEL)?);
            check_eq!(none.as_deref(), Some(&1));
        )*};
    }
    none!(KBox VBox KVBox);

    let large = KVBox::<[u8; NOT_SLAB]>::zeroed(GFP_KERNEL)?;
    check_eq!(KVBox::backing(&large), Some(Backing::Vmalloc));
    check!(large.iter().all(|n| *n == 0));
    Ok(())
}

fn box_filled_in_later() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();

        // Room that is dropped has nothing to drop in it.
        drop(Box::<Token<'_>, A>::new_uninit(GFP_KERNEL)?);
        check_eq!(ledger.dropped(), 0);

        let room = Box::<Token<'_>, A>::new_uninit(GFP_KERNEL)?;
        let at = room.as_ptr();
        let b = room.write(ledger.token());
        check!(ptr::eq(at, &*b));
        check_eq!(ledger.dropped(), 0);
        drop(b);
        check_eq!(ledger.dropped(), 1);
        ledger.settle()
    }
    with_each_allocator!(test)
}

fn box_taken_apart() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();

        let b = Box::<_, A>::new(ledger.token(), GFP_KERNEL)?;
        let at: *const Token<'_> = &*b;
        let raw = Box::into_raw(b);
        check!(ptr::eq(at, raw));
        check_eq!(ledger.dropped(), 0);
        // SAFETY: It came from `into_raw` of such a box.
        let b = unsafe { Box::<_, A>::from_raw(raw) };
        check_eq!(b.id, 0);

        let leaked: &mut Token<'_> = Box::leak(b);
        check_eq!(ledger.dropped(), 0);
        check_eq!(leaked.id, 0);
        // SAFETY: The reference is to what the box held, and is not used any more.
        let b = unsafe { Box::<_, A>::from_raw(leaked) };

        let token = Box::into_inner(b);
        check_eq!(ledger.dropped(), 0);
        drop(token);
        ledger.settle()
    }
    with_each_allocator!(test)
}

fn box_contents_exchanged() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let b = Box::<_, Audited>::new(ledger.token(), GFP_KERNEL)?;
    let at: *const Token<'_> = &*b;
    let room = Box::drop_contents(b);
    check!(ledger.order_is(&[0]));
    check_eq!(Audited::live(), 1);

    let b = room.write(ledger.token());
    check!(ptr::eq(at, &*b));
    check_eq!(Audited::requests(), 1);
    drop(b);
    check!(ledger.order_is(&[0, 1]));
    ledger.settle()?;
    Audited::settle()
}

fn box_pinned() -> Verdict {
    let ledger = Ledger::new();

    Audited::begin(NO_LIMIT);
    let b = Box::<_, Audited>::new((ledger.token(), PhantomPinned), GFP_KERNEL)?;
    let at: *const (Token<'_>, PhantomPinned) = &*b;
    let pinned = Box::into_pin(b);
    let moved = pinned;
    check!(ptr::eq(at, &*moved));
    drop(moved);

    let pinned: Pin<Box<_, Audited>> = Box::pin(ledger.token(), GFP_KERNEL)?;
    check_eq!(pinned.id, 1);
    drop(pinned);
    ledger.settle()?;
    Audited::settle()
}

fn box_of_a_slice() -> Verdict {
    fn test<A: Allocator>() -> Verdict {
        let ledger = Ledger::new();
        let (first, len, _) = ledger.tokens::<A>(5)?.into_raw_parts();

        // SAFETY: The block was made for five tokens, which are all there.
        let b =
            unsafe { Box::<[Token<'_>], A>::from_raw(ptr::slice_from_raw_parts_mut(first, len)) };
        check_eq!(b.len(), 5);
        check!(ids(&*b, &[0, 1, 2, 3, 4]));
        drop(b);
        check!(ledger.order_is(&[0, 1, 2, 3, 4]));
        Ok(())
    }
    with_each_allocator!(test)
}

fn box_printed_as_its_value() -> Verdict {
    let b = KVBox::new(-42, GFP_KERNEL)?;

    check_eq!(Text::of(format_args!("{:?}", b))?.as_bytes(), b"-42");
    check_eq!(Text::of(format_args!("{:>5?}", b))?.as_bytes(), b"  -42");

    let nested = KBox::new(KVBox::new(Some("x"), GFP_KERNEL)?, GFP_KERNEL)?;
    check_eq!(
        Text::of(format_args!("{:?}", nested))?.as_bytes(),
        b"Some(\"x\")"
    );

    // The kernel's own macro, which uses its own Display where it has one. In some kernels it is
    // in the root of the crate, in others in the prelude.
    let nested = KBox::new(KBox::new("text", GFP_KERNEL)?, GFP_KERNEL)?;
    let (shown, nested, debug) = {
        // The prelude hides names of this file, hence nothing else is done here.
        #[allow(unused_imports)]
        use kernel::{fmt, prelude::*};

        (
            Text::of(fmt!("<{}>", b))?,
            Text::of(fmt!("{}", nested))?,
            Text::of(fmt!("{:?}", b))?,
        )
    };
    check_eq!(shown.as_bytes(), b"<-42>");
    check_eq!(nested.as_bytes(), b"text");
    check_eq!(debug.as_bytes(), b"-42");
    pr_info!("a box of -42 prints as {}\n", b);
    Ok(())
}

fn box_tells_its_backing() -> Verdict {
    check_eq!(
        KVBox::backing(&KVBox::new(1u8, GFP_KERNEL)?),
        Some(Backing::Slab)
    );
    check_eq!(KVBox::backing(&KVBox::new((), GFP_KERNEL)?), None);
    check_eq!(
        KVBox::backing(&KVBox::<[u8; NOT_SLAB]>::new_uninit(GFP_KERNEL)?),
        Some(Backing::Vmalloc)
    );
    Ok(())
}

suite! {
    /// What a box is and does.
    kvmalloc_rust_box_cases:
    box_holds_its_value,
    box_is_one_pointer,
    box_of_all_zeroes,
    box_filled_in_later,
    box_taken_apart,
    box_contents_exchanged,
    box_pinned,
    box_of_a_slice,
    box_printed_as_its_value,
    box_tells_its_backing,
}
