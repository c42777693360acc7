//! The tree as text.
//!
//! What stands left of the first column is the tree, and grows with its depth; the columns are as wide as they have to be. Of many
//! siblings a few of each kind are drawn and the others counted, so that a scope with thousands of tasks is still a page.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::{Forest, State, Tree};

/// So many siblings are all drawn.
const FEW: usize = 24;

/// Of more, so many are drawn, and so many of one kind.
const DRAWN: usize = 16;
const OF_A_KIND: usize = 4;

/// Names longer than this do not move the columns.
const WIDE: usize = 56;

/// An age in the precision that a person reads.
pub(super) struct Age(pub(super) Duration);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0.as_secs() {
            0 => format!("{}ms", self.0.as_millis()),
            1..60 => format!("{:.1}s", self.0.as_secs_f64()),
            secs @ 60..3600 => format!("{}m{:02}s", secs / 60, secs % 60),
            secs @ 3600..86_400 => format!("{}h{:02}m", secs / 3600, secs / 60 % 60),
            secs => format!("{}d{:02}h", secs / 86_400, secs / 3600 % 24),
        };
        f.pad(&text)
    }
}

/// A number with its thousands apart: `12,345`.
pub(super) struct Grouped(pub(super) usize);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// `3 polls`
pub(super) struct Polls(pub(super) u32);

impl fmt::Display for Polls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 poll"),
            polls => write!(f, "{} polls", Grouped(usize::try_from(polls).unwrap_or(usize::MAX))),
        }
    }
}

/// A name as one line: what would move the cursor is written as an escape.
fn one_line(name: &str) -> Cow<'_, str> {
    if !name.contains(char::is_control) {
        return Cow::Borrowed(name);
    }
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(name.chars().map(escaped).collect())
}

/// The siblings that are drawn, and the others.
pub(super) fn few_of(children: &[Tree], all: bool) -> (Vec<&Tree>, Vec<&Tree>) {
    if all || children.len() <= FEW {
        return (children.iter().collect(), Vec::new());
    }
    let mut kinds: HashMap<(&str, State), usize> = HashMap::new();
    let (mut shown, mut rest) = (Vec::new(), Vec::new());
    for child in children {
        let kind = child.name.rsplit_once(" #").map_or(child.name.as_str(), |(name, _)| name);
        let of_a_kind = kinds.entry((kind, child.state)).or_default();
        *of_a_kind += 1;
        if shown.len() < DRAWN && *of_a_kind <= OF_A_KIND {
            shown.push(child);
        } else {
            rest.push(child);
        }
    }
    (shown, rest)
}

/// Counts the siblings that are not drawn: `9,984 more: 9,980 queued, 4 waiting, with 12 below`.
pub(super) struct More<'a>(pub(super) &'a [&'a Tree]);

impl fmt::Display for More<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} more: ", Grouped(self.0.len()))?;
        let states =
            State::ALL.map(|state| (state, self.0.iter().filter(|tree| tree.state == state).count()));
        let mut separator = "";
        for (state, count) in states.into_iter().filter(|(_, count)| *count > 0) {
            write!(f, "{separator}{} {state}", Grouped(count))?;
            separator = ", ";
        }
        match self.0.iter().map(|tree| tree.total()).sum() {
            0 => Ok(()),
            below => write!(f, ", with {} below", Grouped(below)),
        }
    }
}

/// One line: what stands left, and the columns.
struct Row<'a> {
    left: String,
    tree: Option<&'a Tree>,
}

#[derive(Default)]
struct Rows<'a> {
    rows: Vec<Row<'a>>,
    all: bool,
}

impl<'a> Rows<'a> {
    fn add(&mut self, tree: &'a Tree, branch: &str, pad: &str) {
        let background = if tree.background { " (background)" } else { "" };
        self.rows
            .push(Row { left: format!("{branch}{}{background}", one_line(&tree.name)), tree: Some(tree) });
        let (shown, rest) = few_of(&tree.children, self.all);
        let more = Vec::from_iter((!rest.is_empty()).then(|| format!("… {}", More(&rest))));
        let unpolled = (tree.unpolled > 0).then(|| format!("… {} not polled yet", Grouped(tree.unpolled)));
        let cut = tree.is_cut.then(|| "… too deep to be shown".to_owned());
        let notes: Vec<String> = more.into_iter().chain(unpolled).chain(cut).collect();
        let lines = shown.len() + notes.len();
        for (at, child) in shown.into_iter().enumerate() {
            let (branch, more) = branches(at + 1 == lines);
            self.add(child, &format!("{pad}{branch}"), &format!("{pad}{more}"));
        }
        let first = lines - notes.len();
        for (at, note) in notes.into_iter().enumerate() {
            let (branch, _) = branches(first + at + 1 == lines);
            self.rows.push(Row { left: format!("{pad}{branch}{note}"), tree: None });
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.rows.iter().filter(|row| row.tree.is_some()).map(|row| row.left.chars().count());
        let width = widths.filter(|width| *width <= WIDE).max().unwrap_or(0);
        for (at, row) in self.rows.iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            match row.tree {
                None => write!(f, "{line_end}{}", row.left)?,
                Some(tree) => write!(f, "{line_end}{:width$}  {}", row.left, Columns(tree))?,
            }
        }
        Ok(())
    }
}

fn branches(is_last: bool) -> (&'static str, &'static str) {
    if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") }
}

/// State, age, and the rest.
struct Columns<'a>(&'a Tree);

impl fmt::Display for Columns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = self.0;
        write!(f, "{:<11} {:>7}", tree.state, Age(tree.age))?;
        if let Some(wait) = &tree.waits_for {
            write!(f, "  for {}", one_line(&wait.to_string()))?;
        }
        if tree.polls > 0 {
            write!(f, "  {}", Polls(tree.polls))?;
        }
        write!(f, "  {}", tree.location)
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = Rows { all: f.alternate(), ..Rows::default() };
        rows.add(self, "", "");
        rows.write(f)
    }
}

impl fmt::Display for Forest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.roots.is_empty() {
            return f.write_str("no scope is running");
        }
        let mut rows = Rows { all: f.alternate(), ..Rows::default() };
        let (shown, rest) = few_of(&self.roots, rows.all);
        shown.into_iter().for_each(|tree| rows.add(tree, "", ""));
        if !rest.is_empty() {
            rows.rows.push(Row { left: format!("… {}", More(&rest)), tree: None });
        }
        rows.write(f)
    }
}
