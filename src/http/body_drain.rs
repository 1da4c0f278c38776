//! Handles the rest of a request body that the handler did not read.
//!
//! actix closes a connection whose body was not read to its end. For a chunked body, however, it keeps
//! reading and dropping chunks as long as they arrive, so a client could keep the connection open for ever.
//! It closes that connection too if the payload still exists when the response was sent, so the response
//! keeps the payload.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::Stream;

use super::connection_guard::RequestInProgress;

/// A payload shared by the handler, which reads it, and the response, which keeps it.
#[derive(Clone)]
pub(crate) struct UnreadBody(Rc<RefCell<Payload>>);

impl UnreadBody {
    /// Takes the payload out of a chunked request.
    pub(crate) fn of(request: &mut ServiceRequest) -> Option<Self> {
        request.headers().contains_key(header::TRANSFER_ENCODING).then(|| {
            let unread = Self(Rc::new(RefCell::new(request.take_payload())));
            request.set_payload(Payload::Stream { payload: Box::pin(unread.clone()) });
            unread
        })
    }
}

impl Stream for UnreadBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

/// A response body that keeps the unread rest of the request: the request stays in progress until it is sent.
pub(crate) struct DrainedBody {
    body: BoxBody,
    _unread: Option<UnreadBody>,
    _in_progress: RequestInProgress,
}

impl DrainedBody {
    pub(crate) fn new(body: BoxBody, unread: Option<UnreadBody>, in_progress: RequestInProgress) -> Self {
        Self { body, _unread: unread, _in_progress: in_progress }
    }
}

impl MessageBody for DrainedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
