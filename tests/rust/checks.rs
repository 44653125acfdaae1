// SPDX-License-Identifier: GPL-2.0

//! The macros that check a condition in a test. A module of each crate of tests.
//!
//! A crate has thousands of checks, many of them in generic functions, so what a failed check does
//! is not inlined into any: the compiler spends most of its time on LLVM's passes.

use core::fmt::Debug;
use kernel::pr_err;

/// The line of a check that did not hold.
pub(crate) struct Failed(pub(crate) u32);

pub(crate) type Verdict = Result<(), Failed>;

/// Reports a condition that does not hold.
#[cold]
#[inline(never)]
pub(crate) fn does_not_hold(module: &str, line: u32, condition: &str) -> Failed {
    pr_err!("{}:{}: does not hold: {}\n", module, line, condition);
    Failed(line)
}

/// Reports two values that should be equal.
#[cold]
#[inline(never)]
pub(crate) fn differs(
    module: &str,
    line: u32,
    expression: &str,
    is: &dyn Debug,
    should: &dyn Debug,
) -> Failed {
    pr_err!(
        "{}:{}: {} is {:?}, should be {:?}\n",
        module,
        line,
        expression,
        is,
        should
    );
    Failed(line)
}

/// Ends the test if the condition does not hold.
macro_rules! check {
    ($condition:expr) => {
        if !$condition {
            return Err($crate::checks::does_not_hold(
                module_path!(),
                line!(),
                stringify!($condition),
            ));
        }
    };
}

/// Ends the test if the two differ.
macro_rules! check_eq {
    ($is:expr, $should:expr) => {
        match (&$is, &$should) {
            (is, should) => {
                if !(*is == *should) {
                    return Err($crate::checks::differs(
                        module_path!(),
                        line!(),
                        stringify!($is),
                        &is,
                        &should,
                    ));
                }
            }
        }
    };
}
