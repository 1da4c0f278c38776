//! A signed link by which a buyer authenticates a payment at the bank of the card.
//!
//! A token is made as that of a confirm link, for another purpose: neither opens where the other one does. It holds the time
//! until which the payment waits. It never expires: the page behind it tells the result of the payment later on.

use super::signed_link::{LinkFault, LinkKey, seal, unseal};
use crate::domain::id::{Account, OfferId, ReservationId};
use crate::domain::provider_ref::PaymentRef;
use crate::domain::time::Timestamp;

/// Prefix of the signed bytes.
const PURPOSE: &[u8] = b"flashtag/authenticate/";

/// A payment that waits until its buyer authenticates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Id of the offer.
    pub offer: OfferId,
    /// The order's ordinal within the offer.
    pub ordinal: u32,
    /// The account that ordered.
    pub account: Account,
    /// The processor's id of the payment.
    pub payment: PaymentRef,
    /// Until when it waits.
    pub until: Timestamp,
}

impl Challenge {
    /// The public id of the order.
    #[must_use]
    pub fn order(&self) -> String {
        format!("{}.{}", self.offer, self.ordinal)
    }
}

/// Makes the token by which a payment is authenticated.
#[must_use]
pub fn sign_challenge(key: &LinkKey, challenge: &Challenge) -> String {
    let Challenge { account, payment, until, .. } = challenge;
    seal(key, PURPOSE, &format!("{} {account} {payment} {}", challenge.order(), until.ms()))
}

/// Verifies a token and returns its payment, whether its time is over or not.
///
/// # Errors
/// When the token is malformed, or was not signed with this key for this purpose.
pub fn open_challenge(key: &LinkKey, token: &str) -> Result<Challenge, LinkFault> {
    read(&unseal(key, PURPOSE, token)?).ok_or(LinkFault::Malformed)
}

fn read(statement: &[u8]) -> Option<Challenge> {
    let mut words = str::from_utf8(statement).ok()?.split(' ');
    let (order, account) = (words.next()?, words.next()?);
    let (payment, until) = (words.next()?, words.next()?);
    let (offer, ordinal) = ReservationId::split_public(order)?;
    let (account, payment) = (account.parse().ok()?, PaymentRef::parse(payment).ok()?);
    let until = Timestamp::from_ms(until.parse().ok()?);
    words.next().is_none().then_some(Challenge { offer, ordinal, account, payment, until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::signed_link::{open, sign};

    #[test]
    fn a_token_opens_whole_with_its_own_key_and_for_its_own_purpose() {
        let (key, other) = (LinkKey::new([7; 32]), LinkKey::new([8; 32]));
        let challenge = Challenge {
            offer: OfferId::parse("kettle").unwrap(),
            ordinal: 17,
            account: "mastodon:https://town.example/users/ana".parse().unwrap(),
            payment: PaymentRef::parse("pi_3PxAna").unwrap(),
            until: Timestamp::from_ms(1_796_050_870_000),
        };
        let token = sign_challenge(&key, &challenge);
        assert_eq!(open_challenge(&key, &token), Ok(challenge.clone()));
        assert_eq!(open_challenge(&other, &token), Err(LinkFault::BadSignature));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let opened = open_challenge(&key, str::from_utf8(&changed).unwrap());
            // The last digit of base64 may have bits that mean nothing.
            assert!(opened.is_err() || at + 1 == token.len(), "{at}");
        }
        for bad in ["", "A", &token[1..], &"A".repeat(2000)] {
            assert!(open_challenge(&key, bad).is_err(), "{bad}");
        }
        let confirms = sign(&key, &challenge.offer, 17, &challenge.account, Timestamp::MAX);
        assert_eq!(open_challenge(&key, &confirms), Err(LinkFault::BadSignature));
        assert!(open(&key, &token, Timestamp::MIN).is_err());
    }
}
