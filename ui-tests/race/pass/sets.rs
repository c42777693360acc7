#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::{as_completed, gather, race, race_ok};

async fn len(text: &str) -> usize {
    text.len()
}

async fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
    text.parse()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let text = String::from("12");
    assert_eq!(race((len(&text), len("a"))).await, 2);
    assert_eq!(race([len(&text), len("a")]).await, 2);
    assert_eq!(race(vec![len(&text)]).await, 2);
    assert_eq!(race(text.split(',').map(len)).await, 2);
    assert_eq!(race_ok((parse("x"), parse(&text))).await, Ok(12));
    let (n, parsed, one) = gather((len(&text), parse(&text), async { 1 })).await;
    assert_eq!((n, parsed, one), (2, Ok(12), 1));
    let mut done = as_completed((len(&text), async { 3 }));
    while let Some(n) = done.next().await {
        assert!(n > 1);
    }
}
