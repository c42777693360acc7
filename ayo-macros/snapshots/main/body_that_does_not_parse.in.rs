#[ayo::main]
async fn main(run: &Scope) { let x = ; }
