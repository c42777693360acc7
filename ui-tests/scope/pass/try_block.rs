//! `?` without annotation, of any error; the tail is the value; a body may never end.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::{Error, scope};

async fn value() -> Result<u32, Error> {
    let known = Some(4);
    scope!(|run| {
        let parsed: u32 = "3".parse()?;
        let text = std::str::from_utf8(b"5")?;
        if parsed > 3 {
            Err("too many")?
        }
        let task = run << async move { Ok::<u32, std::fmt::Error>(parsed) };
        let known = known.ok_or("unknown")?;
        task.await? + text.parse::<u32>()? + known
    })
    .await
}

async fn result_as_a_value(flag: bool) -> Result<Result<u32, String>, Error> {
    scope!(|_| {
        let found = if flag { Ok(5) } else { Err(String::from("no")) };
        found
    })
    .await
}

async fn endless() -> Result<(), Error> {
    scope!(|run| {
        let run = run.clone();
        loop {
            tokio::task::yield_now().await;
            run.cancel();
        }
    })
    .await
}

async fn labels() -> Result<u32, Error> {
    scope!(|_| {
        let closure = |n: u32| {
            if n > 3 {
                return n;
            }
            n + 1
        };
        'found: {
            for n in 0..9 {
                if closure(n) == 4 {
                    break 'found n;
                }
            }
            0
        }
    })
    .await
}

#[ayo::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(value().await.unwrap(), 12);
    assert_eq!(result_as_a_value(false).await.unwrap(), Err(String::from("no")));
    assert_eq!(endless().await.unwrap_err().kind(), ayo::ErrorKind::Cancelled);
    assert_eq!(labels().await.unwrap(), 3);
}
