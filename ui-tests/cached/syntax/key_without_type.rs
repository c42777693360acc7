//! The type of a key can be seen only where it is an argument.

#[ayo::cached(key = name.to_lowercase())]
async fn page(name: &str) -> String {
    name.to_owned()
}

#[ayo::cached(key: &str = name)]
async fn title(name: &str) -> String {
    name.to_owned()
}

#[ayo::cached]
async fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}

fn main() {
    let _ = (page("a"), title("b"), next(&mut 1));
}
