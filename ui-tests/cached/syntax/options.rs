//! All of these are wrong, and all are reported.

#[ayo::cached(maxsize = 128, max_size = 0, ttl = "60s", result = Ok, key)]
async fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    let _ = square(2);
}
