//! The built-in site, served on a free port of this machine.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use ayo::Scope;
use futures::stream;
use reqwest::Url;
use tokio::net::TcpListener;

use crate::report::Report;
use plan::{Plan, Reply};

pub(crate) mod plan;

struct Site {
    plan: Plan,
    asked_for_flaky: AtomicBool,
}

/// Serves the site for as long as there is other work in the scope.
#[ayo::scoped]
pub(crate) async fn serve(run: &Scope) -> io::Result<Plan> {
    let (listener, home) = listen().await?;
    let (next_door, neighbour) = listen().await?;
    let plan = Plan { home, neighbour };
    let site = Site { plan: plan.clone(), asked_for_flaky: AtomicBool::new(false) };
    let site = Router::new().fallback(answer).with_state(Arc::new(site));
    // Nobody is to follow its links: they are not part of the site.
    let neighbour = Router::new().fallback(Html("<h1 id=about>Next door</h1><a href=/gone>Gone</a>"));

    #[task(background)]
    run << axum::serve(listener, site).into_future();
    #[task(background)]
    run << axum::serve(next_door, neighbour).into_future();
    Ok(plan)
}

async fn listen() -> io::Result<(TcpListener, Url)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    Ok((listener, Url::parse(&url).expect("an address and a port make a URL")))
}

async fn answer(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    match plan::reply(uri.path()) {
        Reply::Page(page) => Html(site.plan.html(page)).into_response(),
        Reply::SlowPage(page) => {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Html(site.plan.html(page)).into_response()
        }
        Reply::File => "a file".into_response(),
        Reply::Status(code) => status(code).into_response(),
        Reply::Redirect(code, to) => (status(code), [(header::LOCATION, to)]).into_response(),
        Reply::Flaky if site.asked_for_flaky.swap(true, Ordering::Relaxed) => "a file".into_response(),
        Reply::Flaky => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Reply::Drop => {
            let head = stream::iter([Ok("<!doctype html><title>"), Err(io::Error::other("dropped"))]);
            Html(Body::from_stream(head)).into_response()
        }
        Reply::Never => pending().await,
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("the plan has valid codes")
}

impl Plan {
    /// Says whether a report has all the faults that were planted, and no other.
    pub(crate) fn compare(&self, report: &Report) -> bool {
        let planted = self.faults();
        let mut pairs = planted.iter().zip(&report.broken);
        let same = planted.len() == report.broken.len()
            && pairs.all(|([page, link, problem], found)| {
                (page, link) == (&found.page, &found.link) && found.problem.starts_with(problem)
            });
        let verdict = match same {
            true => "exactly these faults were planted there",
            false => "these are not the faults that were planted there",
        };
        println!("This was the built-in site: {verdict}.");
        same
    }
}
