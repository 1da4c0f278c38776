//! Hostile or excessive names of offers, shops and merchants.

use flashtag::domain::effect::{About, CardUse, Effect, ReplyRequest};
use flashtag::domain::id::{Account, Network, OfferId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Timestamp;
use flashtag::domain::transaction::TransactionId;
use flashtag::outbox::provider::Delivery;
use flashtag::outbox::provider::letter::{DEFAULT_DOMAIN, Sender};
use flashtag::text::email::plain_address;
use flashtag::text::hashtag::hashtags;
use flashtag::text::hashtag::url::urls;
use flashtag::words::announcement::fits;
use flashtag::words::{Subject, Words};
use proptest::prelude::*;

use super::words::{SILENT, credit, purchase};
use super::{at, attempt, email, reply_request, terms, words};

/// A name, and what must not appear in the output.
const NAMES: &[(&str, &[&str])] = &[
    ("<script>alert(1)</script>", &["<script", "</script"]),
    ("\"><img src=x onerror=alert(1)>", &["<img", "\"><img"]),
    ("' style='display:none", &["' style='"]),
    ("Kindle\r\nBcc: victim@example.com\r\n\r\n<b>", &["\r", "\nBcc", "<b>"]),
    ("{{ 77*77 }}{% include 'letter/layout.html' %}{# gone #}", &["5929"]),
    ("\u{202E}DH eriF\u{202C} \u{2067}x\u{2069} \u{200F}y", &["\u{202E}", "\u{2067}", "\u{200F}"]),
    ("pay at https://evil.example/x?y=1 or evil.com", &[]),
    ("@everyone #BuyMore ＃Free ＠all", &[]),
    ("👩‍👩‍👧‍👦 🇺🇸 👍🏽 family pack", &[]),
    ("\u{FEFF}\u{FFFE}Kindle\u{0}\u{7}", &["\u{FEFF}", "\u{FFFE}", "\u{0}", "\u{7}"]),
    ("", &[]),
    ("\u{301}\u{302}\u{303}", &[]),
];

/// The visible text of the HTML.
fn read(html: &str) -> String {
    let plain = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    plain.replace("&amp;", "&")
}

fn request_about(outcome: Outcome, merchant: &str) -> ReplyRequest {
    let Some(About::Purchase(used)) = purchase(1) else { panic!("a purchase") };
    let about = About::Purchase(Box::new(CardUse { merchant: merchant.into(), ..*used }));
    ReplyRequest { about: Some(about), deadline: Some(at(900_000)), ..reply_request(outcome, Some(17)) }
}

#[test]
fn hostile_names_are_escaped_in_every_text() {
    for (name, never) in NAMES {
        let shop = Words::of_shop(name);
        for &outcome in Outcome::ALL {
            for subject in [Subject::from(&terms()), credit()] {
                let subject = Subject { title: (*name).into(), reward: Some((*name).into()), ..subject };
                let request = request_about(outcome, name);
                let letter = shop.letter(&request, subject.clone(), at(0));
                let reply = shop.reply(&request, subject.clone(), at(0)).unwrap_or_default();
                for one_line in [&reply, &letter.subject] {
                    assert!(!one_line.contains(char::is_control), "{outcome}: {one_line:?}");
                }
                for never in *never {
                    let markup = never.contains('<') || never.contains('\'');
                    let parts = [
                        (&reply, !markup),
                        (&letter.subject, !markup),
                        (&letter.text, !markup),
                        (&letter.html, true),
                    ];
                    for (part, _) in parts.iter().filter(|(_, checked)| *checked) {
                        assert!(!part.contains(never), "{outcome}: {never:?} came through: {part}");
                    }
                }
                assert_eq!(
                    letter.html.matches('<').count(),
                    letter.html.matches('>').count(),
                    "{}",
                    letter.html
                );
            }
        }
    }
}

#[test]
fn a_name_is_printed_unchanged_and_never_evaluated() {
    let table = [
        ("<script>alert(1)</script> & \"Sons\"", "<script>alert(1)</script> & \"Sons\""),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
        ("{% raw %}", "{% raw %}"),
        ("Kindle\r\nFire", "Kindle Fire"),
        ("كيندل فاير", "كيندل فاير"),
        ("👩‍👩‍👧‍👦 pack", "👩‍👩‍👧‍👦 pack"),
    ];
    for (name, shown) in table {
        let subject = Subject { title: name.into(), ..Subject::from(&terms()) };
        let request = reply_request(Outcome::Sold, Some(17));
        let letter = words().letter(&request, subject.clone(), at(0));
        let reply = words().reply(&request, subject, at(0)).unwrap();
        assert!(reply.starts_with(&format!("It is yours: {shown} for")), "{reply}");
        assert_eq!(letter.subject, format!("Your order of {shown}"));
        assert!(letter.text.contains(&format!("Item      {shown}\n")), "{}", letter.text);
        assert!(read(&letter.html).contains(&format!(">{shown}</td>")), "{}", letter.html);
    }
}

#[test]
fn a_name_cannot_change_the_headers_of_a_letter() {
    let sender = Sender::new("shop@shop.example", DEFAULT_DOMAIN, words().into()).unwrap();
    for (name, _) in NAMES {
        let mut terms = terms();
        terms.title = format!("{name} {}", "long ".repeat(100)).into();
        let effect =
            Effect::Email { to: "ana@example.com".into(), request: reply_request(Outcome::Sold, Some(17)) };
        let mut delivery = super::files::delivery(attempt(12, effect), 0);
        delivery.offering = terms.into();
        let letter = |delivery| String::from_utf8(sender.message(delivery).unwrap().formatted()).unwrap();
        let (text, again) = (letter(&delivery), letter(&delivery));
        assert_eq!(text, again, "the same bytes whenever it is sent");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split_once(':').map(|(name, _)| name))
            .collect();
        let own =
            ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
        assert_eq!(names.len(), own.len(), "{head}");
        assert!(own.iter().all(|own| names.contains(own)), "{head}");
        assert!(head.contains("multipart/alternative"), "{head}");
        let (plain, html) = (body.find("text/plain"), body.find("text/html"));
        assert!(plain.is_some() && plain < html, "readers take the last part that they can show: {body}");
        assert!(text.lines().all(|line| line.len() <= 998), "a longer line is cut on its way");
    }
}

#[test]
fn a_letter_goes_to_every_address_that_a_link_may_have() {
    let sender = Sender::new("shop@shop.example", DEFAULT_DOMAIN, words().into()).unwrap();
    for address in [
        "ana+kindle@example.com",
        "o'neil@example.com",
        "ana@münchen.de",
        "jösé@例え.テスト",
        "a!#$%&*/=?^_`{|}~-@localhost",
    ] {
        let to = plain_address(address).expect("an address");
        let delivery = super::files::delivery(attempt(12, email()), 0);
        let message = sender.message(&Delivery { address: Some((&*to).into()), ..delivery }).unwrap();
        let to: Vec<_> = message.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(to, [plain_address(address).unwrap()]);
        let head = String::from_utf8(message.formatted()).unwrap();
        assert_eq!(head.lines().filter(|line| line.starts_with("To: ")).count(), 1, "{address}: {head}");
    }
}

#[test]
fn long_titles_are_cut_between_letters() {
    let reply = |title: &str| {
        let subject = Subject { title: title.into(), ..Subject::from(&terms()) };
        words().reply(&reply_request(Outcome::AccountTooNew, None), subject, at(0)).unwrap()
    };
    let hundred = "a\u{301}".repeat(100);
    assert!(reply(&hundred).contains(&format!("Sorry, {hundred} is for")), "a hundred letters fit");
    assert!(reply(&format!("{hundred}b")).contains(&format!("Sorry, {hundred}… is for")));
    // Two hundred wide letters weigh four hundred on X.
    assert!(reply(&"本".repeat(200)).contains(&format!("Sorry, {}… is for", "本".repeat(100))));
    // A single letter that fits no post: the offer's id replaces the title.
    assert!(reply(&format!("a{}", "\u{301}".repeat(499))).contains("Sorry, kindle-fire-hd is for"));
}

fn network() -> impl Strategy<Value = Account> {
    prop_oneof![
        Just(Account::parse(Network::X, "42").unwrap()),
        Just(Account::parse(Network::Bluesky, "did:plc:abc").unwrap()),
        Just(Account::parse(Network::Mastodon, "42").unwrap()),
    ]
}

fn about() -> impl Strategy<Value = Option<About>> {
    let line = (any::<u32>(), any::<Option<i64>>()).prop_map(|(reserved, earliest)| About::Line {
        reserved,
        earliest: earliest.map(Timestamp::from_ms),
    });
    let purchase = (".{0,200}", any::<i64>(), any::<u32>()).prop_map(|(merchant, minor, uses_left)| {
        let currency = "1 USD".parse::<flashtag::domain::money::Money>().unwrap().currency;
        let amount = flashtag::domain::money::Money { minor, currency };
        let transaction = TransactionId::parse("t-1").unwrap();
        About::Purchase(Box::new(CardUse { transaction, merchant: merchant.into(), amount, uses_left }))
    });
    proptest::option::of(prop_oneof![
        line,
        any::<u32>().prop_map(|units| About::Rest { units }),
        any::<i64>().prop_map(|ms| About::Draw { at: Timestamp::from_ms(ms) }),
        purchase,
    ])
}

/// A title of up to 500 characters: of all kinds, of one wide letter, of combining marks, with links.
fn title() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,500}",
        ("[本a👍é\u{301}.@# ]", 0_usize..500).prop_map(|(letter, count)| letter.repeat(count)),
        "([a-z]{1,9}[.](com|io|museum)[ /]?){1,40}".prop_map(|text| text.chars().take(500).collect()),
    ]
}

fn any_request() -> impl Strategy<Value = ReplyRequest> {
    let outcome = proptest::sample::select(Outcome::ALL);
    let numbers = (any::<Option<u32>>(), any::<Option<u32>>(), any::<u32>());
    let money = proptest::option::of(any::<i64>());
    (network(), outcome, numbers, any::<Option<i64>>(), money, about()).prop_map(
        |(account, outcome, (reservation, place, units), deadline, minor, about)| ReplyRequest {
            account,
            reservation,
            place,
            units,
            deadline: deadline.map(Timestamp::from_ms),
            amount: minor.map(|minor| flashtag::domain::money::Money {
                minor,
                currency: "1 USD".parse::<flashtag::domain::money::Money>().unwrap().currency,
            }),
            about,
            ..reply_request(outcome, None)
        },
    )
}

fn tag() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9]{2,49}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// For any request about any offer on any network: the reply fits, is one line, has no link and no tag
    /// but the offer's, and no template fails.
    #[test]
    fn every_reply_fits_its_network(
        (request, title) in (any_request(), title()),
        (buy, confirm, id) in (tag(), proptest::option::of(tag()), "[a-z0-9]{1,64}"),
        sells in any::<bool>(),
        told_at in any::<i64>(),
    ) {
        let subject = if sells { Subject::from(&terms()) } else { credit() };
        let enroll = subject.enroll.as_ref().map(|_| buy.as_str().into());
        let subject = Subject {
            id: OfferId::parse(&id).unwrap(),
            title: title.as_str().into(),
            buy: sells.then(|| buy.as_str().into()),
            enroll,
            confirm: confirm.as_deref().map(Into::into),
            ..subject
        };
        let reply = words().reply(&request, subject.clone(), Timestamp::from_ms(told_at));
        prop_assert_eq!(reply.is_none(), SILENT.contains(&request.outcome));
        let Some(reply) = reply else { return Ok(()) };
        prop_assert!(fits(request.account.network, &reply), "{}", reply);
        prop_assert!(!reply.contains(char::is_control), "{}", reply);
        prop_assert!(urls(&reply).is_empty(), "{}", reply);
        for tag in hashtags(&reply) {
            let own = [Some(buy.as_str()), confirm.as_deref(), Some("CancelKindleFireHD")];
            prop_assert!(own.contains(&Some(tag.tag)), "{}", reply);
        }
        let last_resort = format!("{id}: {}", request.outcome.code().replace('_', " "));
        prop_assert_ne!(&reply, &last_resort, "no template failed");
        let letter = words().letter(&request, subject, Timestamp::from_ms(told_at));
        prop_assert!(!letter.subject.contains(char::is_control));
        prop_assert!(!letter.text.is_empty() && letter.html.contains("</html>"));
    }
}
