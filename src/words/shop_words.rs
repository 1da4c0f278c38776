//! The texts of one shop: its replies, letters and announcements.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::announcement::announce_offering;
use super::fit::{fitted, paragraph};
use super::letter_kind::LetterKind;
use super::line::{cut, one_line};
use super::local_time::{UnknownZone, Zone};
use super::post_lengths::PostLengths;
use super::subject::Subject;
use super::template_context::{Channel, TemplateContext};
use super::template_name::{self, ANSWERED};
use super::template_set::TemplateSet;
use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::id::{Account, Network, OfferId, ReservationId};
use crate::domain::offering::Offering;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;
use crate::text::file_fault::Faults;
use crate::text::network::Deliveries;

/// Most graphemes of a letter's subject.
const SUBJECT_GRAPHEMES: usize = 150;

/// Makes the address that confirms a reservation by one click, valid until the given time. `None` if the
/// shop has no public address.
pub type Signer = Box<dyn Fn(ReservationId, &Account, Timestamp, &OfferId) -> Option<String> + Send + Sync>;

/// Makes the address at which a kind of letters to an account is stopped. `None` if mail programs could not use it.
pub type StopSigner = Box<dyn Fn(LetterKind, &Account) -> Option<String> + Send + Sync>;

/// A letter to an account's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject, on one line.
    pub subject: String,
    /// The plain text; lines end with `\n`.
    pub text: String,
    /// The HTML form of the same text.
    pub html: String,
}

/// The texts of one shop: templates, shop name and time zone.
pub struct Words {
    shop: Arc<str>,
    zone: Zone,
    link_url: Option<Arc<str>>,
    /// Whether replies hold links where the network charges for them.
    has_paid_links: bool,
    /// What comes to the shop, and so what people are asked for.
    deliveries: Deliveries,
    /// Where prompts and reminders may leave as direct messages.
    direct: Vec<Network>,
    /// How long a post may be where the shop posts.
    lengths: Arc<PostLengths>,
    pub(super) templates: TemplateSet,
    signer: Option<Signer>,
    stop_signer: Option<StopSigner>,
}

impl Words {
    /// The built-in texts, for the shop named `shop` in the time zone named `zone`.
    ///
    /// # Errors
    /// When the time zone is unknown.
    pub fn new(shop: &str, zone: &str) -> Result<Self, UnknownZone> {
        Ok(Self { zone: Zone::parse(zone)?, ..Self::of_shop(shop) })
    }

    /// The built-in texts of a shop in UTC.
    #[must_use]
    pub fn of_shop(shop: &str) -> Self {
        Self {
            shop: one_line(shop).into(),
            zone: Zone::UTC,
            link_url: None,
            has_paid_links: false,
            deliveries: Deliveries::default(),
            direct: Vec::new(),
            lengths: Arc::default(),
            templates: TemplateSet::default(),
            signer: None,
            stop_signer: None,
        }
    }

    /// The shop's name.
    #[must_use]
    pub fn shop(&self) -> &str {
        &self.shop
    }

    /// Names the page where accounts are linked to cards, for those who are not linked yet.
    #[must_use]
    pub fn with_link_url(self, url: Option<&str>) -> Self {
        Self { link_url: url.map(Into::into), ..self }
    }

    /// Lets replies hold links where the network charges for them, as X does.
    #[must_use]
    pub fn with_paid_links(self, has_paid_links: bool) -> Self {
        Self { has_paid_links, ..self }
    }

    /// Asks people only for what the shop's accounts read.
    #[must_use]
    pub fn with_deliveries(self, deliveries: Deliveries) -> Self {
        Self { deliveries, ..self }
    }

    /// Makes direct messages of prompts and reminders on these networks.
    #[must_use]
    pub fn with_direct_messages(self, direct: Vec<Network>) -> Self {
        Self { direct, ..self }
    }

    /// How long a post may be where the shop posts. What is learnt there shortens the texts from then on.
    #[must_use]
    pub fn lengths(&self) -> Arc<PostLengths> {
        Arc::clone(&self.lengths)
    }

    /// Replaces built-in templates by those of a folder.
    ///
    /// # Errors
    /// Lists every fault of the folder: files that are not templates, syntax errors, unknown variables, and
    /// samples that fail to render.
    pub fn with_folder(self, path: &Path) -> Result<Self, Faults> {
        Ok(Self { templates: TemplateSet::read(path)?, ..self })
    }

    /// Adds one-click confirmation addresses to prompts that are sent by letter.
    #[must_use]
    pub fn with_signer(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// Adds addresses to letters at which their kind is stopped.
    #[must_use]
    pub fn with_stop_signer(self, signer: StopSigner) -> Self {
        Self { stop_signer: Some(signer), ..self }
    }

    /// The address at which the letters about that outcome are stopped for an account; `None` if they cannot be.
    #[must_use]
    pub fn stop_link(&self, outcome: Outcome, account: &Account) -> Option<String> {
        self.stop_signer.as_ref()?(LetterKind::of(outcome)?, account)
    }

    /// A deadline as read at `now`, in the shop's time zone, as replies and letters write it.
    #[must_use]
    pub fn deadline(&self, at: Timestamp, now: Timestamp) -> String {
        self.zone.deadline(at, now)
    }

    /// The text of a reply that leaves at `now`; it fits the account's network. `None` for outcomes without a
    /// reply.
    #[must_use]
    pub fn reply(
        &self,
        request: &ReplyRequest,
        subject: impl Into<Subject>,
        now: Timestamp,
    ) -> Option<String> {
        let answered = ANSWERED.contains(&request.outcome);
        let limit = self.lengths.of_reply(request.account.network);
        let context = || self.context(Channel::Reply, request, subject.into(), now);
        answered.then(|| fitted(&self.templates, &context(), limit))
    }

    /// The letter about an outcome.
    #[must_use]
    pub fn letter(&self, request: &ReplyRequest, subject: impl Into<Subject>, now: Timestamp) -> Letter {
        let outcome = request.outcome;
        let mut context = self.context(Channel::Letter, request, subject.into(), now);
        context.link = self.link(&context).map(Into::into);
        let reply = if ANSWERED.contains(&outcome) {
            let name = template_name::reply(outcome);
            paragraph(&self.templates.render(&name, &Arc::new(context.clone())))
        } else {
            outcome.code().replace('_', " ")
        };
        context.reply_text = Some(reply.into());
        let [subject, text, html] = template_name::letter(request);
        let subject = one_line(&self.templates.render(&subject, &Arc::new(context.clone())));
        let subject = cut(&subject, SUBJECT_GRAPHEMES).into_owned();
        context.headline = Some(subject.as_str().into());
        let context = Arc::new(context);
        Letter {
            text: self.templates.render(&text, &context),
            html: self.templates.render(&html, &context),
            subject,
        }
    }

    /// The direct message that takes the place of a letter: of a prompt, or of its reminder. `None` if it asks for nothing,
    /// if it does not fit the account's network, and where the shop sends none.
    #[must_use]
    pub fn direct_message(
        &self,
        request: &ReplyRequest,
        subject: impl Into<Subject>,
        now: Timestamp,
    ) -> Option<String> {
        let network = request.account.network;
        request.asks().filter(|_| self.direct.contains(&network))?;
        let mut context = self.context(Channel::Direct, request, subject.into(), now);
        context.link = self.link(&context).map(Into::into);
        let context = Arc::new(context);
        let [headline, ..] = template_name::letter(request);
        let headline = one_line(&self.templates.render(&headline, &context));
        let how = self.templates.render(template_name::CONFIRM, &context);
        let text = format!("{headline}\n\n{}", how.trim());
        self.lengths.of_reply(network).fits(&text).then_some(text)
    }

    /// The text of the post that the effect publishes when it leaves at `now`; `None` if it publishes
    /// nothing.
    #[must_use]
    pub fn post_text(&self, effect: &Effect, offering: &Offering, now: Timestamp) -> Option<String> {
        match effect {
            Effect::Reply(request) => self.reply(request, offering, now),
            Effect::Email { request, .. } => self.direct_message(request, offering, now),
            Effect::Announce { network, announcement, .. } => {
                let limit = self.lengths.of_post(*network);
                announce_offering(offering, limit, self.deliveries.of(*network), *announcement)
            }
            _ => None,
        }
    }

    pub(super) fn context(
        &self,
        channel: Channel,
        request: &ReplyRequest,
        subject: Subject,
        now: Timestamp,
    ) -> TemplateContext {
        let is_charged = channel == Channel::Reply && request.account.network.facts().prices.is_some();
        TemplateContext {
            channel,
            delivers: self.deliveries.of(request.account.network),
            shop: Arc::clone(&self.shop),
            zone: self.zone.clone(),
            link_url: self.link_url.clone().filter(|_| self.has_paid_links || !is_charged),
            request: Arc::new(request.clone()),
            title: one_line(&subject.title).into(),
            subject: Arc::new(subject),
            told_at: now,
            link: None,
            reply_text: None,
            headline: None,
        }
    }

    /// The address that confirms the reservation of a prompt or a reminder; `None` for other requests.
    fn link(&self, context: &TemplateContext) -> Option<String> {
        let ReplyRequest { account, offer, outcome, reservation, deadline, .. } = &*context.request;
        let prompt = matches!(outcome, Outcome::Reserved | Outcome::Promoted);
        let id = ReservationId { offer: *offer, ordinal: reservation.filter(|_| prompt)? };
        self.signer.as_ref()?(id, account, (*deadline)?, &context.subject.id)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.templates.has_folder();
        f.debug_struct("Words").field("shop", &self.shop).field("own", &own).finish_non_exhaustive()
    }
}
