//! What relays tell of people, and what their authors' servers have.

use std::collections::HashMap;

use flashtag::domain::heard_posts::HeardPost;
use flashtag::domain::id::PostId;
use flashtag::domain::time::Millis;
use networks::{Author, Post};

use super::faults::Fault;
use super::line::Ends;
use super::peer::Peer;
use super::shop::TAGS;
use crate::test_rng::TestRng;

/// The relays between the shop and the people of a network.
pub(super) struct Relays {
    dice: TestRng,
    people: Vec<Author>,
    /// The hash of what an author wrote, by its post.
    written: HashMap<PostId, String>,
}

impl Relays {
    pub(super) fn new(people: Vec<Author>, dice: TestRng) -> Self {
        Self { dice, people, written: HashMap::new() }
    }

    /// Notes the words of a post that is new at the network, and may lie about its author at once.
    pub(super) fn pass_on<P: Peer>(&mut self, post: &Post, ends: &mut Ends<P>) {
        // A post that a relay invented stands at no server.
        let Some(words) = ends.peer.hash_of(&post.id) else { return };
        let is_new = self.written.insert(P::post_id(&post.id), words).is_none();
        let is_of_people = post.author.handle != P::SHOP;
        if is_new && is_of_people && ends.weather.strike(&[Fault::LieAtOnce]).is_some() {
            let over = (self.dice.below(2) == 0).then_some(post.id.as_str());
            self.lie_about(&post.author.handle, over, ends);
        }
    }

    /// Lets a relay tell of a claim or a confirmation that nobody wrote, at an address of its own or over idle talk.
    pub(super) fn lie<P: Peer>(&mut self, ends: &mut Ends<P>) {
        let (person, now_ms) = (self.dice.pick(&self.people).handle.clone(), ends.now_ms());
        let over =
            if self.dice.below(2) == 0 { ends.peer.post(&person, "What a day", None, now_ms) } else { None };
        self.lie_about(&person, over.as_deref(), ends);
    }

    fn lie_about<P: Peer>(&mut self, person: &str, over: Option<&str>, ends: &mut Ends<P>) {
        let [buy, confirm, _] = TAGS;
        let text = format!("#{}", self.dice.pick(&[buy, confirm]));
        let now_ms = ends.now_ms();
        ends.peer.lie(person, &text, over, now_ms);
    }

    /// Lets the server of some authors go away, which goes on when all faults have ended.
    pub(super) fn take_authors_away<P: Peer>(&mut self, ends: &mut Ends<P>) {
        let length = Millis::from_secs(*self.dice.pick(&[60, 900, 2_700]));
        let until = ends.time.network().plus(length);
        for author in &self.people {
            if self.dice.below(2) == 0 {
                ends.away.leave(&author.id, until);
            }
        }
    }

    /// Whether an author wrote what was heard.
    pub(super) fn is_written(&self, heard: &HeardPost) -> bool {
        self.written.get(&heard.post).is_some_and(|hash| hash == heard.cid.as_str())
    }

    /// Whether an author wrote anything there.
    pub(super) fn is_anybodys(&self, post: &PostId) -> bool {
        self.written.contains_key(post)
    }
}
