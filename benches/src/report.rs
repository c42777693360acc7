//! What is printed, row by row, and kept for the Markdown file.

use std::env;
use std::fmt::Write;
use std::path::PathBuf;

use crate::Flavor;
use crate::heap_row::HeapRow;
use crate::machine;
use crate::rounds::Score;
use crate::row::{Contender, Role, Row, Target};
use crate::stats::Quartiles;
use crate::table::{Table, number};

/// The report so far.
#[derive(Debug)]
pub(crate) struct Report {
    flavors: Vec<Flavor>,
    text: String,
    csv: String,
    misses: Vec<String>,
}

impl Report {
    pub(crate) fn new(flavors: Vec<Flavor>) -> Self {
        Self {
            flavors,
            text: String::new(),
            csv: String::from("row,contender,flavor,round,nanoseconds\n"),
            misses: Vec::new(),
        }
    }

    /// All that has been printed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Each round's nanoseconds per item.
    pub(crate) fn csv(&self) -> &str {
        &self.csv
    }

    /// The command, the machine, and how to read the tables.
    pub(crate) fn head(&mut self, rounds: usize) {
        self.print(&format!("`{}`\n", command()));
        if let Some(machine) = machine::describe() {
            self.print(&format!("{machine}.\n"));
        }
        self.print(&format!(
            "Contenders take turns, {rounds} rounds, on a new runtime (warmed up) every five. A \
             ratio is the median,\nover the rounds, of a contender's time divided by the floor's \
             time in the same round, with its\nquartiles; ns is the median time of an item in \
             nanoseconds.\n"
        ));
    }

    /// The scores of one row, by flavour and contender.
    pub(crate) fn row(
        &mut self,
        row: &Row,
        items: u64,
        others: Option<f64>,
        contenders: &[&Contender],
        scores: &[Vec<Score>],
    ) {
        let mut table = Table::new(self.columns(&["", " ns"]));
        for (place, contender) in contenders.iter().enumerate() {
            let mut line = vec![label(contender.name, contender.role)];
            let scores: Vec<&Score> = scores.iter().map(|scores| &scores[place]).collect();
            line.extend(scores.iter().flat_map(|score| cells(score)));
            self.keep(row, contender, &scores);
            line.push(self.judge(row, contender, &scores));
            table.push(line);
        }
        let items = number(items as f64);
        self.print(&format!("## `{}`\n\n{} Items: {items}.", row.name, row.what));
        if let Some(others) = others.filter(|others| *others >= 1.0) {
            self.print(&format!("Other processes used {others:.0} % of the machine."));
        }
        self.print(&format!("\n{}", table.render()));
    }

    /// The numbers of one memory row, by flavour and contender.
    pub(crate) fn heap_row(&mut self, row: &HeapRow, numbers: &[Vec<f64>]) {
        let mut table = Table::new(self.columns(&[""]));
        for (place, contender) in row.contenders.iter().enumerate() {
            let mut line = vec![label(contender.name, contender.role)];
            let numbers: Vec<f64> = numbers.iter().map(|numbers| numbers[place]).collect();
            line.extend(numbers.iter().map(|&bytes| number(bytes)));
            line.push(self.judge_heap(row, contender.role, &numbers));
            table.push(line);
        }
        self.print(&format!("## `{}`\n\n{}\n", row.name, row.what));
        self.print(&table.render());
    }

    /// What was missed.
    pub(crate) fn foot(&mut self) {
        let text = match &*self.misses {
            [] => String::from("No target missed."),
            misses => format!("Missed:\n\n* {}", misses.join("\n* ")),
        };
        self.print(&text);
    }

    fn print(&mut self, text: &str) {
        println!("{text}");
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn keep(&mut self, row: &Row, contender: &Contender, scores: &[&Score]) {
        let (row, contender) = (row.name, contender.name);
        for (score, flavor) in scores.iter().zip(&self.flavors) {
            let flavor = flavor.name();
            for (round, nanos) in score.rounds.iter().enumerate() {
                let line = format!("{row},\"{contender}\",{flavor},{round},{nanos:.2}\n");
                self.csv.push_str(&line);
            }
        }
    }

    fn columns(&self, kinds: &[&str]) -> Vec<String> {
        let mut head = vec![String::new()];
        for flavor in &self.flavors {
            head.extend(kinds.iter().map(|kind| format!("{}{kind}", flavor.name())));
        }
        head.push("target".into());
        head
    }

    fn judge(&mut self, row: &Row, contender: &Contender, scores: &[&Score]) -> String {
        if contender.role != Role::Ayo {
            return String::new();
        }
        let mut limits = Vec::new();
        let mut missed = false;
        for (score, flavor) in scores.iter().zip(self.flavors.clone()) {
            let limit = row.target.limit(flavor);
            let Some(reached) = score.measure(row.target) else {
                continue;
            };
            if reached > limit {
                missed = true;
                let (row, flavor) = (row.name, flavor.name());
                self.misses.push(format!("`{row}`, {flavor}: {reached}, target {limit}"));
            }
            limits.push(match row.target {
                Target::Ratio { .. } => format!("{limit:.2}"),
                Target::Nanos(_) => format!("{limit} ns"),
            });
        }
        limits.dedup();
        verdict(&limits.join(" / "), missed)
    }

    fn judge_heap(&mut self, row: &HeapRow, role: Role, numbers: &[f64]) -> String {
        let Some(target) = row.target.filter(|_| role == Role::Ayo) else {
            return String::new();
        };
        let worst = numbers.iter().copied().fold(f64::MIN, f64::max);
        let missed = (worst * 100.0).round() / 100.0 > target;
        let (reached, limit) = (number(worst), number(target));
        if missed {
            self.misses.push(format!("`{}`: {reached}, target {limit}", row.name));
        }
        verdict(&limit, missed)
    }
}

fn verdict(limit: &str, missed: bool) -> String {
    match (limit, missed) {
        ("", _) => String::new(),
        (limit, false) => format!("<= {limit} ok"),
        (limit, true) => format!("<= {limit} MISSED"),
    }
}

fn label(name: &str, role: Role) -> String {
    match role {
        Role::Floor => format!("floor: {name}"),
        Role::Ayo => format!("**{name}**"),
        Role::Peer => name.into(),
    }
}

fn cells(score: &Score) -> [String; 2] {
    let ratio = |Quartiles { low, median, high }| format!("{median:.2} ({low:.2}-{high:.2})");
    [score.ratio.map_or(String::new(), ratio), number(score.nanos.median)]
}

/// What Cargo calls this bench: its program has a hash behind that.
fn bench() -> String {
    let program = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    name.rsplit_once('-').map_or(&*name, |(bench, _)| bench).to_owned()
}

/// The command that makes this report.
fn command() -> String {
    let mut command = String::new();
    if let Some(library) = env::var("LD_PRELOAD").ok().filter(|library| !library.is_empty()) {
        let _ = write!(command, "LD_PRELOAD={library} ");
    }
    let _ = write!(command, "cargo bench -p benches --bench {}", bench());
    let arguments = env::args().skip(1).filter(|argument| argument != "--bench");
    for (place, argument) in arguments.enumerate() {
        let dashes = if place == 0 { " --" } else { "" };
        let _ = write!(command, "{dashes} {argument}");
    }
    command
}
