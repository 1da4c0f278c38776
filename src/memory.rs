//! Memory that is had from the system before it is needed, and is kept.
//!
//! A page of memory that nobody has used yet costs whoever touches it first: the kernel clears it, and on a virtual
//! machine the host has to find it, which was measured at 2 ms for each megabyte. That is waited for before the first
//! post comes, and not by the buyers of the first second.

use std::hint::black_box;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How long the allocator keeps what is free before it gives it back to the system, in milliseconds; negative is
/// for ever. It reads that before `main` begins, and can be told in no other way without `unsafe`.
const PURGE_DELAY: &str = "MIMALLOC_PURGE_DELAY";

/// Memory is had in pieces of so many bytes.
const PIECE: usize = 1 << 20;

/// The bytes of a page of memory; where pages are larger, more of them are touched than need be.
const PAGE: usize = 4_096;

/// Keeps whatever memory the process once has: starts the same program again in its place, with the allocator told
/// so, unless the environment tells it anything already. To be called first of all.
///
/// Where the program cannot be started again, it goes on, and memory that is free for a second is given back.
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

/// Has so many bytes from the system, rounded up to whole megabytes, and leaves them to whoever allocates next.
pub fn get_ahead(bytes: usize) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let pieces = bytes.div_ceil(PIECE);
    std::thread::scope(|scope| {
        let share = |thread| pieces / threads + usize::from(thread < pieces % threads);
        let getting = (0..threads).map(|thread| scope.spawn(move || touched(share(thread))));
        let getting: Vec<_> = getting.collect();
        // All is had before any is left: what was left would be had again.
        let had: Vec<_> =
            getting.into_iter().map(|each| each.join().expect("no panic is survived")).collect();
        drop(had);
    });
}

fn touched(pieces: usize) -> Vec<Vec<u8>> {
    let touched = |_| {
        let mut piece = vec![0; PIECE];
        piece.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
        black_box(piece)
    };
    (0..pieces).map(touched).collect()
}
