//! `<<` goes on shifting numbers, of known and of inferred types.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::ops::Shl;

use ayo::{Scope, scope};

struct Flags {
    bits: u64,
    by: u8,
}

#[derive(Clone, Copy)]
struct Pair(u32, u32);

impl Shl<Pair> for &Pair {
    type Output = u32;

    fn shl(self, by: Pair) -> u32 {
        (self.0 << by.0) + (self.1 << by.1)
    }
}

#[ayo::scoped]
fn shifted(flags: &Flags, n: u32) -> u64 {
    let one = 1;
    let mut mask = one << n;
    mask <<= 1;
    let inferred = 1;
    let big: u64 = inferred << 40;
    let by = 3;
    let array = [0u8; 1 << 3];
    let other = flags.bits << flags.by;
    let chained = n << by << 1;
    let sum = match n {
        1 => n << by | 1,
        _ => flags.by as u32 + n << 1,
    };
    mask + big + other + array.len() as u64 + u64::from(chained + sum)
}

#[ayo::scoped]
fn tail(n: u32, by: u32) -> u32 {
    n << by | 1
}

#[ayo::main(flavor = "current_thread")]
async fn main(run: &Scope) -> Result<(), ayo::Error> {
    let flags = Flags { bits: 5, by: 2 };
    let plain = |flags: &Flags, n: u32| -> u64 {
        let chained = (n << 3) << 1;
        let sum = if n == 1 { (n << 3) | 1 } else { (u32::from(flags.by) + n) << 1 };
        ((1u64 << n) << 1) + (1u64 << 40) + (flags.bits << flags.by) + 8 + u64::from(chained + sum)
    };
    for n in 1..5 {
        assert_eq!(shifted(&flags, n), plain(&flags, n), "{n}");
    }
    assert_eq!(tail(3, 2), 13);
    let bits = scope!(|inner| {
        let by = 4;
        let task = run << async move { 1u8 << by };
        inner << async {};
        task.await? << 1
    })
    .await?;
    assert_eq!(bits, 32);
    let (left, right) = (Pair(1, 2), Pair(3, 4));
    let pairs = left << right;
    assert_eq!(pairs, 40);
    Ok(())
}
