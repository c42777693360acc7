//! Context variables: values that code finds without being handed them, and that tasks inherit.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::inherit::{Entry, look, overlaid, within};
use crate::site::Extra;

/// What a context variable can hold: any `Clone + Send + Sync + 'static`, since tasks on other threads see it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a context variable",
    label = "not `Clone + Send + Sync + 'static`",
    note = "tasks on other threads inherit the value, and each `get` clones it",
    note = "wrap it: `Arc<T>` is `Clone` whatever `T` is, `Mutex<T>` makes a `Send` type `Sync`"
)]
pub trait VarValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> VarValue for T {}

/// Marks variables that are unset until a value is set.
#[derive(Debug)]
pub enum NoDefault {}

/// Marks variables that always have a value.
#[derive(Debug)]
pub enum HasDefault {}

/// A context variable: [`vars!`](crate::vars!) makes them, as `static`s.
///
/// [`with`](Self::with) sets a value for one future and all that is started in it; [`get`](Self::get) finds it there. Tasks
/// inherit what is set where they are spawned; what [`tokio::spawn`] starts does not. It is Python's `ContextVar`
/// and Java's `ScopedValue`: nobody can set a value in the middle and forget to take it back.
///
/// # Example
/// ```
/// use ayo::scope;
///
/// ayo::vars! {
///     /// The request that is being served.
///     static REQUEST: u64;
///     static DEPTH: u32 = 0;
/// }
///
/// fn note(text: &str) -> String {
///     format!("{:?}/{}: {text}", REQUEST.get(), DEPTH.get())
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// assert_eq!(note("start"), "None/0: start");
/// let served = REQUEST.with(7, scope!(|run| {
///     let sub = run << DEPTH.with(1, async { note("sub") });   // a task inherits
///     (note("serve"), sub.await?)
/// })).await?;
/// assert_eq!(served, ("Some(7)/0: serve".to_owned(), "Some(7)/1: sub".to_owned()));
/// # Ok(()) }
/// ```
///
/// # Cost
/// `get` searches the few variables that are set and clones the value. `with` allocates. A spawn adds one reference
/// to all that is set, and nothing where nothing is.
pub struct Var<T, D = NoDefault> {
    make: Option<fn() -> T>,
    default: OnceLock<Erased>,
    is_inherited: bool,
    kind: PhantomData<fn() -> D>,
}

/// A value of a variable, whose type that variable knows.
type Erased = Arc<dyn Any + Send + Sync>;

impl<T: VarValue> Var<T> {
    /// A variable that is unset at first. [`vars!`](crate::vars!) writes this.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it is made in a `static`")]
    pub const fn new() -> Self {
        Self { make: None, default: OnceLock::new(), is_inherited: true, kind: PhantomData }
    }

    /// The value set here, if one is.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// ayo::vars!(static USER: &'static str);
    ///
    /// assert_eq!(USER.get(), None);
    /// assert_eq!(USER.with("ada", async { USER.get() }).await, Some("ada"));
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn get(&'static self) -> Option<T> {
        self.find()
    }
}

impl<T: VarValue> Var<T, HasDefault> {
    /// A variable with a value where none is set: made once, when it is first asked for. [`vars!`](crate::vars!) writes this.
    #[must_use]
    pub const fn with_default(make: fn() -> T) -> Self {
        Self { make: Some(make), default: OnceLock::new(), is_inherited: true, kind: PhantomData }
    }

    /// The value set here, else the default.
    ///
    /// # Example
    /// ```
    /// ayo::vars!(static RETRIES: u32 = 3);
    ///
    /// assert_eq!(RETRIES.get(), 3);
    /// assert_eq!(RETRIES.with_sync(0, || RETRIES.get()), 0);
    /// ```
    #[must_use]
    pub fn get(&'static self) -> T {
        self.find().unwrap_or_else(|| self.default_value())
    }

    #[cold]
    fn default_value(&'static self) -> T {
        let make = self.make.expect("a variable of this kind has a default");
        let value = self.default.get_or_init(|| Arc::new(make()));
        value.downcast_ref::<T>().expect("the value of this variable").clone()
    }
}

impl<T, D> Var<T, D> {
    /// The same variable, for the code below `with` only: tasks do not inherit it. [`vars!`](crate::vars!) writes this for
    /// `#[no_inherit]`.
    #[must_use]
    pub const fn no_inherit(mut self) -> Self {
        self.is_inherited = false;
        self
    }
}

impl<T: VarValue, D> Var<T, D> {
    /// Runs `future` with this value, which it and the tasks started in it get; around it, nothing changes.
    ///
    /// The other variables are those of the code that polls the result first.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// ayo::vars!(static LANGUAGE: String = "en".to_owned());
    ///
    /// async fn greeting() -> &'static str {
    ///     if LANGUAGE.get() == "is" { "halló" } else { "hello" }
    /// }
    /// assert_eq!(LANGUAGE.with("is".to_owned(), greeting()).await, "halló");
    /// assert_eq!(greeting().await, "hello");
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// It adds nothing to `future`: what that promises holds. The value is set while it is dropped, too.
    pub fn with<F: Future>(&'static self, value: T, future: F) -> WithVar<F> {
        WithVar { future: Some(future), vars: Overlay::Waiting(self.entry(value)) }
    }

    /// Runs a function with this value: [`with`](Self::with) for code that is not async.
    ///
    /// # Example
    /// ```
    /// ayo::vars!(static USER: &'static str);
    ///
    /// assert_eq!(USER.with_sync("ada", || USER.get()), Some("ada"));
    /// assert_eq!(USER.get(), None);
    /// ```
    pub fn with_sync<R>(&'static self, value: T, f: impl FnOnce() -> R) -> R {
        within(&overlaid(self.entry(value)), f)
    }

    fn entry(&'static self, value: T) -> Entry {
        Entry { key: self.key(), value: Arc::new(value), is_inherited: self.is_inherited }
    }

    /// No two `static`s have one address, since a variable has a size.
    #[inline]
    fn key(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[inline]
    fn find(&'static self) -> Option<T> {
        look(self.key(), |value| value?.downcast_ref().cloned())
    }
}

impl<T, D> fmt::Debug for Var<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Var").field("type", &std::any::type_name::<T>()).finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Var::with`].
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct WithVar<F> {
        #[pin]
        future: Option<F>,
        vars: Overlay,
    }

    impl<F> PinnedDrop for WithVar<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            within(this.vars.set(), || this.future.set(None));
        }
    }
}

/// A value, and what it became together with the variables around it.
enum Overlay {
    Waiting(Entry),
    Set(Arc<Extra>),
}

impl Overlay {
    /// Lays the value over what is set here, once.
    #[inline]
    fn set(&mut self) -> &Arc<Extra> {
        if let Self::Waiting(entry) = self {
            *self = Self::Set(overlaid(entry.clone()));
        }
        match self {
            Self::Set(vars) => vars,
            Self::Waiting(_) => unreachable!("it was just set"),
        }
    }
}

impl<F: Future> Future for WithVar<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.future.as_pin_mut().expect("it is there until it is dropped");
        within(this.vars.set(), || future.poll(cx))
    }
}

impl<F> fmt::Debug for WithVar<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithVar").finish_non_exhaustive()
    }
}
