//! Options after they were read: checked values, and the builder calls that they become.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::{Expr, Path, Type};

use super::paths::{self, generated};

/// The checked value of an option.
pub(crate) enum Value {
    /// The option stands alone.
    Flag,
    /// Evaluated when the code runs.
    Expr(Expr),
    /// A constant, computed here.
    Constant(TokenStream),
    /// A type.
    Type(Type),
    /// Where a crate is.
    Path(Path),
    /// Wrong, and without a stand-in.
    Refused,
    /// One of a few words.
    Choice(&'static str),
    /// An expression, whose type may be given too.
    Typed(Option<Type>, Expr),
    /// `true` or `false`.
    Bool(bool),
}

/// One option: the user's own token, and its value.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

/// All options of one macro, in the order in which they were written.
#[derive(Default)]
pub(crate) struct Settings {
    all: Vec<Setting>,
}

impl Settings {
    pub(crate) fn push(&mut self, setting: Setting) {
        self.all.push(setting);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.all.iter().any(|setting| setting.name == name)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Setting> {
        self.all.iter().find(|setting| setting.name == name)
    }

    /// Removes an option that is no builder call.
    pub(crate) fn take(&mut self, name: &str) -> Option<Setting> {
        let at = self.all.iter().position(|setting| setting.name == name)?;
        Some(self.all.remove(at))
    }

    /// Removes `crate = path`.
    pub(crate) fn take_crate(&mut self) -> Option<Path> {
        match self.take("crate")?.value {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// `.timeout(…).supervise()`
    pub(crate) fn calls(&self) -> TokenStream {
        self.all.iter().map(Setting::call).collect()
    }
}

impl Setting {
    /// `.timeout(…)`, at the user's own place: what panics there names its line.
    pub(crate) fn call(&self) -> TokenStream {
        let Self { name, value } = self;
        let span = name.span();
        match value {
            // Generated, so that rustc does not propose to write `collect::<_>`.
            Value::Flag if name == "collect" => {
                let (span, name) = (generated(span), Ident::new("collect", generated(span)));
                quote_spanned!(span=> .#name::<_>())
            }
            Value::Flag => quote_spanned!(span=> .#name()),
            Value::Expr(expr) if name == "parent" => {
                let borrowed = paths::borrowed(expr);
                quote_spanned!(span=> .#name(#borrowed))
            }
            Value::Expr(expr) => quote_spanned!(span=> .#name(#expr)),
            Value::Constant(tokens) => quote_spanned!(span=> .#name(#tokens)),
            Value::Type(ty) => quote_spanned!(span=> .#name::<#ty>()),
            Value::Path(path) => quote_spanned!(span=> .#name(#path)),
            Value::Refused => TokenStream::new(),
            Value::Choice(word) => quote_spanned!(span=> .#name(#word)),
            Value::Typed(_, expr) => quote_spanned!(span=> .#name(#expr)),
            Value::Bool(on) => quote_spanned!(span=> .#name(#on)),
        }
    }
}
