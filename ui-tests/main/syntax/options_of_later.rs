use ayo::Scope;

#[ayo::main(hooks = false, policy = setup, local)]
async fn main(run: &Scope) {
    run << async {};
}
