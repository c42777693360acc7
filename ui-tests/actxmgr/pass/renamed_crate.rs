mod vendored {
    pub use ayo as of_this_name;
}

vendored::of_this_name::actxmgr! {
    #[ayo(crate = crate::vendored::of_this_name)]
    async fn number() -> u32 {
        let limit = 5ms;
        yield limit.as_millis() as u32;
    }
}

#[tokio::main]
async fn main() {
    use vendored::of_this_name::with;
    let n = with!(crate = crate::vendored::of_this_name, a = number(), b = number() => { a + b }).await;
    assert_eq!(n.unwrap(), 10);
}
