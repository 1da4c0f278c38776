//! Sandbox accounts by HTTP: a test takes them as any account, and a live sale refuses them.

use std::path::Path;
use std::sync::Arc;

use flashtag::config::offers::parse_offers;
use flashtag::config::serve::Mode;
use flashtag::http::{LinkPages, State, Turns};
use flashtag::linking::{AddressDesk, Desk, DeskBounds, OwnerMail, Postbox};
use flashtag::ops::{KeyPlace, OpsDatabase};
use flashtag::people::People;
use flashtag::words::Words;

use super::browser::Browser;
use super::inside::Inside;
use super::linking::{assert_page, link};
use super::served::{OFFERS, Served, post};

const CARD: &str = r#"{"card":{"token":"tok_ana","brand":"visa","funding":"credit","last4":"4242"},"email":"ana@example.com","region":"US-NY"}"#;

/// A post of this author.
fn post_of(author: &str, id: &str, text: &str) -> String {
    post(id, 1, text).replace(r#""author":{"id":"1"}"#, &format!(r#""author":{{"id":"{author}"}}"#))
}

#[test]
fn a_test_without_a_network_takes_sandbox_accounts_as_any_others() {
    let served = Served::open();
    // The colon may be escaped in a path.
    let table =
        [("1", "sandbox:ana", "#BuyPot", "confirmed"), ("2", "sandbox%3Aana", "#BuyKindle", "reserved")];
    for (id, author, tag, outcome) in table {
        let path = format!("/v1/accounts/x/{author}");
        served.get(&path).assert_problem(404, "not_found");
        assert_eq!(served.put(&path, CARD).status, 200, "{path}");
        assert_eq!(served.get(&path).json()["author_id"], "sandbox:ana");
        let bought = served.post(post_of("sandbox:ana", id, tag));
        assert_eq!(bought.lines()[0]["outcome"], outcome, "{bought:?}");
        assert_eq!(bought.lines()[0]["account"], "x:sandbox:ana");
        assert_eq!(served.delete(&path).status, 204);
    }
    for bad in ["sandbox:", "sandbox:Ana", "sandbox:a.b", "sandbox%3A%3Aana", "Sandbox:ana"] {
        served.put(&format!("/v1/accounts/x/{bad}"), CARD).assert_problem(400, "bad_id");
    }
    let other = CARD.replacen('{', r#"{"author_id":"sandbox:bea","#, 1);
    served.put("/v1/accounts/x/sandbox:ana", &other).assert_problem(422, "account_mismatch");

    // The sandbox sign-in takes everybody at their word, and these as well.
    for (network, author) in [("x", "sandbox:bea"), ("bluesky", "sandbox:bea"), ("mastodon", "sandbox:bea")] {
        let done = link(&mut Browser::new(served.address), network, author);
        assert_page(&done, 200, "Your card is linked");
        assert_eq!(served.get(&format!("/v1/accounts/{network}/{author}")).json()["card"]["last4"], "4242");
    }
}

/// Takes no letters.
struct NoPostbox;

impl Postbox for NoPostbox {
    fn post(&self, _: OwnerMail) -> bool {
        false
    }
}

/// The pages of a live sale at no network: nobody signs in.
fn live_pages(data: &Path) -> LinkPages {
    let database = OpsDatabase::open(&data.join("ops.sqlite")).unwrap();
    let people = People::open(data, &KeyPlace::find(None, None, data)).unwrap();
    let desk = Desk::new(database.clone(), Box::new(|| [7; 32]), Vec::new(), None, DeskBounds::default());
    let words = Arc::new(Words::of_shop("Shop"));
    LinkPages {
        desk,
        addresses: AddressDesk::new(database, people, words, Arc::new(NoPostbox), Box::new(|| [8; 32])),
        sandbox_sign_in: None,
        client_metadata: None,
        sandbox_cards: None,
        turns: Turns::default(),
    }
}

#[test]
fn a_live_sale_has_no_sandbox_accounts_and_says_so() {
    let (data, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pages = Arc::new(live_pages(beside.path()));
    let live = move |state: State| state.with_mode(Mode::Live).with_linking(pages);
    let inside = Inside::open_as(data.path(), parse_offers(OFFERS, "offers.toml").unwrap().offers, 1, live);
    let account = "/v1/accounts/x/sandbox:ana";
    let refused = inside.put(account, CARD);
    refused.assert_problem(400, "bad_id");
    assert!(refused.body.contains("only in mode test"), "{refused:?}");
    inside.get(account).assert_problem(400, "bad_id");
    inside.post_to(&format!("{account}/unfreeze"), "").assert_problem(400, "bad_id");
    for network in ["x", "bluesky", "mastodon"] {
        let line = post_of("sandbox:ana", "1", "#BuyKindle")
            .replace(r#""network":"x""#, &format!(r#""network":"{network}""#));
        let answered = inside.post_to("/v1/posts", &line);
        let answer = &answered.lines()[0];
        assert_eq!(answer["outcome"], "unreadable", "{answered:?}");
        assert!(answer["reason"].as_str().unwrap().contains("only in mode test"), "{answered:?}");
    }
    assert_eq!(inside.put("/v1/accounts/x/77", CARD).status, 200, "everybody else is taken");

    let mut eve = Browser::new(inside.address());
    let first = eve.get("/link");
    assert!(!first.body.to_lowercase().contains("sandbox"), "{first:?}");
    for network in ["x", "bluesky", "mastodon"] {
        let path = format!("/link/sandbox/{network}");
        assert_page(&eve.get(&format!("{path}?state={}", "A".repeat(43))), 404, "There is nothing here");
        let fields = [("state", "A"), ("author", "sandbox:eve")];
        assert_page(&eve.post(&path, &fields), 404, "There is nothing here");
    }
}
