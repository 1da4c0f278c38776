//! The one place where refusals pass in the order of decisions.

use std::sync::Arc;

use crate::partition::decision_batch::DecisionBatch;

/// Called on a journal's thread with each batch that became durable and the number of its partition.
///
/// Only `sell --clock wall` has one, because its results list refusals, and the texts of their replies, among
/// the decisions, in the order in which they were made. Records have neither, and answers come back without
/// the sequence of their decisions. It delays the sale, so everything that needs only records is a
/// [`crate::subscribers::subscriber::Subscriber`].
pub type DecisionTap = Arc<dyn Fn(u32, &DecisionBatch) + Send + Sync>;
