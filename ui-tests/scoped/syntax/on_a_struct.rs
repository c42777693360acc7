#[ayo::scoped]
struct Site;

fn main() {}
