//! The report: one line per promise, then the totals of each offer.

use std::fmt;

use super::checks::Checks;
use super::promise::{Evidence, Promise};
use crate::domain::id::OfferId;
use crate::domain::money::Money;
use crate::text::grouped::grouped;

/// The result for one promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The promise's name.
    pub name: &'static str,
    /// What must hold.
    pub formula: &'static str,
    /// What each check counts, for example `records`.
    pub noun: &'static str,
    /// The number of checks.
    pub checked: u64,
    /// The first place where the promise does not hold, and what is wrong there.
    pub violation: Option<String>,
    /// Why it could not be checked at all. Such a promise is neither kept nor broken.
    pub skipped: Option<&'static str>,
    /// Something worth knowing that is not a violation.
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

/// The totals of one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferSum {
    /// The offer's id.
    pub offer: OfferId,
    /// The allotment at the end. In a broken history this and the next counts can be any number.
    pub allotment: i64,
    /// Units free at the end.
    pub available: i64,
    /// Units reserved at the end.
    pub reserved: i64,
    /// Units sold.
    pub sold: i64,
    /// Claims on the waitlist at the end.
    pub waiting: u64,
    /// Money captured less money refunded; `None` without a ledger, or if the sum overflows.
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

/// The totals of one statement-credit offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditSum {
    /// The offer's id.
    pub offer: OfferId,
    /// Upper bound on enrolled cards.
    pub enrollments: u32,
    /// Cards enrolled at the end.
    pub enrolled: u64,
    /// Purchases that earned a credit.
    pub credits: u64,
    /// The credits earned, and the part that was reversed; `None` if a sum overflows.
    pub sums: Option<(Money, Money)>,
}

impl fmt::Display for CreditSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offer, enrollments, enrolled, credits, sums } = self;
        write!(f, "offer {offer}: {enrolled} of {enrollments} cards enrolled, {credits} credits")?;
        sums.map_or(Ok(()), |(credited, reversed)| write!(f, ", {credited} credited, {reversed} taken back"))
    }
}

/// The result of the checker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One line per promise.
    pub lines: Vec<Line>,
    /// The offers, by partition and number.
    pub offers: Vec<OfferSum>,
    /// The statement-credit offers, by partition and number.
    pub credits: Vec<CreditSum>,
    /// What is not a violation but needs attention, such as dead letters.
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
