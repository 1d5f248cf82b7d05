//! The known name that a mistyped one was probably meant to be.

/// The known name at the smallest edit distance, if it is near enough to be a slip of the finger.
#[must_use]
pub fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if typed.chars().count() > LONGEST {
        return None;
    }
    let allowed = if typed.chars().count() <= 3 { 1 } else { 2 };
    known
        .iter()
        .map(|name| (distance(typed, name), *name))
        .min()
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, name)| name)
}

/// Insertions, deletions and substitutions that turn one word into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, right) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_finds_its_word_and_another_word_does_not() {
        let known = ["COPY", "APP", "LAUNCH", "KUBEVERSION"];
        assert_eq!(nearest("COPPY", &known), Some("COPY"));
        assert_eq!(nearest("LUANCH", &known), Some("LAUNCH"));
        assert_eq!(nearest("WORKDIR", &known), None);
        assert_eq!(nearest(&"A".repeat(5000), &known), None);
    }
}
