// All items have one type.
use ayo::generator;

fn main() {
    let _items = generator! {
        yield 1;
        yield "two";
    };
}
