use ayo::Scope;

#[ayo::main]
async fn main(run: &mut Scope) {
    run << async {};
}
