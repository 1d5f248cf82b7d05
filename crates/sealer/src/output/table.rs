//! Tables for people: columns as wide as their widest cell, two spaces between, nothing at the end of a line.

/// A table; the first row may be the columns' names.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| width(column).unwrap_or(0));
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    let line = padded.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let rows = [["NAME", "TAG"], ["nginx", "1"], ["é", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "NAME   TAG\nnginx  1\né\n");
    }
}
