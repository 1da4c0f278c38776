//! The server: listens, within its limits, until it is stopped.

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_http::{HttpService, Protocol};
use actix_rt::net::TcpStream;
use actix_server::GracefulShutdownSignal;
use actix_service::{ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, Extensions, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, web};
use tokio::net::TcpSocket;

use super::connection_guard::{GuardedStream, count_end};
use super::response_stamp::stamp_response;
use super::routes::routes;
use super::state::State;
use super::tokens::Tokens;
use crate::config::limits::Limits;
use crate::domain::time::Timestamp;
use crate::telemetry::log_gate::INTERVAL;

/// Connections that the system may queue while all of the server's are in use.
const BACKLOG: u32 = 1024;

/// How long, in seconds, requests in progress may take to end when the server is stopped.
const SHUTDOWN_S: u64 = 5;

/// How long the server reads on after its last response on a connection, so that the client can read that
/// response.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", reason(.source))]
pub struct NotListening {
    /// The address that it was to listen on.
    pub address: SocketAddr,
    /// The system's error.
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
    /// Tells now and then which requests the log left out.
    counting: actix_rt::task::JoinHandle<()>,
}

impl HttpServer {
    /// Starts to listen. Call it within an actix system; port 0 lets the system choose a port.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start(listen: SocketAddr, state: State) -> Result<Self, NotListening> {
        let unbound = |source| NotListening { address: listen, source };
        let state = web::Data::new(state);
        let listener = bind(listen).map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let Limits { connections, http_workers, .. } = state.limits;
        let builder = actix_server::Server::build()
            .workers(http_workers)
            .max_concurrent_connections(connections)
            .shutdown_timeout(SHUTDOWN_S)
            .disable_signals();
        let (shared, stopping) = (state.clone(), builder.graceful_shutdown_signal());
        let service = move || serve(&shared, &stopping);
        let server = builder.listen("http", listener, service).map_err(unbound)?.run();
        let handle = server.handle();
        let counting = actix_rt::spawn(tell_rest(state.clone()));
        Ok(Self { address, state, handle, running: actix_rt::spawn(server), counting })
    }

    /// The address on which the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts these tokens from now on, and no others.
    pub fn set_tokens(&self, tokens: Tokens) {
        self.state.set_tokens(tokens);
    }

    /// Refuses new posts and changes with 503 from now on. Reads are still answered.
    pub fn refuse(&self) {
        self.state.refuse();
    }

    /// Stops: accepts no new connections, and gives requests in progress a few seconds to end.
    pub async fn stop(self) {
        self.refuse();
        self.handle.stop(true).await;
        // Whether it ended cleanly no longer matters: the server is gone either way.
        self.running.await.ok();
        self.counting.abort();
        self.state.log.tell_rest(Timestamp::MAX);
    }
}

/// Tells, as long as the server runs, how many requests got no line in the log.
async fn tell_rest(state: web::Data<State>) {
    loop {
        actix_rt::time::sleep(INTERVAL.std()).await;
        state.log.tell_rest(state.node.clock().now());
    }
}

/// Binds a socket that listens on the address.
fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves the connections of a worker, as `actix_web::HttpServer` does, but over a [`GuardedStream`].
fn serve(
    state: &web::Data<State>,
    stopping: &GracefulShutdownSignal,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = (), InitError = ()> + use<> {
    let Limits { head_timeout, keep_alive, .. } = state.limits;
    let stopping = stopping.clone();
    let app = App::new().app_data(state.clone()).wrap(from_fn(stamp_response)).configure(routes);
    let http = HttpService::build()
        .graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
        .client_request_timeout(head_timeout.std())
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .keep_alive(keep_alive.std())
        .on_connect_ext(|stream: &GuardedStream, connection: &mut Extensions| {
            drop(connection.insert(stream.activity()))
        })
        .finish(map_config(app, |()| AppConfig::default()));
    let accepted = fn_service(move |stream: TcpStream| {
        let stream = GuardedStream::new(stream, head_timeout);
        let peer = stream.peer();
        ready(Ok((stream, Protocol::Http1, peer)))
    });
    accepted.and_then(http).map_err(|end| count_end(&end))
}
