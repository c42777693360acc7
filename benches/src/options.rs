//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::Flavor;
use crate::rounds::Plan;

/// Runs rows of work side by side: the floor, ayo, and its peers.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// A tenth of the items, few rounds: for a first look
    #[arg(long)]
    quick: bool,
    /// Only these rows
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) rows: Vec<String>,
    /// Only contenders whose name contains this (for profiling; ratios need the floor)
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Measured rounds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Only this runtime
    #[arg(long)]
    flavor: Option<Flavor>,
    /// Also write the tables here
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Also write each round's nanoseconds per item here
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// What `cargo bench` passes to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn plan(&self) -> Plan {
        let rounds = if self.quick { 5 } else { 40 };
        Plan { rounds: self.rounds.map_or(rounds, |rounds| rounds as usize), quick: self.quick }
    }

    pub(crate) fn flavors(&self) -> Vec<Flavor> {
        self.flavor.map_or(Flavor::ALL.to_vec(), |one| vec![one])
    }

    /// Whether a row has been asked for.
    pub(crate) fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|name| name == row)
    }

    /// Whether a contender has been asked for.
    pub(crate) fn wants_contender(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|text| name.contains(text))
    }
}
