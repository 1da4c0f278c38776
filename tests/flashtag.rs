//! Tests.

mod outbox;
