#[derive(Plain)]
struct Page { body: String }
