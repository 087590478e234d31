//! Uploads and downloads.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response};
use serde_json::Value;

use super::{Account, Answer, Server};

impl Server {
    /// Uploads a file as a browser does.
    pub(crate) async fn upload(&self, account: &Account, name: &str, said: &str, bytes: &[u8]) -> Answer {
        self.upload_to("/api/v1/attachments", account, name, (said, bytes)).await
    }

    pub(crate) async fn upload_to(&self, path: &str, by: &Account, name: &str, (said, bytes): (&str, &[u8])) -> Answer {
        let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned()).mime_str(said).expect("a type");
        let form = Form::new().part("file", part);
        Answer::of(self.http.post(self.url(path)).bearer_auth(&by.access).multipart(form)).await
    }

    /// Gets what is at a path, with or without a token.
    pub(crate) async fn fetch(&self, path: &str, access: Option<&str>, headers: &[(&str, &str)]) -> Response {
        let mut request = self.http.request(Method::GET, self.url(path));
        if let Some(access) = access {
            request = request.bearer_auth(access);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("the server answers")
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.fetch(path, None, &[]).await.status().as_u16()
    }

    /// How many files there are under a directory of the data directory, locks not counted.
    pub(crate) fn stored(&self, directory: &str) -> usize {
        fn count(path: &std::path::Path) -> usize {
            let Ok(entries) = std::fs::read_dir(path) else { return 0 };
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            paths.map(|path| if path.is_dir() { count(&path) } else { usize::from(!path.ends_with("lock")) }).sum()
        }
        count(&self.data_path().join(directory))
    }
}

/// A field of an answer, as text.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

/// A header of an answer, as text.
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A PNG of one colour. Its parts are stored and not packed, so that no packer is needed to write it.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0);
        for x in 0..width {
            rows.extend([200, u8::try_from(x % 256).expect("small"), u8::try_from(y % 256).expect("small")]);
        }
    }
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut packed = vec![0x78, 0x01];
    let mut blocks = rows.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).expect("short");
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    let (low, high) = rows.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    packed.extend(((high << 16) | low).to_be_bytes());
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in
        [(b"IHDR", header), (b"tEXt", b"Comment\0GPS 52.52 13.40".to_vec()), (b"IDAT", packed), (b"IEND", vec![])]
    {
        bytes.extend(u32::try_from(data.len()).expect("short").to_be_bytes());
        let body = [&kind[..], &data].concat();
        bytes.extend(&body);
        bytes.extend(crc(&body).to_be_bytes());
    }
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}
