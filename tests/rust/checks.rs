// SPDX-License-Identifier: GPL-2.0

//! What a test in Rust says when something is not so. A module of each crate of tests.

/// The line of a check that did not hold.
pub(crate) struct Failed(pub(crate) u32);

pub(crate) type Verdict = Result<(), Failed>;

/// Ends the test if the condition does not hold.
macro_rules! check {
    ($condition:expr) => {
        if !$condition {
            pr_err!(
                "{}:{}: not so: {}\n",
                module_path!(),
                line!(),
                stringify!($condition)
            );
            return Err(Failed(line!()));
        }
    };
}

/// Ends the test if the two differ.
macro_rules! check_eq {
    ($is:expr, $should:expr) => {
        match (&$is, &$should) {
            (is, should) => {
                if !(*is == *should) {
                    pr_err!(
                        "{}:{}: {} is {:?}, should be {:?}\n",
                        module_path!(),
                        line!(),
                        stringify!($is),
                        is,
                        should
                    );
                    return Err(Failed(line!()));
                }
            }
        }
    };
}
