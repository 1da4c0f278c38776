//! The play: people post at the networks, the shop answers there, and both are told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ::networks::Post;

use super::cast::{CAST, CROWD_COMES_MS};
use super::counts::{Counts, NetworkCounts};
use super::history_tail::HistoryTail;
use super::mailbox::{Letter, Mailbox};
use super::narrator::{Narrator, Voice};
use super::people::{People, Person};
use super::place::Stage;
use super::script::Script;
use super::serving::ShopClient;
use super::shop_files::{OFFER, ShopFiles};
use crate::api::offer_view::OfferView;
use crate::cli::fail::Fail;
use crate::clock::Clock;
use crate::domain::event::Event;
use crate::domain::id::{Account, Network, OfferId};

/// How often people and shop are looked at.
const STEP: Duration = Duration::from_millis(20);

/// Steps between two looks at the offer.
const OFFER_STEPS: u64 = 15;

/// Upper bounds on the wait for the networks to be read, and on the sale, in milliseconds.
const READ_PATIENCE_MS: i64 = 30_000;
const PATIENCE_MS: i64 = 90_000;

/// How long what the shop has to say is waited for, in milliseconds: X allows 100 posts in 15 minutes, and what exceeds them
/// stays behind. It is longer than a refusal waits.
const SETTLE_MS: i64 = 12_000;

/// Upper bound on posts that are read in one step.
const POSTS_MAX: usize = 1_000;

/// Units that come back of which it is told where they go.
const HEIRS_MAX: usize = 3;

/// Of the crowd, the story of the first in line is told too, and of one who is that far behind the number of units.
const TOO_FAR_BEHIND: u64 = 3;

/// A running play.
pub(super) struct Play {
    stages: [Stage; 3],
    people: People,
    narrator: Narrator,
    script: Script,
    history: HistoryTail,
    mailbox: Mailbox,
    counts: Counts,
    /// Whose story is told.
    featured: HashSet<Account>,
    heirs: usize,
    units: u64,
    /// Each post of a person.
    posts: HashMap<(Network, String), Said>,
    /// The shop's last words to everybody.
    announced: String,
    /// The shop's posts that are told in the next step: what is decided stands before the reply.
    said_by_shop: Vec<(usize, Post)>,
    /// Where the crowd has heard of the sale.
    heard: HashSet<Network>,
    /// Whether the shop has closed the sale.
    is_closed: bool,
    /// Since when nobody acts.
    quiet_since_ms: Option<i64>,
}

/// A post of a person.
#[derive(Clone)]
struct Said {
    account: Account,
    text: String,
    at_ms: i64,
}

impl Play {
    pub(super) fn new(
        stages: [Stage; 3],
        people: People,
        narrator: Narrator,
        shop: &ShopFiles,
        units: u64,
    ) -> Self {
        let (mut counts, mut featured) = (Counts::default(), HashSet::new());
        for Stage { place, people: count, .. } in &stages {
            let cast: Vec<_> = CAST.iter().filter(|role| role.network == place.network).collect();
            counts.networks.insert(place.network, NetworkCounts::new(u64::from(*count)));
            let handles = cast.iter().map(|role| format!("{}{}", role.name, place.suffix()));
            featured.extend(handles.filter_map(|handle| people.account(place.network, &handle).cloned()));
        }
        Self {
            stages,
            people,
            narrator,
            script: Script::default(),
            history: HistoryTail::new(shop.data().join("history.ndjson")),
            mailbox: Mailbox::new(&shop.data().join("mail")),
            counts,
            featured,
            heirs: 0,
            units,
            posts: HashMap::new(),
            announced: String::new(),
            said_by_shop: Vec::new(),
            heard: HashSet::new(),
            is_closed: false,
            quiet_since_ms: None,
        }
    }

    /// Waits until the shop reads every network. A stream shows that it is open by what comes, so somebody talks.
    pub(super) fn wait_until_all_is_read(&self, shop: &ShopClient, clock: &Clock) -> Result<(), Fail> {
        let started_ms = clock.now().ms();
        loop {
            let unread = shop.unread_networks()?;
            let now_ms = clock.now().ms();
            match unread.first() {
                None => return Ok(()),
                Some(why) if now_ms - started_ms > READ_PATIENCE_MS => {
                    return Err(Fail::new(
                        69,
                        format!("the shop does not read a stand-in: {why}; its log is serve.log"),
                    ));
                }
                Some(_) => {}
            }
            for Stage { place, .. } in &self.stages {
                let handle = format!("passerby{}", place.suffix());
                place.visit(|society| {
                    society.join(&handle, now_ms);
                    society.post(&handle, "What a day", None, now_ms)
                });
            }
            std::thread::sleep(STEP * 10);
        }
    }

    /// From now on much goes wrong at the networks.
    pub(super) fn break_networks(&self) {
        self.stages.iter().for_each(|stage| stage.place.break_down());
    }

    /// Plays until nobody waits for anything. Returns whether it came to that.
    pub(super) fn run(&mut self, shop: &ShopClient, clock: &Clock) -> Result<bool, Fail> {
        let started_ms = clock.now().ms();
        for step in 0.. {
            let now_ms = clock.now().ms();
            self.step(now_ms)?;
            if step % OFFER_STEPS == 0 {
                let offer = shop.offer()?;
                if !self.heard.is_empty() {
                    self.narrator.show(&progress(&offer, &self.counts));
                }
                if self.is_settled(&offer, shop, now_ms)? {
                    if self.is_closed {
                        return Ok(true);
                    }
                    self.close_sale(&offer, shop)?;
                }
            }
            if now_ms - started_ms > PATIENCE_MS {
                return Ok(false);
            }
            std::thread::sleep(STEP);
        }
        Ok(false)
    }

    /// Whether nobody waits for anything: for the close of the sale, or for its end.
    fn is_settled(&mut self, offer: &OfferView, shop: &ShopClient, now_ms: i64) -> Result<bool, Fail> {
        let is_quiet =
            if self.is_closed { offer.waiting == 0 } else { offer.reserved == 0 && self.is_over() };
        if !is_quiet {
            self.quiet_since_ms = None;
            return Ok(false);
        }
        let since_ms = *self.quiet_since_ms.get_or_insert(now_ms);
        Ok(now_ms - since_ms > SETTLE_MS || shop.pending()? == 0)
    }

    fn close_sale(&mut self, offer: &OfferView, shop: &ShopClient) -> Result<(), Fail> {
        let words = format!("`flashtag close`: {} people in line are told that it is over", offer.waiting);
        self.narrator.say(Voice::Sale, &words);
        shop.close()?;
        (self.is_closed, self.quiet_since_ms) = (true, None);
        Ok(())
    }

    /// Whether everybody has acted.
    fn is_over(&self) -> bool {
        self.heard.len() == self.stages.len()
            && self.script.is_over()
            && self.stages.iter().all(|stage| stage.crowd.next_at_ms().is_none())
    }

    /// Reads what was posted, does what is due, and reads what was decided.
    fn step(&mut self, now_ms: i64) -> Result<(), Fail> {
        let read =
            |stage: &Stage| stage.place.visit(|society| society.posts_since(stage.position, POSTS_MAX));
        let posts = self.stages.each_ref().map(read);
        let records = self.history.new_records()?;
        for (index, posts) in posts.iter().enumerate() {
            self.hear_people(index, posts);
        }
        for events in records {
            self.decided(&events);
        }
        for (index, post) in std::mem::take(&mut self.said_by_shop) {
            self.hear_shop(index, &post);
        }
        for (index, posts) in posts.into_iter().enumerate() {
            self.said_by_shop.extend(posts.iter().cloned().map(|post| (index, post)));
            self.act(index, posts, now_ms);
        }
        for letter in self.mailbox.new_letters() {
            self.delivered(&letter);
        }
        Ok(())
    }

    fn act(&mut self, index: usize, mut posts: Vec<Post>, now_ms: i64) {
        let Some(Stage { place, crowd, position, .. }) = self.stages.get_mut(index) else { return };
        *position = posts.last().map_or(*position, |post| post.position);
        let shop = place.shop_handle();
        for post in posts.iter_mut().filter(|post| post.reply_to.is_none() && post.author.handle == shop) {
            // The crowd hears of the sale when those whose story is told have begun.
            post.at_ms += CROWD_COMES_MS;
        }
        let acts = crowd.act(&posts, now_ms);
        place.visit(|society| acts.iter().filter(|act| act.perform(society, now_ms)).count());
        let network = place.network;
        for name in self.script.act(place, now_ms) {
            self.narrator.say(Voice::Network(network), &format!("@{name} deletes the post"));
        }
    }

    /// Tells and counts people's posts.
    fn hear_people(&mut self, index: usize, posts: &[Post]) {
        let Some(Stage { place, .. }) = self.stages.get(index) else { return };
        let network = place.network;
        for post in posts {
            let Some(account) = self.people.account(network, &post.author.handle).cloned() else { continue };
            if let Some(counts) = self.counts.networks.get_mut(&network) {
                counts.posts += 1;
            }
            if self.featured.contains(&account) {
                self.told(&account, &format!(": {}", post.text));
            }
            let said = Said { account, text: post.text.clone(), at_ms: post.at_ms };
            self.posts.insert((network, post.id.clone()), said);
        }
    }

    /// Tells and counts a post of the shop.
    fn hear_shop(&mut self, index: usize, post: &Post) {
        let Some(Stage { place, .. }) = self.stages.get(index) else { return };
        if !post.author.handle.eq_ignore_ascii_case(&place.shop_handle()) {
            return;
        }
        match &post.reply_to {
            Some(parent) => self.replied(place.network, parent, post),
            None => self.announce(index, post),
        }
    }

    fn announce(&mut self, index: usize, post: &Post) {
        let Some(Stage { place, .. }) = self.stages.get(index) else { return };
        let words = if self.announced == post.text {
            "@kiosk says the same here".to_owned()
        } else {
            format!("@kiosk: {}", post.text)
        };
        self.narrator.say(Voice::Network(place.network), &words);
        self.announced.clone_from(&post.text);
        // What follows is the end of the sale.
        if self.heard.insert(place.network) {
            self.script.announced(place, post.at_ms);
        }
    }

    fn replied(&mut self, network: Network, parent: &str, reply: &Post) {
        let Some(Said { account, at_ms, .. }) = self.posts.get(&(network, parent.to_owned())).cloned() else {
            return;
        };
        self.counts.reply(network, parent, &reply.text, reply.at_ms - at_ms);
        let Some(Person { name, .. }) = self.people.of_account(&account) else { return };
        self.script.told(name, reply);
        if self.featured.contains(&account) {
            // Networks put the name before the text, or not.
            let words = reply.text.trim_start_matches(&format!("@{name} ")).to_owned();
            self.narrator.say(Voice::Network(network), &format!("@kiosk to @{name}: {words}"));
        }
    }

    /// Tells what a person says or does at the own network.
    fn told(&self, account: &Account, words: &str) {
        if let Some(Person { network, name }) = self.people.of_account(account) {
            self.narrator.say(Voice::Network(*network), &format!("@{name}{words}"));
        }
    }

    /// Tells and counts the events of one decision.
    fn decided(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.counts.event(event));
        let heir = events.iter().find_map(|event| match event {
            Event::Promoted { account, .. } => Some(account),
            _ => None,
        });
        for event in events {
            match event {
                Event::Waitlisted { claim, place, .. } => {
                    let place = u64::from(*place);
                    if place == 1 && self.heirs == 0 || place == self.units + TOO_FAR_BEHIND {
                        self.feature(&claim.account);
                    }
                }
                Event::Expired { account, .. } => self.came_back(account, "said nothing more", heir),
                Event::Declined { account, .. } => {
                    self.came_back(account, "has a card that was declined", heir)
                }
                Event::Released { account, .. } => self.came_back(account, "gave it back", heir),
                Event::Sold { id, account, amount, .. } if self.featured.contains(account) => {
                    let order = OfferId::parse(OFFER).map(|offer| id.public(&offer)).unwrap_or_default();
                    let name = self.name(account);
                    self.narrator.say(Voice::Card, &format!("{amount} from @{name}, for order {order}"));
                }
                Event::AccountSilenced { account, .. } => {
                    let name = self.name(account);
                    self.narrator.say(Voice::Sale, &format!("@{name} said STOP, and gets no more replies"));
                }
                _ => {}
            }
        }
    }

    /// Tells the story of somebody from the claim on.
    fn feature(&mut self, account: &Account) {
        if self.featured.insert(account.clone())
            && let Some(said) = self.posts.values().find(|said| said.account == *account)
        {
            self.told(account, &format!(": {}", said.text));
        }
    }

    /// Tells why a unit came back, and who has it now.
    fn came_back(&mut self, account: &Account, why: &str, heir: Option<&Account>) {
        let is_told = heir.is_some() && self.heirs < HEIRS_MAX;
        let next = match heir {
            Some(heir) if is_told => {
                self.heirs += 1;
                format!("goes to the next in line, {}", self.person(heir))
            }
            Some(_) => "goes to the next in line".to_owned(),
            None => "is on sale again".to_owned(),
        };
        if is_told || self.featured.contains(account) {
            let words = format!("{} {why}: the unit {next}", self.person(account));
            self.narrator.say(Voice::Sale, &words);
        }
        if let Some(heir) = heir.filter(|_| is_told) {
            self.featured.insert(heir.clone());
        }
    }

    /// A person with the network, as names are the same at several.
    fn person(&self, account: &Account) -> String {
        format!("@{} on {}", self.name(account), account.network.facts().title)
    }

    fn delivered(&self, letter: &Letter) {
        let Letter { to, subject } = letter;
        let is_told = |account: &&Account| {
            let person = self.people.of_account(account);
            person.is_some_and(|Person { network, name }| *to == format!("{name}@{network}.example"))
        };
        if self.featured.iter().any(|account| is_told(&account)) {
            self.narrator.say(Voice::Letter, &format!("to {to}: {subject}"));
        }
    }

    fn name(&self, account: &Account) -> String {
        self.people.of_account(account).map(|person| person.name.clone()).unwrap_or_default()
    }

    /// Reads what was still on its way, and returns what was counted.
    pub(super) fn close(mut self) -> Result<Counts, Fail> {
        for events in self.history.new_records()? {
            self.decided(&events);
        }
        for (index, post) in std::mem::take(&mut self.said_by_shop) {
            self.hear_shop(index, &post);
        }
        self.mailbox.new_letters();
        self.narrator.finish();
        self.counts.letters = self.mailbox.count() as u64;
        Ok(self.counts)
    }
}

fn progress(offer: &OfferView, counts: &Counts) -> String {
    let sum = |of: fn(&NetworkCounts) -> u64| counts.networks.values().map(of).sum::<u64>();
    format!(
        "{} of {} sold, {} reserved, {} wait; {} posts, {} replies",
        offer.sold,
        offer.allotment,
        offer.reserved,
        offer.waiting,
        sum(|network| network.posts),
        sum(|network| network.replies),
    )
}
