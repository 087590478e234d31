//! The one form of a moment on the wire.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema as ApiSchema};
use utoipa::{PartialSchema, ToSchema};

/// A moment: RFC 3339 in UTC with `Z` and always six digits of fraction, such as `2026-01-31T09:30:00.000000Z`.
/// Read leniently: any offset and any number of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub OffsetDateTime);

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self(moment)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.0.to_offset(UtcOffset::UTC);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            utc.year(),
            u8::from(utc.month()),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second(),
            utc.microsecond(),
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let moment = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
        Ok(Self(moment.to_offset(UtcOffset::UTC)))
    }
}

const EXAMPLE: &str = "2026-01-31T09:30:00.000000Z";

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "examples": [EXAMPLE] })
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<ApiSchema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples([EXAMPLE])
            .into()
    }
}

impl ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn has_exactly_six_digits_and_z() {
        for (moment, text) in [
            (datetime!(2026-01-31 09:30 UTC), "2026-01-31T09:30:00.000000Z"),
            (datetime!(2026-01-31 09:30:01.5 UTC), "2026-01-31T09:30:01.500000Z"),
            (datetime!(2026-01-31 09:30:01.123456789 UTC), "2026-01-31T09:30:01.123456Z"),
            (datetime!(2026-01-31 01:00 +2), "2026-01-30T23:00:00.000000Z"),
        ] {
            assert_eq!(serde_json::to_value(Timestamp(moment)).expect("plain"), text);
        }
    }

    #[test]
    fn reads_any_offset() {
        let read: Timestamp = serde_json::from_str(r#""2026-01-31T11:30:00+02:00""#).expect("valid");
        assert_eq!(read.0, datetime!(2026-01-31 09:30 UTC));
        assert!(serde_json::from_str::<Timestamp>(r#""yesterday""#).is_err());
        assert!(serde_json::from_str::<Timestamp>("17").is_err());
    }
}
