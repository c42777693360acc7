scope!(
    max_concurrency = 10,
    recursive,
    timeout = 30ms,
    deadline = Instant::now() + 1.5s,
    name = format!("crawl {host}"),
    collect = HashMap<String, u32>,
    supervise,
    on_error = |error| eprintln!("{error}"),
    cancel_timeout = 2 * 1s,
    timeline = dir.join("crawl.json"),
    parent = outer,
    => |run| {
        run << fetch(url);
    }
)
