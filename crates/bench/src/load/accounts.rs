//! Accounts and rooms, made by FastRoom's REST routes: Hallway and FastRoom both have them.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::LoadError;
use super::options::Common;

/// Of all accounts of this tool. They are of no use to anybody.
const PASSWORD: &str = "the password of the load";

#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    pub username: String,
    pub access: String,
    /// When the token was given, in seconds of Unix time.
    since: u64,
}

/// Tokens by server and username.
type Kept = BTreeMap<String, BTreeMap<String, Account>>;

/// Of Unix time.
#[expect(clippy::disallowed_methods, reason = "a tool of its own, without ports")]
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Somebody whom the server does not have to know.
fn nobody(place: usize) -> Account {
    Account { username: format!("load_{place}"), access: String::new(), since: 0 }
}

/// So many accounts, signed in.
pub(super) async fn sign_in(http: &Client, common: &Common, count: usize) -> Result<Vec<Account>, LoadError> {
    if !common.dialect.has_accounts() {
        return Ok((0..count).map(nobody).collect());
    }
    let mut kept = common.accounts_file.as_deref().map(load).unwrap_or_default();
    let mine = kept.entry(common.url.clone()).or_default();
    mine.retain(|_, account| account.since + common.token_seconds > now().as_secs());
    let missing: Vec<String> =
        (0..count).map(|place| nobody(place).username).filter(|name| !mine.contains_key(name)).collect();
    let made: Vec<Account> = stream::iter(missing)
        .map(|username| async move { one(http, &common.url, username).await })
        .buffer_unordered(common.parallel.clamp(1, 48))
        .try_collect()
        .await?;
    mine.extend(made.into_iter().map(|account| (account.username.clone(), account)));
    let accounts = (0..count).filter_map(|place| mine.get(&nobody(place).username).cloned()).collect();
    if let Some(path) = &common.accounts_file {
        save(path, &kept).map_err(|error| LoadError::Setup(format!("{}: {error}", path.display())))?;
    }
    Ok(accounts)
}

async fn one(http: &Client, url: &str, username: String) -> Result<Account, LoadError> {
    let credentials = [("username", username.as_str()), ("password", PASSWORD)];
    let register = http.post(format!("{url}/register")).query(&credentials);
    // It may be there from an earlier run.
    answer(register, &[StatusCode::CREATED, StatusCode::CONFLICT]).await?;
    let pair = answer(http.post(format!("{url}/token")).form(&credentials), &[StatusCode::OK]).await?;
    let access = pair["access_token"].as_str().unwrap_or_default().to_owned();
    Ok(Account { username, access, since: now().as_secs() })
}

/// Makes public rooms and gives their names back.
pub(super) async fn make_rooms(
    http: &Client,
    common: &Common,
    owner: Option<&Account>,
    names: Vec<String>,
) -> Result<Vec<String>, LoadError> {
    let Some(owner) = owner.filter(|_| common.dialect.has_accounts()) else { return Ok(names) };
    stream::iter(names)
        .map(|name| async move {
            let body = json!({"name": name, "is_private": false});
            let request = http.post(format!("{}/rooms/", common.url)).bearer_auth(&owner.access).json(&body);
            answer(request, &[StatusCode::CREATED]).await.map(|_| name)
        })
        .buffered(8)
        .try_collect()
        .await
}

async fn answer(request: RequestBuilder, expected: &[StatusCode]) -> Result<Value, LoadError> {
    let response = request.send().await.map_err(|error| LoadError::Setup(error.without_url().to_string()))?;
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    if !expected.contains(&status) {
        let start: String = body.chars().take(200).collect();
        let hint = if status == StatusCode::TOO_MANY_REQUESTS {
            "; start the server with HALLWAY_LIMITS__RATES=off"
        } else {
            ""
        };
        return Err(LoadError::Setup(format!("the server answered {status}: {start}{hint}")));
    }
    Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// What cannot be read is made anew.
fn load(path: &Path) -> Kept {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn save(path: &Path, kept: &Kept) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(&serde_json::to_vec(kept)?)
}
