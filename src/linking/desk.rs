//! The desk: begins sign-ins, receives those who come back, and knows who is signed in.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::consents::{Consents, Purpose};
use super::flow::{FLOW_LIFE, Flow, FlowFault};
use super::identity::{Back, IdentityProvider, Leaving, Proven, SignInFault};
use super::returned::Returned;
use super::session::Session;
use super::ticket::Ticket;
use super::vault::{CardVault, LinkedCard, VaultFault};
use crate::domain::id::{Account, Network};
use crate::domain::time::{Millis, Timestamp};
use crate::networks::Random;
use crate::ops::{
    FlowBounds, FlowRow, NewFlow, OpsDatabase, OpsError, SealKey, Secret, SessionBounds, SessionRow,
    TakenFlow,
};

/// The name under which what a flow keeps is sealed.
const KEPT: &str = "link-flow";

/// Upper bounds of the desk.
#[derive(Debug, Clone, Copy)]
pub struct DeskBounds {
    /// Of sign-ins under way.
    pub flows: FlowBounds,
    /// Of sessions.
    pub sessions: SessionBounds,
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
        }
    }
}

/// What became of the wish to sign in.
#[derive(Debug)]
pub enum Began {
    /// The browser goes to this address.
    GoTo(String),
    /// Nobody is signed in at this network here.
    NoSuchNetwork,
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
    database: OpsDatabase,
    random: Random,
    providers: Vec<Box<dyn IdentityProvider>>,
    vault: Option<Arc<dyn CardVault>>,
    bounds: DeskBounds,
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
        let asks_address = self.vault.as_ref().is_some_and(|vault| vault.asks_address());
        Purpose::ALL.into_iter().filter(move |purpose| asks_address || *purpose != Purpose::Letters)
    }

    fn provider(&self, network: Network) -> Option<&dyn IdentityProvider> {
        self.providers().find(|provider| provider.network() == network)
    }

    /// Begins a sign-in of the browser with that cookie. `client` is the hash of the address that it asks from.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin(
        &self,
        network: Network,
        typed: &str,
        cookie: &Ticket,
        client: [u8; 32],
        callback: &str,
        now: Timestamp,
    ) -> Result<Began, OpsError> {
        let Some(provider) = self.provider(network) else { return Ok(Began::NoSuchNetwork) };
        let state = self.ticket();
        let verifier = verifier(cookie, &state);
        let leaving = Leaving { typed, callback, state: &state, verifier: &verifier, now };
        let started = match provider.start(&leaving) {
            Ok(started) => started,
            Err(fault) => return Ok(Began::Fault(fault)),
        };
        let flow = FlowRow {
            state: state.hash(),
            cookie: cookie.hash(),
            client,
            network: network.name().to_owned(),
            issuer: started.issuer,
            kept: seal(cookie).seal(KEPT, &Secret::new(started.kept)),
            expires_at: now.plus(FLOW_LIFE),
        };
        Ok(match self.database.add_link_flow(&flow, self.bounds.flows, now)? {
            NewFlow::Stored => Began::GoTo(started.go_to),
            NewFlow::ClientFull | NewFlow::Full => Began::TooMany,
        })
    }

    /// Receives a browser that came back with this query to the address of `network`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn come_back(
        &self,
        network: Network,
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
        let began = row.network.parse().ok().and_then(|began| Some((began, self.provider(began)?)));
        let kept = seal(cookie).open(KEPT, &row.kept);
        let (Some((began, provider)), Ok(kept)) = (began, kept) else {
            return Ok(SignedIn::Refused(FlowFault::Unknown));
        };
        let flow = Flow { network: began, issuer: row.issuer, expires_at: row.expires_at };
        let code = match flow.judge(network, &returned, provider.issuer_rule(), now) {
            Ok(code) => code,
            Err(fault) => return Ok(SignedIn::Refused(fault)),
        };
        let verifier = verifier(cookie, &returned.state);
        let back =
            Back { code, callback, verifier: &verifier, issuer: &flow.issuer, kept: kept.expose(), now };
        match provider.finish(&back) {
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
            consents: String::new(),
            card_session: None,
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

    /// Begins a card session of a session. Returns where the browser goes.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin_card(
        &self,
        ticket: &Ticket,
        session: &Session,
        consents: &Consents,
        back: &str,
        now: Timestamp,
    ) -> Result<Result<String, VaultFault>, OpsError> {
        let none = || VaultFault::Unanswered("none is configured".to_owned());
        let Some(vault) = &self.vault else { return Ok(Err(none())) };
        match vault.start(&session.account, back, &self.ticket(), now) {
            Ok(began) => {
                self.database.set_link_card(&ticket.hash(), &began.id, &consents.to_text())?;
                Ok(Ok(began.go_to))
            }
            Err(fault) => Ok(Err(fault)),
        }
    }

    /// Reads the card of a card session that this session began, and stores what its owner agreed to: that is durable
    /// before the card is linked.
    ///
    /// # Errors
    /// When the database fails.
    pub fn finish_card(
        &self,
        session: &Session,
        card_session: &str,
        now: Timestamp,
    ) -> Result<Result<LinkedCard, VaultFault>, OpsError> {
        let Some(vault) = &self.vault else { return Ok(Err(VaultFault::Unknown)) };
        if session.card_session.as_deref() != Some(card_session) {
            return Ok(Err(VaultFault::OtherAccount));
        }
        let card = vault.finish(&session.account, card_session, now);
        if card.is_ok() {
            let account = session.account.to_string();
            self.database.store_link_consents(&account, &session.consents.to_text())?;
        }
        Ok(card)
    }

    /// What the owner of an account agreed to when it was linked.
    ///
    /// # Errors
    /// When the database fails.
    pub fn consents(&self, account: &Account) -> Result<Consents, OpsError> {
        let stored = self.database.link_consents(&account.to_string())?;
        Ok(stored.as_deref().map(Consents::from_text).unwrap_or_default())
    }

    /// Forgets what the owner of an account agreed to.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_consents(&self, account: &Account) -> Result<(), OpsError> {
        self.database.remove_link_consents(&account.to_string())
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

/// The secret of one sign-in in one browser. It is made anew from the cookie, and stored nowhere.
fn verifier(cookie: &Ticket, state: &Ticket) -> String {
    URL_SAFE_NO_PAD.encode(cookie.derived(&format!("flashtag/verifier/{}", state.text())))
}

/// Seals what a flow keeps, so that only its browser opens it.
fn seal(cookie: &Ticket) -> SealKey {
    SealKey::new(&cookie.derived("flashtag/kept"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::linking::sandbox_cards::SandboxCards;
    use crate::linking::sandbox_sign_in::SandboxSignIn;

    /// A desk whose random bytes count up, in front of a database of its own.
    fn desk(bounds: DeskBounds) -> (Desk, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
        let count = AtomicU8::new(100);
        let random: Random = Box::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
        let providers: Vec<Box<dyn IdentityProvider>> =
            vec![Box::new(SandboxSignIn::new(Network::X)), Box::new(SandboxSignIn::new(Network::Bluesky))];
        let desk = Desk::new(database, random, providers, Some(Arc::new(SandboxCards::default())), bounds);
        (desk, directory)
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_ms(second * 1000)
    }

    fn cookie(no: u8) -> Ticket {
        Ticket::new(&[no; 32])
    }

    /// The state of a sign-in that begins in the browser with that cookie.
    fn begun(desk: &Desk, browser: u8, at: i64) -> String {
        match desk.begin(Network::X, "", &cookie(browser), [browser; 32], "/link/cb/x", second(at)) {
            Ok(Began::GoTo(address)) => address.split_once("state=").unwrap().1.to_owned(),
            began => panic!("{began:?}"),
        }
    }

    fn back(
        desk: &Desk,
        query: &str,
        network: Network,
        browser: Option<u8>,
        at: i64,
    ) -> Result<String, FlowFault> {
        let cookie = browser.map(cookie);
        match desk.come_back(network, query, cookie.as_ref(), "/link/cb/x", second(at)).unwrap() {
            SignedIn::As(proven, _) => Ok(proven.account.to_string()),
            SignedIn::Refused(fault) => Err(fault),
            other => panic!("{other:?}"),
        }
    }

    /// Ana begins in browser 1. Each row is one attack on her sign-in; after it hers still succeeds, or was spent by
    /// herself.
    #[test]
    fn a_sign_in_is_finished_once_and_only_by_the_browser_that_began_it() {
        let x = Network::X;
        let returned = |state: &str, iss: &str| format!("state={state}&code=7&iss={iss}");
        let (desk, _directory) = desk(DeskBounds::default());
        let state = begun(&desk, 1, 0);
        let good = returned(&state, "sandbox");
        let never = returned(cookie(9).text(), "sandbox");
        let table = [
            ("another browser", good.as_str(), Some(2), FlowFault::OtherBrowser),
            ("a browser without a cookie", &good, None, FlowFault::OtherBrowser),
            ("a state that never was", &never, Some(1), FlowFault::Unknown),
            ("a return without a state", "code=7&iss=sandbox", Some(1), FlowFault::NotReturned),
        ];
        for (what, query, browser, expected) in table {
            assert_eq!(back(&desk, query, x, browser, 1), Err(expected), "{what}");
        }
        assert_eq!(back(&desk, &good, x, Some(1), 2).as_deref(), Ok("x:7"), "none of them hurt her");
        assert_eq!(back(&desk, &good, x, Some(1), 3), Err(FlowFault::Unknown), "replayed");

        // What does not belong to its flow spends it.
        let table = [
            ("a server that mixes itself in", "evil", x, 1, FlowFault::OtherIssuer),
            ("to another network's address", "sandbox", Network::Bluesky, 1, FlowFault::OtherNetwork),
            ("ten minutes later", "sandbox", x, 600, FlowFault::Late),
        ];
        for (what, iss, network, at, expected) in table {
            let state = begun(&desk, 1, 0);
            assert_eq!(back(&desk, &returned(&state, iss), network, Some(1), at), Err(expected), "{what}");
            let again = back(&desk, &returned(&state, "sandbox"), x, Some(1), 1);
            assert_eq!(again, Err(FlowFault::Unknown), "{what}, again");
        }

        // Two tabs of one browser do not disturb each other, and neither do two browsers.
        let states = [begun(&desk, 1, 0), begun(&desk, 1, 0), begun(&desk, 2, 0)];
        for (state, browser) in states.iter().zip([1, 1, 2]) {
            assert_eq!(back(&desk, &returned(state, "sandbox"), x, Some(browser), 5).as_deref(), Ok("x:7"));
        }
    }

    #[test]
    fn sign_ins_and_sessions_are_bounded_and_what_is_over_makes_room() {
        let usual = DeskBounds::default();
        let sessions = SessionBounds { of_account: 2, all: 3, ..usual.sessions };
        let (desk, _directory) = desk(DeskBounds { flows: FlowBounds { of_client: 2, all: 3 }, sessions });
        let begin = |client: u8, at| {
            let began = desk.begin(Network::X, "", &cookie(client), [client; 32], "/", second(at));
            matches!(began.unwrap(), Began::GoTo(_))
        };
        // From the same address only two; in all only three; and after ten minutes there is room.
        let table = [(1, 0, true), (1, 0, true), (1, 0, false), (2, 0, true), (3, 0, false), (1, 600, true)];
        for (client, at, expected) in table {
            assert_eq!(begin(client, at), expected, "client {client} at {at}");
        }
        let sign_in = |author: &str, at| {
            let account = format!("x:{author}").parse().unwrap();
            match desk.sign_in(Proven { account, shown: author.to_owned() }, second(at)).unwrap() {
                SignedIn::As(_, ticket) => Some(ticket),
                SignedIn::Full => None,
                other => panic!("{other:?}"),
            }
        };
        let is_in = |ticket: &Ticket, at| desk.session(ticket, second(at)).unwrap().is_some();
        let tickets: Vec<_> = (0..3).map(|at| sign_in("1", at).unwrap()).collect();
        let valid: Vec<_> = tickets.iter().map(|ticket| is_in(ticket, 3)).collect();
        assert_eq!(valid, [false, true, true], "the oldest of an account makes room");
        let other = sign_in("2", 4).unwrap();
        assert_eq!(sign_in("3", 5), None, "no room for more");
        assert!(sign_in("3", 1805).is_some(), "those that rested are over");
        assert!(!is_in(&other, 1805));
    }

    #[test]
    fn signing_out_ends_one_session_or_all_of_an_account() {
        let (desk, _directory) = desk(DeskBounds::default());
        let sign_in = |author: &str| {
            let account = format!("x:{author}").parse().unwrap();
            match desk.sign_in(Proven { account, shown: String::new() }, second(0)) {
                Ok(SignedIn::As(_, ticket)) => ticket,
                other => panic!("{other:?}"),
            }
        };
        let [phone, desktop, laptop, others] = ["1", "1", "1", "2"].map(sign_in);
        let all = [&phone, &desktop, &laptop, &others];
        let valid = || all.map(|ticket| desk.session(ticket, second(1)).unwrap().is_some());
        desk.sign_out(&phone).unwrap();
        assert_eq!(valid(), [false, true, true, true]);
        desk.sign_out_everywhere(&"x:1".parse().unwrap()).unwrap();
        assert_eq!(valid(), [false, false, false, true]);
    }

    #[test]
    fn a_card_belongs_to_the_session_that_asked_for_it() {
        let (desk, _directory) = desk(DeskBounds::default());
        let proven = |author: &str| Proven { account: author.parse().unwrap(), shown: String::new() };
        let SignedIn::As(_, ana) = desk.sign_in(proven("x:1"), second(0)).unwrap() else { panic!() };
        let SignedIn::As(_, bea) = desk.sign_in(proven("x:2"), second(0)).unwrap() else { panic!() };
        let session = |ticket: &Ticket| desk.session(ticket, second(1)).unwrap().unwrap();
        let consents = Consents::given(|_| true, second(1)).unwrap();
        let began =
            desk.begin_card(&ana, &session(&ana), &consents, "/link/done", second(1)).unwrap().unwrap();
        let id = began.split_once("cs=").unwrap().1;
        let finish = |ticket: &Ticket, id: &str| desk.finish_card(&session(ticket), id, second(2)).unwrap();
        assert_eq!(finish(&bea, id), Err(VaultFault::OtherAccount), "another account's card");
        assert_eq!(
            finish(&ana, cookie(8).text()),
            Err(VaultFault::OtherAccount),
            "a card she did not ask for"
        );
        assert_eq!(finish(&ana, id), Err(VaultFault::NotComplete), "no card was given yet");
        let account = "x:1".parse().unwrap();
        assert_eq!(
            desk.consents(&account).unwrap(),
            Consents::default(),
            "nothing is linked, nothing is kept"
        );
    }
}
