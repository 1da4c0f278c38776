//! The number by which a variant is stored.

use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;

use super::effects::effects;
use super::events::events;

/// A new variant does not compile until it is added here; then it needs a sample and a pinned line.
pub(super) fn number(event: &Event) -> usize {
    match event {
        Event::OfferAdded { .. } => 0,
        Event::OfferOpened { .. } => 1,
        Event::OfferSoldOut { .. } => 2,
        Event::OfferClosed { .. } => 3,
        Event::Reserved { .. } => 4,
        Event::Waitlisted { .. } => 5,
        Event::WaiterConfirmed { .. } => 6,
        Event::Promoted { .. } => 7,
        Event::ConfirmParked { .. } => 8,
        Event::ParkingEnded { .. } => 9,
        Event::Prompted { .. } => 10,
        Event::Confirmed { .. } => 11,
        Event::Authorized(_) => 12,
        Event::Sold { .. } => 13,
        Event::Declined { .. } => 14,
        Event::Expired { .. } => 15,
        Event::Released { .. } => 16,
        Event::LeftLine { .. } => 17,
        Event::LineEnded { .. } => 18,
        Event::Delivered(_) => 19,
        Event::DeadLettered { .. } => 20,
        Event::Restocked { .. } => 21,
        Event::BackOnSale { .. } => 22,
        Event::Withdrawn { .. } => 23,
        Event::Entered { .. } => 24,
        Event::Drawn { .. } => 25,
        Event::TakeBackNoted { .. } => 26,
        Event::TakenBack { .. } => 27,
        Event::Refunded { .. } => 28,
        Event::OrderFinal { .. } => 29,
        Event::PromptMailed { .. } => 30,
        Event::Dropped { .. } => 31,
        Event::AccountFrozen { .. } => 32,
        Event::AccountUnfrozen { .. } => 33,
        Event::AccountSilenced { .. } => 34,
        Event::AccountOptedIn { .. } => 35,
        Event::CreditOfferAdded { .. } => 36,
        Event::Enrolled { .. } => 37,
        Event::PurchaseCredited { .. } => 38,
        Event::PurchaseNotCounted { .. } => 39,
        Event::RefundParked { .. } => 40,
        Event::CreditReversed { .. } => 41,
        Event::LanePaused { .. } => 42,
        Event::LaneProbed { .. } => 43,
        Event::LaneResumed { .. } => 44,
        Event::OfferPaused { .. } => 45,
        Event::OfferResumed { .. } => 46,
        Event::CloseOrdered { .. } => 47,
        Event::LineReleased { .. } => 48,
        Event::Joined { .. } => 49,
        Event::OfferCorrected { .. } => 50,
        Event::CreditOfferCorrected { .. } => 51,
        Event::CancelParked { .. } => 52,
        Event::ClaimCancelled { .. } => 53,
        Event::DeletionParked { .. } => 54,
        Event::TransactionParked { .. } => 55,
        Event::DeadLetterRetried { .. } => 56,
        Event::DeadLetterSettled { .. } => 57,
        Event::PromptMailDelivered { .. } => 58,
        Event::ReminderDue { .. } => 59,
        Event::ConfirmationHeard { .. } => 60,
        Event::MailBounced { .. } => 61,
        Event::Disputed { .. } => 62,
        Event::FraudWarned { .. } => 63,
    }
}

const EVENTS: usize = 64;

fn effect_number(effect: &Effect) -> usize {
    match effect {
        Effect::Reply(_) => 0,
        Effect::Email { .. } => 1,
        Effect::Authorize(_) => 2,
        Effect::Capture(_) => 3,
        Effect::Void(_) => 4,
        Effect::Refund(_) => 5,
        Effect::Order(_) => 6,
        Effect::Announce { .. } => 7,
        Effect::Credit(_) => 8,
        Effect::ReverseCredit(_) => 9,
    }
}

const EFFECTS: usize = 10;

#[test]
fn every_variant_has_a_sample_and_its_stored_number() {
    let numbers: std::collections::BTreeSet<_> = events().iter().map(number).collect();
    assert_eq!(numbers, (0..EVENTS).collect());
    for event in events() {
        let bytes = postcard::to_stdvec(&event).expect("it is written");
        assert_eq!(usize::from(bytes[0]), number(&event), "{event:?}");
    }
    let numbers: std::collections::BTreeSet<_> = effects().iter().map(effect_number).collect();
    assert_eq!(numbers, (0..EFFECTS).collect());
    for effect in effects() {
        let bytes = postcard::to_stdvec(&effect).expect("it is written");
        assert_eq!(usize::from(bytes[0]), effect_number(&effect), "{effect:?}");
    }
}
