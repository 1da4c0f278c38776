//! The rules of imports. What is not listed is not allowed.

/// A room: a file or a directory directly in `src`.
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: &'static str,
    /// The only rooms that it may import, if it may not import every lower room.
    pub(crate) only: Option<&'static [&'static str]>,
}

const fn room(name: &'static str) -> Room {
    Room { name, only: None }
}

const fn closed_room(name: &'static str, only: &'static [&'static str]) -> Room {
    Room { name, only: Some(only) }
}

/// The rooms from the lowest to the highest: a room imports only rooms before it in this list.
pub(crate) const ROOMS: &[Room] = &[
    room("collections"),
    room("text"),
    // Pure rules: they can be read, tested and replayed without the other rooms.
    closed_room("domain", &["collections", "text"]),
    closed_room("clock", &["domain"]),
    closed_room("telemetry", &["domain"]),
    closed_room("memory", &[]),
    closed_room("api", &["text", "domain"]),
    // Offers are checked with their announcements, so the templates are lower than the configuration.
    closed_room("words", &["text", "domain", "telemetry"]),
    room("config"),
    // The only way to other machines.
    closed_room("net", &["text", "domain", "clock", "telemetry", "config"]),
    // Bytes on a disk; it does not know their writer or their meaning.
    closed_room("journal", &["collections", "domain", "telemetry"]),
    // A database beside the journals, for what may be lost.
    closed_room("ops", &["text", "domain", "telemetry", "config", "journal"]),
    // Sealed and erasable: nothing else may hold what is here.
    closed_room("people", &["domain", "ops"]),
    closed_room(
        "networks",
        &["text", "domain", "clock", "telemetry", "api", "config", "net", "journal", "ops"],
    ),
    // Who somebody is, which card is theirs and where letters reach them; it decides nothing of a sale.
    closed_room("linking", &["text", "domain", "words", "net", "journal", "ops", "people", "networks"]),
    room("partition"),
    room("intake"),
    room("outbox"),
    room("control"),
    room("backups"),
    room("actors"),
    room("subscribers"),
    room("http"),
    // The audit shares only values, events and effects with the domain, because it must not trust the audited
    // code.
    closed_room("verify", &["text", "domain"]),
    // The only wiring.
    room("engine"),
    room("cli"),
    closed_room("main", &["cli", "memory"]),
];

/// An external path that only some rooms may use. The longest matching path decides.
pub(crate) struct Reserved {
    /// The beginning of its paths.
    pub(crate) path: &'static str,
    /// The rooms that may use it.
    pub(crate) rooms: &'static [&'static str],
}

const fn reserved(path: &'static str, rooms: &'static [&'static str]) -> Reserved {
    Reserved { path, rooms }
}

pub(crate) const RESERVED: &[Reserved] = &[
    // Actors are wired in one place.
    reserved("actix", &["actors", "engine", "http"]),
    reserved("actix_web", &["engine", "http"]),
    // For connections without a request, of which the framework reports nothing.
    reserved("actix_http", &["http"]),
    reserved("actix_server", &["http"]),
    reserved("actix_service", &["http"]),
    reserved("actix_rt", &["actors", "engine", "http"]),
    // A command starts the actor system.
    reserved("actix_rt::System", &["actors", "engine", "http", "cli"]),
    // Network I/O, and waiting.
    reserved("tokio", &["actors", "engine", "http", "outbox", "cli"]),
    // A change of the control journal waits until it is durable.
    reserved("tokio::sync", &["control", "actors", "engine", "http", "outbox", "cli"]),
    // One client.
    reserved("ureq", &["net"]),
    reserved("rustls", &["net"]),
    reserved("tungstenite", &["net"]),
    reserved("rusqlite", &["ops", "people"]),
    // Seals secrets, and makes random bytes for sign-ins.
    reserved("ring", &["net", "ops"]),
    // One reader of time: every other room gets the time as an argument.
    reserved("std::time::Instant::now", &["clock"]),
    reserved("std::time::SystemTime::now", &["clock"]),
    reserved("tokio::time::Instant::now", &[]),
    reserved("jiff::Timestamp::now", &[]),
    reserved("jiff::ZonedDateTime::now", &[]),
];

/// Sources of differences between two runs or machines, forbidden in the domain.
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

/// Keywords that the domain must not use.
pub(crate) const IMPURE_WORDS: &[&str] = &["async", "await"];

/// Actors that know each other only through messages: the file, and the names it may not use.
pub(crate) const STRANGERS: &[(&str, &str)] =
    &[("actors/session.rs", "actors::offer"), ("actors/offer.rs", "actors::session")];
