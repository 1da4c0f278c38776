//! Flashtag sells limited-quantity offers to people who post a hashtag.
//!
//! A post says `#BuyKindleFireHD`. The engine reserves a unit, asks for `#ConfirmKindleFireHD` within the
//! window, charges the card that was linked beforehand, answers by reply and e-mail, and hands units
//! that come back to the next in line. It never oversells and never undersells, loses nothing that it
//! acknowledged, and charges nobody twice. A statement-credit offer enrolls a card by its tag, and pays
//! for purchases that come on a feed of card transactions.
//!
//! # The map
//!
//! ```text
//! HTTP, files --lines--> intake --posts--> router --batch--> partition: session and offer actors
//!                                             |                  |  decide, apply: domain
//! HTTP --question, change--> node ------------+----------------> |
//!                              |              |                  v
//!                   catalog    +--> control <-+          journal: one append in flight, durable
//!                                links, status                   |  tail
//!          provider reports, ticks --> partition   answers <-----+--effects--> outbox --> card, reply, e-mail, order
//!                                                                `--> subscribers --> history file
//! ```
//!
//! The rooms are the top-level modules, listed from the ground up: a room imports only rooms that stand earlier in this
//! table, and a test holds the table against the code.
//!
//! | room | what it holds |
//! |---|---|
//! | [`collections`] | containers that never move what they hold, with their prefetching |
//! | [`text`] | hashtags, weighted lengths, look-alikes, quantities, card numbers and brands, and what is known of each network: text in, facts out |
//! | [`domain`] | the rules: pure, without clock, I/O, threads or randomness |
//! | [`clock`] | the only reader of time |
//! | [`telemetry`] | the name and help of every metric |
//! | [`memory`] | memory pre-faulted at start |
//! | [`api`] | the wire types that HTTP, commands and the load generator share |
//! | [`words`] | templates, announcements and signed confirm links |
//! | [`config`] | the offer file and the service's configuration, each checked as a whole, and what a seller is advised |
//! | [`net`] | requests to other machines: one client, one resolver, one set of trusted roots |
//! | [`journal`] | segments, group commit, recovery, snapshots as files; payloads are opaque |
//! | [`ops`] | the database beside the journals, and the shop's sealed secrets |
//! | [`people`] | who the buyers are: address, name and shipping address, each sealed with a key that can be destroyed |
//! | [`networks`] | the shop's own accounts at the networks: signing in, and the requests of each network |
//! | [`linking`] | signing in to link a card: whose account it is, what its owner agrees to, and the card's token |
//! | [`partition`] | the partition's state machine without actix: batch, post, query, recovery, snapshot |
//! | [`intake`] | lines of JSON into posts, card transactions and commands; the catalog that reads posts; the prefilter |
//! | [`outbox`] | effects on their way to providers, by priority and pace, and the providers |
//! | [`control`] | what holds for the whole node: the control journal of links and account status, the current catalog, the key of the confirm links |
//! | [`backups`] | copies of a data directory, how long their keys are kept, and what is made of them again |
//! | [`actors`] | the router, the partitions, control and the clock as actors; the port of a partition; the node's handle |
//! | [`subscribers`] | followers of what was decided, each at its own pace; the history file |
//! | [`http`] | intake, reads, operating, confirm links, health, metrics; it decides nothing |
//! | [`verify`] | the checker, written against the promises and not against the rules' code |
//! | [`engine`] | the only wiring: start and stop, replay, live sale, service, audit |
//! | [`cli`] | the commands |
//!
//! # Reading order
//!
//! [`domain::event`] lists what can happen; [`domain::offer`], [`domain::credit`] and [`domain::session`] decide it, and
//! [`domain::campaign`] lets them judge one command in one step. [`partition::state`] lets campaigns decide one after the other and
//! fills a [`partition::decision_batch`]; [`partition::processor`] sends it to the [`journal`]. [`actors::port`] is
//! what others see of a partition, and [`actors::node`] what they see of the whole. [`partition::recovery`] rebuilds a
//! partition from snapshot and journal. [`engine::start`] has the order in which everything begins.
//!
//! # Two walks
//!
//! The files to open to follow one post, and one report. Dispatch tables and ports, which only hand on, are left out.
//!
//! A post that comes by HTTP, to its outcome line:
//!
//! ```text
//!  1 http/intake.rs               reads the body, hands the posts to the node, writes the lines
//!  2 intake/format/flashtag.rs    a line becomes a post
//!  3 actors/node/posts.rs         admits the posts and waits for their answers
//!  4 actors/router.rs             a post becomes a command, with its account's link, for the partition of its offer
//!  5 intake/reading.rs            which offer's tag stands in the text, and what it asks
//!  6 actors/partition.rs          takes the batch, one post at a time
//!  7 partition/processor.rs       decide, apply; one append for the batch
//!  8 partition/state/post.rs      finds campaign and session, and the answer
//!  9 actors/session.rs            the session handles the post; the message borrows the campaign's offers
//! 10 domain/session/decide.rs     judges the post against what its account has
//! 11 domain/offer/decide.rs       judges the claim against the stock
//! 12 journal/commit.rs            makes the records durable
//! 13 engine/tail.rs               releases the answers, feeds the outbox, wakes the subscribers
//! 14 actors/collector.rs          gathers the answers of all partitions to one intake
//! 15 api/outcome_line.rs          an answer becomes a line
//! ```
//!
//! A card provider's report, to its decision:
//!
//! ```text
//!  1 outbox/queue/settling.rs    the result of an attempt becomes a report
//!  2 outbox/runner.rs            the report waits for its partition
//!  3 engine/outbox_thread.rs     hands it to the partition's port, until it is taken
//!  4 actors/partition.rs         takes the reports
//!  5 partition/processor.rs      decide, apply, append
//!  6 partition/state/mod.rs      finds the offer of the reservation
//!  7 actors/offer.rs             the offer handles the report
//!  8 domain/offer/provider_report.rs  decides
//! ```
//!
//! # Where a new part goes
//!
//! None of these touches a file of [`domain`].
//!
//! - **A network, such as Threads**: its row in [`text::network`] (id grammar, text limits, name, what it delivers); its
//!   sign-in in `networks/` ([`networks::SignIn`]); for posts a format of its lines in `intake/format/` and a source in
//!   `intake/stream/live/` ([`intake::stream::live::LiveSource`]); for replies a provider in `outbox/provider/`
//!   ([`outbox::provider::Provider`]); its keys in `config/serve/networks.rs`; what `check --providers` asks it in
//!   `networks/probe/`. `engine/networks/` has one match arm for the source and one for the provider, and
//!   `loadgen/networks` a stand-in to test all of them.
//! - **A card processor**: a [`outbox::provider::Provider`] beside Stripe and the sandbox in `outbox/provider/`, which
//!   declares its [`outbox::resend_safety::ResendSafety`]; named in `config/serve/providers.rs`, opened in
//!   `engine/card_processor.rs` and started in `engine/outbox_thread.rs`. The card page that makes its tokens is a
//!   [`linking::CardVault`], chosen in `engine/link_desk.rs`; no page of the engine has a field for a card number.
//! - **A way to sign in**: a [`linking::IdentityProvider`] in `linking/`, chosen in `engine/link_desk.rs`.
//! - **An SQL table**: a [`subscribers::subscriber::Subscriber`] beside `subscribers/history/`, which commits its rows
//!   and its position together; named in `config/serve/subscribers.rs`, started in `engine/service.rs`, and held to the
//!   contract in `tests/subscribers/contract.rs`.
//! - **A journal in NATS**: a [`journal::LogStore`] and [`journal::snapshot::store::SnapshotStore`] beside `journal/file/`, held to the
//!   contract in `tests/journal/contract.rs`. `engine/stores.rs` says which store there is and where each journal lies.
//! - **A partition on another machine**: another [`actors::port::PartitionPort`]. Questions and answers
//!   ([`partition::query`]) are plain values already.
//!
//! # Invariants
//!
//! - **Conservation.** `available + reserved + sold = allotment` for every offer after every decision, and
//!   nobody waits while a unit is available. Asserted in release builds too; a violation ends the process.
//! - **Nothing visible before it is durable.** Answers, effects and what is read through HTTP leave from the
//!   journal's tail. Sessions, offers and partitions do not know the outbox: an effect before durability cannot be
//!   written.
//! - **One post at a time.** A partition decides each post before it looks at the next: the first to arrive is the first
//!   to be judged, and the same input gives the same decisions.
//! - **Sessions and offers belong to their partition.** Their state is plain values of [`domain`], so a replay, a
//!   simulator or a test drives a partition without actix.
//! - **Time enters as a command.** Expiry is a decision and has a record; no replay looks at a clock.
//!   Journal time never goes back, even if the machine's does.
//! - **Two times.** Windows, horizons and backoff go by journal time, which runs steadily ([`clock`]). The machine's clock
//!   decides once, when a post arrives, whether its own time is credible ([`domain::arrival`]); its age travels with it.
//! - **Refusals are not journaled.** Who gets nothing costs no write. Refusals are remembered in memory, so a post that is
//!   delivered twice gets the same answer. They leave in the order of decisions: through the journal's tail, or directly
//!   from the partition when no earlier decision is still on its way.
//! - **A relay's word buys nothing.** Where posts come from a stream that carries no signatures, an order waits until its posts
//!   are read where only their author can put them ([`outbox::attestor`]). It waits apart from the lanes, so that an author's
//!   server is never taken for the card provider.
//! - **Nobody real is a sandbox account.** No network has the author id `sandbox:NAME`, and [`domain::id::Authors`] decides wherever an
//!   account comes in: what a network tells by a stream or by a sign-in names no sandbox account, and nothing does in mode `live`. Beside a
//!   network, the sandbox signs in no other account ([`linking::SandboxSignsIn`]).
//! - **A key never changes.** The key of an effect is `partition/sequence/index`. Providers see it with the prefix of the
//!   data directory ([`outbox::instance`]); effects that were recorded before the directory had one keep the key without
//!   it. What may have taken effect is looked up with the same key before it is sent again.
//! - **An order whose bank asks for the buyer is not decided.** Where it waits ([`config::serve::Sca`]), its authorization is under way
//!   until Stripe says that the money is held, or that the payment is canceled. Only then does its unit go on.
//! - **An outage ends nothing.** A provider that gives no answers pauses its lane ([`outbox::queue::breaker`]). The pause, the
//!   key of each probe and the end of the pause are journaled before they take effect, so a start knows what has not left.
//!   Only what fails while its neighbours succeed uses attempts up, and what is given up waits for an operator
//!   ([`domain::dead_letter`]).
//! - **No record tells who a person is.** Records, effects and snapshots name an account. Its address is looked up when a
//!   letter is sent ([`outbox::address_book`]), from the accounts file or from [`people`], where each person is sealed with a
//!   key of their own. An erasure destroys the key. Its record is durable first, and a start completes the erasure.
//! - **Who is erased stays erased.** An erasure is in the ledger beside the backups before it is recorded, and a directory that
//!   is made of an older backup erases everybody in it ([`backups`]).
//! - **What is restored is silent.** A data directory that is made of a backup has an identity or an epoch of its own, and is in quarantine: nothing leaves
//!   it until an operator opens it ([`control::quarantine_file`], [`engine::opening`]): no lane, no letter, no stream.
//! - **A person is changed in one step.** Whoever changes a person gets what is kept at that moment ([`people::PersonEdit`]); nobody
//!   writes back what was read before.
//! - **A paid unit comes back after its refund.** An order that is taken back keeps its units
//!   until the refund is reported; only then are they handed on.
//! - **A draw can be recomputed.** [`domain::draw`] depends on the seed, whose hash is published before the sale,
//!   and on the entries, in whatever order they came; the seed is shown to nobody before the draw.
//! - **A snapshot is a replay, written down.** Sealed segments are replayed onto a copy of the state, so it is never ahead of
//!   what is durable. A start gives the same state from any snapshot, or from none.
//! - **What holds for an account holds everywhere.** Links, STOP, START and FREEZE are in the control journal, and each
//!   partition records the words that concern its accounts. Status is a last-writer-wins register by (post's time, post
//!   id), so the journals need no common order: the router hands a word to control first and then to every partition,
//!   and at a start each takes in what it lacks ([`engine::status_exchange`]). Each journal is replayed on its own. An
//!   unlinked account has a tombstone in control, which beats the accounts file; what it had not ordered is released.
//! - **A sign-in is its browser's.** What a browser holds is stored as hashes, and what a flow keeps is sealed with the
//!   browser's cookie, so the database alone finishes no sign-in ([`linking`]). A network's token is used once, to learn whose
//!   account it is, and revoked.
//! - **The newest offer answers to its tags.** Offers are ordered by when they were added, over all partitions; a start
//!   refuses to give a tag to an offer while another is on sale under it ([`engine::catalog_setup`]).
//! - **A pause stops claims and nothing else.** While deadlines are frozen, a sale's clock stands still, and a resume moves
//!   the deadlines by the pause ([`domain::sale_control`]).
//! - **The sale waits for no subscriber.** A subscriber reads durable records from the journal, never refusals, and
//!   its position is in its own output. Segments wait for the slowest one, up to a bound. Records that were removed
//!   before it read them are named in its output.
//! - **A failed write ends the process.** It is not retried, and nothing of its batch was released.
//! - **One catalog for a batch.** A router reads all posts of an intake by one catalog. A catalog is replaced whole,
//!   through [`control::catalog_handle`], and an offer keeps its partition and number in every catalog.
//! - **A partition is spoken to through its port.** [`actors::port::PartitionPort`] takes posts, transactions, reports,
//!   changes and questions; a question is a value, never a closure over the state.
//! - **Every queue has a bound.** Those that depend on a shop's size are in [`config::limits::Limits`], the others are
//!   constants beside their queue. What finds no room is answered `overloaded` and counted.
//!
//! The containers document how they hide cache misses: [`collections::prefetch`],
//! [`collections::stable_map`], [`control::link_registry`].

pub mod actors;
pub mod api;
pub mod backups;
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
pub mod linking;
pub mod memory;
pub mod net;
pub mod networks;
pub mod ops;
pub mod outbox;
pub mod partition;
pub mod people;
pub mod subscribers;
pub mod telemetry;
pub mod text;
pub mod verify;
pub mod words;
