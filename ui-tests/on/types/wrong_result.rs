#[ayo::on(starting)]
async fn connect() -> u32 {
    5
}

#[ayo::on(stopped)]
fn close() -> Option<()> {
    None
}

struct Problem;

#[ayo::on(stopping)]
async fn save() -> Result<(), Problem> {
    Err(Problem)
}

fn main() {}
