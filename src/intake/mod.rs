//! The intake of posts, links and card transactions: decodes lines of JSON in the networks' formats to the
//! domain's types.
//!
//! All input here is untrusted. A line is bounded before it is buffered ([`lines`]), searched as raw bytes
//! before it is parsed ([`prefilter`]), and then becomes a domain value or a named [`fault::Fault`]; no line
//! prevents the reading of the next one. Posts come as chunks of lines with a cursor behind them
//! ([`stream`]).

pub mod accounts;
pub mod catalog;
pub mod commands;
mod depth;
pub mod fault;
mod field;
pub mod format;
pub mod json;
pub mod line_bound;
pub mod line_chunks;
pub mod lines;
pub mod not_lines;
pub mod prefilter;
pub mod reading;
mod redaction;
pub mod stream;
mod surrogates;
pub mod transactions;
mod values;
