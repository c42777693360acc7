//! The benchmark's `main`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::heap_row::{self, HeapRow};
use crate::machine::Ticks;
use crate::options::Options;
use crate::report::Report;
use crate::rounds;
use crate::row::{Contender, Row};

/// Reads the command line, runs the rows, and prints their tables.
pub fn program(rows: &[Row], heap_rows: &[HeapRow]) -> ExitCode {
    let options = Options::parse();
    let names = rows.iter().map(|row| row.name);
    let names: Vec<&str> = names.chain(heap_rows.iter().map(|row| row.name)).collect();
    if let Some(unknown) = options.rows.iter().find(|row| !names.contains(&&***row)) {
        eprintln!("no row `{unknown}`; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let mut report = Report::new(options.flavors());
    report.head(options.plan().rounds);
    for row in rows.iter().filter(|row| options.wants(row.name)) {
        time(row, &options, &mut report);
    }
    for row in heap_rows.iter().filter(|row| options.wants(row.name)) {
        weigh(row, &options, &mut report);
    }
    report.foot();
    let markdown = save(options.markdown.as_deref(), report.text());
    let csv = save(options.csv.as_deref(), report.csv());
    if markdown.and(csv).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn time(row: &Row, options: &Options, report: &mut Report) {
    let wanted = |contender: &&Contender| options.wants_contender(contender.name);
    let contenders: Vec<&Contender> = row.contenders.iter().filter(wanted).collect();
    let plan = options.plan();
    let before = Ticks::now();
    let play = |&flavor| rounds::play(row, &contenders, flavor, plan);
    let scores: Vec<_> = options.flavors().iter().map(play).collect();
    let others = before.and_then(Ticks::others_since);
    report.row(row, row.size(plan.quick), others, &contenders, &scores);
}

fn weigh(row: &HeapRow, options: &Options, report: &mut Report) {
    let quick = options.plan().quick;
    let measure = |&flavor| heap_row::measure(row, flavor, quick);
    let numbers: Vec<_> = options.flavors().iter().map(measure).collect();
    report.heap_row(row, &numbers);
}

/// Says what goes wrong.
fn save(file: Option<&Path>, text: &str) -> Result<(), ()> {
    let Some(file) = file else {
        return Ok(());
    };
    fs::write(file, text).map_err(|error| eprintln!("{}: {error}", file.display()))
}
