//! What must hold in the end, by what the network has, what the journals have, and what was told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{EffectKey, PostId};
use flashtag::domain::offering::Offering;
use flashtag::domain::outcome::Outcome as Answered;
use flashtag::domain::time::Timestamp;
use flashtag::verify::{Checker, Ending};
use networks::Post;

use super::attested::check_attested;
use super::peer::Peer;
use super::shop::TAGS;
use super::trial::Outcome;
use super::world::{Sent, World};

pub(super) type History = [(u32, u64, Record)];

/// Checks every promise, and counts what there was.
pub(super) fn judge<P: Peer>(world: &mut World<P>) -> Outcome {
    let history = world.history();
    check_promises(world, &history);
    check_heard(world);
    check_claims(&history);
    let posted = posted(world);
    check_said_once(world, &posted);
    let prompts = check_prompts(world, &history, &posted);
    let called_off = check_attested(world, &history);
    Outcome {
        faults: world.line.ends().weather.counts.clone(),
        posts: world.decided.len() as u64,
        sold: check_units(world, &history),
        replies: posted.len() as u64,
        prompts,
        gaps: world.gaps.len() as u64,
        findings: world.findings.clone(),
        called_off,
    }
}

/// Checks the promises with the checker of `flashtag verify`: nothing is oversold, charged twice or left over.
fn check_promises<P: Peer>(world: &World<P>, history: &History) {
    let mut checker = Checker::new(Ending::Strict);
    for (partition, sequence, record) in history {
        checker.read(*partition, *sequence, record);
    }
    checker.read_ledger(world.providers.bank.entries.clone());
    let report = checker.finish();
    assert!(report.passed(), "{report}");
}

/// Checks that no unit was sold twice, and that nobody waits in vain: returns the units that are sold.
fn check_units<P: Peer>(world: &World<P>, history: &History) -> u64 {
    let events = history.iter().flat_map(|(_, _, record)| &record.decision.events);
    let sold = events.filter(|event| matches!(event, Event::Sold { .. })).count() as u64;
    for offering in &world.shop.offers {
        let Offering::Purchase(terms) = offering else { continue };
        assert!(sold <= u64::from(terms.units), "{sold} units of {} were sold", terms.units);
    }
    sold
}

/// Checks that every post that the network delivers was decided, or lies in a gap that the network made and the source told.
fn check_heard<P: Peer>(world: &World<P>) {
    // A host that numbers its events can be asked for none before it has told a number.
    let may = if world.reading == "repositories" { world.first_gaps } else { 0 };
    assert!(
        !world.keeps_all || world.gaps.len() <= may,
        "{} was read by {}, and a gap is told that is none: {:?}",
        P::NETWORK,
        world.reading,
        world.gaps
    );
    let Some(since) = world.reads_since else { panic!("no cursor was ever stored") };
    for post in &world.posts {
        let at = Timestamp::from_ms(post.at_ms);
        let is_told = world.gaps.iter().any(|(from, to)| (*from..=*to).contains(&at));
        if at < since || is_told || world.deleted.contains(&post.id) || !is_wanted::<P>(world, post) {
            continue;
        }
        let outcomes = world.decided.get(&P::post_id(&post.id));
        let told: &[Answered] = outcomes.map(Vec::as_slice).unwrap_or_default();
        assert!(!told.is_empty(), "{} was read by {}, and never came: {post:?}", P::NETWORK, world.reading);
    }
}

/// Whether a post is somebody's who wants something, and comes by the way that the shop reads.
fn is_wanted<P: Peer>(world: &World<P>, post: &Post) -> bool {
    let text = post.text.to_lowercase();
    let is_tagged = TAGS.iter().any(|tag| text.contains(&format!("#{}", tag.to_lowercase())));
    is_tagged && post.author.handle != P::SHOP && P::delivers(world.reading, &post.text)
}

/// Checks that no post claimed or confirmed twice, however often it came.
fn check_claims(history: &History) {
    let (mut claims, mut confirmations) = (BTreeSet::new(), BTreeSet::new());
    for event in history.iter().flat_map(|(_, _, record)| &record.decision.events) {
        match event {
            Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } => {
                assert!(claims.insert(claim.post.clone()), "{} claimed twice", claim.post);
            }
            Event::Confirmed { post, .. } => {
                assert!(confirmations.insert(post.clone()), "{post} confirmed twice");
            }
            _ => {}
        }
    }
}

/// The shop's posts at the network: what each answers, and its text.
fn posted<P: Peer>(world: &World<P>) -> Vec<(Option<PostId>, &str)> {
    let own = world.posts.iter().filter(|post| post.author.handle == P::SHOP);
    own.map(|post| (post.reply_to.as_deref().map(P::post_id), post.text.as_str())).collect()
}

/// The letters of a text, without the names that networks put before it: after a restart a text is written anew, with
/// another deadline or place.
fn letters(text: &str) -> String {
    let words = text.split_whitespace().skip_while(|word| word.starts_with('@'));
    words.flat_map(str::chars).filter(|ch| ch.is_alphabetic()).collect()
}

/// Checks that nothing stands at the network more often than it was to be said.
///
/// X has no keys. There a request can stand twice that arrives when its sender has looked for it in vain.
fn check_said_once<P: Peer>(world: &World<P>, posted: &[(Option<PostId>, &str)]) {
    let mut wanted: HashMap<(Option<PostId>, String), u64> = HashMap::new();
    for Sent { answers, text } in world.sent.values() {
        *wanted.entry((answers.clone(), letters(text))).or_default() += 1;
    }
    let ends = world.line.ends();
    let came_late =
        |text: &str| ends.posted_late.iter().filter(|late| letters(late).contains(text)).count() as u64;
    for ((answers, text), times) in wanted {
        let is_it = |(to, shown): &&(Option<PostId>, &str)| *to == answers && letters(shown) == text;
        let there = posted.iter().filter(is_it).count() as u64;
        let may = if P::HAS_KEYS { times } else { times + came_late(&text) };
        assert!(
            there <= may,
            "{} has {there} times what was to be said {times} times: {text:?} to {answers:?}",
            P::NETWORK
        );
    }
}

/// Checks that each prompt stands at the network, or that its post, or its time, was over. Returns the number of prompts.
fn check_prompts<P: Peer>(world: &World<P>, history: &History, posted: &[(Option<PostId>, &str)]) -> u64 {
    let fates = fates(history);
    let mut prompts = 0;
    for (partition, sequence, record) in history {
        for (index, effect) in (0..).zip(&record.decision.effects) {
            let Effect::Reply(request) = effect else { continue };
            let key = EffectKey { partition: *partition, sequence: *sequence, index };
            let fate = fates.get(&key).unwrap_or_else(|| panic!("{key} is never settled: {effect:?}"));
            let sent =
                world.sent.iter().find(|(of, _)| of.ends_with(&format!("-{key}"))).map(|(_, sent)| sent);
            let is_there = |sent: &Sent| {
                posted.iter().any(|(to, shown)| *to == sent.answers && letters(shown) == letters(&sent.text))
            };
            match fate {
                Fate::Delivered => {
                    assert!(
                        sent.is_some_and(is_there),
                        "{key} counts as delivered, and is nowhere: {sent:?}"
                    );
                    prompts += u64::from(effect.prompts().is_some());
                }
                Fate::GivenUp(why) if effect.prompts().is_some() => {
                    assert!(
                        is_unwanted::<P>(world, &request.post),
                        "the prompt {key} is lost: {why}, {sent:?}"
                    );
                }
                Fate::GivenUp(why) => {
                    let post = world.posts.iter().find(|post| P::post_id(&post.id) == request.post);
                    let is_gone =
                        |post: &Post| world.deleted.contains(&post.id) && asks_for_replies::<P>(post);
                    assert!(
                        !post.is_some_and(is_gone),
                        "{key} answers a deleted post, and is an operator's work: {why}"
                    );
                }
                Fate::Dropped => {}
            }
        }
    }
    prompts
}

/// What became of an effect.
enum Fate {
    Delivered,
    /// Nothing waits for it any more.
    Dropped,
    GivenUp(String),
}

fn fates(history: &History) -> BTreeMap<EffectKey, Fate> {
    let mut fates = BTreeMap::new();
    for event in history.iter().flat_map(|(_, _, record)| &record.decision.events) {
        for key in event.settles() {
            let fate = match event {
                Event::DeadLettered { reason, .. } => Fate::GivenUp(reason.to_string()),
                Event::PromptMailed { .. } => Fate::GivenUp("it went by e-mail".to_owned()),
                Event::Dropped { .. } => Fate::Dropped,
                _ => Fate::Delivered,
            };
            fates.insert(*key, fate);
        }
    }
    fates
}

/// Whether the network takes no reply to a post: it is deleted, nobody wrote it, or, where replies must be asked for, does not name the shop.
fn is_unwanted<P: Peer>(world: &World<P>, id: &PostId) -> bool {
    let post = world.posts.iter().find(|post| P::post_id(&post.id) == *id);
    post.is_none_or(|post| {
        let is_invented = P::IS_RELAYED && !world.relays.is_anybodys(id);
        is_invented || world.deleted.contains(&post.id) || !asks_for_replies::<P>(post)
    })
}

/// Whether the shop may answer a post: where replies must be asked for, it names the shop.
fn asks_for_replies<P: Peer>(post: &Post) -> bool {
    P::HAS_KEYS || post.text.contains(&format!("@{}", P::SHOP))
}
