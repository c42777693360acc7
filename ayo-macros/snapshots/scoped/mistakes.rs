::core::compile_error! {
    "unknown option `timeout`; the only option of `#[ayo::scoped]` is `crate`"
}
::core::compile_error! {
    "unknown option `mian`, did you mean `main`? the options of `#[task]` are `name`, `main`, `bubble`, `background`, `cancel_timeout`"
}
fn start(run: &Scope) {
    ::ayo::__private::scope::task(&run).start_now(beat());
}
