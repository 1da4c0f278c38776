//! The crowd at each network, and a shop that answers everybody.

use std::collections::BTreeMap;

use networks::crowd::{Crowd, Deed, Habits, Plan, Tags};
use networks::{Society, bluesky, mastodon, x};

use super::client::NOON_MS;

fn plan(suffix: &str) -> Plan {
    let tags = Tags {
        buy: "BuyKettle".to_owned(),
        confirm: "ConfirmKettle".to_owned(),
        cancel: "CancelKettle".to_owned(),
    };
    Plan {
        shop: format!("shop{suffix}"),
        suffix: suffix.to_owned(),
        tags,
        people: 200,
        claim_median_ms: 10_000,
        reaction_median_ms: 5_000,
        habits: Habits { silent: 0.2, cancels: 0.1, forgets_shop: 0.1, deletes: 0.05, reposts: 0.1 },
        seed: 11,
    }
}

/// Plays ten minutes in steps of a second: the shop prompts everybody who names it and wants to buy.
fn play(network: &mut dyn Society, suffix: &str) -> (BTreeMap<Deed, usize>, Vec<String>) {
    let plan = plan(suffix);
    network.join(&plan.shop, NOON_MS);
    let mut crowd = Crowd::new(plan.clone());
    assert_eq!(crowd.join(network, NOON_MS).len(), 200);
    assert_eq!(crowd.step(network, NOON_MS), [], "nobody acts before the announcement");
    network.post(&plan.shop, "200 kettles! Post #BuyKettle and name us", None, NOON_MS).unwrap();
    let (mut deeds, mut acts, mut position) = (BTreeMap::new(), Vec::new(), 0);
    for second in 0..600 {
        let now_ms = NOON_MS + second * 1000;
        for act in crowd.step(network, now_ms) {
            *deeds.entry(act.deed).or_default() += 1;
            acts.push(format!("{} {:?} {}", act.who, act.deed, act.text));
        }
        for post in network.posts_since(position, 10_000) {
            position = post.position;
            let is_claim = post.text.to_lowercase().contains("#buykettle") && post.author.handle != plan.shop;
            if is_claim && post.text.contains(&format!("@{}", plan.shop)) {
                // The second prompt is a reminder; nobody reacts twice.
                for prompt in ["Reserved. Reply #ConfirmKettle or #CancelKettle", "Reminder: #ConfirmKettle"]
                {
                    network.post(&plan.shop, prompt, Some(&post.id), now_ms);
                }
            }
        }
    }
    assert_eq!(crowd.next_at_ms(), None);
    (deeds, acts)
}

#[test]
fn a_crowd_hears_claims_and_reacts_at_every_network() {
    let networks: [(Box<dyn Society>, &str); 3] = [
        (Box::new(x::World::new(x::Options::default())), ""),
        (Box::new(bluesky::World::new(bluesky::Options::default())), ".example"),
        (Box::new(mastodon::World::new(mastodon::Options::default())), ""),
    ];
    for (mut network, suffix) in networks {
        let (deeds, acts) = play(&mut *network, suffix);
        assert_eq!(deeds[&Deed::Claims], 200);
        // About nine in ten name the shop; seven in ten of them confirm, one in ten cancels.
        let shares = [
            (Deed::Confirms, 100..150),
            (Deed::Cancels, 5..35),
            (Deed::Reposts, 8..35),
            (Deed::Deletes, 2..20),
        ];
        for (deed, expected) in shares {
            assert!(expected.contains(&deeds[&deed]), "{deed:?}: {deeds:?}");
        }
        let confirms: Vec<_> = network
            .posts_since(0, 10_000)
            .into_iter()
            .filter(|post| {
                post.text.to_lowercase().contains("#confirmkettle") && !post.author.handle.starts_with("shop")
            })
            .collect();
        assert_eq!(confirms.len(), deeds[&Deed::Confirms]);
        assert!(
            confirms.iter().all(|post| post.reply_to.is_some() && post.text.contains("@shop")),
            "{confirms:?}"
        );
        assert!(
            acts.iter().any(|act| !act.contains("@shop") && act.contains("Claims")),
            "somebody forgets the shop"
        );
    }
}

#[test]
fn a_seed_decides_everything() {
    let acts = || play(&mut x::World::new(x::Options::default()), "").1;
    assert_eq!(acts(), acts());
}
