//! The pages about letters: the address on the account's page, the page that proves it, and the one that stops letters.

use flashtag::words::LetterKind;
use flashtag::words::stop_link::sign_stop;

use super::states::States;
use crate::crash::poll;
use crate::http::browser::{Browser, hidden};
use crate::http::confirming::key;
use crate::http::letters::{letters_to, page_of};
use crate::http::linking::{link_with, sign_in};
use crate::http::served::Served;

const ADDRESS: &str = "somebody.with.a.long.name@a-mail-server.example";

pub(super) fn states(states: &mut States) {
    let served = Served::open();
    address(&served, states);
    stop(&served, states);
}

fn address(served: &Served, states: &mut States) {
    let mut ana = Browser::new(served.address);
    states.add("linked-with-letters", &link_with(&mut ana, "x", "77", &[("letters", "yes")]));
    let me = ana.open("/me");
    let token = hidden(&me, "/me/address")[0].1.clone();
    states.add("no-address-to-ask", &ana.post("/me/letter", &[("token", &token)]));
    states.add("not-an-address", &ana.press(&me, "/me/address", &[("address", "ana")]));
    let me = ana.submit(&me, "/me/address", &[("address", ADDRESS)]);
    states.add("me-address-asked", &me);
    let letters = poll(|| letters_to(&served.data(), ADDRESS), |letters| letters.len() == 1);
    let page = page_of(&letters[0]);
    let mut phone = Browser::new(served.address);
    states.add("mail-asks", &phone.get(&page));
    let mut forged = phone.clone();
    forged.headers = vec!["Origin: https://evil.example".to_owned()];
    states.add("mail-foreign-page", &forged.post(&page, &[]));
    states.add("mail-proven", &phone.post(&page, &[]));
    states.add("mail-proven-before", &phone.get(&page));
    states.add("me-address-proven", &ana.open("/me"));
    // Another address, whose letters are asked for until there are enough.
    let me = ana.submit(&me, "/me/address", &[("address", "ana@example.com")]);
    states.add("mail-over", &phone.get(&page));
    states.add("mail-over-pressed", &phone.post(&page, &[]));
    ana.press(&me, "/me/letter", &[]);
    states.add("too-many-letters", &ana.press(&me, "/me/letter", &[]));
    let mut old = ana.clone();
    old.headers = vec!["Sec-Fetch-Site: cross-site".to_owned()];
    states.add("no-letters-foreign-page", &old.press(&me, "/me/no-letters", &[]));
    let mut bea = Browser::new(served.address);
    link_with(&mut bea, "x", "78", &[]);
    let me = bea.open("/me");
    states.add("letters-not-agreed", &bea.press(&me, "/me/address", &[("address", "bea@example.com")]));
}

fn stop(served: &Served, states: &mut States) {
    let account = "x:1".parse().unwrap();
    let page = format!("/link/stop/{}", sign_stop(&key(served), LetterKind::Credits, &account));
    let mut reader = Browser::new(served.address);
    states.add("stop-asks", &reader.get(&page));
    states.add("stopped", &reader.post(&page, &[]));
    states.add("stop-forged", &reader.get(&page.replace("/stop/A", "/stop/B")));
    let mut owner = Browser::new(served.address);
    let me = sign_in(&mut owner, "x", "1");
    states.add("me-letters-stopped", &me);
    owner.headers = vec!["Sec-Fetch-Site: cross-site".to_owned()];
    states.add("all-letters-foreign-page", &owner.press(&me, "/me/all-letters", &[]));
}
