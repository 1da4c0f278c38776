//! The sandbox's card page: cards with names, and no field for a number. Only for tests.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use compact_str::format_compact;

use super::ticket::Ticket;
use super::vault::{CardPageReturns, CardSession, CardVault, LinkedCard, TakenCard, VaultFault};
use crate::domain::id::Account;
use crate::domain::link::{Card, Funding};
use crate::domain::time::{Millis, Timestamp};
use crate::ops::CardCustomerRow;
use crate::text::hex::hex;

/// How long a card session lives.
const LIFE: Millis = Millis::from_secs(1800);

/// Upper bound on the sessions under way.
const SESSIONS_MAX: usize = 10_000;

/// A card that the page offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxCard {
    /// Its name in the form.
    pub name: &'static str,
    /// What it is, for people.
    pub label: &'static str,
    brand: &'static str,
    funding: Funding,
    last4: &'static str,
    /// The beginning of its token, which tells the card sandbox how it behaves.
    prefix: &'static str,
}

const fn card(
    name: &'static str,
    label: &'static str,
    (brand, funding, last4): (&'static str, Funding, &'static str),
    prefix: &'static str,
) -> SandboxCard {
    SandboxCard { name, label, brand, funding, last4, prefix }
}

/// The cards, in the order of the page.
pub const CARDS: [SandboxCard; 6] = [
    card("visa", "Visa credit card: pays", ("visa", Funding::Credit, "4242"), "tok_visa"),
    card(
        "mastercard",
        "Mastercard debit card: pays",
        ("mastercard", Funding::Debit, "4444"),
        "tok_mastercard",
    ),
    card("amex", "American Express charge card: pays", ("amex", Funding::Charge, "0005"), "tok_amex"),
    card(
        "prepaid",
        "Visa prepaid card: most offers refuse it",
        ("visa", Funding::Prepaid, "0077"),
        "tok_prepaid",
    ),
    card("declined", "Visa credit card: is declined", ("visa", Funding::Credit, "0002"), "tok_decline"),
    card(
        "late",
        "Visa credit card: is declined when the money is taken",
        ("visa", Funding::Credit, "0341"),
        "tok_capture_decline",
    ),
];

/// Takes sandbox cards.
#[derive(Debug, Default)]
pub struct SandboxCards(Mutex<HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    account: Account,
    back: String,
    until: Timestamp,
    given: Option<LinkedCard>,
}

impl SandboxCards {
    /// Takes a card in a session of the account, with the region of its billing address. Returns where the browser goes.
    ///
    /// # Errors
    /// When there is no such session, or it belongs to another account.
    pub fn give(
        &self,
        account: &Account,
        session: &str,
        card: SandboxCard,
        region: &str,
        now: Timestamp,
    ) -> Result<String, VaultFault> {
        let mut entries = self.entries();
        let entry = find(&mut entries, account, session, now)?;
        let SandboxCard { brand, funding, last4, prefix, .. } = card;
        // A card gets another token each time that it is linked, as at a real processor.
        let id = Ticket::parse(session).map(|ticket| ticket.derived("flashtag/sandbox-card"));
        let id = id.ok_or(VaultFault::Unknown)?;
        let token = format_compact!("{prefix}_{}", hex(id.get(..8).unwrap_or_default()));
        let card = Card { token, brand: brand.into(), funding, last4: last4.into() };
        let given = LinkedCard { card, region: region.to_owned(), email: None, name: None, ship_to: None };
        entry.given = Some(given);
        Ok(format!("{}?cs={session}", entry.back))
    }

    /// Whether the account has that session.
    #[must_use]
    pub fn has(&self, account: &Account, session: &str, now: Timestamp) -> bool {
        find(&mut self.entries(), account, session, now).is_ok()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'e>(
    entries: &'e mut HashMap<String, Entry>,
    account: &Account,
    session: &str,
    now: Timestamp,
) -> Result<&'e mut Entry, VaultFault> {
    let entry = entries.get_mut(session).filter(|entry| now < entry.until).ok_or(VaultFault::Unknown)?;
    if entry.account == *account { Ok(entry) } else { Err(VaultFault::OtherAccount) }
}

impl CardVault for SandboxCards {
    fn start(
        &self,
        account: &Account,
        returns: &CardPageReturns,
        id: &Ticket,
        now: Timestamp,
    ) -> Result<CardSession, VaultFault> {
        let mut entries = self.entries();
        if entries.len() >= SESSIONS_MAX {
            entries.retain(|_, entry| now < entry.until);
        }
        if entries.len() >= SESSIONS_MAX {
            return Err(VaultFault::Full);
        }
        let id = id.text().to_owned();
        let (account, back) = (account.clone(), returns.done.clone());
        let entry = Entry { account, back, until: now.plus(LIFE), given: None };
        entries.insert(id.clone(), entry);
        Ok(CardSession { go_to: format!("/link/sandbox-card?cs={id}"), id })
    }

    fn finish(&self, account: &Account, session: &str, now: Timestamp) -> Result<TakenCard, VaultFault> {
        let mut entries = self.entries();
        let given = find(&mut entries, account, session, now)?.given.clone();
        given.map(|card| TakenCard::Usable(Box::new(card))).ok_or(VaultFault::NotComplete)
    }

    /// Nobody keeps a sandbox card.
    fn remove_card(&self, _: &str) -> Result<(), VaultFault> {
        Ok(())
    }

    fn find_customer(&self, _: &CardCustomerRow, _: Timestamp) -> Result<Option<String>, VaultFault> {
        Ok(None)
    }

    fn remove_customer(&self, _: &str) -> Result<(), VaultFault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_ms(second * 1000)
    }

    #[test]
    fn a_card_session_gives_its_own_account_one_card() {
        let cards = SandboxCards::default();
        let (ana, bea): (Account, Account) = ("x:1".parse().unwrap(), "x:2".parse().unwrap());
        let id = Ticket::new(&[5; 32]);
        let returns = CardPageReturns { done: "/link/done".to_owned(), left: "/link/left".to_owned() };
        let began = cards.start(&ana, &returns, &id, second(0)).unwrap();
        let give = |account: &Account, session: &str, at| {
            cards.give(account, session, CARDS[0], "US-NY", second(at))
        };
        let other = Ticket::new(&[6; 32]);
        assert_eq!(cards.finish(&ana, &began.id, second(1)), Err(VaultFault::NotComplete));
        assert_eq!(give(&bea, &began.id, 1), Err(VaultFault::OtherAccount), "another account's");
        assert_eq!(give(&ana, other.text(), 1), Err(VaultFault::Unknown), "a session that never was");
        assert_eq!(give(&ana, &began.id, 1800), Err(VaultFault::Unknown), "its time is over");
        assert_eq!(give(&ana, &began.id, 1), Ok(format!("/link/done?cs={}", began.id)));
        let finish = |session: &str, at| match cards.finish(&ana, session, second(at)) {
            Ok(TakenCard::Usable(card)) => *card,
            other => panic!("{other:?}"),
        };
        let given = finish(&began.id, 2);
        assert_eq!(finish(&began.id, 3), given, "however often it is read");
        assert_eq!(cards.finish(&bea, &began.id, second(2)), Err(VaultFault::OtherAccount));
        assert!(given.card.token.starts_with("tok_visa_"), "{}", given.card.token);
        let again = cards.start(&ana, &returns, &other, second(4)).unwrap();
        give(&ana, &again.id, 5).unwrap();
        assert_ne!(finish(&again.id, 6).card.token, given.card.token);
    }
}
