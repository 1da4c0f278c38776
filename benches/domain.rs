//! The cost of the rules alone, without I/O, journal or threads: one decision that is applied, and one post
//! that is read.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::{Measurement, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flashtag::config::offers::parse_offers;
use flashtag::domain::campaign::Campaign;
use flashtag::domain::command::{Command, Intent, PostCommand, Report};
use flashtag::domain::decision::Decision;
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::post::Post;
use flashtag::domain::refusal::Refusal;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Timestamp;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::reading::Reading;

/// People of a scene. A scene is replayed from its start for every measurement, so the state stays small.
const PEOPLE: u32 = 1_000;

/// 2013-02-13T17:00:00Z, the opening of the sale.
const OPENS_MS: i64 = 1_360_774_800_000;

const KINDLE: OfferNo = OfferNo(0);

const OFFER: &str = include_str!("offer.toml");

type Judged = Result<Decision, Refusal>;

fn terms(units: u32) -> Terms {
    let file = parse_offers(OFFER, "benches/offer.toml").expect("a sound offer");
    let offer = file.offers.into_iter().next().expect("one offer");
    Terms { units, waitlist_max: PEOPLE, ..offer }
}

fn post_command(person: u32, post: u64, now: Timestamp, intent: Intent) -> Command {
    let account = Account::parse(Network::X, &(1_000_000_001 + u64::from(person)).to_string());
    let account = account.expect("a number is an id");
    let card = Card {
        token: format!("tok_ok_{person}").into(),
        brand: "amex".into(),
        funding: Funding::Credit,
        last4: "1005".into(),
    };
    let link = Link::new(&card, &format!("person{person}@example.com"), "US-NY");
    let post = PostId::parse(Network::X, &(301_000_000_000_000_000 + post).to_string());
    let post = post.expect("a number is an id");
    Command::Say(PostCommand { link: Some(link), ..PostCommand::plain(account, post, now, intent) })
}

/// One turn as a partition takes it: a decision is applied, a refusal is remembered.
fn turn(campaign: &mut Campaign, now: Timestamp, command: &Command) -> Judged {
    let judged = campaign.decide(now, command);
    match (&judged, command) {
        (Ok(decision), _) => campaign.apply(now, decision),
        (Err(refusal), Command::Say(command)) => {
            let place = campaign.slot_of(&command.account);
            black_box(campaign.refuse(now, command, place, refusal.clone()));
        }
        (Err(_), _) => {}
    }
    judged
}

/// A prepared state, and the commands that are measured from there on.
#[derive(Clone)]
struct Scene {
    campaign: Campaign,
    now: Timestamp,
    commands: Vec<(Timestamp, Command)>,
}

impl Scene {
    /// An offer of `units` units that has just opened.
    fn new(units: u32) -> Self {
        let now = Timestamp::from_ms(OPENS_MS);
        let mut scene = Self { campaign: Campaign::default(), now, commands: Vec::new() };
        scene.play(&Command::AddOffer { offer: KINDLE, terms: Box::new(terms(units)) });
        scene.play(&Command::ExpireDue);
        scene
    }

    fn play(&mut self, command: &Command) {
        turn(&mut self.campaign, self.now, command).expect("the scene is prepared without a refusal");
    }

    fn deliver_prompt(&mut self, ordinal: u32) {
        let id = ReservationId { offer: KINDLE, ordinal };
        let key = EffectKey { partition: 0, sequence: u64::from(ordinal), index: 0 };
        let prompt = PostId::parse_reference(&format!("prompt/{ordinal}")).expect("visible");
        self.play(&Command::Report(Report::Prompted { id, key, prompt, at: self.now }));
    }

    /// The claims of everyone from person `first` on, a millisecond apart.
    fn claims(&self, first: u32) -> Vec<(Timestamp, Command)> {
        let claim = |person: u32| {
            let at = Timestamp::from_ms(self.now.ms() + 1 + i64::from(person));
            (at, post_command(person, u64::from(person), at, Intent::Buy(KINDLE)))
        };
        (first..first + PEOPLE).map(claim).collect()
    }

    fn after(mut self, commands: &[(Timestamp, Command)]) -> Self {
        for (at, command) in commands {
            self.now = *at;
            self.play(command);
        }
        self
    }

    fn then(self, commands: Vec<(Timestamp, Command)>) -> Self {
        Self { commands, ..self }
    }
}

fn reserved() -> Scene {
    let scene = Scene::new(PEOPLE);
    let claims = scene.claims(0);
    scene.then(claims)
}

fn waitlisted() -> Scene {
    let mut scene = Scene::new(1);
    scene.play(&post_command(PEOPLE, 9_999, scene.now, Intent::Buy(KINDLE)));
    let claims = scene.claims(0);
    scene.then(claims)
}

fn sold_out() -> Scene {
    let mut scene = Scene::new(1);
    let id = ReservationId { offer: KINDLE, ordinal: 1 };
    let key = EffectKey { partition: 0, sequence: 1, index: 0 };
    scene.play(&post_command(PEOPLE, 9_998, scene.now, Intent::Buy(KINDLE)));
    scene.play(&post_command(PEOPLE, 9_999, scene.now, Intent::Confirm(KINDLE)));
    scene.play(&Command::Report(Report::Authorized { id, key, reference: None }));
    scene.play(&Command::Report(Report::Captured { id, key }));
    let claims = scene.claims(0);
    scene.then(claims)
}

fn duplicate() -> Scene {
    let scene = reserved();
    let claims = scene.commands.clone();
    let scene = scene.after(&claims);
    let again = claims.into_iter().map(|(_, claim)| (scene.now, claim)).collect();
    scene.then(again)
}

fn confirmed() -> Scene {
    let scene = reserved();
    let claims = scene.commands.clone();
    let scene = scene.after(&claims);
    let now = scene.now;
    let confirm = |person: u32| {
        (now, post_command(person, 1_000_000 + u64::from(person), now, Intent::Confirm(KINDLE)))
    };
    scene.then((0..PEOPLE).map(confirm).collect())
}

/// As many people wait as hold a unit, and the deadlines come one at a time.
fn expired() -> Scene {
    let mut scene = reserved();
    let (holders, waiters) = (scene.commands.clone(), scene.claims(PEOPLE));
    for (ordinal, holder) in (1..).zip(&holders) {
        scene = scene.after(std::slice::from_ref(holder));
        scene.deliver_prompt(ordinal);
    }
    let scene = scene.after(&waiters);
    let mut rehearsal = scene.campaign.clone();
    let mut deadlines = Vec::new();
    for _ in 0..PEOPLE {
        let due = rehearsal.next_deadline().expect("an account's deadline");
        turn(&mut rehearsal, due, &Command::ExpireDue).expect("time is never refused");
        deadlines.push((due, Command::ExpireDue));
    }
    scene.then(deadlines)
}

/// Name of a scene, its preparation, and the required result of each of its turns.
type Case = (&'static str, fn() -> Scene, fn(&Judged) -> bool);

fn first(judged: &Judged) -> Option<&Event> {
    judged.as_ref().ok()?.events.first()
}

const CASES: [Case; 6] = [
    ("claim_reserved", reserved, |judged| matches!(first(judged), Some(Event::Reserved { .. }))),
    ("claim_waitlisted", waitlisted, |judged| matches!(first(judged), Some(Event::Waitlisted { .. }))),
    (
        "claim_sold_out",
        sold_out,
        |judged| matches!(judged, Err(refusal) if refusal.outcome().code() == "sold_out"),
    ),
    ("claim_duplicate", duplicate, |judged| matches!(judged, Err(Refusal::Duplicate(_)))),
    ("confirm", confirmed, |judged| matches!(first(judged), Some(Event::Confirmed { .. }))),
    ("expiry_with_promotion", expired, |judged| {
        let Ok(Decision { events, .. }) = judged else { return false };
        matches!(events.as_slice(), [Event::Expired { .. }, Event::Promoted { .. }])
    }),
];

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("domain/decide");
    group.throughput(Throughput::Elements(1));
    for (name, set, ends_well) in CASES {
        let scene = set();
        let mut rehearsal = scene.campaign.clone();
        for (at, command) in &scene.commands {
            let judged = turn(&mut rehearsal, *at, command);
            assert!(ends_well(&judged), "{name}: {judged:?}");
        }
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|turns| {
                let (mut left, mut spent) = (turns, Duration::ZERO);
                while left > 0 {
                    let mut campaign = scene.campaign.clone();
                    let commands = scene.commands.iter().take(usize::try_from(left).unwrap_or(usize::MAX));
                    left = left.saturating_sub(u64::from(PEOPLE));
                    let start = WallTime.start();
                    for (at, command) in commands {
                        black_box(turn(&mut campaign, *at, command).is_ok());
                    }
                    spent += WallTime.end(start);
                }
                spent
            });
        });
    }
}

/// A catalog of `offers` offers; the first is the Kindle.
fn catalog(offers: u32) -> Catalog {
    let kindle = terms(100);
    let offering = |no: u32| {
        let mut terms = kindle.clone();
        if no > 0 {
            terms.tags.buy = format!("BuyThing{no}").into();
            terms.tags.confirm = Some(format!("ConfirmThing{no}").into());
            terms.tags.cancel = Some(format!("CancelThing{no}").into());
        }
        Offering::from(terms)
    };
    Catalog::unnumbered(&(0..offers).map(offering).collect::<Vec<_>>(), ShopFront::default())
}

fn post(text: &str) -> Post {
    let id = PostId::parse(Network::X, "301000000000000001").expect("a number is an id");
    let account = Account::parse(Network::X, "1000000001").expect("a number is an id");
    Post { handle: "ana".into(), ..Post::new(id, account, Timestamp::from_ms(OPENS_MS), text) }
}

fn read(criterion: &mut Criterion) {
    let posts = [
        ("claim", post("Finally! #BuyKindleFireHD please, my old one is falling apart @AmericanExpress")),
        ("no_hash", post("Waiting for the bus again, the third one in a row that simply drove by, thanks")),
        (
            "foreign_tag",
            post("What a goal in the last minute, I cannot believe it #worldcup #football tonight"),
        ),
    ];
    let mut group = criterion.benchmark_group("domain/read");
    group.throughput(Throughput::Elements(1));
    for offers in [6, 1_000] {
        let catalog = catalog(offers);
        for (name, post) in &posts {
            let asks = matches!(catalog.read(post), Reading::Asks { .. });
            assert_eq!(asks, *name == "claim");
            group.bench_function(format!("{name}/{offers}"), |bencher| {
                bencher.iter(|| catalog.read(black_box(post)));
            });
        }
    }
}

fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
}

criterion_group!(name = benches; config = short(); targets = decide, read);
criterion_main!(benches);
