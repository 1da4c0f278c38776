//! What people post.

use flashtag::domain::cid::Cid;
use flashtag::domain::command::{Intent, PostCommand};
use flashtag::domain::id::{Account, PostId, ReservationId};
use flashtag::domain::time::Timestamp;

use super::time::clock;
use super::{Fault, Play};
use crate::domain::world::prompt;

impl Play {
    /// The post that these words describe; `None` if the words describe no post.
    pub(super) fn post(&mut self, name: &str, words: &str, now: Timestamp) -> Result<PostCommand, Fault> {
        let (words, is_heard) = words.strip_suffix(" by relay").map_or((words, false), |words| (words, true));
        let (words, posted_at) = match words.split_once(" posted ") {
            Some((words, at)) => (words, clock(at)?),
            None => (words, now),
        };
        let (account, link) = self.person(name);
        let offer = self.offer_no(words);
        let tagged = words.ends_with("with the tag").then_some(offer);
        let (words, units) = match words.rsplit_once(" x") {
            Some((words, units)) if units.parse::<u32>().is_ok() => (words, units.parse().expect("a number")),
            _ => (words, 1),
        };
        let (verb, object) = words.split_once(' ').unwrap_or((words, ""));
        let kind = match verb {
            "claims" => "claim",
            "confirms" => "confirmation",
            "cancels" => "cancellation",
            "reposts" => "repost",
            "deletes" => "deletion",
            "freezes" => "freeze",
            "unlinks" => "unlinking",
            "clicks" => "click",
            "repeats" => {
                let kind = object.strip_prefix("the ").ok_or("a repeated post has a kind")?;
                let earlier = self.posts.get(&(name.to_owned(), kind.to_owned()));
                return earlier.cloned().ok_or_else(|| format!("{name} made no {kind}"));
            }
            other => return Err(format!("unknown action `{other}`")),
        };
        let mut post = self.new_post(&account);
        let intent = match kind {
            "claim" => Intent::Buy(offer),
            "confirmation" => Intent::Confirm(offer),
            "cancellation" => Intent::Cancel(offer),
            "freeze" => Intent::Freeze,
            "unlinking" => Intent::Unlink,
            "click" => {
                Intent::Accept(self.held_by(name, object).unwrap_or(ReservationId { offer, ordinal: 1 }))
            }
            "repost" => Intent::Repost { of: self.reposted(name, object)?, tagged },
            _ => {
                let (whose, kind) =
                    object.split_once("'s ").unwrap_or_else(|| (name, object.trim_start_matches("the ")));
                let earlier = self.posts.get(&(whose.to_owned(), kind.to_owned()));
                post = earlier.ok_or_else(|| format!("{whose} made no {kind}"))?.post.clone();
                Intent::Delete
            }
        };
        let account_since = self.since.get(name).copied();
        let status = self.world().status_of(&account);
        let cid = is_heard.then(|| Box::new(Cid::parse(&format!("bafy{post}")).expect("a hash")));
        let command = PostCommand {
            post,
            account,
            posted_at,
            intent,
            link,
            units,
            account_since,
            status,
            handle: name.into(),
            age: None,
            cid,
        };
        self.posts.insert((name.to_owned(), kind.to_owned()), command.clone());
        Ok(command)
    }

    fn new_post(&mut self, account: &Account) -> PostId {
        let number = 5_000_000 + self.id();
        PostId::parse(account.network, &number.to_string()).expect("a number is an id")
    }

    /// Parses `the own prompt`, `bob's prompt` or `something`, each optionally `with the tag`.
    fn reposted(&mut self, name: &str, object: &str) -> Result<PostId, Fault> {
        if object.starts_with("something") {
            return PostId::parse_reference("77").map_err(|fault| fault.to_string());
        }
        let whose = object.split_once("'s prompt").map_or(name, |(whose, _)| whose).to_owned();
        Ok(match self.held_by(&whose, object) {
            Ok(id) => prompt(id),
            // The reservation has ended; the table means the first of the offer.
            Err(_) => prompt(ReservationId { offer: self.offer_no(object), ordinal: 1 }),
        })
    }
}
