#[derive(ayo::Plain)]
struct Page {
    #[ayo(skip)]
    url: String,
}

fn main() {}
