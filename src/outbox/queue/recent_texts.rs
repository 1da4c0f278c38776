//! What was said last: networks take a text that is said twice in a row for a mistake, and drop it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

use crate::domain::id::{Account, Network};
use crate::words::announcement::fits;

/// So many variants of one text may be under way at once; beyond, only the texts said last count.
const VARIANTS_MOST: usize = 64;

/// The texts that must not be said next, as hashes: of each network the one said last there and those
/// that are under way or wait to be tried again, and of each recipient the one that it was told last.
#[derive(Debug)]
pub(super) struct RecentTexts {
    networks: BTreeMap<Network, RecentText>,
    recipients: Recipients,
}

#[derive(Debug, Default)]
struct RecentText {
    last: Option<u64>,
    /// How many effects that are not done have this text. A lane's order is not its network's: what is
    /// under way together may arrive in a row.
    open: HashMap<u64, usize, foldhash::fast::FixedState>,
}

impl RecentTexts {
    /// Remembers so many recipients, or nearly.
    pub(super) fn new(recipients: usize) -> Self {
        Self { networks: BTreeMap::new(), recipients: Recipients::new(recipients) }
    }

    /// The text, or a variant of it that may be said now. It counts as said and as open.
    pub(super) fn say(&mut self, network: Network, to: Option<&Account>, text: String) -> String {
        let text = self.varied(network, to, text);
        let said = self.networks.entry(network).or_default();
        *said.open.entry(hash(text.as_str())).or_default() += 1;
        self.say_again(network, to, &text);
        text
    }

    /// Notes that an open text is said once more.
    pub(super) fn say_again(&mut self, network: Network, to: Option<&Account>, text: &str) {
        let text = hash(text);
        self.networks.entry(network).or_default().last = Some(text);
        if let Some(account) = to {
            self.recipients.told(hash(account), text);
        }
    }

    /// Notes that the effect of a text is done, or given up.
    pub(super) fn close(&mut self, network: Network, text: &str) {
        let (open, text) = (&mut self.networks.entry(network).or_default().open, hash(text));
        if let Some(count) = open.get_mut(&text) {
            *count -= 1;
            if *count == 0 {
                open.remove(&text);
            }
        }
    }

    fn varied(&self, network: Network, to: Option<&Account>, text: String) -> String {
        let said = self.networks.get(&network);
        let last = said.and_then(|said| said.last);
        let told = to.and_then(|account| self.recipients.last(hash(account)));
        let open = |text: u64| said.is_some_and(|said| said.open.contains_key(&text));
        let repeats = |text: u64| last == Some(text) || told == Some(text);
        let free = |text: &str| !repeats(hash(text)) && !open(hash(text));
        if free(&text) {
            return text;
        }
        let varied = (2..=VARIANTS_MOST).find_map(|number| vary(network, &text, number, free));
        let at_least = || {
            let unlike_the_last = |text: &str| !repeats(hash(text));
            (2..=4).find_map(|number| vary(network, &text, number, unlike_the_last))
        };
        varied.or_else(at_least).unwrap_or(text)
    }
}

/// The text with a number behind it, if that may be said. It loses its last words where the network
/// would not take it otherwise.
fn vary(network: Network, text: &str, number: usize, free: impl Fn(&str) -> bool) -> Option<String> {
    let mut kept = text;
    loop {
        let varied = format!("{kept} ({number})");
        // Counting a text takes longer than looking it up.
        if !free(&varied) {
            return None;
        }
        if fits(network, &varied) {
            return Some(varied);
        }
        kept = kept.trim_end().rsplit_once(char::is_whitespace)?.0;
    }
}

/// The same on every machine, so that a replay says the same words.
fn hash(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// The last text of each recipient, the latest of them: two halves, of which the older one is
/// forgotten when the younger one is full.
#[derive(Debug)]
struct Recipients {
    half: usize,
    young: HashMap<u64, u64, foldhash::fast::FixedState>,
    old: HashMap<u64, u64, foldhash::fast::FixedState>,
}

impl Recipients {
    fn new(most: usize) -> Self {
        Self { half: most.div_ceil(2).max(1), young: HashMap::default(), old: HashMap::default() }
    }

    fn last(&self, recipient: u64) -> Option<u64> {
        self.young.get(&recipient).or_else(|| self.old.get(&recipient)).copied()
    }

    fn told(&mut self, recipient: u64, text: u64) {
        if self.young.len() >= self.half && !self.young.contains_key(&recipient) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(recipient, text);
    }
}
