//! The web: asks one server one thing.

use std::error::Error;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use crate::crawl::{Answer, Fetch, Found};
use crate::page::Page;

pub(crate) struct Web(Client);

impl Web {
    /// Leaves redirects to the crawler. For the built-in site it needs neither a proxy nor the certificates of this machine.
    pub(crate) fn new(built_in: bool) -> reqwest::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).user_agent("ayo-sitecheck");
        let client = if built_in { client.no_proxy().tls_certs_only([]) } else { client };
        client.build().map(Self)
    }
}

impl Fetch for Web {
    async fn fetch(&self, url: &Url) -> Result<Answer, String> {
        let response = self.0.get(url.clone()).send().await.map_err(trouble)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(status.to_string());
        }
        let header = |name| response.headers().get(name)?.to_str().ok();
        let is_html = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
        let found = match header(LOCATION).and_then(|to| url.join(to).ok()) {
            Some(to) if status.is_redirection() => Found::Redirect(to),
            _ if !status.is_success() => Found::Nothing,
            _ if !is_html => Found::File,
            _ => Found::Page(Page::read(&response.text().await.map_err(trouble)?, url)),
        };
        Ok(Answer { text: status.to_string(), found })
    }
}

fn trouble(error: reqwest::Error) -> String {
    match std::iter::successors(error.source(), |&cause| cause.source()).last() {
        Some(cause) if error.is_connect() => format!("cannot connect: {cause}"),
        _ if error.is_builder() => "not a web address".into(),
        _ => "connection lost".into(),
    }
}
