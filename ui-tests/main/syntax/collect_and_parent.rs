use ayo::Scope;

#[ayo::main(collect, parent = other)]
async fn main(run: &Scope) {
    run << async {};
}
