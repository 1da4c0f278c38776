//! Accounts: the cards they are linked to, and what they hold.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::body;
use super::offers::{ReservationView, late};
use super::problem::Problem;
use super::state::State;
use crate::domain::credit::CreditOffer;
use crate::domain::id::{Account, AuthorId, Network, OfferId};
use crate::domain::link::{Funding, Link, LinkedAccount};
use crate::intake::accounts::decode_link;
use crate::partition::state::PartitionState;

/// A link as clients send it. The address names the account; the body may repeat it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    network: Option<String>,
    author_id: Option<String>,
    card: CardBody,
    email: String,
    region: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardBody {
    token: String,
    brand: String,
    funding: String,
    last4: String,
}

/// A link as it is shown. The card's token stays inside: whoever has it can try to charge the card.
#[derive(Serialize)]
struct LinkView<'a> {
    network: Network,
    author_id: &'a AuthorId,
    card: CardView<'a>,
    email: &'a str,
    region: &'a str,
    #[serde(flatten)]
    standing: Option<Stops>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offers: Option<Vec<HoldingView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollments: Option<Vec<EnrollmentView>>,
}

/// What the account's owner put a stop to.
#[derive(Serialize, Default)]
struct Stops {
    /// It buys nothing until it is unfrozen.
    frozen: bool,
    /// It gets no replies.
    silent: bool,
}

#[derive(Serialize)]
struct CardView<'a> {
    brand: &'a str,
    funding: Funding,
    last4: &'a str,
}

/// What the account has of one offer.
#[derive(Serialize)]
struct HoldingView {
    offer: OfferId,
    reservation: Option<ReservationView>,
    /// The place in line, from 1.
    place: Option<u32>,
    /// Units bought.
    sold: u32,
}

/// A statement-credit offer in which the account's card is enrolled, by whichever account it was.
#[derive(Serialize)]
struct EnrollmentView {
    offer: OfferId,
    /// How many purchases of the card can still earn a credit.
    uses_left: u32,
}

impl<'a> LinkView<'a> {
    /// The link alone.
    fn new(account: &'a Account, link: &'a Link) -> Self {
        let card = CardView { brand: link.brand(), funding: link.funding(), last4: link.last4() };
        Self {
            network: account.network,
            author_id: &account.author,
            card,
            email: link.email(),
            region: link.region(),
            standing: None,
            offers: None,
            enrollments: None,
        }
    }
}

/// `GET /v1/accounts/{network}/{id}`
pub(crate) async fn show(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    view(&state, &account(&path)?).await
}

/// `POST /v1/accounts/{network}/{id}/unfreeze`
pub(crate) async fn unfreeze(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let account = account(&path)?;
    state.engine.link_of(&account).ok_or_else(Problem::not_found)?;
    state.wait(state.engine.unfreeze(&account), late_unfreezing).await?;
    view(&state, &account).await
}

/// All that is known of an account, over all partitions.
async fn view(state: &State, account: &Account) -> Result<HttpResponse, Problem> {
    let link = state.engine.link_of(account).ok_or_else(Problem::not_found)?;
    let (mut offers, mut enrollments, mut stops) = (Vec::new(), Vec::new(), Stops::default());
    for partition in state.engine.partitions() {
        let (account, link) = (account.clone(), link.clone());
        let look = move |partition: &PartitionState| {
            (holdings(partition, &account), enrolled(partition, link.token()), partition.status_of(&account))
        };
        let (held, cards, standing) = state.wait(state.engine.read(partition, look), late).await?;
        offers.extend(held);
        enrollments.extend(cards);
        stops.frozen |= standing.frozen;
        stops.silent |= standing.silent;
    }
    let (standing, offers, enrollments) = (Some(stops), Some(offers), Some(enrollments));
    Ok(HttpResponse::Ok().json(LinkView { standing, offers, enrollments, ..LinkView::new(account, &link) }))
}

fn holdings(partition: &PartitionState, account: &Account) -> Vec<HoldingView> {
    let views = partition.holdings_of(account).into_iter().map(|(offer, holding)| HoldingView {
        offer: offer.terms().id.clone(),
        reservation: offer.reservation_of(holding).map(|(id, held)| ReservationView::new(offer, id, held)),
        place: offer.place_of(holding),
        sold: holding.sold(),
    });
    views.filter(|view| view.reservation.is_some() || view.place.is_some() || view.sold > 0).collect()
}

fn enrolled(partition: &PartitionState, card: &str) -> Vec<EnrollmentView> {
    let view = |offer: &CreditOffer| {
        Some(EnrollmentView { offer: offer.terms().id.clone(), uses_left: offer.uses_left(card)? })
    };
    partition.credits().filter_map(|(_, offer)| view(offer)).collect()
}

/// `PUT /v1/accounts/{network}/{id}`
pub(crate) async fn link(
    path: web::Path<(String, String)>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let account = account(&path)?;
    let body = body::read(&request, payload, &state.limits).await?;
    let linked = understand(&body, &account)?;
    state.wait(state.engine.link(linked.clone()), late_link).await?;
    Ok(HttpResponse::Ok().json(LinkView::new(&linked.account, &linked.link)))
}

/// The account that an address names.
fn account((network, author): &(String, String)) -> Result<Account, Problem> {
    let network: Network = network.parse().map_err(|_| Problem::not_found())?;
    Account::parse(network, author).map_err(|fault| Problem::bad_request("bad_id", fault.to_string()))
}

/// Reads a link of that account by the rules of the accounts file.
fn understand(body: &[u8], account: &Account) -> Result<LinkedAccount, Problem> {
    let mut sent: LinkBody = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let network = sent.network.get_or_insert_with(|| account.network.to_string());
    let author = sent.author_id.get_or_insert_with(|| account.author.text().to_string());
    if *network != account.network.name() || *author != *account.author.text() {
        let detail = "the body names another account than the address; leave network and author_id out";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "account_mismatch", detail));
    }
    let line = serde_json::to_vec(&sent).expect("links are plain values");
    decode_link(&line).map_err(|fault| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault.code(), format!("{fault}; nothing was changed"))
    })
}

/// Says where the body is wrong, and not by what: serde would repeat the client's own words.
fn malformed(error: &serde_json::Error) -> Problem {
    let what = match error.classify() {
        serde_json::error::Category::Data => {
            "is not a link: card (token, brand, funding, last4), email, region"
        }
        _ => "is not JSON",
    };
    let detail = format!("the body {what}; see column {}; nothing was changed", error.column());
    Problem::bad_request("bad_json", detail).on_line(error.line())
}

fn late_unfreezing() -> Problem {
    let detail = "it was not durable in time, and may become so: ask again, nobody is unfrozen twice";
    Problem::try_later("answer_timeout", detail)
}

fn late_link() -> Problem {
    let detail =
        "the link was not durable in time, and may become so: send it again, the same is not linked twice";
    Problem::try_later("answer_timeout", detail)
}
