//! `#[ayo::cached]`: one execution for all who ask at once, whatever happens to the one who executes; and what is kept.

#![forbid(unsafe_code)]

mod support;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use ayo::{cached, scope, shield, timeout};
use futures::future::join_all;
use support::{Boom, Count, Flag, Gate, Live, Log, both, panic_of, panic_site, paused, text, turns};
use tokio::time::{Instant, sleep};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What the functions of one test share, as part of their keys: each run of a test has its own.
#[derive(Clone, Default)]
struct Run(Arc<Shared>);

#[derive(Default)]
struct Shared {
    calls: Count,
    gate: Gate,
    fail: Flag,
    log: Log<&'static str>,
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Run {}

impl std::hash::Hash for Run {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Run {
    fn calls(&self) -> usize {
        self.0.calls.get()
    }
}

// --- What is kept --------------------------------------------------------------------------------------------------

#[cached]
async fn plain(run: Run, n: u32) -> u32 {
    run.0.calls.hit();
    n * 2
}

#[cached]
async fn nothing(run: Run) {
    run.0.calls.hit();
}

#[cached]
async fn borrowed(run: &Run, name: &str, tags: &[u8], fixed: &'static str) -> String {
    run.0.calls.hit();
    format!("{name}{tags:?}{fixed}")
}

#[cached]
async fn taken_apart(Run(shared): Run, (a, b): (u8, u8), mut c: u8) -> u8 {
    shared.calls.hit();
    c += a + b;
    c
}

both! {
    async fn a_result_is_kept_for_each_key() {
        let run = Run::default();
        assert_eq!((plain(run.clone(), 1).await, plain(run.clone(), 2).await, plain(run.clone(), 1).await), (2, 4, 2));
        assert_eq!(run.calls(), 2);
        nothing(run.clone()).await;
        nothing(run.clone()).await;
        assert_eq!(run.calls(), 3, "`()` too");
    }

    async fn borrowed_arguments_are_kept_as_owned_ones() {
        let run = Run::default();
        let name = String::from("a");
        let first = borrowed(&run, &name, &[1], "x").await;
        drop(name);
        assert_eq!(first, borrowed(&run, "a", &[1], "x").await);
        assert_eq!(run.calls(), 1);
        borrowed(&run, "b", &[1], "x").await;
        borrowed(&run, "a", &[], "x").await;
        borrowed(&run, "a", &[1], "y").await;
        assert_eq!(run.calls(), 4);
        let key = (run.clone(), "a".to_owned(), vec![1], "x");
        borrowed::cache().remove(&key);
        borrowed(&run, "a", &[1], "x").await;
        assert_eq!(run.calls(), 5);
    }

    async fn parameters_may_be_patterns() {
        let run = Run::default();
        assert_eq!(taken_apart(run.clone(), (1, 2), 3).await, 6);
        assert_eq!(taken_apart(run.clone(), (1, 2), 3).await, 6);
        assert_eq!(taken_apart(run.clone(), (1, 3), 3).await, 7);
        assert_eq!(run.calls(), 2);
    }
}

type Outcome = Result<u32, Boom>;

#[cached]
async fn fallible(run: Run) -> Result<u32, Boom> {
    outcome(&run).await
}

#[cached]
async fn fallible_by_another_name(run: Run) -> Outcome {
    let n = outcome(&run).await?;
    Ok(n)
}

#[cached(result = true)]
async fn fallible_as_said(run: Run) -> Outcome {
    return outcome(&run).await;
}

#[cached(result = false)]
async fn kept_whole(run: Run) -> Result<u32, Boom> {
    outcome(&run).await
}

async fn outcome(run: &Run) -> Result<u32, Boom> {
    run.0.calls.hit();
    if run.0.fail.is_set() { Err(Boom(7)) } else { Ok(7) }
}

/// Its error cannot be cloned.
#[cached]
async fn fallible_io(run: Run) -> std::io::Result<u32> {
    run.0.calls.hit();
    turns(3).await;
    if run.0.fail.is_set() { Err(std::io::Error::other("io")) } else { Ok(7) }
}

both! {
    async fn an_error_is_not_kept() {
        let run = Run::default();
        run.0.fail.set();
        for calls in 1..=3 {
            assert_eq!(fallible(run.clone()).await, Err(Boom(7)));
            assert_eq!(run.calls(), calls);
        }
        let run = Run::default();
        assert_eq!((fallible(run.clone()).await, fallible(run.clone()).await), (Ok(7), Ok(7)));
        assert_eq!(run.calls(), 1, "a value is");
    }

    async fn a_result_is_one_under_another_name_too() {
        let run = Run::default();
        run.0.fail.set();
        for calls in [1, 3, 5] {
            assert_eq!(fallible_by_another_name(run.clone()).await, Err(Boom(7)));
            assert_eq!(run.calls(), calls);
            assert_eq!(fallible_as_said(run.clone()).await, Err(Boom(7)));
        }
    }

    async fn a_whole_result_is_kept_where_that_is_said() {
        let run = Run::default();
        run.0.fail.set();
        assert_eq!(kept_whole(run.clone()).await, Err(Boom(7)));
        assert_eq!(kept_whole(run.clone()).await, Err(Boom(7)));
        assert_eq!(run.calls(), 1);
    }

    async fn an_error_that_can_be_cloned_goes_to_all_who_wait() {
        let run = Run::default();
        run.0.fail.set();
        let results = join_all((0..10).map(|_| fallible_after_gate(run.clone())));
        let (results, ()) = tokio::join!(results, async {
            run.0.calls.reaches(1).await;
            run.0.gate.open();
        });
        assert!(results.iter().all(|result| *result == Err(Boom(1))));
        assert_eq!(run.calls(), 1);
        assert_eq!(fallible_after_gate(run.clone()).await, Err(Boom(2)), "and to nobody after that");
    }

    async fn an_error_that_cannot_be_cloned_is_for_one() {
        let run = Run::default();
        run.0.fail.set();
        let results = join_all((0..10).map(|_| fallible_io(run.clone()))).await;
        assert!(results.iter().all(Result::is_err));
        assert_eq!(run.calls(), 10, "each starts anew");
        let run = Run::default();
        let results = join_all((0..10).map(|_| fallible_io(run.clone()))).await;
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(run.calls(), 1);
    }
}

#[cached]
async fn fallible_after_gate(run: Run) -> Result<u32, Boom> {
    let n = run.0.calls.hit();
    run.0.gate.passed().await;
    Err(Boom(n as u32))
}

// --- Keys ----------------------------------------------------------------------------------------------------------

struct Store {
    id: u32,
    calls: Count,
}

impl Store {
    #[cached(key: (u32, String) = (self.id, name.to_lowercase()))]
    async fn page(&self, name: &str) -> String {
        self.calls.hit();
        name.to_lowercase()
    }

    #[cached(associated)]
    async fn twice(run: Run) -> usize {
        run.0.calls.hit() * 2
    }

    #[cached(key = id)]
    async fn consumed(self: Arc<Self>, id: Run) -> u32 {
        id.0.calls.hit();
        self.id
    }
}

struct Generic<T>(T);

impl<T: Clone + Into<u64> + Send + Sync> Generic<T> {
    #[cached(key: (u64, Run) = (self.0.clone().into(), run.clone()))]
    async fn number(&self, run: Run) -> u64 {
        run.0.calls.hit();
        self.0.clone().into()
    }
}

#[cached(key: (String, Run) = (name.as_ref().to_owned(), run.clone()))]
async fn generic<S: AsRef<str>>(name: S, run: &Run) -> usize {
    run.0.calls.hit();
    name.as_ref().len()
}

#[cached(key: (Run, Option<u8>) = (run.clone(), None))]
async fn by_impl(run: Run, bytes: impl Iterator<Item = u8>) -> usize {
    run.0.calls.hit();
    bytes.count()
}

#[cached(key = (run, id))]
async fn some_of_them(counter: &mut u32, run: &Run, id: u8, name: Cow<'_, str>) -> usize {
    run.0.calls.hit();
    *counter += 1;
    name.len() + usize::from(id)
}

both! {
    async fn a_method_has_a_cache_for_all_values() {
        static STORES: AtomicU32 = AtomicU32::new(10); // the other flavour's test has the same cache, at the same time
        let new = || Store { id: STORES.fetch_add(1, Ordering::Relaxed), calls: Count::new() };
        let (one, two) = (new(), new());
        assert_eq!((one.page("A").await, one.page("a").await), ("a".to_owned(), "a".to_owned()));
        assert_eq!(one.calls.get(), 1);
        two.page("a").await;
        assert_eq!(two.calls.get(), 1);
        Store::page_cache().remove(&(one.id, "a".to_owned()));
        one.page("a").await;
        two.page("a").await;
        assert_eq!((one.calls.get(), two.calls.get()), (2, 1));
    }

    async fn functions_without_self_and_methods_by_value() {
        let run = Run::default();
        assert_eq!((Store::twice(run.clone()).await, Store::twice(run.clone()).await), (2, 2));
        Store::twice_cache().remove(&run);
        assert_eq!(Store::twice(run).await, 4);
        let (run, store) = (Run::default(), Arc::new(Store { id: 3, calls: Count::new() }));
        assert_eq!((Arc::clone(&store).consumed(run.clone()).await, store.consumed(run.clone()).await), (3, 3));
        assert_eq!(run.calls(), 1);
    }

    async fn generic_functions_say_their_key() {
        let run = Run::default();
        assert_eq!((generic("abc", &run).await, generic(String::from("abc"), &run).await), (3, 3));
        assert_eq!(run.calls(), 1, "one cache for all types");
        assert_eq!((Generic(1_u8).number(run.clone()).await, Generic(1_u64).number(run.clone()).await), (1, 1));
        assert_eq!(run.calls(), 2);
        let run = Run::default();
        assert_eq!((by_impl(run.clone(), 0..9).await, by_impl(run, 0..3).await), (9, 9));
    }

    async fn a_key_of_some_arguments() {
        let (run, mut counter) = (Run::default(), 0);
        assert_eq!(some_of_them(&mut counter, &run, 1, "abc".into()).await, 4);
        assert_eq!(some_of_them(&mut counter, &run, 1, "a".into()).await, 4, "the name is not part of it");
        assert_eq!(some_of_them(&mut counter, &run, 2, "abc".into()).await, 5);
        assert_eq!(counter, 2);
    }

    async fn a_call_can_be_spawned_with_borrows_in_it() {
        let run = Run::default();
        let task = tokio::spawn({
            let run = run.clone();
            async move {
                let name = String::from("spawned");
                borrowed(&run, &name, &[], "").await
            }
        });
        assert_eq!(task.await.unwrap(), "spawned[]");
        scope!(|sub| {
            let first = sub << plain(run.clone(), 5);
            assert_eq!(first.await?, 10);
        })
        .await
        .unwrap();
    }
}

mod elsewhere {
    /// In another module, and imported from there.
    #[ayo::cached(max_size = 2)]
    pub(super) async fn public(n: u8) -> u8 {
        n
    }
}

#[tokio::test]
async fn the_cache_is_imported_with_the_function_and_stands_in_functions_too() {
    use elsewhere::public;
    public(1).await;
    assert_eq!(public::cache().stats().misses, 1);

    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Local(u8);
    #[cached]
    async fn inner(local: Local) -> Local {
        local
    }
    assert_eq!(inner(Local(1)).await.0, 1);
    inner::cache().clear();
    assert_eq!(inner::cache().stats().size, 0);
}

// --- How long, and how many ----------------------------------------------------------------------------------------

#[cached(ttl = 60s)]
async fn for_a_minute(run: Run) -> usize {
    run.0.calls.hit()
}

#[cached(ttl = 10ms)]
async fn for_a_moment(run: Run) -> usize {
    run.0.calls.hit()
}

#[cached(ttl = 0)]
async fn not_at_all(run: Run) -> usize {
    let n = run.0.calls.hit();
    turns(3).await;
    n
}

#[cached(ttl = Duration::MAX)]
async fn for_ages(run: Run) -> usize {
    run.0.calls.hit()
}

#[cached(ttl = 60s)]
async fn takes_long(run: Run) -> usize {
    sleep(ms(90_000)).await;
    run.0.calls.hit()
}

paused! {
    async fn a_result_gets_as_old_as_it_may_on_the_virtual_clock() {
        let run = Run::default();
        assert_eq!(for_a_minute(run.clone()).await, 1);
        sleep(ms(59_999)).await;
        assert_eq!(for_a_minute(run.clone()).await, 1, "a hit does not make it younger, nor older");
        sleep(ms(1)).await;
        assert_eq!(for_a_minute(run.clone()).await, 2);
        sleep(ms(59_999)).await;
        assert_eq!(for_a_minute(run.clone()).await, 2);
        sleep(Duration::from_secs(3_600)).await;
        assert_eq!(for_a_minute(run.clone()).await, 3);
        assert_eq!(for_ages(run.clone()).await, 4);
        sleep(Duration::from_secs(300 * 24 * 3_600)).await;
        assert_eq!(for_ages(run.clone()).await, 4);
    }

    async fn time_that_does_not_pass_for_tokio_does_not_pass() {
        let run = Run::default();
        for_a_moment(run.clone()).await;
        std::thread::sleep(ms(50));
        assert_eq!(for_a_moment(run).await, 1, "the clock is paused");
    }

    async fn age_counts_from_the_end_of_the_execution() {
        let run = Run::default();
        let start = Instant::now();
        assert_eq!(takes_long(run.clone()).await, 1);
        sleep(ms(59_999)).await;
        assert_eq!(takes_long(run.clone()).await, 1);
        assert_eq!(start.elapsed(), ms(149_999));
    }

    async fn what_is_not_kept_is_shared_still() {
        let run = Run::default();
        assert_eq!(join_all((0..5).map(|_| not_at_all(run.clone()))).await, [1; 5]);
        assert_eq!(not_at_all(run).await, 2);
    }
}

#[cached(max_size = 3)]
async fn three(n: u32, calls: Same<Count>) -> u32 {
    calls.0.hit();
    n
}

/// Equal to each other: no part of the key.
#[derive(Clone)]
struct Same<T>(T);

impl<T> PartialEq for Same<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Same<T> {}

impl<T> std::hash::Hash for Same<T> {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

#[tokio::test]
async fn the_one_used_longest_ago_makes_place() {
    let calls = Same(Count::new());
    for n in [1, 2, 3, 1, 4] {
        three(n, calls.clone()).await;
    }
    assert_eq!(three::cache().stats().size, 3);
    assert_eq!(calls.0.get(), 4);
    for n in [1, 3, 4] {
        three(n, calls.clone()).await;
    }
    assert_eq!(calls.0.get(), 4, "2 went");
    for n in 0..1_000 {
        three(n, calls.clone()).await;
        assert!(three::cache().stats().size <= 3);
    }
    let stats = three::cache().stats();
    assert_eq!((stats.size, stats.max_size), (3, Some(3)));
}

#[cached(max_size = limit(), ttl = -0.5 * 2.0)]
async fn never(n: u32) -> u32 {
    n
}

fn limit() -> usize {
    1
}

#[cached(max_size = limit() - 1)]
async fn none(n: u32) -> u32 {
    n
}

#[test]
fn wrong_options_panic_at_their_line_at_the_first_call() {
    let line = line!();
    let (file, at, text) = panic_site(|| support::current_thread(never(1)));
    assert!(file.ends_with("cached.rs") && at < line, "{file}:{at}");
    assert_eq!(text, "-1 is not a length of time: it is negative");
    let (_, _, text) = panic_site(|| support::current_thread(none(1)));
    assert_eq!(text, "`max_size` of a cache is at least 1: 0 was given");
}

// --- One execution for all who ask at once -------------------------------------------------------------------------

#[cached]
async fn gated(run: Run) -> usize {
    let n = run.0.calls.hit();
    run.0.gate.passed().await;
    n
}

/// Says what the first caller does, and cleans up when it is cancelled.
#[cached]
async fn troubled(run: Run) -> usize {
    let n = run.0.calls.hit();
    if n == 1 {
        ayo::cancelled().await;
        shield(async {
            turns(20).await;
            run.0.log.add("cleaned up");
        })
        .await;
    } else {
        run.0.log.add("anew");
    }
    n
}

#[cached]
async fn panics_once(run: Run) -> usize {
    let n = run.0.calls.hit();
    run.0.gate.passed().await;
    assert!(n > 1, "the first one panics");
    n
}

both! {
    async fn those_who_ask_at_once_share_one_execution() {
        let run = Run::default();
        scope!(|sub| {
            let callers = sub.all((0..100).map(|_| gated(run.clone())));
            run.0.calls.reaches(1).await;
            turns(50).await;
            run.0.gate.open();
            assert_eq!(callers.await?, vec![1; 100]);
        })
        .await
        .unwrap();
        assert_eq!(run.calls(), 1);
    }

    async fn a_caller_that_is_cancelled_while_it_waits_takes_nothing_with_it() {
        let run = Run::default();
        scope!(|sub| {
            let first = sub << gated(run.clone());
            run.0.calls.reaches(1).await;
            let mut others: Vec<_> = (0..20).map(|_| sub.spawn(gated(run.clone()))).collect();
            turns(5).await;
            for (n, waiting) in others.iter_mut().enumerate().step_by(2) {
                waiting.cancel();
                assert!(waiting.await.is_err(), "{n} does not wait for the execution");
            }
            run.0.gate.open();
            for waiting in others.into_iter().skip(1).step_by(2) {
                assert_eq!(waiting.await?, 1);
            }
            assert_eq!(first.await?, 1);
        })
        .await
        .unwrap();
    }

    async fn if_the_one_who_executes_is_cancelled_the_next_starts_anew_after_its_clean_up() {
        let run = Run::default();
        scope!(|sub| {
            let first = sub << troubled(run.clone());
            run.0.calls.reaches(1).await;
            let others = sub.all((0..10).map(|_| troubled(run.clone())));
            turns(5).await;
            first.cancel();
            assert!(first.await.is_err());
            assert_eq!(others.await?, vec![2; 10]);
        })
        .await
        .unwrap();
        assert_eq!(run.0.log.all(), ["cleaned up", "anew"]);
    }

    async fn if_the_one_who_executes_times_out_the_next_starts_anew() {
        let run = Run::default();
        let first = tokio::spawn(timeout(0.01, gated(run.clone())));
        run.0.calls.reaches(1).await;
        let second = tokio::spawn(gated(run.clone()));
        let first = first.await.unwrap();
        run.0.calls.reaches(2).await;
        run.0.gate.open();
        let second = second.await.unwrap();
        assert!(first.is_err());
        assert_eq!(second, 2);
    }

    async fn if_the_one_who_executes_is_dropped_from_outside_the_next_starts_anew() {
        let run = Run::default();
        let first = tokio::spawn(gated(run.clone()));
        run.0.calls.reaches(1).await;
        let second = tokio::spawn(gated(run.clone()));
        turns(5).await;
        first.abort();
        assert!(first.await.is_err());
        run.0.calls.reaches(2).await;
        run.0.gate.open();
        assert_eq!(second.await.unwrap(), 2);
    }

    async fn if_the_one_who_executes_panics_the_next_starts_anew() {
        let run = Run::default();
        let first = tokio::spawn(panics_once(run.clone()));
        run.0.calls.reaches(1).await;
        let others = join_all((0..5).map(|_| panics_once(run.clone())));
        let (payload, others) = tokio::join!(
            panic_of(async {
                turns(5).await;
                run.0.gate.open();
                std::panic::resume_unwind(first.await.unwrap_err().into_panic())
            }),
            others
        );
        assert_eq!(text(&*payload), "the first one panics");
        assert_eq!(others, [2; 5]);
    }

    async fn removed_while_it_is_executed_it_is_not_kept() {
        let run = Run::default();
        let first = tokio::spawn(gated(run.clone()));
        run.0.calls.reaches(1).await;
        let waiting = tokio::spawn(gated(run.clone()));
        turns(5).await;
        gated::cache().remove(&run);
        let after = tokio::spawn(gated(run.clone()));
        run.0.calls.reaches(2).await;
        run.0.gate.open();
        assert_eq!((first.await.unwrap(), after.await.unwrap()), (1, 2), "who asks later starts anew at once");
        assert!(waiting.await.unwrap() <= 2);
        assert_ne!(gated(run.clone()).await, 1, "what was begun before it is not kept");
    }
}

#[cached]
async fn cleared(gate: Run) -> usize {
    let n = gate.0.calls.hit();
    gate.0.gate.passed().await;
    n
}

#[tokio::test]
async fn cleared_while_it_is_executed_it_is_not_kept() {
    let (one, two) = (Run::default(), Run::default());
    two.0.gate.open();
    assert_eq!(cleared(two.clone()).await, 1);
    let first = tokio::spawn(cleared(one.clone()));
    one.0.calls.reaches(1).await;
    cleared::cache().clear();
    assert_eq!(cleared::cache().stats().size, 0);
    one.0.gate.open();
    assert_eq!(first.await.unwrap(), 1);
    assert_eq!(cleared::cache().stats().size, 0);
    assert_eq!((cleared(one).await, cleared(two).await), (2, 2));
    assert_eq!(cleared::cache().stats().size, 2);
}

#[cached]
async fn counted(n: u8) -> Result<u8, Boom> {
    turns(3).await;
    if n == 0 { Err(Boom(0)) } else { Ok(n) }
}

#[tokio::test]
async fn the_stats_count_calls() {
    let stats = || counted::cache().stats();
    let _ = tokio::join!(counted(1), counted(1), counted(1), counted(2));
    assert_eq!((stats().misses, stats().hits, stats().size, stats().max_size), (2, 2, 2, None));
    counted(1).await.unwrap();
    assert_eq!((stats().misses, stats().hits), (2, 3));
    let _ = tokio::join!(counted(0), counted(0));
    assert_eq!((stats().misses, stats().hits, stats().size), (3, 4, 2));
    counted::cache().remove(&1);
    assert_eq!(stats().size, 1);
    counted::cache().remove(&99);
    counted::cache().clear();
    assert_eq!((stats().misses, stats().hits, stats().size), (3, 4, 0), "what was counted stays counted");
}

// --- A function that calls itself ----------------------------------------------------------------------------------

#[cached]
async fn fibonacci(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => Box::pin(fibonacci(n - 1)).await + Box::pin(fibonacci(n - 2)).await,
    }
}

#[cached]
async fn round_in_circles(run: Run, n: u8) -> u8 {
    if run.0.calls.hit() > 3 { n } else { Box::pin(round_in_circles(run, 1 - n)).await }
}

#[tokio::test]
async fn it_may_call_itself_with_another_key() {
    assert_eq!(fibonacci(80).await, 23_416_728_348_467_685);
    assert_eq!(fibonacci::cache().stats().misses, 81);
}

both! {
    async fn one_that_would_wait_for_itself_panics() {
        let run = Run::default();
        let payload = panic_of(round_in_circles(run.clone(), 0)).await;
        let expected = "`round_in_circles` is cached and calls itself with the same key (";
        assert!(text(&*payload).starts_with(expected), "{}", text(&*payload));
        assert_eq!(run.calls(), 2);
        run.0.calls.hit();
        assert_eq!(round_in_circles(run, 0).await, 0, "and nothing is stuck");
    }
}

// --- Under load ----------------------------------------------------------------------------------------------------

#[cached(max_size = 4)]
async fn stormy(run: Run, key: u8, inside: Same<Arc<[AtomicUsize; 8]>>) -> Result<u8, Boom> {
    let here = &inside.0[usize::from(key)];
    assert_eq!(here.fetch_add(1, Ordering::SeqCst), 0, "two at once for one key");
    let _leaves = support::OnDrop(|| {
        here.fetch_sub(1, Ordering::SeqCst);
    });
    let n = run.0.calls.hit();
    turns(n % 4).await;
    match n % 5 {
        0 => Err(Boom(0)),
        1 => std::future::pending().await,
        _ => Ok(key),
    }
}

both! {
    async fn nobody_is_stranded_whatever_happens_to_the_one_who_executes() {
        let (run, inside) = (Run::default(), Same(Arc::default()));
        for round in 0..300 {
            scope!(supervise => |sub| {
                let caller = |n: u8| {
                    let (run, inside) = (run.clone(), inside.clone());
                    async move {
                        loop {
                            // One in five never ends; its caller gives up.
                            let mut patience = 0;
                            let call = stormy(run.clone(), n % 8, inside.clone());
                            tokio::select! {
                                result = call => if result.is_ok() { return n },
                                () = async { while patience < 12 { patience += 1; turns(1).await } } => {}
                            }
                        }
                    }
                };
                let tasks: Vec<_> = (0..24).map(|n| sub.spawn(caller(n))).collect();
                turns(round % 7).await;
                for task in tasks.iter().skip(round % 3).step_by(3) {
                    task.cancel();
                }
                for (n, task) in tasks.into_iter().enumerate() {
                    if let Ok(value) = task.await {
                        assert_eq!(usize::from(value), n);
                    }
                }
            })
            .await
            .unwrap();
        }
        assert!(run.calls() > 300);
        assert!(inside.0.iter().all(|inside| inside.load(Ordering::SeqCst) == 0));
    }

    async fn keys_of_calls_that_are_over_are_gone() {
        let live = Live::new();
        for n in 0..100_u8 {
            let key = Alive(n, live.guard());
            let end = timeout(0, unkept(&key, n % 3)).await;
            assert_eq!(end.is_ok(), n % 3 != 1);
        }
        assert_eq!(live.now(), 0);
    }
}

struct Alive(u8, support::Guard);

/// A clone is alive as well.
impl Clone for Alive {
    fn clone(&self) -> Self {
        Self(self.0, self.1.another())
    }
}

impl PartialEq for Alive {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Alive {}

impl std::hash::Hash for Alive {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cached]
async fn unkept(key: &Alive, how: u8) -> Result<u8, Boom> {
    if how == 1 {
        std::future::pending::<()>().await;
    }
    Err(Boom(u32::from(key.0)))
}

mod pedantic {
    #![deny(clippy::pedantic, clippy::nursery, clippy::unwrap_used, clippy::shadow_unrelated)]

    use super::{Boom, support};

    struct Strict(u8);

    impl Strict {
        #[ayo::cached(key: (u8, String) = (self.0, name.to_owned()), ttl = 1.5s, result = true)]
        async fn load(&self, name: &str) -> Result<String, Boom> {
            tokio::task::yield_now().await;
            Ok(format!("{}{name}", self.0))
        }
    }

    #[ayo::cached(max_size = 2)]
    async fn pair((a, b): (u8, u8), name: &str) -> Result<usize, Boom> {
        tokio::task::yield_now().await;
        if name.is_empty() {
            return Err(Boom(0));
        }
        Ok(usize::from(a + b) + name.len())
    }

    #[test]
    fn what_is_emitted_passes_the_strictest_lints() -> Result<(), Boom> {
        support::current_thread(async {
            assert_eq!(Strict(1).load("a").await?, "1a");
            assert_eq!(pair((1, 2), "a").await?, 4);
            assert_eq!((Strict::load_cache().stats().size, pair::cache().stats().size), (1, 1));
            Ok(())
        })
    }
}
