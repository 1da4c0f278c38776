//! Where posts, links and card transactions come from: lines of JSON in the networks' own forms, read into the domain's.
//!
//! Everything here is written by strangers. A line is bounded before it is held ([`lines`]), searched as raw bytes before
//! it is parsed ([`prefilter`]), and then becomes a value of the domain or a [`fault::Fault`] with a name; no line stops
//! the reading of the next one. Posts come as chunks of lines with a cursor behind them ([`stream`]).

pub mod accounts;
pub mod catalog;
pub mod commands;
mod depth;
pub mod fault;
mod field;
pub mod format;
mod json;
pub mod line_bound;
pub mod line_chunks;
pub mod lines;
pub mod prefilter;
pub mod reading;
mod redaction;
pub mod stream;
pub mod transactions;
mod values;
