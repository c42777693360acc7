::core::compile_error! {
    "`#[ayo::test]` stands on an `async fn`"
}
struct Test;
