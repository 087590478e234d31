//! The top level of a frame: known fields, each at most once.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;

/// Largest number that every JSON reader keeps exactly.
const MAX_EXACT: i64 = (1 << 53) - 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum Key {
    Type,
    Room,
    RoomId,
    Since,
    Epoch,
    Message,
    Id,
    ReplyTo,
    Attachments,
    MessageId,
    Emoji,
    On,
    BeforeId,
    Limit,
    From,
    To,
    #[serde(rename = "isTyping")]
    IsTyping,
    Seq,
    Token,
    #[serde(other)]
    Unknown,
}

/// The field is there, but of the wrong type or out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit;

/// Why a text is no frame at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoFrame {
    NotJson,
    /// JSON, but not an object, or with a repeated field.
    NotObject,
}

/// What a frame says. A field that is null counts as absent.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(Key, Value)>);

impl Fields {
    pub(super) fn parse(text: &str) -> Result<Self, NoFrame> {
        serde_json::from_str(text).map_err(|error| match error.classify() {
            // The reader stops at the first misfit: look whether the rest is JSON at all.
            Category::Data if serde_json::from_str::<IgnoredAny>(text).is_ok() => NoFrame::NotObject,
            _ => NoFrame::NotJson,
        })
    }

    fn take(&mut self, key: Key) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| *known == key)?;
        match self.0.swap_remove(at).1 {
            Value::Null => None,
            value => Some(value),
        }
    }

    pub(super) fn text(&mut self, key: Key) -> Result<Option<String>, Misfit> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Misfit),
        }
    }

    /// A whole number from `min` up that is exact everywhere. `true` is no number, and neither is `1.0`.
    pub(super) fn number(&mut self, key: Key, min: i64) -> Result<Option<i64>, Misfit> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => value.as_i64().filter(|number| (min..=MAX_EXACT).contains(number)).map(Some).ok_or(Misfit),
        }
    }

    /// A list of ids, at most `most`; absent is empty.
    pub(super) fn numbers(&mut self, key: Key, most: usize) -> Result<Vec<i64>, Misfit> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= most => {
                let number = |item: &Value| item.as_i64().filter(|number| (1..=MAX_EXACT).contains(number));
                items.iter().map(|item| number(item).ok_or(Misfit)).collect()
            }
            Some(_) => Err(Misfit),
        }
    }

    pub(super) fn flag(&mut self, key: Key) -> Result<Option<bool>, Misfit> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(Misfit),
        }
    }

    /// Whether the value counts as true in Python, which FastRoom's clients may rely on.
    pub(super) fn truth(&mut self, key: Key) -> bool {
        match self.take(key) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => flag,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(entries)) => !entries.is_empty(),
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::with_capacity(6);
        while let Some(key) = map.next_key::<Key>()? {
            if key == Key::Unknown {
                map.next_value::<IgnoredAny>()?;
            } else if fields.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom("a field is there twice"));
            } else {
                fields.push((key, map.next_value()?));
            }
        }
        Ok(Fields(fields))
    }
}
