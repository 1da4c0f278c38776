//! What letters to the owner of an account say that no outcome of a sale asks for. Their variables are `shop`, `network`,
//! `account`, `shown` (the account's name at its network), `subject`, where there is a page `link` and `deadline`, and where it is
//! about an order `item`, `amount` and `order`.

use std::collections::BTreeMap;

use minijinja::Value;

use super::line::{cut, inert, one_line};
use super::sample::HOSTILE;
use crate::domain::id::Account;
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;

/// Most graphemes of an account's name at its network.
const NAME_GRAPHEMES: usize = 80;

/// What a letter to the owner of an account is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerLetter<'a> {
    /// Whether the address that it goes to is the owner's.
    Address {
        /// The page that asks for it.
        link: &'a str,
        /// Until when it does.
        until: Timestamp,
    },
    /// No more letters go to the address that it goes to.
    AddressChanged,
    /// The bank of the card asks for its owner, or does not pay.
    Authenticate {
        /// The page that leads to the bank.
        link: &'a str,
        /// Until when the payment waits.
        until: Timestamp,
        /// The title of what was ordered.
        item: &'a str,
        /// The order's total.
        amount: Money,
        /// The public id of the order.
        order: &'a str,
    },
}

impl OwnerLetter<'_> {
    /// Every letter, with sample values.
    pub(super) fn samples(until: Timestamp) -> [OwnerLetter<'static>; 3] {
        let link = "https://shop.example/link/mail/sample";
        let page = "https://shop.example/authenticate/sample";
        let amount = Money { minor: 14_999, currency: Currency::parse("USD").expect("a currency") };
        [
            OwnerLetter::Address { link, until },
            OwnerLetter::AddressChanged,
            OwnerLetter::Authenticate { link: page, until, item: HOSTILE, amount, order: "kindle.17" },
        ]
    }

    /// The names of its subject, its text and its HTML.
    pub(super) fn templates(self) -> [&'static str; 3] {
        match self {
            Self::Address { .. } => {
                ["letter/address.subject.txt", "letter/address.txt", "letter/address.html"]
            }
            Self::AddressChanged => [
                "letter/address_changed.subject.txt",
                "letter/address_changed.txt",
                "letter/address_changed.html",
            ],
            Self::Authenticate { .. } => {
                ["letter/authenticate.subject.txt", "letter/authenticate.txt", "letter/authenticate.html"]
            }
        }
    }

    /// Its variables. `deadline` writes a time for people.
    pub(super) fn context(
        self,
        shop: &str,
        account: &Account,
        shown: &str,
        deadline: impl Fn(Timestamp) -> String,
    ) -> OwnerContext {
        let name = one_line(shown);
        // Somebody else may have typed the address, so the name of the account is no link for its reader.
        let name = inert(&cut(&name, NAME_GRAPHEMES)).into_owned();
        let mut context = OwnerContext::from([
            ("shop", Value::from(shop)),
            ("network", Value::from(account.network.name())),
            ("account", Value::from(account.to_string())),
            ("shown", Value::from(name)),
        ]);
        if let OwnerLetter::Address { link, until } | OwnerLetter::Authenticate { link, until, .. } = self {
            context.insert("link", Value::from(link));
            context.insert("deadline", Value::from(deadline(until)));
        }
        if let OwnerLetter::Authenticate { item, amount, order, .. } = self {
            context.insert("item", Value::from(one_line(item)));
            context.insert("amount", Value::from(amount.to_string()));
            context.insert("order", Value::from(order));
        }
        context
    }
}

/// The variables of such a letter.
pub(super) type OwnerContext = BTreeMap<&'static str, Value>;

/// Every template of such a letter with every context that it may be rendered with, for the check of a folder.
pub(super) fn owner_contexts(now: Timestamp) -> Vec<(&'static str, Value)> {
    let account = "x:42".parse().expect("an account");
    let mut contexts = Vec::new();
    for about in OwnerLetter::samples(now) {
        let [subject, text, html] = about.templates();
        let mut context = about.context(&format!("Shop {HOSTILE}"), &account, HOSTILE, |_| "noon".to_owned());
        contexts.push((subject, Value::from(context.clone())));
        context.insert("subject", Value::from(HOSTILE));
        contexts.extend([text, html].map(|name| (name, Value::from(context.clone()))));
    }
    contexts
}
