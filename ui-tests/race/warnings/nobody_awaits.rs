#![deny(unused_must_use)]

async fn number() -> u8 {
    1
}

async fn example() {
    ayo::race([number(), number()]);
    ayo::gather((number(), number()));
    ayo::as_completed([number()]);
}

fn main() {}
