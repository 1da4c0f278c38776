//! The page by which a buyer authenticates a payment at the bank of the card: `GET` shows how the payment stands, and the button
//! leads to the bank.
//!
//! The signed link is the only credential. `GET` changes nothing, however often it is sent: mail programs open links before
//! people do. How the payment stands is read from Stripe, also when the browser comes back from the bank.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::html::HtmlPage;
use super::link::leave;
use super::offers::late;
use super::signed_page::{NotOpened, Told, order_rows};
use super::state::State;
use crate::api::order_view::OrderView;
use crate::domain::order::OrderStage;
use crate::outbox::provider::stripe::{NotTold, OnSession, Standing};
use crate::telemetry::objections::authentications;
use crate::words::Challenge;
use crate::words::signed_link::LinkFault;

/// How an opened link turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The bank waits for the buyer.
    Shown,
    Held,
    Over,
    Late,
    NotOpened(NotOpened),
}

impl Verdict {
    const fn told(self) -> Told {
        match self {
            Self::Shown => Told::new(
                StatusCode::OK,
                "shown",
                "Your bank asks for you",
                "Your order is kept for you. Your bank pays only once it has asked you: the button leads to it.",
            ),
            Self::Held => Told::new(
                StatusCode::OK,
                "held",
                "Your bank has agreed",
                "We charge your card once, and tell you when that is done.",
            ),
            Self::Over => Told::new(
                StatusCode::GONE,
                "over",
                "Your order is off",
                "Your bank did not agree in time, or the order was taken back. Nothing is charged.",
            ),
            Self::Late => Told::new(
                StatusCode::GONE,
                "late",
                "Too late",
                "The time to ask your bank is over, and so is the order. Nothing is charged.",
            ),
            Self::NotOpened(why) => why.told(),
        }
    }
}

impl From<NotOpened> for Verdict {
    fn from(why: NotOpened) -> Self {
        Self::NotOpened(why)
    }
}

/// What is shown of an order.
struct Ordered {
    title: String,
    view: OrderView,
}

/// An order whose payment is open, with the link that was opened.
struct OpenOrder {
    challenge: Challenge,
    order: Ordered,
}

/// What is told of a link that is not opened, and the order that it is about, if it is one.
type Unopened = (Verdict, Option<Box<Ordered>>);

fn unopened(why: NotOpened) -> Unopened {
    (why.into(), None)
}

/// `GET /authenticate/{token}`, and `GET /authenticate/{token}/back`, to which the bank sends the browser.
pub(crate) async fn show(token: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    let opened = match open(&state, &token).await {
        Ok(opened) => opened,
        Err((verdict, order)) => return page(&state, verdict, order.as_deref(), None),
    };
    let challenge = opened.challenge.clone();
    let standing = ask(&state, move |payments| payments.look(&challenge)).await;
    answer(&state, &opened, standing, false)
}

/// `POST /authenticate/{token}`
pub(crate) async fn begin(
    token: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> HttpResponse {
    // Our own page sends no address of its own, because the address is the secret.
    if !state.hosts.is_own_form(request.headers()) {
        return page(&state, NotOpened::ForeignPage.into(), None, None);
    }
    if state.check_serving().is_err() {
        return page(&state, NotOpened::Busy.into(), None, None);
    }
    let opened = match open(&state, &token).await {
        Ok(opened) => opened,
        Err((verdict, order)) => return page(&state, verdict, order.as_deref(), None),
    };
    let challenge = opened.challenge.clone();
    let own = state.node.confirm_links().and_then(|links| links.challenge_url(&challenge));
    let is_late = is_late(&state, &challenge);
    let standing = match own {
        Some(own) if !is_late => {
            let back = format!("{own}/back");
            ask(&state, move |payments| payments.begin(&challenge, &back)).await
        }
        // Its time is over, or the shop has no public address any more: nothing begins.
        _ => ask(&state, move |payments| payments.look(&challenge)).await,
    };
    answer(&state, &opened, standing, !is_late)
}

/// Shows how a payment stands, and leads to the bank if the button was pressed.
fn answer(
    state: &State,
    opened: &OpenOrder,
    standing: Result<Standing, NotOpened>,
    is_pressed: bool,
) -> HttpResponse {
    let (challenge, order) = (&opened.challenge, Some(&opened.order));
    let is_late = is_late(state, challenge);
    let verdict = match standing {
        Err(why) => why.into(),
        Ok(Standing::Held) => Verdict::Held,
        Ok(Standing::Over) => Verdict::Over,
        Ok(Standing::UnderWay) => NotOpened::Busy.into(),
        Ok(Standing::Waits | Standing::AtBank(_)) if is_late => Verdict::Late,
        Ok(Standing::AtBank(bank)) if is_pressed => return lead(state, &bank),
        Ok(Standing::Waits | Standing::AtBank(_)) => Verdict::Shown,
    };
    page(state, verdict, order, Some(challenge))
}

/// Sends the browser to the bank.
fn lead(state: &State, bank: &str) -> HttpResponse {
    authentications("begun").increment(1);
    let words = "Go on to your bank";
    let shown = HtmlPage::of_shop(state.words.shop(), state.mode, StatusCode::OK, words);
    leave(shown.say("Your bank asks you, and sends you back here."), bank, words)
}

fn page(
    state: &State,
    verdict: Verdict,
    order: Option<&Ordered>,
    challenge: Option<&Challenge>,
) -> HttpResponse {
    let told = verdict.told();
    authentications(told.result).increment(1);
    let page = told.page(state);
    let Some(Ordered { title, view }) = order else { return page.response() };
    let mut rows = order_rows(title, view.ordered.units, &view.amount.to_string(), &view.id);
    match challenge.filter(|_| verdict == Verdict::Shown) {
        Some(challenge) => {
            let now = state.node.clock().now();
            rows.push(("Until", state.words.deadline(challenge.until, now)));
            page.list(&rows).button("Go on to my bank").response()
        }
        None => page.list(&rows).response(),
    }
}

fn is_late(state: &State, challenge: &Challenge) -> bool {
    state.node.clock().now() >= challenge.until
}

/// Opens a link: the order whose payment it authenticates, if that is still open.
async fn open(state: &State, token: &str) -> Result<OpenOrder, Unopened> {
    let links = state.node.confirm_links().filter(|_| state.challenges.is_some());
    let links = links.ok_or_else(|| unopened(NotOpened::Malformed))?;
    let challenge = links.open_challenge(token).map_err(|fault| match fault {
        LinkFault::BadSignature => unopened(NotOpened::Forged),
        LinkFault::Malformed | LinkFault::Expired => unopened(NotOpened::Malformed),
    })?;
    let catalog = state.node.catalog();
    let listing = catalog.named(&challenge.offer).ok_or((Verdict::Over, None))?;
    let view = state.wait(state.node.order_view(listing, challenge.ordinal), late).await;
    let view = view.map_err(|_| unopened(NotOpened::Busy))?.ok_or((Verdict::Over, None))?;
    if view.account != challenge.account.to_string() {
        return Err(unopened(NotOpened::Forged));
    }
    let order = Ordered { title: listing.offering.title().to_owned(), view };
    match order.view.stage {
        OrderStage::Placed => Ok(OpenOrder { challenge, order }),
        OrderStage::Authorized | OrderStage::Sold => Err((Verdict::Held, Some(Box::new(order)))),
        OrderStage::Declined | OrderStage::TakenBack | OrderStage::Returning | OrderStage::Refunded => {
            Err((Verdict::Over, Some(Box::new(order))))
        }
    }
}

/// Asks Stripe, on a thread that may wait.
async fn ask(
    state: &State,
    question: impl FnOnce(&OnSession) -> Result<Standing, NotTold> + Send + 'static,
) -> Result<Standing, NotOpened> {
    let challenges = state.challenges.clone().ok_or(NotOpened::Malformed)?;
    let place = challenges.place().ok_or(NotOpened::Busy)?;
    let asked = Arc::clone(&challenges);
    let told = web::block(move || question(&asked.payments)).await;
    drop(place);
    told.map_err(|_| NotOpened::Busy)?.map_err(|fault| match fault {
        NotTold::NotTheirs => NotOpened::Forged,
        NotTold::Unread(why) => {
            tracing::warn!("how a payment stands that waits for its buyer: {why}");
            NotOpened::Busy
        }
    })
}
