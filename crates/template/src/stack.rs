//! The stack, watched: templates call one another, so a hostile one could overflow it and take the process along. Depth is measured
//! in bytes, by the address of a local variable, because a count would have to fit the worst build and the smallest thread.

use std::cell::Cell;
use std::thread;

/// Bytes of the stack of [`on_large_stack`]; the operating system gives only those that are touched.
const LARGE: usize = 512 << 20;

/// Bytes that may be used on a thread of unknown size; the smallest threads in use have two megabytes.
const SMALL: usize = 1 << 20;

/// Bytes kept for what is called at the deepest point.
const RESERVE: usize = 1 << 20;

thread_local! {
    static LOWEST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs work on a thread with a stack that holds as many templates within one another as Helm allows. Elsewhere a rendering may
/// use one megabyte, which is enough for all but recursive templates.
///
/// # Errors
/// The operating system has no further thread to give.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    thread::scope(|scope| {
        let handle =
            thread::Builder::new().name("templates".to_owned()).stack_size(LARGE).spawn_scoped(scope, || {
                LOWEST.set(Some(here().saturating_sub(LARGE - RESERVE)));
                work()
            })?;
        Ok(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The lowest address that the stack may reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floor(usize);

impl Floor {
    /// That of this thread, seen from here.
    pub(crate) fn of_this_thread() -> Self {
        Self(LOWEST.get().unwrap_or_else(|| here().saturating_sub(SMALL)))
    }

    /// Whether it is reached.
    pub(crate) fn is_reached(self) -> bool {
        here() < self.0
    }
}

/// An address in the current frame of the stack.
#[inline(never)]
fn here() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}

#[cfg(test)]
mod tests {
    use super::{Floor, on_large_stack};

    fn depth(floor: Floor) -> u64 {
        if floor.is_reached() { 0 } else { 1 + std::hint::black_box(depth(floor)) }
    }

    #[test]
    fn recursion_stops_before_the_stack_ends() {
        let small = depth(Floor::of_this_thread());
        let large = on_large_stack(|| depth(Floor::of_this_thread())).unwrap();
        assert!(small > 100);
        assert!(large > 100 * small, "{large} is not much more than {small}");
    }
}
