::core::compile_error! {
    "`#[ayo::main]` has no report to collect into: use `scope!(collect => |run| { .. }).report()` inside"
}
::core::compile_error! {
    "unknown option `flavour`, did you mean `flavor`? the options of `#[ayo::main]` are `flavor`, `worker_threads`, `grace`, `signals`, `dump_on_signal`, `context`, `hooks`, `policy`, `max_concurrency`, `recursive`, `timeout`, `deadline`, `name`, `supervise`, `eager`, `on_error`, `cancel_timeout`, `timeline`, `crate`"
}
::core::compile_error! {
    "`worker_threads` is a whole number, at least 1: write `worker_threads = 4`, or leave it out"
}
::core::compile_error! {
    "`#[ayo::main]` needs an `async fn`: add `async`"
}
::core::compile_error! {
    "`#[ayo::main]` takes `run: &Scope`, `run: Scope`, or nothing: remove this"
}
::core::compile_error! {
    "`#[ayo::main]` takes `run: &Scope`, `run: Scope`, or nothing"
}
::core::compile_error! {
    "unknown unit `sec`: did you mean `s`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`"
}
fn main() {
    async fn main(run: &::ayo::Scope) {
        ::ayo::__private::scope::start(
            &run,
            sleep(::core::time::Duration::from_nanos(0u64)),
        );
    }
    ::ayo::__private::main::run(
        ::ayo::__private::main::multi_thread().worker_threads(1),
        ::ayo::scope().name("main"),
        main,
    )
}
