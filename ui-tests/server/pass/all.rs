#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, missing_docs)]
//! Servers of every form.

use ayo::{Signal, Worker, server};

server! {
    /// With a comment.
    pub async fn endless(_: Worker) {
        yield;
        loop {
            std::thread::park();
        }
    }

    async fn with_result(worker: ayo::Worker) -> Result<(), std::num::ParseIntError> {
        let run = worker.scope();
        run << async { "7".parse::<u32>()?; Ok(()) };
        match (yield) {
            Signal::Interrupt => "x".parse::<u32>().map(drop),
            _ => Ok(()),
        }
    }
}

mod inner {
    ayo::server! {
        pub(crate) async fn quiet(worker: ayo::Worker) {
            if worker.index() > 7 {
                Err("too many")?;
            }
            let _signal = yield;
        }
    }
}

fn main() {
    let servers = [
        ayo::serve(endless).workers(2).restart().wait_timeout(5),
        ayo::serve(with_result).threads().extra(inner::quiet),
        ayo::serve(async |worker: Worker| {
            worker.ready().await;
        }),
    ];
    println!("{servers:?}");
}
