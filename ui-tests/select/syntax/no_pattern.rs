async fn work() {}

async fn example() {
    ayo::select! {
        work() => {}
    }
}

fn main() {}
