use ayo::Scope;

#[ayo::main]
async fn main(run: &Scope, args: Vec<String>) {
    run << async {};
}
