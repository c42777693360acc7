#[renamed::main(crate = renamed)]
async fn main(_: &renamed::Scope) {}
