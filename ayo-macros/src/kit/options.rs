//! The one option grammar of all macros: `[name | name = value] ("," ..)*`.
//!
//! Reading never stops at a mistake: it is noted, the reader goes on at the next option, and what was right is kept.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{End, ParseStream, Parser};
use syn::{Expr, Lit, Path, Token, Type, UnOp, token};

use super::body;
use super::diagnostics::Errors;
use super::durations;
use super::nearest::nearest;
use super::settings::{Setting, Settings, Value};
use super::specs;

/// What an option's value may be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// It has none.
    Flag,
    /// Any expression.
    Expr,
    /// A whole number, at least 1.
    Count,
    /// Seconds, or a literal with a unit.
    Duration,
    /// A moment.
    Instant,
    /// Text.
    Text,
    /// A type, or nothing.
    Type,
    /// This word, or nothing.
    Word(&'static str),
    /// A path to a crate.
    Path,
    /// One of these, as a string.
    Choice(&'static [&'static str]),
    /// Any expression; its type may stand before the `=`.
    Typed,
    /// `true` or `false`.
    Bool,
    /// It exists, but not here: why.
    Refused(&'static str),
}

/// One option that a macro knows.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What to write.
    pub(crate) example: &'static str,
}

/// The options of one macro.
#[derive(Clone, Copy)]
pub(crate) struct Grammar {
    /// Whose options they are, as messages call it.
    pub(crate) of: &'static str,
    pub(crate) specs: &'static [Spec],
}

impl Grammar {
    /// Reads all options, right and wrong ones.
    pub(crate) fn read(self, tokens: TokenStream, errors: &mut Errors) -> Settings {
        let parser = |input: ParseStream<'_>| {
            let reader =
                Reader { grammar: self, input, errors, seen: Vec::new(), settings: Settings::default() };
            Ok(reader.read())
        };
        parser.parse2(tokens).unwrap_or_default()
    }

    fn find(self, name: &str) -> Option<Spec> {
        self.specs.iter().copied().find(|spec| spec.name == name)
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let valid = |spec: &&Spec| !matches!(spec.kind, Kind::Refused(_));
        self.specs.iter().filter(valid).map(|spec| spec.name)
    }

    fn list(self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [only] => format!("the only option of {} is {only}", self.of),
            _ => format!("the options of {} are {}", self.of, names.join(", ")),
        }
    }

    fn unknown(self, name: &str) -> String {
        let hint = nearest(name, self.names())
            .map(|near| format!(", did you mean `{near}`?"))
            .unwrap_or_else(|| ";".to_owned());
        format!("unknown option `{name}`{hint} {}", self.list())
    }
}

struct Reader<'a, 'e> {
    grammar: Grammar,
    input: ParseStream<'a>,
    errors: &'e mut Errors,
    seen: Vec<String>,
    settings: Settings,
}

impl Reader<'_, '_> {
    fn read(mut self) -> Settings {
        while !self.input.is_empty() {
            if self.option().is_none() {
                self.skip();
            }
            self.comma();
        }
        self.together();
        self.settings
    }

    /// What only means something beside another option.
    fn together(&mut self) {
        let needs = specs::MAX_CONCURRENCY.name;
        if let Some(setting) = self.settings.find(specs::RECURSIVE.name)
            && !self.seen.iter().any(|seen| seen == needs)
        {
            let message =
                format!("`recursive` says how far `{needs}` reaches: write `{}`", specs::RECURSIVE.example);
            self.errors.at(setting.name.span(), message);
        }
    }

    /// Goes to the next comma that an option follows.
    fn skip(&mut self) {
        while !self.input.is_empty() && !self.at_next_option() {
            let _: syn::Result<TokenTree> = self.input.parse();
        }
    }

    fn at_next_option(&self) -> bool {
        let input = self.input;
        let colon = input.peek3(Token![:]) && !input.peek3(Token![::]);
        let follows = input.peek3(Token![=]) || colon || input.peek3(Token![,]) || input.peek3(End);
        let named = input.peek2(Ident::peek_any) && follows;
        input.peek(Token![,]) && (named || input.peek2(End))
    }

    fn comma(&mut self) {
        if self.input.is_empty() || self.input.parse::<Token![,]>().is_ok() {
            return;
        }
        self.errors.at(self.input.span(), "write `,` between two options");
        if !self.input.peek(Ident::peek_any) {
            self.skip();
            let _: Option<Token![,]> = self.input.parse().unwrap_or_default();
        }
    }

    /// One option; `None` says that the reader lost its place.
    fn option(&mut self) -> Option<()> {
        let Ok(name) = self.input.call(Ident::parse_any) else {
            let message = format!("expected the name of an option; {}", self.grammar.list());
            self.errors.at(self.input.span(), message);
            return None;
        };
        let text = name.unraw().to_string();
        match self.grammar.find(&text) {
            None => self.refuse(&name, self.grammar.unknown(&text)),
            Some(spec) => match spec.kind {
                Kind::Refused(why) => self.refuse(&name, why.to_owned()),
                _ => self.known(spec, name),
            },
        }
    }

    fn refuse(&mut self, name: &Ident, message: String) -> Option<()> {
        self.errors.at(name.span(), message);
        if self.input.parse::<Token![=]>().is_ok() {
            self.input.parse::<Expr>().ok()?;
        }
        Some(())
    }

    fn known(&mut self, spec: Spec, name: Ident) -> Option<()> {
        let again = self.seen.iter().any(|seen| seen == spec.name);
        if again {
            let message = format!("`{name}` is given twice: keep one");
            self.errors.at(name.span(), message);
        }
        let value = self.value(spec, &name)?;
        if !again {
            self.seen.push(spec.name.to_owned());
            self.settings.push(Setting { name, value });
        }
        Some(())
    }

    fn value(&mut self, spec: Spec, name: &Ident) -> Option<Value> {
        if matches!(spec.kind, Kind::Typed) {
            return self.typed(spec, name);
        }
        let has_value = self.equals(spec)?;
        match (spec.kind, has_value) {
            (Kind::Flag | Kind::Type | Kind::Word(_), false) => Some(Value::Flag),
            (_, false) => self.missing(spec, name.span()),
            (Kind::Flag, true) => self.superfluous(spec),
            (_, true) if self.at_end() => self.missing(spec, name.span()),
            (Kind::Type, true) => self.parse::<Type>().map(Value::Type),
            (Kind::Path, true) => self.path(spec),
            (kind, true) => {
                let expr = self.parse::<Expr>()?;
                Some(self.checked(spec, kind, expr))
            }
        }
    }

    /// Whether a value follows; other ways to write one are refused, but understood.
    fn equals(&mut self, spec: Spec) -> Option<bool> {
        let span = self.input.span();
        if self.input.peek(token::Paren) {
            self.errors.at(span, format!("write `{}`", spec.example));
            return (!matches!(spec.kind, Kind::Flag | Kind::Path)).then_some(true);
        }
        if self.input.peek(Token![==]) {
            self.errors.at(span, format!("write `{}`", spec.example));
            return self.input.parse::<Token![==]>().ok().map(|_| true);
        }
        if self.input.peek(Token![:]) {
            self.errors.at(span, format!("write `{}`", spec.example));
            return self.input.parse::<Token![:]>().ok().map(|_| true);
        }
        Some(self.input.parse::<Token![=]>().is_ok())
    }

    /// `: Type = expr` or `= expr`
    fn typed(&mut self, spec: Spec, name: &Ident) -> Option<Value> {
        let has_type = self.input.parse::<Token![:]>().is_ok();
        let ty = if has_type { Some(self.parse::<Type>()?) } else { None };
        if self.input.parse::<Token![=]>().is_err() || self.at_end() {
            return self.missing(spec, name.span());
        }
        let mut expr = self.parse::<Expr>()?;
        body::units(&mut expr, self.errors);
        Some(Value::Typed(ty, expr))
    }

    fn at_end(&self) -> bool {
        self.input.is_empty() || self.input.peek(Token![,])
    }

    fn missing(&mut self, spec: Spec, span: Span) -> Option<Value> {
        let Spec { name, example, .. } = spec;
        let message = format!("`{name}` needs a value: write `{example}`");
        self.errors.at(span, message);
        None
    }

    fn superfluous(&mut self, spec: Spec) -> Option<Value> {
        let name = spec.name;
        let message = format!("`{name}` takes no value: write `{name}`, or leave it out");
        match self.input.parse::<Expr>() {
            Ok(value) => self.errors.on(value, message),
            Err(_) => self.errors.at(self.input.span(), message),
        }
        Some(Value::Flag)
    }

    fn parse<T: syn::parse::Parse>(&mut self) -> Option<T> {
        let parsed = self.input.parse();
        self.errors.ok(parsed)
    }

    fn path(&mut self, spec: Spec) -> Option<Value> {
        let span = self.input.span();
        match self.input.call(Path::parse_mod_style) {
            Ok(path) => Some(Value::Path(path)),
            Err(_) => {
                let message = format!("expected a path: write `{}`", spec.example);
                self.errors.at(span, message);
                None
            }
        }
    }

    /// Notes what is wrong with a value; a stand-in keeps the rest of the expansion sound.
    fn checked(&mut self, spec: Spec, kind: Kind, mut expr: Expr) -> Value {
        match kind {
            Kind::Duration => return self.duration(expr),
            Kind::Count => return self.count(spec, expr),
            Kind::Instant if matches!(bare(&expr), Expr::Lit(_)) => return self.no_instant(&expr),
            Kind::Text => self.text(spec, &mut expr),
            Kind::Choice(words) => return self.choice(spec, words, &expr),
            Kind::Word(word) => return self.word(spec, word, &expr),
            Kind::Bool => return self.yes_or_no(spec, &expr),
            _ => {}
        }
        body::units(&mut expr, self.errors);
        Value::Expr(expr)
    }

    fn duration(&mut self, mut expr: Expr) -> Value {
        match durations::literal(&expr) {
            Ok(Some(constant)) => Value::Constant(constant),
            Ok(None) => {
                body::units(&mut expr, self.errors);
                Value::Expr(expr)
            }
            Err(error) => {
                let place = error.span();
                self.errors.absorb(error);
                Value::Constant(durations::stand_in(place))
            }
        }
    }

    fn count(&mut self, spec: Spec, mut expr: Expr) -> Value {
        let wrong = match bare(&expr) {
            Expr::Unary(unary) => {
                matches!(unary.op, UnOp::Neg(_)) && matches!(bare(&unary.expr), Expr::Lit(_))
            }
            Expr::Lit(lit) => match &lit.lit {
                Lit::Int(int) => int.base10_digits() == "0" || durations::with_unit(bare(&expr)).is_some(),
                _ => true,
            },
            _ => false,
        };
        if wrong {
            let Spec { name, example, .. } = spec;
            let message =
                format!("`{name}` is a whole number, at least 1: write `{example}`, or leave it out");
            self.errors.on(&expr, message);
            return Value::Constant(quote!(1));
        }
        body::units(&mut expr, self.errors);
        Value::Expr(expr)
    }

    fn no_instant(&mut self, expr: &Expr) -> Value {
        self.errors.on(
            expr,
            "`deadline` is a moment: write `timeout = 30s` for a length of time, or \
             `deadline = tokio::time::Instant::now() + 30s`",
        );
        Value::Refused
    }

    fn text(&mut self, spec: Spec, expr: &mut Expr) {
        let wrong = match bare(expr) {
            Expr::Lit(lit) => !matches!(lit.lit, Lit::Str(_)),
            _ => false,
        };
        if wrong {
            let Spec { name, example, .. } = spec;
            self.errors.on(&*expr, format!("`{name}` is text: write `{example}`, or any `String`"));
            *expr = syn::parse_quote!("");
        }
    }

    fn yes_or_no(&mut self, spec: Spec, expr: &Expr) -> Value {
        if let Expr::Lit(lit) = bare(expr)
            && let Lit::Bool(on) = &lit.lit
        {
            return Value::Bool(on.value);
        }
        let name = spec.name;
        self.errors.on(expr, format!("`{name}` is `true` or `false`: write `{}`", spec.example));
        Value::Refused
    }

    fn word(&mut self, spec: Spec, word: &'static str, expr: &Expr) -> Value {
        if !matches!(bare(expr), Expr::Path(path) if path.path.is_ident(word)) {
            let Spec { name, example, .. } = spec;
            self.errors.on(expr, format!("write `{example}`, or only `{name}`"));
        }
        Value::Choice(word)
    }

    fn choice(&mut self, spec: Spec, words: &'static [&'static str], expr: &Expr) -> Value {
        let text = match bare(expr) {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => text.value(),
                other => other.to_token_stream().to_string(),
            },
            other => other.to_token_stream().to_string(),
        };
        let quoted = matches!(bare(expr), Expr::Lit(lit) if matches!(lit.lit, Lit::Str(_)));
        let found = words.iter().copied().find(|word| *word == text);
        if let (Some(word), true) = (found, quoted) {
            return Value::Choice(word);
        }
        let near = found.or_else(|| nearest(&text, words.iter().copied()));
        let hint = near.map_or(String::new(), |word| format!("did you mean `\"{word}\"`? "));
        let list: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
        let message = format!("{hint}`{}` is one of {}", spec.name, list.join(", "));
        self.errors.on(expr, message);
        Value::Choice(near.unwrap_or(words[0]))
    }
}

/// Without parentheses around it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => bare(&inner.expr),
        Expr::Group(inner) => bare(&inner.expr),
        _ => expr,
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnostics::Errors;
    use super::super::specs;
    use super::{Grammar, Spec};

    const SPECS: &[Spec] = &[
        specs::MAX_CONCURRENCY,
        specs::RECURSIVE,
        specs::TIMEOUT,
        specs::DEADLINE,
        specs::NAME,
        specs::COLLECT,
        specs::SUPERVISE,
        specs::ON_ERROR,
        specs::FLAVOR,
        specs::CRATE,
        specs::KEY,
        specs::RESULT,
        specs::LOCAL,
        specs::refused("parent", "not here"),
    ];

    fn read(text: &str) -> (String, Vec<String>) {
        let grammar = Grammar { of: "`test!`", specs: SPECS };
        let mut errors = Errors::default();
        let mut settings = grammar.read(text.parse().unwrap(), &mut errors);
        let root = settings.take_crate().map(|path| {
            let root = &path.segments[0].ident;
            format!("[{root}]")
        });
        let calls = settings.calls().to_string().replace(' ', "");
        (root.unwrap_or_default() + &calls, errors.messages())
    }

    fn good(text: &str, calls: &str) {
        assert_eq!(read(text), (calls.to_owned(), vec![]), "{text}");
    }

    fn bad(text: &str, parts: &[&str]) {
        let (_, messages) = read(text);
        assert_eq!(messages.len(), parts.len(), "{text}: {messages:#?}");
        for (message, part) in messages.iter().zip(parts) {
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn reads_every_kind_in_order() {
        good("", "");
        good("supervise,", ".supervise()");
        good("local", ".local()");
        good("local = Send", ".local(\"Send\")");
        good("collect", ".collect::<_>()");
        good("collect = HashMap<K, V>, name = \"x\"", ".collect::<HashMap<K,V>>().name(\"x\")");
        good("max_concurrency = n + 1", ".max_concurrency(n+1)");
        good("max_concurrency = 5, recursive", ".max_concurrency(5).recursive()");
        good("recursive, max_concurrency = 5", ".recursive().max_concurrency(5)");
        bad("recursive, timeout = 1", &["write `max_concurrency = 10, recursive`"]);
        bad("recursive, max_concurrency = 0", &["at least 1"]);
        good("timeout = 30ms", ".timeout(::core::time::Duration::from_nanos(30000000u64))");
        good("timeout = limit()", ".timeout(limit())");
        good("timeout = 2 * 1s", ".timeout(2*::core::time::Duration::from_nanos(1000000000u64))");
        good("on_error = |e| log(e, 1)", ".on_error(|e|log(e,1))");
        good("flavor = \"current_thread\"", ".flavor(\"current_thread\")");
        good("crate = other::ayo, supervise", "[other].supervise()");
        good("key = (a, b), result = false", ".key((a,b)).result(false)");
        good("key: Vec<u8> = a.clone(), supervise", ".key(a.clone()).supervise()");
    }

    #[test]
    fn an_unknown_option_names_the_nearest_and_all() {
        bad(
            "timout = 1",
            &[
                "unknown option `timout`, did you mean `timeout`? the options of `test!` are `max_concurrency`, `recursive`, `timeout`",
            ],
        );
        bad("banana", &["unknown option `banana`; the options of"]);
        let (_, messages) = read("banana");
        assert!(!messages[0].contains("parent"), "{}", messages[0]);
    }

    #[test]
    fn every_mistake_is_reported_and_the_rest_is_kept() {
        let (calls, messages) =
            read("timout = 1, max_concurrency = 0, supervise = true, name = \"a\", name = \"b\", timeout");
        assert_eq!(messages.len(), 5, "{messages:#?}");
        assert!(calls.contains(".name(\"a\")") && !calls.contains("\"b\""));
    }

    #[test]
    fn values_are_checked() {
        bad("max_concurrency = -1", &["at least 1"]);
        bad("max_concurrency = 1.5", &["whole number"]);
        bad("max_concurrency = 10s", &["whole number"]);
        bad("deadline = 30s", &["`deadline` is a moment: write `timeout = 30s`"]);
        bad("name = 7", &["`name` is text: write `name = \"crawl\"`"]);
        bad("timeout = -1", &["negative"]);
        bad("timeout = 5sec", &["unknown unit `sec`"]);
        bad("timeout", &["`timeout` needs a value: write `timeout = 30s`"]);
        bad("timeout = , supervise", &["`timeout` needs a value"]);
        bad("supervise = true", &["takes no value: write `supervise`"]);
        bad("flavor = \"current\"", &["did you mean `\"current_thread\"`?"]);
        bad("flavor = current_thread", &["did you mean `\"current_thread\"`?"]);
        bad("flavor = 3", &["`flavor` is one of"]);
        bad("crate = 5", &["expected a path"]);
        bad("result = 1", &["`result` is `true` or `false`: write `result = true`"]);
        bad("key, supervise", &["`key` needs a value: write `key: u64 = user.id`"]);
        bad("key: u64, supervise", &["`key` needs a value"]);
        bad("key = , supervise", &["`key` needs a value"]);
        bad("parent", &["not here"]);
        bad("parent = run, supervise", &["not here"]);
        bad("local = send", &["write `local = Send`, or only `local`"]);
        bad("local = , supervise", &["`local` needs a value"]);
    }

    #[test]
    fn other_ways_to_write_are_answered() {
        bad("timeout: 5", &["write `timeout = 30s`"]);
        bad("timeout == 5", &["write `timeout = 30s`"]);
        bad("timeout(5), supervise", &["write `timeout = 30s`"]);
        bad("timeout(5), max_concurrency: 5", &["write `timeout = 30s`", "write `max_concurrency = 10`"]);
        bad("supervise(), timeout = 5", &["write `supervise`"]);
        bad("timeout = 5 supervise", &["write `,`"]);
        bad("5, supervise", &["expected the name of an option"]);
        bad("timeout = 5 5, supervise", &["write `,`"]);
    }

    #[test]
    fn an_option_given_twice_is_refused() {
        bad("timeout = 1, timeout = 2", &["`timeout` is given twice"]);
        bad("supervise, supervise", &["`supervise` is given twice"]);
    }
}
