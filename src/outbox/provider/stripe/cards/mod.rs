//! Cards at Stripe: the hosted page of Checkout takes them, in setup mode. No page of the engine has a field for a number, and
//! what the browser brings back is never believed: the session is read from Stripe.
//!
//! Each account is a customer of its own. What a card page may charge later is attached to it, and is named by a token,
//! `cus_.../pm_...#FINGERPRINT`.

mod customer;
mod owner;
mod session;
mod shop;

use std::sync::Arc;

use super::api::Api;
use super::token::{CardToken, is_id};
use crate::clock::Lag;
use crate::domain::id::Account;
use crate::domain::time::Timestamp;
use crate::linking::{CardPageReturns, CardSession, CardVault, TakenCard, Ticket, VaultFault};
use crate::net::{Http, Method, Request};
use crate::ops::{CardCustomerRow, OpsDatabase};

use shop::{NotDone, Shop};

/// Takes cards by Stripe's hosted page.
pub struct StripeCards(Shop);

impl StripeCards {
    /// Takes cards through `http`, which signs requests with the shop's key. Which customer an account is stands in
    /// `database`; `instance` is the data directory that sells, as the metadata of payments have it.
    #[must_use]
    pub const fn new(api: Api, http: Arc<dyn Http>, database: OpsDatabase, instance: String) -> Self {
        Self(Shop { api, http, database, instance, lag: Lag::NONE })
    }

    /// Sets how much more time may have passed than the times that are passed in show.
    #[must_use]
    pub fn lagging(self, lag: Lag) -> Self {
        Self(Shop { lag, ..self.0 })
    }
}

impl CardVault for StripeCards {
    fn start(
        &self,
        account: &Account,
        returns: &CardPageReturns,
        id: &Ticket,
        now: Timestamp,
    ) -> Result<CardSession, VaultFault> {
        let customer = self.0.customer_of(account, id, now)?;
        match self.0.open(account, &customer, returns, id, now) {
            // Somebody removed the customer in Stripe's dashboard.
            Err(NotDone::Missing) => {
                let again = self.0.new_customer(account, id, "customer-again", now)?;
                self.0.open(account, &again, returns, id, now).map_err(NotDone::into_fault)
            }
            opened => opened.map_err(NotDone::into_fault),
        }
    }

    fn finish(&self, account: &Account, session: &str, _: Timestamp) -> Result<TakenCard, VaultFault> {
        // It becomes part of an address.
        if !is_id(session, "cs_") {
            return Err(VaultFault::Unknown);
        }
        let customer = self.0.known_customer(account)?.ok_or(VaultFault::OtherAccount)?;
        self.0.read_session(session)?.card_of(session, account, &customer, &self.0.instance)
    }

    fn remove_card(&self, token: &str) -> Result<(), VaultFault> {
        // A card that was linked in another way is not this page's to remove.
        let Some(card) = CardToken::parse(token) else { return Ok(()) };
        self.0.detach(card.payment_method)
    }

    fn find_customer(&self, row: &CardCustomerRow, now: Timestamp) -> Result<Option<String>, VaultFault> {
        self.0.lost_customer(row, now)
    }

    fn remove_customer(&self, customer: &str) -> Result<(), VaultFault> {
        if !is_id(customer, "cus_") {
            return Ok(());
        }
        self.0.remove(Request::new(Method::Delete, self.0.api.at(&format!("/v1/customers/{customer}"))))
    }
}
