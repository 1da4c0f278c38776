//! Posting on Bluesky: given the server's answers in order, requests and results out.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use flashtag::domain::cid::Cid;
use flashtag::domain::effect::{Announcement, Effect};
use flashtag::domain::heard_posts::HeardPost;
use flashtag::domain::id::{Account, Network, OfferNo, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::domain::time::Timestamp;
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::networks::bluesky::Directory;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::attestor::{Attestor, Finding, Refuted};
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::bluesky::{Bluesky, BlueskyAccount, BlueskyAttestor, Posting};
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::resend_safety::ResendSafety;
use serde_json::{Value, json};

use super::files::delivery;
use super::{at, key, reply_request};
use crate::networks::answer;

const TEXT: &str = "Reply #ConfirmKettle within 15 min";
/// The post that is answered.
const CLAIM: &str = "at://did:plc:ana/app.bsky.feed.post/3k2a";
const DOCUMENT: &str = r##"200 | {"id":"did:plc:ana","service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.ana"}]}"##;
const ABSENT: &str = r#"400 | {"error":"RecordNotFound","message":"Could not locate record"}"#;
const DENIED: &str = r#"404 | {"message":"DID not available: did:plc:ana"}"#;
const SWAP: &str = r#"400 | {"error":"InvalidSwap","message":"Record was at bafyx"}"#;

fn account() -> BlueskyAccount {
    let directory = Directory { address: "https://plc".to_owned() };
    BlueskyAccount { directory, ..BlueskyAccount::new("https://pds.shop", "did:plc:shop") }
}

fn attempt(effect: Effect) -> Attempt {
    let (key, text) = (key(12).into(), Some(TEXT.into()));
    Attempt { key, effect, number: 1, look_up: false, recorded_at: at(250), text }
}

fn reply_to(post: &str) -> Attempt {
    let mut request = reply_request(Outcome::Reserved, None);
    request.account = Account::parse(Network::Bluesky, "did:plc:ana").unwrap();
    request.post = PostId::parse_reference(post).unwrap();
    attempt(Effect::Reply(request))
}

fn announcement() -> Attempt {
    attempt(Effect::Announce {
        network: Network::Bluesky,
        offer: OfferNo(0),
        announcement: Announcement::Opening,
    })
}

/// The claim as a server returns it, with these fields besides its text.
fn claim(fields: &str) -> String {
    format!(r##"200 | {{"uri":"{CLAIM}","cid":"bafyclaim","value":{{"text":"#BuyKettle"{fields}}}}}"##)
}

/// The address that every attempt at these effects has: the same key at the same time.
fn address() -> String {
    let account = account();
    let attempt = announcement();
    let Ok(posting) = Posting::new(&account, &attempt, at(1000)) else { panic!("it can be posted") };
    let Turn::Ask(request) = posting.next() else { panic!("it is to be put") };
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    format!("at://did:plc:shop/app.bsky.feed.post/{}", body["rkey"].as_str().unwrap())
}

fn made() -> String {
    format!(r#"200 | {{"uri":"{}","cid":"bafymade","validationStatus":"valid"}}"#, address())
}

/// A request in a word: which server is asked for what.
fn word(request: &Request) -> String {
    let url = request.url.replace("%3A", ":");
    let server = url.trim_start_matches("https://").split('/').next().unwrap_or_default();
    match url.split_once("/xrpc/com.atproto.repo.").map(|(_, method)| method) {
        Some(method) if method.starts_with("putRecord") => {
            assert!(request.signed, "it is put in the account's name");
            format!("put at {server}")
        }
        Some(method) => {
            assert!(!request.signed, "nobody's token goes to another server");
            let key = method.rsplit("rkey=").next().unwrap_or_default();
            let whose = if method.contains("did:plc:shop") { "own" } else { "claim" };
            assert!(whose == "own" || key == "3k2a");
            format!("get {whose} at {server}")
        }
        None => format!("document at {server}"),
    }
}

/// The requests of an attempt, and its result.
fn post(attempt: &Attempt, answers: &[&str]) -> (String, AttemptResult) {
    let account = account();
    let mut posting = match Posting::new(&account, attempt, at(1000)) {
        Ok(posting) => posting,
        Err(result) => return (String::new(), result),
    };
    let (mut requests, mut answers) = (Vec::new(), answers.iter());
    loop {
        match posting.next() {
            Turn::Over(result) => {
                assert_eq!(answers.next(), None, "every answer was asked for");
                return (requests.join(", "), result);
            }
            Turn::Ask(request) => requests.push(word(&request)),
        }
        posting.answered(match *answers.next().expect("no more is asked than the test answers") {
            "lost" => Err(Unanswered::Unknown("timeout".into())),
            "not sent" => Err(Unanswered::NotSent("refused".into())),
            text => Ok(answer(text)),
        });
    }
}

fn done() -> AttemptResult {
    let uri = PostId::parse_reference(&address()).unwrap();
    AttemptResult::Done { reference: Some(ProviderRef::Reply(uri)), at: at(1000) }
}

/// A result in a word, with the reason of a failure.
fn result_word(result: &AttemptResult) -> String {
    match result {
        AttemptResult::Failed { error, .. } | AttemptResult::Unknown { error } => {
            format!("{}: {error}", result.name())
        }
        AttemptResult::Gone { why } => format!("gone: {why}"),
        AttemptResult::Throttled { until } => format!("throttled until {until}"),
        result => result.name().to_owned(),
    }
}

#[test]
fn what_is_put_is_the_same_at_every_attempt() {
    let account = BlueskyAccount { langs: vec!["en".into()], is_bot: true, ..account() };
    let attempts = [reply_to(CLAIM), Attempt { number: 7, ..reply_to(CLAIM) }];
    let bodies = attempts.map(|attempt| {
        let mut posting = Posting::new(&account, &attempt, at(i64::from(attempt.number) * 1000)).unwrap();
        posting.answered(Ok(answer(&claim(""))));
        let Turn::Ask(request) = posting.next() else { panic!("it is to be put") };
        assert_eq!(request.url, "https://pds.shop/xrpc/com.atproto.repo.putRecord");
        request.body
    });
    assert_eq!(bodies[0], bodies[1]);
    let body: Value = serde_json::from_slice(&bodies[0]).unwrap();
    let rkey = body["rkey"].as_str().unwrap();
    assert_eq!(rkey.len(), 13);
    let parent = json!({"uri": CLAIM, "cid": "bafyclaim"});
    let expected = json!({
        "repo": "did:plc:shop",
        "collection": "app.bsky.feed.post",
        "rkey": rkey,
        "swapRecord": null,
        "record": {
            "$type": "app.bsky.feed.post",
            "text": TEXT,
            "createdAt": at(250).to_string(),
            "langs": ["en"],
            "reply": {"root": parent, "parent": parent},
            "facets": [{
                "$type": "app.bsky.richtext.facet",
                "index": {"byteStart": 6, "byteEnd": 20},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "ConfirmKettle"}],
            }],
            "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]},
        },
    });
    assert_eq!(body, expected);
}

/// The reply to a refused post has no record: a process that hears the post again sends it at another time.
#[test]
fn the_reply_to_a_refused_post_has_one_address_for_ever() {
    let account = account();
    let address = |post: &str, recorded_at: Timestamp| {
        let Effect::Reply(request) = reply_to(post).effect else { unreachable!("it is a reply") };
        let key = DeliveryKey::refusal(0, &request);
        let attempt = Attempt { key, recorded_at, ..reply_to(post) };
        let mut posting = Posting::new(&account, &attempt, recorded_at).unwrap();
        posting.answered(Ok(answer(&claim("").replace(CLAIM, post))));
        let Turn::Ask(request) = posting.next() else { panic!("it is to be put") };
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["rkey"].as_str().unwrap().to_owned()
    };
    let first = address(CLAIM, at(250));
    assert_eq!(address(CLAIM, at(250 + 86_400_000)), first);
    assert_ne!(address("at://did:plc:ana/app.bsky.feed.post/3k2b", at(250)), first);
    // A refused post gets one reply, whatever the reason was before the restart.
    let Effect::Reply(request) = reply_to(CLAIM).effect else { unreachable!("it is a reply") };
    let refused = Attempt { key: DeliveryKey::refusal(0, &request), ..reply_to(CLAIM) };
    let there = |parent: &str| {
        format!(
            r#"200 | {{"uri":"at://did:plc:shop/app.bsky.feed.post/{first}","cid":"bafyold","value":{{"$type":"app.bsky.feed.post","text":"Fully reserved","reply":{{"root":{{"uri":"{parent}","cid":"b"}},"parent":{{"uri":"{parent}","cid":"b"}}}}}}}}"#
        )
    };
    for (parent, expected) in [(CLAIM, "done"), ("at://a", "refused")] {
        assert_eq!(post(&refused, &[&claim(""), SWAP, &there(parent)]).1.name(), expected, "{parent}");
    }
}

#[test]
fn a_reply_continues_the_thread_of_the_post_that_it_answers() {
    let account = account();
    let attempt = reply_to(CLAIM);
    let root = r#","reply":{"root":{"uri":"at://did:plc:bo/app.bsky.feed.post/1","cid":"bafyroot"},"parent":{"uri":"at://did:plc:bo/app.bsky.feed.post/2","cid":"bafy2"}}"#;
    // What else the claim holds, and the beginning of its thread.
    let table = [
        (root, "at://did:plc:bo/app.bsky.feed.post/1", "bafyroot"),
        ("", CLAIM, "bafyclaim"),
        (r#","reply":null"#, CLAIM, "bafyclaim"),
    ];
    for (fields, uri, cid) in table {
        let mut posting = Posting::new(&account, &attempt, at(1000)).unwrap();
        posting.answered(Ok(answer(&claim(fields))));
        let Turn::Ask(request) = posting.next() else { panic!("it is to be put: {fields}") };
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let expected =
            json!({"root": {"uri": uri, "cid": cid}, "parent": {"uri": CLAIM, "cid": "bafyclaim"}});
        assert_eq!(body["record"]["reply"], expected, "{fields}");
    }
}

#[test]
fn the_post_that_is_answered_is_looked_for_where_its_author_keeps_it() {
    let (claim, made) = (claim(""), made());
    let direct = "get claim at pds.shop, put at pds.shop";
    let by_document = "get claim at pds.shop, document at plc, get claim at pds.ana";
    let and_put = format!("{by_document}, put at pds.shop");
    let no_document = "get claim at pds.shop, document at plc";
    let table: &[(&[&str], &str, &str)] = &[
        (&[&claim, &made], direct, "done"),
        (&[ABSENT, DOCUMENT, &claim, &made], &and_put, "done"),
        (&["502 | ", DOCUMENT, &claim, &made], &and_put, "done"),
        (&[ABSENT, DOCUMENT, ABSENT], by_document, "gone: the post that it answers is gone"),
        (&[ABSENT, DOCUMENT, "500 | "], by_document, "failed: 500 : "),
        (&[ABSENT, DOCUMENT, "429 | "], by_document, "failed: the author's server asks for fewer requests"),
        (&[ABSENT, DOCUMENT, "lost"], by_document, "failed: no answer: timeout"),
        (&[ABSENT, DENIED], no_document, "gone: the author whom it answers is gone"),
        // An answer that was cut, or is another one's, says nothing of the post.
        (&[ABSENT, DOCUMENT, r#"400 | {"error":"RecordNotFo"#], by_document, "failed: 400 : "),
        (&[ABSENT, DOCUMENT, "404 | <html>"], by_document, "failed: 404 : "),
        (&[ABSENT, "404 | <html>"], no_document, "failed: the directory does not answer: status 404"),
        (&[ABSENT, "410 | "], no_document, "failed: the directory does not answer: status 410"),
        (&[ABSENT, "500 | "], no_document, "failed: the directory does not answer: status 500"),
        (&["lost"], "get claim at pds.shop", "failed: no answer: timeout"),
        (&["429 retry-after: 30 | "], "get claim at pds.shop", "throttled until 2013-02-13T17:00:31.000Z"),
    ];
    for (answers, requests, result) in table {
        let (asked, got) = post(&reply_to(CLAIM), answers);
        assert_eq!((asked.as_str(), result_word(&got).as_str()), (*requests, *result), "{answers:?}");
    }
    let (asked, got) = post(&reply_to("0/12/0"), &[]);
    assert_eq!(
        (asked.as_str(), result_word(&got).as_str()),
        ("", "refused: it answers no post of the network")
    );
}

#[test]
fn what_the_answer_to_a_put_means() {
    let made = made();
    let table = [
        (made.as_str(), "done"),
        (
            r#"200 | {"uri":"at://did:plc:shop/app.bsky.feed.post/other","cid":"b"}"#,
            "unknown: the server names another record",
        ),
        ("200 | <html>", "unknown: the answer cannot be read: expected value at line 1 column 1"),
        (
            r#"400 | {"error":"InvalidRequest","message":"Record/text must not be longer than 300 graphemes"}"#,
            "refused: 400 InvalidRequest: Record/text must not be longer than 300 graphemes",
        ),
        // It may have said that the post is there.
        (r#"400 | {"error":"InvalidSw"#, "unknown: 400 : "),
        ("413 | <html>", "unknown: 413 : "),
        (
            r#"400 | {"error":"ExpiredToken","message":"Token has expired"}"#,
            "failed: 400 ExpiredToken: Token has expired",
        ),
        (r#"401 | {"error":"AuthMissing","message":"x"}"#, "failed: 401 AuthMissing: x"),
        (r#"403 | {"error":"Forbidden","message":"x"}"#, "failed: 403 Forbidden: x"),
        ("404 | ", "failed: 404 : "),
        ("429 ratelimit-reset: 1360775100 | {}", "throttled until 2013-02-13T17:05:00.000Z"),
        ("429 | ", "throttled until 2013-02-13T17:01:01.000Z"),
        ("500 | ", "unknown: 500 : "),
        ("503 | ", "unknown: 503 : "),
        ("lost", "unknown: no answer: timeout"),
        ("not sent", "failed: not sent: refused"),
    ];
    for (text, expected) in table {
        let (asked, got) = post(&announcement(), &[text]);
        assert_eq!((asked.as_str(), result_word(&got).as_str()), ("put at pds.shop", expected), "{text}");
    }
    assert_eq!(post(&announcement(), &[&made]).1, done());
}

#[test]
fn what_is_at_the_address_already_is_the_post_or_stays() {
    let found = |text: &str, at: &str, parent: &str| {
        format!(
            r#"200 | {{"uri":"{}","cid":"bafyold","value":{{"$type":"app.bsky.feed.post","text":"{text}","createdAt":"{at}"{parent}}}}}"#,
            address()
        )
    };
    let (recorded, later) = (at(250).to_string(), at(251).to_string());
    let parent = r#","reply":{"root":{"uri":"at://a","cid":"b"},"parent":{"uri":"at://a","cid":"b"}}"#;
    let other = "failed: the server answers with another record";
    let stays = "refused: another record is at its address, and stays";
    let numbered = format!("{TEXT} (2)");
    let table = [
        (found(TEXT, &recorded, ""), "done"),
        (found(&numbered, &recorded, ""), "done"),
        (found("Reply #ConfirmKettle (2)", &recorded, ""), "done"),
        (found("", &recorded, ""), stays),
        (found(" (2)", &recorded, ""), stays),
        (found("Reply #ConfirmKettle", &recorded, ""), stays),
        (found("Sold out", &recorded, ""), stays),
        (found(TEXT, &later, ""), "done"),
        (found(TEXT, &recorded, parent), stays),
        // An answer without the record does not say what is there.
        ("200 | {\"uri\":\"x\",\"cid\":\"y\",\"value\":{}}".to_owned(), other),
        (format!(r#"200 | {{"uri":"{}","cid":"y"}}"#, address()), other),
        (found(TEXT, &recorded, "").replace("shop/", "eve/"), other),
        (
            "200 | {\"uri\":\"at://did".to_owned(),
            "failed: the answer cannot be read: EOF while parsing a string at line 1 column 16",
        ),
        ("429 retry-after: 30 | ".to_owned(), "throttled until 2013-02-13T17:00:31.000Z"),
        ("500 | ".to_owned(), "failed: 500 : "),
        ("lost".to_owned(), "failed: no answer: timeout"),
    ];
    for (existing, expected) in table {
        let (asked, got) = post(&announcement(), &[SWAP, &existing]);
        let requests = "put at pds.shop, get own at pds.shop";
        assert_eq!((asked.as_str(), result_word(&got).as_str()), (requests, expected), "{existing}");
    }
}

/// Answers in order, and keeps the requests.
struct Scripted(Mutex<(Vec<String>, Vec<Answer>)>);

impl Http for Scripted {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let mut script = self.0.lock().unwrap();
        script.0.push(word(request));
        let next = script.1.pop();
        next.ok_or_else(|| Unanswered::NotSent("the script is over".into()))
    }
}

#[tokio::test]
async fn an_attempt_is_carried_out_request_by_request() {
    let answers = vec![answer(&made()), answer(&claim(""))];
    let http = Arc::new(Scripted(Mutex::new((Vec::new(), answers))));
    let provider = Bluesky::new(Arc::clone(&http) as Arc<dyn Http>, account());
    assert_eq!(provider.resend_safety(), ResendSafety::KEY_FOR_EVER);
    let got = provider.deliver(&delivery(reply_to(CLAIM), 1000)).await;
    assert_eq!(got, done());
    assert_eq!(http.0.lock().unwrap().0, ["get claim at pds.shop", "put at pds.shop"]);
}

/// Claim and confirmation are two posts of one author, and so are those of the author's next order.
#[tokio::test]
async fn the_directory_is_asked_once_for_the_posts_of_an_author_in_some_minutes() {
    let claim = claim("");
    let other = claim.replace("bafyclaim", "bafyother");
    // When an order's posts are read, what its servers answer, what is asked, and what is found.
    let both = "get claim at pds.ana, get claim at pds.ana";
    let by_document = format!("document at plc, {both}");
    let again = "get claim at pds.ana, document at plc, get claim at pds.ana";
    let table: &[(i64, &[&str], &str, Finding)] = &[
        (0, &[DOCUMENT, &claim, &claim], &by_document, Finding::Attested),
        (299, &[&claim, &claim], both, Finding::Attested),
        (300, &[DOCUMENT, &claim, &claim], &by_document, Finding::Attested),
        // What fails is forgotten, and the directory is asked before that counts.
        (310, &["500 | ", DOCUMENT, "500 | "], again, Finding::Unreachable),
        (320, &[DOCUMENT, &claim, &claim], &by_document, Finding::Attested),
        (330, &[&other, DOCUMENT, &other], again, Finding::Refuted(Refuted::Differs)),
        (340, &[DOCUMENT, &claim, &claim], &by_document, Finding::Attested),
    ];
    let (http, now) = (Arc::new(Scripted(Mutex::default())), Rc::new(Cell::new(at(0))));
    let (client, clock) = (Arc::clone(&http) as Arc<dyn Http>, Rc::clone(&now));
    let attestor = BlueskyAttestor::new(client, account().directory, move || clock.get());
    let heard =
        HeardPost { post: PostId::parse_reference(CLAIM).unwrap(), cid: Cid::parse("bafyclaim").unwrap() };
    for (second, answers, asked, finding) in table {
        now.set(at(second * 1000));
        let script = answers.iter().rev().map(|text| answer(text)).collect();
        *http.0.lock().unwrap() = (Vec::new(), script);
        assert_eq!(attestor.attest(&[heard.clone(), heard.clone()]).await, *finding, "{second}");
        assert_eq!(http.0.lock().unwrap().0.join(", "), *asked, "{second}");
    }
}
