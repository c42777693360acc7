//! It stands on each function by itself.

struct Store;

#[ayo::cached]
impl Store {
    async fn load(id: u64) -> u64 {
        id
    }
}

fn main() {
    let _ = Store::load(1);
}
