//! `result = true` is for a `Result`.

#[ayo::cached(result = true)]
async fn square(n: u64) -> Option<u64> {
    n.checked_mul(n)
}

fn main() {
    let _ = square(2);
}
