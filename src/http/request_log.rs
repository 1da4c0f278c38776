//! What the log tells of requests: failures of the server, and what operators changed. Clients' own faults are
//! counted and not logged, so that no stranger fills a disk.

use std::collections::BTreeMap;
use std::sync::Mutex;

use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};

use super::request_id::RequestId;
use crate::domain::time::Timestamp;
use crate::telemetry::log_gate::{LogGate, Since};

/// The beginnings of the paths by which operators change something. None names a person: orders and offers are the
/// shop's, and accounts are elsewhere.
const OPERATED: [&str; 8] = [
    "/v1/offers/",
    "/v1/effects/",
    "/v1/pause",
    "/v1/resume",
    "/v1/close",
    "/v1/clock/",
    "/v1/networks/",
    "/v1/suppressions",
];

/// The gates of the lines, by the code of the failure.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    failures: Mutex<BTreeMap<&'static str, LogGate>>,
    changes: Mutex<LogGate>,
}

impl RequestLog {
    /// Logs an answered request if it concerns the operator. `code` is that of its problem.
    pub(crate) fn answered(
        &self,
        response: &ServiceResponse,
        code: Option<&'static str>,
        id: &RequestId,
        now: Timestamp,
    ) {
        let (request, status) = (response.request(), response.status());
        if let Some(code) = code.filter(|_| status.is_server_error()) {
            let since =
                self.failures.lock().expect("no panic is survived").entry(code).or_default().admit(now);
            if let Some(Since { more }) = since {
                let (status, code_of) = (status.as_u16(), code);
                tracing::warn!(request_id = %id, code = code_of, status, more, "a request was not served");
            }
        } else if status == StatusCode::OK
            && request.method() == Method::POST
            && OPERATED.iter().any(|start| request.path().starts_with(start))
            && let Some(Since { more }) = self.changes.lock().expect("no panic is survived").admit(now)
        {
            tracing::info!(request_id = %id, path = request.path(), more, "an operator's order was carried out");
        }
    }

    /// Tells how many requests got no line, where nothing came that would tell it.
    pub(crate) fn tell_rest(&self, now: Timestamp) {
        for (code, gate) in self.failures.lock().expect("no panic is survived").iter_mut() {
            if let Some(Since { more }) = gate.rest(now) {
                tracing::warn!(code, more, "more requests were not served");
            }
        }
        if let Some(Since { more }) = self.changes.lock().expect("no panic is survived").rest(now) {
            tracing::info!(more, "more orders of operators were carried out");
        }
    }
}
