use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::*;

const SETTINGS: MailboxSettings = MailboxSettings { max_bytes: 20, ephemeral_bytes: 10, low_water_bytes: 5 };

fn mailbox() -> Mailbox {
    Mailbox::with_farewell(SETTINGS, Bytes::from_static(b"slow"))
}

fn drain(mailbox: &Mailbox) -> Poll<Option<Bytes>> {
    mailbox.poll_drain(&mut Context::from_waker(Waker::noop()))
}

fn ready(text: &'static str) -> Poll<Option<Bytes>> {
    Poll::Ready(Some(Bytes::from_static(text.as_bytes())))
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn order_in_is_order_out_in_one_chunk() {
    let mailbox = mailbox();
    mailbox.push("a".into());
    mailbox.push_ephemeral(1, "b".into());
    mailbox.push("c".into());
    assert_eq!(mailbox.queued_bytes(), 3);
    assert_eq!(drain(&mailbox), ready("abc"));
    assert_eq!(drain(&mailbox), Poll::Pending);
    assert_eq!(mailbox.queued_bytes(), 0);
}

#[test]
fn a_single_entry_is_not_copied() {
    let mailbox = mailbox();
    let frames = Bytes::from(vec![b'x'; 100]);
    mailbox.push(frames.clone());
    let Poll::Ready(Some(chunk)) = drain(&mailbox) else { panic!("it is there") };
    assert_eq!(chunk.as_ptr(), frames.as_ptr());
}

#[test]
fn chunks_are_bounded() {
    let mailbox = Mailbox::new(MailboxSettings { max_bytes: usize::MAX, ..SETTINGS });
    let half = Bytes::from(vec![b'x'; Mailbox::CHUNK / 2]);
    for _ in 0..3 {
        mailbox.push(half.clone());
    }
    mailbox.push("tail".into());
    let sizes: Vec<usize> = std::iter::from_fn(|| match drain(&mailbox) {
        Poll::Ready(Some(chunk)) => Some(chunk.len()),
        _ => None,
    })
    .collect();
    assert_eq!(sizes, [Mailbox::CHUNK, Mailbox::CHUNK / 2 + 4]);
}

#[test]
fn overflowing_drops_what_waits_and_says_farewell() {
    let mailbox = mailbox();
    assert_eq!(mailbox.offer(Bytes::from(vec![b'x'; 19])), Offered::Taken);
    assert_eq!(mailbox.offer("y".into()), Offered::Taken);
    assert_eq!(mailbox.offer("z".into()), Offered::Overflowed);
    assert_eq!(mailbox.offer("z".into()), Offered::Refused);
    assert_eq!(mailbox.closed(), Some(Disconnect::TooSlow));
    assert_eq!(drain(&mailbox), ready("slow"));
    assert_eq!(drain(&mailbox), Poll::Ready(None));
    assert_eq!(drain(&mailbox), Poll::Ready(None));
}

#[test]
fn an_empty_mailbox_takes_any_frame() {
    let mailbox = mailbox();
    assert_eq!(mailbox.offer(Bytes::from(vec![b'x'; 1000])), Offered::Taken);
    assert_eq!(mailbox.offer("y".into()), Offered::Overflowed);
}

#[test]
fn of_one_key_the_newest_waits_in_its_own_place() {
    let mailbox = mailbox();
    mailbox.push_ephemeral(1, "a1".into());
    mailbox.push_ephemeral(2, "b1".into());
    mailbox.push("-".into());
    mailbox.push_ephemeral(1, "a2".into());
    assert_eq!(mailbox.queued_bytes(), 5);
    assert_eq!(drain(&mailbox), ready("b1-a2"));
    mailbox.push_ephemeral(1, "a3".into());
    assert_eq!(drain(&mailbox), ready("a3"));
}

#[test]
fn ephemeral_frames_are_dropped_first() {
    let mailbox = mailbox();
    mailbox.push("12345678".into());
    mailbox.push_ephemeral(1, "eph".into());
    mailbox.push_ephemeral(2, "too much".into());
    assert_eq!(mailbox.queued_bytes(), 11);
    mailbox.push("abcdefghij".into());
    assert_eq!(mailbox.closed(), None);
    assert_eq!(drain(&mailbox), ready("12345678abcdefghij"));
}

#[test]
fn closing_writes_what_waits_and_then_the_last_bytes() {
    let mailbox = mailbox();
    mailbox.push("waits ".into());
    mailbox.close(Disconnect::Drain, "last".into());
    mailbox.close(Disconnect::TooSlow, "later".into());
    mailbox.push("more".into());
    mailbox.push_ephemeral(1, "more".into());
    assert_eq!(mailbox.closed(), Some(Disconnect::Drain));
    assert_eq!(drain(&mailbox), ready("waits last"));
    assert_eq!(drain(&mailbox), Poll::Ready(None));
}

#[test]
fn closing_as_too_slow_drops_what_waits() {
    let mailbox = mailbox();
    mailbox.push("waits ".into());
    mailbox.close(Disconnect::TooSlow, "last".into());
    assert_eq!(drain(&mailbox), ready("last"));
    assert_eq!(drain(&mailbox), Poll::Ready(None));
}

#[test]
fn the_reader_is_woken_once_per_wait() {
    let mailbox = mailbox();
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let poll = || mailbox.poll_drain(&mut Context::from_waker(&waker));
    assert_eq!(poll(), Poll::Pending);
    mailbox.push("a".into());
    mailbox.push("b".into());
    assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    assert_eq!(poll(), ready("ab"));
    assert_eq!(poll(), Poll::Pending);
    mailbox.push_ephemeral(1, "c".into());
    assert_eq!(counter.0.load(Ordering::Relaxed), 2);
    assert_eq!(poll(), ready("c"));
    assert_eq!(poll(), Poll::Pending);
    mailbox.close(Disconnect::Drain, Bytes::new());
    assert_eq!(counter.0.load(Ordering::Relaxed), 3);
    assert_eq!(poll(), Poll::Ready(None));
}

#[tokio::test]
async fn writable_waits_for_the_reader() {
    let mailbox = mailbox();
    mailbox.writable().await;
    mailbox.push("123456".into());
    mailbox.push("7".into());
    let mut writable = Box::pin(mailbox.writable());
    assert_eq!(futures_poll(writable.as_mut()), Poll::Pending);
    assert!(drain(&mailbox).is_ready());
    assert_eq!(futures_poll(writable.as_mut()), Poll::Ready(()));
}

#[tokio::test]
async fn closing_ends_every_wait() {
    let mailbox = mailbox();
    mailbox.push(Bytes::from(vec![b'x'; 15]));
    let (mut writable, mut closed) = (Box::pin(mailbox.writable()), Box::pin(mailbox.on_close()));
    assert_eq!(futures_poll(writable.as_mut()), Poll::Pending);
    assert_eq!(futures_poll(closed.as_mut()), Poll::Pending);
    mailbox.push(Bytes::from(vec![b'x'; 15]));
    assert_eq!(futures_poll(writable.as_mut()), Poll::Ready(()));
    assert_eq!(futures_poll(closed.as_mut()), Poll::Ready(Disconnect::TooSlow));
    assert_eq!(mailbox.on_close().await, Disconnect::TooSlow);
}

fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_shorter_frame_in_the_place_of_a_longer_one_wakes_who_waits_to_write() {
    let mailbox = mailbox();
    mailbox.push("1234".into());
    mailbox.push_ephemeral(1, "long".into());
    let mut writable = pin!(mailbox.writable());
    let mut waits = || writable.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
    assert!(waits());
    mailbox.push_ephemeral(1, "s".into());
    assert_eq!(mailbox.queued_bytes(), SETTINGS.low_water_bytes);
    assert_eq!(drain(&mailbox), ready("1234s"));
    assert!(!waits());
}

#[test]
fn what_comes_during_a_hold_goes_out_after_what_it_is_released_with() {
    let mailbox = Arc::new(mailbox());
    mailbox.push("a".into());
    let hold = mailbox.hold();
    mailbox.push("c".into());
    assert_eq!(drain(&mailbox), ready("a"));
    assert_eq!(drain(&mailbox), Poll::Pending);
    mailbox.push("d".into());
    hold.release("b".into());
    assert_eq!(drain(&mailbox), ready("bcd"));
    assert_eq!(mailbox.queued_bytes(), 0);
    mailbox.push("e".into());
    assert_eq!(drain(&mailbox), ready("e"), "nothing is held any more");
}

#[test]
fn a_hold_wakes_the_reader_when_it_ends_and_not_before() {
    let mailbox = Arc::new(mailbox());
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let poll = || mailbox.poll_drain(&mut Context::from_waker(&waker));
    let hold = mailbox.hold();
    assert_eq!(poll(), Poll::Pending);
    mailbox.push("x".into());
    assert_eq!(poll(), Poll::Pending);
    let before = counter.0.load(Ordering::Relaxed);
    drop(hold);
    assert_eq!(counter.0.load(Ordering::Relaxed), before + 1);
    assert_eq!(poll(), ready("x"));
}

#[test]
fn the_place_of_a_hold_stays_when_frames_before_it_go() {
    let mailbox = Arc::new(mailbox());
    mailbox.push_ephemeral(1, "old".into());
    mailbox.push("a".into());
    let hold = mailbox.hold();
    mailbox.push_ephemeral(1, "new".into());
    mailbox.push_ephemeral(2, "two".into());
    hold.release("b".into());
    assert_eq!(drain(&mailbox), ready("abnewtwo"));

    let hold = mailbox.hold();
    mailbox.push_ephemeral(1, "dropped".into());
    mailbox.push("123456789".into());
    mailbox.push("0123456789".into());
    hold.release("b".into());
    assert_eq!(drain(&mailbox), ready("b1234567890123456789"), "what must arrive takes the room of what need not");
}

#[test]
fn what_is_held_is_bounded_and_the_end_releases_it() {
    let mailbox = Arc::new(mailbox());
    let hold = mailbox.hold();
    mailbox.push(Bytes::from(vec![b'x'; 15]));
    mailbox.push(Bytes::from(vec![b'x'; 15]));
    assert_eq!(mailbox.closed(), Some(Disconnect::TooSlow));
    hold.release("late".into());
    assert_eq!(drain(&mailbox), ready("slow"));

    let mailbox = Arc::new(self::mailbox());
    let hold = mailbox.hold();
    mailbox.push("held".into());
    mailbox.close(Disconnect::Drain, "bye".into());
    assert_eq!(drain(&mailbox), ready("heldbye"));
    hold.release("late".into());
    assert_eq!(drain(&mailbox), Poll::Ready(None));
}
