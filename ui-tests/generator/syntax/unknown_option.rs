// An option that a generator has not.
use ayo::generator;

fn main() {
    let _items = generator! { timeout = 5s => yield 1; };
}
