//! Requests and their answers.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{Account, Server};

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null where there was no JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer is text");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, body, text }
    }

    /// The body, after checking the status.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Checks status and `detail`.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, detail: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["detail"], detail, "{}", self.text);
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Server {
    /// A request as `account`.
    pub(crate) async fn call(&self, account: &Account, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, self.url(path)).bearer_auth(&account.access);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::of(request).await
    }

    pub(crate) async fn get(&self, account: &Account, path: &str) -> Answer {
        self.call(account, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, account: &Account, path: &str, body: Value) -> Answer {
        self.call(account, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, account: &Account, path: &str, body: Value) -> Answer {
        self.call(account, Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn put(&self, account: &Account, path: &str) -> Answer {
        self.call(account, Method::PUT, path, None).await
    }

    pub(crate) async fn delete(&self, account: &Account, path: &str) -> Answer {
        self.call(account, Method::DELETE, path, None).await
    }

    /// A request without a token.
    pub(crate) async fn anonymous(&self, method: Method, path: &str) -> Answer {
        Answer::of(self.http.request(method, self.url(path))).await
    }

    /// Makes a room; its number.
    pub(crate) async fn room(&self, account: &Account, name: &str, is_private: bool) -> i64 {
        let room = serde_json::json!({"name": name, "is_private": is_private});
        self.post(account, "/rooms/", room).await.ok(201)["id"].as_i64().expect("a number")
    }

    /// The value of a metric; 0 before it was first counted.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let answer = self.anonymous(Method::GET, "/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let line = answer.text.lines().find(|line| line.split([' ', '{']).next() == Some(name));
        line.and_then(|line| line.rsplit(' ').next()).map_or(0.0, |value| value.parse().expect("a number"))
    }
}
