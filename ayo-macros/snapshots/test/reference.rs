#[should_panic(expected = "no")]
/// It does.
#[::core::prelude::v1::test]
fn it_does() -> Result<(), anyhow::Error> {
    #![allow(unused)]
    async fn it_does(run: &Scope) -> Result<(), anyhow::Error> {
        ::ayo::__private::scope::start(&run, beat());
        Ok(())
    }
    ::ayo::__private::test::run_once(
        &::ayo::__private::test::Options::new()
            .real_time()
            .timeout(::core::time::Duration::from_nanos(5000000000u64)),
        ::ayo::scope().name("it_does").max_concurrency(2),
        async |__ayo_run: &::ayo::Scope| it_does(__ayo_run).await,
    )
}
