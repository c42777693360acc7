use ayo::scope;

#[ayo::scoped]
fn sync(run: &ayo::Scope) {
    defer!(println!("bye"));
    run << async {};
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|_| {
        let closure = |n: u32| {
            defer!(println!("bye"));
            n + 1
        };
        closure(1);
    })
    .await
}

fn main() {}
