//! What a task may return.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::convert::Infallible;

use crate::BoxError;

/// What a task's future may come to: a `Result`, whose `Err` fails the scope, or a [`Plain`] value.
///
/// It is implemented for `Result<T, E>` with any `E` that converts into a boxed error (every error type, `String`,
/// `&str`, `anyhow::Error`), for everything that is [`Plain`], and for `!`. There is no fallback: an `Err` is never
/// taken for a value.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// #[derive(ayo::Plain)]
/// struct Page { words: usize }
///
/// async fn read() -> Page { Page { words: 300 } }
/// async fn parse(text: &'static str) -> Result<u32, std::num::ParseIntError> { text.parse() }
///
/// let sum = ayo::scope!(|run| {
///     let page = run << read();
///     let number = run << parse("42");
///     page.await?.words + number.await? as usize
/// }).await?;
/// assert_eq!(sum, 342);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`",
    label = "a task returns a plain value, or a `Result` whose error converts into `ayo::BoxError`",
    note = "a type of your own: write `#[derive(ayo::Plain)]` on it; a foreign one, or a collection of results: return `ayo::Value(v)`",
    note = "an error of your own: implement `std::error::Error` for it; `Box<dyn Error>` lacks `+ Send + Sync`"
)]
pub trait Outcome {
    /// What the task's handle gives.
    type Value;
    /// What fails the scope.
    type Error: Into<BoxError>;

    /// The value, or what went wrong.
    ///
    /// # Errors
    /// What the task returned as its error.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<BoxError>> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<P: Plain> Outcome for P {
    type Value = P;
    type Error = Infallible;

    fn into_result(self) -> Result<P, Infallible> {
        Ok(self)
    }
}

/// Names what a function type returns: the one way to write `!` as a type on stable Rust.
pub(crate) mod never {
    pub trait Returns {
        type Returned;
    }

    impl<R> Returns for fn() -> R {
        type Returned = R;
    }
}

#[diagnostic::do_not_recommend]
impl Outcome for <fn() -> ! as never::Returns>::Returned {
    type Value = Infallible;
    type Error = Infallible;

    fn into_result(self) -> Result<Infallible, Infallible> {
        match self {}
    }
}

/// A type whose values are just values: returning one is a success.
///
/// `()`, numbers, strings, paths, times and the containers of such have it. Derive it for your own types. A
/// `Result` never has it, nor has a container of results: say what an `Err` in there means, or wrap it in [`Value`].
///
/// # Example
/// ```
/// #[derive(ayo::Plain)]
/// struct Page<T> { title: String, extra: T }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not marked as a plain value",
    label = "not `Plain`",
    note = "write `#[derive(ayo::Plain)]` on your own type, or wrap the value in `ayo::Value`"
)]
pub trait Plain {}

/// Makes a plain value of anything, such as a foreign type or a `Vec` of results.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// use ayo::Value;
/// let Value(all) = ayo::scope!(|run| {
///     let parsed = run << async { Value(["1", "x"].map(str::parse::<u8>)) };
///     parsed.await?
/// }).await?;
/// assert!(all[0].is_ok() && all[1].is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value<T>(pub T);

impl<T> Plain for Value<T> {}

macro_rules! plain {
    ($($plain:ty),* $(,)?) => { $(impl Plain for $plain {})* };
}

plain!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    String,
    std::path::PathBuf,
    std::ffi::OsString,
    std::time::Duration,
    std::time::Instant,
    std::time::SystemTime,
    tokio::time::Instant,
    std::net::IpAddr,
    std::net::Ipv4Addr,
    std::net::Ipv6Addr,
    std::net::SocketAddr,
    std::process::ExitStatus,
    std::process::ExitCode,
    std::process::Output,
    std::fs::File,
    std::net::TcpStream,
    std::net::TcpListener,
    std::cmp::Ordering,
    Infallible,
    std::thread::ThreadId,
    std::any::TypeId,
    str,
    std::ops::RangeFull,
);

macro_rules! plain_containers {
    ($($of:ident $(+ $and:ident)* => $container:ty),* $(,)?) => {
        $(impl<$of: Plain, $($and),*> Plain for $container {})*
    };
}

plain_containers!(
    T => Option<T>, T => Vec<T>, T => VecDeque<T>, T => LinkedList<T>, T => BTreeSet<T>, T => BinaryHeap<T>,
    T + S => HashSet<T, S>, V + K => BTreeMap<K, V>, V + K + S => HashMap<K, V, S>, T => [T],
    T => std::ops::Range<T>, T => std::sync::Mutex<T>, T => std::sync::RwLock<T>, T => std::num::Wrapping<T>,
    T => std::cell::Cell<T>, T => std::cell::RefCell<T>,
);

impl<T: Plain + ?Sized> Plain for Box<T> {}
impl<T: Plain + ?Sized> Plain for std::sync::Arc<T> {}
impl<T: Plain + ?Sized> Plain for std::rc::Rc<T> {}
impl<T: ?Sized> Plain for &T where T: Plain {}
impl<T: Plain, const N: usize> Plain for [T; N] {}
impl<T: ?Sized> Plain for std::marker::PhantomData<T> {}
impl<B: ?Sized + ToOwned + Plain> Plain for std::borrow::Cow<'_, B> {}

macro_rules! plain_tuples {
    ($($name:ident)*) => { plain_tuples!(@ $($name)* ;); };
    (@ $first:ident $($rest:ident)* ; $($done:ident)*) => {
        impl<$($done: Plain,)* $first: Plain> Plain for ($($done,)* $first,) {}
        plain_tuples!(@ $($rest)* ; $($done)* $first);
    };
    (@ ; $($done:ident)*) => {};
}

plain_tuples!(A B C D E F G H I J K L);
