//! The desk: begins sign-ins, receives those who come back, and knows who is signed in.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::consents::Purpose;
use super::flow::{FLOW_LIFE, Flow, FlowFault};
use super::identity::{Back, IdentityProvider, Leaving, Proven, ProviderId, SignInFault};
use super::returned::Returned;
use super::session::Session;
use super::ticket::Ticket;
use super::vault::CardVault;
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::networks::Random;
use crate::ops::{
    CardPageBounds, FlowBounds, FlowRow, NewFlow, OpsDatabase, OpsError, SealKey, Secret, SessionBounds,
    SessionRow, TakenFlow,
};

/// The name under which what a flow keeps is sealed.
const KEPT: &str = "link-flow";

/// Upper bound on an account's name at its network, in bytes: a user, and the host of a server.
const NAME_BYTES_MAX: usize = 320;

/// How long a card page counts as open: the processor closes it before.
pub(super) const CARD_PAGE_LIFE: Millis = Millis::from_secs(40 * 60);

/// Upper bounds of the desk.
#[derive(Debug, Clone, Copy)]
pub struct DeskBounds {
    /// Of sign-ins under way.
    pub flows: FlowBounds,
    /// Of sessions.
    pub sessions: SessionBounds,
    /// Of card pages that are open.
    pub card_pages: CardPageBounds,
}

impl Default for DeskBounds {
    fn default() -> Self {
        Self {
            flows: FlowBounds { of_client: 20, all: 10_000 },
            sessions: SessionBounds {
                idle: Millis::from_secs(30 * 60),
                age: Millis::from_secs(12 * 3600),
                of_account: 10,
                all: 100_000,
            },
            card_pages: CardPageBounds { life: CARD_PAGE_LIFE, of_account: 5, all: 10_000 },
        }
    }
}

/// What became of the wish to sign in.
#[derive(Debug)]
pub enum Began {
    /// The browser goes to this address.
    GoTo(String),
    /// The desk has no such provider.
    NoSuchProvider,
    /// Too many sign-ins were begun from the same address, or in all.
    TooMany,
    /// The network's sign-in did not begin.
    Fault(SignInFault),
}

/// What became of a browser that came back.
#[derive(Debug)]
pub enum SignedIn {
    /// Its owner is signed in; the ticket is the new session's.
    As(Proven, Ticket),
    /// It is not the return of a sign-in of this browser.
    Refused(FlowFault),
    /// The account is not proven.
    Fault(SignInFault),
    /// Too many people are signed in.
    Full,
}

/// Signs people in. Its calls wait for the disk and for other machines.
pub struct Desk {
    pub(super) database: OpsDatabase,
    random: Random,
    providers: Vec<Box<dyn IdentityProvider>>,
    pub(super) vault: Option<Arc<dyn CardVault>>,
    pub(super) bounds: DeskBounds,
}

impl Desk {
    /// A desk with these sign-ins and this taker of cards.
    #[must_use]
    pub fn new(
        database: OpsDatabase,
        random: Random,
        providers: Vec<Box<dyn IdentityProvider>>,
        vault: Option<Arc<dyn CardVault>>,
        bounds: DeskBounds,
    ) -> Self {
        Self { database, random, providers, vault, bounds }
    }

    /// A new random ticket.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        Ticket::new(&(self.random)())
    }

    /// The sign-ins, in the order of the page.
    pub fn providers(&self) -> impl Iterator<Item = &dyn IdentityProvider> {
        self.providers.iter().map(AsRef::as_ref)
    }

    /// What the owner of an account is asked to agree to.
    pub fn purposes(&self) -> impl Iterator<Item = Purpose> {
        Purpose::ALL.into_iter()
    }

    fn provider(&self, id: ProviderId) -> Option<&dyn IdentityProvider> {
        self.providers().find(|provider| provider.id() == id)
    }

    /// Begins a sign-in of the browser with that cookie. `client` is the hash of the address that it asks from.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin(
        &self,
        provider: ProviderId,
        typed: &str,
        cookie: &Ticket,
        client: [u8; 32],
        callback: &str,
        now: Timestamp,
    ) -> Result<Began, OpsError> {
        let Some(provider) = self.provider(provider) else { return Ok(Began::NoSuchProvider) };
        let state = self.ticket();
        let flow = FlowRow {
            state: state.hash(),
            cookie: cookie.hash(),
            client,
            provider: provider.id().to_string(),
            issuer: String::new(),
            kept: Vec::new(),
            expires_at: now.plus(FLOW_LIFE),
        };
        // Counted before another machine is asked, and also if that fails: else strangers could let this one ask without end.
        if self.database.add_link_flow(&flow, self.bounds.flows, now)? != NewFlow::Stored {
            return Ok(Began::TooMany);
        }
        let verifier = verifier(cookie, &state);
        let leaving = Leaving { typed, callback, state: &state, verifier: &verifier, now };
        let started = match provider.start(&leaving) {
            Ok(started) => started,
            Err(fault) => return Ok(Began::Fault(fault)),
        };
        let kept = seal(cookie).seal(KEPT, &Secret::new(started.kept));
        self.database.fill_link_flow(&state.hash(), &started.issuer, &kept)?;
        Ok(Began::GoTo(started.go_to))
    }

    /// Receives a browser that came back with this query to the address of `returned_to`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn come_back(
        &self,
        returned_to: ProviderId,
        query: &str,
        cookie: Option<&Ticket>,
        callback: &str,
        now: Timestamp,
    ) -> Result<SignedIn, OpsError> {
        let Ok(returned) = Returned::parse(query) else {
            return Ok(SignedIn::Refused(FlowFault::NotReturned));
        };
        // A browser without a cookie began nothing.
        let Some(cookie) = cookie else { return Ok(SignedIn::Refused(FlowFault::OtherBrowser)) };
        let row = match self.database.take_link_flow(&returned.state.hash(), &cookie.hash())? {
            TakenFlow::Taken(row) => row,
            TakenFlow::OtherBrowser => return Ok(SignedIn::Refused(FlowFault::OtherBrowser)),
            TakenFlow::Unknown => return Ok(SignedIn::Refused(FlowFault::Unknown)),
        };
        let provider = row.provider.parse().ok().and_then(|began| self.provider(began));
        let kept = seal(cookie).open(KEPT, &row.kept);
        let (Some(provider), Ok(kept)) = (provider, kept) else {
            return Ok(SignedIn::Refused(FlowFault::Unknown));
        };
        let flow = Flow { provider: provider.id(), issuer: row.issuer, expires_at: row.expires_at };
        let code = match flow.judge(returned_to, &returned, provider.issuer_rule(), now) {
            Ok(code) => code,
            Err(fault) => return Ok(SignedIn::Refused(fault)),
        };
        let verifier = verifier(cookie, &returned.state);
        let back =
            Back { code, callback, verifier: &verifier, issuer: &flow.issuer, kept: kept.expose(), now };
        match provider.finish(&back) {
            Ok(proven) if !provider.id().speaks_for(&proven.account) => {
                let text = "the account is none of those that are signed in there";
                Ok(SignedIn::Fault(SignInFault::NotTheirs(text.to_owned())))
            }
            Ok(proven) if !has_name(&proven) => {
                let text = "the network tells a name of the account that is none";
                Ok(SignedIn::Fault(SignInFault::NotTheirs(text.to_owned())))
            }
            Ok(proven) => self.sign_in(proven, now),
            Err(fault) => Ok(SignedIn::Fault(fault)),
        }
    }

    fn sign_in(&self, proven: Proven, now: Timestamp) -> Result<SignedIn, OpsError> {
        let ticket = self.ticket();
        let row = SessionRow {
            account: proven.account.to_string(),
            shown: proven.shown.clone(),
            signed_in_at: now,
            seen_at: now,
        };
        let has_room = self.database.add_link_session(&ticket.hash(), &row, self.bounds.sessions)?;
        Ok(if has_room { SignedIn::As(proven, ticket) } else { SignedIn::Full })
    }

    /// The session of a ticket that is valid now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn session(&self, ticket: &Ticket, now: Timestamp) -> Result<Option<Session>, OpsError> {
        let row = self.database.link_session(&ticket.hash())?;
        let session = row.and_then(|row| Session::of(row, self.bounds.sessions, now));
        if session.as_ref().is_some_and(|session| session.is_touched) {
            self.database.touch_link_session(&ticket.hash(), now)?;
        }
        Ok(session)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sign_out(&self, ticket: &Ticket) -> Result<(), OpsError> {
        self.database.remove_link_session(&ticket.hash())
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sign_out_everywhere(&self, account: &Account) -> Result<(), OpsError> {
        self.database.remove_link_sessions_of(&account.to_string())
    }
}

/// Whether an account's name at its network is one. Anybody can run a server of Mastodon, and the name stands in letters to
/// addresses that nobody has proven yet: they must carry no words of strangers.
fn has_name(proven: &Proven) -> bool {
    let Proven { account, shown } = proven;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-:".contains(&byte);
    let is_plain = !shown.is_empty() && shown.len() <= NAME_BYTES_MAX && shown.bytes().all(plain);
    // A sandbox shows the id itself.
    is_plain || *shown == account.author.to_string()
}

/// The secret of one sign-in in one browser. It is made anew from the cookie, and stored nowhere.
fn verifier(cookie: &Ticket, state: &Ticket) -> String {
    URL_SAFE_NO_PAD.encode(cookie.derived(&format!("flashtag/verifier/{}", state.text())))
}

/// Seals what a flow keeps, so that only its browser opens it.
fn seal(cookie: &Ticket) -> SealKey {
    SealKey::new(&cookie.derived("flashtag/kept"))
}

#[cfg(test)]
mod tests;
