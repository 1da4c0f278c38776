//! Lists that are read page by page, the newest first.

use super::api::Api;
use super::objects::{List, Listed};
use super::order::Order;
use crate::net::Request;

/// Items of a page; Stripe gives no more.
const PAGE: usize = 100;
/// Pages that are read at most. Each list is of one buyer or of one payment.
const PAGES_MAX: u32 = 5;
/// A list that is being read.
#[derive(Debug)]
pub(super) struct Pages {
    query: String,
    read: u32,
}

/// What a page showed.
pub(super) enum Look<T> {
    /// What was looked for.
    Found(T),
    /// Nothing, and another page may show it.
    On(Request),
    /// Nothing, to the end of the list.
    Over,
    /// Nothing, and more pages than are read.
    TooMany,
}

impl Pages {
    /// The buyer's payments, the newest first. No time bounds them: the journal may be far ahead of Stripe's clock, and what
    /// such a bound hides would be paid again.
    pub(super) fn of_customer(order: &Order<'_>) -> Self {
        let query = format!("/v1/payment_intents?customer={}&limit={PAGE}", order.card.customer);
        Self { query, read: 0 }
    }

    /// The refunds of a payment.
    pub(super) fn of_refunds(intent: &str) -> Self {
        Self { query: format!("/v1/refunds?payment_intent={intent}&limit={PAGE}"), read: 0 }
    }

    /// The request for the newest page.
    pub(super) fn first(&self, api: &Api) -> Request {
        Request::get(api.at(&self.query)).signed()
    }

    /// Reads a page.
    pub(super) fn look<T: Listed>(
        &mut self,
        api: &Api,
        page: List<T>,
        is_it: impl Fn(&T) -> bool,
    ) -> Look<T> {
        self.read += 1;
        let last = page.data.last().map(|item| item.id().to_owned());
        if let Some(found) = page.data.into_iter().find(|item| is_it(item)) {
            return Look::Found(found);
        }
        match last.filter(|_| page.has_more) {
            Some(last) if self.read < PAGES_MAX => {
                Look::On(Request::get(api.at(&format!("{}&starting_after={last}", self.query))).signed())
            }
            Some(_) => Look::TooMany,
            None => Look::Over,
        }
    }
}
