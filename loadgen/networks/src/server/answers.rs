//! Every request that comes in.

use std::io;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream;

use super::control;
use super::shared::{Acts, Shared};
use super::streaming;
use crate::exchange::{Request, Response};
use crate::network::{Network, Opened};
use crate::society::Society;
use crate::stage::Delivery;

/// Upper bound on bytes of a request's body.
const BODY_MAX: usize = 1 << 20;
/// How long the first half of an answer is under way before its connection breaks.
const HALF_WAY: Duration = Duration::from_millis(20);

pub(crate) async fn answer<N: Network + Society + 'static>(
    request: HttpRequest,
    body: Payload,
    shared: Data<Shared<N>>,
) -> Result<HttpResponse, actix_web::Error> {
    let asked = read(&request, Vec::new());
    let now_ms = shared.now_ms();
    let is_control = request.path().starts_with(control::PATH);
    let (delay_ms, opened) = if is_control {
        (0, Opened::NotAStream)
    } else {
        let Acts { stage, random } = &mut *shared.lock();
        stage.open(&asked, now_ms, random)
    };
    match opened {
        Opened::Stream(id, kind) => {
            let stream = streaming::OpenStream::new(Data::into_inner(shared), id);
            sleep(delay_ms).await;
            return stream.serve(&request, body, kind);
        }
        Opened::Refused(response) => {
            sleep(delay_ms).await;
            return Ok(whole(response));
        }
        Opened::NotAStream => {}
    }
    let bytes = body.to_bytes_limited(BODY_MAX).await.map_err(actix_web::error::ErrorPayloadTooLarge)??;
    let asked = read(&request, bytes.to_vec());
    if is_control {
        return Ok(whole(control::handle(&mut shared.lock().stage, &asked, now_ms)));
    }
    let delivery = {
        let Acts { stage, random } = &mut *shared.lock();
        stage.handle(&asked, now_ms, random)
    };
    sleep(delivery.delay_ms).await;
    Ok(deliver(delivery))
}

async fn sleep(ms: u32) {
    if ms > 0 {
        actix_rt::time::sleep(Duration::from_millis(ms.into())).await;
    }
}

fn read(request: &HttpRequest, body: Vec<u8>) -> Request {
    let mut asked = http::Request::builder().method(request.method().as_str()).uri(request.uri().to_string());
    for (name, value) in request.headers() {
        asked = asked.header(name.as_str(), value.as_bytes());
    }
    // What one parser accepted, the other could only refuse in a corner that no client visits.
    asked.body(body).unwrap_or_default()
}

fn deliver(delivery: Delivery) -> HttpResponse {
    let broken = || io::Error::other("the connection breaks here");
    match delivery.response {
        None => HttpResponse::Ok().streaming(stream::iter([Err::<Bytes, _>(broken())])),
        Some(response) if delivery.is_cut => {
            let half =
                Bytes::copy_from_slice(response.body().get(..response.body().len() / 2).unwrap_or_default());
            let parts = stream::unfold(Some(half), move |half| async move {
                if let Some(half) = half {
                    return Some((Ok(half), None));
                }
                actix_rt::time::sleep(HALF_WAY).await;
                Some((Err(broken()), None))
            });
            head(&response).streaming(parts)
        }
        Some(response) => whole(response),
    }
}

fn whole(response: Response) -> HttpResponse {
    head(&response).body(response.into_body())
}

fn head(response: &Response) -> HttpResponseBuilder {
    let status =
        StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut built = HttpResponse::build(status);
    for (name, value) in response.headers() {
        built.append_header((name.as_str(), value.as_bytes()));
    }
    built
}
