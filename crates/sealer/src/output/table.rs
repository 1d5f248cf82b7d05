//! Tables for people: columns as wide as their widest cell, two spaces between, nothing at the end of a line.

/// A table; the first row may be the columns' names. All rows have as many cells as the first.
pub(crate) fn table(rows: &[impl AsRef<[String]>]) -> String {
    let columns = rows.first().map_or(0, |row| row.as_ref().len());
    let width = |column: usize| rows.iter().map(|row| row.as_ref()[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    rows.iter().map(|row| line(row.as_ref(), &widths)).collect()
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
