//! Generated parts of pages are current, and pages name every outcome, command, option and promise.

use std::collections::BTreeSet;
use std::sync::Mutex;

use flashtag::domain::id::Network;
use flashtag::domain::outcome::Outcome;
use flashtag::telemetry;
use flashtag::verify::Promise;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::page::Page;
use super::root;
use crate::command::flashtag;

const BEGIN: &str = "<!-- generated -->\n";
const END: &str = "<!-- end -->\n";

/// Compares the text between the marks of a page, or writes it.
fn must_have_generated(name: &str, content: &str) {
    let path = root().join(name);
    let text = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = text.split_once(BEGIN).expect("the mark of the beginning");
    let (now, after) = rest.split_once(END).expect("the mark of the end");
    if std::env::var_os("FLASHTAG_WRITE_PAGES").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{content}{END}{after}")).expect("the page is written");
        return;
    }
    assert!(
        now == content,
        "{name} is not current: run the tests `pages` with FLASHTAG_WRITE_PAGES=1\n{content}"
    );
}

#[test]
fn the_configuration_page_is_current() {
    let printed = flashtag(["serve", "--print-config"]).must(0, &[]).out;
    must_have_generated("docs/reference/configuration.md", &format!("```toml\n{printed}```\n"));
}

#[test]
fn the_table_of_what_networks_deliver_is_current() {
    let titles = Network::ALL.map(|network| network.facts().title).join(" | ");
    let mut table = format!("| | {titles} |\n|---{}|\n", "|---".repeat(Network::ALL.len()));
    for row in 0..Network::X.facts().delivers.rows().len() {
        let cells = Network::ALL.map(|network| network.facts().delivers.rows()[row]);
        let words = cells.map(|(_, delivers)| delivers.word()).join(" | ");
        table.push_str(&format!("| {} | {words} |\n", cells[0].0));
    }
    let sent = Network::ALL.map(|network| network.facts().sends_direct.word()).join(" | ");
    table.push_str(&format!("| direct message to a buyer | {sent} |\n"));
    must_have_generated("docs/reference/networks.md", &table);
}

/// Records descriptions of metrics, and no values.
#[derive(Default)]
struct Described(Mutex<Vec<(String, &'static str, String)>>);

impl Described {
    fn note(&self, key: &KeyName, kind: &'static str, words: &SharedString) {
        let mut described = self.0.lock().expect("no holder panics");
        described.push((key.as_str().to_owned(), kind, words.to_string()));
    }
}

impl Recorder for Described {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, words: SharedString) {
        self.note(&key, "counter", &words);
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, words: SharedString) {
        self.note(&key, "gauge", &words);
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, words: SharedString) {
        self.note(&key, "histogram", &words);
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn the_metrics_page_is_current() {
    let recorder = Described::default();
    metrics::with_local_recorder(&recorder, telemetry::describe);
    let mut described = recorder.0.into_inner().expect("no holder panicked");
    described.sort();
    let row = |(name, kind, words): &(String, &str, String)| format!("| `{name}` | {kind} | {words} |\n");
    let rows: String = described.iter().map(row).collect();
    must_have_generated(
        "docs/reference/metrics.md",
        &format!("| metric | kind | meaning |\n|---|---|---|\n{rows}"),
    );
}

/// The codes in the first column of a page's tables.
fn first_column(page: &Page) -> BTreeSet<&str> {
    let cells = page.text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells.flat_map(|(cell, _)| cell.split("`, `")).collect()
}

#[test]
fn the_table_of_outcomes_is_complete() {
    let page = Page::read(&root().join("docs/reference/outcomes.md"));
    let codes: BTreeSet<&str> = Outcome::ALL.iter().map(|outcome| outcome.code()).collect();
    assert_eq!(first_column(&page), codes);
}

/// The words that begin with two hyphens.
fn options(text: &str) -> BTreeSet<&str> {
    let words = text.split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '-');
    words.filter(|word| word.len() > 2 && word.starts_with("--") && !word.ends_with('-')).collect()
}

#[test]
fn the_page_of_commands_is_complete() {
    let page = Page::read(&root().join("docs/reference/cli.md"));
    let sections: Vec<&str> = page.text.split("\n## ").collect();
    let help = flashtag(["--help"]).must(0, &[]).out;
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 9, "{help}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let heading = format!("`{command}`");
        let section = sections
            .iter()
            .find(|section| section.lines().next().is_some_and(|line| line.contains(&heading)));
        let section = section.unwrap_or_else(|| panic!("no section is about {command}"));
        let help = flashtag([command, "--help"]).must(0, &[]).out;
        let common = ["--help", "--version"];
        let expected: BTreeSet<&str> =
            options(&help).into_iter().filter(|option| !common.contains(option)).collect();
        assert_eq!(first_options(section), expected, "{command}");
    }
}

/// The options in the first column of a section's table.
fn first_options(section: &str) -> BTreeSet<&str> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.flat_map(|(cell, _)| options(cell)).collect()
}

#[test]
fn the_page_of_verification_names_every_promise() {
    let page = Page::read(&root().join("docs/verification.md"));
    let missing = Promise::ALL.iter().filter(|promise| !page.text.contains(&format!("`{}`", promise.name())));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&Promise>::new());
}
