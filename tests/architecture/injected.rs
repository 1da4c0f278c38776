//! Breaks each rule once, in a text that is not compiled, and checks that the violation is found.

use super::checker::check;

/// A file, its text, and the expected message.
const BROKEN: &[(&str, &str, &str)] = &[
    ("collections/slab.rs", "use crate::domain::id::Account;", "collections may not import crate::domain"),
    ("text/length.rs", "use crate::domain::id::Network;", "text may not import crate::domain"),
    ("domain/offer/mod.rs", "use crate::clock::Clock;", "domain may not import crate::clock::Clock"),
    ("domain/time.rs", "use crate::telemetry::Telemetry;", "domain may not import crate::telemetry"),
    ("domain/time.rs", "use super::super::config::Limits;", "domain may not import crate::config::Limits"),
    ("clock.rs", "use crate::config::limits::Limits;", "clock may not import crate::config"),
    ("api/view.rs", "use crate::partition::state::PartitionState;", "api may not import crate::partition"),
    ("words/mod.rs", "use crate::config::replies::Ceilings;", "words may not import crate::config"),
    ("config/mod.rs", "use crate::journal::Disk;", "config may not import crate::journal"),
    ("journal/commit.rs", "use crate::config::limits::Limits;", "journal may not import crate::config"),
    ("journal/mod.rs", "fn f(_: crate::outbox::lane::Lane) {}", "journal may not import crate::outbox"),
    (
        "partition/processor.rs",
        "use crate::actors::clock::ClockActor;",
        "partition may not import crate::actors",
    ),
    ("intake/lines.rs", "use crate::{domain::id, actors::router};", "intake may not import crate::actors"),
    ("outbox/queue/lane.rs", "use crate::control::links::Links;", "outbox may not import crate::control"),
    (
        "partition/state/mod.rs",
        "type T = super::super::super::intake::T;",
        "partition may not import crate::intake",
    ),
    (
        "actors/links.rs",
        "mod tests { use super::super::super::http::T; }",
        "actors may not import crate::http",
    ),
    ("http/state.rs", "use crate::engine::Engine;", "http may not import crate::engine"),
    ("http/state.rs", "pub(crate) use crate::verify::{self as out};", "http may not import crate::verify"),
    (
        "verify/book.rs",
        "use crate::partition::state::PartitionState;",
        "verify may not import crate::partition",
    ),
    ("engine/mod.rs", "use crate::cli::run;", "engine may not import crate::cli"),
    ("telemetry.rs", "use crate::engine::Engine;", "telemetry may not import crate::engine"),
    ("main.rs", "fn main() { flashtag::engine::start() }", "main may not import crate::engine"),
    ("cellar.rs", "use crate::domain::id::Account;", "cellar may not import crate::domain"),
    // Ways around.
    ("journal/mod.rs", "use crate::{self as house};", "journal may not import crate"),
    ("journal/mod.rs", "use super::*;", "journal may not import crate::*"),
    ("journal/mod.rs", "use r#crate; use crate::r#engine::Engine;", "journal may not import crate::engine"),
    (
        "journal/mod.rs",
        "let c = '\"'; use crate::engine::E; let d = '\"';",
        "journal may not import crate::engine",
    ),
    ("journal/mod.rs", "let s = r#\"\"\"#; use crate::engine::E;", "journal may not import crate::engine"),
    ("journal/mod.rs", "/* /* */ */ use crate::engine::E;", "journal may not import crate::engine"),
    ("journal/mod.rs", "fn f<'a>(x: &'a str) -> crate::engine::E {}", "journal may not import crate::engine"),
    // The world.
    ("outbox/runner.rs", "use actix::Addr;", "outbox may not use actix::Addr: actix is reserved"),
    ("config/serve/http.rs", "use actix_web::web;", "config may not use actix_web::web"),
    ("cli/serve.rs", "actix_rt::spawn(work);", "cli may not use actix_rt::spawn"),
    ("cli/serve.rs", "use actix_rt::*;", "cli may not use actix_rt::*"),
    ("engine/live.rs", "ureq::get(url);", "engine may not use ureq::get: ureq is reserved"),
    ("cli/demo/mod.rs", "use actix::Actor;", "cli may not use actix::Actor"),
    ("domain/time.rs", "use tokio::sync::oneshot;", "domain may not use tokio"),
    ("journal/commit.rs", "#[tokio::test]", "journal may not use tokio::test"),
    ("config/mod.rs", "use tokio::fs;", "config may not use tokio::fs"),
    ("verify/mod.rs", "tokio::task::yield_now();", "verify may not use tokio"),
    ("intake/lines.rs", "use ::tokio::io;", "intake may not use tokio::io"),
    ("outbox/lane.rs", "std::time::Instant::now()", "outbox may not use std::time::Instant::now"),
    (
        "outbox/lane.rs",
        "use std::time::Instant; fn f() { Instant::now(); }",
        "std::time::Instant::now is reserved",
    ),
    (
        "outbox/lane.rs",
        "use std::time::{self, Duration}; time::SystemTime::now",
        "SystemTime::now is reserved",
    ),
    ("outbox/lane.rs", "use std::time::SystemTime as Watch; Watch::now()", "SystemTime::now is reserved"),
    ("outbox/lane.rs", "use std::time::*;", "outbox may not use std::time::*"),
    ("clock.rs", "jiff::Timestamp::now()", "clock may not use jiff::Timestamp::now"),
    // The domain.
    ("domain/time.rs", "use std::fs;", "may not use std::fs"),
    ("domain/time.rs", "use std::{collections::HashMap, net::IpAddr};", "may not use std::net"),
    ("domain/time.rs", "std::thread::sleep(length)", "may not use std::thread"),
    ("domain/time.rs", "let n: u64 = rand::random();", "may not use rand"),
    ("domain/time.rs", "tracing::info!(\"sold\");", "may not use tracing"),
    ("domain/time.rs", "use tracing::info;", "may not use tracing"),
    ("domain/time.rs", "pub async fn decide() {}", "domain does not know `async`"),
    // The shells.
    ("actors/session.rs", "use super::offer::Told;", "this shell may not name crate::actors::offer::Told"),
    (
        "actors/offer.rs",
        "use crate::actors::{session::Hear, view};",
        "may not name crate::actors::session::Hear",
    ),
    ("actors/offer.rs", "use super::*;", "this shell may not name crate::actors::*"),
];

/// A file, and an allowed text.
const SOUND: &[(&str, &str)] = &[
    ("domain/time.rs", "//! Unlike crate::engine, no tokio::sync and no async fn."),
    ("domain/time.rs", "const WORDS: &str = \"crate::engine \\\" std::fs async\"; /* rand::random() */"),
    ("domain/offer/decide.rs", "use super::super::id::Account; use crate::domain::{time::Millis, id};"),
    ("domain/offer/decide.rs", "impl Iterator<Item = u32> + use<> {}"),
    (
        "actors/partition.rs",
        "use super::super::actors::collector::AnswerCollector; pub(in crate::actors) fn f() {}",
    ),
    ("actors/session.rs", "use crate::actors::sync_context::SyncContext;"),
    ("partition/state/mod.rs", "mod tests { use super::super::offer::Look; } use super::session::Hear;"),
    ("outbox/runner.rs", "use crate::telemetry::Telemetry; use std::time::{Instant, SystemTime};"),
    ("outbox/email.rs", "fn f(at: std::time::SystemTime) { Self::now(at); T::<std::time::Instant>::now() }"),
    ("clock.rs", "use std::time::Instant; fn f() { Instant::now() }"),
    ("cli/serve.rs", "actix_rt::System::new().block_on(work); use crate::engine::service::Links;"),
    ("engine/mod.rs", "use crate::{actors, http, journal, outbox, intake, telemetry, verify};"),
    ("http/state.rs", "use crate::actors::router::Router;"),
    ("main.rs", "fn main() { flashtag::cli::run() }"),
    ("intake/format.rs", "mod flashtag; fn f() { flashtag::decode(text) }"),
];

#[test]
fn a_broken_rule_is_noticed() {
    for (file, text, expected) in BROKEN {
        let messages: Vec<String> = check(file, text).iter().map(ToString::to_string).collect();
        assert!(
            messages.iter().any(|message| message.contains(expected)),
            "{file}: {text}\nexpected {expected}\n{messages:#?}"
        );
    }
}

#[test]
fn allowed_code_is_accepted() {
    for (file, text) in SOUND {
        assert_eq!(check(file, text), [], "{file}: {text}");
    }
}

#[test]
fn a_violation_names_its_line() {
    let text = "//! Words.\n\nuse crate::domain::id::Account;\nuse crate::engine::{\n    Engine,\n};\n";
    let messages: Vec<String> = check("intake/lines.rs", text).iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["src/intake/lines.rs:5: intake may not import crate::engine::Engine"]);
}
