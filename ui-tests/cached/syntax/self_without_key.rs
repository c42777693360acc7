//! One cache serves all stores, so a result has to be found by something of the store too.

struct Store {
    id: u64,
}

impl Store {
    #[ayo::cached(ttl = 60s)]
    async fn load(&self, page: u64) -> u64 {
        self.id + page
    }
}

fn main() {
    let _ = Store { id: 1 }.load(2);
}
