//! The report: what was seen, and which links on which pages are broken.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use console::{Color, style};
use indicatif::HumanCount;
use reqwest::Url;
use serde::Serialize;

use crate::crawl::{Found, Visit};
use crate::page::bare;

/// What is known of each URL.
pub(crate) type Visits<'a> = HashMap<&'a Url, &'a Visit>;

#[derive(Serialize)]
pub(crate) struct Report {
    start: String,
    pub(crate) ended: Ended,
    seconds: f64,
    /// HTML pages that were read.
    pages: usize,
    /// Links on them.
    links: usize,
    /// Links that lead to where nobody has been before the end.
    unchecked: usize,
    /// How many URLs gave which answer.
    answers: BTreeMap<String, usize>,
    pub(crate) broken: Vec<Broken>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ended {
    Complete,
    Interrupted,
    Deadline,
}

/// A broken link and the page that has it.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Broken {
    pub(crate) page: String,
    pub(crate) link: String,
    pub(crate) problem: String,
}

impl Broken {
    /// Without the host, where that is the host of the page.
    fn short_link(&self) -> &str {
        let slash = self.page.match_indices('/').nth(2);
        let host = slash.map_or("", |(slash, _)| &self.page[..slash]);
        self.link.strip_prefix(host).unwrap_or(&self.link)
    }
}

pub(crate) enum Verdict {
    Good,
    Broken(String),
    /// It leads to where nobody has been.
    Unknown,
}

impl Report {
    pub(crate) fn new(start: &Url, ended: Ended, took: Duration, visits: &Visits<'_>) -> Self {
        let mut report = Self {
            start: start.to_string(),
            ended,
            seconds: took.as_secs_f64(),
            pages: 0,
            links: 0,
            unchecked: 0,
            answers: BTreeMap::new(),
            broken: Vec::new(),
        };
        for visit in visits.values() {
            report.add(visit, visits);
        }
        report.broken.sort();
        report
    }

    fn add(&mut self, visit: &Visit, visits: &Visits<'_>) {
        *self.answers.entry(visit.answer.text.clone()).or_default() += 1;
        let Found::Page(page) = &visit.answer.found else {
            return;
        };
        self.pages += 1;
        self.links += page.links.len();
        for (link, target) in &page.links {
            let verdict = match target {
                Some(target) => judge(target, visits),
                None => Verdict::Broken("not a valid URL".to_owned()),
            };
            match verdict {
                Verdict::Good => {}
                Verdict::Unknown => self.unchecked += 1,
                Verdict::Broken(problem) => {
                    self.broken.push(Broken { page: visit.url.to_string(), link: link.clone(), problem })
                }
            }
        }
    }

    pub(crate) fn print(&self) {
        println!();
        let pages = self.broken.chunk_by(|a, b| a.page == b.page);
        for on_page in pages.clone() {
            println!("{}", style(&on_page[0].page).bold());
            for broken in on_page {
                let problem = style(&broken.problem).red();
                println!("  {} {problem}  {}", style("✗").red(), broken.short_link());
            }
        }

        if !self.broken.is_empty() {
            println!();
        }
        for (answer, count) in &self.answers {
            let color = match answer.as_bytes() {
                [b'2', ..] => Color::Green,
                [b'3', ..] => Color::Yellow,
                _ => Color::Red,
            };
            let count = HumanCount(*count as u64).to_string();
            println!("{count:>8}  {}", style(answer).fg(color));
        }

        println!();
        let count = |count: usize, what: &str| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{} {what}{plural}", HumanCount(count as u64))
        };
        let on_pages = format!("{} on {}", count(self.links, "link"), count(self.pages, "page"));
        let found = format!("{on_pages} in {:.1} s", self.seconds);
        let unchecked = count(self.unchecked, "link");
        match self.ended {
            Ended::Complete => println!("Checked {found}."),
            Ended::Interrupted => println!("Found {found}.\nInterrupted: {unchecked} not checked."),
            Ended::Deadline => println!("Found {found}.\nThe deadline came first: {unchecked} not checked."),
        }
        match self.broken.len() {
            0 => println!("{}", style("No link is broken.").green()),
            broken => {
                let broken = format!("{} on {}", count(broken, "broken link"), count(pages.count(), "page"));
                println!("{}", style(broken).red().bold());
            }
        }
    }
}

/// Whether a link leads somewhere, by way of redirects too.
pub(crate) fn judge(link: &Url, visits: &Visits<'_>) -> Verdict {
    let mut url = link;
    let mut fragment = None;
    let mut passed = HashSet::new();
    loop {
        let Some(visit) = visits.get(&bare(url)) else {
            return Verdict::Unknown;
        };
        // That of the redirect comes before that of the link.
        fragment = url.fragment().or(fragment);
        match (&visit.answer.found, fragment) {
            (Found::Redirect(to), _) if passed.insert(url) => url = to,
            (Found::Redirect(_), _) => return Verdict::Broken("redirect loop".to_owned()),
            (Found::Nothing, _) => return Verdict::Broken(visit.answer.text.clone()),
            (Found::Page(page), Some(id)) if !page.has(id) => {
                return Verdict::Broken(format!("no #{id} on that page"));
            }
            (Found::Page(_) | Found::File, _) => return Verdict::Good,
        }
    }
}
