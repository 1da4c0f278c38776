//! Lets the node decide what a stream delivers: in order, nothing dropped, and nobody held up by strangers.

use metrics::Counter;

use super::waiting_claims::WaitingClaims;
use super::waiting_words::WaitingWords;
use crate::domain::post::Post;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::Cursor;

/// Upper bound on the posts that are submitted at once.
const POSTS_AT_ONCE: usize = 1_000;

/// How long reading pauses before posts are submitted again to a node that has no room for them.
pub(super) const NO_ROOM_WAIT: Millis = Millis::from_secs(1);

/// What became of a post that was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Submitted {
    /// It concerns no offer.
    Unrelated,
    /// Its decision is durable.
    Decided,
    /// The node has no room for it now.
    NoRoom,
    /// The node has no place for its account now, which holds nothing; others are served.
    NoPlace,
    /// It is the word of an account without a link, and all such accounts together post too many now.
    TooManyWords,
}

/// Who decides posts.
pub(super) trait Submit {
    /// Submits posts, and returns what became of each.
    fn submit(&self, posts: &[Post]) -> Vec<Submitted>;

    /// Pauses the reading for that long. Returns whether the service goes on.
    fn pause(&self, wait: Millis) -> bool;
}

/// Lets posts be decided, in the order in which they came.
///
/// A post that finds no room pauses the reading, and is submitted again without those that were decided with it: the first
/// to post is the first to be served. Who finds no place while others have theirs waits apart ([`WaitingClaims`]), and so do
/// words of strangers ([`WaitingWords`]): no input of one author blocks another's.
pub(super) struct Deciding<S> {
    node: S,
    words: WaitingWords,
    claims: WaitingClaims,
    /// Counts the words that are refused for good.
    words_refused: Counter,
}

impl<S: Submit> Deciding<S> {
    pub(super) fn new(node: S, words_refused: Counter) -> Self {
        Self { node, words: WaitingWords::default(), claims: WaitingClaims::default(), words_refused }
    }

    /// Who decides.
    pub(super) const fn node(&self) -> &S {
        &self.node
    }

    /// Decides posts that came behind `resume_at`. Returns whether one of them mattered.
    pub(super) fn decide(&mut self, posts: &[Post], resume_at: Option<&Cursor>, now: Timestamp) -> bool {
        let mut mattered = self.retry_words(now) | self.retry_claims(now, !posts.is_empty());
        for batch in posts.chunks(POSTS_AT_ONCE) {
            mattered |= self.decide_batch(batch.to_vec(), resume_at, now);
        }
        mattered
    }

    /// The cursor to store: behind it, nothing is undecided.
    pub(super) fn decided(&self, newest: Option<Cursor>) -> Option<Cursor> {
        let waiting = [self.words.oldest(), self.claims.oldest()].into_iter().flatten();
        let oldest = waiting.min_by_key(|(since, _)| *since);
        oldest.map_or(newest, |(_, resume_at)| resume_at.cloned())
    }

    fn retry_words(&mut self, now: Timestamp) -> bool {
        let due = self.words.due(now);
        if due.is_empty() {
            return false;
        }
        let submitted: Vec<Submitted> =
            due.chunks(POSTS_AT_ONCE).flat_map(|batch| self.node.submit(batch)).collect();
        let is_refused = |became: &Submitted| matches!(became, Submitted::NoRoom | Submitted::TooManyWords);
        self.words_refused.increment(self.words.keep(submitted.iter().map(is_refused), now));
        submitted.contains(&Submitted::Decided)
    }

    /// Submits the claims that wait, before anything that came later.
    fn retry_claims(&mut self, now: Timestamp, others_came: bool) -> bool {
        let waited = self.claims.take(now, others_came);
        if waited.is_empty() {
            return false;
        }
        let posts: Vec<Post> = waited.iter().map(|claim| claim.post.clone()).collect();
        let submitted = self.node.submit(&posts);
        let is_done = |became: &Submitted| matches!(became, Submitted::Decided | Submitted::Unrelated);
        let undecided = waited.into_iter().zip(&submitted).filter(|(_, became)| !is_done(became));
        self.claims.put_back(undecided.map(|(claim, _)| claim));
        submitted.contains(&Submitted::Decided)
    }

    fn decide_batch(&mut self, mut batch: Vec<Post>, resume_at: Option<&Cursor>, now: Timestamp) -> bool {
        let mut mattered = false;
        while !batch.is_empty() {
            let submitted = self.node.submit(&batch);
            let mut no_room = Vec::new();
            for (post, became) in batch.into_iter().zip(submitted) {
                match became {
                    Submitted::Unrelated => {}
                    Submitted::Decided => mattered = true,
                    Submitted::NoRoom => no_room.push(post),
                    Submitted::NoPlace => no_room.extend(self.claims.push(post, resume_at, now)),
                    Submitted::TooManyWords => {
                        let has_room = self.words.push(post, resume_at, now);
                        self.words_refused.increment(u64::from(!has_room));
                    }
                }
            }
            batch = no_room;
            if !batch.is_empty() {
                if !self.node.pause(NO_ROOM_WAIT) {
                    return mattered;
                }
                mattered |= self.retry_claims(now, true);
            }
        }
        mattered
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::domain::id::{Account, Network, PostId};
    use crate::engine::networks::waiting_claims::WAITING_MOST as CLAIMS_MOST;
    use crate::engine::networks::waiting_words::{WAIT_MOST, WAITING_MOST};

    /// A node that takes `WORDS` words of strangers in a minute, and other posts while it has room.
    #[derive(Default)]
    struct Node {
        now: Cell<Timestamp>,
        words: Cell<usize>,
        minute: Cell<i64>,
        /// Submissions that find no room for claims any more.
        busy: Cell<u32>,
        /// Further accounts that may begin something with a cup. Those that have a kettle are served in any case.
        places: Cell<usize>,
        /// The places that become free while the reading pauses next.
        freed_at_pause: Cell<usize>,
        pauses: Cell<u32>,
        decided: RefCell<Vec<String>>,
    }

    const WORDS: usize = 2;

    impl Submit for &Node {
        fn submit(&self, posts: &[Post]) -> Vec<Submitted> {
            let minute = self.now.get().ms() / 60_000;
            if self.minute.replace(minute) != minute {
                self.words.set(0);
            }
            let is_busy = self.busy.get() > 0;
            self.busy.set(self.busy.get().saturating_sub(1));
            let submit = |post: &Post| {
                if post.text == "STOP" && self.words.get() >= WORDS {
                    return Submitted::TooManyWords;
                }
                if post.text == "#BuyKettle" && is_busy {
                    return Submitted::NoRoom;
                }
                if post.text == "#BuyCup" {
                    if self.places.get() == 0 {
                        return Submitted::NoPlace;
                    }
                    self.places.set(self.places.get() - 1);
                }
                self.words.set(self.words.get() + usize::from(post.text == "STOP"));
                self.decided.borrow_mut().push(post.id.to_string());
                Submitted::Decided
            };
            posts.iter().map(submit).collect()
        }

        fn pause(&self, wait: Millis) -> bool {
            self.pauses.set(self.pauses.get() + 1);
            self.places.set(self.places.get() + self.freed_at_pause.take());
            self.now.set(self.now.get().plus(wait));
            true
        }
    }

    fn post(no: usize, text: &str) -> Post {
        let id = (1_000_000 + no).to_string();
        let (post, account) =
            (PostId::parse(Network::X, &id).unwrap(), Account::parse(Network::X, &id).unwrap());
        Post { handle: "somebody".into(), ..Post::new(post, account, Timestamp::MIN, text) }
    }

    fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
        numbers.into_iter().map(|no| (1_000_000 + no).to_string()).collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_ms(second * 1000)
    }

    fn cursor(text: &str) -> Option<Cursor> {
        Some(Cursor::from_text(text))
    }

    /// A stream, the node, and how many words were refused for good.
    struct Play<'n> {
        node: &'n Node,
        deciding: Deciding<&'n Node>,
        refused: Arc<AtomicU64>,
    }

    impl<'n> Play<'n> {
        fn new(node: &'n Node) -> Self {
            let refused = Arc::new(AtomicU64::new(0));
            let counter = Counter::from_arc(Arc::clone(&refused));
            Self { node, deciding: Deciding::new(node, counter), refused }
        }

        /// A chunk comes at that second, behind a cursor.
        fn chunk(&mut self, second: i64, posts: &[Post], behind: &str) {
            self.node.now.set(at(second));
            self.deciding.decide(posts, cursor(behind).as_ref(), at(second));
        }

        fn refused(&self) -> u64 {
            self.refused.load(Ordering::Relaxed)
        }

        fn decided(&self) -> Vec<String> {
            self.node.decided.take()
        }
    }

    #[test]
    fn a_flood_of_words_by_strangers_holds_up_nobody_else() {
        let node = Node::default();
        let mut play = Play::new(&node);
        let words: Vec<Post> = (0..5).map(|no| post(no, "STOP")).collect();
        let claim = |no| post(no, "#BuyKettle");
        play.chunk(600, &[&words[..], &[claim(5)]].concat(), "before the flood");
        assert_eq!(
            play.decided(),
            ids([0, 1, 5]),
            "the pace takes two words, and the claim is decided at once"
        );
        play.chunk(601, &[claim(6)], "behind the flood");
        assert_eq!(play.decided(), ids([6]), "so are the claims behind it");
        assert_eq!(node.pauses.get(), 0, "reading never paused");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("before the flood"), "three words wait");

        play.chunk(660, &[claim(7)], "a minute later");
        assert_eq!(play.decided(), ids([2, 3, 7]), "the oldest words first");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("before the flood"), "one word waits");
        play.chunk(720, &[], "two minutes later");
        assert_eq!((play.decided(), play.refused()), (ids([4]), 0), "no word was lost");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("now"));
    }

    #[test]
    fn a_flood_without_end_holds_neither_memory_nor_the_cursor() {
        let node = Node::default();
        let mut play = Play::new(&node);
        let words: Vec<Post> = (0..WAITING_MOST + 100).map(|no| post(no, "STOP")).collect();
        play.chunk(600, &words, "the flood");
        assert_eq!(play.refused(), 100 - WORDS as u64, "beyond the bound they are refused for good");
        let over = 600 + WAIT_MOST.ms() / 1000;
        play.chunk(over - 1, &[], "later");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("the flood"));
        play.chunk(over, &[], "later");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("now"), "the cursor goes on");
        let taken = play.decided().len() as u64;
        assert_eq!(play.refused(), words.len() as u64 - taken, "each word was recorded, or is counted");
    }

    #[test]
    fn a_node_without_room_pauses_the_reading_and_loses_nothing() {
        let node = Node::default();
        let mut play = Play::new(&node);
        node.busy.set(2);
        let posts = [post(0, "#BuyKettle"), post(1, "#CancelKettle"), post(2, "#BuyKettle")];
        play.chunk(600, &posts, "before");
        assert_eq!(play.decided(), ids([1, 0, 2]), "each once, and claims in the order in which they came");
        assert_eq!(node.pauses.get(), 2);
        assert_eq!(play.deciding.decided(cursor("now")), cursor("now"));
    }

    #[test]
    fn claims_that_find_no_place_hold_up_nobody_who_has_one_and_are_not_overtaken() {
        let node = Node::default();
        let mut play = Play::new(&node);
        let cup = |no| post(no, "#BuyCup");
        node.places.set(1);
        play.chunk(600, &[cup(0), cup(1), post(2, "#ConfirmKettle"), cup(3)], "before");
        assert_eq!(play.decided(), ids([0, 2]), "who has something is served");
        play.chunk(601, &[post(4, "#ConfirmKettle")], "behind");
        assert_eq!((play.decided(), node.pauses.get()), (ids([4]), 0), "reading never paused");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("before"), "two claims wait");

        // One of those who have something is done.
        node.places.set(1);
        play.chunk(602, &[cup(5), post(6, "#ConfirmKettle")], "further behind");
        assert_eq!(play.decided(), ids([1, 6]), "who came first is first");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("before"));
        node.places.set(2);
        play.chunk(603, &[], "later");
        assert_eq!(play.decided(), ids([3, 5]), "none is lost");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("now"));
        assert_eq!(play.refused(), 0);
    }

    #[test]
    fn the_cursor_waits_for_the_oldest_of_claims_and_words() {
        let node = Node::default();
        let mut play = Play::new(&node);
        let words: Vec<Post> = (0..3).map(|no| post(no, "STOP")).collect();
        play.chunk(600, &[post(10, "#BuyCup")], "the claim");
        play.chunk(601, &words, "the words");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("the claim"));
        node.places.set(1);
        play.chunk(602, &[], "later");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("the words"));
        play.chunk(660, &[], "later");
        assert_eq!(play.deciding.decided(cursor("now")), cursor("now"));
    }

    #[test]
    fn more_claims_than_may_wait_pause_the_reading_and_none_is_lost() {
        let node = Node::default();
        let claims: Vec<Post> = (0..CLAIMS_MOST + 2).map(|no| post(no, "#BuyCup")).collect();
        let mut play = Play::new(&node);
        // Places become free while the reading pauses.
        node.freed_at_pause.set(3);
        play.chunk(600, &claims, "the flood");
        assert_eq!((play.decided(), node.pauses.get()), (ids(0..3), 1), "the oldest claims first");
        node.places.set(usize::MAX);
        play.chunk(700, &[post(5_000, "#BuyCup")], "later");
        assert_eq!(play.decided(), ids((3..CLAIMS_MOST + 2).chain([5_000])));
        assert_eq!(play.deciding.decided(cursor("now")), cursor("now"));
    }
}
