//! Where a letter and a parcel go. Both are addressed to an account; the address is looked up each time when it is needed.

use compact_str::CompactString;

use super::attempt::AttemptResult;
use crate::domain::effect::Effect;
use crate::domain::id::Account;
use crate::people::ShipTo;
use crate::text::email::without_addresses;

/// The address of an account, as far as it has one.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// The address.
    Known(CompactString),
    /// The account has none.
    None,
    /// The account has none that its owner proved: none was proven yet, or the owner wants no more letters.
    Unproven,
    /// The person behind the account was erased: no letter leaves any more.
    Erased,
    /// It cannot be looked up now; the text says why.
    Unavailable(CompactString),
}

/// Looks addresses up.
pub trait AddressBook {
    /// The address of an account now.
    fn address_of(&self, account: &Account) -> Address;
}

/// Looks up where parcels go.
pub trait ParcelBook {
    /// Where a parcel to the account goes now; `None` if that is not known, or its person was erased.
    ///
    /// # Errors
    /// When it cannot be looked up now; the text says why.
    fn parcel_of(&self, account: &Account) -> Result<Option<ShipTo>, CompactString>;
}

impl<F: Fn(&Account) -> Address> AddressBook for F {
    fn address_of(&self, account: &Account) -> Address {
        self(account)
    }
}

impl Address {
    /// The address that an effect is sent to; `None` for what is no letter.
    pub(super) fn of(effect: &Effect, book: &dyn AddressBook) -> Option<Self> {
        let Effect::Email { to, request } = effect else { return None };
        let found = book.address_of(&request.account);
        // Earlier releases recorded the address in the effect itself.
        let recorded = to.recorded().filter(|_| found == Self::None);
        Some(recorded.map_or(found, |address| Self::Known(address.into())))
    }
}

/// A provider's result without addresses: errors go into the journal and into logs.
pub(super) fn without_address(result: AttemptResult) -> AttemptResult {
    let hide = |text: CompactString| CompactString::from(without_addresses(&text));
    match result {
        AttemptResult::Declined { reason } => AttemptResult::Declined { reason: hide(reason) },
        AttemptResult::Bounced { reason } => AttemptResult::Bounced { reason: hide(reason) },
        AttemptResult::ShutOut { error } => AttemptResult::ShutOut { error: hide(error) },
        AttemptResult::Gone { why } => AttemptResult::Gone { why: hide(why) },
        AttemptResult::Unknown { error } => AttemptResult::Unknown { error: hide(error) },
        AttemptResult::Failed { error, permanent } => AttemptResult::Failed { error: hide(error), permanent },
        other => other,
    }
}
