//! An error with everything that led to it, in one line: for records, for messages that travel between machines, and for answers that
//! have room for one sentence.

/// The error and its causes, from the outermost to the innermost: `cannot pull a: connection refused`.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot pull a")]
    struct Outer {
        source: std::io::Error,
    }

    #[test]
    fn causes_follow_what_they_led_to() {
        let error = Outer { source: std::io::Error::other("connection refused") };
        assert_eq!(chain(&error), "cannot pull a: connection refused");
    }
}
