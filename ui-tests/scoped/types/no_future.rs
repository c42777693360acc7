use ayo::Scope;

async fn fetch() {}

#[ayo::scoped]
fn start(run: &Scope) {
    run << fetch;
}

fn main() {}
