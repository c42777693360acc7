//! Compares expansions with the files in `snapshots/<room>/`: `<case>.in.rs` is written by hand, `<case>.rs` is what it
//! becomes. `UPDATE_SNAPSHOTS=1 cargo test -p ayo-macros` writes the latter anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// How an expansion becomes a file that can be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An expression.
    Expression,
    /// Items.
    Items,
}

/// Checks all cases of a room.
pub(crate) fn check_room(room: &str, form: Form, expand: fn(TokenStream) -> TokenStream) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(room);
    let cases = cases(&folder);
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    let wrong: Vec<String> =
        cases.iter().filter_map(|case| check_case(&folder, case, form, expand).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names of all inputs, and of snapshots that have lost theirs.
fn cases(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| {
            let case = name.strip_suffix(".in.rs").or(name.strip_suffix(".rs"))?;
            Some(case.to_owned())
        })
        .collect()
}

fn check_case(
    folder: &Path,
    case: &str,
    form: Form,
    expand: fn(TokenStream) -> TokenStream,
) -> Result<(), String> {
    let input = folder.join(format!("{case}.in.rs"));
    let text = fs::read_to_string(&input).map_err(|error| format!("{}: {error}", input.display()))?;
    let tokens: TokenStream = text.parse().unwrap();
    let printed = print(expand(tokens), form);
    compare(&folder.join(format!("{case}.rs")), &printed)
}

fn compare(file: &PathBuf, printed: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(file, printed).unwrap();
        return Ok(());
    }
    match fs::read_to_string(file) {
        Ok(kept) if kept == printed => Ok(()),
        Ok(kept) => Err(format!(
            "{} has changed; if that is right, run UPDATE_SNAPSHOTS=1 cargo test -p ayo-macros\n--- kept\n{kept}\n--- now\n{printed}",
            file.display()
        )),
        Err(error) => {
            Err(format!("{}: {error}; run UPDATE_SNAPSHOTS=1 cargo test -p ayo-macros", file.display()))
        }
    }
}

/// What syn cannot parse is printed as it is.
fn print(tokens: TokenStream, form: Form) -> String {
    let plain = format!("// Left to rustc, which says what is wrong:\n{tokens}\n");
    let items = match form {
        Form::Items => tokens,
        Form::Expression => quote::quote!(fn expansion() { #tokens }),
    };
    match syn::parse2(items) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => plain,
    }
}

/// Takes `#[name(args)] item` apart.
pub(crate) fn attribute(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = tokens.into_iter();
    tokens.next();
    let Some(TokenTree::Group(attribute)) = tokens.next() else {
        panic!("the input starts with an attribute");
    };
    let args = match attribute.stream().into_iter().last() {
        Some(TokenTree::Group(args)) => args.stream(),
        _ => TokenStream::new(),
    };
    (args, tokens.collect())
}

/// Takes `name!(args)` apart.
pub(crate) fn call(tokens: TokenStream) -> TokenStream {
    match tokens.into_iter().last() {
        Some(TokenTree::Group(args)) => args.stream(),
        _ => panic!("the input is a macro call"),
    }
}

/// The messages of all `compile_error!` in an expansion.
pub(crate) fn messages(expansion: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_error = false;
    for token in expansion {
        match token {
            TokenTree::Ident(word) => is_error = word == "compile_error",
            TokenTree::Group(group) if is_error => {
                let text: syn::LitStr = syn::parse2(group.stream()).unwrap();
                found.push(text.value());
                is_error = false;
            }
            TokenTree::Group(group) => found.extend(messages(group.stream())),
            _ => {}
        }
    }
    found
}

/// Checks that an expansion has just as many messages as there are parts, and that each says its part.
#[track_caller]
pub(crate) fn check_messages(input: &str, expansion: &TokenStream, parts: &[&str]) {
    let messages = messages(expansion.clone());
    assert_eq!(messages.len(), parts.len(), "{input}: {messages:#?}");
    for (message, part) in messages.iter().zip(parts) {
        assert!(message.contains(part), "{input}: {message}");
    }
}
