//! The offer, account and effects that an event concerns.

use super::{Authorized, Delivered, Event};
use crate::domain::id::{Account, EffectKey, OfferNo};

impl Event {
    /// The offer whose state the event changes; `None` for deliveries, which change no offer.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        match self {
            Self::OfferAdded { offer, .. }
            | Self::OfferOpened { offer }
            | Self::OfferSoldOut { offer }
            | Self::OfferClosed { offer }
            | Self::Waitlisted { offer, .. }
            | Self::WaiterConfirmed { offer, .. }
            | Self::ConfirmParked { offer, .. }
            | Self::ParkingEnded { offer, .. }
            | Self::CancelParked { offer, .. }
            | Self::ClaimCancelled { offer, .. }
            | Self::LeftLine { offer, .. }
            | Self::LineEnded { offer, .. }
            | Self::Restocked { offer, .. }
            | Self::BackOnSale { offer, .. }
            | Self::Withdrawn { offer, .. }
            | Self::Entered { offer, .. }
            | Self::Drawn { offer, .. }
            | Self::CreditOfferAdded { offer, .. }
            | Self::Enrolled { offer, .. }
            | Self::PurchaseCredited { offer, .. }
            | Self::PurchaseNotCounted { offer, .. }
            | Self::RefundParked { offer, .. }
            | Self::TransactionParked { offer, .. }
            | Self::CreditReversed { offer, .. }
            | Self::OfferPaused { offer, .. }
            | Self::OfferResumed { offer, .. }
            | Self::CloseOrdered { offer, .. }
            | Self::OfferCorrected { offer, .. }
            | Self::CreditOfferCorrected { offer, .. }
            | Self::ConfirmationHeard { offer, .. }
            | Self::LineReleased { offer, .. } => Some(*offer),
            Self::Reserved { id, .. }
            | Self::Promoted { id, .. }
            | Self::Prompted { id, .. }
            | Self::Confirmed { id, .. }
            | Self::Sold { id, .. }
            | Self::Declined { id, .. }
            | Self::Expired { id, .. }
            | Self::Released { id, .. }
            | Self::TakeBackNoted { id, .. }
            | Self::TakenBack { id, .. }
            | Self::Refunded { id, .. }
            | Self::OrderFinal { id }
            | Self::Disputed { id, .. }
            | Self::FraudWarned { id, .. }
            | Self::PromptMailed { id, .. }
            | Self::PromptMailDelivered { id, .. }
            | Self::ReminderDue { id }
            | Self::Joined { id, .. } => Some(id.offer),
            Self::Authorized(Authorized { id, .. }) => Some(id.offer),
            Self::Delivered(_)
            | Self::DeadLettered { .. }
            | Self::Dropped { .. }
            | Self::MailBounced { .. }
            | Self::DeletionParked { .. }
            | Self::AccountFrozen { .. }
            | Self::AccountUnfrozen { .. }
            | Self::AccountSilenced { .. }
            | Self::AccountOptedIn { .. }
            | Self::LanePaused { .. }
            | Self::LaneProbed { .. }
            | Self::LaneResumed { .. }
            | Self::DeadLetterRetried { .. }
            | Self::DeadLetterSettled { .. } => None,
        }
    }

    /// The account whose session the event concerns; `None` for an event of the account in all campaigns.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Reserved { claim, .. } | Self::Waitlisted { claim, .. } | Self::Entered { claim, .. } => {
                Some(&claim.account)
            }
            Self::WaiterConfirmed { account, .. }
            | Self::Promoted { account, .. }
            | Self::ConfirmParked { account, .. }
            | Self::ParkingEnded { account, .. }
            | Self::CancelParked { account, .. }
            | Self::ClaimCancelled { account, .. }
            | Self::Confirmed { account, .. }
            | Self::Sold { account, .. }
            | Self::Declined { account, .. }
            | Self::Expired { account, .. }
            | Self::Released { account, .. }
            | Self::LeftLine { account, .. }
            | Self::LineEnded { account, .. }
            | Self::TakeBackNoted { account, .. }
            | Self::TakenBack { account, .. }
            | Self::Refunded { account, .. }
            | Self::PurchaseCredited { account, .. }
            | Self::PurchaseNotCounted { account, .. }
            | Self::RefundParked { account, .. }
            | Self::TransactionParked { account, .. }
            | Self::CreditReversed { account, .. }
            | Self::LineReleased { account, .. }
            | Self::ConfirmationHeard { account, .. }
            | Self::Joined { account, .. } => Some(account),
            Self::Enrolled { enrollment, .. } => Some(&enrollment.account),
            Self::OfferAdded { .. }
            | Self::CreditOfferAdded { .. }
            | Self::OfferOpened { .. }
            | Self::OfferSoldOut { .. }
            | Self::OfferClosed { .. }
            | Self::Prompted { .. }
            | Self::Authorized(_)
            | Self::Delivered(_)
            | Self::DeadLettered { .. }
            | Self::Restocked { .. }
            | Self::BackOnSale { .. }
            | Self::Withdrawn { .. }
            | Self::Drawn { .. }
            | Self::OrderFinal { .. }
            | Self::Disputed { .. }
            | Self::FraudWarned { .. }
            | Self::OfferPaused { .. }
            | Self::OfferResumed { .. }
            | Self::CloseOrdered { .. }
            | Self::OfferCorrected { .. }
            | Self::CreditOfferCorrected { .. }
            | Self::PromptMailed { .. }
            | Self::PromptMailDelivered { .. }
            | Self::ReminderDue { .. }
            | Self::Dropped { .. }
            | Self::MailBounced { .. }
            | Self::DeletionParked { .. }
            | Self::AccountFrozen { .. }
            | Self::AccountUnfrozen { .. }
            | Self::AccountSilenced { .. }
            | Self::AccountOptedIn { .. }
            | Self::LanePaused { .. }
            | Self::LaneProbed { .. }
            | Self::LaneResumed { .. }
            | Self::DeadLetterRetried { .. }
            | Self::DeadLetterSettled { .. } => None,
        }
    }

    /// The account that opts out of replies (`true`) or in again (`false`).
    #[must_use]
    pub fn silences(&self) -> Option<(&Account, bool)> {
        match self {
            Self::AccountSilenced { account, .. } => Some((account, true)),
            Self::AccountOptedIn { account, .. } => Some((account, false)),
            _ => None,
        }
    }

    /// The effects that the event settles: carried out or given up.
    #[must_use]
    pub fn settles(&self) -> &[EffectKey] {
        match self {
            Self::Prompted { key, .. }
            | Self::PromptMailDelivered { key, .. }
            | Self::Authorized(Authorized { key, .. })
            | Self::Sold { key, .. }
            | Self::Declined { key, .. }
            | Self::Refunded { key, .. }
            | Self::DeadLettered { key, .. } => std::slice::from_ref(key),
            Self::PromptMailed { key, .. } => key.as_slice(),
            Self::Delivered(Delivered { keys, .. }) | Self::Dropped { keys } | Self::MailBounced { keys } => {
                keys
            }
            _ => &[],
        }
    }
}
