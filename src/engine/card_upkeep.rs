//! Cards between the linking page and the card processor: those of people who did not come back are linked, and those that
//! nobody uses any more are removed.
//!
//! A webhook may hint that a page is finished: the page is then looked at without delay, and nothing else follows from the hint.
//!
//! What is to be done follows from what is durable: a card that a page gave and no link names is removed, and so is a customer
//! whose person was erased, or whose account has neither a link, a card nor a page that may give one. Whatever was interrupted
//! is found again by the next look.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::spawn_blocking;

use super::Node;
use crate::domain::id::Account;
use crate::domain::link::{Card, Funding, Link};
use crate::http::{CardCame, CardNotLinked, LinkPages, link_given_card};
use crate::linking::Desk;
use crate::ops::{CardCustomerRow, CardPageRow, OpsError};
use crate::people::People;

/// The pause between two looks. A look at many cards costs more, so it comes more rarely.
const REST: Duration = Duration::from_secs(2);
/// What each row that was read adds to the pause: a look is at work for a small part of the time.
const REST_FOR_A_ROW: Duration = Duration::from_micros(200);
/// Looks for which a processor that removes no customer is left alone.
const LOOKS_OFF: u32 = 30;
/// Hints that are followed by one look.
const HINTS: usize = 64;

/// Looks after the cards.
pub(super) struct CardUpkeep {
    node: Arc<Node>,
    linking: Arc<LinkPages>,
    people: People,
    /// The finished card pages that webhooks name; `None` if none comes any more.
    hints: Option<Receiver<String>>,
    /// Looks for which no customer is removed.
    off: u32,
}

impl CardUpkeep {
    pub(super) const fn new(
        node: Arc<Node>,
        linking: Arc<LinkPages>,
        people: People,
        hints: Option<Receiver<String>>,
    ) -> Self {
        Self { node, linking, people, hints, off: 0 }
    }

    /// Looks again and again, until it is aborted.
    pub(super) async fn run(mut self) {
        loop {
            let rows = self.look().await.unwrap_or_else(|error| {
                tracing::error!("cards that nobody uses any more cannot be looked up: {error}");
                0
            });
            self.rest(REST + REST_FOR_A_ROW * rows).await;
        }
    }

    /// Waits so long, and looks at the card pages that hints name meanwhile.
    async fn rest(&mut self, time: Duration) {
        let mut over = pin!(tokio::time::sleep(time));
        loop {
            let finished = tokio::select! {
                () = &mut over => return,
                finished = next_hints(&mut self.hints) => finished,
            };
            if let Err(error) = self.link_finished(finished).await {
                tracing::error!("finished card pages cannot be looked up: {error}");
            }
        }
    }

    async fn link_finished(&self, finished: Vec<String>) -> Result<(), OpsError> {
        for page in finished {
            self.at_desk(move |desk| desk.expect_card(&page)).await?;
        }
        self.link_without_return().await
    }

    /// Returns how many rows were read.
    async fn look(&mut self) -> Result<u32, OpsError> {
        self.link_without_return().await?;
        let cards = self.remove_cards().await?;
        self.off = self.off.saturating_sub(1);
        let customers = if self.off == 0 { self.remove_customers().await? } else { 0 };
        Ok(cards.saturating_add(customers))
    }

    async fn link_without_return(&self) -> Result<(), OpsError> {
        let now = self.node.clock().now();
        for (account, page, card, consents) in
            self.at_desk(move |desk| desk.cards_without_return(now)).await?
        {
            let came = (&account, page.as_str(), CardCame::ByItself);
            let linked = link_given_card(&self.node, &self.linking, came, &card, &consents);
            if let Err(fault) = linked.await {
                tracing::warn!(%account, ?fault, "the card of a page without return is not linked");
                if fault == CardNotLinked::Full {
                    self.at_desk(move |desk| desk.find_no_room(&page, now)).await?;
                }
            }
        }
        Ok(())
    }

    /// Removes the cards that no link names and nothing is charged to any more.
    async fn remove_cards(&self) -> Result<u32, OpsError> {
        let (mut after, mut count, now) = (String::new(), 0_u32, self.node.clock().now());
        loop {
            let from = after.clone();
            let pages = self.at_desk(move |desk| desk.given_cards(&from, now)).await?;
            let Some(last) = pages.last() else { return Ok(count) };
            after.clone_from(&last.session);
            for page in pages {
                count = count.saturating_add(1);
                if self.is_in_use(&page) {
                    continue;
                }
                let is_idle = self.is_idle(&page.account).await;
                self.at_desk(
                    move |desk| {
                        if is_idle { desk.remove_card(&page, now) } else { desk.keep_card(&page, now) }
                    },
                )
                .await?;
            }
        }
    }

    fn is_in_use(&self, page: &CardPageRow) -> bool {
        let link = page.account.parse().ok().and_then(|account: Account| self.node.link_of(&account));
        link.is_some_and(|link| page.card.as_deref() == Some(link.token()))
    }

    /// Removes the customers whose persons were erased, that were made anew, or that nobody is any more.
    async fn remove_customers(&mut self) -> Result<u32, OpsError> {
        let (mut after, mut count, now) = (Vec::new(), 0_u32, self.node.clock().now());
        loop {
            let from = after.clone();
            let rows = self.at_desk(move |desk| desk.card_customers(&from)).await?;
            let Some(last) = rows.last() else { return Ok(count) };
            after = last.key.to_vec();
            for row in rows {
                count = count.saturating_add(1);
                if !self.is_gone(&row).await? {
                    continue;
                }
                if !self.at_desk(move |desk| desk.remove_card_customer(&row, now)).await? {
                    self.off = LOOKS_OFF;
                    return Ok(count);
                }
            }
        }
    }

    /// Whether nobody is that customer any more, and nothing is charged to it.
    async fn is_gone(&self, row: &CardCustomerRow) -> Result<bool, OpsError> {
        if row.is_forgotten {
            return Ok(self.is_idle(&row.account).await);
        }
        let Ok(account) = row.account.parse::<Account>() else { return Ok(false) };
        if self.node.link_of(&account).is_some() || !self.is_idle(&row.account).await {
            return Ok(false);
        }
        let people = self.people.clone();
        let erased = spawn_blocking(move || people.is_erased(&account)).await;
        if matches!(erased, Ok(Ok(true))) {
            return Ok(true);
        }
        let (row, now) = (row.clone(), self.node.clock().now());
        self.at_desk(move |desk| desk.forget_unused_customer(&row, now)).await
    }

    /// Whether nothing of the account waits for a decision or for money: a claim keeps the card that it was made with.
    async fn is_idle(&self, account: &str) -> bool {
        let Ok(account) = account.parse::<Account>() else { return true };
        let nobodys = Card {
            token: "none".into(),
            brand: "none".into(),
            funding: Funding::Credit,
            last4: "0000".into(),
        };
        let activity = self.node.account_activity(&account, &Link::new(&nobodys, "", "")).await;
        // What cannot be asked now is asked by the next look.
        activity.is_ok_and(|activity| {
            activity.offers.iter().all(|holding| holding.reservation.is_none() && holding.place.is_none())
        })
    }

    async fn at_desk<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Desk) -> Result<T, OpsError> + Send + 'static,
    ) -> Result<T, OpsError> {
        let linking = Arc::clone(&self.linking);
        let called = spawn_blocking(move || call(&linking.desk)).await;
        called.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }
}

/// The hints that have come. Waits for the first one, for ever if none comes any more.
async fn next_hints(hints: &mut Option<Receiver<String>>) -> Vec<String> {
    if let Some(open) = hints {
        let mut come = Vec::new();
        if open.recv_many(&mut come, HINTS).await > 0 {
            return come;
        }
        *hints = None;
    }
    std::future::pending().await
}
