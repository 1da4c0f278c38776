//! The record of benches: what counts as a regression.

use std::collections::BTreeMap;

use loadgen::benches::{BenchDiff, Benches, Change};

fn benches(median_ns: &[(&str, f64)]) -> Benches {
    let median_ns: BTreeMap<String, f64> =
        median_ns.iter().map(|(name, ns)| ((*name).to_owned(), *ns)).collect();
    Benches { machine: "a machine".to_owned(), median_ns }
}

const RECORD: [(&str, f64); 5] = [("a", 10.0), ("b", 100.0), ("c", 1000.0), ("d", 10.0), ("e", 70.0)];

#[test]
fn a_bench_that_slowed_down_more_than_the_others_is_a_regression() {
    let scaled =
        |by: [f64; 5]| RECORD.iter().zip(by).map(|((name, ns), by)| (*name, ns * by)).collect::<Vec<_>>();
    let table = [
        ("nothing moved", [1.0; 5], None),
        ("a slower machine is no regression", [3.0; 5], None),
        ("noise is none", [1.0, 1.1, 0.95, 1.15, 1.0], None),
        ("one is slower", [1.0, 1.0, 1.0, 1.5, 1.0], Some("d")),
        ("one is slower, on a faster machine", [0.5, 0.5, 0.5, 0.5, 0.9], Some("e")),
        ("one is faster", [1.0, 0.2, 1.0, 1.0, 1.0], None),
    ];
    for (what, by, slower) in table {
        let diff = BenchDiff::new(&benches(&RECORD), &benches(&scaled(by)), 0.2);
        let found: Vec<_> =
            diff.rows.iter().filter(|row| row.change == Change::Slower).map(|row| &row.name).collect();
        assert_eq!(found, slower.iter().collect::<Vec<_>>(), "{what}");
        assert_eq!(diff.has_regressed(), slower.is_some(), "{what}");
    }
}

#[test]
fn missing_benches_are_named_and_new_ones_left_out() {
    let now = benches(&[("a", 10.0), ("new", 1.0)]);
    let diff = BenchDiff::new(&benches(&RECORD), &now, 0.2);
    assert_eq!(diff.not_run, ["b", "c", "d", "e"]);
    assert_eq!(diff.rows.len(), 1);
    assert!(diff.to_string().contains("not run now: b, c, d, e"), "{diff}");
}

#[test]
fn results_are_read_as_criterion_leaves_them() {
    let directory = tempfile::tempdir().unwrap();
    let new = directory.path().join("group/bench/new");
    std::fs::create_dir_all(&new).unwrap();
    std::fs::write(new.join("benchmark.json"), r#"{"group_id":"group","full_id":"group/bench"}"#).unwrap();
    std::fs::write(new.join("estimates.json"), r#"{"median":{"point_estimate":12.5}}"#).unwrap();
    let found = Benches::collect(directory.path()).unwrap();
    assert_eq!(found.median_ns, BTreeMap::from([("group/bench".to_owned(), 12.5)]));
    let record = directory.path().join("record.json");
    found.write(&record).unwrap();
    assert_eq!(Benches::read(&record).unwrap(), found);

    std::fs::write(new.join("estimates.json"), "{}").unwrap();
    assert!(Benches::collect(directory.path()).unwrap_err().to_string().contains("estimates.json"));
    std::fs::remove_dir_all(directory.path().join("group")).unwrap();
    for nothing in [directory.path(), &directory.path().join("not-there")] {
        assert!(Benches::collect(nothing).unwrap_err().to_string().contains("run `cargo bench` first"));
    }
}
