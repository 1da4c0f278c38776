//! Confirmation by a signed link: `GET` shows what the link confirms, and the button on the page confirms it.
//!
//! `GET` changes nothing, however often it is sent: mail programs open links before people do. The signed
//! link is the only credential.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::offers::late;
use super::signed_page::{NotOpened, Told, order_rows};
use super::state::State;
use crate::actors::node::{LinkRefusal, LinkedReservation};
use crate::actors::port::Overloaded;
use crate::domain::answer::Answer;
use crate::domain::confirmable::NotConfirmable;
use crate::domain::outcome::Outcome;
use crate::words::signed_link::LinkFault;

/// Counts followed links, by `result`.
pub const CONFIRM_LINKS_TOTAL: &str = "flashtag_confirm_links_total";

/// The result of following a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The link was opened, and can confirm.
    Shown,
    Confirmed,
    Late,
    /// The reservation no longer waits for a confirmation.
    Used,
    Frozen,
    TooFast,
    NotOpened(NotOpened),
}

impl Verdict {
    const fn told(self) -> Told {
        match self {
            Self::Shown => Told::new(
                StatusCode::OK,
                "shown",
                "Confirm your order",
                "It is reserved for you. Nothing is ordered before you press the button.",
            ),
            Self::Confirmed => Told::new(
                StatusCode::OK,
                "confirmed",
                "Your order is placed",
                "We charge your card once, and tell you when that is done.",
            ),
            Self::Late => Told::new(
                StatusCode::GONE,
                "late",
                "Too late",
                "The time to confirm is over, and so is the reservation. Nothing was charged.",
            ),
            Self::Used => Told::new(
                StatusCode::CONFLICT,
                "used",
                "Nothing left to confirm",
                "What this link was for was passed on, has ended, or could not be ordered. Nothing is ordered by it.",
            ),
            Self::Frozen => Told::new(
                StatusCode::CONFLICT,
                "frozen",
                "Your buying is frozen",
                "You asked us to let this account buy nothing, so nothing was ordered.",
            ),
            Self::TooFast => Told::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too much at once",
                "Wait a minute and open the link again. Nothing was ordered by it yet.",
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

impl From<&Answer> for Verdict {
    fn from(answer: &Answer) -> Self {
        match answer.outcome {
            // Also the second click on the same button: the order stands.
            Outcome::Confirmed => Self::Confirmed,
            Outcome::ConfirmLate => Self::Late,
            Outcome::Frozen => Self::Frozen,
            Outcome::RateLimited => Self::TooFast,
            Outcome::Overloaded => NotOpened::Busy.into(),
            _ => Self::Used,
        }
    }
}

impl From<LinkRefusal> for Verdict {
    fn from(refusal: LinkRefusal) -> Self {
        match refusal {
            LinkRefusal::Link(LinkFault::Malformed) => NotOpened::Malformed.into(),
            LinkRefusal::Link(LinkFault::BadSignature)
            | LinkRefusal::Reservation(NotConfirmable::NotTheirs) => NotOpened::Forged.into(),
            LinkRefusal::Link(LinkFault::Expired) | LinkRefusal::Reservation(NotConfirmable::Late) => {
                Self::Late
            }
            LinkRefusal::Reservation(NotConfirmable::Ordered { .. }) => Self::Confirmed,
            LinkRefusal::Reservation(NotConfirmable::Used | NotConfirmable::Gone) => Self::Used,
            LinkRefusal::Reservation(NotConfirmable::Frozen) => Self::Frozen,
            LinkRefusal::Overloaded => NotOpened::Busy.into(),
        }
    }
}

/// `GET /confirm/{token}`
pub(crate) async fn show(token: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match open(&state, &token).await {
        Ok(reservation) if reservation.deadline.is_none() => {
            page(&state, Verdict::Confirmed, Some(&reservation))
        }
        Ok(reservation) => page(&state, Verdict::Shown, Some(&reservation)),
        Err(verdict) => page(&state, verdict, None),
    }
}

/// `POST /confirm/{token}`
pub(crate) async fn confirm(
    token: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> HttpResponse {
    // Our own page sends no address of its own, because the address is the secret.
    if !state.hosts.is_own_form(request.headers()) {
        return page(&state, NotOpened::ForeignPage.into(), None);
    }
    if state.check_serving().is_err() {
        return page(&state, NotOpened::Busy.into(), None);
    }
    match open(&state, &token).await {
        Ok(reservation) if reservation.deadline.is_none() => {
            page(&state, Verdict::Confirmed, Some(&reservation))
        }
        Ok(reservation) => page(&state, accept(&state, &reservation).await, Some(&reservation)),
        Err(verdict) => page(&state, verdict, None),
    }
}

fn page(state: &State, verdict: Verdict, reservation: Option<&LinkedReservation>) -> HttpResponse {
    let told = verdict.told();
    metrics::counter!(CONFIRM_LINKS_TOTAL, "result" => told.result).increment(1);
    let page = told.page(state);
    let Some(reservation) = reservation else { return page.response() };
    let LinkedReservation { title, units, total, name, .. } = reservation;
    let mut rows = order_rows(title, *units, &total.to_string(), name);
    let Some(deadline) = reservation.deadline.filter(|_| verdict == Verdict::Shown) else {
        return page.list(&rows).response();
    };
    rows.push(("Confirm before", state.words.deadline(deadline, state.node.clock().now())));
    page.list(&rows).button("Confirm the order").response()
}

async fn open(state: &State, token: &str) -> Result<LinkedReservation, Verdict> {
    // A refused link is answered with a page, not with a problem document.
    let opened = async { Ok::<_, Overloaded>(state.node.open_link(token).await) };
    Ok(state.wait(opened, late).await.map_err(|_| NotOpened::Busy)??)
}

async fn accept(state: &State, reservation: &LinkedReservation) -> Verdict {
    let answer = state.wait(state.node.confirm_by_link(reservation), late).await;
    answer.map_or_else(|_| NotOpened::Busy.into(), |answer| Verdict::from(&answer))
}
