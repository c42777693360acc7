// Everything that `generator!` can say, as it would be linted in a user's code.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic)]

use ayo::{BoxError, generator};
use futures::{Stream, StreamExt, TryStreamExt};

mod here {
    pub use ayo;
}

fn squares(n: u32) -> impl Stream<Item = u32> {
    generator! {
        for n in 0..n {
            yield n * n;
        }
    }
}

fn numbers(text: &str) -> impl Stream<Item = Result<u32, BoxError>> {
    generator! { crate = here::ayo =>
        for word in text.split(' ') {
            if word.is_empty() {
                return Err("two spaces");
            }
            yield word.parse()?;
        }
    }
}

fn naturals() -> impl Stream<Item = u64> {
    generator! {
        let mut n = 0_u64;
        loop {
            yield n;
            n += 1;
            tokio::time::sleep(1ms).await;
        }
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    assert_eq!(squares(3).collect::<Vec<_>>().await, [0, 1, 4]);
    assert_eq!(numbers("1 2").try_collect::<Vec<_>>().await.unwrap(), [1, 2]);
    assert_eq!(numbers("1  2").try_collect::<Vec<_>>().await.unwrap_err().to_string(), "two spaces");
    assert_eq!(naturals().skip(2).take(2).collect::<Vec<_>>().await, [2, 3]);

    let mut units = generator! { yield; yield; };
    assert_eq!(units.next().await, Some(()));

    let mut echo = generator! {
        let mut last = String::new();
        while let Some(text) = (yield last.clone()) {
            last = text;
        }
    };
    assert_eq!(echo.next().await.as_deref(), Some(""));
    assert_eq!(echo.send("a".to_owned()).await.as_deref(), Some("a"));
    assert_eq!(echo.next().await, None);

    let mut thrown = generator! {
        yield 1;
        if false { Err("never")? }
    };
    assert_eq!(thrown.next().await, Some(1));
    assert_eq!(thrown.throw("stop".into()).await, None);
    assert_eq!(thrown.next_result().await.unwrap().unwrap_err().to_string(), "stop");
}
