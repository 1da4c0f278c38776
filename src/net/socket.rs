//! A connection, plain or by TLS, whose reads and writes end in time.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustls::{ClientConnection, ProtocolVersion, StreamOwned};

use crate::clock::Clock;

/// Shortest wait that the system can be asked for.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// A connection to a peer. Reads and writes end with [`io::ErrorKind::WouldBlock`] once the time is over that
/// [`Socket::allow`] gave them; what was read and written until then is kept.
#[derive(Debug)]
pub(super) struct Socket(Link);

#[derive(Debug)]
enum Link {
    Plain(TimedStream),
    /// Between both: TLS was not agreed on, and nothing is said over it any more.
    Broken,
    Tls(Box<StreamOwned<ClientConnection, TimedStream>>),
}

impl Socket {
    /// A connection without TLS.
    pub(super) fn plain(tcp: TcpStream, clock: Clock) -> Self {
        Self(Link::Plain(TimedStream::new(tcp, clock)))
    }

    /// Agrees on TLS within `wait`. A connection on which that failed is broken.
    pub(super) fn secure(&mut self, mut session: ClientConnection, wait: Duration) -> io::Result<()> {
        let Link::Plain(mut stream) = std::mem::replace(&mut self.0, Link::Broken) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        stream.allow(wait);
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        self.0 = Link::Tls(Box::new(StreamOwned::new(session, stream)));
        Ok(())
    }

    /// Gives the reads and writes that follow this long, all together.
    pub(super) fn allow(&mut self, wait: Duration) {
        if let Some(stream) = self.stream_mut() {
            stream.allow(wait);
        }
    }

    /// Whether it is by TLS.
    pub(super) const fn is_tls(&self) -> bool {
        matches!(self.0, Link::Tls(_))
    }

    /// The version of TLS that was agreed on.
    pub(super) fn tls_version(&self) -> Option<ProtocolVersion> {
        if let Link::Tls(tls) = &self.0 { tls.conn.protocol_version() } else { None }
    }

    /// The bytes that the system has taken to send, with those of TLS.
    pub(super) const fn sent(&self) -> u64 {
        match &self.0 {
            Link::Plain(stream) => stream.sent,
            Link::Tls(tls) => tls.sock.sent,
            Link::Broken => 0,
        }
    }

    /// Whether the peer keeps the connection open, and has sent nothing that nobody asked for.
    pub(super) fn is_open(&mut self) -> bool {
        let non_blocking = |socket: &mut Self, on: bool| {
            socket.stream_mut().is_some_and(|stream| stream.tcp.set_nonblocking(on).is_ok())
        };
        if !non_blocking(self, true) {
            return false;
        }
        let quiet = match &mut self.0 {
            Link::Plain(stream) => is_blocked(&stream.tcp.read(&mut [0])),
            Link::Tls(tls) => is_quiet(tls),
            Link::Broken => false,
        };
        quiet && non_blocking(self, false)
    }

    fn stream_mut(&mut self) -> Option<&mut TimedStream> {
        match &mut self.0 {
            Link::Plain(stream) => Some(stream),
            Link::Tls(tls) => Some(&mut tls.sock),
            Link::Broken => None,
        }
    }
}

/// Takes in what TLS itself sends between answers, such as session tickets.
fn is_quiet(tls: &mut StreamOwned<ClientConnection, TimedStream>) -> bool {
    loop {
        match tls.conn.read_tls(&mut tls.sock.tcp) {
            Ok(0) => return false,
            Ok(_) => match tls.conn.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            },
            read => return is_blocked(&read),
        }
    }
}

fn is_blocked(read: &io::Result<usize>) -> bool {
    matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Link::Plain(stream) => stream.read(buffer),
            Link::Tls(tls) => tls.read(buffer),
            Link::Broken => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Link::Plain(stream) => stream.write(bytes),
            Link::Tls(tls) => tls.write(bytes),
            Link::Broken => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Link::Plain(stream) => stream.flush(),
            Link::Tls(tls) => tls.flush(),
            Link::Broken => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// A TCP stream whose reads and writes end in time.
#[derive(Debug)]
struct TimedStream {
    tcp: TcpStream,
    clock: Clock,
    /// When the time is over, in microseconds of the clock.
    until_us: u64,
    /// The whole wait, until the first call uses it: the same wait again costs no call of the system.
    fresh: Option<Duration>,
    /// The waits that the system knows.
    read_wait: Option<Duration>,
    write_wait: Option<Duration>,
    sent: u64,
}

impl TimedStream {
    fn new(tcp: TcpStream, clock: Clock) -> Self {
        Self { tcp, clock, until_us: 0, fresh: None, read_wait: None, write_wait: None, sent: 0 }
    }

    fn allow(&mut self, wait: Duration) {
        let wait = wait.max(WAIT_MIN);
        let wait_us = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.until_us = self.clock.elapsed_us().saturating_add(wait_us);
        self.fresh = Some(wait);
    }

    /// What is left of the time.
    fn left(&mut self) -> io::Result<Duration> {
        if let Some(wait) = self.fresh.take() {
            return Ok(wait);
        }
        match self.until_us.saturating_sub(self.clock.elapsed_us()) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            left => Ok(Duration::from_micros(left).max(WAIT_MIN)),
        }
    }
}

/// The system says that a wait is over in two ways.
fn over(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::TimedOut { io::ErrorKind::WouldBlock.into() } else { error }
}

impl Read for TimedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.left()?;
            if self.read_wait != Some(left) {
                self.tcp.set_read_timeout(Some(left))?;
                self.read_wait = Some(left);
            }
            match self.tcp.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read.map_err(over),
            }
        }
    }
}

impl Write for TimedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let left = self.left()?;
            if self.write_wait != Some(left) {
                self.tcp.set_write_timeout(Some(left))?;
                self.write_wait = Some(left);
            }
            match self.tcp.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => {
                    let written = written.map_err(over)?;
                    self.sent += written as u64;
                    return Ok(written);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
