#[derive(ayo::Plain)]
struct Page;

impl ayo::Plain for Page {}

fn main() {}
