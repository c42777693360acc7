//! Many pages with `reqwest`: so many at once, a time-out for each, and what becomes of the others when one fails.
//!
//! `cargo run -p examples --bin reqwest`

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Router, routing::get, serve};
use ayo::{Collect, Report, Scope, scope};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::sync::watch;

async fn fetch(client: Client, url: String) -> reqwest::Result<String> {
    let request = client.get(url).timeout(Duration::from_millis(1_500));
    request.send().await?.error_for_status()?.text().await
}

/// All of them, in order. The first failure cancels what is under way, and begins nothing more.
async fn all(client: &Client, urls: Vec<String>) -> Result<Vec<String>, ayo::Error> {
    scope!(max_concurrency = 8 => |run| {
        let client = client.clone();
        run.map(urls, move |url| fetch(client.clone(), url)).await?
    })
    .await
}

/// What can be had: pages in `results`, failures in `contained`.
async fn some(client: &Client, urls: Vec<String>) -> Report<(), Collect<String>> {
    scope!(max_concurrency = 8, supervise, collect => |run| {
        for url in urls {
            run << fetch(client.clone(), url);
        }
    })
    .report()
    .await
}

#[ayo::main(timeout = 30)]
async fn main(run: &Scope) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let site = format!("http://{}", listener.local_addr()?);
    let urls = |paths: &[&str]| Vec::from_iter(paths.iter().map(|path| format!("{site}{path}")));
    let (visitors, mut visited) = watch::channel(Visitors::default());
    #[task(background)]
    run << async { serve(listener, app(visitors)).await };

    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().tls_certs_only([]).build()?;

    let pages = all(&client, (1..=50).map(|n| format!("{site}/page/{n}")).collect()).await?;
    println!("{} pages, the last of them {:?}", pages.len(), pages[49]);
    println!("at most 8 at once: {}", visited.borrow().most <= 8);

    // `/broken` fails once the others wait. They would do so for ever.
    let error = all(&client, urls(&["/never", "/never", "/broken"])).await.unwrap_err();
    println!("{}", error.to_string().replace(&site, ""));
    // hyper closes connections in tasks of its own, so the server may see it a moment later: but it does see it.
    visited.wait_for(|visitors| visitors.now == 0).await?;
    println!("all visitors have left");

    let report = some(&client, urls(&["/page/1", "/never", "/page/2", "/none"])).await;
    println!("{:?}", report.results);
    for error in report.contained {
        let error = error.downcast_ref::<reqwest::Error>().expect("nothing else fails");
        println!("{}: {}", error.url().expect("it has one").path(), reason(error));
    }
    Ok(())
}

fn reason(error: &reqwest::Error) -> String {
    match error.status() {
        Some(status) => status.to_string(),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => error.to_string(),
    }
}

/// How many requests are served, and how many were at once.
#[derive(Default)]
struct Visitors {
    now: usize,
    most: usize,
}

/// One of them. axum drops it with the handler when its client has left.
struct Visitor(watch::Sender<Visitors>);

impl Visitor {
    fn new(visitors: watch::Sender<Visitors>) -> Self {
        visitors.send_modify(|visitors| {
            visitors.now += 1;
            visitors.most = visitors.most.max(visitors.now);
        });
        Self(visitors)
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.0.send_modify(|visitors| visitors.now -= 1);
    }
}

fn app(visitors: watch::Sender<Visitors>) -> Router {
    Router::new()
        .route("/page/{n}", get(page))
        .route("/never", get(never))
        .route("/broken", get(broken))
        .with_state(visitors)
}

async fn page(State(visitors): State<watch::Sender<Visitors>>, Path(n): Path<u32>) -> String {
    let _visitor = Visitor::new(visitors);
    tokio::time::sleep(Duration::from_millis(5)).await;
    format!("page {n}")
}

async fn never(State(visitors): State<watch::Sender<Visitors>>) {
    let _visitor = Visitor::new(visitors);
    std::future::pending().await
}

async fn broken(State(visitors): State<watch::Sender<Visitors>>) -> StatusCode {
    let _ = visitors.subscribe().wait_for(|visitors| visitors.now == 2).await;
    StatusCode::INTERNAL_SERVER_ERROR
}
