//! The rules. What is not named is not allowed.

/// A room of the house: a file or a directory directly in `src`.
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: &'static str,
    /// The other rooms that it may import.
    pub(crate) may_import: &'static [&'static str],
}

const fn room(name: &'static str, may_import: &'static [&'static str]) -> Room {
    Room { name, may_import }
}

/// Who may import whom. `telemetry` is named nowhere: see [`OPEN`].
pub(crate) const ROOMS: &[Room] = &[
    // Pure rules: they can be read, tested and replayed without the rest of the house.
    room("domain", &[]),
    room("clock", &["domain"]),
    room("config", &["domain"]),
    // Bytes on a disk; it does not know who writes them or what follows from them.
    room("journal", &["domain"]),
    room("source", &["domain", "clock", "config"]),
    // Neither of these two knows the other: effects leave from the journal's tail, so that no effect
    // can be done before it is durable.
    room("outbox", &["domain", "journal", "clock", "config"]),
    room("actor", &["domain", "journal", "clock", "config"]),
    // The handlers hold the engine's handle: it is the one door through which posts, questions and
    // links come in. The engine starts the server and hands that handle over.
    room("http", &["domain", "actor", "source", "config", "engine"]),
    // An audit trusts nothing that it audits, so it shares only the words of the domain with it.
    room("verify", &["domain"]),
    // The only wiring.
    room(
        "engine",
        &["domain", "clock", "config", "journal", "source", "outbox", "actor", "http", "verify", "memory"],
    ),
    // What a command needs from further in, the engine re-exports.
    room("cli", &["engine", "config", "domain", "clock"]),
    room("telemetry", &["domain"]),
    // Who has memory ahead, and keeps it, need not know for what.
    room("memory", &[]),
    room("main", &["cli", "memory"]),
];

/// A room that others need not name, and those to whom it is closed all the same.
pub(crate) const OPEN: (&str, &[&str]) = ("telemetry", &["domain", "main"]);

/// Something of the world that only some rooms may touch. The longest path that fits decides.
pub(crate) struct Reserved {
    /// How its paths begin.
    pub(crate) path: &'static str,
    /// The rooms that may.
    pub(crate) rooms: &'static [&'static str],
}

const fn reserved(path: &'static str, rooms: &'static [&'static str]) -> Reserved {
    Reserved { path, rooms }
}

pub(crate) const RESERVED: &[Reserved] = &[
    // Actors are shells, and shells are wired in one place.
    reserved("actix", &["actor", "engine", "http"]),
    reserved("actix_web", &["engine", "http"]),
    // Below the framework, for what it does not tell: connections without a request.
    reserved("actix_http", &["http"]),
    reserved("actix_server", &["http"]),
    reserved("actix_service", &["http"]),
    reserved("actix_rt", &["actor", "engine", "http"]),
    // A command starts the system in which all the rest runs.
    reserved("actix_rt::System", &["actor", "engine", "http", "cli"]),
    // Network I/O, and waiting.
    reserved("tokio", &["actor", "engine", "http", "outbox", "cli"]),
    // Only an operator's command calls somebody else's server by HTTP.
    reserved("ureq", &["cli"]),
    // One reader of time: whoever needs to know it is told.
    reserved("std::time::Instant::now", &["clock"]),
    reserved("std::time::SystemTime::now", &["clock"]),
    reserved("tokio::time::Instant::now", &[]),
    reserved("jiff::Timestamp::now", &[]),
    reserved("jiff::ZonedDateTime::now", &[]),
];

/// What makes two runs differ, or two places differ: nothing for the domain.
pub(crate) const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "crossbeam_channel",
    "dashmap",
    "futures_util",
    "log",
    "metrics",
    "rand",
    "rustix",
    "tracing",
];

/// Words of the language that the domain has no use for.
pub(crate) const IMPURE_WORDS: &[&str] = &["async", "await"];

/// Shells that know each other by their messages' answers only: the file, and what it may not name.
pub(crate) const STRANGERS: &[(&str, &str)] =
    &[("actor/session.rs", "actor::offer"), ("actor/offer.rs", "actor::session")];
