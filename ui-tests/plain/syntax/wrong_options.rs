#[derive(ayo::Plain)]
#[ayo(crates = ayo)]
struct Page;

#[derive(ayo::Plain)]
#[ayo]
struct Site;

#[derive(ayo::Plain)]
#[ayo(crate = "ayo")]
struct Link;

fn main() {}
