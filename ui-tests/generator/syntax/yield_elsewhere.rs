// `yield` in a closure and in an async block.
use ayo::generator;

fn main() {
    let _items = generator! {
        yield 1;
        [2, 3].iter().for_each(|n| { yield *n; });
        async { yield 4; }.await;
    };
}
