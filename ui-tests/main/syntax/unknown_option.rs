use ayo::Scope;

#[ayo::main(flavour = "current_thread", threads = 2)]
async fn main(run: &Scope) {
    run << async {};
}
