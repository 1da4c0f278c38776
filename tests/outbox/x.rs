//! Replies on X: what is sent, what each answer means, and how an earlier attempt is found again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use flashtag::domain::effect::{Announcement, Effect};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::offering::Offering;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::networks::x::Api;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::provider::x::{X, XOptions};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::resend_safety::{LookUp, ResendSafety};

use super::{announce, key, reply, terms};

/// 2026-11-30T15:00:05Z.
const NOW: i64 = 1_796_050_805_000;
const TEXT: &str = "Reply #ConfirmKettle by 17:15 to buy tea & kettle.";
/// The answered post; the tests' effects answer it.
const POST: &str = "5000001";

/// A script: each request that is expected, and its answer.
struct Script(Mutex<VecDeque<(String, Result<Answer, Unanswered>)>>);

impl Http for Script {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let (expected, answer) = self.0.lock().unwrap().pop_front().expect("no more requests are expected");
        let address = request.url.strip_prefix("https://x.example").expect("X's address");
        let body = String::from_utf8(request.body.clone()).unwrap();
        assert_eq!(format!("{} {address} {body}", request.method.name()).trim(), expected);
        assert!(request.signed, "every request is the account's");
        answer
    }
}

fn status(status: u16, body: &str) -> Result<Answer, Unanswered> {
    limited(status, &[], body)
}

fn limited(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Answer, Unanswered> {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
    Ok(Answer { status, headers, body: body.into() })
}

fn sent(text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!(r#"POST /2/tweets {{"text":{text},"reply":{{"in_reply_to_tweet_id":"{POST}"}}}}"#)
}

fn timeline(since: &str, token: &str) -> String {
    format!("GET /2/users/77/tweets?since_id={since}&max_results=100&tweet.fields=referenced_tweets{token}")
}

/// An own post: id, answered post, text.
type OwnPost<'a> = (&'a str, &'a str, &'a str);

/// A page of own posts.
fn page(posts: &[OwnPost<'_>], next: &str) -> Result<Answer, Unanswered> {
    let post = |(id, answers, text): &OwnPost<'_>| {
        let answers = match *answers {
            "" => String::new(),
            answers => format!(r#","referenced_tweets":[{{"type":"replied_to","id":"{answers}"}}]"#),
        };
        format!(r#"{{"id":"{id}","text":"{text}"{answers}}}"#)
    };
    let posts: Vec<String> = posts.iter().map(post).collect();
    let meta = if next.is_empty() { "{}".to_owned() } else { format!(r#"{{"next_token":"{next}"}}"#) };
    status(200, &format!(r#"{{"data":[{}],"meta":{meta}}}"#, posts.join(",")))
}

fn delivery(effect: Effect, text: &str, look_up: bool) -> Delivery {
    let recorded_at = Timestamp::from_ms(NOW - 5_000);
    let text = Some(text.into());
    let attempt = Attempt { key: key(1).into(), effect, number: 1, look_up, recorded_at, text };
    Delivery { attempt, offering: Offering::from(terms()), at: Timestamp::from_ms(NOW), address: None }
}

fn prompt(text: &str) -> Delivery {
    delivery(reply(Outcome::Reserved, 1), text, false)
}

fn x(script: Vec<(String, Result<Answer, Unanswered>)>) -> (X, Arc<Script>) {
    let script = Arc::new(Script(Mutex::new(script.into())));
    let options =
        XOptions { api: Api::new("https://x.example/"), account: "77".to_owned(), links_in_replies: false };
    (X::new(options, Arc::clone(&script) as Arc<dyn Http>), script)
}

/// Makes an attempt; every request of the script must be made.
fn attempt(script: Vec<(String, Result<Answer, Unanswered>)>, delivery: &Delivery) -> AttemptResult {
    let (x, script) = x(script);
    let result = deliver(&x, delivery);
    assert!(script.0.lock().unwrap().is_empty(), "requests are missing");
    result
}

fn deliver(x: &X, delivery: &Delivery) -> AttemptResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(x.deliver(delivery))
}

fn done(id: &str, at: i64) -> AttemptResult {
    let reference = PostId::parse_reference(id).unwrap();
    AttemptResult::Done { reference: Some(ProviderRef::Reply(reference)), at: Timestamp::from_ms(at) }
}

#[test]
fn a_reply_names_the_answered_post_and_an_announcement_none() {
    let created = || status(201, r#"{"data":{"id":"2127417402848665600","text":"@amara_t Reply"}}"#);
    assert_eq!(attempt(vec![(sent(TEXT), created())], &prompt(TEXT)), done("2127417402848665600", NOW));
    let opening = delivery(announce(Announcement::Opening), "It begins: #BuyKettle", false);
    let request = r#"POST /2/tweets {"text":"It begins: #BuyKettle"}"#.to_owned();
    assert_eq!(attempt(vec![(request, created())], &opening), done("2127417402848665600", NOW));
}

#[test]
fn every_answer_has_its_result() {
    let problem =
        |detail: &str, kind: &str| format!(r#"{{"title":"T","detail":"{detail}","type":"{kind}"}}"#);
    let forbidden = "https://api.x.com/2/problems/client-forbidden";
    let table = [
        ("no summons", status(403, &problem("Not allowed.", "about:blank")), "refused"),
        (
            "deleted",
            status(
                403,
                &problem(
                    "You attempted to reply to a Tweet that is deleted or not visible to you.",
                    "about:blank",
                ),
            ),
            "gone",
        ),
        ("not found", status(404, &problem("Not found.", "about:blank")), "gone"),
        ("too long", status(400, &problem("Too long.", "about:blank")), "refused"),
        // X may have said that it has this text already.
        (
            "a refusal that was cut",
            status(403, r#"{"title":"Forbidden","detail":"You are not all"#),
            "unknown",
        ),
        ("a refusal without a word", status(403, "{}"), "unknown"),
        ("a refusal without a body", status(403, ""), "unknown"),
        ("a proxy's refusal", status(403, "<html>"), "unknown"),
        ("an absence that was cut", status(404, r#"{"title":"Not Fou"#), "unknown"),
        ("a fault of the request that was cut", status(400, r#"{"errors":[{"mess"#), "unknown"),
        ("a conflict without a word", status(409, ""), "unknown"),
        ("the token is dead", status(401, &problem("Unauthorized", "about:blank")), "failed"),
        ("the token is dead, and the answer was cut", status(401, r#"{"tit"#), "failed"),
        ("no money is left", status(402, &problem("CreditsDepleted", "about:blank")), "failed"),
        ("the app may not", status(403, &problem("No.", forbidden)), "failed"),
        ("suspended", status(403, &problem("Your account is suspended.", "about:blank")), "failed"),
        ("a firewall's page", status(302, "<html>"), "failed"),
        ("a server's fault", status(500, "<html>"), "unknown"),
        ("overloaded", status(503, ""), "unknown"),
        ("a gateway waited", status(408, ""), "unknown"),
        ("no id", status(201, "{}"), "unknown"),
        ("an id that is none", status(201, r#"{"data":{"id":"x"}}"#), "unknown"),
        ("too many", status(429, ""), "throttled"),
        ("not sent", Err(Unanswered::NotSent("no route".into())), "failed"),
        ("no answer", Err(Unanswered::Unknown("timeout".into())), "unknown"),
    ];
    for (case, answer, expected) in table {
        assert_eq!(attempt(vec![(sent(TEXT), answer)], &prompt(TEXT)).name(), expected, "{case}");
    }
}

#[test]
fn a_refused_lane_rests_until_the_latest_limit_ends() {
    let headers = [
        ("x-rate-limit-remaining", "0"),
        ("x-rate-limit-reset", "1796051400"),
        ("x-user-limit-24hour-remaining", "0"),
        ("x-user-limit-24hour-reset", "1796090000"),
    ];
    let codes = r#"{"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#;
    let table = [
        (limited(429, &headers, codes), 1_796_090_000_000),
        (limited(429, &headers[..2], codes), 1_796_051_400_000),
        (limited(429, &[], codes), NOW + 60_000),
    ];
    for (answer, until) in table {
        let until = Timestamp::from_ms(until);
        let throttled = attempt(vec![(sent(TEXT), answer)], &prompt(TEXT));
        assert_eq!(throttled, AttemptResult::Throttled { until });
    }
}

#[test]
fn a_look_up_finds_the_reply_to_that_post_with_that_text_and_nothing_else() {
    const SHOWN: &str = "@amara_t Reply #ConfirmKettle by 17:15 to buy tea &amp; kettle.";
    let ours = ("2127417378999566336", POST, SHOWN);
    let later = (
        "2127417378999566336",
        POST,
        "@amara_t Reply #ConfirmKettle by 17:22:10 to buy tea &amp; kettle. (2)",
    );
    let table: [(&str, &[OwnPost<'_>], AttemptResult); 7] = [
        ("composed at another moment, before a restart", &[later], done(ours.0, 1_796_050_803_314)),
        ("it is there", &[("2127417380000000000", "9", SHOWN), ours], done(ours.0, 1_796_050_803_314)),
        ("nothing is there", &[], AttemptResult::NotFound),
        ("the same text to another post", &[("1", "9", SHOWN)], AttemptResult::NotFound),
        ("another text to the same post", &[("1", POST, "Sold out.")], AttemptResult::NotFound),
        ("the same text to nobody", &[("1", "", SHOWN)], AttemptResult::NotFound),
        ("an id from before the record", &[("1", POST, SHOWN)], done("1", NOW - 5_000)),
    ];
    let looked_up = delivery(reply(Outcome::Reserved, 1), TEXT, true);
    for (case, posts, expected) in table {
        let script = vec![(timeline(POST, ""), page(posts, ""))];
        assert_eq!(attempt(script, &looked_up), expected, "{case}");
    }
    let two_pages = vec![
        (timeline(POST, ""), page(&[("1", "9", "Other.")], "p2")),
        (timeline(POST, "&pagination_token=p2"), page(&[ours], "")),
    ];
    assert_eq!(attempt(two_pages, &looked_up), done(ours.0, 1_796_050_803_314));
}

#[test]
fn an_announcement_is_looked_for_among_posts_that_answer_nobody() {
    let looked_up = delivery(announce(Announcement::Opening), "It begins", true);
    // Five minutes before the record, for clocks that differ.
    let since = ((1_796_050_500_000_u64 - 1_288_834_974_657) << 22).to_string();
    let posts = [("2127417378999566337", "9", "It begins"), ("2127417378999566336", "", "It begins")];
    let script = vec![(timeline(&since, ""), page(&posts, ""))];
    assert_eq!(attempt(script, &looked_up), done("2127417378999566336", 1_796_050_803_314));
}

#[test]
fn a_look_up_without_an_answer_proves_nothing() {
    let looked_up = delivery(reply(Outcome::Reserved, 1), TEXT, true);
    let table = [
        (status(500, ""), "unknown"),
        (status(401, ""), "unknown"),
        (status(200, "<html>"), "unknown"),
        (status(200, "{}"), "unknown"),
        (status(200, r#"{"errors":[{"title":"Not Found Error","detail":"no such user"}]}"#), "unknown"),
        (status(429, ""), "throttled"),
        (Err(Unanswered::NotSent("no route".into())), "unknown"),
    ];
    for (answer, expected) in table {
        assert_eq!(attempt(vec![(timeline(POST, ""), answer)], &looked_up).name(), expected);
    }
}

#[test]
fn a_text_that_x_has_already_was_posted_by_an_earlier_attempt() {
    let refused = || {
        let detail = "You are not allowed to create a Tweet with duplicate content.";
        status(
            403,
            &format!(r#"{{"detail":"{detail}","type":"about:blank","title":"Forbidden","status":403}}"#),
        )
    };
    let ours =
        [("2127417378999566336", POST, "@amara_t Reply #ConfirmKettle by 17:15 to buy tea &amp; kettle.")];
    let found = vec![(sent(TEXT), refused()), (timeline(POST, ""), page(&ours, ""))];
    assert_eq!(attempt(found, &prompt(TEXT)), done("2127417378999566336", 1_796_050_803_314));
    let not_shown_yet = vec![(sent(TEXT), refused()), (timeline(POST, ""), page(&[], ""))];
    assert_eq!(attempt(not_shown_yet, &prompt(TEXT)).name(), "unknown");
}

/// The reply to a refused post has no record, so a process cannot know what an earlier one sent.
#[test]
fn the_reply_to_a_refused_post_is_looked_for_if_an_earlier_process_may_have_sent_it() {
    let refusal = |made: i64, left: i64| {
        let post = (u64::try_from(made - 1_288_834_974_657).unwrap() << 22).to_string();
        let Effect::Reply(mut request) = reply(Outcome::SoldOut, 1) else { unreachable!("it is a reply") };
        request.post = PostId::parse(Network::X, &post).unwrap();
        let mut delivery = prompt("Sold out.");
        (delivery.attempt.key, delivery.at) = (DeliveryKey::refusal(0, &request), Timestamp::from_ms(left));
        delivery.attempt.effect = Effect::Reply(request);
        let looked_up = timeline(&post, "");
        (post.clone(), delivery, looked_up, sent("Sold out.").replace(POST, &post))
    };
    let created = || status(201, r#"{"data":{"id":"2127417402848665600"}}"#);
    let (earlier, first, look, post) = refusal(NOW - 60_000, NOW);
    // A refused post gets one reply, whatever the reason was before the restart.
    let ours = [("2127417378999566336", earlier.as_str(), "@amara_t Fully reserved.")];
    let found = vec![(look.clone(), page(&ours, ""))];
    assert_eq!(attempt(found, &first), done("2127417378999566336", 1_796_050_803_314));
    let nothing = vec![(look.clone(), page(&[], "")), (post, created())];
    assert_eq!(attempt(nothing, &first).name(), "done");
    // Whoever cannot look sends nothing: nobody waits for it.
    assert_eq!(attempt(vec![(look.clone(), status(500, ""))], &first).name(), "unknown");
    // From its first delivery on, this process hears every post itself; X's clock may be ahead.
    let (.., soon, look_soon, post_soon) = refusal(NOW + 9_999, NOW + 12_000);
    let (.., later, _, post_later) = refusal(NOW + 10_000, NOW + 12_000);
    let script = vec![
        (look, page(&ours, "")),
        (look_soon, page(&[], "")),
        (post_soon, created()),
        (post_later, created()),
    ];
    let (x, script) = x(script);
    assert_eq!([&first, &soon, &later].map(|delivery| deliver(&x, delivery).name()), ["done"; 3]);
    assert!(script.0.lock().unwrap().is_empty(), "requests are missing");
}

#[test]
fn a_reply_with_a_link_does_not_leave_unless_the_shop_pays_for_links() {
    let text = "Terms: shop.com/terms";
    assert_eq!(attempt(Vec::new(), &prompt(text)).name(), "refused");
    let created = || status(201, r#"{"data":{"id":"2127417402848665600"}}"#);
    let script = Script(Mutex::new(vec![(sent(text), created())].into()));
    let options =
        XOptions { api: Api::new("https://x.example"), account: "77".to_owned(), links_in_replies: true };
    let x = X::new(options, Arc::new(script));
    assert_eq!(deliver(&x, &prompt(text)).name(), "done");
    assert_eq!(x.take_spent().to_string(), "0.200 USD");
    let opening = delivery(announce(Announcement::Opening), text, false);
    let request = format!(r#"POST /2/tweets {{"text":"{text}"}}"#);
    assert_eq!(attempt(vec![(request, created())], &opening).name(), "done", "an announcement may");
}

#[test]
fn what_may_have_been_posted_is_counted_in_money() {
    let created = status(201, r#"{"data":{"id":"2127417402848665600"}}"#);
    let script = vec![
        (sent(TEXT), created),
        (sent(TEXT), status(500, "")),
        (sent(TEXT), status(403, r#"{"detail":"Not allowed."}"#)),
        (r#"POST /2/tweets {"text":"It begins"}"#.to_owned(), Err(Unanswered::Unknown("timeout".into()))),
    ];
    let (x, _) = x(script);
    for _ in 0..3 {
        deliver(&x, &prompt(TEXT));
    }
    deliver(&x, &delivery(announce(Announcement::Opening), "It begins", false));
    assert_eq!(x.take_spent().to_string(), "0.035 USD");
    assert_eq!(x.take_spent().to_string(), "0.000 USD");
    // X charges for every own post that a look-up reads.
    let pages = vec![
        (timeline(POST, ""), page(&[("1", "9", "Other."), ("2", "9", "Other.")], "p2")),
        (timeline(POST, "&pagination_token=p2"), page(&[("3", "9", "Other.")], "")),
    ];
    let x = self::x(pages).0;
    deliver(&x, &delivery(reply(Outcome::Reserved, 1), TEXT, true));
    assert_eq!(x.take_spent().to_string(), "0.003 USD");
}

#[test]
fn x_has_no_keys_and_its_timeline_proves_no_absence() {
    let (key_remembered, look_up) = (Millis::ZERO, LookUp::Inconclusive);
    let expected = ResendSafety { key_remembered, look_up, arrives_within: Millis::ZERO };
    assert_eq!(x(Vec::new()).0.resend_safety(), expected);
}
