//! What a replay leaves for its user: outcomes, effects and a summary.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Error;
use super::intake::Input;
use crate::actor::view::{OfferView, OutcomeLine};
use crate::domain::answer::Answer;
use crate::domain::id::OfferId;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::outbox::attempt::Attempt;
use crate::outbox::export::EffectLine;
use crate::outbox::queue::Outbox;

/// The result of a replay, as `summary.json`.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Each offer, with its counts.
    pub offers: Vec<OfferView>,
    /// What was read.
    pub input: Input,
    /// Effects that were given up.
    pub dead_letters: u64,
    /// When nothing was pending any more, in the recording's time.
    pub ended_at: String,
}

impl Summary {
    pub(super) fn new(offers: Vec<OfferView>, input: Input, now: Timestamp, outbox: &Outbox) -> Self {
        Self { offers, input, dead_letters: outbox.dead_letters_total(), ended_at: now.to_string() }
    }
}

/// The files that are being written.
pub(super) struct Export {
    directory: PathBuf,
    outcomes: BufWriter<File>,
    effects: BufWriter<File>,
}

impl Export {
    pub(super) fn create(directory: &Path) -> Result<Self, Error> {
        let open = |name: &str| {
            let path = directory.join(name);
            let file = File::create(&path).map_err(|source| Error::Io { action: "create", path, source })?;
            Ok::<_, Error>(BufWriter::with_capacity(1 << 18, file))
        };
        let (outcomes, effects) = (open("outcomes.ndjson")?, open("effects.ndjson")?);
        Ok(Self { directory: directory.to_owned(), outcomes, effects })
    }

    pub(super) fn outcome(&mut self, answer: &Answer, offer: Option<&OfferId>) -> Result<(), Error> {
        write_line(&mut self.outcomes, &OutcomeLine::new(answer, offer))
            .map_err(self.fault("outcomes.ndjson"))
    }

    pub(super) fn effect(&mut self, attempt: &Attempt, terms: &Terms, at: Timestamp) -> Result<(), Error> {
        let line = EffectLine::new(attempt, terms, at);
        write_line(&mut self.effects, &line).map_err(self.fault("effects.ndjson"))
    }

    pub(super) fn finish(mut self, summary: &Summary) -> Result<(), Error> {
        self.outcomes.flush().map_err(self.fault("outcomes.ndjson"))?;
        self.effects.flush().map_err(self.fault("effects.ndjson"))?;
        let text = serde_json::to_string_pretty(summary).expect("a summary can be written as JSON");
        std::fs::write(self.directory.join("summary.json"), text + "\n").map_err(self.fault("summary.json"))
    }

    fn fault(&self, name: &str) -> impl Fn(std::io::Error) -> Error + use<> {
        let path = self.directory.join(name);
        move |source| Error::Io { action: "write to", path: path.clone(), source }
    }
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
