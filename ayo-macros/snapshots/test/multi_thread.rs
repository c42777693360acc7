#[::core::prelude::v1::test]
fn many_threads() {
    async fn many_threads(#[allow(unused)] run: &Scope) {}
    ::ayo::__private::test::run_once(
        &::ayo::__private::test::Options::new().multi_thread().worker_threads(2),
        ::ayo::scope().name("many_threads"),
        async |__ayo_run: &::ayo::Scope| many_threads(__ayo_run).await,
    )
}
