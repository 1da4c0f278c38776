//! Links that change while the engine runs, in the steps of the control actor: first the record is durable, then
//! posts and partitions learn of it.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};

use flashtag::actors::router::Links;
use flashtag::control::state::ControlState;
use flashtag::domain::command::Command;
use flashtag::domain::id::Account;
use flashtag::domain::link::{Link, LinkedAccount};
use flashtag::domain::reservation::Stage;
use flashtag::domain::status_word::StatusWord;

use super::Node;
use crate::simulator::shop::Shop;

/// What posts see after it is durable.
enum Change {
    Linked(Link),
    Unlinked,
    /// A word, and no link.
    Word,
}

/// A change of an account that is recorded, and that not every partition knows.
struct Pending {
    account: Account,
    change: Change,
    /// What the partitions must be handed, and have no room for yet.
    left: VecDeque<(usize, Command)>,
}

/// The changes on their way.
pub(super) struct Linking {
    /// The accounts whose change is not complete: a second one is refused meanwhile.
    changing: Vec<Account>,
    durable: Sender<Pending>,
    became_durable: Receiver<Pending>,
    /// Those that are durable.
    pending: Vec<Pending>,
}

impl Default for Linking {
    fn default() -> Self {
        let (durable, became_durable) = channel();
        Self { changing: Vec::new(), durable, became_durable, pending: Vec::new() }
    }
}

impl Linking {
    pub(super) fn is_idle(&self) -> bool {
        self.changing.is_empty() && self.pending.is_empty()
    }
}

/// The links that a start finds: what was linked and unlinked while the engine ran precedes the accounts file.
pub(super) fn visible(shop: &Shop, control: &ControlState) -> Links {
    let links = Links::default();
    for LinkedAccount { account, link } in shop.links.clone() {
        links.insert(account, link);
    }
    for account in control.unlinked() {
        links.remove(account);
    }
    for (account, link) in control.links() {
        links.insert(account.clone(), link.clone());
    }
    links
}

impl Node {
    /// Unlinks an account, or links it if it is not linked. Returns what was begun.
    pub(in crate::simulator) fn change_link(&mut self, linked: &LinkedAccount) -> Option<&'static str> {
        let account = linked.account.clone();
        if self.linking.changing.contains(&account) {
            return None;
        }
        let now = self.now();
        let (begun, change, commands) = if self.control.is_linked(&account) {
            assert!(self.control.unlink(now, &account), "it is linked");
            ("unlinked", Change::Unlinked, vec![Command::Unlink(account.clone())])
        } else {
            let words = self.control.link(now, linked).expect("any number of accounts may be linked");
            let commands = words.into_iter().map(|word| Command::SetStatus(Box::new(word)));
            ("linked again", Change::Linked(linked.link.clone()), commands.collect())
        };
        self.linking.changing.push(account.clone());
        let pending = self.for_all(account, change, &commands);
        let durable = self.linking.durable.clone();
        self.control.commit(Box::new(move || durable.send(pending).expect("the node lives as long")));
        Some(begun)
    }

    /// Hands a recorded word to every partition.
    pub(super) fn hand_on(&mut self, word: StatusWord) {
        let account = word.account.clone();
        let pending = self.for_all(account, Change::Word, &[Command::SetStatus(Box::new(word))]);
        self.linking.pending.push(pending);
    }

    fn for_all(&self, account: Account, change: Change, commands: &[Command]) -> Pending {
        let each = |partition| commands.iter().map(move |command| (partition, command.clone()));
        Pending { account, change, left: (0..self.processors.len()).flat_map(each).collect() }
    }

    /// Lets posts and partitions know what became durable, as far as the partitions have room.
    pub(super) fn pass_links_on(&mut self) {
        for pending in self.linking.became_durable.try_iter() {
            if let Change::Unlinked = pending.change {
                self.links.remove(&pending.account);
            }
            self.linking.pending.push(pending);
        }
        for mut pending in std::mem::take(&mut self.linking.pending) {
            while let Some((partition, command)) = pending.left.front()
                && self.processors[*partition].has_room()
            {
                self.operate(*partition, &command.clone());
                pending.left.pop_front();
            }
            if !pending.left.is_empty() {
                self.linking.pending.push(pending);
                continue;
            }
            let Pending { account, change, .. } = pending;
            match change {
                Change::Word => continue,
                Change::Unlinked => {}
                Change::Linked(link) => drop(self.links.insert(account.clone(), link)),
            }
            self.linking.changing.retain(|changing| *changing != account);
        }
    }

    /// Checks that each account that holds a unit or a place in line is linked, unless its unlinking is under way.
    pub(in crate::simulator) fn assert_only_linked_hold(&self) {
        for processor in &self.processors {
            for (_, offer) in processor.state().offers() {
                let held = offer.reservations().filter(|(_, reservation)| reservation.stage == Stage::Held);
                let held = held.map(|(_, reservation)| &reservation.claim.account);
                for account in held.chain(offer.line().map(|(_, waiter)| &waiter.claim.account)) {
                    let may = self.links.contains_key(account) || self.linking.changing.contains(account);
                    assert!(may, "{account} is not linked, and holds something of {}", offer.terms().id);
                }
            }
        }
    }
}
