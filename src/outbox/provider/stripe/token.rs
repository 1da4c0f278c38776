//! A linked card, as its token names it: `cus_.../pm_...`, and perhaps the fingerprint of the card behind it, `#...`.

use std::fmt;

/// The customer and the payment method of a linked card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardToken<'a> {
    /// The customer, to which the payment method is attached.
    pub customer: &'a str,
    /// The payment method.
    pub payment_method: &'a str,
}

impl<'a> CardToken<'a> {
    /// Reads a token; `None` if it is not Stripe's.
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        let own = token.split_once('#').map_or(token, |(own, _)| own);
        let (customer, payment_method) = own.split_once('/')?;
        let is_named = is_id(customer, "cus_") && is_id(payment_method, "pm_");
        is_named.then_some(Self { customer, payment_method })
    }
}

impl fmt::Display for CardToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.customer, self.payment_method)
    }
}

/// Whether a text is an id of that kind. Ids become parts of addresses, so they have letters, digits and `_` alone.
pub(super) fn is_id(text: &str, start: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.strip_prefix(start).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain))
}
