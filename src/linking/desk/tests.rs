//! Attacks on sign-ins and sessions, at a desk in front of a database of its own.

use std::sync::atomic::{AtomicU8, Ordering};

use super::*;
use crate::domain::id::Network;
use crate::linking::consents::Consents;
use crate::linking::identity::{IssuerRule, Started, Typed};
use crate::linking::sandbox_cards::SandboxCards;
use crate::linking::sandbox_sign_in::{SandboxSignIn, SandboxSignsIn};
use crate::linking::vault::{CardPageReturns, VaultFault};

/// A desk whose random bytes count up, in front of a database of its own.
fn desk(bounds: DeskBounds) -> (Desk, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
    let count = AtomicU8::new(100);
    let random: Random = Box::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
    let sandbox = |network| Box::new(SandboxSignIn::new(network, SandboxSignsIn::Anybody));
    let providers: Vec<Box<dyn IdentityProvider>> = vec![sandbox(Network::X), sandbox(Network::Bluesky)];
    let desk = Desk::new(database, random, providers, Some(Arc::new(SandboxCards::default())), bounds);
    (desk, directory)
}

/// The sandbox for X.
const X: ProviderId = ProviderId::Sandbox(Network::X);

/// Seconds of a day long after the first one that there can be.
fn second(second: i64) -> Timestamp {
    Timestamp::from_ms((86_400 + second) * 1000)
}

fn cookie(no: u8) -> Ticket {
    Ticket::new(&[no; 32])
}

/// The state of a sign-in that begins in the browser with that cookie.
fn begun(desk: &Desk, browser: u8, at: i64) -> String {
    match desk.begin(X, "", &cookie(browser), [browser; 32], "/link/cb/x", second(at)) {
        Ok(Began::GoTo(address)) => address.split_once("state=").unwrap().1.to_owned(),
        began => panic!("{began:?}"),
    }
}

/// Signs an author of X in; `None` if there is no room.
fn signed_in(desk: &Desk, author: &str, at: i64) -> Option<Ticket> {
    let account = format!("x:{author}").parse().unwrap();
    match desk.sign_in(Proven { account, shown: author.to_owned() }, second(at)).unwrap() {
        SignedIn::As(_, ticket) => Some(ticket),
        SignedIn::Full => None,
        other => panic!("{other:?}"),
    }
}

fn back(
    desk: &Desk,
    query: &str,
    provider: ProviderId,
    browser: Option<u8>,
    at: i64,
) -> Result<String, FlowFault> {
    let cookie = browser.map(cookie);
    match desk.come_back(provider, query, cookie.as_ref(), "/link/cb/x", second(at)).unwrap() {
        SignedIn::As(proven, _) => Ok(proven.account.to_string()),
        SignedIn::Refused(fault) => Err(fault),
        other => panic!("{other:?}"),
    }
}

/// Ana begins in browser 1. Each row is one attack on her sign-in; after it hers still succeeds, or was spent by
/// herself.
#[test]
fn a_sign_in_is_finished_once_and_only_by_the_browser_that_began_it() {
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
        assert_eq!(back(&desk, query, X, browser, 1), Err(expected), "{what}");
    }
    assert_eq!(back(&desk, &good, X, Some(1), 2).as_deref(), Ok("x:7"), "none of them hurt her");
    assert_eq!(back(&desk, &good, X, Some(1), 3), Err(FlowFault::Unknown), "replayed");

    // What does not belong to its flow spends it.
    let table = [
        ("a server that mixes itself in", "evil", X, 1, FlowFault::OtherIssuer),
        (
            "to another network's address",
            "sandbox",
            ProviderId::Sandbox(Network::Bluesky),
            1,
            FlowFault::OtherProvider,
        ),
        (
            "to the address of the network beside the sandbox",
            "sandbox",
            ProviderId::Network(Network::X),
            1,
            FlowFault::OtherProvider,
        ),
        ("ten minutes later", "sandbox", X, 600, FlowFault::Late),
    ];
    for (what, iss, provider, at, expected) in table {
        let state = begun(&desk, 1, 0);
        assert_eq!(back(&desk, &returned(&state, iss), provider, Some(1), at), Err(expected), "{what}");
        let again = back(&desk, &returned(&state, "sandbox"), X, Some(1), 1);
        assert_eq!(again, Err(FlowFault::Unknown), "{what}, again");
    }

    // Two tabs of one browser do not disturb each other, and neither do two browsers.
    let states = [begun(&desk, 1, 0), begun(&desk, 1, 0), begun(&desk, 2, 0)];
    for (state, browser) in states.iter().zip([1, 1, 2]) {
        assert_eq!(back(&desk, &returned(state, "sandbox"), X, Some(browser), 5).as_deref(), Ok("x:7"));
    }
}

#[test]
fn sign_ins_and_sessions_are_bounded_and_what_is_over_makes_room() {
    let usual = DeskBounds::default();
    let sessions = SessionBounds { of_account: 2, all: 3, ..usual.sessions };
    let (desk, _directory) =
        desk(DeskBounds { flows: FlowBounds { of_client: 2, all: 3 }, sessions, ..usual });
    let begin = |client: u8, at| {
        let began = desk.begin(X, "", &cookie(client), [client; 32], "/", second(at));
        matches!(began.unwrap(), Began::GoTo(_))
    };
    // From the same address only two; in all only three; and after ten minutes there is room.
    let table = [(1, 0, true), (1, 0, true), (1, 0, false), (2, 0, true), (3, 0, false), (1, 600, true)];
    for (client, at, expected) in table {
        assert_eq!(begin(client, at), expected, "client {client} at {at}");
    }
    let sign_in = |author: &str, at| signed_in(&desk, author, at);
    let is_in = |ticket: &Ticket, at| desk.session(ticket, second(at)).unwrap().is_some();
    let tickets: Vec<_> = (0..3).map(|at| sign_in("1", at).unwrap()).collect();
    let valid: Vec<_> = tickets.iter().map(|ticket| is_in(ticket, 3)).collect();
    assert_eq!(valid, [false, true, true], "the oldest of an account makes room");
    let other = sign_in("2", 4).unwrap();
    assert_eq!(sign_in("3", 5), None, "no room for more");
    assert!(sign_in("3", 1805).is_some(), "those that rested are over");
    assert!(!is_in(&other, 1805));
}

/// A server of Mastodon that tells whose account it is as it likes, or never begins a sign-in. It counts how often it was asked.
#[derive(Default)]
struct Server {
    shown: Option<&'static str>,
    /// The account that it tells; an account of its own if it tells none.
    account: Option<&'static str>,
    asked: Arc<AtomicU8>,
}

/// Its provider.
const MASTODON: ProviderId = ProviderId::Network(Network::Mastodon);

impl Server {
    fn down() -> SignInFault {
        SignInFault::Unanswered("down".to_owned())
    }
}

impl IdentityProvider for Server {
    fn id(&self) -> ProviderId {
        MASTODON
    }

    fn typed(&self) -> Option<Typed> {
        None
    }

    fn issuer_rule(&self) -> IssuerRule {
        IssuerRule::IfNamed
    }

    fn start(&self, leaving: &Leaving<'_>) -> Result<Started, SignInFault> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.shown.ok_or_else(Self::down)?;
        let go_to = format!("/?state={}", leaving.state.text());
        Ok(Started { go_to, issuer: "https://a.example".to_owned(), kept: Vec::new() })
    }

    fn finish(&self, _: &Back<'_>) -> Result<Proven, SignInFault> {
        let account = self.account.unwrap_or("mastodon:https://a.example/users/ana").parse().unwrap();
        self.shown.map(|shown| Proven { account, shown: shown.to_owned() }).ok_or_else(Self::down)
    }
}

#[test]
fn a_sign_in_that_does_not_begin_counts_as_well() {
    let bounds = DeskBounds { flows: FlowBounds { of_client: 2, all: 10 }, ..DeskBounds::default() };
    let (mut desk, _directory) = desk(bounds);
    let asked = Arc::<AtomicU8>::default();
    desk.providers = vec![Box::new(Server { asked: Arc::clone(&asked), ..Server::default() })];
    let begin = || desk.begin(MASTODON, "a.example", &cookie(1), [1; 32], "/", second(0)).unwrap();
    let begun: Vec<_> = (0..4).map(|_| matches!(begin(), Began::Fault(_))).collect();
    assert_eq!(begun, [true, true, false, false]);
    assert_eq!(asked.load(Ordering::Relaxed), 2, "the network is not asked any more");
}

/// The name stands in a letter to an address that somebody typed.
#[test]
fn a_server_puts_no_words_of_its_own_into_a_name() {
    let long: &'static str = format!("@{}@a.example", "a".repeat(320)).leak();
    let table = [
        ("@ana@a.example", true),
        ("@Ana_B.c-2@a.example:8443", true),
        ("https://a.example/users/ana", true),
        ("https://a.example/users/eve", false),
        ("@Your parcel is held. Pay@a.example", false),
        ("@ana\r\n\r\nPay@a.example", false),
        ("@evil.example/pay@a.example", false),
        ("@<b>ana</b>@a.example", false),
        ("@\u{202e}ana@a.example", false),
        (long, false),
        ("", false),
    ];
    for (shown, expected) in table {
        let received = came_back(Server { shown: Some(shown), ..Server::default() });
        assert_eq!(matches!(received, SignedIn::As(..)), expected, "{shown:?}: {received:?}");
        let is_refused = matches!(received, SignedIn::Fault(SignInFault::NotTheirs(_)));
        assert_eq!(is_refused, !expected, "{shown:?}");
    }
}

/// What becomes of a sign-in at that server.
fn came_back(server: Server) -> SignedIn {
    let (mut desk, _directory) = desk(DeskBounds::default());
    desk.providers = vec![Box::new(server)];
    let began = desk.begin(MASTODON, "", &cookie(1), [1; 32], "/", second(0)).unwrap();
    let Began::GoTo(address) = began else { panic!("{began:?}") };
    let query = format!("{}&code=7", address.strip_prefix("/?").unwrap());
    desk.come_back(MASTODON, &query, Some(&cookie(1)), "/", second(1)).unwrap()
}

/// Whatever a network's sign-in answers, and however it was read.
#[test]
fn a_network_signs_in_no_sandbox_account_and_none_of_another_network() {
    let table = [
        ("mastodon:https://a.example/users/ana", true),
        ("mastodon:sandbox:ana", false),
        ("x:sandbox:ana", false),
        ("x:7", false),
    ];
    for (account, expected) in table {
        let server = Server { shown: Some("@ana@a.example"), account: Some(account), ..Server::default() };
        let received = came_back(server);
        assert_eq!(matches!(received, SignedIn::As(..)), expected, "{account}: {received:?}");
        let is_refused = matches!(received, SignedIn::Fault(SignInFault::NotTheirs(_)));
        assert_eq!(is_refused, !expected, "{account}");
    }
}

#[test]
fn a_provider_has_one_name_and_is_read_back_by_it() {
    for network in Network::ALL {
        for id in [ProviderId::Network(network), ProviderId::Sandbox(network)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
    assert_eq!(ProviderId::Sandbox(Network::X).to_string(), "sandbox-x");
    for name in ["", "sandbox", "sandbox-", "sandbox-sandbox-x", "X", "x ", "sandbox:x"] {
        assert!(name.parse::<ProviderId>().is_err(), "{name:?}");
    }
}

#[test]
fn signing_out_ends_one_session_or_all_of_an_account() {
    let (desk, _directory) = desk(DeskBounds::default());
    let sign_in = |author: &str| signed_in(&desk, author, 0).unwrap();
    let [phone, desktop, laptop, others] = ["1", "1", "1", "2"].map(sign_in);
    let all = [&phone, &desktop, &laptop, &others];
    let valid = || all.map(|ticket| desk.session(ticket, second(1)).unwrap().is_some());
    desk.sign_out(&phone).unwrap();
    assert_eq!(valid(), [false, true, true, true]);
    desk.sign_out_everywhere(&"x:1".parse().unwrap()).unwrap();
    assert_eq!(valid(), [false, false, false, true]);
}

#[test]
fn a_card_belongs_to_the_account_that_asked_for_it() {
    let (desk, _directory) = desk(DeskBounds::default());
    let (ana, bea): (Account, Account) = ("x:1".parse().unwrap(), "x:2".parse().unwrap());
    let consents = Consents::given(|_| true, second(1)).unwrap();
    let returns = CardPageReturns { done: "/link/done".to_owned(), left: "/link/left".to_owned() };
    let began = desk.begin_card(&ana, &consents, &returns, second(1)).unwrap().unwrap();
    let id = began.split_once("cs=").unwrap().1;
    let finish = |account: &Account, id: &str| desk.finish_card(account, id, second(2)).unwrap();
    assert_eq!(finish(&bea, id), Err(VaultFault::OtherAccount), "another account's card");
    assert_eq!(finish(&ana, cookie(8).text()), Err(VaultFault::Unknown), "a card that nobody asked for");
    assert_eq!(finish(&ana, id), Err(VaultFault::NotComplete), "no card was given yet");
}
