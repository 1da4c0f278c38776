//! The delivery of posts: batches and connections, late deliveries, outages; and automated accounts.

use serde::Deserialize;

/// How posts are batched and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SendingFile")]
pub struct Sending {
    /// Upper bound on the posts of a request.
    pub batch: usize,
    /// Microseconds that the first post of a request waits for others.
    pub linger_us: u64,
    /// Number of connections, each with a thread and one request in flight.
    pub connections: usize,
    /// Upper bound on the requests that wait for a connection; further requests are dropped and counted.
    pub queue: usize,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SendingFile {
    batch: usize,
    linger_us: u64,
    connections: usize,
    queue: usize,
}

impl Default for SendingFile {
    fn default() -> Self {
        let Sending { batch, linger_us, connections, queue } = Sending::default();
        Self { batch, linger_us, connections, queue }
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self { batch: 128, linger_us: 1_000, connections: 4, queue: 256 }
    }
}

impl TryFrom<SendingFile> for Sending {
    type Error = String;

    fn try_from(file: SendingFile) -> Result<Self, String> {
        let SendingFile { batch, linger_us, connections, queue } = file;
        bounded("batch", batch as u64, 1, 10_000)?;
        bounded("linger_us", linger_us, 0, 1_000_000)?;
        bounded("connections", connections as u64, 1, 256)?;
        bounded("queue", queue as u64, 1, 1_000_000)?;
        Ok(Self { batch, linger_us, connections, queue })
    }
}

fn bounded(name: &str, value: u64, least: u64, most: u64) -> Result<(), String> {
    let within = (least..=most).contains(&value);
    if within { Ok(()) } else { Err(format!("`{name}` is {value}; it must be from {least} to {most}")) }
}

/// Late deliveries. Posts keep the time at which they were posted, so they arrive out of order.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "LateFile")]
pub struct Lateness {
    /// Share of the posts, in `0..=1`.
    pub share: f64,
    /// Upper bound on the delay, which is uniformly distributed.
    pub most_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LateFile {
    share: f64,
    most_ms: u64,
}

impl TryFrom<LateFile> for Lateness {
    type Error = String;

    fn try_from(LateFile { share, most_ms }: LateFile) -> Result<Self, String> {
        bounded("most_ms", most_ms, 1, 3_600_000)?;
        let sound = (0.0..=1.0).contains(&share);
        if sound { Ok(Self { share, most_ms }) } else { Err("`share` must be from 0 to 1".to_owned()) }
    }
}

/// An outage of the network. It delivers the backlog afterwards, in random order.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "OutageFile")]
pub struct Outage {
    /// Beginning, in seconds from the start.
    pub from_s: f64,
    /// Duration in seconds.
    pub for_s: f64,
    /// Posts per second at which the backlog is delivered, besides new posts.
    pub backlog_per_s: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutageFile {
    from_s: f64,
    for_s: f64,
    backlog_per_s: f64,
}

impl TryFrom<OutageFile> for Outage {
    type Error = String;

    fn try_from(OutageFile { from_s, for_s, backlog_per_s }: OutageFile) -> Result<Self, String> {
        let sound = (0.0..=86_400.0).contains(&from_s)
            && (0.001..=3_600.0).contains(&for_s)
            && (1.0..=1e7).contains(&backlog_per_s);
        let fault = "an outage begins within a day, lasts from 1 ms to an hour, and is made up for by 1 to 10^7 posts a second";
        if sound { Ok(Self { from_s, for_s, backlog_per_s }) } else { Err(fault.to_owned()) }
    }
}

/// Automated accounts that claim all offers in turn without a pause, and confirm at once.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "BotsFile")]
pub struct Bots {
    /// Number of accounts.
    pub accounts: u64,
    /// Number of accounts that share a card.
    pub accounts_per_card: u64,
    /// Claims per second of all accounts together, throughout the run.
    pub posts_per_s: f64,
    /// Milliseconds from the answer to the confirmation.
    pub confirm_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BotsFile {
    accounts: u64,
    accounts_per_card: u64,
    posts_per_s: f64,
    confirm_ms: u64,
}

impl TryFrom<BotsFile> for Bots {
    type Error = String;

    fn try_from(file: BotsFile) -> Result<Self, String> {
        let BotsFile { accounts, accounts_per_card, posts_per_s, confirm_ms } = file;
        bounded("accounts", accounts, 1, 10_000_000)?;
        bounded("accounts_per_card", accounts_per_card, 1, accounts)?;
        bounded("confirm_ms", confirm_ms, 0, 3_600_000)?;
        if !(0.001..=1e6).contains(&posts_per_s) {
            return Err("`posts_per_s` must be above 0 and at most 10^6".to_owned());
        }
        Ok(Self { accounts, accounts_per_card, posts_per_s, confirm_ms })
    }
}
