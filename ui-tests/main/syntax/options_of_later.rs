use ayo::Scope;

#[ayo::main(grace = -5s, local, signal = false)]
async fn main(run: &Scope) {
    run << async {};
}
