async fn work() -> u8 {
    1
}

async fn example() {
    ayo::select! {
        Some(n) = work() => println!("{n}"),
    }
}

fn main() {}
