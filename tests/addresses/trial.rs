//! One random day of a few owners, a few mailboxes and somebody who presses buttons of letters that are not the newest.
//!
//! The model knows of each account the address that was given last and whether its button was pressed, and of each letter
//! whether it still proves something. It knows nothing of hashes, rows and tickets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flashtag::domain::id::Account;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::linking::{AddressDesk, Owner, OwnerMail, Postbox, Shown, Ticket};
use flashtag::ops::{KeyPlace, OpsDatabase};
use flashtag::people::{People, Person, PersonEdit};
use flashtag::words::Words;

use crate::test_rng::TestRng;

const ACCOUNTS: usize = 3;
const MAILBOXES: [&str; 4] = ["ana@example.com", "bea@example.com", "cat@example.com", "Ana@Example.com"];
const STEPS: usize = 40;
const DAY: Millis = Millis::from_secs(24 * 3600);

#[derive(Default)]
struct Mailbox(Mutex<Vec<OwnerMail>>);

impl Postbox for Mailbox {
    fn post(&self, mail: OwnerMail) -> bool {
        self.0.lock().unwrap().push(mail);
        true
    }
}

/// A letter that asks.
struct Letter {
    ticket: Ticket,
    account: usize,
    address: String,
    sent_at: Timestamp,
    /// Whether its button still proves something, if it is pressed in time.
    is_open: bool,
}

#[derive(Default)]
struct Known {
    address: Option<String>,
    is_proven: bool,
}

struct Day {
    desk: AddressDesk,
    people: People,
    mailbox: Arc<Mailbox>,
    now: Timestamp,
    letters: Vec<Letter>,
    known: BTreeMap<usize, Known>,
    _directory: tempfile::TempDir,
}

fn account(number: usize) -> Account {
    format!("x:{number}").parse().unwrap()
}

fn page(ticket: &Ticket) -> String {
    format!("http://localhost/link/mail/{}", ticket.text())
}

/// Runs the day of a seed.
pub(crate) fn judge(seed: u64) -> Result<(), String> {
    let mut rng = TestRng::new(seed);
    let mut day = Day::new(seed);
    for step in 0..STEPS {
        day.now = day.now.plus(Millis::from_secs(rng.below(4) as u32 * 3600));
        let number = 1 + rng.below(ACCOUNTS);
        let what = day.act(&mut rng, number);
        day.check().map_err(|broken| format!("step {step}, {what}: {broken}"))?;
    }
    Ok(())
}

impl Day {
    fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
        let key = KeyPlace::Own(directory.path().join("secrets.key"));
        let people = People::open(directory.path(), &key).unwrap();
        let rng = Mutex::new(TestRng::new(seed ^ 0x5eed));
        let random = Box::new(move || std::array::from_fn(|_| rng.lock().unwrap().below(256) as u8));
        let mailbox = Arc::new(Mailbox::default());
        let words = Arc::new(Words::of_shop("Shop"));
        let desk = AddressDesk::new(database, people.clone(), words, Arc::clone(&mailbox) as _, random);
        let known = (1..=ACCOUNTS).map(|number| (number, Known::default())).collect();
        for number in 1..=ACCOUNTS {
            people.link(&account(number), |_| ()).unwrap();
        }
        let now = Timestamp::from_ms(1_700_000_000_000);
        Self { desk, people, mailbox, now, letters: Vec::new(), known, _directory: directory }
    }

    fn act(&mut self, rng: &mut TestRng, number: usize) -> &'static str {
        match rng.below(10) {
            0..=2 => {
                let address = *rng.pick(&MAILBOXES);
                self.give(number, address);
                "an address is given"
            }
            3 => {
                let owner = account(number);
                let owner = Owner { account: &owner, shown: "@somebody" };
                self.desk.ask_again(owner, &page, self.now).ok();
                self.take_letters(number);
                "a letter is asked for again"
            }
            4 => {
                self.desk.forget_address(&account(number)).unwrap();
                self.close(number, |_| true);
                self.known.insert(number, Known::default());
                "the address is forgotten"
            }
            5 => {
                // As an import of the shop may do.
                let same = self.known[&number].address.clone();
                let address =
                    same.filter(|_| rng.below(2) == 0).unwrap_or_else(|| (*rng.pick(&MAILBOXES)).to_owned());
                let anew = |person: &mut PersonEdit| {
                    person.forget_address();
                    person.give_address(&address);
                };
                self.people.link(&account(number), anew).unwrap();
                self.known.insert(number, Known { address: Some(address), is_proven: false });
                "the person is stored anew, unproven"
            }
            6 | 7 => {
                for letter in &self.letters {
                    self.desk.look(&letter.ticket, self.now).unwrap();
                }
                "every letter is looked at"
            }
            _ => {
                self.press(rng);
                "a button is pressed"
            }
        }
    }

    fn give(&mut self, number: usize, address: &str) {
        let owner = account(number);
        let earlier = self.people.get(&owner).unwrap();
        let earlier = earlier.as_ref().and_then(Person::proven_address);
        let same = earlier.is_some_and(|earlier| earlier.eq_ignore_ascii_case(address));
        let owner = Owner { account: &owner, shown: "@somebody" };
        let given = self.desk.give(owner, address, earlier, &page, self.now);
        if given.is_ok() && !same {
            let other = |letter: &Letter| !letter.address.eq_ignore_ascii_case(address);
            self.close(number, other);
            self.known.insert(number, Known { address: Some(address.to_owned()), is_proven: false });
        }
        self.take_letters(number);
    }

    /// Takes the letters out of the mailboxes.
    fn take_letters(&mut self, number: usize) {
        for mail in self.mailbox.0.lock().unwrap().drain(..) {
            let Some((_, rest)) = mail.letter.text.split_once("/link/mail/") else { continue };
            let ticket = Ticket::parse(rest.split_whitespace().next().unwrap()).unwrap();
            let (address, sent_at) = (mail.to, self.now);
            self.letters.push(Letter { ticket, account: number, address, sent_at, is_open: true });
        }
    }

    fn close(&mut self, number: usize, which: impl Fn(&Letter) -> bool) {
        let own = self.letters.iter_mut().filter(|letter| letter.account == number && which(letter));
        own.for_each(|letter| letter.is_open = false);
    }

    fn press(&mut self, rng: &mut TestRng) {
        if self.letters.is_empty() {
            return;
        }
        let at = rng.below(self.letters.len());
        let letter = &mut self.letters[at];
        let known = self.known.get_mut(&letter.account).unwrap();
        let is_own = known.address.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(&letter.address));
        let in_time = self.now < letter.sent_at.plus(DAY);
        if letter.is_open && in_time && is_own {
            known.is_proven = true;
        }
        letter.is_open = false;
        let shown = self.desk.prove(&letter.ticket, self.now).unwrap();
        assert!(shown != Shown::Proven(account(letter.account)) || known.is_proven, "it says what is not so");
    }

    fn check(&self) -> Result<(), String> {
        for (number, known) in &self.known {
            let person = self.people.get(&account(*number)).unwrap().unwrap_or_default();
            let expected = known.address.as_deref().filter(|_| known.is_proven);
            if person.proven_address() != expected {
                return Err(format!(
                    "{number}: letters go to {:?}, not {expected:?}",
                    person.proven_address()
                ));
            }
        }
        // Of any day, no account and no mailbox has more than three letters.
        for newest in &self.letters {
            let day = |letter: &&Letter| {
                letter.sent_at <= newest.sent_at && newest.sent_at < letter.sent_at.plus(DAY)
            };
            let of_account =
                self.letters.iter().filter(day).filter(|letter| letter.account == newest.account);
            let own = |letter: &&Letter| letter.address.eq_ignore_ascii_case(&newest.address);
            let to_address = self.letters.iter().filter(day).filter(own);
            if of_account.count() > 3 || to_address.count() > 3 {
                return Err(format!("more than three letters a day, as to {}", newest.address));
            }
        }
        Ok(())
    }
}
