#[ayo::main(local)]
async fn main() {}
