//! The grammar of thresholds.

use loadgen::threshold::{Metric, Threshold};

#[test]
fn a_threshold_is_crossed_on_one_side_of_its_value() {
    let table = [
        ("p99 > 20ms", Metric::P99, 20_000, false),
        ("p99>20ms", Metric::P99, 20_001, true),
        ("p99.9 >= 1.5s", Metric::P999, 1_500_000, true),
        ("p50 < 250us", Metric::P50, 249, true),
        ("p90 <= 250us", Metric::P90, 251, false),
        (" max > 1 s ", Metric::Max, 1_000_001, true),
        ("lag_p99 > 5ms", Metric::LagP99, 5_000, false),
        ("not_sent > 0", Metric::NotSent, 1, true),
        ("errors > 0", Metric::Errors, 0, false),
        ("overloaded >= 10", Metric::Overloaded, 10, true),
        ("oversold > 0", Metric::Oversold, 0, false),
    ];
    for (words, metric, measured, crossed) in table {
        let threshold: Threshold = words.parse().unwrap();
        assert_eq!((threshold.metric(), threshold.is_crossed(measured)), (metric, crossed), "{words}");
        assert_eq!(threshold.to_string(), words.trim());
    }
}

#[test]
fn an_invalid_threshold_is_refused_with_a_reason() {
    let table = [
        ("", "it has none of > >= < <="),
        ("p99", "it has none of > >= < <="),
        ("p99 = 20ms", "it has none of > >= < <="),
        ("p98 > 20ms", "`p98` is not measured; what is: p50, p90"),
        ("p99 > 20", "a length such as 250us"),
        ("p99 > 20m", "a length such as 250us"),
        ("p99 > -1ms", "a length such as 250us"),
        ("errors > 1.5", "a whole number"),
        ("errors > 1ms", "a whole number"),
    ];
    for (words, why) in table {
        let fault = words.parse::<Threshold>().unwrap_err().to_string();
        assert!(fault.contains(why), "{words}: {fault}");
    }
}
