#[ayo::test]
async fn broken(run: &Scope) {
    let x = ;
}
