//! A client of the engine: it posts, and keeps book of everything that it was told.
//!
//! Its book is the measure of all crash tests: what stands in it was answered with 200, so it must be
//! found again after every crash, in the same words.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;

use flashtag::clock::Clock;
use flashtag::domain::time::{Millis, Timestamp};
use serde_json::Value;

use super::server::{Http, Unanswered};
use super::shop::Sale;
use crate::dice::Dice;

/// Posts in one request, from one to a thousand.
const SIZES: [usize; 8] = [1, 1, 2, 5, 20, 100, 300, 1000];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Claim,
    Confirm,
    Cancel,
    /// A post about something else.
    Chat,
}

/// What the engine said of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
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
    /// The last answer; none if nobody knows whether the engine ever saw the post.
    pub(crate) told: Option<Told>,
}

impl Told {
    fn read(answer: &Value) -> Self {
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        Self {
            outcome: text("outcome").expect("an outcome"),
            reservation: text("reservation"),
            at: text("at").and_then(|at| at.parse().ok()).expect("an instant"),
            parked: !answer["parked_until"].is_null(),
        }
    }

    /// Whether it was a decision, which is journaled; refusals are not.
    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.outcome.as_str(), "reserved" | "waitlisted" | "confirmed" | "released")
    }
}

/// One client with its own accounts: nobody else posts for them.
#[derive(Clone)]
pub(crate) struct Client {
    dice: Dice,
    sales: Vec<Sale>,
    authors: Range<u32>,
    next_id: u64,
    clock: Clock,
    /// How far the time that it posts at is ahead of its clock.
    ahead_ms: i64,
    pub(crate) posts: Vec<Post>,
    /// Who could confirm what: author and sale.
    open: Vec<(u32, usize)>,
    /// What was told and is not so any more.
    pub(crate) lost: Vec<String>,
    /// Posts before this one were compared after an earlier crash.
    compared: usize,
    /// The accounts of buyers that were linked while the engine ran.
    linked: Range<u32>,
}

impl Client {
    /// Client number `no`, for these accounts.
    pub(crate) fn new(no: u64, dice: Dice, sales: &[Sale], authors: Range<u32>) -> Self {
        Self {
            dice,
            sales: sales.to_vec(),
            authors,
            next_id: (no + 1) * 1_000_000_000_000,
            clock: Clock::start(),
            ahead_ms: 0,
            posts: Vec::new(),
            open: Vec::new(),
            lost: Vec::new(),
            compared: 0,
            linked: no_one(no),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.now().ms() + self.ahead_ms)
    }

    /// Sets the time that it posts at after the engine's.
    pub(crate) fn set_clock(&mut self, http: &Http) {
        let chat = self.write(Kind::Chat, self.authors.start, 0);
        self.post(http, &[chat]).expect("the server serves");
        let engine = self.posts[chat].told.as_ref().expect("an answer").at;
        self.ahead_ms = engine.ms() - self.clock.now().ms();
    }

    /// Writes a post of that kind, not yet posted. Returns its place in the book.
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
        self.posts.push(Post { id, author, sale, kind, line, told: None });
        self.posts.len() - 1
    }

    /// Posts batches of all sizes, and links an account for each, until the server is gone, or stops
    /// taking posts.
    pub(crate) fn load(&mut self, http: &Http) {
        loop {
            if http.link(self.linked.end) {
                self.linked.end += 1;
            }
            let size = *self.dice.pick(&SIZES);
            let batch: Vec<usize> = (0..size).map(|_| self.choose()).collect();
            if self.post(http, &batch).is_err() {
                return;
            }
        }
    }

    fn choose(&mut self) -> usize {
        match self.dice.roll(20) {
            0..=7 if !self.open.is_empty() => {
                let nth = self.dice.roll(self.open.len());
                let (author, sale) = self.open.swap_remove(nth);
                // Who passes on can claim again at once: there is always something to decide.
                let kind = if self.dice.roll(8) < 5 { Kind::Cancel } else { Kind::Confirm };
                self.write(kind, author, sale)
            }
            8 | 9 if !self.posts.is_empty() => {
                let recent = self.posts.len().min(2000);
                self.posts.len() - 1 - self.dice.roll(recent)
            }
            kind => {
                let sale = self.dice.roll(self.sales.len());
                let author = self.authors.start + self.dice.roll(self.authors.len()) as u32;
                self.write(if kind == 10 { Kind::Chat } else { Kind::Claim }, author, sale)
            }
        }
    }

    /// Posts these and notes what is answered.
    pub(crate) fn post(&mut self, http: &Http, batch: &[usize]) -> Result<(), Unanswered> {
        let mut body = String::new();
        for post in batch {
            writeln!(body, "{}", self.posts[*post].line).expect("a string takes it");
        }
        let answers = http.post(&body)?;
        assert_eq!(answers.len(), batch.len(), "one answer for each post");
        for (post, answer) in batch.iter().zip(&answers) {
            self.hear(*post, answer);
        }
        Ok(())
    }

    fn hear(&mut self, place: usize, answer: &Value) {
        let post = &mut self.posts[place];
        assert_eq!(answer["post"].as_str(), Some(post.id.as_str()), "answers stand in the posts' order");
        let now = Told::read(answer);
        if now.outcome == "overloaded" {
            return;
        }
        let again = answer["duplicate"].as_bool() == Some(true);
        match post.told.as_ref().filter(|told| told.is_accepted() || told.parked) {
            Some(told) => {
                // What became of a parked confirmation is told in the end; that it was heard, always.
                let same = (told.parked && !told.is_accepted()) || {
                    (&told.outcome, &told.reservation) == (&now.outcome, &now.reservation)
                };
                if !(again && same) {
                    self.lost.push(format!("post {} was {told:?}, and is now {answer}", post.id));
                }
            }
            None => {
                let opens = post.kind == Kind::Claim
                    && matches!(now.outcome.as_str(), "reserved" | "waitlisted")
                    && !self.sales[post.sale].is_one_step();
                if opens {
                    self.open.push((post.author, post.sale));
                }
                post.told = Some(now);
            }
        }
    }

    /// Posts once more what was posted since the last comparison, and some of what was posted
    /// before, or everything. Posts without an answer get one, as a client would see to.
    pub(crate) fn compare(&mut self, http: &Http, everything: bool) {
        let first = if everything { 0 } else { self.compared };
        let earlier = if everything { 0 } else { self.compared.min(50) };
        let mut places: Vec<usize> = (0..earlier).map(|_| self.dice.roll(self.compared)).collect();
        places.extend(first..self.posts.len());
        let matters = |place: &usize| {
            let told = self.posts[*place].told.as_ref();
            told.is_none_or(|told| told.is_accepted() || told.parked)
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

    /// The last link that was answered is there, and so is any earlier one.
    fn check_links(&mut self, http: &Http) {
        let Some(last) = self.linked.clone().next_back() else { return };
        let earlier = self.linked.start + self.dice.roll(self.linked.len()) as u32;
        let gone = [last, earlier]
            .into_iter()
            .filter(|author| http.get(&format!("/v1/accounts/x/{author}")).is_none());
        self.lost.extend(gone.map(|author| format!("account {author} was linked, and is not any more")));
    }

    /// Every reservation that was answered is live, became an order, or ended as the rules allow.
    fn check_reservations(&mut self, http: &Http, first: usize) {
        // Through the API only the latest; the history at the end shows all.
        const ORDERS_MAX: usize = 20;
        for (number, sale) in self.sales.clone().iter().enumerate() {
            let posts = self.posts.get(first..).unwrap_or_default().iter();
            let posts: Vec<&Post> = posts.filter(|post| post.sale == number).collect();
            let of = |outcome: &'static str| {
                posts.iter().filter_map(move |post| {
                    let told = post.told.as_ref().filter(|told| told.outcome == outcome)?;
                    Some((*post, told, told.reservation.clone().expect("a reservation")))
                })
            };
            let oldest = of("reserved").map(|(_, _, id)| ordinal(&id)).min();
            let live = oldest.map(|oldest| live(http, sale.id, oldest)).unwrap_or_default();
            let cancelled: HashSet<u32> =
                posts.iter().filter(|post| post.kind == Kind::Cancel).map(|post| post.author).collect();
            let now = self.now();
            let missing = of("reserved").filter(|(post, told, id)| {
                let expired = now.since(told.at) >= sale.confirm_within;
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

/// The live reservations of an offer from this one on.
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

/// Where the accounts begin that a client links, of which there are none yet.
fn no_one(client: u64) -> Range<u32> {
    let first = (u32::try_from(client).expect("few clients") + 1) * 100_000_000;
    first..first
}

/// Clients for the accounts 1 to `accounts`, each with its own.
pub(crate) fn clients(count: u32, accounts: u32, dice: &mut Dice, sales: &[Sale]) -> Vec<Client> {
    let each = accounts / count;
    let client = |no| Client::new(u64::from(no), dice.split(), sales, 1 + no * each..1 + (no + 1) * each);
    (0..count).map(client).collect()
}

/// Lets all clients post until the server is gone, while this thread does something to it.
pub(crate) fn under_load<T>(clients: &mut [Client], http: &Http, act: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| client.load(http));
        }
        act()
    })
}

/// What every client says of every post.
pub(crate) fn told(clients: &[Client]) -> HashMap<&str, &Post> {
    clients.iter().flat_map(|client| &client.posts).map(|post| (post.id.as_str(), post)).collect()
}

/// What is lost, over all clients.
pub(crate) fn lost(clients: &[Client]) -> Vec<&String> {
    clients.iter().flat_map(|client| &client.lost).collect()
}

/// Every offer conserves its units, and sells no more than there are.
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

/// A length of time as the tests roll it.
pub(crate) fn random_ms(dice: &mut Dice, below: usize) -> std::time::Duration {
    Millis::from_ms(dice.roll(below) as i64).std()
}
