// A generator that gives nothing.
use ayo::generator;

fn main() {
    let _items = generator! {
        for n in 0..3 {
            println!("{n}");
        }
    };
}
