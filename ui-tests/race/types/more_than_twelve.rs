async fn n() -> u8 {
    1
}

async fn example() {
    ayo::race((n(), n(), n(), n(), n(), n(), n(), n(), n(), n(), n(), n(), n())).await;
}

fn main() {}
