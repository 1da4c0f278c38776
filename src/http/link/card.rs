//! Linking the card: what its owner agrees to, the way to the card page, and the way back.

use actix_web::{HttpRequest, HttpResponse, web};

use super::offers::for_sale;
use super::pages::{at_desk, count, label, leave, page, pages, see};
use super::refusal::Refusal;
use super::route::serve;
use super::visit::{Fields, Visit};
use crate::control::processor::NotLinked;
use crate::domain::id::Account;
use crate::domain::link::{Link, LinkedAccount};
use crate::http::form::Form;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::intake::accounts::region;
use crate::intake::fault::Fault;
use crate::linking::{Consents, LinkedCard, Purpose, VaultFault};
use crate::people::{Consent, Person};

/// `GET /link/consent`
pub(crate) async fn consent(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (ticket, session) = visit.signed_in(&state).await?;
        let mut form = Form::to(&visit.path("/link/card"), &ticket.form_token());
        for purpose in pages(&state)?.desk.purposes() {
            form = form.tick(purpose.name(), purpose.text(), purpose.is_needed());
        }
        let shown = page(&state, "What you agree to").say(&format!(
            "{} at {} is yours. Nothing is linked before you agree and choose a card.",
            session.shown,
            label(session.account.network)
        ));
        Ok(shown.form(form.button("Go on to the card")).response())
    })
    .await
}

/// `POST /link/card`
pub(crate) async fn begin(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| to_card_page(visit, &request, payload, &state).await).await
}

async fn to_card_page(
    visit: &Visit,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let (ticket, session) = visit.signed_in(state).await?;
    let fields = Fields::read(request, payload, state).await?;
    fields.check(request, state, Some(&ticket))?;
    let is_linked = state.node.link_of(&session.account).is_some();
    if is_linked && !session.is_fresh {
        return Err(Refusal::NotFresh);
    }
    let now = state.node.clock().now();
    let given = Consents::given(|purpose| fields.has(purpose.name()), now);
    let consents = match given {
        Ok(given) => given,
        // Another card of an account is taken under what its owner agreed to before.
        Err(_) if is_linked => {
            let person = person_of(&session.account, state).await?;
            let kept = person.consents.iter().map(|kept| (kept.to.as_str(), kept.version.as_str(), kept.at));
            let earlier = Consents::of_kept(kept);
            if !earlier.suffice() {
                return Ok(see(&visit.path("/link/consent")));
            }
            earlier
        }
        Err(_) => return Err(Refusal::NotAgreed),
    };
    let back = visit.whole("/link/done")?;
    let begun = at_desk(state, move |desk| desk.begin_card(&ticket, &session, &consents, &back, now)).await?;
    match begun.map_err(Refusal::Card)? {
        own if own.starts_with('/') => Ok(see(&visit.path(&own))),
        address => {
            let words = "Go on to the card page";
            let shown =
                page(state, words).say("The card processor takes your card, and sends you back here.");
            Ok(leave(shown, &address, words))
        }
    }
}

/// `GET /link/done?cs=`: the browser comes back from the card page. Asked again, it links the same card, which changes
/// nothing.
pub(crate) async fn done(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| link(visit, &request, &state).await).await
}

async fn link(visit: &Visit, request: &HttpRequest, state: &State) -> Result<HttpResponse, Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let (_, session) = visit.signed_in(state).await?;
    let query = url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    let card_session = query.into_iter().find(|(name, _)| name == "cs").map(|(_, value)| value);
    let card_session = card_session.ok_or(Refusal::Card(VaultFault::Unknown))?;
    let (account, now) = (session.account.clone(), state.node.clock().now());
    let consents = session.consents.clone();
    let finished = at_desk(state, move |desk| Ok(desk.finish_card(&session, &card_session, now))).await?;
    let card = finished.map_err(Refusal::Card)?;
    let person = agreed(person_of(&account, state).await?, &card, &consents);
    let linked = linked_account(&account, &card, &person).map_err(Refusal::NotLinkable)?;
    let link = linked.link.clone();
    // The person, with what was agreed to, is durable before the card is linked.
    let linking = state.node.link_person(linked, person);
    match tokio::time::timeout(state.limits.answer_timeout.std(), linking).await {
        Ok(Ok(())) => {}
        Ok(Err(NotLinked::Full)) => return Err(Refusal::AccountsFull),
        Ok(Err(_)) | Err(_) => return Err(Refusal::Busy),
    }
    count("linked");
    let text = format!(
        "Your {} card ending in {} pays for what this account orders. Nothing was charged.",
        link.brand(),
        link.last4()
    );
    let shown = page(state, "Your card is linked").say(&text);
    let shown = for_sale(shown, state, account.network, &link);
    Ok(shown.go(&visit.path("/me"), "Go to your account").response())
}

/// What is kept of the person behind an account. The shop vouched for the address of a link that has one.
async fn person_of(account: &Account, state: &State) -> Result<Person, Refusal> {
    let person = state.node.person_of(account).await.map_err(|_| Refusal::Busy)?.unwrap_or_default();
    let is_vouched_for = state.node.link_of(account).is_some_and(|link| link.has_address());
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
        ship_to: known.ship_to,
    }
}

/// The link of a card. Its region is what rates of tax go by, so it has their form.
fn linked_account(account: &Account, card: &LinkedCard, person: &Person) -> Result<LinkedAccount, Fault> {
    let region = region(&card.region)?;
    let email = person.email.as_deref().filter(|_| person.email_verified).unwrap_or_default();
    Ok(LinkedAccount { account: account.clone(), link: Link::new(&card.card, email, &region) })
}
