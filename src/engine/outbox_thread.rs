//! Runs the outbox and its providers on a thread of their own, fed by the journals' tails.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use actix::Arbiter;
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::addresses::Addresses;
use super::card_processor::CardProcessor;
use super::challenges::{LetterParts, challenge_letters};
use super::error::Error;
use super::mail::{domain_of, relay_of};
use super::networks::OpenNetworks;
use crate::actors::port::PartitionPorts;
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::config::serve::{Cards, Email, Mode, Orders, Providers as Named, Replies as RepliesTo};
use crate::control::catalog_handle::CatalogHandle;
use crate::control::confirm_links::ConfirmLinks;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::OpsDatabase;
use crate::outbox::attestor::{Attestor, NoAttestor};
use crate::outbox::incoming::Incoming;
use crate::outbox::instance::Instance;
use crate::outbox::provider::by_recipient::ByRecipient;
use crate::outbox::provider::direct::DirectFirst;
use crate::outbox::provider::file::maildir::Maildir;
use crate::outbox::provider::file::orders::OrderFile;
use crate::outbox::provider::file::replies::Replies;
use crate::outbox::provider::letter::Sender;
use crate::outbox::provider::quarantined::Quarantined;
use crate::outbox::provider::sandbox::Sandbox;
use crate::outbox::provider::sandbox::provider::LiveSandbox;
use crate::outbox::provider::smtp::Smtp;
use crate::outbox::provider::suppressing::Suppressing;
use crate::outbox::provider::unavailable::Unavailable;
use crate::outbox::provider::{Provider, Providers};
use crate::outbox::queue::Outbox;
use crate::outbox::queue::lane::{Bounds, Lane};
use crate::outbox::queue::retry::RetryPolicy;
use crate::outbox::runner::{ReportSink, Runner, RunnerLimits};
use crate::outbox::status::OutboxStatus;
use crate::partition::pending_effects::PendingEffects;
use crate::words::Words;
use crate::words::renderer::Renderer;

/// The nice value of the outbox thread. Where both want the processor, it yields to the threads that decide:
/// answers wait for decisions, and the queue in front of the outbox is bounded.
const NICENESS: i32 = 10;

/// Why a live shop with Stripe carries out no statement credit.
const NO_CREDITS: &str = "Stripe has no statement credits, and the shop has no other provider of them";

/// How long to wait before reports are offered again to a partition that has no room for them.
const ASK_AGAIN: Millis = Millis::from_secs(1);

/// What the outbox needs to run.
pub(super) struct OutboxThread {
    pub(super) pending: PendingEffects,
    pub(super) instance: Option<Instance>,
    pub(super) catalog: CatalogHandle,
    pub(super) partitions: PartitionPorts,
    pub(super) clock: Clock,
    pub(super) words: Arc<Words>,
    pub(super) limits: Limits,
    pub(super) ceilings: Ceilings,
    pub(super) status: Arc<OutboxStatus>,
    pub(super) networks: Option<OpenNetworks>,
    pub(super) processor: Option<CardProcessor>,
    /// Signs the links of letters; `None` for a sale without links.
    pub(super) confirm_links: Option<ConfirmLinks>,
    pub(super) mode: Mode,
    /// Which addresses get no letters; `None` for a sale whose letters reach nobody.
    pub(super) database: Option<OpsDatabase>,
    pub(super) addresses: Addresses,
    /// Whether nothing may leave.
    pub(super) is_quarantined: bool,
}

/// A running outbox.
pub(super) struct Running {
    arbiter: Arbiter,
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl Running {
    /// Stops after the attempts in progress have ended, or after the drain limit.
    pub(super) async fn stop(self) {
        self.stop.send(()).ok();
        self.stopped.await.ok();
        self.arbiter.stop();
        self.arbiter.join().ok();
    }
}

/// Opens the files of the providers, so that a fault shows at the start and not at the first sale.
fn open(named: &Named, data: &Path, setup: &OutboxThread) -> Result<Providers, Error> {
    let OutboxThread { words, networks, clock, mode, database, .. } = setup;
    if setup.is_quarantined {
        return Ok(Providers::new(|_| Rc::new(Quarantined)));
    }
    let networks = networks.as_ref();
    let fault = |action, path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    };
    let parts = LetterParts {
        named,
        mode: *mode,
        words,
        clock,
        addresses: &setup.addresses,
        database: database.as_ref(),
        links: setup.confirm_links.as_ref(),
    };
    let [cards, credits] = money(data, setup.processor.as_ref(), &parts)?;
    let replies = match &named.replies {
        RepliesTo::Console => Replies::console(),
        RepliesTo::File(path) => Replies::file(path).map_err(fault("open", path))?,
    };
    let domain = domain_of(&named.email_from);
    let sender = Sender::new(&named.email_from, domain, Arc::clone(words))
        .map_err(|error| Error::Provider(error.to_string()))?;
    let emails: Rc<dyn Provider> = match &named.email {
        Email::Maildir(path) => Rc::new(Maildir::open(path, sender).map_err(fault("open", path))?),
        Email::Smtp(configured) => {
            let relay = relay_of(configured, *mode, domain, clock.clone())
                .map_err(|error| Error::Provider(error.to_string()))?;
            Rc::new(Smtp::new(relay, sender.with_unsubscribe(configured.mail.unsubscribe.as_deref())))
        }
    };
    let emails: Rc<dyn Provider> = match database {
        Some(database) => Rc::new(Suppressing::new(emails, database.clone())),
        None => emails,
    };
    let directs = networks.map(OpenNetworks::directs).unwrap_or_default();
    let emails: Rc<dyn Provider> =
        if directs.is_empty() { emails } else { Rc::new(DirectFirst::new(directs, emails)) };
    let Orders::File(orders) = &named.orders;
    let orders = OrderFile::open(orders).map_err(fault("open", orders))?;
    let orders = orders.with_parcels(Rc::new(setup.addresses.clone()));
    let replies: Rc<dyn Provider> = Rc::new(replies);
    let orders: Rc<dyn Provider> = Rc::new(orders);
    Ok(Providers::new(|lane| match lane {
        Lane::Cards => Rc::clone(&cards),
        Lane::Credits => Rc::clone(&credits),
        // The file is for networks where the shop has no account that replies, and for authors who are at no network.
        Lane::Replies(network) => match networks.and_then(|networks| networks.replier(network)) {
            Some(replier) => Rc::new(ByRecipient::new(replier, Rc::clone(&replies))),
            None => Rc::clone(&replies),
        },
        Lane::Emails => Rc::clone(&emails),
        Lane::Orders => Rc::clone(&orders),
    }))
}

/// The providers of payments and of statement credits. Stripe has no statement credits: a test shop pretends them, and a live
/// shop has none.
fn money(
    data: &Path,
    processor: Option<&CardProcessor>,
    parts: &LetterParts<'_>,
) -> Result<[Rc<dyn Provider>; 2], Error> {
    let (payments, ledger) = match (&parts.named.cards, processor) {
        (Cards::Sandbox(script), _) => (None, script.clone().unwrap_or_else(|| data.join("cards.ndjson"))),
        // Not the sandbox's own ledger: the audit would miss the payments in it.
        (Cards::Stripe(_), Some(stripe)) => {
            let letters = challenge_letters(stripe, parts)?;
            if let Some(database) = parts.database {
                stripe.holds.load(database)?;
            }
            (Some(Rc::new(stripe.provider(letters)) as Rc<dyn Provider>), data.join("credits.ndjson"))
        }
        (Cards::Stripe(_), None) => return Err(Error::Provider("Stripe was not opened".to_owned())),
    };
    if let (Some(cards), Mode::Live) = (&payments, parts.mode) {
        return Ok([Rc::clone(cards), Rc::new(Unavailable(NO_CREDITS))]);
    }
    let sandbox = Sandbox::open(Some(&ledger), false).map_err(|error| Error::Provider(error.to_string()))?;
    let sandbox = LiveSandbox::new(sandbox).map_err(|source| Error::Io {
        action: "sync",
        path: ledger.clone(),
        source,
    })?;
    Ok([payments.unwrap_or_else(|| Rc::new(sandbox.cards())), Rc::new(sandbox.credits())])
}

/// Starts the outbox. Returns once the providers are open.
pub(super) async fn start(
    setup: OutboxThread,
    named: Named,
    data: &Path,
    incoming: mpsc::Receiver<Incoming>,
) -> Result<Running, Error> {
    let arbiter = Arbiter::new();
    let ((stop, stopping), (ended, stopped)) = (oneshot::channel(), oneshot::channel());
    let (opened, ready) = oneshot::channel();
    let data = data.to_owned();
    // Providers are made on the thread that uses them, so they need not be `Send`.
    arbiter.spawn_fn(move || {
        // Affects this thread only. If the system refuses, the outbox runs at normal priority.
        rustix::process::nice(NICENESS).ok();
        let runner = match open(&named, &data, &setup) {
            Ok(providers) => runner(setup, providers),
            Err(error) => return drop(opened.send(Err(error))),
        };
        // Publishes every lane before the start returns, so that a reader of the status finds them.
        runner.show();
        opened.send(Ok(())).ok();
        actix_rt::spawn(async move {
            runner.run(incoming, stopping.map(drop)).await;
            ended.send(()).ok();
        });
    });
    ready.await.unwrap_or_else(|_| Err(Error::Provider("the outbox did not start".to_owned())))?;
    Ok(Running { arbiter, stop, stopped })
}

fn runner(setup: OutboxThread, providers: Providers) -> Runner<impl Fn() -> Timestamp> {
    let OutboxThread {
        pending,
        instance,
        catalog,
        partitions,
        clock,
        words,
        limits,
        ceilings,
        status,
        networks,
        addresses,
        is_quarantined,
        ..
    } = setup;
    let retries = RetryPolicy {
        first: limits.retry_first,
        most: limits.retry_most,
        attempts_most: u32::try_from(limits.attempts_most).unwrap_or(u32::MAX),
    };
    let bounds = Bounds {
        cards: limits.cards_in_flight,
        credits: limits.cards_in_flight,
        replies: limits.replies_in_flight,
        emails: limits.emails_in_flight,
        reply_stale: limits.reply_stale,
        recipients: limits.recipients_remembered,
        ..Bounds::default()
    };
    let attestor = networks.as_ref().and_then(OpenNetworks::attestor);
    let attestor = attestor.unwrap_or_else(|| Rc::new(NoAttestor) as Rc<dyn Attestor>);
    let now = clock.now();
    let renderer = renderer(&catalog, words);
    let outbox = Outbox::new(retries, bounds, now.ms().unsigned_abs(), renderer).paced(&ceilings);
    let count = u32::try_from(partitions.len()).expect("partitions are numbered in 32 bits");
    let outbox = outbox.of_instance(instance).of_partitions(count).lagging(clock.lag());
    let mut outbox = outbox.showing(status.dead_letters().clone());
    if is_quarantined {
        outbox = outbox.quarantined();
    }
    outbox.recover(now, pending);
    // The first scrape finds every lane, however early it comes.
    status.show(&outbox, 0, now);
    Runner {
        outbox,
        providers,
        attestor,
        addresses: Rc::new(addresses),
        clock: move || clock.now(),
        offerings: Arc::new(move |partition, offer| {
            Some(catalog.current().listing(partition, offer)?.offering.clone())
        }),
        sink: sink(partitions),
        status,
        limits: RunnerLimits::default(),
    }
}

/// Returns the renderer of texts by the terms of the offers.
pub(super) fn renderer(catalog: &CatalogHandle, words: Arc<Words>) -> Renderer {
    let catalog = RefCell::new(catalog.reader());
    Renderer::new(move |partition, effect, now| {
        let mut catalog = catalog.borrow_mut();
        words.post_text(effect, &catalog.current().listing(partition, effect.offer())?.offering, now)
    })
}

/// Returns the sink that hands reports to their partition, and retries while the partition has no room for
/// them.
fn sink(partitions: PartitionPorts) -> ReportSink {
    Box::new(move |partition, reports, under_way| {
        let (partition, under_way) = (partitions.get(partition as usize).cloned(), Arc::new(under_way));
        async move {
            let Some(partition) = partition else { return };
            while partition.report(reports.clone(), Arc::clone(&under_way)).await.is_err() {
                tokio::time::sleep(ASK_AGAIN.std()).await;
            }
        }
        .boxed_local()
    })
}
