//! Flashtag sells limited-quantity offers to people who post a hashtag.
//!
//! A post says `#BuyKindleFireHD`. The engine reserves a unit, asks for `#ConfirmKindleFireHD` within the
//! window, has the card charged that was linked beforehand, answers by reply and e-mail, and hands units
//! that come back to the next in line. It never oversells and never undersells, loses nothing that it
//! acknowledged, and charges nobody twice. A statement-credit offer enrolls a card by its tag, and pays
//! for purchases that come on a feed of card transactions.
//!
//! # The map
//!
//! ```text
//! source --post--> actors::router --batch--> actors::partition: session and offer shells
//!                                                 |  decide, apply: domain
//! http ---question-----------------------------> |
//!                                                 v
//!                                 journal: one batch in flight, fdatasync, then its tail
//!                                                 |
//!            <--------- answers ------------------+--effects--> outbox --> card, reply, e-mail, order
//!                                                 ^                                   |
//!                                                 +------ reports, journaled ---------+
//! ```
//!
//! | room | what it is | may import |
//! |---|---|---|
//! | [`domain`] | the rules: pure, no clock, no I/O, no threads, no chance | nothing of ours |
//! | [`clock`] | the only reader of time | `domain` |
//! | [`config`] | the offer file and the service's configuration, each checked as a whole | `domain` |
//! | [`journal`] | segments, group commit, recovery, snapshots as files; payloads are opaque | `domain` |
//! | [`source`] | lines of JSON into posts, card transactions and commands, and the sieve before it | `domain clock config` |
//! | [`outbox`] | effects on their way to providers, by priority and pace; the words of replies and letters; the card sandbox | `domain journal clock config` |
//! | [`actor`] | the actix shells, and the partition whose state they share | `domain journal clock config` |
//! | [`http`] | intake, reading, operating, confirming by a link, health, metrics | `domain actor source config engine` |
//! | [`verify`] | the checker, written against the promises and not against the rules' code | `domain` |
//! | [`engine`] | the only place where the parts are wired; replay, live sale, service, audit | everything |
//! | [`cli`] | the commands | `engine config domain clock` |
//! | [`memory`] | memory had before it is needed | nothing of ours |
//! | [`telemetry`] | every metric's name | `domain`, and is open to all others |
//!
//! A test holds this table against the code.
//!
//! # Reading order
//!
//! [`domain::event`] says what can happen, [`domain::offer`], [`domain::credit`] and [`domain::session`] decide it,
//! [`domain::campaign`] lets the two judge one command in one step. `actors::partition::Partition` takes
//! turns with it and writes pages; `actors::partition::Desk` sends them to the [`journal`]; what comes
//! out of its tail is answered, counted and handed to the [`outbox`]. `actors::recovery` brings a partition back,
//! from what `actors::snapshot` wrote down. [`engine::Engine::start`] tells the order in which all that begins.
//!
//! # Invariants
//!
//! - **Conservation.** `available + reserved + sold = allotment` for every offer after every decision, and
//!   nobody waits while a unit is available. Asserted in release builds too; a violation ends the process.
//! - **Nothing visible before it is durable.** Answers, effects and what is read through HTTP leave from the
//!   journal's tail. Shells do not know the outbox: effect before durability cannot be written.
//! - **One turn at a time.** A partition hands each post to its session, which has had its turn before the next
//!   is looked at: who arrived first is judged first, and the same input gives the same decisions.
//! - **A session's and an offer's state belong to their partition.** The shells hold none of it, so a shell
//!   can be stopped at any moment, and a partition can be driven without actix: by a replay, or by a test.
//! - **Time enters as a command.** Expiry is a decision and has a record; no replay looks at a clock.
//!   Journal time never goes back, even if the machine's does.
//! - **Refusals are not journaled.** The crowd that loses writes nothing. They are remembered in memory, so
//!   that a post that is delivered twice is answered the same, and are released in the order of decisions: by the
//!   journal's tail, or, where all that was decided before is released and there are few, at once by the partition,
//!   which is told sooner than the journal's thread wakes.
//! - **A key is for ever.** An effect is `partition/sequence/index`, and that is its idempotency key at
//!   every provider. What may have taken effect is looked up with the same key before it is sent again.
//! - **A unit that is paid for comes back after its money.** An order that is taken back keeps its units
//!   until the refund is reported; only then are they handed on.
//! - **A draw can be recomputed.** [`domain::draw`] depends on the seed, whose hash is told before the sale,
//!   and on the entries, in whatever order they came; the seed is told to nobody before lots are drawn.
//! - **A snapshot is a replay, written down.** It is taken from sealed records onto a copy of the state and
//!   is never ahead of what is durable. A start gives the same state from any snapshot, or from none.
//! - **A failed write ends the process.** It is not retried, and nothing of its batch was released.
//! - **What an account has stands with what it said.** Its session keeps its [`domain::holding`] of each offer, and an
//!   offer judges by the one that it is handed, and changes it. Who says something is looked for once, and once more
//!   where a fact comes of it.
//! - **Sessions, orders and effects do not grow by being moved.** What an account has and said, and what waits to leave,
//!   stands on shelves and is found by small tables, what has a number stands on its page, and the queues behind them
//!   are in blocks ([`domain::roster`], [`domain::lookup`], [`domain::series`], [`domain::fifo`]): nobody waits while a
//!   map of millions doubles.
//! - **Everything kept names several ids**, so an id is a number where its network numbers ([`domain::label`]). What is
//!   kept of an account that never comes is one text, its [`domain::link`]; of one that is refused once, one line of a
//!   processor's cache, its [`domain::session`].
//! - **What is decided is written down once.** The page of a batch goes to the journal and then to the outbox as it is;
//!   the one fact and the one effect that most decisions are of stand in it, and nothing is allocated for them.
//! - **Memory is had before it is needed.** A start has it from the system for all who may buy, and the process keeps
//!   what it has ([`memory`]): a page that nobody has used yet is not found while a buyer waits.
//! - **Memory is waited for by many at once.** The router finds the links of some dozens of posts together
//!   ([`actors::links`]), a partition reads what answering as many will read
//!   ([`partition::state::PartitionState::prefetch`]), and the outbox what a page of effects will: one step of the way for
//!   all of them before the next step, and none decided by what was read. Nothing but time depends on it. Where there
//!   are thousands of offers, their tags, counts and terms are read ahead as well ([`intake::catalog`],
//!   `domain::campaign`).
//! - **Every queue has a bound**, and the bounds are in [`config::limits::Limits`]. What finds no room is
//!   answered `overloaded` and counted.

pub mod actors;
pub mod api;
pub mod cli;
pub mod clock;
pub mod collections;
pub mod config;
pub mod control;
pub mod domain;
pub mod engine;
pub mod http;
pub mod intake;
pub mod journal;
pub mod memory;
pub mod outbox;
pub mod partition;
pub mod telemetry;
pub mod text;
pub mod verify;
pub mod words;
