//! Two runs against each other.

use loadgen::diff::Diff;
use loadgen::environment::Environment;
use loadgen::report::{Percentiles, Posts, Summary};

fn summary(p99: u64, errors: u64) -> Summary {
    let posts =
        Posts { offered: 10, answered: 10, not_sent: 0, errors, offered_per_s: 5.0, answered_per_s: 5.0 };
    let latency_us = Percentiles { count: 10, mean: 1.0, p50: 100, p90: 200, p99, p99_9: 5_000, max: 9_000 };
    Summary {
        scenario: "flash".into(),
        title: "Flash".into(),
        seed: 1,
        rate_scale: 1.0,
        began_at: "2013-02-13T17:00:00Z".into(),
        span_s: 2.0,
        warmup_s: 0.0,
        took_s: 3.0,
        interrupted: false,
        posts,
        latency_us,
        lag_us: latency_us,
        spectrum: Vec::new(),
        outcomes: Default::default(),
        offers: Vec::new(),
        oversold: 0,
        audit: Vec::new(),
        thresholds: Vec::new(),
        failure: None,
        environment: Environment::of("http://127.0.0.1:8080", None),
    }
}

fn moved(before: &Summary, after: &Summary) -> Vec<&'static str> {
    Diff::new(before, after, 0.05).rows.into_iter().filter(|row| row.moved).map(|row| row.name).collect()
}

#[test]
fn changes_beyond_noise_are_marked() {
    let before = summary(1_000, 0);
    assert!(moved(&before, &before).is_empty());
    assert!(moved(&before, &Summary { lag_us: before.lag_us, ..summary(1_050, 0) }).is_empty());
    assert_eq!(moved(&before, &Summary { lag_us: before.lag_us, ..summary(1_051, 0) }), ["p99"]);
    assert_eq!(moved(&before, &Summary { lag_us: before.lag_us, ..summary(949, 1) }), ["p99", "errors"]);
    let table = Diff::new(&before, &summary(2_000, 0), 0.05).to_string();
    let row = table.lines().find(|line| line.trim_start().starts_with("p99 ")).unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words, ["p99", "1.00", "ms", "2.00", "ms", "2.00", "moved"]);
}

#[test]
fn other_inputs_make_a_comparison_void_and_another_machine_a_warning() {
    let before = summary(1_000, 0);
    for after in [
        Summary { scenario: "steady".into(), ..before.clone() },
        Summary { seed: 2, ..before.clone() },
        Summary { rate_scale: 2.0, ..before.clone() },
        Summary { interrupted: true, ..before.clone() },
    ] {
        assert_eq!(Diff::new(&before, &after, 0.05).void.len(), 1);
    }
    let environment = Environment { cpus: before.environment.cpus + 1, ..before.environment.clone() };
    let diff = Diff::new(&before, &Summary { environment, ..before.clone() }, 0.05);
    assert_eq!((diff.void.len(), diff.warnings.len()), (0, 1));
}
