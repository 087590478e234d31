//! Who is mentioned in a text.

use crate::Username;

/// What a text mentions, in order of first mention. Whether anybody has these names is asked elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    pub users: Vec<Username>,
    /// `@here`: everybody in the room, if the author may.
    pub here: bool,
}

impl Mentions {
    /// Most users that one message mentions; names after them are plain text.
    pub const MOST: usize = 50;
    const HERE: &str = "here";

    /// Reads `@username` and `@here` where a word begins, outside of code (Markdown's, in backticks or fences). An `@`
    /// inside of an address is none, and neither is one that follows a `/`.
    #[must_use]
    pub fn parse(body: &str) -> Self {
        let mut found = Self::default();
        if !body.contains('@') {
            return found;
        }
        for paragraph in paragraphs(body) {
            for piece in outside_of_backticks(paragraph) {
                found.read(piece);
            }
        }
        found
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.users.is_empty() && !self.here
    }

    fn read(&mut self, text: &str) {
        for (at, _) in text.match_indices('@') {
            let before = text[..at].chars().next_back();
            let rest = &text[at + 1..];
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let after = rest[end..].chars().next();
            if before.is_some_and(binds_before) || after.is_some_and(|c| c == '@' || is_letter(c)) {
                continue;
            }
            // The end of a sentence is not part of a name.
            let name = rest[..end].trim_end_matches(['.', '-']);
            if name.eq_ignore_ascii_case(Self::HERE) {
                self.here = true;
            } else if let Ok(name) = Username::parse(name)
                && self.users.len() < Self::MOST
                && !self.users.contains(&name)
            {
                self.users.push(name);
            }
        }
    }
}

/// As names are written; [`Username::parse`] makes them one.
const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// A letter or digit of a script that puts blanks between words. Chinese, Japanese and Korean text goes on without.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
        && !matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn binds_before(c: char) -> bool {
    is_letter(c) || matches!(c, '_' | '-' | '+' | '@' | '/')
}

/// A line that opens or closes fenced code: its character, how many, and what stands behind them.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let line = line.trim_start_matches(' ');
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = line.trim_start_matches(mark);
    let length = line.len() - rest.len();
    // Backticks behind backticks: code within the line.
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some((mark, length, rest.trim()))
}

/// The parts of a text between blank lines and fenced code, in order.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match (open, fence(line)) {
            (Some((mark, length)), Some((with, count, ""))) if with == mark && count >= length => {
                (open, begin) = (None, end);
            }
            (None, Some((mark, length, _))) => {
                found.push(&text[begin..at]);
                open = Some((mark, length));
            }
            (None, None) if line.trim().is_empty() => {
                found.push(&text[begin..at]);
                begin = end;
            }
            (Some(_), _) | (None, None) => {}
        }
        at = end;
    }
    if open.is_none() {
        found.push(&text[begin..]);
    }
    found
}

/// The parts of a paragraph that are not between two runs of as many backticks.
fn outside_of_backticks(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some((open, length)) = backticks(text, at) {
        at = open + length;
        let mut search = at;
        while let Some((close, count)) = backticks(text, search) {
            search = close + count;
            if count == length {
                found.push(&text[begin..open]);
                (begin, at) = (search, search);
                break;
            }
        }
    }
    found.push(&text[begin..]);
    found
}

/// The next run of backticks: where, and how many.
fn backticks(text: &str, from: usize) -> Option<(usize, usize)> {
    let at = from + text[from..].find('`')?;
    Some((at, text[at..].len() - text[at..].trim_start_matches('`').len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &str) -> Vec<String> {
        Mentions::parse(body).users.into_iter().map(Username::into_string).collect()
    }

    #[test]
    fn names_where_words_begin() {
        assert_eq!(names("@ann, (@bob) and @Cem.Dee: hi @ann"), ["ann", "bob", "cem.dee"]);
        assert_eq!(names("thanks @ann. And @bob_. and @ann-lee..."), ["ann", "bob", "ann_lee"]);
        assert_eq!(names("*@ann* \"@bob\"\n@cem"), ["ann", "bob", "cem"]);
        assert_eq!(names("你好@ann你好。@bob"), ["ann", "bob"], "scripts without blanks");
    }

    #[test]
    fn neither_addresses_nor_parts_of_words() {
        for text in [
            "ann@bob.org",
            "x@ann",
            "@ann@example.org",
            "https://example.org/@ann",
            "a+@ann",
            "@@ann",
            "é@ann",
            "@anné",
        ] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
        for text in ["@", "@ ann", "@..", "@a", "@b!", &format!("@{}", "x".repeat(33))] {
            assert_eq!(Mentions::parse(text), Mentions::default(), "{text}");
        }
    }

    #[test]
    fn not_in_code() {
        assert_eq!(names("`@ann` @bob ``a ` @cem``"), ["bob"]);
        assert_eq!(names("@ann\n```rust\n@bob\n``\n@cem\n```\n@dee"), ["ann", "dee"]);
        assert_eq!(names("~~~\n```\n@ann\n~~~~\n@bob"), ["bob"]);
        assert_eq!(names("```\n@ann"), [""; 0], "what is not closed goes on to the end");
        assert_eq!(names("```@ann``` @bob"), ["bob"], "three backticks within a line");
        assert_eq!(names("a ` @ann"), ["ann"], "one alone is a character like any");
        assert_eq!(names("a `\n\n@ann `"), ["ann"], "code within a line ends with the paragraph");
    }

    #[test]
    fn everybody() {
        let found = Mentions::parse("@here: @ann and @HERE, not `@here`");
        assert!(found.here && !found.is_empty());
        assert_eq!(found.users.len(), 1);
        assert!(!Mentions::parse("come to where@here, `@here`").here);
    }

    #[test]
    fn as_many_as_fit() {
        let body: String = (0..80).map(|n| format!("@user{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(names(&body).len(), Mentions::MOST);
    }
}
