//! Queries and forms, read field by field, so that every fault is told in FastRoom's form.

use actix_web::web;
use hallway_domain::{Order, PageRequest};
use hallway_protocol::rest::ValidationIssue;
use serde_json::{Value, json};

use crate::problem::Problem;

/// The largest integer that JSON clients keep exactly.
pub(crate) const MAX_SAFE: i64 = (1 << 53) - 1;

/// Named texts from a query or a form, and the faults found so far.
pub(crate) struct Fields {
    /// `query` or `body`.
    place: &'static str,
    pairs: Vec<(String, String)>,
    issues: Vec<ValidationIssue>,
}

impl Fields {
    pub(crate) fn new(place: &'static str, encoded: &str) -> Self {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(encoded)
            .map_or_else(|_| Vec::new(), web::Query::into_inner);
        Self { place, pairs, issues: Vec::new() }
    }

    /// Where it is given more than once, the last counts.
    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().rposition(|(key, _)| key == name)?;
        Some(self.pairs.swap_remove(at).1)
    }

    fn fault(&mut self, name: &str, kind: &str, msg: String, input: Value) {
        let loc = vec![json!(self.place), json!(name)];
        self.issues.push(ValidationIssue { kind: kind.to_owned(), loc, msg, input, ctx: None });
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.take(name)?;
        if text.contains('\0') {
            self.fault(name, "string_nul", "Input must not contain NUL".to_owned(), Value::Null);
            return None;
        }
        Some(text)
    }

    /// A text that must be there; empty once it was not, and [`Fields::finish`] tells so. May hold any characters, as
    /// passwords do: whoever stores it looks at it first.
    pub(crate) fn required(&mut self, name: &str) -> String {
        self.take(name).unwrap_or_else(|| {
            self.fault(name, "missing", "Field required".to_owned(), Value::Null);
            String::new()
        })
    }

    pub(crate) fn integer(&mut self, name: &str, least: i64, greatest: i64) -> Option<i64> {
        let text = self.take(name)?;
        let Ok(number) = text.trim().parse::<i64>() else {
            let msg = "Input should be a valid integer, unable to parse string as an integer".to_owned();
            self.fault(name, "int_parsing", msg, json!(text));
            return None;
        };
        let (kind, bound, word) = match number {
            number if number < least => ("greater_than_equal", least, "ge"),
            number if number > greatest => ("less_than_equal", greatest, "le"),
            number => return Some(number),
        };
        let msg = format!("Input should be {} than or equal to {bound}", &kind[..kind.len() - "_than_equal".len()]);
        self.fault(name, kind, msg, json!(text));
        if let Some(issue) = self.issues.last_mut() {
            issue.ctx = Some(json!({ word: bound }));
        }
        None
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let text = self.take(name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(true),
            "false" | "0" | "off" | "no" => Some(false),
            _ => {
                let msg = "Input should be a valid boolean, unable to interpret input".to_owned();
                self.fault(name, "bool_parsing", msg, json!(text));
                None
            }
        }
    }

    pub(crate) fn word(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.take(name)?;
        let found = words.iter().find(|word| **word == text).copied();
        if found.is_none() {
            let msg =
                format!("Input should be {}", words.iter().map(|w| format!("'{w}'")).collect::<Vec<_>>().join(" or "));
            self.fault(name, "literal_error", msg, json!(text));
        }
        found
    }

    /// `limit`, `offset` and `order`, as every list takes them.
    pub(crate) fn page(&mut self, default: u32, greatest: u32, order: Order) -> PageRequest {
        let limit =
            self.integer("limit", 1, greatest.into()).and_then(|limit| limit.try_into().ok()).unwrap_or(default);
        let skip = self.integer("skip", 0, MAX_SAFE);
        let offset = self.integer("offset", 0, MAX_SAFE).or(skip);
        let offset = offset.and_then(|offset| offset.try_into().ok()).unwrap_or(0);
        let order = match self.word("order", &["asc", "desc"]) {
            Some("asc") => Order::Ascending,
            Some(_) => Order::Descending,
            None => order,
        };
        PageRequest { limit, offset, order }
    }

    /// All faults at once.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.issues.is_empty() { Ok(()) } else { Err(Problem::issues(self.issues)) }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use actix_web::body::to_bytes;

    use super::*;

    async fn detail(fields: Fields) -> Value {
        let response = fields.finish().expect_err("faults").error_response();
        let body = to_bytes(response.into_body()).await.expect("whole");
        serde_json::from_slice::<Value>(&body).expect("JSON")["detail"].clone()
    }

    #[test]
    fn lists_have_defaults() {
        let mut fields = Fields::new("query", "");
        let page = fields.page(50, 200, Order::Descending);
        assert_eq!(page, PageRequest { limit: 50, offset: 0, order: Order::Descending });
        assert!(fields.finish().is_ok());
        let mut fields = Fields::new("query", "limit=3&skip=7&order=asc&else=1");
        assert_eq!(
            fields.page(50, 200, Order::Descending),
            PageRequest { limit: 3, offset: 7, order: Order::Ascending }
        );
        assert!(fields.finish().is_ok());
    }

    #[actix_web::test]
    async fn faults_come_all_at_once_in_the_form_that_clients_know() {
        let mut fields = Fields::new("query", "limit=0&offset=x&order=up");
        fields.page(50, 200, Order::Ascending);
        assert_eq!(
            detail(fields).await,
            json!([
                {"type": "greater_than_equal", "loc": ["query", "limit"], "input": "0", "ctx": {"ge": 1},
                 "msg": "Input should be greater than or equal to 1"},
                {"type": "int_parsing", "loc": ["query", "offset"], "input": "x",
                 "msg": "Input should be a valid integer, unable to parse string as an integer"},
                {"type": "literal_error", "loc": ["query", "order"], "input": "up",
                 "msg": "Input should be 'asc' or 'desc'"},
            ])
        );
        let mut fields = Fields::new("query", "limit=201&offset=99999999999999999999");
        fields.page(50, 200, Order::Ascending);
        let faults = detail(fields).await;
        assert_eq!(faults[0]["msg"], "Input should be less than or equal to 200");
        assert_eq!(faults[1]["type"], "int_parsing");
    }

    #[actix_web::test]
    async fn what_is_missing_is_named_and_nul_is_refused() {
        let mut fields = Fields::new("body", "q=a%00b&username=a%00b");
        assert_eq!((fields.text("q"), fields.required("username")), (None, "a\0b".to_owned()));
        assert_eq!(fields.required("password"), "");
        let faults = detail(fields).await;
        assert_eq!(faults.as_array().map(Vec::len), Some(2));
        assert_eq!(faults[0]["loc"], json!(["body", "q"]));
        assert_eq!((&faults[1]["type"], &faults[1]["loc"]), (&json!("missing"), &json!(["body", "password"])));
    }
}
