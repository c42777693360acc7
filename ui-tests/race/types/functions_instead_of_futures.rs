async fn number() -> u8 {
    1
}

async fn example() {
    ayo::race((number, number)).await;
    ayo::gather([number, number]).await;
}

fn main() {}
