//! The resolver: from the name of a host to its addresses, within a bounded time.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// Upper bound on the names that are looked up at one time. The system's lookup cannot be broken off, so one that nobody
/// waits for any more still has its thread.
const LOOKUPS_MAX: usize = 32;

/// Upper bound on the addresses of a name that are tried.
const ADDRESSES_MAX: usize = 8;

/// Looks a name up: `host` without brackets, `port` for the addresses.
pub type Lookup = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Why a name has no addresses.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    #[error("the name cannot be resolved: {0}")]
    Failed(#[from] io::Error),
    #[error("the name has no address")]
    Empty,
    #[error("the name was not resolved in time")]
    Late,
    #[error("too many names are being resolved")]
    Busy,
}

/// The resolver. Its clones share their bound.
#[derive(Clone)]
pub(super) struct Resolver {
    lookup: Arc<Lookup>,
    running: Arc<AtomicUsize>,
}

impl Resolver {
    /// Resolves as the system does.
    pub(super) fn of_system() -> Self {
        Self::new(Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect())))
    }

    pub(super) fn new(lookup: Arc<Lookup>) -> Self {
        Self { lookup, running: Arc::default() }
    }

    /// The addresses of a host, in the order in which they should be tried.
    pub(super) fn addresses(
        &self,
        host: &str,
        port: u16,
        wait: Duration,
    ) -> Result<Vec<SocketAddr>, Unresolved> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let place = Place::take(&self.running).ok_or(Unresolved::Busy)?;
        let (found, finding) = sync_channel(1);
        let (lookup, host) = (Arc::clone(&self.lookup), host.to_owned());
        thread::Builder::new().name("resolver".to_owned()).spawn(move || {
            let _place = place;
            // Nobody waits any more if it took too long.
            let _ = found.send(lookup(&host, port));
        })?;
        let mut addresses = finding.recv_timeout(wait).map_err(|_| Unresolved::Late)??;
        addresses.truncate(ADDRESSES_MAX);
        if addresses.is_empty() { Err(Unresolved::Empty) } else { Ok(addresses) }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("running", &self.running).finish_non_exhaustive()
    }
}

/// One of the lookups that may run.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(running: &Arc<AtomicUsize>) -> Option<Self> {
        let one_more = |count: usize| (count < LOOKUPS_MAX).then_some(count + 1);
        running.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(Self(Arc::clone(running)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
