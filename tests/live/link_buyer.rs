//! Somebody who links a card, buys, and perhaps leaves, at a shop whose server is killed meanwhile.

use flashtag::clock::Clock;

use super::checkout::{Came, Checkout};
use super::link_shop::{Cards, Shop};
use crate::crash::server::Http;
use crate::http::browser::{Browser, unless_broken};
use crate::http::client::Reply;
use crate::http::linking::{BOXES, CARD, heading, sign_in};

/// What somebody was told of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    No,
    /// It was asked for, and no answer came.
    Doubtful,
    /// A card was given, and its owner does not come back: it is linked nevertheless.
    Left,
    Told,
    /// The erasure was asked for, and no answer came.
    Leaving,
    Erased,
}

/// Somebody who links a card and buys.
pub(super) struct Buyer {
    pub(super) author: u32,
    /// The browser of one who links on the page; the others are linked by the shop's own software.
    pub(super) browser: Option<Browser>,
    pub(super) link: Link,
    /// The order that the buyer was told of.
    pub(super) order: Option<String>,
    pub(super) leaves: bool,
    /// What the buyer knows of Stripe's card page.
    pub(super) checkout: Checkout,
    /// Whether the shop said that the card which was given last is linked.
    pub(super) knows_card: bool,
}

/// Links the sandbox's card, unless an earlier try came through and nobody was told.
fn link_at_sandbox(browser: &mut Browser, signed_in: &Reply) -> Link {
    if heading(signed_in) != "Your account" {
        assert_eq!(heading(signed_in), "What you agree to", "{signed_in:?}");
        let card = browser.submit(signed_in, "/link/card", &BOXES);
        let done = browser.submit(&card, "/link/sandbox-card", &CARD);
        assert_eq!(heading(&done), "Your card is linked", "{done:?}");
    }
    Link::Told
}

impl Buyer {
    /// Does the next thing. `None` if the server was killed meanwhile.
    pub(super) fn go_on(&mut self, shop: &Shop, http: &Http) -> Option<()> {
        match self.link {
            Link::No | Link::Doubtful => {
                self.link = Link::Doubtful;
                self.link = self.link(shop, http)?;
            }
            Link::Told if self.order.is_none() => self.buy(http)?,
            Link::Told | Link::Leaving => {
                self.link = Link::Leaving;
                self.leave()?;
                self.link = Link::Erased;
            }
            Link::Left | Link::Erased => {}
        }
        Some(())
    }

    /// Whether nothing is left to do for this buyer, as far as the buyer knows.
    pub(super) fn is_done(&self) -> bool {
        match self.link {
            Link::Told => self.order.is_some() && !self.leaves,
            link => matches!(link, Link::Left | Link::Erased),
        }
    }

    fn link(&mut self, shop: &Shop, http: &Http) -> Option<Link> {
        let author = self.author;
        let Some(browser) = &mut self.browser else {
            return http.link_card(author, &shop.token(author)).then_some(Link::Told);
        };
        let (checkout, knows_card) = (&mut self.checkout, &mut self.knows_card);
        unless_broken(|| {
            let page = sign_in(browser, "x", &author.to_string());
            match shop.cards {
                Cards::Sandbox => link_at_sandbox(browser, &page),
                Cards::Stripe => loop {
                    match checkout.go_on(browser, shop, &page) {
                        Came::NotYet => {}
                        Came::Left => return Link::Left,
                        came => {
                            *knows_card = came == Came::Told;
                            return Link::Told;
                        }
                    }
                },
            }
        })
    }

    fn buy(&mut self, http: &Http) -> Option<()> {
        let (author, now) = (self.author, Clock::start().now());
        // The same post each time: its author does not know what became of it.
        let line = format!(
            "{{\"network\":\"x\",\"id\":\"{}\",\"author\":{{\"id\":\"{author}\",\"handle\":\"buyer{author}\"}},\
             \"posted_at\":\"{now}\",\"text\":\"#BuyKettle\"}}\n",
            5_000_000 + u64::from(author)
        );
        let answers = http.post(&line).ok()?;
        let answer = &answers[0];
        assert_eq!(answer["outcome"], "confirmed", "{answer}");
        self.order = answer["reservation"].as_str().map(str::to_owned);
        Some(())
    }

    fn leave(&mut self) -> Option<()> {
        let author = self.author.to_string();
        let browser = self.browser.as_mut().expect("who links on the page leaves there");
        unless_broken(|| {
            let page = sign_in(browser, "x", &author);
            if heading(&page) == "Your account" {
                let erased = browser.press(&page, "/me/erase", &[("sure", "yes")]);
                assert_eq!(heading(&erased), "You are erased", "{erased:?}");
            }
        })
    }

    /// Asserts what this buyer was told. Who did not come back learns whether the card is linked.
    pub(super) fn check(&mut self, http: &Http) {
        let author = self.author;
        let account = http.get(&format!("/v1/accounts/x/{author}"));
        let person = http.get(&format!("/v1/accounts/x/{author}/personal-data"));
        if self.link == Link::Left && account.is_some() {
            self.link = Link::Told;
        }
        match self.link {
            Link::Told => {
                let account = account.unwrap_or_else(|| panic!("{author} was told that the card is linked"));
                let digits = self.checkout.digits();
                assert!(!self.knows_card || account["card"]["last4"] == digits, "{digits}: {account}");
                let person = person.unwrap_or_else(|| panic!("nothing is held of {author}, who is linked"));
                let agreed = person["consents"].as_array().map_or(0, Vec::len);
                assert!(self.browser.is_none() || agreed == BOXES.len(), "{author} agreed: {person}");
            }
            Link::Erased => assert_eq!((account, person), (None, None), "{author} was told: erased"),
            Link::No => assert_eq!((account, person), (None, None), "{author} did not come yet"),
            // The person is durable before the card is linked, and is no more before it is unlinked.
            Link::Doubtful | Link::Left => assert!(account.is_none() || person.is_some(), "half of {author}"),
            Link::Leaving => {}
        }
        if let Some(order) = &self.order {
            assert!(http.get(&format!("/v1/orders/{order}")).is_some(), "order {order} of {author} is lost");
        }
    }
}
