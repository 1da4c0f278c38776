//! The tale: what is told of the posts, decisions and letters, and what is counted.

use std::collections::{HashMap, HashSet};

use ::networks::Post;

use super::cast::CAST;
use super::counts::{Counts, NetworkCounts};
use super::mailbox::Letter;
use super::narrator::{Narrator, Voice};
use super::people::{People, Person};
use super::place::Stage;
use super::shop_files::OFFER;
use crate::api::offer_view::OfferView;
use crate::domain::event::Event;
use crate::domain::id::{Account, Network, OfferId};

/// Units that come back of which it is told where they go.
const HEIRS_MAX: usize = 3;

/// Of the crowd, the story of the first in line is told too, and of one who is that far behind the number of units.
const TOO_FAR_BEHIND: u64 = 3;

/// What is told, and of whom.
pub(super) struct Tale {
    people: People,
    narrator: Narrator,
    counts: Counts,
    /// Whose story is told.
    featured: HashSet<Account>,
    heirs: usize,
    units: u64,
    /// Each post of a person.
    posts: HashMap<(Network, String), Said>,
    /// The shop's last words to everybody.
    announced: String,
}

/// A post of a person.
#[derive(Clone)]
struct Said {
    account: Account,
    text: String,
    at_ms: i64,
}

impl Tale {
    pub(super) fn new(stages: &[Stage], people: People, narrator: Narrator, units: u64) -> Self {
        let (mut counts, mut featured) = (Counts::default(), HashSet::new());
        for Stage { place, people: count, .. } in stages {
            counts.networks.insert(place.network, NetworkCounts::new(u64::from(*count)));
            let cast = CAST.iter().filter(|role| role.network == place.network);
            let handles = cast.map(|role| format!("{}{}", role.name, place.suffix()));
            featured.extend(handles.filter_map(|handle| people.account(place.network, &handle).cloned()));
        }
        let (posts, announced) = (HashMap::new(), String::new());
        Self { people, narrator, counts, featured, heirs: 0, units, posts, announced }
    }

    /// A person posted; anybody else is not counted.
    pub(super) fn person_posted(&mut self, network: Network, post: &Post) {
        let Some(account) = self.people.account(network, &post.author.handle).cloned() else { return };
        if let Some(counts) = self.counts.networks.get_mut(&network) {
            counts.posts += 1;
        }
        if self.featured.contains(&account) {
            self.narrator.say(Voice::Network(network), &format!("{}: {}", self.name(&account), post.text));
        }
        let said = Said { account, text: post.text.clone(), at_ms: post.at_ms };
        self.posts.insert((network, post.id.clone()), said);
    }

    pub(super) fn person_deleted(&self, network: Network, name: &str) {
        self.narrator.say(Voice::Network(network), &format!("@{name} deletes the post"));
    }

    pub(super) fn shop_announced(&mut self, network: Network, text: &str) {
        let words = if self.announced == text {
            "@kiosk says the same here".to_owned()
        } else {
            format!("@kiosk: {text}")
        };
        self.narrator.say(Voice::Network(network), &words);
        text.clone_into(&mut self.announced);
    }

    /// The shop replied to a post. Returns the name of its author.
    pub(super) fn shop_replied(&mut self, network: Network, parent: &str, reply: &Post) -> Option<String> {
        let Said { account, at_ms, .. } = self.posts.get(&(network, parent.to_owned())).cloned()?;
        self.counts.reply(network, parent, &reply.text, reply.at_ms - at_ms);
        let Person { name, .. } = self.people.of_account(&account)?;
        if self.featured.contains(&account) {
            // Some networks put the name before the text.
            let words = reply.text.trim_start_matches(&format!("@{name} "));
            self.narrator.say(Voice::Network(network), &format!("@kiosk to @{name}: {words}"));
        }
        Some(name.clone())
    }

    /// These events were decided together.
    pub(super) fn decided(&mut self, events: &[Event]) {
        let heir = events.iter().find_map(|event| match event {
            Event::Promoted { account, .. } => Some(account),
            _ => None,
        });
        for event in events {
            self.counts.event(event);
            match event {
                Event::Waitlisted { claim, place, .. } => self.waits(&claim.account, u64::from(*place)),
                Event::Expired { account, .. } => self.came_back(account, "said nothing more", heir),
                Event::Declined { account, .. } => {
                    self.came_back(account, "has a card that was declined", heir);
                }
                Event::Released { account, .. } => self.came_back(account, "gave it back", heir),
                Event::Sold { id, account, amount, .. } if self.featured.contains(account) => {
                    let order = OfferId::parse(OFFER).map(|offer| id.public(&offer)).unwrap_or_default();
                    let words = format!("{amount} from {}, for order {order}", self.name(account));
                    self.narrator.say(Voice::Card, &words);
                }
                Event::AccountSilenced { account, .. } => {
                    let words = format!("{} said STOP, and gets no more replies", self.name(account));
                    self.narrator.say(Voice::Sale, &words);
                }
                _ => {}
            }
        }
    }

    /// Tells the story of some who wait, from the claim on.
    fn waits(&mut self, account: &Account, place: u64) {
        let is_next = place == 1 && self.heirs == 0;
        if (is_next || place == self.units + TOO_FAR_BEHIND)
            && self.featured.insert(account.clone())
            && let Some(said) = self.posts.values().find(|said| said.account == *account)
        {
            let words = format!("{}: {}", self.name(account), said.text);
            self.narrator.say(Voice::Network(account.network), &words);
        }
    }

    /// Tells why a unit came back, and who has it now.
    fn came_back(&mut self, account: &Account, why: &str, heir: Option<&Account>) {
        let is_told = heir.is_some() && self.heirs < HEIRS_MAX;
        let next = match heir {
            Some(heir) if is_told => {
                self.heirs += 1;
                self.featured.insert(heir.clone());
                format!("goes to the next in line, {}", self.person(heir))
            }
            Some(_) => "goes to the next in line".to_owned(),
            None => "is on sale again".to_owned(),
        };
        if is_told || self.featured.contains(account) {
            let words = format!("{} {why}: the unit {next}", self.person(account));
            self.narrator.say(Voice::Sale, &words);
        }
    }

    pub(super) fn delivered(&self, letter: &Letter) {
        let Letter { to, subject } = letter;
        let is_to = |person: &Person| *to == format!("{}@{}.example", person.name, person.network);
        if self.featured.iter().filter_map(|account| self.people.of_account(account)).any(is_to) {
            self.narrator.say(Voice::Letter, &format!("to {to}: {subject}"));
        }
    }

    /// The shop is about to close the sale.
    pub(super) fn closes(&self, offer: &OfferView) {
        let words = format!("`flashtag close`: {} people in line are told that it is over", offer.waiting);
        self.narrator.say(Voice::Sale, &words);
    }

    /// Shows how far the sale is.
    pub(super) fn show(&self, offer: &OfferView) {
        let sum = |of: fn(&NetworkCounts) -> u64| self.counts.networks.values().map(of).sum::<u64>();
        let OfferView { sold, allotment, reserved, waiting, .. } = offer;
        let (posts, replies) = (sum(|network| network.posts), sum(|network| network.replies));
        self.narrator.show(&format!(
            "{sold} of {allotment} sold, {reserved} reserved, {waiting} wait; {posts} posts, {replies} replies"
        ));
    }

    /// The name of a person, as posts mention it.
    fn name(&self, account: &Account) -> String {
        self.people.of_account(account).map(|person| format!("@{}", person.name)).unwrap_or_default()
    }

    /// A person with the network, as names are the same at several.
    fn person(&self, account: &Account) -> String {
        format!("{} on {}", self.name(account), account.network.facts().title)
    }

    /// Ends the tale. Returns what was counted.
    pub(super) fn end(self) -> Counts {
        self.narrator.finish();
        self.counts
    }
}
