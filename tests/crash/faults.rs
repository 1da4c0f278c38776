//! Makes a disk call fail at the n-th time, for every n: what was acknowledged survives, and what is not
//! durable is not acknowledged.
//!
//! The calls of the commit thread fail one after the other, n = 1, 2, 3 and so on until a run has no n-th
//! call; then those of the thread that creates the next segment, and those of a start that recovers. The
//! accounts post the same each time. A short write that `strace` reports has written nothing, so the next
//! write leaves a hole: the engine must go on after the reported length, and the next start must find the
//! hole.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::client::{Client, Kind, assert_conserved, lost};
use super::history::assert_history_holds;
use super::server::{Ended, Http, Server, Starting, serve_behind};
use super::shop::{Sale, Shop};
use super::strace::{self, Attached, Call};
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

const RIG: &str = "injected faults";
const ACCOUNTS: u32 = 6500;
/// The length that a short write reports without having written it: whole blocks, as those of the journal.
const TAKEN: u64 = 4096;

/// The expected effect of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The process ends, names the file, and makes no further call on it.
    Ends,
    /// The call is repeated.
    Unseen,
    /// The process continues without the call.
    Without,
    /// The process is killed at that call.
    Dies,
    /// The rest is written after it, and the next start finds the hole.
    Hole,
}

/// The time of the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Serving,
    /// While it serves, in the thread that creates the next segment.
    Ahead,
}

const FAULTS: [(&str, Expected); 18] = [
    ("pwrite64:error=EIO", Expected::Ends),
    ("pwrite64:error=ENOSPC", Expected::Ends),
    ("pwrite64:retval=0", Expected::Ends),
    ("pwrite64:error=EINTR", Expected::Unseen),
    ("pwrite64:retval=4096", Expected::Hole),
    ("pwrite64:signal=SIGKILL", Expected::Dies),
    ("fdatasync:error=EIO", Expected::Ends),
    ("fdatasync:error=EINTR", Expected::Ends),
    ("fdatasync:signal=SIGKILL", Expected::Dies),
    ("fsync:error=EIO", Expected::Ends),
    ("fsync:signal=SIGKILL", Expected::Dies),
    ("fallocate:error=ENOSPC", Expected::Ends),
    ("fallocate:error=EINTR", Expected::Unseen),
    ("fcntl:error=EINVAL", Expected::Without),
    ("/^rename:error=EIO", Expected::Ends),
    ("/^rename:signal=SIGKILL", Expected::Dies),
    ("openat:error=EIO", Expected::Ends),
    ("openat:error=EMFILE", Expected::Ends),
];

/// A shop that was killed, and a copy of its data.
struct Template {
    shop: Shop,
    copy: PathBuf,
    client: Client,
    /// The journal files that a start reads or writes.
    files: Vec<PathBuf>,
    /// The first author without a post.
    next: u32,
}

fn partition(shop: &Shop) -> PathBuf {
    shop.data().join("journal/partition-0")
}

/// The number of segments that hold records.
fn segments(shop: &Shop) -> usize {
    let entries = std::fs::read_dir(partition(shop)).expect("a journal");
    let names = entries.map(|entry| entry.expect("a file").file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".seg")).count()
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(status.expect("cp is installed").success(), "the data is copied");
}

impl Template {
    /// The first segment is nearly full, so that the next one is begun while it serves.
    ///
    /// How much of it a post fills depends on how many records the disk takes together, so the posts go on
    /// until it is nearly full, whatever that takes. A step leaves at most two records a post, a group each,
    /// and a group that small fills one block: no step leads past the end.
    fn new(copy_to: PathBuf) -> Self {
        let cards = (1..=ACCOUNTS).map(|author| format!("tok_{author}"));
        let shop = Shop::open(&[Sale::new("plenty", 100_000, 900)], 1, cards);
        let mut client = Client::new(0, TestRng::new(8), &shop.sales, 1..ACCOUNTS);
        let server = Server::start(&shop.config());
        let segment = partition(&shop).join("00000000000000000001.seg");
        let mut next = 1;
        loop {
            let first = std::fs::read(&segment).expect("a segment");
            let filled = first.iter().rposition(|byte| *byte != 0).expect("it has a header");
            let sixteenths = filled / (first.len() / 16);
            if sixteenths == 15 {
                break;
            }
            let posts = match sixteenths {
                0..8 => 60,
                8..12 => 20,
                _ => 7,
            };
            let claims: Vec<usize> =
                (next..next + posts).map(|author| client.write(Kind::Claim, author, 0)).collect();
            client.post(&server.http(), &claims).expect("answered");
            server.http().wait_until_all_is_done();
            next += posts;
        }
        server.kill();
        assert_eq!(segments(&shop), 1, "the next segment is not begun");
        copy(&shop.data(), &copy_to);
        let entries = std::fs::read_dir(partition(&shop)).expect("a journal");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        files.extend([partition(&shop).join("blank.tmp"), partition(&shop)]);
        Self { shop, copy: copy_to, client, files, next }
    }

    fn restore(&self) {
        std::fs::remove_dir_all(self.shop.data()).expect("it is there");
        copy(&self.copy, &self.shop.data());
    }
}

/// Posts the same in each run, until the server is down. Returns whether it is down.
fn work(client: &mut Client, http: &Http, first: u32) -> bool {
    // First many posts at once, which begin the next segment, and then one by one.
    let many = (first + 3..first + 503).map(|author| client.write(Kind::Claim, author, 0)).collect();
    let mut batches: Vec<Vec<usize>> = vec![many];
    for author in first..first + 3 {
        batches.push(vec![client.write(Kind::Claim, author, 0)]);
        batches.push(vec![client.write(Kind::Confirm, author, 0)]);
    }
    batches.push(vec![client.write(Kind::Cancel, first + 3, 0), client.write(Kind::Confirm, first + 4, 0)]);
    batches.iter().any(|batch| client.post(http, batch).is_err())
}

/// A run with one fault.
struct Run {
    fault: String,
    phase: Phase,
    client: Client,
    ended: Ended,
    calls: Vec<Call>,
    /// Whether a post got no answer.
    unanswered: bool,
}

fn run(template: &Template, phase: Phase, fault: &str, trace: &Path) -> Run {
    template.restore();
    let config = template.shop.config();
    let mut client = template.client.clone();
    let mut unanswered = false;
    let ended = match phase {
        Phase::Starting => {
            let runner = strace::inject_start(trace, &template.files, fault);
            match Starting::spawn(serve_behind(&runner, &config)).wait_until_it_serves() {
                Ok(server) => server.end(),
                Err(ended) => ended,
            }
        }
        Phase::Serving | Phase::Ahead => {
            let server = Server::start(&config);
            let attach = |thread| Attached::to_thread(server.pid(), thread, trace, fault);
            let ahead = (phase == Phase::Ahead).then(|| attach("journal-0-next"));
            // Late writes of a start, as of its watermark, are over once a later post is answered. The next
            // segment may be in progress by then, and its calls may have failed.
            let first = client.write(Kind::Claim, template.next, 0);
            let answered = client.post(&server.http(), &[first]).is_ok();
            assert!(answered || phase == Phase::Ahead, "nothing that is answered fails yet");
            let strace = ahead.unwrap_or_else(|| {
                // The delivery of its prompt is written as well, at any time: only writes of later posts
                // fail.
                server.http().wait_until_all_is_done();
                attach("journal-0")
            });
            unanswered = !answered || work(&mut client, &server.http(), template.next + 1);
            if !unanswered {
                server.ask_to_stop();
            }
            let ended = server.wait();
            strace.wait();
            ended
        }
    };
    Run { fault: fault.to_owned(), phase, client, ended, calls: strace::calls(trace), unanswered }
}

impl Run {
    /// The call that failed, and the calls after it; `None` if no call failed.
    fn fired(&self) -> Option<(&Call, &[Call])> {
        // A call of a thread that is killed by another may be unfinished, too.
        let kills = self.fault.contains(":signal=");
        let at = self.calls.iter().position(|call| call.injected || kills && call.unfinished)?;
        Some((&self.calls[at], &self.calls[at + 1..]))
    }

    fn check(&self, expected: Expected, shop: &Shop) {
        let Self { fault, phase, ended, .. } = self;
        let Some((call, behind)) = self.fired() else {
            let code = (*phase != Phase::Starting).then_some(0);
            assert_eq!(ended.status.code(), code, "{fault}: no call failed, and it ended: {ended:?}");
            return;
        };
        let again = behind.first();
        match expected {
            Expected::Ends => {
                let codes: &[i32] = if *phase == Phase::Starting { &[74] } else { &[70] };
                let expected_code = ended.status.code().is_some_and(|code| codes.contains(&code));
                assert!(expected_code, "{fault} {phase:?}: {ended:?}, {call:?}, then {behind:?}");
                let named = ended.stderr.contains(&partition(shop).display().to_string());
                assert!(named, "{fault} {phase:?}: the file is named: {ended:?}");
                assert!(!behind.iter().any(Call::changes), "{fault} {phase:?}: {call:?}, then {behind:?}");
            }
            Expected::Unseen => {
                assert!(!self.unanswered, "{fault} {phase:?}: everything is answered");
                let again = again.expect("it is asked again");
                assert_eq!((&again.name, &again.arguments), (&call.name, &call.arguments), "{fault}");
            }
            Expected::Without => assert!(!self.unanswered, "{fault} {phase:?}: everything is answered"),
            Expected::Hole => match call.written_at().expect("a write says where") {
                // The reported length exceeds the write, which no disk does.
                (bytes, _) if bytes < TAKEN => {
                    assert_eq!(ended.status.code(), None, "{fault} {phase:?}: {call:?}")
                }
                (TAKEN, _) => {}
                (bytes, at) => {
                    let again = again.expect("the rest is written");
                    assert_eq!(again.written_at(), Some((bytes - TAKEN, at + TAKEN)));
                }
            },
            Expected::Dies => assert_eq!(ended.status.code(), None, "{fault} {phase:?}: {ended:?}"),
        }
    }

    /// Starts again without a fault, and asserts that every acknowledged answer is found. Returns whether it
    /// found a hole instead.
    fn recover(mut self, expected: Expected, shop: &Shop) -> bool {
        let server = match Server::try_start(&shop.config()) {
            Ok(server) => server,
            Err(refused) => {
                let hole = expected == Expected::Hole && refused.status.code() == Some(78);
                assert!(hole, "{} {:?}: it does not start again: {refused:?}", self.fault, self.phase);
                return true;
            }
        };
        self.client.compare(&server.http(), true);
        let clients = [self.client];
        assert_eq!(lost(&clients), Vec::<&String>::new(), "{} {:?}", self.fault, self.phase);
        assert_conserved(&server.http().offers(), &shop.sales);
        server.stop();
        shop.assert_verified(false);
        assert_history_holds(shop, &clients);
        false
    }
}

#[test]
fn a_failing_call_loses_no_acknowledged_answer() {
    if let Err(why) = strace::check_available() {
        return run_budget::report(RIG, &format!("SKIPPED: {RIG} need strace ({why})"));
    }
    let mut budget = RunBudget::of(RIG, 54, 1_000_000);
    let place = tempfile::tempdir().expect("a directory for the test");
    let template = Template::new(place.path().join("copy"));
    let trace = place.path().join("trace");
    let mut open: Vec<_> = FAULTS
        .iter()
        .flat_map(|(fault, expected)| {
            [Phase::Serving, Phase::Ahead, Phase::Starting].map(|phase| (phase, *fault, *expected))
        })
        .collect();
    let (all, mut left, mut n) = (open.len(), budget.wanted, 0);
    let (mut refused, mut holes) = (0, 0);
    while left > 0 && !open.is_empty() {
        n += 1;
        open.retain(|(phase, fault, expected)| {
            if left == 0 {
                return true;
            }
            let run = run(&template, *phase, &format!("{fault}:when={n}"), &trace);
            run.check(*expected, &template.shop);
            let fired = run.fired().is_some();
            if fired {
                left -= 1;
                refused += u64::from(run.ended.status.code().is_some_and(|code| code != 0));
                holes += u64::from(run.recover(*expected, &template.shop));
                budget.step();
            }
            fired
        });
    }
    let (done, whole) = (all - open.len(), if open.is_empty() { "every call" } else { "the first calls" });
    budget.report(&format!(
        "{whole} of {all} kinds, {done} of them to the last, n up to {n}; the process ended by itself \
         {refused} times; nothing that was answered was lost, but to a disk that lied, which was found out \
         {holes} times"
    ));
    assert!(refused > 0, "faults are seen");
    assert!(holes > 0, "the next start finds a hole of a short write");
}
