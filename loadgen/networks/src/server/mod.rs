//! A network behind a port of this machine.

mod answers;
mod control;
mod frames;
mod settings;
mod shared;
mod streaming;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};

pub use self::settings::{Clock, Settings};
pub use self::shared::{Acts, Shared};
use crate::network::Network;
use crate::society::Society;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server<N> {
    /// The network, for people who act without requests.
    pub shared: Arc<Shared<N>>,
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl<N: Network + Society + 'static> Server<N> {
    /// Starts to listen on 127.0.0.1, in threads of its own.
    ///
    /// # Errors
    /// When the port is taken, or the machine has no threads left.
    pub fn start(mut network: N, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
        let address = listener.local_addr()?;
        network.set_base_url(&format!("http://{address}"));
        let name = format!("{} network", network.name());
        let shared = Arc::new(Shared::new(network, settings));
        let (started, handle) = mpsc::sync_channel(1);
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(name).spawn(move || run(served, listener, &started))?;
        let handle = handle.recv().map_err(|_| io::Error::other("the server did not start"))??;
        Ok(Self { shared, address, handle, thread: Some(thread) })
    }

    /// Where clients find it.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl<N> Drop for Server<N> {
    fn drop(&mut self) {
        // The order to stop is given by the call; the future only waits for its end, as the thread's end does.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told so itself.
            drop(thread.join());
        }
    }
}

fn run<N: Network + Society + 'static>(
    shared: Arc<Shared<N>>,
    listener: TcpListener,
    started: &mpsc::SyncSender<io::Result<ServerHandle>>,
) {
    actix_rt::System::new().block_on(async move {
        let shared = web::Data::from(shared);
        let app = move || App::new().app_data(shared.clone()).default_service(web::to(answers::answer::<N>));
        let server = HttpServer::new(app)
            .workers(1)
            .h1_allow_half_closed(false)
            .disable_signals()
            .shutdown_timeout(0)
            .listen(listener);
        match server.map(HttpServer::run) {
            Ok(server) => {
                // Nobody waits for the handle only if the starter is gone.
                started.send(Ok(server.handle())).unwrap_or_default();
                server.await.unwrap_or_else(|error| eprintln!("a network's server ended: {error}"));
            }
            Err(error) => started.send(Err(error)).unwrap_or_default(),
        }
    });
}
