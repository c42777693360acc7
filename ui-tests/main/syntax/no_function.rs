#[ayo::main]
struct Program;

fn main() {}
