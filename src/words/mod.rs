//! The texts of a shop: replies, letters and announcements, each made from a request and the terms of its
//! offer. Announcements are composed in [`announcement`]; replies and letters are rendered from templates.
//!
//! Templates use Jinja syntax. The built-in ones are in `templates/` beside this file. A shop may keep its
//! own folder, in which a file replaces the built-in template of the same name:
//!
//! | file | its text |
//! |---|---|
//! | `reply/OUTCOME.txt` | the reply to an outcome, as `reply/sold.txt`; rendered as one paragraph |
//! | `reply/OUTCOME.short.txt` | the same where there is no room for more |
//! | `letter/OUTCOME.subject.txt`, `.txt`, `.html` | the letter: its subject, its plain text, its HTML |
//! | `letter/notice.*` | the letter about an outcome that has no letter of its own |
//! | `letter/address.*`, `letter/address_changed.*` | whether an address is the owner's; that another took its place. They have variables of their own: [`OwnerLetter`] |
//! | `letter/authenticate.*` | that the bank of the card asks for its owner, with the link to its page; as those of [`OwnerLetter`] |
//! | `letter/layout.html`, `details.html`, `details.txt`, `button.html`, `confirm.txt` | parts of letters |
//!
//! Every template has these variables. A variable that does not apply is `none`, and writing it is a fault,
//! so test it with `{% if place %}` first.
//!
//! | variable | its value |
//! |---|---|
//! | `shop`, `network`, `account`, `outcome` | the shop's name, `x`, `x:42`, `sold` |
//! | `kind`, `offer`, `title` | `purchase` or `credit`, the offer's name, its title (cut in replies) |
//! | `units`, `item` | the number of units, `2 x Kindle Fire HD` |
//! | `tag`, `buy_tag`, `enroll_tag`, `confirm_tag`, `cancel_tag` | hashtags without the hash sign; `tag` buys or enrolls |
//! | `price`, `amount` | of one unit before tax; the order's total, or the amount credited or reversed |
//! | `order` | the public id of the order or reservation |
//! | `deadline`, `window` | the deadline to confirm, `17:18 EST`; the length of the window, `15 minutes` |
//! | `opens`, `closes`, `valid_until` | times, as `13 Feb, 17:18 EST` |
//! | `place`, `ahead`, `earliest` | the place in line, the reservations open ahead, when the first of them may end |
//! | `rest_units` | the units that still wait, where a claim got a part |
//! | `draw_at` | the time of the draw |
//! | `limit`, `take_back`, `account_age`, `spend_cap` | units for one account, `30 minutes`, `30 days`, an amount |
//! | `reward`, `min_spend`, `currency`, `uses_per_card` | the credit for a purchase, and its conditions |
//! | `transaction`, `merchant`, `purchase`, `uses_left` | the card purchase: its id, merchant and amount; uses left |
//! | `has_letter` | whether a letter tells more than the reply about a result |
//! | `unlinked` | whether a claim was released because its account has no linked card any more |
//! | `terms_url`, `link` | the terms; the address that confirms by one click; in letters alone |
//! | `said`, `subject` | in letters: the text of the reply; the letter's subject, in its text |
//!
//! Invariant: a reply fits its network, whatever the offer's title and whatever the folder holds.
//! Invariant: text from outside stays text: it becomes neither markup, nor a template, nor a second line of a
//! subject, and in a reply no link, mention or hashtag.
//! Invariant: the same request at the same time yields the same text.

pub mod announcement;
mod builtin;
mod challenge_link;
mod fit;
mod folder;
mod layer;
mod letter_kind;
mod line;
mod local_time;
mod owner_letter;
mod owner_words;
mod post_lengths;
mod preview;
pub mod renderer;
mod sample;
mod shop_words;
pub mod signed_link;
pub mod stop_link;
mod subject;
mod template_context;
mod template_name;
mod template_set;

pub use self::challenge_link::{Challenge, open_challenge, sign_challenge};
pub use self::letter_kind::LetterKind;
pub use self::local_time::UnknownZone;
pub use self::owner_letter::OwnerLetter;
pub use self::post_lengths::PostLengths;
pub use self::preview::Preview;
pub use self::shop_words::{Letter, Signer, StopSigner, Words};
pub use self::subject::Subject;
