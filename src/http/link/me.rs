//! The page of an account: its card, its orders, what it may do, and the ways out.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::address::letters;
use super::objections::objections;
use super::offers::for_sale;
use super::orders::orders;
use super::pages::{at_desk, count, label, page, see, turn_of};
use super::refusal::Refusal;
use super::route::serve;
use super::visit::{Fields, Visit};
use crate::api::account_view::AccountView;
use crate::domain::account_status::AccountStatus;
use crate::domain::id::{Account, PostId};
use crate::domain::status_word::StatusKind;
use crate::http::form::Form;
use crate::http::html::HtmlPage;
use crate::http::offers::late;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::linking::{Session, Ticket};
use crate::people::Person;
use crate::text::card_brand::brand_name;

/// `GET /me`
pub(crate) async fn show(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| account_page(visit, &state).await).await
}

async fn account_page(visit: &Visit, state: &State) -> Result<HttpResponse, Refusal> {
    let (ticket, session) = visit.signed_in(state).await?;
    let Some(link) = state.node.link_of(&session.account) else {
        return Ok(see(&visit.path("/link/consent")));
    };
    let activity = state.node.account_activity(&session.account, &link);
    let activity = state.wait(activity, late).await.map_err(|_| Refusal::Busy)?;
    let token = ticket.form_token();
    let form = |page: &str| Form::to(&visit.path(page), &token);
    let network = label(session.account.network);
    let mut shown = page(state, "Your account").say(&format!("{} at {network}", session.shown));
    // What holds for all below stands above it.
    if activity.status.frozen {
        shown = shown.notice("Buying is frozen: this account can order nothing.");
    }
    if activity.status.silent {
        shown = shown.notice("You get no replies: you said STOP.");
    }
    shown = shown.part("Card").list(&[
        ("Pays", format!("{}, ending in {}", brand_name(link.brand()), link.last4())),
        ("Billing region", link.region().to_owned()),
    ]);
    shown = shown.form(form("/link/card").plain_button("Link another card"));
    shown = orders(shown, state, &activity);
    shown = objections(shown, &activity.objections);
    shown = for_sale(shown, state, session.account.network, &link);
    shown = letters(shown, visit, (&ticket, &session.account), state).await?;
    shown = replies_and_buying(shown, activity.status, form);
    shown = shown.part("Your data").plain_go(&visit.path("/me/data"), "Download all that is held");
    Ok(ways_out(shown, form).response())
}

fn replies_and_buying(shown: HtmlPage, status: AccountStatus, form: impl Fn(&str) -> Form) -> HtmlPage {
    let shown = shown.part("Replies and buying");
    let shown = if status.silent {
        shown.form(form("/me/start").plain_button("START: get replies again"))
    } else {
        let shown = shown.say("You get a reply to what you post.");
        shown.form(form("/me/stop").plain_button("STOP: no more replies"))
    };
    if status.frozen {
        shown.form(form("/me/unfreeze").plain_button("Unfreeze: buy again"))
    } else {
        let shown =
            shown.say("Freezing lets this account order nothing, and releases what it has not confirmed.");
        shown.form(form("/me/freeze").plain_button("FREEZE: no more buying"))
    }
}

fn ways_out(shown: HtmlPage, form: impl Fn(&str) -> Form) -> HtmlPage {
    let shown = shown.part("Leaving");
    let shown = shown.say("Unlinking removes the card from this account. What you ordered stays ordered.");
    let shown = shown.form(form("/me/unlink").plain_button("Unlink the card"));
    let shown = shown.say(
        "Erasing unlinks the card, and destroys all that is kept of you as a person. It cannot be undone.",
    );
    let erase = form("/me/erase").tick("sure", "Erase everything that is kept of me", true);
    let shown = shown.form(erase.plain_button("Erase")).part("Signing out");
    let shown = shown.form(form("/me/sign-out").plain_button("Sign out"));
    shown.form(form("/me/sign-out-everywhere").plain_button("Sign out on every device"))
}

/// What the owner of an account asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Stop,
    Start,
    Freeze,
    Unfreeze,
    Unlink,
    Erase,
    SignOut,
    SignOutEverywhere,
}

impl Action {
    const ALL: [(&'static str, Self, &'static str); 8] = [
        ("stop", Self::Stop, "stopped"),
        ("start", Self::Start, "started"),
        ("freeze", Self::Freeze, "frozen"),
        ("unfreeze", Self::Unfreeze, "unfrozen"),
        ("unlink", Self::Unlink, "unlinked"),
        ("erase", Self::Erase, "erased"),
        ("sign-out", Self::SignOut, "signed_out_by_owner"),
        ("sign-out-everywhere", Self::SignOutEverywhere, "signed_out_by_owner"),
    ];

    /// Whether it asks for a sign-in of the last minutes: what lets an account buy, or takes its card. What stops anything
    /// never does.
    const fn needs_fresh(self) -> bool {
        matches!(self, Self::Unfreeze | Self::Unlink | Self::Erase)
    }
}

/// `POST /me/{action}`
pub(crate) async fn act(
    action: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| carry_out(visit, &action, &request, payload, &state).await).await
}

async fn carry_out(
    visit: &Visit,
    action: &str,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let known = Action::ALL.into_iter().find(|(name, ..)| *name == action);
    let (_, action, result) = known.ok_or(Refusal::NotFound)?;
    let (ticket, session) = visit.signed_in(state).await?;
    let fields = Fields::read(request, payload, state).await?;
    fields.check(request, state, Some(&ticket))?;
    if action.needs_fresh() && !session.is_fresh {
        return Err(Refusal::NotFresh);
    }
    let response = match action {
        Action::Stop => change(visit, state, &session, &ticket, (StatusKind::Replies, true)).await,
        Action::Start => change(visit, state, &session, &ticket, (StatusKind::Replies, false)).await,
        Action::Freeze => change(visit, state, &session, &ticket, (StatusKind::Buying, true)).await,
        Action::Unfreeze => {
            let lifted = state.wait(state.node.unfreeze(&session.account), late).await;
            lifted.map(|()| see(&visit.path("/me"))).map_err(|_| Refusal::Busy)
        }
        Action::Unlink => unlink(visit, state, session.account).await,
        Action::Erase if !fields.has("sure") => Err(Refusal::NotSure),
        Action::Erase => erase(visit, state, session.account).await,
        Action::SignOut => {
            at_desk(state, move |desk| desk.sign_out(&ticket)).await?;
            Ok(gone(visit))
        }
        Action::SignOutEverywhere => {
            at_desk(state, move |desk| desk.sign_out_everywhere(&session.account)).await?;
            Ok(gone(visit))
        }
    }?;
    count(result);
    Ok(response)
}

/// Says a status word in the account's name.
async fn change(
    visit: &Visit,
    state: &State,
    session: &Session,
    ticket: &Ticket,
    (kind, stops): (StatusKind, bool),
) -> Result<HttpResponse, Refusal> {
    // As a post has an id, and no two the same.
    let now = state.node.clock().now();
    let mark =
        crate::text::hex::hex(&ticket.derived(&format!("flashtag/word/{kind:?}/{stops}/{}", now.ms())));
    let word = PostId::parse_reference(&format!("me-{}", mark.get(..32).unwrap_or_default()));
    let word = word.map_err(|_| Refusal::Busy)?;
    let changed = state.node.change_status(&session.account, kind, stops, word);
    state.wait(changed, late).await.map_err(|_| Refusal::Busy)?;
    Ok(see(&visit.path("/me")))
}

async fn unlink(visit: &Visit, state: &State, account: Account) -> Result<HttpResponse, Refusal> {
    let (own, _turn) = (account.clone(), turn_of(state, &account).await);
    at_desk(state, move |desk| desk.close_card_pages(&own)).await?;
    state.wait(state.node.unlink(&account), late).await.map_err(|_| Refusal::Busy)?;
    at_desk(state, move |desk| desk.sign_out_everywhere(&account)).await?;
    let shown = page(state, "Your card is unlinked");
    let shown = shown.say("Posts of this account order nothing any more. What you ordered stays ordered.");
    let mut response = shown.go(&visit.path("/link"), "Link a card again").response();
    visit.drop_session(&mut response);
    Ok(response)
}

/// Erases the person behind an account.
async fn erase(visit: &Visit, state: &State, account: Account) -> Result<HttpResponse, Refusal> {
    let (own, _turn) = (account.clone(), turn_of(state, &account).await);
    at_desk(state, move |desk| desk.close_card_pages(&own)).await?;
    let erasing = tokio::time::timeout(state.limits.answer_timeout.std(), state.node.erase(&account)).await;
    erasing.ok().and_then(Result::ok).ok_or(Refusal::Busy)?;
    at_desk(state, move |desk| desk.forget(&account)).await?;
    let shown = page(state, "You are erased").say(
        "The card is unlinked, and the key of all that was kept of you is destroyed. Orders stay without a name, as the law \
         asks of a shop.",
    );
    let mut response = shown.response();
    visit.drop_session(&mut response);
    Ok(response)
}

/// All that is held of an account, as its owner downloads it.
#[derive(Serialize)]
struct AllHeld<'a> {
    /// The account's name at its network.
    shown: &'a str,
    /// The link, what the account has, and its status.
    account: AccountView,
    /// Who its owner is, and what was agreed to.
    person: Option<Person>,
}

/// `GET /me/data`
pub(crate) async fn data(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (_, session) = visit.signed_in(&state).await?;
        let link = state.node.link_of(&session.account).ok_or(Refusal::NotFound)?;
        let activity = state.node.account_activity(&session.account, &link);
        let activity = Some(state.wait(activity, late).await.map_err(|_| Refusal::Busy)?);
        let person = state.node.person_of(&session.account).await.map_err(|_| Refusal::Busy)?;
        let email = person.as_ref().and_then(|person| person.email.clone());
        let account = AccountView { activity, ..AccountView::new(&session.account, &link, email) };
        let held = AllHeld { shown: &session.shown, account, person };
        count("downloaded");
        let name = "attachment; filename=\"my-data.json\"";
        Ok(HttpResponse::Ok().insert_header((header::CONTENT_DISPOSITION, name)).json(held))
    })
    .await
}

fn gone(visit: &Visit) -> HttpResponse {
    let mut response = see(&visit.path("/link"));
    visit.drop_session(&mut response);
    response
}
