use ayo::Scope;

#[derive(Debug)]
enum Problem {
    Network,
}

#[ayo::main]
async fn main(run: &Scope) -> Result<(), Problem> {
    run << async {};
    Err(Problem::Network)
}
