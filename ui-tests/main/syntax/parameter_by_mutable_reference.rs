#[ayo::main]
async fn main(run: &mut ayo::Scope) {
    run << async {};
}
