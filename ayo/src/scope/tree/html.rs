//! The tree as a page: one file, without scripts and without anything from elsewhere.

use std::fmt::{self, Write as _};

use super::draw::{Age, Grouped, More, Polls, few_of};
use super::{Forest, State, Tree};

/// So many siblings of those that the text would only count are on the page, folded.
const MORE: usize = 300;

/// So many levels are unfolded.
const UNFOLDED: usize = 5;

impl Tree {
    /// The tree as a page for a browser: a single file without scripts, with nothing from elsewhere. What is below a task or scope
    /// folds, and so do most of many siblings; of more than about 300 the rest is counted.
    ///
    /// With the feature `html`.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(name = "crawl <live>" => |run| {
    ///     let page = run.tree().to_html();
    ///     assert!(page.starts_with("<!doctype html>") && page.contains("crawl &lt;live&gt;"));
    /// }).await
    /// # }
    /// ```
    #[must_use]
    pub fn to_html(&self) -> String {
        page(std::slice::from_ref(self))
    }
}

impl Forest {
    /// All trees as one page: see [`Tree::to_html`]. With the feature `html`.
    #[must_use]
    pub fn to_html(&self) -> String {
        page(&self.roots)
    }
}

/// Text that is nothing but text, in an element or in an attribute.
struct Text<T>(T);

impl<T: fmt::Display> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if c.is_control() => write!(f, "{}", c.escape_default())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn page(roots: &[Tree]) -> String {
    let mut page = String::with_capacity(4096);
    let written = write!(page, "{HEAD}{}{}</main>\n</body>\n</html>\n", Summary(roots), Siblings(roots, 0));
    debug_assert!(written.is_ok());
    page
}

/// How many there are, in all and by what they do.
struct Summary<'a>(&'a [Tree]);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut counts, mut tasks, mut scopes, mut unpolled) =
            ([0_usize; State::ALL.len()], 0_usize, 0_usize, 0);
        let mut rest: Vec<&Tree> = self.0.iter().collect();
        while let Some(tree) = rest.pop() {
            rest.extend(&tree.children);
            unpolled += tree.unpolled;
            if tree.is_scope() {
                scopes += 1;
                continue;
            }
            tasks += 1;
            let of_its_state = State::ALL.iter().zip(&mut counts).find(|(state, _)| **state == tree.state);
            of_its_state.into_iter().for_each(|(_, count)| *count += 1);
        }
        let total = Grouped(tasks + unpolled);
        writeln!(f, "<header><h1>Live tree</h1><p>{} scopes, {total} tasks</p><ul>", Grouped(scopes))?;
        for (state, count) in State::ALL.iter().zip(counts).filter(|(_, count)| *count > 0) {
            writeln!(
                f,
                "<li><span class=\"state {}\">{state}</span> {}</li>",
                Class(*state),
                Grouped(count)
            )?;
        }
        if unpolled > 0 {
            writeln!(f, "<li><span class=\"state\">not polled yet</span> {}</li>", Grouped(unpolled))?;
        }
        f.write_str("</ul></header>\n<main>\n")
    }
}

/// The name of a state as a class.
struct Class(State);

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::CleaningUp => "cleaning",
            other => other.text(),
        })
    }
}

/// Siblings at a depth: a few of many, and the others folded.
struct Siblings<'a>(&'a [Tree], usize);

impl fmt::Display for Siblings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(siblings, depth) = *self;
        let (shown, rest) = few_of(siblings, false);
        shown.into_iter().try_for_each(|tree| WithBelow(tree, depth).fmt(f))?;
        if rest.is_empty() {
            return Ok(());
        }
        writeln!(f, "<details><summary class=\"row more\">{}</summary><div>", More(&rest))?;
        let (folded, counted) = rest.split_at(rest.len().min(MORE));
        folded.iter().try_for_each(|tree| WithBelow(tree, depth).fmt(f))?;
        if !counted.is_empty() {
            writeln!(f, "<div class=\"leaf more\">{}</div>", More(counted))?;
        }
        writeln!(f, "</div></details>")
    }
}

/// A scope or task with what is below it.
struct WithBelow<'a>(&'a Tree, usize);

impl fmt::Display for WithBelow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tree, depth) = *self;
        if tree.is_empty() && !tree.is_cut {
            return writeln!(f, "<div class=\"leaf row\">{}</div>", Row(tree));
        }
        let open = if depth < UNFOLDED { " open" } else { "" };
        writeln!(f, "<details{open}><summary class=\"row\">{}</summary><div class=\"below\">", Row(tree))?;
        Siblings(&tree.children, depth + 1).fmt(f)?;
        if tree.unpolled > 0 {
            writeln!(f, "<div class=\"leaf more\">{} not polled yet</div>", Grouped(tree.unpolled))?;
        }
        if tree.is_cut {
            writeln!(f, "<div class=\"leaf more\">too deep to be shown</div>")?;
        }
        writeln!(f, "</div></details>")
    }
}

/// One scope or task.
struct Row<'a>(&'a Tree);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = self.0;
        let kind = if tree.is_scope() { "scope" } else { "task" };
        write!(f, "<b class=\"{kind}\">{}</b>", Text(&tree.name))?;
        write!(f, "<span class=\"state {}\">{}</span>", Class(tree.state), tree.state)?;
        if let Some(wait) = &tree.waits_for {
            write!(f, "<span>for {}</span>", Text(wait))?;
        }
        if tree.background {
            f.write_str("<span class=\"dim\">background</span>")?;
        }
        let children =
            if tree.is_empty() { String::new() } else { format!("{} below · ", Grouped(tree.len())) };
        let polls = if tree.polls == 0 { String::new() } else { format!("{} · ", Polls(tree.polls)) };
        write!(f, "<span class=\"facts\">{children}{polls}{} · ", Age(tree.age))?;
        write!(f, "<code>{}</code></span>", Text(tree.location))
    }
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Live tree</title>
<style>
:root { color-scheme: light dark; --ink: #1c2330; --dim: #68738a; --line: #d9dee8; --paper: #fff; --hover: #f2f5fa;
  --running: #0a7d3b; --waiting: #50607c; --queued: #8a6300; --scheduled: #5b4bc4; --stopping: #a34a00; --ending: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f2; --dim: #93a0b8; --line: #313a4b; --paper: #141923;
  --hover: #1d2431; --running: #5bd38c; --waiting: #9db0d0; --queued: #e0b64a; --scheduled: #a99cff; --stopping: #ffad66;
  --ending: #ff8a80; } }
body { margin: 0 auto; padding: 1.2rem 1.6rem 3rem; max-width: 78rem; background: var(--paper); color: var(--ink);
  font: 14px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem 1.2rem; margin-bottom: .8rem;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.15rem; margin: .3rem 0; }
header p, header ul { margin: .3rem 0; padding: 0; color: var(--dim); }
header ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; }
.row { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .7rem; padding: .1rem .4rem; border-radius: 4px; }
.row:hover { background: var(--hover); }
summary { cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; color: var(--dim); width: .8rem; margin-left: -.2rem; margin-right: -.5rem; }
details[open] > summary::before { content: "▾"; }
.leaf { padding-left: 1rem; }
.below { margin-left: .75rem; padding-left: .55rem; border-left: 1px solid var(--line); }
b.task { font-weight: 500; }
.state { color: var(--waiting); font-size: .86em; padding: 0 .45em; border: 1px solid currentColor; border-radius: 1em;
  white-space: nowrap; }
.running { color: var(--running); } .queued { color: var(--queued); } .scheduled { color: var(--scheduled); }
.stopping { color: var(--stopping); } .cancelling, .cleaning { color: var(--ending); }
.dim, .facts, .more { color: var(--dim); }
.facts { margin-left: auto; font-size: .86em; text-align: right; }
code { font: .95em ui-monospace, monospace; }
</style>
</head>
<body>
"#;
