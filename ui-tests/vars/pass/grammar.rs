//! What a variable may look like, in a strict crate.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, clippy::pedantic)]

use std::sync::{Arc, Mutex};

mod deep {
    pub use ayo as other;
}

ayo::vars! {
    /// Documented.
    pub static REQUEST: u64;
    static DEPTH: u32 = 0;
    pub(crate) static NAMES: Vec<&'static str> = vec!["a", "b"];
    #[no_inherit]
    static HELD: Arc<Mutex<Option<u8>>> = Arc::default();
    #[cfg(not(all()))]
    static ELSEWHERE: NoSuchType;
    #[allow(non_upper_case_globals)]
    static lower: fn(u32) -> u32 = |n| match n { 0 => 1, n => n * 2 };
    static LAST: String = String::new()
}

deep::other::vars!(crate = deep::other => static RENAMED: u8 = 1;);

macro_rules! declare {
    ($name:ident: $ty:ty = $default:expr) => {
        deep::other::vars!(crate = $crate::deep::other => static $name: $ty = $default;);
    };
}
declare!(MADE: u8 = 2 + 3);

ayo::vars! {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    ayo::vars!(static LOCAL: u8;);
    assert_eq!((REQUEST.get(), DEPTH.get(), LOCAL.get(), RENAMED.get(), MADE.get()), (None, 0, None, 1, 5));
    assert_eq!(NAMES.get(), ["a", "b"]);
    assert_eq!(*HELD.get().lock().unwrap(), None);
    assert_eq!(lower.get()(4), 8);
    assert_eq!(LAST.get(), "");
    assert_eq!(LOCAL.with(3, async { LOCAL.get() }).await, Some(3));
}
