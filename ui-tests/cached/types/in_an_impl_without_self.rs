//! A macro cannot see that this is in an `impl`: `#[ayo::cached(associated)]` says so.

struct Store;

impl Store {
    #[ayo::cached]
    async fn load(id: u64) -> u64 {
        id
    }
}

fn main() {
    let _ = Store::load(1);
}
