//! Markdown tables that can be read as plain text, too.

use std::fmt::Write;

/// A table: its first line is the head. The first column is text, the others are numbers.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: Vec<String>) -> Self {
        Self { lines: vec![head] }
    }

    pub(crate) fn push(&mut self, line: Vec<String>) {
        self.lines.push(line);
    }

    pub(crate) fn render(&self) -> String {
        let columns = self.lines[0].len();
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        let mut text = String::new();
        for (number, line) in self.lines.iter().enumerate() {
            text.push('|');
            for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
                let _ = match column {
                    0 => write!(text, " {cell:<width$} |"),
                    _ => write!(text, " {cell:>width$} |"),
                };
            }
            text.push('\n');
            if number == 0 {
                text.push_str(&rule(&widths));
            }
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0).max(2)
    }
}

fn rule(widths: &[usize]) -> String {
    let mut text = String::from("|");
    for (column, &width) in widths.iter().enumerate() {
        let dashes = "-".repeat(width);
        let _ = match column {
            0 => write!(text, " {dashes} |"),
            _ => write!(text, " {}: |", &dashes[1..]),
        };
    }
    text.push('\n');
    text
}

/// A number with three digits or so, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    if value.abs() < 9.995 {
        return format!("{value:.2}");
    }
    if value.abs() < 99.95 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Table, number};

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(vec!["who".into(), "ns".into()]);
        table.push(vec!["the floor".into(), "1,234".into()]);
        let text = "| who       |    ns |\n| --------- | ----: |\n| the floor | 1,234 |\n";
        assert_eq!(table.render(), text);
    }

    #[test]
    fn numbers_are_as_long_as_they_need_to_be() {
        let texts = [1.0, 12.34, 123.4, 1234.5, 1234567.0].map(number);
        assert_eq!(texts, ["1.00", "12.3", "123", "1,234", "1,234,567"]);
    }
}
