//! Real services for tests, behind the feature `services`.

mod docker;
mod dump;
pub mod postgres;
pub mod redis;

pub use dump::dump;

use std::net::TcpListener;
use std::thread;

/// What a step found out: a server's URL, or why it is not the one.
type Found = Result<String, String>;

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Runs to the end on a thread and runtime of its own: whose test asks first must not matter, and a test's runtime may
/// end at any time.
fn blocking<T, F>(work: impl FnOnce() -> F + Send + 'static) -> T
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work())
    };
    thread::spawn(run).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
