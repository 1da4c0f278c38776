//! Somebody with a browser without scripts, at the shop's pages.

use std::net::SocketAddr;

use super::door::Door;
use crate::crash::server::Http;
use crate::http::browser::{Browser, hidden};
use crate::http::client::Reply;
use crate::http::linking::{assert_page, return_of};

/// Somebody with a browser.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    /// The shop's address, as the browser knows it.
    base: String,
}

impl Visitor {
    /// Somebody on the machine of the shop.
    pub(crate) fn of(shop: &Http) -> Self {
        Self::at(shop, shop.base())
    }

    /// Somebody who knows the shop by that address.
    pub(crate) fn at(shop: &Http, base: &str) -> Self {
        let address: SocketAddr = shop.base().strip_prefix("http://").unwrap().parse().unwrap();
        let browser = Browser::at(address, base.split_once("://").unwrap().1);
        Self { browser, base: base.to_owned() }
    }

    /// Begins to sign in. Returns what the shop shows.
    pub(crate) fn begin(&mut self, typed: &str) -> Reply {
        let first = self.browser.get("/link");
        self.browser.press(&first, "/link/start", &[("typed", typed)])
    }

    /// Begins to sign in at the sandbox of a network. Returns what the shop answers.
    pub(crate) fn begin_at_sandbox(&mut self, network: &str) -> Reply {
        let first = self.browser.get("/link");
        let own = hidden(&first, "/link/start").into_iter().find(|(name, _)| name == "token");
        let (_, token) = own.expect("forms have tokens");
        let provider = format!("sandbox-{network}");
        self.browser.post("/link/start", &[("token", &token), ("provider", &provider)])
    }

    /// Begins to sign in. Returns the page of the network to which the shop sends the browser.
    pub(crate) fn leave<D: Door>(&mut self, door: &D, who: &str) -> String {
        door.expect_back(&format!("{}/link/cb/{}", self.base, D::KIND));
        let page = self.begin(&door.typed(who));
        sent_on(&page, &format!("Go on to {}", D::LABEL))
    }

    /// Opens the address to which the network sends the browser, and goes where the shop sends it from there.
    pub(crate) fn come_back(&mut self, address: &str) -> Reply {
        let own = address.strip_prefix(&self.base).unwrap_or_else(|| panic!("it is sent to {address}"));
        self.browser.open(own)
    }

    /// Signs in at the network.
    pub(crate) fn sign_in<D: Door>(&mut self, door: &D, who: &str) -> Reply {
        let page = self.leave(door, who);
        let back = door.let_in(who, &page);
        self.come_back(&back)
    }

    /// Agrees to what the page asks for, and links a sandbox card. Returns the last page.
    pub(crate) fn link_card(&mut self, consent: &Reply) -> Reply {
        assert_page(consent, 200, "What you agree to");
        let card = self.browser.submit(consent, "/link/card", &[("identity", "yes"), ("card", "yes")]);
        assert_page(&card, 200, "Choose a sandbox card");
        let fields = [("card", "visa"), ("region", "US-NY")];
        let done = self.browser.press(&card, "/link/sandbox-card", &fields);
        let place = done.header("location").expect("the card page sends back").to_owned();
        self.come_back(&place)
    }
}

/// Signs in at the shop's sandbox, by what is typed on its page. Returns the page that follows.
pub(crate) fn sandbox_sign_in(visitor: &mut Visitor, network: &str, typed: &str) -> Reply {
    let address = return_of(&mut visitor.browser, network, typed);
    visitor.browser.open(&address)
}

/// The address at another site to which a page sends the browser.
pub(crate) fn sent_on(page: &Reply, heading: &str) -> String {
    assert_page(page, 200, heading);
    let refresh = page.header("refresh").expect("the browser is sent on");
    let address = refresh.strip_prefix("0; url=").unwrap().to_owned();
    let link = format!("href=\"{}\"", address.replace('&', "&amp;"));
    assert!(page.body.contains(&link), "{address} is the page's link as well: {page:?}");
    address
}

/// How often a step of linking was counted.
pub(crate) fn counted(shop: &Http, result: &str) -> u64 {
    let (metrics, start) = (shop.metrics(), format!("flashtag_linking_total{{result=\"{result}\"}} "));
    let line = metrics.lines().find_map(|line| line.strip_prefix(&start));
    line.map_or(0, |count| count.parse().unwrap())
}
