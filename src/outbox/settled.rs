//! What the journal says is done: the events that settle effects.

use crate::domain::event::Event;
use crate::domain::id::EffectKey;

/// The keys of the effects that are done by this event. All effects of all records without those
/// that are settled are what is pending.
pub fn settled_keys(event: &Event) -> impl Iterator<Item = EffectKey> + '_ {
    let (one, many): (Option<EffectKey>, &[EffectKey]) = match event {
        Event::Delivered { keys } => (None, keys),
        Event::DeadLettered { key, .. }
        | Event::Prompted { key, .. }
        | Event::Authorized { key, .. }
        | Event::Sold { key, .. }
        | Event::Declined { key, .. } => (Some(*key), &[]),
        Event::OfferAdded { .. }
        | Event::OfferOpened { .. }
        | Event::OfferSoldOut { .. }
        | Event::OfferClosed { .. }
        | Event::Reserved { .. }
        | Event::Waitlisted { .. }
        | Event::WaiterConfirmed { .. }
        | Event::Promoted { .. }
        | Event::ConfirmParked { .. }
        | Event::ParkingEnded { .. }
        | Event::Confirmed { .. }
        | Event::Expired { .. }
        | Event::Released { .. }
        | Event::LeftLine { .. }
        | Event::LineEnded { .. } => (None, &[]),
    };
    one.into_iter().chain(many.iter().copied())
}
