//! The customer that an account is at Stripe. Stripe is told the account and nothing else; what the card page asks, it keeps
//! itself.

use serde::Deserialize;

use super::shop::{NotDone, Shop, unusable};
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::linking::{Ticket, VaultFault};
use crate::net::Request;
use crate::ops::CardCustomerRow;
use crate::outbox::provider::stripe::books::all;
use crate::outbox::provider::stripe::objects::{Listed, Metadata};
use crate::outbox::provider::stripe::token::is_id;
use crate::text::hex::hex;

/// How long Stripe remembers a key for certain: within that time the same request makes no second customer.
const KEY_KEPT: Millis = Millis::from_secs(23 * 3600);

/// How far Stripe's clock may be from this machine's, where customers are looked for by the time at which they were made.
const CLOCKS_APART: Millis = Millis::from_secs(3600);

/// A customer.
#[derive(Debug, Deserialize)]
struct Customer {
    id: String,
    metadata: Option<Metadata>,
}

impl Listed for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }
}

impl Shop {
    /// The customer that the account is; `None` if it is none.
    pub(super) fn known_customer(&self, account: &Account) -> Result<Option<String>, VaultFault> {
        let known = self.database.card_customer(&account.to_string()).map_err(|fault| unusable(&fault))?;
        Ok(known.and_then(|known| known.customer))
    }

    /// The customer that the account is, or becomes now.
    pub(super) fn customer_of(
        &self,
        account: &Account,
        id: &Ticket,
        now: Timestamp,
    ) -> Result<String, VaultFault> {
        let known = self.database.card_customer(&account.to_string()).map_err(|fault| unusable(&fault))?;
        match known {
            Some(known) => match known.customer {
                Some(customer) => Ok(customer),
                // The answer to an earlier request was lost. The same key gives the same customer.
                None if self.remembers(&known, now) => self.make_customer(&known.account, &known.key),
                None => self.new_customer(account, id, "customer", now),
            },
            None => self.new_customer(account, id, "customer", now),
        }
    }

    /// Makes a customer of the account, and forgets the one that it was. `purpose` tells it from others of the same flow.
    pub(super) fn new_customer(
        &self,
        account: &Account,
        id: &Ticket,
        purpose: &str,
        now: Timestamp,
    ) -> Result<String, VaultFault> {
        let key = id.derived(&format!("flashtag/{purpose}"));
        // Known before Stripe is asked, so that a lost answer leaves no second customer.
        let account = account.to_string();
        let noted = self.database.add_card_customer(&key, &account, now);
        noted.map_err(|fault| unusable(&fault))?;
        self.make_customer(&account, &key)
    }

    /// The customer for which Stripe was asked without an answer; `None` if it was not made. While Stripe remembers the key, the
    /// same request tells for certain, whenever the first one arrives: if none was made, it makes one, which is then removed.
    /// Later, Stripe's list has what the request made. It is the account's, this data directory's, and noted under no other key.
    pub(super) fn lost_customer(
        &self,
        row: &CardCustomerRow,
        now: Timestamp,
    ) -> Result<Option<String>, VaultFault> {
        if self.remembers(row, now) {
            return self.make_customer(&row.account, &row.key).map(Some);
        }
        let second = |at: Timestamp| at.ms().div_euclid(1000);
        let from = second(row.asked_at.minus(CLOCKS_APART));
        let until = second(row.asked_at.plus(KEY_KEPT).plus(CLOCKS_APART));
        let query = format!("/v1/customers?created%5Bgte%5D={from}&created%5Blt%5D={until}");
        let made: Vec<Customer> = all(&self.api, self.http.as_ref(), &query)
            .map_err(|unread| VaultFault::Unanswered(unread.to_string()))?;
        for customer in made {
            let is_own = customer.has("account", &row.account) && customer.has("instance", &self.instance);
            let is_lost = is_own && is_id(&customer.id, "cus_");
            if is_lost && !self.database.is_card_customer(&customer.id).map_err(|fault| unusable(&fault))? {
                return Ok(Some(customer.id));
            }
        }
        Ok(None)
    }

    /// Whether Stripe remembers the key of a customer for certain.
    fn remembers(&self, row: &CardCustomerRow, now: Timestamp) -> bool {
        self.lag.longest(row.asked_at, now) < KEY_KEPT
    }

    fn make_customer(&self, account: &str, key: &[u8; 32]) -> Result<String, VaultFault> {
        let fields = [("metadata[account]", account), ("metadata[instance]", &self.instance)];
        let name = hex(key.get(..16).unwrap_or_default());
        let request = Request::post_form(self.api.at("/v1/customers"), &fields)
            .header("idempotency-key", format!("ft-link-{name}-customer"))
            .signed();
        let made: Customer = self.ask_for(request).map_err(NotDone::into_fault)?;
        if !is_id(&made.id, "cus_") {
            return Err(VaultFault::Unanswered("the customer has no id".to_owned()));
        }
        self.database.fill_card_customer(key, &made.id).map_err(|fault| unusable(&fault))?;
        Ok(made.id)
    }
}
