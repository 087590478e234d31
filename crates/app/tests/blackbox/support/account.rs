//! Somebody with an account, signed in.

use serde_json::Value;

use super::{Answer, Server};

#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) const PASSWORD: &str = "correct horse battery";

impl Server {
    /// Registers as FastRoom's client does, and signs in.
    pub(crate) async fn account(&self, username: &str) -> Account {
        let query = [("username", username), ("password", PASSWORD)];
        Answer::of(self.http.post(self.url("/register")).query(&query)).await.ok(201);
        self.sign_in(username).await
    }

    /// Another session of the same account.
    pub(crate) async fn sign_in(&self, username: &str) -> Account {
        let form = [("username", username), ("password", PASSWORD)];
        let pair = Answer::of(self.http.post(self.url("/token")).form(&form)).await.ok(200);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let mut account = Account {
            id: 0,
            username: username.to_owned(),
            access: text(&pair["access_token"]),
            refresh: text(&pair["refresh_token"]),
        };
        account.id = self.get(&account, "/api/v1/users/me").await.ok(200)["id"].as_i64().expect("a number");
        account
    }

    /// A request to one of the three toggles of a member.
    pub(crate) async fn moderate(&self, by: &Account, room: i64, target: &Account, what: &str, on: bool) -> Value {
        let path = format!("/rooms/{room}/members/{}/{what}", target.id);
        self.post(by, &path, serde_json::json!({"on": on})).await.ok(200)
    }
}
