//! `flashtag objections`: what banks object to payments of a running server.

use std::io::{self, Write};
use std::process::ExitCode;

use super::fail::Fail;
use super::lines_args::LinesArgs;
use crate::api::objection_view::{ObjectionKind, ObjectionView, ObjectionsView};
use crate::domain::objection::DisputeStage;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List disputes and early warnings of fraud that are not over, the earliest deadline first
    List(LinesArgs),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let Command::List(args) = &args.command;
    let answer = args.remote.get("/v1/objections")?;
    let ObjectionsView { objections } = serde_json::from_str(&answer.body)
        .map_err(|fault| Fail::new(69, format!("the server's answer is no list of objections: {fault}")))?;
    let mut out = io::stdout().lock();
    let told = match objections.as_slice() {
        [] if !args.json => writeln!(out, "nobody objects to a payment"),
        all => all.iter().try_for_each(|objection| tell(&mut out, objection, args.json)),
    };
    told.map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}

fn tell(out: &mut impl Write, objection: &ObjectionView, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, objection)?;
        return writeln!(out);
    }
    let ObjectionView { id, order, payment, .. } = objection;
    let payment = payment.as_deref().map(|payment| format!("  payment {payment}")).unwrap_or_default();
    writeln!(out, "{id}  order {order}{payment}  {}", in_words(objection))
}

/// What it is, and what the shop can do about it.
fn in_words(objection: &ObjectionView) -> String {
    let until = objection.due_by().map(|due| format!(" before {due}")).unwrap_or_default();
    match &objection.kind {
        ObjectionKind::Dispute { stage, amount, reason, withdrawn, .. } => {
            let advice = match stage {
                DisputeStage::Inquiry => {
                    format!(
                        "the bank asks before it disputes: answer{until} at the card processor, or refund the order"
                    )
                }
                DisputeStage::NeedsResponse => {
                    format!("give evidence{until} at the card processor, or accept the dispute")
                }
                DisputeStage::UnderReview => "the bank reads the evidence".to_owned(),
                DisputeStage::InquiryClosed | DisputeStage::Won | DisputeStage::Lost => {
                    "it is over".to_owned()
                }
            };
            let money = if *withdrawn { "; the money is taken from the shop meanwhile" } else { "" };
            format!("{} {reason}  {amount}\n  {advice}{money}", stage.name())
        }
        ObjectionKind::FraudWarning { fraud } => {
            format!("fraud_warning {fraud}\n  a refund of the order may prevent a dispute")
        }
    }
}
