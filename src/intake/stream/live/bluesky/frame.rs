//! The messages of a stream of repositories: two values of CBOR, one that says what it is, and itself.

use ipld_core::cid::Cid;
use serde::Deserialize;
use serde_ipld_dagcbor::de::Deserializer;

/// Upper bound on a message. Servers send none that are longer.
const FRAME_BYTES_MAX: usize = 5 * 1024 * 1024;

/// A message.
#[derive(Debug)]
pub(super) enum Frame<'a> {
    /// A change to an author's records.
    Commit(Box<Commit<'a>>),
    /// Another event: of an author's identity or standing.
    Other(Event<'a>),
    /// A notice about the stream.
    Info(String),
    /// The end of the stream, by this error.
    Error(String),
}

#[derive(Deserialize)]
struct Header<'a> {
    op: i64,
    #[serde(borrow, default)]
    t: Option<&'a str>,
}

/// A change to an author's records.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commit<'a> {
    pub(super) seq: u64,
    #[serde(default)]
    pub(super) too_big: bool,
    #[serde(borrow)]
    pub(super) repo: &'a str,
    #[serde(borrow)]
    pub(super) rev: &'a str,
    #[serde(borrow)]
    pub(super) time: &'a str,
    #[serde(borrow)]
    pub(super) blocks: &'a [u8],
    #[serde(borrow)]
    pub(super) ops: Vec<Op<'a>>,
}

/// A change to one record.
#[derive(Debug, Deserialize)]
pub(super) struct Op<'a> {
    #[serde(borrow)]
    pub(super) action: &'a str,
    #[serde(borrow)]
    pub(super) path: &'a str,
    pub(super) cid: Option<Cid>,
}

/// What other events have in common.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(default)]
    pub(super) seq: Option<u64>,
    #[serde(borrow, default)]
    pub(super) time: Option<&'a str>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    name: &'a str,
}

#[derive(Deserialize)]
struct Fault<'a> {
    #[serde(borrow)]
    error: &'a str,
}

impl<'a> Frame<'a> {
    /// Reads a message; `None` if it is none, or too long.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > FRAME_BYTES_MAX {
            return None;
        }
        let mut decoder = Deserializer::from_slice(bytes);
        let header = Header::deserialize(&mut decoder).ok()?;
        let frame = match (header.op, header.t) {
            (1, Some("#commit")) => Self::Commit(Box::new(Commit::deserialize(&mut decoder).ok()?)),
            (1, Some("#info")) => Self::Info(Info::deserialize(&mut decoder).ok()?.name.to_owned()),
            (1, _) => Self::Other(Event::deserialize(&mut decoder).ok()?),
            (-1, _) => Self::Error(Fault::deserialize(&mut decoder).ok()?.error.to_owned()),
            _ => return None,
        };
        decoder.end().ok()?;
        Some(frame)
    }
}
