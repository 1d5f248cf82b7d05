//! Lists in pages: `?n=` entries after `?last=`, with a link to the next page.

use crate::refusal::Refusal;
use axum::http::StatusCode;

/// One page of a sorted list, and whether there is more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) entries: Vec<String>,
    pub(crate) more: bool,
}

/// Cuts a page out of a list, which must be sorted.
///
/// # Errors
/// When the number is none.
pub(crate) fn page(sorted: Vec<String>, number: Option<&str>, last: Option<&str>) -> Result<Page, Refusal> {
    let number = number.map(parse).transpose()?;
    let after = |entry: &String| last.is_none_or(|last| entry.as_str() > last);
    let mut entries: Vec<String> = sorted.into_iter().filter(after).collect();
    let number = number.unwrap_or(entries.len());
    // A page of nothing has no last entry, and so no next page.
    let more = number > 0 && entries.len() > number;
    entries.truncate(number);
    Ok(Page { entries, more })
}

fn parse(number: &str) -> Result<usize, Refusal> {
    number.parse().map_err(|_| {
        let message = format!("n={number} is not a number of entries");
        Refusal::new(StatusCode::BAD_REQUEST, "PAGINATION_NUMBER_INVALID", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(number: Option<&str>, last: Option<&str>) -> (String, bool) {
        let sorted = ["a", "b", "d"].map(str::to_owned).to_vec();
        let page = page(sorted, number, last).unwrap();
        (page.entries.concat(), page.more)
    }

    #[test]
    fn a_page_starts_after_the_last_entry_of_the_one_before() {
        let cases = [
            (None, None, "abd", false),
            (Some("2"), None, "ab", true),
            (Some("2"), Some("b"), "d", false),
            (Some("1"), Some("c"), "d", false),
            (Some("3"), None, "abd", false),
            (Some("9"), Some("x"), "", false),
            (Some("0"), None, "", false),
        ];
        for (number, last, entries, more) in cases {
            let expected = (entries.to_owned(), more);
            assert_eq!(cut(number, last), expected, "{number:?} {last:?}");
        }
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for number in ["", "-1", "x", "99999999999999999999999"] {
            assert!(page(Vec::new(), Some(number), None).is_err(), "{number}");
        }
    }
}
