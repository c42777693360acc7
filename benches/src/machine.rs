//! What the machine is, and what else it does meanwhile. Linux only; silent elsewhere.

use std::fs;

/// The processor, its cores, and the load average before the first row.
pub(crate) fn describe() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let model = info.lines().find(|line| line.starts_with("model name"))?;
    let model = model.split_once(':')?.1.trim();
    let cores = std::thread::available_parallelism().ok()?;
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    let load = load.split(' ').next()?;
    Some(format!("{model}, {cores} cores, load average {load} at the start"))
}

/// Processor time used so far, in ticks: by all, and by this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    busy: u64,
    total: u64,
    own: u64,
}

impl Ticks {
    pub(crate) fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let all = numbers(stat.lines().next()?, 8);
        // user, nice, system, idle, iowait, irq, softirq, steal
        let total: u64 = all.iter().sum();
        let busy = total - all.get(3)? - all.get(4)?;
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // After the name in brackets: the state, ten numbers, user and system time.
        let own = numbers(stat.rsplit_once(')')?.1, 12);
        let own = own.get(10)? + own.get(11)?;
        Some(Self { busy, total, own })
    }

    /// The part of the machine that others have used since, in percent.
    pub(crate) fn others_since(self) -> Option<f64> {
        let now = Self::now()?;
        let others = (now.busy - self.busy).saturating_sub(now.own - self.own);
        let total = (now.total - self.total).max(1);
        Some(100.0 * others as f64 / total as f64)
    }
}

/// The first `n` fields after the first one, or 0 for what is no number.
fn numbers(line: &str, n: usize) -> Vec<u64> {
    let fields = line.split_ascii_whitespace().skip(1).take(n);
    fields.map(|field| field.parse().unwrap_or(0)).collect()
}
