//! An order: a confirmed reservation, with the reservation's id.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::Claim;
use super::id::{PostId, ReservationId};
use super::order_details::OrderDetails;
use super::payment::Payment;
use super::provider_ref::PaymentRef;
use super::terms::Terms;
use super::time::Timestamp;

/// The stage of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// The order is placed; the payment is being authorized.
    Placed,
    /// The payment is authorized and is being captured.
    Authorized,
    /// The payment is captured.
    Sold,
    /// The payment was declined.
    Declined,
    /// The order was taken back before the payment was authorized.
    TakenBack,
    /// The order was taken back; the payment is being refunded.
    Returning,
    /// The order was taken back, and the payment is refunded.
    Refunded,
}

/// A confirmed purchase.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    /// The claim: who buys what, and which card pays.
    pub claim: Arc<Claim>,
    /// When the order was placed, in journal time.
    pub placed_at: Timestamp,
    /// The current stage.
    pub stage: OrderStage,
    /// The processor's id of the payment, once that is authorized.
    pub payment: Option<PaymentRef>,
    /// The post that takes the order back, while the payment is being captured.
    pub taking_back: Option<PostId>,
}

impl Order {
    /// Its payment, for a request to the processor.
    #[must_use]
    pub fn payment(&self, id: ReservationId) -> Payment {
        let Claim { account, card, amount, .. } = &*self.claim;
        let (account, card, reference) = (account.clone(), card.clone(), self.payment.clone());
        Payment { id, account, card, amount: *amount, reference, details: None, heard: None }
    }

    /// Its payment as the merchant gets it: with all that the order's fulfilment needs.
    #[must_use]
    pub fn for_merchant(&self, id: ReservationId, terms: &Terms) -> Payment {
        Payment { details: Some(Box::new(OrderDetails::new(terms, &self.claim))), ..self.payment(id) }
    }
}
