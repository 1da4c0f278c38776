//! The offer file and the configuration of `serve`.
//!
//! Both are checked as a whole, [`policy`] tells what networks forbid, and [`advice`] what is no fault and hardly meant.
//! Every fault is reported with its place, and nothing is half applied: a file with one fault yields no part of its content. Nothing here reads a clock, the environment or the network;
//! the caller passes the environment's variables in.

pub mod advice;
pub mod limits;
pub mod offers;
pub mod places;
pub mod policy;
pub mod replies;
pub mod serve;

mod document;
mod field;
mod keys;
mod repair;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::text::file_fault::{Fault, Faults};

/// The text of a file; `None` if it is larger than the limit.
fn text_of(path: &Path, name: &str, bytes_max: usize) -> Result<Option<String>, Faults> {
    let unread = |error| Fault::of_file(name, format!("cannot be read: {error}"));
    let mut bytes = Vec::new();
    // One byte more than the limit distinguishes a file that is too large from one that just fits.
    let most = bytes_max as u64 + 1;
    File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() > bytes_max { Ok(None) } else { utf8(bytes, name).map(Some) }
}

/// The bytes as text; a fault where they are not UTF-8.
fn utf8(bytes: Vec<u8>, name: &str) -> Result<String, Faults> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        let (line, column) = repair::Lines::of(&text).place(&text, valid);
        let message = "is not UTF-8 from here on".to_owned();
        let hint = Some("save the file as UTF-8".to_owned());
        Fault { origin: name.to_owned(), line, column, message, hint }.into()
    })
}
