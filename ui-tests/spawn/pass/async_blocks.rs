//! The error type of an `async` block is filled in where nobody names it.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::{Error, scope};

#[ayo::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sum = scope!(|run| {
        let text = String::from("4");
        let parsed = run << async move { Ok(text.parse::<u32>()?) };
        run << async {
            std::str::from_utf8(b"5")?;
        };
        run << async {
            let n: u8 = "7".parse()?;
            if n > 9 {
                return Err("too many".into());
            }
            Ok(())
        };
        let chosen = run << async move {
            match "8".parse::<u32>() {
                Ok(n) if n > 3 => Ok(n),
                Ok(_) => Err("too few"),
                Err(error) => Err(error)?,
            }
        };
        let typed = run << async { Ok::<u32, std::fmt::Error>(1) };
        let endless = run << async {
            loop {
                tokio::task::yield_now().await;
            }
        };
        endless.cancel();
        let sum = parsed.await? + chosen.await? + typed.await?;
        sum
    })
    .await?;
    assert_eq!(sum, 13);
    Ok(())
}
