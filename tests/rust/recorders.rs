// SPDX-License-Identifier: GPL-2.0

//! What a value prints, and what it feeds to a hasher.

use super::*;
use core::{
    fmt::{self, Write},
    hash::{Hash, Hasher},
};

/// Text in a fixed place, to see what `Debug` and `Display` print.
pub(crate) struct Text {
    bytes: [u8; 64],
    len: usize,
}

impl Text {
    pub(crate) fn of(args: fmt::Arguments<'_>) -> Result<Self, Failed> {
        let mut text = Self {
            bytes: [0; 64],
            len: 0,
        };

        text.write_fmt(args)?;
        Ok(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let room = self.bytes[self.len..]
            .get_mut(..s.len())
            .ok_or(fmt::Error)?;

        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

/// Hashes by remembering all that it is fed.
#[derive(PartialEq, Debug)]
pub(crate) struct Fed([u8; 64], usize);

impl Hasher for Fed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0[self.1 % 64] ^= *byte;
            self.1 += 1;
        }
    }

    fn finish(&self) -> u64 {
        self.1 as u64
    }
}

pub(crate) fn hash_of(value: &(impl Hash + ?Sized)) -> Fed {
    let mut fed = Fed([0; 64], 0);

    value.hash(&mut fed);
    fed
}
