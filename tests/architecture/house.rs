//! The rules. What is not named is not allowed.

/// A room of the house: a file or a directory directly in `src`.
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: &'static str,
    /// The only rooms that it may import, where it may not import every room below it.
    pub(crate) only: Option<&'static [&'static str]>,
}

const fn room(name: &'static str) -> Room {
    Room { name, only: None }
}

const fn closed_room(name: &'static str, only: &'static [&'static str]) -> Room {
    Room { name, only: Some(only) }
}

/// The rooms from the ground up: a room imports only rooms that stand before it here.
pub(crate) const ROOMS: &[Room] = &[
    room("collections"),
    room("text"),
    // Pure rules: they can be read, tested and replayed without the rest of the house.
    closed_room("domain", &["collections", "text"]),
    closed_room("clock", &["domain"]),
    closed_room("telemetry", &["domain"]),
    closed_room("memory", &[]),
    closed_room("api", &["text", "domain"]),
    // Offers are checked with what they would announce, so the words stand below the configuration.
    closed_room("words", &["text", "domain", "telemetry"]),
    room("config"),
    // Bytes on a disk; it does not know who writes them or what follows from them.
    closed_room("journal", &["collections", "domain", "telemetry"]),
    room("partition"),
    room("intake"),
    room("outbox"),
    room("control"),
    room("actors"),
    room("http"),
    // An audit trusts nothing that it audits, so it shares only the values, events and effects of the domain with it.
    closed_room("verify", &["text", "domain"]),
    // The only wiring.
    room("engine"),
    room("cli"),
    closed_room("main", &["cli", "memory"]),
];

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
    reserved("actix", &["actors", "engine", "http"]),
    reserved("actix_web", &["engine", "http"]),
    // Below the framework, for what it does not tell: connections without a request.
    reserved("actix_http", &["http"]),
    reserved("actix_server", &["http"]),
    reserved("actix_service", &["http"]),
    reserved("actix_rt", &["actors", "engine", "http"]),
    // A command starts the system in which all the rest runs.
    reserved("actix_rt::System", &["actors", "engine", "http", "cli"]),
    // Network I/O, and waiting.
    reserved("tokio", &["actors", "engine", "http", "outbox", "cli"]),
    // A change of the control journal waits until it is durable.
    reserved("tokio::sync", &["control", "actors", "engine", "http", "outbox", "cli"]),
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
    &[("actors/session.rs", "actors::offer"), ("actors/offer.rs", "actors::session")];
