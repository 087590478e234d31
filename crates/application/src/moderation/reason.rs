//! Why something is done to somebody.

use hallway_domain::InvalidText;

use crate::Result;

/// Most characters of a reason.
const REASON_CHARS: usize = 500;

/// The reason trimmed and bounded; none if it is blank.
pub(super) fn checked(reason: Option<String>) -> Result<Option<String>> {
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if let Some(reason) = &reason
        && (reason.chars().count() > REASON_CHARS || reason.contains('\0'))
    {
        let message = format!("reason must have at most {REASON_CHARS} characters and no NUL");
        return Err(InvalidText::new("reason", message).into());
    }
    Ok(reason)
}
