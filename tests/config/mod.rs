//! The configuration files: valid ones are read, and every fault of an invalid one is named.

mod advice;
mod announcements;
mod bad_credits;
mod bad_offers;
mod good_credits;
mod good_offers;
mod networks;
mod policy;
mod serve;

use flashtag::config::offers::{OfferFile, parse_offers};
use flashtag::text::file_fault::Faults;

/// A valid offer file; tests damage it line by line.
pub(crate) const GOOD: &str = r##"[shop]
name = "AmexSync"
accounts = { x = "9001" }

[[offer]]
id = "kindle-fire-hd"
kind = "purchase"
title = "Kindle Fire HD"
tags = { buy = "BuyKindleFireHD", confirm = "ConfirmKindleFireHD" }
price = "149.99 USD"
units = 1000
opens = "2013-02-13T12:00:00-05:00"
closes = "2013-03-03T23:59:59-05:00"
"##;

/// A valid file of one statement-credit offer.
pub(crate) const GOOD_CREDIT: &str = r##"[shop]
name = "AmexSync"
accounts = { x = "9001" }

[[offer]]
id = "small-business-saturday"
kind = "credit"
tags = { enroll = "AmexSmallBiz" }
credit = "25.00 USD"
min_spend = "25.00 USD"
merchants = ["m-100", "m-101"]
enrollments = 5000
opens = "2013-02-13T12:00:00-05:00"
closes = "2013-03-03T23:59:59-05:00"
valid_until = "2013-03-31T23:59:59-05:00"
"##;

/// The valid file with line `line`, from 1, replaced.
pub(crate) fn with_line(line: usize, by: &str) -> String {
    replaced(GOOD, line, by)
}

/// A file with line `line`, from 1, replaced.
pub(crate) fn replaced(file: &str, line: usize, by: &str) -> String {
    let lines: Vec<&str> =
        file.lines().enumerate().map(|(i, old)| if i + 1 == line { by } else { old }).collect();
    lines.join("\n")
}

pub(crate) fn read(text: &str) -> Result<OfferFile, Faults> {
    parse_offers(text, "offers.toml")
}

/// The faults of an invalid text.
pub(crate) fn faults(text: &str) -> Faults {
    match read(text) {
        Ok(file) => panic!("no fault was found in:\n{text}\n{file:?}"),
        Err(faults) => faults,
    }
}
