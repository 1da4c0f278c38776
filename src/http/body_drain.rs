//! The rest of a body that nobody read.
//!
//! actix closes a connection whose body was not read to its end, but for a chunked body it goes on to
//! read and drop chunks for as long as they come: a client could keep the connection for ever. It closes
//! here too as long as the payload is not dropped before the answer is sent, so the answer keeps it.

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

use super::connection_guard::Running;

/// A payload that is read by the handler and kept for the answer.
#[derive(Clone)]
pub(crate) struct Rest(Rc<RefCell<Payload>>);

impl Rest {
    /// Takes hold of the payload of a chunked request.
    pub(crate) fn of(request: &mut ServiceRequest) -> Option<Self> {
        request.headers().contains_key(header::TRANSFER_ENCODING).then(|| {
            let rest = Self(Rc::new(RefCell::new(request.take_payload())));
            request.set_payload(Payload::Stream { payload: Box::pin(rest.clone()) });
            rest
        })
    }
}

impl Stream for Rest {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

/// The body of an answer, with the rest of the request's: until it is sent the request is under way.
pub(crate) struct Answer {
    body: BoxBody,
    _rest: Option<Rest>,
    _running: Running,
}

impl Answer {
    pub(crate) fn new(body: BoxBody, rest: Option<Rest>, running: Running) -> Self {
        Self { body, _rest: rest, _running: running }
    }
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
