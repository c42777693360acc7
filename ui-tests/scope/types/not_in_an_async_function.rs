use ayo::scope;

fn example() {
    scope!(|run| {
        run << async {};
    })
    .await;
}

fn main() {}
