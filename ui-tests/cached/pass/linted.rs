//! The expansion is linted as the code of a user is, and has no `unsafe`.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]

/// Functions that are documented.
pub mod functions {
    /// Squares.
    #[ayo::cached(max_size = 16, ttl = 60s)]
    pub async fn square(n: u64) -> u64 {
        n * n
    }

    /// A store.
    #[derive(Debug)]
    pub struct Store;

    impl Store {
        /// Loads.
        #[ayo::cached(key = id)]
        pub async fn load(&self, id: u64) -> Result<u64, std::io::Error> {
            Ok(id)
        }
    }

    /// One that nobody calls has a cache that nobody asks for.
    #[ayo::cached]
    pub(crate) async fn inner(name: &str) -> String {
        name.to_owned()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(functions::square(3).await, 9);
    functions::square::cache().clear();
    assert_eq!(functions::Store.load(1).await.unwrap(), 1);
    assert_eq!(functions::Store::load_cache().stats().size, 1);
    assert_eq!(functions::inner("a").await, "a");
}
