async fn clean_up() {}

struct Page;

#[ayo::scoped]
async fn read() -> Page {
    defer!(clean_up());
    Page
}

#[ayo::scoped]
async fn write(page: Page) -> u32 {
    defer!(async { page });
    defer!(|exit| exit);
    5
}

fn main() {}
