use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(local = send => |run| { run << async {}; }).await?;
    scope!(local = true => |run| { run << async {}; }).await?;
    scope!(local(Send) => |run| { run << async {}; }).await?;
    Ok(())
}

fn main() {}
