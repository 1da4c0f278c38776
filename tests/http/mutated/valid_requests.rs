//! Valid requests of every kind that the server accepts.

use flashtag::clock::Clock;
use flashtag::domain::id::OfferId;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::words::signed_link::{LinkKey, sign};

use crate::http::client::request;
use crate::http::confirming::key;
use crate::http::served::Served;
use crate::test_rng::TestRng;

/// The parts of requests.
pub(super) struct ValidRequests {
    now: Timestamp,
    key: LinkKey,
}

type Kind = fn(&ValidRequests, &mut TestRng) -> Vec<u8>;

const KINDS: [Kind; 12] = [
    ValidRequests::posts,
    ValidRequests::posts,
    ValidRequests::posts_of_x,
    ValidRequests::posts_of_bluesky,
    ValidRequests::posts_of_mastodon,
    ValidRequests::transactions,
    ValidRequests::link,
    ValidRequests::change,
    ValidRequests::unfreeze,
    ValidRequests::read,
    ValidRequests::read,
    ValidRequests::confirm,
];

/// A random account: 1 to 8 are linked and buy, 9 is not used, the others are not linked.
fn author(rng: &mut TestRng) -> usize {
    let author = rng.below(12) + 1;
    if author == 9 { 10 } else { author }
}

/// The id of a random author, written by `of_network`; of every eighth it is a sandbox account's.
fn author_id(rng: &mut TestRng, of_network: impl FnOnce(usize) -> String) -> String {
    let author = author(rng);
    if rng.below(8) == 0 { format!("sandbox:a{author}") } else { of_network(author) }
}

/// A random post id and its text: a network gives each post one text.
fn id_and_text(rng: &mut TestRng) -> (usize, &'static str) {
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
    let kind = rng.below(WORDS.len());
    ((kind + 1) * 1_000_000 + rng.below(100_000), WORDS[kind])
}

impl ValidRequests {
    pub(super) fn of(served: &Served) -> Self {
        Self { now: Clock::start().now(), key: key(served) }
    }

    pub(super) fn kinds(&self) -> usize {
        KINDS.len()
    }

    /// A request of a kind.
    pub(super) fn request(&self, kind: usize, rng: &mut TestRng) -> Vec<u8> {
        KINDS[kind % KINDS.len()](self, rng)
    }

    fn lines(target: &str, rng: &mut TestRng, mut line: impl FnMut(&mut TestRng) -> String) -> Vec<u8> {
        let count = *rng.pick(&[1, 1, 1, 2, 5]);
        let lines: Vec<_> = (0..count).map(|_| line(rng)).collect();
        request("POST", target, &["Content-Type: application/x-ndjson"], lines.join("\n").as_bytes())
    }

    fn posts(&self, rng: &mut TestRng) -> Vec<u8> {
        Self::lines("/v1/posts", rng, |rng| {
            let (id, words) = id_and_text(rng);
            let more = *rng.pick(&[
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
                author_id(rng, |author| author.to_string()),
                self.now,
                words
            )
        })
    }

    fn posts_of_x(&self, rng: &mut TestRng) -> Vec<u8> {
        Self::lines("/v1/posts?format=x", rng, |rng| {
            let (id, words) = id_and_text(rng);
            format!(
                r#"{{"data":{{"id":"{}","author_id":"{}","created_at":"{}","text":"{}","edit_history_tweet_ids":["1"],"referenced_tweets":[{{"type":"replied_to","id":"7"}}]}},"includes":{{"users":[{{"id":"1","username":"ana","created_at":"2020-01-01T00:00:00Z"}}]}}}}"#,
                id,
                author_id(rng, |author| author.to_string()),
                self.now,
                words
            )
        })
    }

    fn posts_of_bluesky(&self, rng: &mut TestRng) -> Vec<u8> {
        Self::lines("/v1/posts?format=bluesky", rng, |rng| {
            let (id, words) = id_and_text(rng);
            format!(
                r#"{{"did":"{}","time_us":{}000,"kind":"commit","commit":{{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"k{}","record":{{"text":"{}","createdAt":"{}"}},"cid":"b"}}}}"#,
                author_id(rng, |author| format!("did:plc:a{author}")),
                self.now.ms(),
                id,
                words,
                self.now
            )
        })
    }

    fn posts_of_mastodon(&self, rng: &mut TestRng) -> Vec<u8> {
        Self::lines("/v1/posts?format=mastodon", rng, |rng| {
            let (id, words) = id_and_text(rng);
            format!(
                r#"{{"id":"{}","created_at":"{}","visibility":"public","account":{{"uri":"{}","acct":"ana"}},"content":"<p>it&#39;s {}</p>"}}"#,
                id,
                self.now,
                author_id(rng, |author| format!("https://m.example/users/{author}")),
                words
            )
        })
    }

    fn transactions(&self, rng: &mut TestRng) -> Vec<u8> {
        Self::lines("/v1/transactions", rng, |rng| {
            let refund = if rng.below(3) == 0 { r#","kind":"refund","refund_of":"t-1""# } else { "" };
            format!(
                r#"{{"id":"t-{}","card":"tok_{}","merchant":"m-{}","amount":"{}.20 USD","at":"{}"{refund}}}"#,
                rng.below(5_000),
                author(rng),
                rng.below(4),
                rng.below(100) + 1,
                self.now
            )
        })
    }

    fn link(&self, rng: &mut TestRng) -> Vec<u8> {
        let author = author_id(rng, |author| author.to_string());
        let body = format!(
            r#"{{"network":"x","author_id":"{author}","card":{{"token":"tok_{author}","brand":"amex","funding":"credit","last4":"1005"}},"email":"ana@example.com","region":"US-NY"}}"#
        );
        request(
            "PUT",
            &format!("/v1/accounts/x/{author}"),
            &["Content-Type: application/json"],
            body.as_bytes(),
        )
    }

    fn change(&self, rng: &mut TestRng) -> Vec<u8> {
        let way = *rng.pick(&["restock", "withdraw"]);
        let offer = *rng.pick(&["kindle", "pot"]);
        let key = format!("Idempotency-Key: k{}", rng.below(5_000));
        let body = format!(r#"{{"units":{}}}"#, rng.below(3) + 1);
        request(
            "POST",
            &format!("/v1/offers/{offer}/{way}"),
            &[&key, "Content-Type: application/json"],
            body.as_bytes(),
        )
    }

    fn unfreeze(&self, rng: &mut TestRng) -> Vec<u8> {
        request("POST", &format!("/v1/accounts/x/{}/unfreeze", author(rng)), &[], b"")
    }

    fn read(&self, rng: &mut TestRng) -> Vec<u8> {
        let target = *rng.pick(&[
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

    fn confirm(&self, rng: &mut TestRng) -> Vec<u8> {
        let account = format!("x:{}", author(rng)).parse().unwrap();
        let offer = OfferId::parse("kindle").unwrap();
        // A link to a reservation that does not exist: a valid link would confirm an order without a mailed
        // letter.
        let ordinal = u32::try_from(1_000_000 + rng.below(20)).unwrap();
        let token = sign(&self.key, &offer, ordinal, &account, self.now.plus(Millis::from_secs(3600)));
        let method = *rng.pick(&["GET", "POST"]);
        request(method, &format!("/confirm/{token}"), &[], b"")
    }
}
