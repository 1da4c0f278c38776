//! What the shop orders.

use flashtag::domain::command::{Command, StockChange};
use flashtag::domain::decision::Decision;
use flashtag::domain::refusal::Refusal;
use flashtag::domain::sale_order::{Deadlines, LineAtClose, SaleChange, SaleOrder};

use super::{Fault, Play};

impl Play {
    /// Parses `restocks 3` or `withdraws 2`, optionally with `of pot` and `under k1`.
    pub(super) fn change_stock(&mut self, words: &str) -> Result<Result<Vec<Decision>, Refusal>, Fault> {
        let offer = self.offer_no(words);
        let mut parts = words.split(' ');
        let (verb, units) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let units = units.parse().map_err(|_| "how many?")?;
        let key = match words.split_once(" under ") {
            Some((_, key)) => key.into(),
            None => format!("k-{}", self.id()).into(),
        };
        let change = StockChange { offer, units, key };
        let command = match verb {
            "restocks" => Command::Restock(change),
            "withdraws" => Command::Withdraw(change),
            _ => return Err(format!("the shop does not `{words}`")),
        };
        Ok(self.world().change(&command))
    }

    /// Parses `pauses`, `pauses and freezes`, `resumes`, `closes` or `closes and releases`, optionally with `pot`.
    pub(super) fn change_sale(&mut self, words: &str) -> Result<Result<Vec<Decision>, Refusal>, Fault> {
        let offer = self.offer_no(words);
        let has = |word: &str| words.split(' ').any(|other| other == word);
        let change = match words.split(' ').next() {
            Some("pauses") => {
                SaleChange::Pause(if has("freezes") { Deadlines::Freeze } else { Deadlines::Run })
            }
            Some("resumes") => SaleChange::Resume,
            _ => SaleChange::Close(if has("releases") { LineAtClose::Release } else { LineAtClose::Serve }),
        };
        let order = SaleOrder { offer, change, reason: "test".into() };
        Ok(self.world().change(&Command::Operate(order)))
    }
}
