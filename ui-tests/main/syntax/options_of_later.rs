use ayo::Scope;

#[ayo::main(grace = 5s, signals = false)]
async fn main(run: &Scope) {
    run << async {};
}
