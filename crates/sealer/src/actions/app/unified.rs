//! Unified diffs of texts, as `diff -u` writes them, without its heading.

/// Lines around a change.
const AROUND: usize = 3;
/// Comparisons beyond which the middle of two texts counts as replaced as a whole.
const MOST_COMPARISONS: usize = 4_000_000;

/// A line and where it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Both(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// The hunks that lead from one text to the other; nothing where they are equal.
pub(super) fn hunks(old: &str, new: &str) -> String {
    let lines = lines(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>());
    let changed = |line: &Line<'_>| !matches!(line, Line::Both(_));
    let mut text = String::new();
    let mut begin = 0;
    while let Some(first) = lines.iter().skip(begin).position(changed).map(|offset| begin + offset) {
        let start = first.saturating_sub(AROUND).max(begin);
        let end = end_of_hunk(&lines, first);
        text += &hunk(&lines, start, end);
        begin = end;
    }
    text
}

/// Where a hunk ends that has its first change there: behind the last change that no long unchanged stretch separates from it.
fn end_of_hunk(lines: &[Line<'_>], first: usize) -> usize {
    let mut last = first;
    for (index, line) in lines.iter().enumerate().skip(first) {
        match line {
            Line::Both(_) if index > last + 2 * AROUND => break,
            Line::Both(_) => {}
            _ => last = index,
        }
    }
    (last + 1 + AROUND).min(lines.len())
}

/// Which lines count.
type Counts = fn(&Line<'_>) -> bool;

fn hunk(lines: &[Line<'_>], start: usize, end: usize) -> String {
    let is_old: Counts = |line| !matches!(line, Line::New(_));
    let is_new: Counts = |line| !matches!(line, Line::Old(_));
    let (before, within) = (lines.get(..start).unwrap_or_default(), lines.get(start..end).unwrap_or_default());
    let count = |part: &[Line<'_>], counts: Counts| part.iter().filter(|line| counts(line)).count();
    let range = |counts: Counts| {
        let length = count(within, counts);
        format!("{},{length}", count(before, counts) + usize::from(length > 0))
    };
    let mut text = format!("@@ -{} +{} @@\n", range(is_old), range(is_new));
    for line in within {
        let (mark, line) = match line {
            Line::Both(line) => (' ', line),
            Line::Old(line) => ('-', line),
            Line::New(line) => ('+', line),
        };
        text.push(mark);
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Both texts as one: what they share by the longest common sequence of lines.
fn lines<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = (old.len() - head).min(new.len() - head);
    let tail = (0..rest).take_while(|back| old[old.len() - 1 - back] == new[new.len() - 1 - back]).count();
    let mut all: Vec<Line<'a>> = old[..head].iter().map(|line| Line::Both(line)).collect();
    all.extend(middle(&old[head..old.len() - tail], &new[head..new.len() - tail]));
    all.extend(old[old.len() - tail..].iter().map(|line| Line::Both(line)));
    all
}

fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    if old.len().saturating_mul(new.len()) > MOST_COMPARISONS {
        let replaced = old.iter().map(|line| Line::Old(line));
        return replaced.chain(new.iter().map(|line| Line::New(line))).collect();
    }
    let common = common(old, new);
    let (mut row, mut column, mut all) = (0, 0, Vec::new());
    while row < old.len() || column < new.len() {
        let both = row < old.len() && column < new.len() && old[row] == new[column];
        if both {
            all.push(Line::Both(old[row]));
            (row, column) = (row + 1, column + 1);
        } else if row < old.len() && (column == new.len() || common[row + 1][column] >= common[row][column + 1]) {
            all.push(Line::Old(old[row]));
            row += 1;
        } else {
            all.push(Line::New(new[column]));
            column += 1;
        }
    }
    all
}

/// How many lines the ends of both texts share, from each pair of lines on.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            common[row][column] = if old[row] == new[column] {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_hunks() {
        assert_eq!(hunks("a\nb\n", "a\nb\n"), "");
        assert_eq!(hunks("", ""), "");
    }

    #[test]
    fn a_change_is_told_with_what_is_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let expected = "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
        assert_eq!(hunks(old, &old.replace('5', "five")), expected);
    }

    #[test]
    fn changes_far_from_one_another_are_hunks_of_their_own() {
        let old: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let new = old.replace("2\n3\n", "3\n").replace("19\n", "19\nand\n");
        let expected = "@@ -1,5 +1,4 @@\n 1\n-2\n 3\n 4\n 5\n@@ -17,4 +16,5 @@\n 17\n 18\n 19\n+and\n 20\n";
        assert_eq!(hunks(&old, &new), expected);
        assert_eq!(hunks("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(hunks("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
    }
}
