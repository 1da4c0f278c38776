//! The card pages that accounts opened, and the cards that came of them.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::{Millis, Timestamp};

/// How a card page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardPageState {
    /// It may still give a card.
    Open,
    /// The same, if the owner of the account comes back with it: another card was linked since it was opened.
    Passed,
    /// Its card was linked.
    Linked,
    /// Its card cannot be linked.
    Refused,
    /// It gives no card any more.
    Over,
}

impl CardPageState {
    const ALL: [(&'static str, Self); 5] = [
        ("open", Self::Open),
        ("passed", Self::Passed),
        ("linked", Self::Linked),
        ("refused", Self::Refused),
        ("over", Self::Over),
    ];

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, state)| *state == self).map_or("over", |(name, _)| name)
    }

    /// A name that only a newer release knows stands for nothing that this one would do.
    fn of(name: &str) -> Self {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map_or(Self::Over, |(_, state)| state)
    }
}

/// A card page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardPageRow {
    /// The processor's id of it.
    pub session: String,
    /// The account, as `network:author`.
    pub account: String,
    /// What the owner of the account agreed to before.
    pub consents: String,
    /// When it was opened.
    pub began_at: Timestamp,
    /// How it stands.
    pub state: CardPageState,
    /// The token of the card that it gave.
    pub card: Option<String>,
}

/// How long a card page is open, and how many may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardPageBounds {
    /// How long one counts as open.
    pub life: Millis,
    /// Upper bound on the open ones of an account.
    pub of_account: u32,
    /// Upper bound on all open ones.
    pub all: u32,
}

/// Whether a card page found room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewCardPage {
    /// It is noted.
    Stored,
    /// Its account opened too many.
    AccountFull,
    /// Too many are open.
    Full,
}

const COLUMNS: &str = "session, account, consents, began_at, state, card";

impl OpsDatabase {
    /// Notes that an account opens a card page, before the processor is asked for it. `flow` tells it from others.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_card_page(
        &self,
        flow: &[u8; 32],
        account: &str,
        consents: &str,
        bounds: CardPageBounds,
        now: Timestamp,
    ) -> Result<NewCardPage, OpsError> {
        // What the processor was never asked for, or has no card of any more.
        const CLEAR: &str = "DELETE FROM link_cards
            WHERE began_at <= ?1 AND card IS NULL AND (session IS NULL OR state = 'refused')";
        const OPEN: &str = "SELECT count(*), count(*) FILTER (WHERE account = ?2) FROM link_cards
            WHERE state IN ('open', 'passed') AND began_at > ?1";
        const INSERT: &str = "INSERT INTO link_cards (flow, account, consents, began_at, look_at, state)
            VALUES (?1, ?2, ?3, ?4, ?4, 'open')";
        self.change(|transaction| {
            let since = now.minus(bounds.life).ms();
            transaction.execute(CLEAR, [since])?;
            let counted = |row: &Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?));
            let (all, own) = transaction.query_row(OPEN, params![since, account], counted)?;
            if own >= bounds.of_account {
                return Ok(NewCardPage::AccountFull);
            }
            if all >= bounds.all {
                return Ok(NewCardPage::Full);
            }
            transaction.execute(INSERT, params![flow, account, consents, now.ms()])?;
            Ok(NewCardPage::Stored)
        })
    }

    /// Notes the processor's id of a card page, and when to look whether it gave a card.
    ///
    /// # Errors
    /// When the database fails.
    pub fn fill_card_page(&self, flow: &[u8; 32], session: &str, look_at: Timestamp) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_cards SET session = ?2, look_at = ?3 WHERE flow = ?1";
        self.change(|transaction| transaction.execute(SQL, params![flow, session, look_at.ms()]).map(drop))
    }

    /// The card page with that id; `None` if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_page(&self, session: &str) -> Result<Option<CardPageRow>, OpsError> {
        let sql = format!("SELECT {COLUMNS} FROM link_cards WHERE session = ?1");
        self.read(|connection| connection.query_row(&sql, [session], row).optional())
    }

    /// Notes the card that a page gave. It is durable before the card is linked.
    ///
    /// # Errors
    /// When the database fails.
    pub fn note_card(&self, session: &str, card: &str) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_cards SET card = ?2 WHERE session = ?1 AND state != 'linked'";
        self.change(|transaction| transaction.execute(SQL, [session, card]).map(drop))
    }

    /// Notes how a card page stands. What is to be done about its card is looked at from now on. Once a card is linked, the
    /// pages that are open beside it and are not newer are passed: what comes of them by itself does not take that card's place.
    ///
    /// # Errors
    /// When the database fails.
    pub fn settle_card_page(&self, session: &str, state: CardPageState) -> Result<(), OpsError> {
        const SETTLE: &str = "UPDATE link_cards SET state = ?2, look_at = began_at WHERE session = ?1";
        const PASS: &str = "UPDATE link_cards SET state = 'passed'
            WHERE state = 'open' AND EXISTS (SELECT 1 FROM link_cards AS linked WHERE linked.session = ?1
                AND linked.account = link_cards.account AND link_cards.began_at <= linked.began_at)";
        self.change(|transaction| {
            transaction.execute(SETTLE, [session, state.name()])?;
            if state == CardPageState::Linked {
                transaction.execute(PASS, [session])?;
            }
            Ok(())
        })
    }

    /// Closes the open card pages of an account: what comes of them is linked to nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub fn close_card_pages_of(&self, account: &str) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_cards SET state = 'over', look_at = began_at
            WHERE account = ?1 AND state IN ('open', 'passed')";
        self.change(|transaction| transaction.execute(SQL, [account]).map(drop))
    }

    /// Looks at a card page from now on, if it is open.
    ///
    /// # Errors
    /// When the database fails.
    pub fn look_at_card_page(&self, session: &str) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_cards SET look_at = began_at WHERE session = ?1 AND state = 'open'";
        self.change(|transaction| transaction.execute(SQL, [session]).map(drop))
    }

    /// Takes up to `most` card pages that are to be looked at by now, the most urgent first: those that may give a card, and
    /// those that are over, as long as none is known to have come of them. They are not looked at again before `next`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_pages_to_look_at(
        &self,
        now: Timestamp,
        next: Timestamp,
        most: u32,
    ) -> Result<Vec<CardPageRow>, OpsError> {
        let due = format!(
            "SELECT {COLUMNS} FROM link_cards WHERE session IS NOT NULL AND look_at <= ?1
             AND state IN ('open', 'passed', 'over') AND (state != 'over' OR card IS NULL)
             ORDER BY look_at LIMIT ?2"
        );
        self.change(|transaction| {
            let found = rows(transaction, &due, params![now.ms(), most])?;
            for page in &found {
                put_off(transaction, &page.session, next)?;
            }
            Ok(found)
        })
    }

    /// Up to `most` settled card pages that gave a card and are to be looked at by now, in the order of their ids, behind
    /// `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn given_cards(&self, after: &str, now: Timestamp, most: u32) -> Result<Vec<CardPageRow>, OpsError> {
        let given = format!(
            "SELECT {COLUMNS} FROM link_cards WHERE session > ?1 AND card IS NOT NULL
             AND state IN ('linked', 'refused', 'over') AND look_at <= ?2 ORDER BY session LIMIT ?3"
        );
        self.read(|connection| {
            let mut query = connection.prepare(&given)?;
            query.query_map(params![after, now.ms(), most], row)?.collect()
        })
    }

    /// Forgets the card of a page: the processor does not have it any more.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_card(&self, session: &str) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_cards SET card = NULL WHERE session = ?1";
        self.change(|transaction| transaction.execute(SQL, [session]).map(drop))
    }

    /// Looks at a card page no earlier than `next`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn put_card_page_off(&self, session: &str, next: Timestamp) -> Result<(), OpsError> {
        self.change(|transaction| put_off(transaction, session, next))
    }

    /// Forgets a card page.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_card_page(&self, session: &str) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM link_cards WHERE session = ?1";
        self.change(|transaction| transaction.execute(SQL, [session]).map(drop))
    }
}

fn put_off(transaction: &Transaction<'_>, session: &str, next: Timestamp) -> rusqlite::Result<()> {
    const SQL: &str = "UPDATE link_cards SET look_at = ?2 WHERE session = ?1";
    transaction.execute(SQL, params![session, next.ms()]).map(drop)
}

fn rows(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<CardPageRow>> {
    let mut query = transaction.prepare(sql)?;
    query.query_map(values, row)?.collect()
}

fn row(row: &Row<'_>) -> rusqlite::Result<CardPageRow> {
    Ok(CardPageRow {
        session: row.get(0)?,
        account: row.get(1)?,
        consents: row.get(2)?,
        began_at: Timestamp::from_ms(row.get(3)?),
        state: CardPageState::of(&row.get::<_, String>(4)?),
        card: row.get(5)?,
    })
}
