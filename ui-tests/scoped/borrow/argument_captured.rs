use ayo::Scope;

#[ayo::scoped]
fn start(run: &Scope, url: &str) {
    run << async move { println!("{url}") };
}

fn main() {}
