//! A card that a card page gave, and the account that it is linked to.

use crate::actors::node::Node;
use crate::control::processor::NotLinked;
use crate::domain::id::Account;
use crate::domain::link::{Link, LinkedAccount};
use crate::intake::accounts::region;
use crate::intake::fault::Fault;
use crate::linking::{Consents, LinkedCard, Purpose};
use crate::people::{Consent, Person};

/// Why a card is not linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardNotLinked {
    /// The card page gave what cannot be linked.
    Unusable(Fault),
    /// As many accounts are linked as may be.
    Full,
    /// It cannot be done right now.
    Busy,
}

/// Links a card to the account whose owner agreed to it. When this returns, the person, with what was agreed to, and the
/// link are durable.
///
/// # Errors
/// When the card cannot be linked, or not now. Try again: the same card is not linked twice.
pub async fn link_given_card(
    node: &Node,
    account: &Account,
    card: &LinkedCard,
    consents: &Consents,
) -> Result<Link, CardNotLinked> {
    let person = agreed(person_of(node, account).await?, card, consents);
    let linked = linked_account(account, card, &person).map_err(CardNotLinked::Unusable)?;
    let link = linked.link.clone();
    match node.link_person(linked, person).await {
        Ok(()) => Ok(link),
        Err(NotLinked::Full) => Err(CardNotLinked::Full),
        Err(_) => Err(CardNotLinked::Busy),
    }
}

/// What is kept of the person behind an account. The shop vouched for the address of a link that has one.
pub(super) async fn person_of(node: &Node, account: &Account) -> Result<Person, CardNotLinked> {
    let person = node.person_of(account).await.map_err(|_| CardNotLinked::Busy)?.unwrap_or_default();
    let is_vouched_for = node.link_of(account).is_some_and(|link| link.has_address());
    Ok(Person {
        email_verified: person.email.is_some() && (person.email_verified || is_vouched_for),
        ..person
    })
}

/// The person with what the card page asked, and what was agreed to. An address without consent is not kept, and one that
/// nobody proved to read gets no letter.
fn agreed(known: Person, card: &LinkedCard, consents: &Consents) -> Person {
    let wants_letters = consents.has(Purpose::Letters);
    let given = card.email.clone().filter(|email| wants_letters && known.email.as_ref() != Some(email));
    let email_verified = known.email_verified && given.is_none();
    let mut kept = known.consents;
    for (purpose, version, at) in consents.each() {
        let fresh = Consent { to: purpose.name().to_owned(), version: version.to_string(), at };
        kept.retain(|earlier| (&earlier.to, &earlier.version) != (&fresh.to, &fresh.version));
        kept.push(fresh);
    }
    Person {
        email: given.or(known.email),
        email_verified,
        name: card.name.clone().or(known.name),
        consents: kept,
        ship_to: card.ship_to.clone().or(known.ship_to),
    }
}

/// The link of a card. Its region is what rates of tax go by, so it has their form.
fn linked_account(account: &Account, card: &LinkedCard, person: &Person) -> Result<LinkedAccount, Fault> {
    let region = region(&card.region)?;
    let email = person.email.as_deref().filter(|_| person.email_verified).unwrap_or_default();
    Ok(LinkedAccount { account: account.clone(), link: Link::new(&card.card, email, &region) })
}
