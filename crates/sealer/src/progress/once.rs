//! Whoever moves bytes may say more than once that the last one has arrived; people want to read it once.

use sealer_model::event::{Event, Listener, Transfer};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Tells each ending of a transfer once. A transfer that begins again may end again.
pub(super) fn once(listener: Listener) -> Listener {
    let ended: Mutex<HashSet<Transfer>> = Mutex::default();
    Listener::new(move |event| {
        if let Event::Bytes { transfer, done, total } = &event {
            let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
            let news = if *total == Some(*done) {
                ended.insert(transfer.clone())
            } else {
                ended.remove(transfer);
                true
            };
            if !news {
                return;
            }
        }
        listener.tell(event);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn an_ending_is_told_once_and_again_after_a_new_beginning() {
        let told: Arc<Mutex<Vec<u64>>> = Arc::default();
        let notes = Arc::clone(&told);
        let listener = once(Listener::new(move |event| {
            if let Event::Bytes { done, .. } = event {
                notes.lock().unwrap().push(done);
            }
        }));
        let transfer = Transfer { title: "save".into(), host: None, digest: None };
        for done in [5, 10, 10, 1, 10, 10] {
            let transfer = transfer.clone();
            listener.tell(Event::Bytes { transfer, done, total: Some(10) });
        }
        assert_eq!(*told.lock().unwrap(), [5, 10, 1, 10]);
    }
}
