//! The six offers of February 2013, the first sale by hashtag: real tags, and plausible figures where none
//! are known.

use crate::target::Target;

/// One offer of the precedent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// The offer's id, in the form of an offer file.
    pub id: &'static str,
    /// Title of the product.
    pub title: &'static str,
    /// Tag that claims a unit, without the hash sign.
    pub buy: &'static str,
    /// Tag that confirms, without the hash sign.
    pub confirm: &'static str,
    /// Tag that passes the unit on, without the hash sign.
    pub cancel: &'static str,
    /// Price before tax, in the form of an offer file.
    pub price: &'static str,
    /// Weight against the other offers.
    pub popularity: f64,
}

/// Author id of the shop whose posts announce the offers.
pub const SHOP_AUTHOR_ID: &str = "9001";

/// The six offers, the most wanted first.
pub const OFFERS: [Offer; 6] = [
    Offer {
        id: "kindle-fire-hd",
        title: "Kindle Fire HD",
        buy: "BuyKindleFireHD",
        confirm: "ConfirmKindleFireHD",
        cancel: "CancelKindleFireHD",
        price: "149.99 USD",
        popularity: 30.0,
    },
    Offer {
        id: "amex-gift-card-25",
        title: "$25 American Express Gift Card",
        buy: "BuyAmexGiftCard25",
        confirm: "ConfirmAmexGiftCard25",
        cancel: "CancelAmexGiftCard25",
        price: "15.00 USD",
        popularity: 28.0,
    },
    Offer {
        id: "xbox-360-bundle",
        title: "Xbox 360 Bundle",
        buy: "BuyXbox360Bundle",
        confirm: "ConfirmXbox360Bundle",
        cancel: "CancelXbox360Bundle",
        price: "179.99 USD",
        popularity: 20.0,
    },
    Offer {
        id: "xbox-controller",
        title: "Xbox Wireless Controller",
        buy: "BuyXboxController",
        confirm: "ConfirmXboxController",
        cancel: "CancelXboxController",
        price: "39.99 USD",
        popularity: 11.0,
    },
    Offer {
        id: "action-cam-pack",
        title: "Action Cam Pack",
        buy: "BuyActionCamPack",
        confirm: "ConfirmActionCamPack",
        cancel: "CancelActionCamPack",
        price: "199.99 USD",
        popularity: 7.0,
    },
    Offer {
        id: "urban-zen-bracelet",
        title: "Urban Zen Bracelet",
        buy: "BuyUrbanZenBracelet",
        confirm: "ConfirmUrbanZenBracelet",
        cancel: "CancelUrbanZenBracelet",
        price: "85.00 USD",
        popularity: 4.0,
    },
];

/// Returns the six offers as targets of a crowd, in the order of [`OFFERS`].
pub fn targets() -> Vec<Target> {
    OFFERS
        .iter()
        .map(|offer| Target {
            buy: offer.buy.to_owned(),
            confirm: offer.confirm.to_owned(),
            cancel: offer.cancel.to_owned(),
            popularity: Some(offer.popularity),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_tags_of_an_offer_name_the_same_thing() {
        for offer in OFFERS {
            let thing = offer.buy.strip_prefix("Buy");
            assert!(thing.is_some(), "{}", offer.buy);
            assert_eq!(offer.confirm.strip_prefix("Confirm"), thing);
            assert_eq!(offer.cancel.strip_prefix("Cancel"), thing);
        }
    }
}
