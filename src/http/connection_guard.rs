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

use super::refusal_count::count_refusal;
use crate::domain::time::Millis;

/// How actix's answer to a first head that does not come begins.
const HEAD_TIMEOUT: &[u8] = b"HTTP/1.1 408 ";

/// How long something has been under way, in ticks of the guard's timer.
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

/// What is going on in a connection, shared by its bytes and its requests.
#[derive(Debug)]
pub(crate) struct ConnectionActivity {
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
pub(crate) struct RequestInProgress(Option<Rc<ConnectionActivity>>);

impl RequestInProgress {
    /// A request was heard on that connection; none, if it came over no guarded stream.
    pub(crate) fn begin(request: &HttpRequest) -> Self {
        // Not the request: actix wants that to itself until it has found the handler.
        let activity = request.conn_data::<Rc<ConnectionActivity>>().cloned();
        if let Some(activity) = &activity {
            activity.heard.set(true);
            activity.running.set(activity.running.get() + 1);
            activity.head.set(Since::Nothing);
        }
        Self(activity)
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        if let Some(activity) = &self.0 {
            activity.running.set(activity.running.get() - 1);
        }
    }
}

/// A connection's stream.
pub(crate) struct GuardedStream {
    stream: TcpStream,
    activity: Rc<ConnectionActivity>,
    tick: Pin<Box<Sleep>>,
}

impl GuardedStream {
    /// A stream on which no head, and no answer, may stand still for longer than that.
    pub(crate) fn new(stream: TcpStream, patience: Millis) -> Self {
        let activity = ConnectionActivity {
            patience,
            heard: Cell::default(),
            running: Cell::default(),
            head: Cell::default(),
            answer: Cell::default(),
        };
        Self { stream, activity: Rc::new(activity), tick: Box::pin(sleep(patience.std())) }
    }

    pub(crate) fn activity(&self) -> Rc<ConnectionActivity> {
        Rc::clone(&self.activity)
    }

    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    /// Fails if a whole tick went by in which nothing moved that should.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.tick.as_mut().poll(cx).is_ready() {
            let next: Instant = self.tick.deadline() + self.activity.patience.std();
            self.tick.as_mut().reset(next);
            for (since, code) in
                [(&self.activity.head, "head_timeout"), (&self.activity.answer, "answer_not_taken")]
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

impl AsyncRead for GuardedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        guard.check(cx)?;
        let before = buf.filled().len();
        ready!(Pin::new(&mut guard.stream).poll_read(cx, buf))?;
        let activity = &guard.activity;
        if buf.filled().len() > before && activity.running.get() == 0 && activity.head.get() == Since::Nothing
        {
            activity.head.set(Since::ThisTick);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        guard.check(cx)?;
        // Before there was a request, this is actix's own word. It is written in one piece.
        if buf.starts_with(HEAD_TIMEOUT) && !guard.activity.heard.replace(true) {
            count_refusal("head_timeout");
        }
        let written = Pin::new(&mut guard.stream).poll_write(cx, buf);
        let answer = &guard.activity.answer;
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
