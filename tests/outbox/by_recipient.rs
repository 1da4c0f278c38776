//! Replies to accounts that are at no network.

use std::rc::Rc;

use flashtag::domain::effect::{Announcement, Effect, ReplyRequest};
use flashtag::domain::id::{Network, OfferNo};
use flashtag::domain::outcome::Outcome;
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::by_recipient::ByRecipient;
use flashtag::outbox::provider::{Delivery, Provider};
use futures_util::FutureExt;

use super::direct::Counting;
use super::{at, attempt, reply_request, terms};

fn reply_to(account: &str) -> Effect {
    let account = account.parse().unwrap();
    Effect::Reply(ReplyRequest { account, ..reply_request(Outcome::Reserved, Some(17)) })
}

#[test]
fn a_reply_to_a_sandbox_account_does_not_reach_its_network() {
    let announcement =
        |network| Effect::Announce { network, offer: OfferNo(0), announcement: Announcement::Opening };
    // The effect; how often the network and the file are asked.
    let table = [
        (reply_to("x:42"), (1, 0)),
        (reply_to("x:sandbox:ana"), (0, 1)),
        (reply_to("bluesky:did:plc:ana"), (1, 0)),
        (reply_to("bluesky:sandbox:ana"), (0, 1)),
        (reply_to("mastodon:https://a.example/users/sandbox"), (1, 0)),
        (reply_to("mastodon:sandbox:ana"), (0, 1)),
        (announcement(Network::X), (1, 0)),
    ];
    for (effect, asked) in table {
        for look_up in [false, true] {
            let done = || Counting::new(AttemptResult::Done { reference: None, at: at(1) });
            let (network, file) = (done(), done());
            let provider =
                ByRecipient::new(Rc::<Counting>::clone(&network) as _, Rc::<Counting>::clone(&file) as _);
            let mut attempt = attempt(3, effect.clone());
            attempt.look_up = look_up;
            let delivery = Delivery { attempt, offering: terms().into(), at: at(0), address: None };
            provider.deliver(&delivery).now_or_never().expect("nothing waits");
            assert_eq!((network.asked.get(), file.asked.get()), asked, "{effect:?} {look_up}");
        }
    }
}
