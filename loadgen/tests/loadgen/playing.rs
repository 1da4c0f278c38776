//! The real binary: a sale of three seconds against a server of its own.

use std::path::Path;
use std::process::{Command, Output};

use loadgen::report::Summary;

/// A small flash sale with everything in it: noise, bots, late deliveries, an outage.
const SCENARIO: &str = r#"
title = "A small sale & its <crowd>"
warmup_s = 0.5
settle_s = 4.0
noise_per_claim = 2.0
[send]
batch = 64
connections = 2
[crowd.habits]
confirm_median_ms = 300
[late]
share = 0.1
most_ms = 300
[outage]
from_s = 1.0
for_s = 0.5
backlog_per_s = 2000.0
[bots]
accounts = 10
accounts_per_card = 2
posts_per_s = 50.0
confirm_ms = 10
[[phase]]
kind = "burst"
peak_per_s = 300.0
decay_s = 1.0
for_s = 2.0
[[offer]]
id = "kindle-fire-hd"
units = 40
rules = { confirm_within = "1s", late_grace = "200ms", prompt_patience = "1s", limit_per_card = 1 }
[[offer]]
id = "urban-zen-bracelet"
units = 1000
"#;

fn loadgen(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadgen")).args(arguments).current_dir(directory).output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_sale_leaves_a_report_whose_audit_is_clean() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("small.toml"), SCENARIO).unwrap();
    let run = ["run", "--scenario", "small.toml", "--self-host", "--out", "out", "--fail-if", "p50 > 60s"];
    let output = loadgen(directory.path(), &run);
    let (stdout, errors) = (words(&output.stdout), words(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}\n{errors}");
    let out = directory.path().join("out");
    let summary = Summary::read(&out).unwrap();
    assert!(summary.audit.len() == 6 && summary.audit.iter().all(|check| check.held), "{stdout}");
    assert_eq!((summary.oversold, summary.posts.errors, summary.scenario.as_str()), (0, 0, "small"));
    assert!(summary.posts.answered > 500 && summary.latency_us.p50 > 0, "{stdout}");
    assert!(summary.offers.iter().all(|offer| offer.sold > 0), "{stdout}");
    assert_eq!(summary.posts.answered + summary.posts.not_sent, summary.posts.offered);

    let csv = std::fs::read_to_string(out.join("timeseries.csv")).unwrap();
    let columns = csv.lines().next().unwrap().split(',').count();
    assert!(csv.lines().count() > 2 && csv.lines().all(|line| line.split(',').count() == columns), "{csv}");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 6);
    assert!(page.contains("A small sale &amp; its &lt;crowd&gt;") && !page.contains("<script"));
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "the server's own files are gone: {left:?}");

    let same = loadgen(directory.path(), &["diff", "out", "out/summary.json"]);
    assert_eq!(same.status.code(), Some(0), "{}", words(&same.stderr));
    assert!(!words(&same.stdout).contains("moved"));
}

#[test]
fn an_impossible_run_is_refused_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("broken.toml"), "title = 5\n").unwrap();
    // No Flashtag listens on the discard port of this machine.
    let table: [(&[&str], i32, &str); 6] = [
        (&["run"], 2, "--url"),
        (&["run", "--self-host", "--fail-if", "p98 > 1ms"], 2, "`p98` is not measured"),
        (&["run", "--self-host", "--scenario", "flush"], 2, "no scenario is called flush"),
        (&["run", "--self-host", "--scenario", "broken.toml"], 65, "broken.toml:1: "),
        (&["run", "--url", "http://127.0.0.1:9", "--out", "out", "--quiet"], 69, "cannot be reached"),
        (&["diff", "nothing", "out"], 66, "cannot read nothing"),
    ];
    for (arguments, code, why) in table {
        let output = loadgen(directory.path(), arguments);
        let errors = words(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(why), "{arguments:?}: {errors}");
    }
}
