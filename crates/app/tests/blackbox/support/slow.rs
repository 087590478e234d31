//! A client that reads only when the test does.

use std::convert::Infallible;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, Ready};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::socket::shake_hands;
use super::{Account, DEADLINE, Server, kind};

pub(crate) struct SlowSocket {
    pub(crate) stream: WebSocketStream<TcpStream>,
}

impl SlowSocket {
    /// As a client connects that knows Hallway.
    pub(crate) async fn open(server: &Server, account: &Account) -> Self {
        let protocols = format!("hallway.v1, bearer.{}", account.access);
        let socket = TcpSocket::new_v4().expect("a socket");
        // What it does not read is to wait at the server, not in this machine's buffers.
        socket.set_recv_buffer_size(32 * 1024).expect("a buffer size");
        let tcp = socket.connect(server.address.parse().expect("an address")).await.expect("the server listens");
        let stream = shake_hands(server, tcp, "/ws", &[("sec-websocket-protocol", &protocols)]).await;
        Self { stream: stream.expect("the handshake succeeds") }
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        self.stream.send(Message::text(frame.to_string())).await.expect("the connection is open");
    }

    /// The next frame; heartbeats are answered.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let message = timeout(DEADLINE, self.stream.next()).await.expect("something comes in time");
            match message.expect("the connection is open").expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).expect("frames are JSON"),
                Message::Close(close) => panic!("closed: {close:?}"),
                _ => self.stream.flush().await.expect("the connection is open"),
            }
        }
    }

    pub(crate) async fn next_of(&mut self, expected: &str) -> Value {
        loop {
            let frame = self.next().await;
            if kind(&frame) == expected {
                return frame;
            }
        }
    }

    /// Bytes as they are, past the WebSocket layer.
    pub(crate) async fn write_raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes).await
    }

    /// Writes the same bytes over and over and reads nothing. Waits where nothing more can be written: a server that
    /// has hung up takes no bytes, and it depends on what it had yet to read whether the client gets an error (a
    /// reset) or a closed window, which the kernel probes for minutes.
    pub(crate) async fn flood(&self, bytes: &[u8]) -> Infallible {
        let tcp = self.stream.get_ref();
        let mut rest = bytes;
        loop {
            let written = match tcp.writable().await {
                Ok(()) => tcp.try_write(rest),
                Err(error) => Err(error),
            };
            match written {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => std::future::pending().await,
            }
            if rest.is_empty() {
                rest = bytes;
            }
            // Others have their turn, however fast the server reads.
            tokio::task::yield_now().await;
        }
    }

    /// Whether the server has ended the TCP connection, seen without reading any of it.
    pub(crate) async fn is_hung_up(&self) -> bool {
        let ready = self.stream.get_ref().ready(Interest::READABLE).await;
        ready.is_ok_and(Ready::is_read_closed)
    }

    /// Reads what comes, without answering any of it, to the end of the TCP connection; the code of the close frame,
    /// if there was one.
    pub(crate) async fn raw_close_code(&mut self) -> Option<u16> {
        let mut bytes = Vec::new();
        let read = self.stream.get_mut().read_to_end(&mut bytes);
        // A reset is an end too: what came before it is looked at.
        let _ = timeout(DEADLINE, read).await.expect("the connection ends in time");
        let mut rest = &bytes[..];
        while let [first, second, tail @ ..] = rest {
            let (extended, length) = match second {
                126 => (2, usize::from(u16::from_be_bytes([*tail.first()?, *tail.get(1)?]))),
                127 => (8, usize::try_from(u64::from_be_bytes(tail.get(..8)?.try_into().ok()?)).ok()?),
                short => (0, usize::from(*short)),
            };
            let payload = tail.get(extended..extended + length)?;
            if first & 0x0f == 8 {
                return Some(u16::from_be_bytes([*payload.first()?, *payload.get(1)?]));
            }
            rest = &tail[extended + length..];
        }
        None
    }
}
