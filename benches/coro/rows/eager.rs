//! Calls that never suspend.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use benches::jobs::value;
use benches::{Row, Target};

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 0.5, multi: 0.5 };
    Row::new("eager", "Calls of an async function that never suspends.", 1_000_000, target)
        .floor("Box::pin and one poll", floor)
        .ayo("ayo::eager", ayo)
        .peer("plain .await", plain)
}

/// The values of `n` calls.
fn all(n: u64, call: impl Fn(u64) -> u64) -> Vec<u64> {
    let mut values = Vec::with_capacity(n as usize);
    values.extend((0..n).map(|i| black_box(call(i))));
    values
}

async fn floor(n: u64) -> Vec<u64> {
    all(n, |i| {
        let mut boxed: Pin<Box<dyn Future<Output = u64> + Send>> = Box::pin(value(i));
        black_box(&mut boxed); // by reference, as below: a handle that is moved is no part of a call
        match boxed.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("it never suspends"),
        }
    })
}

async fn ayo(n: u64) -> Vec<u64> {
    let body = ayo::scope!(|_| {
        all(n, |i| {
            let mut task = ayo::eager(value(i));
            black_box(&mut task);
            match Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => value.expect("it is not cancelled"),
                Poll::Pending => unreachable!("it never suspends"),
            }
        })
    });
    body.await.expect("nothing fails")
}

async fn plain(n: u64) -> Vec<u64> {
    let mut values = Vec::with_capacity(n as usize);
    for i in 0..n {
        values.push(black_box(value(i).await));
    }
    values
}
