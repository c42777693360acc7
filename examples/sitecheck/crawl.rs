//! The crawl: a task for each URL that is found, and what those bring home. Where answers come from is up to [`Fetch`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ayo::{Collect, Plain, Scope};
use reqwest::Url;
use tokio::time::sleep;

use crate::page::{Page, bare};

const MAX_REDIRECTS: usize = 10;

/// Where answers come from: the web, or a site that is made up.
pub(crate) trait Fetch: Send + Sync + 'static {
    /// Asks once. An `Err` is trouble that may pass.
    fn fetch(&self, url: &Url) -> impl Future<Output = Result<Answer, String>> + Send;
}

pub(crate) struct Answer {
    /// Such as "200 OK" or "no answer in time".
    pub(crate) text: String,
    pub(crate) found: Found,
}

pub(crate) enum Found {
    Page(Page),
    File,
    Redirect(Url),
    Nothing,
}

/// What a task brings home. A broken link is a value: an `Err` would end the whole crawl.
#[derive(Plain)]
pub(crate) struct Visit {
    pub(crate) url: Url,
    pub(crate) answer: Answer,
}

/// It keeps what its tasks bring home: nothing, if the crawl was stopped before their URL had its turn.
pub(crate) type CrawlScope = Scope<Collect<Option<Visit>>>;

/// How long to wait for one answer, and how often to ask again.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    pub(crate) retries: u32,
}

pub(crate) struct Crawler<F> {
    scope: CrawlScope,
    fetch: F,
    patience: Patience,
    found: Mutex<HashSet<Url>>,
    home: OnceLock<Url>,
}

impl<F: Fetch> Crawler<F> {
    /// Begins at a URL, and visits in this scope whatever can be reached from there.
    pub(crate) fn start(scope: &CrawlScope, fetch: F, patience: Patience, start: &Url) -> Arc<Self> {
        let (found, home) = (Mutex::default(), OnceLock::new());
        let crawler = Arc::new(Self { scope: scope.clone(), fetch, patience, found, home });
        crawler.follow(start, 0);
        crawler
    }

    pub(crate) fn scope(&self) -> &CrawlScope {
        &self.scope
    }

    /// How many URLs were found so far.
    pub(crate) fn found(&self) -> usize {
        self.found.lock().unwrap().len()
    }

    /// Has a URL visited by a task of its own, unless it had one already.
    fn follow(self: &Arc<Self>, url: &Url, redirects: usize) {
        let url = bare(url);
        if self.found.lock().unwrap().insert(url.clone()) {
            let name = url.to_string();
            let visit = Arc::clone(self).visit(url, redirects);
            self.scope.task(visit).name(name).start();
        }
    }

    /// None if the crawl was stopped before this URL had its turn.
    async fn visit(self: Arc<Self>, url: Url, redirects: usize) -> Option<Visit> {
        if self.scope.is_stopping() {
            return None;
        }
        let mut answer = self.ask(&url).await;
        match &mut answer.found {
            Found::Page(page) if self.is_at_home(&url) => {
                page.targets().for_each(|target| self.follow(target, 0));
            }
            Found::Page(page) => page.links.clear(), // Those are for others to check.
            Found::Redirect(to) if redirects < MAX_REDIRECTS => self.follow(to, redirects + 1),
            Found::Redirect(_) => answer = Answer::none("too many redirects"),
            Found::File | Found::Nothing => {}
        }
        Some(Visit { url, answer })
    }

    /// Whether a page is on the same host as the first one.
    fn is_at_home(&self, url: &Url) -> bool {
        let home = self.home.get_or_init(|| url.clone());
        (home.host(), home.port()) == (url.host(), url.port())
    }

    /// Asks until there is an answer that will last, or once too often.
    async fn ask(&self, url: &Url) -> Answer {
        let mut trouble = String::new();
        for attempt in 0..=self.patience.retries {
            sleep(Duration::from_millis(200) * attempt).await;
            match ayo::timeout(self.patience.timeout, self.fetch.fetch(url)).await {
                Ok(Ok(answer)) => return answer,
                Ok(Err(error)) => trouble = error,
                Err(_elapsed) => trouble = "no answer in time".into(),
            }
        }
        Answer::none(trouble)
    }
}

impl Answer {
    fn none(text: impl Into<String>) -> Self {
        Self { text: text.into(), found: Found::Nothing }
    }
}
