//! The report: what was seen, and which links of which pages are broken.

use std::collections::{BTreeMap, HashMap, HashSet};

use console::style;
use reqwest::Url;
use serde::Serialize;

use crate::page::bare;
use crate::{Found, Visit};

#[derive(Default, Serialize)]
pub struct Report {
    pub start: String,
    /// "complete", or why it is not: "interrupted" or "deadline".
    pub ended: &'static str,
    pub seconds: f64,
    pub pages: usize,
    pub links: usize,
    /// Links that lead to where nobody has been before the end.
    pub unchecked: usize,
    /// How many URLs gave which answer.
    pub answers: BTreeMap<String, usize>,
    /// By page and link, what is wrong.
    pub broken: BTreeMap<String, BTreeMap<String, String>>,
}

impl Report {
    pub fn new(visits: &HashMap<&Url, &Visit>) -> Self {
        let mut report = Self::default();
        for visit in visits.values() {
            *report.answers.entry(visit.answer.clone()).or_default() += 1;
            let Found::Page(page) = &visit.found else {
                continue;
            };
            report.pages += 1;
            report.links += page.links.len();
            for (link, target) in &page.links {
                match judge(target.as_ref(), visits) {
                    None => report.unchecked += 1,
                    Some(Ok(())) => {}
                    Some(Err(problem)) => {
                        let broken = report.broken.entry(visit.url.to_string()).or_default();
                        broken.insert(link.clone(), problem);
                    }
                }
            }
        }
        report
    }

    pub fn print(&self) {
        for (page, links) in &self.broken {
            println!("{}", style(page).bold());
            for (link, problem) in links {
                println!("  {} {link}  {}", style("✗").red(), style(problem).red());
            }
        }
        println!();
        for (answer, count) in &self.answers {
            println!("{count:>7}  {answer}");
        }
        let broken: usize = self.broken.values().map(BTreeMap::len).sum();
        println!("\n{} after {:.1} s: ", self.ended, self.seconds);
        println!(
            "{} pages, {} links, {broken} broken, {} unchecked",
            self.pages, self.links, self.unchecked
        );
    }
}

/// Whether a link leads somewhere: an `Err` says why not, None that nobody has been there.
pub fn judge(link: Option<&Url>, visits: &HashMap<&Url, &Visit>) -> Option<Result<(), String>> {
    let Some(mut url) = link else {
        return Some(Err("not a valid URL".into()));
    };
    let (mut fragment, mut passed) = (None, HashSet::new());
    loop {
        let visit = visits.get(&bare(url))?;
        fragment = url.fragment().or(fragment);
        return Some(match &visit.found {
            Found::Redirect(to) if passed.insert(url) => {
                url = to;
                continue;
            }
            Found::Redirect(_) => Err("redirect loop".into()),
            Found::Nothing => Err(visit.answer.clone()),
            Found::Page(page) if fragment.is_some_and(|id| !page.has(id)) => {
                Err(format!("no #{} on that page", fragment.unwrap_or_default()))
            }
            Found::Page(_) | Found::File => Ok(()),
        });
    }
}
