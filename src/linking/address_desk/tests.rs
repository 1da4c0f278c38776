//! What proves an address, and what does not.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::ops::{KeyPlace, SuppressionReason};

/// Keeps what is handed in, as far as there is room.
#[derive(Default)]
struct Letters {
    handed_in: Mutex<Vec<OwnerMail>>,
    is_full: std::sync::atomic::AtomicBool,
}

impl Postbox for Letters {
    fn post(&self, mail: OwnerMail) -> bool {
        let has_room = !self.is_full.load(Ordering::Relaxed);
        if has_room {
            self.handed_in.lock().unwrap().push(mail);
        }
        has_room
    }
}

struct Shop {
    _directory: tempfile::TempDir,
    desk: AddressDesk,
    database: OpsDatabase,
    people: People,
    letters: Arc<Letters>,
}

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000 + hour * 3_600_000)
}

fn ana() -> Account {
    "x:1".parse().unwrap()
}

fn eve() -> Account {
    "x:2".parse().unwrap()
}

fn page(ticket: &Ticket) -> String {
    format!("https://shop.example/link/mail/{}", ticket.text())
}

impl Shop {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
        let key = KeyPlace::Own(directory.path().join("secrets.key"));
        let people = People::open(directory.path(), &key).unwrap();
        for account in [ana(), eve()] {
            people.link(&account, |_| ()).unwrap();
        }
        let (letters, count) = (Arc::new(Letters::default()), AtomicU8::new(0));
        let random: Random = Box::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
        let words = Arc::new(Words::of_shop("Shop"));
        let desk =
            AddressDesk::new(database.clone(), people.clone(), words, Arc::clone(&letters) as _, random);
        Self { _directory: directory, desk, database, people, letters }
    }

    /// Gives an address in the name of an account. Returns the ticket of the letter that left, if one did.
    fn give(&self, account: &Account, address: &str, at: i64) -> Result<Option<Ticket>, String> {
        let earlier = self.people.get(account).unwrap().filter(|person| person.email_verified);
        let earlier = earlier.and_then(|person| person.email);
        let owner = Owner { account, shown: "@somebody" };
        let given = self.desk.give(owner, address, earlier.as_deref(), &page, hour(at));
        given.map(|_| self.ticket_to(address)).map_err(|fault| fault.to_string())
    }

    /// The ticket of the newest letter to an address. The letter is taken away.
    fn ticket_to(&self, address: &str) -> Option<Ticket> {
        let mut letters = self.letters.handed_in.lock().unwrap();
        let at = letters.iter().rposition(|mail| mail.to == address)?;
        let text = letters.remove(at).letter.text;
        let (_, rest) = text.split_once("/link/mail/")?;
        Ticket::parse(rest.split_whitespace().next()?)
    }

    fn is_proven(&self, account: &Account) -> bool {
        self.people.get(account).unwrap().is_some_and(|person| person.email_verified)
    }
}

#[test]
fn an_address_is_proven_by_the_button_of_its_letter() {
    let shop = Shop::new();
    let ticket = shop.give(&ana(), "ana@example.com", 0).unwrap().expect("a letter");
    let person = shop.people.get(&ana()).unwrap().unwrap();
    assert_eq!((person.email.as_deref(), person.email_verified), (Some("ana@example.com"), false));
    assert_eq!(person.consents.len(), 1, "who gives an address agrees to letters");
    // Programs that look at mail open its links, as often as they like.
    for _ in 0..3 {
        assert_eq!(shop.desk.look(&ticket, hour(1)).unwrap(), Shown::Asks("@somebody".to_owned()));
        assert!(!shop.is_proven(&ana()));
    }
    assert_eq!(shop.desk.prove(&ticket, hour(23)).unwrap(), Shown::Proven(ana()));
    assert!(shop.is_proven(&ana()) && !shop.is_proven(&eve()));
    // A second press tells the same, and the same address needs no second proof.
    assert_eq!(shop.desk.prove(&ticket, hour(23)).unwrap(), Shown::Proven(ana()));
    assert_eq!(shop.give(&ana(), "Ana@example.com", 23), Ok(None));
    assert!(shop.is_proven(&ana()));
}

/// Each row: what happens between the letter and its button.
#[test]
fn a_ticket_proves_nothing_but_its_own_address_once_and_for_a_day() {
    type Change = fn(&Shop, &Ticket);
    let table: [(&str, i64, Change); 8] = [
        ("a day passes", 24, |_, _| ()),
        ("another address is given", 1, |shop, _| {
            shop.give(&ana(), "other@example.com", 1).unwrap();
        }),
        ("another one, and the first again: it begins anew", 1, |shop, _| {
            shop.give(&ana(), "other@example.com", 1).unwrap();
            shop.give(&ana(), "ana@example.com", 1).unwrap();
        }),
        ("it was used, and the address is forgotten and given again", 1, |shop, ticket| {
            shop.desk.prove(ticket, hour(1)).unwrap();
            shop.desk.forget_address(&ana()).unwrap();
            shop.give(&ana(), "ana@example.com", 1).unwrap();
        }),
        ("the address is forgotten", 1, |shop, _| shop.desk.forget_address(&ana()).unwrap()),
        ("the person is erased", 1, |shop, _| shop.people.erase(&ana()).unwrap()),
        ("the account is erased and linked again with the address, unproven", 1, |shop, _| {
            shop.people.erase(&ana()).unwrap();
            shop.database.void_address_letters("x:1").unwrap();
            shop.people.link(&ana(), |person| person.give_address("ana@example.com")).unwrap();
        }),
        ("an operator stores another address, unproven", 1, |shop, _| {
            shop.people.link(&ana(), |person| person.give_address("other@example.com")).unwrap();
        }),
    ];
    for (what, at, change) in table {
        let shop = Shop::new();
        let ticket = shop.give(&ana(), "ana@example.com", 0).unwrap().expect("a letter");
        change(&shop, &ticket);
        assert_eq!(shop.desk.prove(&ticket, hour(at)).unwrap(), Shown::Over, "{what}");
        assert_eq!(shop.desk.look(&ticket, hour(at)).unwrap(), Shown::Over, "{what}");
        assert!(!shop.is_proven(&ana()), "{what}");
    }
}

#[test]
fn a_ticket_of_another_account_proves_that_accounts_address_alone() {
    let shop = Shop::new();
    shop.give(&ana(), "ana@example.com", 0).unwrap();
    let eves = shop.give(&eve(), "eve@example.com", 0).unwrap().expect("a letter");
    let never = Ticket::new(&[200; 32]);
    assert_eq!(shop.desk.prove(&never, hour(0)).unwrap(), Shown::Over);
    assert_eq!(shop.desk.prove(&eves, hour(0)).unwrap(), Shown::Proven(eve()));
    assert!(shop.is_proven(&eve()) && !shop.is_proven(&ana()));
}

#[test]
fn at_most_three_letters_a_day_leave_for_an_account_and_to_an_address() {
    let shop = Shop::new();
    let too_many = Err(AddressFault::TooMany.to_string());
    for at in 0..3 {
        assert!(shop.give(&ana(), &format!("ana{at}@example.com"), at).unwrap().is_some());
    }
    assert_eq!(shop.give(&ana(), "ana3@example.com", 3), too_many);
    let kept = shop.people.get(&ana()).unwrap().unwrap().email;
    assert_eq!(kept.as_deref(), Some("ana2@example.com"), "nothing has changed");
    // To forget the address or to be erased brings no letter more.
    shop.desk.forget_address(&ana()).unwrap();
    shop.database.void_address_letters("x:1").unwrap();
    assert_eq!(shop.give(&ana(), "ana3@example.com", 23), too_many);
    assert!(shop.give(&ana(), "ana3@example.com", 24).unwrap().is_some(), "a day after the first one");

    // Several accounts cannot fill the mailbox of somebody else.
    for number in 10..14 {
        let account: Account = format!("x:{number}").parse().unwrap();
        shop.people.link(&account, |_| ()).unwrap();
        let given =
            shop.give(&account, if number % 2 == 0 { "vic@example.com" } else { "Vic@Example.com" }, 30);
        assert_eq!(given.is_ok(), number < 13, "{number}: {given:?}");
    }
}

/// The card page asks for an address as well, and may bring another one than was asked before.
#[test]
fn the_first_letter_to_an_address_leaves_by_itself_and_once() {
    let shop = Shop::new();
    let owner = Owner { account: &ana(), shown: "@ana" };
    let ask = |address: Option<&str>| {
        if let Some(address) = address {
            shop.people.link(&ana(), |person| person.give_address(address)).unwrap();
        }
        shop.desk.ask_first(owner, &page, hour(0)).unwrap();
        address.and_then(|address| shop.ticket_to(address))
    };
    assert!(ask(None).is_none());
    assert!(ask(Some("one@example.com")).is_some());
    assert!(ask(Some("one@example.com")).is_none(), "a page that is opened again asks no more");
    assert!(ask(Some("two@example.com")).is_some(), "another address was not asked yet");
    assert!(shop.letters.handed_in.lock().unwrap().is_empty());
}

#[test]
fn an_address_that_gets_no_letters_gets_not_this_one_either() {
    let shop = Shop::new();
    let hash = shop.database.address_hash("ana@example.com").unwrap();
    shop.database.suppress(&hash, SuppressionReason::Complained, hour(0)).unwrap();
    // Who gave it learns no more than of any other address.
    assert_eq!(shop.give(&ana(), "Ana@example.com", 1), Ok(None));
    let owner = Owner { account: &ana(), shown: "@ana" };
    assert_eq!(shop.desk.ask_again(owner, &page, hour(1)).unwrap(), AddressGiven::Asked);
    assert!(shop.letters.handed_in.lock().unwrap().is_empty() && !shop.is_proven(&ana()));
}

#[test]
fn the_address_that_was_proven_before_is_told() {
    let shop = Shop::new();
    let ticket = shop.give(&ana(), "ana@example.com", 0).unwrap().unwrap();
    shop.desk.prove(&ticket, hour(0)).unwrap();
    shop.give(&ana(), "new@example.com", 1).unwrap();
    let letters = shop.letters.handed_in.lock().unwrap();
    let told: Vec<_> = letters.iter().map(|mail| (mail.to.as_str(), mail.letter.subject.as_str())).collect();
    assert_eq!(told, [("ana@example.com", "Letters of Shop go to another address now")]);
}

/// The owner of `/me` gives again the address that the button of an earlier letter proves in between.
#[test]
fn an_address_that_was_proven_meanwhile_stays_proven() {
    let shop = Shop::new();
    let ticket = shop.give(&ana(), "ana@example.com", 0).unwrap().expect("a letter");
    let owner = Owner { account: &ana(), shown: "@ana" };
    shop.desk.prove(&ticket, hour(1)).unwrap();
    // What was read before the proof shows no earlier address.
    assert_eq!(shop.desk.give(owner, "ana@example.com", None, &page, hour(1)).unwrap(), AddressGiven::Proven);
    assert!(shop.is_proven(&ana()) && shop.letters.handed_in.lock().unwrap().is_empty());
}

#[test]
fn a_letter_that_finds_no_room_does_not_count() {
    let shop = Shop::new();
    shop.letters.is_full.store(true, Ordering::Relaxed);
    for _ in 0..5 {
        assert_eq!(shop.give(&ana(), "ana@example.com", 0), Err(AddressFault::NotSent.to_string()));
    }
    shop.letters.is_full.store(false, Ordering::Relaxed);
    let owner = Owner { account: &ana(), shown: "@ana" };
    assert_eq!(shop.desk.ask_again(owner, &page, hour(0)).unwrap(), AddressGiven::Asked);
    let ticket = shop.ticket_to("ana@example.com").expect("a letter");
    assert_eq!(shop.desk.prove(&ticket, hour(0)).unwrap(), Shown::Proven(ana()));
}
