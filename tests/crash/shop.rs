//! A shop in a directory of its own: the files that `flashtag serve` is started with.

use std::fmt::Write as _;
use std::path::PathBuf;

use flashtag::clock::Clock;
use flashtag::domain::time::Millis;
use tempfile::TempDir;

/// What a test wants to sell.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    /// The offer's name, of small letters; its tags are `Buy`, `Confirm` and `Cancel` before it.
    pub(crate) id: &'static str,
    pub(crate) units: u32,
    pub(crate) confirm_within: Millis,
}

impl Sale {
    pub(crate) fn new(id: &'static str, units: u32, confirm_within_s: u32) -> Self {
        Self { id, units, confirm_within: Millis::from_secs(confirm_within_s) }
    }

    pub(crate) fn is_one_step(&self) -> bool {
        self.confirm_within == Millis::ZERO
    }
}

/// The directory with all files, gone when the test is over.
pub(crate) struct Shop {
    place: TempDir,
    pub(crate) sales: Vec<Sale>,
}

impl Shop {
    /// A shop whose accounts have these cards: the first is that of author 1. Its segments are small, so
    /// that there are several.
    pub(crate) fn open(sales: &[Sale], partitions: u32, cards: impl IntoIterator<Item = String>) -> Self {
        let place = tempfile::tempdir().expect("a directory for the test");
        let shop = Self { place, sales: sales.to_vec() };
        let config = format!(
            "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\
             partitions = {partitions}\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [replies]\nx = \"unpaced\"\n[limits]\nsegment_bytes = \"1 MiB\"\ngroup_bytes = \"256 KiB\"\nsnapshot_every = \"1 MiB\"\n"
        );
        let mut accounts = String::new();
        for (author, card) in (1..).zip(cards) {
            let written = writeln!(accounts, "{}", account(author, &card));
            written.expect("a string takes it");
        }
        for (name, text) in
            [("serve.toml", config), ("offers.toml", offers(sales)), ("accounts.ndjson", accounts)]
        {
            std::fs::write(shop.place.path().join(name), text).expect("the test's files are written");
        }
        shop
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.place.path().join("serve.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// The lines of a file in the data directory.
    pub(crate) fn lines(&self, name: &str) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.data().join(name)).expect("the engine wrote it");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

fn account(author: u32, card: &str) -> String {
    format!(
        r#"{{"network":"x","author_id":"{author}","card":{{"token":"{card}","brand":"amex","funding":"credit","last4":"1005"}},"email":"{author}@example.com","region":"US-NY"}}"#
    )
}

fn offers(sales: &[Sale]) -> String {
    let now = Clock::start().now();
    let opens = flashtag::domain::time::Timestamp::from_ms(now.ms() - 3_600_000);
    let closes = now.plus(Millis::from_secs(30 * 86_400));
    let mut text = "[shop]\nname = \"Crash\"\naccounts = { x = \"900100\" }\n".to_owned();
    for Sale { id, units, confirm_within } in sales {
        let confirm = if *confirm_within == Millis::ZERO {
            String::new()
        } else {
            format!(", confirm = \"Confirm{id}\", cancel = \"Cancel{id}\"")
        };
        let limit = units.min(&1000);
        let written = write!(
            text,
            "[[offer]]\nid = \"{id}\"\nkind = \"purchase\"\ntitle = \"{id}\"\n\
             tags = {{ buy = \"Buy{id}\"{confirm} }}\n\
             price = \"10.00 USD\"\ntax = \"8.875%\"\nunits = {units}\n\
             opens = \"{opens}\"\ncloses = \"{closes}\"\nconfirm_within = \"{confirm_within}\"\n\
             late_grace = \"0s\"\nprompt_patience = \"0s\"\nmax_lateness = \"48h\"\n\
             limit_per_account = {limit}\nwaitlist = true\n"
        );
        written.expect("a string takes it");
    }
    text
}
