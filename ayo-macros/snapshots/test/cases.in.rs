#[ayo::test(drop_everywhere)]
#[rstest]
#[case(1, "a")]
#[case(2, "b")]
async fn cases(#[case] n: u32, run: &Scope, #[case] mut text: String) {
    text.push('x');
}
