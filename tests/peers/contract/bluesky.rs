//! What the adapters rely on at a server of the AT Protocol.

use flashtag::domain::id::{Account, Network, PostId};
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::bluesky::Repos;
use flashtag::intake::stream::live::{Health, LiveSource};
use flashtag::net::{Answer, Request};
use flashtag::networks::bluesky::{
    AppPassword, AtUri, Attestation, AttestationStep, BlueskySignIn, Directory, POSTS, PostRecord, Tid,
    Verdict, XrpcFault, found_record, get_record, put_record, xrpc,
};
use flashtag::networks::{Renewal, SignIn};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::bluesky::{BlueskyAccount, Posting};

use super::table::{Difference, Observed, hold};
use super::wire::{Reader, Wire, reply_attempt, sameness};
use crate::peers::atproto::Atproto;
use crate::peers::installed::Peer;
use crate::peers::stand_in::StandIn;
use crate::peers::town::Town;

const ANA: &str = "ana-buyer";

/// What is said only so that the stream tells something.
const TALK: &str = "What a day";

const CONTRACT: &[(&str, &str)] = &[
    ("a wrong app password", "401 AuthenticationRequired, signed out"),
    ("an app password", "a session"),
    ("a request with the session's token", "200"),
    ("renewal of the session", "a session"),
    ("a token of nobody", "400 InvalidToken, to be renewed"),
    ("the token for renewals where one for requests is due", "400 InvalidToken, to be renewed"),
    ("a write without a token", "401 AuthMissing, to be renewed"),
    ("a post at a key of ours", "200"),
    ("the same post again", "200"),
    ("another post at the same address", "400 InvalidSwap"),
    ("what is there then", "the first post"),
    ("a post in another's repository", "401 AuthenticationRequired"),
    ("a post of 301 characters", "400 InvalidRequest"),
    ("a post that is not there", "400 RecordNotFound, absent"),
    ("a post of somebody who is not there", "400 InvalidRequest, not known to be absent"),
    ("an attested post", "as it was heard"),
    ("a post that was heard otherwise", "differs"),
    ("a reply", "done"),
    ("the same reply again", "done, the same"),
    ("its text under the same key changed", "another record is at its address, and stays"),
    ("what the shop posted", "1 reply"),
    ("an attested post that was deleted", "gone"),
    ("an attested post of somebody who is not there", "gone"),
    ("a reply to a deleted post", "gone"),
    ("the stream from now on", "a post, a reply, a repost, a deletion"),
    ("the stream after a cut", "nothing is missed"),
    ("the stream from a number that is not reached yet", "the host says FutureCursor"),
    ("the stream after that", "begins anew, and a gap is told"),
];

fn fault(answer: &Answer) -> String {
    if answer.is_success() {
        return answer.status.to_string();
    }
    format!("{} {}", answer.status, XrpcFault::of(answer).error)
}

/// Signs in as the adapter does, and returns the result.
fn session(wire: &Wire, sign_in: &mut BlueskySignIn) -> String {
    let Renewal::Ask(request) = sign_in.renewal(wire.now()) else { return "nothing is asked".to_owned() };
    let answer = wire.exchange(&request);
    let renewed = sign_in.renewed(&answer, wire.now());
    *wire.token.borrow_mut() = sign_in.access_token().map(str::to_owned);
    match (renewed, sign_in.renewal(wire.now())) {
        (Ok(_), Renewal::NotNeeded) => "a session".to_owned(),
        (Err(_), Renewal::Impossible(_)) => format!("{}, signed out", fault(&answer)),
        (renewed, next) => format!("{}, {renewed:?}, {next:?}", fault(&answer)),
    }
}

/// The token of a request, and whether the adapter renews it.
fn with_token(wire: &Wire, town: &impl Town, sign_in: &mut BlueskySignIn, token: &str) -> String {
    let request = Request::get(xrpc(&town.base(), "com.atproto.server.getSession"));
    let answer = wire.exchange(&request.header("authorization", format!("Bearer {token}")));
    told_of_token(sign_in, &answer)
}

fn told_of_token(sign_in: &mut BlueskySignIn, answer: &Answer) -> String {
    let renews = if sign_in.is_refused(answer) { ", to be renewed" } else { "" };
    format!("{}{renews}", fault(answer))
}

/// The token for renewals of a new session, as the server gives it.
fn refresh_token(wire: &Wire, town: &impl Town) -> String {
    let body = serde_json::json!({ "identifier": town.own(), "password": town.secret() });
    let request = Request::post_json(xrpc(&town.base(), "com.atproto.server.createSession"), &body);
    let session: serde_json::Value = wire.exchange(&request).json().unwrap();
    session["refreshJwt"].as_str().unwrap().to_owned()
}

fn sessions(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let with = |password: String| {
        BlueskySignIn::new(AppPassword { server: town.base(), did: town.own().into(), password })
    };
    seen.note("a wrong app password", session(wire, &mut with("wrong-wrong-wrong".to_owned())));
    let mut sign_in = with(town.secret());
    seen.note("an app password", session(wire, &mut sign_in));
    let token = wire.token.borrow().clone().unwrap();
    seen.note("a request with the session's token", with_token(wire, town, &mut sign_in, &token));
    let expired = br#"{"error":"ExpiredToken","message":"Token has expired"}"#.to_vec();
    assert!(sign_in.is_refused(&Answer { status: 400, headers: Vec::new(), body: expired }));
    seen.note("renewal of the session", session(wire, &mut sign_in));
    seen.note("a token of nobody", with_token(wire, town, &mut sign_in, "x.y.z"));
    let refresh = refresh_token(wire, town);
    let kind = "the token for renewals where one for requests is due";
    seen.note(kind, with_token(wire, town, &mut sign_in, &refresh));
    let uri = AtUri::new(&town.own(), POSTS, &Tid::new(1_796_050_800_000_000, 1).to_string()).unwrap();
    let put = put_record(&town.base(), &uri, &PostRecord::new("Hello", wire.now()));
    let unsigned = Request { signed: false, ..put };
    seen.note("a write without a token", told_of_token(&mut sign_in, &wire.exchange(&unsigned)));
}

fn records(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let (base, now) = (town.base(), wire.now());
    let key = Tid::derived("a name", now).to_string();
    let uri = AtUri::new(&town.own(), POSTS, &key).unwrap();
    let put = |uri: &AtUri, text: &str| wire.exchange(&put_record(&base, uri, &PostRecord::new(text, now)));
    let first = put(&uri, "Hello");
    seen.note("a post at a key of ours", fault(&first));
    seen.note("the same post again", fault(&put(&uri, "Hello")));
    seen.note("another post at the same address", fault(&put(&uri, "Goodbye")));
    let there = found_record(&wire.exchange(&get_record(&base, &uri))).unwrap();
    let is_first = there.uri == uri.to_string() && PostRecord::new("Hello", now).is_found_in(&there.value);
    seen.note("what is there then", if is_first { "the first post" } else { "another one" });
    let others = AtUri::new(&town.author_id(ANA), POSTS, &key).unwrap();
    seen.note("a post in another's repository", fault(&put(&others, "Hello")));
    let next = AtUri::new(&town.own(), POSTS, &Tid::derived("another", now).to_string()).unwrap();
    seen.note("a post of 301 characters", fault(&put(&next, &"x".repeat(301))));
    let read = |uri: &AtUri| {
        let answer = wire.exchange(&get_record(&base, uri));
        let is_absent = XrpcFault::of(&answer).is_absence();
        format!("{}, {}", fault(&answer), if is_absent { "absent" } else { "not known to be absent" })
    };
    seen.note("a post that is not there", read(&next));
    let nobody = AtUri::new("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", POSTS, &key).unwrap();
    seen.note("a post of somebody who is not there", read(&nobody));
}

/// The verdict on a post that was heard with this hash.
fn attested(wire: &Wire, town: &impl Town, uri: &AtUri, cid: &str) -> &'static str {
    let directory = Directory { address: town.directory() };
    let mut reading = Attestation::new(uri.clone(), cid, directory);
    loop {
        match reading.next() {
            AttestationStep::Ask(request) => reading.answered(Ok(wire.exchange(&request))),
            AttestationStep::Over(Verdict::Same) => return "as it was heard",
            AttestationStep::Over(Verdict::Differs { .. }) => return "differs",
            AttestationStep::Over(Verdict::Gone) => return "gone",
            AttestationStep::Over(Verdict::Unreachable { .. }) => return "unreachable",
        }
    }
}

/// An attempt at a reply, under the key of that effect.
fn reply(wire: &Wire, town: &impl Town, to: &str, sequence: u64, text: &str) -> AttemptResult {
    let account = BlueskyAccount {
        directory: Directory { address: town.directory() },
        ..BlueskyAccount::new(&town.base(), &town.own())
    };
    let author = Account::parse(Network::Bluesky, &town.author_id(ANA)).unwrap();
    let post = PostId::parse_reference(to).unwrap();
    let attempt = reply_attempt(author, post, sequence, "2026-11-30T15:00:00Z".parse().unwrap(), text);
    wire.carry_out(&mut Posting::new(&account, &attempt, wire.now()).unwrap())
}

fn result(result: &AttemptResult) -> String {
    match result {
        AttemptResult::Done { .. } => "done".to_owned(),
        AttemptResult::Gone { .. } => "gone".to_owned(),
        AttemptResult::Failed { error, permanent: true } => error.to_string(),
        result => format!("{result:?}"),
    }
}

fn replies(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let claim = town.post(ANA, &format!("{} I want it! ö🔥 #BuyKettle", town.mention()), None);
    let uri: AtUri = claim.parse().unwrap();
    let cid = found_record(&wire.exchange(&get_record(&town.base(), &uri))).unwrap().cid;
    seen.note("an attested post", attested(wire, town, &uri, &cid));
    seen.note("a post that was heard otherwise", attested(wire, town, &uri, "bafyother"));
    let text = "1 kettle, held 15 min. Reply #ConfirmKettle https://shop.example/c/1";
    let first = reply(wire, town, &claim, 12, text);
    seen.note("a reply", result(&first));
    let again = reply(wire, town, &claim, 12, text);
    seen.note("the same reply again", result(&again) + sameness(&again, &first));
    seen.note("its text under the same key changed", result(&reply(wire, town, &claim, 12, "Sold out")));
    seen.note("what the shop posted", format!("{} reply", town.replies_to(&claim).len()));
    assert!(town.delete(ANA, &claim));
    seen.note("an attested post that was deleted", attested(wire, town, &uri, &cid));
    let nobody = AtUri::new("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", POSTS, uri.rkey()).unwrap();
    seen.note("an attested post of somebody who is not there", attested(wire, town, &nobody, &cid));
    seen.note("a reply to a deleted post", result(&reply(wire, town, &claim, 13, text)));
}

fn streams(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let host = town.base().replace("http://", "ws://");
    let repos = |cursor: Option<&Cursor>| {
        Reader::new(wire, Repos::new(vec![host.as_str().into()], cursor, 7).unwrap())
    };
    let mut first = repos(None);
    // Until the server has begun to send, nobody knows which post is the first that comes; and a server that is busy
    // tells what happened shortly before as well. Where a post of the talk is told, all that is older is behind.
    let talk = || drop(town.post("passer-by", TALK, None));
    first.until(talk, |told, _| told.iter().any(|line| line.ends_with(TALK)));
    let cursor = first.source.cursor().unwrap();
    let post = town.post(ANA, "Grüße 🔥 #BuyKettle", None);
    let answer = town.post(ANA, "and now?", Some(&post));
    let repost = town.repost(ANA, &post);
    assert!(town.delete(ANA, &answer));
    let expected = [
        format!("{post} Grüße 🔥 #BuyKettle"),
        format!("{answer} and now?"),
        format!("{repost} reposts {post}"),
        format!("{answer} is deleted"),
    ];
    let mut behind = repos(Some(&cursor));
    let told = behind.until(|| (), |told, _| told.last() == expected.last());
    // What came some seconds before the cursor was taken comes once more.
    let since = told.iter().skip_while(|line| **line != expected[0]);
    let of_ana: Vec<&String> = since.filter(|line| !line.ends_with(TALK)).collect();
    let as_expected = of_ana == expected.iter().collect::<Vec<_>>();
    seen.note(
        "the stream from now on",
        if as_expected { "a post, a reply, a repost, a deletion".to_owned() } else { format!("{told:#?}") },
    );
    let cursor = behind.source.cursor().unwrap();
    let last = town.post(ANA, "after the cut", None);
    let last = format!("{last} after the cut");
    let told = repos(Some(&cursor)).until(|| (), |told, _| told.contains(&last));
    let missed =
        if told.last() == Some(&last) { "nothing is missed".to_owned() } else { format!("{told:#?}") };
    seen.note("the stream after a cut", missed);
    let text = cursor.to_string();
    let parts: Vec<&str> = text.splitn(4, ' ').collect();
    let ahead = Cursor::from_text(&format!("{} 999999999 {} {}", parts[0], parts[2], parts[3]));
    let mut early = repos(Some(&ahead));
    let is_refused =
        |source: &Repos| matches!(source.health(), Health::Connecting(why) if why.contains("says"));
    early.until(|| (), |_, source| is_refused(source));
    let why = match early.source.health() {
        Health::Connecting(why) => why.to_string(),
        health => format!("{health:?}"),
    };
    seen.note("the stream from a number that is not reached yet", why);
    early.until(talk, |told, _| !told.is_empty());
    let gap = if early.source.take_gap().is_some() { "a gap is told" } else { "no gap is told" };
    seen.note("the stream after that", format!("begins anew, and {gap}"));
}

fn keeps_the_contract(town: &impl Town, differences: &[Difference]) -> usize {
    let (wire, mut seen) = (Wire::to(town), Observed::default());
    sessions(&wire, town, &mut seen);
    records(&wire, town, &mut seen);
    replies(&wire, town, &mut seen);
    streams(&wire, town, &mut seen);
    seen.must_keep(CONTRACT, differences)
}

#[test]
fn the_stand_in_for_bluesky_keeps_the_contract() {
    keeps_the_contract(&StandIn::bluesky(), &[]);
}

/// What is known of the server.
const SERVER: &[Difference] = &[Difference {
    what: "a post of somebody who is not there",
    there: "502 UpstreamFailure, not known to be absent",
    why: "the server asks the network's view of all posts, which is not there in a test",
}];

#[test]
fn the_server_of_bluesky_keeps_the_contract() {
    hold(Peer::Atproto, "peer contract with a bluesky server", SERVER, |peer, known| {
        keeps_the_contract(&Atproto::start(peer), known)
    });
}
