//! Recent texts: networks drop a text that repeats the previous one, so no two replies in a row are the same.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

use crate::domain::id::{Account, Network};
use crate::words::announcement::fits;

/// Upper bound on the variants of one text that are open at once. Beyond it, only the latest texts count.
const VARIANTS_MOST: usize = 64;

/// The texts that must not be sent next, as hashes: for each network its latest text and its open texts, and
/// for each recipient the latest text sent there. A text is open from its first attempt until its effect is
/// done.
#[derive(Debug)]
pub(super) struct RecentTexts {
    networks: BTreeMap<Network, NetworkTexts>,
    recipients: Recipients,
}

#[derive(Debug, Default)]
struct NetworkTexts {
    latest: Option<u64>,
    /// Number of effects that have each open text. Attempts may arrive at the network in another order than
    /// they left the lane, so any two that are under way together may arrive in a row.
    open: HashMap<u64, usize, foldhash::fast::FixedState>,
}

impl RecentTexts {
    /// Remembers up to about `recipients` recipients.
    pub(super) fn new(recipients: usize) -> Self {
        Self { networks: BTreeMap::new(), recipients: Recipients::new(recipients) }
    }

    /// Opens the text, or the first variant that may be sent now.
    pub(super) fn open(&mut self, network: Network, to: Option<&Account>, text: String) -> String {
        let text = self.varied(network, to, text);
        let texts = self.networks.entry(network).or_default();
        *texts.open.entry(hash(text.as_str())).or_default() += 1;
        self.repeat(network, to, &text);
        text
    }

    /// Records that an open text is sent once more.
    pub(super) fn repeat(&mut self, network: Network, to: Option<&Account>, text: &str) {
        let text = hash(text);
        self.networks.entry(network).or_default().latest = Some(text);
        if let Some(account) = to {
            self.recipients.insert(hash(account), text);
        }
    }

    /// Closes an open text, because its effect is done or given up.
    pub(super) fn close(&mut self, network: Network, text: &str) {
        let open = &mut self.networks.entry(network).or_default().open;
        let text = hash(text);
        if let Some(count) = open.get_mut(&text) {
            *count -= 1;
            if *count == 0 {
                open.remove(&text);
            }
        }
    }

    fn varied(&self, network: Network, to: Option<&Account>, text: String) -> String {
        let texts = self.networks.get(&network);
        let latest = texts.and_then(|texts| texts.latest);
        let received = to.and_then(|account| self.recipients.latest(hash(account)));
        let is_open = |text: u64| texts.is_some_and(|texts| texts.open.contains_key(&text));
        let repeats = |text: u64| latest == Some(text) || received == Some(text);
        let free = |text: &str| !repeats(hash(text)) && !is_open(hash(text));
        if free(&text) {
            return text;
        }
        let varied = (2..=VARIANTS_MOST).find_map(|number| vary(network, &text, number, free));
        let unlike_the_latest = || {
            let unlike = |text: &str| !repeats(hash(text));
            (2..=4).find_map(|number| vary(network, &text, number, unlike))
        };
        varied.or_else(unlike_the_latest).unwrap_or(text)
    }
}

/// The text with a number appended, if that variant is free. Its last words are cut where the network would
/// not accept it otherwise.
fn vary(network: Network, text: &str, number: usize, free: impl Fn(&str) -> bool) -> Option<String> {
    let mut kept = text;
    loop {
        let varied = format!("{kept} ({number})");
        // Counting a text's length takes longer than looking it up.
        if !free(&varied) {
            return None;
        }
        if fits(network, &varied) {
            return Some(varied);
        }
        kept = kept.trim_end().rsplit_once(char::is_whitespace)?.0;
    }
}

/// The hash is the same on every machine, so that a replay produces the same texts.
fn hash(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// The latest text of each recipient, in two generations: the older one is forgotten when the younger one is
/// full.
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

    fn latest(&self, recipient: u64) -> Option<u64> {
        self.young.get(&recipient).or_else(|| self.old.get(&recipient)).copied()
    }

    fn insert(&mut self, recipient: u64, text: u64) {
        if self.young.len() >= self.half && !self.young.contains_key(&recipient) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(recipient, text);
    }
}
