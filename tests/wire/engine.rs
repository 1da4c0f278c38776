//! A running shop: the engine's parts, its account at the network, who reads it, who replies and who reads posts again.

use std::rc::Rc;
use std::sync::{Arc, Mutex};

use flashtag::domain::heard_posts::HeardPost;
use flashtag::domain::id::Account;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::offering::Offering;
use flashtag::journal::SimDisk;
use flashtag::networks::{ShopAccount, Standing};
use flashtag::ops::NetworkState;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::attestor::{Attestor, Finding};
use flashtag::outbox::provider::accounts::{Replier, ShopAccounts};
use flashtag::outbox::provider::paced::{LearningHttp, Paced, Requests};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::queue::lane::Lane;

use super::authors::ToAuthors;
use super::line::Line;
use super::peer::{Beginning, Peer};
use super::reader::{Reader, Signed, cursor_of, signed as signed_by};
use super::time::Time;
use crate::simulator::node::Node;
use crate::simulator::plan::Plan;
use crate::simulator::shop::Shop;

/// What survives the process, beside the journals.
pub(super) struct Stored {
    /// The disk of the journals.
    pub(super) disk: SimDisk,
    /// The cursor behind what was decided.
    pub(super) cursor: Option<String>,
    /// The account's token.
    pub(super) token: Arc<Mutex<Option<Vec<u8>>>>,
}

/// What a start needs besides.
pub(super) struct Setup<'a, P> {
    pub(super) plan: &'a Plan,
    pub(super) shop: &'a Shop,
    pub(super) own: &'a Account,
    pub(super) reading: &'static str,
    pub(super) line: &'a Line<P>,
    pub(super) time: &'a Time,
    pub(super) seed: u64,
}

/// A running shop.
pub(super) struct Engine<P: Peer> {
    pub(super) node: Node,
    pub(super) reader: Reader<P>,
    signed: Arc<Signed<P>>,
    /// Signs what the reader sends.
    reads_by: Arc<Signed<P>>,
    account: Arc<ShopAccount>,
    provider: Rc<dyn Provider>,
    attestor: Rc<dyn Attestor>,
}

impl<P: Peer> Engine<P> {
    pub(super) fn start(setup: &Setup<'_, P>, stored: &Stored) -> Self {
        let Setup { plan, shop, own, reading, line, time, seed } = *setup;
        let watch = time.start_engine();
        let started = Node::start(plan, shop, &stored.disk, watch, KeyForm::Epoch(1), seed);
        let mut node = started.unwrap_or_else(|error| panic!("it does not start: {error}"));
        let signed = signed_by(line, time, P::sign_in(), &stored.token);
        let account = Arc::new(ShopAccount::new(
            "shop".to_owned(),
            own.clone(),
            "https://network.example".to_owned(),
            true,
            NetworkState::Connected,
        ));
        let clock = time.clone();
        let learnt = Arc::new(LearningHttp::new(Arc::clone(&signed) as _, Box::new(move || clock.engine())));
        let requests = if P::HAS_KEYS { Requests::ReadsAndPosts } else { Requests::PostsOrReads };
        let unpaced = P::provider(Arc::clone(&learnt) as _, own);
        let provider = Rc::new(Paced::new(unpaced, learnt, requests));
        let replier = Replier { account: Arc::clone(&account), provider };
        let (noted, standing) = (Arc::clone(&account), Arc::clone(&signed));
        let note_standings = Rc::new(move || noted.note_standing(&standing.standing()));
        let provider = Rc::new(ShopAccounts::new(replier, Vec::new(), Rc::new(|_| None), note_standings));
        node.outbox.set_resend_safety(Lane::Replies(P::NETWORK), provider.resend_safety());
        let reads_by = match P::reader_sign_in(reading) {
            Some(sign_in) => signed_by(line, time, sign_in, &Arc::default()),
            None => Arc::clone(&signed),
        };
        let reader = reader(&node, &reads_by, setup, stored);
        let attestor = P::attestor(Arc::new(ToAuthors(line.clone())), time);
        Self { node, reader, signed, reads_by, account, provider, attestor }
    }

    /// Carries an attempt to reply or to announce out; returns when it is over.
    pub(super) fn reply(&self, runtime: &tokio::runtime::Runtime, attempt: Attempt) -> AttemptResult {
        let offering = self.offering(&attempt);
        let delivery = Delivery { attempt, offering, at: self.node.now(), address: None };
        runtime.block_on(self.provider.deliver(&delivery))
    }

    /// Reads posts again where their authors keep them; returns when it is over.
    pub(super) fn attest(&self, runtime: &tokio::runtime::Runtime, posts: &[HeardPost]) -> Finding {
        runtime.block_on(self.attestor.attest(posts))
    }

    fn offering(&self, attempt: &Attempt) -> Offering {
        let listing = self.node.catalog.listing(attempt.key.partition(), attempt.effect.offer());
        listing.expect("effects are about offers").offering.clone()
    }

    /// Notes how the account stands, and whether an operator must connect it again.
    pub(super) fn is_signed_out(&self) -> bool {
        let standing = self.signed.standing();
        self.account.note_standing(&standing);
        matches!(standing, Standing::SignedOut(_))
    }

    /// An operator connects the account again, and reading begins anew at the cursor.
    pub(super) fn connect(&mut self, setup: &Setup<'_, P>, stored: &Stored) {
        let sign_in = setup.line.ends().peer.connect(setup.time.engine());
        self.signed.sign_in_by(sign_in);
        self.account.note_standing(&self.signed.standing());
        self.reader = reader(&self.node, &self.reads_by, setup, stored);
    }
}

/// A reader that resumes at the stored cursor.
fn reader<P: Peer>(node: &Node, net: &Arc<Signed<P>>, setup: &Setup<'_, P>, stored: &Stored) -> Reader<P> {
    let tags: Vec<String> = node.catalog.tags().map(str::to_owned).collect();
    let cursor = cursor_of(&stored.cursor);
    let beginning = Beginning { cursor: cursor.as_ref(), tags: &tags, seed: setup.seed };
    let source = P::source(setup.reading, &beginning).expect("the cursor is one of this source");
    Reader::new(source, Arc::clone(net), setup.time.clone(), node)
}
