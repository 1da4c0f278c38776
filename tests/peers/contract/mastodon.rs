//! What the adapters rely on at a server with Mastodon's interface.

use flashtag::domain::id::{Account, Network};
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::{Health, LiveSource};
use flashtag::net::Answer;
use flashtag::networks::mastodon::{Instance, MastodonSignIn, NewStatus, Server, Visibility};
use flashtag::networks::{Renewal, SignIn};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::Delivery;
use flashtag::outbox::provider::mastodon::{Account as Shop, Posting};

use super::table::{Difference, Observed, hold};
use super::wire::{Reader, Wire, reply_attempt, sameness};
use crate::domain::world::terms;
use crate::peers::installed::Peer;
use crate::peers::mastodon_mock::MastodonMock;
use crate::peers::snac::Snac;
use crate::peers::stand_in::StandIn;
use crate::peers::town::Town;

const ANA: &str = "ana-buyer";

const CONTRACT: &[(&str, &str)] = &[
    ("a token of nobody", "401, signed out"),
    ("the token of another account", "200, signed out"),
    ("the token of the account", "200, signed in"),
    ("what the server says of itself", "500 characters, its streams"),
    ("the same in the older form", "500 characters, its streams"),
    ("a status under a key", "200"),
    ("the same status under the same key", "the same"),
    ("an empty status", "422"),
    ("a status of 501 characters", "422"),
    ("a reply", "done"),
    ("the same reply again", "done, the same"),
    ("the reply as the author sees it", "1, answering the post, naming them"),
    ("a look at the own timeline for it", "done, the same"),
    ("a look for what was never posted", "NotFound"),
    ("a reply to a post of somebody else", "the post is another author's"),
    ("a reply to a deleted post", "gone"),
    ("notifications since the cursor", "a mention, a repost of an own status"),
    ("notifications since the newest", "nothing older"),
    ("the first post with a hashtag", "the post that does not mention the shop"),
    ("posts with a hashtag", "the post that does not mention the shop"),
    ("notifications as they are made", "live, a mention"),
];

fn server(town: &impl Town) -> Server {
    Server::parse(&town.base()).unwrap()
}

fn described(answer: &Answer) -> String {
    if !answer.is_success() {
        return answer.status.to_string();
    }
    let told = Instance::read(answer).unwrap();
    let streams = if told.streaming.is_some() { "its streams" } else { "no streams" };
    format!("{} characters, {streams}", told.characters_max)
}

/// Signs in as this account, and returns the result.
fn signed_in(wire: &Wire, town: &impl Town, account: &str, token: &str) -> String {
    let mut sign_in = MastodonSignIn::new(server(town), account, token);
    let Renewal::Ask(request) = sign_in.renewal(wire.now()) else { return "nothing is asked".to_owned() };
    let answer = wire.exchange(&request);
    let renewed = sign_in.renewed(&answer, wire.now());
    *wire.token.borrow_mut() = sign_in.access_token().map(str::to_owned);
    let status = answer.status;
    match (renewed, sign_in.renewal(wire.now())) {
        (Ok(_), Renewal::NotNeeded) => format!("{status}, signed in"),
        (Err(_), Renewal::Impossible(_)) => format!("{status}, signed out"),
        (Err(_), Renewal::Ask(_)) => format!("{status}, asked again"),
        (renewed, next) => format!("{status}, {renewed:?}, {next:?}"),
    }
}

fn credentials(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let server = server(town);
    seen.note("a token of nobody", signed_in(wire, town, &town.own(), "a-token-of-nobody"));
    let others = town.author_id(ANA);
    seen.note("the token of another account", signed_in(wire, town, &others, &town.secret()));
    seen.note("the token of the account", signed_in(wire, town, &town.own(), &town.secret()));
    seen.note("what the server says of itself", described(&wire.exchange(&Instance::request(&server))));
    seen.note("the same in the older form", described(&wire.exchange(&Instance::older(&server))));
}

fn statuses(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let server = server(town);
    let post = |text: &str, key: &str| {
        let status =
            NewStatus { text, in_reply_to_id: None, visibility: Visibility::Unlisted, language: Some("en") };
        wire.exchange(&status.request(&server, key))
    };
    let id = |answer: &Answer| answer.json::<serde_json::Value>().unwrap()["id"].clone();
    let first = post("Hello", "key-1");
    seen.note("a status under a key", first.status);
    let is_same = id(&post("Hello", "key-1")) == id(&first);
    seen.note("the same status under the same key", if is_same { "the same" } else { "another" });
    seen.note("an empty status", post("", "key-2").status);
    seen.note("a status of 501 characters", post(&"x".repeat(501), "key-3").status);
}

/// A delivery of a reply to a person's post, under the key of that effect.
fn delivery(wire: &Wire, town: &impl Town, (who, post): (&str, &str), sequence: u64, text: &str) -> Delivery {
    let author = Account::parse(Network::Mastodon, &town.author_id(who)).unwrap();
    let attempt = reply_attempt(author, server(town).post(post).unwrap(), sequence, wire.now(), text);
    Delivery { attempt, offering: terms("kettle").into(), at: wire.now(), address: None }
}

fn looked_up(mut delivery: Delivery) -> Delivery {
    delivery.attempt.look_up = true;
    delivery
}

fn result(result: &AttemptResult) -> String {
    match result {
        AttemptResult::Done { .. } => "done".to_owned(),
        AttemptResult::Gone { .. } => "gone".to_owned(),
        // The server's own words follow its status.
        AttemptResult::Failed { error, permanent: true }
            if error.starts_with(|ch: char| ch.is_ascii_digit()) =>
        {
            error.split(' ').next().unwrap_or_default().to_owned()
        }
        AttemptResult::Failed { error, permanent: true } => error.to_string(),
        result => format!("{result:?}"),
    }
}

fn replies(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    const TEXT: &str = "1 kettle, held 15 min. Reply #ConfirmKettle";
    let shop = Shop { server: server(town), language: Some("en".into()) };
    let claim = town.post(ANA, &format!("{} I want it! ö🔥 #BuyKettle", town.mention()), None);
    let post = |delivery: &Delivery| wire.carry_out(&mut Posting::new(&shop, delivery));
    let prompt = delivery(wire, town, (ANA, &claim), 12, TEXT);
    let first = post(&prompt);
    seen.note("a reply", result(&first));
    let same = |again: &AttemptResult| result(again) + sameness(again, &first);
    seen.note("the same reply again", same(&post(&prompt)));
    let seen_replies = town.replies_to(&claim);
    let names = seen_replies.first().is_some_and(|reply| reply.text.starts_with("@ana_buyer"));
    let naming = if names { "naming them" } else { "naming nobody" };
    let count = seen_replies.len();
    seen.note("the reply as the author sees it", format!("{count}, answering the post, {naming}"));
    seen.note("a look at the own timeline for it", same(&post(&looked_up(prompt))));
    let never = looked_up(delivery(wire, town, (ANA, &claim), 13, "Sold out"));
    seen.note("a look for what was never posted", result(&post(&never)));
    let others = delivery(wire, town, ("ben-buyer", &claim), 14, TEXT);
    seen.note("a reply to a post of somebody else", result(&post(&others)));
    let gone = delivery(wire, town, (ANA, &claim), 15, TEXT);
    let is_deleted = town.delete(ANA, &claim);
    let told = if is_deleted { result(&post(&gone)) } else { "it cannot be deleted".to_owned() };
    seen.note("a reply to a deleted post", told);
}

fn reader<'a>(
    wire: &'a Wire,
    town: &impl Town,
    transport: Transport,
    tags: &[&str],
    cursor: Option<&Cursor>,
) -> Reader<'a, MastodonSource> {
    let settings = Settings {
        server: server(town),
        streaming: None,
        transport,
        notifications: tags.is_empty(),
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        seed: 7,
    };
    Reader::new(wire, MastodonSource::new(settings, cursor).unwrap())
}

/// The cursor of a source that begins now.
fn cursor_of(mut reader: Reader<'_, MastodonSource>) -> Cursor {
    reader.until(|| (), |_, source| source.cursor().is_some());
    reader.source.cursor().unwrap()
}

/// `told` as it should be, or itself.
fn as_expected(told: &[String], expected: &[&str], words: &'static str) -> String {
    let text = |line: &String| line.split_once(' ').map(|(_, text)| text.to_owned()).unwrap_or_default();
    let texts: Vec<String> = told.iter().map(text).collect();
    let is_told =
        expected.len() == texts.len() && expected.iter().zip(&texts).all(|(part, text)| text.contains(part));
    if is_told { words.to_owned() } else { format!("{told:#?}") }
}

fn readings(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let notifications = |cursor: Option<&Cursor>| reader(wire, town, Transport::Polling, &[], cursor);
    let cursor = cursor_of(notifications(None));
    town.post(ANA, &format!("{} number 1 #BuyKettle", town.mention()), None);
    // One that she was told of.
    let own = town.own_posts().into_iter().find(|own| own.text.starts_with("@ana_buyer")).unwrap().id;
    town.repost(ANA, &own);
    let mut second = notifications(Some(&cursor));
    let is_told = |told: &[String], part: &str| told.iter().any(|line| line.contains(part));
    let mut told = second.until(|| (), |told, _| is_told(told, "number 1") && is_told(told, "reposts"));
    // A server may tell of what was before somewhat later.
    told.retain(|line| line.contains("number 1") || line.contains("reposts"));
    let expected = ["number 1", own.as_str()];
    seen.note(
        "notifications since the cursor",
        as_expected(&told, &expected, "a mention, a repost of an own status"),
    );
    second.until(|| (), |_, source| source.health() == Health::Live);
    let cursor = second.source.cursor().unwrap();
    town.post(ANA, &format!("{} number 2 #BuyKettle", town.mention()), None);
    let told = notifications(Some(&cursor)).until(|| (), |told, _| is_told(told, "number 2"));
    // What was read last may come once more, for ids of notifications overlap.
    let older = told
        .iter()
        .filter(|line| !line.contains("number 2") && !line.contains("number 1") && !line.contains("reposts"));
    let older = if older.count() == 0 { "nothing older".to_owned() } else { format!("{told:#?}") };
    seen.note("notifications since the newest", older);
    let tag = |cursor: Option<&Cursor>| reader(wire, town, Transport::Polling, &["TagKettle"], cursor);
    // Nobody used the tag before.
    let cursor = cursor_of(tag(None));
    town.post("ben-buyer", "nobody in particular #TagKettle", None);
    let mut first = tag(Some(&cursor));
    let told = first.until(|| (), |told, _| is_told(told, "nobody"));
    seen.note(
        "the first post with a hashtag",
        as_expected(&told, &["nobody in particular"], "the post that does not mention the shop"),
    );
    first.until(|| (), |_, source| source.health() == Health::Live);
    let cursor = first.source.cursor().unwrap();
    town.post("ben-buyer", "nobody again #TagKettle", None);
    let mut told = tag(Some(&cursor)).until(|| (), |told, _| is_told(told, "again"));
    // What was read last may come once more here as well.
    told.retain(|line| !line.contains("nobody in particular"));
    seen.note(
        "posts with a hashtag",
        as_expected(&told, &["nobody again"], "the post that does not mention the shop"),
    );
    streamed(wire, town, seen);
}

/// A connection is settled where there is none to be had as well; then posts are asked for.
fn streamed(wire: &Wire, town: &impl Town, seen: &mut Observed) {
    let mut events = reader(wire, town, Transport::Events, &[], None);
    events.until(|| (), |_, source| source.health() == Health::Live);
    let began = wire.now();
    town.post(ANA, &format!("{} live #BuyKettle", town.mention()), None);
    let mut told = events.until(|| (), |told, _| told.iter().any(|line| line.contains("live #BuyKettle")));
    told.retain(|line| !line.contains("number 2"));
    let words = as_expected(&told, &["live #BuyKettle"], "a mention");
    // A reading comes every 15 seconds at most where nothing is streamed, and every 60 where it is.
    let by = if wire.now().since(began).ms() < 10_000 { "live" } else { "late" };
    seen.note("notifications as they are made", format!("{by}, {words}"));
}

fn keeps_the_contract(town: &impl Town, differences: &[Difference]) -> usize {
    let (wire, mut seen) = (Wire::to(town), Observed::default());
    credentials(&wire, town, &mut seen);
    statuses(&wire, town, &mut seen);
    replies(&wire, town, &mut seen);
    readings(&wire, town, &mut seen);
    seen.must_keep(CONTRACT, differences)
}

#[test]
fn the_stand_in_for_mastodon_keeps_the_contract() {
    keeps_the_contract(&StandIn::mastodon(), &[]);
}

/// What is known of the imitation.
const MOCK: &[Difference] = &[];

const NO_KEYS: &str = "it does not know keys of requests, as no server of Mastodon before 1.1 did";
const NO_CHECKS: &str = "it accepts every text; the adapters send none that is empty or too long";

/// What is known of the small server.
const SNAC: &[Difference] = &[
    Difference {
        what: "a token of nobody",
        there: "422, asked again",
        why: "it has this status for everything that it refuses",
    },
    Difference {
        what: "what the server says of itself",
        there: "404",
        why: "it knows the older form alone, for which the adapters ask then",
    },
    Difference {
        what: "the same in the older form",
        there: "100000 characters, its streams",
        why: "it has longer statuses, and names streams that it does not have: the adapters ask for posts instead",
    },
    Difference { what: "the same status under the same key", there: "another", why: NO_KEYS },
    Difference { what: "an empty status", there: "200", why: NO_CHECKS },
    Difference { what: "a status of 501 characters", there: "200", why: NO_CHECKS },
    Difference { what: "the same reply again", there: "done, another", why: NO_KEYS },
    Difference {
        what: "the reply as the author sees it",
        there: "2, answering the post, naming them",
        why: NO_KEYS,
    },
    Difference { what: "a look at the own timeline for it", there: "done, another", why: NO_KEYS },
    Difference {
        what: "a reply to a deleted post",
        there: "it cannot be deleted",
        why: "its interface deletes no statuses",
    },
    Difference {
        what: "notifications as they are made",
        there: "late, a mention",
        why: "it has no streams, so posts are asked for",
    },
];

#[test]
fn a_server_that_streams_as_mastodon_keeps_the_contract() {
    hold(Peer::Python, "peer contract with mastodon mock", MOCK, |peer, known| {
        keeps_the_contract(&MastodonMock::start(peer), known)
    });
}

#[test]
fn a_server_without_streams_keeps_the_contract() {
    hold(Peer::Snac, "peer contract with snac", SNAC, |peer, known| {
        keeps_the_contract(&Snac::start(peer), known)
    });
}
