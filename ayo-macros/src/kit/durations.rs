//! Durations as they are written: a number is seconds, a literal may carry a unit.
//!
//! Literals are computed exactly, in decimal, when the macro runs: what is emitted is a constant.

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::{Error, Expr, ExprPath, Lit, Result, UnOp};

use super::nearest::nearest;
use super::paths;

const UNITS: [(&str, u128); 6] =
    [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", SECOND), ("m", 60 * SECOND), ("h", 3_600 * SECOND)];

const SECOND: u128 = 1_000_000_000;

/// Suffixes that make a number, not a duration.
const NUMBERS: [&str; 17] = [
    "", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "f16", "f32",
    "f64", "f128",
];

/// The value of a duration option, if it can be computed here.
pub(crate) fn literal(expr: &Expr) -> Result<Option<TokenStream>> {
    match expr {
        Expr::Paren(inner) => literal(&inner.expr),
        Expr::Group(inner) => literal(&inner.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && is_number(&unary.expr) => {
            Err(negative(expr))
        }
        Expr::Path(path) if not_finite(path) => Err(Error::new_spanned(path, FINITE)),
        Expr::Lit(lit) => of_literal(&lit.lit),
        _ => Ok(None),
    }
}

/// A literal that carries a unit; anything else in a body is not a duration.
pub(crate) fn with_unit(expr: &Expr) -> Option<Result<TokenStream>> {
    match expr {
        Expr::Lit(lit) if has_unit(&lit.lit) => of_literal(&lit.lit).transpose(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(lit) if has_unit(&lit.lit) => Some(Err(negative(expr))),
            _ => None,
        },
        _ => None,
    }
}

/// A duration that stands where a wrong one was refused.
pub(crate) fn stand_in(place: Span) -> TokenStream {
    constant(0, place)
}

/// Whether it is a literal of no length.
pub(crate) fn is_zero(expr: &Expr) -> bool {
    let nothing = || stand_in(Span::call_site()).to_string();
    literal(expr).is_ok_and(|found| found.is_some_and(|length| length.to_string() == nothing()))
}

const FINITE: &str = "a duration must be finite; for no limit, leave it out";

fn negative(expr: &Expr) -> Error {
    Error::new_spanned(expr, "a duration cannot be negative: leave the `-` out")
}

fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(lit) => matches!(lit.lit, Lit::Int(_) | Lit::Float(_)),
        Expr::Paren(inner) => is_number(&inner.expr),
        Expr::Group(inner) => is_number(&inner.expr),
        Expr::Path(path) => not_finite(path),
        _ => false,
    }
}

/// `f64::INFINITY` and its like, which are constants as good as literals.
fn not_finite(path: &ExprPath) -> bool {
    let mut names = path.path.segments.iter().rev().map(|part| &part.ident);
    let constant =
        names.next().is_some_and(|name| name == "INFINITY" || name == "NEG_INFINITY" || name == "NAN");
    constant && names.next().is_some_and(|name| name == "f64" || name == "f32")
}

fn suffix(lit: &Lit) -> Option<&str> {
    match lit {
        Lit::Int(int) => Some(int.suffix()),
        Lit::Float(float) => Some(float.suffix()),
        _ => None,
    }
}

fn has_unit(lit: &Lit) -> bool {
    suffix(lit).is_some_and(|suffix| !NUMBERS.contains(&suffix))
}

fn of_literal(lit: &Lit) -> Result<Option<TokenStream>> {
    let (digits, suffix) = match lit {
        Lit::Int(int) => (int.base10_digits(), int.suffix()),
        Lit::Float(float) => (float.base10_digits(), float.suffix()),
        Lit::Str(text) => return Err(quoted(text.span(), &text.value())),
        _ => return Ok(None),
    };
    let unit = unit(suffix, lit.span())?;
    let nanos = nanos(digits, unit).map_err(|message| Error::new(lit.span(), message))?;
    Ok(Some(constant(nanos, lit.span())))
}

fn quoted(span: Span, text: &str) -> Error {
    Error::new(span, format!("a duration is written without quotes: `{text}`, such as `30ms` or `1.5s`"))
}

fn unit(suffix: &str, span: Span) -> Result<u128> {
    if NUMBERS.contains(&suffix) {
        return Ok(SECOND);
    }
    match UNITS.iter().find(|(name, _)| *name == suffix) {
        Some((_, nanos)) => Ok(*nanos),
        None => Err(Error::new(span, unknown_unit(suffix))),
    }
}

fn unknown_unit(suffix: &str) -> String {
    let hint = common_name(suffix)
        .or_else(|| nearest(suffix, UNITS.iter().map(|(name, _)| *name)))
        .map(|name| format!(": did you mean `{name}`?"))
        .unwrap_or_default();
    format!(
        "unknown unit `{suffix}`{hint}{} the units are `ns`, `us`, `ms`, `s`, `m` and `h`",
        if hint.is_empty() { ";" } else { "" }
    )
}

/// Units as other programs write them.
fn common_name(suffix: &str) -> Option<&'static str> {
    match suffix {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "millis" | "msec" | "milliseconds" => Some("ms"),
        "µs" | "μs" | "micros" | "usec" | "microseconds" => Some("us"),
        "nanos" | "nsec" | "nanoseconds" => Some("ns"),
        _ => None,
    }
}

/// `digits` (such as `1.5` or `2e-3`) times `unit`, rounded to whole nanoseconds.
fn nanos(digits: &str, unit: u128) -> std::result::Result<u128, &'static str> {
    const TOO_LONG: &str = "this is longer than a `Duration` can be; for no limit, leave it out";
    if digits.parse::<f64>().is_ok_and(f64::is_infinite) {
        return Err(FINITE);
    }
    let (mantissa, exponent) = decimal(digits).ok_or("this number has too many digits")?;
    let scaled = mantissa.checked_mul(unit).ok_or(TOO_LONG)?;
    let power = 10u128.checked_pow(exponent.unsigned_abs());
    let nanos = match (exponent < 0, power) {
        _ if scaled == 0 => 0,
        (true, Some(power)) => scaled / power + u128::from(scaled % power >= power.div_ceil(2)),
        (true, None) => 0,
        (false, Some(power)) => scaled.checked_mul(power).ok_or(TOO_LONG)?,
        (false, None) => return Err(TOO_LONG),
    };
    if nanos / SECOND > u128::from(u64::MAX) {
        return Err(TOO_LONG);
    }
    Ok(nanos)
}

/// `digits` as a whole number and a power of ten.
fn decimal(digits: &str) -> Option<(u128, i32)> {
    let (number, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let mantissa = format!("0{whole}{fraction}").parse().ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    Some((mantissa, exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?))
}

fn constant(nanos: u128, place: Span) -> TokenStream {
    let (duration, span) = (paths::duration(place), paths::generated(place));
    let number = |mut literal: Literal| {
        literal.set_span(span);
        literal
    };
    if let Ok(nanos) = u64::try_from(nanos) {
        let nanos = number(Literal::u64_suffixed(nanos));
        return quote_spanned!(span=> #duration::from_nanos(#nanos));
    }
    let seconds = u64::try_from(nanos / SECOND).unwrap_or(u64::MAX);
    let rest = u32::try_from(nanos % SECOND).unwrap_or_default();
    let (seconds, rest) = (number(Literal::u64_suffixed(seconds)), number(Literal::u32_suffixed(rest)));
    quote_spanned!(span=> #duration::new(#seconds, #rest))
}

#[cfg(test)]
mod tests {
    use syn::{Expr, parse_str};

    use super::{literal, with_unit};

    fn nanos(text: &str) -> Result<Option<String>, String> {
        let expr: Expr = parse_str(text).unwrap();
        let tokens = literal(&expr).map_err(|error| error.to_string())?;
        Ok(tokens.map(|tokens| {
            let text = tokens.to_string().replace(' ', "");
            text.trim_start_matches("::core::time::Duration::").to_owned()
        }))
    }

    fn is(text: &str, nanos_expected: u64) {
        let expected = format!("from_nanos({nanos_expected}u64)");
        assert_eq!(nanos(text), Ok(Some(expected)), "{text}");
    }

    fn refused(text: &str, part: &str) {
        let message = nanos(text).unwrap_err();
        assert!(message.contains(part), "{text}: {message}");
    }

    #[test]
    fn a_number_is_seconds() {
        is("12", 12_000_000_000);
        is("0.03", 30_000_000);
        is("0", 0);
        is("3u64", 3_000_000_000);
        is("1.5f32", 1_500_000_000);
        is("1_000", 1_000_000_000_000);
        is("(2)", 2_000_000_000);
        is("2e-3", 2_000_000);
    }

    #[test]
    fn a_literal_may_carry_a_unit() {
        is("7ns", 7);
        is("250us", 250_000);
        is("30ms", 30_000_000);
        is("1.5s", 1_500_000_000);
        is("2m", 120_000_000_000);
        is("1h", 3_600_000_000_000);
        is("0.1ms", 100_000);
        is("1e3ms", 1_000_000_000);
    }

    #[test]
    fn decimals_are_exact_and_rounded_to_nanoseconds() {
        is("0.123456789", 123_456_789);
        is("0.3", 300_000_000);
        is("1.4ns", 1);
        is("1.5ns", 2);
        is("1e-30", 0);
        is("0.10000000000000000000000000000000000000000000", 100_000_000);
    }

    #[test]
    fn long_ones_are_kept_and_too_long_ones_refused() {
        let long = nanos("1000000000000s").unwrap().unwrap();
        assert_eq!(long, "new(1000000000000u64,0u32)");
        refused("1e30", "longer than a `Duration`");
        refused("1e90s", "longer than a `Duration`");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        refused("-1", "cannot be negative");
        refused("-(0.5)", "cannot be negative");
        refused("-30ms", "cannot be negative");
        refused("1e999", "must be finite");
        refused("f64::INFINITY", "must be finite");
        refused("std::f64::NAN", "must be finite");
        refused("-f32::INFINITY", "cannot be negative");
        refused("\"5s\"", "without quotes");
    }

    #[test]
    fn an_unknown_unit_lists_the_known_ones() {
        refused("5sec", "did you mean `s`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`");
        refused("5min", "did you mean `m`?");
        refused("5parsec", "unknown unit `parsec`; the units are");
    }

    #[test]
    fn other_expressions_are_left_to_run_time() {
        assert_eq!(nanos("limit()"), Ok(None));
        assert_eq!(nanos("-x"), Ok(None));
        assert_eq!(nanos("f64::MAX"), Ok(None));
    }

    #[test]
    fn in_a_body_only_units_make_durations() {
        let found = |text| with_unit(&parse_str::<Expr>(text).unwrap()).map(|it| it.is_ok());
        assert_eq!(found("12"), None);
        assert_eq!(found("12u8"), None);
        assert_eq!(found("1.0"), None);
        assert_eq!(found("\"5s\""), None);
        assert_eq!(found("12ms"), Some(true));
        assert_eq!(found("12foo"), Some(false));
        assert_eq!(found("-12ms"), Some(false));
    }
}
