// SPDX-License-Identifier: GPL-2.0

//! How a test in Rust is written, and how C gets at it: `rust_suite.h`.

use core::ptr::null;
use kernel::ffi::{c_char, c_int};

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

/// One test, as `struct rust_case` in `rust_suite.h`.
#[repr(C)]
pub struct Case {
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
    ($(#[$doc:meta])* $table:ident: $($test:ident),* $(,)?) => {
        $(#[$doc])*
        #[no_mangle]
        pub static $table: [Case; [$(stringify!($test)),*].len() + 1] = [
            $(Case {
                name: concat!(stringify!($test), "\0").as_ptr().cast(),
                run: {
                    extern "C" fn run() -> c_int {
                        match $test() {
                            Ok(()) => 0,
                            Err(Failed(line)) => line as c_int,
                        }
                    }
                    Some(run)
                },
            },)*
            Case::END,
        ];
    };
}
