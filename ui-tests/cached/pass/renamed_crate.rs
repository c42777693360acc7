//! With `crate = path`, the crate may have another name.

mod deep {
    pub(crate) extern crate ayo as renamed;
}

use deep::renamed;

#[renamed::cached(ttl = 1s, crate = deep::renamed)]
async fn square(n: u64) -> u64 {
    n * n
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(square(3).await, 9);
    assert_eq!(square::cache().stats().misses, 1);
}
