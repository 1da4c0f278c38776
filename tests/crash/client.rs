//! A client of the engine: it posts, and records every answer.
//!
//! All crash tests compare against these records: an answer with status 200 must be the same after every
//! crash.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;

use flashtag::clock::Clock;
use flashtag::domain::time::{Millis, Timestamp};
use serde_json::Value;

use super::server::{Http, Unanswered};
use super::shop::Sale;
use crate::test_rng::TestRng;

/// Sizes of requests in posts, from one to a thousand.
const SIZES: [usize; 8] = [1, 1, 2, 5, 20, 100, 300, 1000];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Claim,
    Confirm,
    Cancel,
    /// A post that concerns no offer.
    Chat,
}

/// The engine's answer to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) outcome: String,
    pub(crate) reservation: Option<String>,
    pub(crate) at: Timestamp,
    /// Whether a confirmation was parked: its answer was not final.
    parked: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) author: u32,
    pub(crate) sale: usize,
    pub(crate) kind: Kind,
    line: String,
    /// The last answer; `None` if it is unknown whether the engine received the post.
    pub(crate) answer: Option<Answer>,
}

impl Answer {
    fn read(answer: &Value) -> Self {
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        Self {
            outcome: text("outcome").expect("an outcome"),
            reservation: text("reservation"),
            at: text("at").and_then(|at| at.parse().ok()).expect("an instant"),
            parked: !answer["parked_until"].is_null(),
        }
    }

    /// Whether the post was accepted. The journal records accepted posts, not refusals.
    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.outcome.as_str(), "reserved" | "waitlisted" | "confirmed" | "released")
    }
}

/// One client with its own accounts, for which no other client posts.
#[derive(Clone)]
pub(crate) struct Client {
    rng: TestRng,
    sales: Vec<Sale>,
    authors: Range<u32>,
    next_id: u64,
    clock: Clock,
    /// The offset of the times of its posts from its clock.
    ahead_ms: i64,
    pub(crate) posts: Vec<Post>,
    /// Claims that can be confirmed: author and sale.
    open: Vec<(u32, usize)>,
    /// Answers that changed after a crash.
    pub(crate) lost: Vec<String>,
    /// The number of posts that were compared after an earlier crash.
    compared: usize,
    /// The accounts that were linked while the engine ran.
    linked: Range<u32>,
}

impl Client {
    /// Creates client number `no` with the accounts `authors`.
    pub(crate) fn new(no: u64, rng: TestRng, sales: &[Sale], authors: Range<u32>) -> Self {
        Self {
            rng,
            sales: sales.to_vec(),
            authors,
            next_id: (no + 1) * 1_000_000_000_000,
            clock: Clock::start(),
            ahead_ms: 0,
            posts: Vec::new(),
            open: Vec::new(),
            lost: Vec::new(),
            compared: 0,
            linked: unlinked_accounts(no),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.now().ms() + self.ahead_ms)
    }

    /// Sets the clock of its posts by the engine's. Returns how far that is ahead of this machine's.
    pub(crate) fn set_clock(&mut self, http: &Http) -> i64 {
        let chat = self.write(Kind::Chat, self.authors.start, 0);
        self.post(http, &[chat]).expect("the server serves");
        let engine = self.posts[chat].answer.as_ref().expect("an answer").at;
        self.ahead_ms = engine.ms() - self.clock.now().ms();
        self.ahead_ms
    }

    /// Sets the clock of its posts to be so far ahead of this machine's.
    pub(crate) fn set_ahead(&mut self, ahead_ms: i64) {
        self.ahead_ms = ahead_ms;
    }

    /// Writes a post without sending it. Returns its index in `posts`.
    pub(crate) fn write(&mut self, kind: Kind, author: u32, sale: usize) -> usize {
        self.next_id += 1;
        let (id, name, at) = (self.next_id.to_string(), self.sales[sale].id, self.now());
        let text = match kind {
            Kind::Claim => format!("me! #Buy{name}"),
            Kind::Confirm => format!("yes #Confirm{name}"),
            Kind::Cancel => format!("no #Cancel{name}"),
            Kind::Chat => "good morning #everybody".to_owned(),
        };
        let line = format!(
            r#"{{"network":"x","id":"{id}","author":{{"id":"{author}","handle":"a{author}"}},"posted_at":"{at}","text":"{text}"}}"#
        );
        self.posts.push(Post { id, author, sale, kind, line, answer: None });
        self.posts.len() - 1
    }

    /// Posts batches of all sizes, and links an account with each, until the server is down or refuses posts.
    pub(crate) fn load(&mut self, http: &Http) {
        loop {
            if http.link(self.linked.end) {
                self.linked.end += 1;
            }
            let size = *self.rng.pick(&SIZES);
            let batch: Vec<usize> = (0..size).map(|_| self.choose()).collect();
            if self.post(http, &batch).is_err() {
                return;
            }
        }
    }

    fn choose(&mut self) -> usize {
        match self.rng.below(20) {
            0..=7 if !self.open.is_empty() => {
                let nth = self.rng.below(self.open.len());
                let (author, sale) = self.open.swap_remove(nth);
                // An account that cancels can claim again at once, so there is always something to decide.
                let kind = if self.rng.below(8) < 5 { Kind::Cancel } else { Kind::Confirm };
                self.write(kind, author, sale)
            }
            8 | 9 if !self.posts.is_empty() => {
                let recent = self.posts.len().min(2000);
                self.posts.len() - 1 - self.rng.below(recent)
            }
            kind => {
                let sale = self.rng.below(self.sales.len());
                let author = self.authors.start + self.rng.below(self.authors.len()) as u32;
                self.write(if kind == 10 { Kind::Chat } else { Kind::Claim }, author, sale)
            }
        }
    }

    /// Sends posts and records the answers.
    pub(crate) fn post(&mut self, http: &Http, batch: &[usize]) -> Result<(), Unanswered> {
        let mut body = String::new();
        for post in batch {
            writeln!(body, "{}", self.posts[*post].line).expect("a string takes it");
        }
        let answers = http.post(&body)?;
        assert_eq!(answers.len(), batch.len(), "one answer for each post");
        for (post, answer) in batch.iter().zip(&answers) {
            self.record_answer(*post, answer);
        }
        Ok(())
    }

    fn record_answer(&mut self, place: usize, answer: &Value) {
        let post = &mut self.posts[place];
        assert_eq!(answer["post"].as_str(), Some(post.id.as_str()), "answers stand in the posts' order");
        let now = Answer::read(answer);
        if now.outcome == "overloaded" {
            return;
        }
        let again = answer["duplicate"].as_bool() == Some(true);
        match post.answer.as_ref().filter(|last| last.is_accepted() || last.parked) {
            Some(last) => {
                // The outcome of a parked confirmation may change; that it was received may not.
                let same = (last.parked && !last.is_accepted()) || {
                    (&last.outcome, &last.reservation) == (&now.outcome, &now.reservation)
                };
                if !(again && same) {
                    self.lost.push(format!("post {} was {last:?}, and is now {answer}", post.id));
                }
            }
            None => {
                let opens = post.kind == Kind::Claim
                    && matches!(now.outcome.as_str(), "reserved" | "waitlisted")
                    && !self.sales[post.sale].is_one_step();
                if opens {
                    self.open.push((post.author, post.sale));
                }
                post.answer = Some(now);
            }
        }
    }

    /// Repeats the posts since the last comparison and some earlier ones, or every post. Posts without an
    /// answer are sent again, as a real client would do.
    pub(crate) fn compare(&mut self, http: &Http, everything: bool) {
        let first = if everything { 0 } else { self.compared };
        let earlier = if everything { 0 } else { self.compared.min(50) };
        let mut places: Vec<usize> = (0..earlier).map(|_| self.rng.below(self.compared)).collect();
        places.extend(first..self.posts.len());
        let matters = |place: &usize| {
            let answer = self.posts[*place].answer.as_ref();
            answer.is_none_or(|answer| answer.is_accepted() || answer.parked)
        };
        places.retain(matters);
        for batch in places.chunks(1000) {
            let mut answered = self.post(http, batch);
            while answered == Err(Unanswered::Busy) {
                answered = self.post(http, batch);
            }
            answered.expect("the server serves");
        }
        self.check_reservations(http, self.compared);
        self.check_links(http);
        self.compared = self.posts.len();
    }

    /// Checks that the last acknowledged link exists, and an earlier one.
    fn check_links(&mut self, http: &Http) {
        let Some(last) = self.linked.clone().next_back() else { return };
        let earlier = self.linked.start + self.rng.below(self.linked.len()) as u32;
        let gone = [last, earlier]
            .into_iter()
            .filter(|author| http.get(&format!("/v1/accounts/x/{author}")).is_none());
        self.lost.extend(gone.map(|author| format!("account {author} was linked, and is not any more")));
    }

    /// Checks that every acknowledged reservation is live, became an order, or ended by the rules.
    fn check_reservations(&mut self, http: &Http, first: usize) {
        // Only the latest are read through the API; the final comparison with the history covers all.
        const ORDERS_MAX: usize = 20;
        for (number, sale) in self.sales.clone().iter().enumerate() {
            let posts = self.posts.get(first..).unwrap_or_default().iter();
            let posts: Vec<&Post> = posts.filter(|post| post.sale == number).collect();
            let of = |outcome: &'static str| {
                posts.iter().filter_map(move |post| {
                    let answer = post.answer.as_ref().filter(|answer| answer.outcome == outcome)?;
                    Some((*post, answer, answer.reservation.clone().expect("a reservation")))
                })
            };
            let oldest = of("reserved").map(|(_, _, id)| ordinal(&id)).min();
            let live = oldest.map(|oldest| live(http, sale.id, oldest)).unwrap_or_default();
            let cancelled: HashSet<u32> =
                posts.iter().filter(|post| post.kind == Kind::Cancel).map(|post| post.author).collect();
            let now = self.now();
            let missing = of("reserved").filter(|(post, answer, id)| {
                let expired = now.since(answer.at) >= sale.confirm_within;
                !(live.contains(id) || expired || cancelled.contains(&post.author))
            });
            let placed = of("confirmed").chain(missing).take(ORDERS_MAX);
            let gone: Vec<String> = placed
                .filter(|(.., id)| http.get(&format!("/v1/orders/{id}")).is_none())
                .map(|(post, _, id)| format!("{id} of post {} is neither live nor an order", post.id))
                .collect();
            self.lost.extend(gone);
        }
    }
}

fn ordinal(reservation: &str) -> u32 {
    let (_, ordinal) = reservation.rsplit_once('.').expect("offer and ordinal");
    ordinal.parse().expect("a number")
}

/// The live reservations of an offer, from ordinal `oldest` on.
fn live(http: &Http, offer: &str, oldest: u32) -> HashSet<String> {
    let mut live = HashSet::new();
    let mut after = Some(u64::from(oldest - 1));
    while let Some(ordinal) = after {
        let page = http.get(&format!("/v1/offers/{offer}/reservations?after={ordinal}&limit=1000"));
        let page = page.expect("the offer is there");
        let ids = page["reservations"].as_array().expect("a list").iter();
        live.extend(ids.map(|held| held["id"].as_str().expect("an id").to_owned()));
        after = page["next"].as_u64();
    }
    live
}

/// The empty range at which the accounts begin that a client links.
fn unlinked_accounts(client: u64) -> Range<u32> {
    let first = (u32::try_from(client).expect("few clients") + 1) * 100_000_000;
    first..first
}

/// Creates `count` clients that share the accounts 1 to `accounts`.
pub(crate) fn clients(count: u32, accounts: u32, rng: &mut TestRng, sales: &[Sale]) -> Vec<Client> {
    let each = accounts / count;
    let client = |no| Client::new(u64::from(no), rng.split(), sales, 1 + no * each..1 + (no + 1) * each);
    (0..count).map(client).collect()
}

/// Runs `act` while all clients post. Returns when the server is down.
pub(crate) fn under_load<T>(clients: &mut [Client], http: &Http, act: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| client.load(http));
        }
        act()
    })
}

/// The posts of all clients by id.
pub(crate) fn posts_by_id(clients: &[Client]) -> HashMap<&str, &Post> {
    clients.iter().flat_map(|client| &client.posts).map(|post| (post.id.as_str(), post)).collect()
}

/// The losses that all clients found.
pub(crate) fn lost(clients: &[Client]) -> Vec<&String> {
    clients.iter().flat_map(|client| &client.lost).collect()
}

/// Asserts that every offer conserves its units and sells at most its allotment.
pub(crate) fn assert_conserved(offers: &[Value], sales: &[Sale]) {
    assert_eq!(offers.len(), sales.len());
    for sale in sales {
        let offer = offers.iter().find(|offer| offer["id"] == sale.id).expect("it is on sale");
        let count = |key: &str| offer[key].as_u64().expect("a count");
        let units = u64::from(sale.units);
        assert_eq!(count("available") + count("reserved") + count("sold"), units, "{offer}");
        assert!(count("sold") <= units, "{offer}");
    }
}

/// A random duration below `below` milliseconds.
pub(crate) fn random_ms(rng: &mut TestRng, below: usize) -> std::time::Duration {
    Millis::from_ms(rng.below(below) as i64).std()
}
