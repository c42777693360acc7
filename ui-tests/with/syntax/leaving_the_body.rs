use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

async fn find(all: &[u32]) -> Result<u32, ayo::Error> {
    for n in all {
        with!(one = number() => {
            if *n == one {
                break;
            }
            if *n == 0 {
                continue;
            }
            if *n == 3 {
                return Ok(5);
            }
            if *n == 4 {
                return Err("four");
            }
        })
        .await?;
    }
    with!(one = number() => { Ok(one) }).await
}

fn main() {}
