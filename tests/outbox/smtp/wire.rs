//! Connections to a [`Server`] in virtual time, which can be cut at every byte.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use compact_str::CompactString;
use flashtag::domain::time::Millis;
use flashtag::net::{Lost, Talk, Talks, TextServer};

use super::server::{Rules, Server};

/// What becomes of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// Nobody answers the call.
    NoAnswer,
    /// It is cut once the server has heard this many bytes. The client notices when it sends more, or only when it listens.
    CutUp(usize, Notice),
    /// It is cut once the client has heard this many bytes.
    CutDown(usize),
    /// The client hears nothing more after this many bytes.
    Silence(usize),
    /// Each byte takes this long.
    Drip(i64),
}

/// When the client notices that what it sends arrives nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    AtOnce,
    Later,
}

/// What the connections share.
pub(super) struct World {
    pub(super) now_us: u64,
    rules: Rules,
    /// What becomes of each connection; afterwards nothing.
    faults: VecDeque<Fault>,
    /// Bytes that arrive at one time.
    chunk: usize,
    pub(super) calls: usize,
    /// Bytes that servers heard.
    pub(super) heard: usize,
    /// The letters that the server has, in all.
    pub(super) taken: Vec<Vec<u8>>,
    /// What each connection's server heard.
    pub(super) said: Vec<Vec<String>>,
}

/// The network.
#[derive(Clone)]
pub(super) struct Wires(Arc<Mutex<World>>);

impl Wires {
    pub(super) fn new(rules: Rules, faults: impl IntoIterator<Item = Fault>, chunk: usize) -> Self {
        let faults = faults.into_iter().collect();
        let (taken, said) = (Vec::new(), Vec::new());
        Self(Arc::new(Mutex::new(World { now_us: 0, rules, faults, chunk, calls: 0, heard: 0, taken, said })))
    }

    pub(super) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// The connections that were made, and the letters that arrived.
    pub(super) fn counts(&self) -> (usize, usize) {
        let world = self.world();
        (world.calls, world.taken.len())
    }

    pub(super) fn pass(&self, ms: i64) {
        self.world().now_us += ms.unsigned_abs() * 1_000;
    }
}

impl Talks for Wires {
    fn call(&self, server: &TextServer, wait: Millis) -> Result<Box<dyn Talk>, Lost> {
        let mut world = self.world();
        world.calls += 1;
        world.said.push(Vec::new());
        let fault = world.faults.pop_front().unwrap_or(Fault::None);
        if fault == Fault::NoAnswer {
            world.now_us += wait.ms().unsigned_abs() * 1_000;
            return Err(Lost("no connection in time".into()));
        }
        let server_side = Server::new(world.rules.clone());
        let down = server_side.greeting();
        let number = world.calls - 1;
        drop(world);
        assert_eq!(server.host, "mail.test");
        let wires = self.clone();
        Ok(Box::new(Line { wires, server: server_side, down, fault, up: 0, heard: 0, cut: false, number }))
    }

    fn elapsed_us(&self) -> u64 {
        self.world().now_us
    }
}

struct Line {
    wires: Wires,
    server: Server,
    /// What is on its way to the client.
    down: Vec<u8>,
    fault: Fault,
    up: usize,
    heard: usize,
    cut: bool,
    number: usize,
}

impl Line {
    fn tell(&mut self) {
        let mut world = self.wires.world();
        world.taken.append(&mut self.server.taken);
        world.said[self.number] = self.server.said.clone();
    }
}

impl Talk for Line {
    fn send(&mut self, bytes: &[u8], _: Millis) -> Result<(), Lost> {
        if self.cut {
            return Err(Lost("broken pipe".into()));
        }
        let (arrives, notice) = match self.fault {
            Fault::CutUp(at, notice) => (bytes.len().min(at.saturating_sub(self.up)), Some(notice)),
            _ => (bytes.len(), None),
        };
        self.up += arrives;
        self.wires.world().heard += arrives;
        let answer = self.server.hears(&bytes[..arrives]);
        self.down.extend(answer);
        self.tell();
        if arrives < bytes.len() {
            self.cut = true;
            self.down.clear();
            if notice == Some(Notice::AtOnce) {
                return Err(Lost("broken pipe".into()));
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Millis) -> Result<usize, Lost> {
        if self.cut {
            return Ok(0);
        }
        let (most, is_cut, slow_ms) = match self.fault {
            Fault::CutDown(at) => (at.saturating_sub(self.heard), true, 1),
            Fault::Silence(at) => (at.saturating_sub(self.heard), false, 1),
            Fault::Drip(ms) => (1, false, ms),
            _ => (usize::MAX, false, 1),
        };
        if most == 0 && is_cut {
            self.cut = true;
            return Ok(0);
        }
        let mut world = self.wires.world();
        let count = self.down.len().min(most).min(world.chunk).min(buffer.len());
        if count == 0 || slow_ms > wait.ms() {
            world.now_us += wait.ms().unsigned_abs() * 1_000;
            return Err(Lost("no answer in time".into()));
        }
        world.now_us += slow_ms.unsigned_abs() * 1_000;
        drop(world);
        for (place, byte) in buffer.iter_mut().zip(self.down.drain(..count)) {
            *place = byte;
        }
        self.heard += count;
        Ok(count)
    }

    fn secure(&mut self, _: Millis) -> Result<(), Lost> {
        self.server.secured();
        self.tell();
        Ok(())
    }

    fn is_quiet(&mut self) -> bool {
        !self.cut && self.down.is_empty()
    }

    fn tls_version(&self) -> Option<CompactString> {
        self.server.said.iter().any(|said| said == "(TLS)").then(|| "TLS 1.3".into())
    }
}
