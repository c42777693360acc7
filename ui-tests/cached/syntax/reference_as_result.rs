//! What is kept outlives the call.

use std::borrow::Cow;

#[ayo::cached]
async fn name(id: &str) -> &str {
    id
}

#[ayo::cached]
async fn title(id: &str) -> Result<Cow<'_, str>, String> {
    Ok(id.into())
}

#[ayo::cached]
async fn words(text: String) -> impl Iterator<Item = String> {
    std::iter::once(text)
}

fn main() {
    let _ = (name("a"), title("b"), words(String::new()));
}
