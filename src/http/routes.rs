//! The routes: which handler answers which path, and what authorization it requires.

use actix_web::middleware::from_fn;
use actix_web::{Handler, Resource, Responder, web};

use super::auth::require_token;
use super::problem::Problem;
use super::{
    accounts, authenticate, backups, card_webhooks, clock, confirm, effects, health, intake, link, metrics,
    networks, objections, offers, orders, sale, stock, suppressions, transactions,
};

/// Configures every path of the server.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    let transactions = post("/v1/transactions", transactions::take);
    let posts = post("/v1/posts", intake::take);
    // The signed link itself is the authorization.
    let link = read("/confirm/{token}", confirm::show).route(web::post().to(confirm::confirm));
    let challenge =
        read("/authenticate/{token}", authenticate::show).route(web::post().to(authenticate::begin));
    let account = read("/v1/accounts/{network}/{id}", accounts::show).route(web::put().to(accounts::link));
    let account = account.route(web::delete().to(accounts::unlink));
    let personal_data = read("/v1/accounts/{network}/{id}/personal-data", accounts::show_personal_data);
    let personal_data = personal_data.route(web::delete().to(accounts::erase_personal_data));
    config
        .service(only("POST", posts).wrap(from_fn(require_token)))
        .service(only("POST", transactions).wrap(from_fn(require_token)))
        .service(only("GET, HEAD", read("/v1/offers", offers::list)))
        .service(only("GET, HEAD", read("/v1/offers/{id}", offers::show)))
        .service(
            only("GET, HEAD", read("/v1/offers/{id}/reservations", offers::reservations))
                .wrap(from_fn(require_token)),
        )
        .service(only("GET, HEAD", read("/v1/offers/{id}/draw", offers::draw)))
        .service(only("POST", post("/v1/offers/{id}/restock", stock::restock)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/offers/{id}/withdraw", stock::withdraw)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/offers/{id}/pause", sale::pause)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/offers/{id}/resume", sale::resume)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/offers/{id}/close", sale::close)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/pause", sale::pause_all)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/resume", sale::resume_all)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/close", sale::close_all)).wrap(from_fn(require_token)))
        .service(
            only("POST", post("/v1/accounts/{network}/{id}/unfreeze", accounts::unfreeze))
                .wrap(from_fn(require_token)),
        )
        .service(only("GET, HEAD, PUT, DELETE", account).wrap(from_fn(require_token)))
        .service(only("GET, HEAD, DELETE", personal_data).wrap(from_fn(require_token)))
        .service(only("GET, HEAD", read("/v1/orders/{id}", orders::show)).wrap(from_fn(require_token)))
        .service(only("GET, HEAD", read("/v1/objections", objections::list)).wrap(from_fn(require_token)))
        // The signature is the authorization.
        .service(only("POST", post("/v1/webhooks/stripe", card_webhooks::stripe)))
        .service(only("GET, HEAD", read("/v1/effects", effects::list)).wrap(from_fn(require_token)))
        // A key has slashes.
        .service(
            only("POST", post("/v1/effects/{key:.+}/retry", effects::retry)).wrap(from_fn(require_token)),
        )
        .service(
            only("POST", post("/v1/effects/{key:.+}/settle", effects::settle)).wrap(from_fn(require_token)),
        )
        .service(only("GET, HEAD", read("/v1/effects/{key:.+}", effects::show)).wrap(from_fn(require_token)))
        .service(only("GET, HEAD, POST", link))
        .service(only("GET, HEAD, POST", challenge))
        .service(only("GET, HEAD", read("/authenticate/{token}/back", authenticate::show)))
        .service(
            only(
                "GET, HEAD, POST",
                read("/v1/suppressions", suppressions::count).route(web::post().to(suppressions::add)),
            )
            .wrap(from_fn(require_token)),
        )
        .service(
            only("POST", post("/v1/suppressions/remove", suppressions::remove)).wrap(from_fn(require_token)),
        )
        .service(only("POST", post("/v1/backups", backups::make)).wrap(from_fn(require_token)))
        .service(only("POST", post("/v1/clock/accept", clock::accept)).wrap(from_fn(require_token)))
        .service(only("GET, HEAD", read("/v1/networks", networks::list)).wrap(from_fn(require_token)))
        .service(
            only("POST", post("/v1/networks/{name}/connect", networks::connect)).wrap(from_fn(require_token)),
        )
        .service(
            only("POST", post("/v1/networks/{name}/pause", networks::pause)).wrap(from_fn(require_token)),
        )
        .service(
            only("POST", post("/v1/networks/{name}/resume", networks::resume)).wrap(from_fn(require_token)),
        )
        .service(
            only("POST", post("/v1/networks/{name}/disconnect", networks::disconnect))
                .wrap(from_fn(require_token)),
        )
        .configure(linking)
        // The secret in the address is the authorization.
        .service(only("GET, HEAD", read("/networks/callback", networks::callback)))
        .service(only("GET, HEAD", read("/healthz", health::alive)))
        .service(only("GET, HEAD", read("/readyz", health::ready)))
        .service(only("GET, HEAD", read("/metrics", metrics::show)).wrap(from_fn(require_token)))
        .default_service(web::to(|| async { Err::<&str, _>(Problem::not_found()) }));
}

/// The pages on which the owner of an account links a card. A cookie and the token of the form are the authorization.
fn linking(config: &mut web::ServiceConfig) {
    let sandbox = read("/link/sandbox/{network}", link::sandbox::sign_in);
    let sandbox = sandbox.route(web::post().to(link::sandbox::signed_in));
    let card = read("/link/sandbox-card", link::sandbox::card).route(web::post().to(link::sandbox::give));
    // The signed link of a letter is the authorization, and here its ticket.
    let stop =
        read("/link/stop/{token}", link::address::show_stop).route(web::post().to(link::address::stop));
    let mail = read("/link/mail/{ticket}", link::address::look).route(web::post().to(link::address::prove));
    config
        .service(only("GET, HEAD", read("/link", link::start::show)))
        .service(only("POST", post("/link/start", link::start::start)))
        .service(only("GET, HEAD", read("/link/cb/{provider}", link::start::come_back)))
        .service(only("GET, HEAD", read("/link/client-metadata.json", link::start::client_metadata)))
        .service(only("GET, HEAD", read("/link/consent", link::card::consent)))
        .service(only("POST", post("/link/card", link::card::begin)))
        .service(only("GET, HEAD", read("/link/done", link::card::done)))
        .service(only("GET, HEAD", read("/link/left", link::card::left)))
        .service(only("GET, HEAD, POST", sandbox))
        .service(only("GET, HEAD, POST", card))
        .service(only("GET, HEAD, POST", mail))
        .service(only("GET, HEAD, POST", stop))
        .service(only("GET, HEAD", read("/me", link::me::show)))
        .service(only("GET, HEAD", read("/me/data", link::me::data)))
        .service(only("POST", post("/me/address", link::address::give)))
        .service(only("POST", post("/me/letter", link::address::ask_again)))
        .service(only("POST", post("/me/no-letters", link::address::forget)))
        .service(only("POST", post("/me/all-letters", link::address::resume)))
        .service(only("POST", post("/me/{action}", link::me::act)));
}

/// A resource that answers `GET`.
fn read<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler))
}

/// A resource that answers `POST`.
fn post<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler))
}

/// Refuses all methods of the resource but the allowed ones.
fn only(allow: &'static str, resource: Resource) -> Resource {
    let refuse = move || async move { Err::<&str, _>(Problem::method_not_allowed(allow)) };
    resource.default_service(web::to(refuse))
}
