//! Private files: what the program writes only its owner may read, and a secret that others can read is refused.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::serve::{CONFIG, Running, post_by, serve, shop_with};
use super::{ACCOUNTS, OFFERS, POSTS, Ran, Sale, flashtag};
use crate::crash::poll;

/// The program under a umask that takes no permission away.
fn careless(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_flashtag")]).args(arguments);
    command
}

/// Asserts that others may do nothing with anything below a directory, or with itself. Returns the names.
fn assert_private(path: &Path) -> Vec<String> {
    let found = std::fs::metadata(path).expect("it is there");
    let expected = if found.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(found.permissions().mode() & 0o7777, expected, "{} has another mode", path.display());
    let mut names = vec![path.display().to_string()];
    if found.is_dir() {
        for entry in std::fs::read_dir(path).expect("it can be listed") {
            names.extend(assert_private(&entry.expect("it can be listed").path()));
        }
    }
    names
}

#[test]
fn a_server_writes_private_files_whatever_the_umask_is() {
    let sale = shop_with(&format!("{CONFIG}[subscribers]\nhistory = \"history.ndjson\"\n"));
    let config = sale.path("flashtag.toml").display().to_string();
    let engine = Running::of(careless(&["serve", "--config", &config]));
    let posts = post_by(42, "ana", 1, "#BuyKindle") + &post_by(42, "ana", 2, "#ConfirmKindle");
    assert_eq!(engine.post(&posts).0, 200);
    poll(|| sale.path("data/orders.ndjson").metadata().is_ok_and(|file| file.len() > 0), |there| *there);
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    let names = assert_private(&sale.path("data")).join("\n");
    for name in [
        ".seg",
        ".snap",
        "watermark",
        "lock",
        "instance",
        "mode",
        "link-key",
        "ops.sqlite",
        "secrets",
        "secrets.key",
        "cards.ndjson",
        "replies.ndjson",
        "orders.ndjson",
        "history.ndjson",
        "mail/new/",
        "control/",
    ] {
        assert!(names.contains(name), "{name} was not written:\n{names}");
    }
}

#[test]
fn a_sale_writes_private_files_whatever_the_umask_is() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let path = |name: &str| sale.path(name).display().to_string();
    for clock in ["posts", "wall"] {
        let (offers, accounts, posts, out) = (
            path("offers.toml"),
            path("accounts.ndjson"),
            path("posts.ndjson"),
            path(&format!("out/{clock}")),
        );
        let arguments = [
            "sell",
            "--offers",
            &offers,
            "--accounts",
            &accounts,
            "--posts",
            &posts,
            "--clock",
            clock,
            "--out",
            &out,
        ];
        Ran::of(careless(&arguments).stdin(Stdio::null()).output().expect("sh runs")).must(0, &[]);
        let names = assert_private(&sale.path("out")).join("\n");
        for name in ["outcomes.ndjson", "effects.ndjson", "summary.json", "made-by-flashtag", ".seg"] {
            assert!(names.contains(name), "{name} was not written:\n{names}");
        }
    }
}

#[test]
fn a_secret_that_others_can_read_is_refused_with_what_to_do() {
    let tokens = "0123456789abcdef0123456789abcdef\n";
    let key = format!("{}\n", "0f".repeat(32));
    let sealing = format!("secrets_key_file = \"sealing\"\n{CONFIG}");
    for (name, config, content) in [
        ("tokens", format!("{CONFIG}token_file = \"tokens\"\n"), tokens),
        ("keys", format!("{CONFIG}link_key_file = \"keys\"\n"), &key),
        ("sealing", sealing, &key),
    ] {
        for (mode, good) in [
            (0o600, true),
            (0o400, true),
            (0o700, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
            (0o644, false),
            (0o666, false),
            (0o601, false),
        ] {
            let sale = shop_with(&config);
            sale.write(name, content);
            let path = sale.path(name);
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
            if good {
                assert_eq!(Running::start(&sale).stop("-TERM").0, Some(0), "{name} {mode:o}");
                continue;
            }
            let path = path.display().to_string();
            let config = sale.path("flashtag.toml").display().to_string();
            flashtag(["check", "--config", &config]).must(78, &["may be read by other users"]);
            let advice = format!("run: chmod 600 {path}");
            let ran = serve(&sale, &[])
                .must(78, &["may be read by other users", &format!("(mode {mode:04o})"), &advice]);
            assert!(!ran.err.contains(content.trim()), "the secret is shown");
            if name == "tokens" {
                flashtag(["pause", "--all", "--server", "http://127.0.0.1:9", "--token-file", &path])
                    .must(78, &["may be read by other users", &advice]);
            }
        }
    }
}

#[test]
fn a_password_in_a_configuration_that_others_can_read_is_told() {
    let with = |email: &str| {
        shop_with(&format!("{CONFIG}[providers]\nemail_from = \"a@shop.example\"\nemail = \"{email}\"\n"))
    };
    let sale = with("smtp://ana:hunter2@127.0.0.1:9");
    std::fs::set_permissions(sale.path("flashtag.toml"), Permissions::from_mode(0o644)).expect("it is ours");
    let told = "the configuration has a password, and";
    let engine = Running::start(&sale);
    assert!(engine.words.contains(told) && !engine.words.contains("hunter2"), "{}", engine.words);
    drop(engine);
    std::fs::set_permissions(sale.path("flashtag.toml"), Permissions::from_mode(0o600)).expect("it is ours");
    assert!(!Running::start(&sale).words.contains(told));
    let open = with("smtp://127.0.0.1:9");
    std::fs::set_permissions(open.path("flashtag.toml"), Permissions::from_mode(0o644)).expect("it is ours");
    assert!(!Running::start(&open).words.contains(told), "there is no password");
}

#[test]
fn files_of_an_earlier_release_that_others_can_read_are_told() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    assert!(!engine.words.contains("may be read by other users"), "{}", engine.words);
    engine.stop("-TERM");
    std::fs::set_permissions(sale.path("data/journal"), Permissions::from_mode(0o755)).expect("it is ours");
    let engine = Running::start(&sale);
    let advice = format!("chmod -R go-rwx {}", sale.path("data/journal").display());
    assert!(engine.words.contains(&advice), "{}", engine.words);
}
