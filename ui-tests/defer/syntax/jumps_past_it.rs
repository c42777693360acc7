use ayo::scope;

async fn clean_up() {}

fn broken() -> ayo::Error {
    unreachable!()
}

#[ayo::scoped]
async fn find(items: &[u32]) -> Result<u32, ayo::Error> {
    defer!(clean_up());
    for item in items {
        if *item == 7 {
            return Ok(*item);
        }
        if *item == 8 {
            return Err(broken());
        }
    }
    Ok(0)
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|_| {
        for item in [1, 2] {
            defer!(clean_up());
            if item == 1 {
                continue;
            }
            break;
        }
        return;
    })
    .await
}

fn main() {}
