async fn number() -> Option<u8> {
    None
}

async fn example() {
    let _ = ayo::race_ok([number(), number()]).await;
}

fn main() {}
