//! The first words of a demo's closing text: whether every promise was kept.

use std::fmt;

use console::style;

use crate::engine::audit::Report;

/// The verdict of an audit, in whole lines.
pub(super) struct Verdict<'a>(pub(super) &'a Report);

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report) = self;
        let kept = report.lines.iter().filter(|line| line.kept()).count();
        if report.passed() {
            let passed = style("PASSED").green().bold();
            return writeln!(f, "{passed}  all {kept} promises hold, by the journal and the card ledger");
        }
        writeln!(f, "{}  promises are broken:", style("FAILED").red().bold())?;
        for line in report.lines.iter().filter(|line| line.violation.is_some()) {
            writeln!(f, "  {}: {}", line.name, line.violation.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}
