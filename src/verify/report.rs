//! The report: one line per promise, then what the offers came to.

use std::fmt;

use super::checks::Checks;
use super::promise::{Evidence, Promise};
use crate::domain::id::OfferId;
use crate::domain::money::Money;
use crate::text::grouped::grouped;

/// What was found about one promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The promise's name.
    pub name: &'static str,
    /// What must hold.
    pub formula: &'static str,
    /// What was counted, as `records`.
    pub noun: &'static str,
    /// How many of them.
    pub checked: u64,
    /// The first place where it does not hold, and what is wrong there.
    pub violation: Option<String>,
    /// Why it could not be checked at all. Such a promise is neither kept nor broken.
    pub skipped: Option<&'static str>,
    /// What a reader should know though it is no violation.
    pub note: Option<String>,
}

impl Line {
    pub(super) fn new(promise: Promise, checks: &mut Checks, with_ledger: bool) -> Self {
        let entry = checks.take(promise);
        let skipped = promise.evidence() == Evidence::Ledger && !with_ledger;
        Self {
            name: promise.name(),
            formula: promise.formula(),
            noun: promise.noun(),
            checked: entry.checked,
            violation: entry.violation,
            skipped: skipped.then_some("no ledger: not checked"),
            note: None,
        }
    }

    /// Whether the promise was checked and holds.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.violation.is_none() && self.skipped.is_none()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, formula, noun, .. } = self;
        let checked = grouped(self.checked);
        match (&self.violation, self.skipped) {
            (Some(violation), _) => write!(f, "VIOLATED {name}: {violation} (must hold: {formula})")?,
            (None, Some(skipped)) => write!(f, "--  {name:<34} {formula}   [{skipped}]")?,
            (None, None) => write!(f, "ok  {name:<34} {formula}   [{checked} {noun}]")?,
        }
        self.note.as_ref().map_or(Ok(()), |note| write!(f, "   ({note})"))
    }
}

/// What one offer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferSum {
    /// Its name.
    pub offer: OfferId,
    /// All its units at the end; by a broken history this can be any number, as the next ones.
    pub allotment: i64,
    /// Units free at the end.
    pub available: i64,
    /// Units kept at the end.
    pub reserved: i64,
    /// Units sold.
    pub sold: i64,
    /// Claims in line at the end.
    pub waiting: u64,
    /// Money captured less money refunded, if there was a ledger and the sum can be written.
    pub captured: Option<Money>,
}

impl fmt::Display for OfferSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offer, allotment, available, reserved, sold, waiting, captured } = self;
        write!(
            f,
            "offer {offer}: {allotment} units, {available} available, {reserved} reserved, {sold} sold, \
             {waiting} waiting"
        )?;
        captured.map_or(Ok(()), |captured| write!(f, ", {captured} captured"))
    }
}

/// What one statement-credit offer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditSum {
    /// Its name.
    pub offer: OfferId,
    /// How many cards may be enrolled.
    pub enrollments: u32,
    /// How many are.
    pub enrolled: u64,
    /// How many purchases counted.
    pub credits: u64,
    /// What they earned, and what was taken back of it, if the sums can be written.
    pub sums: Option<(Money, Money)>,
}

impl fmt::Display for CreditSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offer, enrollments, enrolled, credits, sums } = self;
        write!(f, "offer {offer}: {enrolled} of {enrollments} cards enrolled, {credits} credits")?;
        sums.map_or(Ok(()), |(credited, reversed)| write!(f, ", {credited} credited, {reversed} taken back"))
    }
}

/// What the checker found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One line per promise.
    pub lines: Vec<Line>,
    /// The offers, by partition and number.
    pub offers: Vec<OfferSum>,
    /// The statement-credit offers, by partition and number.
    pub credits: Vec<CreditSum>,
    /// What is no violation but wants somebody's attention, as dead letters.
    pub warnings: Vec<String>,
}

impl Report {
    /// Whether no promise is broken. Promises that could not be checked are not broken.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.lines.iter().all(|line| line.violation.is_none())
    }

    /// The names of the broken promises.
    pub fn violated(&self) -> impl Iterator<Item = &'static str> {
        self.lines.iter().filter(|line| line.violation.is_some()).map(|line| line.name)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        self.offers.iter().try_for_each(|offer| writeln!(f, "{offer}"))?;
        self.credits.iter().try_for_each(|offer| writeln!(f, "{offer}"))?;
        self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))?;
        let kept = self.lines.iter().filter(|line| line.kept()).count();
        let skipped = self.lines.iter().filter(|line| line.skipped.is_some()).count();
        let violated = self.violated().count();
        writeln!(f, "{kept} promises kept, {violated} violated, {skipped} not checked")
    }
}
