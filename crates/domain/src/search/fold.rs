//! Text as search sees it, so that both databases compare the same characters.
//!
//! Compatibility forms are one (NFKC), case does not matter (full folding: `ß` is `ss`), nor do the accents of Latin,
//! Greek, Cyrillic, Hebrew and Arabic letters, but for `й`, which nobody takes for `и`. The marks that make other
//! letters of Japanese and Indic ones stay. Invisible characters are not there, and every run of blanks is one.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Most characters of a message that search looks at. Above what a message may have by default.
pub const SEARCHED_CHARS: usize = 16_384;

/// The folded text of a message, or of what is looked for.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold(text, |c, _| folded.push(c));
    folded
}

/// Tells the folded characters one by one, each with the bytes that it comes from.
pub(super) fn fold(text: &str, mut tell: impl FnMut(char, Range<usize>)) {
    let mut blank: Option<Range<usize>> = None;
    let mut told = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = rest.next_if(|(_, c)| continues(*c)) {
            end = at + c.len_utf8();
        }
        let source = start..end;
        if first.is_whitespace() || first.is_control() {
            blank.get_or_insert(source);
            continue;
        }
        for c in cluster(&text[source.clone()]) {
            if told >= SEARCHED_CHARS {
                return;
            }
            // Some characters fold to a blank and a mark.
            if c.is_whitespace() {
                blank.get_or_insert(source.clone());
                continue;
            }
            if let Some(blank) = blank.take().filter(|_| told > 0) {
                tell(' ', blank);
                told += 1;
            }
            tell(c, source.clone());
            told += 1;
        }
    }
}

/// Belongs to the letter before it: marks, the later parts of Korean syllables, and half-width sound marks.
fn continues(c: char) -> bool {
    !c.is_ascii()
        && (is_combining_mark(c)
            || matches!(c, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}' | '\u{FF9E}' | '\u{FF9F}'))
}

/// One letter with its marks, folded. Letters fold each on its own, so that a part of a text folds to a part of it.
fn cluster(text: &str) -> impl Iterator<Item = char> {
    let mut kept: Vec<char> = Vec::with_capacity(4);
    let cased = text.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    for c in cased.nfkd() {
        let short_i = c == '\u{306}' && kept.last() == Some(&'\u{438}');
        if short_i || !(is_accent(c) || is_invisible(c)) {
            kept.push(c);
        }
    }
    kept.into_iter().nfc().collect::<Vec<_>>().into_iter()
}

const fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}'
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
        | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}')
}

const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
        || c.is_ascii_control()
}

/// A letter or digit of a script that puts blanks between words. In the others a word may begin anywhere.
pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric() && !is_unspaced(c))
}

/// Thai, Lao, Burmese, Khmer; Chinese, Japanese, Korean.
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{30FF}'
        | '\u{3100}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{1AFF0}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether something may begin here: not in the middle of a word, and not with a blank.
pub(super) fn begins(before: Option<char>, c: char) -> bool {
    c != ' ' && !(is_word(c) && before.is_some_and(is_word))
}
