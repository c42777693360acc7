async fn example() {
    ayo::select! {}
    ayo::select! { else => 1 };
}

fn main() {}
