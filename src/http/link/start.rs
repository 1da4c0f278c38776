//! Signing in: the list of networks, the way there, and the way back.

use actix_web::{HttpRequest, HttpResponse, web};

use super::pages::{at_desk, count, label, leave, page, pages, see};
use super::parts::LinkPages;
use super::refusal::Refusal;
use super::route::serve;
use super::visit::{Fields, Visit};
use crate::http::form::Form;
use crate::http::html::HtmlPage;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::linking::{Began, ProviderId, SandboxSignsIn, SignedIn, Ticket};

/// `GET /link`: with whatever is configured, it says what to do.
pub(crate) async fn show(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| list(visit, &state).await).await
}

async fn list(visit: &Visit, state: &State) -> Result<HttpResponse, Refusal> {
    let first = page(state, "Link your account");
    let Ok(pages) = pages(state) else {
        return Ok(first
            .say("Linking is not open yet: the shop has not set it up. Come back later.")
            .response());
    };
    if visit.site.base().is_none() {
        // Told without a refusal: nobody asked for anything yet.
        return Ok(Refusal::PlainHttp.response(state, ""));
    }
    if pages.desk.providers().next().is_none() {
        let words = "Linking is not open yet: the shop is at no network. Come back later.";
        return Ok(first.say(words).response());
    }
    let browser = visit.browser.clone().unwrap_or_else(|| pages.desk.ticket());
    let mut shown = first.say(
        "You buy by posting a tag. For that the shop must know which account is yours, and which card pays. It takes a \
         minute: sign in, agree, choose a card.",
    );
    if let Ok((_, session)) = visit.signed_in(state).await {
        shown = shown.say(&format!("{} is signed in here.", session.shown));
        shown = shown.go(&visit.path("/me"), "Go to your account");
    }
    if pages.sandbox_sign_in == Some(SandboxSignsIn::Anybody) {
        shown = shown.say(
            "The shop has no network yet, so each sign-in is a sandbox: it takes your word for who you are.",
        );
    }
    let shown = with_sign_ins(shown, &pages, visit, &browser);
    let mut response = shown.response();
    if visit.browser.is_none() {
        visit.keep_browser(&mut response, &browser);
    }
    Ok(response)
}

/// Adds a form for each sign-in. Those of the sandbox beside the networks come last, and say what they are.
fn with_sign_ins(mut shown: HtmlPage, pages: &LinkPages, visit: &Visit, browser: &Ticket) -> HtmlPage {
    let start = |provider: ProviderId| {
        let form = Form::to(&visit.path("/link/start"), &browser.form_token());
        form.hidden("provider", &provider.to_string())
    };
    let is_beside = pages.sandbox_sign_in == Some(SandboxSignsIn::SandboxAccounts);
    let (beside, main): (Vec<_>, Vec<_>) = pages
        .desk
        .providers()
        .partition(|provider| is_beside && matches!(provider.id(), ProviderId::Sandbox(_)));
    for provider in main {
        let mut form = start(provider.id());
        if let Some(typed) = provider.typed() {
            form = form.text("typed", typed.label, typed.example);
        }
        shown = shown.form(form.button(&format!("Sign in with {}", label(provider.id().network()))));
    }
    if beside.is_empty() {
        return shown;
    }
    shown = shown.part("Sandbox: for tests only").say(
        "A sandbox account is nobody at the network. It has a name that you choose, its posts are handed to the shop by HTTP, and \
         the replies to them are not posted.",
    );
    for provider in beside {
        let words = format!("Sign in as a sandbox account of {}", label(provider.id().network()));
        shown = shown.form(start(provider.id()).plain_button(&words));
    }
    shown
}

/// `POST /link/start`
pub(crate) async fn start(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| begin(visit, &request, payload, &state).await).await
}

async fn begin(
    visit: &Visit,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let fields = Fields::read(request, payload, state).await?;
    visit.whole("")?;
    fields.check(request, state, visit.browser.as_ref())?;
    let provider: ProviderId = fields.get("provider").parse().map_err(|_| Refusal::NotFound)?;
    let callback = visit.whole(&format!("/link/cb/{provider}"))?;
    let browser = visit.browser.clone().ok_or(Refusal::BadToken)?;
    let client = client(visit, &browser);
    let (typed, now) = (fields.get("typed").to_owned(), state.node.clock().now());
    let begun =
        at_desk(state, move |desk| desk.begin(provider, &typed, &browser, client, &callback, now)).await?;
    match begun {
        Began::GoTo(own) if own.starts_with('/') => {
            count("began");
            Ok(see(&visit.path(&own)))
        }
        Began::GoTo(address) => {
            count("began");
            let words = format!("Go on to {}", label(provider.network()));
            Ok(leave(page(state, &words).say("You sign in there, and come back."), &address, &words))
        }
        Began::NoSuchProvider => Err(Refusal::NotFound),
        Began::TooMany => Err(Refusal::TooMany),
        Began::Fault(fault) => Err(Refusal::SignIn(fault)),
    }
}

/// What limits go by. Where many share an address, each browser counts for itself.
fn client(visit: &Visit, browser: &Ticket) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    match &visit.address {
        Some(address) => Sha256::digest(format!("address/{address}")).into(),
        None => browser.hash(),
    }
}

/// `GET /link/cb/{provider}`: the browser comes back. The state in the address and the cookie are the authorization.
pub(crate) async fn come_back(
    provider: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| receive(visit, &provider, request.query_string(), &state).await)
        .await
}

async fn receive(visit: &Visit, provider: &str, query: &str, state: &State) -> Result<HttpResponse, Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let provider: ProviderId = provider.parse().map_err(|_| Refusal::NotFound)?;
    let callback = visit.whole(&format!("/link/cb/{provider}"))?;
    let (query, browser, now) = (query.to_owned(), visit.browser.clone(), state.node.clock().now());
    let earlier = visit.session.clone();
    let received = at_desk(state, move |desk| {
        let received = desk.come_back(provider, &query, browser.as_ref(), &callback, now)?;
        if let (SignedIn::As(..), Some(earlier)) = (&received, earlier) {
            desk.sign_out(&earlier)?;
        }
        Ok(received)
    });
    match received.await? {
        SignedIn::As(_, session) => {
            count("signed_in");
            let mut response = see(&visit.path("/me"));
            visit.keep_session(&mut response, &session);
            Ok(response)
        }
        SignedIn::Refused(fault) => Err(Refusal::Flow(fault)),
        SignedIn::Fault(fault) => Err(Refusal::SignIn(fault)),
        SignedIn::Full => Err(Refusal::Busy),
    }
}

/// `GET /link/client-metadata.json`: what the shop tells Bluesky's servers about itself.
pub(crate) async fn client_metadata(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let linking = state.linking.as_ref().and_then(|pages| pages.client_metadata.as_ref());
    linking.map(|metadata| HttpResponse::Ok().json(metadata)).ok_or_else(Problem::not_found)
}
