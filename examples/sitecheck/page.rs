//! What a page says: the links on it, and the places on it that a link can lead to.

use std::collections::{BTreeMap, HashSet};

use percent_encoding::percent_decode_str;
use reqwest::Url;
use scraper::Html;

#[derive(Default)]
pub(crate) struct Page {
    /// By full URL, or by what stands there in the place of one; without mailto: and the like.
    pub(crate) links: BTreeMap<String, Option<Url>>,
    ids: HashSet<String>,
}

impl Page {
    pub(crate) fn read(html: &str, url: &Url) -> Self {
        let html = Html::parse_document(html);
        let tags = || html.tree.values().filter_map(|node| node.as_element());
        let mut bases = tags().filter(|tag| tag.name() == "base");
        let base = bases.find_map(|tag| url.join(tag.attr("href")?).ok());
        let base = base.as_ref().unwrap_or(url);

        let mut page = Self::default();
        for tag in tags() {
            let name = tag.attr("name").filter(|_| tag.name() == "a");
            page.ids.extend(name.into_iter().chain(tag.attr("id")).map(str::to_owned));
            let hint = matches!(tag.attr("rel"), Some("preconnect" | "dns-prefetch"));
            let link = tag.attr("href").or(tag.attr("src"));
            let Some(link) = link.filter(|_| tag.name() != "base" && !hint) else {
                continue;
            };
            match base.join(link) {
                Ok(url) if !url.scheme().starts_with("http") => {}
                Ok(url) => drop(page.links.insert(url.to_string(), Some(url))),
                Err(_) => drop(page.links.insert(link.to_owned(), None)),
            }
        }
        page
    }

    pub(crate) fn targets(&self) -> impl Iterator<Item = &Url> {
        self.links.values().flatten()
    }

    /// Whether `#fragment` leads somewhere; `#/…` and `#!…` are up to the scripts of the page.
    pub(crate) fn has(&self, fragment: &str) -> bool {
        let id = fragment.split(":~:").next().unwrap_or_default();
        let id = percent_decode_str(id).decode_utf8_lossy();
        id.is_empty() || id == "top" || id.starts_with(['/', '!']) || self.ids.contains(&*id)
    }
}

/// The URL without its `#fragment`: what is asked for.
pub(crate) fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}
