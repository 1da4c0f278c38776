//! The pages of tests: a sign-in that takes people at their word, and cards with names.

use actix_web::{HttpRequest, HttpResponse, web};

use super::pages::{label, page, pages, see};
use super::refusal::Refusal;
use super::route::serve;
use super::visit::Fields;
use crate::domain::id::{Account, Network};
use crate::http::form::Form;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::intake::accounts::region;
use crate::linking::{CARDS, ProviderId, SandboxSignIn, SandboxSignsIn, Ticket, VaultFault};

/// The value of a parameter in the address, if it is a ticket.
fn ticket_in(request: &HttpRequest, name: &str) -> Option<Ticket> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    query.into_owned().find(|(known, _)| known == name).and_then(|(_, value)| Ticket::parse(&value))
}

/// The network that a page's address names, and whom the sandbox signs in there.
fn sandbox_of(state: &State, name: &str) -> Result<(Network, SandboxSignsIn), Refusal> {
    let network = name.parse().map_err(|_| Refusal::NotFound)?;
    let signs_in = pages(state)?.sandbox_sign_in.ok_or(Refusal::NotFound)?;
    Ok((network, signs_in))
}

const fn example(network: Network) -> &'static str {
    match network {
        Network::X => "1234567",
        Network::Bluesky => "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
        Network::Mastodon => "https://mastodon.example/users/ana",
    }
}

/// `GET /link/sandbox/{network}?state=`
pub(crate) async fn sign_in(
    network: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (network, signs_in) = sandbox_of(&state, &network)?;
        visit.whole("")?;
        let flow = ticket_in(&request, "state").ok_or(Refusal::NotFound)?;
        let browser = visit.browser.as_ref().ok_or(Refusal::BadToken)?;
        let form = Form::to(&visit.path(&format!("/link/sandbox/{network}")), &browser.form_token());
        let form = form.hidden("state", flow.text());
        let (form, words) = match signs_in {
            SandboxSignsIn::Anybody => (
                form.text("author", "Your author id", example(network)),
                "No network is asked: this page takes your word for who you are.",
            ),
            SandboxSignsIn::SandboxAccounts => (
                form.text("author", "The name of your sandbox account", "ana"),
                "No network is asked: this page signs in sandbox accounts, and nobody who is at the network. A name has 1 to 32 of \
                 a-z, 0-9 and -.",
            ),
        };
        let shown = page(&state, &format!("Sandbox sign-in for {}", label(network)));
        Ok(shown.say(words).form(form.button("Sign in")).response())
    })
    .await
}

/// `POST /link/sandbox/{network}`: the network returns.
pub(crate) async fn signed_in(
    network: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (network, signs_in) = sandbox_of(&state, &network)?;
        visit.whole("")?;
        let fields = Fields::read(&request, payload, &state).await?;
        fields.check(&request, &state, visit.browser.as_ref())?;
        let back = SandboxSignIn::back(fields.get("state"), &signs_in.author_of(fields.get("author")));
        Ok(see(&visit.path(&format!("/link/cb/{}?{back}", ProviderId::Sandbox(network)))))
    })
    .await
}

/// `GET /link/sandbox-card?cs=`
pub(crate) async fn card(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let cards = pages(&state)?.sandbox_cards.clone().ok_or(Refusal::NotFound)?;
        let (ticket, session) = visit.signed_in(&state).await?;
        let id = ticket_in(&request, "cs").ok_or(Refusal::Card(VaultFault::Unknown))?;
        if !cards.has(&session.account, id.text(), state.node.clock().now()) {
            return Err(Refusal::Card(VaultFault::Unknown));
        }
        let form = Form::to(&visit.path("/link/sandbox-card"), &ticket.form_token()).hidden("cs", id.text());
        let form = form.choice("card", "Card", CARDS.iter().map(|card| (card.name, card.label)));
        let form = form.text("region", "Billing region", "US-NY");
        let shown = page(&state, "Choose a sandbox card")
            .say("These cards pay with no money. There is no field for a card number: never type one.");
        let shown = shown.form(form.button("Link this card"));
        Ok(shown.plain_go(&visit.path("/link/left"), "Go back without a card").response())
    })
    .await
}

/// `POST /link/sandbox-card`: the card page returns.
pub(crate) async fn give(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let cards = pages(&state)?.sandbox_cards.clone().ok_or(Refusal::NotFound)?;
        let (ticket, session) = visit.signed_in(&state).await?;
        let fields = Fields::read(&request, payload, &state).await?;
        fields.check(&request, &state, Some(&ticket))?;
        let card = CARDS.into_iter().find(|card| card.name == fields.get("card"));
        let card = card.ok_or(Refusal::Card(VaultFault::NotComplete))?;
        let region = region(fields.get("region")).map_err(Refusal::NotLinkable)?;
        let (account, now): (&Account, _) = (&session.account, state.node.clock().now());
        cards
            .give(account, fields.get("cs"), card, &region, now)
            .map(|back| see(&back))
            .map_err(Refusal::Card)
    })
    .await
}
