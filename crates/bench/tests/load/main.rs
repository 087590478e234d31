//! The load tool against the real server, small: what it finds, not how fast.

mod server;

use hallway_bench::load::options::Options;
use hallway_bench::load::{self, Report};
use tokio_util::sync::CancellationToken;

use self::server::Server;

/// Runs a scenario as the command line gives it.
async fn run(server: &Server, arguments: &str) -> Report {
    use clap::Parser as _;
    let common = format!(
        "hallway-load --quiet --url {} --server-pid {} --seconds 0.5 --warmup 0.1 --deadline 60 {arguments}",
        server.url,
        server.pid()
    );
    let options = Options::try_parse_from(common.split_whitespace()).expect("a valid command line");
    let report = load::run(options, CancellationToken::new()).await.expect(arguments);
    assert!(!report.incomplete, "{}", report.table());
    report
}

#[track_caller]
fn figure(report: &Report, name: &str) -> f64 {
    let figure = report.figures.iter().find(|figure| figure.name == name);
    figure.unwrap_or_else(|| panic!("no {name}:\n{}", report.table())).value
}

#[track_caller]
fn whole(report: &Report) {
    assert!(report.is_whole(), "{}", report.table());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_finds_a_server_faultless() {
    let server = Server::start();
    for arguments in [
        "fan-out --members 6 --senders 2 --in-flight 4",
        "fan-out --members 3 --rooms 2 --rate 40",
        "--dialect fastroom fan-out --members 4",
    ] {
        let report = run(&server, arguments).await;
        whole(&report);
        let phase = &report.phases[0];
        assert!(phase.messages > 0 && phase.deliveries >= phase.messages, "{}", report.table());
        assert!(phase.each_ms.count == phase.deliveries && phase.each_ms.p99 >= phase.each_ms.p50);
        assert!(phase.cost.server_rss_bytes.is_some_and(|bytes| bytes > 1_000_000));
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["phases"][0]["deliveries"], phase.deliveries);
    }

    let idle = run(&server, "--per-account 2 idle --connections 6 --rooms 2").await;
    whole(&idle);
    assert_eq!((figure(&idle, "connections"), figure(&idle, "still connected")), (6.0, 6.0));

    let storm = run(&server, "join-storm --clients 6").await;
    whole(&storm);
    assert_eq!((figure(&storm, "joined"), figure(&storm, "saw everybody")), (6.0, 6.0));

    let storm = run(&server, "reconnect-storm --clients 4 --rooms 2 --rate 30 --away 0.2").await;
    whole(&storm);
    assert_eq!((figure(&storm, "came back"), figure(&storm, "resets")), (4.0, 0.0));

    let history = run(&server, "history --readers 2 --messages 120").await;
    whole(&history);
    assert!(figure(&history, "pages") > 0.0 && figure(&history, "messages in them") > 0.0, "{}", history.table());

    let mixed = run(&server, "mixed --users 6 --rooms 3 --rooms-each 2 --actions-per-minute 900").await;
    whole(&mixed);
    assert!(mixed.phases[0].deliveries > 0, "{}", mixed.table());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_readers_are_told_from_those_who_read() {
    // Room for five seconds of what is sent, so that those who read are not cut on a slow machine.
    let server = Server::start_with(&[("HALLWAY_WS__WRITE_TIMEOUT_SECONDS", "1")]);
    let report = run(&server, "--message-chars 4000 stalled --members 4 --stalled 2 --rate 50 --patience 40").await;
    whole(&report);
    assert_eq!(report.phases.len(), 2);
    assert!((figure(&report, "stalled readers that were cut") - 2.0).abs() < f64::EPSILON, "{}", report.table());
}

#[tokio::test]
async fn a_server_that_refuses_is_told_of() {
    use clap::Parser as _;
    let command = "hallway-load --quiet --url http://127.0.0.1:9 fan-out";
    let options = Options::try_parse_from(command.split_whitespace()).expect("a valid command line");
    let error = load::run(options, CancellationToken::new()).await.expect_err("nobody listens there");
    assert!(!error.to_string().contains("password"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plain_broadcaster_is_counted() {
    let server = Server::broadcaster(&["--sockets", "3", "--batch", "4", "--rate", "200", "--seconds", "20"]);
    let report = run(&server, "--dialect plain listen --connections 3").await;
    whole(&report);
    assert!(report.phases[0].deliveries > 0, "{}", report.table());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_time_is_up_says_so() {
    use clap::Parser as _;
    let server = Server::start();
    let command =
        format!("hallway-load --quiet --url {} --deadline 3 --seconds 600 --warmup 0 fan-out --members 2", server.url);
    let options = Options::try_parse_from(command.split_whitespace()).expect("a valid command line");
    match load::run(options, CancellationToken::new()).await {
        Ok(report) => assert!(report.incomplete && report.faults.none(), "{}", report.table()),
        // On a slow machine it had not got that far.
        Err(error) => assert!(matches!(error, load::LoadError::Stopped), "{error}"),
    }
}
