//! The file providers write one line per key, whatever is repeated.

use std::fs;
use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use flashtag::domain::effect::{Announcement, Effect};
use flashtag::domain::id::Account;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::outbox::address_book::ParcelBook;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::provider::file::maildir::Maildir;
use flashtag::outbox::provider::file::orders::OrderFile;
use flashtag::outbox::provider::file::replies::Replies;
use flashtag::outbox::provider::letter::{DEFAULT_DOMAIN, Sender};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::people::ShipTo;

use super::{announce, at, attempt, email, payment, reply, reply_request, terms, words};

/// A delivery; a letter goes to Ana, if the account had an address.
pub(super) fn delivery(attempt: Attempt, ms: i64) -> Delivery {
    let address = match &attempt.effect {
        Effect::Email { to, .. } if to.is_yes() => Some("ana@example.com".into()),
        _ => None,
    };
    Delivery { attempt, offering: terms().into(), at: at(ms), address }
}

/// Delivers through a provider that answers at once.
fn deliver(provider: &dyn Provider, attempt: &Attempt, ms: i64) -> AttemptResult {
    carry_out(provider, &delivery(attempt.clone(), ms))
}

fn carry_out(provider: &dyn Provider, delivery: &Delivery) -> AttemptResult {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, provider.deliver(delivery))
}

fn refusal() -> Attempt {
    let request = reply_request(Outcome::SoldOut, None);
    let key = DeliveryKey::refusal(0, &request);
    Attempt { key, ..attempt(0, Effect::Reply(request)) }
}

#[test]
fn a_key_has_one_line_across_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("replies.ndjson");
    let prompt = attempt(12, reply(Outcome::Reserved, 17));
    for ms in [1, 2] {
        let replies = Replies::file(&path).unwrap();
        for _ in 0..2 {
            let answer = deliver(&replies, &prompt, ms);
            assert_eq!(answer, prompt.delivered(at(ms)));
            let AttemptResult::Done { reference: Some(ProviderRef::Reply(id)), .. } = answer else {
                panic!("{answer:?}")
            };
            assert_eq!(id.to_string(), "0/12/0");
        }
    }
    let replies = Replies::file(&path).unwrap();
    deliver(&replies, &attempt(13, announce(Announcement::Closing)), 3);
    deliver(&replies, &refusal(), 4);
    let text = fs::read_to_string(&path).unwrap();
    let expected = concat!(
        r#"{"key":"0/12/0","network":"x","in_reply_to":"5000001","text":"Yours for now: Kindle Fire HD. "#,
        r##"Reply #ConfirmKindleFireHD within 15 minutes to buy for 149.99 USD.","at":"2013-02-13T17:00:00.001Z"}"##,
        "\n",
        r#"{"key":"0/13/0","network":"x","in_reply_to":null,"text":"Closed: Kindle Fire HD. This sale is over. "#,
        r#"A unit that is reserved for you can still be confirmed within its time.","at":"2013-02-13T17:00:00.003Z"}"#,
        "\n",
        r#"{"key":"refusal/x/5000001","network":"x","in_reply_to":"5000001","text":"Kindle Fire HD is sold out. "#,
        r#"Sorry that it was not enough for you this time. If units come back, we tell it here at once.","at":"2013-02-13T17:00:00.004Z"}"#,
        "\n",
    );
    assert_eq!(text, expected);
    fs::write(&path, format!("{text}{{\"key\":\"0/99")).unwrap();
    Replies::file(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), expected, "the torn end is cut off");
}

#[test]
fn a_provider_refuses_effects_of_others() {
    let dir = tempfile::tempdir().unwrap();
    let replies = Replies::file(&dir.path().join("replies")).unwrap();
    let orders = OrderFile::open(&dir.path().join("orders")).unwrap();
    let mail = Maildir::open(&dir.path().join("mail"), sender()).unwrap();
    let speechless = attempt(1, reply(Outcome::NotRelevant, 1));
    let cases: [(&dyn Provider, Attempt); 4] =
        [(&replies, attempt(1, email())), (&replies, speechless), (&orders, refusal()), (&mail, refusal())];
    for (provider, attempt) in cases {
        let answer = deliver(provider, &attempt, 0);
        assert!(matches!(answer, AttemptResult::Failed { permanent: true, .. }), "{answer:?}");
    }
}

#[test]
fn the_merchant_gets_each_order_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.ndjson");
    let order = attempt(12, Effect::Order(payment(17, "tok_1")));
    for ms in [1, 2] {
        let orders = OrderFile::open(&path).unwrap();
        assert_eq!(deliver(&orders, &order, ms), order.delivered(at(ms)));
    }
    let expected = concat!(
        r#"{"key":"0/12/0","order":"kindle-fire-hd.17","offer":"kindle-fire-hd","title":"Kindle Fire HD","#,
        r#""account":"x:42","card":"tok_1","amount":"149.99 USD","at":"2013-02-13T17:00:00.001Z"}"#,
        "\n",
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}

/// Where parcels go; `None` while nobody can tell.
struct Parcels(Option<Option<ShipTo>>);

impl ParcelBook for Parcels {
    fn parcel_of(&self, account: &Account) -> Result<Option<ShipTo>, CompactString> {
        assert_eq!(account.to_string(), "x:42");
        self.0.clone().ok_or_else(|| "it cannot be looked up".into())
    }
}

#[test]
fn an_order_says_where_its_parcel_goes_and_waits_until_that_can_be_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.ndjson");
    let order = |sequence| attempt(sequence, Effect::Order(payment(17, "tok_1")));
    let at_home = ShipTo {
        name: "Ana \"A\" Perez".into(),
        lines: vec!["Calle Mayor 1".into(), "2o B".into()],
        postal_code: "28013".into(),
        city: "Madrid".into(),
        state: String::new(),
        country: "ES".into(),
    };
    let with = |parcels| OrderFile::open(&path).unwrap().with_parcels(Rc::new(Parcels(parcels)));
    let waits = deliver(&with(None), &order(12), 1);
    assert!(matches!(waits, AttemptResult::Failed { permanent: false, .. }), "{waits:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    // Handed over once; it is not written again once its person is erased.
    deliver(&with(Some(Some(at_home))), &order(12), 2);
    for sequence in [12, 13] {
        deliver(&with(Some(None)), &order(sequence), 3);
    }
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let [first, second] = lines.as_slice() else { panic!("{text}") };
    let address = concat!(
        r#""amount":"149.99 USD","address":{"name":"Ana \"A\" Perez","lines":["Calle Mayor 1","2o B"],"#,
        r#""postal_code":"28013","city":"Madrid","state":"","country":"ES"},"at":"2013-02-13T17:00:00.002Z"}"#,
    );
    assert!(first.ends_with(address), "{first}");
    assert!(second.contains("0/13/0") && !second.contains("address"), "{second}");
}

pub(super) fn sender() -> Sender {
    Sender::new("Kindle Shop <orders@shop.example>", DEFAULT_DOMAIN, Arc::new(words())).unwrap()
}

#[test]
fn a_repeated_letter_replaces_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let (letter, other) = (attempt(12, email()), attempt(13, email()));
    let read = || {
        let files = fs::read_dir(dir.path().join("new")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
            .collect::<Vec<_>>()
    };
    deliver(&Maildir::open(dir.path(), sender()).unwrap(), &letter, 1);
    let first = read();
    // The same letter later, after a restart, as another attempt.
    let again = Attempt { number: 2, ..letter.clone() };
    let maildir = Maildir::open(dir.path(), sender()).unwrap();
    assert_eq!(deliver(&maildir, &again, 900_000), letter.delivered(at(900_000)));
    assert_eq!(read(), first);
    deliver(&maildir, &other, 1);
    let names: Vec<_> = read().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0.12.0.flashtag", "0.13.0.flashtag"]);
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    let text = &first[0].1;
    for line in [
        "From: \"Kindle Shop\" <orders@shop.example>",
        "To: ana@example.com",
        "Subject: Your order of Kindle Fire HD",
        "Date: Wed, 13 Feb 2013 17:00:00 +0000",
        "Message-ID: <0.12.0@flashtag.invalid>",
        "Auto-Submitted: auto-generated",
        "Order     kindle-fire-hd.17",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}

#[test]
fn an_invalid_address_is_not_retried() {
    let dir = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(dir.path(), sender()).unwrap();
    let invalid =
        [Some(""), Some("ana"), Some("ana@example.com\r\nBcc: x@example.com"), Some("a@b, c@d"), None];
    for to in invalid {
        let delivery = Delivery { address: to.map(Into::into), ..delivery(attempt(1, email()), 0) };
        let answer = carry_out(&maildir, &delivery);
        assert!(matches!(answer, AttemptResult::Failed { permanent: true, .. }), "{to:?}: {answer:?}");
    }
    assert!(Sender::new("nobody", DEFAULT_DOMAIN, Arc::new(words())).is_err());
    assert!(Sender::new("a@b.example", "shop.example>\r\n", Arc::new(words())).is_err());
}
