//! Sign-ins on the linking page that began and did not come back yet. A row is taken once.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

/// A sign-in that began. What the browser holds is here as hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowRow {
    /// The hash of the state that the network returns.
    pub state: [u8; 32],
    /// The hash of the cookie of the browser that began it.
    pub cookie: [u8; 32],
    /// The hash of the address that the request came from.
    pub client: [u8; 32],
    /// The name of the provider that signs in. Its column is called `network`, after the providers that there were first.
    pub provider: String,
    /// Who answers for the sign-in.
    pub issuer: String,
    /// What the network's sign-in needs when the browser comes back, sealed with the cookie.
    pub kept: Vec<u8>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// Upper bounds on the sign-ins that are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowBounds {
    /// Of one address.
    pub of_client: u32,
    /// In all.
    pub all: u32,
}

/// Whether a sign-in found room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewFlow {
    /// It is stored.
    Stored,
    /// Its address began too many.
    ClientFull,
    /// Too many are under way.
    Full,
}

/// What became of a sign-in that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenFlow {
    /// It is this one, and is forgotten now.
    Taken(FlowRow),
    /// Another browser began it; it stays.
    OtherBrowser,
    /// There is none: it came back before, or its time was over.
    Unknown,
}

impl OpsDatabase {
    /// Stores a sign-in, and forgets those whose time is over at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_link_flow(
        &self,
        flow: &FlowRow,
        bounds: FlowBounds,
        now: Timestamp,
    ) -> Result<NewFlow, OpsError> {
        self.change(|transaction| {
            transaction.execute("DELETE FROM link_flows WHERE expires_at <= ?1", [now.ms()])?;
            let of_client = "SELECT count(*) FROM link_flows WHERE client = ?1";
            let of_client: u32 = transaction.query_row(of_client, [&flow.client], |row| row.get(0))?;
            let all: u32 = transaction.query_row("SELECT count(*) FROM link_flows", [], |row| row.get(0))?;
            if of_client >= bounds.of_client {
                return Ok(NewFlow::ClientFull);
            }
            if all >= bounds.all {
                return Ok(NewFlow::Full);
            }
            insert(transaction, flow)?;
            Ok(NewFlow::Stored)
        })
    }

    /// Notes who answers for a sign-in, and what it keeps.
    ///
    /// # Errors
    /// When the database fails.
    pub fn fill_link_flow(&self, state: &[u8; 32], issuer: &str, kept: &[u8]) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_flows SET issuer = ?2, kept = ?3 WHERE state = ?1";
        self.change(|transaction| transaction.execute(SQL, params![state, issuer, kept]).map(drop))
    }

    /// Takes the sign-in of a state, if the browser with that cookie began it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn take_link_flow(&self, state: &[u8; 32], cookie: &[u8; 32]) -> Result<TakenFlow, OpsError> {
        const TAKE: &str = "DELETE FROM link_flows WHERE state = ?1 AND cookie = ?2
            RETURNING state, cookie, client, network, issuer, kept, expires_at";
        const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM link_flows WHERE state = ?1)";
        self.change(|transaction| {
            let taken = transaction.query_row(TAKE, [state, cookie], row).optional()?;
            if let Some(flow) = taken {
                return Ok(TakenFlow::Taken(flow));
            }
            let known: bool = transaction.query_row(KNOWN, [state], |row| row.get(0))?;
            Ok(if known { TakenFlow::OtherBrowser } else { TakenFlow::Unknown })
        })
    }
}

fn insert(transaction: &Transaction<'_>, flow: &FlowRow) -> rusqlite::Result<()> {
    const SQL: &str = "INSERT INTO link_flows (state, cookie, client, network, issuer, kept, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let FlowRow { state, cookie, client, provider, issuer, kept, expires_at } = flow;
    transaction
        .execute(SQL, params![state, cookie, client, provider, issuer, kept, expires_at.ms()])
        .map(drop)
}

fn row(row: &Row<'_>) -> rusqlite::Result<FlowRow> {
    Ok(FlowRow {
        state: row.get(0)?,
        cookie: row.get(1)?,
        client: row.get(2)?,
        provider: row.get(3)?,
        issuer: row.get(4)?,
        kept: row.get(5)?,
        expires_at: Timestamp::from_ms(row.get(6)?),
    })
}
