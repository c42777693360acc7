//! The link checker: against the built-in site as a whole, and against small ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

#[allow(dead_code, reason = "the program uses the rest")]
#[path = "../sitecheck/page.rs"]
mod page;
#[allow(dead_code, reason = "the program uses the rest")]
#[path = "../sitecheck/site/plan.rs"]
mod plan;

use page::Page;
use plan::{PAGES, Plan, Reply};

fn sitecheck() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sitecheck"));
    command.env("NO_COLOR", "1");
    command
}

fn json_file(test: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sitecheck-{test}.json"))
}

/// Takes what differs from run to run and from system to system out of a report.
fn read(file: &PathBuf) -> Value {
    let text = std::fs::read_to_string(file).expect("the report was written");
    let mut report: Value = serde_json::from_str(&text).expect("the report is JSON");
    assert!(report["seconds"].take().as_f64().expect("a number") > 0.0);
    let short = |text: &str| text.split(": ").next().unwrap_or_default().to_owned();
    for broken in report["broken"].as_array_mut().expect("a list") {
        broken["problem"] = short(broken["problem"].as_str().expect("text")).into();
    }
    let answers = report["answers"].as_object().expect("a table");
    report["answers"] = answers.iter().map(|(answer, count)| (short(answer), count.clone())).collect();
    report
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn the_whole_report_on_the_built_in_site() {
    let file = json_file("whole");
    let began = Instant::now();
    let Output { status, stdout, stderr } = sitecheck().arg("--json").arg(&file).output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(60));
    let stdout = text(&stdout);
    assert_eq!(text(&stderr), "", "no display where there is no terminal");
    assert!(stdout.contains("exactly these faults were planted there"), "{stdout}");
    assert_eq!(status.code(), Some(0));

    let report = read(&file);
    assert_eq!(report, expected(&plan_of(&report)));
}

/// The plan of the site that a report is about. All that is not known beforehand is two ports.
fn plan_of(report: &Value) -> Plan {
    let url = |text: &Value| Url::parse(text.as_str().expect("text")).expect("a URL");
    let broken = report["broken"].as_array().expect("a list");
    let on_page_5 = |broken: &&Value| url(&broken["page"]).path() == "/page/0005";
    let mut neighbour = url(&broken.iter().find(on_page_5).expect("a broken link")["link"]);
    neighbour.set_fragment(None);
    Plan { home: url(&report["start"]), neighbour }
}

/// The right report, from what the generator of the site has planned.
fn expected(plan: &Plan) -> Value {
    let mut links = 0;
    let mut urls = BTreeSet::new();
    for page in 0..PAGES {
        for link in plan.links(page) {
            links += 1;
            urls.extend(plan.url(page).join(&link.href).map(|url| page::bare(&url)));
        }
    }
    let mut answers = BTreeMap::<String, usize>::new();
    let mut seen = BTreeSet::new();
    while let Some(url) = urls.pop_first() {
        let (answer, next) = answer(plan, &url);
        if seen.insert(url) {
            *answers.entry(answer).or_default() += 1;
            urls.extend(next);
        }
    }
    let broken =
        |[page, link, problem]: [String; 3]| json!({ "page": page, "link": link, "problem": problem });
    json!({
        "start": plan.home.as_str(),
        "ended": "complete",
        "seconds": null,
        // And one next door.
        "pages": PAGES + 1,
        "links": links,
        "unchecked": 0,
        "answers": answers,
        "broken": plan.faults().into_iter().map(broken).collect::<Vec<_>>(),
    })
}

/// What a URL answers, and where it redirects to.
fn answer(plan: &Plan, url: &Url) -> (String, Option<Url>) {
    let code = |code| StatusCode::from_u16(code).expect("a code").to_string();
    match plan::reply(url.path()) {
        _ if url.port() == Some(1) => ("cannot connect".to_owned(), None),
        _ if *url == plan.neighbour => (code(200), None),
        Reply::Page(_) | Reply::SlowPage(_) | Reply::File | Reply::Flaky => (code(200), None),
        Reply::Status(status) => (code(status), None),
        Reply::Redirect(..) if url.path() == "/maze/11" => ("too many redirects".to_owned(), None),
        Reply::Redirect(status, to) => (code(status), url.join(&to).ok()),
        Reply::Drop => ("connection lost".to_owned(), None),
        Reply::Never => ("no answer in time".to_owned(), None),
    }
}

#[test]
fn a_deadline_leaves_a_partial_report() {
    let file = json_file("deadline");
    let began = Instant::now();
    let output = sitecheck().args(["--deadline", "1", "-c", "2", "--json"]).arg(&file).output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    let report = read(&file);
    assert_partial(&report, &output, "deadline");
}

/// Answers each request of a site: the status, and the body. `None`: there is none, ever.
type Answers = fn(&str) -> Option<(&'static str, &'static str)>;

/// More links that are never answered than requests at once, and one that has to wait behind them.
#[cfg(unix)]
fn stubborn(path: &str) -> Option<(&'static str, &'static str)> {
    match path {
        "/" => Some((
            "200 OK",
            "<a href=/1>1</a><a href=/2>2</a><a href=/3>3</a><a href=/4>4</a><a href=/5>5</a>",
        )),
        _ => None,
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_lets_requests_under_way_finish() {
    let file = json_file("ctrl-c");
    let (report, output) = interrupted(&file, 1);
    assert_partial(&report, &output, "interrupted");
    // It was waiting for these all the time, and did so to the end; the fifth it did not ask for any more.
    assert_eq!(report["answers"], json!({ "200 OK": 1, "no answer in time": 4 }));
    assert_eq!(report["unchecked"], 1);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_cuts_them_off() {
    let file = json_file("ctrl-c-twice");
    let (report, output) = interrupted(&file, 2);
    assert_partial(&report, &output, "interrupted");
    assert_eq!(report["answers"], json!({ "200 OK": 1 }));
    assert_eq!(report["unchecked"], 5);
}

/// Checks a site that answers nothing but its first page, and stops the check when all it may ask for at once is asked for.
#[cfg(unix)]
fn interrupted(file: &PathBuf, times: u32) -> (Value, Output) {
    let (url, requests) = serve(stubborn);
    let timeout = if times > 1 { "600" } else { "2" };
    let child = sitecheck()
        .args([&url, "-c", "4", "--timeout", timeout, "--retries", "0", "--json"])
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let asked: BTreeSet<_> = requests.iter().take(5).collect();
    assert_eq!(asked, ["/", "/1", "/2", "/3", "/4"].map(str::to_owned).into());
    interrupt(&child);
    let mut warned = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !warned.contains("Stopping") {
        assert!(stderr.read_line(&mut warned).unwrap() > 0, "{warned}");
    }
    for _ in 1..times {
        interrupt(&child);
    }
    let output = child.wait_with_output().unwrap();
    (read(file), output)
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

fn assert_partial(report: &Value, output: &Output, ended: &str) {
    let stdout = text(&output.stdout);
    assert_eq!(report["ended"], ended, "{stdout}");
    let pages = report["pages"].as_u64().unwrap();
    assert!((1..PAGES as u64).contains(&pages), "{pages} pages");
    assert!(report["unchecked"].as_u64() > Some(0), "{stdout}");
    assert!(stdout.contains("not checked."), "{stdout}");
    let broken = report["broken"].as_array().unwrap();
    let code = if broken.is_empty() { 3 } else { 1 };
    assert_eq!(output.status.code(), Some(code), "{stdout}");
}

/// Serves a site for as long as the test runs. It tells of each path that it is asked for.
fn serve(answers: Answers) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut unanswered = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).unwrap();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let _ = tell.send(path.to_owned());
            let Some((status, body)) = answers(path) else {
                unanswered.push(stream);
                continue;
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}");
            let _ = write!(stream, "{head}\r\nConnection: close\r\n\r\n{body}");
        }
    });
    (url, told)
}

#[test]
fn a_site_without_faults() {
    let (url, _) = serve(|path| match path {
        "/" => Some(("200 OK", "<a href=a#b>a</a>")),
        _ => Some(("200 OK", "<p id=b><a href=/>home</a>")),
    });
    let output = sitecheck().arg(&url).output().unwrap();
    let stdout = text(&output.stdout);
    assert!(stdout.contains("Checked 2 links on 2 pages"), "{stdout}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_site_with_a_fault() {
    let (url, _) = serve(|path| match path {
        "/" => Some(("200 OK", "<img src=/none.png>")),
        _ => Some(("404 Not Found", "")),
    });
    let output = sitecheck().arg(&url).output().unwrap();
    let stdout = text(&output.stdout);
    assert!(stdout.contains("404 Not Found  /none.png"), "{stdout}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_checked_is_exit_code_2() {
    for args in [&["http://127.0.0.1:1/"][..], &["no url"], &["--timeout", "-1"], &["-c", "0"]] {
        let output = sitecheck().args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn what_a_page_links_to() {
    let html = "<base href=/sub/><a href=one>1</a><a href=one>again</a><img src=//other/x.png>
        <a href='mailto:a@b'>mail</a><a href=#here>here</a><link rel=preconnect href=//cdn>
        <a href='http://[half'>no URL</a><a href='?q=1 2'>query</a>";
    let page = Page::read(html, &Url::parse("http://host/page").unwrap());
    let links: Vec<_> = page.links.keys().map(String::as_str).collect();
    let expected = [
        "http://[half",
        "http://host/sub/#here",
        "http://host/sub/?q=1%202",
        "http://host/sub/one",
        "http://other/x.png",
    ];
    assert_eq!(links, expected);
    assert_eq!(page.links["http://[half"], None);
}

#[test]
fn where_a_fragment_leads() {
    let html = "<h1 id=intro>Intro</h1><a name=old></a><p id='größe'>";
    let page = Page::read(html, &Url::parse("http://host/").unwrap());
    for good in ["", "top", "intro", "old", "gr%C3%B6%C3%9Fe", "/route", "intro:~:text=Intro"] {
        assert!(page.has(good), "#{good}");
    }
    for bad in ["Intro", "new", "gr"] {
        assert!(!page.has(bad), "#{bad}");
    }
}
