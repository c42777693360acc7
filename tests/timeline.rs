//! Timelines: the file that comes of a run, whatever the run comes to.

#[cfg(unix)]
mod child;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ayo::{actxmgr, manager, scope, with};
use serde_json::Value;
use support::{Boom, Flag, Gate, both, panic_of, paused, turns, until};
use tokio::time::sleep;

/// A file that is gone when the test is.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::SeqCst);
        Self(std::env::temp_dir().join(format!("ayo-timeline-{}-{number}.json", std::process::id())))
    }

    fn path(&self) -> PathBuf {
        self.0.clone()
    }

    #[track_caller]
    fn read(&self) -> Trace {
        Trace::read(&self.0)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A slice of a track.
#[derive(Clone, Debug)]
struct Slice {
    name: String,
    kind: String,
    begin: f64,
    end: f64,
    /// In how many others it is.
    depth: usize,
}

/// What is in a file, with all that must hold for any checked.
#[derive(Debug, Default)]
struct Trace {
    /// By process and thread.
    tracks: BTreeMap<(u64, u64), Track>,
    processes: BTreeMap<u64, String>,
    arrows: Vec<((u64, u64), (u64, u64))>,
    left_out: u64,
}

#[derive(Debug, Default)]
struct Track {
    name: String,
    slices: Vec<Slice>,
    events: Vec<String>,
}

impl Trace {
    #[track_caller]
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("the file is there");
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let mut trace = Self { left_out: file["otherData"]["left out"].as_u64().unwrap(), ..Self::default() };
        let mut open: BTreeMap<(u64, u64), Vec<Slice>> = BTreeMap::new();
        let mut tails = BTreeMap::new();
        let mut last = 0.0;
        for event in file["traceEvents"].as_array().expect("a list") {
            let at = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
            let (name, time) =
                (event["name"].as_str().unwrap_or_default().to_owned(), event["ts"].as_f64().unwrap());
            let track = trace.tracks.entry(at).or_default();
            if event["ph"] != "M" {
                assert!(time >= last, "the times go up");
                last = time;
            }
            match event["ph"].as_str().unwrap() {
                "M" if name == "process_name" => {
                    let before =
                        trace.processes.insert(at.0, event["args"]["name"].as_str().unwrap().to_owned());
                    assert_eq!(before, None, "one name for a process");
                }
                "M" if name == "thread_name" => {
                    assert_eq!(track.name, "", "one name for a track");
                    event["args"]["name"].as_str().unwrap().clone_into(&mut track.name);
                }
                "M" => {}
                "B" => {
                    let open = open.entry(at).or_default();
                    let kind = event["cat"].as_str().unwrap().to_owned();
                    if ["task", "scope", "tear-down"].contains(&&*kind) {
                        assert!(event["args"]["site"].as_str().unwrap().contains("tests/"), "{event}");
                        assert!(open.is_empty() || kind == "tear-down", "it is the outermost");
                    }
                    open.push(Slice { name, kind, begin: time, end: time, depth: open.len() });
                }
                "E" => {
                    let mut slice = open.get_mut(&at).and_then(Vec::pop).expect("something is open");
                    slice.end = time;
                    track.slices.push(slice);
                }
                "i" => track.events.push(name),
                "s" => assert!(tails.insert(event["id"].as_u64(), at).is_none()),
                "f" => trace.arrows.push((tails.remove(&event["id"].as_u64()).expect("a tail"), at)),
                other => panic!("what is {other}?"),
            }
        }
        assert!(tails.is_empty());
        assert!(open.values().all(Vec::is_empty), "all that begins ends: {open:?}");
        for (at, track) in &trace.tracks {
            let outermost = track.slices.iter().filter(|slice| slice.depth == 0).count();
            assert_eq!(outermost, 1, "one scope or task on a track: {at:?} {track:?}");
            assert!(!track.name.is_empty() && trace.processes.contains_key(&at.0), "{track:?}");
        }
        trace
    }

    /// The only scope of this name: its number, and its own track.
    #[track_caller]
    fn scope(&self, name: &str) -> (u64, &Track) {
        let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let numbers = Vec::from_iter(
            self.processes.iter().filter(|(_, path)| last(path).is_some_and(|last| last == name)),
        );
        assert_eq!(numbers.len(), 1, "{name}: {:?}", self.processes);
        let number = *numbers[0].0;
        (number, &self.tracks[&(number, number)])
    }

    /// The names of all tasks.
    fn tasks(&self) -> Vec<&str> {
        let tasks = self.tracks.iter().filter(|((scope, track), _)| scope != track);
        Vec::from_iter(tasks.map(|(_, track)| &*track.name))
    }

    #[track_caller]
    fn task(&self, name: &str) -> &Track {
        self.task_in(name).1
    }

    #[track_caller]
    fn task_in(&self, name: &str) -> ((u64, u64), &Track) {
        let mut found = self.tracks.iter().filter(|(_, track)| track.name == name);
        let (at, track) = found.next().unwrap_or_else(|| panic!("no {name} in {self:#?}"));
        assert!(found.next().is_none(), "more than one {name}");
        (*at, track)
    }
}

impl Track {
    /// In milliseconds, from the begin to the end of this slice.
    #[track_caller]
    fn millis(&self, name: &str) -> (u64, u64) {
        let slice =
            self.slices.iter().find(|slice| slice.name == name).unwrap_or_else(|| panic!("{name}: {self:?}"));
        millis_of(slice)
    }

    fn has(&self, name: &str) -> bool {
        self.slices.iter().any(|slice| slice.name == name)
    }
}

/// Its begin and its end.
fn millis_of(slice: &Slice) -> (u64, u64) {
    ((slice.begin / 1000.0).round() as u64, (slice.end / 1000.0).round() as u64)
}

async fn waits() {
    std::future::pending::<()>().await;
}

async fn failing(gate: Gate) -> Result<(), Boom> {
    gate.passed().await;
    Err(Boom(7))
}

async fn millis(n: u64) {
    sleep(Duration::from_millis(n)).await;
}

actxmgr! {
    async fn torn_down_in(time: u64) -> () {
        yield;
        if time > 0 {
            millis(time).await;
        }
    }
}

actxmgr! {
    async fn nested() -> () {
        yield;
        with!(_ = torn_down_in(10) => {}).await?;
    }
}

actxmgr! {
    async fn another(time: u64) -> () {
        yield;
        with!(_ = torn_down_in(time) => { millis(10).await; }).await?;
        millis(10).await;
    }
}

paused! {
    async fn scopes_tasks_and_waits_for_a_place_are_as_long_as_they_were() {
        let file = Temporary::new();
        scope!(name = "outer", max_concurrency = 1, timeline = file.path() => |run| {
            run.task(millis(100)).name("first").start();
            run.task(millis(50)).name("second").start();
            millis(200).await;
        }).await.unwrap();
        let trace = file.read();
        assert_eq!(trace.tasks(), ["first #1", "second #2"]);
        assert_eq!(trace.scope("outer").1.millis("outer"), (0, 200));
        let (first, second) = (trace.task("first #1"), trace.task("second #2"));
        assert_eq!((first.millis("first #1"), first.millis("waits for a place")), ((0, 100), (0, 0)));
        assert_eq!((second.millis("second #2"), second.millis("waits for a place")), ((0, 150), (0, 100)));
        assert!(!second.has("cleans up") && second.events.is_empty());
    }

    async fn cancellations_and_clean_up_are_in_it() {
        let file = Temporary::new();
        let end = scope!(name = "outer", timeout = 0.1, timeline = file.path() => |run| {
            run.task(ayo::shield(millis(300))).name("finishes").start();
            run.task(waits()).name("is dropped").start();
            let task = run.task(async { ayo::shield(millis(70)).await; waits().await; }).name("alone").spawn();
            millis(20).await;
            task.cancel_with("not needed");
            waits().await;
        }).await;
        assert!(end.is_err());
        let trace = file.read();
        let (_, outer) = trace.scope("outer");
        assert_eq!((outer.millis("outer"), outer.millis("cleans up")), ((0, 300), (100, 300)));
        assert_eq!(outer.events, ["cancelled: its time was up"]);
        assert_eq!(trace.task("finishes #1").millis("cleans up"), (100, 300));
        let dropped = trace.task("is dropped #2");
        assert_eq!((dropped.millis("is dropped #2"), dropped.millis("cleans up")), ((0, 100), (100, 100)));
        assert_eq!(dropped.events, ["cancelled: its time was up"]);
        let alone = trace.task("alone #3");
        assert_eq!((alone.millis("alone #3"), alone.millis("cleans up")), ((0, 70), (20, 70)));
        assert_eq!(alone.events, ["cancelled: not needed"]);
    }

    async fn a_place_that_is_lent_is_in_it() {
        let file = Temporary::new();
        scope!(max_concurrency = 1, timeline = file.path() => |run| {
            let (one, another) = (run.clone(), run.clone());
            let third = async move || { another.task(millis(20)).name("third").spawn().await };
            let first = async move {
                millis(10).await;
                let second = one.task(async move { millis(10).await; third().await }).name("second").spawn();
                let _ = second.await;
                millis(5).await;
            };
            run.task(first).name("first").start();
        }).await.unwrap();
        let trace = file.read();
        let [first, second, third] = ["first #1", "second #2", "third #3"].map(|name| trace.task(name));
        assert_eq!(first.millis("first #1"), (0, 45));
        assert_eq!(first.millis("its place is lent to second #2"), (10, 40));
        assert_eq!(second.millis("second #2"), (10, 40));
        assert_eq!(second.millis("its place is lent to third #3"), (20, 40));
        assert_eq!((third.millis("third #3"), third.millis("waits for a place")), ((20, 40), (20, 20)));
        assert_eq!([first, second, third].map(|track| track.slices.len()), [3, 3, 2]);
    }

    async fn a_place_is_lent_as_long_as_what_has_it_runs() {
        let file = Temporary::new();
        scope!(max_concurrency = 1, timeline = file.path() => |run| {
            let scope = run.clone();
            run.task(async move {
                let second = scope.task(millis(50)).name("second").spawn();
                tokio::select! { _ = second => {} () = millis(10) => {} }
                millis(10).await;
            }).name("first").start();
        }).await.unwrap();
        let trace = file.read();
        let first = trace.task("first #1");
        assert_eq!((first.millis("first #1"), first.millis("its place is lent to second #2")), ((0, 20), (0, 20)));
        assert_eq!(trace.task("second #2").millis("second #2"), (0, 50));
    }

    async fn tear_downs_that_wait_are_in_it() {
        let file = Temporary::new();
        scope!(name = "outer", timeline = file.path() => |run| {
            run.task(async {
                with!(_ = torn_down_in(0) => { millis(5).await; }).await?;
                with!(_ = torn_down_in(30) => { millis(5).await; }).await?;
                with!(_ = another(20) => {}).await?;
                with!(_ = nested() => {}).await?;
                defer!(millis(40).await);
                Ok::<_, ayo::Error>(())
            }).name("task").start();
            with!(_ = torn_down_in(70) => { millis(20).await; }).await?;
        }).await.unwrap();
        let trace = file.read();
        let (_, outer) = trace.scope("outer");
        assert_eq!((outer.millis("outer"), outer.millis("tears down torn_down_in")), ((0, 130), (20, 90)));
        let task = trace.task("task #1");
        let times = Vec::from_iter(task.slices.iter().map(|slice| (&*slice.name, slice.depth)));
        let expected = [
            ("waits for its turn", 1), ("tears down torn_down_in", 1), ("tears down torn_down_in", 2),
            ("tears down another", 1), ("tears down torn_down_in", 2), ("tears down nested", 1), ("tears down defer!", 1), ("task #1", 0),
        ];
        assert_eq!(times, expected, "the first did not wait");
        assert_eq!((task.millis("tears down torn_down_in"), task.millis("tears down another")), ((10, 40), (40, 80)));
        assert_eq!((task.millis("tears down defer!"), task.millis("task #1")), ((90, 130), (0, 130)));
    }

    async fn tear_downs_that_overlap_stand_side_by_side() {
        let file = Temporary::new();
        scope!(name = "outer", timeline = file.path() => |run| {
            run.task(async {
                let first = with!(_ = torn_down_in(30) => {});
                let second = with!(_ = another(30) => {});
                let third = with!(_ = torn_down_in(10) => {});
                let _ = tokio::join!(first, second, third);
            }).name("task").start();
            let mut group = ayo::group([5, 15, 10].map(|time| manager!(torn_down_in(time))));
            with!(_ = &mut group => {}).await?;
        }).await.unwrap();
        let trace = file.read();
        let task = trace.task("task #1");
        let inner = |track: &Track| {
            let slices = track.slices.iter().filter(|slice| slice.kind == "tear-down");
            Vec::from_iter(slices.map(|slice| (millis_of(slice), slice.depth)))
        };
        assert_eq!(inner(task), [((0, 10), 2), ((0, 30), 1)]);
        assert_eq!(inner(trace.task("task #1: tears down torn_down_in")), [((10, 40), 0)]);
        assert_eq!(inner(trace.task("task #1: tears down another")), [((0, 50), 0)]);
        let (number, outer) = trace.scope("outer");
        let beside = trace.tracks.iter().filter(|(at, track)| at.0 == number && track.name.starts_with("the scope: "));
        let mut ends = Vec::from_iter(beside.map(|(_, track)| track.millis("tears down torn_down_in").1));
        ends.push(outer.millis("tears down torn_down_in").1);
        ends.sort_unstable();
        assert_eq!(ends, [5, 10, 15]);
    }

    async fn one_that_is_asked_to_end_cleans_up_beside_what_it_tore_down() {
        let file = Temporary::new();
        let end = scope!(name = "outer", timeout = 0.05, timeline = file.path() => |run| {
            run.task(async { with!(_ = torn_down_in(90) => { millis(10).await; }).await }).name("normal end").start();
            run.task(async { with!(_ = torn_down_in(90) => { waits().await; }).await }).name("cut").start();
        }).await;
        assert!(end.is_err());
        let trace = file.read();
        assert_eq!(trace.task("normal end #1").millis("cleans up"), (50, 100));
        let beside = trace.task("normal end #1: tears down torn_down_in");
        assert_eq!(beside.millis("tears down torn_down_in"), (10, 100));
        let cut = trace.task("cut #2");
        assert_eq!((cut.millis("cleans up"), cut.millis("tears down torn_down_in")), ((50, 140), (50, 140)));
    }

    async fn a_tear_down_that_is_dropped_from_outside_is_over_then() {
        let file = Temporary::new();
        scope!(name = "outer", timeline = file.path() => |_| {
            let held = with!(_ = torn_down_in(90) => { millis(10).await; });
            let _ = tokio::time::timeout(Duration::from_millis(30), held).await;
            millis(10).await;
        }).await.unwrap();
        let trace = file.read();
        let (_, outer) = trace.scope("outer");
        assert_eq!((outer.millis("outer"), outer.millis("tears down torn_down_in")), ((0, 40), (10, 30)));
    }

    async fn what_is_abandoned_ends_and_is_named() {
        let file = Temporary::new();
        let end = scope!(name = "outer", timeout = 0.1, cancel_timeout = 0.2, timeline = file.path() => |run| {
            run.task(async { ayo::shield(millis(5_000)).await }).name("slow").start();
        }).await;
        assert!(end.is_err());
        let trace = file.read();
        assert_eq!(trace.task("slow #1").millis("slow #1"), (0, 300));
        assert!(trace.scope("outer").1.events.iter().any(|event| event.starts_with("abandoned: ")));
    }

    async fn ticks_of_a_schedule_are_tasks() {
        let file = Temporary::new();
        scope!(timeline = file.path() => |run| { run.every(1, || async { millis(100).await }).times(3); }).await.unwrap();
        let trace = file.read();
        let ticks = trace.tracks.values().filter(|track| track.slices.iter().any(|slice| slice.kind == "task"));
        let times = Vec::from_iter(ticks.map(|tick| tick.millis(&tick.name)));
        assert_eq!(times, [(1_000, 1_100), (2_000, 2_100), (3_000, 3_100)]);
    }
}

both! {
    async fn arrows_go_from_who_starts_to_what_is_started() {
        let file = Temporary::new();
        scope!(name = "outer", timeline = file.path() => |run| {
            let sibling = run.clone();
            run.task(async move {
                sibling.task(async {}).name("second").start();
                scope!(name = "inner" => |inner| { inner.task(async {}).name("third").start(); }).await
            }).name("first").start();
        }).await.unwrap();
        let trace = file.read();
        let (outer, inner) = (trace.scope("outer").0, trace.scope("inner").0);
        let (first, second) = (trace.task_in("first #1").0, trace.task_in("second #2").0);
        let third = trace.task_in("third #1").0;
        assert_eq!((first.0, second.0, third.0), (outer, outer, inner));
        let arrows = BTreeSet::from_iter(trace.arrows.iter().copied());
        let expected = [
            ((outer, outer), first), (first, second), (first, (inner, inner)), ((inner, inner), third),
        ];
        assert_eq!(arrows, BTreeSet::from(expected));
    }

    async fn every_way_to_start_a_task_is_in_it_once() {
        let file = Temporary::new();
        scope!(name = "outer", timeline = file.path() => |run| {
            scope!(name = "limited", max_concurrency = 2 => |run| {
                let _: Vec<u32> = run.map(0..5_u32, |n| async move { n }).await?;
            }).await?;
            scope!(name = "each", max_concurrency = 2 => |run| {
                run.for_each(0..100, |n| turns(n % 3)).await?;
            }).await?;
            let words = ["a", "b"];
            scope!(local, name = "borrowing" => |run| { for word in &words { run << async { turns(word.len()).await }; } }).await?;
            run.aside(|| 5).await?;
            run.task(async {}).name("attempt").attempt().await.unwrap();
            let _ = run.all([turns(0), turns(1)]).await?;
            let eager = run.eager(turns(2));
            eager.await?;
            let open = ayo::scope().name("open").open();
            open.task(turns(1)).name("in an open one").start();
            open.await?;
        }).await.unwrap();
        let trace = file.read();
        let of = |name: &str| {
            let number = trace.scope(name).0;
            trace.tracks.keys().filter(|at| at.0 == number && at.1 != number).count()
        };
        assert_eq!(of("limited"), 5, "the values of a `map`");
        assert!((1..=2).contains(&of("each")), "the places that a `for_each` works in");
        assert_eq!(of("borrowing"), 2);
        assert_eq!(of("open"), 1);
        assert_eq!(of("outer"), 6, "aside, attempt, all, eager, and the task that an open scope is: {:?}", trace.tasks());
    }

    async fn it_is_there_after_a_failure_and_after_a_panic() {
        let file = Temporary::new();
        let failed = scope!(name = "outer", timeline = file.path() => |run| {
            let gate = Gate::new();
            run << failing(gate.clone());
            run << waits();
            gate.open();
            waits().await;
        }).await;
        assert!(failed.is_err());
        let trace = file.read();
        assert_eq!(trace.task("failing #1").events, ["failed: outer/failing #1: boom 7"]);
        assert_eq!(trace.task("waits #2").events, ["cancelled: a task of its scope failed"]);

        let file = Temporary::new();
        panic_of(scope!(timeline = file.path() => |run| {
            run.task(async { if true { panic!("ouch") } }).name("panics").start();
            waits().await;
        })).await;
        assert_eq!(file.read().task("panics #1").events, ["failed: panics #1: panicked: ouch"]);

        let file = Temporary::new();
        panic_of(scope!(timeline = file.path() => |run| {
            run << waits();
            if true { panic!("ouch") }
        })).await;
        assert_eq!(file.read().scope("scope").1.events.len(), 2, "it failed, and is cancelled");
    }

    async fn a_timeline_in_a_timeline_is_in_both() {
        let (outer, inner) = (Temporary::new(), Temporary::new());
        scope!(name = "outer", timeline = outer.path() => |run| {
            let path = inner.path();
            run.task(async move {
                scope!(name = "inner", timeline = path => |inner| { inner.task(turns(2)).name("deep").start(); }).await
            }).name("first").start();
        }).await.unwrap();
        let (outer, inner) = (outer.read(), inner.read());
        assert_eq!(BTreeSet::from_iter(outer.tasks()), BTreeSet::from(["deep #1", "first #1"]));
        assert_eq!(inner.tasks(), ["deep #1"]);
        assert_eq!(Vec::from_iter(outer.processes.values()), ["outer", "outer/inner"]);
        assert_eq!(Vec::from_iter(inner.processes.values()), ["outer/inner"]);
    }

    async fn only_what_is_below_the_scope_is_in_it() {
        let file = Temporary::new();
        scope!(name = "outer" => |run| {
            run.task(turns(5)).name("beside").start();
            scope!(name = "recorded", timeline = file.path() => |inner| {
                inner.task(turns(2)).name("below").start();
                run.task(turns(2)).name("of the outer one").start();
            }).await?;
        }).await.unwrap();
        let trace = file.read();
        assert_eq!(trace.tasks(), ["below #1"]);
        assert_eq!(trace.processes.len(), 1);
    }

    async fn one_that_is_dropped_from_outside_is_written_when_it_has_ended() {
        let file = Temporary::new();
        scope!(name = "adopts" => |run| {
            let (begun, path) = (Flag::new(), file.path());
            let tells = begun.clone();
            run << async move {
                let inner = scope!(name = "dropped", timeline = path => |inner| {
                    inner.task(async move { tells.set(); ayo::shield(turns(20)).await }).name("cleans up").start();
                    waits().await;
                });
                tokio::select! { biased; _ = inner => {} () = until(|| begun.is_set()) => {} }
            };
        }).await.unwrap();
        let trace = file.read();
        assert_eq!(trace.scope("dropped").1.events, ["cancelled: its future was dropped"]);
        assert!(trace.task("cleans up #1").has("cleans up"));
    }

    async fn a_path_that_cannot_be_is_told_and_is_nothing_to_the_scope() {
        let (log, guard) = support::traced();
        let value = scope!(timeline = "/no/such/folder/run.json" => |run| { (run << async { 5 }).await? }).await;
        assert_eq!(value.unwrap(), 5);
        drop(guard);
        let told = log.all();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].1.starts_with("the timeline `/no/such/folder/run.json` could not be made: "), "{told:?}");
    }

    async fn a_leak_is_in_it() {
        let file = Temporary::new();
        scope!(timeline = file.path() => |run| {
            let (gate, inside) = (Gate::new(), Gate::new());
            let opens = inside.clone();
            run.task(async move {
                tokio::select! {
                    () = ayo::shield(async { opens.open(); gate.passed().await }) => {}
                    () = inside.passed() => {}
                }
            }).name("leaky").start();
        }).await.unwrap();
        let trace = file.read();
        let events = &trace.task("leaky #1").events;
        assert!(events.len() == 1 && events[0].starts_with("leaked: the `shield` of tests/timeline.rs:"), "{events:?}");
    }

    async fn what_happens_after_its_end_is_not_in_it() {
        let file = Temporary::new();
        let kept = scope!(timeline = file.path() => |run| { run.clone() }).await.unwrap();
        let before = std::fs::read(file.path()).unwrap();
        kept.cancel();
        assert!((kept.spawn(turns(1))).await.is_err());
        assert_eq!(std::fs::read(file.path()).unwrap(), before);
        file.read();
    }

    #[cfg(target_os = "linux")]
    async fn a_disk_that_is_full_is_told_and_is_nothing_to_the_scope() {
        let (log, guard) = support::traced();
        let value = scope!(timeline = "/dev/full" => |run| { (run << async { 5 }).await? }).await;
        assert_eq!(value.unwrap(), 5);
        drop(guard);
        let told = log.all();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].1.starts_with("the timeline `/dev/full` could not be written: "), "{told:?}");
    }

    async fn ten_thousand_tasks_are_in_it_once_each() {
        let file = Temporary::new();
        let end = scope!(name = "many", timeline = file.path() => |run| {
            let gate = Gate::new();
            for n in 0..10_000_usize {
                let passes = (n % 7 == 0).then(|| gate.clone());
                run << async move {
                    turns(n % 3).await;
                    if let Some(gate) = passes {
                        gate.passed().await;
                    }
                };
            }
            turns(30).await;
            run.cancel();
            waits().await;
        }).await;
        assert!(end.is_err());
        let trace = file.read();
        let numbers = BTreeSet::from_iter(trace.tasks().iter().map(|name| name.rsplit('#').next().unwrap().to_owned()));
        assert_eq!((trace.tasks().len(), numbers.len(), trace.left_out), (10_000, 10_000, 0));
        let cancelled = trace.tracks.values().filter(|track| track.events.iter().any(|e| e.starts_with("cancelled: it was")));
        assert!(cancelled.count() > 1_000);
    }

    async fn ten_thousand_tasks_in_line_with_failures_and_panics() {
        let file = Temporary::new();
        let report = scope!(name = "many", supervise, max_concurrency = 8, timeline = file.path() => |run| {
            for n in 0..10_000_usize {
                run.task(async move {
                    turns(n % 3).await;
                    if n % 10 == 0 { Err(Boom(1)) } else { Ok(()) }
                }).name("one").start();
            }
        }).report().await;
        assert!(report.error.is_none());
        let trace = file.read();
        assert_eq!(trace.tasks().len(), 10_000);
        let failed = trace.tracks.values().filter(|track| track.events.len() == 1).count();
        assert_eq!(failed, 1_000);
        assert!(trace.tracks.values().all(|track| track.slices.len() < 3), "a task, and its wait");
    }
}

#[cfg(unix)]
#[test]
fn it_is_there_after_a_program_was_ended_by_a_signal() {
    let file = Temporary::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_program"));
    let mut program = child::Child::start(command.arg("timeline").arg(file.path()));
    program.says("running");
    program.signal("TERM");
    assert_eq!(program.end().code, Some(128 + 15));
    let trace = file.read();
    assert_eq!(trace.scope("main").1.events, ["cancelled: SIGTERM, and the grace of 10ms was over"]);
    let task = trace.task("cleans up #1");
    assert!(task.has("cleans up") && task.events.len() == 1, "{task:?}");
}

/// The runtime goes while the scope runs: what there was is written.
#[test]
fn it_is_there_after_the_runtime_has_gone() {
    let file = Temporary::new();
    let path = file.path();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        let _ = scope!(timeline = path => |run| {
            run << async move { tell.send(()).unwrap(); waits().await };
            waits().await;
        })
        .await;
    });
    told.recv().unwrap();
    drop(runtime);
    let trace = file.read();
    assert_eq!(trace.tasks().len(), 1);
}
