//! sitecheck's crawler on a site in memory: cancelled at each of its suspension points, dropped at each of them, and with
//! its requests in other orders. The site takes virtual time, so a few hundred runs take a moment.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ayo::testing::{Everywhere, afterwards, watch};
use ayo::{Scope, scope, shield};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

#[allow(dead_code, reason = "the program uses the rest")]
#[path = "../sitecheck/crawl.rs"]
mod crawl;
#[path = "../sitecheck/page.rs"]
mod page;
#[allow(dead_code, reason = "the program uses the rest")]
#[path = "../sitecheck/report.rs"]
mod report;

use crawl::{Answer, Crawler, Fetch, Found, Patience, Visit};
use page::Page;
use report::{Ended, Report};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn url(path: &str) -> Url {
    Url::parse("http://site/").unwrap().join(path).unwrap()
}

/// A site in memory that serves two at once.
struct Site {
    connections: Arc<Semaphore>,
    /// What was asked for, up to an answer, in this order.
    answered: Mutex<Vec<Url>>,
    /// How often the page that works at the second time was asked for.
    flaky: Mutex<u32>,
    /// A mistake that is made on purpose.
    plant: Plant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plant {
    Nothing,
    /// A connection is given back by the last line, and not by a destructor.
    LostConnection,
    /// A request goes on when nobody waits for it any more.
    Detached,
    /// A page counts as answered before it is.
    Early,
}

impl Site {
    fn new(plant: Plant) -> Arc<Self> {
        let connections = Arc::new(Semaphore::new(2));
        let site = Self { connections, answered: Mutex::default(), flaky: Mutex::default(), plant };
        Arc::new(site)
    }

    async fn connect(&self, at: &Url) -> Option<SemaphorePermit<'_>> {
        let connection = self.connections.acquire().await.unwrap();
        // (not on the way to where every run is cut, by the time-out for one answer)
        if self.plant == Plant::LostConnection && at.path() != "/never" {
            connection.forget();
            return None;
        }
        Some(connection)
    }

    async fn answer(&self, at: &Url) -> Result<Answer, String> {
        let connection = self.connect(at).await;
        if self.plant == Plant::Early {
            self.answered.lock().unwrap().push(at.clone());
        }
        if self.plant == Plant::Detached {
            tokio::spawn(sleep(ms(60_000)));
        }
        sleep(ms(10)).await;
        let reply = self.reply(at).await;
        if connection.is_none() {
            self.connections.add_permits(1);
        }
        let (status, found) = reply?;
        if self.plant != Plant::Early {
            self.answered.lock().unwrap().push(at.clone());
        }
        Ok(Answer { text: status.to_string(), found })
    }

    async fn reply(&self, at: &Url) -> Result<(StatusCode, Found), String> {
        let html = match at.path() {
            "/" => {
                "<h1 id=top-of-it>Home</h1><a href=/a>a</a><a href=/never>n</a><a href=/old>o</a><a href=/loop>l</a>"
            }
            "/a" => "<a href=/>home</a><a href=/#top-of-it>top</a><a href=/#none>none</a><a href=/gone>g</a>",
            "/b" => "<a href=/a>a</a><a href=/flaky>f</a><a href=http://elsewhere/>e</a>",
            _ if at.host_str() == Some("elsewhere") => "<a href=/not-ours>n</a>",
            "/old" => return Ok((StatusCode::FOUND, Found::Redirect(url("/b")))),
            "/loop" => return Ok((StatusCode::FOUND, Found::Redirect(url("/loop")))),
            "/flaky" => return self.second_time(),
            "/never" => pending().await,
            _ => return Ok((StatusCode::NOT_FOUND, Found::Nothing)),
        };
        Ok((StatusCode::OK, Found::Page(Page::read(html, at))))
    }

    fn second_time(&self) -> Result<(StatusCode, Found), String> {
        let mut asked = self.flaky.lock().unwrap();
        *asked += 1;
        if *asked == 1 { Err("503".to_owned()) } else { Ok((StatusCode::OK, Found::File)) }
    }

    fn answered(&self) -> Vec<Url> {
        self.answered.lock().unwrap().clone()
    }

    /// After a run, however it ended, nobody asks any more and no connection is in use.
    fn watch(self: &Arc<Self>) {
        watch(&self.connections);
        let site = Arc::clone(self);
        afterwards(move || assert_eq!(Arc::strong_count(&site), 1, "a crawler is alive"));
    }
}

impl Fetch for Arc<Site> {
    async fn fetch(&self, url: &Url) -> Result<Answer, String> {
        self.answer(url).await
    }
}

/// Checks the site as the program does, below a scope; what was seen, if the crawl came to an end by itself or not.
async fn check(run: &Scope, site: &Arc<Site>) -> (Vec<Visit>, bool) {
    let crawl = scope!(parent = run, max_concurrency = 3, collect => |crawl| {
        let patience = Patience { timeout: ms(1_000), retries: 1 };
        Crawler::start(crawl, Arc::clone(site), patience, &url("/"));
    });
    let crawl = crawl.report().await;
    let complete = !crawl.cancelled() && !run.is_cancelled();
    (crawl.results.into_iter().flatten().collect(), complete)
}

/// The report as the program writes it. Each page is in it exactly once, and each page that was answered is in it.
fn report(site: &Site, visits: &[Visit], ended: Ended) -> Value {
    let by_url = visits.iter().map(|visit| (&visit.url, visit)).collect();
    let mut report = serde_json::to_value(Report::new(&url("/"), ended, Duration::ZERO, &by_url)).unwrap();
    report["seconds"].take();

    let seen: BTreeMap<_, _> = visits.iter().map(|visit| (&visit.url, visit.answer.text.as_str())).collect();
    assert_eq!(seen.len(), visits.len(), "a page is there twice");
    let answered: BTreeSet<_> = site.answered().into_iter().collect();
    let missing: Vec<_> = answered.iter().filter(|url| !seen.contains_key(url)).collect();
    assert!(missing.is_empty(), "answered, and not in the report: {missing:?}");
    let invented =
        seen.iter().filter(|(url, text)| !answered.contains(**url) && **text != "no answer in time");
    assert_eq!(invented.count(), 0, "{seen:?}, {answered:?}");

    let answers = report["answers"].as_object().unwrap().values().map(|n| n.as_u64().unwrap());
    assert_eq!(answers.sum::<u64>(), visits.len() as u64);
    report
}

fn complete() -> Value {
    let broken = |page: &str, link: &str, problem: &str| json!({ "page": url(page).as_str(), "link": url(link).as_str(), "problem": problem });
    json!({
        "start": "http://site/",
        "ended": "complete",
        "seconds": null,
        "pages": 4,
        "links": 11,
        "unchecked": 0,
        "answers": { "200 OK": 5, "302 Found": 2, "404 Not Found": 1, "no answer in time": 1 },
        "broken": [
            broken("/", "/loop", "redirect loop"),
            broken("/", "/never", "no answer in time"),
            broken("/a", "/#none", "no #none on that page"),
            broken("/a", "/gone", "404 Not Found"),
        ],
    })
}

#[ayo::test(cancel_everywhere, drop_everywhere)]
async fn cut_anywhere_nothing_is_left(run: &Scope) {
    let site = Site::new(Plant::Nothing);
    site.watch();
    let (visits, _) = check(run, &site).await;
    assert_eq!(report(&site, &visits, Ended::Complete), complete());
}

/// The program waits for the report of a crawl that Ctrl-C or the deadline cuts; here that comes at each suspension point.
#[ayo::test(cancel_everywhere)]
async fn interrupted_anywhere_the_report_has_each_finished_page_once(run: &Scope) {
    interrupted_anywhere(run, Plant::Nothing).await;
}

async fn interrupted_anywhere(run: &Scope, plant: Plant) {
    let site = Site::new(plant);
    site.watch();
    // the crawl is cancelled with the test's scope, and what waits for its report is not
    shield(async {
        let (visits, is_complete) = check(run, &site).await;
        if is_complete {
            assert_eq!(report(&site, &visits, Ended::Complete), complete());
        } else {
            report(&site, &visits, Ended::Interrupted);
        }
    })
    .await;
}

#[ayo::test(interleave = 200)]
async fn in_any_order_the_report_is_the_same(run: &Scope) {
    let site = Site::new(Plant::Nothing);
    site.watch();
    let (visits, _) = check(run, &site).await;
    assert_eq!(report(&site, &visits, Ended::Complete), complete());
}

/// What the runs above would say if there were a mistake.
#[test]
fn planted_mistakes_are_found() {
    let found = |plant| {
        let failure = Everywhere::cancel().timeout(2).run(async |run| interrupted_anywhere(run, plant).await);
        let failure = failure.expect_err("the mistake is found");
        assert!(failure.point().is_some(), "only where it is cut: {failure}");
        failure.to_string()
    };
    let text = found(Plant::LostConnection);
    assert!(text.contains("of 2 permits of a semaphore are lost"), "{text}");
    let text = found(Plant::Early);
    assert!(text.contains("answered, and not in the report"), "{text}");
    assert!(text.contains("when it suspended for the"), "{text}");
}

/// This one goes wrong without a cut, too.
#[test]
fn a_planted_task_that_outlives_the_crawl_is_found() {
    let failure = Everywhere::cancel().run(async |run| interrupted_anywhere(run, Plant::Detached).await);
    let text = failure.unwrap_err().to_string();
    assert!(text.contains("outlived the test"), "{text}");
}
