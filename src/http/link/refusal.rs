//! Why a page of linking does not do what is asked, as a page that says what to do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::given::CardNotLinked;
use crate::http::html::HtmlPage;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::intake::fault::Fault;
use crate::linking::{AddressFault, FlowFault, SignInFault, VaultFault};

/// A refusal.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nobody signs people in here.
    Closed,
    /// The page was opened by plain HTTP.
    PlainHttp,
    /// A page of another site sent the form.
    ForeignPage,
    /// The form is not that of this browser's page.
    BadToken,
    /// Nobody is signed in.
    SignedOut,
    /// The sign-in was too long ago for what is asked.
    NotFresh,
    /// There is no such network or page.
    NotFound,
    /// What comes back belongs to no sign-in of this browser.
    Flow(FlowFault),
    /// The account is not proven.
    SignIn(SignInFault),
    /// Too many sign-ins were begun.
    TooMany,
    /// A needed box was left empty.
    NotAgreed,
    /// The box for letters was left empty.
    LettersNotAgreed,
    /// The address for letters is none.
    NotAnAddress,
    /// No letter leaves to prove an address.
    Letters(AddressFault),
    /// A ticket of a letter was used, or its time is over.
    LetterOver,
    /// What cannot be undone was asked for without the box that says so.
    NotSure,
    /// There is no card.
    Card(VaultFault),
    /// The card cannot be linked.
    NotLinked(CardNotLinked),
    /// What was typed cannot be linked.
    NotLinkable(Fault),
    /// It cannot be done right now.
    Busy,
    /// The request's body cannot be read.
    Unread(Problem),
}

impl Refusal {
    /// The label in the counter.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::PlainHttp => "plain_http",
            Self::ForeignPage => "foreign_page",
            Self::BadToken => "bad_token",
            Self::SignedOut => "signed_out",
            Self::NotFresh => "not_fresh",
            Self::NotFound => "not_found",
            Self::Flow(fault) => fault.name(),
            Self::SignIn(fault) => fault.name(),
            Self::TooMany => "too_many",
            Self::NotAgreed | Self::LettersNotAgreed => "not_agreed",
            Self::NotAnAddress => "not_an_address",
            Self::Letters(AddressFault::TooMany) => "too_many_letters",
            Self::Letters(AddressFault::NoAddress | AddressFault::NoPerson) => "no_address",
            Self::Letters(_) => "busy",
            Self::LetterOver => "letter_over",
            Self::NotSure => "not_sure",
            Self::Card(fault) => fault.name(),
            Self::NotLinkable(_) | Self::NotLinked(CardNotLinked::Unusable(_)) => "not_linkable",
            Self::NotLinked(CardNotLinked::Full) => "accounts_full",
            Self::NotLinked(CardNotLinked::Busy) | Self::Busy | Self::Unread(_) => "busy",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Closed | Self::NotFound => StatusCode::NOT_FOUND,
            Self::PlainHttp | Self::ForeignPage | Self::BadToken | Self::SignedOut | Self::NotFresh => {
                StatusCode::FORBIDDEN
            }
            Self::Flow(_) | Self::SignIn(SignInFault::Typed(_)) => StatusCode::BAD_REQUEST,
            Self::SignIn(SignInFault::Refused(_) | SignInFault::NotTheirs(_)) => StatusCode::FORBIDDEN,
            Self::SignIn(SignInFault::Unanswered(_)) | Self::Card(VaultFault::Unanswered(_)) => {
                StatusCode::BAD_GATEWAY
            }
            Self::TooMany | Self::Card(VaultFault::TooMany) | Self::Letters(AddressFault::TooMany) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Letters(AddressFault::NoAddress | AddressFault::NoPerson) => StatusCode::CONFLICT,
            Self::Letters(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::LetterOver => StatusCode::GONE,
            Self::Card(VaultFault::OtherAccount) => StatusCode::FORBIDDEN,
            Self::Card(VaultFault::Full)
            | Self::NotLinked(CardNotLinked::Busy)
            | Self::Busy
            | Self::Unread(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Card(_) => StatusCode::CONFLICT,
            Self::NotAgreed
            | Self::LettersNotAgreed
            | Self::NotAnAddress
            | Self::NotSure
            | Self::NotLinkable(_)
            | Self::NotLinked(CardNotLinked::Unusable(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotLinked(CardNotLinked::Full) => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// Heading and text.
    fn words(&self) -> (&'static str, String) {
        let (heading, text) = match self {
            Self::Closed => ("Linking is not open", "Nobody can sign in here yet. Nothing was changed."),
            Self::PlainHttp => (
                "This page needs a secure address",
                "Over plain HTTP others could read along, so nobody can sign in here. Open the shop's own address, \
                 which begins with https. If this is your shop: write that address as public_url in the \
                 configuration, and let the proxy pass the name in Host on.",
            ),
            Self::ForeignPage => (
                "Press the button on our own page",
                "A page of another site asked for this. Nothing was changed.",
            ),
            Self::BadToken => (
                "Open the page again",
                "This form is not the one that we showed to this browser, or it is too old. Nothing was changed.",
            ),
            Self::SignedOut => (
                "Sign in first",
                "Nobody is signed in here, or the time is over: a session ends after 30 minutes of rest. Nothing \
                 was changed.",
            ),
            Self::NotFresh => (
                "Sign in once more",
                "This asks for a sign-in of the last 10 minutes, so that nobody else does it at your device. \
                 Nothing was changed.",
            ),
            Self::NotFound => ("There is nothing here", "Start from the beginning. Nothing was changed."),
            Self::Flow(fault) => return flow_words(*fault),
            Self::SignIn(fault) => {
                return ("You are not signed in", format!("{fault}. Nothing was changed."));
            }
            Self::TooMany => (
                "Too many sign-ins",
                "Too many were begun and not finished. Wait ten minutes. Nothing was changed.",
            ),
            Self::LettersNotAgreed => (
                "The box is needed",
                "Without it no letter is sent. Go back, and tick the box above the address. Nothing was changed.",
            ),
            Self::NotAnAddress => (
                "This is no e-mail address",
                "Go back, and write one address, as ana@example.com. Nothing was changed.",
            ),
            Self::Letters(AddressFault::TooMany) => (
                "Enough letters for today",
                "At most three letters a day ask an address whether it is yours, and three letters for one account. Look into \
                 the folder for unwanted mail, or try again tomorrow. Nothing was changed.",
            ),
            Self::Letters(AddressFault::NoAddress | AddressFault::NoPerson) => {
                ("There is no address to ask", "Give one on the page of your account. Nothing was changed.")
            }
            Self::Letters(_) => {
                ("One moment", "No letter can leave right now. Ask for it again on the page of your account.")
            }
            Self::LetterOver => (
                "This link is not valid any more",
                "It was used, it is older than 24 hours, or another address was given since. Sign in, and ask for another \
                 letter. Nothing was changed.",
            ),
            Self::NotAgreed => (
                "Two boxes are needed",
                "Without them no card can be linked. Go back, and tick the first two boxes. Nothing was changed.",
            ),
            Self::NotSure => (
                "Tick the box first",
                "Erasing cannot be undone, so it asks for the box beside its button. Nothing was changed.",
            ),
            Self::Card(fault) => return ("No card was linked", format!("{fault}. Nothing was changed.")),
            Self::NotLinkable(fault) | Self::NotLinked(CardNotLinked::Unusable(fault)) => {
                return ("No card was linked", format!("{fault}. Nothing was changed."));
            }
            Self::NotLinked(CardNotLinked::Full) => {
                ("No card was linked", "The shop links no more accounts right now. Nothing was changed.")
            }
            Self::NotLinked(CardNotLinked::Busy) | Self::Busy | Self::Unread(_) => {
                ("One moment", "We cannot tell right now. Try again: nothing is done twice.")
            }
        };
        (heading, text.to_owned())
    }

    /// The page.
    pub(super) fn response(&self, state: &State, link_page: &str) -> HttpResponse {
        let (heading, text) = self.words();
        let page =
            HtmlPage::of_shop(state.words.shop(), state.mode, self.status(), heading).fault(&sentence(&text));
        match self {
            Self::Closed | Self::PlainHttp => page.response(),
            Self::SignedOut | Self::NotFresh => page.go(link_page, "Sign in").response(),
            Self::NotAgreed => page.go(&format!("{link_page}/consent"), "Back to the boxes").response(),
            Self::NotSure
            | Self::LettersNotAgreed
            | Self::NotAnAddress
            | Self::Letters(_)
            | Self::LetterOver => {
                let account_page = format!("{}me", link_page.trim_end_matches("link"));
                page.go(&account_page, "Go to your account").response()
            }
            _ => page.go(link_page, "Start again").response(),
        }
    }
}

/// What some part of the program tells, as people write it.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn flow_words(fault: FlowFault) -> (&'static str, String) {
    let text = match fault {
        FlowFault::NotReturned => "This is not the address to which a network returns.",
        FlowFault::Unknown => "This sign-in was used before, or never began here.",
        FlowFault::OtherBrowser => "This sign-in was begun in another browser. Finish it there.",
        FlowFault::Late => "This sign-in took longer than ten minutes.",
        FlowFault::OtherProvider => {
            "This sign-in was begun elsewhere: at another network, or not in the sandbox."
        }
        FlowFault::OtherIssuer => "Another server answered than the one that was asked.",
        FlowFault::Denied => "You, or the network, said no.",
    };
    ("You are not signed in", format!("{text} Nothing was changed. Start again."))
}
