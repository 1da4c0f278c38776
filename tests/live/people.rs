//! Buyers at a network: each claims, confirms what the shop offers, and keeps count of what it is told.

use super::shop::{Play, Shop};

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

impl People {
    /// Somebody claims.
    pub(crate) fn claim<N: Play>(&mut self, shop: &Shop<N>, who: &str) {
        let post = shop.post(who, "@shop for me please #BuyKettle", None);
        self.claims.push(Claim { who: who.to_owned(), post, has_confirmed: false });
    }

    /// The people who were asked confirm. Returns how many have confirmed by now.
    pub(crate) fn confirm<N: Play>(&mut self, shop: &Shop<N>) -> usize {
        for claim in self.claims.iter_mut().filter(|claim| !claim.has_confirmed) {
            let replies = shop.replies_to(&claim.post);
            if let Some(prompt) = replies.iter().find(|reply| reply.text.contains("#ConfirmKettle")) {
                shop.post(&claim.who, "@shop #ConfirmKettle", Some(&prompt.id));
                claim.has_confirmed = true;
            }
        }
        self.claims.iter().filter(|claim| claim.has_confirmed).count()
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
