//! Guards a connection's bytes: cuts connections that stall, and counts refusals for which no request exists.
//!
//! actix bounds the time of a connection's first head, and the idle time after a request. Between the two a
//! client could begin a second head and never end it, or send requests and never read the responses. And what
//! actix refuses before a request exists would not be counted.

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

/// The start of actix's response when the first head does not arrive in time.
const HEAD_TIMEOUT: &[u8] = b"HTTP/1.1 408 ";

/// How long something has been in progress, in ticks of the guard's timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Since {
    /// It is not in progress.
    #[default]
    Nothing,
    /// It began, or made progress, after the last tick.
    ThisTick,
    /// It made no progress since before the last tick.
    LastTick,
}

/// The state of a connection, shared by its stream and its requests.
#[derive(Debug)]
pub(crate) struct ConnectionActivity {
    patience: Millis,
    /// Whether a head was read to its end, or its timeout was counted already.
    head_seen: Cell<bool>,
    running: Cell<u32>,
    /// A head has begun to arrive.
    head: Cell<Since>,
    /// Response bytes wait for the client to read them.
    answer: Cell<Since>,
}

/// A request that is being answered. Bytes that arrive meanwhile are its body, which is bounded elsewhere.
pub(crate) struct RequestInProgress(Option<Rc<ConnectionActivity>>);

impl RequestInProgress {
    /// Marks a request as begun on its connection; a no-op if the stream is not guarded.
    pub(crate) fn begin(request: &HttpRequest) -> Self {
        // Keeps the activity, not the request: actix needs the request unshared until it has found the
        // handler.
        let activity = request.conn_data::<Rc<ConnectionActivity>>().cloned();
        if let Some(activity) = &activity {
            activity.head_seen.set(true);
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
    /// Creates a stream that fails once a head or a response makes no progress for longer than `patience`.
    pub(crate) fn new(stream: TcpStream, patience: Millis) -> Self {
        let activity = ConnectionActivity {
            patience,
            head_seen: Cell::default(),
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

    /// Fails if a head or a response made no progress for a whole tick.
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
        // Before the first request, only actix itself writes this response, and writes it in one piece.
        if buf.starts_with(HEAD_TIMEOUT) && !guard.activity.head_seen.replace(true) {
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

/// Counts the refusal that ended a connection if there was no request to count it. Badly framed bodies belong
/// to a request, which is answered and counted.
pub(crate) fn count_end(end: &DispatchError) {
    match end {
        DispatchError::Parse(ParseError::TooLarge) => count_refusal("head_too_large"),
        DispatchError::Parse(ParseError::Io(_)) => {}
        DispatchError::Parse(_) => count_refusal("bad_framing"),
        _ => {}
    }
}
