//! Each caller gets a clone.

struct Page(String);

#[ayo::cached]
async fn page(id: u64) -> Page {
    Page(id.to_string())
}

#[ayo::cached]
async fn tried(id: u64) -> Result<Page, String> {
    Ok(Page(id.to_string()))
}

fn main() {
    let _ = (page(1), tried(2));
}
