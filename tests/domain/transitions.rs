//! The life of a reservation as a table: every step at every stage.

use flashtag::domain::reservation::{Next, Stage, Step};

#[test]
fn every_step_at_every_stage_follows_the_table() {
    use Next::{Returned, Sold};
    use Stage::{Authorized, Confirmed, Held};
    let steps = [Step::Confirm, Step::Authorize, Step::Sell, Step::Decline, Step::Expire, Step::Release];
    let to = |stage| Some(Next::Stage(stage));
    #[rustfmt::skip]
    let table = [
        // from        Confirm         Authorize        Sell        Decline         Expire          Release
        (Held,       [to(Confirmed), None,            None,       None,           Some(Returned), Some(Returned)]),
        (Confirmed,  [None,          to(Authorized),  None,       Some(Returned), None,           None]),
        (Authorized, [None,          None,            Some(Sold), Some(Returned), None,           None]),
    ];
    for (stage, row) in table {
        for (step, next) in steps.into_iter().zip(row) {
            assert_eq!(stage.after(step), next, "{stage:?} {step:?}");
        }
    }
}
