//! An order as the API shows it.

use serde::{Deserialize, Serialize};

use super::objection_view::ObjectionView;
use super::order_terms::OrderTerms;
use super::parcel_view::ParcelView;
use crate::domain::id::{OfferId, ReservationId};
use crate::domain::money::Money;
use crate::domain::objection::Objection;
use crate::domain::order::{Order, OrderStage};
use crate::domain::order_details::OrderDetails;
use crate::domain::terms::Terms;

/// An order: a confirmed reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The public id of its reservation.
    pub id: String,
    /// `network:author`.
    pub account: String,
    /// Id of the offer.
    pub offer: OfferId,
    /// What was ordered, at which price, and for whom.
    #[serde(flatten)]
    pub ordered: OrderTerms,
    /// The total with tax; the same as `total`.
    pub amount: Money,
    /// Stage of the order.
    pub stage: OrderStage,
    /// The card processor's id of the payment; null before it is authorized.
    pub payment: Option<String>,
    /// Where the parcel goes; left out if that is not known, and for a person who was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<ParcelView>,
    /// Time of the order by the journal, RFC 3339.
    pub placed_at: String,
    /// What banks object to the payment, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<ObjectionView>,
}

impl OrderView {
    /// The view of an order of the offer with those terms.
    #[must_use]
    pub fn new(id: ReservationId, terms: &Terms, order: &Order) -> Self {
        Self {
            id: id.public(&terms.id),
            account: order.claim.account.to_string(),
            offer: terms.id.clone(),
            ordered: OrderTerms::from(&OrderDetails::new(terms, &order.claim)),
            amount: order.claim.amount,
            stage: order.stage,
            payment: order.payment.as_ref().map(ToString::to_string),
            address: None,
            placed_at: order.placed_at.to_string(),
            objections: Vec::new(),
        }
    }

    /// The same order with what banks object to its payment.
    #[must_use]
    pub fn with_objections(mut self, objections: &[Objection]) -> Self {
        let view = |objection| ObjectionView::new(self.id.clone(), self.payment.clone(), objection);
        self.objections = objections.iter().map(view).collect();
        self
    }
}
