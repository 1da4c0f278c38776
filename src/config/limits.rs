//! Every bound of the engine, in one place: every queue, map and wait has one.

use std::fmt::Write;
use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::field::{Field, Raw};
use super::keys::Keys;
use crate::domain::arrival::Arrival;
use crate::domain::time::Millis;
use crate::text::file_fault::quoted;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

fn ms(count: i64) -> Millis {
    Millis::from_ms(count)
}

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty as $kind:ident [$low:expr, $default:expr, $high:expr],)+) => {
        /// The bounds.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            fn each(keys: &Keys<'_>) -> Option<Self> {
                // All values are read before the first missing one returns, so that every fault is reported.
                $(let $name = keys.get(stringify!($name)).map_or(Some($default), |field| {
                    $kind::read(&field, $low..=$high)
                });)+
                Some(Self { $($name: $name?,)+ })
            }

            /// Writes each bound with its doc comment, its default and its range.
            pub(super) fn print(&self, out: &mut String) {
                $(let docs = [$($doc),+];
                let value = $kind::show(&self.$name);
                let range = ($kind::show(&$low), $kind::show(&$default), $kind::show(&$high));
                write_limit(out, stringify!($name), &docs, &value, &range);)+
            }
        }
    };
}

limits! {
    /// Posts that are being decided at one time, over all sources; more are refused as overloaded.
    posts_in_flight: usize as Count [1, 65_536, 16_777_216],
    /// Posts in one request.
    posts_per_request: usize as Count [1, 10_000, 1_000_000],
    /// The bytes of a request's body.
    body_bytes: usize as Bytes [KIB, 8 * MIB, GIB],
    /// The bytes of one line of a body or a source.
    line_bytes: usize as Bytes [KIB, MIB, 64 * MIB],
    /// How long a client may take to send the head of a request, or to take the next bytes of an answer;
    /// at most twice that where it was served before.
    head_timeout: Millis as Length [ms(100), ms(5_000), ms(300_000)],
    /// How long a client may take to send the body of a request.
    body_timeout: Millis as Length [ms(100), ms(10_000), ms(3_600_000)],
    /// How long a request waits for its posts to be decided and durable.
    answer_timeout: Millis as Length [ms(100), ms(30_000), ms(3_600_000)],
    /// How long a connection without a request stays open.
    keep_alive: Millis as Length [ms(1_000), ms(15_000), ms(3_600_000)],
    /// Connections open at one time, for each HTTP worker.
    connections: usize as Count [1, 1_024, 1_000_000],
    /// Threads that serve HTTP.
    http_workers: usize as Count [1, 1, 256],
    /// Sessions of a partition that are live at one time; beyond it no new conversation begins.
    sessions_live: usize as Count [1, 2_000_000, 100_000_000],
    /// How long a session that holds nothing stays live after the last post of its account.
    session_idle: Millis as Length [ms(1_000), ms(600_000), ms(2_592_000_000)],
    /// The bytes of memory that a start has from the system at most, so that no post waits for them later: two KiB for
    /// each linked account.
    memory_ahead: usize as Bytes [0, GIB, 1024 * GIB],
    /// Decisions that wait for the journal of a partition.
    journal_queue: usize as Count [1, 1_024, 1_048_576],
    /// The bytes of a segment of the journal.
    segment_bytes: usize as Bytes [MIB, 64 * MIB, GIB],
    /// The bytes of full segments after which a snapshot is taken, if they are as many as the last one has.
    snapshot_every: usize as Bytes [MIB, 256 * MIB, 64 * GIB],
    /// The bytes of full segments that are kept for the subscriber that is furthest behind; what it has not read of
    /// older ones may be removed, as `retain` says, and is its gap.
    subscriber_hold: usize as Bytes [MIB, 4 * GIB, 1024 * GIB],
    /// The bytes that are made durable by one write.
    group_bytes: usize as Bytes [4 * KIB, 4 * MIB, 256 * MIB],
    /// Effects that are not yet done; while there are as many, claims are refused as overloaded.
    outbox_pending: usize as Count [1, 1_000_000, 100_000_000],
    /// Requests to the card provider at one time.
    cards_in_flight: usize as Count [1, 64, 65_536],
    /// Replies being delivered at one time, on each network.
    replies_in_flight: usize as Count [1, 16, 65_536],
    /// How old a reply may be that is neither a prompt nor an order's result; later it is dropped.
    reply_stale: Millis as Length [ms(1_000), ms(900_000), ms(86_400_000)],
    /// Recipients whose last reply is remembered, so that the next one does not repeat it.
    recipients_remembered: usize as Count [1, 100_000, 10_000_000],
    /// E-mails being delivered at one time.
    emails_in_flight: usize as Count [1, 8, 65_536],
    /// The wait before a failed delivery is tried again; it doubles each time.
    retry_first: Millis as Length [ms(1), ms(250), ms(3_600_000)],
    /// The longest such wait.
    retry_most: Millis as Length [ms(1), ms(60_000), ms(86_400_000)],
    /// Deliveries that fail while the provider answers others, before an effect becomes a dead letter.
    attempts_most: usize as Count [1, 20, 1_000],
    /// Linked accounts.
    accounts_most: usize as Count [1, 20_000_000, 1_000_000_000],
    /// Accounts without a link whose STOP, START or FREEZE is remembered; the words of further ones are refused.
    unlinked_accounts: usize as Count [1, 1_000_000, 100_000_000],
    /// New words of accounts without a link, in a minute, over all accounts.
    unlinked_words_per_minute: usize as Count [1, 60_000, 10_000_000],
    /// How far a post's own time may lie ahead of its arrival; further ahead it is refused as future.
    posts_ahead: Millis as Length [ms(0), Arrival::AHEAD, Arrival::AHEAD_MAX],
    /// How often the clock looks for deadlines that have passed.
    tick: Millis as Length [ms(1), ms(20), ms(1_000)],
}

/// Reads the table `[limits]`.
pub(super) fn read(keys: &Keys<'_>) -> Option<Limits> {
    let limits = Limits::each(keys);
    keys.done();
    let limits = limits?;
    let ordered = [
        ("line_bytes", limits.line_bytes <= limits.body_bytes, "body_bytes"),
        ("group_bytes", limits.group_bytes <= limits.segment_bytes, "segment_bytes"),
        ("retry_first", limits.retry_first <= limits.retry_most, "retry_most"),
        ("posts_per_request", limits.posts_per_request <= limits.posts_in_flight, "posts_in_flight"),
    ];
    let faults = ordered.into_iter().filter(|(_, in_order, _)| !in_order);
    let named = faults.map(|(less, _, more)| report_out_of_order(keys, less, more)).count();
    (named == 0).then_some(limits)
}

/// At least one of the two keys is set: the defaults of both are in order.
fn report_out_of_order(keys: &Keys<'_>, less: &'static str, more: &'static str) {
    if let Some(field) = keys.get(less).or_else(|| keys.get(more)) {
        field.fault::<()>(format!("`{less}` is above `{more}`"));
    }
}

/// How values of one type are read and written.
trait Bound {
    type Value;
    fn read(field: &Field<'_>, range: RangeInclusive<Self::Value>) -> Option<Self::Value>;
    fn show(value: &Self::Value) -> String;
}

struct Count;
struct Bytes;
struct Length;

impl Bound for Count {
    type Value = usize;

    fn read(field: &Field<'_>, range: RangeInclusive<usize>) -> Option<usize> {
        usize::try_from(field.number(*range.start() as u64..=*range.end() as u64)?).ok()
    }

    fn show(value: &usize) -> String {
        value.to_string()
    }
}

impl Bound for Bytes {
    type Value = usize;

    fn read(field: &Field<'_>, range: RangeInclusive<usize>) -> Option<usize> {
        let (low, high) = (Self::show(range.start()), Self::show(range.end()));
        let hint = format!("write a size from {low} to {high}");
        let (bytes, text) = match field.raw {
            Raw::Toml(DeValue::Integer(digits)) => (digits.as_str().parse().ok(), digits.to_string()),
            _ => {
                let text = field.text("\"8 MiB\"")?;
                (bytes(text), quoted(text))
            }
        };
        match bytes.filter(|bytes| range.contains(bytes)) {
            Some(bytes) => Some(bytes),
            None => field.advise(format!("`{}` is {text}", field.name), hint),
        }
    }

    fn show(value: &usize) -> String {
        let units = [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")];
        let unit = units.into_iter().find(|(size, _)| *value > 0 && value.is_multiple_of(*size));
        unit.map_or_else(|| value.to_string(), |(size, name)| format!("\"{} {name}\"", value / size))
    }
}

impl Bound for Length {
    type Value = Millis;

    fn read(field: &Field<'_>, range: RangeInclusive<Millis>) -> Option<Millis> {
        let length = field.length("\"5s\"")?;
        if range.contains(&length) {
            return Some(length);
        }
        let hint = format!("write a length of time from {} to {}", range.start(), range.end());
        field.advise(format!("`{}` is {length}", field.name), hint)
    }

    fn show(value: &Millis) -> String {
        format!("\"{value}\"")
    }
}

/// Reads `8 MiB`, or bytes without a unit.
fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = text.split_at(text.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(text.len()));
    let size = match unit.trim() {
        "" => 1,
        "KiB" => KIB,
        "MiB" => MIB,
        "GiB" => GIB,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(size)
}

fn write_limit(out: &mut String, name: &str, docs: &[&str], value: &str, range: &(String, String, String)) {
    for doc in docs {
        out.push_str(&format!("#{doc}\n"));
    }
    let (low, default, high) = range;
    let written = writeln!(out, "# Default {default}, from {low} to {high}.\n{name} = {value}");
    written.expect("writing to a string cannot fail");
}
