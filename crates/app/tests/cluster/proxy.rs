//! A wire to Redis that can be made slow in one direction: what a node publishes comes late.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) struct SlowWire {
    pub(crate) address: String,
    delay: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl SlowWire {
    pub(crate) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let delay = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&delay);
        let task = tokio::spawn(async move {
            // The listener ends with the run, and every connection with its two ends.
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(join(near, target.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, delay, task }
    }

    /// How long each piece is held back on its way there, from now on.
    pub(crate) fn hold_back(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).expect("short");
        self.delay.store(millis, Ordering::Relaxed);
    }
}

impl Drop for SlowWire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(near: TcpStream, target: String, delay: Arc<AtomicU64>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let nothing = Arc::new(AtomicU64::new(0));
    // Either end hanging up ends both.
    let _ = tokio::try_join!(carry(near_in, far_out, &delay), carry(far_in, near_out, &nothing));
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: &AtomicU64) -> io::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let time = Duration::from_millis(delay.load(Ordering::Relaxed));
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        to.write_all(&piece[..length]).await?;
    }
}
