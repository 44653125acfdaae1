// SPDX-License-Identifier: GPL-2.0

//! How a test in Rust is written, and how C gets at it: `rust_suite.h`.

use crate::checks::Failed;
use core::{fmt, ptr::null};
use kernel::{
    alloc::{
        kvec::{
            ExtendError, InsertError, PartError, PushError, RangeError, RemoveError, ShrinkError,
            SpliceError, TryInsertError,
        },
        AllocError, Allocator,
    },
    error::Error,
    ffi::{c_char, c_int},
    pr_err,
};

/// Lets `?` fail a test, at the line it stands on.
macro_rules! fails_a_test {
    ($(<$($param:ident),*> $error:ty),* $(,)?) => {$(
        impl<$($param),*> From<$error> for Failed {
            #[track_caller]
            fn from(_: $error) -> Self {
                let line = core::panic::Location::caller().line();

                pr_err!("line {}: {}\n", line, stringify!($error));
                Failed(line)
            }
        }
    )*};
}

fails_a_test! {
    <> AllocError, <> Error, <> RemoveError, <> RangeError, <> PartError, <> fmt::Error,
    <> core::alloc::LayoutError, <T> PushError<T>, <T> InsertError<T>, <T> TryInsertError<T>,
}

impl<I: Iterator> From<ExtendError<I>> for Failed {
    #[track_caller]
    fn from(_: ExtendError<I>) -> Self {
        Error::from(AllocError).into()
    }
}

impl<T, A: Allocator, I: Iterator<Item = T>> From<SpliceError<'_, T, A, I>> for Failed {
    #[track_caller]
    fn from(e: SpliceError<'_, T, A, I>) -> Self {
        Error::from(e).into()
    }
}

impl<T, A: Allocator> From<ShrinkError<T, A>> for Failed {
    #[track_caller]
    fn from(_: ShrinkError<T, A>) -> Self {
        Error::from(AllocError).into()
    }
}

/// One test, as `struct rust_case` in `rust_suite.h`.
#[repr(C)]
pub(crate) struct Case {
    pub(crate) name: *const c_char,
    pub(crate) run: Option<extern "C" fn() -> c_int>,
}

// SAFETY: Both members are read only, and point to what is.
unsafe impl Sync for Case {}

impl Case {
    /// Ends a table.
    pub(crate) const END: Self = Self {
        name: null(),
        run: None,
    };
}

/// Exports a table of tests.
macro_rules! suite {
    ($(#[$doc:meta])* $table:ident: $($(#[$attr:meta])* $test:ident),* $(,)?) => {
        $(#[$doc])*
        #[no_mangle]
        static $table: [$crate::cases::Case; [$($(#[$attr])* stringify!($test)),*].len() + 1] = [
            $($(#[$attr])* $crate::cases::Case {
                name: concat!(stringify!($test), "\0").as_ptr().cast(),
                run: {
                    extern "C" fn run() -> kernel::ffi::c_int {
                        match $test() {
                            Ok(()) => 0,
                            Err($crate::checks::Failed(line)) => line as kernel::ffi::c_int,
                        }
                    }
                    Some(run)
                },
            },)*
            $crate::cases::Case::END,
        ];
    };
}
