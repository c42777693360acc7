//! The macros of `ayo`: `scope!`, `#[ayo::main]` and the others below.
//!
//! Use them through the `ayo` crate, which exports them; what they emit calls `::ayo::__private`.
//!
//! This file is a row of doors. Behind each is a room of its name (`main_attr` and `test_attr` for `main` and `test`) that goes
//! from what was written to checked facts to what is emitted; what the rooms share is in `kit`.
#![forbid(unsafe_code)]

mod actxmgr;
mod cached;
mod defer;
mod eager;
mod generator;
mod kit;
mod main_attr;
mod manager;
mod on;
mod plain;
mod scope;
mod scoped;
mod select;
mod server;
mod test_attr;
mod vars;
mod with;

use proc_macro::TokenStream;

/// Runs a block whose tasks end with it.
///
/// ```
/// # use ayo::scope;
/// # async fn fetch(_: u8) -> std::io::Result<()> { Ok(()) }
/// # async fn head(url: u8) -> u64 { u64::from(url) }
/// # async fn read_limit() -> std::io::Result<u64> { Ok(2) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// # let (urls, url0) = ([1, 2], 3);
/// let total = scope!(max_concurrency = 10, timeout = 12 => |run| {
///     for url in urls {
///         run << fetch(url);               // start it in this scope
///     }
///     let first = run << head(url0);       // a handle: `Task<V>`
///     let n: u64 = read_limit().await?;    // `?` works: the body is a try block
///     first.await?.min(n)                  // the tail is the value, not `Ok(value)`
/// }).await?;
/// # assert_eq!(total, 2);
/// # Ok(()) }
/// ```
///
/// It is `scope!( [option ("," option)* [","] "=>"] ["move"] "|" name "|" block )`, in parentheses, braces or brackets. The
/// whole is a `Future` that does nothing until it is awaited; it has `.report()`, too. The name stands for a `&Scope`; the
/// body borrows from around it, or with `move` takes what it uses.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `max_concurrency = n` | at most `n` tasks run at once, the others wait |
/// | `recursive` | the same limit is for the tasks of all scopes below, too |
/// | `timeout = d` | body and tasks end after `d`, with an error |
/// | `deadline = instant` | the same at a `tokio::time::Instant` |
/// | `name = expr` | for errors, traces and the tree |
/// | `collect`, `collect = T` | keep the tasks' values for the report |
/// | `supervise` | a task's failure does not cancel the others |
/// | `eager` | each task runs at once, up to its first suspension, when it is started |
/// | `on_error = f` | `Fn(&Error)`, called with errors that do not end the scope |
/// | `cancel_timeout = d` | how long clean-up may take |
/// | `timeline = "run.json"` | what happens is written to that file, for [Perfetto](https://ui.perfetto.dev); by feature |
/// | `parent = scope` | hang below that scope, not the ambient one |
/// | `local`, `local = Send` | tasks borrow from around the block, and run in the task that awaits it; see `docs/local-scopes.md` |
/// | `crate = path` | where the `ayo` crate is, if it is not `::ayo` |
///
/// A duration is a number of seconds, a literal with a unit (`30ms`, `1.5s`, `2m`, `1h`, `250us`, `7ns`), or an expression.
///
/// # In the body
///
/// * `scope << future;` starts a task; as an expression it is the task's handle. Left of `<<` stands a name or a field.
///   Numbers go on shifting.
/// * `#[task(name = "beat", main, bubble = false, background, cancel_timeout = 5s)] scope << future;` sets the task's options.
/// * An `async` block right of `<<` that uses `?`, or ends in `Ok(..)` or `Err(..)`, gets its error type.
/// * `scope.all(a(), b(), c())` takes any number of futures, of any types.
/// * Literals with a unit are durations everywhere.
/// * `return` cannot leave the body, and the tail is the value itself.
///
/// Nested functions, types and the arguments of other macros are left alone.
///
/// # Equivalent code
///
/// Without a limit, names, durations, handles and reports, and without clean-up that awaits:
///
/// ```
/// # use std::time::Duration;
/// # async fn fetch(_: u8) -> std::io::Result<()> { Ok(()) }
/// # async fn read_limit() -> std::io::Result<u64> { Ok(2) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let urls = [1, 2];
/// let mut tasks = tokio::task::JoinSet::new();
/// let body = async {
///     for url in urls {
///         tasks.spawn(fetch(url));
///     }
///     let n: u64 = read_limit().await?;
///     while let Some(ended) = tasks.join_next().await {
///         match ended {
///             Ok(result) => result?,
///             Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
///         };
///     }
///     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(n)
/// };
/// let result = tokio::time::timeout(Duration::from_secs(12), body).await;
/// tasks.shutdown().await;
/// let total = result??;
/// # assert_eq!(total, 2);
/// # Ok(()) }
/// ```
#[proc_macro]
pub fn scope(input: TokenStream) -> TokenStream {
    scope::scope(input.into()).into()
}

/// Defines an async context manager: a function with one `yield` in it, where the body of a [`with!`](macro@with) runs.
///
/// ```
/// use ayo::{Exit, actxmgr, with};
/// # struct Pool;
/// # struct Tx(Vec<&'static str>);
/// # impl Pool { async fn begin(&self) -> std::io::Result<Tx> { Ok(Tx(vec![])) } }
/// # impl Tx {
/// #     async fn execute(&mut self, text: &'static str) -> std::io::Result<()> { self.0.push(text); Ok(()) }
/// #     async fn commit(self) -> std::io::Result<()> { Ok(()) }
/// #     async fn rollback(self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// actxmgr! {
///     /// A transaction: committed if the body succeeded, else rolled back.
///     pub async fn transaction(pool: &Pool) -> &mut Tx {
///         let mut tx = pool.begin().await?;            // set-up
///         match (yield &mut tx) {                      // the body runs here; how it ended comes back
///             Exit::Done => tx.commit().await?,        // tear-down
///             Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => tx.rollback().await?,
///         }
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// # let pool = Pool;
/// let rows = with!(tx = transaction(&pool) => {
///     tx.execute("insert into names values ('ayo')").await?;
///     1
/// }).await?;
/// # assert_eq!(rows, 1);
/// # Ok(()) }
/// ```
///
/// The type behind `->` is what is yielded, by value or by reference. `yield` comes to an `Exit`. The code is a try block:
/// `?` before the `yield` is a failed set-up, and the body never runs; behind it, it is an error of the tear-down. Tear-down
/// runs shielded, whether the body succeeded, failed, panicked or was cancelled.
///
/// It may be `pub`, generic, documented, a method in an `impl` block, and several may stand in one `actxmgr!`. Inside are
/// durations with units and `scope << future`, as in [`scope!`](macro@scope). Each path has one `yield`, which stands in the
/// function itself and in no loop, closure or `async` block. With the crate renamed: `#[ayo(crate = path::to::ayo)]` on it.
///
/// # Lifetimes
///
/// Lifetimes that are left out of the yielded type are the yield's own: the body cannot take such a value out. Those of
/// the arguments have a name: `async fn lock<'a>(m: &'a Mutex<u32>) -> MutexGuard<'a, u32>`. Where a type has both, as
/// `&mut Tx<'p>` has, the body must be `Send`, and is put into a box.
///
/// # Equivalent code
///
/// It becomes a function that takes the body last, so that `transaction(&pool, async |tx| { .. Ok(1) }).await` does the
/// same as the `with!` above. Without cancellation, panics and errors beside the first:
///
/// ```
/// # type Error = Box<dyn std::error::Error + Send + Sync>;
/// # struct Pool;
/// # struct Tx;
/// # impl Pool { async fn begin(&self) -> std::io::Result<Tx> { Ok(Tx) } }
/// # impl Tx {
/// #     async fn commit(self) -> std::io::Result<()> { Ok(()) }
/// #     async fn rollback(self) -> std::io::Result<()> { Ok(()) }
/// # }
/// pub async fn transaction<R>(
///     pool: &Pool,
///     body: impl AsyncFnOnce(&mut Tx) -> Result<R, Error>,
/// ) -> Result<R, Error> {
///     let mut tx = pool.begin().await?;
///     match body(&mut tx).await {
///         Ok(value) => { tx.commit().await?; Ok(value) }
///         Err(error) => { tx.rollback().await?; Err(error) }
///     }
/// }
/// ```
#[proc_macro]
pub fn actxmgr(input: TokenStream) -> TokenStream {
    actxmgr::actxmgr(input.into()).into()
}

/// Runs a block inside of context managers: they set up before it and tear down behind it, however it ends.
///
/// ```
/// # use ayo::{actxmgr, with};
/// # actxmgr! { async fn open(name: &str) -> String { yield name.to_owned(); } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let both = with!(a = open("a"), b = open("b") => {
///     let sum: usize = "2".parse()?;      // `?` works without annotation: the body is a try block
///     a.len() + b.len() + sum             // the tail is the value
/// }).await?;
/// assert_eq!(both, 4);
/// # Ok(()) }
/// ```
///
/// It is `with!( pattern = manager ("," pattern = manager)* [","] "=>" block )`. A manager is a call of a function that
/// [`actxmgr!`](macro@actxmgr) defined, which then gets the body as its last argument, or a value that is a manager (what
/// [`manager!`](macro@manager) makes, or `&mut` of a group). Several are entered from left to right, and left from right to
/// left; later ones may use the values of earlier ones.
///
/// The whole is a future that does nothing until it is awaited, and is `Send` if managers, values and body are. It awaits to
/// `Result<tail, ayo::Error>`. The body borrows from around it. In it are durations with units and `scope << future`, as in
/// [`scope!`](macro@scope); `return`, `break` and `continue` cannot leave it.
///
/// # Errors
///
/// A set-up that fails, and the body has not run; else the body's own, with errors of the tear-down in its `others()`; else
/// that of the tear-down.
///
/// # Panics
///
/// With the panic of the body, after the tear-down; with that of a set-up or tear-down.
///
/// # Cancel safety
///
/// Cancelled politely in the body, it drops the body and tears down. Cancelled in set-up, there is nothing to tear down.
/// Dropped from outside (by `tokio::select!`, `JoinHandle::abort`) after set-up, it cannot tear down; a warning is traced
/// then, with the manager's name and the place of the call.
///
/// # Equivalent code
///
/// ```
/// # use ayo::actxmgr;
/// # actxmgr! { async fn open(name: &str) -> String { yield name.to_owned(); } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let both = open("a", async |a| {
///     Ok(open("b", async |b| {
///         let sum: usize = "2".parse()?;
///         Ok(a.len() + b.len() + sum)
///     }).await?)
/// }).await?;
/// # assert_eq!(both, 4);
/// # Ok(()) }
/// ```
#[proc_macro]
pub fn with(input: TokenStream) -> TokenStream {
    with::with(input.into()).into()
}

/// Writes a `Generator`: code that gives its items with `yield`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::BoxError> {
/// use ayo::generator;
///
/// let mut squares = generator! {
///     for n in 1..=3 {
///         yield n * n;
///     }
/// };
/// assert_eq!((squares.next().await, squares.next().await), (Some(1), Some(4)));
///
/// let mut numbers = generator! {
///     for word in "7 eight".split(' ') {
///         yield word.parse::<u32>()?;         // with `?` in it, it can fail
///     }
/// };
/// assert_eq!(numbers.next_result().await.transpose()?, Some(7));
/// assert!(numbers.next_result().await.unwrap().is_err());
///
/// let mut sum = generator! {
///     let mut sum = 0;
///     while let Some(n) = (yield sum) {       // what `send` answers
///         sum += n;
///     }
/// };
/// assert_eq!((sum.next().await, sum.send(5).await, sum.send(6).await), (Some(0), Some(5), Some(11)));
/// # Ok(()) }
/// ```
///
/// It is `generator!( ["crate" "=" path "=>"] statements )`, and takes what it uses by `move`. `yield item` stands in the body
/// itself, not in closures or `async` blocks in it; its value is an `Option` of the answer. A body that uses `?`, or
/// ends in `Ok(..)` or `Err(..)`, comes to a `Result<(), ayo::BoxError>`: a stream of results. An error that the reader
/// `throw`s into it, a `BoxError`, ends it there as `?` does. For errors that the body catches, and for items from elsewhere,
/// write `Generator::new`.
///
/// In the body, literals with a unit are durations and `scope << future` starts tasks, as in [`scope!`](macro@scope).
///
/// # Equivalent code
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use ayo::{Emitter, Generator};
/// let mut squares = Generator::new(|out: Emitter<u32>| async move {
///     for n in 1..=3 {
///         let _ = out.emit(n * n).await;
///     }
/// });
/// # assert_eq!((squares.next().await, squares.next().await), (Some(1), Some(4)));
/// # }
/// ```
#[proc_macro]
pub fn generator(input: TokenStream) -> TokenStream {
    generator::generator(input.into()).into()
}

/// Makes a value of a context manager, for `group`, `ExitStack::enter` and [`with!`](macro@with).
///
/// ```
/// use ayo::{actxmgr, manager, with};
///
/// actxmgr! {
///     async fn open(name: &'static str) -> String { yield name.to_owned(); }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let later = manager!(open("a"));             // nothing has happened yet
/// let length = with!(name = later => { name.len() }).await?;
/// assert_eq!(length, 1);
/// # Ok(()) }
/// ```
///
/// It is a call of a manager that yields an owned value: what is lent by `-> &mut Tx` cannot leave the manager, and so needs
/// a `with!`. With the crate renamed: `manager!(crate = path::to::ayo, open("a"))`.
///
/// # Equivalent code
///
/// It calls the manager with a body that hands the value out, and then waits to be told how it ended:
///
/// ```
/// # use ayo::actxmgr;
/// # actxmgr! { async fn open(name: &'static str) -> String { yield name.to_owned(); } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (give, given) = tokio::sync::oneshot::channel();
/// let (end, ended) = tokio::sync::oneshot::channel::<()>();
/// let manager = tokio::spawn(open("a", async |name| {
///     let _ = give.send(name);
///     Ok(ended.await?)
/// }));
/// let name = given.await.unwrap();
/// assert_eq!(name, "a");
/// end.send(()).unwrap();
/// manager.await.unwrap().unwrap();
/// # }
/// ```
#[proc_macro]
pub fn manager(input: TokenStream) -> TokenStream {
    manager::manager(input.into()).into()
}

/// Makes an async function run at the call: up to its first suspension at once, the rest as a task of the scope around.
///
/// ```
/// use ayo::scope;
///
/// #[ayo::eager]
/// async fn double(n: u32) -> u32 { 2 * n }
///
/// #[ayo::eager]
/// async fn fetch(url: String) -> std::io::Result<usize> {
///     tokio::task::yield_now().await;
///     Ok(url.len())
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let sum = scope!(|_| {
///     let length = fetch("https://a.example".to_owned());     // is under way
///     let number = double(4);                                 // has ended already, and was never a task
///     assert!(number.is_finished());
///     length.await? + number.await? as usize
/// }).await?;
/// assert_eq!(sum, 25);
/// # Ok(()) }
/// ```
///
/// The function, which may be a method and generic, gives a `Task` of what it returned; it is no `async fn` any more. Its arguments
/// move into the task, so they are owned, and `self` is an `Arc<Self>`, say. The rest is as with `ayo::eager`. With the crate renamed:
/// `#[ayo::eager(crate = path)]`. In the body are durations with units and `scope << future`, as in [`scope!`](macro@scope).
///
/// # Equivalent code
///
/// ```
/// fn double(n: u32) -> ayo::Task<u32> {
///     ayo::eager(async move { 2 * n })
/// }
/// ```
#[proc_macro_attribute]
pub fn eager(args: TokenStream, item: TokenStream) -> TokenStream {
    eager::eager(args.into(), item.into()).into()
}

/// Makes an `async fn main` the outermost scope of a program, and starts Tokio for it.
///
/// ```
/// # use ayo::Scope;
/// # async fn serve() {}
/// #[ayo::main(timeout = 1h)]
/// async fn main(run: &Scope) -> Result<(), ayo::Error> {
///     run << serve();
///     Ok(())
/// }
/// ```
///
/// The function takes `run: &Scope`, `run: Scope` or nothing, and returns what a `main` may return; `Result<_, E>` needs
/// `E: From<ayo::Error>`. Its body is written as in [`scope!`](macro@scope), but it is a function like any other: `return`
/// and a tail `Ok(..)` are its own.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `flavor = "current_thread"` | Tokio's current-thread runtime; the default is `"multi_thread"` |
/// | `worker_threads = n` | so many threads of the multi-thread one |
/// | `grace = d` | how long the program may take to stop by itself after the first signal; 10 s |
/// | `signals = false` | signals are not obeyed |
/// | `dump_on_signal` | SIGUSR1 (and SIGINFO, where there is one) prints the live tree to the standard error |
/// | `context = NAME` | whose [hooks](macro@on) are called |
/// | `hooks = false` | none are |
/// | `policy = f` | `Fn(&mut tokio::runtime::Builder)`, which shapes the runtime |
///
/// And of [`scope!`](macro@scope): `max_concurrency`, `recursive`, `timeout`, `deadline`, `name` (default: `"main"`), `supervise`, `on_error`,
/// `cancel_timeout`, `timeline`, `crate`.
///
/// # Signals
///
/// SIGINT or SIGTERM stops the outermost scope ([`stop`](../ayo/struct.Scope.html#method.stop)); after the grace, or at the second
/// signal, it is cancelled; the third ends the process at once. The exit code is the program's own if it ended by itself, asked
/// or not, and 128 and the signal's number if not. A thread listens from before the body's first poll, so a blocked
/// runtime does not keep signals out.
///
/// # Equivalent code
///
/// ```
/// # type Error = Box<dyn std::error::Error + Send + Sync>;
/// # async fn serve() -> Result<(), Error> { Ok(()) }
/// fn main() -> Result<(), Error> {
///     tokio::runtime::Builder::new_multi_thread()
///         .enable_all()
///         .build()
///         .expect("failed to build the runtime")
///         .block_on(async {
///             let mut tasks = tokio::task::JoinSet::new();
///             tasks.spawn(serve());
///             while let Some(ended) = tasks.join_next().await {
///                 ended??;
///             }
///             Ok(())
///         })
/// }
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_attr::main(args.into(), item.into()).into()
}

/// Makes an `async fn` a test: on a virtual clock, in a scope of its own, and it fails for whatever it leaves behind.
///
/// It needs the feature `testing` of `ayo`: `ayo = { version = "…", features = ["testing"] }` below `[dev-dependencies]`.
///
/// ```
/// use std::time::Duration;
/// use ayo::{Scope, testing::VirtualClock};
///
/// #[ayo::test]
/// async fn an_hour_takes_no_time(run: &Scope) -> Result<(), ayo::Error> {
///     let clock = VirtualClock::new();
///     let nap = run << async { tokio::time::sleep(1h).await; "rested" };
///     assert_eq!(nap.await?, "rested");
///     assert_eq!(clock.now(), Duration::from_secs(3600));
///     Ok(())
/// }
/// ```
///
/// The function takes `run: &Scope`, `run: Scope` or nothing, and returns `()`, an `ExitCode` or a `Result` whose error is
/// `Debug`. Its body is written as in [`scope!`](macro@scope), but `return` and a tail `Ok(..)` are its own. Beside a panic
/// and an `Err`, it fails if
///
/// * a task of its scope fails, or is abandoned by a `cancel_timeout`;
/// * a `shield` or other clean-up is dropped before it has finished;
/// * an error comes to nobody;
/// * a task of `tokio::spawn` or a closure of `spawn_blocking` is alive at its end;
/// * it hangs: that takes a minute, or on the virtual clock five seconds in which nothing happens.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `real_time` | the clock is the real one; for tests that talk to the world outside |
/// | `flavor = "multi_thread"` | Tokio's multi-thread runtime, whose clock is always the real one |
/// | `worker_threads = n` | so many threads for it |
/// | `timeout = d` | how long it may take, and how long nothing may happen, in real time |
/// | `cancel_everywhere` | runs the test once for each of its suspension points, and cancels it there |
/// | `drop_everywhere` | the same with a drop from outside |
/// | `replay = n` | cuts at this one point only, as a failure names it |
/// | `interleave = n` | runs it `n` times, each time with the tasks of its scopes that are ready in another order |
/// | `seed = n` | runs in this one order only, as a failure names it |
/// | `max_concurrency`, `recursive`, `name`, `supervise`, `on_error`, `cancel_timeout`, `crate` | as of [`scope!`](macro@scope) |
///
/// # Parameters
///
/// A parameter that is a `&Scope` or a `Scope` is the test's scope, wherever it stands. Any other one gets its value from
/// an attribute below this one, `#[rstest]` with its `#[case]` for example; all attributes are kept. (In the other order,
/// `#[rstest]` on top, that works too, for tests that take no scope.)
///
/// # Equivalent code
///
/// ```
/// #[tokio::test(start_paused = true)]
/// async fn an_hour_takes_no_time() {
///     let before = tokio::time::Instant::now();
///     let nap = tokio::spawn(async {
///         tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
///         "rested"
///     });
///     assert_eq!(nap.await.unwrap(), "rested");
///     assert_eq!(before.elapsed().as_secs(), 3600);
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    test_attr::test(args.into(), item.into()).into()
}

/// Has a function called at a turning point of the program: a hook.
///
/// ```
/// use ayo::{Event, Scope};
///
/// #[ayo::on(starting)]
/// async fn connect() -> std::io::Result<()> { Ok(()) }
///
/// #[ayo::on(stopping, order = 5)]
/// async fn count_down(run: &Scope) {
///     run << async { println!("the last task") };
/// }
///
/// #[ayo::on(task_failed)]
/// fn report(event: &Event) {
///     println!("{}", event.error().unwrap());
/// }
///
/// # #[ayo::main(flavor = "current_thread")]
/// # async fn main() {}
/// ```
///
/// It is registered at link time, from any crate that is linked into the program. (A crate of which nothing is used is
/// not linked: write `use that_crate as _;`.) It takes `run: &Scope`, `event: &Event` or nothing, and returns `()` or a
/// `Result<(), E>`. Its body is written as in [`scope!`](macro@scope).
///
/// | hook | when | what fails in it |
/// |---|---|---|
/// | `policy::set` | a policy was set | is told |
/// | `runtime::created`, `runtime::set`, `runtime::started` | the runtime is built, is the thread's, runs | is told |
/// | `starting` | before the body | is the program's failure; the body does not run |
/// | `started` | after the body's first poll | is told |
/// | `stopping` | the body has ended or a stop was asked; before tasks are awaited, within the grace | is told |
/// | `stopped` | every task has ended; within the grace | is told |
/// | `runtime::closed` | the runtime is gone | is told |
/// | `signal` | a signal came | is told |
/// | `task_failed`, `leaked` | a task failed; a clean-up was dropped from outside | is told |
/// | `thread::started`, `thread::stopped` | of the runtime's threads | is told |
///
/// Told means: to `tracing`, or to the standard error where nobody has set that up; the other hooks are called all the same.
/// Hooks of `policy`, `runtime` and `thread`, `task_failed` and `leaked` are called where nothing can be awaited: they are not
/// `async` and have no `&Scope`.
///
/// # Options
///
/// `order = n`: lower ones come first, and those of the same order go by the paths of their functions; 0 if it is not
/// said. `context = NAME`: an [`ayo::Context`](../ayo/struct.Context.html). `crate = path`.
///
/// # Equivalent code
///
/// There is none in plain Tokio: code at these moments stands in `main`, and a library cannot add any.
///
/// ```
/// # async fn connect() {}
/// # async fn count_down() {}
/// # async fn body() {}
/// # #[tokio::main(flavor = "current_thread")]
/// async fn main() {
///     connect().await;
///     body().await;
///     count_down().await;
/// }
/// ```
#[proc_macro_attribute]
pub fn on(args: TokenStream, item: TokenStream) -> TokenStream {
    on::on(args.into(), item.into()).into()
}

/// Says what a worker of a server does: until `yield` it prepares, there it is ready and waits, and behind it it winds down.
///
/// ```
/// use ayo::{Scope, Signal, Worker, server};
/// # use tokio::net::TcpListener;
/// /// A task for each connection; no new ones once it is asked to stop.
/// async fn accept(run: Scope, listener: TcpListener) -> std::io::Result<()> {
///     loop {
///         tokio::select! {
///             connection = listener.accept() => {
///                 let (mut stream, _) = connection?;
///                 run.spawn(async move {
///                     let (mut from, mut to) = stream.split();
///                     tokio::io::copy(&mut from, &mut to).await.map(drop)
///                 });
///             }
///             () = run.stopping() => return Ok(()),
///         }
///     }
/// }
///
/// server! {
///     pub async fn echo(worker: Worker) {
///         let listener = worker.listener("127.0.0.1:0")?;
///         let run = worker.scope();
///         run << accept(run.clone(), listener);
///         let signal: Signal = yield;
///         println!("worker {} stops for {signal}", worker.index());
///     }
/// }
///
/// # fn start() -> Result<(), ayo::Error> {
/// ayo::serve(echo).workers(4).run()
/// # }
/// ```
///
/// It becomes an ordinary `async fn`, for [`ayo::serve`](../ayo/fn.serve.html). It takes `worker: Worker`. With no result of its own
/// its body takes any error by `?`; with one it is a function like any other. Its language is that of
/// [`scope!`](macro@scope). With the feature `server`.
///
/// # Equivalent code
///
/// For one process, which does not watch over others:
///
/// ```
/// async fn echo() -> std::io::Result<()> {
///     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
///     let mut tasks = tokio::task::JoinSet::new();
///     tokio::select! {
///         result = async { loop {
///             let (stream, _) = listener.accept().await?;
///             tasks.spawn(async move { drop(stream) });
///         } } => result,
///         _ = tokio::signal::ctrl_c() => {
///             while tasks.join_next().await.is_some() {}
///             Ok(())
///         }
///     }
/// }
/// # let _ = echo();
/// ```
#[proc_macro]
pub fn server(input: TokenStream) -> TokenStream {
    server::server(input.into()).into()
}

/// Lets a helper function be written as the body of a [`scope!`](macro@scope) is: `<<`, `#[task(..)]`, durations with units.
///
/// ```
/// # use ayo::Scope;
/// # type Url = String;
/// # async fn fetch(_: Url) {}
/// # async fn head(_: Url) {}
/// #[ayo::scoped]
/// fn crawl(run: &Scope, pages: &[Url]) {
///     for page in pages {
///         #[task(name = page.to_string())]
///         run << fetch(page.clone());
///     }
///     run << ayo::timeout(30s, head(pages[0].clone()));
/// }
/// # #[ayo::main(flavor = "current_thread")] async fn main(run: &Scope) { crawl(run, &["a".to_owned()]); }
/// ```
///
/// It goes on functions and methods, `async` or not, and changes nothing but the body. Its only option is `crate = path`.
///
/// # Equivalent code
///
/// ```
/// # use std::time::Duration;
/// # type Error = Box<dyn std::error::Error + Send + Sync>;
/// # type Url = String;
/// # async fn fetch(_: Url) -> Result<(), Error> { Ok(()) }
/// # async fn head(_: Url) -> Result<(), Error> { Ok(()) }
/// fn crawl(tasks: &mut tokio::task::JoinSet<Result<(), Error>>, pages: &[Url]) {
///     for page in pages {
///         tasks.spawn(fetch(page.clone()));
///     }
///     let first = pages[0].clone();
///     tasks.spawn(async move {
///         tokio::time::timeout(Duration::from_secs(30), head(first)).await?
///     });
/// }
/// ```
#[proc_macro_attribute]
pub fn scoped(args: TokenStream, item: TokenStream) -> TokenStream {
    scoped::scoped(args.into(), item.into()).into()
}

/// Declares context variables: values that code finds without being handed them, and that tasks inherit.
///
/// ```
/// # use ayo::scope;
/// ayo::vars! {
///     /// The request that is being served.
///     pub static REQUEST: u64;               // unset until somebody sets it: `get()` is an `Option<u64>`
///     static DEPTH: u32 = 0;                 // with a default: `get()` is a `u32`
///     #[no_inherit]
///     static LABEL: &'static str = "";       // tasks do not inherit it
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let seen = REQUEST.with(7, scope!(|run| {
///     let task = run << async { (REQUEST.get(), DEPTH.get()) };
///     task.await?
/// })).await?;
/// assert_eq!(seen, (Some(7), 0));
/// assert_eq!(REQUEST.get(), None);
/// # Ok(()) }
/// ```
///
/// It is `vars!{ [crate = path =>] (attributes visibility "static" NAME ":" Type ["=" default] ";")* }`. Each becomes a
/// `static` of the type `ayo::Var`, which has `get`, `with` and `with_sync`. The default is evaluated once, when it is first asked
/// for. A type is `Clone + Send + Sync + 'static`.
///
/// # Equivalent code
///
/// With Tokio alone each spawn says by itself what goes along:
///
/// ```
/// tokio::task_local! {
///     static REQUEST: u64;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), tokio::task::JoinError> {
/// let seen = REQUEST.scope(7, async {
///     let task = tokio::spawn(REQUEST.scope(REQUEST.get(), async { REQUEST.try_with(|id| *id).ok() }));
///     task.await
/// }).await?;
/// assert_eq!(seen, Some(7));
/// # Ok(()) }
/// ```
#[proc_macro]
pub fn vars(input: TokenStream) -> TokenStream {
    vars::vars(input.into()).into()
}

/// Awaits the first of several branches, and goes on with it when the others have cleaned up and ended.
///
/// ```
/// # use std::time::Duration;
/// # use tokio::{sync::mpsc, time::sleep};
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # let (send, mut jobs) = mpsc::channel(1);
/// # tokio::spawn(async move { for n in [1, 2, 0, 3] { let _ = send.send(n).await; } sleep(Duration::from_secs(9)).await; });
/// let mut done = Vec::new();
/// loop {
///     ayo::select! {
///         Some(job) = jobs.recv(), if done.len() < 3 => done.push(job),
///         () = sleep(Duration::from_secs(1)) => break,
///         else => break,
///     }
/// }
/// assert_eq!(done, [1, 2, 0]);
/// # }
/// ```
///
/// The form is that of [`tokio::select!`](https://docs.rs/tokio/latest/tokio/macro.select.html): `pattern = future [, if condition] => arm`,
/// `else => arm`, and `biased;` before the first. All futures are made; those whose condition holds are polled, in the task
/// itself, and may borrow from around. A branch whose pattern does not match is out. If all are, it is `else`'s turn.
/// Of several that are ready at once, any may be chosen; with `biased;`, the first.
///
/// What is different: losers are not just dropped. What has clean-up in it (a `scope!`, a `shield`, a `with!`) is asked to end,
/// and the arm begins when that is done. A branch can be anything that may be cancelled politely, where Tokio's need futures that
/// may be dropped at any `.await`.
///
/// There are at most 12 branches. `crate = path;` before the first says where the `ayo` crate is. In branches and arms, `<<`
/// starts tasks, and literals may carry units, as in [`scope!`](macro@scope).
///
/// # Panics
///
/// At the caller, if all branches are out and there is no `else`.
///
/// # Cancel safety
///
/// As [`race`](../ayo/fn.race.html).
///
/// # Equivalent code
///
/// ```
/// # async fn a() -> u8 { 1 }
/// # async fn b() -> u8 { std::future::pending().await }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let chosen = tokio::select! {
///     a = a() => a,
///     b = b() => b,           // dropped where it is: what it has begun stays half done
/// };
/// # assert_eq!(chosen, 1);
/// # }
/// ```
#[proc_macro]
pub fn select(input: TokenStream) -> TokenStream {
    select::select(input.into()).into()
}

/// Keeps the results of an `async fn`: called again with the same arguments, it answers with a clone of what it had returned.
///
/// With the feature `cache`, which is off by default; the store is [moka](https://docs.rs/moka).
///
/// ```
/// # #[derive(Clone)] struct User;
/// # async fn load(_: u64) -> Result<User, std::io::Error> { Ok(User) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
/// #[ayo::cached(max_size = 128, ttl = 60s)]
/// async fn user(id: u64) -> Result<User, std::io::Error> {
///     load(id).await                       // at most once a minute for each id
/// }
///
/// let (a, b) = tokio::join!(user(7), user(7));     // one execution for both
/// # (a?, b?);
/// assert_eq!(user::cache().stats().misses, 1);
/// user::cache().remove(&7);                        // the next call executes it again
/// # Ok(()) }
/// ```
///
/// Callers who ask at once share one execution. It runs in the task of the first of them, as part of that task: in its
/// scope, with its context variables, and cancelled with it. If that happens, or if it panics, the next of them starts anew.
///
/// Of a `Result` only an `Ok` is kept. An `Err` goes to all who were waiting for it, if it can be cloned; else it is the
/// caller's who executed the function, and the next one starts anew.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `max_size = n` | at most `n` results are kept; the one used longest ago makes place. Without it: any number |
/// | `ttl = d` | a result is kept for so long (by Tokio's clock). Without it: for ever |
/// | `key = a`, `key = (a, b)` | only these arguments count |
/// | `key: Type = expr` | what counts is made of the arguments, before the body runs |
/// | `result = true` | the function returns a `Result` and only an `Ok` is kept, as in the crate `cached`. That is the default; with it, a function that returns something else does not compile |
/// | `result = false` | a whole `Result` is kept, an `Err` too |
/// | `associated` | for a function without `self` in an `impl`, which a macro cannot tell from one outside |
/// | `crate = path` | where the `ayo` crate is, if it is not `::ayo` |
///
/// Without `key`, a result is found by all arguments. They are `Clone + Eq + Hash`; of a borrow (`&str`) an owned copy (`String`)
/// is made. A generic function, and a method with `self`, has to say its key.
///
/// # The cache
///
/// `f::cache()` gives the [`Cache`](../ayo/struct.Cache.html) with `clear()`, `remove(&key)` and `stats()`. It belongs to the program, and is made at
/// the first call. Beside a method `f` there is no place for that: there it is `Type::f_cache()`. In an `impl` of a trait, which can
/// have neither, call a cached function.
///
/// # Panics
///
/// A cached function that calls itself with the same key would wait for itself for ever, and panics.
///
/// # Cancel safety
///
/// As cancel safe as the function. Whoever waits for another's execution holds nothing.
///
/// # Equivalent code
///
/// Without one execution for all who ask at once, without a limit, and with times that a paused clock does not see:
///
/// ```
/// # use std::collections::HashMap; use std::sync::{LazyLock, Mutex}; use std::time::{Duration, Instant};
/// # #[derive(Clone)] struct User;
/// # async fn load(_: u64) -> Result<User, std::io::Error> { Ok(User) }
/// async fn user(id: u64) -> Result<User, std::io::Error> {
///     static CACHE: LazyLock<Mutex<HashMap<u64, (Instant, User)>>> = LazyLock::new(Mutex::default);
///     if let Some((born, user)) = CACHE.lock().unwrap().get(&id)
///         && born.elapsed() < Duration::from_secs(60)
///     {
///         return Ok(user.clone());
///     }
///     let user = load(id).await?;
///     CACHE.lock().unwrap().insert(id, (Instant::now(), user.clone()));
///     Ok(user)
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() { user(1).await.unwrap(); }
/// ```
#[proc_macro_attribute]
pub fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    cached::cached(args.into(), item.into()).into()
}

/// Says what is to be done when the rest of the surrounding block has ended, however it ends.
///
/// ```
/// # use ayo::{BoxError, Exit};
/// # struct Lock; impl Lock { async fn take() -> std::io::Result<Self> { Ok(Lock) } async fn release(self) {} }
/// # async fn copy() -> std::io::Result<u64> { Ok(7) }
/// #[ayo::scoped]
/// async fn back_up() -> Result<u64, BoxError> {
///     let lock = Lock::take().await?;
///     defer!(lock.release());                       // at the end: after success, error, panic and cancel
///     defer!(|exit| if let Exit::Failed(error) = exit {
///         println!("not backed up: {error}");       // before that: the last one comes first
///     });
///     Ok(copy().await?)
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() { assert_eq!(back_up().await.unwrap(), 7); }
/// ```
///
/// It is a statement in the body of [`scope!`](macro@scope), `with!`, `generator!` or [`#[ayo::main]`](macro@main), in a function marked
/// [`#[ayo::scoped]`](macro@scoped), or in any block inside of these, `async` blocks and closures too. What it runs is
/// evaluated at the end, shielded: a future, which is awaited, or code, which may `.await` and use `?`. `|exit|` before it
/// shows how the rest of the block ended.
///
/// # Errors
///
/// What it runs ends as a task does. An error is the error of the block, or comes first in the `others()` of the one that the
/// block has. Where no error can leave the block, it goes to the scope around.
///
/// # Cancel safety
///
/// Cancelled politely, the block waits for it. Dropped from outside, it cannot run; a warning is traced then, with its place.
///
/// # Equivalent code
///
/// Without errors of the clean-up, and without the shield:
///
/// ```
/// # use std::panic::resume_unwind;
/// # type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// # struct Lock; impl Lock { async fn take() -> std::io::Result<Self> { Ok(Lock) } async fn release(self) {} }
/// # async fn copy() -> std::io::Result<u64> { Ok(7) }
/// async fn back_up() -> Result<u64, BoxError> {
///     let lock = Lock::take().await?;
///     let end = tokio::spawn(copy()).await;         // a task, so that its panic comes back
///     lock.release().await;                         // not after a cancel: then nothing here goes on
///     match end {
///         Ok(copied) => Ok(copied?),
///         Err(panicked) => resume_unwind(panicked.into_panic()),
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() { assert_eq!(back_up().await.unwrap(), 7); }
/// ```
#[proc_macro]
pub fn defer(input: TokenStream) -> TokenStream {
    defer::defer(input.into()).into()
}

/// Says that a task may return this type as it is, as a success.
///
/// ```
/// #[derive(ayo::Plain)]
/// struct Page {
///     body: String,
/// }
///
/// # #[ayo::main(flavor = "current_thread")] async fn main(run: &ayo::Scope) -> Result<(), ayo::Error> {
/// let page = run << async { Page { body: "hello".to_owned() } };
/// assert_eq!(page.await?.body, "hello");
/// # Ok(()) }
/// ```
///
/// With the crate renamed: `#[ayo(crate = path::to::ayo)]` below the derive.
///
/// # Equivalent code
///
/// Plain Tokio takes any type here, an `Err` that nobody looks at too. What the derive writes is
///
/// ```
/// # struct Page;
/// impl ayo::Plain for Page {}
/// ```
#[proc_macro_derive(Plain, attributes(ayo))]
pub fn plain(input: TokenStream) -> TokenStream {
    plain::derive(input.into()).into()
}
