//! The laws of a last-writer-wins register: order, repetition and path of the words change nothing.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use flashtag::domain::account_status::AccountStatuses;
use flashtag::domain::status_word::{StatusKind, StatusWord};
use proptest::prelude::*;

use super::{account, freeze, start, stop, unfreeze};

fn register(words: &[StatusWord]) -> AccountStatuses {
    let mut statuses = AccountStatuses::default();
    words.iter().for_each(|word| statuses.take(word));
    statuses
}

fn digest(statuses: &AccountStatuses) -> u64 {
    let mut hasher = DefaultHasher::new();
    statuses.digest(&mut hasher);
    hasher.finish()
}

/// A word of one of two accounts. A post has one word and one time; the linking page undoes earlier words.
fn any_word() -> impl Strategy<Value = StatusWord> {
    let post = (0_u32..12, 1_u32..3).prop_map(|(number, account)| {
        let (at, post) = (i64::from(number / 2), 100 * account + number);
        match number % 3 {
            0 => stop(account, at, post),
            1 => start(account, at, post),
            _ => freeze(account, at, post),
        }
    });
    let page = (0_u32..4, 1_u32..3, 1_i64..4).prop_map(|(number, account, later)| {
        let number = 3 * number + 2;
        let undone = freeze(account, i64::from(number / 2), 100 * account + number);
        unfreeze(&undone, i64::from(number / 2) + later)
    });
    prop_oneof![4 => post, 1 => page]
}

/// The newest word of each account and kind, by time and then by post, computed directly from the promise.
fn newest(words: &[StatusWord]) -> BTreeMap<(String, bool), StatusWord> {
    let mut newest = BTreeMap::<_, StatusWord>::new();
    for word in words {
        let register = (word.account.to_string(), word.kind == StatusKind::Buying);
        let later = newest.get(&register).is_none_or(|last| {
            (word.posted_at, word.post.clone(), word.undid.clone())
                > (last.posted_at, last.post.clone(), last.undid.clone())
        });
        if later {
            newest.insert(register, word.clone());
        }
    }
    newest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_newest_word_holds_whatever_the_order_and_repetition(
        words in prop::collection::vec(any_word(), 0..24),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..48),
    ) {
        let mut shuffled = words.clone();
        for (from, to) in order.iter().zip(order.iter().skip(1)) {
            if !shuffled.is_empty() {
                let (from, to) = (from.index(shuffled.len()), to.index(shuffled.len()));
                shuffled.swap(from, to);
            }
        }
        let again: Vec<_> = order.iter().filter(|_| !words.is_empty()).map(|at| at.get(&words).clone()).collect();
        let (once, often) = (register(&words), register(&[shuffled, again].concat()));
        for statuses in [&once, &often] {
            let held: Vec<_> = statuses.words().collect();
            let expected = newest(&words);
            prop_assert_eq!(held.len(), expected.len());
            for word in held {
                let key = (word.account.to_string(), word.kind == StatusKind::Buying);
                let expected = &expected[&key];
                prop_assert_eq!((word.posted_at, &word.post), (expected.posted_at, &expected.post));
                prop_assert_eq!(word.stops, expected.stops);
            }
        }
    }

    #[test]
    fn journals_agree_once_each_has_every_word(
        words in prop::collection::vec((any_word(), 0_u8..8), 0..24),
    ) {
        // Three journals, each with some of the words.
        let part = |bit: u8| {
            let known = words.iter().filter(|(_, known)| known & bit != 0).map(|(word, _)| word.clone());
            register(&known.collect::<Vec<_>>())
        };
        let (mut control, mut partitions) = (part(1), [part(2), part(4)]);
        for word in partitions.iter().flat_map(AccountStatuses::words).collect::<Vec<_>>() {
            control.take(&word);
        }
        for partition in &mut partitions {
            for word in control.words().collect::<Vec<_>>() {
                partition.take(&word);
            }
            for no in [1, 2] {
                prop_assert_eq!(partition.of(&account(no)), control.of(&account(no)));
            }
            prop_assert!(control.words().all(|word| !partition.lacks(&word)));
            prop_assert!(partition.words().all(|word| !control.lacks(&word)));
        }
    }
}

/// A freeze that is delivered again with a later time than the recorded one stays undone.
#[test]
fn a_freeze_undone_by_the_linking_page_stays_undone() {
    let frozen = freeze(1, 10, 7);
    let ahead = StatusWord { posted_at: super::second(60), ..frozen.clone() };
    let undone = unfreeze(&frozen, 11);
    let orders = [
        vec![frozen.clone(), undone.clone(), ahead.clone()],
        vec![undone.clone(), frozen.clone(), ahead.clone()],
        vec![undone, ahead],
    ];
    for order in orders {
        let statuses = register(&order);
        assert!(!statuses.of(&account(1)).frozen, "{order:?}");
    }
    let again = freeze(1, 12, 8);
    assert!(register(&[unfreeze(&frozen, 11), again]).of(&account(1)).frozen);
    let empty = AccountStatuses::default();
    assert_eq!(digest(&empty), digest(&register(&[])));
}
