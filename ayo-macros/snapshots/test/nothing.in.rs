#[ayo::test]
async fn hello() {
    assert_eq!(1 + 1, 2);
}
