//! The key is made before the body runs, which needs the argument still.

#[ayo::cached(key: String = name)]
async fn page(name: String) -> String {
    name
}

fn main() {
    let _ = page(String::new());
}
