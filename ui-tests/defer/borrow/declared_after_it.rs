use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|_| {
        defer!(drop(connection));
        let connection = 5;
    })
    .await
}

fn main() {}
