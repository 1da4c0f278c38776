//! Queries to a partition, and their results. Both are plain values: a query may come from another thread,
//! and some day from another machine.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::state::PartitionState;
use crate::api::account_view::{AccountActivity, EnrollmentView, HoldingView};
use crate::api::draw_view::DrawView;
use crate::api::objection_view::ObjectionView;
use crate::api::offer_view::OfferView;
use crate::api::order_view::OrderView;
use crate::api::reservation_view::{ReservationPage, ReservationView};
use crate::domain::confirmable::{Confirmable, NotConfirmable};
use crate::domain::credit::CreditOffer;
use crate::domain::holding::Holding;
use crate::domain::id::{Account, OfferNo, ReservationId};
use crate::domain::objection::Objection;
use crate::domain::order::Order;
use crate::domain::time::Timestamp;

/// A query to a partition. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// All offers, by number.
    Offers,
    /// One offer, of either kind.
    Offer(OfferNo),
    /// The draw of an offer's opening.
    Draw(OfferNo),
    /// The live reservations of an offer, the oldest first.
    Reservations {
        /// The offer.
        offer: OfferNo,
        /// Only reservations after this ordinal.
        after: u32,
        /// Upper bound on the reservations returned.
        limit: usize,
    },
    /// An order, by its reservation.
    Order(ReservationId),
    /// What banks object to payments, if it is not over.
    Objections,
    /// What an account and its linked card have in this partition.
    Account {
        /// The account.
        account: Account,
        /// The token of its card.
        card: CompactString,
    },
    /// Whether an account's confirm link can confirm a reservation.
    Confirmable {
        /// The reservation.
        id: ReservationId,
        /// The account that the link names.
        account: Account,
        /// The instant at which the link is opened.
        now: Timestamp,
    },
    /// Whether anything is in progress that a deadline or a provider will end.
    Pending,
}

/// A partition's result, of the same name as the query. It is none if the partition does not have the offer
/// or order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueryResult {
    /// All offers.
    Offers(Vec<OfferView>),
    /// One offer.
    Offer(Option<OfferView>),
    /// The draw; none also if the offer's opening is not drawn.
    Draw(Option<DrawView>),
    /// The reservations.
    Reservations(Option<ReservationPage>),
    /// The order.
    Order(Option<Box<OrderView>>),
    /// What banks object to.
    Objections(Vec<ObjectionView>),
    /// What the account and its card have.
    Account(AccountActivity),
    /// What the link would confirm, or why it confirms nothing.
    Confirmable(Result<Confirmable, NotConfirmable>),
    /// Whether anything is in progress.
    Pending(bool),
}

impl Query {
    /// The partition's result from its current state.
    #[must_use]
    pub fn answer(&self, partition: &PartitionState) -> QueryResult {
        match self {
            Self::Offers => QueryResult::Offers(OfferView::all(partition)),
            Self::Offer(no) => QueryResult::Offer(OfferView::of(partition, *no)),
            Self::Draw(no) => QueryResult::Draw(partition.offer(*no).and_then(DrawView::new)),
            Self::Reservations { offer, after, limit } => {
                let offer = partition.offer(*offer);
                QueryResult::Reservations(offer.map(|offer| ReservationPage::new(offer, *after, *limit)))
            }
            Self::Order(id) => QueryResult::Order(order(partition, *id).map(Box::new)),
            Self::Objections => {
                QueryResult::Objections(objections(partition, |_, objection| objection.is_open()))
            }
            Self::Account { account, card } => QueryResult::Account(activity(partition, account, card)),
            Self::Confirmable { id, account, now } => {
                QueryResult::Confirmable(confirmable(partition, *id, account, *now))
            }
            Self::Pending => QueryResult::Pending(partition.is_pending()),
        }
    }
}

fn order(partition: &PartitionState, id: ReservationId) -> Option<OrderView> {
    let offer = partition.offer(id.offer)?;
    // Units that joined another reservation are found in the order of that one.
    let id = ReservationId { ordinal: offer.ordered_under(id.ordinal), ..id };
    let objections = offer.objections_to(id.ordinal);
    Some(OrderView::new(id, offer.terms(), offer.order(id.ordinal)?).with_objections(objections))
}

/// What banks object to the payments of all orders that are meant.
fn objections(
    partition: &PartitionState,
    is_meant: impl Fn(Option<&Order>, &Objection) -> bool,
) -> Vec<ObjectionView> {
    let mut views = Vec::new();
    for (no, offer) in partition.offers() {
        for (ordinal, objection) in offer.objections() {
            let order = offer.order(ordinal);
            if is_meant(order, objection) {
                let id = ReservationId { offer: no, ordinal }.public(&offer.terms().id);
                let payment = order.and_then(|order| order.payment.as_ref()).map(ToString::to_string);
                views.push(ObjectionView::new(id, payment, objection));
            }
        }
    }
    views
}

fn activity(partition: &PartitionState, account: &Account, card: &str) -> AccountActivity {
    AccountActivity {
        status: partition.status_of(account),
        offers: holdings(partition, account),
        enrollments: enrollments(partition, card),
        objections: objections(partition, |order, _| {
            order.is_some_and(|order| order.claim.account == *account)
        }),
    }
}

fn holdings(partition: &PartitionState, account: &Account) -> Vec<HoldingView> {
    let views = partition.holdings_of(account).into_iter().map(|(offer, holding)| HoldingView {
        offer: offer.terms().id.clone(),
        reservation: offer.reservation_of(holding).map(|(id, held)| ReservationView::new(offer, id, held)),
        place: offer.place_of(holding),
        sold: holding.sold(),
    });
    views.filter(|view| view.reservation.is_some() || view.place.is_some() || view.sold > 0).collect()
}

fn enrollments(partition: &PartitionState, card: &str) -> Vec<EnrollmentView> {
    let view = |offer: &CreditOffer| {
        Some(EnrollmentView { offer: offer.terms().id.clone(), uses_left: offer.uses_left(card)? })
    };
    partition.credits().filter_map(|(_, offer)| view(offer)).collect()
}

fn confirmable(
    partition: &PartitionState,
    id: ReservationId,
    account: &Account,
    now: Timestamp,
) -> Result<Confirmable, NotConfirmable> {
    let offer = partition.offer(id.offer).ok_or(NotConfirmable::Used)?;
    let nothing = Holding::default();
    let campaign = partition.campaign_of(id.offer).and_then(|index| partition.campaigns().get(index));
    let holding = campaign.and_then(|campaign| campaign.session(account)?.holding(id.offer));
    match Confirmable::new(offer, id, account, holding.unwrap_or(&nothing), now) {
        // A freeze cancels every unconfirmed reservation, so nothing of this one is left.
        Err(NotConfirmable::Gone) if partition.status_of(account).frozen => Err(NotConfirmable::Frozen),
        Err(NotConfirmable::Gone) => Err(NotConfirmable::Used),
        result => result,
    }
}
