//! Literals with a unit are durations in every body, seconds where a duration is an argument.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::time::Duration;

use ayo::{Error, IntoDuration, scope};

#[ayo::main(flavor = "current_thread", timeout = 1h, cancel_timeout = 1.5s)]
async fn main() -> Result<(), Error> {
    let units = [7ns, 250us, 30ms, 1.5s, 2m, 1h];
    assert_eq!(units[3], Duration::from_millis(1500));
    assert_eq!(units.iter().sum::<Duration>(), Duration::new(3721, 530250007));
    let found = scope!(timeout = 0.5 => |run| {
        let timed = run << ayo::move_on_after(1ms, std::future::pending::<()>());
        ayo::timeout(2, async {}).await?;
        let short = |limit: Duration| limit < 5ms;
        let (micro, long) = (short(1us), short(1 * 1s));
        assert!(micro && !long);
        timed.await?
    })
    .await?;
    assert_eq!(found, None);
    let three = 3s;
    assert_eq!(3.into_duration(), Ok(three));
    Ok(())
}
