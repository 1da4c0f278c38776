//! The desk's card pages: which account opened which, what came of it, and the cards that nobody uses any more.
//!
//! A page is noted before the processor is asked for it, and a card before it is linked. So a card that the processor has is
//! known here: it is linked, or removed. A page that was closed, or passed by another one, is read for that once it is over. A
//! card that cannot be linked is removed at once, and its page says so as long as its owner may come back.

use super::consents::Consents;
use super::desk::{CARD_PAGE_LIFE, Desk};
use super::vault::{CardPageReturns, LinkedCard, TakenCard, VaultFault};
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::{CardCustomerRow, CardPageRow, CardPageState, NewCardPage, OpsError};

/// When to look for the card of somebody who does not come back, and how often again.
const LOOK_AFTER: Millis = Millis::from_secs(5 * 60);

/// When to try again what the processor did not do.
const AGAIN: Millis = Millis::from_secs(60);

/// Rows that are read at once.
const ROWS: u32 = 200;

/// What a card page gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A card that is not linked yet, and what was agreed to before.
    Card(Box<LinkedCard>, Consents),
    /// A card that was linked before.
    Before,
}

impl Desk {
    /// Opens a card page for an account whose owner agreed. Returns where the browser goes.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin_card(
        &self,
        account: &Account,
        consents: &Consents,
        returns: &CardPageReturns,
        now: Timestamp,
    ) -> Result<Result<String, VaultFault>, OpsError> {
        let Some(vault) = &self.vault else {
            return Ok(Err(VaultFault::Unanswered("none is configured".to_owned())));
        };
        let (id, bounds) = (self.ticket(), self.bounds.card_pages);
        // Counted before the processor is asked, and also if that fails.
        let (owner, agreed) = (account.to_string(), consents.to_text());
        match self.database.add_card_page(&id.hash(), &owner, &agreed, bounds, now)? {
            NewCardPage::Stored => {}
            NewCardPage::AccountFull => return Ok(Err(VaultFault::TooMany)),
            NewCardPage::Full => return Ok(Err(VaultFault::Full)),
        }
        let began = match vault.start(account, returns, &id, now) {
            Ok(began) => began,
            Err(fault) => return Ok(Err(fault)),
        };
        self.database.fill_card_page(&id.hash(), &began.id, now.plus(LOOK_AFTER))?;
        Ok(Ok(began.go_to))
    }

    /// Reads what a card page gave, which must be one that the account opened. Once it is linked, call
    /// [`Self::card_is_linked`].
    ///
    /// # Errors
    /// When the database fails.
    pub fn finish_card(
        &self,
        account: &Account,
        card_session: &str,
        now: Timestamp,
    ) -> Result<Result<Given, VaultFault>, OpsError> {
        let (Some(vault), Some(page)) = (&self.vault, self.database.card_page(card_session)?) else {
            return Ok(Err(VaultFault::Unknown));
        };
        if page.account != account.to_string() {
            return Ok(Err(VaultFault::OtherAccount));
        }
        match page.state {
            CardPageState::Open | CardPageState::Passed => {}
            CardPageState::Linked => return Ok(Ok(Given::Before)),
            CardPageState::Refused => return Ok(Err(VaultFault::Unusable)),
            CardPageState::Over => return Ok(Err(VaultFault::Unknown)),
        }
        Ok(match vault.finish(account, card_session, now) {
            Ok(TakenCard::Usable(card)) => {
                self.database.note_card(card_session, &card.card.token)?;
                Ok(Given::Card(card, Consents::from_text(&page.consents)))
            }
            Ok(TakenCard::Unusable(token)) => {
                self.database.note_card(card_session, &token)?;
                self.refuse_card(card_session)?;
                Err(VaultFault::Unusable)
            }
            Err(fault) => Err(fault),
        })
    }

    /// Notes that the card of a page cannot be linked: it is removed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn refuse_card(&self, card_session: &str) -> Result<(), OpsError> {
        self.database.settle_card_page(card_session, CardPageState::Refused)
    }

    /// Closes a page whose card found no room so far, once its owner cannot come back with it any more: the card is removed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_no_room(&self, card_session: &str, now: Timestamp) -> Result<(), OpsError> {
        match self.database.card_page(card_session)? {
            Some(page) if now >= page.began_at.plus(CARD_PAGE_LIFE) => {
                self.database.settle_card_page(card_session, CardPageState::Over)
            }
            _ => Ok(()),
        }
    }

    /// Whether a card page is still one that may give a card.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_open(&self, card_session: &str) -> Result<bool, OpsError> {
        let page = self.database.card_page(card_session)?;
        Ok(page.is_some_and(|page| matches!(page.state, CardPageState::Open | CardPageState::Passed)))
    }

    /// Whether a card page may give a card by itself: no card of a newer page is linked.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_newest(&self, card_session: &str) -> Result<bool, OpsError> {
        let page = self.database.card_page(card_session)?;
        Ok(page.is_some_and(|page| page.state == CardPageState::Open))
    }

    /// Notes that the card of a page is linked. It is the account's newest: a card of a page that was opened before it takes
    /// its place only if the owner comes back with that page.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_is_linked(&self, card_session: &str) -> Result<(), OpsError> {
        self.database.settle_card_page(card_session, CardPageState::Linked)
    }

    /// Closes the card pages that an account has open: what comes of them is linked to nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub fn close_card_pages(&self, account: &Account) -> Result<(), OpsError> {
        self.database.close_card_pages_of(&account.to_string())
    }

    /// Forgets an account: ends its sessions, closes its card pages, and lets the processor remove it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget(&self, account: &Account) -> Result<(), OpsError> {
        self.database.forget_accounts(&[account.to_string()])
    }

    /// Lets the next look at pages without return look at this one, if it is open.
    ///
    /// # Errors
    /// When the database fails.
    pub fn expect_card(&self, card_session: &str) -> Result<(), OpsError> {
        self.database.look_at_card_page(card_session)
    }

    /// Reads what the pages gave whose browsers did not come back: each account's card session, with its card. A page whose
    /// time is over without a card is closed, and what came of a page that links nobody is noted, so that it is removed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn cards_without_return(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(Account, String, LinkedCard, Consents)>, OpsError> {
        let mut given = Vec::new();
        for page in self.database.card_pages_to_look_at(now, now.plus(LOOK_AFTER), ROWS)? {
            let Ok(account) = page.account.parse::<Account>() else { continue };
            let is_over = now >= page.began_at.plus(CARD_PAGE_LIFE);
            match page.state {
                CardPageState::Open => match self.finish_card(&account, &page.session, now)? {
                    Ok(Given::Card(card, consents)) => given.push((account, page.session, *card, consents)),
                    // Nobody knows yet, whatever the time is, or the page is settled.
                    Ok(Given::Before)
                    | Err(VaultFault::Unanswered(_) | VaultFault::NotComplete | VaultFault::Unusable) => {}
                    Err(_) if !is_over => {}
                    Err(_) => self.database.settle_card_page(&page.session, CardPageState::Over)?,
                },
                // Its owner may still come back with it.
                CardPageState::Passed if !is_over => {}
                CardPageState::Passed
                | CardPageState::Over
                | CardPageState::Linked
                | CardPageState::Refused => {
                    self.note_unlinked(&account, &page, is_over, now)?;
                }
            }
        }
        Ok(given)
    }

    /// Notes the card of a page that links nobody.
    fn note_unlinked(
        &self,
        account: &Account,
        page: &CardPageRow,
        is_over: bool,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let finished = self.vault.as_ref().map(|vault| vault.finish(account, &page.session, now));
        match finished.unwrap_or(Err(VaultFault::Unknown)) {
            Ok(TakenCard::Usable(card)) => self.database.note_card(&page.session, &card.card.token)?,
            Ok(TakenCard::Unusable(token)) => self.database.note_card(&page.session, &token)?,
            // It may still give one.
            Err(VaultFault::Unanswered(_) | VaultFault::NotComplete) => return Ok(()),
            Err(_) if !is_over => return Ok(()),
            Err(_) if page.card.is_none() => return self.database.remove_card_page(&page.session),
            Err(_) => {}
        }
        self.database.settle_card_page(&page.session, CardPageState::Over)
    }

    /// Some of the pages that gave a card, behind the one named `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn given_cards(&self, after: &str, now: Timestamp) -> Result<Vec<CardPageRow>, OpsError> {
        self.database.given_cards(after, now, ROWS)
    }

    /// Removes the card of a page from the processor, and forgets the page, unless its owner is still to be told that the card
    /// cannot be used. If the processor does not do it, that is tried again later.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_card(&self, page: &CardPageRow, now: Timestamp) -> Result<(), OpsError> {
        let (Some(vault), Some(card)) = (&self.vault, &page.card) else { return Ok(()) };
        match vault.remove_card(card) {
            Ok(()) if page.state == CardPageState::Refused => self.database.forget_card(&page.session),
            Ok(()) => self.database.remove_card_page(&page.session),
            Err(fault) => {
                tracing::warn!("a card that nobody uses any more stays at the card processor: {fault}");
                self.keep_card(page, now)
            }
        }
    }

    /// Looks at a card no earlier than in a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_card(&self, page: &CardPageRow, now: Timestamp) -> Result<(), OpsError> {
        self.database.put_card_page_off(&page.session, now.plus(AGAIN))
    }

    /// Some of the processor's customers, behind the one with the key `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_customers(&self, after: &[u8]) -> Result<Vec<CardCustomerRow>, OpsError> {
        self.database.card_customers(after, ROWS)
    }

    /// Lets the processor forget a customer whose account has no card page that may give a card, and no card of one. Call it
    /// for an account without a link. Returns whether the customer is to be forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_unused_customer(&self, row: &CardCustomerRow, now: Timestamp) -> Result<bool, OpsError> {
        let over = now.minus(CARD_PAGE_LIFE);
        // Most are the customers of people whose page is open: the database is not asked to change for them.
        Ok(row.asked_at <= over && self.database.forget_unused_card_customer(&row.key, over)?)
    }

    /// Removes a customer from the processor, with all cards. One for which the processor was asked without an answer is found
    /// first. Returns whether the processor did it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_card_customer(&self, row: &CardCustomerRow, now: Timestamp) -> Result<bool, OpsError> {
        let Some(vault) = &self.vault else { return Ok(false) };
        let customer = match &row.customer {
            Some(customer) => Ok(Some(customer.clone())),
            None => vault.find_customer(row, now),
        };
        let removed =
            customer.and_then(|found| found.map_or(Ok(()), |customer| vault.remove_customer(&customer)));
        match removed {
            Ok(()) => self.database.remove_card_customer(&row.key).map(|()| true),
            Err(fault) => {
                tracing::warn!("a customer that was erased stays at the card processor: {fault}");
                Ok(false)
            }
        }
    }
}
