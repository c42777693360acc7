//! Moments as people write them.

use std::time::SystemTime;

use tokio::time::Instant;

/// A moment: a date by the wall clock, or an instant of Tokio's clock.
///
/// With the features `chrono`, `jiff` and `time`, the dates of those crates are moments too.
///
/// # Example
/// ```
/// use ayo::{Moment, When};
/// use std::time::SystemTime;
///
/// assert!(matches!(SystemTime::UNIX_EPOCH.moment(), Moment::Wall(_)));
/// assert!(matches!(tokio::time::Instant::now().moment(), Moment::Clock(_)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a moment",
    label = "expected a `SystemTime`, a `tokio::time::Instant` or a date",
    note = "for a length of time from now, write `run.after(d, f)`",
    note = "dates of `chrono`, `jiff` and `time` need the feature of that name; a `std::time::Instant` converts with `tokio::time::Instant::from_std`"
)]
pub trait When {
    /// The moment.
    fn moment(self) -> Moment;
}

/// By which clock a moment is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// By the wall clock, which people set, and which goes on while the machine sleeps.
    Wall(SystemTime),
    /// By Tokio's clock, which only goes forward.
    Clock(Instant),
}

#[diagnostic::do_not_recommend]
impl When for Moment {
    fn moment(self) -> Moment {
        self
    }
}

#[diagnostic::do_not_recommend]
impl When for SystemTime {
    fn moment(self) -> Moment {
        Moment::Wall(self)
    }
}

#[diagnostic::do_not_recommend]
impl When for Instant {
    fn moment(self) -> Moment {
        Moment::Clock(self)
    }
}

macro_rules! dates {
    ($($feature:literal $($date:ty),+ => $convert:expr;)*) => {$($(
        /// With the feature of this name.
        #[cfg(feature = $feature)]
        #[diagnostic::do_not_recommend]
        impl When for $date {
            fn moment(self) -> Moment {
                let convert: fn(Self) -> SystemTime = $convert;
                Moment::Wall(convert(self))
            }
        }
    )+)*};
}

dates! {
    "jiff" jiff::Timestamp => SystemTime::from;
    "jiff" jiff::Zoned => |date| date.timestamp().into();
    "time" ::time::OffsetDateTime, ::time::UtcDateTime => SystemTime::from;
}

/// With the feature of this name.
#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl<Z: chrono::TimeZone> When for chrono::DateTime<Z> {
    fn moment(self) -> Moment {
        Moment::Wall(self.into())
    }
}
