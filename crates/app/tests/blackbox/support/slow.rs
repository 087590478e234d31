//! A client that reads only when the test does.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
