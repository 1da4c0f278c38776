//! Flashtag as a server: many posts per HTTP request, answered when all outcomes are durable.

use std::path::Path;

use super::shop::{OFFER, Shop, answer};
use super::{Answer, Contender, ContenderConnection, UnitCounts};
use crate::compare::workload::{Operation, Workload};
use crate::error::CommandError;
use crate::self_host::SelfHostedServer;
use crate::target::{OutcomeLine, PostResponse, Target};

/// Replies are limited to their networks' rates, so the outbox must hold all of them: a full outbox is not
/// measured here. Memory is pre-faulted for as many winners as the workload has.
const SERVE: &str = "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\n\
                     [http]\nlisten = \"127.0.0.1:0\"\nauth = \"off\"\n\n[limits]\noutbox_pending = 100000000\nmemory_ahead = \"4 GiB\"\n";

/// A self-hosted server.
pub(in crate::compare) struct OverHttp {
    shop: Shop,
    host: SelfHostedServer,
}

impl OverHttp {
    /// Starts the server with its data in `directory`.
    pub(in crate::compare) fn start(work: Workload, directory: &Path) -> Result<Self, CommandError> {
        let shop = Shop::new(work);
        let write = |name: &str, content: &[u8]| {
            let path = directory.join(name);
            std::fs::write(&path, content).map_err(|source| CommandError::no_output(&path, &source))?;
            Ok(path)
        };
        write("offers.toml", shop.offers().as_bytes())?;
        write("accounts.ndjson", &shop.accounts())?;
        let config = write("serve.toml", SERVE.as_bytes())?;
        Ok(Self { shop, host: SelfHostedServer::start(&config)? })
    }
}

impl Contender for OverHttp {
    type Connection = HttpConnection;
    const ASYNC: bool = false;

    fn write(&self, operation: &Operation) -> Vec<u8> {
        self.shop.post(operation)
    }

    fn connect(&self) -> Result<HttpConnection, CommandError> {
        Ok(HttpConnection(Target::new(self.host.base(), None)))
    }

    fn unit_counts(&self) -> Result<UnitCounts, CommandError> {
        let offers = Target::new(self.host.base(), None).offers()?;
        let offer = offers.iter().find(|offer| offer.id == OFFER);
        let offer = offer.ok_or_else(|| CommandError::unavailable("the server does not show the offer"))?;
        Ok(UnitCounts { left: offer.available, held: offer.reserved, sold: offer.sold })
    }
}

/// A kept-alive connection.
pub(in crate::compare) struct HttpConnection(Target);

impl ContenderConnection for HttpConnection {
    type Prepared = Vec<u8>;
    type Reply = Vec<u8>;

    async fn decide(
        &mut self,
        asked: impl ExactSizeIterator<Item = Vec<u8>>,
    ) -> Result<Vec<u8>, CommandError> {
        match self.0.post(&asked.collect::<Vec<_>>().concat()) {
            PostResponse::Answered(lines) => Ok(lines),
            PostResponse::Overloaded => {
                Err(CommandError::unavailable("the server has no room for the posts"))
            }
            PostResponse::Failed(why) => Err(CommandError::unavailable(format!("a request failed: {why}"))),
        }
    }

    fn read(reply: Vec<u8>) -> Result<Vec<Answer>, CommandError> {
        let lines = reply.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let read = lines.map(|line| {
            let line: OutcomeLine<'_> = serde_json::from_slice(line)
                .map_err(|fault| CommandError::unavailable(format!("an answer is no outcome: {fault}")))?;
            answer(&line.outcome)
        });
        read.collect()
    }
}
