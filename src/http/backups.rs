//! Backups of the data directory, which a running server makes where its configuration says: no request names a path.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::problem::Problem;
use super::state::State;
use crate::api::backup_view::BackupView;
use crate::backups::BackupError;

/// `POST /v1/backups`. It takes as long as the copying does.
pub(crate) async fn make(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let Some(backups) = state.backups.clone() else { return Err(no_directory()) };
    let clock = state.node.clock();
    let made = web::block(move || backups.make(&clock)).await.map_err(|_| Problem::overloaded())?;
    let made = made.map_err(|error| not_made(&error))?;
    Ok(HttpResponse::Ok().json(BackupView {
        backup: made.path.display().to_string(),
        positions: made.positions,
        bytes: made.bytes,
        keys_removed: made.keys_removed,
    }))
}

fn no_directory() -> Problem {
    let detail = "the configuration names no directory for backups; write backups = \"/backups/flashtag\", on another disk, and restart";
    Problem::new(StatusCode::CONFLICT, "no_backup_directory", detail)
}

fn not_made(error: &BackupError) -> Problem {
    match error {
        BackupError::Busy(_) => Problem::new(StatusCode::CONFLICT, "backup_under_way", error.to_string()),
        BackupError::Quarantined(_) => {
            Problem::new(StatusCode::CONFLICT, "backup_quarantined", error.to_string())
        }
        _ => {
            tracing::error!(%error, "no backup was made");
            let detail = format!("{error}; there is no backup of this time");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no_backup", detail)
        }
    }
}
