//! Confirming by a signed link: who opens it sees what it is about, and who presses its button confirms.
//!
//! Opening changes nothing, however often: mail programs open links before people do. There is no other
//! key to this door than the link.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::html::HtmlPage;
use super::offers::late;
use super::state::State;
use crate::domain::account_status::AccountStatus;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::id::{Account, PostId, ReservationId};
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::reservation::Stage;
use crate::domain::time::Timestamp;
use crate::partition::state::PartitionState;
use crate::words::signed_link::LinkFault;

/// Counts what links were good for, by `result`.
pub const CONFIRM_LINKS_TOTAL: &str = "flashtag_confirm_links_total";

/// What comes of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It was opened, and can confirm.
    Shown,
    Confirmed,
    Late,
    /// Its reservation waits for no confirmation any more.
    Used,
    Frozen,
    TooFast,
    Forged,
    Malformed,
    Busy,
}

impl Verdict {
    /// The status, the name in the counter, and what the page says.
    const fn told(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Shown => (
                StatusCode::OK,
                "shown",
                "Confirm your order",
                "It is reserved for you. Nothing is ordered before you press the button.",
            ),
            Self::Confirmed => (
                StatusCode::OK,
                "confirmed",
                "Your order is placed",
                "We are charging your card; a letter tells you when that is done.",
            ),
            Self::Late => (
                StatusCode::GONE,
                "late",
                "Too late",
                "The time to confirm is over, and what was reserved goes to the next in line. Nothing was charged.",
            ),
            Self::Used => (
                StatusCode::CONFLICT,
                "used",
                "Nothing left to confirm",
                "What this link was for is confirmed already, was passed on, or has ended. It was not ordered again.",
            ),
            Self::Frozen => (
                StatusCode::CONFLICT,
                "frozen",
                "Your buying is frozen",
                "You asked us to let this account buy nothing, so nothing was ordered.",
            ),
            Self::TooFast => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too much at once",
                "Wait a minute and open the link again. Nothing was ordered by it yet.",
            ),
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "forged",
                "This link is not from us",
                "It was changed on its way, or somebody else made it. Nothing was ordered.",
            ),
            Self::Malformed => (
                StatusCode::NOT_FOUND,
                "malformed",
                "There is nothing here",
                "The link is not whole. Copy it from the letter from its first to its last letter.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "One moment",
                "We cannot tell right now. Open the link again: nothing is ordered twice.",
            ),
        }
    }
}

impl From<LinkFault> for Verdict {
    fn from(fault: LinkFault) -> Self {
        match fault {
            LinkFault::Malformed => Self::Malformed,
            LinkFault::BadSignature => Self::Forged,
            LinkFault::Expired => Self::Late,
        }
    }
}

/// The reservation that a link would confirm.
struct Kept {
    partition: u32,
    id: ReservationId,
    account: Account,
    /// Its public id.
    name: String,
    title: String,
    terms: Held,
}

/// What is reserved, and until when.
#[derive(Clone, Copy)]
struct Held {
    units: u32,
    total: Money,
    deadline: Timestamp,
}

/// `GET /confirm/{token}`
pub(crate) async fn show(token: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match find(&state, &token).await {
        Ok(kept) => page(Verdict::Shown, Some(&kept)),
        Err(verdict) => page(verdict, None),
    }
}

/// `POST /confirm/{token}`
pub(crate) async fn confirm(token: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    if state.check_serving().is_err() {
        return page(Verdict::Busy, None);
    }
    match find(&state, &token).await {
        Ok(kept) => page(accept(&state, &kept).await, Some(&kept)),
        Err(verdict) => page(verdict, None),
    }
}

fn page(verdict: Verdict, kept: Option<&Kept>) -> HttpResponse {
    let (status, result, heading, words) = verdict.told();
    metrics::counter!(CONFIRM_LINKS_TOTAL, "result" => result).increment(1);
    let page = HtmlPage::new(status, heading).say(words);
    let Some(kept) = kept else { return page.response() };
    let mut rows = vec![
        ("Item", kept.title.clone()),
        ("Quantity", kept.terms.units.to_string()),
        ("Total", kept.terms.total.to_string()),
        ("Order", kept.name.clone()),
    ];
    if verdict != Verdict::Shown {
        return page.list(&rows).response();
    }
    rows.push(("Confirm before", moment(kept.terms.deadline)));
    page.list(&rows).button("Confirm the order").response()
}

/// An instant as people read it, to the second.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {} UTC", time.get(..8).unwrap_or_default())
}

/// What the link leads to, if it is ours and can still confirm.
async fn find(state: &State, token: &str) -> Result<Kept, Verdict> {
    let links = state.engine.confirm_links().ok_or(Verdict::Malformed)?;
    let now = state.engine.clock().now();
    let opened = links.open(token, now)?;
    // Ours by the key, but not of this shop's data: nothing of that name waits here.
    let listing = state.engine.catalog().named(&opened.offer).ok_or(Verdict::Used)?;
    let id = ReservationId { offer: listing.offer, ordinal: opened.ordinal };
    let (account, partition) = (opened.account, listing.partition);
    let whose = account.clone();
    let look = move |partition: &PartitionState| look(partition, id, &whose, now);
    let seen = state.wait(state.engine.read(partition, look), late).await.map_err(|_| Verdict::Busy)?;
    let (name, title) = (id.public(&opened.offer), listing.offering.title().to_owned());
    Ok(Kept { partition, id, account, name, title, terms: seen? })
}

fn look(
    partition: &PartitionState,
    id: ReservationId,
    account: &Account,
    now: Timestamp,
) -> Result<Held, Verdict> {
    let offer = partition.offer(id.offer).ok_or(Verdict::Used)?;
    let first = offer.reservations_after(id.ordinal.saturating_sub(1)).next();
    let live = first.filter(|(found, _)| *found == id).map(|(_, reservation)| reservation);
    let ordered = || offer.order(id.ordinal).map(|order| &order.claim);
    let claim = live.map(|reservation| &reservation.claim).or_else(ordered);
    match (claim, live) {
        (Some(claim), _) if claim.account != *account => Err(Verdict::Forged),
        (Some(claim), Some(held)) if held.stage == Stage::Held => {
            let Some(deadline) = Some(held.deadline).filter(|deadline| now < *deadline) else {
                return Err(Verdict::Late);
            };
            Ok(Held { units: claim.units, total: claim.amount, deadline })
        }
        // Who freezes an account passes on what is not confirmed.
        (None, _) if partition.status_of(account).frozen => Err(Verdict::Frozen),
        _ => Err(Verdict::Used),
    }
}

/// Confirms through the partition, as a post would. The post of a link has an id that no network gives.
async fn accept(state: &State, kept: &Kept) -> Verdict {
    let Kept { partition, id, account, .. } = kept;
    let post = format!("link/{partition}/{}/{}", id.offer.0, id.ordinal);
    let said = PostCommand {
        post: PostId::parse_reference(&post).expect("three numbers are visible and short"),
        account: account.clone(),
        posted_at: state.engine.clock().now(),
        intent: Intent::Accept(*id),
        link: state.engine.link_of(account),
        units: kept.terms.units,
        account_since: None,
        status: AccountStatus::default(),
    };
    let Ok(answer) = state.wait(state.engine.say(*partition, said), late).await else { return Verdict::Busy };
    match answer.outcome {
        // Somebody pressed the button twice, and this is the second time.
        Outcome::Confirmed if answer.duplicate => Verdict::Used,
        Outcome::Confirmed => Verdict::Confirmed,
        Outcome::ConfirmLate => Verdict::Late,
        Outcome::Frozen => Verdict::Frozen,
        Outcome::RateLimited => Verdict::TooFast,
        Outcome::Overloaded => Verdict::Busy,
        _ => Verdict::Used,
    }
}
