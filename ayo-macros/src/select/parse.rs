//! Reads the branches of a `select!`, in the form of Tokio's.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Pat, Path, Result, Token, custom_keyword};

use crate::kit::body;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::Paths;

custom_keyword!(biased);

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) is_biased: bool,
    pub(crate) branches: Vec<Branch>,
    pub(crate) otherwise: Option<Expr>,
}

/// `pattern = future, if condition => handler`
pub(crate) struct Branch {
    pub(crate) pattern: Pat,
    pub(crate) future: Expr,
    pub(crate) condition: Option<Expr>,
    pub(crate) handler: Expr,
}

/// A tuple of futures has no more.
const MOST: usize = 12;

const FORM: &str = "write `pattern = future => what to do,`";

/// `None`: it does not parse.
pub(crate) fn parse(input: TokenStream, errors: &mut Errors) -> Option<Model> {
    let parsed = read.parse2(input);
    let mut model = errors.ok(parsed)?;
    model.check(errors);
    model.rewrite(errors);
    Some(model)
}

fn read(input: ParseStream<'_>) -> Result<Model> {
    let mut model =
        Model { paths: Paths::default(), is_biased: false, branches: Vec::new(), otherwise: None };
    while head(input, &mut model)? {}
    while !input.is_empty() {
        if let Some(after) = &model.otherwise {
            return Err(syn::Error::new_spanned(after, "`else` is the last branch"));
        }
        let handler = if input.peek(Token![else]) {
            input.parse::<Token![else]>()?;
            let otherwise = handler(input)?;
            model.otherwise.insert(otherwise)
        } else {
            model.branches.push(branch(input)?);
            &model.branches[model.branches.len() - 1].handler
        };
        comma(input, handler)?;
    }
    Ok(model)
}

/// `biased;`, `crate = path;`
fn head(input: ParseStream<'_>, model: &mut Model) -> Result<bool> {
    if input.peek(biased) && input.peek2(Token![;]) {
        input.parse::<biased>()?;
        model.is_biased = true;
    } else if input.peek(Token![crate]) && input.peek2(Token![=]) {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        model.paths = Paths::new(Some(input.call(Path::parse_mod_style)?));
    } else {
        return Ok(false);
    }
    input.parse::<Token![;]>()?;
    Ok(true)
}

fn branch(input: ParseStream<'_>) -> Result<Branch> {
    let start = input.span();
    let pattern = input.call(Pat::parse_multi_with_leading_vert).map_err(|error| form(start, &error))?;
    if input.peek(Token![=>]) {
        return Err(syn::Error::new_spanned(&pattern, format!("the pattern is missing: {FORM}")));
    }
    input.parse::<Token![=]>().map_err(|error| form(error.span(), &error))?;
    let future = input.parse()?;
    let condition = if input.peek(Token![,]) && input.peek2(Token![if]) {
        input.parse::<Token![,]>()?;
        input.parse::<Token![if]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    Ok(Branch { pattern, future, condition, handler: handler(input)? })
}

fn form(place: Span, error: &syn::Error) -> syn::Error {
    syn::Error::new(place, format!("{error}; a branch of `select!`: {FORM}"))
}

fn handler(input: ParseStream<'_>) -> Result<Expr> {
    input.parse::<Token![=>]>().map_err(|error| form(error.span(), &error))?;
    input.call(Expr::parse_with_earlier_boundary_rule)
}

fn comma(input: ParseStream<'_>, after: &Expr) -> Result<()> {
    let is_block = matches!(
        after,
        Expr::Block(_) | Expr::If(_) | Expr::Match(_) | Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_)
    );
    if input.parse::<Option<Token![,]>>()?.is_some() || input.is_empty() || is_block {
        return Ok(());
    }
    Err(input.error("write `,` between two branches"))
}

impl Model {
    fn check(&self, errors: &mut Errors) {
        if self.branches.is_empty() {
            errors.at(Span::call_site(), format!("`select!` needs a branch at least: {FORM}"));
        }
        if let Some(first) = self.branches.get(MOST) {
            errors.on(
                &first.pattern,
                format!("`select!` takes at most {MOST} branches: put some into a future of their own, by `ayo::race` or another `select!`"),
            );
        }
    }

    /// What the macros' language adds to Rust is there in handlers and futures as well.
    fn rewrite(&mut self, errors: &mut Errors) {
        let Self { paths, branches, otherwise, .. } = self;
        for Branch { future, condition, handler, .. } in branches {
            body::rewrite(future, paths, errors);
            body::rewrite(handler, paths, errors);
            if let Some(condition) = condition {
                body::units(condition, errors);
            }
        }
        if let Some(otherwise) = otherwise {
            body::rewrite(otherwise, paths, errors);
        }
    }
}

/// Whether a name in a pattern is a new one, and not that of a constant, a variant or a unit struct.
pub(crate) fn is_binding(name: &Ident) -> bool {
    !name.to_string().starts_with(char::is_uppercase)
}
