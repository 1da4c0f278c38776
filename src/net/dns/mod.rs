//! Texts that a domain publishes (TXT records), asked of the resolver of this machine.
//!
//! The system's own lookup knows addresses alone. This asks one question over UDP, or over TCP where the answer is long, and
//! reads one kind of record; a library that can do all of DNS would be ten crates for that.

mod message;
mod servers;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;

use compact_str::{CompactString, ToCompactString};

pub use self::message::{Answered, NotAName, NotDns, answer, query};
pub use self::servers::servers_of;
use crate::domain::time::Millis;

/// Where the system says which resolvers it has.
const RESOLVERS: &str = "/etc/resolv.conf";

/// How long a resolver may take. It asks others in turn.
const WAIT: Millis = Millis::from_secs(3);

/// How often each resolver is asked: a datagram may be lost.
const TRIES: usize = 2;

/// Bytes of an answer over UDP that are read.
const DATAGRAM_BYTES: usize = 4096;

/// Why the texts of a name are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TxtFault {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// The machine names no resolver.
    #[error("this machine names no resolver in {RESOLVERS}")]
    NoServer,
    /// No resolver answered.
    #[error("no resolver answered: {0}")]
    Unanswered(CompactString),
    /// The resolver could not find out.
    #[error("the resolver could not find out (code {0})")]
    Failed(u8),
}

/// Asks for the texts of names.
#[derive(Debug, Clone)]
pub struct Texts {
    servers: Vec<SocketAddr>,
    wait: Millis,
}

impl Texts {
    /// Asks the resolvers of this machine.
    #[must_use]
    pub fn of_system() -> Self {
        Self::new(servers_of(&std::fs::read_to_string(Path::new(RESOLVERS)).unwrap_or_default()), WAIT)
    }

    /// Asks these resolvers, each for so long.
    #[must_use]
    pub const fn new(servers: Vec<SocketAddr>, wait: Millis) -> Self {
        Self { servers, wait }
    }

    /// The texts of a name; none if there is no such name, or if it has no text.
    ///
    /// # Errors
    /// When nobody can tell.
    pub fn of(&self, name: &str) -> Result<Vec<String>, TxtFault> {
        let mut fault = TxtFault::NoServer;
        for server in self.servers.iter().flat_map(|server| std::iter::repeat_n(server, TRIES)) {
            let id = rand::random::<u16>();
            let asked = query(id, name)?;
            match self.ask(*server, id, &asked) {
                Ok(Answered::Texts(texts)) => return Ok(texts),
                Ok(Answered::Failed(code)) => fault = TxtFault::Failed(code),
                Ok(Answered::Cut) => fault = TxtFault::Unanswered("the answer was cut".into()),
                Err(error) => fault = TxtFault::Unanswered(error.to_compact_string()),
            }
        }
        Err(fault)
    }

    fn ask(&self, server: SocketAddr, id: u16, asked: &[u8]) -> io::Result<Answered> {
        match self.over_udp(server, id, asked)? {
            Answered::Cut => self.over_tcp(server, id, asked),
            answered => Ok(answered),
        }
    }

    fn over_udp(&self, server: SocketAddr, id: u16, asked: &[u8]) -> io::Result<Answered> {
        let local: SocketAddr =
            if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(local)?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(self.wait.std()))?;
        socket.send(asked)?;
        let mut buffer = vec![0; DATAGRAM_BYTES];
        let count = socket.recv(&mut buffer)?;
        read(id, asked, buffer.get(..count).unwrap_or_default())
    }

    fn over_tcp(&self, server: SocketAddr, id: u16, asked: &[u8]) -> io::Result<Answered> {
        let mut tcp = TcpStream::connect_timeout(&server, self.wait.std())?;
        tcp.set_read_timeout(Some(self.wait.std()))?;
        tcp.set_write_timeout(Some(self.wait.std()))?;
        let length = u16::try_from(asked.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        tcp.write_all(&length.to_be_bytes())?;
        tcp.write_all(asked)?;
        let mut length = [0; 2];
        tcp.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        tcp.read_exact(&mut bytes)?;
        read(id, asked, &bytes)
    }
}

fn read(id: u16, asked: &[u8], bytes: &[u8]) -> io::Result<Answered> {
    answer(id, asked, bytes).map_err(|NotDns| io::ErrorKind::InvalidData.into())
}
