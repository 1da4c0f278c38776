//! Whether a post that comes now could still win something.

use crate::api::offer_view::OfferView;
use crate::domain::time::{Millis, Timestamp};

/// Reading begins that long before an offer opens.
const BEFORE_OPENING: Millis = Millis::from_secs(60);

/// Whether posts can change anything at an offer: units are free while it is open, or somebody has a reservation to
/// confirm, or waits in line. A sale that an operator paused may go on at any time.
pub(super) fn can_win(offer: &OfferView, now: Timestamp) -> bool {
    // A time that cannot be read stops no reading.
    let begins = offer.opens.parse::<Timestamp>().map_or(Timestamp::MIN, |opens| opens.minus(BEFORE_OPENING));
    let ends = offer.closes.parse::<Timestamp>().unwrap_or(Timestamp::MAX);
    let is_open = offer.closed_at.is_none() && begins <= now && now < ends;
    (is_open && offer.available > 0) || offer.reserved > 0 || offer.waiting > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::offer_view::OfferKind;
    use crate::domain::id::OfferId;

    fn offer(available: u32, reserved: u32, waiting: u32, closed_at: Option<&str>) -> OfferView {
        let none = "0.00 USD".parse().unwrap();
        OfferView {
            id: OfferId::parse("kettle").unwrap(),
            kind: OfferKind::Purchase,
            title: "Kettle".to_owned(),
            price: None,
            opens: "2026-11-29T18:00:00Z".to_owned(),
            closes: "2026-11-29T20:00:00Z".to_owned(),
            allotment: 10,
            available,
            reserved,
            sold: 10 - available - reserved,
            waiting,
            claims: 0,
            outcomes: std::collections::BTreeMap::new(),
            captured: none,
            paused: None,
            closed_at: closed_at.map(str::to_owned),
            credits: None,
        }
    }

    #[test]
    fn a_post_can_win_while_something_is_free_reserved_or_waited_for() {
        let table = [
            ("long before it opens", "17:00:00", offer(10, 0, 0, None), false),
            ("just before it opens", "17:59:30", offer(10, 0, 0, None), true),
            ("open", "19:00:00", offer(1, 0, 0, None), true),
            ("sold out", "19:00:00", offer(0, 0, 0, None), false),
            ("reserved to the last unit", "19:00:00", offer(0, 1, 0, None), true),
            ("somebody waits in line", "19:00:00", offer(0, 0, 1, None), true),
            ("over, with units left", "20:00:00", offer(5, 0, 0, None), false),
            ("over, and one is to be confirmed", "20:01:00", offer(5, 1, 0, None), true),
            ("closed by an operator", "19:00:00", offer(5, 0, 0, Some("2026-11-29T18:30:00Z")), false),
        ];
        for (case, time, offer, expected) in table {
            let now = format!("2026-11-29T{time}Z").parse().unwrap();
            assert_eq!(can_win(&offer, now), expected, "{case}");
        }
    }
}
