//! The real binary: a sale of three seconds against a server of its own.

use std::io::{BufRead, BufReader};
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
    assert!(summary.audit.len() == 7 && summary.audit.iter().all(|check| check.held), "{stdout}");
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

/// A plan without chance: everybody has a card that pays, and confirms.
const CERTAIN: &str = r#"
title = "Everybody buys"
settle_s = 3.0
[crowd.cards]
linked = 1.0
prepaid = 0.0
decline = 0.0
slow = 0.0
timeout_before = 0.0
timeout_after = 0.0
error = 0.0
[crowd.habits]
silent = 0.0
cancels = 0.0
confirms_early = 0.0
leaves_line = 0.0
confirm_median_ms = 100
confirm_sigma = 0.0
[[phase]]
kind = "steady"
per_s = 40.0
for_s = 1.0
[[offer]]
id = "kindle-fire-hd"
units = 1000
RULES
"#;

/// A server whose files a scenario prepared and somebody changed.
struct Changed(std::process::Child, String);

impl Drop for Changed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Changed {
    fn serve(directory: &Path) -> Self {
        let config = directory.join("serve.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        let listen = text.lines().find(|line| line.starts_with("listen")).unwrap().to_owned();
        std::fs::write(&config, text.replace(&listen, "listen = \"127.0.0.1:0\"")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
        command.args(["serve", "--config"]).arg(&config).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self(child, address)
    }
}

#[test]
fn a_run_that_sold_nothing_though_it_should_have_fails() {
    type Change = fn(&str) -> String;
    let kept: Change = str::to_owned;
    let table: [(&str, &str, &str, Change, i32); 6] = [
        ("nothing is wrong", "", "offers.toml", kept, 0),
        ("one step", "rules = { confirm_within = \"0s\" }", "offers.toml", kept, 0),
        ("no account is linked", "", "accounts.ndjson", |_| String::new(), 1),
        (
            "a third is linked",
            "",
            "accounts.ndjson",
            |all| all.lines().step_by(3).map(|line| format!("{line}\n")).collect(),
            1,
        ),
        (
            "the offer has another tag",
            "",
            "offers.toml",
            |all| all.replace("BuyKindleFireHD", "BuySomethingElse"),
            1,
        ),
        ("every card is refused", "", "accounts.ndjson", |all| all.replace("\"credit\"", "\"prepaid\""), 1),
    ];
    for (sentence, rules, file, change, code) in table {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        std::fs::write(path.join("certain.toml"), CERTAIN.replace("RULES", rules)).unwrap();
        let prepared = loadgen(path, &["prepare", "--scenario", "certain.toml", "--out", "."]);
        assert!(prepared.status.success(), "{}", words(&prepared.stderr));
        let text = std::fs::read_to_string(path.join(file)).unwrap();
        std::fs::write(path.join(file), change(&text)).unwrap();
        let server = Changed::serve(path);
        let ran = loadgen(
            path,
            &["run", "--scenario", "certain.toml", "--url", &server.1, "--out", "out", "--quiet"],
        );
        let (stdout, errors) = (words(&ran.stdout), words(&ran.stderr));
        assert_eq!(ran.status.code(), Some(code), "{sentence}: {stdout}\n{errors}");
        let verdict = if code == 0 { "held   what was claimed" } else { "BROKEN what was claimed" };
        assert!(stdout.contains(verdict), "{sentence}: {stdout}");
    }
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
