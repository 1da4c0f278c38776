//! Buyers at a network: each claims, confirms what the shop offers, and keeps count of what it is told.

use std::fmt;

use super::shop::{Play, Shop};
use crate::crash::server::poll;

/// A buyer's claim.
struct Claim {
    who: String,
    post: String,
    has_confirmed: bool,
}

/// Everybody who claimed.
#[derive(Default)]
pub(crate) struct People {
    claims: Vec<Claim>,
}

/// The names of that many buyers.
pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("buyer{number}")).collect()
}

/// How far everybody came. What the shop and its network know of the others is read where that is shown.
struct Progress<'a, N> {
    shop: &'a Shop<N>,
    confirmed: usize,
    /// Who did not confirm, with the claim.
    others: Vec<(String, String)>,
}

impl<N: Play> fmt::Debug for Progress<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} have confirmed; source: {}; {}",
            self.confirmed,
            self.shop.source(),
            self.shop.offer()
        )?;
        for (who, post) in &self.others {
            let told: Vec<String> = self.shop.replies_to(post).into_iter().map(|reply| reply.text).collect();
            writeln!(f, "{who} posted {post} and was told {told:?}")?;
        }
        let metrics = self.shop.engine.http().metrics();
        let words = ["flashtag_lane", "flashtag_outbox", "flashtag_effect_attempts", "flashtag_source"];
        let of_interest =
            |line: &&str| words.iter().any(|word| line.starts_with(word)) && !line.ends_with(" 0");
        metrics.lines().filter(of_interest).try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl People {
    /// Somebody claims.
    pub(crate) fn claim<N: Play>(&mut self, shop: &Shop<N>, who: &str) {
        let post = shop.post(who, "@shop for me please #BuyKettle", None);
        self.claims.push(Claim { who: who.to_owned(), post, has_confirmed: false });
    }

    /// The people who were asked confirm.
    pub(crate) fn confirm<N: Play>(&mut self, shop: &Shop<N>) {
        for claim in self.claims.iter_mut().filter(|claim| !claim.has_confirmed) {
            let replies = shop.replies_to(&claim.post);
            if let Some(prompt) = replies.iter().find(|reply| reply.text.contains("#ConfirmKettle")) {
                shop.post(&claim.who, "@shop #ConfirmKettle", Some(&prompt.id));
                claim.has_confirmed = true;
            }
        }
    }

    /// The people who were asked confirm, until that many have.
    pub(crate) fn confirm_until<N: Play>(&mut self, shop: &Shop<N>, units: usize) {
        poll(
            || {
                self.confirm(shop);
                let (has, others) = self.claims.iter().partition::<Vec<_>, _>(|claim| claim.has_confirmed);
                let others =
                    others.into_iter().map(|claim| (claim.who.clone(), claim.post.clone())).collect();
                Progress { shop, confirmed: has.len(), others }
            },
            |progress| progress.confirmed == units,
        );
    }

    /// Asserts that as many were asked as there are units, and each of them once.
    pub(crate) fn assert_asked_once<N: Play>(&self, shop: &Shop<N>, units: usize) {
        let mut asked = 0;
        for Claim { who, post, .. } in &self.claims {
            let replies: Vec<String> = shop.replies_to(post).into_iter().map(|reply| reply.text).collect();
            let prompts = replies.iter().filter(|text| text.contains("#ConfirmKettle")).count();
            assert!(prompts <= 1, "{who} was asked {prompts} times: {replies:#?}");
            asked += prompts;
            for text in &replies {
                let times = replies.iter().filter(|other| *other == text).count();
                assert_eq!(times, 1, "{who} was told the same twice: {replies:#?}");
            }
        }
        assert_eq!(asked, units, "each unit was offered to one buyer");
    }
}
