//! `hallway user ..`: accounts, by whoever has a shell on the server's machine.

use std::fmt::Write as _;
use std::io::Read as _;
use std::time::Duration;

use clap::Subcommand;
use hallway_application::{Error, Operator, Register};
use hallway_domain::ports::AccountFilter;
use hallway_domain::{Email, FullName, PageRequest, User, Username};

use crate::cli::print;
use crate::config::Config;
use crate::error::StartError;
use crate::wiring::{self, Console};

/// What can be done. Names are usernames.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List accounts
    List {
        /// Only those that are disabled
        #[arg(long)]
        disabled: bool,
    },
    /// Make an account; its password is made up and printed, unless it comes on standard input
    Create {
        name: String,
        #[arg(long)]
        email: Option<String>,
        #[arg(long)]
        full_name: Option<String>,
        /// Make it an administrator; the first account of a server is one anyway
        #[arg(long)]
        admin: bool,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Disable an account: its sessions end, its sockets are closed, nobody can sign in to it
    Disable { name: String },
    /// Enable an account again
    Enable { name: String },
    /// Make somebody an administrator
    Promote { name: String },
    /// Make somebody no administrator any more
    Demote { name: String },
    /// Set another password and end all sessions; it is made up and printed, unless it comes on standard input
    ResetPassword {
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take the second factor away from somebody who has lost it
    RemoveTotp { name: String },
    /// Erase an account for good
    Erase {
        name: String,
        /// Without this, only says what would happen
        #[arg(long)]
        yes: bool,
    },
}

/// Rows that are listed in one go.
const PAGE: u32 = 200;
/// Until every running server has seen that the sessions of an account have ended: before its rows go.
const SEEN_WITHIN: Duration = Duration::from_secs(2);
const OPERATOR: Operator<'_> = Operator::Console;

fn refused(error: Error) -> StartError {
    match error {
        Error::Internal(detail) | Error::Unavailable(detail) => StartError::Refused(detail),
        other => StartError::Refused(other.to_string()),
    }
}

/// Does one command and says what was done.
pub(crate) async fn obey(config: Config, command: &UserCommand) -> Result<(), StartError> {
    let console = wiring::operate(config).await?;
    let done = run(&console, command).await;
    console.close().await?;
    done
}

async fn run(console: &Console, command: &UserCommand) -> Result<(), StartError> {
    let accounts = console.app.accounts();
    match command {
        UserCommand::List { disabled } => return list(console, disabled.then_some(true)).await,
        UserCommand::Create { name, email, full_name, admin, password_stdin } => {
            let invalid = |error: hallway_domain::InvalidText| refused(error.into());
            let password = Given::read(console, *password_stdin)?;
            let command = Register {
                username: Username::parse(name).map_err(invalid)?,
                email: email.as_deref().map(Email::parse).transpose().map_err(invalid)?,
                full_name: full_name.as_deref().map(FullName::parse).transpose().map_err(invalid)?,
                password: password.text.clone(),
            };
            let user = accounts.create(OPERATOR, command, *admin).await.map_err(refused)?;
            let rank = if user.is_admin { "administrator" } else { "user" };
            print(&format!("Made {rank} {} ({}).\n{}", user.username, user.id, password.line()));
        }
        UserCommand::Disable { name } | UserCommand::Enable { name } => {
            let disable = matches!(command, UserCommand::Disable { .. });
            let user = find(console, name).await?;
            let user = accounts.set_disabled(OPERATOR, user.id, disable).await.map_err(refused)?;
            print(&format!("{} is {}.\n", user.username, if user.disabled { "disabled" } else { "enabled" }));
        }
        UserCommand::Promote { name } | UserCommand::Demote { name } => {
            let promote = matches!(command, UserCommand::Promote { .. });
            let user = find(console, name).await?;
            let user = accounts.set_admin(OPERATOR, user.id, promote).await.map_err(refused)?;
            let rank = if user.is_admin { "an administrator" } else { "no administrator" };
            print(&format!("{} is {rank}.\n", user.username));
        }
        UserCommand::ResetPassword { name, password_stdin } => {
            let user = find(console, name).await?;
            let password = Given::read(console, *password_stdin)?;
            let ended = accounts.reset_password(OPERATOR, &user, password.text.clone()).await.map_err(refused)?;
            print(&format!("{} has another password; {ended} sessions ended.\n{}", user.username, password.line()));
        }
        UserCommand::RemoveTotp { name } => {
            let user = find(console, name).await?;
            let was = accounts.take_second_factor(OPERATOR, user.id).await.map_err(refused)?;
            print(&format!("{} has {} second factor.\n", user.username, if was { "no longer a" } else { "no" }));
        }
        UserCommand::Erase { name, yes } => {
            let user = find(console, name).await?;
            if !yes {
                let text = "Would erase {} ({}) with all messages and files, for good. Say --yes to do it.\n";
                print(&text.replacen("{}", user.username.as_str(), 1).replacen("{}", &user.id.to_string(), 1));
                return Ok(());
            }
            accounts.request_erasure(OPERATOR, user.id).await.map_err(refused)?;
            tokio::time::sleep(SEEN_WITHIN).await;
            accounts.finish_erasures().await.map_err(refused)?;
            print(&format!("Erased {} ({}).\n", user.username, user.id));
        }
    }
    Ok(())
}

async fn find(console: &Console, name: &str) -> Result<User, StartError> {
    let unknown = || StartError::Refused(format!("there is no account {name}"));
    let username = Username::parse(name).map_err(|_| unknown())?;
    match console.app.accounts().user_by_username(&username).await {
        Err(Error::NotFound(_)) => Err(unknown()),
        other => other.map_err(refused),
    }
}

async fn list(console: &Console, disabled: Option<bool>) -> Result<(), StartError> {
    let filter = AccountFilter { text: None, disabled };
    let mut offset = 0;
    loop {
        let page = PageRequest { offset, ..PageRequest::first(PAGE) };
        let users = console.app.accounts().accounts(OPERATOR, &filter, page).await.map_err(refused)?.items;
        let mut text = String::new();
        for user in &users {
            let marks = [(user.is_admin, "administrator"), (user.disabled, "disabled")];
            let marks: Vec<&str> = marks.into_iter().filter_map(|(on, word)| on.then_some(word)).collect();
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{}\t{}\t{}", user.id, user.username, marks.join(", "));
        }
        print(&text);
        if users.len() < PAGE as usize {
            return Ok(());
        }
        offset += u64::from(PAGE);
    }
}

/// A password, and whether it has to be told.
struct Given {
    text: String,
    is_new: bool,
}

impl Given {
    fn read(console: &Console, from_stdin: bool) -> Result<Self, StartError> {
        if !from_stdin {
            let mut text = String::new();
            for byte in &console.ids.secret()[..12] {
                let _ = write!(text, "{byte:02x}");
            }
            return Ok(Self { text, is_new: true });
        }
        let mut given = String::new();
        // More than the longest password is no password.
        std::io::stdin().lock().take(4096).read_to_string(&mut given)?;
        let line = given.split('\n').next().unwrap_or_default();
        Ok(Self { text: line.strip_suffix('\r').unwrap_or(line).to_owned(), is_new: false })
    }

    /// What to print of it.
    fn line(&self) -> String {
        if self.is_new { format!("Password: {}\n", self.text) } else { String::new() }
    }
}
