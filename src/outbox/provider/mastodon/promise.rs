//! What a server promises of the keys of statuses.

use crate::domain::time::Millis;
use crate::outbox::resend_safety::{LookUp, ResendSafety};

/// What a server of Mastodon promises.
///
/// It remembers a key for an hour after the status was posted; here it counts as forgotten five minutes earlier,
/// because the clocks differ. The account's timeline shows what an older key came to. That it shows nothing proves
/// nothing: a request whose answer was not awaited may still be in progress there.
pub const RESEND_SAFETY: ResendSafety =
    ResendSafety::key_for(Millis::from_secs(55 * 60)).looked_up(LookUp::Inconclusive);
