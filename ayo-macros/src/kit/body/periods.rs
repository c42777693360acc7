//! `run.after(delay, f)` and `run.every(period, f)`: a literal that can be no such length of time is refused here.

use syn::spanned::Spanned;
use syn::{Error, Expr, ExprMethodCall, Ident};

use super::super::diagnostics::Errors;
use super::super::durations;

/// Looks at a call on what is certainly a scope, and puts a length of time that will do in the place of a wrong one.
pub(crate) fn check(call: &mut ExprMethodCall, scopes: &[Ident], errors: &mut Errors) {
    let is_every = call.method == "every";
    let is_scope =
        matches!(&*call.receiver, Expr::Path(path) if scopes.iter().any(|name| path.path.is_ident(name)));
    if !is_scope || !(is_every || call.method == "after") || call.args.len() != 2 {
        return;
    }
    let length = &mut call.args[0];
    let wrong = match durations::literal(length) {
        Ok(Some(_)) if is_every && durations::is_zero(length) => Error::new_spanned(
            &*length,
            "`every(0)` would tick without end: write the time from one tick to the next, such as `200ms`",
        ),
        Ok(_) => return,
        Err(wrong) => wrong,
    };
    let place = length.span();
    errors.absorb(wrong);
    *length = Expr::Verbatim(durations::stand_in(place));
}
