//! An open connection: what the network sends is asked for in short intervals.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::time::{Interval, interval};
use actix_web::body::{BodyStream, BoxBody, MessageBody};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{Message, MessageStream};
use futures_util::stream;

use super::frames::{Then, close, pong, write};
use super::shared::{Acts, Shared};
use crate::network::{Network, StreamId, StreamKind};

/// How often the network is asked.
const TICK: Duration = Duration::from_millis(10);

/// A connection that the network knows. Dropping it tells the network that it ended.
pub(crate) struct OpenStream<N: Network> {
    shared: Arc<Shared<N>>,
    id: StreamId,
}

impl<N: Network> Drop for OpenStream<N> {
    fn drop(&mut self) {
        self.shared.lock().stage.close(self.id);
    }
}

impl<N: Network + 'static> OpenStream<N> {
    pub(crate) const fn new(shared: Arc<Shared<N>>, id: StreamId) -> Self {
        Self { shared, id }
    }

    /// Answers the request that opened it.
    pub(crate) fn serve(
        self,
        request: &HttpRequest,
        body: Payload,
        kind: StreamKind,
    ) -> Result<HttpResponse, actix_web::Error> {
        let StreamKind::WebSocket(subprotocol) = kind else {
            let StreamKind::Endless(kind) = kind else {
                return Ok(HttpResponse::InternalServerError().finish());
            };
            let sender = Sender::new(self, None, None);
            return Ok(HttpResponse::Ok().content_type(kind).streaming(sender.into_stream()));
        };
        let offered: Vec<&str> = subprotocol.into_iter().collect();
        let (response, _, messages) = actix_ws::handle_with_protocols(request, body, &offered)?;
        // Frames are written here, since only then can one be cut in its middle. The body of the library is kept, because
        // its end is what ends the messages.
        Ok(response.map_body(|_, library| {
            let sender = Sender::new(self, Some(messages), Some(library));
            BodyStream::new(sender.into_stream()).boxed()
        }))
    }
}

/// What sends on a connection.
struct Sender<N: Network> {
    open: OpenStream<N>,
    messages: Option<MessageStream>,
    library: Option<BoxBody>,
    ticks: Interval,
    ready: VecDeque<Bytes>,
    then: Then,
}

impl<N: Network + 'static> Sender<N> {
    fn new(open: OpenStream<N>, messages: Option<MessageStream>, library: Option<BoxBody>) -> Self {
        Self { open, messages, library, ticks: interval(TICK), ready: VecDeque::new(), then: Then::GoOn }
    }

    fn into_stream(self) -> impl stream::Stream<Item = io::Result<Bytes>> {
        stream::unfold(self, |mut sender| async move {
            let next = sender.next().await?;
            Some((next, sender))
        })
    }

    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Some(Ok(bytes));
            }
            match self.then {
                Then::GoOn => {}
                Then::End => return None,
                Then::Break => {
                    // What was sent so far leaves before the connection breaks.
                    self.ticks.tick().await;
                    self.ticks.tick().await;
                    return Some(Err(io::Error::other("the connection breaks here")));
                }
            }
            tokio::select! {
                _ = self.ticks.tick() => self.pull(),
                message = receive(&mut self.messages) => self.take(message),
            }
        }
    }

    fn pull(&mut self) {
        let is_socket = self.library.is_some();
        let now_ms = self.open.shared.now_ms();
        let frames = {
            let Acts { stage, random } = &mut *self.open.shared.lock();
            stage.pull(self.open.id, now_ms, random)
        };
        for frame in &frames {
            let written = write(frame, is_socket);
            self.then = written.then;
            if !written.bytes.is_empty() {
                self.ready.push_back(written.bytes.into());
            }
            if self.then != Then::GoOn {
                break;
            }
        }
    }

    fn take(&mut self, message: Option<Message>) {
        let now_ms = self.open.shared.now_ms();
        let network = &mut self.open.shared.lock().stage.network;
        match message {
            Some(Message::Text(text)) => network.receive(self.open.id, &text, now_ms),
            Some(Message::Ping(payload)) => self.ready.push_back(pong(&payload).into()),
            Some(Message::Pong(_)) => network.pong(self.open.id, now_ms),
            Some(Message::Close(_)) => {
                self.ready.push_back(close(1000, "").into());
                self.then = Then::End;
            }
            Some(_) => {}
            None => self.then = Then::End,
        }
    }
}

/// The next message of the client; an endless answer gets none. A message that cannot be read is the end.
async fn receive(messages: &mut Option<MessageStream>) -> Option<Message> {
    match messages {
        Some(messages) => messages.recv().await.and_then(Result::ok),
        None => std::future::pending().await,
    }
}
