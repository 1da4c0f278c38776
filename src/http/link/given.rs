//! A card that a card page gave, and the account that it is linked to.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::parts::LinkPages;
use crate::actors::node::Node;
use crate::control::processor::NotLinked;
use crate::domain::id::Account;
use crate::domain::link::Link;
use crate::intake::accounts::region;
use crate::intake::fault::Fault;
use crate::linking::{Consents, Desk, LinkedCard, Purpose};
use crate::ops::OpsError;
use crate::people::{Consent, PersonEdit};

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

/// How the card of a page came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardCame {
    /// Its owner came back with it.
    Back,
    /// It was found at the card processor. It does not take the place of a card that is newer.
    ByItself,
}

/// Links the card of a page to the account whose owner agreed to it. When this returns, the person, with what was agreed to,
/// and the link are durable, and the page is settled. `None` if the page was settled meanwhile: by an unlinking or an erasure,
/// or because its card is linked already; and if it came by itself, and a card that is newer is linked.
///
/// # Errors
/// When the card cannot be linked, or not now. Try again: the same card is not linked twice.
pub async fn link_given_card(
    node: &Node,
    pages: &Arc<LinkPages>,
    (account, page, came): (&Account, &str, CardCame),
    card: &LinkedCard,
    consents: &Consents,
) -> Result<Option<Link>, CardNotLinked> {
    // Whoever unlinks or erases the account closes the page in a turn as well.
    let _turn = pages.turns.of(account).await;
    let asked = page.to_owned();
    let may_link = move |desk: &Desk| match came {
        CardCame::Back => desk.is_open(&asked),
        CardCame::ByItself => desk.is_newest(&asked),
    };
    if !at_desk(pages, may_link).await? {
        return Ok(None);
    }
    // Rates of tax go by the region, so it has their form.
    let region = match region(&card.region) {
        Ok(region) => region,
        Err(fault) => {
            let refused = page.to_owned();
            at_desk(pages, move |desk| desk.refuse_card(&refused)).await?;
            return Err(CardNotLinked::Unusable(fault));
        }
    };
    let (given, consents) = (card.clone(), consents.clone());
    let edit = move |person: &mut PersonEdit| take(person, &given, &consents);
    let link = match node.link_card(account, &card.card, &region, edit).await {
        Ok(link) => link,
        Err(NotLinked::Full) => return Err(CardNotLinked::Full),
        Err(_) => return Err(CardNotLinked::Busy),
    };
    let settled = page.to_owned();
    at_desk(pages, move |desk| desk.card_is_linked(&settled)).await?;
    Ok(Some(link))
}

async fn at_desk<T: Send + 'static>(
    pages: &Arc<LinkPages>,
    call: impl FnOnce(&Desk) -> Result<T, OpsError> + Send + 'static,
) -> Result<T, CardNotLinked> {
    let pages = Arc::clone(pages);
    let called = spawn_blocking(move || call(&pages.desk)).await.map_err(|_| CardNotLinked::Busy)?;
    called.map_err(|error| {
        tracing::error!("the pages of cards: {error}");
        CardNotLinked::Busy
    })
}

/// Adds to a person what the card page asked, and what was agreed to. An address without consent is not kept, one that nobody
/// proved to read gets no letter, and one that was proven is changed on the page of the account alone.
fn take(person: &mut PersonEdit, card: &LinkedCard, consents: &Consents) {
    if let Some(address) = card.email.as_deref().filter(|_| consents.has(Purpose::Letters))
        && !person.email_verified
    {
        person.give_address(address);
    }
    for (purpose, version, at) in consents.each() {
        person.agree(Consent { to: purpose.name().to_owned(), version: version.to_string(), at });
    }
    if let Some(name) = &card.name {
        person.set_name(name);
    }
    if let Some(ship_to) = &card.ship_to {
        person.set_ship_to(ship_to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::{Card, Funding};
    use crate::domain::time::Timestamp;
    use crate::ops::KeyPlace;
    use crate::people::People;

    fn given(email: Option<&str>) -> LinkedCard {
        let (token, brand, last4) = ("tok_1".into(), "visa".into(), "4242".into());
        let card = Card { token, brand, funding: Funding::Credit, last4 };
        let email = email.map(str::to_owned);
        LinkedCard { card, region: "US-NY".to_owned(), email, name: Some("Ana".to_owned()), ship_to: None }
    }

    fn consents() -> Consents {
        Consents::given(|_| true, Timestamp::from_ms(1)).expect("all was agreed to")
    }

    /// What happens while the card page is open is kept, whatever was known when it was opened.
    #[test]
    fn a_card_takes_nothing_back_that_happened_while_its_page_was_open() {
        let table = [
            ("ana@example.com", None, Some("ana@example.com")),
            ("ana@example.com", Some("ana@example.com"), Some("ana@example.com")),
            ("ana@example.com", Some("other@example.com"), Some("ana@example.com")),
        ];
        for (proven, on_page, expected) in table {
            let directory = tempfile::tempdir().unwrap();
            let key = KeyPlace::Own(directory.path().join("secrets.key"));
            let people = People::open(directory.path(), &key).unwrap();
            let ana: Account = "x:1".parse().unwrap();
            people.link(&ana, |person| person.give_address(proven)).unwrap();
            let (card, agreed) = (given(on_page), consents());
            // The button of the letter is pressed after the card was read, and before it is linked.
            people.change(&ana, PersonEdit::prove_address).unwrap();
            let linked = people.link(&ana, |person| take(person, &card, &agreed)).unwrap();
            assert_eq!(linked.proven_address(), expected, "{on_page:?}");
            assert_eq!(linked.name.as_deref(), Some("Ana"));
            assert!(!linked.consents.is_empty());
        }
    }
}
