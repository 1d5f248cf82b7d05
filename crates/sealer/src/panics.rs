//! A panic is a bug of ours. It is told like every other failure, with the place it happened at, and ends the process with a
//! code of its own, wherever in the process it happened.

use crate::failure::Failure;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

/// Remembers the first panic.
pub(crate) struct Panics(Arc<Mutex<Option<String>>>);

impl Panics {
    /// From now on panics are remembered, not printed.
    pub(crate) fn watch() -> Self {
        let first: Arc<Mutex<Option<String>>> = Arc::default();
        let memory = Arc::clone(&first);
        panic::set_hook(Box::new(move |panic| {
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.get_or_insert_with(|| panic.to_string());
        }));
        Self(first)
    }

    /// Runs something; a panic in it, or in a task whose end it waited for, becomes a failure.
    ///
    /// # Errors
    /// The failure of what was run, or the bug.
    pub(crate) fn catch<T>(&self, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        match panic::catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(failure)) => Err(self.first().unwrap_or(failure)),
            Err(_) => Err(self.first().unwrap_or_else(|| Failure::bug("sealer panicked"))),
        }
    }

    fn first(&self) -> Option<Failure> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        first.map(Failure::bug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_panic_is_a_bug_with_its_place() {
        let usual = panic::take_hook();
        let panics = Panics::watch();
        let result: Result<(), Failure> = panics.catch(|| panic!("the sky fell"));
        panic::set_hook(usual);
        let failure = result.unwrap_err();
        assert_eq!(failure.kind, Exit::Bug);
        assert!(failure.causes[0].contains("the sky fell"), "{failure:?}");
        assert!(failure.causes[0].contains("panics.rs"), "{failure:?}");
    }
}
