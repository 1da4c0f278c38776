//! The server: listens, within its bounds, until its owner stops it.

use std::io;
use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, web};

use super::routes::routes;
use super::stamp::stamp;
use super::state::State;
use crate::config::limits::Limits;

/// Connections that the system may hold back while all of ours are taken.
const BACKLOG: u32 = 1024;

/// How long requests under way may take to end when the server is stopped.
const SHUTDOWN_S: u64 = 5;

/// The server does not listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", reason(.source))]
pub struct NotListening {
    /// Where it was to listen.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

fn reason(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another process".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not listen on that port".to_owned(),
        _ => source.to_string(),
    }
}

/// A running server.
pub struct HttpServer {
    address: SocketAddr,
    state: web::Data<State>,
    handle: ServerHandle,
    running: actix_rt::task::JoinHandle<io::Result<()>>,
}

impl HttpServer {
    /// Starts to listen. To be called within an actix system; port 0 lets the system choose one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start(listen: SocketAddr, state: State) -> Result<Self, NotListening> {
        let unbound = |source| NotListening { address: listen, source };
        let state = web::Data::new(state);
        let Limits { head_timeout, keep_alive, connections, http_workers, .. } = state.limits;
        let shared = state.clone();
        let app = move || App::new().app_data(shared.clone()).wrap(from_fn(stamp)).configure(routes);
        let server = actix_web::HttpServer::new(app)
            .workers(http_workers)
            .max_connections(connections)
            .backlog(BACKLOG)
            .client_request_timeout(head_timeout.std())
            .keep_alive(keep_alive.std())
            .shutdown_timeout(SHUTDOWN_S)
            .disable_signals()
            .bind(listen)
            .map_err(unbound)?;
        let address = server.addrs().first().copied().unwrap_or(listen);
        let server = server.run();
        let handle = server.handle();
        Ok(Self { address, state, handle, running: actix_rt::spawn(server) })
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing new is taken in: whoever asks is told to come back later. What can be read
    /// is still told.
    pub fn refuse(&self) {
        self.state.refuse();
    }

    /// Stops: no new connections; requests under way get a few seconds to end.
    pub async fn stop(self) {
        self.refuse();
        self.handle.stop(true).await;
        // How it ended does not matter any more: nobody is listening.
        self.running.await.ok();
    }
}
