//! A shop in its own directory: the files that `flashtag serve` needs.

use std::fmt::Write as _;
use std::path::PathBuf;

use flashtag::clock::Clock;
use flashtag::domain::time::Millis;
use tempfile::TempDir;

use super::server::assert_verified_by;
use crate::books;

/// An offer of a test.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    /// The offer's name in lower case; its tags are `Buy`, `Confirm` and `Cancel` followed by it.
    pub(crate) id: &'static str,
    pub(crate) units: u32,
    pub(crate) confirm_within: Millis,
    /// How long after a deadline a post from before it may still arrive.
    pub(crate) late_grace: Millis,
}

impl Sale {
    pub(crate) fn new(id: &'static str, units: u32, confirm_within_s: u32) -> Self {
        let confirm_within = Millis::from_secs(confirm_within_s);
        Self { id, units, confirm_within, late_grace: Millis::ZERO }
    }

    pub(crate) fn is_one_step(&self) -> bool {
        self.confirm_within == Millis::ZERO
    }
}

/// The directory with all files; it is deleted after the test.
pub(crate) struct Shop {
    place: TempDir,
    /// The engine's data directory.
    data: PathBuf,
    pub(crate) sales: Vec<Sale>,
}

impl Shop {
    /// Creates a shop whose accounts have these cards, from author 1 on. Its segments are small, so that
    /// there are several.
    pub(crate) fn open(sales: &[Sale], partitions: u32, cards: impl IntoIterator<Item = String>) -> Self {
        let place = tempfile::tempdir().expect("a directory for the test");
        let data = place.path().join("data");
        Self { place, data, sales: sales.to_vec() }.with_files(partitions, cards, "")
    }

    /// Creates a shop with its data on another disk, which may fail. The card provider and the network keep
    /// their files elsewhere.
    pub(crate) fn open_on(
        data: PathBuf,
        sales: &[Sale],
        partitions: u32,
        cards: impl IntoIterator<Item = String>,
    ) -> Self {
        let place = tempfile::tempdir().expect("a directory for the test");
        let books = place.path().display();
        let providers = format!(
            "[providers]\ncards = \"sandbox:{books}/cards.ndjson\"\nreplies = \"file:{books}/replies.ndjson\"\n"
        );
        Self { place, data, sales: sales.to_vec() }.with_files(partitions, cards, &providers)
    }

    fn with_files(self, partitions: u32, cards: impl IntoIterator<Item = String>, providers: &str) -> Self {
        let config = format!(
            "data = \"{}\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\
             partitions = {partitions}\n[http]\nlisten = \"127.0.0.1:0\"\n{providers}\
             [replies]\nx = \"unpaced\"\n[limits]\nsegment_bytes = \"1 MiB\"\ngroup_bytes = \"256 KiB\"\nsnapshot_every = \"1 MiB\"\n",
            self.data.display()
        );
        let mut accounts = String::new();
        for (author, card) in (1..).zip(cards) {
            let written = writeln!(accounts, "{}", account(author, &card));
            written.expect("a string takes it");
        }
        for (name, text) in
            [("serve.toml", config), ("offers.toml", offers(&self.sales)), ("accounts.ndjson", accounts)]
        {
            std::fs::write(self.place.path().join(name), text).expect("the test's files are written");
        }
        self
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.place.path().join("serve.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// The path of a file of the engine or of a provider.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let book = self.place.path().join(name);
        if book.exists() { book } else { self.data.join(name) }
    }

    /// The parsed lines of such a file.
    pub(crate) fn lines(&self, name: &str) -> Vec<serde_json::Value> {
        let book = self.file(name);
        assert!(book.exists(), "{} was never written", book.display());
        books::lines(&book)
    }

    /// Asserts that the history and the provider's files keep all promises.
    pub(crate) fn assert_verified(&self, strict: bool) {
        assert_verified_by(&self.data, &self.file("cards.ndjson"), strict);
    }
}

/// The line of an account in the accounts file.
pub(crate) fn account(author: u32, card: &str) -> String {
    format!(
        r#"{{"network":"x","author_id":"{author}","card":{{"token":"{card}","brand":"amex","funding":"credit","last4":"1005"}},"email":"{author}@example.com","region":"US-NY"}}"#
    )
}

fn offers(sales: &[Sale]) -> String {
    let now = Clock::start().now();
    // Clocks that are set back by a day show times of the sale, too.
    let opens = flashtag::domain::time::Timestamp::from_ms(now.ms() - 2 * 86_400_000);
    let closes = now.plus(Millis::from_secs(30 * 86_400));
    let mut text = "[shop]\nname = \"Crash\"\naccounts = { x = \"900100\" }\n".to_owned();
    for Sale { id, units, confirm_within, late_grace } in sales {
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
             late_grace = \"{late_grace}\"\nprompt_patience = \"0s\"\nmax_lateness = \"48h\"\n\
             limit_per_account = {limit}\nwaitlist = true\n"
        );
        written.expect("a string takes it");
    }
    text
}
