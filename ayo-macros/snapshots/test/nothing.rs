#[::core::prelude::v1::test]
fn hello() {
    async fn hello() {
        assert_eq!(1 + 1, 2);
    }
    ::ayo::__private::test::run_once(
        &::ayo::__private::test::Options::new(),
        ::ayo::scope().name("hello"),
        async |_: &::ayo::Scope| hello().await,
    )
}
