//! The least that a broadcast can cost: one thread writes a frame that was built beforehand to every socket. What
//! `hallway-load --dialect plain listen` counts against it is the ceiling of a server that writes one message at a
//! time, or, with `--batch 16`, sixteen.

use std::io::{self, BufRead as _, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use hallway_bench::load::frame::{opcode, unmasked};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

#[derive(Parser)]
#[command(name = "plain-broadcaster", version)]
struct Options {
    /// Port of 127.0.0.1; 0 takes a free one and prints it.
    #[arg(long, default_value_t = 3200)]
    port: u16,
    /// Begins once so many are connected.
    #[arg(long, default_value_t = 100)]
    sockets: usize,
    /// Bytes of a frame's payload: about what a chat message of 100 characters takes.
    #[arg(long, default_value_t = 230)]
    payload: usize,
    /// Frames in one write.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Writes to each socket a second, so that receivers sleep in between; without it as fast as they are taken.
    #[arg(long)]
    rate: Option<f64>,
    /// Ends after so long.
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    let listener = TcpListener::bind(("127.0.0.1", options.port))?;
    let mut out = io::stdout();
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    out.flush()?;
    let (told, arrivals) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // One that does not get through the handshake is none of the receivers.
            if let Ok(stream) = greet(stream)
                && told.send(stream).is_err()
            {
                return;
            }
        }
    });
    broadcast(&options, &arrivals);
    Ok(())
}

/// Answers the handshake.
fn greet(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut key = String::new();
    for line in BufReader::new(&stream).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("sec-websocket-key")
        {
            value.trim().clone_into(&mut key);
        }
    }
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    (&stream).write_all(answer.as_bytes())?;
    Ok(stream)
}

fn broadcast(options: &Options, arrivals: &Receiver<TcpStream>) {
    let mut sockets: Vec<TcpStream> = arrivals.iter().take(options.sockets).collect();
    let bytes = unmasked(opcode::TEXT, &vec![b'x'; options.payload]).repeat(options.batch.max(1));
    let begin = Instant::now();
    let end = begin + Duration::from_secs_f64(options.seconds.max(0.0));
    let step = options.rate.map(|rate| Duration::from_secs_f64(1.0 / rate.max(0.001)));
    let mut next = begin;
    while Instant::now() < end && !sockets.is_empty() {
        sockets.retain_mut(|socket| socket.write_all(&bytes).is_ok());
        if let Some(step) = step {
            next += step;
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }
}
