// SPDX-License-Identifier: GPL-2.0

//! `/dev/kvbuf_rust`: a file in memory that grows as it is written to.
//!
//! An example for authors of drivers: how to keep a buffer of any size in a [`KVVec`], and never
//! ask whether it is a slab object or vmalloc memory. `kvbuf_c.c` is the same driver in C, and says
//! what the file does. `kvbuf_rust_shim.c` is the part of this one that has to be C: it fills in
//! `struct file_operations`, for which not every kernel has a Rust abstraction.
//!
//! One difference is left: who waits for the [`Mutex`] here does so until it is their turn, where
//! in C a signal can end the waiting. Copies and gaps heed signals in both.

use core::cmp::min;
use kernel::{
    alloc::Backing,
    error::to_result,
    ffi::{c_int, c_void},
    new_mutex,
    page::PAGE_SIZE,
    prelude::*,
    sync::Mutex,
    uaccess::{UserPtr, UserSlice, UserSliceReader},
};

module! {
    type: KvBufModule,
    name: "kvbuf_rust",
    description: "KVVec sample driver: a growing buffer",
    license: "GPL",
}

/// A gap is zeroed in pieces of this size; between two, look for signals.
const STEP: usize = 64 << 10;

/// What is behind the device.
struct Buffer {
    /// How many open files there are; `data` is empty and has no capacity without any.
    opens: usize,
    /// The file. `len()` is its length.
    data: KVVec<u8>,
    /// How often `data` was allocated anew since it was empty.
    reallocs: usize,
}

impl Buffer {
    const fn new() -> Self {
        Self {
            opens: 0,
            data: KVVec::new(),
            reallocs: 0,
        }
    }

    fn reset(&mut self) {
        self.data = KVVec::new();
        self.reallocs = 0;
    }

    /// Makes room for `need` bytes.
    ///
    /// How much to ask for is up to the user, so charge it to them, and do not fill the log when it
    /// fails. [`KVVec`] at least doubles if it can, which makes the cost of all copying
    /// proportional to the final size, however small the steps are.
    fn reserve(&mut self, need: usize) -> Result {
        let old_cap = self.data.capacity();
        let more = need.saturating_sub(self.data.len());

        self.data.reserve(more, GFP_KERNEL_ACCOUNT | __GFP_NOWARN)?;
        if self.data.capacity() != old_cap {
            self.reallocs += 1;
        }
        Ok(())
    }

    /// Moves the end of the file up to `pos`, over a gap of zeros.
    ///
    /// A signal ends that early, and then the end goes back to where it was.
    fn fill_gap(&mut self, pos: usize) -> Result {
        let old_len = self.data.len();

        while self.data.len() < pos {
            let len = min(pos, self.data.len() + STEP);

            self.data
                .resize(len, 0, GFP_KERNEL_ACCOUNT | __GFP_NOWARN)?;
            if len < pos && interrupted() {
                self.data.truncate(old_len);
                return Err(ERESTARTSYS);
            }
        }
        Ok(())
    }

    fn read(&self, to: usize, count: usize, pos: usize) -> Result<usize> {
        let data = self.data.get(pos..).unwrap_or(&[]);
        let count = min(count, data.len());
        let mut writer = UserSlice::new(UserPtr::from_addr(to), count).writer();
        let mut done = 0;

        while done < count {
            let n = chunk(to.wrapping_add(done), count - done);

            match writer.write_slice(&data[done..done + n]) {
                Err(e) if done == 0 => return Err(e),
                Err(_) => break,
                Ok(()) => done += n,
            }
            if done < count && interrupted() {
                break;
            }
        }
        Ok(done)
    }

    fn write(&mut self, from: usize, count: usize, pos: usize, limit: usize) -> Result<usize> {
        let old_len = self.data.len();
        if pos >= limit {
            return Err(EFBIG);
        }
        let count = min(count, limit - pos);
        let mut reader = UserSlice::new(UserPtr::from_addr(from), count).reader();
        let mut done = 0;

        self.reserve(pos + count)?;
        self.fill_gap(pos)?;

        while done < count {
            let n = chunk(from.wrapping_add(done), count - done);

            match self.write_chunk(&mut reader, n, pos + done) {
                Err(e) if done == 0 => {
                    // What nothing was written behind is no gap.
                    self.data.truncate(old_len);
                    return Err(e);
                }
                Err(_) => break,
                Ok(n) => done += n,
            }
            if done < count && interrupted() {
                break;
            }
        }
        Ok(done)
    }

    /// Replaces up to `n` bytes at `pos`, or appends `n` bytes if the file ends there.
    fn write_chunk(&mut self, reader: &mut UserSliceReader, n: usize, pos: usize) -> Result<usize> {
        let old = &mut self.data[pos..];

        if old.is_empty() {
            self.data
                .extend_from_user(reader, n, GFP_KERNEL_ACCOUNT | __GFP_NOWARN)?;
            Ok(n)
        } else {
            let n = min(n, old.len());

            // Ask first: what cannot be copied leaves zeros, and there is data that this write then
            // does not replace.
            reader.clone_reader().read::<u8>()?;
            reader.read_slice(&mut old[..n])?;
            Ok(n)
        }
    }
}

/// How much to copy at a time: up to the end of the user's page.
///
/// Either all of that is accessible or nothing, which makes it easy to stop at a fault with
/// everything in order.
fn chunk(addr: usize, count: usize) -> usize {
    min(count, PAGE_SIZE - addr % PAGE_SIZE)
}

/// Between two steps or chunks: is there a reason to leave it at the first?
fn interrupted() -> bool {
    cond_resched();
    current!().signal_pending()
}

/// Makes a [`UserPtr`] where it is an integer; where it is not, it has this method by itself.
#[allow(dead_code)]
trait FromAddr {
    fn from_addr(addr: usize) -> Self;
}

impl FromAddr for usize {
    fn from_addr(addr: usize) -> Self {
        addr
    }
}

/// What `show_fdinfo` prints; the same struct is in `kvbuf_rust_shim.c`.
#[repr(C)]
pub struct Info {
    len: usize,
    cap: usize,
    reallocs: usize,
    backing: c_int,
}

// What kvbuf_rust_shim.c has for this file.
extern "C" {
    fn kvbuf_rust_register(buffer: *const c_void) -> c_int;
    fn kvbuf_rust_deregister();
    fn kvbuf_rust_cond_resched();
}

/// Lets others run, if it is their turn.
fn cond_resched() {
    // SAFETY: Only called where sleeping is allowed: by system calls that hold nothing but a mutex.
    unsafe { kvbuf_rust_cond_resched() }
}

/// The device node; exists as long as this does.
struct Device;

impl Device {
    /// # Safety
    ///
    /// `buffer` must stay where it is until the device is gone and its last file closed.
    unsafe fn register(buffer: &Mutex<Buffer>) -> Result<Self> {
        let buffer: *const Mutex<Buffer> = buffer;

        // SAFETY: By the requirement above, what C hands back to us later will still be valid.
        to_result(unsafe { kvbuf_rust_register(buffer.cast()) })?;
        Ok(Self)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: Registered, or there would be no `Device`.
        unsafe { kvbuf_rust_deregister() };
    }
}

struct KvBufModule {
    // Fields are dropped in this order: first the door, then the room.
    _device: Device,
    _buffer: Pin<KBox<Mutex<Buffer>>>,
}

impl kernel::Module for KvBufModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let buffer = KBox::pin_init(new_mutex!(Buffer::new(), "kvbuf"), GFP_KERNEL)?;

        Ok(Self {
            // SAFETY: The buffer is pinned and the module keeps it until it is unloaded. That takes
            // the device with it, and cannot be while a file is open, for that holds the module.
            _device: unsafe { Device::register(&buffer)? },
            _buffer: buffer,
        })
    }
}

/// Turns what C hands us back into what it was.
///
/// # Safety
///
/// `buffer` must be what [`Device::register`] gave to C, in a call of a file operation.
unsafe fn from_c<'a>(buffer: *const c_void) -> &'a Mutex<Buffer> {
    // SAFETY: It was a reference when it was registered, and by the requirement on `register` it is
    // valid for as long as files are open. A mutex may be shared.
    unsafe { &*buffer.cast() }
}

/// The number of bytes, or the negative error code, as file operations return it.
fn into_c(result: Result<usize>) -> isize {
    match result {
        // At most `isize::MAX`, for no memory is larger.
        Ok(n) => n as isize,
        Err(e) => e.to_errno() as isize,
    }
}

/// # Safety
///
/// As for [`from_c`].
#[no_mangle]
pub unsafe extern "C" fn kvbuf_rust_open(buffer: *const c_void, truncate: bool) {
    // SAFETY: By the requirement of this function.
    let mut buffer = unsafe { from_c(buffer) }.lock();

    buffer.opens += 1;
    if truncate {
        buffer.reset();
    }
}

/// # Safety
///
/// As for [`from_c`].
#[no_mangle]
pub unsafe extern "C" fn kvbuf_rust_release(buffer: *const c_void) {
    // SAFETY: By the requirement of this function.
    let mut buffer = unsafe { from_c(buffer) }.lock();

    buffer.opens -= 1;
    if buffer.opens == 0 {
        buffer.reset();
    }
}

/// # Safety
///
/// As for [`from_c`]; `pos` must be valid, and nobody else's.
#[no_mangle]
pub unsafe extern "C" fn kvbuf_rust_read(
    buffer: *const c_void,
    to: *mut c_void,
    count: usize,
    pos: *mut i64,
) -> isize {
    // SAFETY: By the requirement of this function.
    let (buffer, pos) = unsafe { (from_c(buffer).lock(), &mut *pos) };

    // The VFS refuses negative positions; all that do not fit are beyond the end of the file.
    let from = usize::try_from(*pos).unwrap_or(usize::MAX);
    let result = buffer.read(to as usize, count, from);

    *pos += *result.as_ref().unwrap_or(&0) as i64;
    into_c(result)
}

/// # Safety
///
/// As for [`from_c`]; `pos` must be valid, and nobody else's.
#[no_mangle]
pub unsafe extern "C" fn kvbuf_rust_write(
    buffer: *const c_void,
    from: *const c_void,
    count: usize,
    pos: *mut i64,
    append: bool,
    limit: usize,
) -> isize {
    if count == 0 {
        return 0;
    }

    // SAFETY: By the requirement of this function.
    let (mut buffer, pos) = unsafe { (from_c(buffer).lock(), &mut *pos) };

    if append {
        *pos = buffer.data.len() as i64;
    }
    // As in kvbuf_rust_read(), where "beyond the end" is "beyond the limit".
    let to = usize::try_from(*pos).unwrap_or(usize::MAX);
    let result = buffer.write(from as usize, count, to, limit);

    *pos += *result.as_ref().unwrap_or(&0) as i64;
    into_c(result)
}

/// # Safety
///
/// As for [`from_c`].
#[no_mangle]
pub unsafe extern "C" fn kvbuf_rust_info(buffer: *const c_void) -> Info {
    // SAFETY: By the requirement of this function.
    let buffer = unsafe { from_c(buffer) }.lock();

    Info {
        len: buffer.data.len(),
        cap: buffer.data.capacity(),
        reallocs: buffer.reallocs,
        backing: match buffer.data.backing() {
            None => 0,
            Some(Backing::Slab) => 1,
            Some(Backing::Vmalloc) => 2,
        },
    }
}
