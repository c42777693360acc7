//! What the built-in site has, and what is wrong with it. Nothing here does I/O or is left to
//! chance, so that a check of the site has one right result.

use std::fmt::Write;

use reqwest::Url;

/// How many pages there are. They form a tree, eight below each.
pub(crate) const PAGES: usize = 2_000;

/// Where the site is, and where another one is that it has links to.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) home: Url,
    pub(crate) neighbour: Url,
}

/// A link as a page has it, and what a check must find wrong with it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) problem: Option<&'static str>,
}

/// What the server does when asked for a path.
#[derive(Debug)]
pub(crate) enum Reply {
    Page(usize),
    /// A page that takes its time.
    SlowPage(usize),
    /// Something with no links on it.
    File,
    Status(u16),
    Redirect(u16, String),
    /// Unavailable when asked for the first time, a file from then on.
    Flaky,
    /// The head of a page, and then the connection is closed.
    Drop,
    /// Nothing at all, and the connection stays open.
    Never,
}

pub(crate) fn path(page: usize) -> String {
    if page == 0 { "/".to_owned() } else { format!("/page/{page:04}") }
}

pub(crate) fn reply(path: &str) -> Reply {
    let (place, number) = path.rsplit_once('/').unwrap_or_default();
    let number: Option<usize> = number.parse().ok();
    match (place, number) {
        ("/page", Some(page)) if page < PAGES && page % 250 == 100 => Reply::SlowPage(page),
        ("/page", Some(page)) if page < PAGES => Reply::Page(page),
        ("/old", Some(page)) if page < PAGES => Reply::Redirect(301, self::path(page)),
        ("/maze", Some(step)) => Reply::Redirect(302, format!("/maze/{}", step + 1)),
        _ => match path {
            "/" => Reply::Page(0),
            "/style.css" | "/logo.svg" => Reply::File,
            "/flaky" => Reply::Flaky,
            "/drops" => Reply::Drop,
            "/never" => Reply::Never,
            "/broken" => Reply::Status(500),
            "/loop/there" => Reply::Redirect(302, "/loop/back".to_owned()),
            "/loop/back" => Reply::Redirect(302, "/loop/there".to_owned()),
            _ => Reply::Status(404),
        },
    }
}

impl Plan {
    pub(crate) fn url(&self, page: usize) -> Url {
        self.home.join(&path(page)).expect("a path")
    }

    /// All links of a page, those that are fine and those that are not.
    pub(crate) fn links(&self, page: usize) -> Vec<Link> {
        let mut links = vec![good("/style.css"), good("/logo.svg"), good("#part-3")];
        links.extend((8 * page + 1..=8 * page + 8).filter(|&n| n < PAGES).map(|n| good(path(n))));
        if page > 0 {
            links.push(good(path((page - 1) / 8) + "#part-2"));
            links.push(good(format!("{:04}#caf%C3%A9", (page + 1).min(PAGES - 1))));
        }
        links.extend(self.special(page));
        links
    }

    fn special(&self, page: usize) -> Vec<Link> {
        let neighbour = &self.neighbour;
        let mut links = match page {
            0 => vec![bad("/never", "no answer in time")],
            1 => vec![bad("/drops", "connection lost")],
            2 => vec![bad("/broken", "500 Internal Server Error")],
            3 => vec![bad("http://127.0.0.1:1/", "cannot connect")],
            4 => vec![bad("http://[half", "not a valid URL")],
            5 => vec![
                good(neighbour.as_str()),
                good(format!("{neighbour}#about")),
                bad(format!("{neighbour}#nowhere"), "no #nowhere on that page"),
            ],
            6 => vec![bad("/maze/1", "too many redirects")],
            7 => vec![good("/flaky")],
            8 => vec![bad("/old/0077#nowhere", "no #nowhere on that page")],
            _ => vec![],
        };
        match page % 250 {
            13 => links.push(bad(format!("/gone/{page:04}"), "404 Not Found")),
            29 => links.push(bad(path(page / 2) + "#nowhere", "no #nowhere on that page")),
            31 => links.push(good(format!("/old/{:04}#part-1", page / 3))),
            47 if page % 1_000 == 47 => links.push(bad("/loop/there", "redirect loop")),
            _ => {}
        }
        links
    }

    /// What a check must report, in order: the page, the link, and what is wrong with it, or the
    /// first words of that where the rest is up to the system.
    pub(crate) fn faults(&self) -> Vec<[String; 3]> {
        let mut faults = Vec::new();
        for page in 0..PAGES {
            let url = self.url(page);
            for Link { href, problem } in self.links(page) {
                if let Some(problem) = problem {
                    let link = url.join(&href).map_or(href, Into::into);
                    faults.push([url.to_string(), link, problem.to_owned()]);
                }
            }
        }
        faults.sort();
        faults
    }

    pub(crate) fn html(&self, page: usize) -> String {
        let mut html = format!("<!doctype html><title>Page {page}</title><h1>Page {page}</h1>");
        for part in 1..=3 {
            let text = "A sentence of the kind that one finds on pages. ".repeat(6);
            let _ = write!(html, "<h2 id=part-{part}>Part {part}</h2><p>{text}</p>");
        }
        html += "<a name='café'></a><a href='mailto:nobody@example.com'>Write to nobody</a><ul>";
        for Link { href, .. } in self.links(page) {
            let _ = match href.rsplit_once('.') {
                Some((_, "css")) => write!(html, "<link rel=stylesheet href='{href}'>"),
                Some((_, "svg")) => write!(html, "<img alt='' src='{href}'>"),
                _ => write!(html, "<li><a href='{href}'>{href}</a>"),
            };
        }
        html + "</ul>"
    }
}

fn good(href: impl Into<String>) -> Link {
    Link { href: href.into(), problem: None }
}

fn bad(href: impl Into<String>, problem: &'static str) -> Link {
    Link { href: href.into(), problem: Some(problem) }
}
