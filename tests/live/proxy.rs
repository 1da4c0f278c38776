//! A TCP proxy that fails as networks do: it refuses, cuts, truncates, stalls, breaks what it carries into crumbs, and leaves
//! connections half-open. What happens is drawn for each connection, and for each piece of what it carries.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::test_rng::TestRng;

/// How long a connection is stalled, or half-open before it ends.
const STALL: Duration = Duration::from_millis(1_500);
const HALF_OPEN: Duration = Duration::from_secs(4);

/// What happens to a connection at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It ends before these bytes.
    Cut,
    /// It ends within them.
    Truncated,
    /// They come after a while.
    Stalled,
    /// They do not come, nor does anything else, and it ends much later.
    HalfOpen,
    /// They come a few at a time.
    Crumbs,
}

/// What the threads share.
struct Shared {
    to: SocketAddr,
    rng: Mutex<TestRng>,
    is_failing: AtomicBool,
    has_ended: AtomicBool,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

/// A proxy, until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens on a port of its own, and connects to `to`. Nothing fails before [`fail`](Self::fail).
    pub(crate) fn start(to: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            to,
            rng: Mutex::new(TestRng::new(seed)),
            is_failing: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            counts: Mutex::new(BTreeMap::new()),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if serving.has_ended.load(Ordering::Acquire) {
                    return;
                }
                let shared = Arc::clone(&serving);
                thread::spawn(move || carry(&shared, client));
            }
        });
        Self { address, shared }
    }

    /// Where clients find the network.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets connections fail from now on, or not.
    pub(crate) fn fail(&self, is_failing: bool) {
        self.shared.is_failing.store(is_failing, Ordering::Release);
    }

    /// What went wrong so far, by kind.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.shared.counts.lock().expect("no holder panics").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::Release);
        // Wakes the thread that waits for clients.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    /// Draws a number below `bound`; 0, the sign of a fault, only while it fails.
    fn draw(&self, bound: usize) -> usize {
        let drawn = self.rng.lock().expect("no holder panics").below(bound);
        if self.is_failing.load(Ordering::Acquire) { drawn } else { drawn.max(1) }
    }

    /// What happens to the next bytes of a connection.
    fn fate(&self) -> Option<Fate> {
        if self.draw(8) > 0 {
            return None;
        }
        let fates = [
            Fate::Cut,
            Fate::Cut,
            Fate::Truncated,
            Fate::Truncated,
            Fate::Stalled,
            Fate::HalfOpen,
            Fate::Crumbs,
        ];
        Some(*self.rng.lock().expect("no holder panics").pick(&fates))
    }

    fn count(&self, kind: &'static str) {
        *self.counts.lock().expect("no holder panics").entry(kind).or_default() += 1;
    }
}

/// Carries a connection to its end.
fn carry(shared: &Arc<Shared>, client: TcpStream) {
    if shared.draw(10) == 0 {
        return shared.count("connections refused");
    }
    let Ok(server) = TcpStream::connect(shared.to) else { return };
    let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let outward = Arc::clone(shared);
    let requests = thread::spawn(move || pass(&outward, from, to, "requests"));
    pass(shared, server, client, "answers");
    // A failure of one way is the end of both; the thread has told what it saw.
    drop(requests.join());
}

/// Carries one way of a connection until it ends, or fails.
fn pass(shared: &Shared, mut from: TcpStream, mut to: TcpStream, what: &str) {
    let mut buffer = [0; 4_096];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            break;
        }
        let (bytes, half) = (&buffer[..read], &buffer[..read / 2]);
        let fate = shared.fate();
        if let Some(fate) = fate {
            shared.count(name(fate, what));
        }
        let sent = match fate {
            None => to.write_all(bytes),
            Some(Fate::Cut) => break,
            Some(Fate::Truncated) => {
                to.write_all(half).ok();
                break;
            }
            Some(Fate::Stalled) => {
                thread::sleep(STALL);
                to.write_all(bytes)
            }
            Some(Fate::HalfOpen) => {
                to.write_all(half).ok();
                thread::sleep(HALF_OPEN);
                break;
            }
            Some(Fate::Crumbs) => bytes.chunks(7).try_for_each(|crumb| to.write_all(crumb)),
        };
        if sent.is_err() {
            break;
        }
    }
    // Both sides see the end at once.
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}

/// A fault in the result of a run.
fn name(fate: Fate, what: &str) -> &'static str {
    match (fate, what == "requests") {
        (Fate::Cut, true) => "requests cut",
        (Fate::Cut, false) => "answers cut",
        (Fate::Truncated, true) => "requests truncated",
        (Fate::Truncated, false) => "answers truncated",
        (Fate::Stalled, _) => "stalls",
        (Fate::HalfOpen, _) => "connections half-open",
        (Fate::Crumbs, _) => "bytes in crumbs",
    }
}
