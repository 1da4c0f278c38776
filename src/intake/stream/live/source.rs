//! The protocol of one source of posts.

use compact_str::CompactString;

use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::Cursor;
use crate::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};

/// What a source wants to happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make this request, and tell the answer to [`LiveSource::answered`].
    Exchange(Request),
    /// Open this connection instead of the one that is open, if any, and tell [`LiveSource::opened`].
    Open(Opening),
    /// Send this text on the open connection.
    Send(String),
    /// Wait on the open connection no longer than this, and tell [`LiveSource::received`].
    Receive(Millis),
    /// Wait until then, with whatever is open, and ask again.
    Wait(Timestamp),
    /// Close what is open, and ask again.
    Close,
}

/// What an operator sees of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Posts come as they are made.
    Live,
    /// It reads what was posted while it was not connected.
    CatchingUp,
    /// It is connecting, or waits before it tries again, for this reason.
    Connecting(CompactString),
    /// The network no longer accepts the shop's token; an operator must connect the account again.
    SignedOut(CompactString),
    /// It stopped reading what cannot win any more, because its budget is spent until then.
    BudgetSpent(Timestamp),
}

/// What reading cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadCost {
    /// The posts that the network counts.
    pub posts: u64,
    /// Millionths of a dollar.
    pub micros: u64,
}

/// A network's protocol of delivering posts, without sockets, clock and randomness.
///
/// Lines are appended to `lines`, each with its newline. They are those that this source's `format` reads.
pub trait LiveSource: Send {
    /// The format of the lines.
    fn format(&self) -> Format;

    /// Reads the posts with these tags from now on, in the form without `#`; of no meaning to a source that delivers every
    /// post, or those that mention the shop.
    fn set_tags(&mut self, _tags: &[String]) {}

    /// What the reading since the last call costs, in millionths of a dollar, and how many posts that were.
    fn take_cost(&mut self) -> ReadCost {
        ReadCost::default()
    }

    /// Takes that the budget allows no more reading until then; `None` allows it again. A source whose network charges
    /// nothing does not care.
    fn set_budget(&mut self, _spent_until: Option<Timestamp>) {}

    /// What it wants next. Asked again after each step, and after each chunk of lines was taken.
    fn next(&mut self, now: Timestamp) -> Step;

    /// The answer to [`Step::Exchange`].
    fn answered(&mut self, answer: Result<Answer, Unanswered>, now: Timestamp, lines: &mut Vec<u8>);

    /// The result of [`Step::Open`].
    fn opened(&mut self, opened: Result<(), NotOpened>, now: Timestamp);

    /// What came after [`Step::Receive`].
    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>);

    /// Where to resume so that every post behind all lines so far comes, and perhaps some before. `None` before there is
    /// such a position.
    fn cursor(&self) -> Option<Cursor>;

    /// What an operator sees.
    fn health(&self) -> Health;

    /// In which other way posts come than the configuration says, and why, for an operator.
    fn shortfall(&self) -> Option<CompactString> {
        None
    }

    /// How far the newest post is behind `now`, while it is catching up; zero when it is live.
    fn behind(&self, now: Timestamp) -> Millis;

    /// Posts that cannot come any more, because the network kept them no longer than the interruption: from when to
    /// when. Told once.
    fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)>;

    /// Messages since the last call that could not be read, and have no line. They are counted, and nothing else stops.
    fn take_faults(&mut self) -> u64 {
        0
    }
}
