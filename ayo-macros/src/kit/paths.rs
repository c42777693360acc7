//! Every path that is emitted, and the spans that they carry.
//!
//! Nothing else in this crate writes `::ayo` or `::core`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprReference, Path, Token, Type};

/// A span for what is generated: it cannot see or disturb the user's names, and stands at `place` in messages.
pub(crate) fn generated(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// A generated name.
pub(crate) fn hidden(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The spans of a generated path: from one token to another, which is what a message about it underlines.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    from: Span,
    to: Span,
}

impl From<Span> for Place {
    fn from(place: Span) -> Self {
        let span = generated(place);
        Self { from: span, to: span }
    }
}

impl Place {
    /// From the first to the last of some tokens.
    pub(crate) fn over(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let from = spans.next().unwrap_or_else(Span::call_site);
        let to = spans.last().unwrap_or(from);
        Self { from: generated(from), to: generated(to) }
    }

    /// Its end.
    pub(crate) fn last(self) -> Span {
        self.to
    }

    /// The user's own `scope <<`, which the path stands for: `#[track_caller]` then gives its line as the spawn site, where
    /// a generated span would give the line of the macro.
    pub(crate) fn own(target: Span, op: Token![<<]) -> Self {
        Self { from: target, to: op.spans[1] }
    }
}

/// Where the `ayo` crate is: `::ayo`, or what `crate = path` says.
#[derive(Default)]
pub(crate) struct Paths {
    custom: Option<Path>,
}

impl Paths {
    /// `custom` is the value of `crate = path`.
    pub(crate) fn new(custom: Option<Path>) -> Self {
        Self { custom }
    }

    fn root(&self, span: Span) -> TokenStream {
        match &self.custom {
            Some(path) => moved(path.to_token_stream(), span),
            None => quote_spanned!(span=> ::ayo),
        }
    }

    fn public(&self, place: Span, name: &str) -> TokenStream {
        let span = generated(place);
        let root = self.root(span);
        let name = Ident::new(name, span);
        quote_spanned!(span=> #root::#name)
    }

    fn private(&self, place: Place, room: &str, name: &str) -> TokenStream {
        let (root, span) = (self.root(place.from), place.from);
        let room = Ident::new(room, span);
        let name = Ident::new(name, place.to);
        quote_spanned!(span=> #root::__private::#room::#name)
    }

    /// `fn scope() -> ScopeBuilder`
    pub(crate) fn scope_builder(&self, place: Span) -> TokenStream {
        self.public(place, "scope")
    }

    /// The type `Scope`.
    pub(crate) fn scope_type(&self, place: Span) -> TokenStream {
        self.public(place, "Scope")
    }

    /// The type of an error that nobody named.
    pub(crate) fn box_error(&self, place: Span) -> TokenStream {
        self.public(place, "BoxError")
    }

    /// The trait `Plain`.
    pub(crate) fn plain(&self, place: Span) -> TokenStream {
        self.public(place, "Plain")
    }

    /// The type `Var`.
    pub(crate) fn var(&self, place: Span) -> TokenStream {
        self.public(place, "Var")
    }

    /// The type `HasDefault`.
    pub(crate) fn has_default(&self, place: Span) -> TokenStream {
        self.public(place, "HasDefault")
    }

    /// Makes a scope and its handle of a builder, in the room for scopes of its kind.
    pub(crate) fn prepare(&self, place: Span, room: &str) -> TokenStream {
        self.private(place.into(), room, "prepare")
    }

    /// The future of a scope and its body.
    pub(crate) fn run_scope(&self, place: Span, room: &str) -> TokenStream {
        self.private(place.into(), room, "run")
    }

    /// Makes the body's tail a `Result`.
    pub(crate) fn value(&self, place: Span) -> TokenStream {
        self.private(place.into(), "scope", "value")
    }

    /// Starts a task without a handle.
    pub(crate) fn start(&self, place: Place) -> TokenStream {
        self.private(place, "scope", "start")
    }

    /// Starts a task with a handle.
    pub(crate) fn spawn(&self, place: Place) -> TokenStream {
        self.private(place, "scope", "spawn")
    }

    /// A task that takes options.
    pub(crate) fn task(&self, place: Place) -> TokenStream {
        self.private(place, "scope", "task")
    }

    /// The type `Cache`.
    pub(crate) fn cache_type(&self, place: Span) -> TokenStream {
        self.public(place, "Cache")
    }

    /// Whatever `#[ayo::cached]` calls.
    pub(crate) fn cached(&self, place: impl Into<Place>, name: &str) -> TokenStream {
        self.private(place.into(), "cached", name)
    }

    /// Something that a `defer!` is made of.
    pub(crate) fn defer(&self, place: Span, name: &str) -> TokenStream {
        self.private(place.into(), "defer", name)
    }

    /// Whether this is the path of something that the crate exports under this name.
    pub(crate) fn is_public(&self, path: &Path, name: &str) -> bool {
        let text = |tokens: TokenStream| tokens.to_string();
        let usual = format!("ayo :: {name}");
        let written = text(path.to_token_stream());
        written.strip_prefix(":: ").unwrap_or(&written) == usual
            || self
                .custom
                .as_ref()
                .is_some_and(|custom| written == format!("{} :: {name}", text(custom.to_token_stream())))
    }

    /// Something that a manager is made of.
    pub(crate) fn manager(&self, place: impl Into<Place>, name: &str) -> TokenStream {
        self.private(place.into(), "actxmgr", name)
    }

    /// Enters a manager that is a value.
    pub(crate) fn enter(&self, place: Place) -> TokenStream {
        self.private(place, "with", "enter")
    }

    /// Whatever `manager!` calls.
    pub(crate) fn held(&self, place: Span, name: &str) -> TokenStream {
        self.private(place.into(), "manager", name)
    }

    /// Passes the error of an inner manager on.
    pub(crate) fn passed_on(&self, place: Span) -> TokenStream {
        self.private(place.into(), "with", "passed_on")
    }

    /// The type `Error`.
    pub(crate) fn error(&self, place: Span) -> TokenStream {
        self.public(place, "Error")
    }

    /// Runs a function at the call.
    pub(crate) fn eager(&self, place: Span) -> TokenStream {
        self.private(place.into(), "eager", "eager")
    }

    /// The type of its handle.
    pub(crate) fn eager_task(&self, place: Span) -> TokenStream {
        self.private(place.into(), "eager", "Task")
    }

    /// Makes a generator: one whose items are answered or not, whose body can fail or not.
    pub(crate) fn generator(&self, place: Span, can_fail: bool, is_answered: bool) -> TokenStream {
        let name = match (can_fail, is_answered) {
            (false, false) => "items",
            (false, true) => "answered",
            (true, false) => "try_items",
            (true, true) => "try_answered",
        };
        self.private(place.into(), "generator", name)
    }

    /// Gives an item of a generator.
    pub(crate) fn give(&self, place: Span, can_fail: bool) -> TokenStream {
        self.private(place.into(), "generator", if can_fail { "try_give" } else { "give" })
    }

    /// Whatever `select!` calls.
    pub(crate) fn select(&self, place: Span, name: &str) -> TokenStream {
        self.private(place.into(), "select", name)
    }

    /// Runs the program.
    pub(crate) fn run_main(&self, place: Place) -> TokenStream {
        self.private(place, "main", "run")
    }

    /// The options of a program on Tokio's runtime of this flavour.
    pub(crate) fn program(&self, place: Span, flavor: &str) -> TokenStream {
        self.private(place.into(), "main", flavor)
    }

    /// Runs a test.
    pub(crate) fn run_test(&self, place: Place, function: &str) -> TokenStream {
        self.private(place, "test", function)
    }

    /// The options of a test.
    pub(crate) fn test_options(&self, place: Span) -> TokenStream {
        self.private(place.into(), "test", "Options")
    }
}

impl Paths {
    /// Something that a hook is registered by.
    pub(crate) fn hook(&self, place: Span, name: &str) -> TokenStream {
        self.private(place.into(), "on", name)
    }

    /// How a hook's function is called.
    pub(crate) fn hook_call(&self, place: Span, kind: &str) -> TokenStream {
        let (call, span) = (self.hook(place, "Call"), generated(place));
        let kind = Ident::new(kind, span);
        quote_spanned!(span=> #call::#kind)
    }

    /// What becomes of the result of a hook's function.
    pub(crate) fn hook_result(&self, place: Place, name: &str) -> TokenStream {
        self.private(place, "on", name)
    }

    /// A variant of `Hook`.
    pub(crate) fn hook_variant(&self, place: Span, variant: &str) -> TokenStream {
        let (hook, span) = (self.public(place, "Hook"), generated(place));
        let variant = Ident::new(variant, span);
        quote_spanned!(span=> #hook::#variant)
    }

    /// The type `Context`.
    pub(crate) fn context_type(&self, place: Span) -> TokenStream {
        self.public(place, "Context")
    }
}

impl Paths {
    /// `worker.ready().await`, in the place of a `yield`.
    pub(crate) fn worker_ready(&self, place: Span, worker: &Ident) -> Expr {
        let span = generated(place);
        let ready = self.private(place.into(), "server", "ready");
        syn::parse_quote_spanned!(span=> #ready(&#worker).await)
    }
}

/// `concat!` and its like, without the `!`.
pub(crate) fn core_macro(place: Span, name: &str) -> TokenStream {
    let span = generated(place);
    let name = Ident::new(name, span);
    quote_spanned!(span=> ::core::#name)
}

/// The user's path with another span; `$crate` keeps what it stands for.
fn moved(path: TokenStream, span: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        let is_dollar_crate = matches!(&token, TokenTree::Ident(word) if word == "$crate");
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), moved(group.stream(), span)).into();
        }
        token.set_span(if is_dollar_crate { token.span().located_at(span) } else { span });
        token
    };
    path.into_iter().map(respan).collect()
}

/// `Duration`
pub(crate) fn duration(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::time::Duration)
}

/// `Future`
pub(crate) fn future(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::future::Future)
}

/// `Result`
pub(crate) fn result(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::result::Result)
}

/// `AsyncFnOnce`
pub(crate) fn async_fn_once(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::ops::AsyncFnOnce)
}

/// `FnOnce`
pub(crate) fn fn_once(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::ops::FnOnce)
}

/// `Location::caller()`
pub(crate) fn caller(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::panic::Location::caller())
}

/// `Result::Ok`
pub(crate) fn ok(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::result::Result::Ok)
}

/// `Result::Err`
pub(crate) fn err(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::result::Result::Err)
}

/// `Option::Some`
pub(crate) fn some(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::option::Option::Some)
}

/// `Option::None`
pub(crate) fn none(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::option::Option::None)
}

/// The first token of what was written, for messages.
pub(crate) fn first_span(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// `Into::into`
pub(crate) fn into(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::convert::Into::into)
}

/// `Clone::clone`
pub(crate) fn clone(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::clone::Clone::clone)
}

/// `ToOwned::to_owned`
pub(crate) fn to_owned(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::std::borrow::ToOwned::to_owned)
}

/// What `ToOwned` makes of a borrowed type.
pub(crate) fn owned_type(borrowed: &Type) -> TokenStream {
    let span = generated(borrowed.span());
    quote_spanned!(span=> <#borrowed as ::std::borrow::ToOwned>::Owned)
}

/// `identity`, at the user's own left side of an operator.
pub(crate) fn identity(target: Span) -> TokenStream {
    quote_spanned!(target=> ::core::convert::identity)
}

/// The attribute of a test, as rustc has it.
pub(crate) fn test_attribute(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> #[::core::prelude::v1::test])
}

/// `&place`, which messages point to as the place itself.
pub(crate) fn borrowed(place: &Expr) -> ExprReference {
    ExprReference {
        attrs: Vec::new(),
        and_token: Token![&](place.span()),
        mutability: None,
        expr: Box::new(place.clone()),
    }
}

/// An expression of any type, for code that stands beside an error and never runs. As a call, it gets the code behind it no
/// warning that nothing reaches that.
pub(crate) fn never_runs(place: Span) -> TokenStream {
    let (span, never) = (generated(place), unreachable(place));
    quote_spanned!(span=> (|| #never)())
}

/// An expression of any type, for what cannot be.
pub(crate) fn unreachable(place: Span) -> TokenStream {
    let span = generated(place);
    quote_spanned!(span=> ::core::unreachable!())
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::parse_quote;

    use super::Paths;

    #[test]
    fn the_root_is_ayo_or_what_the_option_says() {
        let place = Span::call_site();
        let usual = Paths::default().start(place.into()).to_string();
        assert_eq!(usual, ":: ayo :: __private :: scope :: start");
        let custom = Paths::new(Some(parse_quote!(my::ayo))).box_error(place);
        assert_eq!(custom.to_string(), "my :: ayo :: BoxError");
    }
}
