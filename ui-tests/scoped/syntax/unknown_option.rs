use ayo::Scope;

#[ayo::scoped(timeout = 5s, crates = ayo)]
fn start(run: &Scope) {
    run << async {};
}

fn main() {}
