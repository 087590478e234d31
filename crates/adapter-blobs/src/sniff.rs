//! What a file is, by its first bytes. Nobody is believed, neither the client nor the name.

/// Bytes that are looked at.
pub(crate) const HEAD: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageFormat {
    Png,
    Jpeg,
    Gif,
    Webp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that is written anew.
    Image(ImageFormat),
    /// Kept as it is; the type is what it is announced as.
    Other(&'static str),
}

pub(crate) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Kind::Image(ImageFormat::Png);
    }
    if head.starts_with(b"\xff\xd8\xff") {
        return Kind::Image(ImageFormat::Jpeg);
    }
    if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        return Kind::Image(ImageFormat::Gif);
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Kind::Image(ImageFormat::Webp);
    }
    Kind::Other(infer::get(head).map_or("application/octet-stream", |found| opaque(found.mime_type())))
}

/// Types that browsers would run, and everything else that is not worth telling apart, are bytes.
fn opaque(found: &'static str) -> &'static str {
    let told = found.starts_with("audio/")
        || found.starts_with("video/")
        || matches!(
            found,
            "application/pdf"
                | "application/zip"
                | "application/gzip"
                | "application/x-tar"
                | "application/x-7z-compressed"
                | "application/vnd.rar"
                | "application/epub+zip"
                | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
                | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                | "application/vnd.openxmlformats-officedocument.presentationml.presentation"
                | "application/vnd.oasis.opendocument.text"
                | "application/vnd.oasis.opendocument.spreadsheet"
                | "application/vnd.oasis.opendocument.presentation"
        );
    if told { found } else { "application/octet-stream" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_would_run_is_bytes() {
        for text in [
            "<!DOCTYPE html><script>alert(1)</script>",
            "<html><body onload=alert(1)>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            "<?xml version=\"1.0\"?><svg/>",
            "#!/bin/sh\nrm -rf /",
            "alert(1)",
            "",
        ] {
            assert_eq!(kind(text.as_bytes()), Kind::Other("application/octet-stream"), "{text}");
        }
        assert_eq!(kind(b"MZ\x90\0\x03\0\0\0"), Kind::Other("application/octet-stream"));
    }

    #[test]
    fn what_is_known_is_told() {
        assert_eq!(kind(b"%PDF-1.7\n"), Kind::Other("application/pdf"));
        assert_eq!(kind(b"PK\x03\x04 and more of it"), Kind::Other("application/zip"));
        assert_eq!(kind(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), Kind::Other("video/mp4"));
        assert_eq!(kind(b"ID3\x03\0\0\0\0\0\0"), Kind::Other("audio/mpeg"));
        assert_eq!(kind(b"GIF89a=/*alert*/"), Kind::Image(ImageFormat::Gif));
    }
}
