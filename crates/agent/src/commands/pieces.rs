//! A program's output as lines with their ends, cut where a line is longer than a message should be.

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The longest piece in bytes.
const MOST: usize = 16 * 1024;

pub(super) struct Pieces<R> {
    stream: R,
    pending: BytesMut,
}

impl<R: AsyncRead + Unpin> Pieces<R> {
    pub(super) fn of(stream: R) -> Self {
        Self { stream, pending: BytesMut::new() }
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(length) = cut(&self.pending) {
                return Some(text(&self.pending.split_to(length)));
            }
            // A stream that cannot be read any more has ended.
            match self.stream.read_buf(&mut self.pending).await {
                Ok(1..) => {}
                Ok(0) | Err(_) if self.pending.is_empty() => return None,
                Ok(0) | Err(_) => return Some(text(&self.pending.split())),
            }
        }
    }
}

/// How long the next piece is, if it is complete.
fn cut(pending: &[u8]) -> Option<usize> {
    let window = &pending[..pending.len().min(MOST)];
    match window.iter().position(|byte| *byte == b'\n') {
        Some(end) => Some(end + 1),
        None if pending.len() >= MOST => Some(whole_letters(window)),
        None => None,
    }
}

/// The length without a letter that is cut off at the end.
fn whole_letters(window: &[u8]) -> usize {
    match std::str::from_utf8(window) {
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
        _ => window.len(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pieces(text: &[u8]) -> Vec<String> {
        let mut pieces = Pieces::of(text);
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().await {
            all.push(piece);
        }
        all
    }

    #[tokio::test]
    async fn lines_keep_their_ends_and_the_last_one_may_have_none() {
        assert_eq!(pieces(b"one\n\ntwo\r\nthree").await, ["one\n", "\n", "two\r\n", "three"]);
        assert!(pieces(b"").await.is_empty());
    }

    #[tokio::test]
    async fn a_long_line_is_cut_between_letters_and_nothing_is_lost() {
        let line = format!("x{}\n", "ü".repeat(20_000));
        let all = pieces(line.as_bytes()).await;
        assert!(all.len() > 1 && all.iter().all(|piece| piece.len() <= MOST));
        assert_eq!(all.concat(), line);
    }
}
