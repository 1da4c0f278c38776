//! Asks a network whether everything is there that a sale needs: the sign-in, the scopes, the streams, the account's
//! label, and what is left of the limits. Only reads: nothing changes at the network.

mod bluesky;
mod limits;
mod mastodon;
mod note;
mod x;

use compact_str::format_compact;

use super::access::Standing;
use super::entry::Entry;
use super::sign_in::SignInFault;
use crate::config::serve::NetworkAccount;
use crate::domain::id::Network;
use crate::domain::time::Millis;
use crate::net::{Answer, Http, Unanswered};

pub use note::{Note, NoteKind};

/// What is good, and what is missing, of one account.
#[must_use]
pub fn probe(entry: &Entry, configured: &NetworkAccount) -> Vec<Note> {
    let answer = match whose(entry) {
        Ok(answer) => answer,
        Err(missing) => return vec![missing],
    };
    let mut notes = vec![Note::good(format_compact!("signed in as {}", entry.account.account.author))];
    notes.extend(limits::left(configured.network, &answer));
    notes.extend(match configured.network {
        Network::X => x::probe(entry, configured),
        Network::Bluesky => bluesky::probe(entry, configured),
        Network::Mastodon => mastodon::probe(entry, configured, &answer),
    });
    notes
}

/// How long a sign-in rests after the first one that failed, and a little more.
const REST: Millis = Millis::from_secs(2);

/// Asks whose the account is. A session that has ended is followed by another one, after a rest.
fn whose(entry: &Entry) -> Result<Answer, Note> {
    let request = entry.whose().map_err(|fault| Note::missing(format_compact!("{fault}")))?;
    let mut answer = entry.signed.exchange(&request);
    if matches!((&answer, entry.signed.standing()), (Err(Unanswered::NotSent(_)), Standing::Waiting(_))) {
        entry.account.wait(REST);
        answer = entry.signed.exchange(&request);
    }
    let answer = answer.map_err(|why| refused(entry, &why))?;
    if !answer.is_success() {
        return Err(Note::missing(match answer.status {
            403 => {
                "the network knows the token, and does not let it ask whose it is: a scope is missing".into()
            }
            429 => "the network accepts no more requests for now (status 429): the limit is used up".into(),
            status => format_compact!("the network answers with status {status}"),
        }));
    }
    entry.is_own(&answer).map_err(|found| {
        let expected = &entry.account.account.author;
        Note::missing(format_compact!("it is signed in as {found}, and the configuration names {expected}"))
    })?;
    Ok(answer)
}

/// Why the account has no answer.
fn refused(entry: &Entry, why: &Unanswered) -> Note {
    let (name, standing) = (&entry.account.name, entry.signed.standing());
    Note::missing(match standing {
        Standing::SignedOut(reason) if entry.account.network == Network::X => {
            format_compact!(
                "{}; `flashtag network connect {name}` while the service runs",
                SignInFault::SignedOut(reason)
            )
        }
        Standing::SignedOut(reason) => {
            format_compact!("{}; put a new secret into its file", SignInFault::SignedOut(reason))
        }
        Standing::SignedIn | Standing::Waiting(_) => format_compact!("{why}"),
    })
}
