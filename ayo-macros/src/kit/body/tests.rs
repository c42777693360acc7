//! What a body becomes, rule by rule.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;

use super::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::Paths;

fn rewrite(text: &str) -> (String, Vec<String>) {
    let tokens: TokenStream = format!("{{ {text} }}").parse().unwrap();
    let Some(TokenTree::Group(group)) = tokens.into_iter().next() else {
        panic!("a block is one group");
    };
    let (paths, mut errors, mut body) = (Paths::default(), Errors::default(), Body::of(group));
    let rules = Rules { paths: &paths, scopes: vec![syn::parse_quote!(run)], kind: Kind::Function };
    body.rewrite(&rules, &mut errors);
    (body.to_token_stream().to_string(), errors.messages())
}

/// Without blanks, and with the long paths cut.
fn short(text: &str) -> String {
    let group: Group = syn::parse_str(text).unwrap();
    let text = group.stream().to_string().replace(' ', "");
    [
        ("::ayo::__private::scope::", ""),
        ("::ayo::", ""),
        ("::core::time::Duration::from_nanos", "nanos"),
        ("::core::result::Result::", ""),
        ("::core::convert::Into::", ""),
        ("::core::convert::identity", "same"),
    ]
    .into_iter()
    .fold(text, |text, (long, short)| text.replace(long, short))
}

fn becomes(text: &str, expected: &str) {
    let (found, messages) = rewrite(text);
    assert!(messages.is_empty(), "{text}: {messages:#?}");
    assert_eq!(short(&found), expected.replace(' ', ""), "{text}");
}

fn stays(text: &str) {
    becomes(text, text);
}

fn refused(text: &str, part: &str) {
    let (_, messages) = rewrite(text);
    assert_eq!(messages.len(), 1, "{text}: {messages:#?}");
    assert!(messages[0].contains(part), "{text}: {}", messages[0]);
}

#[test]
fn a_statement_starts_without_a_handle() {
    becomes("run << f();", "start(&run, f());");
    becomes("self.scope << f();", "task(&self.scope).start_now(f());");
    becomes("a.b.0 << f();", "task(&a.b.0).start_now(f());");
    becomes("run << async move { 5 };", "start(&run, async move { 5 });");
    becomes("#[cfg(unix)] run << f();", "#[cfg(unix)] start(&run, f());");
    becomes("for x in y { run << f(x); }", "for x in y { start(&run, f(x)); }");
}

#[test]
fn an_expression_is_the_handle() {
    becomes("let t = run << f();", "let t = spawn(&run, f());");
    becomes("(run << f()).await", "(spawn(&run, f())).await");
    becomes("let t = other << f();", "let t = same(&other) << f();");
    becomes("let t = self.scope << f();", "let t = same(&self.scope) << f();");
    becomes("x = run << f();", "x = spawn(&run, f());");
    becomes("run << f()", "spawn(&run, f())");
}

#[test]
fn a_task_has_a_handle_of_its_own() {
    refused("run << async move { run << f(); };", "write `let inner = run.clone();` before it");
    refused("let t = run << async { g(|x| x.go(&run)).await };", "a task cannot borrow `run`");
    refused("other << (async move { other.stop() });", "write `let inner = other.clone();`");
    becomes(
        "run << async move { let run = inner; run.stop() };",
        "start(&run, async move { let run = inner; run.stop() });",
    );
    becomes(
        "run << async move { scope!(|run| { run << f(); }) };",
        "start(&run, async move { scope!(|run| { run << f(); }) });",
    );
    becomes("run << f(run.clone());", "start(&run, f(run.clone()));");
    becomes(
        "run << async move { inner << f(); };",
        "start(&run, async move { task(&inner).start_now(f()); });",
    );
}

#[test]
fn numbers_go_on_shifting() {
    stays("let x = a << 5;");
    stays("let x = 1 << n;");
    stays("let x = a << (3 + b);");
    stays("let x = a << -1;");
    stays("let x = a << b as u32;");
    stays("let x = f() << g();");
    stays("let x = *a << b;");
    stays("let x = a[0] << b;");
    stays("let x = a.b() << c;");
    stays("run << 5;");
    stays("x <<= y;");
    stays("x >> y;");
    becomes("let x = a << b;", "let x = same(&a) << b;");
}

#[test]
fn it_goes_into_closures_and_blocks_but_not_into_items() {
    becomes("let f = |x| { run << g(x); };", "let f = |x| { start(&run, g(x)); };");
    becomes("run << async move { own << f(); };", "start(&run, async move { task(&own).start_now(f()); });");
    becomes(
        "match x { y if z(5s) => { run << f(); } }",
        "match x { y if z(nanos(5000000000u64)) => { start(&run, f()); } }",
    );
    stays("fn inner(run: &Scope) { let x = run << f(); }");
    stays("impl A { fn g() { run << f(); } }");
    stays("mod m { fn g() { run << f(); } }");
}

#[test]
fn compile_time_places_and_other_macros_are_left_alone() {
    stays("let x = [0; N << M];");
    stays("let x: [u8; N << M] = y;");
    stays("f::<{ N << M }>();");
    stays("const { N << M }");
    stays("const X: u32 = N << M;");
    stays("select! { x = run << f() => {} }");
    stays("let v = vec![run << f(), 5];");
    stays("let s = scope!(timeout = 5s => |inner| { inner << f(); });");
}

#[test]
fn task_options_become_calls() {
    becomes("#[task] run << f();", "task(&run).start_now(f());");
    becomes(
        "#[task(name = \"x\", main, bubble = false, background)] run << f();",
        "task(&run).name(\"x\").main().bubble(false).background().start_now(f());",
    );
    becomes("#[task(main)] let t = run << f();", "let t = task(&run).main().spawn_now(f());");
    becomes("let t = #[task(main)] run << f();", "let t = task(&run).main().spawn_now(f());");
    becomes("#[task(main)] self.run << f();", "task(&self.run).main().start_now(f());");
    becomes(
        "#[allow(x)] #[task(main)] let t = run << f();",
        "#[allow(x)] let t = task(&run).main().spawn_now(f());",
    );
}

#[test]
fn task_options_elsewhere_are_refused() {
    let misplaced = "`#[task]` stands before `scope << future`";
    refused("#[task] f();", misplaced);
    refused("#[task(main)] run.spawn(f());", misplaced);
    refused("#[task] let x = 5;", misplaced);
    refused("#[task] x = run << f();", misplaced);
    refused("#[task] for x in y {}", misplaced);
    refused("#[task] run << 5;", misplaced);
    refused("#[task] async fn f() {}", misplaced);
    refused("#[task(nmae = 1)] run << f();", "did you mean `name`?");
    refused("#[task(bubble)] run << f();", "write `bubble = false`");
    refused("#[task = 5] run << f();", "write `#[task(");
    refused("#[task] #[task] run << f();", "in one `#[task(..)]`");
    refused("#[task] let t = #[task] run << f();", "in one `#[task(..)]`");
}

#[test]
fn durations_have_units() {
    becomes("f(30ms, 5, 5u8, 1.5);", "f(nanos(30000000u64), 5, 5u8, 1.5);");
    becomes("1s.as_millis()", "nanos(1000000000u64).as_millis()");
    becomes("run << sleep(2m);", "start(&run, sleep(nanos(120000000000u64)));");
    becomes("2 * 1s", "2 * nanos(1000000000u64)");
    refused("f(5sec);", "did you mean `s`?");
    refused("f(-5s);", "cannot be negative");
}

#[test]
fn all_takes_any_number() {
    becomes("run.all(a(), b(), c()).await", "run.all((a(), b(), c())).await");
    becomes("run.all(a(), b(),)", "run.all((a(), b(),))");
    stays("run.all(list)");
    stays("iter.all(|x| x)");
    stays("run.map(a, b)");
}

#[test]
fn a_block_that_ends_in_ok_or_err_gets_an_error_type() {
    becomes("run << async { Ok(5) };", "start(&run, async { Ok::<_, BoxError>(5) });");
    becomes("run << async { Err(e) };", "start(&run, async { Err::<(), BoxError>(into(e)) });");
    becomes("run << async { Err(e.into()) };", "start(&run, async { Err::<(), BoxError>(e.into()) });");
    becomes(
        "run << async { if a { Ok(1) } else { Err(e) } };",
        "start(&run, async { if a { Ok::<_, BoxError>(1) } else { Err::<_, BoxError>(into(e)) } });",
    );
    becomes(
        "run << async { if a { return Err(e); } Ok(1) };",
        "start(&run, async { if a { return Err::<_, BoxError>(into(e)); } Ok::<_, BoxError>(1) });",
    );
    becomes("let t = run << (async { Ok(5) });", "let t = spawn(&run, (async { Ok::<_, BoxError>(5) }));");
}

#[test]
fn a_block_that_ends_in_nothing_but_uses_try_gets_its_ok() {
    let done = "Ok::<_, BoxError>(())";
    becomes("run << async { f()?; };", &format!("start(&run, async {{ f()?; {done} }});"));
    becomes(
        "run << async { for x in y { x?; } };",
        &format!("start(&run, async {{ for x in y {{ x?; }} {done} }});"),
    );
    becomes(
        "run << async { if a { f()?; } };",
        &format!("start(&run, async {{ if a {{ f()?; }} {done} }});"),
    );
    becomes("run << async { x = f()? };", &format!("start(&run, async {{ x = f()?; {done} }});"));
    becomes("run << async { log!(f()?); };", &format!("start(&run, async {{ log!(f()?); {done} }});"));
    becomes(
        "run << async { loop { select! { _ = a => break, _ = b => f()?, } } };",
        &format!("start(&run, async {{ loop {{ select! {{ _ = a => break, _ = b => f()?, }} }} {done} }});"),
    );
}

#[test]
fn a_block_that_never_ends_gets_its_type_in_front() {
    becomes(
        "run << async { loop { f()?; } };",
        "start(&run, async { if false { return Ok::<(), BoxError>(()); } loop { f()?; } });",
    );
    stays_launched("async { loop { f(); } }");
}

#[test]
fn what_says_its_type_is_left_alone() {
    stays_launched("async { f()?; g().await }");
    stays_launched("async { f()?; Ok::<_, E>(5) }");
    stays_launched("async { f(); }");
    stays_launched("async { 5 }");
    stays_launched("async { if a { Ok(1) } else { g() } }");
    stays_launched("async { let g = async { f()? }; }");
    stays_launched("async { let g = |x| f(x)?; }");
    stays_launched("async { if a { bail!(\"no\"); } Ok(5) }");
    stays_launched("async { scope!(|run| { f()?; }) .await; }");
    becomes(
        "run << async { f()?; if a { return g(); } };",
        "start(&run, async { f()?; if a { return g(); } Ok::<_, _>(()) });",
    );
    stays("run.spawn(async { f()?; });");
}

fn stays_launched(future: &str) {
    becomes(&format!("run << {future};"), &format!("start(&run, {future});"));
}

/// What is refused, by a part of each message.
fn refuses(text: &str, parts: &[&str]) {
    let (_, messages) = rewrite(text);
    assert_eq!(messages.len(), parts.len(), "{text}: {messages:#?}");
    for (message, part) in messages.iter().zip(parts) {
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn nothing_but_the_end_and_question_marks_go_past_a_defer() {
    refuses("return 1; defer!(a());", &[]);
    refuses("defer!(a()); return 1;", &["`return` cannot leave a block past a `defer!`"]);
    refuses("defer!(a()); if b { return Err(c); }", &["`Err(e)?` instead of `return Err(e)`"]);
    refuses("{ defer!(a()); b() } return 1;", &[]);
    refuses("loop { if a { break; } defer!(b()); continue; }", &["`continue` cannot leave"]);
    refuses("'a: loop { defer!(b()); loop { break; } loop { break 'a; } }", &["`break` cannot leave"]);
    refuses("defer!(a()); 'b: { break 'b 5 } loop { break } while c { continue }", &[]);
    refuses("defer!(a()); f(|x| { return x; }); async { return 5 };", &[]);
    refuses("defer!({ return; });", &["`return` cannot leave"]);
    refuses("defer!(async { return; }); defer!(async |exit| { return; });", &[]);
    refuses("loop { defer!({ break; }); }", &["`break` cannot leave"]);
}

#[test]
fn what_is_deferred_is_checked() {
    refuses("defer!();", &["needs what is to be done"]);
    refuses("let x = defer!(a());", &["is a statement"]);
    refuses("match a { _ => defer!(b()) }", &["is a statement"]);
    refuses("#[cfg(a)] defer!(b());", &["has no attributes"]);
    refuses("defer!(|| a());", &["write `|exit|`"]);
    refuses("defer!(|a, b| c());", &["shown one thing"]);
    refuses("defer!(|a| -> u8 { 5 });", &["no declared type"]);
    refuses("defer!(a b);", &["expected"]);
    stays("scopeguard::defer!(a()); other::defer! { b() }");
    let (found, messages) = rewrite("ayo::defer!(a()); ::ayo::defer!(b());");
    assert!(messages.is_empty() && found.matches("__private :: defer :: frame").count() == 2, "{found}");
}

#[test]
fn a_body_that_does_not_parse_goes_out_as_it_is() {
    let (found, messages) = rewrite("let x = ; run << f();");
    assert_eq!(found, "{ let x = ; run << f () ; }");
    assert!(messages.is_empty());
}

#[test]
fn a_schedule_has_a_length_of_time() {
    refused("run.every(0, f);", "`every(0)` would tick without end");
    refused("run.every(0.0, f);", "`every(0)` would tick without end");
    refused("run.every(0ms, f).times(3);", "`every(0)` would tick without end");
    refused("run.every(-1, f);", "cannot be negative");
    refused("run.after(-30ms, f);", "cannot be negative");
    refused("run.after(f64::NAN, f);", "must be finite");
    refused("run.after(5sec, f);", "did you mean `s`?");
    becomes("run.every(200ms, f);", "run.every(nanos(200000000u64), f);");
    stays("run.after(0, f);");
    stays("run.every(n, f);");
    stays("other.every(0, f);");
    stays("run.every(0);");
}
