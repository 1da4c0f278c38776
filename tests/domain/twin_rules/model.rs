//! The naive twin of the optional rules of an offer: vectors, walked from the front.

use flashtag::domain::reservation::Stage;
use flashtag::domain::terms::Terms;
use sha2::{Digest, Sha256};

use crate::domain::world::ms;

/// The seed of the draws.
pub(crate) const SEED: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The card of an account; two accounts share one.
pub(crate) fn card(who: u32) -> u32 {
    who.div_ceil(2)
}

/// Units of an account. `placed` is the time and the ordinal of the order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lot {
    pub(crate) ordinal: u32,
    pub(crate) who: u32,
    pub(crate) claim: u64,
    pub(crate) units: u32,
    pub(crate) stage: Stage,
    pub(crate) deadline: i64,
    pub(crate) placed: Option<(i64, u32)>,
    pub(crate) taking_back: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiter {
    pub(crate) who: u32,
    pub(crate) claim: u64,
    pub(crate) claimed: i64,
    pub(crate) units: u32,
    pub(crate) ahead: bool,
}

/// Times are in milliseconds after the day's beginning.
pub(crate) struct Twin {
    pub(crate) terms: Terms,
    pub(crate) now: i64,
    pub(crate) allotment: u32,
    pub(crate) lots: Vec<Lot>,
    pub(crate) line: Vec<Waiter>,
    pub(crate) sold: Vec<Lot>,
    pub(crate) expired: Vec<u32>,
    pub(crate) frozen: Vec<u32>,
    pub(crate) ordinal: u32,
    pub(crate) orders: u32,
    /// Whether claims are gathered for the draw.
    pub(crate) gathering: bool,
    pub(crate) closed: bool,
    pub(crate) answers: Vec<String>,
}

pub(crate) fn sum(lots: &[Lot]) -> u32 {
    lots.iter().map(|lot| lot.units).sum()
}

impl Twin {
    pub(crate) fn new(terms: Terms) -> Self {
        let (lots, line, sold, expired, frozen, answers) = Default::default();
        let (now, ordinal, orders, closed, allotment) = (0, 0, 0, false, terms.units);
        let gathering = terms.rules.draw.is_some();
        Self {
            terms,
            now,
            allotment,
            lots,
            line,
            sold,
            expired,
            frozen,
            ordinal,
            orders,
            gathering,
            closed,
            answers,
        }
    }

    pub(crate) fn free(&self) -> u32 {
        let taken = sum(&self.lots) + sum(&self.sold);
        self.allotment.checked_sub(taken).expect("never oversold")
    }

    pub(crate) fn record(&mut self, who: u32, post: u64, words: &str) {
        self.answers.push(format!("{who} {post} {words}"));
    }

    fn grant(&mut self, who: u32, claim: u64, units: u32) -> u32 {
        let (stage, deadline) = (Stage::Held, self.now + self.terms.confirm_within.ms());
        self.ordinal += 1;
        let ordinal = self.ordinal;
        let (placed, taking_back) = (None, false);
        self.lots.push(Lot { ordinal, who, claim, units, stage, deadline, placed, taking_back });
        self.expired.retain(|expired| *expired != who);
        ordinal
    }

    fn order(&mut self, ordinal: u32) {
        self.orders += 1;
        let placed = Some((self.now, self.orders));
        if let Some(lot) = self.lots.iter_mut().find(|lot| lot.ordinal == ordinal) {
            (lot.stage, lot.placed) = (Stage::Confirmed, placed);
        }
    }

    /// The place in the answer; 0 before the draw.
    fn place(&self, ahead: usize) -> usize {
        if self.gathering { 0 } else { ahead + 1 }
    }

    /// Puts the claims within the window before all others, in the order of the draw.
    fn draw(&mut self) {
        let rule = self.terms.rules.draw.expect("a sale that gathers has a draw");
        let line = std::mem::take(&mut self.line);
        let (entered, behind): (Vec<Waiter>, Vec<Waiter>) =
            line.into_iter().partition(|waiter| waiter.claimed < rule.window.ms());
        let name = |waiter: &Waiter| format!("x:{} {}", waiter.who, waiter.claim);
        let mut list: Vec<String> = entered.iter().map(|waiter| name(waiter) + "\n").collect();
        list.sort();
        let list = sha256(&list.concat());
        let mut drawn = entered;
        drawn.sort_by_key(|waiter| sha256(&format!("{SEED}\n{list}\n{}", name(waiter))));
        self.line = [drawn, behind].concat();
        self.gathering = false;
    }

    /// Walks along the waitlist once; a waiter who cannot be served is passed over.
    pub(crate) fn hand_on(&mut self) {
        if self.gathering {
            return;
        }
        for waiter in self.line.clone() {
            let free = self.free();
            let least = if self.terms.rules.partial { 1 } else { waiter.units };
            if free < least {
                continue;
            }
            let Waiter { who, claim, .. } = waiter;
            let units = waiter.units.min(free);
            let ordinal = self.grant(who, claim, units);
            self.record(who, 0, &format!("promoted {units}"));
            if waiter.ahead || self.terms.one_step() {
                self.order(ordinal);
                self.record(who, 0, &format!("confirmed {units}"));
            }
            for waiting in self.line.iter_mut().filter(|waiting| waiting.who == who) {
                waiting.units -= units;
            }
            self.line.retain(|waiting| waiting.units > 0);
        }
    }

    pub(crate) fn time(&mut self, now: i64) {
        self.now = now;
        let grace = self.terms.late_grace.ms();
        if self.gathering && self.terms.rules.draw.is_some_and(|rule| rule.window.ms() + grace <= now) {
            self.draw();
        }
        let over = |lot: &Lot| lot.stage == Stage::Held && lot.deadline + grace <= now;
        let mut due: Vec<Lot> = self.lots.iter().filter(|lot| over(lot)).copied().collect();
        due.sort_by_key(|lot| (lot.deadline, lot.ordinal));
        self.lots.retain(|lot| !over(lot));
        for lot in due {
            self.expired.push(lot.who);
            self.record(lot.who, 0, &format!("expired {}", lot.units));
        }
        self.hand_on();
        self.closed |= now >= self.terms.ends().since(ms(0)).ms();
        // Units may come back as long as an order can be taken back.
        let revocable = |lot: &Lot| {
            let until = self.terms.rules.take_back.map(|length| length.ms() + grace);
            lot.placed.zip(until).is_some_and(|((at, _), until)| now < at + until)
        };
        if self.closed && self.lots.is_empty() && !self.sold.iter().any(revocable) {
            for waiter in std::mem::take(&mut self.line) {
                self.record(waiter.who, 0, &format!("sold_out {}", waiter.units));
            }
        }
    }

    fn units_of_card(&self, who: u32) -> u32 {
        // What was taken back and waits for its refund does not count.
        let kept = self.lots.iter().filter(|lot| lot.stage != Stage::Returning);
        let lots = kept.chain(&self.sold).map(|lot| (lot.who, lot.units));
        let all = lots.chain(self.line.iter().map(|waiter| (waiter.who, waiter.units)));
        all.filter(|(other, _)| card(*other) == card(who)).map(|(_, units)| units).sum()
    }

    fn refusal(&self, who: u32, posted: i64, units: u32) -> Option<String> {
        let bought: u32 = self.sold.iter().filter(|lot| lot.who == who).map(|lot| lot.units).sum();
        let place = self.line.iter().position(|waiter| waiter.who == who);
        let rules = &self.terms.rules;
        let reachable = self.free() + sum(&self.lots);
        let room = self.room(posted);
        let served = self.free() >= units || (self.free() > 0 && rules.partial);
        let reason = if self.frozen.contains(&who) {
            "frozen"
        } else if posted >= self.terms.closes.after().since(ms(0)).ms() || self.closed {
            "closed"
        } else if self.lots.iter().any(|lot| lot.who == who && lot.stage != Stage::Returning) {
            "already_reserved"
        } else if let Some(ahead) = place {
            return Some(format!("already_waiting {}", self.place(ahead)));
        } else if bought + units > self.terms.limit_per_account
            || rules.limit_per_card.is_some_and(|limit| self.units_of_card(who) + units > limit)
        {
            "limit_reached"
        } else if self.gathering && room || !self.gathering && served {
            return None;
        } else if !self.gathering && (reachable == 0 || (!rules.partial && units > reachable)) {
            "sold_out"
        } else if !room {
            "fully_reserved"
        } else {
            return None;
        };
        Some(reason.to_owned())
    }

    /// Whether the line takes a claim: the bound is for those who wait after the draw.
    fn room(&self, posted: i64) -> bool {
        let enters = |claimed: i64| {
            self.gathering && self.terms.rules.draw.is_some_and(|rule| claimed < rule.window.ms())
        };
        let behind = self.line.iter().filter(|waiter| !enters(waiter.claimed)).count();
        enters(posted) || behind < self.terms.waitlist_max as usize
    }

    pub(crate) fn claim(&mut self, who: u32, post: u64, posted: i64, units: u32) {
        if let Some(refusal) = self.refusal(who, posted, units) {
            return self.record(who, post, &refusal);
        }
        let room = self.room(posted);
        let mut words = String::new();
        let waiter = Waiter { who, claim: post, claimed: posted, units, ahead: false };
        if self.gathering {
            self.line.push(waiter);
            return self.record(who, post, &format!("waitlisted {units}"));
        }
        let part = if self.terms.rules.partial || self.free() >= units { units.min(self.free()) } else { 0 };
        if part > 0 {
            let ordinal = self.grant(who, post, part);
            words = format!("reserved {part}");
            if self.terms.one_step() {
                self.order(ordinal);
                words = format!("confirmed {part}");
            }
        }
        if part < units && room {
            let rest = units - part;
            self.line.push(Waiter { units: rest, ..waiter });
            if part == 0 {
                words = format!("waitlisted {rest}");
            }
            words = format!("{words} {}", self.line.len());
        }
        self.record(who, post, &words);
    }

    pub(crate) fn confirm(&mut self, who: u32, post: u64) {
        if self.frozen.contains(&who) {
            return self.record(who, post, "frozen");
        }
        let held: Vec<Lot> =
            self.lots.iter().filter(|lot| lot.who == who && lot.stage == Stage::Held).copied().collect();
        // One confirmation orders everything whose window is open.
        let open: Vec<Lot> = held.iter().filter(|lot| self.now < lot.deadline).copied().collect();
        if let Some(first) = open.first() {
            let units = sum(&open);
            self.lots
                .retain(|lot| lot.ordinal == first.ordinal || open.iter().all(|o| o.ordinal != lot.ordinal));
            self.lots.iter_mut().filter(|lot| lot.ordinal == first.ordinal).for_each(|lot| lot.units = units);
            self.order(first.ordinal);
            return self.record(who, post, &format!("confirmed {units}"));
        }
        if !held.is_empty() {
            return self.record(who, post, "confirm_late");
        }
        if let Some(ahead) = self.line.iter().position(|waiter| waiter.who == who) {
            let word = if self.line[ahead].ahead { "already_waiting" } else { "waitlisted 0" };
            self.line[ahead].ahead = true;
            // Before the draw the answer has no place.
            let place = self.place(ahead);
            let nowhere = place == 0 && word != "already_waiting";
            let words = if nowhere { word.to_owned() } else { format!("{word} {place}") };
            return self.record(who, post, &words);
        }
        let has_some = self.lots.iter().any(|lot| lot.who == who);
        let late = self.expired.contains(&who) && !has_some;
        self.record(who, post, if late { "confirm_late" } else { "nothing_to_confirm" });
    }

    /// Releases what is not confirmed, of one claim or of all, and records the number of units.
    pub(crate) fn pass_on(&mut self, who: u32, post: u64, only: Option<u64>) -> bool {
        let own = |by: u32, claim: u64| by == who && only.is_none_or(|only| only == claim);
        let waits = |waiter: &Waiter| own(waiter.who, waiter.claim);
        let held = |lot: &Lot| own(lot.who, lot.claim) && lot.stage == Stage::Held;
        let waiting: u32 = self.line.iter().filter(|w| waits(w)).map(|w| w.units).sum();
        let units = waiting + self.lots.iter().filter(|lot| held(lot)).map(|lot| lot.units).sum::<u32>();
        if units == 0 {
            return false;
        }
        self.line.retain(|waiter| !waits(waiter));
        self.lots.retain(|lot| !held(lot));
        self.record(who, post, &format!("released {units}"));
        self.hand_on();
        true
    }

    pub(crate) fn cancel(&mut self, who: u32, post: u64) {
        if self.pass_on(who, post, None) {
            return;
        }
        let length = self.terms.rules.take_back.map_or(0, |length| length.ms());
        let orders = self.lots.iter().chain(&self.sold).filter(|lot| lot.who == who && !lot.taking_back);
        let in_time = orders.filter(|lot| lot.placed.is_some_and(|(at, _)| self.now < at + length));
        let Some(last) = in_time.max_by_key(|lot| lot.placed.map(|(_, number)| number)).copied() else {
            return self.record(who, post, "nothing_to_confirm");
        };
        self.record(who, post, &format!("released {}", last.units));
        match last.stage {
            Stage::Confirmed => {
                self.lots.retain(|lot| lot.ordinal != last.ordinal);
                self.hand_on();
            }
            Stage::Authorized => {
                self.lots.retain(|lot| lot.ordinal != last.ordinal);
                self.lots.push(Lot { taking_back: true, ..last });
            }
            // Here only a sold order has no other stage.
            _ => {
                self.sold.retain(|lot| lot.ordinal != last.ordinal);
                self.lots.push(Lot { stage: Stage::Returning, taking_back: true, ..last });
            }
        }
    }

    /// The next request that the card provider can answer.
    pub(crate) fn asked(&self, who: u32) -> Option<Lot> {
        let mut asked = self.lots.iter().filter(|lot| lot.who == who && lot.stage != Stage::Held);
        asked.next().copied()
    }

    pub(crate) fn card_result(&mut self, lot: Lot, approve: bool) {
        let Lot { who, units, .. } = lot;
        self.lots.retain(|other| other.ordinal != lot.ordinal);
        match lot.stage {
            Stage::Confirmed if approve => self.lots.push(Lot { stage: Stage::Authorized, ..lot }),
            Stage::Authorized if approve => {
                self.record(who, 0, &format!("sold {units}"));
                if lot.taking_back {
                    self.record(who, 0, &format!("released {units}"));
                    return self.lots.push(Lot { stage: Stage::Returning, ..lot });
                }
                // Marks a sold order: it is neither held nor confirmed any more.
                self.sold.push(Lot { stage: Stage::Returning, ..lot });
            }
            stage => {
                let word = if stage == Stage::Returning { "refunded" } else { "declined" };
                self.record(who, 0, &format!("{word} {units}"));
                self.hand_on();
            }
        }
    }
}
