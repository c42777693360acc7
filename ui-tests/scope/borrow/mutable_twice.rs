use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let mut log = Vec::new();
    let scope = scope!(|_| {
        log.push(1);
    });
    log.push(2);
    scope.await?;
    Ok(())
}

fn main() {}
