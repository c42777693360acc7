async fn work() -> u8 {
    1
}

async fn example() -> u8 {
    ayo::select! {
        a = work() => a
        b = work() => b,
    }
}

fn main() {}
