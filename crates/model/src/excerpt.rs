//! How a place in a text file is shown to a person: the numbers, the line as it stands there, and a mark below it. Kubefile
//! and Clusterfile tell their mistakes in this one way.

use std::fmt;

/// A place in a text file; both numbers start at 1, and columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The physical line.
    pub line: usize,
    /// The column in it.
    pub column: usize,
}

/// Longer lines are shown only up to here; the message and the position still tell the place.
const SHOWN: usize = 160;

/// Writes the line and, below it, a mark at the column. Each of the two begins with a line break.
pub(crate) fn write_excerpt(formatter: &mut fmt::Formatter<'_>, text: &str, position: Position) -> fmt::Result {
    let number = position.line.to_string();
    let shown: String = text.chars().take(SHOWN).map(visible).collect();
    write!(formatter, "\n  {number} | {shown}")?;
    if position.column <= SHOWN {
        write!(formatter, "\n  {:>1$} | {2:>3$}", "", number.len(), "^", position.column)?;
    }
    Ok(())
}

/// Control characters would move the cursor of whoever reads the error.
fn visible(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}
