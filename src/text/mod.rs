//! Rules of text: hashtags, lengths, look-alikes, quantities, account words, copied words, card numbers, card brands, addresses,
//! and what is known of each network.
//! Nothing here does I/O.

pub mod account_word;
pub mod address_like;
pub mod card_brand;
pub mod card_number;
pub mod char_set;
pub mod copied;
pub mod email;
pub mod file_fault;
pub mod folding;
pub mod grouped;
pub mod hashtag;
pub mod hex;
pub mod invisible;
pub mod length;
pub mod likeness;
pub mod look_alike;
pub(crate) mod nearest;
pub mod network;
pub mod price;
pub mod quantity;
mod quotation;
