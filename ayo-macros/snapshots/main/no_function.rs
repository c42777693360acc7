::core::compile_error! {
    "`#[ayo::main]` stands on `async fn main`"
}
struct Main;
