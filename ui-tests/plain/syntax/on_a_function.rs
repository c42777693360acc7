#[derive(ayo::Plain)]
fn page() {}

fn main() {}
