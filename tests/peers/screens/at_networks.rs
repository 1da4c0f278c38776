//! The pages of a shop that is at networks.

use networks::{mastodon, x};

use super::states::States;
use crate::command::flashtag;
use crate::http::browser::Browser;
use crate::live::shop::{SHOP, Shop};
use crate::sign_in::{Door, Visitor, sandbox_sign_in};

pub(super) fn states(states: &mut States) {
    at_mastodon(states);
    at_x(states);
}

fn at_mastodon(states: &mut States) {
    let shop = Shop::<mastodon::World>::open("hashtags", &[], Vec::new());
    let mut ana = Visitor::of(&shop.engine.http());
    states.add("link-mastodon", &ana.browser.get("/link"));
    states.add("typed-wrong", &ana.begin("no server"));
    states.add("server-silent", &ana.begin("http://127.0.0.1:1"));
    states.add("go-on", &ana.begin(&shop.typed("ana")));
    let name = "somebody_with_a_name_as_long_as_names_may_be_at_this_network";
    states.add("consent-long-name", &ana.sign_in(&shop, name));
    shop.network.shared.lock().stage.network.claim(Some("https://big.example/users/ana"));
    states.add("not-theirs", &Visitor::of(&shop.engine.http()).sign_in(&shop, "ana"));
}

fn at_x(states: &mut States) {
    let shop = Shop::<x::World>::open("activity", &[], Vec::new());
    let http = shop.engine.http();
    states.add("link-x", &Visitor::of(&http).browser.get("/link"));
    let mut bea = Visitor::of(&http);
    let sandbox = bea.begin_at_sandbox("x");
    states.add("sandbox-beside-x", &bea.browser.follow(sandbox));
    states.add("sandbox-name-wrong", &sandbox_sign_in(&mut bea, "x", "Bea B."));
    states.add("sandbox-consent", &sandbox_sign_in(&mut bea, "x", "bea"));
    // The shop's owner connects the account once more.
    let told = flashtag(["network", "connect", SHOP, "--server", http.base()]).must(0, &[]).out;
    let address = told.lines().find(|line| line.starts_with("http")).expect("an address");
    let back = http.redirected(&format!("{address}&account={SHOP}&approve=1"));
    let (_, query) = back.split_once("/networks/callback").expect("back at the shop");
    let mut owner = Browser::new(http.address());
    states.add("connected", &owner.get(&format!("/networks/callback{query}")));
    states.add("not-connected", &owner.get(&format!("/networks/callback{query}")));
}
