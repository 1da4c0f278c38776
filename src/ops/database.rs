//! The database file: opened, checked and migrated at a start, and its transactions.
//!
//! Every transaction is durable when its call returns: the file has a write-ahead log that is synced at each commit.
//! One opener has the file at a time. Its calls wait for each other, and none waits for a copy.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::copying::Copying;
use super::error::OpsError;
use super::migrations::{
    APPLICATION_ID, Erasure, MIGRATIONS, Migration, beside, copy_into, directory_of, migrate,
};
use super::sole::Sole;
use crate::journal::private;

/// Bytes that the log may keep on the disk after it was copied into the file.
const LOG_BYTES_KEPT: i64 = 4 << 20;

/// The open database. Its clones are the same database; calls wait for each other.
#[derive(Debug, Clone)]
pub struct OpsDatabase(Arc<Open>);

#[derive(Debug)]
struct Open {
    path: Box<Path>,
    connection: Mutex<Connection>,
    /// Set once the disk failed: the system may call pages written that are lost, so a later commit proves nothing.
    disk_failed: AtomicBool,
    copying: Copying,
    /// Last: it is given back when nothing is open any more.
    _sole: Sole,
}

impl OpsDatabase {
    /// Opens the file, makes it if it is missing, and brings it to the newest form.
    ///
    /// # Errors
    /// When the file cannot be used; then it is as it was, or whole in an older form.
    pub fn open(path: &Path) -> Result<Self, OpsError> {
        Self::open_with(path, MIGRATIONS)
    }

    /// Opens the file with these steps instead of those of the release.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(path: &Path, migrations: &[Migration]) -> Result<Self, OpsError> {
        Self::open_as(path, migrations, Erasure::Later)
    }

    /// Opens a file from which what is deleted or replaced can be erased: it is overwritten with zeros, no copy is made
    /// before a step, and [`Self::empty_log`] removes what the log still holds.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_erasable(path: &Path, migrations: &[Migration]) -> Result<Self, OpsError> {
        let has_log = has_log(path);
        let opened = Self::open_as(path, migrations, Erasure::AtOnce)?;
        // An erasure may have been interrupted after its transaction. A copy that was restored has no log, and none can be
        // emptied before the first change.
        if has_log {
            opened.empty_log()?;
        }
        Ok(opened)
    }

    fn open_as(path: &Path, migrations: &[Migration], erasure: Erasure) -> Result<Self, OpsError> {
        make_file(path)?;
        let has_log = has_log(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |error: rusqlite::Error| OpsError::of(path, &error);
        let sole = Sole::of(path)?;
        let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        let version = version_of(&connection, path, migrations)?;
        check(&connection, path, has_log)?;
        set_up(&connection).map_err(failed)?;
        if erasure == Erasure::AtOnce {
            connection.pragma_update(None, "secure_delete", true).map_err(failed)?;
        }
        migrate(&mut connection, path, migrations, version, erasure)?;
        Ok(Self(Arc::new(Open {
            path: path.into(),
            connection: Mutex::new(connection),
            disk_failed: AtomicBool::new(false),
            copying: Copying::default(),
            _sole: sole,
        })))
    }

    /// Copies what the database holds now into another file, durably but for its name. No call waits for that.
    ///
    /// # Errors
    /// When one of the files cannot be read or written.
    pub fn copy_to(&self, copy: &Path) -> Result<(), OpsError> {
        self.check_disk()?;
        self.0.copying.copy(&self.0.path, copy)
    }

    /// Copies the file of a database that nobody has open.
    ///
    /// # Errors
    /// As [`Self::copy_to`].
    pub fn copy_closed(path: &Path, copy: &Path) -> Result<(), OpsError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags).map_err(|error| OpsError::of(path, &error))?;
        copy_into(&opened, path, copy)
    }

    /// Copies the log into the file, durably, and empties it. A copy that is being made begins again.
    pub(crate) fn empty_log(&self) -> Result<(), OpsError> {
        let empty = |connection: &mut Connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                let is_left: bool = row.get(0)?;
                assert!(!is_left, "nobody else reads the log of a file that one opener has");
                Ok(())
            })
        };
        self.0.copying.without_copy(|| self.with(empty))
    }

    /// Reads.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, OpsError> {
        self.with(|connection| query(connection))
    }

    /// Makes a change in one transaction, which is durable when this returns. A change that fails leaves nothing.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, OpsError> {
        self.with(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changed = change(&transaction)?;
            transaction.commit()?;
            Ok(changed)
        })
    }

    fn with<T>(&self, action: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, OpsError> {
        let mut connection = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_disk()?;
        action(&mut connection).map_err(|error| {
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
                self.0.disk_failed.store(true, Ordering::SeqCst);
            }
            OpsError::of(&self.0.path, &error)
        })
    }

    fn check_disk(&self) -> Result<(), OpsError> {
        let has_failed = self.0.disk_failed.load(Ordering::SeqCst);
        if has_failed { Err(OpsError::DiskFailed(self.0.path.to_path_buf())) } else { Ok(()) }
    }
}

/// Whether the log of the database has anything.
fn has_log(path: &Path) -> bool {
    beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}

/// Makes an empty private file if there is none; the database's own files beside it get its permissions.
fn make_file(path: &Path) -> Result<(), OpsError> {
    let directory = directory_of(path);
    private::create_dir_all(directory).map_err(OpsError::io("create", directory))?;
    if path.exists() {
        return Ok(());
    }
    private::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(OpsError::io("create", path))?;
    File::open(directory).and_then(|file| file.sync_all()).map_err(OpsError::io("sync", directory))
}

/// The number of the file's form; 0 for a file that is still empty. Changes nothing.
fn version_of(connection: &Connection, path: &Path, migrations: &[Migration]) -> Result<i64, OpsError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let read = || {
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok((number("PRAGMA application_id")?, number("PRAGMA user_version")?, tables))
    };
    let (application, version, tables) = read().map_err(|error| OpsError::of(path, &error))?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    match (application, version, tables) {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, 1.., _) if version <= known => Ok(version),
        (APPLICATION_ID, 1.., _) => Err(OpsError::Newer { path: path.to_owned(), found: version, known }),
        _ => Err(OpsError::Foreign(path.to_owned())),
    }
}

/// Reads the whole file, which is small. Pages may be missing at its end only while they are in the log.
fn check(connection: &Connection, path: &Path, has_log: bool) -> Result<(), OpsError> {
    let failed = |error: rusqlite::Error| OpsError::of(path, &error);
    let found = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    let mut detail = found.map_err(failed)?;
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    let length = path.metadata().map_err(OpsError::io("read", path))?.len();
    if !has_log && length < bytes.unsigned_abs() {
        detail = format!("it has {length} bytes of {bytes}");
    }
    match detail.as_str() {
        "ok" => Ok(()),
        _ => Err(OpsError::Damaged { path: path.to_owned(), detail }),
    }
}

/// Lets each commit be durable, with one sync.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    assert_eq!(mode, "wal", "a file that one opener has can have a log");
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.pragma_update(None, "trusted_schema", false)
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn after_the_disk_failed_nothing_is_written_any_more() {
        let directory = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
        let fails = |code| {
            move |_: &Transaction<'_>| Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
        };
        let table =
            [(ffi::SQLITE_FULL, false), (ffi::SQLITE_CONSTRAINT, false), (ffi::SQLITE_IOERR_FSYNC, true)];
        for (code, is_final) in table {
            let failed: Result<(), OpsError> = database.change(fails(code));
            assert_eq!(failed.map_err(|error| error.exit_code()), Err(74), "{code}");
            let then = database.change(|_| Ok(()));
            assert_eq!(matches!(then, Err(OpsError::DiskFailed(_))), is_final, "{code}: {then:?}");
        }
    }

    fn accounts_of(path: &Path) -> Vec<String> {
        let copy = Connection::open(path).unwrap();
        let mut select = copy.prepare("SELECT account FROM card_customers ORDER BY account").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn add(database: &OpsDatabase, account: &str) {
        const SQL: &str = "INSERT INTO card_customers (key, account, asked_at)
            VALUES (CAST(?1 AS BLOB), ?1, 0)";
        database.change(|transaction| transaction.execute(SQL, [account]).map(drop)).unwrap();
    }

    /// The copy is made in the middle of a call, so it waits for none, and none waits for it.
    #[test]
    fn a_copy_is_made_beside_a_call_and_has_what_was_committed() {
        let directory = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
        let copy = directory.path().join("copy.sqlite");
        add(&database, "x:1");
        database
            .change(|transaction| {
                transaction.execute("UPDATE card_customers SET account = 'x:2'", [])?;
                database.copy_to(&copy).unwrap_or_else(|error| panic!("{error}"));
                Ok(())
            })
            .unwrap();
        assert_eq!(accounts_of(&copy), ["x:1"]);
        database.copy_to(&directory.path().join("later.sqlite")).unwrap();
        assert_eq!(accounts_of(&directory.path().join("later.sqlite")), ["x:2"]);
    }

    /// However many copies are being made, an erasure empties the log, and every copy is whole.
    #[test]
    fn the_log_is_emptied_while_copies_are_made() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ops.sqlite");
        let database = OpsDatabase::open_erasable(&path, MIGRATIONS).unwrap();
        for number in 0..300 {
            add(&database, &format!("x:{number:04}"));
        }
        let copies: Vec<_> = (0..2).map(|n| directory.path().join(format!("copy-{n}.sqlite"))).collect();
        std::thread::scope(|scope| {
            for copy in &copies {
                let database = database.clone();
                scope.spawn(move || {
                    for _ in 0..20 {
                        database.copy_to(copy).unwrap_or_else(|error| panic!("{error}"));
                        assert!(accounts_of(copy).len() >= 300);
                    }
                });
            }
            for number in 300..400 {
                add(&database, &format!("x:{number:04}"));
                database.empty_log().unwrap_or_else(|error| panic!("{error}"));
                assert!(!has_log(&path), "{number}");
            }
        });
    }
}
