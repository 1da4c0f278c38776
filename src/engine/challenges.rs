//! Opens what writes to buyers whose banks ask for them.

use std::sync::Arc;

use super::addresses::Addresses;
use super::card_processor::CardProcessor;
use super::error::Error;
use super::owner_mail::owner_mail;
use crate::clock::Clock;
use crate::config::serve::{Mode, Providers};
use crate::control::confirm_links::ConfirmLinks;
use crate::ops::OpsDatabase;
use crate::outbox::provider::stripe::ChallengeLetters;
use crate::words::Words;

/// The parts of an engine by which such letters leave.
pub(super) struct LetterParts<'a> {
    pub(super) named: &'a Providers,
    pub(super) mode: Mode,
    pub(super) words: &'a Arc<Words>,
    pub(super) clock: &'a Clock,
    pub(super) addresses: &'a Addresses,
    /// `None` for a sale whose letters reach nobody.
    pub(super) database: Option<&'a OpsDatabase>,
    /// `None` for a sale without links.
    pub(super) links: Option<&'a ConfirmLinks>,
}

/// Starts the thread of these letters, if payments wait for their buyers.
///
/// # Errors
/// When the mail server cannot be used, or the system has no thread.
pub(super) fn challenge_letters(
    processor: &CardProcessor,
    parts: &LetterParts<'_>,
) -> Result<Option<Arc<ChallengeLetters>>, Error> {
    let LetterParts { named, mode, words, clock, addresses, database, links } = parts;
    let (Some(patience), Some(database), Some(links)) = (processor.patience, database, links) else {
        return Ok(None);
    };
    // By a thread of their own: their readers have minutes.
    let postbox = owner_mail(named, *mode, words, database, clock)?;
    let links = ConfirmLinks::clone(links);
    Ok(Some(Arc::new(ChallengeLetters::new(
        patience,
        Arc::clone(words),
        Box::new(move |challenge| links.challenge_url(challenge)),
        Arc::new(Addresses::clone(addresses)),
        OpsDatabase::clone(database),
        Box::new(postbox),
    ))))
}
