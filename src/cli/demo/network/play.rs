//! The play: people post at the networks, and the shop answers there.

use std::collections::HashSet;
use std::time::Duration;

use ::networks::Post;

use super::cast::CROWD_COMES_MS;
use super::counts::Counts;
use super::history_tail::HistoryTail;
use super::mailbox::Mailbox;
use super::place::Stage;
use super::script::Script;
use super::serving::ShopClient;
use super::shop_files::ShopFiles;
use super::tale::Tale;
use crate::api::offer_view::OfferView;
use crate::cli::fail::Fail;
use crate::clock::Clock;
use crate::domain::id::Network;

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

/// A running play.
pub(super) struct Play {
    stages: [Stage; 3],
    tale: Tale,
    script: Script,
    history: HistoryTail,
    mailbox: Mailbox,
    /// The shop's posts that are told in the next step: what is decided stands before the reply.
    said_by_shop: Vec<(usize, Post)>,
    /// Where people have heard of the sale.
    heard: HashSet<Network>,
    /// Whether the shop has closed the sale.
    is_closed: bool,
    /// Since when nobody acts.
    quiet_since_ms: Option<i64>,
}

impl Play {
    pub(super) fn new(stages: [Stage; 3], tale: Tale, shop: &ShopFiles) -> Self {
        Self {
            stages,
            tale,
            script: Script::default(),
            history: HistoryTail::new(shop.data().join("history.ndjson")),
            mailbox: Mailbox::new(&shop.data().join("mail")),
            said_by_shop: Vec::new(),
            heard: HashSet::new(),
            is_closed: false,
            quiet_since_ms: None,
        }
    }

    /// Waits until the shop reads every network. A stream shows that it is open by what comes, so somebody talks.
    pub(super) fn wait_until_all_is_read(&self, shop: &ShopClient, clock: &Clock) -> Result<(), Fail> {
        let started_ms = clock.now().ms();
        while let Some(why) = shop.unread_network()? {
            let now_ms = clock.now().ms();
            if now_ms - started_ms > READ_PATIENCE_MS {
                let words = format!("the shop does not read a stand-in: {why}; its log is serve.log");
                return Err(Fail::new(69, words));
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
        Ok(())
    }

    /// From now on much goes wrong at the networks.
    pub(super) fn break_networks(&self) {
        self.stages.iter().for_each(|stage| stage.place.break_down());
    }

    /// Plays until nobody waits for anything. Returns whether it came to that.
    pub(super) fn run(&mut self, shop: &ShopClient, clock: &Clock) -> Result<bool, Fail> {
        let started_ms = clock.now().ms();
        for step in 0_u64.. {
            let now_ms = clock.now().ms();
            self.step(now_ms)?;
            if step.is_multiple_of(OFFER_STEPS) && self.look(shop, now_ms)? {
                return Ok(true);
            }
            if now_ms - started_ms > PATIENCE_MS {
                break;
            }
            std::thread::sleep(STEP);
        }
        Ok(false)
    }

    /// Looks at the offer: closes the sale when nobody acts any more. Returns whether it has ended.
    fn look(&mut self, shop: &ShopClient, now_ms: i64) -> Result<bool, Fail> {
        let offer = shop.offer()?;
        if !self.heard.is_empty() {
            self.tale.show(&offer);
        }
        if !self.is_settled(&offer, shop, now_ms)? {
            return Ok(false);
        }
        if !self.is_closed {
            self.tale.closes(&offer);
            shop.close()?;
            (self.is_closed, self.quiet_since_ms) = (true, None);
            return Ok(false);
        }
        Ok(true)
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

    /// Whether everybody has acted.
    fn is_over(&self) -> bool {
        self.heard.len() == self.stages.len()
            && self.script.is_over()
            && self.stages.iter().all(|stage| stage.crowd.next_at_ms().is_none())
    }

    /// Reads what was posted and decided, and does what is due.
    fn step(&mut self, now_ms: i64) -> Result<(), Fail> {
        let posts = self.read()?;
        for (index, posts) in posts.into_iter().enumerate() {
            self.act(index, posts, now_ms);
        }
        Ok(())
    }

    /// Reads what was posted, decided and sent by mail. Returns the posts of each network.
    fn read(&mut self) -> Result<[Vec<Post>; 3], Fail> {
        let read =
            |stage: &Stage| stage.place.visit(|society| society.posts_since(stage.position, POSTS_MAX));
        let posts = self.stages.each_ref().map(read);
        let records = self.history.new_records()?;
        for (stage, posts) in self.stages.iter_mut().zip(&posts) {
            stage.position = posts.last().map_or(stage.position, |post| post.position);
            posts.iter().for_each(|post| self.tale.person_posted(stage.place.network, post));
        }
        records.iter().for_each(|events| self.tale.decided(events));
        let said = posts.iter().enumerate();
        let said =
            said.flat_map(|(index, posts)| posts.iter().cloned().map(move |post| (index, post))).collect();
        for (index, post) in std::mem::replace(&mut self.said_by_shop, said) {
            self.hear_shop(index, &post);
        }
        self.mailbox.new_letters().iter().for_each(|letter| self.tale.delivered(letter));
        Ok(posts)
    }

    /// Tells a post of the shop, and gives those their cue who wait for it.
    fn hear_shop(&mut self, index: usize, post: &Post) {
        let Some(Stage { place, .. }) = self.stages.get(index) else { return };
        if !post.author.handle.eq_ignore_ascii_case(&place.shop_handle()) {
            return;
        }
        let Some(parent) = &post.reply_to else {
            self.tale.shop_announced(place.network, &post.text);
            // What follows the first announcement is the end of the sale.
            if self.heard.insert(place.network) {
                self.script.announced(place, post);
            }
            return;
        };
        if let Some(name) = self.tale.shop_replied(place.network, parent, post) {
            self.script.told(&name, post);
        }
    }

    /// Does what is due at a network, where these posts are new.
    fn act(&mut self, index: usize, mut posts: Vec<Post>, now_ms: i64) {
        let Some(Stage { place, crowd, .. }) = self.stages.get_mut(index) else { return };
        let shop = place.shop_handle();
        for post in posts.iter_mut().filter(|post| post.reply_to.is_none() && post.author.handle == shop) {
            // The crowd hears of the sale when those whose story is told have begun.
            post.at_ms += CROWD_COMES_MS;
        }
        let acts = crowd.act(&posts, now_ms);
        place.visit(|society| acts.iter().filter(|act| act.perform(society, now_ms)).count());
        for name in self.script.act(place, now_ms) {
            self.tale.person_deleted(place.network, name);
        }
    }

    /// Reads what was still on its way, and returns what was counted.
    pub(super) fn close(mut self) -> Result<Counts, Fail> {
        // The second time tells what the first one read of the shop.
        self.read()?;
        self.read()?;
        let mut counts = self.tale.end();
        counts.letters = self.mailbox.count() as u64;
        Ok(counts)
    }
}
