//! What the end of a conversation means for the letter: whose trouble it is, and whether the letter may have arrived.

use std::fmt;

use super::dialogue::{End, Step};
use super::reply::{Detail, Reply};
use crate::outbox::attempt::AttemptResult;

/// The result of an attempt that ended so; `None` if the server has the letter.
///
/// | step | later (4xx) | never (5xx) | connection lost |
/// |---|---|---|---|
/// | greeting to `MAIL` | the server's trouble: tried later | the shop's trouble: the lane is paused, and no attempt counts | not sent |
/// | `RCPT` | tried later | the recipient's address: no letter goes there any more | not sent |
/// | `DATA` | tried later | tried later: no one says whose trouble it is | not sent |
/// | the text | | | not sent |
/// | the dot | tried later | this letter: a dead letter | may have arrived: sent again under its message id |
#[must_use]
pub fn meaning(end: &End) -> Option<AttemptResult> {
    Some(match end {
        End::Taken => return None,
        End::Lacks(what) => AttemptResult::shut_out(what),
        End::Untakable => AttemptResult::impossible(end),
        End::Lost(Step::Dot, _) => AttemptResult::unknown(end),
        End::Lost(..) => AttemptResult::failed(end),
        End::Refused(step, reply) => refusal(*step, reply, end),
    })
}

fn refusal(step: Step, reply: &Reply, told: &End) -> AttemptResult {
    if !reply.is_permanent() {
        return AttemptResult::failed(told);
    }
    match step {
        Step::Recipient => match whose(reply) {
            Whose::Recipients => AttemptResult::bounced(told),
            Whose::Shops => AttemptResult::shut_out(told),
            // If it is this letter alone, its attempts end; if it is every letter, the lane is paused meanwhile.
            Whose::Unknown => AttemptResult::failed(told),
        },
        // Without a code that says so it is the text that is refused.
        Step::Dot if reply.detail().is_some() && whose(reply) == Whose::Recipients => {
            AttemptResult::bounced(told)
        }
        Step::Dot => AttemptResult::impossible(told),
        Step::Data | Step::Text => AttemptResult::failed(told),
        Step::Connect
        | Step::Greeting
        | Step::Hello
        | Step::Secure
        | Step::SignIn
        | Step::Reset
        | Step::Mail => AttemptResult::shut_out(told),
    }
}

/// Whose trouble a permanent refusal is that names the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The address is none, or takes no mail.
    Recipients,
    /// The shop may not send here.
    Shops,
    /// A policy, a full mailbox, or something else that another letter does not meet.
    Unknown,
}

/// Relays refuse recipients at the same step for reasons that are not theirs. A shop that must sign in first, or may not
/// send abroad, would lose all of its buyers' addresses if each of these counted against the address.
fn whose(reply: &Reply) -> Whose {
    let says = |word: &str| reply.lines.iter().any(|line| line.to_ascii_lowercase().contains(word));
    match (reply.code, reply.detail()) {
        (530 | 535 | 538, _) => Whose::Shops,
        // 5.1.7 and 5.1.8 are about the sender's address.
        (_, Some(Detail { subject: 1, detail: 7 | 8 })) => Whose::Shops,
        (_, Some(Detail { subject: 1, .. } | Detail { subject: 2, detail: 0 | 1 })) => Whose::Recipients,
        (_, Some(Detail { subject: 7, .. })) if says("relay") || says("authenti") => Whose::Shops,
        (_, Some(_)) => Whose::Unknown,
        (550 | 554, None) if says("relay") || says("authenti") => Whose::Shops,
        (550 | 551 | 553 | 556, None) => Whose::Recipients,
        _ => Whose::Unknown,
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("the letter was taken"),
            Self::Refused(step, reply) => write!(f, "{}: {}", step.name(), reply.told()),
            Self::Lacks(what) => f.write_str(what),
            Self::Untakable => {
                f.write_str("the server takes no address with letters beyond ASCII (SMTPUTF8)")
            }
            Self::Lost(step, why) => write!(f, "{}: {why}", step.name()),
        }
    }
}

impl Step {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::Hello => "EHLO",
            Self::Secure => "STARTTLS",
            Self::SignIn => "AUTH",
            Self::Reset => "RSET",
            Self::Mail => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Text => "the text",
            Self::Dot => "the end of the text",
        }
    }
}
