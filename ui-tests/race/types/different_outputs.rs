async fn number() -> u8 {
    1
}

async fn text() -> String {
    String::new()
}

async fn example() {
    ayo::race((number(), text())).await;
}

fn main() {}
