//! The generator from outside: its pure parts on a virtual clock, and the real binary against a server of its own.

#![expect(clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod auditing;
mod benches;
mod comparing;
mod contending;
mod networking;
mod pacing;
mod piping;
mod playing;
mod scenarios;
mod thresholds;

use loadgen::scenario::Scenario;

/// A scenario of one offer and a steady rate, with these additional settings.
fn steady(more: &str) -> Scenario {
    let text = format!(
        "title = \"A test\"\n{more}\n[[phase]]\nkind = \"steady\"\nper_s = 200.0\nfor_s = 2.0\n\n\
         [[offer]]\nid = \"kindle-fire-hd\"\nunits = 20\n"
    );
    Scenario::parse(&text, "test", "test").unwrap()
}
