use ayo::Scope;

#[ayo::main]
fn main(run: &Scope) {
    run << async {};
}
