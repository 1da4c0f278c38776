//! Everybody at the networks: who they are, and the cards that they linked.

use std::collections::HashMap;

use serde_json::json;

use super::cast::{CAST, Card};
use super::place::Stage;
use crate::cli::fail::Fail;
use crate::clock::Clock;
use crate::domain::id::{Account, Network};

/// Of the crowd, one in that many has not linked a card, and one in that many has a card that is declined.
const STRANGERS: usize = 12;
const DECLINED: usize = 15;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) network: Network,
    /// The name at the network without what stands behind all names there.
    pub(super) name: String,
}

/// Everybody, by account and by name at the network.
#[derive(Debug, Default)]
pub(super) struct People {
    by_account: HashMap<Account, Person>,
    by_handle: HashMap<(Network, String), Account>,
    /// The file of linked accounts.
    pub(super) linked: String,
}

impl People {
    /// Founds the accounts of crowd and cast.
    pub(super) fn join(&mut self, stages: &[Stage], clock: &Clock) -> Result<(), Fail> {
        let now_ms = clock.now().ms();
        for Stage { place, crowd, .. } in stages {
            let (network, suffix) = (place.network, place.suffix());
            let crowd = place.visit(|society| crowd.join(society, now_ms));
            for (number, author) in crowd.iter().enumerate() {
                let card = match number + 1 {
                    number if number % STRANGERS == 0 => Card::None,
                    number if number % DECLINED == 0 => Card::Declined,
                    _ => Card::Linked,
                };
                self.add(network, suffix, &author.handle, &place.author(&author.id), card)?;
            }
            for role in CAST.iter().filter(|role| role.network == network) {
                let handle = format!("{}{suffix}", role.name);
                let author = place.visit(|society| society.join(&handle, now_ms));
                self.add(network, suffix, &handle, &place.author(&author.id), role.card)?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        network: Network,
        suffix: &str,
        handle: &str,
        author: &str,
        card: Card,
    ) -> Result<(), Fail> {
        let account = Account::parse_linked(network, author)
            .map_err(|fault| Fail::new(70, format!("the demo's account {author}: {fault}")))?;
        let name = handle.strip_suffix(suffix).unwrap_or(handle);
        let token = match card {
            Card::Linked => Some(format!("tok_{network}_{name}")),
            Card::Declined => Some(format!("tok_decline_{network}_{name}")),
            Card::None => None,
        };
        if let Some(token) = token {
            let line = json!({
                "network": network.name(), "author_id": author,
                "card": {"token": token, "brand": "visa", "funding": "debit", "last4": "4242"},
                "email": format!("{name}@{network}.example"), "region": "DE",
            });
            self.linked.push_str(&format!("{line}\n"));
        }
        self.by_handle.insert((network, handle.to_lowercase()), account.clone());
        self.by_account.insert(account, Person { network, name: name.to_owned() });
        Ok(())
    }

    /// Who has an account.
    pub(super) fn of_account(&self, account: &Account) -> Option<&Person> {
        self.by_account.get(account)
    }

    /// The account of a name at a network.
    pub(super) fn account(&self, network: Network, handle: &str) -> Option<&Account> {
        self.by_handle.get(&(network, handle.to_lowercase()))
    }
}
