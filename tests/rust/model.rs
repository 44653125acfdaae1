// SPDX-License-Identifier: GPL-2.0

//! Vectors beside a model of them, a plain array, for long random sequences of calls.

use super::*;

/// A sequence that is the same in every run (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

const MODEL: usize = 256;

/// A vector done the plain way: an array and a length.
struct Model {
    slots: [u32; MODEL],
    len: usize,
}

impl Model {
    fn insert(&mut self, at: usize, value: u32) {
        for i in (at..self.len).rev() {
            self.slots[i + 1] = self.slots[i];
        }
        self.slots[at] = value;
        self.len += 1;
    }

    fn remove(&mut self, at: usize) -> u32 {
        let value = self.slots[at];

        for i in at + 1..self.len {
            self.slots[i - 1] = self.slots[i];
        }
        self.len -= 1;
        value
    }
}

/// Does the same to a vector and to a model of it, `steps` times, and compares after each.
fn compare_with_model<A: Allocator>(seed: u64, steps: usize) -> Verdict {
    let mut random = Random(seed);
    let mut model = Model {
        slots: [0; MODEL],
        len: 0,
    };
    let mut v = Vec::<u32, A>::new();

    for step in 0..steps {
        let value = step as u32;
        let room = MODEL - model.len;
        let some = random.below(room.min(20) + 1);

        match random.below(16) {
            0..=2 if room > 0 => {
                v.push(value, GFP_KERNEL)?;
                model.insert(model.len, value);
            }
            3 if room > 0 => {
                let fits = v.len() < v.capacity();
                check_eq!(v.push_within_capacity(value).is_ok(), fits);
                if fits {
                    model.insert(model.len, value);
                }
            }
            4 | 5 if room > 0 => {
                let at = random.below(model.len + 1);
                v.reserve(1, GFP_KERNEL)?;
                v.insert_within_capacity(at, value)?;
                model.insert(at, value);
            }
            6 => {
                let last = (model.len > 0).then(|| model.remove(model.len - 1));
                check_eq!(v.pop(), last);
            }
            7 | 8 if model.len > 0 => {
                let at = random.below(model.len);
                check_eq!(v.remove(at)?, model.remove(at));
            }
            9 => {
                v.extend_with(some, value, GFP_KERNEL)?;
                (0..some).for_each(|_| model.insert(model.len, value));
            }
            10 => {
                let more = [value, !value, 7, 8, 9];
                let more = &more[..some.min(5)];
                v.extend_from_slice(more, GFP_KERNEL)?;
                more.iter().for_each(|n| model.insert(model.len, *n));
            }
            11 => {
                let len = random
                    .below(model.len + 1)
                    .max(model.len.saturating_sub(30));
                v.truncate(len);
                model.len = model.len.min(len);
            }
            12 => {
                let len = (model.len + some).saturating_sub(random.below(20));
                v.resize(len, value, GFP_KERNEL)?;
                while model.len < len {
                    model.insert(model.len, value);
                }
                model.len = len;
            }
            13 if model.len > 100 => {
                let (m, r) = (random.below(7) as u32 + 2, random.below(2) as u32);
                v.retain(|n| *n % m != r);
                for i in (0..model.len).rev() {
                    if model.slots[i] % m == r {
                        model.remove(i);
                    }
                }
            }
            14 => v.shrink_to(random.below(MODEL), GFP_KERNEL)?,
            15 if random.below(8) == 0 => {
                let mut iter = v.into_iter();
                for _ in 0..some.min(model.len) {
                    check_eq!(iter.next(), Some(model.remove(0)));
                }
                v = iter.collect(GFP_KERNEL);
            }
            _ => (),
        }

        check_eq!(v.len(), model.len);
        check!(v.capacity() >= v.len());
        check_eq!(v.as_slice(), &model.slots[..model.len]);
    }

    let mut left = 0;
    for n in v.drain_all() {
        check_eq!(n, model.slots[left]);
        left += 1;
    }
    check_eq!(left, model.len);
    Ok(())
}

fn model_kmalloc() -> Verdict {
    compare_with_model::<Kmalloc>(0x6b6d_616c_6c6f_6321, 20_000)
}

fn model_vmalloc() -> Verdict {
    compare_with_model::<Vmalloc>(0x766d_616c_6c6f_6321, 5_000)
}

fn model_kvmalloc() -> Verdict {
    compare_with_model::<KVmalloc>(0x6b76_6d61_6c6c_6f63, 20_000)
}

fn model_audited() -> Verdict {
    audited(|| compare_with_model::<Audited>(0x6175_6469_7465_6421, 20_000))
}

suite! {
    /// Long random sequences of calls do what they do to a plain array.
    kvmalloc_rust_model_cases:
    model_kmalloc,
    model_vmalloc,
    model_kvmalloc,
    model_audited,
}
