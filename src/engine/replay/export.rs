//! The files that a sale leaves for its user: outcomes, effects and a summary.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::summary::Summary;
use crate::actors::partition::DecisionBatch;
use crate::api::draw_view::DrawView;
use crate::api::outcome_line::{InstantText, OutcomeLine};
use crate::control::link_registry::Links;
use crate::domain::answer::Answer;
use crate::domain::effect::Effect;
use crate::domain::id::{EffectKey, OfferId};
use crate::domain::offering::Offering;
use crate::domain::time::Timestamp;
use crate::engine::output::draw_file;
use crate::intake::catalog::Catalog;
use crate::journal::private;
use crate::outbox::attempt::Attempt;
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::effect_line::EffectLine;
use crate::words::Words;

/// The lengths of the exported files, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Lengths {
    outcomes: u64,
    effects: u64,
}

/// The files that are being written.
pub(in crate::engine) struct Export {
    directory: PathBuf,
    words: Arc<Words>,
    outcomes: BufWriter<File>,
    instant: InstantText,
    effects: BufWriter<File>,
}

impl Export {
    pub(in crate::engine) fn create(directory: &Path, words: Arc<Words>) -> Result<Self, Error> {
        let open = |name: &str| {
            let path = directory.join(name);
            let file =
                private::create(&path).map_err(|source| Error::Io { action: "create", path, source })?;
            Ok::<_, Error>(BufWriter::with_capacity(1 << 18, file))
        };
        let (outcomes, effects) = (open("outcomes.ndjson")?, open("effects.ndjson")?);
        Ok(Self {
            directory: directory.to_owned(),
            words,
            outcomes,
            instant: InstantText::default(),
            effects,
        })
    }

    /// Opens the files of an earlier run, and cuts off what was written behind these lengths.
    pub(in crate::engine) fn reopen(
        directory: &Path,
        words: Arc<Words>,
        lengths: Lengths,
    ) -> Result<Self, Error> {
        let open = |name: &str, length: u64| {
            let path = directory.join(name);
            let file = cut(&path, length).map_err(|source| Error::Io { action: "reopen", path, source })?;
            Ok::<_, Error>(BufWriter::with_capacity(1 << 18, file))
        };
        Ok(Self {
            directory: directory.to_owned(),
            words,
            outcomes: open("outcomes.ndjson", lengths.outcomes)?,
            instant: InstantText::default(),
            effects: open("effects.ndjson", lengths.effects)?,
        })
    }

    /// Makes everything exported so far durable. Returns the lengths of the files.
    pub(in crate::engine) fn sync(&mut self) -> Result<Lengths, Error> {
        let outcomes = sync(&mut self.outcomes).map_err(self.fault("outcomes.ndjson"))?;
        let effects = sync(&mut self.effects).map_err(self.fault("effects.ndjson"))?;
        Ok(Lengths { outcomes, effects })
    }

    pub(in crate::engine) fn outcome(
        &mut self,
        answer: &Answer,
        offer: Option<&OfferId>,
    ) -> Result<(), Error> {
        write_line(&mut self.outcomes, &OutcomeLine::new(answer, offer, &mut self.instant))
            .map_err(self.fault("outcomes.ndjson"))
    }

    pub(in crate::engine) fn effect(
        &mut self,
        attempt: &Attempt,
        offering: &Offering,
        at: Timestamp,
        address: Option<&str>,
    ) -> Result<(), Error> {
        let line = EffectLine::new(attempt, offering, at, &self.words, address);
        write_line(&mut self.effects, &line).map_err(self.fault("effects.ndjson"))
    }

    /// Exports a batch: every answer that `keep` accepts, and every effect. Letters go to the addresses in `links`.
    pub(in crate::engine) fn batch(
        &mut self,
        partition: u32,
        batch: &DecisionBatch,
        catalog: &Catalog,
        links: &Links,
        now: Timestamp,
        mut keep: impl FnMut(&Answer) -> bool,
    ) -> Result<(), Error> {
        for answer in batch.answers.iter().filter(|answer| keep(answer)) {
            let listing = answer.offer.and_then(|offer| catalog.listing(partition, offer));
            self.outcome(answer, listing.map(|listing| listing.offering.id()))?;
        }
        let effects = batch.records.iter().flat_map(|(sequence, record)| {
            let keyed = |(effect, index): (&Effect, u32)| {
                let key = EffectKey { partition, sequence: *sequence, index };
                (DeliveryKey::from(key), effect.clone(), record.at)
            };
            record.decision.effects.iter().zip(0..).map(keyed)
        });
        let refusal_replies = batch
            .refusal_replies
            .iter()
            .map(|request| (DeliveryKey::refusal(partition, request), Effect::Reply(request.clone()), now));
        for (key, effect, recorded_at) in effects.chain(refusal_replies) {
            let Some(listing) = catalog.listing(partition, effect.offer()) else { continue };
            let text = self.words.post_text(&effect, &listing.offering, now).map(Into::into);
            let attempt = Attempt { key, effect, number: 1, look_up: false, recorded_at, text };
            let link = attempt.effect.account().and_then(|account| links.get(account));
            self.effect(&attempt, &listing.offering, now, link.as_ref().and_then(|link| link.email()))?;
        }
        Ok(())
    }

    /// Writes a draw once it was made; anybody can recompute it from the file.
    pub(in crate::engine) fn draw(&self, offer: &OfferId, draw: &DrawView) -> Result<(), Error> {
        if !draw.drawn {
            return Ok(());
        }
        let name = draw_file(offer);
        let text = serde_json::to_string_pretty(draw).expect("a draw can be written as JSON");
        private::write(&self.directory.join(&name), text + "\n").map_err(self.fault(&name))
    }

    pub(in crate::engine) fn finish(mut self, summary: &Summary) -> Result<(), Error> {
        self.outcomes.flush().map_err(self.fault("outcomes.ndjson"))?;
        self.effects.flush().map_err(self.fault("effects.ndjson"))?;
        let text = serde_json::to_string_pretty(summary).expect("a summary can be written as JSON");
        private::write(&self.directory.join("summary.json"), text + "\n").map_err(self.fault("summary.json"))
    }

    fn fault(&self, name: &str) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.directory.join(name);
        move |source| Error::Io { action: "write to", path: path.clone(), source }
    }
}

/// Opens a file for appending at `length`, and cuts off what lies behind.
fn cut(path: &Path, length: u64) -> io::Result<File> {
    let mut file = private::options().write(true).open(path)?;
    if file.metadata()?.len() < length {
        return Err(io::Error::other("it is shorter than when the cursor was stored"));
    }
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    Ok(file)
}

/// Makes the file durable. Returns its length in bytes.
fn sync(out: &mut BufWriter<File>) -> io::Result<u64> {
    out.flush()?;
    out.get_ref().sync_data()?;
    Ok(out.get_ref().metadata()?.len())
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
