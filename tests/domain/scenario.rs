//! Scenario tables of a sale, one step a line.
//!
//! ```text
//! # The heading is the rule that the table shows
//! offer kindle: 1 unit, window 15m, grace 30s
//! account eve: prepaid
//! 12:00     ana claims   -> reserved until 12:15 => authorize ana 164.99 USD
//! 12:15:30  time         -> ana expired
//! 12:16     ana claims x2 -> reserved until 12:31
//! 12:17     shop restocks 3 -> nothing
//! kindle: 1 available, 0 reserved, 0 sold, 0 waiting
//! ```
//! After `->` come all answers of the step, those of deadlines on the way first. After `=>`, which is
//! optional, come all effects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flashtag::domain::answer::Answer;
use flashtag::domain::cid::Cid;
use flashtag::domain::command::{Command, Intent, PostCommand, Report, StockChange};
use flashtag::domain::decision::Decision;
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::event::Event;
use flashtag::domain::heard_posts::{HeardPost, Unattested};
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::link::{Funding, Link};
use flashtag::domain::objection::{Dispute, DisputeStage, FraudWarning, NoteObjection, Objection};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::{ObjectionRef, PaymentRef};
use flashtag::domain::refusal::Refusal;
use flashtag::domain::rules::{DrawRule, PostRate};
use flashtag::domain::sale_order::{Deadlines, LineAtClose, SaleChange, SaleOrder};
use flashtag::domain::terms::{Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use super::tables::assert_every_table;
use super::world::{World, link, ms, prompt, terms};

const TABLES: [(&str, &str); 17] = [
    ("objections.txt", include_str!("scenarios/objections.txt")),
    ("relays.txt", include_str!("scenarios/relays.txt")),
    ("reminders.txt", include_str!("scenarios/reminders.txt")),
    ("linking.txt", include_str!("scenarios/linking.txt")),
    ("window.txt", include_str!("scenarios/window.txt")),
    ("waiting.txt", include_str!("scenarios/waiting.txt")),
    ("parking.txt", include_str!("scenarios/parking.txt")),
    ("words.txt", include_str!("scenarios/words.txt")),
    ("passing_on.txt", include_str!("scenarios/passing_on.txt")),
    ("money.txt", include_str!("scenarios/money.txt")),
    ("edges.txt", include_str!("scenarios/edges.txt")),
    ("quantities.txt", include_str!("scenarios/quantities.txt")),
    ("pauses.txt", include_str!("scenarios/pauses.txt")),
    ("stock.txt", include_str!("scenarios/stock.txt")),
    ("draws.txt", include_str!("scenarios/draws.txt")),
    ("second_thoughts.txt", include_str!("scenarios/second_thoughts.txt")),
    ("brakes.txt", include_str!("scenarios/brakes.txt")),
];

/// One run of one table.
struct Play {
    world: Option<World>,
    offers: Vec<(String, Terms)>,
    people: BTreeMap<String, (Account, Option<Link>)>,
    /// The age of an account, if its posts state one.
    since: BTreeMap<String, Timestamp>,
    /// The last post of an account by kind, to be repeated or deleted.
    posts: BTreeMap<(String, String), PostCommand>,
    next_id: u32,
    cards_approve: bool,
}

/// The results of a step, in the words of the tables.
#[derive(Default)]
struct StepResults {
    answers: Vec<String>,
    effects: Vec<String>,
}

pub(crate) type Fault = String;

pub(crate) fn clock(text: &str) -> Result<Timestamp, Fault> {
    let fault = || format!("`{text}` is no time of day");
    let (hms, milli) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = hms.split(':').map(str::parse::<i64>);
    let mut next = |missing: i64| parts.next().unwrap_or(Ok(missing)).map_err(|_| fault());
    let (hours, minutes, seconds) = (next(-1)?, next(-1)?, next(0)?);
    let milli: i64 = milli.parse().map_err(|_| fault())?;
    if hours < 0 || minutes < 0 {
        return Err(fault());
    }
    Ok(ms(((hours * 60 + minutes) * 60 + seconds) * 1000 + milli))
}

fn time_of_day(at: Timestamp) -> String {
    let ms = at.since(ms(0)).ms();
    let (hours, minutes, seconds, milli) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let mut text = format!("{hours:02}:{minutes:02}");
    if seconds + milli > 0 {
        write!(text, ":{seconds:02}").expect("a string takes it");
    }
    if milli > 0 {
        write!(text, ".{milli:03}").expect("a string takes it");
    }
    text
}

impl Play {
    fn new() -> Self {
        Self {
            world: None,
            offers: Vec::new(),
            people: BTreeMap::new(),
            since: BTreeMap::new(),
            posts: BTreeMap::new(),
            next_id: 1,
            cards_approve: false,
        }
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn offer_line(&mut self, rest: &str) -> Result<(), Fault> {
        let (name, words) = rest.split_once(':').ok_or("an offer has a name and a colon")?;
        let mut terms = terms(name);
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (first, value) = word.split_once(' ').unwrap_or((word, ""));
            let length = || value.parse::<Millis>().map_err(|fault| fault.to_string());
            let number = |text: &str| text.parse::<u32>().map_err(|fault| fault.to_string());
            match (first, value) {
                (units, "unit" | "units") => terms.units = number(units)?,
                ("opens", _) => terms.opens = clock(value)?,
                ("closes", _) => terms.closes = clock(value)?.into(),
                ("window", _) => terms.confirm_within = length()?,
                ("grace", _) => terms.late_grace = length()?,
                ("patience", _) => terms.prompt_patience = length()?,
                ("lateness", _) => terms.max_lateness = length()?,
                ("limit", _) => terms.limit_per_account = number(value)?,
                ("line", _) => terms.waitlist_max = number(value)?,
                ("no", "waitlist") => terms.waitlist = false,
                ("brand", _) => terms.brands.push(value.into()),
                ("funding", _) => terms.fundings.push(funding(value)?),
                ("price", _) => terms.price = value.parse().map_err(|_| "no price")?,
                ("tax", "included") => terms.rules.price_includes_tax = true,
                ("tax", _) => terms.tax = Tax::Flat(value.parse().map_err(|_| "no rate")?),
                ("reminder", "") => terms.rules.reminder = true,
                ("all", "or nothing") => terms.rules.partial = false,
                ("cards", _) => terms.rules.limit_per_card = Some(number(value)?),
                ("cap", _) => terms.rules.spend_cap = Some(value.parse().map_err(|_| "no cap")?),
                ("pace", _) => {
                    let (posts, per) =
                        value.split_once(" per ").ok_or("a pace is a number of posts per length of time")?;
                    let per = per.parse().map_err(|_| "no length")?;
                    terms.rules.pace = Some(PostRate { posts: number(posts)?, per });
                }
                ("shipping", _) => terms.rules.shipping = Some(value.parse().map_err(|_| "no amount")?),
                ("age", _) => terms.rules.account_age = Some(length()?),
                ("revocable", _) => terms.rules.take_back = Some(length()?),
                ("draw", _) => {
                    let seed = "5a".repeat(32).parse().expect("a seed");
                    terms.rules.draw = Some(DrawRule { window: length()?, seed });
                }
                _ => return Err(format!("an offer has no `{word}`")),
            }
        }
        self.offers.push((name.to_owned(), terms));
        Ok(())
    }

    fn account_line(&mut self, rest: &str) -> Result<(), Fault> {
        let (name, words) = rest.split_once(':').ok_or("an account has a name and a colon")?;
        let number = self.id().to_string();
        let mut account = Account::parse(Network::X, &number).map_err(|fault| fault.to_string())?;
        let mut changes: Vec<(&str, &str)> = Vec::new();
        for word in words.split(',').map(str::trim) {
            match word.split_once(' ').unwrap_or((word, "")) {
                ("is", on) => {
                    let (author, network) =
                        on.split_once(" on ").ok_or("an account is a name on a network")?;
                    let network = network.parse::<Network>().map_err(|fault| fault.to_string())?;
                    account = Account::parse(network, author).map_err(|fault| fault.to_string())?;
                }
                ("made", at) => {
                    self.since.insert(name.to_owned(), clock(at)?);
                }
                change => changes.push(change),
            }
        }
        let usual = link(&account);
        let (mut linked, mut card, mut billed) = (true, usual.card(), usual.region());
        let mut email = usual.email().unwrap_or_default();
        for change in changes {
            match change {
                ("not", "linked") => linked = false,
                ("no", "e-mail") => email = "",
                ("brand", brand) => card.brand = brand.into(),
                ("card", kind) => card.funding = funding(kind)?,
                ("region", region) => billed = region,
                ("pays", token) => card.token = token.into(),
                other => return Err(format!("an account has no `{other:?}`")),
            }
        }
        let link = linked.then(|| Link::new(&card, email, billed));
        self.people.insert(name.to_owned(), (account, link));
        Ok(())
    }

    fn person(&mut self, name: &str) -> (Account, Option<Link>) {
        if !self.people.contains_key(name) {
            self.account_line(&format!("{name}: brand amex")).expect("the account is valid");
        }
        self.people.get(name).expect("it was just added").clone()
    }

    fn name(&self, account: &Account) -> String {
        let known = self.people.iter().find(|(_, (known, _))| known == account);
        known.map_or_else(|| account.to_string(), |(name, _)| name.clone())
    }

    fn offer_no(&self, words: &str) -> OfferNo {
        let named = self.offers.iter().position(|(name, _)| words.split(' ').any(|word| word == name));
        OfferNo(u32::try_from(named.unwrap_or(0)).expect("a few offers"))
    }

    fn world(&mut self) -> &mut World {
        if self.world.is_none() {
            if self.offers.is_empty() {
                self.offers.push(("kindle".to_owned(), terms("kindle")));
            }
            let offers = self.offers.iter().map(|(_, terms)| terms.clone());
            let mut world = World::new(ms(0), offers);
            world.cards_approve = self.cards_approve;
            self.world = Some(world);
        }
        self.world.as_mut().expect("just made")
    }

    fn held_by(&mut self, name: &str, words: &str) -> Result<ReservationId, Fault> {
        let (account, _) = self.person(name);
        let no = self.offer_no(words);
        let campaign = &self.world().campaign;
        let offer = campaign.offer(no).ok_or("no such offer")?;
        let holding = campaign.session(&account).and_then(|session| session.holding(no));
        let held = holding.and_then(|holding| offer.reservation_of(holding)).map(|(id, _)| id);
        // An order can be addressed after its reservation has ended.
        let orders = (1..).map_while(|ordinal| Some((ordinal, offer.order(ordinal)?)));
        let order = orders.filter(|(_, order)| order.claim.account == account).last();
        let held = held.or_else(|| order.map(|(ordinal, _)| ReservationId { offer: no, ordinal }));
        held.ok_or_else(|| format!("{name} has no reservation"))
    }

    /// The post that these words describe; `None` if the words describe no post.
    fn post(&mut self, name: &str, words: &str, now: Timestamp) -> Result<PostCommand, Fault> {
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

    fn report(&mut self, words: &str) -> Result<Report, Fault> {
        let mut parts = words.split(' ');
        let (subject, verb, name) = (parts.next(), parts.next(), parts.next().unwrap_or(""));
        let id = self.held_by(name, words);
        let key = EffectKey { partition: 0, sequence: 999, index: 0 };
        Ok(match (subject, verb) {
            (Some("prompt"), Some("reaches")) => {
                let now = self.world().now;
                let at = words.split_once(" at ").map_or(Ok(now), |(_, at)| clock(at))?;
                World::prompt_report(id?, at)
            }
            (Some("card"), Some("authorizes")) => Report::Authorized { id: id?, key, reference: None },
            (Some("card"), Some("captures")) => Report::Captured { id: id?, key },
            (Some("card"), Some("declines")) => Report::Declined { id: id?, key, reason: "no".into() },
            (Some("posts"), Some("of")) => {
                let known = |why: &Unattested| words.ends_with(&why.reason().replace("post_", ""));
                let why = Unattested::ALL.into_iter().find(known).ok_or("why not?")?;
                Report::Unattested { id: id?, key, why }
            }
            (Some("card"), Some("keeps")) => Report::NotVoided { id: id?, key },
            (Some("card"), Some("refunds")) => Report::Refunded { id: id?, key },
            (Some("letter"), Some("reaches")) => Report::PromptMailDelivered { id: id?, key },
            (Some("letter"), Some("bounces")) => Report::PromptMailBounced { id: id?, key },
            (Some("prompt"), Some("misses")) => Report::Undeliverable { id: id?, key },
            _ => return Err(format!("unknown report `{words}`")),
        })
    }

    /// Parses `disputes ana` and `warns of ana`, with `inquiry`, `review`, `won`, `lost`, `closed` or `over`, and the number
    /// of the objection or of another payment.
    fn objection(&mut self, words: &str, now: Timestamp) -> Result<NoteObjection, Fault> {
        let has = |word: &str| words.split(' ').any(|other| other == word);
        let number = |name: &str| words.split(' ').find_map(|word| word.strip_prefix(name));
        let name = words.split(' ').nth(if has("warns") { 2 } else { 1 }).ok_or("whose payment?")?;
        let id = self.held_by(name, words)?;
        let payment = number("payment-")
            .map_or_else(|| super::world::payment_ref(id), |other| PaymentRef::parse(other).expect("an id"));
        let reference =
            format!("{}_{}", if has("warns") { "issfr" } else { "dp" }, number("no-").unwrap_or("1"));
        let reference = ObjectionRef::parse(&reference).expect("an id");
        let objection = if has("warns") {
            let kind = "made_with_stolen_card".into();
            Objection::FraudWarning(FraudWarning { reference, kind, is_actionable: !has("over") })
        } else {
            let stages = [
                ("inquiry", DisputeStage::Inquiry),
                ("closed", DisputeStage::InquiryClosed),
                ("review", DisputeStage::UnderReview),
                ("won", DisputeStage::Won),
                ("lost", DisputeStage::Lost),
            ];
            let stage = stages.into_iter().find(|(word, _)| has(word)).map(|(_, stage)| stage);
            let stage = stage.unwrap_or(DisputeStage::NeedsResponse);
            Objection::Dispute(Dispute {
                reference,
                stage,
                amount: "164.99 USD".parse().expect("an amount"),
                reason: "fraudulent".into(),
                due_by: Some(now.plus(Millis::from_secs(7 * 86_400))),
                is_withdrawn: !matches!(stage, DisputeStage::Inquiry | DisputeStage::InquiryClosed),
            })
        };
        Ok(NoteObjection { id, payment, objection })
    }

    fn step(&mut self, line: &str) -> Result<(), Fault> {
        let (given, expected) =
            line.split_once(" -> ").ok_or("a step ends with -> and the expected answers")?;
        let (time, words) = given.trim().split_once(' ').ok_or("a step has a time and an action")?;
        let (now, words) = (clock(time)?, words.trim().to_owned());
        let mut results = StepResults::default();
        for decision in self.world().advance(now) {
            self.collect(&mut results, None, &decision);
        }
        let (actor, verb) = words.split_once(' ').unwrap_or((&words, ""));
        let outcome = match actor {
            "time" => Ok(Vec::new()),
            "shop" if ["pauses", "resumes", "closes"].iter().any(|order| verb.starts_with(order)) => {
                self.change_sale(verb)?
            }
            "shop" => self.change_stock(verb)?,
            _ if verb == "unfreezes" => {
                let (account, _) = self.person(actor);
                self.world().unfreeze(&account);
                Ok(Vec::new())
            }
            "bank" => {
                let note = self.objection(verb, now)?;
                self.world().change(&Command::NoteObjection(Box::new(note)))
            }
            "prompt" | "letter" | "card" | "posts" => {
                let report = self.report(&words)?;
                self.world().report(report)
            }
            _ => {
                let command = self.post(actor, verb, now)?;
                self.world().submit(command)
            }
        };
        match outcome {
            Ok(decisions) => {
                decisions.iter().for_each(|decision| self.collect(&mut results, Some(actor), decision))
            }
            Err(refusal) => results.answers.push(refused(&refusal)),
        }
        compare(expected, &results)
    }

    /// Parses `restocks 3` or `withdraws 2`, optionally with `of pot` and `under k1`.
    fn change_stock(&mut self, words: &str) -> Result<Result<Vec<Decision>, Refusal>, Fault> {
        let offer = self.offer_no(words);
        let mut parts = words.split(' ');
        let (verb, units) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let units = units.parse().map_err(|_| "how many?")?;
        let key = match words.split_once(" under ") {
            Some((_, key)) => key.into(),
            None => format!("k-{}", self.id()).into(),
        };
        let change = StockChange { offer, units, key };
        let command = match verb {
            "restocks" => Command::Restock(change),
            "withdraws" => Command::Withdraw(change),
            _ => return Err(format!("the shop does not `{words}`")),
        };
        Ok(self.world().change(&command))
    }

    /// Parses `pauses`, `pauses and freezes`, `resumes`, `closes` or `closes and releases`, optionally with `pot`.
    fn change_sale(&mut self, words: &str) -> Result<Result<Vec<Decision>, Refusal>, Fault> {
        let offer = self.offer_no(words);
        let has = |word: &str| words.split(' ').any(|other| other == word);
        let change = match words.split(' ').next() {
            Some("pauses") => {
                SaleChange::Pause(if has("freezes") { Deadlines::Freeze } else { Deadlines::Run })
            }
            Some("resumes") => SaleChange::Resume,
            _ => SaleChange::Close(if has("releases") { LineAtClose::Release } else { LineAtClose::Serve }),
        };
        let order = SaleOrder { offer, change, reason: "test".into() };
        Ok(self.world().change(&Command::Operate(order)))
    }

    fn counts(&mut self, name: &str, expected: &str) -> Result<(), Fault> {
        let no = self.offer_no(name);
        let counts = self.world().counts(no.0);
        let real = format!(
            "{} available, {} reserved, {} sold, {} waiting",
            counts.available, counts.reserved, counts.sold, counts.waiting
        );
        if real == expected.trim() { Ok(()) } else { Err(format!("but there are {real}")) }
    }

    fn collect(&self, results: &mut StepResults, actor: Option<&str>, decision: &Decision) {
        let now = self.world.as_ref().expect("a decision has its world").now;
        for answer in Answer::to_decision(now, &decision.events) {
            results.answers.push(self.answer(actor, &answer, decision));
        }
        for event in &decision.events {
            let offer =
                |no: &OfferNo| self.offers.get(no.0 as usize).map_or("?", |(name, _)| name).to_owned();
            results.answers.extend(match event {
                Event::OfferOpened { offer: no } => Some(format!("{} opened", offer(no))),
                Event::OfferClosed { offer: no } => Some(format!("{} closed", offer(no))),
                Event::OfferSoldOut { offer: no } => Some(format!("{} sold out", offer(no))),
                Event::Prompted { deadline, .. } => {
                    Some(format!("prompted until {}", time_of_day(*deadline)))
                }
                Event::Delivered(_) => Some("noted".to_owned()),
                Event::Authorized(_) => Some("authorized".to_owned()),
                Event::BackOnSale { offer: no, .. } => Some(format!("{} on sale again", offer(no))),
                Event::Restocked { units, .. } => Some(format!("{units} added")),
                Event::Withdrawn { units, .. } => Some(format!("{units} withdrawn")),
                Event::Drawn { offer: no, .. } => Some(format!("{} drawn", offer(no))),
                Event::OfferPaused { offer: no, .. } => Some(format!("{} paused", offer(no))),
                Event::OfferResumed { offer: no, moved, .. } => {
                    Some(format!("{} resumed after {}", offer(no), moved))
                }
                Event::CloseOrdered { offer: no, .. } => Some(format!("{} ordered to close", offer(no))),
                Event::OrderFinal { .. } => Some("order final".to_owned()),
                Event::PromptMailed { .. } => Some("prompt mailed".to_owned()),
                Event::PromptMailDelivered { .. } => Some("prompt mail delivered".to_owned()),
                Event::ReminderDue { .. } => Some("reminder due".to_owned()),
                Event::Dropped { .. } => Some("dropped".to_owned()),
                Event::ConfirmationHeard { .. } => Some("heard".to_owned()),
                Event::MailBounced { .. } => Some("mail bounced".to_owned()),
                Event::Disputed { dispute, .. } => Some(objected(&Objection::Dispute((**dispute).clone()))),
                Event::FraudWarned { warning, .. } => {
                    Some(objected(&Objection::FraudWarning((**warning).clone())))
                }
                _ => None,
            });
        }
        results.effects.extend(decision.effects.iter().map(|effect| self.effect(effect)));
    }

    fn answer(&self, actor: Option<&str>, answer: &Answer, decision: &Decision) -> String {
        let name = self.name(&answer.account);
        let mut text = String::new();
        if answer.post.is_none() || actor != Some(name.as_str()) {
            write!(text, "{name} ").expect("a string takes it");
        }
        text.push_str(answer.outcome.code());
        if answer.post.is_none() && self.offers.len() > 1 {
            let offer = answer.offer.and_then(|no| self.offers.get(no.0 as usize));
            write!(text, " of {}", offer.map_or("?", |(name, _)| name)).expect("a string takes it");
        }
        let until = decision.events.iter().find_map(|event| match event {
            Event::Reserved { id, deadline, .. } | Event::Promoted { id, deadline, .. }
                if Some(*id) == answer.reservation =>
            {
                Some(*deadline)
            }
            _ => None,
        });
        if let (Some(until), Outcome::Reserved | Outcome::Promoted) = (until, answer.outcome) {
            write!(text, " until {}", time_of_day(until)).expect("a string takes it");
        }
        if answer.units > 1 {
            write!(text, " x{}", answer.units).expect("a string takes it");
        }
        if let Some(place) = answer.place {
            write!(text, " {place}").expect("a string takes it");
        }
        if let Some(until) = answer.parked_until {
            write!(text, " parked until {}", time_of_day(until)).expect("a string takes it");
        }
        text
    }

    /// The kinds of posts that are to be read again, each with its own hash.
    fn kinds_of(&self, heard: &[HeardPost]) -> String {
        let kind = |heard: &HeardPost| {
            let made = self.posts.iter().find(|(_, made)| made.post == heard.post);
            let ((_, kind), command) = made.expect("somebody made the post");
            assert_eq!(command.cid.as_deref(), Some(&heard.cid), "it is the hash of that post");
            kind.clone()
        };
        heard.iter().map(kind).collect::<Vec<_>>().join(" and ")
    }

    fn effect(&self, effect: &Effect) -> String {
        let name = effect.account().map_or(String::new(), |account| self.name(account));
        match effect {
            Effect::Reply(request) | Effect::Email { request, .. } if request.reminds() => {
                format!("{} {name} reminder", effect.kind())
            }
            Effect::Reply(request) | Effect::Email { request, .. } => {
                format!("{} {name} {}", effect.kind(), request.outcome)
            }
            Effect::Authorize(Payment { heard: Some(heard), amount, .. }) => {
                let (posts, until) = (self.kinds_of(&heard.posts), time_of_day(heard.until));
                format!("authorize {name} {amount} if {posts} stand until {until}")
            }
            Effect::Authorize(payment)
            | Effect::Capture(payment)
            | Effect::Void(payment)
            | Effect::Refund(payment)
            | Effect::Order(payment) => format!("{} {name} {}", effect.kind(), payment.amount),
            Effect::Credit(grant) | Effect::ReverseCredit(grant) => {
                format!("{} {name} {}", effect.kind(), grant.amount)
            }
            Effect::Announce { network, announcement, .. } => {
                format!("announce on {network} {announcement:?}")
            }
        }
    }
}

pub(crate) fn funding(kind: &str) -> Result<Funding, Fault> {
    serde_json::from_value(kind.into()).map_err(|fault| fault.to_string())
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AlreadyWaiting { place } => format!("refused: already_waiting {place}"),
        Refusal::Duplicate(first) => match (first.place, first.parked_until) {
            (Some(place), _) => format!("duplicate: {} {place}", first.outcome),
            (_, Some(until)) => format!("duplicate: {} parked until {}", first.outcome, time_of_day(until)),
            _ => format!("duplicate: {}", first.outcome),
        },
        Refusal::Because(outcome) | Refusal::Concerning { outcome, .. } => format!("refused: {outcome}"),
        Refusal::Committed { available } => format!("refused: only {available} available"),
        Refusal::TooMany => "refused: too many".to_owned(),
        Refusal::Repeated => "done before".to_owned(),
        Refusal::KeyReused => "refused: the key is used".to_owned(),
        Refusal::NotDead => "refused: no dead letter".to_owned(),
        Refusal::Unsettled(why) => format!("refused: {why}"),
    }
}

fn compare(expected: &str, results: &StepResults) -> Result<(), Fault> {
    let (answers, effects) = match expected.split_once(" => ") {
        Some((answers, effects)) => (answers, Some(effects)),
        None => (expected, None),
    };
    let real = if results.answers.is_empty() { "nothing".to_owned() } else { results.answers.join(", ") };
    if real != answers.trim() {
        return Err(format!("but the answer is: {real}"));
    }
    let Some(effects) = effects else { return Ok(()) };
    let real = if results.effects.is_empty() { "nothing".to_owned() } else { results.effects.join(", ") };
    if real == effects.trim() { Ok(()) } else { Err(format!("but the effects are: {real}")) }
}

/// Runs one table. Returns the number of steps, or the line that went otherwise and the reason.
fn play(lines: &[(usize, &str)]) -> Result<usize, (usize, Fault)> {
    let mut play = Play::new();
    let mut steps = 0;
    for &(number, line) in lines {
        let done = match line.split_once(' ') {
            Some(("offer", rest)) => play.offer_line(rest),
            Some(("account", rest)) => play.account_line(rest),
            Some(("cards", "approve")) => {
                play.cards_approve = true;
                Ok(())
            }
            _ if line.starts_with(|first: char| first.is_ascii_digit()) => {
                steps += 1;
                play.step(line)
            }
            Some((name, counts)) if name.ends_with(':') => play.counts(name.trim_end_matches(':'), counts),
            _ => Err(format!("unknown line `{line}`")),
        };
        done.map_err(|fault| (number, fault))?;
    }
    play.world().assert_replays();
    Ok(steps)
}

#[test]
fn every_table_runs_as_written() {
    assert_every_table(&TABLES, 200, play);
}

#[test]
fn a_wrong_table_fails() {
    let wrong = [
        (vec!["12:00 ana claims -> refused: sold_out"], "reserved until 12:15"),
        (vec!["12:00 ana claims -> reserved until 12:15 => nothing"], "reply ana reserved"),
        (
            vec![
                "12:00 ana claims -> reserved until 12:15",
                "kindle: 1 available, 0 reserved, 0 sold, 0 waiting",
            ],
            "0 available",
        ),
        (vec!["12:00 ana dances -> nothing"], "unknown action"),
        (vec!["12:xx ana claims -> nothing"], "no time of day"),
        (vec!["noon ana claims -> nothing"], "unknown line"),
    ];
    for (lines, hint) in wrong {
        let numbered: Vec<(usize, &str)> = lines.into_iter().enumerate().collect();
        let (_, fault) = play(&numbered).expect_err("the table is wrong");
        assert!(fault.contains(hint), "{fault}");
    }
}

/// An objection as the tables write it.
fn objected(objection: &Objection) -> String {
    let open = if objection.is_open() { "open" } else { "over" };
    match objection {
        Objection::Dispute(dispute) => format!("dispute {} {open}", dispute.reference),
        Objection::FraudWarning(warning) => format!("warning {} {open}", warning.reference),
    }
}
