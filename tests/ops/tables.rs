//! What each table answers, before and after a restart.

use flashtag::domain::id::{Network, PostId};
use flashtag::domain::time::Millis;
use flashtag::ops::{
    AddressLetter, AddressLetterBounds, AddressLetterRow, CardEventBounds, Expense, HeardBatch, HeardBounds,
    NetworkState, OpsDatabase, SessionBounds, SessionRow, Spent, SuppressionReason, TokenState, UtcDay,
};

use super::{DAY_MS, Data, START_MS, second};

/// No post of X has the id 0.
fn id(post: u64) -> String {
    (post + 1).to_string()
}

fn hear(database: &OpsDatabase, network: &str, posts: std::ops::Range<u64>, at: i64, bounds: HeardBounds) {
    let posts: Vec<_> = posts.map(|post| PostId::parse(Network::X, &id(post)).unwrap()).collect();
    let batch = HeardBatch {
        network,
        kind: Network::X,
        stream: "mentions",
        cursor: None,
        posts: &posts,
        at: second(at),
    };
    database.store_heard(&batch, bounds).unwrap();
}

fn known(database: &OpsDatabase, posts: std::ops::Range<u64>) -> Vec<u64> {
    posts.filter(|post| database.heard(Network::X, &id(*post)).unwrap().is_some()).collect()
}

/// The file may be lost: everything is then as at the first start.
#[test]
fn a_lost_database_is_an_empty_one() {
    let data = Data::new();
    let fill = |database: &OpsDatabase| {
        database.store_cursor("shop-x", "mentions", "1811", second(0)).unwrap();
        hear(database, "shop-x", 0..3, 0, HeardBounds::default());
        database.store_signed_out("shop-x", "revoked", second(0)).unwrap();
        database
            .spend("shop-x", UtcDay::of(second(0)), Expense::Read, Spent { count: 1, micros: 5 })
            .unwrap();
        database.set_network_state("shop-x", NetworkState::Disconnected, second(0)).unwrap();
        let address = database.address_hash("ana@shop.example").unwrap();
        database.suppress(&address, SuppressionReason::Bounced, second(0)).unwrap();
    };
    fill(&data.open());
    std::fs::remove_file(data.database()).unwrap();
    let database = data.open();
    assert_eq!(database.cursor("shop-x", "mentions").unwrap(), None);
    assert!(known(&database, 0..3).is_empty());
    assert_eq!(database.token_state("shop-x").unwrap(), TokenState::default());
    assert_eq!(database.spent("shop-x", UtcDay::of(second(0)), Expense::Read).unwrap(), Spent::default());
    assert_eq!(database.network_state("shop-x").unwrap(), None);
    let address = database.address_hash("ana@shop.example").unwrap();
    assert_eq!(database.suppressed(&address).unwrap(), None);
    fill(&database);
}

#[test]
fn a_cursor_belongs_to_one_stream_of_one_network() {
    let data = Data::new();
    let database = data.open();
    let table = [("shop-x", "mentions", "1"), ("shop-x", "activity", "2"), ("shop-b", "mentions", "3")];
    for (network, stream, cursor) in table {
        database.store_cursor(network, stream, "earlier", second(0)).unwrap();
        database.store_cursor(network, stream, cursor, second(1)).unwrap();
    }
    drop(database);
    let database = data.open();
    for (network, stream, cursor) in table {
        assert_eq!(database.cursor(network, stream).unwrap().as_deref(), Some(cursor));
    }
    database.forget_cursors("shop-x").unwrap();
    let left = table.map(|(network, stream, _)| database.cursor(network, stream).unwrap());
    assert_eq!(left, [None, None, Some("3".to_owned())]);
}

#[test]
fn a_post_is_answered_by_the_account_that_heard_it_first() {
    let data = Data::new();
    let database = data.open();
    hear(&database, "shop-a", 0..2, 0, HeardBounds::default());
    hear(&database, "shop-b", 1..3, 1, HeardBounds::default());
    let heard = |kind, post| database.heard(kind, post).unwrap();
    assert_eq!(heard(Network::X, "1").as_deref(), Some("shop-a"));
    assert_eq!(heard(Network::X, "2").as_deref(), Some("shop-a"));
    assert_eq!(heard(Network::X, "3").as_deref(), Some("shop-b"));
    assert_eq!(heard(Network::X, "4"), None);
    assert_eq!(heard(Network::Mastodon, "1"), None, "the same id on another network is another post");
}

#[test]
fn heard_posts_are_bounded_by_age_and_number() {
    let data = Data::new();
    let database = data.open();
    let bounds = HeardBounds { age_most: Millis::from_secs(100), count_most: 5 };
    hear(&database, "shop-x", 0..4, 0, bounds);
    assert_eq!(known(&database, 0..4), [0, 1, 2, 3]);
    hear(&database, "shop-x", 4..8, 50, bounds);
    assert_eq!(known(&database, 0..8), [3, 4, 5, 6, 7], "the newest five");
    hear(&database, "shop-x", 8..9, 101, bounds);
    assert_eq!(
        known(&database, 0..9),
        [4, 5, 6, 7, 8],
        "what is not older than 100 seconds, and the newest five"
    );
    hear(&database, "shop-x", 9..10, 151, bounds);
    assert_eq!(known(&database, 0..10), [8, 9]);
    // Posts that come again are no new ones.
    for _ in 0..10 {
        hear(&database, "shop-x", 8..10, 160, bounds);
    }
    assert_eq!(known(&database, 0..10), [8, 9]);
    hear(&database, "shop-x", 10..11, 1_000, bounds);
    assert_eq!(known(&database, 0..11), [10]);
}

#[test]
fn a_token_s_state_tells_the_last_renewal_and_the_first_reason() {
    let data = Data::new();
    let database = data.open();
    let state = |renewed: Option<i64>, out: Option<(i64, &str)>| TokenState {
        renewed_at: renewed.map(second),
        signed_out: out.map(|(at, reason)| (second(at), reason.to_owned())),
    };
    let seen = || database.token_state("shop-x").unwrap();
    assert_eq!(seen(), state(None, None));
    database.store_signed_out("shop-x", "never connected", second(1)).unwrap();
    assert_eq!(seen(), state(None, Some((1, "never connected"))));
    database.store_renewal("shop-x", second(2)).unwrap();
    assert_eq!(seen(), state(Some(2), None));
    database.store_signed_out("shop-x", "revoked", second(3)).unwrap();
    database.store_signed_out("shop-x", "still revoked", second(4)).unwrap();
    assert_eq!(seen(), state(Some(2), Some((3, "revoked"))));
    database.store_renewal("shop-x", second(5)).unwrap();
    assert_eq!(seen(), state(Some(5), None));
    assert_eq!(database.token_state("shop-b").unwrap(), state(None, None));
}

#[test]
fn expenses_add_up_by_network_day_and_kind() {
    let data = Data::new();
    let database = data.open();
    let day = |days: i64| UtcDay::of(flashtag::domain::time::Timestamp::from_ms(START_MS + days * DAY_MS));
    let one = Spent { count: 1, micros: 10_000 };
    assert_eq!(database.spend("shop-x", day(0), Expense::Sent, one).unwrap(), one);
    let sum = database.spend("shop-x", day(0), Expense::Sent, Spent { count: 4, micros: 200_000 }).unwrap();
    assert_eq!(sum, Spent { count: 5, micros: 210_000 });
    for (network, day, expense) in [
        ("shop-y", day(0), Expense::Sent),
        ("shop-x", day(1), Expense::Sent),
        ("shop-x", day(0), Expense::Read),
        ("shop-x", day(0), Expense::SignIn),
    ] {
        assert_eq!(database.spent(network, day, expense).unwrap(), Spent::default());
        assert_eq!(database.spend(network, day, expense, one).unwrap(), one);
    }
    drop(database);
    let database = data.open();
    assert_eq!(database.spent("shop-x", day(0), Expense::Sent).unwrap(), sum);
    // The largest sum stays where it is.
    let most = Spent { count: u64::MAX, micros: u64::MAX };
    let largest = Spent { count: i64::MAX.unsigned_abs(), micros: i64::MAX.unsigned_abs() };
    for _ in 0..2 {
        assert_eq!(database.spend("shop-x", day(0), Expense::Sent, most).unwrap(), largest);
    }
    // After more than a year a day is forgotten.
    database.spend("shop-x", day(401), Expense::Sent, one).unwrap();
    assert_eq!(database.spent("shop-x", day(0), Expense::Sent).unwrap(), Spent::default());
    assert_eq!(database.spent("shop-x", day(1), Expense::Sent).unwrap(), one);
}

#[test]
fn a_day_begins_at_midnight_utc() {
    let midnight = START_MS.div_euclid(DAY_MS) * DAY_MS;
    let day = |ms| UtcDay::of(flashtag::domain::time::Timestamp::from_ms(ms));
    assert_eq!(day(midnight), day(midnight + DAY_MS - 1));
    assert!(day(midnight - 1) < day(midnight));
}

#[test]
fn a_network_is_in_the_state_that_was_decided_last() {
    let data = Data::new();
    let database = data.open();
    for (at, state) in
        [NetworkState::Connected, NetworkState::Paused, NetworkState::Disconnected].into_iter().enumerate()
    {
        let at = i64::try_from(at).unwrap();
        database.set_network_state("shop-x", state, second(at)).unwrap();
        // Deciding the same again changes nothing.
        database.set_network_state("shop-x", state, second(at + 100)).unwrap();
        assert_eq!(database.network_state("shop-x").unwrap(), Some((state, second(at))));
    }
    assert_eq!(database.network_state("shop-b").unwrap(), None);
}

#[test]
fn suppressed_addresses_are_known_by_their_hash_alone() {
    let data = Data::new();
    let database = data.open();
    let hash = |address| database.address_hash(address).unwrap();
    database.suppress(&hash("Ana@Shop.example "), SuppressionReason::Bounced, second(1)).unwrap();
    database.suppress(&hash("ana@shop.example"), SuppressionReason::Complained, second(2)).unwrap();
    let found = database.suppressed(&hash("ana@shop.example")).unwrap();
    assert_eq!(found, Some(("bounced".to_owned(), second(1))), "the first reason stays");
    assert_eq!(database.suppressed(&hash("ben@shop.example")).unwrap(), None);
    assert_eq!(hash("ana@shop.example"), hash("ANA@shop.example"));
    let elsewhere = Data::new();
    assert_ne!(elsewhere.open().address_hash("ana@shop.example").unwrap(), hash("ana@shop.example"));
    drop(database);
    let bytes = std::fs::read(data.database()).unwrap();
    assert!(
        !bytes.to_ascii_lowercase().windows(3).any(|window| window == b"ana"),
        "the address is in the file"
    );
    let database = data.open();
    let ana = database.address_hash("ana@shop.example").unwrap();
    assert!(database.suppressed(&ana).unwrap().is_some(), "the salt stays");
    assert_eq!(database.unsuppress_all(&[ana.clone(), ana.clone()]).unwrap(), 1, "an address counts once");
    assert_eq!(database.suppressed(&ana).unwrap(), None);
}

#[test]
fn events_of_the_card_processor_are_remembered_for_days_and_within_a_number() {
    let data = Data::new();
    let bounds = CardEventBounds { age_most: 4 * 86_400, count_most: 3 };
    let database = data.open();
    for (event, created) in [("evt_1", 1_000_000), ("evt_2", 1_000_010), ("evt_1", 1_000_000)] {
        database.store_card_event(event, created, bounds).unwrap();
    }
    drop(database);
    let database = data.open();
    let known = |event: &str| database.has_card_event(event).unwrap();
    assert!(known("evt_1") && known("evt_2") && !known("evt_3"), "a restart forgets nothing");
    database.store_card_event("evt_3", 1_000_020, bounds).unwrap();
    database.store_card_event("evt_4", 1_000_030, bounds).unwrap();
    assert!(!known("evt_1") && known("evt_2") && known("evt_4"), "the oldest goes first");
    database.store_card_event("evt_5", 1_000_020 + 4 * 86_400, bounds).unwrap();
    assert!(!known("evt_2") && known("evt_3") && known("evt_5"), "older ones are forgotten by age");
}

/// What is kept beside the journals of who is erased goes, and nobody else's.
#[test]
fn an_account_that_is_forgotten_has_no_session_and_no_letter_that_proves_anything() {
    let data = Data::new();
    let database = data.open();
    let session_bounds =
        SessionBounds { idle: Millis::from_secs(60), age: Millis::from_secs(60), of_account: 9, all: 9 };
    let letter_bounds =
        AddressLetterBounds { life: Millis::from_secs(60), of_account: 9, of_address: 9, all: 9 };
    for (number, account) in [(1, "x:1"), (2, "x:2")] {
        let session = SessionRow {
            account: account.to_owned(),
            shown: "@somebody".to_owned(),
            signed_in_at: second(0),
            seen_at: second(0),
        };
        assert!(database.add_link_session(&[number; 32], &session, session_bounds).unwrap());
        let letter = AddressLetterRow {
            ticket: [number; 32],
            account: account.to_owned(),
            shown: "@somebody".to_owned(),
            address: database.address_hash("ana@example.com").unwrap(),
            sent_at: second(0),
        };
        database.add_address_letter(&letter, letter_bounds).unwrap();
        database.stop_letters(account, "credits", second(0)).unwrap();
    }
    database.forget_accounts(&["x:1".to_owned(), "x:3".to_owned()]).unwrap();
    drop(database);
    let database = data.open();
    for (number, account, is_known) in [(1, "x:1", false), (2, "x:2", true)] {
        assert_eq!(database.link_session(&[number; 32]).unwrap().is_some(), is_known, "{account}");
        let letter = database.address_letter(&[number; 32], letter_bounds.life, second(1)).unwrap();
        let (is_open, shown) = match letter {
            AddressLetter::Open(row) => (true, row.shown),
            AddressLetter::Over(row) => (false, row.shown),
            AddressLetter::Unknown => panic!("letters still count"),
        };
        assert_eq!((is_open, shown.is_empty()), (is_known, !is_known), "{account}");
        assert_eq!(database.has_stopped_letters(account, "credits").unwrap(), is_known, "{account}");
    }
}
