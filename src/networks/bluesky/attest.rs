//! Whether a post stands at its author's own server as it was heard.
//!
//! Streams carry no signatures: who runs one could invent posts. Before a card is asked, the posts that the order rests
//! on are read again where only their author, and the author's server, can put them.

use compact_str::{CompactString, format_compact};

use super::at_uri::AtUri;
use super::identity::{Directory, IdentityFault, pds_of};
use super::xrpc::{XrpcFault, found_record, get_record};
use crate::net::{Answer, Request, Unanswered};

/// What the author's server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The post stands there as it was heard.
    Same,
    /// Another text stands there, with this hash.
    Differs {
        /// The hash of what stands there.
        cid: CompactString,
    },
    /// The post, or its author, is no more, or never was.
    Gone,
    /// It could not be read; a later attempt may succeed.
    Unreachable {
        /// The reason.
        reason: CompactString,
    },
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttestationStep {
    /// Make this request, and tell the answer.
    Ask(Request),
    /// It is over.
    Over(Verdict),
}

/// Reads one post again, without sockets: the DID's document names the server, and the server has the record.
#[derive(Debug, Clone)]
pub struct Attestation {
    uri: AtUri,
    cid: CompactString,
    directory: Directory,
    /// The server that the directory named for this reading.
    named: Option<String>,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    /// The author's server is not known.
    Document,
    /// The record is to be read at this server.
    Record(AuthorServer),
    Over(Verdict),
}

#[derive(Debug, Clone)]
struct AuthorServer {
    address: String,
    /// Whether the directory named it earlier. The author may have left it since, so it can only agree.
    is_remembered: bool,
}

impl Attestation {
    /// Reads the post at `uri`, which was heard with the hash `cid`.
    #[must_use]
    pub fn new(uri: AtUri, cid: impl Into<CompactString>, directory: Directory) -> Self {
        Self { uri, cid: cid.into(), directory, named: None, stage: Stage::Document }
    }

    /// Reads at that server first, which the directory named earlier. If the post does not stand there as it was heard, the
    /// directory is asked again.
    #[must_use]
    pub fn remembering(self, server: Option<&str>) -> Self {
        let Some(address) = server.map(str::to_owned) else { return self };
        Self { stage: Stage::Record(AuthorServer { address, is_remembered: true }), ..self }
    }

    /// The DID of the post's author.
    #[must_use]
    pub fn author(&self) -> &str {
        self.uri.did()
    }

    /// The server that the directory named for this reading.
    #[must_use]
    pub fn named_server(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// The next step.
    #[must_use]
    pub fn next(&self) -> AttestationStep {
        match &self.stage {
            Stage::Document => match self.directory.document(self.uri.did()) {
                Ok(request) => AttestationStep::Ask(request),
                Err(_) => AttestationStep::Over(Verdict::Gone),
            },
            Stage::Record(server) => AttestationStep::Ask(get_record(&server.address, &self.uri)),
            Stage::Over(verdict) => AttestationStep::Over(verdict.clone()),
        }
    }

    /// Takes the answer to the request of [`next`](Self::next).
    pub fn answered(&mut self, answer: Result<Answer, Unanswered>) {
        let stage = match (&self.stage, answer) {
            (Stage::Over(_), _) => return,
            (_, Err(unanswered)) => unreachable_because(unanswered),
            (Stage::Document, Ok(answer)) => match pds_of(self.uri.did(), &answer) {
                Ok(address) => {
                    self.named = Some(address.clone());
                    Stage::Record(AuthorServer { address, is_remembered: false })
                }
                Err(IdentityFault::Gone | IdentityFault::NotADid) => Stage::Over(Verdict::Gone),
                Err(fault) => unreachable_because(fault),
            },
            (Stage::Record(_), Ok(answer)) => self.judge(&answer),
        };
        let is_remembered = matches!(&self.stage, Stage::Record(server) if server.is_remembered);
        let agrees = matches!(stage, Stage::Over(Verdict::Same));
        self.stage = if is_remembered && !agrees { Stage::Document } else { stage };
    }

    fn judge(&self, answer: &Answer) -> Stage {
        if !answer.is_success() {
            let fault = XrpcFault::of(answer);
            return if fault.is_absence() {
                Stage::Over(Verdict::Gone)
            } else {
                unreachable_because(fault.text())
            };
        }
        match found_record(answer) {
            Ok(found) if found.uri != self.uri.to_string() => {
                unreachable_because("the server answers with another record")
            }
            Ok(found) if found.cid == self.cid.as_str() => Stage::Over(Verdict::Same),
            Ok(found) => Stage::Over(Verdict::Differs { cid: found.cid.into() }),
            Err(error) => unreachable_because(error),
        }
    }
}

fn unreachable_because(reason: impl std::fmt::Display) -> Stage {
    Stage::Over(Verdict::Unreachable { reason: format_compact!("{reason}") })
}
