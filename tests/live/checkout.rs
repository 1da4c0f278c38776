//! The way of a buyer over Stripe's card page, whose answers get lost, to a shop whose server is killed.

use networks::stripe::World;

use super::link_shop::Shop;
use crate::http::browser::{Browser, unless_broken};
use crate::http::client::Reply;
use crate::http::linking::{BOXES, assert_page, heading};
use crate::sign_in::sent_on;
use crate::test_rng::TestRng;

/// The cards that a buyer gives, in turn, with the digits that the shop shows.
const CARDS: [(&str, &str); 2] = [("visa", "4242"), ("mastercardDebit", "8210")];

/// What a buyer knows of the card page.
pub(super) struct Checkout {
    rng: TestRng,
    /// The page at Stripe that is open in the browser.
    page: Option<String>,
    /// Where Stripe sends the browser behind the card that was given last.
    back: Option<String>,
    /// Cards that were given.
    cards: usize,
}

/// How far a buyer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// The card that was given last is linked, as the shop said.
    Told,
    /// The shop shows a linked card.
    Linked,
    /// A card was given, and the browser was closed.
    Left,
    /// Something got lost; the next try goes on.
    NotYet,
}

impl Checkout {
    pub(super) fn new(rng: TestRng) -> Self {
        Self { rng, page: None, back: None, cards: 0 }
    }

    /// The digits of the card that was given last.
    pub(super) fn digits(&self) -> &'static str {
        CARDS[(self.cards + CARDS.len() - 1) % CARDS.len()].1
    }

    /// Goes on from the page that follows the sign-in. The server's end unwinds.
    pub(super) fn go_on(&mut self, browser: &mut Browser, shop: &Shop, signed_in: &Reply) -> Came {
        if let Some(back) = &self.back {
            return self.come_back(browser, back);
        }
        if heading(signed_in) == "Your account" {
            return Came::Linked;
        }
        let Some(page) = self.page.take() else {
            assert_page(signed_in, 200, "What you agree to");
            let answer = browser.press(signed_in, "/link/card", &BOXES);
            // Stripe did not answer the shop, or the shop is busy.
            if matches!(answer.status, 502 | 503) {
                return Came::NotYet;
            }
            let address = sent_on(&answer, "Go on to the card page");
            let path = address.strip_prefix(&shop.stripe.base_url()).expect("it leads to Stripe");
            self.page = Some(path.to_owned());
            return Came::NotYet;
        };
        self.give(shop, &page)
    }

    /// Gives a card. Where Stripe's answer is lost, the buyer begins anew with another card, or gives up.
    fn give(&mut self, shop: &Shop, page: &str) -> Came {
        let (card, _) = CARDS[self.cards % CARDS.len()];
        self.cards += 1;
        let mut at_stripe = Browser::new(shop.stripe.address);
        at_stripe.may_break = true;
        let owner = [("email", "buyer@example.com"), ("name", "Buyer"), ("country", "US"), ("state", "NY")];
        let answer = unless_broken(|| at_stripe.post(page, &[&owner[..], &[("card", card)]].concat()));
        if self.rng.below(6) == 0 {
            return Came::Left;
        }
        if let Some(answer) = answer.filter(|answer| answer.status == 302) {
            let back = answer.header("location").expect("Stripe sends back");
            self.back = Some(back.strip_prefix("http://localhost").expect("it leads to the shop").to_owned());
        }
        Came::NotYet
    }

    fn come_back(&self, browser: &mut Browser, back: &str) -> Came {
        let page = browser.get(back);
        if page.status == 503 {
            return Came::NotYet;
        }
        assert_page(&page, 200, "Your card is linked");
        let digits = format!("ending in {}, ", self.digits());
        assert!(page.body.contains(&digits), "{digits:?} was given: {page:?}");
        Came::Told
    }
}

/// The cards at Stripe that may be charged: whose they are, by the account that the shop wrote to the customer, with their
/// digits.
pub(super) fn attached(world: &World) -> Vec<(String, String)> {
    let owner = |customer: &str| {
        let found = world.customers().iter().find(|found| found.id == customer);
        found.expect("a customer has its cards").metadata["account"].clone()
    };
    let digits =
        |id: &str| CARDS.into_iter().find(|(name, _)| id.ends_with(name)).expect("a card of the page").1;
    let methods = world.payment_methods().iter();
    let mut attached: Vec<(String, String)> = methods
        .filter_map(|method| Some((owner(method.customer.as_deref()?), digits(&method.id).to_owned())))
        .collect();
    attached.sort();
    attached
}
