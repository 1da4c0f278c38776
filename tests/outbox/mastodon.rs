//! Replies and announcements on Mastodon, as conversations: a request, its answer, and the result.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use flashtag::domain::effect::{Announcement, Effect, ReplyRequest};
use flashtag::domain::id::{Account, Network, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::networks::mastodon::{Instance, MastodonSignIn, OwnAccount, Server};
use flashtag::networks::{Renewal, SignIn};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::provider::mastodon::{Account as Shop, Mastodon, Posting, RESEND_SAFETY};
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::resend_safety::LookUp;

use super::{at, attempt, terms};

const STATUS: &str =
    r#"{"id":"17","account":{"id":"5","acct":"ana@b.example","uri":"https://b.example/users/ana"}}"#;
const REBLOG: &str = r#"{"id":"90","type":"reblog","account":{"acct":"ana@b.example","uri":"https://b.example/users/ana"},"status":{"id":"33","account":{"acct":"shop"}}}"#;
const OWN: &str = r#"{"id":"7","username":"shop","acct":"shop","uri":"https://a.example/users/shop"}"#;
const MADE: &str = r#"{"id":"34","uri":"https://a.example/users/shop/statuses/34"}"#;

fn shop() -> Shop {
    Shop { server: Server::parse("https://a.example").unwrap(), language: Some("en".into()) }
}

/// A reply to `post` with the text `Yours. #ConfirmPot`.
fn reply(post: &str) -> Delivery {
    let account = Account::parse_linked(Network::Mastodon, "https://b.example/users/ana").unwrap();
    let post = PostId::parse_reference(post).unwrap();
    let request = ReplyRequest {
        account,
        post,
        reservation: Some(1),
        ..super::reply_request(Outcome::Reserved, Some(1))
    };
    delivery(Effect::Reply(request), "Yours. #ConfirmPot")
}

fn announcement() -> Delivery {
    let offer = flashtag::domain::id::OfferNo(0);
    let effect = Effect::Announce { network: Network::Mastodon, offer, announcement: Announcement::Opening };
    delivery(effect, "On sale! https://shop.example/terms")
}

fn delivery(effect: Effect, text: &str) -> Delivery {
    let mut attempt = attempt(12, effect);
    attempt.text = Some(text.into());
    Delivery { attempt, offering: terms().into(), at: at(5_000), address: None }
}

fn looked_up(mut delivery: Delivery) -> Delivery {
    delivery.attempt.look_up = true;
    delivery
}

fn answer(status: u16, body: &str) -> Result<Answer, Unanswered> {
    Ok(Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

fn answer_with(status: u16, header: &str, value: &str) -> Result<Answer, Unanswered> {
    let headers = vec![(header.into(), value.to_owned())];
    Ok(Answer { status, headers, body: Vec::new() })
}

fn unknown() -> Result<Answer, Unanswered> {
    Err(Unanswered::Unknown("it took too long".into()))
}

fn not_sent() -> Result<Answer, Unanswered> {
    Err(Unanswered::NotSent("no route".into()))
}

/// Plays a delivery with these answers, and tells it in lines: the requests, then the result.
fn played(delivery: &Delivery, answers: Vec<Result<Answer, Unanswered>>) -> String {
    told(Posting::new(&shop(), delivery), answers)
}

fn told(mut posting: Posting<'_>, answers: Vec<Result<Answer, Unanswered>>) -> String {
    let (mut told, mut answers) = (String::new(), VecDeque::from(answers));
    let result = loop {
        match posting.next() {
            Turn::Over(result) => break result,
            Turn::Ask(request) => {
                writeln!(told, "{}", line(&request)).unwrap();
                posting.answered(answers.pop_front().expect("one more request than answers"));
            }
        }
    };
    assert!(answers.is_empty(), "answers that nobody asked for");
    write!(told, "{}", ended(&result)).unwrap();
    told
}

fn line(request: &Request) -> String {
    assert!(request.signed, "every request is the account's");
    let path = request.url.strip_prefix("https://a.example").unwrap();
    let key = request.header_value("idempotency-key").map(|key| format!(" key {key}")).unwrap_or_default();
    let body = String::from_utf8(request.body.clone()).unwrap();
    format!("{} {path}{key} {body}", request.method.name()).trim_end().to_owned()
}

fn ended(result: &AttemptResult) -> String {
    match result {
        AttemptResult::Done { reference: Some(ProviderRef::Reply(post)), at: done } => {
            assert_eq!(*done, at(5_000));
            format!("done {post}")
        }
        AttemptResult::Throttled { until } => format!("throttled for {}", until.since(at(5_000))),
        other => other.name().to_owned(),
    }
}

const ASKED: &str = "GET /api/v1/statuses/17\n";
const POSTED: &str = r#"POST /api/v1/statuses key 0/12/0 {"status":"@ana@b.example Yours. #ConfirmPot","in_reply_to_id":"17","visibility":"unlisted","language":"en"}
"#;

#[test]
fn a_reply_mentions_the_author_of_the_post_under_the_effects_key() {
    let told = played(&reply("a.example/17"), vec![answer(200, STATUS), answer(200, MADE)]);
    assert_eq!(told, format!("{ASKED}{POSTED}done a.example/34"));
    let told = played(&reply("17"), vec![answer(200, STATUS), answer(200, MADE)]);
    assert_eq!(told, format!("{ASKED}{POSTED}done a.example/34"), "a post from a file");
}

#[test]
fn the_answer_to_a_repost_answers_what_was_reposted_and_mentions_who_did_it() {
    let told = played(&reply("a.example/reblog/90"), vec![answer(200, REBLOG), answer(200, MADE)]);
    let posted = POSTED.replace(r#""17""#, r#""33""#);
    assert_eq!(told, format!("GET /api/v1/notifications/90\n{posted}done a.example/34"));
}

#[test]
fn a_direct_reply_is_seen_by_its_recipient_only() {
    let (shop, delivery) = (shop(), reply("a.example/17"));
    let told = told(Posting::direct(&shop, &delivery), vec![answer(200, STATUS), answer(200, MADE)]);
    assert_eq!(told, format!("{ASKED}{}done a.example/34", POSTED.replace("unlisted", "direct")));
}

#[test]
fn an_announcement_is_public_and_mentions_nobody() {
    let told = played(&announcement(), vec![answer(200, MADE)]);
    let posted = r#"POST /api/v1/statuses key 0/12/0 {"status":"On sale! https://shop.example/terms","visibility":"public","language":"en"}"#;
    assert_eq!(told, format!("{posted}\ndone a.example/34"));
    // It answers nothing that could be gone: a dead letter tells the operator.
    let told = played(&announcement(), vec![answer(404, r#"{"error":"Record not found"}"#)]);
    assert_eq!(told, format!("{posted}\nrefused"));
}

/// What the server answers to the posting of a status, and what it means.
#[test]
fn each_answer_to_a_posting_has_its_meaning() {
    let reset = at(95_000).to_string();
    for (posted, result) in [
        (answer(200, MADE), "done a.example/34"),
        // The status is made, and its id cannot be read: the same key brings it again.
        (answer(200, "<html>"), "unknown"),
        (unknown(), "unknown"),
        (not_sent(), "failed"),
        (answer(500, ""), "unknown"),
        (answer(503, ""), "unknown"),
        (answer(408, ""), "unknown"),
        (answer(302, ""), "unknown"),
        // The post that is answered was deleted in the meantime.
        (answer(404, r#"{"error":"Record not found"}"#), "gone"),
        (answer(422, r#"{"error":"文字数"}"#), "refused"),
        // Another request with the same key is making it.
        (answer(422, r#"{"error":"Duplicate record"}"#), "unknown"),
        // What was cut, or comes from a proxy, does not say that no status was made.
        (answer(422, r#"{"error":"Dupl"#), "unknown"),
        (answer(422, "{}"), "unknown"),
        (answer(404, "<h1>404 Not Found</h1>"), "unknown"),
        (answer(410, ""), "unknown"),
        // The operator must act; the effect keeps its attempts.
        (answer(401, r#"{"error":"アクセストークンは無効です"}"#), "throttled for 1m"),
        (answer(403, ""), "throttled for 1m"),
        (answer_with(429, "x-ratelimit-reset", &reset), "throttled for 1m 30s"),
        (answer_with(429, "retry-after", "20"), "throttled for 20s"),
        (answer(429, ""), "throttled for 5m"),
    ] {
        let told = played(&reply("a.example/17"), vec![answer(200, STATUS), posted.clone()]);
        assert_eq!(told, format!("{ASKED}{POSTED}{result}"), "{posted:?}");
    }
}

/// What the server answers to the reading of the post, and what it means: a read alone has no effect.
#[test]
fn each_answer_to_a_reading_has_its_meaning() {
    for (read, result) in [
        (unknown(), "failed"),
        (not_sent(), "failed"),
        (answer(502, ""), "failed"),
        (answer(200, "{}"), "failed"),
        (answer(404, r#"{"error":"Record not found"}"#), "gone"),
        (answer(410, r#"{"error":"Gone"}"#), "gone"),
        (answer(422, r#"{"error":"Invalid"}"#), "refused"),
        (answer(422, r#"{"error":"Inva"#), "failed"),
        (answer(400, "<html>"), "failed"),
        (answer(401, ""), "throttled for 1m"),
        (answer(429, ""), "throttled for 5m"),
        (answer(200, &STATUS.replace("users/ana", "users/bob")), "refused"),
        (answer(200, &STATUS.replace("https://b.example/users/ana", "")), "failed"),
    ] {
        let told = played(&reply("a.example/17"), vec![read.clone()]);
        assert_eq!(told, format!("{ASKED}{result}"), "{read:?}");
    }
}

/// Small servers say without a message that they have no such post, and so does a proxy whose server is away: whether the
/// server itself is there shows which.
#[test]
fn an_absence_without_a_message_counts_if_the_server_answers() {
    for absence in
        [answer(404, "<h1>404 Not Found</h1>"), answer(410, ""), answer(404, r#"{"error":"Record"#)]
    {
        for (own, result) in [
            (answer(200, OWN), "gone"),
            (answer(404, "<h1>404 Not Found</h1>"), "failed"),
            (answer(200, "<html>"), "failed"),
            (answer(502, ""), "failed"),
            (unknown(), "failed"),
            (answer(401, "{}"), "throttled for 1m"),
        ] {
            let told = played(&reply("a.example/17"), vec![absence.clone(), own.clone()]);
            let asked = format!("{ASKED}GET /api/v1/accounts/verify_credentials\n");
            assert_eq!(told, format!("{asked}{result}"), "{absence:?}, {own:?}");
        }
    }
}

/// What a look-up does not show may be there all the same.
#[test]
fn no_refusal_of_a_look_up_ends_the_attempt() {
    for refused in
        [answer(404, r#"{"error":"Record not found"}"#), answer(422, r#"{"error":"x"}"#), answer(410, "")]
    {
        let told = played(&looked_up(announcement()), vec![refused.clone()]);
        assert!(told.ends_with("verify_credentials\nfailed"), "{told}");
        let told = played(&looked_up(announcement()), vec![answer(200, OWN), refused]);
        assert!(told.ends_with("limit=40\nfailed"), "{told}");
    }
}

#[test]
fn a_post_of_another_server_is_not_answered_here() {
    assert_eq!(played(&reply("b.example/17"), vec![]), "refused");
}

/// A status of the account's own timeline.
fn own(id: &str, in_reply_to: Option<&str>, created_ms: i64, content: &str) -> String {
    let (in_reply_to, content) =
        (serde_json::to_string(&in_reply_to).unwrap(), serde_json::to_string(content).unwrap());
    let created_at = at(created_ms);
    format!(
        r#"{{"id":"{id}","created_at":"{created_at}","in_reply_to_id":{in_reply_to},"content":{content}}}"#
    )
}

const SHOWN: &str = r#"<p><span class="h-card"><a href="https://b.example/@ana" class="u-url mention">@<span>ana</span></a></span> Yours. <a href="https://a.example/tags/ConfirmPot" class="mention hashtag">#<span>ConfirmPot</span></a></p>"#;
const OTHER: &str = "<p>@<span>ana</span> You wait.</p>";

#[test]
fn a_look_up_finds_what_was_posted_by_its_text_and_by_what_it_answers() {
    let asked = format!(
        "{ASKED}GET /api/v1/accounts/verify_credentials\nGET /api/v1/accounts/7/statuses?exclude_reblogs=true&limit=40\n"
    );
    let old = own("9", None, -3_600_000, "<p>yesterday</p>");
    for (what, page, result) in [
        (
            "the reply",
            vec![own("35", None, 4_000, OTHER), own("34", Some("17"), 3_000, SHOWN)],
            "done a.example/34",
        ),
        ("another text", vec![own("34", Some("17"), 3_000, OTHER), old.clone()], "not_found"),
        ("to another post", vec![own("34", Some("18"), 3_000, SHOWN), old], "not_found"),
        ("nothing at all", vec![], "not_found"),
    ] {
        let page = format!("[{}]", page.join(","));
        let told = played(
            &looked_up(reply("a.example/17")),
            vec![answer(200, STATUS), answer(200, OWN), answer(200, &page)],
        );
        assert_eq!(told, format!("{asked}{result}"), "{what}");
    }
}

/// The reply to a refused post has no record, and a process that hears the post again later than a key lives must not send it
/// twice.
#[test]
fn the_reply_to_an_old_refused_post_is_looked_for_before_it_is_posted() {
    let minutes = |minutes: i64| format!(r#","created_at":"{}"}}"#, at(5_000 - minutes * 60_000));
    let status =
        |created_at: &str| STATUS.replacen(r#"ers/ana"}}"#, &format!(r#"ers/ana"}}{created_at}"#), 1);
    let mut refused = reply("a.example/17");
    let Effect::Reply(request) = &refused.attempt.effect else { unreachable!("it is a reply") };
    refused.attempt.key = DeliveryKey::refusal(0, request);
    let posted = POSTED.replace("0/12/0", "refusal/mastodon/a.example/17");
    let look = "GET /api/v1/accounts/verify_credentials\nGET /api/v1/accounts/7/statuses?exclude_reblogs=true&limit=40\n";
    let (made, page) = (answer(200, MADE), |own: &str| answer(200, &format!("[{own}]")));
    // A refused post gets one reply, whatever the reason was before the restart.
    let there = own("34", Some("17"), -3_000_000, OTHER);
    let young = played(&refused, vec![answer(200, &status(&minutes(54))), made.clone()]);
    assert_eq!(young, format!("{ASKED}{posted}done a.example/34"), "the key is remembered");
    for age in [minutes(55), minutes(600), "}".to_owned()] {
        let read = answer(200, &status(&age));
        let found = played(&refused, vec![read.clone(), answer(200, OWN), page(&there)]);
        assert_eq!(found, format!("{ASKED}{look}done a.example/34"), "{age}");
        let absent = played(&refused, vec![read.clone(), answer(200, OWN), page(""), made.clone()]);
        assert_eq!(absent, format!("{ASKED}{look}{posted}done a.example/34"), "{age}");
        let unread = played(&refused, vec![read, answer(200, OWN), answer(503, "")]);
        assert_eq!(unread, format!("{ASKED}{look}failed"), "{age}");
    }
}

#[test]
fn a_look_up_reads_back_to_the_time_of_the_record() {
    let terms = r#"<p>On sale! <a href="https://shop.example/terms"><span class="invisible">https://</span><span>shop.example/terms</span></a></p>"#;
    let newest = format!("[{},{}]", own("41", Some("3"), 9_000, SHOWN), own("40", None, 8_000, "<p>x</p>"));
    let older = format!("[{}]", own("34", None, 2_000, terms));
    let told =
        played(&looked_up(announcement()), vec![answer(200, OWN), answer(200, &newest), answer(200, &older)]);
    let pages = "GET /api/v1/accounts/7/statuses?exclude_reblogs=true&limit=40\n\
                 GET /api/v1/accounts/7/statuses?exclude_reblogs=true&limit=40&max_id=40\n";
    assert_eq!(told, format!("GET /api/v1/accounts/verify_credentials\n{pages}done a.example/34"));
}

#[test]
fn a_look_up_ends_after_some_pages() {
    let mut answers = vec![answer(200, OWN)];
    answers
        .extend((0..6).map(|n| answer(200, &format!("[{}]", own(&n.to_string(), None, 9_000, "<p>x</p>")))));
    let told = played(&looked_up(announcement()), answers);
    assert!(told.ends_with("max_id=4\nnot_found"), "{told}");
}

#[test]
fn a_look_up_that_is_not_answered_tells_nothing() {
    let told = played(&looked_up(announcement()), vec![answer(200, OWN), answer(503, "")]);
    assert!(told.ends_with("failed"), "{told}");
}

/// An hour is the server's promise. What its timeline does not show may still come.
#[test]
fn the_promise_about_keys_is_an_hour_and_a_look_up_proves_no_absence() {
    assert!(RESEND_SAFETY.key_remembered < flashtag::domain::time::Millis::from_secs(3600));
    assert_eq!(RESEND_SAFETY.look_up, LookUp::Inconclusive);
}

/// A server behind the provider's own client.
struct Script(Mutex<RefCell<VecDeque<Result<Answer, Unanswered>>>>);

impl Http for Script {
    fn exchange(&self, _: &Request) -> Result<Answer, Unanswered> {
        self.0.lock().unwrap().borrow_mut().pop_front().unwrap()
    }
}

#[test]
fn the_provider_holds_the_conversation() {
    let answers = VecDeque::from([answer(200, STATUS), answer(200, MADE)]);
    let provider = Mastodon::new(shop(), Arc::new(Script(Mutex::new(RefCell::new(answers)))));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let delivery = reply("a.example/17");
    assert_eq!(ended(&runtime.block_on(provider.deliver(&delivery))), "done a.example/34");
    assert_eq!(provider.resend_safety(), RESEND_SAFETY);
}

fn sign_in(token: &str) -> MastodonSignIn {
    let server = Server::parse("https://a.example").unwrap();
    MastodonSignIn::new(server, "https://a.example/users/shop", token)
}

#[test]
fn a_token_is_good_until_the_server_refuses_it() {
    let mut sign_in = sign_in(" secret\n");
    sign_in.renewed(&answer(200, OWN).unwrap(), at(0)).unwrap();
    assert_eq!(sign_in.access_token(), Some("secret"));
    for status in [200, 403, 404, 422, 500] {
        assert!(!sign_in.is_refused(&answer(status, "").unwrap()), "{status}");
    }
    assert_eq!(sign_in.renewal(at(0)), Renewal::NotNeeded);
    assert!(sign_in.is_refused(&answer(401, r#"{"error":"アクセストークンは無効です"}"#).unwrap()));
    assert!(matches!(sign_in.renewal(at(0)), Renewal::Impossible(_)));
}

#[test]
fn a_token_signs_nothing_before_the_server_said_whose_it_is() {
    const OTHER: &str = r#"{"id":"8","username":"ana","acct":"ana","uri":"https://a.example/users/ana"}"#;
    const WITHOUT_ADDRESS: &str = r#"{"id":"7","username":"shop","acct":"shop"}"#;
    // A token, the answer of the server, whether the token may be used then, and what the operator reads.
    let table = [
        ("secret", 200, OWN, true, ""),
        ("secret", 200, WITHOUT_ADDRESS, true, ""),
        ("secret", 200, OTHER, false, "of another account, https://a.example/users/ana"),
        ("secret", 401, "{}", false, "does not accept the access token"),
        ("secret", 403, r#"{"error":"outside the authorized scopes"}"#, false, "lacks `profile`"),
        ("secret", 403, "a page", false, "status 403"),
        ("secret", 503, "", false, "status 503"),
        ("secret", 200, "a page", false, "does not say whose"),
    ];
    for (token, status, body, is_own, words) in table {
        let mut sign_in = sign_in(token);
        assert_eq!(sign_in.access_token(), None, "{body}");
        let Renewal::Ask(request) = sign_in.renewal(at(0)) else { panic!("nobody asks whose it is") };
        assert_eq!(request.url, "https://a.example/api/v1/accounts/verify_credentials");
        assert_eq!(request.header_value("authorization"), Some("Bearer secret"));
        let said = sign_in.renewed(&answer(status, body).unwrap(), at(0)).err();
        assert_eq!(sign_in.access_token().is_some(), is_own, "{status} {body}");
        assert!(said.map_or(String::new(), |fault| fault.to_string()).contains(words), "{status} {body}");
        // What a later attempt may heal is asked again.
        let asks_again = matches!(sign_in.renewal(at(1)), Renewal::Ask(_));
        assert_eq!(asks_again, !is_own && (status == 503 || body == "a page"), "{status} {body}");
    }
    assert_eq!(sign_in("").access_token(), None);
    assert!(matches!(sign_in("").renewal(at(0)), Renewal::Impossible(_)));
}

#[test]
fn a_server_tells_where_its_streams_are_and_what_it_allows() {
    let newer = r#"{"domain":"a.example","configuration":{"urls":{"streaming":"wss://s.a.example/","about":""},"statuses":{"max_characters":400},"timelines_access":{"hashtag_feeds":{"local":"public","remote":"disabled"}}}}"#;
    let older = r#"{"uri":"a.example","urls":{"streaming_api":"wss://s.a.example"},"configuration":{"statuses":{"max_characters":5000}}}"#;
    let smaller = r#"{"uri":"a.example","max_toot_chars":1000,"urls":{}}"#;
    let closed = r#"{"configuration":{"timelines_access":{"hashtag_feeds":{"local":"disabled","remote":"disabled"}}}}"#;
    let strange =
        r#"{"configuration":{"timelines_access":{"hashtag_feeds":{"local":"friends","remote":"public"}}}}"#;
    for (body, streaming, characters, has_hashtags, advice) in [
        (newer, Some("wss://s.a.example"), 400, true, vec!["holds 400", "only posts of this server's own"]),
        (older, Some("wss://s.a.example"), 5000, true, vec![]),
        (smaller, None, 1000, true, vec!["no address of streams"]),
        (closed, None, 500, false, vec!["cannot be read here", "no address of streams"]),
        (strange, None, 500, true, vec!["no address of streams"]),
    ] {
        let instance = Instance::read(&answer(200, body).unwrap()).unwrap();
        assert_eq!(instance.streaming.as_deref(), streaming, "{body}");
        assert_eq!((instance.characters_max, instance.has_hashtags()), (characters, has_hashtags), "{body}");
        let told = instance.advice(true);
        assert_eq!(told.len(), advice.len(), "{told:?}");
        for (told, part) in told.iter().zip(advice) {
            assert!(told.contains(part), "{told}");
        }
    }
    assert!(Instance::read(&answer(200, "[]x").unwrap()).is_err());
}

#[test]
fn the_shops_account_is_known_by_its_address() {
    let server = Server::parse("https://a.example").unwrap();
    for (body, account, is_labelled) in [
        (OWN, "mastodon:https://a.example/users/shop", false),
        (r#"{"id":"7","username":"shop","bot":true}"#, "mastodon:https://a.example/users/shop", true),
        (
            r#"{"id":"7","username":"shop","url":"https://a.example/@shop"}"#,
            "mastodon:https://a.example/users/shop",
            false,
        ),
        // A server of another kind, which has no `uri` here, and in statuses the same address as `url`.
        (
            r#"{"id":"7f","username":"shop","bot":false,"url":"https://a.example/shop"}"#,
            "mastodon:https://a.example/shop",
            false,
        ),
        (
            r#"{"id":"7","username":"shop","bot":true,"uri":"https://a.example/ap/users/7"}"#,
            "mastodon:https://a.example/ap/users/7",
            true,
        ),
    ] {
        let own = OwnAccount::read(&answer(200, body).unwrap()).unwrap();
        assert_eq!(own.account(&server).unwrap().to_string(), account);
        assert_eq!(own.advice().is_none(), is_labelled);
    }
}
