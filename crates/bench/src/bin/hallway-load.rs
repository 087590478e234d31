//! Loads a chat server and checks what it does. `hallway-load help` lists the scenarios.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use hallway_bench::load::options::{Common, Options};
use hallway_bench::load::{self, LoadError, Report};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let options = Options::parse();
    load::raise_open_files();
    let common = options.common.clone();
    match runtime(common.threads)
        .map_err(|error| LoadError::Setup(error.to_string()))
        .and_then(|it| start(&it, options))
    {
        Ok(report) => {
            if let Err(error) = write(&common, &report) {
                return fail(&format!("the result cannot be written: {error}"));
            }
            if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => fail(&error.to_string()),
    }
}

fn runtime(threads: usize) -> std::io::Result<Runtime> {
    if threads <= 1 {
        return Builder::new_current_thread().enable_all().build();
    }
    Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

fn start(runtime: &Runtime, options: Options) -> Result<Report, LoadError> {
    runtime.block_on(async move {
        let stop = CancellationToken::new();
        let ctrl_c = stop.clone();
        let mut signals = JoinSet::new();
        signals.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                ctrl_c.cancel();
            }
        });
        load::run(options, stop).await
    })
}

fn write(common: &Common, report: &Report) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let Some(path) = &common.json else { return out.write_all(report.table().as_bytes()) };
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    if path.as_os_str() == "-" {
        return out.write_all(&json);
    }
    std::fs::write(path, json)?;
    out.write_all(report.table().as_bytes())
}

#[expect(clippy::print_stderr, reason = "a program for the command line says why it failed")]
fn fail(why: &str) -> ExitCode {
    eprintln!("hallway-load: {why}");
    ExitCode::from(2)
}
