//! There is nothing to wait for, and so nothing to share.

#[ayo::cached(max_size = 16)]
fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    square(2);
}
