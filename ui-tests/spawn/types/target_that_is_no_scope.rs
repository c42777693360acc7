use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let list = vec![1];
        list << fetch(1);
        let task = list << fetch(2);
        run << fetch(4);
    })
    .await?;
    Ok(())
}

fn main() {}
