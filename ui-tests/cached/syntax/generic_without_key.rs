//! One cache serves all types.

#[ayo::cached]
async fn length<T: AsRef<str>>(text: T) -> usize {
    text.as_ref().len()
}

#[ayo::cached]
async fn count(bytes: impl Iterator<Item = u8>) -> usize {
    bytes.count()
}

#[ayo::cached(key: String = text.as_ref().to_owned())]
async fn same<T: AsRef<str>>(text: T) -> Vec<T> {
    vec![text]
}

fn main() {
    let _ = (length("a"), count([1].into_iter()), same("a"));
}
