//! Text from outside, parsed once. A raw `String` of a client never gets past these types.

use std::fmt;

/// Why a text was refused. `field` is the wire's name of it; the message tells what would be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidText {
    pub field: &'static str,
    pub message: String,
}

impl InvalidText {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

macro_rules! text {
    ($($(#[$doc:meta])+ $name:ident),+ $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }

            /// Takes what an earlier `parse` accepted back out of storage, unchecked.
            #[must_use]
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text! {
    /// A sign-in name: 3 to 32 of `a-z 0-9 _ .`.
    Username,
    /// An address in lower case, at most 254 bytes.
    Email,
    /// A name for people, 1 to 100 characters.
    FullName,
    /// 1 to 100 characters; does not begin with `@`, which names direct rooms.
    RoomName,
    /// What a room is about, 1 to 250 characters.
    RoomTopic,
    /// What a message says; not blank.
    Body,
    /// One reaction, at most 64 bytes.
    Emoji,
}

/// Characters that would let a name pass for another one or steer a terminal: controls, bidirectional overrides
/// (Unicode Standard Annex 9) and zero-width ones.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A letter that is not an emoji as well: of these there are the information sign, the circled M and the squared ones.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, '\u{2139}' | '\u{24C2}' | '\u{1F130}'..='\u{1F189}')
}

/// One visible line of 1 to `max` characters, ends trimmed.
fn line(field: &'static str, raw: &str, max: usize) -> Result<String, InvalidText> {
    let text = raw.trim();
    let length = text.chars().count();
    if length == 0 || length > max {
        return Err(InvalidText::new(field, format!("{field} must have 1 to {max} characters")));
    }
    if text.chars().any(is_deceptive) {
        return Err(InvalidText::new(field, format!("{field} must not contain control or invisible characters")));
    }
    Ok(text.to_owned())
}

impl Username {
    pub const MIN: usize = 3;
    pub const MAX: usize = 32;

    /// Lower case, ends trimmed, each run of spaces, `-` and `_` one `_`, no `_` at either end.
    ///
    /// # Errors
    /// When what remains is not 3 to 32 of `a-z 0-9 _ .`.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        let mut name = String::with_capacity(raw.len().min(64));
        for c in raw.trim().chars().flat_map(char::to_lowercase) {
            if matches!(c, ' ' | '-' | '_') {
                if !name.ends_with('_') {
                    name.push('_');
                }
            } else {
                name.push(c);
            }
        }
        let name = name.trim_matches('_');
        let fits = (Self::MIN..=Self::MAX).contains(&name.len());
        if !fits || !name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.')) {
            return Err(InvalidText::new("username", "username must be 3 to 32 of a-z, 0-9, '_' and '.'"));
        }
        Ok(Self(name.to_owned()))
    }
}

impl Username {
    /// A name made of any text: what names cannot have becomes `_` or nothing, and what is too short is filled up.
    #[must_use]
    pub fn suggested(text: &str) -> Self {
        let plain = |c: char| match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9' | '.') => c,
            _ => '_',
        };
        let folded: String = text.chars().take(Self::MAX * 2).map(plain).collect();
        let name = Self::squeezed(&folded);
        let name = name.get(..Self::MAX).unwrap_or(&name).trim_matches('_');
        if name.len() >= Self::MIN {
            Self(name.to_owned())
        } else {
            Self(format!("user_{name}").trim_matches('_').to_owned())
        }
    }

    /// The name with a number after it, shortened where it has to be.
    #[must_use]
    pub fn numbered(&self, number: u64) -> Self {
        let end = format!("_{number}");
        let kept = self.0.len().min(Self::MAX - end.len());
        Self(format!("{}{end}", self.0[..kept].trim_end_matches('_')))
    }

    /// Each run of `_` as one.
    fn squeezed(text: &str) -> String {
        let mut name = String::with_capacity(text.len());
        for c in text.chars() {
            if c != '_' || !name.ends_with('_') {
                name.push(c);
            }
        }
        name.trim_matches('_').to_owned()
    }
}

impl Email {
    /// # Errors
    /// When there is not exactly one `@` between two non-empty parts, or there are blanks or more than 254 bytes.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        let address = raw.trim().to_lowercase();
        let parts = address.split_once('@');
        let plausible = parts.is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
        if !plausible || address.len() > 254 || address.chars().any(|c| c.is_whitespace() || is_deceptive(c)) {
            return Err(InvalidText::new("email", "email must be an address such as name@example.org"));
        }
        Ok(Self(address))
    }
}

impl FullName {
    pub const MAX: usize = 100;

    /// # Errors
    /// When empty, longer than [`Self::MAX`] characters, or with control or invisible characters.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        line("full_name", raw, Self::MAX).map(Self)
    }
}

impl RoomName {
    pub const MAX: usize = 100;

    /// # Errors
    /// When empty, longer than [`Self::MAX`] characters, with control or invisible characters, or beginning with `@`.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        let name = line("name", raw, Self::MAX)?;
        if name.starts_with('@') {
            return Err(InvalidText::new("name", "name must not begin with '@': that names direct messages"));
        }
        Ok(Self(name))
    }
}

impl RoomTopic {
    pub const MAX: usize = 250;

    /// # Errors
    /// When empty, longer than [`Self::MAX`] characters, or with control or invisible characters.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        line("topic", raw, Self::MAX).map(Self)
    }
}

impl Body {
    /// The text as it came, line ends and all.
    ///
    /// # Errors
    /// When blank, longer than `max_chars` characters, or with a NUL (which PostgreSQL cannot keep).
    pub fn parse(raw: String, max_chars: usize) -> Result<Self, InvalidText> {
        if raw.trim().is_empty() {
            return Err(InvalidText::new("message", "message must not be blank"));
        }
        if raw.len() > max_chars && raw.chars().count() > max_chars {
            return Err(InvalidText::new("message", format!("message must have at most {max_chars} characters")));
        }
        if raw.contains('\0') {
            return Err(InvalidText::new("message", "message must not contain NUL"));
        }
        Ok(Self(raw))
    }

    /// As [`Self::parse`], but a message that has files need not say anything.
    ///
    /// # Errors
    /// When longer than `max_chars` characters, or with a NUL.
    pub fn parse_beside_files(raw: String, max_chars: usize) -> Result<Self, InvalidText> {
        if raw.trim().is_empty() && !raw.contains('\0') {
            return Ok(Self(String::new()));
        }
        Self::parse(raw, max_chars)
    }
}

impl Emoji {
    pub const MAX_BYTES: usize = 64;

    /// One emoji or a short code such as `:tada:`; not plain words.
    ///
    /// # Errors
    /// When empty, longer than [`Self::MAX_BYTES`], or with letters, blanks, markup, control or invisible characters.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        let is_code = raw.len() > 2 && raw.starts_with(':') && raw.ends_with(':');
        let shaped = if is_code {
            raw[1..raw.len() - 1].bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
        } else {
            // Keycaps begin with an ASCII digit, so ASCII alone is refused only where nothing else follows.
            !raw.is_ascii() && !raw.chars().any(|c| c.is_whitespace() || is_deceptive(c) || is_letter(c) || c == '<')
        };
        if !shaped || raw.len() > Self::MAX_BYTES {
            return Err(InvalidText::new("emoji", "emoji must be one emoji or a code such as :tada:"));
        }
        Ok(Self(raw.to_owned()))
    }
}

/// What a new password must satisfy.
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// Fewest characters.
    pub min_chars: usize,
    /// Passwords that are guessed first, in lower case and sorted.
    pub common: Vec<&'static str>,
}

impl PasswordRules {
    /// The rules with the built-in list of common passwords.
    #[must_use]
    pub fn new(min_chars: usize) -> Self {
        let mut common: Vec<_> = include_str!("common_passwords.txt").lines().filter(|line| !line.is_empty()).collect();
        common.sort_unstable();
        Self { min_chars, common }
    }
}

/// A password in clear. Never shown, not even in debug output; never cut.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Longest accepted, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// A password to be set. Any characters, blanks included.
    ///
    /// # Errors
    /// When it is too short, longer than [`Self::MAX_BYTES`], a common one, or the user's own name.
    pub fn parse(raw: String, rules: &PasswordRules, username: &Username) -> Result<Self, InvalidText> {
        let invalid = |message: String| Err(InvalidText::new("password", message));
        if raw.chars().count() < rules.min_chars {
            return invalid(format!("password too short: use at least {} characters", rules.min_chars));
        }
        if raw.len() > Self::MAX_BYTES {
            return invalid(format!("password too long: use at most {} bytes", Self::MAX_BYTES));
        }
        let folded = raw.to_lowercase();
        if rules.common.binary_search(&folded.as_str()).is_ok() || folded == username.as_str() {
            return invalid("password too common: choose one that others would not guess".to_owned());
        }
        Ok(Self(raw))
    }

    /// A password to be checked against a stored one.
    ///
    /// # Errors
    /// When it is longer than [`Self::MAX_BYTES`], which no stored password is.
    pub fn attempt(raw: String) -> Result<Self, InvalidText> {
        if raw.len() > Self::MAX_BYTES {
            return Err(InvalidText::new(
                "password",
                format!("password too long: use at most {} bytes", Self::MAX_BYTES),
            ));
        }
        Ok(Self(raw))
    }

    #[must_use]
    pub const fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
