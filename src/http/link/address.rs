//! The address for letters: the owner of an account gives it, and proves it by the page that a letter leads to.

use actix_web::{HttpRequest, HttpResponse, web};

use super::pages::{count, page, pages, see};
use super::refusal::Refusal;
use super::route::serve;
use super::visit::{Fields, Visit};
use crate::domain::id::Account;
use crate::http::form::Form;
use crate::http::html::HtmlPage;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::linking::{
    AddressDesk, AddressFault, AddressGiven, Consents, Owner, Purpose, Session, Shown, Ticket,
};
use crate::people::Person;
use crate::text::email::plain_address;
use crate::words::LetterKind;

/// Adds what is known of the address to a page of its owner, with the forms that change it.
pub(super) async fn letters(
    shown: HtmlPage,
    visit: &Visit,
    (ticket, account): (&Ticket, &Account),
    state: &State,
) -> Result<HtmlPage, Refusal> {
    let shown = part(shown, visit, ticket, &owner_of(account, state).await?);
    let asked = account.clone();
    if !at_address_desk(state, move |desk| desk.has_stopped(&asked, LetterKind::Credits)).await? {
        return Ok(shown);
    }
    let shown =
        shown.say("You stopped the letters about what your card earned. Those about orders still come.");
    let form = Form::to(&visit.path("/me/all-letters"), &ticket.form_token());
    Ok(shown.form(form.plain_button("Get them again")))
}

/// The address of the page that a letter leads to, for its ticket.
fn letter_pages(visit: &Visit) -> Result<impl Fn(&Ticket) -> String + use<>, Refusal> {
    let base = visit.whole("/link/mail/")?;
    Ok(move |ticket: &Ticket| format!("{base}{}", ticket.text()))
}

/// The same, if the owner wants letters and has not proven an address yet.
pub(super) async fn asked_letters(
    shown: HtmlPage,
    visit: &Visit,
    (ticket, account, name): (&Ticket, &Account, &str),
    state: &State,
) -> Result<HtmlPage, Refusal> {
    let person = owner_of(account, state).await?;
    if !agreed(&person) || person.email_verified {
        return Ok(shown);
    }
    let page_of = letter_pages(visit)?;
    let (account, name, now) = (account.clone(), name.to_owned(), state.node.clock().now());
    let asked = at_address_desk(state, move |desk| {
        let owner = Owner { account: &account, shown: &name };
        desk.ask_first(owner, &page_of, now)
    });
    // The card is linked all the same; the letter can be asked for again.
    if let Err(refusal) = asked.await {
        count(refusal.name());
    }
    Ok(part(shown, visit, ticket, &person))
}

/// What is kept of the person behind an account.
async fn owner_of(account: &Account, state: &State) -> Result<Person, Refusal> {
    Ok(state.node.person_of(account).await.map_err(|_| Refusal::Busy)?.unwrap_or_default())
}

fn part(shown: HtmlPage, visit: &Visit, ticket: &Ticket, person: &Person) -> HtmlPage {
    let token = ticket.form_token();
    let form = |page: &str| Form::to(&visit.path(page), &token);
    let shown = shown.part("Letters");
    let Some(address) = &person.email else {
        let shown = shown.say("You get no letters: everything is told by reply.");
        return shown.form(fields(form("/me/address"), person).button("Get letters"));
    };
    let shown = if person.email_verified {
        shown.say(&format!("Letters about your orders go to {address}."))
    } else {
        let shown = shown.say(&format!(
            "We asked {address} by a letter whether it is yours. Open the page in it within 24 hours and press its button; \
             until then no other letter goes there, and everything is told by reply. An address that returned our letters, \
             or asked for no more, does not get this one either."
        ));
        shown.form(form("/me/letter").plain_button("Send the letter again"))
    };
    let shown = shown.form(fields(form("/me/address"), person).plain_button("Use another address"));
    shown.form(form("/me/no-letters").plain_button("No more letters: forget the address"))
}

/// The fields by which somebody gives an address.
fn fields(form: Form, person: &Person) -> Form {
    let form =
        if agreed(person) { form } else { form.tick(Purpose::Letters.name(), Purpose::Letters.text(), true) };
    let label = if person.email.is_some() { "Another e-mail address" } else { "Your e-mail address" };
    form.email("address", label, "ana@example.com")
}

fn agreed(person: &Person) -> bool {
    let kept = person.consents.iter().map(|kept| (kept.to.as_str(), kept.version.as_str(), kept.at));
    Consents::of_kept(kept).has(Purpose::Letters)
}

/// `POST /me/address`
pub(crate) async fn give(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| take(visit, &request, payload, &state).await).await
}

async fn take(
    visit: &Visit,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Refusal> {
    let (session, fields) = asked(visit, request, payload, state).await?;
    // A letter tells what was ordered, so nobody at a device that was left open names who gets it.
    if !session.is_fresh {
        return Err(Refusal::NotFresh);
    }
    if state.node.link_of(&session.account).is_none() {
        return Ok(see(&visit.path("/link/consent")));
    }
    let person = owner_of(&session.account, state).await?;
    if !agreed(&person) && !fields.has(Purpose::Letters.name()) {
        return Err(Refusal::LettersNotAgreed);
    }
    let address = plain_address(fields.get("address")).ok_or(Refusal::NotAnAddress)?;
    let page_of = letter_pages(visit)?;
    let (account, now) = (session.account.clone(), state.node.clock().now());
    let earlier = person.email.filter(|_| person.email_verified);
    let given = at_address_desk(state, move |desk| {
        let owner = Owner { account: &session.account, shown: &session.shown };
        desk.give(owner, &address, earlier.as_deref(), &page_of, now)
    });
    // An address whose letter cannot leave is kept all the same.
    let given = match given.await {
        kept @ Err(Refusal::Letters(AddressFault::NotSent)) => kept,
        given => Ok(given?),
    };
    if !matches!(given, Ok(AddressGiven::Proven)) {
        note(&account, false, state).await?;
        count("address_given");
    }
    given.map(|_| see(&visit.path("/me")))
}

/// `POST /me/letter`
pub(crate) async fn ask_again(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (session, _) = asked(visit, &request, payload, &state).await?;
        let page_of = letter_pages(visit)?;
        let now = state.node.clock().now();
        at_address_desk(&state, move |desk| {
            let owner = Owner { account: &session.account, shown: &session.shown };
            desk.ask_again(owner, &page_of, now)
        })
        .await?;
        count("address_asked_again");
        Ok(see(&visit.path("/me")))
    })
    .await
}

/// `POST /me/no-letters`
pub(crate) async fn forget(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (session, _) = asked(visit, &request, payload, &state).await?;
        let account = session.account.clone();
        at_address_desk(&state, move |desk| desk.forget_address(&session.account)).await?;
        note(&account, false, &state).await?;
        count("address_forgotten");
        Ok(see(&visit.path("/me")))
    })
    .await
}

/// `POST /me/all-letters`
pub(crate) async fn resume(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let (session, _) = asked(visit, &request, payload, &state).await?;
        at_address_desk(&state, move |desk| desk.resume(&session.account)).await?;
        count("letters_resumed");
        Ok(see(&visit.path("/me")))
    })
    .await
}

/// `GET /link/stop/{token}`: what its button stops.
pub(crate) async fn show_stop(
    token: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |_| {
        opened(&state, &token)?;
        count("stop_shown");
        let shown = page(&state, "No more of these letters?");
        let shown =
            shown.say("The button stops letters about what your card earned. Those about orders still come.");
        Ok(shown.button("Stop them").response())
    })
    .await
}

/// `POST /link/stop/{token}`: the token is the authorization. Mail programs send this in the name of their readers, without a
/// cookie and without opening the page (RFC 8058), and may send it again.
pub(crate) async fn stop(
    token: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |_| {
        state.check_serving().map_err(|_| Refusal::Busy)?;
        let (kind, account) = opened(&state, &token)?;
        let now = state.node.clock().now();
        at_address_desk(&state, move |desk| desk.stop(&account, kind, now)).await?;
        count("letters_stopped");
        let shown = page(&state, "These letters are stopped");
        let shown =
            shown.say("Letters about what your card earned come no more. Those about orders still do.");
        Ok(shown.response())
    })
    .await
}

fn opened(state: &State, token: &str) -> Result<(LetterKind, Account), Refusal> {
    state.node.confirm_links().and_then(|links| links.open_stop(token)).ok_or(Refusal::NotFound)
}

/// The session of a form of the owner's own page.
async fn asked(
    visit: &Visit,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<(Session, Fields), Refusal> {
    state.check_serving().map_err(|_| Refusal::Busy)?;
    let (ticket, session) = visit.signed_in(state).await?;
    let fields = Fields::read(request, payload, state).await?;
    fields.check(request, state, Some(&ticket))?;
    Ok((session, fields))
}

/// `GET /link/mail/{ticket}`: what the button of the page would do. Programs that look at mail open links before people do, so
/// it changes nothing.
pub(crate) async fn look(
    ticket: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        let ticket = Ticket::parse(&ticket).ok_or(Refusal::LetterOver)?;
        let now = state.node.clock().now();
        match at_address_desk(&state, move |desk| desk.look(&ticket, now)).await? {
            Shown::Asks(name) => {
                count("address_shown");
                let shown = page(&state, "Is this your address?").say(&format!(
                    "{name} asks for letters about orders to the address at which you read our letter. If that is you, press \
                     the button. If not, close this page: no other letter comes."
                ));
                Ok(shown.button("Yes, send them here").response())
            }
            Shown::Proven(_) => Ok(proven(visit, &state)),
            Shown::Over => Err(Refusal::LetterOver),
        }
    })
    .await
}

/// `POST /link/mail/{ticket}`: the ticket is the authorization, because the letter may be read on another device than the one
/// on which its owner is signed in.
pub(crate) async fn prove(
    ticket: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &state, async |visit| {
        state.check_serving().map_err(|_| Refusal::Busy)?;
        if !state.hosts.is_own_form(request.headers()) {
            return Err(Refusal::ForeignPage);
        }
        let ticket = Ticket::parse(&ticket).ok_or(Refusal::LetterOver)?;
        let now = state.node.clock().now();
        match at_address_desk(&state, move |desk| desk.prove(&ticket, now)).await? {
            Shown::Proven(account) => {
                // Also at a second press: the first one may not have come this far.
                note(&account, true, &state).await?;
                count("address_proven");
                Ok(proven(visit, &state))
            }
            Shown::Asks(_) | Shown::Over => Err(Refusal::LetterOver),
        }
    })
    .await
}

fn proven(visit: &Visit, state: &State) -> HttpResponse {
    let shown = page(state, "Letters come to this address");
    let shown =
        shown.say("From now on letters about your orders go to the address at which you read our letter.");
    shown.go(&visit.path("/me"), "Go to your account").response()
}

/// Lets claims be decided by whether letters reach the owner.
async fn note(account: &Account, has_address: bool, state: &State) -> Result<(), Refusal> {
    let noting = state.node.note_address(account, has_address);
    match tokio::time::timeout(state.limits.answer_timeout.std(), noting).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Refusal::Busy),
    }
}

/// Lets another thread do what waits for the disk.
async fn at_address_desk<T: Send + 'static>(
    state: &State,
    call: impl FnOnce(&AddressDesk) -> Result<T, AddressFault> + Send + 'static,
) -> Result<T, Refusal> {
    let pages = pages(state)?;
    let done = web::block(move || call(&pages.addresses)).await.map_err(|_| Refusal::Busy)?;
    done.map_err(|fault| {
        if let AddressFault::Ops(_) | AddressFault::People(_) = fault {
            tracing::error!("an address for letters: {fault}");
        }
        Refusal::Letters(fault)
    })
}
