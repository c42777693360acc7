#[ayo::main]
mod program {}

fn main() {}
