#[::core::prelude::v1::test]
fn every_where() {
    async fn every_where(run: Scope) {
        tokio::time::sleep(::core::time::Duration::from_nanos(3600000000000u64)).await;
    }
    renamed::__private::test::run_everywhere(
        &renamed::__private::test::Options::new().cancel_everywhere().replay(17),
        || renamed::scope().name("every_where"),
        async |__ayo_run: &renamed::Scope| {
            every_where(::core::clone::Clone::clone(__ayo_run)).await
        },
    )
}
