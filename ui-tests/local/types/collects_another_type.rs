use ayo::scope;

async fn example() {
    let text = String::from("around");
    let report = scope!(local, collect = u32 => |run| {
        run << async { text.as_str() };
    })
    .report()
    .await;
    drop(report);
}

fn main() {}
