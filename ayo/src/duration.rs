//! Durations as people write them.

use std::time::Duration;

/// A length of time: a [`Duration`], or a number of seconds.
///
/// Every function here that takes a duration takes any of these. In macro bodies and options a literal may carry
/// its unit: `30ms`, `1.5s`, `2m`, `1h`, `250us`.
///
/// # Example
/// ```
/// use ayo::IntoDuration;
/// use std::time::Duration;
///
/// assert_eq!(12.into_duration(), Ok(Duration::from_secs(12)));
/// assert_eq!(0.03.into_duration(), Ok(Duration::from_millis(30)));
/// assert_eq!(Duration::from_micros(250).into_duration(), Ok(Duration::from_micros(250)));
/// assert_eq!((-1).into_duration().unwrap_err().to_string(), "-1 is not a length of time: it is negative");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a length of time",
    label = "expected seconds or a `Duration`",
    note = "write a number of seconds (`12`, `0.03`), a literal with a unit in a macro (`30ms`), or a `std::time::Duration`"
)]
pub trait IntoDuration {
    /// The length of time.
    ///
    /// # Errors
    /// For a number of seconds that is negative, NaN, infinite or too large for a `Duration`.
    fn into_duration(self) -> Result<Duration, InvalidDuration>;
}

/// A number that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDuration {
    value: String,
    why: &'static str,
}

impl std::fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not a length of time: it is {}", self.value, self.why)
    }
}

impl std::error::Error for InvalidDuration {}

#[diagnostic::do_not_recommend]
impl IntoDuration for Duration {
    fn into_duration(self) -> Result<Duration, InvalidDuration> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoDuration for f64 {
    fn into_duration(self) -> Result<Duration, InvalidDuration> {
        let why = match self {
            nan if nan.is_nan() => "not a number",
            negative if negative < 0.0 => "negative",
            infinite if infinite.is_infinite() => "infinite",
            _ => "too long",
        };
        Duration::try_from_secs_f64(self).map_err(|_| InvalidDuration { value: self.to_string(), why })
    }
}

#[diagnostic::do_not_recommend]
impl IntoDuration for f32 {
    fn into_duration(self) -> Result<Duration, InvalidDuration> {
        f64::from(self).into_duration()
    }
}

macro_rules! whole_seconds {
    ($($number:ty),*) => {
        $(#[diagnostic::do_not_recommend]
        impl IntoDuration for $number {
            fn into_duration(self) -> Result<Duration, InvalidDuration> {
                let seconds = u64::try_from(self).map_err(|_| InvalidDuration {
                    value: self.to_string(),
                    #[allow(unused_comparisons, reason = "also expanded for unsigned types")]
                    why: if self < 0 { "negative" } else { "too long" },
                })?;
                Ok(Duration::from_secs(seconds))
            }
        })*
    };
}

whole_seconds!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// The length of time, or a panic at the caller that names the value.
#[track_caller]
pub(crate) fn checked(duration: impl IntoDuration) -> Duration {
    match duration.into_duration() {
        Ok(duration) => duration,
        Err(invalid) => panic!("{invalid}"),
    }
}
