//! The built-in scenarios.

/// Name and text of each scenario.
pub const BUILT_IN: [(&str, &str); 5] = [
    ("flash", include_str!("../../scenarios/flash.toml")),
    ("steady", include_str!("../../scenarios/steady.toml")),
    ("soak", include_str!("../../scenarios/soak.toml")),
    ("storm", include_str!("../../scenarios/storm.toml")),
    ("bots", include_str!("../../scenarios/bots.toml")),
];
