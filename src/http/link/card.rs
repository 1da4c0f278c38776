//! Linking the card: what its owner agrees to, the way to the card page, and the way back.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::address::asked_letters;
use super::given::{CardCame, link_given_card};
use super::offers::for_sale;
use super::pages::{at_desk, count, label, leave, page, pages, see};
use super::refusal::Refusal;
use super::route::serve;
use super::visit::{Fields, Visit};
use crate::http::form::Form;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::linking::{CardPageReturns, Consents, Given, VaultFault};
use crate::text::card_brand::brand_name;

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
            let person = state.node.person_of(&session.account).await.map_err(|_| Refusal::Busy)?;
            let person = person.unwrap_or_default();
            let kept = person.consents.iter().map(|kept| (kept.to.as_str(), kept.version.as_str(), kept.at));
            let earlier = Consents::of_kept(kept);
            if !earlier.suffice() {
                return Ok(see(&visit.path("/link/consent")));
            }
            earlier
        }
        Err(_) => return Err(Refusal::NotAgreed),
    };
    let returns = CardPageReturns { done: visit.whole("/link/done")?, left: visit.whole("/link/left")? };
    let begun =
        at_desk(state, move |desk| desk.begin_card(&session.account, &consents, &returns, now)).await?;
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

/// `GET /link/left`: the browser comes back from the card page without a card.
pub(crate) async fn left(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (_, session) = visit.signed_in(&state).await?;
        count("card_left");
        let shown = page(&state, "No card was linked").say("You left the card page. Nothing was changed.");
        let (next, words) = match state.node.link_of(&session.account) {
            Some(_) => ("/me", "Go to your account"),
            None => ("/link/consent", "Choose a card"),
        };
        Ok(shown.go(&visit.path(next), words).response())
    })
    .await
}

/// `GET /link/done?cs=`: the browser comes back from the card page. Asked again, it shows the card that is linked.
pub(crate) async fn done(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| link(visit, &request, &state).await).await
}

async fn link(visit: &Visit, request: &HttpRequest, state: &State) -> Result<HttpResponse, Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let (ticket, session) = visit.signed_in(state).await?;
    let query = url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    let card_session = query.into_iter().find(|(name, _)| name == "cs").map(|(_, value)| value);
    let card_session = card_session.ok_or(Refusal::Card(VaultFault::Unknown))?;
    let (account, now) = (session.account, state.node.clock().now());
    let (own, asked) = (account.clone(), card_session.clone());
    let finished = at_desk(state, move |desk| desk.finish_card(&own, &asked, now)).await?;
    let linked = match finished.map_err(Refusal::Card)? {
        Given::Card(card, consents) => {
            let (node, pages, own) = (Arc::clone(&state.node), pages(state)?, account.clone());
            // A task, so that what was begun ends also if its browser is no longer answered.
            let linking = actix_web::rt::spawn(async move {
                link_given_card(&node, &pages, (&own, &card_session, CardCame::Back), &card, &consents).await
            });
            let linked = tokio::time::timeout(state.limits.answer_timeout.std(), linking).await;
            let linked = linked.map_err(|_| Refusal::Busy)?.map_err(|_| Refusal::Busy)?;
            linked.map_err(Refusal::NotLinked)?.inspect(|_| count("linked"))
        }
        Given::Before => None,
    };
    // The page was opened once more. Another card may have been linked since, or none be linked any more.
    let link = linked.or_else(|| state.node.link_of(&account));
    let link = link.ok_or(Refusal::Card(VaultFault::Unknown))?;
    let text = format!(
        "{}, ending in {}, pays for what this account orders. Nothing was charged.",
        brand_name(link.brand()),
        link.last4()
    );
    let shown = page(state, "Your card is linked").say(&text);
    let shown = asked_letters(shown, visit, (&ticket, &account, &session.shown), state).await?;
    let shown = for_sale(shown, state, account.network, &link);
    Ok(shown.go(&visit.path("/me"), "Go to your account").response())
}
