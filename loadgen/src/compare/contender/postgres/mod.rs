//! PostgreSQL with the rules in functions: one transaction per operation, or one per batch.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postgres::{Client, Config, NoTls, Statement};

use super::peer_server::{PeerServer, find, free_port};
use super::{Answer, Call, Contender, ContenderConnection, HOLD_MS, UnitCounts};
use crate::compare::workload::{Operation, OperationKind, Workload};
use crate::error::CommandError;

/// Owner of the database. As root, the generator runs the server as the system's user of that name, because
/// the server refuses to run as root.
const USER: &str = "postgres";

/// Number of shards of the stock where each claim is one transaction.
const SHARDS: u32 = 16;

/// When a transaction is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::compare) enum Commit {
    /// Before the answer.
    Synchronous,
    /// Within a second of the answer.
    Asynchronous,
}

/// Returns the directories where distributions install the server, the newest version first.
fn directories() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<u32> =
        versions.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|version| format!("/usr/lib/postgresql/{version}/bin").into()).collect()
}

/// Returns why it cannot run here.
pub(in crate::compare) fn missing() -> Option<String> {
    let lacking = ["initdb", "postgres"].into_iter().find(|program| find(program, &directories()).is_none());
    lacking.map(|program| format!("{program} is not installed; the package is called postgresql"))
}

/// Returns the ids of the system's user and group, if the generator runs as root.
fn owner() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields
        .filter(|fields| fields.first() == Some(&USER))
        .find_map(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
}

/// Returns the command of one of the server's programs, run as its user.
fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(find(program, &directories()).unwrap_or_else(|| program.into()));
    command.current_dir(directory);
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    command
}

fn failed(fault: &postgres::Error) -> CommandError {
    let words = fault.as_db_error().map_or_else(|| fault.to_string(), |fault| fault.to_string());
    CommandError::unavailable(format!("postgres: {words}"))
}

/// A server with the offer and the functions loaded.
pub(in crate::compare) struct Postgres {
    config: Config,
    call: Call,
    _server: PeerServer,
}

impl Postgres {
    /// Starts the server with its data in `directory`.
    pub(in crate::compare) fn start(
        work: Workload,
        call: Call,
        commit: Commit,
        directory: &Path,
    ) -> Result<Self, CommandError> {
        if let Some((user, group)) = owner() {
            chown(directory, Some(user), Some(group))
                .map_err(|source| CommandError::no_output(directory, &source))?;
        }
        make_cluster(directory)?;
        let port = free_port()?;
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user(USER).dbname("postgres");
        let mut server = command("postgres", directory);
        server.args(["-D", "cluster", "-p", &port.to_string()]);
        let commit = if commit == Commit::Synchronous { "on" } else { "off" };
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "shared_buffers=512MB",
            "max_connections=300",
            "max_wal_size=8GB",
            "wal_level=minimal",
            "max_wal_senders=0",
            // No checkpoint disturbs a run.
            "checkpoint_timeout=1h",
            &format!("synchronous_commit={commit}"),
        ] {
            server.args(["-c", setting]);
        }
        let connect = || config.connect(NoTls).map_err(|fault| fault.to_string());
        let (server, mut client) = PeerServer::start(&mut server, directory, connect)?;
        let shards = if call == Call::Each { SHARDS } else { 1 };
        fill(&mut client, work, shards).map_err(|fault| failed(&fault))?;
        Ok(Self { config, call, _server: server })
    }
}

fn make_cluster(directory: &Path) -> Result<(), CommandError> {
    let mut initdb = command("initdb", directory);
    initdb.args(["-D", "cluster", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
    let output = initdb
        .stdin(Stdio::null())
        .output()
        .map_err(|source| CommandError::system("start initdb", &source))?;
    let stderr = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(CommandError::unavailable(format!("initdb failed:\n{}", stderr())))
    }
}

/// Inserts the offer, with its units spread evenly over the shards.
fn fill(client: &mut Client, work: Workload, shards: u32) -> Result<(), postgres::Error> {
    client.batch_execute(include_str!("schema.sql"))?;
    client.batch_execute(&format!(
        "INSERT INTO offer VALUES (1, now(), now() + interval '1 day', {HOLD_MS} * interval '1 ms');
         INSERT INTO stock SELECT 1, shard, {units} / {shards} + CASE WHEN shard < {units} % {shards} THEN 1 ELSE 0 END
             FROM generate_series(0, {shards} - 1) AS shard;
         ANALYZE;",
        units = work.units,
    ))
}

impl Contender for Postgres {
    type Connection = PostgresConnection;
    const ASYNC: bool = false;

    fn write(&self, operation: &Operation) -> Prepared {
        (operation.kind, operation.account.into())
    }

    fn connect(&self) -> Result<PostgresConnection, CommandError> {
        let connect = || {
            let mut client = self.config.connect(NoTls)?;
            let (claim, confirm) = match self.call {
                Call::Each => ("SELECT claim(1, $1)", "SELECT confirm(1, $1)"),
                Call::Batch => ("SELECT claim_batch(1, $1)", "SELECT confirm_batch(1, $1)"),
            };
            let (claim, confirm) = (client.prepare(claim)?, client.prepare(confirm)?);
            Ok(PostgresConnection { client, call: self.call, claim, confirm })
        };
        connect().map_err(|fault: postgres::Error| failed(&fault))
    }

    fn unit_counts(&self) -> Result<UnitCounts, CommandError> {
        let read = || {
            let mut client = self.config.connect(NoTls)?;
            let row = client.query_one(
                "SELECT (SELECT sum(units) FROM stock), (SELECT count(*) FROM holds WHERE NOT sold),
                        (SELECT count(*) FROM holds WHERE sold)",
                &[],
            )?;
            let count = |at| row.get::<_, i64>(at).unsigned_abs();
            Ok(UnitCounts { left: count(0), held: count(1), sold: count(2) })
        };
        read().map_err(|fault: postgres::Error| failed(&fault))
    }
}

/// An operation: the arguments of a call.
pub(in crate::compare) type Prepared = (OperationKind, i64);

/// A connection.
pub(in crate::compare) struct PostgresConnection {
    client: Client,
    call: Call,
    claim: Statement,
    confirm: Statement,
}

impl PostgresConnection {
    fn exchange(&mut self, asked: &[Prepared]) -> Result<Vec<String>, postgres::Error> {
        let statement = |kind| if kind == OperationKind::Claim { &self.claim } else { &self.confirm };
        match (self.call, asked) {
            (Call::Batch, [(kind, _), ..]) => {
                let accounts: Vec<i64> = asked.iter().map(|(_, account)| *account).collect();
                Ok(vec![self.client.query_one(statement(*kind), &[&accounts])?.get(0)])
            }
            _ => asked
                .iter()
                .map(|(kind, account)| Ok(self.client.query_one(statement(*kind), &[account])?.get(0)))
                .collect(),
        }
    }
}

impl ContenderConnection for PostgresConnection {
    type Prepared = Prepared;
    type Reply = Vec<String>;

    async fn decide(
        &mut self,
        asked: impl ExactSizeIterator<Item = Prepared>,
    ) -> Result<Vec<String>, CommandError> {
        self.exchange(&asked.collect::<Vec<_>>()).map_err(|fault| failed(&fault))
    }

    fn read(reply: Vec<String>) -> Result<Vec<Answer>, CommandError> {
        reply
            .iter()
            .flat_map(|text| text.chars())
            .map(|code| super::answer_of_code("postgres", code))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Commit, Postgres, PostgresConnection, missing};
    use crate::compare::contender::{Contender, in_both_forms};
    use crate::compare::workload::OperationKind;

    /// Steps with two units: the operation, the accounts, whether all holds expire first, and the answers.
    const STORY: [(&str, OperationKind, &[i64], bool, &str); 9] = [
        ("the first two accounts get one unit each", OperationKind::Claim, &[1, 1, 2, 3], false, "+=+-"),
        ("a holder is recognized even when all units are held", OperationKind::Claim, &[2, 3], false, "=-"),
        ("an account without a unit has nothing to confirm", OperationKind::Confirm, &[3, 1], false, "?!"),
        ("a sale is not made twice", OperationKind::Confirm, &[1], false, "?"),
        ("nor claimed again", OperationKind::Claim, &[1], false, "="),
        ("a hold that is over cannot be confirmed", OperationKind::Confirm, &[2], true, "?"),
        ("it goes to the next, what is sold does not", OperationKind::Claim, &[3, 4], false, "+-"),
        ("it is over for its holder, too", OperationKind::Claim, &[2, 1], false, "-="),
        ("and comes back again, to its own holder as well", OperationKind::Claim, &[3, 2], true, "+-"),
    ];

    fn ask(line: &mut PostgresConnection, form: Call, kind: OperationKind, accounts: &[i64]) -> String {
        let one = |account| line.exchange(&[(kind, account)]).unwrap().concat();
        match form {
            Call::Each => accounts.iter().copied().map(one).collect(),
            Call::Batch => {
                let asked: Vec<_> = accounts.iter().map(|account| (kind, *account)).collect();
                line.exchange(&asked).unwrap().concat()
            }
        }
    }

    #[test]
    fn the_functions_keep_the_rules_in_both_forms() {
        in_both_forms(missing(), |form, work, directory| {
            let postgres = Postgres::start(work, form, Commit::Synchronous, directory).unwrap();
            let mut line = postgres.connect().unwrap();
            let mut clock = postgres.connect().unwrap().client;
            for (name, kind, accounts, are_over, answers) in STORY {
                if are_over {
                    clock.execute("UPDATE holds SET expires = now() WHERE NOT sold", &[]).unwrap();
                }
                assert_eq!(ask(&mut line, form, kind, accounts), answers, "{form:?}: {name}");
            }
            clock.execute("UPDATE offer SET opens = now() + interval '1 hour'", &[]).unwrap();
            assert_eq!(
                ask(&mut line, form, OperationKind::Claim, &[9]),
                "0",
                "{form:?}: nothing is sold before it opens"
            );
        });
    }
}
