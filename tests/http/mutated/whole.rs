//! Requests with which nothing is wrong: one of every kind that the server takes.

use flashtag::clock::Clock;
use flashtag::domain::id::OfferId;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::words::signed_link::{LinkKey, sign};

use crate::dice::Dice;
use crate::http::client::request;
use crate::http::confirming::key;
use crate::http::served::Served;

/// What requests are made of.
pub(super) struct Whole {
    now: Timestamp,
    key: LinkKey,
}

type Kind = fn(&Whole, &mut Dice) -> Vec<u8>;

const KINDS: [Kind; 12] = [
    Whole::posts,
    Whole::posts,
    Whole::posts_of_x,
    Whole::posts_of_bluesky,
    Whole::posts_of_mastodon,
    Whole::transactions,
    Whole::link,
    Whole::change,
    Whole::unfreeze,
    Whole::read,
    Whole::read,
    Whole::confirm,
];

/// Accounts 1 to 8 are linked and buy; 9 is spared; the others are strangers.
fn author(dice: &mut Dice) -> usize {
    let author = dice.roll(12) + 1;
    if author == 9 { 10 } else { author }
}

/// An id and the words of the post of that id: a network gives each post one.
fn said(dice: &mut Dice) -> (usize, &'static str) {
    const WORDS: [&str; 13] = [
        "#BuyKindle",
        "#ConfirmKindle",
        "#CancelKindle",
        "#BuyPot",
        "#BuyPot",
        "#BuyPot x2",
        "#AmexCafe",
        "@Shop STOP",
        "@Shop START",
        "@Shop FREEZE",
        "hello",
        "#Bu\u{443}Kindle \u{1F600}",
        "4242 4242 4242 4242",
    ];
    let kind = dice.roll(WORDS.len());
    ((kind + 1) * 1_000_000 + dice.roll(100_000), WORDS[kind])
}

impl Whole {
    pub(super) fn of(served: &Served) -> Self {
        Self { now: Clock::start().now(), key: key(served) }
    }

    pub(super) fn kinds(&self) -> usize {
        KINDS.len()
    }

    /// A request of that kind.
    pub(super) fn request(&self, kind: usize, dice: &mut Dice) -> Vec<u8> {
        KINDS[kind % KINDS.len()](self, dice)
    }

    fn lines(target: &str, dice: &mut Dice, mut line: impl FnMut(&mut Dice) -> String) -> Vec<u8> {
        let count = *dice.pick(&[1, 1, 1, 2, 5]);
        let lines: Vec<_> = (0..count).map(|_| line(dice)).collect();
        request("POST", target, &["Content-Type: application/x-ndjson"], lines.join("\n").as_bytes())
    }

    fn posts(&self, dice: &mut Dice) -> Vec<u8> {
        Self::lines("/v1/posts", dice, |dice| {
            let (id, words) = said(dice);
            let more = *dice.pick(&[
                "",
                r#","in_reply_to":"5""#,
                r#","repost_of":"6""#,
                r#","quote_of":"7""#,
                r#","deleted":true"#,
                r#","edited":true"#,
                r#","arrived_at":null"#,
            ]);
            format!(
                r#"{{"network":"x","id":"{}","author":{{"id":"{}","handle":"ana"}},"posted_at":"{}","text":"{}"{more}}}"#,
                id,
                author(dice),
                self.now,
                words
            )
        })
    }

    fn posts_of_x(&self, dice: &mut Dice) -> Vec<u8> {
        Self::lines("/v1/posts?format=x", dice, |dice| {
            let (id, words) = said(dice);
            format!(
                r#"{{"data":{{"id":"{}","author_id":"{}","created_at":"{}","text":"{}","edit_history_tweet_ids":["1"],"referenced_tweets":[{{"type":"replied_to","id":"7"}}]}},"includes":{{"users":[{{"id":"1","username":"ana","created_at":"2020-01-01T00:00:00Z"}}]}}}}"#,
                id,
                author(dice),
                self.now,
                words
            )
        })
    }

    fn posts_of_bluesky(&self, dice: &mut Dice) -> Vec<u8> {
        Self::lines("/v1/posts?format=bluesky", dice, |dice| {
            let (id, words) = said(dice);
            format!(
                r#"{{"did":"did:plc:a{}","time_us":{}000,"kind":"commit","commit":{{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"k{}","record":{{"text":"{}","createdAt":"{}"}},"cid":"b"}}}}"#,
                author(dice),
                self.now.ms(),
                id,
                words,
                self.now
            )
        })
    }

    fn posts_of_mastodon(&self, dice: &mut Dice) -> Vec<u8> {
        Self::lines("/v1/posts?format=mastodon", dice, |dice| {
            let (id, words) = said(dice);
            format!(
                r#"{{"id":"{}","created_at":"{}","visibility":"public","account":{{"id":"{}","acct":"ana"}},"content":"<p>it&#39;s {}</p>"}}"#,
                id,
                self.now,
                author(dice),
                words
            )
        })
    }

    fn transactions(&self, dice: &mut Dice) -> Vec<u8> {
        Self::lines("/v1/transactions", dice, |dice| {
            let refund = if dice.roll(3) == 0 { r#","kind":"refund","refund_of":"t-1""# } else { "" };
            format!(
                r#"{{"id":"t-{}","card":"tok_{}","merchant":"m-{}","amount":"{}.20 USD","at":"{}"{refund}}}"#,
                dice.roll(5_000),
                author(dice),
                dice.roll(4),
                dice.roll(100) + 1,
                self.now
            )
        })
    }

    fn link(&self, dice: &mut Dice) -> Vec<u8> {
        let author = author(dice);
        let body = format!(
            r#"{{"network":"x","author_id":"{author}","card":{{"token":"tok_{author}","brand":"amex","funding":"credit","last4":"1005"}},"email":"a{author}@example.com","region":"US-NY"}}"#
        );
        request(
            "PUT",
            &format!("/v1/accounts/x/{author}"),
            &["Content-Type: application/json"],
            body.as_bytes(),
        )
    }

    fn change(&self, dice: &mut Dice) -> Vec<u8> {
        let way = *dice.pick(&["restock", "withdraw"]);
        let offer = *dice.pick(&["kindle", "pot"]);
        let key = format!("Idempotency-Key: k{}", dice.roll(5_000));
        let body = format!(r#"{{"units":{}}}"#, dice.roll(3) + 1);
        request(
            "POST",
            &format!("/v1/offers/{offer}/{way}"),
            &[&key, "Content-Type: application/json"],
            body.as_bytes(),
        )
    }

    fn unfreeze(&self, dice: &mut Dice) -> Vec<u8> {
        request("POST", &format!("/v1/accounts/x/{}/unfreeze", author(dice)), &[], b"")
    }

    fn read(&self, dice: &mut Dice) -> Vec<u8> {
        let target = *dice.pick(&[
            "/v1/offers",
            "/v1/offers/kindle",
            "/v1/offers/kindle/reservations?after=0&limit=10",
            "/v1/accounts/x/1",
            "/v1/orders/pot.1",
            "/v1/offers/kindle/draw",
            "/healthz",
            "/readyz",
            "/metrics",
        ]);
        request("GET", target, &["Accept: */*"], b"")
    }

    fn confirm(&self, dice: &mut Dice) -> Vec<u8> {
        let account = format!("x:{}", author(dice)).parse().unwrap();
        let offer = OfferId::parse("kindle").unwrap();
        // Of reservations that nobody has: a link that works was mailed, and the history would tell that
        // none was.
        let ordinal = u32::try_from(1_000_000 + dice.roll(20)).unwrap();
        let token = sign(&self.key, &offer, ordinal, &account, self.now.plus(Millis::from_secs(3600)));
        let method = *dice.pick(&["GET", "POST"]);
        request(method, &format!("/confirm/{token}"), &[], b"")
    }
}
