async fn example() {
    ayo::race(()).await;
    ayo::gather(()).await;
}

fn main() {}
