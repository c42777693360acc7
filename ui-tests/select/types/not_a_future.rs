async fn work() -> u8 {
    1
}

async fn example() {
    ayo::select! {
        n = work => println!("{n}"),
        m = work() => println!("{m}"),
    }
}

fn main() {}
