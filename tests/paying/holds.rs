//! Stripe is away between an authorization and its capture, for days: the hold on the money is about to end.

use flashtag::domain::time::Millis;

use super::fate::Fate;
use super::line::Cut;
use super::order::Stage;
use super::shop::Shop;
use super::trial::judge_all;

const HOUR: Millis = Millis::from_secs(3600);

impl Shop {
    /// A pass of the watch over the holds. Returns how many end soon.
    fn watch_holds(&mut self) -> usize {
        let (api, now) = (self.api.clone(), self.clock.shown());
        if self.clock.real < self.line.dark_until() {
            self.holds.watch(&api, &super::shop::Nobody, now);
        } else {
            self.holds.watch(&api, &self.line.undisturbed(self.clock.real), now);
        }
        self.holds.ending().map_or(0, |ending| ending.count)
    }
}

/// Each row: hours of outage, whether the process was restarted without its memory of holds, and how the order ends. A hold of
/// this card stands for 114 hours.
#[test]
fn an_operator_is_told_a_day_before_a_hold_ends_and_until_the_capture() {
    let table = [(100, false, Stage::Sold), (100, true, Stage::Sold), (130, false, Stage::Voided)];
    for (outage_hours, is_forgetful, end) in table {
        let mut shop = Shop::new(7);
        (shop.line.is_calm, shop.line.cut) = (true, Some(Cut { at: 1, fate: Fate::NotSent, outage_hours }));
        shop.place("cus_1/pm_ok".to_owned());
        let began = shop.clock.real;
        let mut alarmed = Vec::new();
        for hour in 1..i64::from(outage_hours) {
            let due = began.plus(Millis::from_ms(hour * HOUR.ms()));
            while shop.clock.real < due {
                shop.work();
            }
            if is_forgetful && hour == 5 {
                (0..2).for_each(|_| shop.restart());
            }
            if shop.watch_holds() > 0 {
                alarmed.push(hour);
            }
        }
        assert_eq!(shop.books.orders[0].stage, Stage::Capturing, "it cannot be captured");
        let first = if is_forgetful { 90..=91 } else { 90..=90 };
        assert!(first.contains(&alarmed[0]), "{alarmed:?}");
        // Then it has ended.
        let last = i64::from(outage_hours - 1);
        assert_eq!(alarmed.last(), Some(&last), "as long as nobody knows what became of it");
        shop.run_out();
        assert_eq!(shop.books.orders[0].stage, end);
        assert_eq!(shop.watch_holds(), 0, "nothing is held any more");
        judge_all(&mut shop);
    }
}
