//! The running shop: the engine of `serve` in a thread of its own, and its HTTP interface.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::oneshot;

use super::shop_files::OFFER;
use crate::api::network_view::{Connecting, NetworksView};
use crate::api::offer_view::OfferView;
use crate::cli::fail::Fail;
use crate::cli::serve::Shop;
use crate::clock::Clock;
use crate::config::serve::{Mode, Peer, read_serve};
use crate::engine::service::{Allowed, Signals};
use crate::net::{Answer, Bounds, Client, Dialer, Egress, Method, Request, Trust};

/// A port of this machine that nobody listens on.
pub(super) fn free_port() -> Result<u16, Fail> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let address = bound.map_err(|source| Fail::new(71, format!("no port is free: {source}")))?;
    Ok(address.port())
}

/// A running shop.
pub(super) struct Serving {
    address: String,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), Fail>>,
}

impl Serving {
    /// Starts the shop of a configuration, and waits until it serves.
    pub(super) fn start(config: &Path, port: u16) -> Result<Self, Fail> {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = sync_channel(1);
        let config = config.to_owned();
        let thread = Builder::new().name("serve".to_owned()).spawn(move || serve(&config, stopped, &ready));
        let thread = thread.map_err(|source| Fail::new(71, format!("cannot start a thread: {source}")))?;
        let serving = Self { address: format!("http://127.0.0.1:{port}"), stop, thread };
        match is_ready.recv() {
            Ok(()) => Ok(serving),
            // It has ended, and says why.
            Err(_) => Err(serving.stop().err().unwrap_or_else(|| Fail::new(70, "the shop ended by itself"))),
        }
    }

    /// Ends the shop, as SIGTERM ends `serve`.
    pub(super) fn stop(self) -> Result<(), Fail> {
        let Self { stop, thread, .. } = self;
        // It may have ended already.
        stop.send(()).ok();
        thread.join().unwrap_or_else(|_| Err(Fail::new(70, "the shop's thread ended")))
    }

    /// Its HTTP interface, for an operator with a browser that may open X, at this address.
    pub(super) fn client(&self, x: Option<&str>) -> Result<ShopClient, Fail> {
        let peers = [Some(self.address.as_str()), x].into_iter().flatten();
        let peers = peers.filter_map(|address| address.strip_prefix("http://")?.parse::<Peer>().ok());
        let trust = Trust::load(None).map_err(|fault| Fail::config(fault.to_string()))?;
        let dialer = Dialer::new(Egress::new(Mode::Test, peers.collect()), trust, Clock::start());
        Ok(ShopClient { address: self.address.clone(), http: Client::new(dialer, Bounds::default()) })
    }
}

fn serve(path: &Path, stopped: oneshot::Receiver<()>, ready: &SyncSender<()>) -> Result<(), Fail> {
    // Variables of the environment are meant for a shop of the user's own.
    let read = read_serve(path, []).map_err(|faults| Fail::config(faults.to_string()))?;
    let shop = Shop::read(Some(path), read)?;
    let stop = async move { drop(stopped.await) };
    let signals = Signals { stop, hangup: None };
    // The starter waits for this word, or has gone, and the shop with it.
    let ready = |_: String| ready.send(()).unwrap_or_default();
    actix_rt::System::new().block_on(shop.serve(Allowed::default(), signals, ready))
}

/// An operator of the shop.
pub(super) struct ShopClient {
    address: String,
    http: Client,
}

impl ShopClient {
    /// Connects the shop's account at X: asks the shop where to go, allows the app there, and comes back.
    pub(super) fn connect_x(&self) -> Result<(), Fail> {
        let asked = self.send(Method::Post, &format!("{}/v1/networks/x/connect", self.address))?;
        let Connecting { authorize, .. } = read(&asked)?;
        let Some(authorize) = authorize else { return Ok(()) };
        let allowed = self.send(Method::Get, &format!("{authorize}&account=kiosk&approve=1"))?;
        let back = allowed.header("location").ok_or_else(|| unexpected("X did not lead back to the shop"))?;
        let page = self.send(Method::Get, back)?;
        if page.is_success() { Ok(()) } else { Err(unexpected("X is not connected")) }
    }

    /// A network that is not read yet, and why; none if all are read.
    pub(super) fn unread_network(&self) -> Result<Option<String>, Fail> {
        let NetworksView { networks } = read(&self.send(Method::Get, &self.url("/v1/networks"))?)?;
        let unread = networks.into_iter().find(|network| network.source != "live");
        Ok(unread.map(|network| {
            let reason = network.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{} is {}{reason}", network.name, network.source)
        }))
    }

    /// The offer as it is.
    pub(super) fn offer(&self) -> Result<OfferView, Fail> {
        read(&self.send(Method::Get, &self.url(&format!("/v1/offers/{OFFER}")))?)
    }

    /// Closes the sale, as `flashtag close` does: who is in line gets a final answer.
    pub(super) fn close(&self) -> Result<(), Fail> {
        let url = self.url(&format!("/v1/offers/{OFFER}/close"));
        let body = json!({"waitlist": "serve", "reason": "sold out"});
        let answer = self.answer(&Request::post_json(url, &body))?;
        if answer.is_success() { Ok(()) } else { Err(unexpected("the sale is not closed")) }
    }

    /// Replies, letters and orders that have not left yet.
    pub(super) fn pending(&self) -> Result<u64, Fail> {
        let metrics = self.send(Method::Get, &self.url("/metrics"))?;
        let text = String::from_utf8_lossy(&metrics.body);
        let count = text.lines().find_map(|line| line.strip_prefix("flashtag_outbox_pending ")?.parse().ok());
        count.ok_or_else(|| unexpected("its metrics do not tell what waits"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn send(&self, method: Method, url: &str) -> Result<Answer, Fail> {
        self.answer(&Request::new(method, url))
    }

    fn answer(&self, request: &Request) -> Result<Answer, Fail> {
        let answer = self.http.attempt(request);
        answer.map_err(|failure| {
            Fail::new(69, format!("the demo's own shop does not answer: {}", failure.text))
        })
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Fail> {
    answer.json().map_err(|fault| unexpected(&format!("status {}: {fault}", answer.status)))
}

fn unexpected(what: &str) -> Fail {
    Fail::new(70, format!("the demo's own shop answers unexpectedly: {what}; its log is serve.log"))
}
