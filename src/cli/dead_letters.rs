//! `flashtag dead-letters`: lists, retries and settles the effects that a running server gave up.

use std::process::ExitCode;

use super::fail::Fail;
use super::lines_args::LinesArgs;
use super::remote::Remote;
use super::standard_streams::print;
use crate::api::dead_letter_view::{DeadLetterPage, DeadLetterView};
use crate::outbox::delivery_key::OutsideKey;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List them, with what happened and what can be done
    List(LinesArgs),
    /// Try one again, under its key
    Retry(EffectArgs),
    /// Say how one ended: done at its provider, or declined for good
    Settle(SettleArgs),
}

#[derive(Debug, clap::Args)]
struct EffectArgs {
    #[command(flatten)]
    remote: Remote,
    /// The key of the effect, as listed
    key: OutsideKey,
}

#[derive(Debug, clap::Args)]
struct SettleArgs {
    #[command(flatten)]
    effect: EffectArgs,
    /// How it ended
    #[arg(long = "as", value_name = "HOW")]
    how: How,
    /// The provider's id of a payment that is done
    #[arg(long, value_name = "ID")]
    reference: Option<String>,
    /// Why it is declined; the buyer is told
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum How {
    /// It has taken effect, or was done by hand
    Done,
    /// It has not taken effect, and never will
    Declined,
}

impl EffectArgs {
    /// Asks the server for something about the effect, and prints its answer.
    fn post(&self, verb: &str, body: &str) -> Result<(), Fail> {
        let answer = self.remote.post(&format!("/v1/effects/{}/{verb}", self.key), None, body)?;
        print(answer.body)
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    match &args.action {
        Action::List(args) => list(args)?,
        Action::Retry(effect) => effect.post("retry", "")?,
        Action::Settle(SettleArgs { effect, how, reference, reason }) => {
            let body = match how {
                How::Done => serde_json::json!({"as": "done", "reference": reference}),
                How::Declined => serde_json::json!({"as": "declined", "reason": reason}),
            };
            effect.post("settle", &body.to_string())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(args: &LinesArgs) -> Result<(), Fail> {
    let (mut after, mut listed) = (None::<String>, 0);
    loop {
        let from = after.as_ref().map(|after| format!("&after={after}")).unwrap_or_default();
        let answer = args.remote.get(&format!("/v1/effects?state=dead&limit=1000{from}"))?;
        let page: DeadLetterPage = serde_json::from_str(&answer.body)
            .map_err(|fault| Fail::new(69, format!("the server's answer is no list of effects: {fault}")))?;
        listed += page.effects.len();
        for letter in &page.effects {
            if args.json {
                print(serde_json::to_string(letter).expect("a view is serialized"))?;
            } else {
                print(in_words(letter))?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None if listed == 0 && !args.json => return print("no dead letters"),
            None => return Ok(()),
        }
    }
}

fn in_words(letter: &DeadLetterView) -> String {
    let DeadLetterView { key, kind, order, account, amount, reason, given_up_at, held_until, advice, .. } =
        letter;
    let about = [order.clone(), account.clone(), amount.map(|amount| amount.to_string())];
    let about: Vec<_> = about.into_iter().flatten().collect();
    let held =
        held_until.as_ref().map(|until| format!("\n  its money is held until {until}")).unwrap_or_default();
    format!("{key}  {kind}  {}\n  given up {given_up_at}: {reason}{held}\n  {advice}", about.join("  "))
}
