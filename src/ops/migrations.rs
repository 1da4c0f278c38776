//! The numbered steps from an empty database to the newest form.
//!
//! A step never changes once a release has it. The number of a database's form is its `user_version`: step N leads from
//! N - 1 to N, in one transaction. Before a step changes a database that an earlier start left, the database is copied to
//! `ops.sqlite.before-N`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::error::OpsError;
use crate::journal::private;

/// Marks the file as ours: "FlOp" in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x466c_4f70;

/// What leads from one form of the database to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The statements of the step.
    pub sql: &'static str,
}

/// Every step, the first one from an empty database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { sql: FIRST },
    Migration { sql: LINKING },
    Migration { sql: CARDS },
    Migration { sql: ADDRESSES },
    Migration { sql: CARD_EVENTS },
    Migration { sql: CARD_HOLDS },
];

const FIRST: &str = "
    -- Where each stream of a network goes on.
    CREATE TABLE stream_cursors (
        network TEXT NOT NULL,
        stream TEXT NOT NULL,
        cursor TEXT NOT NULL,
        stored_at INTEGER NOT NULL,
        PRIMARY KEY (network, stream)
    ) STRICT, WITHOUT ROWID;

    -- Which of the shop's accounts heard a post. `sequence` grows in the order of hearing.
    CREATE TABLE heard_posts (
        sequence INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        post TEXT NOT NULL,
        network TEXT NOT NULL,
        heard_at INTEGER NOT NULL,
        UNIQUE (kind, post)
    ) STRICT;
    CREATE INDEX heard_posts_by_age ON heard_posts (heard_at);

    -- How the shop's account stands with its network.
    CREATE TABLE token_states (
        network TEXT PRIMARY KEY,
        renewed_at INTEGER,
        signed_out_at INTEGER,
        signed_out TEXT
    ) STRICT, WITHOUT ROWID;

    -- What was spent in a day of UTC. `day` counts days since 1970-01-01; money is in millionths.
    CREATE TABLE spending (
        network TEXT NOT NULL,
        day INTEGER NOT NULL,
        expense TEXT NOT NULL,
        count INTEGER NOT NULL,
        micros INTEGER NOT NULL,
        PRIMARY KEY (network, day, expense)
    ) STRICT, WITHOUT ROWID;

    -- Addresses that get no more e-mail, as salted hashes.
    CREATE TABLE suppressions (
        address BLOB PRIMARY KEY,
        reason TEXT NOT NULL,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE salts (
        purpose TEXT PRIMARY KEY,
        salt BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- What operators decided about a network.
    CREATE TABLE network_states (
        network TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

const LINKING: &str = "
    -- Sign-ins that began and did not come back yet. Neither the state nor the cookie is here, only their hashes, and
    -- `kept` opens with the cookie alone.
    CREATE TABLE link_flows (
        state BLOB PRIMARY KEY,
        cookie BLOB NOT NULL,
        client BLOB NOT NULL,
        network TEXT NOT NULL,
        issuer TEXT NOT NULL,
        kept BLOB NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX link_flows_by_client ON link_flows (client);
    CREATE INDEX link_flows_by_expiry ON link_flows (expires_at);

    -- Who is signed in on the linking page, by the hash of the cookie.
    CREATE TABLE link_sessions (
        id BLOB PRIMARY KEY,
        account TEXT NOT NULL,
        shown TEXT NOT NULL,
        signed_in_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX link_sessions_by_account ON link_sessions (account, seen_at);

    -- The shop's apps at servers where people sign in, each sealed.
    CREATE TABLE link_apps (
        server TEXT PRIMARY KEY,
        sealed BLOB NOT NULL,
        used_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX link_apps_by_use ON link_apps (used_at);
";

const CARDS: &str = "
    -- The card pages that accounts opened, each with what its account agreed to, and the token of the card that it gave.
    CREATE TABLE link_cards (
        flow BLOB PRIMARY KEY,
        account TEXT NOT NULL,
        consents TEXT NOT NULL,
        began_at INTEGER NOT NULL,
        look_at INTEGER NOT NULL,
        session TEXT UNIQUE,
        state TEXT NOT NULL,
        card TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX link_cards_by_state ON link_cards (state, look_at);
    CREATE INDEX link_cards_by_account ON link_cards (account);

    -- Which customer of the card processor an account is. One that is forgotten stays until the processor has removed it.
    CREATE TABLE card_customers (
        key BLOB PRIMARY KEY,
        account TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        customer TEXT,
        is_forgotten INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX card_customers_by_account ON card_customers (account);
";

const ADDRESSES: &str = "
    -- Letters of the last day by which owners of accounts prove that an address is theirs. Neither ticket nor address is
    -- here, only their hashes.
    CREATE TABLE address_letters (
        ticket BLOB PRIMARY KEY,
        account TEXT NOT NULL,
        shown TEXT NOT NULL,
        address BLOB NOT NULL,
        sent_at INTEGER NOT NULL,
        is_open INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX address_letters_by_account ON address_letters (account);
    CREATE INDEX address_letters_by_address ON address_letters (address);
    CREATE INDEX address_letters_by_age ON address_letters (sent_at);

    -- Kinds of letters that their readers stopped.
    CREATE TABLE stopped_letters (
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (account, kind)
    ) STRICT, WITHOUT ROWID;
";

const CARD_EVENTS: &str = "
    -- Events of the card processor that were followed. `created` is the processor's time, in seconds.
    CREATE TABLE card_events (
        id TEXT PRIMARY KEY,
        created INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX card_events_by_age ON card_events (created);
";

const CARD_HOLDS: &str = "
    -- Payments whose money is held and not captured. `sale` is the order; without `ends_at`, the card processor has not told
    -- when the hold ends.
    CREATE TABLE card_holds (
        payment TEXT PRIMARY KEY,
        sale TEXT NOT NULL,
        began_at INTEGER NOT NULL,
        ends_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX card_holds_by_age ON card_holds (began_at);
";

/// When what was deleted is gone for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Erasure {
    /// When something else takes its place in the file.
    Later,
    /// At once, so there are no copies of the file either.
    AtOnce,
}

/// Brings a database from the form `from` to the newest one.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
    from: i64,
    erasure: Erasure,
) -> Result<(), OpsError> {
    let failed = |error: rusqlite::Error| OpsError::of(path, &error);
    for (number, migration) in (1..).zip(migrations) {
        if number <= from {
            continue;
        }
        if from > 0 && erasure == Erasure::Later {
            copy_before(connection, path, number)?;
        }
        let step = connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(failed)?;
        step.execute_batch(migration.sql).map_err(failed)?;
        step.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        step.pragma_update(None, "user_version", number).map_err(failed)?;
        step.commit().map_err(failed)?;
    }
    Ok(())
}

/// Copies the database to `ops.sqlite.before-N`, aside first, so that the copy is there as a whole or not at all. The copy
/// of a start that was interrupted before step N is replaced: the database has not changed since.
fn copy_before(connection: &Connection, path: &Path, number: i64) -> Result<(), OpsError> {
    let copy = beside(path, &format!(".before-{number}"));
    let aside = beside(&copy, ".new");
    copy_into(connection, path, &aside)?;
    fs::rename(&aside, &copy).map_err(OpsError::io("rename", &aside))?;
    let directory = directory_of(path);
    File::open(directory).and_then(|file| file.sync_all()).map_err(OpsError::io("sync", directory))
}

/// Writes what the database of `path` holds now into another file, durably but for its name.
pub(super) fn copy_into(connection: &Connection, path: &Path, copy: &Path) -> Result<(), OpsError> {
    let is_whole = fill(connection, path, copy)?;
    assert!(is_whole, "nobody interrupts this connection");
    Ok(())
}

/// The same on a connection that may be interrupted. Returns whether the copy is whole.
pub(super) fn fill(connection: &Connection, path: &Path, copy: &Path) -> Result<bool, OpsError> {
    // The database fills an empty file, whose permissions stay.
    private::create(copy).map_err(OpsError::io("create", copy))?;
    let name = copy.to_str().ok_or_else(|| io::ErrorKind::InvalidFilename.into());
    let name = name.map_err(OpsError::io("name a copy of", path))?;
    match connection.execute("VACUUM INTO ?1", [name]) {
        Ok(_) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => return Ok(false),
        Err(error) => return Err(OpsError::of(path, &error)),
    }
    File::open(copy).and_then(|file| file.sync_all()).map_err(OpsError::io("sync", copy))?;
    Ok(true)
}

/// The path with an ending added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The directory that a file lies in.
pub(super) fn directory_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new("."))
}
