//! A server inside the test process, for what no post and no offer file can cause.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use flashtag::config::limits::Limits;
use flashtag::config::replies::Ceilings;
use flashtag::config::serve::{Cards, Email, Mode, Orders, Providers, Replies};
use flashtag::domain::answer::Answer;
use flashtag::domain::command::PostCommand;
use flashtag::domain::id::Authors;
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::terms::Terms;
use flashtag::engine::service::Links;
use flashtag::engine::{ConfirmLinks, JournalAhead, Keys, Node, Setup, Words, start};
use flashtag::http::{HttpServer, State, Tokens};
use flashtag::intake::accounts::read_accounts;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::sync::oneshot;

use super::client::{Reply, exchange, request};
use super::served::link;

/// An engine and its server, on their own thread.
pub(crate) struct Inside {
    address: SocketAddr,
    pub(crate) node: Arc<Node>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Inside {
    /// Opens an engine with these offers and the X accounts 1 to 9 on a data directory.
    pub(crate) fn open(data: &Path, offers: Vec<Terms>, partitions: u32) -> Self {
        Self::open_as(data, offers, partitions, |state| state)
    }

    /// The same, with a server under other conditions.
    pub(crate) fn open_as(
        data: &Path,
        offers: Vec<Terms>,
        partitions: u32,
        conditions: impl FnOnce(State) -> State + Send + 'static,
    ) -> Self {
        let setup = setup(data, offers, partitions);
        let (stop, stopped) = oneshot::channel();
        let (sender, receiver) = sync_channel(1);
        let run = async move {
            let (node, parts, _) = start(setup).await.unwrap();
            let node = Arc::new(node);
            let prometheus = PrometheusBuilder::new().build_recorder().handle();
            let state = State::new(
                Arc::clone(&node),
                Limits::default(),
                Tokens::Off,
                prometheus,
                parts.subscribers(),
            );
            let server = HttpServer::start("127.0.0.1:0".parse().unwrap(), conditions(state)).unwrap();
            sender.send((server.address(), node)).unwrap();
            stopped.await.ok();
            server.stop().await;
            parts.stop().await;
        };
        let thread = std::thread::spawn(|| actix_rt::System::new().block_on(run));
        let (address, node) = receiver.recv().unwrap();
        Self { address, node, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        exchange(self.address, &request("GET", target, &[], b""))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn put(&self, target: &str, body: &str) -> Reply {
        let headers = ["Content-Type: application/json"];
        exchange(self.address, &request("PUT", target, &headers, body.as_bytes()))
    }

    pub(crate) fn post_to(&self, target: &str, body: &str) -> Reply {
        exchange(self.address, &request("POST", target, &[], body.as_bytes()))
    }

    /// Submits a command to every partition, as the router does with a post that names no offer. Returns the
    /// first partition's answer.
    pub(crate) fn submit(&self, command: &PostCommand) -> Answer {
        let answers = async {
            let mut answers = Vec::new();
            for partition in self.node.partitions() {
                answers.push(self.node.submit_command(partition, command.clone()).await.unwrap());
            }
            answers
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(answers).swap_remove(0)
    }

    /// The path by which an account confirms a reservation.
    pub(crate) fn link(&self, offer: &str, ordinal: u32, author: u32) -> String {
        let offer = flashtag::domain::id::OfferId::parse(offer).unwrap();
        let no = self.node.catalog().named(&offer).unwrap().offer;
        let id = flashtag::domain::id::ReservationId { offer: no, ordinal };
        let account = format!("x:{author}").parse().unwrap();
        let until = flashtag::domain::time::Timestamp::MAX;
        let url = self.node.confirm_links().unwrap().url(id, &account, until, &offer).unwrap();
        url.strip_prefix("https://shop.example").unwrap().to_owned()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn setup(data: &Path, offers: Vec<Terms>, partitions: u32) -> Setup {
    let links = Links::default();
    let lines: String = (1..=9).map(|author| link(author) + "\n").collect();
    read_accounts(lines.as_bytes(), Authors::OfNetworks, |linked| links.insert(linked.account, linked.link))
        .unwrap();
    let providers = Providers {
        cards: Cards::Sandbox(None),
        replies: Replies::File(data.join("replies.ndjson")),
        email: Email::Maildir(data.join("mail")),
        email_from: "shop@shop.example".to_owned(),
        orders: Orders::File(data.join("orders.ndjson")),
    };
    let confirm_links = ConfirmLinks::load(&data.join("link-key"), Some("https://shop.example")).unwrap();
    Setup {
        data: data.to_owned(),
        mode: Mode::Test,
        secrets_key: None,
        keys: Keys::Prefixed,
        front: ShopFront::default(),
        offers: offers.into_iter().map(Offering::from).collect(),
        links: Arc::new(links),
        unlink_missing: false,
        journal_ahead: JournalAhead::Refuse,
        partitions,
        providers,
        ceilings: Ceilings::unpaced(),
        words: Arc::new(Words::of_shop("Shop")),
        limits: Limits::default(),
        snapshots: None,
        networks: None,
        processor: None,
        backups: None,
        confirm_links: Some(confirm_links),
        subscribers: Vec::new(),
        tap: None,
    }
}
