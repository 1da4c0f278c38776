//! `--help` explains every option, and unknown commands and options are refused.

use super::flashtag;

const OPTIONS: &[(&str, &[&str])] = &[
    (
        "demo",
        &[
            "--network",
            "--people",
            "--seed",
            "--seconds",
            "--partitions",
            "--faults",
            "--data",
            "--verbose",
            "--log-format",
        ],
    ),
    (
        "sell",
        &[
            "--offers",
            "--accounts",
            "--posts",
            "--format",
            "--clock",
            "--commands",
            "--out",
            "--templates",
            "--partitions",
            "--log-format",
            "wall",
            "posts",
        ],
    ),
    ("serve", &["--config", "--print-config", "--log-format", "FLASHTAG__SECTION__KEY"]),
    ("restock", &["--server", "--token-file", "--offer", "--units", "--key"]),
    ("withdraw", &["--server", "--token-file", "--offer", "--units", "--key"]),
    ("objections", &["list"]),
    ("unfreeze", &["--server", "--token-file", "--account"]),
    ("verify", &["--data", "--ledger", "--strict"]),
    ("history", &["--data"]),
    ("check", &["--offers", "--templates"]),
    ("explain", &["--offers", "--format", "POSTS"]),
];

#[test]
fn every_command_explains_each_of_its_options() {
    let all = flashtag(["--help"]).must(0, &["Start with `flashtag demo`"]);
    for (command, options) in OPTIONS {
        assert!(all.out.contains(&format!("\n  {command} ")), "{command} is not listed");
        let ran = flashtag([command, "--help"]).must(0, options);
        // An option without an explanation ends its line, or another option follows it.
        for line in ran.out.lines().filter(|line| line.trim_start().starts_with("--")) {
            let explained = line.trim().splitn(3, "  ").count() > 1;
            let below = ran.out.split(line).nth(1).and_then(|rest| rest.lines().nth(1)).unwrap_or_default();
            assert!(explained || below.starts_with("          "), "{command}: {line}");
        }
    }
}

#[test]
fn wrong_usage_exits_with_2_and_a_hint() {
    let table: &[(&str, &[&str], &[&str])] = &[
        ("no command", &[], &["Usage: flashtag <COMMAND>"]),
        ("an unknown command", &["buy"], &["unrecognized subcommand 'buy'"]),
        ("an unknown option", &["check", "--offer", "x"], &["'--offer'", "'--offers'"]),
        ("a missing option", &["sell"], &["--offers <FILE>", "--accounts <FILE>", "--posts <FILE>"]),
        ("an unknown format", &["explain", "--format", "rss"], &["none of flashtag, x, bluesky, mastodon"]),
        ("no partition", &["sell", "--partitions", "0"], &["1..=64"]),
        ("an unknown clock", &["sell", "--clock", "sundial"], &["possible values: posts, wall"]),
        ("serve without a file", &["serve"], &["--config <FILE>"]),
        ("verify without a directory", &["verify"], &["--data <DIR>"]),
    ];
    for (sentence, arguments, message) in table {
        println!("{sentence}");
        let ran = flashtag(*arguments).must(2, message);
        assert_eq!(ran.out, "", "{sentence}: results alone go to standard output");
    }
}

#[test]
fn every_command_prints_the_version() {
    let version = format!("flashtag {}\n", env!("CARGO_PKG_VERSION"));
    flashtag(["--version"]).must(0, &[&version]);
    for (command, _) in OPTIONS {
        flashtag([command, "--version"]).must(0, &[env!("CARGO_PKG_VERSION")]);
    }
}
