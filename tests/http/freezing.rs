//! Freezing and unfreezing: the account freezes itself, the operator sees it and unfreezes it.

use flashtag::clock::Clock;
use flashtag::config::offers::parse_offers;
use flashtag::domain::command::{Intent, PostCommand};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::post::Post;
use flashtag::domain::terms::Terms;
use serde_json::json;

use super::inside::Inside;
use super::served::{OFFERS, Served, post};
use crate::crash::assert_verified;

fn offers() -> Vec<Terms> {
    parse_offers(OFFERS, "offers.toml").unwrap().offers
}

/// A post of account 1 that concerns everything it holds.
fn post_command(id: &str, intent: Intent) -> PostCommand {
    let line = post(id, 1, "");
    let format = flashtag::engine::explanation::Format::Flashtag;
    let decoded = format.decode(line.as_bytes()).unwrap();
    let flashtag::intake::format::Decoded::Post(post) = decoded else { panic!("{line} is a post") };
    let post = Post { posted_at: Clock::start().now(), ..post };
    assert_eq!(post.id, PostId::parse(Network::X, id).unwrap());
    PostCommand::new(&post, intent, None, 1)
}

fn status_flags(account: &serde_json::Value) -> [&serde_json::Value; 2] {
    [&account["frozen"], &account["silent"]]
}

#[test]
fn a_frozen_account_cannot_buy_until_it_is_unfrozen() {
    let data = tempfile::tempdir().unwrap();
    let inside = Inside::open(data.path(), offers(), 3);
    let buy =
        |id: &str, tag: &str| inside.post_to("/v1/posts", &post(id, 1, tag)).lines()[0]["outcome"].clone();
    assert_eq!(status_flags(&inside.get("/v1/accounts/x/1").json()), [false, false]);
    assert_eq!(buy("1", "#BuyKindle"), "reserved");
    let link = inside.link("kindle", 1, 1);
    assert_eq!(inside.get(&link).status, 200);
    assert_eq!(inside.submit(&post_command("2", Intent::Freeze)).outcome, Outcome::Frozen);
    assert_eq!(inside.submit(&post_command("3", Intent::Stop)).outcome, Outcome::OptedOut);
    let frozen = inside.get("/v1/accounts/x/1").json();
    assert_eq!(status_flags(&frozen), [true, true]);
    assert_eq!(frozen["offers"], json!([]), "an unconfirmed unit is passed on");
    for reply in [inside.get(&link), inside.post_to(&link, "")] {
        assert_eq!(reply.status, 409, "{reply:?}");
        assert!(reply.body.contains("<h1>Your buying is frozen</h1>"), "{reply:?}");
    }
    assert_eq!((buy("4", "#BuyKindle"), buy("5", "#BuyPot")), (json!("frozen"), json!("frozen")));

    for _ in 0..2 {
        let unfrozen = inside.post_to("/v1/accounts/x/1/unfreeze", "");
        assert_eq!((unfrozen.status, status_flags(&unfrozen.json())), (200, [&json!(false), &json!(true)]));
        assert_eq!(unfrozen.json(), inside.get("/v1/accounts/x/1").json());
    }
    assert_eq!((buy("6", "#BuyKindle"), buy("7", "#BuyPot")), (json!("reserved"), json!("confirmed")));
    assert_eq!(inside.get(&link).status, 409, "the reservation of that link was passed on");
    assert_eq!(
        inside.get("/v1/accounts/x/2").json()["frozen"],
        false,
        "the freeze concerns only its account"
    );
}

#[test]
fn a_repeated_or_late_account_command_changes_nothing() {
    let mut served = Served::open();
    let answer_to = |line: &str| {
        let answer = served.post(line).lines()[0].clone();
        (answer["outcome"].clone(), answer["duplicate"].clone())
    };
    let new = |outcome: &str| (json!(outcome), json!(null));
    let again = |outcome: &str| (json!(outcome), json!(true));
    let held = || status_flags(&served.get("/v1/accounts/x/1").json()).map(|stop| stop == true);
    let (stop, freeze) = (post("1", 1, "@Shop STOP"), post("2", 1, "@Shop FREEZE"));
    let (late, start) = (post("3", 1, "@Shop STOP"), post("4", 1, "@Shop START"));
    assert_eq!(
        (answer_to(&stop), answer_to(&freeze), held()),
        (new("opted_out"), new("frozen"), [true, true])
    );
    assert_eq!(
        (answer_to(&stop), answer_to(&freeze), held()),
        (again("opted_out"), again("frozen"), [true, true])
    );
    assert_eq!(answer_to(&start), new("opted_in"));
    assert_eq!((answer_to(&late), answer_to(&start)), (new("stale"), again("opted_in")));
    assert_eq!(served.change("/v1/accounts/x/1/unfreeze", "k", "").status, 200);
    assert_eq!((answer_to(&stop), answer_to(&freeze), held()), (new("stale"), new("stale"), [false, false]));
    assert_eq!(answer_to(&post("5", 1, "#BuyKindle")), new("reserved"));
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn only_existing_accounts_can_be_unfrozen() {
    let served = Served::open();
    for target in ["/v1/accounts/x/77/unfreeze", "/v1/accounts/myspace/1/unfreeze"] {
        served.change(target, "k", "").assert_problem(404, "not_found");
    }
    served.change("/v1/accounts/x/one/unfreeze", "k", "").assert_problem(400, "bad_id");
    served.get("/v1/accounts/x/1/unfreeze").assert_problem(405, "method_not_allowed");
}

#[test]
fn a_freeze_and_its_end_survive_kill_9() {
    let mut served = Served::open();
    served.kill();
    let inside = Inside::open(&served.data(), offers(), 1);
    inside.submit(&post_command("1", Intent::Freeze));
    drop(inside);
    for _ in 0..2 {
        served.restart();
        assert_eq!(served.get("/v1/accounts/x/1").json()["frozen"], true);
        assert_eq!(served.post(post("2", 1, "#BuyKindle")).lines()[0]["outcome"], "frozen");
    }
    assert_eq!(served.change("/v1/accounts/x/1/unfreeze", "k", "").status, 200);
    served.restart();
    assert_eq!(served.get("/v1/accounts/x/1").json()["frozen"], false);
    assert_eq!(served.post(post("3", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    served.kill();
    assert_verified(&served.data(), false);
}
