#![forbid(unsafe_code)]
#![deny(warnings)]

use std::collections::HashMap;

use ayo::{Plain, scope};

#[derive(Plain, Debug)]
struct Unit;

#[derive(Plain, Debug, Clone)]
struct Pair<'a, T: Clone, const N: usize>(&'a str, [T; N])
where
    T: Send;

#[derive(Plain, Debug)]
enum Kind<T = u32> {
    Some(T),
    None,
}

#[derive(Plain, Clone, Copy)]
union Either {
    a: u32,
    b: f32,
}

#[ayo::main(flavor = "current_thread")]
async fn main() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << async { Unit };
        run << async { Pair("a", [1, 2]) };
        let kind = run << async { vec![Kind::Some(Unit), Kind::None] };
        run << async { Some(HashMap::from([(1, Ok::<u32, u32>(5).map_or(Kind::None, Kind::Some))])) };
        let either = run << async { Either { a: 5 } };
        assert_eq!(kind.await?.len(), 2);
        let (_, _) = (either.await?, Either { b: 1.5 });
    })
    .await
}
