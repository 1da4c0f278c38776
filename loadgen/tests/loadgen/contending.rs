//! The comparison with other engines, small and with the real binary.

use std::process::Command;

use loadgen::compare::audit::broken;
use loadgen::compare::comparison::{ContenderResult, median};
use loadgen::compare::contender::UnitCounts;
use loadgen::compare::result::Comparison;
use loadgen::compare::workload::{OperationKind, Workload};
use loadgen::compare::workload_run::AnswerCounts;

fn compare(arguments: &[&str], path: Option<&str>) -> (Option<i32>, String, String, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command
        .args(["compare", "--rounds", "1", "--lines", "4", "--batch", "32", "--out", "out"])
        .args(arguments);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.current_dir(directory.path()).output().unwrap();
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), words(&output.stdout), words(&output.stderr), directory)
}

#[test]
fn every_installed_contender_does_the_same_work_and_its_audit_is_clean() {
    let arguments = ["--claims", "2000", "--latency", "50"];
    let (code, stdout, errors, directory) = compare(&arguments, None);
    assert_eq!(code, Some(0), "{stdout}\n{errors}");
    let json = std::fs::read(directory.path().join("out/compare.json")).unwrap();
    let comparison: Comparison = serde_json::from_slice(&json).unwrap();
    assert_eq!(comparison.broken(), Vec::<String>::new());
    let own: Vec<&ContenderResult> = comparison.rows.iter().filter(|row| row.own).collect();
    let ids: Vec<(&str, &str)> = own.iter().map(|row| (row.work.as_str(), row.id.as_str())).collect();
    let expected = [
        ("W1", "flashtag-in-process"),
        ("W1", "flashtag-http"),
        ("W2", "flashtag-in-process"),
        ("W2", "flashtag-http"),
    ];
    assert_eq!(ids, expected);
    for row in &comparison.rows {
        // 20 units of W1 are also confirmed; of W2, all.
        let won = row.latencies.iter().filter_map(|latency| latency.won_us).map(|us| us.count).sum::<u64>();
        assert_eq!(won, if row.work == "W1" { 40 } else { 4000 }, "{} {}", row.work, row.id);
    }
    assert_eq!(comparison.sifting.len(), 4);
    let page = std::fs::read_to_string(directory.path().join("out/compare.html")).unwrap();
    assert!(
        page.contains("Flashtag over HTTP") && page.contains("<svg") && page.contains("</html>"),
        "{page}"
    );
    assert!(stdout.contains("every audit is clean"), "{stdout}");
    let left: Vec<_> = std::fs::read_dir(directory.path().join("out")).unwrap().collect();
    assert_eq!(left.len(), 2, "the servers' data are gone: {left:?}");
    comparison.missing.iter().for_each(|why| eprintln!("SKIPPED: {why}"));
}

#[test]
fn a_missing_contender_is_named_with_its_package() {
    let arguments = ["--claims", "100", "--only", "redis-batch-always,flashtag-in-process", "--work", "w1"];
    let (code, stdout, errors, _directory) = compare(&arguments, Some("/nowhere"));
    assert_eq!(code, Some(0), "{stdout}\n{errors}");
    assert!(errors.contains("left out: redis-server is not installed; the package is called"), "{errors}");
    let (code, _, errors, _directory) =
        compare(&["--claims", "100", "--only", "redis-batch-always", "--work", "w1"], Some("/nowhere"));
    assert_eq!(code, Some(69), "{errors}");
    assert!(errors.contains("no contender is left to compare"), "{errors}");
}

#[test]
fn an_unknown_contender_is_answered_with_those_that_there_are() {
    let (code, _, errors, _directory) = compare(&["--only", "memcached"], None);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("redis-batch-always"), "{errors}");
}

#[test]
fn everybody_is_asked_the_same_by_the_same_seed() {
    let hot = Workload::hot_offer(1000);
    assert_eq!((hot.claims, hot.accounts, hot.units), (1000, 600, 10));
    let claims = hot.claims(7);
    assert_eq!(claims, hot.claims(7));
    assert_ne!(claims, hot.claims(8));
    assert!(claims.iter().all(|claim| claim.kind == OperationKind::Claim && claim.account < 600));
    let mut winners: Vec<u32> = Workload::all_win(1000).claims(7).iter().map(|claim| claim.account).collect();
    winners.sort_unstable();
    assert_eq!(winners, (0..1000).collect::<Vec<_>>());
    let mut posts: Vec<u64> = claims.iter().map(|claim| claim.post).collect();
    posts.extend((0..600).map(|account| Workload::confirmation(account).post));
    posts.sort_unstable();
    posts.dedup();
    assert_eq!(posts.len(), 1600, "no two posts are the same");
}

/// Ten units, and more accounts than that.
const GOOD: AnswerCounts = AnswerCounts {
    reserved: 10,
    confirmed: 10,
    repeat_winners: 0,
    claimants: 55,
    units: UnitCounts { left: 0, held: 0, sold: 10 },
};

#[test]
fn the_audit_names_each_violation() {
    let few = AnswerCounts {
        reserved: 3,
        confirmed: 3,
        claimants: 3,
        units: UnitCounts { left: 7, held: 0, sold: 3 },
        ..GOOD
    };
    let table = [
        ("all is well", GOOD, ""),
        ("fewer want than there are", few, ""),
        (
            "a card is being charged",
            AnswerCounts { units: UnitCounts { left: 0, held: 4, sold: 6 }, ..GOOD },
            "",
        ),
        (
            "oversold",
            AnswerCounts { units: UnitCounts { left: 0, held: 0, sold: 11 }, ..GOOD },
            "oversold: 11 of 10",
        ),
        (
            "undersold",
            AnswerCounts { units: UnitCounts { left: 1, held: 0, sold: 9 }, ..GOOD },
            "the books have 1 left",
        ),
        ("too many winners", AnswerCounts { reserved: 11, confirmed: 11, ..GOOD }, "11 claims got a unit"),
        ("a sale without an answer", AnswerCounts { confirmed: 9, ..GOOD }, "9 of 10 winners got a sale"),
        ("one has two", AnswerCounts { repeat_winners: 1, ..GOOD }, "1 accounts got more than one unit"),
    ];
    for (what, counts, wrong) in table {
        let broken = broken(&Workload::hot_offer(1000), &counts).join("; ");
        assert!(
            if wrong.is_empty() { broken.is_empty() } else { broken.contains(wrong) },
            "{what}: {broken}"
        );
    }
}

#[test]
fn the_median_is_the_middle() {
    let table: [(&[f64], f64); 4] =
        [(&[], 0.0), (&[3.0], 3.0), (&[9.0, 1.0, 2.0], 2.0), (&[4.0, 1.0, 2.0, 9.0], 3.0)];
    for (figures, middle) in table {
        assert_eq!(median(figures), middle, "{figures:?}");
    }
}
