//! From enums of frames to JSON Schema, in the same order every time.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// How the frames of a dialect are told apart, and what their schemas are called.
#[derive(Clone, Copy)]
pub(crate) struct Naming {
    /// The field that says what a frame is.
    pub(crate) tag: &'static str,
    pub(crate) suffix: &'static str,
}

/// The schemas of one direction: what each frame looks like, and what they share.
pub(crate) struct Frames {
    /// Type on the wire, schema name, schema.
    pub(crate) frames: Vec<(String, String, Value)>,
    pub(crate) shared: Map<String, Value>,
}

/// Each variant of a frame enum gets a name of its own, such as `ChatFrame` for `chat`.
pub(crate) fn frames<T: JsonSchema>(
    settings: SchemaSettings,
    definitions: &'static str,
    prefix: &str,
    naming: Naming,
) -> Frames {
    let Naming { tag, suffix } = naming;
    let mut generator = settings.with(|settings| settings.definitions_path = definitions.into()).into_generator();
    let root = T::json_schema(&mut generator).to_value();
    let mut unused = generator.take_definitions(true);
    let variants = root.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let frames: Vec<_> = (variants.into_iter())
        .filter_map(|variant| {
            let variant = inline(variant, definitions, &unused);
            let word = variant.pointer(&format!("/properties/{tag}/const"))?.as_str()?.to_owned();
            let name = format!("{prefix}{}{suffix}", pascal(&word));
            Some((word, name, variant))
        })
        .collect();
    // Only what is still referred to; what became part of a variant is not.
    let mut text = frames.iter().map(|(_, _, schema)| schema.to_string()).collect::<String>();
    let mut shared = Map::new();
    while let Some(name) = unused.keys().find(|name| text.contains(&reference(definitions, name))).cloned() {
        if let Some(schema) = unused.remove(&name) {
            text.push_str(&schema.to_string());
            shared.insert(name, schema);
        }
    }
    Frames { frames, shared }
}

/// Takes null from the types of fields that need not be there.
pub(crate) fn absent_is_not_null(schema: &mut Value) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    for (_, property) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
        let Some(property) = property.as_object_mut() else { continue };
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|one| one != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                property.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
            choices.retain(|choice| choice != &json!({ "type": "null" }));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                property.remove("anyOf");
                property.extend(only);
            }
        }
    }
}

fn reference(definitions: &str, name: &str) -> String {
    format!("\"#{definitions}/{name}\"")
}

/// Replaces a reference at the top of a variant by what it refers to, so that readers of schemas that know no
/// siblings of `$ref` see every field.
fn inline(mut variant: Value, definitions: &str, shared: &Map<String, Value>) -> Value {
    let name = (variant.get("$ref").and_then(Value::as_str))
        .and_then(|target| target.strip_prefix(&format!("#{definitions}/")))
        .map(str::to_owned);
    let (Some(name), Some(object)) = (name, variant.as_object_mut()) else { return variant };
    let Some(Value::Object(target)) = shared.get(&name) else { return variant };
    object.remove("$ref");
    for (key, value) in target {
        match (object.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(more)) => {
                own.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            (Some(Value::Array(own)), Value::Array(more)) => own.extend(more.iter().cloned()),
            (Some(_), _) => {}
            (None, value) => {
                object.insert(key.clone(), value.clone());
            }
        }
    }
    variant
}

fn pascal(word: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    word.split(['_', '.']).map(capital).collect()
}

pub(crate) fn document(title: &str, description: &str, side: Frames) -> Value {
    let Frames { frames, mut shared } = side;
    let one_of: Vec<Value> = frames.iter().map(|(_, name, _)| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    shared.extend(frames.into_iter().map(|(_, name, schema)| (name, schema)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
        "oneOf": one_of,
        "$defs": shared,
    })
}

/// The same value with its keys in order, whichever map `serde_json` was built with.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        value => value,
    }
}
