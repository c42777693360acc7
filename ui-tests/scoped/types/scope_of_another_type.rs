use ayo::Scope;

#[ayo::scoped]
fn start(run: &Vec<Scope>) {
    run << async {};
}

fn main() {}
