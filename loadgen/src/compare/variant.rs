//! The variants of the contenders: each engine with one kind of call and one durability setting.

use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

use super::contender::Call;
use super::contender::in_process::InProcess;
use super::contender::over_http::OverHttp;
use super::contender::postgres::{self, Commit, Postgres};
use super::contender::redis::{self, Fsync, Redis};
use super::load::Load;
use super::workload::Workload;
use super::workload_run::{WorkloadResult, run_workload};
use crate::error::CommandError;

/// A contender with one configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Id on the command line.
    pub id: &'static str,
    /// Title in reports.
    pub title: &'static str,
    /// When answers are durable, in words.
    pub durability: &'static str,
    /// Whether several operations share a request.
    pub together: bool,
    engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    InProcess,
    OverHttp,
    Redis(Call, Fsync),
    Postgres(Call, Commit),
}

const FSYNC: &str = "before the answer";
const EVERY_SECOND: &str = "a second or two later";
const WAL_LATER: &str = "within a second";

/// All variants, in the order in which they run.
pub const VARIANTS: [Variant; 12] = [
    variant("flashtag-in-process", "Flashtag, in process", FSYNC, true, Engine::InProcess),
    variant("flashtag-http", "Flashtag over HTTP", FSYNC, true, Engine::OverHttp),
    variant(
        "redis-batch-always",
        "Redis, a script for a batch, AOF always",
        FSYNC,
        true,
        Engine::Redis(Call::Batch, Fsync::Always),
    ),
    variant(
        "redis-batch-everysec",
        "Redis, a script for a batch, AOF everysec",
        EVERY_SECOND,
        true,
        Engine::Redis(Call::Batch, Fsync::EverySecond),
    ),
    variant(
        "redis-pipelined-always",
        "Redis, a script for each, pipelined, AOF always",
        FSYNC,
        true,
        Engine::Redis(Call::Each, Fsync::Always),
    ),
    variant(
        "redis-pipelined-everysec",
        "Redis, a script for each, pipelined, AOF everysec",
        EVERY_SECOND,
        true,
        Engine::Redis(Call::Each, Fsync::EverySecond),
    ),
    variant(
        "redis-each-always",
        "Redis, a script for each, AOF always",
        FSYNC,
        false,
        Engine::Redis(Call::Each, Fsync::Always),
    ),
    variant(
        "redis-each-everysec",
        "Redis, a script for each, AOF everysec",
        EVERY_SECOND,
        false,
        Engine::Redis(Call::Each, Fsync::EverySecond),
    ),
    variant(
        "postgres-batch-on",
        "PostgreSQL, a function for a batch, synchronous_commit on",
        FSYNC,
        true,
        Engine::Postgres(Call::Batch, Commit::Synchronous),
    ),
    variant(
        "postgres-batch-off",
        "PostgreSQL, a function for a batch, synchronous_commit off",
        WAL_LATER,
        true,
        Engine::Postgres(Call::Batch, Commit::Asynchronous),
    ),
    variant(
        "postgres-each-on",
        "PostgreSQL, a function for each, synchronous_commit on",
        FSYNC,
        false,
        Engine::Postgres(Call::Each, Commit::Synchronous),
    ),
    variant(
        "postgres-each-off",
        "PostgreSQL, a function for each, synchronous_commit off",
        WAL_LATER,
        false,
        Engine::Postgres(Call::Each, Commit::Asynchronous),
    ),
];

const fn variant(
    id: &'static str,
    title: &'static str,
    durability: &'static str,
    together: bool,
    engine: Engine,
) -> Variant {
    Variant { id, title, durability, together, engine }
}

impl Variant {
    /// Tells whether it is Flashtag.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.engine, Engine::InProcess | Engine::OverHttp)
    }

    /// Returns why it cannot run here.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        match self.engine {
            Engine::InProcess | Engine::OverHttp => None,
            Engine::Redis(..) => redis::missing(),
            Engine::Postgres(..) => postgres::missing(),
        }
    }

    /// Runs the workload once, on a new server with its data in `directory`, and stops the server.
    ///
    /// # Errors
    /// If the server does not start, or an answer is invalid.
    pub fn perform(
        &self,
        work: Workload,
        load: &Load,
        seed: u64,
        directory: &Path,
        stop: &AtomicBool,
    ) -> Result<WorkloadResult, CommandError> {
        let load = if self.together { *load } else { load.unbatched() };
        let result = match self.engine {
            Engine::InProcess => run_workload(&InProcess::start(work, directory)?, work, &load, seed, stop),
            Engine::OverHttp => run_workload(&OverHttp::start(work, directory)?, work, &load, seed, stop),
            Engine::Redis(call, fsync) => {
                run_workload(&Redis::start(work, call, fsync, directory)?, work, &load, seed, stop)
            }
            Engine::Postgres(call, commit) => {
                run_workload(&Postgres::start(work, call, commit, directory)?, work, &load, seed, stop)
            }
        };
        result.map_err(|fail| fail.about(self.id))
    }
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        VARIANTS.into_iter().find(|variant| variant.id == id).ok_or_else(|| {
            let ids: Vec<_> = VARIANTS.iter().map(|variant| variant.id).collect();
            format!("there is none of that name, but {}", ids.join(", "))
        })
    }
}
