//! A concurrent link checker: `cargo run -p examples --bin sitecheck -- https://example.com`
//!
//! It reads every page of a site and checks each link and `#fragment` on the way. Without a URL it
//! serves a site of 2,000 pages on a loopback port, some broken on purpose, and checks that.
//! All that goes on at the same time is in this file and in `crawl`; `web` asks one server one thing, `page` and `report`
//! only compute.

mod crawl;
mod page;
mod report;
mod site;
mod web;

use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ayo::{Scope, Signals, State, scope};
use clap::Parser;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use reqwest::Url;
use tokio::time::sleep;

use crawl::{Crawler, Fetch, Patience};
use report::{Ended, Report, Verdict};
use web::Web;

/// Reads all pages of a web site and checks every link and every #fragment on them
#[derive(Parser)]
#[command(after_help = "Exit code: 0 all links are good, 1 some are broken, 2 could not run, \
    3 none is broken so far, but Ctrl-C or the deadline came before the end.\n\
    For the built-in site: 0 if exactly the faults planted there were found.")]
struct Args {
    /// Where to start; pages of this host are read [default: a built-in site, partly broken]
    url: Option<Url>,
    /// How many requests may be under way at once
    #[arg(short = 'c', long, value_name = "N", default_value = "16")]
    max_concurrency: NonZeroUsize,
    /// How long to wait for one answer [default: 10, for the built-in site 2]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Stop after this time and report what was seen until then
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    deadline: Option<Duration>,
    /// How often to ask again when there is no answer, or 429 or 5xx
    #[arg(long, value_name = "N", default_value_t = 1)]
    retries: u32,
    /// Write the report to this file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}

#[ayo::main(signals = false)]
async fn main(run: &Scope) -> ExitCode {
    let code = check(run, Args::parse()).await.unwrap_or_else(|error| {
        eprintln!("sitecheck: {error:#}");
        2
    });
    code.into()
}

#[ayo::scoped]
async fn check(run: &Scope, args: Args) -> Result<u8> {
    let (start, site) = match args.url {
        Some(url) => (url, None),
        None => {
            let site = site::serve(run).await?;
            (site.home.clone(), Some(site))
        }
    };
    println!("Checking {start}");
    let web = Web::new(site.is_some())?;
    let timeout = args.timeout.unwrap_or(if site.is_some() { 2s } else { 10s });
    let patience = Patience { timeout, retries: args.retries };
    let signals = ayo::signals();

    let crawl = scope!(max_concurrency = args.max_concurrency.get(), collect => |crawl| {
        if let Some(deadline) = args.deadline {
            crawl.set_timeout(deadline);
        }
        let crawler = Crawler::start(crawl, web, patience, &start);

        // These two run beside the crawl and end with it. They have nothing that is to be collected.
        let (crawl, bar) = (crawl.as_scope(), progress_bar());
        #[task(background)]
        crawl << stop_on_ctrl_c(signals, run.clone(), crawl.clone(), bar.clone());
        #[task(background)]
        crawl << show_progress(bar, crawler);
    });
    let crawl = crawl.report().await;

    let ended = match &crawl.error {
        None if run.is_stopping() => Ended::Interrupted,
        None => Ended::Complete,
        Some(_) if crawl.timed_out() => Ended::Deadline,
        Some(error) => bail!("the crawl failed: {error:#}"),
    };
    let visits = crawl.results.iter().flatten();
    let visits = visits.map(|visit| (&visit.url, visit)).collect();
    if let Verdict::Broken(problem) = report::judge(&start, &visits) {
        bail!("{start}: {problem}");
    }
    let report = Report::new(&start, ended, crawl.elapsed, &visits);
    report.print();
    if let Some(file) = args.json {
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(&file, json).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let good = match site {
        Some(site) if ended == Ended::Complete => site.compare(&report),
        _ => report.broken.is_empty(),
    };
    Ok(match ended {
        _ if !good => 1,
        Ended::Complete => 0,
        Ended::Interrupted | Ended::Deadline => 3,
    })
}

/// The first Ctrl-C lets the requests under way finish, the second cuts them off. Either way there
/// is a report of what was seen until then.
async fn stop_on_ctrl_c(mut signals: Signals, run: Scope, crawl: Scope, bar: ProgressBar) {
    signals.next().await;
    run.stop();
    bar.suspend(|| eprintln!("Stopping: requests under way may finish. Ctrl-C cuts them off."));
    signals.next().await;
    crawl.cancel_with("Ctrl-C");
}

/// Shows on a terminal only, and is gone when nobody has it any more.
fn progress_bar() -> ProgressBar {
    // The first line is empty, for that is what a terminal leaves there when it shows ^C.
    let template = "\n{spinner:.cyan} {bar:30.cyan} {human_pos} of {human_len} links, {msg}";
    let style = ProgressStyle::with_template(template).expect("a valid template");
    let bar = ProgressBar::new(0).with_style(style.progress_chars("━━─"));
    bar.with_finish(ProgressFinish::AndClear)
}

/// Keeps the bar up to date. The scope itself knows what is under way, and for how long.
async fn show_progress(bar: ProgressBar, crawler: Arc<Crawler<impl Fetch>>) -> ! {
    loop {
        let tree = crawler.scope().tree();
        let visits = tree.children().iter().filter(|task| task.name().starts_with("http"));
        let (waiting, mut running): (Vec<_>, Vec<_>) = visits.partition(|task| task.state() == State::Queued);
        running.sort_by_key(|task| Reverse(task.age()));
        let oldest = running.iter().take(4).map(|task| {
            let url = task.name().split(' ').next().unwrap_or_default();
            format!("\n{:7.1} s  {url}", task.age().as_secs_f32())
        });
        bar.set_message(format!("{} under way{}", running.len(), oldest.collect::<String>()));
        let found = crawler.found();
        bar.set_length(found as u64);
        bar.set_position(found.saturating_sub(waiting.len() + running.len()) as u64);
        sleep(Duration::from_millis(100)).await;
    }
}
