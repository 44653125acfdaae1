// SPDX-License-Identifier: GPL-2.0

//! Types that own values are covariant in them, as upstream's and std's are.
//!
//! Each `shorten` returns a value of a type with a longer lifetime where one with a shorter
//! lifetime is due. That compiles only if the type is covariant in the lifetime.

use kernel::{
    alloc::{
        kvec::{
            IntoIter,
            PushError, //
        },
        rcu::RcuBox,
        Allocator,
        KSecretBox,
        KVNonBlockingBox,
        KVNonBlockingVec,
        KVSecretVec,
        KVmalloc,
        Kmalloc,
        Spare,
        Vmalloc, //
    },
    prelude::*, //
};

module! {
    type: Case,
    name: "compile_pass",
    description: "Owners of values that outlive what is demanded",
    license: "GPL",
}

struct Case;

macro_rules! covariant {
    ($($name:ident<$lifetime:lifetime> = $owner:ty;)*) => {$(
        mod $name {
            use super::*;

            type Of<$lifetime> = $owner;

            #[allow(dead_code)] // Type checking is the test.
            fn shorten<'short>(long: Of<'static>) -> Of<'short> {
                long
            }
        }
    )*};
}

covariant! {
    kbox<'a> = KBox<&'a str>;
    vbox<'a> = VBox<&'a str>;
    kvbox<'a> = KVBox<&'a str>;
    pinned<'a> = Pin<KVBox<&'a str>>;
    boxed_slice<'a> = KVBox<[&'a str]>;
    trait_object<'a> = KVBox<dyn core::fmt::Debug + 'a>;
    kvec<'a> = KVec<&'a str>;
    vvec<'a> = VVec<&'a str>;
    kvvec<'a> = KVVec<&'a str>;
    nested<'a> = KVVec<KBox<&'a str>>;
    into_iter<'a> = IntoIter<&'a str, KVmalloc>;
    into_iter_of_area<'a> = IntoIter<&'a str, Vmalloc>;
    secret_box<'a> = KSecretBox<&'a str>;
    secret_vec<'a> = KVSecretVec<&'a str>;
    nonblocking_box<'a> = KVNonBlockingBox<&'a str>;
    nonblocking_vec<'a> = KVNonBlockingVec<&'a str>;
    rcu_box<'a> = RcuBox<&'a str>;
    rcu_box_of_slab<'a> = RcuBox<&'a str, Kmalloc>;
    spare<'a> = Spare<&'a str, KVmalloc>;
    push_error<'a> = PushError<&'a str>;
}

#[allow(dead_code)] // Type checking is the test.
fn shorten_with_any_allocator<'short, A: Allocator>(
    boxed: Box<&'static str, A>,
    vec: Vec<&'static str, A>,
    iter: IntoIter<&'static str, A>,
) -> (
    Box<&'short str, A>,
    Vec<&'short str, A>,
    IntoIter<&'short str, A>,
) {
    (boxed, vec, iter)
}

/// A reference to an owner is as covariant as the owner is.
fn longest<'short>(words: &KVVec<&'short str>, other: &'short str) -> &'short str {
    words
        .iter()
        .copied()
        .fold(other, |a, b| if b.len() > a.len() { b } else { a })
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let words: KVVec<&'static str> = KVVec::from_elem("static", 3, GFP_KERNEL)?;
        let own = KVVec::from_elem(b'a', 9, GFP_KERNEL)?;
        let own = core::str::from_utf8(&own)?;

        pr_info!("{}\n", longest(&words, own));
        Ok(Self)
    }
}
