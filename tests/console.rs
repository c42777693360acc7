//! What tokio-console shows of tasks: their names, and where they were spawned. Tokio tells it in a build of its own only:
//! `RUSTFLAGS="--cfg tokio_unstable" cargo test -p tests --test console`.
#![cfg(tokio_unstable)]

mod support;

use std::fmt::Debug;
use std::future::pending;
use std::sync::{Arc, Mutex};

use ayo::scope;
use support::{Boom, current_thread, turns};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// A task as the console gets it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Spawned {
    kind: String,
    name: String,
    file: String,
    line: u64,
}

/// Hears of what Tokio spawns.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Spawned>>>);

impl<S: tracing_core::Subscriber> Layer<S> for Ear {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if attributes.metadata().name() == "runtime.spawn" {
            let mut spawned = Spawned::default();
            attributes.record(&mut spawned);
            self.0.lock().unwrap().push(spawned);
        }
    }
}

impl Visit for Spawned {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "task.name" => self.name = format!("{value:?}"),
            "kind" => self.kind = format!("{value:?}"),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "loc.file" => value.clone_into(&mut self.file),
            _ => self.record_debug(field, &format_args!("{value}")),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "loc.line" {
            self.line = value;
        }
    }
}

/// What is spawned while this runs: names and lines, all of them in this file.
fn heard(body: impl Future<Output = ()>) -> Vec<(String, u64)> {
    let ear = Ear::default();
    let subscriber = tracing_subscriber::registry().with(ear.clone());
    tracing::subscriber::with_default(subscriber, || current_thread(body));
    let spawned = ear.0.lock().unwrap().clone();
    let tasks = spawned.into_iter().filter(|spawned| spawned.kind == "task");
    let of_this = tasks.map(|Spawned { name, file, line, .. }| {
        assert!(file.ends_with("console.rs"), "{name} at {file}:{line}");
        (name, line)
    });
    of_this.collect()
}

async fn fetch(_: u32) {
    turns(2).await;
}

#[test]
fn tasks_have_their_names_and_lines() {
    let first = u64::from(line!()) + 3;
    let spawned = heard(async {
        scope!(|run| {
            run << fetch(1);
            run.spawn(fetch(2));
            run.task(fetch(3)).name("third").start();
            run.attempt(async { Err::<(), _>(Boom(4)) });
            run.spawn_with(|| fetch(5));
            run.all([fetch(6)]);
            #[task(name = "seventh", background)]
            run << pending::<()>();
        })
        .await
        .unwrap();
    });
    let names = ["fetch #1", "fetch #2", "third #3", "body{async} #4", "fetch #5", "fetch #6", "seventh #7"];
    let names = names.map(|name| name.replace("body", "tasks_have_their_names_and_lines"));
    let lines = [0, 1, 2, 3, 4, 5, 7].map(|line| first + line);
    assert_eq!(spawned, Vec::from_iter(names.into_iter().zip(lines)));
}

#[test]
fn a_place_has_the_name_of_its_scope() {
    let line = u64::from(line!()) + 4;
    let spawned = heard(async {
        scope!(name = "pages", max_concurrency = 2 => |run| {
            for page in 0..4 {
                run << fetch(page);
            }
        })
        .await
        .unwrap();
    });
    assert_eq!(spawned, vec![("pages: a place".to_owned(), line); 2]);
}
