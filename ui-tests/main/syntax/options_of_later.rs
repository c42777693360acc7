use ayo::Scope;

#[ayo::main(grace = 5s, hooks = false, policy = setup, local)]
async fn main(run: &Scope) {
    run << async {};
}
