//! Flashtag as a server: posts by HTTP, many in a request, each answered when its outcome is durable.

use std::path::Path;

use super::shop::{OFFER, Shop, answer};
use super::{Answer, Books, Contender, Line};
use crate::compare::work::{Ask, Work};
use crate::fail::Fail;
use crate::host::Host;
use crate::target::{OutcomeLine, Sent, Target};

/// The replies wait for their networks' own pace, and all of them may: a refusal for want of room in the outbox is
/// another measurement. Memory may be had ahead for everybody who will get something, however many they are.
const SERVE: &str = "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\n\
                     [http]\nlisten = \"127.0.0.1:0\"\nauth = \"off\"\n\n[limits]\noutbox_pending = 100000000\nmemory_ahead = \"4 GiB\"\n";

/// A server of our own.
pub(in crate::compare) struct OverHttp {
    shop: Shop,
    host: Host,
}

impl OverHttp {
    /// Starts the server, with its data in that directory.
    pub(in crate::compare) fn start(work: Work, directory: &Path) -> Result<Self, Fail> {
        let shop = Shop::new(work);
        let write = |name: &str, content: &[u8]| {
            let path = directory.join(name);
            std::fs::write(&path, content).map_err(|source| Fail::no_output(&path, &source))?;
            Ok(path)
        };
        write("offers.toml", shop.offers().as_bytes())?;
        write("accounts.ndjson", &shop.accounts())?;
        let config = write("serve.toml", SERVE.as_bytes())?;
        Ok(Self { shop, host: Host::start(&config)? })
    }
}

impl Contender for OverHttp {
    type Line = HttpLine;
    const TASKS: bool = false;

    fn write(&self, ask: &Ask) -> Vec<u8> {
        self.shop.post(ask)
    }

    fn line(&self) -> Result<HttpLine, Fail> {
        Ok(HttpLine(Target::new(self.host.base(), None)))
    }

    fn books(&self) -> Result<Books, Fail> {
        let offers = Target::new(self.host.base(), None).offers()?;
        let offer = offers.iter().find(|offer| offer.id == OFFER);
        let offer = offer.ok_or_else(|| Fail::unavailable("the server does not show the offer"))?;
        Ok(Books { left: offer.available, held: offer.reserved, sold: offer.sold })
    }
}

/// A connection, kept alive.
pub(in crate::compare) struct HttpLine(Target);

impl Line for HttpLine {
    type Written = Vec<u8>;
    type Reply = Vec<u8>;

    async fn decide(&mut self, asked: impl ExactSizeIterator<Item = Vec<u8>>) -> Result<Vec<u8>, Fail> {
        match self.0.post(&asked.collect::<Vec<_>>().concat()) {
            Sent::Answered(lines) => Ok(lines),
            Sent::Overloaded => Err(Fail::unavailable("the server has no room for the posts")),
            Sent::Failed(why) => Err(Fail::unavailable(format!("a request failed: {why}"))),
        }
    }

    fn read(reply: Vec<u8>) -> Result<Vec<Answer>, Fail> {
        let lines = reply.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let read = lines.map(|line| {
            let line: OutcomeLine<'_> = serde_json::from_slice(line)
                .map_err(|fault| Fail::unavailable(format!("an answer is no outcome: {fault}")))?;
            answer(&line.outcome)
        });
        read.collect()
    }
}
