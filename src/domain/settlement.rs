//! What an operator's settlement of a dead letter means: the report that the provider did not make.

use super::command::Report;
use super::dead_letter::{SettleDeadLetter, Settlement};
use super::effect::Effect;
use super::refusal::Refusal;

/// The report that the provider would have made; `None` if nothing waits for one.
///
/// # Errors
/// When the effect cannot be settled so.
pub fn report_of(settle: &SettleDeadLetter) -> Result<Option<Report>, Refusal> {
    let (key, payment) = (settle.key, settle.effect.payment());
    let unfit = |why| Err(Refusal::Unsettled(why));
    match (&settle.effect, &settle.settlement, payment.map(|payment| payment.id)) {
        (Effect::Order(_), _, _) | (_, _, None) => Ok(None),
        (_, Settlement::Done { reference: None }, _) => {
            unfit("a payment that is settled as done needs the provider's reference")
        }
        (Effect::Authorize(_), Settlement::Done { reference }, Some(id)) => {
            Ok(Some(Report::Authorized { id, key, reference: reference.clone() }))
        }
        (Effect::Capture(_), Settlement::Done { .. }, Some(id)) => Ok(Some(Report::Captured { id, key })),
        (Effect::Refund(_), Settlement::Done { .. }, Some(id)) => Ok(Some(Report::Refunded { id, key })),
        (Effect::Authorize(_) | Effect::Capture(_), Settlement::Declined { reason }, Some(id)) => {
            Ok(Some(Report::Declined { id, key, reason: reason.clone() }))
        }
        (_, Settlement::Done { .. }, Some(_)) => Ok(None),
        (_, Settlement::Declined { .. }, Some(_)) => {
            unfit("money that goes back to the buyer is settled as done, or tried again")
        }
    }
}
