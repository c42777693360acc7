// A generator whose body cannot fail takes no errors.
use ayo::generator;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut items = generator! { yield 1; };
    items.next().await;
    items.throw("stop").await;
}
