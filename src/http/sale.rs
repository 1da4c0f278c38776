//! Sales: pauses, resumes and closes them, one offer or all. An order to a sale that is in that state already
//! changes nothing.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::body;
use super::offers::find;
use super::problem::Problem;
use super::state::State;
use crate::actors::port::{Changed, Overloaded};
use crate::api::offer_view::OfferView;
use crate::domain::listing::Listing;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::sale_order::{Deadlines, LineAtClose, SaleChange};

/// Upper bound on an operator's reason, in bytes.
const REASON_BYTES_MAX: usize = 256;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct PauseBody {
    deadlines: Option<Deadlines>,
    reason: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct ResumeBody {
    reason: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct CloseBody {
    waitlist: Option<LineAtClose>,
    reason: String,
}

/// The order that a body spells out.
trait OrderBody: for<'de> Deserialize<'de> + Default {
    /// An example of the body.
    const FORM: &'static str;

    fn order(self) -> (SaleChange, String);
}

impl OrderBody for PauseBody {
    const FORM: &'static str =
        r#"{"deadlines":"run"} or {"deadlines":"freeze"}, with a "reason" if there is one"#;

    fn order(self) -> (SaleChange, String) {
        (SaleChange::Pause(self.deadlines.unwrap_or(Deadlines::Run)), self.reason)
    }
}

impl OrderBody for ResumeBody {
    const FORM: &'static str = r#"{"reason":"..."}, or empty"#;

    fn order(self) -> (SaleChange, String) {
        (SaleChange::Resume, self.reason)
    }
}

impl OrderBody for CloseBody {
    const FORM: &'static str =
        r#"{"waitlist":"serve"} or {"waitlist":"release"}, with a "reason" if there is one"#;

    fn order(self) -> (SaleChange, String) {
        (SaleChange::Close(self.waitlist.unwrap_or(LineAtClose::Serve)), self.reason)
    }
}

#[derive(Serialize)]
struct Offers {
    offers: Vec<OfferView>,
}

macro_rules! orders {
    ($($body:ident: $one:ident, $all:ident;)*) => { $(
        pub(crate) async fn $one(
            id: web::Path<String>,
            request: HttpRequest,
            payload: web::Payload,
            state: web::Data<State>,
        ) -> Result<HttpResponse, Problem> {
            operate_one::<$body>(&id, &request, payload, &state).await
        }

        pub(crate) async fn $all(
            request: HttpRequest,
            payload: web::Payload,
            state: web::Data<State>,
        ) -> Result<HttpResponse, Problem> {
            operate_all::<$body>(&request, payload, &state).await
        }
    )* };
}

// `POST /v1/offers/{id}/pause`, `POST /v1/pause`, and so on.
orders! {
    PauseBody: pause, pause_all;
    ResumeBody: resume, resume_all;
    CloseBody: close, close_all;
}

async fn operate_one<B: OrderBody>(
    id: &str,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let listing = find(state, id)?;
    let order = read::<B>(request, payload, state).await?;
    let changed = operate(state, &[listing], order).await?;
    let changed = changed.into_iter().next().ok_or_else(Problem::not_found)?;
    match changed.made {
        Ok(()) | Err(Refusal::Repeated) => {
            Ok(HttpResponse::Ok().json(changed.view.ok_or_else(Problem::not_found)?))
        }
        Err(Refusal::Because(Outcome::Closed)) => {
            let detail = "the sale is over; nothing was changed";
            Err(Problem::new(StatusCode::CONFLICT, "offer_closed", detail))
        }
        Err(_) => Err(Problem::not_found()),
    }
}

/// Changes all sales. Those that are over stay as they are.
async fn operate_all<B: OrderBody>(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let order = read::<B>(request, payload, state).await?;
    let catalog = state.node.catalog();
    let changed = operate(state, catalog.listings(), order).await?;
    let offers = changed.into_iter().filter_map(|changed| changed.view).collect();
    Ok(HttpResponse::Ok().json(Offers { offers }))
}

async fn operate(
    state: &State,
    listings: &[Listing],
    (change, reason): (SaleChange, String),
) -> Result<Vec<Changed>, Problem> {
    let operated = async { Ok::<_, Overloaded>(state.node.operate(listings, change, &reason).await) };
    state.wait(operated, late).await
}

/// Reads a body; an empty one is the default order.
async fn read<B: OrderBody>(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<(SaleChange, String), Problem> {
    let body = body::read(request, payload, &state.limits).await?;
    let body = body.trim_ascii();
    let read = match body.first() {
        None => Some(B::default()),
        // Serde would also accept a list of the values instead of the object.
        Some(b'{') => serde_json::from_slice(body).ok(),
        Some(_) => None,
    };
    let order = read.map(B::order).filter(|(_, reason)| reason.len() <= REASON_BYTES_MAX);
    order.ok_or_else(|| {
        let detail = format!(
            "the body is not {}, the reason of at most {REASON_BYTES_MAX} bytes; nothing was changed",
            B::FORM
        );
        Problem::bad_request("bad_json", detail)
    })
}

fn late() -> Problem {
    let detail = "the change was not durable in time, and may become so: send it again, it is made once";
    Problem::try_later("answer_timeout", detail)
}
