#[rstest]
#[case(1, "a")]
#[case(2, "b")]
fn cases(#[case] n: u32, #[case] text: String) {
    async fn cases(n: u32, run: &Scope, mut text: String) {
        text.push('x');
    }
    ::ayo::__private::test::run_everywhere(
        &::ayo::__private::test::Options::new().drop_everywhere(),
        || ::ayo::scope().name("cases"),
        async |__ayo_run: &::ayo::Scope| {
            cases(
                    ::core::clone::Clone::clone(&n),
                    __ayo_run,
                    ::core::clone::Clone::clone(&text),
                )
                .await
        },
    )
}
