async fn work() {}

async fn example() {
    ayo::select! {
        else => {}
        () = work() => {}
    }
}

fn main() {}
