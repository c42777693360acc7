#[ayo::test]
async fn it_works(run: &ayo::Scope, n: u32) {
    run << async move { assert_eq!(n, 1) };
}

fn main() {}
