//! The items of a generator that never waits.

use std::hint::black_box;
use std::pin::pin;

use ayo::{Emitter, Generator};
use benches::{Row, Target, tally};
use futures::{Stream, StreamExt};

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.5, multi: 1.5 };
    Row::new("generator", "Items of a generator, one after the other.", 1_000_000, target)
        .floor("async-stream", |n| read(floor(n)))
        .ayo("ayo: generator!", |n| read_next(generator(n)))
        .peer("ayo::Generator", |n| read_next(by_hand(n)))
        .peer("a channel and a task", channel)
}

fn floor(n: u64) -> impl Stream<Item = u64> {
    async_stream::stream! {
        for i in 0..n {
            yield black_box(i);
        }
    }
}

async fn read(items: impl Stream<Item = u64>) -> Vec<u64> {
    let mut items = pin!(items);
    let mut next = 0;
    while let Some(item) = items.next().await {
        assert_eq!(item, next);
        tally::one();
        next += 1;
    }
    (0..next).collect()
}

fn generator(n: u64) -> Generator<impl Future<Output = ()>, u64> {
    ayo::generator! {
        for i in 0..n {
            yield black_box(i);
        }
    }
}

fn by_hand(n: u64) -> Generator<impl Future<Output = ()>, u64> {
    Generator::new(move |out: Emitter<u64>| async move {
        for i in 0..n {
            let _ = out.emit(black_box(i)).await;
        }
    })
}

async fn read_next<F: Future<Output = ()>>(mut items: Generator<F, u64>) -> Vec<u64> {
    let mut next = 0;
    while let Some(item) = items.next().await {
        assert_eq!(item, next);
        tally::one();
        next += 1;
    }
    (0..next).collect()
}

async fn channel(n: u64) -> Vec<u64> {
    let (give, take) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        for i in 0..n {
            give.send(black_box(i)).await.expect("it is read");
        }
    });
    let items = futures::stream::unfold(take, |mut take| async move { Some((take.recv().await?, take)) });
    read(items).await
}
