//! What whoever starts a node is told.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::{options_at, shared};
use hallway_adapter_redis::{ConnectError, RedisNode, RedisOptions};
use hallway_domain::ports::EventBus as _;
use hallway_test_support::services::redis::OwnServer;

async fn problem(options: &RedisOptions) -> ConnectError {
    match RedisNode::connect(options).await {
        Ok(_) => panic!("connected"),
        Err(error) => error,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there() {
    let began = Instant::now();
    let error = problem(&options_at("redis://127.0.0.1:1")).await;
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_there_who_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let mut options = options_at(&format!("redis://127.0.0.1:{port}"));
    options.connect_timeout = Duration::from_millis(500);
    let began = Instant::now();
    let error = problem(&options).await;
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(3), "took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_or_no_password() {
    let server = OwnServer::with(&["--requirepass", "secret-of-the-server"]).expect("a server");
    let address = server.url();
    let place = address.trim_start_matches("redis://");
    for credentials in ["", ":wrong-guess@", "somebody:wrong-guess@"] {
        let error = problem(&options_at(&format!("redis://{credentials}{place}"))).await;
        assert!(matches!(error, ConnectError::Refused(_)), "{credentials}: {error:?}");
        assert!(!error.to_string().contains("guess"), "{error}");
    }
    let options = options_at(&format!("redis://:secret-of-the-server@{place}"));
    assert!(!format!("{options:?}").contains("secret"));
    shared(&options).await.bus().health().await.expect("is well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_an_address() {
    for url in ["", "localhost", "http://localhost", "redis://"] {
        let error = problem(&options_at(url)).await;
        assert!(matches!(error, ConnectError::Address(_) | ConnectError::Unreachable(_)), "{url}: {error:?}");
    }
    let error = problem(&options_at("my-secret-as-a-scheme-by-mistake@host")).await;
    assert!(!error.to_string().contains("mistake"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_start_is_waited_for_by_nobody() {
    let server = OwnServer::start().expect("a server");
    server.command(&["CLIENT", "PAUSE", "5000", "ALL"]);
    let mut options = options_at(&server.url());
    options.connect_timeout = Duration::from_millis(500);
    let error = problem(&options).await;
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}
