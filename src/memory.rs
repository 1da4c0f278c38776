//! Memory is pre-faulted at startup, and the process keeps it.
//!
//! The first touch of a memory page waits for the kernel to clear it, and on a virtual machine for the host to find it:
//! 2 ms for each megabyte were measured. The start waits for that, so the buyers of the first second do not.

use std::hint::black_box;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How long the allocator keeps free memory before it returns it to the system, in milliseconds; negative is
/// for ever. The allocator reads it before `main` begins; without `unsafe` there is no other way to set it.
const PURGE_DELAY: &str = "MIMALLOC_PURGE_DELAY";

/// Bytes of one allocation while memory is pre-faulted.
const PIECE_BYTES: usize = 1 << 20;

/// Bytes of a memory page; larger pages are touched more than once.
const PAGE_BYTES: usize = 4_096;

/// Makes the process keep its memory: replaces it by the same program with `MIMALLOC_PURGE_DELAY` set, unless
/// the environment sets that already. To be called first of all.
///
/// If the program cannot be started again, it goes on, and memory that is free for a second is returned.
pub fn keep() {
    if std::env::var_os(PURGE_DELAY).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Comes back only with a fault.
    drop(again.args(arguments).env(PURGE_DELAY, "-1").exec());
}

/// Pre-faults `bytes`, rounded up to whole megabytes, and returns them to the allocator.
pub fn prefault(bytes: usize) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let pieces = bytes.div_ceil(PIECE_BYTES);
    std::thread::scope(|scope| {
        let share = |thread| pieces / threads + usize::from(thread < pieces % threads);
        let running = (0..threads).map(|thread| scope.spawn(move || touched(share(thread))));
        let running: Vec<_> = running.collect();
        // Every piece is touched before the first is freed: a freed piece would be allocated again.
        let pieces: Vec<_> =
            running.into_iter().map(|each| each.join().expect("no panic is survived")).collect();
        drop(pieces);
    });
}

fn touched(pieces: usize) -> Vec<Vec<u8>> {
    let touched = |_| {
        let mut piece = vec![0; PIECE_BYTES];
        piece.iter_mut().step_by(PAGE_BYTES).for_each(|byte| *byte = 1);
        black_box(piece)
    };
    (0..pieces).map(touched).collect()
}
