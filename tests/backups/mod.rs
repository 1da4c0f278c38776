//! Backups: what is restored sells on, charges nobody twice, and knows nobody who was erased since.

mod drill;
mod interrupted;
mod quarantined;
mod retention;
pub(crate) mod trial;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flashtag::clock::Clock;
use serde_json::{Value, json};

use self::trial::judge;
use crate::crash::server::{Http, Server, binary};
use crate::crash::shop::{Sale, Shop};
use crate::run_budget::{RunBudget, from_env};

/// The exit code of a command, and what it said.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// Asserts the exit code and the words of both outputs.
    fn must(self, code: i32, words: &[&str]) -> Self {
        let said = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, Some(code), "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{word:?} is not in {said}"));
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("JSON: {}", self.out))
    }
}

/// Runs a command of the binary to its end.
fn flashtag<const N: usize>(words: [&str; N]) -> Ran {
    let output = Command::new(binary()).args(words).output().expect("the binary is there");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

/// A shop with a directory of backups.
struct BackedUp {
    shop: Shop,
}

impl BackedUp {
    fn open() -> Self {
        // People are linked while the server runs; one account is in the accounts file.
        let shop = Shop::open(&[Sale::new("kindle", 50, 900)], 1, ["tok_filed".to_owned()]);
        let config = fs::read_to_string(shop.config()).expect("it is there");
        fs::write(shop.config(), format!("backups = \"backups\"\n{config}")).expect("it is written");
        Self { shop }
    }

    fn backups(&self) -> PathBuf {
        self.shop.config().with_file_name("backups")
    }

    /// The configuration of a server in another data directory, with the same backups.
    fn config_for(&self, data: &Path) -> PathBuf {
        let config = fs::read_to_string(self.shop.config()).expect("it is there");
        let own = format!("data = \"{}\"", self.shop.data().display());
        assert!(config.contains(&own), "{config}");
        let path = self.shop.config().with_file_name("restored.toml");
        fs::write(&path, config.replace(&own, &format!("data = \"{}\"", data.display())))
            .expect("it is written");
        path
    }

    /// Opens a restored directory, and starts a server in it.
    fn open_restored(&self, data: &Path) -> Server {
        let config = self.config_for(data);
        flashtag(["open", "--config", text(&config)]).must(0, &["not in this directory: what was", "opened"]);
        Server::start(&config)
    }

    /// The configuration of a server in a directory beside the original, which has no backups.
    fn config_beside(&self, data: &Path) -> PathBuf {
        let path = self.config_for(data);
        let config = fs::read_to_string(&path).expect("it is there");
        fs::write(&path, config.replace("backups = \"backups\"\n", "")).expect("it is written");
        path
    }

    /// Makes a backup of the running server, and returns its directory.
    fn back_up(&self, http: &Http) -> PathBuf {
        let made = flashtag(["backup", "--server", http.base()]).must(0, &["positions"]).json();
        PathBuf::from(made["backup"].as_str().expect("a path"))
    }

    /// Makes a backup of the data directory while nobody uses it.
    fn back_up_stopped(&self) -> PathBuf {
        let (data, backups) = (self.shop.data(), self.backups());
        let made = flashtag(["backup", "--data", text(&data), "--to", text(&backups)])
            .must(0, &["positions"])
            .json();
        PathBuf::from(made["backup"].as_str().expect("a path"))
    }
}

/// Posts as an author, and returns the outcome.
fn post(http: &Http, id: u32, author: u32, words: &str) -> String {
    let line = json!({
        "network": "x", "id": format!("70000{id}"), "author": {"id": author.to_string(), "handle": "a"},
        "posted_at": Clock::start().now().to_string(), "text": words,
    });
    let answers = http.post(&line.to_string()).expect("an answer");
    answers.first().expect("an answer")["outcome"].as_str().expect("an outcome").to_owned()
}

/// Claims a unit and confirms it.
fn buy(http: &Http, author: u32) {
    assert_eq!(post(http, author * 10, author, "#Buykindle"), "reserved");
    assert_eq!(post(http, author * 10 + 1, author, "#Confirmkindle"), "confirmed");
    http.wait_until_all_is_done();
}

#[test]
fn whatever_is_erased_backed_up_and_restored_nobody_comes_back() {
    let mut budget = RunBudget::of("backups", 40, 2_000);
    let first = from_env("FLASHTAG_FIRST_SEED").unwrap_or(1);
    for seed in first..first + budget.wanted {
        if let Err(words) = judge(seed) {
            panic!("seed {seed}: {words}");
        }
        budget.step();
    }
    budget.report("sequences of erasures, backups and restores; nobody who was erased came back");
}
