//! Redis with the rules in Lua: one script call per operation, or one per batch, which is its fastest form.
//!
//! Each answer is one character. The client passes the time, which saves the script a call.

use std::path::Path;
use std::process::Command;

use redis::{Client, Cmd, Connection, Value};

use super::peer_server::{PeerServer, find, free_port};
use super::{Answer, Call, Contender, ContenderConnection, HOLD_MS, UnitCounts};
use crate::clock::Clock;
use crate::compare::workload::{Operation, OperationKind, Workload};
use crate::error::CommandError;

/// Name of the program and of its package.
const SERVER: &str = "redis-server";

/// When the append-only file reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::compare) enum Fsync {
    /// Within a second or two of the answer.
    EverySecond,
    /// Before the answer.
    Always,
}

/// Returns why it cannot run here.
pub(in crate::compare) fn missing() -> Option<String> {
    let found = find(SERVER, &[]);
    found.is_none().then(|| format!("{SERVER} is not installed; the package is called {SERVER} or redis"))
}

/// A server with the offer and the scripts loaded.
pub(in crate::compare) struct Redis {
    client: Client,
    call: Call,
    claim: String,
    confirm: String,
    clock: Clock,
    _server: PeerServer,
}

fn failed(fault: &redis::RedisError) -> CommandError {
    CommandError::unavailable(format!("redis: {fault}"))
}

impl Redis {
    /// Starts the server with its data in `directory`.
    pub(in crate::compare) fn start(
        work: Workload,
        call: Call,
        fsync: Fsync,
        directory: &Path,
    ) -> Result<Self, CommandError> {
        let port = free_port()?;
        let client = Client::open(("127.0.0.1", port)).map_err(|fault| failed(&fault))?;
        let appendfsync = match fsync {
            Fsync::EverySecond => "everysec",
            Fsync::Always => "always",
        };
        let mut command = Command::new(find(SERVER, &[]).unwrap_or_else(|| SERVER.into()));
        command.current_dir(directory).args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--dir",
            ".",
        ]);
        command.args(["--appendonly", "yes", "--appendfsync", appendfsync]);
        // No snapshot and no rewrite of the file disturbs a run.
        command.args(["--save", "", "--auto-aof-rewrite-percentage", "0"]);
        let ready = || {
            let mut connection = client.get_connection()?;
            redis::cmd("PING").query::<String>(&mut connection)?;
            Ok(connection)
        };
        let ready = || ready().map_err(|fault: redis::RedisError| fault.to_string());
        let (server, mut connection) = PeerServer::start(&mut command, directory, ready)?;
        let (claim, confirm) = match call {
            Call::Each => (include_str!("claim.lua"), include_str!("confirm.lua")),
            Call::Batch => (include_str!("claim_batch.lua"), include_str!("confirm_batch.lua")),
        };
        let mut load = |script: &str| {
            redis::cmd("SCRIPT")
                .arg("LOAD")
                .arg(script)
                .query::<String>(&mut connection)
                .map_err(|fault| failed(&fault))
        };
        let (claim, confirm) = (load(claim)?, load(confirm)?);
        let clock = Clock::start();
        let opens = clock.started_at_ms();
        let mut offer = redis::cmd("HSET");
        offer.arg("offer").arg("opens").arg(opens).arg("closes").arg(opens + 24 * 3_600_000);
        offer.arg("left").arg(work.units).arg("sold").arg(0).arg("hold").arg(HOLD_MS).arg("next").arg("inf");
        offer.exec(&mut connection).map_err(|fault| failed(&fault))?;
        Ok(Self { client, call, claim, confirm, clock, _server: server })
    }

    fn now_ms(&self) -> i64 {
        now_ms(&self.clock)
    }
}

fn now_ms(clock: &Clock) -> i64 {
    clock.started_at_ms().saturating_add_unsigned(clock.us() / 1000)
}

/// Begins a call of a script; the arguments follow.
fn call(script: &str) -> Cmd {
    let mut call = redis::cmd("EVALSHA");
    call.arg(script).arg(3).arg("offer").arg("holds").arg("line");
    call
}

impl Contender for Redis {
    type Connection = RedisConnection;
    const ASYNC: bool = false;

    fn write(&self, operation: &Operation) -> Prepared {
        match (self.call, operation.kind) {
            (Call::Batch, kind) => Prepared::Account(kind, operation.account),
            (Call::Each, kind) => {
                let script = if kind == OperationKind::Claim { &self.claim } else { &self.confirm };
                let mut call = call(script);
                call.arg(operation.account).arg(self.now_ms());
                Prepared::Call(call.get_packed_command())
            }
        }
    }

    fn connect(&self) -> Result<RedisConnection, CommandError> {
        let connection = self.client.get_connection().map_err(|fault| failed(&fault))?;
        let (claim, confirm) = (self.claim.clone(), self.confirm.clone());
        Ok(RedisConnection { connection, claim, confirm, clock: self.clock })
    }

    fn unit_counts(&self) -> Result<UnitCounts, CommandError> {
        let read = || {
            let mut connection = self.client.get_connection()?;
            let (left, sold): (u64, u64) =
                redis::cmd("HMGET").arg("offer").arg("left").arg("sold").query(&mut connection)?;
            let holds: Vec<String> = redis::cmd("HVALS").arg("holds").query(&mut connection)?;
            let held = holds.iter().filter(|hold| *hold != "sold").count() as u64;
            // The buyers are counted, and the total must agree.
            Ok((holds.len() as u64 - held == sold).then_some(UnitCounts { left, held, sold }))
        };
        let books = read().map_err(|fault: redis::RedisError| failed(&fault))?;
        books.ok_or_else(|| {
            CommandError::unavailable("redis: the total of units sold is not that of their buyers")
        })
    }
}

/// An encoded operation.
pub(in crate::compare) enum Prepared {
    /// An encoded script call.
    Call(Vec<u8>),
    /// An argument of a batch call.
    Account(OperationKind, u32),
}

/// A connection.
pub(in crate::compare) struct RedisConnection {
    connection: Connection,
    claim: String,
    confirm: String,
    clock: Clock,
}

impl RedisConnection {
    fn exchange(&mut self, asked: &[Prepared]) -> redis::RedisResult<Vec<Value>> {
        let mut bytes = Vec::new();
        let mut batch: Option<Cmd> = None;
        let mut calls = 0;
        for written in asked {
            match written {
                Prepared::Call(call) => {
                    bytes.extend_from_slice(call);
                    calls += 1;
                }
                Prepared::Account(kind, account) => {
                    let batch = batch.get_or_insert_with(|| {
                        let mut batch =
                            call(if *kind == OperationKind::Claim { &self.claim } else { &self.confirm });
                        batch.arg(now_ms(&self.clock));
                        batch
                    });
                    batch.arg(*account);
                }
            }
        }
        if let Some(batch) = batch {
            bytes.extend_from_slice(&batch.get_packed_command());
            calls += 1;
        }
        self.connection.send_packed_command(&bytes)?;
        (0..calls).map(|_| self.connection.recv_response()).collect()
    }
}

impl ContenderConnection for RedisConnection {
    type Prepared = Prepared;
    type Reply = Vec<Value>;

    async fn decide(
        &mut self,
        asked: impl ExactSizeIterator<Item = Prepared>,
    ) -> Result<Vec<Value>, CommandError> {
        self.exchange(&asked.collect::<Vec<_>>()).map_err(|fault| failed(&fault))
    }

    fn read(reply: Vec<Value>) -> Result<Vec<Answer>, CommandError> {
        let mut answers = Vec::new();
        for value in reply {
            let text: String = redis::from_redis_value(value)
                .map_err(|fault| CommandError::unavailable(format!("redis: {fault}")))?;
            for code in text.chars() {
                answers.push(super::answer_of_code("redis", code)?);
            }
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Fsync, HOLD_MS, Redis, call, missing};
    use crate::compare::contender::in_both_forms;

    /// Steps with two units: the accounts, milliseconds from now, the script, and the answers.
    const STORY: [(&str, &[u32], i64, &str, &str); 9] = [
        ("the first two accounts get one unit each", &[1, 1, 2, 3], 0, "claim", "+=+-"),
        ("a holder is recognized even when all units are held", &[2, 3], 10, "claim", "=-"),
        ("an account without a unit has nothing to confirm", &[3, 1], 20, "confirm", "?!"),
        ("a sale is not made twice, and not claimed again", &[1], 30, "confirm", "="),
        ("nothing comes back before its time", &[3], HOLD_MS - 1, "claim", "-"),
        ("a hold that is over cannot be confirmed", &[2], HOLD_MS, "confirm", "?"),
        ("a hold that is over goes to the next, what is sold does not", &[3, 4], HOLD_MS, "claim", "+-"),
        ("it is over for its holder, too", &[2, 1], HOLD_MS + 1, "claim", "-="),
        ("and comes back again, to its own holder as well", &[3, 2], 2 * HOLD_MS + 1, "claim", "+-"),
    ];

    #[test]
    fn the_scripts_keep_the_rules_in_both_forms() {
        in_both_forms(missing(), |form, work, directory| {
            let redis = Redis::start(work, form, Fsync::Always, directory).unwrap();
            let mut connection = redis.client.get_connection().unwrap();
            let now = redis.clock.started_at_ms();
            for (name, accounts, at, script, answers) in STORY {
                let script = if script == "claim" { &redis.claim } else { &redis.confirm };
                let outcome: String = match form {
                    Call::Each => accounts
                        .iter()
                        .map(|account| {
                            call(script).arg(account).arg(now + at).query::<String>(&mut connection).unwrap()
                        })
                        .collect(),
                    Call::Batch => {
                        call(script).arg(now + at).arg(accounts).query::<String>(&mut connection).unwrap()
                    }
                };
                assert_eq!(outcome, answers, "{form:?}: {name}");
            }
            let early: String = match form {
                Call::Each => call(&redis.claim).arg(9).arg(now - 1).query(&mut connection).unwrap(),
                Call::Batch => call(&redis.claim).arg(now - 1).arg(9).query(&mut connection).unwrap(),
            };
            assert_eq!(early, "0", "{form:?}: nothing is sold before the sale opens");
        });
    }
}
