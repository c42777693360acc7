::core::compile_error! {
    "unknown option `cancel_everwhere`, did you mean `cancel_everywhere`? the options of `#[ayo::test]` are `real_time`, `flavor`, `worker_threads`, `timeout`, `cancel_everywhere`, `drop_everywhere`, `replay`, `interleave`, `seed`, `max_concurrency`, `recursive`, `name`, `supervise`, `eager`, `on_error`, `cancel_timeout`, `crate`"
}
::core::compile_error! {
    "the clock of `#[ayo::test]` is virtual from the start: leave this out, or write `real_time`"
}
::core::compile_error! {
    "`#[ayo::test]` needs an `async fn`: add `async`"
}
::core::compile_error! {
    "`#[ayo::test]` makes a test of it already: remove this"
}
::core::compile_error! {
    "`worker_threads` goes with `flavor = \"multi_thread\"`: a test runs on the current thread otherwise"
}
::core::compile_error! {
    "`replay` names a point of `cancel_everywhere` or `drop_everywhere`: add that"
}
::core::compile_error! {
    "`#[ayo::test]` takes `run: &Scope`, `run: Scope`, or nothing; a parameter that is not the scope gets its value from another attribute, `#[rstest]` for example, below `#[ayo::test]`"
}
::core::compile_error! {
    "unknown unit `min`: did you mean `m`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`"
}
#[::core::prelude::v1::test]
fn mistakes() {
    async fn mistakes(run: &Scope, n: u32) {
        ::ayo::__private::scope::start(
            &run,
            f(::core::time::Duration::from_nanos(0u64)),
        );
    }
    ::ayo::__private::test::run_once(
        &::ayo::__private::test::Options::new(),
        ::ayo::scope().name("mistakes"),
        async |__ayo_run: &::ayo::Scope| {
            mistakes(__ayo_run, (|| ::core::unreachable!())()).await
        },
    )
}
