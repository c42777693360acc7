//! A cache is a `static`, which cannot name `Self`.

#[derive(Clone)]
struct Page(u64);

impl Page {
    #[ayo::cached(associated)]
    async fn load(id: u64) -> Result<Self, String> {
        Ok(Self(id))
    }
}

fn main() {
    let _ = Page::load(1);
}
