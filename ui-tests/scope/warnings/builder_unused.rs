#![deny(unused_must_use)]

async fn example() -> Result<(), ayo::Error> {
    ayo::scope().timeout(30);
    ayo::scope().open();
    Ok(())
}

fn main() {}
