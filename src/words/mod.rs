//! The words of the shop: replies and letters, each made from what is told and what the offer says. What
//! the shop says to everybody stands in [`crate::words::announcement`].
//!
//! The words are templates in the manner of Jinja, shipped in `templates/` beside this file. A shop may
//! keep a folder of its own, in which a file takes the place of the shipped one of the same name:
//!
//! | file | what it says |
//! |---|---|
//! | `reply/OUTCOME.txt` | the reply to an outcome, as `reply/sold.txt`; one paragraph, however it is written |
//! | `reply/OUTCOME.short.txt` | the same where there is no room for more |
//! | `letter/OUTCOME.subject.txt`, `.txt`, `.html` | the letter: its subject, its text, its HTML |
//! | `letter/notice.*` | the letter about an outcome that has no letter of its own |
//! | `letter/layout.html`, `details.html`, `details.txt`, `button.html`, `confirm.txt` | parts of letters |
//!
//! Every template has these variables. What is not told in its case is `none`, and writing that is a fault:
//! ask with `{% if place %}` before it is written.
//!
//! | variable | what it is |
//! |---|---|
//! | `shop`, `network`, `account`, `outcome` | the shop's name, `x`, `x:42`, `sold` |
//! | `kind`, `offer`, `title` | `purchase` or `credit`, the offer's name, its title (cut in replies) |
//! | `units`, `item` | how many, `2 x Kindle Fire HD` |
//! | `tag`, `buy_tag`, `enroll_tag`, `confirm_tag`, `cancel_tag` | hashtags without the hash sign; `tag` begins it all |
//! | `price`, `amount` | of one unit before tax; the order's total, or what is credited or taken back |
//! | `order` | the public id of the order or reservation |
//! | `deadline`, `window` | until when to confirm, `17:18 EST`; how long the window is, `15 minutes` |
//! | `opens`, `closes`, `valid_until` | moments, as `13 Feb, 17:18 EST` |
//! | `place`, `ahead`, `earliest` | the place in line, the reservations open ahead, when the first may end |
//! | `rest_units` | of a claim that got a part: how many units wait |
//! | `draw_at` | when lots are drawn |
//! | `limit`, `take_back`, `account_age`, `spend_cap` | units for one account, `30 minutes`, `30 days`, an amount |
//! | `reward`, `min_spend`, `currency`, `uses_per_card` | what a purchase earns, and what it takes |
//! | `transaction`, `merchant`, `purchase`, `uses_left` | the card purchase: its id, where, how much; uses that are left |
//! | `terms_url`, `link` | the small print; the address that confirms by one click; in letters alone |
//! | `said`, `subject` | in letters: what the reply says; the letter's subject, in its text |
//!
//! Invariant: a reply fits its network, whatever the offer is called and the folder holds.
//! Invariant: text from outside is text: never markup, never a template, never a second line of a subject,
//! and in a reply no link, mention or hashtag.
//! Invariant: the same notice told at the same time has the same words.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::id::{Account, OfferId, ReservationId};
use crate::domain::offering::Offering;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;
use crate::text::file_fault::Faults;

pub use crate::words::local_time::UnknownZone;
pub use preview::Preview;
pub use subject::Subject;

use self::fit::paragraph;
use self::folder::Folder;
use self::line::{cut, one_line};
use crate::words::builtin::{SHIPPED, TOLD};
use crate::words::local_time::Zone;
use crate::words::template_context::{Channel, TemplateContext};

pub mod announcement;
mod builtin;
mod fit;
mod folder;
mod layer;
mod line;
mod local_time;
mod preview;
pub mod renderer;
mod sample;
pub mod signed_link;
mod subject;
mod template_context;

/// How long the subject of a letter may become.
const SUBJECT_GRAPHEMES: usize = 150;

/// Makes the address that confirms a reservation by one click, until its deadline; none if there is none.
pub type Signer = Box<dyn Fn(ReservationId, &Account, Timestamp, &OfferId) -> Option<String> + Send + Sync>;

/// A letter to an account's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its subject, on one line.
    pub subject: String,
    /// Its text; lines end with `\n`.
    pub text: String,
    /// The same for those who read letters in colour.
    pub html: String,
}

/// The words of one shop.
pub struct Words {
    shop: Arc<str>,
    zone: Zone,
    folder: Option<Folder>,
    signer: Option<Signer>,
}

impl Words {
    /// The shipped words, for the shop of that name in the time zone of that name.
    ///
    /// # Errors
    /// When there is no such time zone.
    pub fn new(shop: &str, zone: &str) -> Result<Self, UnknownZone> {
        Ok(Self { zone: Zone::parse(zone)?, ..Self::of_shop(shop) })
    }

    /// The same in universal time.
    #[must_use]
    pub fn of_shop(shop: &str) -> Self {
        Self { shop: one_line(shop).into(), zone: Zone::UTC, folder: None, signer: None }
    }

    /// The same with the templates of a folder in the place of the shipped ones.
    ///
    /// # Errors
    /// Every fault of the folder: files that are no templates, syntax, unknown variables, and what fails
    /// with a sample.
    pub fn with_folder(self, path: &Path) -> Result<Self, Faults> {
        Ok(Self { folder: Some(Folder::read(path)?), ..self })
    }

    /// The same with addresses that confirm by one click, for prompts that go by letter.
    #[must_use]
    pub fn with_signer(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// The text of a reply that is told at that time; it fits the account's network. Nothing for outcomes
    /// that are not answered.
    #[must_use]
    pub fn reply(
        &self,
        notice: &ReplyRequest,
        subject: impl Into<Subject>,
        told_at: Timestamp,
    ) -> Option<String> {
        let told = TOLD.contains(&notice.outcome);
        told.then(|| self.fitted(&self.scene(Channel::Reply, notice, subject.into(), told_at)))
    }

    /// The letter about an outcome.
    #[must_use]
    pub fn letter(&self, notice: &ReplyRequest, subject: impl Into<Subject>, told_at: Timestamp) -> Letter {
        let mut scene = self.scene(Channel::Letter, notice, subject.into(), told_at);
        scene.link = self.link(&scene).map(Into::into);
        let said = if TOLD.contains(&notice.outcome) {
            paragraph(&self.render(&builtin::reply(notice.outcome), &Arc::new(scene.clone())))
        } else {
            notice.outcome.code().replace('_', " ")
        };
        scene.said = Some(said.into());
        let [subject, text, html] = builtin::letter(notice.outcome);
        let subject = one_line(&self.render(&subject, &Arc::new(scene.clone())));
        let subject = cut(&subject, SUBJECT_GRAPHEMES).into_owned();
        scene.headline = Some(subject.as_str().into());
        let scene = Arc::new(scene);
        Letter { text: self.render(&text, &scene), html: self.render(&html, &scene), subject }
    }

    /// What is said on a network when the effect leaves at that time; nothing, if it says nothing there.
    #[must_use]
    pub fn said(&self, effect: &Effect, offering: &Offering, told_at: Timestamp) -> Option<String> {
        match effect {
            Effect::Reply(notice) => self.reply(notice, offering, told_at),
            Effect::Announce { network, news, .. } => {
                announcement::announce_offering(offering, *network, *news)
            }
            _ => None,
        }
    }

    fn scene(
        &self,
        voice: Channel,
        notice: &ReplyRequest,
        subject: Subject,
        told_at: Timestamp,
    ) -> TemplateContext {
        TemplateContext {
            voice,
            shop: Arc::clone(&self.shop),
            zone: self.zone.clone(),
            notice: Arc::new(notice.clone()),
            title: one_line(&subject.title).into(),
            subject: Arc::new(subject),
            told_at,
            link: None,
            said: None,
            headline: None,
        }
    }

    /// The address that confirms what a prompt asks to confirm.
    fn link(&self, scene: &TemplateContext) -> Option<String> {
        let ReplyRequest { account, offer, outcome, reservation, deadline, .. } = &*scene.notice;
        let prompt = matches!(outcome, Outcome::Reserved | Outcome::Promoted);
        let id = ReservationId { offer: *offer, ordinal: reservation.filter(|_| prompt)? };
        self.signer.as_ref()?(id, account, (*deadline)?, &scene.subject.id)
    }

    /// The text of a template, by the shop's own words if they can be had.
    fn render(&self, name: &str, scene: &Arc<TemplateContext>) -> String {
        if let Some(folder) = &self.folder {
            match folder.layer.render(name, scene) {
                Ok(text) => return text,
                Err(error) => tracing::warn!(%error, "a template failed, the shipped one is used"),
            }
        }
        SHIPPED.render(name, scene).unwrap_or_default()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.folder.is_some();
        f.debug_struct("Words").field("shop", &self.shop).field("own", &own).finish_non_exhaustive()
    }
}
