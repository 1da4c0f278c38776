//! A connection's bytes: cut where they stop in the middle, and counted where no request tells.
//!
//! actix bounds the head of a connection's first request, and how long nothing comes after one. Between
//! the two a client could begin a second head and never end it, or ask much and take nothing; and what
//! actix refuses by itself, before there is a request, nobody would count.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_http::error::{DispatchError, ParseError};
use actix_web::HttpRequest;
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::problem::count_refusal;
use crate::domain::time::Millis;

/// How actix's answer to a first head that does not come begins.
const HEAD_TIMEOUT: &[u8] = b"HTTP/1.1 408 ";

/// How long something has been under way, in ticks of the wire's timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Since {
    /// It is not under way.
    #[default]
    Nothing,
    /// It began, or went on, after the last tick.
    ThisTick,
    /// A whole tick has gone by with it.
    LastTick,
}

/// What the requests of a connection and its bytes tell each other.
#[derive(Debug)]
pub(crate) struct Visit {
    patience: Millis,
    /// Whether a head was read to its end, or is not waited for any more.
    heard: Cell<bool>,
    running: Cell<u32>,
    /// Bytes of a head came.
    head: Cell<Since>,
    /// An answer waits to be taken.
    answer: Cell<Since>,
}

/// A request that is being answered; what comes meanwhile is its body, which has a bound of its own.
pub(crate) struct Running(Option<Rc<Visit>>);

impl Running {
    /// A request was heard on that connection; none, if it came over no wire.
    pub(crate) fn begin(request: &HttpRequest) -> Self {
        // The visit and not the request: actix wants that to itself until it has found the handler.
        let visit = request.conn_data::<Rc<Visit>>().cloned();
        if let Some(visit) = &visit {
            visit.heard.set(true);
            visit.running.set(visit.running.get() + 1);
            visit.head.set(Since::Nothing);
        }
        Self(visit)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(visit) = &self.0 {
            visit.running.set(visit.running.get() - 1);
        }
    }
}

/// A connection's stream.
pub(crate) struct Wire {
    stream: TcpStream,
    visit: Rc<Visit>,
    tick: Pin<Box<Sleep>>,
}

impl Wire {
    /// A wire on which no head, and no answer, may stand still for longer than that.
    pub(crate) fn new(stream: TcpStream, patience: Millis) -> Self {
        let visit = Visit {
            patience,
            heard: Cell::default(),
            running: Cell::default(),
            head: Cell::default(),
            answer: Cell::default(),
        };
        Self { stream, visit: Rc::new(visit), tick: Box::pin(sleep(patience.std())) }
    }

    pub(crate) fn visit(&self) -> Rc<Visit> {
        Rc::clone(&self.visit)
    }

    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    /// Fails if a whole tick went by in which nothing moved that should.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.tick.as_mut().poll(cx).is_ready() {
            let next: Instant = self.tick.deadline() + self.visit.patience.std();
            self.tick.as_mut().reset(next);
            for (since, code) in
                [(&self.visit.head, "head_timeout"), (&self.visit.answer, "answer_not_taken")]
            {
                match since.get() {
                    Since::Nothing => {}
                    Since::ThisTick => since.set(Since::LastTick),
                    Since::LastTick => {
                        since.set(Since::Nothing);
                        count_refusal(code);
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                }
            }
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.check(cx)?;
        let before = buf.filled().len();
        ready!(Pin::new(&mut wire.stream).poll_read(cx, buf))?;
        let visit = &wire.visit;
        if buf.filled().len() > before && visit.running.get() == 0 && visit.head.get() == Since::Nothing {
            visit.head.set(Since::ThisTick);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        wire.check(cx)?;
        // Before there was a request, this is actix's own word. It is written in one piece.
        if buf.starts_with(HEAD_TIMEOUT) && !wire.visit.heard.replace(true) {
            count_refusal("head_timeout");
        }
        let written = Pin::new(&mut wire.stream).poll_write(cx, buf);
        let answer = &wire.visit.answer;
        match &written {
            Poll::Ready(_) => answer.set(Since::Nothing),
            Poll::Pending if answer.get() == Since::Nothing => answer.set(Since::ThisTick),
            Poll::Pending => {}
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Counts what ended a connection, if it is a refusal that no request tells of. A body that is framed
/// wrongly is a request's, which is answered and counted.
pub(crate) fn count_end(end: &DispatchError) {
    match end {
        DispatchError::Parse(ParseError::TooLarge) => count_refusal("head_too_large"),
        DispatchError::Parse(ParseError::Io(_)) => {}
        DispatchError::Parse(_) => count_refusal("bad_framing"),
        _ => {}
    }
}
