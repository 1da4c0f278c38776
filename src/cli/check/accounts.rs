//! The accounts file: every line that links nobody, and a summary of the rest.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use crate::cli::fail::Fail;
use crate::config::advice::account_summary::AccountSummary;
use crate::config::advice::finding::Finding;
use crate::domain::id::{Account, Authors};
use crate::domain::link::LinkedAccount;
use crate::engine::replay::survey_accounts;
use crate::text::grouped::grouped;

/// Upper bound on the faulty lines that are named; the rest are only counted.
const FAULTS_NAMED: usize = 100;

/// What an accounts file holds.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) summary: AccountSummary,
    pub(super) faults: Vec<Finding>,
    lines: HashMap<Account, u64>,
    faults_more: u64,
}

/// Reads an accounts file to its end, whatever its lines hold.
pub(super) fn survey(path: &Path, authors: Authors, accounts_most: usize) -> Result<Survey, Fail> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    let mut survey = Survey::default();
    survey_accounts(file, authors, |line, read| match read {
        Ok(linked) => survey.take(&name, line, &linked),
        Err(fault) => survey.fault(&name, line, fault.to_string()),
    })
    .map_err(|fault| Fail::data(format!("{name}: {fault}")))?;
    if survey.summary.total() > accounts_most as u64 {
        let what = format!("more accounts than limits.accounts_most = {accounts_most}");
        survey.faults.push(Finding::fault(&name, 0, what));
    }
    if survey.faults_more > 0 {
        let what = format!("and {} more faults", grouped(survey.faults_more));
        survey.faults.push(Finding::fault(&name, 0, what));
    }
    Ok(survey)
}

impl Survey {
    fn take(&mut self, name: &str, line: u64, linked: &LinkedAccount) {
        match self.lines.insert(linked.account.clone(), line) {
            Some(first) => {
                let what = format!("{} is linked twice, here and on line {first}", linked.account);
                self.fault(name, line, what);
            }
            None => self.summary.add(linked),
        }
    }

    fn fault(&mut self, name: &str, line: u64, what: String) {
        if self.faults.len() < FAULTS_NAMED {
            self.faults.push(Finding::fault(name, line, what));
        } else {
            self.faults_more += 1;
        }
    }

    /// The summary in one line.
    pub(super) fn in_words(&self) -> String {
        let by_network = self.summary.by_network().into_iter();
        let each =
            by_network.map(|(network, count)| format!("{} on {}", grouped(count), network.facts().title));
        let each: Vec<_> = each.collect();
        let total = match self.summary.total() {
            1 => "1 account".to_owned(),
            total => format!("{} accounts", grouped(total)),
        };
        if each.is_empty() { total } else { format!("{total}: {}", each.join(", ")) }
    }
}
