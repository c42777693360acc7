//! Bugs that people write, planted one by one, each beside the code without it. The fuzzer must find every one of them, and
//! have nothing to say against its neighbour.
//!
//! The first half says nothing about what is to hold: the fuzzer finds those by what it looks at anyhow. They are functions
//! of the plain code that they are about; half of them are Tokio alone.

#[path = "planted/bugs.rs"]
mod bugs;
#[path = "planted/mended.rs"]
mod mended;
#[path = "planted/things.rs"]
mod things;

use ayo::testing::Everywhere;

/// What a planted bug is found by.
struct Found {
    /// By which campaigns.
    by: &'static [fn() -> Everywhere],
    /// As what.
    says: &'static str,
}

const CANCEL: fn() -> Everywhere = || Everywhere::cancel();
const DROP: fn() -> Everywhere = || Everywhere::drop();

/// A fixture: `planted` must be found by these campaigns, `mended` by none.
macro_rules! bug {
    ($(#[$doc:meta])* $name:ident, found by $($by:ident)|+ as $says:literal, $shared:expr) => {
        $(#[$doc])*
        mod $name {
            #[test]
            fn is_found() {
                let found = super::Found { by: &[$(super::$by),+], says: $says };
                for campaign in found.by {
                    let shared = $shared;
                    let test = async |run: &ayo::Scope| super::bugs::$name(run, &shared).await;
                    let failure = campaign().timeout(1).run(test).expect_err("it is there to be found");
                    let (point, text) = (failure.point().expect("a run that was cut"), failure.to_string());
                    assert!(text.contains(found.says), "{text}");
                    let shared = $shared;
                    let test = async |run: &ayo::Scope| super::bugs::$name(run, &shared).await;
                    let again = campaign().timeout(1).replay(point).run(test).expect_err("the replay finds it, too");
                    assert!(again.to_string().contains(found.says), "{again}");
                }
            }

            #[test]
            fn is_mended() {
                for campaign in [super::CANCEL, super::DROP] {
                    let shared = $shared;
                    let test = async |run: &ayo::Scope| super::mended::$name(run, &shared).await;
                    let summary = campaign().timeout(5).run(test).unwrap_or_else(|failure| panic!("{failure}"));
                    assert!(summary.cuts() > 0, "{summary}");
                }
            }
        }
    };
}

bug! {
    /// A permit that is given back by hand, after an `.await`.
    lost_permit, found by CANCEL | DROP as "run once more and whole", tokio::sync::Semaphore::new(1)
}
bug! {
    /// A flag that says "busy" until it is taken down, after an `.await`.
    left_busy, found by CANCEL | DROP as "run once more and whole", super::things::Door::default()
}
bug! {
    /// A task of `tokio::spawn`, which nothing binds.
    detached_task, found by CANCEL | DROP as "a task of Tokio outlived the test", ()
}
bug! {
    /// A shield in a branch of `select!`, which drops it.
    dropped_shield, found by CANCEL as "the `shield` of tests/testing/planted/bugs.rs", ()
}
bug! {
    /// "The other side is always there."
    panic_at_cancel, found by CANCEL | DROP as "the worker answers", ()
}
bug! {
    /// Clean-up that waits for somebody who is cancelled, too.
    clean_up_that_hangs, found by CANCEL as "it hangs", ()
}
bug! {
    /// Clean-up that takes longer than the scope lets it.
    clean_up_cut_off, found by CANCEL as "clean-up took longer than 1s", ()
}
bug! {
    /// A destructor that panics where the future is not at its end.
    destructor_that_panics, found by CANCEL | DROP as "not flushed", ()
}
bug! {
    /// Two halves of one step, with an `.await` between them and no shield around.
    missing_shield, found by CANCEL | DROP as "money", ()
}
bug! {
    /// A last word that awaits without a shield, and so is cut.
    unshielded_tear_down, found by CANCEL as "connections are open", ()
}
bug! {
    /// What was taken out of a queue is in nobody's hands at the next `.await`.
    lost_message, found by CANCEL | DROP as "jobs are lost", ()
}
bug! {
    /// Given back where it was cancelled, and by the destructor again.
    given_back_twice, found by CANCEL as "a semaphore of 2 permits has 3", ()
}
bug! {
    /// An entry that is taken out at the end, and by nobody if the end does not come.
    entry_left, found by CANCEL | DROP as "entries are left", ()
}
