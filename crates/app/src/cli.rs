//! The command line.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Loaded, Overrides};
use crate::console::{self, UserCommand};
use crate::error::StartError;
use crate::{logging, rest, server, wiring};

/// Rooms, chat and presence, with its own web app.
///
/// Without any option: SQLite and a generated secret in ./data, on http://127.0.0.1:8000.
#[derive(Parser)]
#[command(name = "hallway", version, args_conflicts_with_subcommands = false)]
struct Arguments {
    /// Settings, in TOML; `hallway config docs` lists them
    #[arg(long, global = true, value_name = "FILE", env = "HALLWAY_CONFIG")]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    bind: Option<String>,
    /// Directory of the standalone server: database, secret and lock
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// postgres://.. or sqlite://FILE instead of SQLite in the data directory; better given as DATABASE_URL, since
    /// other users of this machine can see command lines
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default)
    Serve,
    /// Bring the database up to date and stop; serving does so too
    Migrate,
    /// Look after accounts, also while the server runs
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Print the description of the REST API
    Openapi,
    /// Look at the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Validate the configuration and print what is in force, secrets hidden, with its sources
    Check,
    /// Print the documentation of all settings
    Docs,
}

/// Exit status of a configuration or command line that cannot be used.
const UNUSABLE: u8 = 2;

/// The `hallway` command. 0: ended as it should; 1: failed; 2: configured in a way that cannot be.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match obey(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain("error", &error.to_string());
            ExitCode::from(if matches!(error, StartError::Config(_)) { UNUSABLE } else { 1 })
        }
    }
}

fn obey(arguments: &Arguments) -> Result<(), StartError> {
    match &arguments.command {
        Some(Command::Openapi) => print(&openapi()),
        Some(Command::Config { command: ConfigCommand::Docs }) => print(&config::markdown()),
        Some(Command::Config { command: ConfigCommand::Check }) => {
            let loaded = load(arguments)?;
            for warning in &loaded.warnings {
                complain("warning", warning);
            }
            print(&loaded.describe());
        }
        Some(Command::Migrate) => {
            let config = load(arguments)?.config;
            logging::start(&config.log);
            in_runtime(wiring::migrate(config))?;
            print("The database is up to date.\n");
        }
        Some(Command::User { command }) => {
            let config = load(arguments)?.config;
            logging::start(&config.log);
            in_runtime(console::obey(config, command))?;
        }
        Some(Command::Serve) | None => {
            let loaded = load(arguments)?;
            logging::start(&loaded.config.log);
            for warning in &loaded.warnings {
                tracing::warn!("{warning}");
            }
            in_runtime(server::serve(loaded.config))?;
        }
    }
    Ok(())
}

fn load(arguments: &Arguments) -> Result<Loaded, StartError> {
    let overrides = Overrides {
        file: arguments.config.clone(),
        bind: arguments.bind.clone(),
        data_dir: arguments.data_dir.clone(),
        database_url: arguments.database_url.clone(),
    };
    Ok(config::load(&overrides, &config::environment())?)
}

fn in_runtime(work: impl Future<Output = Result<(), StartError>>) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartError::Start(format!("no threads: {error}")))?;
    let end = runtime.block_on(work);
    // What had to be finished is; a second signal does not wait for the rest.
    runtime.shutdown_background();
    end
}

/// The document as it is committed.
fn openapi() -> String {
    let mut text = rest::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Writes to stdout; a reader that closed it early got what it wanted.
pub(crate) fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

fn complain(kind: &str, text: &str) {
    let _ = writeln!(io::stderr().lock(), "{kind}: {text}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_description_of_the_api_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == openapi(),
            "docs/api/openapi.json differs from the routes: run `cargo run -- openapi > docs/api/openapi.json`"
        );
    }
}
