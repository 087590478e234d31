use std::io::Cursor;
use std::path::Path;

use ::image::codecs::webp::WebPEncoder;
use ::image::{ImageFormat as Format, Rgb, RgbImage, Rgba, RgbaImage};
use gif::{Encoder, Frame, Repeat};
use hallway_domain::ports::{InspectError, Inspected};

use super::*;
use crate::sniff::{self, Kind};

const LIMITS: ImageLimits = ImageLimits { side: 4000, pixels: 4_000_000, alloc: 32_000_000, frames: 20 };

/// Red above, blue below: which way is up can be told.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |_, y| if y < height / 2 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) })
}

fn encoded(image: &RgbImage, format: Format) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("encodes");
    bytes.into_inner()
}

struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn rewrite(&self, bytes: &[u8], limits: ImageLimits) -> Result<Inspected, InspectError> {
        let file = stage(self.path(), bytes).expect("staged");
        let Kind::Image(format) = sniff::kind(bytes) else { panic!("no image") };
        rewrite(self.path(), &file, format, limits)
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.path()).expect("a directory").count()
    }
}

fn bytes_of(file: &dyn Staged) -> Vec<u8> {
    std::fs::read(file.path()).expect("a file")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A JPEG with an Exif block that turns it a quarter and says where it was taken.
fn turned_jpeg() -> Vec<u8> {
    let plain = encoded(&picture(60, 40), Format::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    // Orientation, SHORT, one, 6: turn right.
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    exif.extend(b"GPSLatitude 52.5200");
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend(u16::try_from(exif.len() + 2).expect("short").to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&plain[2..]);
    bytes
}

#[test]
fn metadata_goes_and_the_image_stands_upright() {
    let room = Room::new();
    let before = turned_jpeg();
    assert!(contains(&before, b"GPSLatitude"));
    let done = room.rewrite(&before, LIMITS).expect("an image");
    let after = bytes_of(done.file.as_ref());
    assert_eq!(done.content_type, "image/jpeg");
    assert!(!contains(&after, b"GPS") && !contains(&after, b"Exif"));
    let shown = ::image::load_from_memory(&after).expect("an image").to_rgb8();
    assert_eq!(shown.dimensions(), (40, 60));
    let picture = done.picture.expect("an image");
    assert_eq!((picture.width, picture.height), (40, 60));
    // What was above is now on the right.
    let [red, _, blue] = shown.get_pixel(35, 30).0;
    assert!(red > 150 && blue < 100, "{:?}", shown.get_pixel(35, 30));
}

#[test]
fn every_format_is_written_anew() {
    let room = Room::new();
    let mut webp = Vec::new();
    picture(50, 30).write_with_encoder(WebPEncoder::new_lossless(&mut webp)).expect("encodes");
    let mut clear = Vec::new();
    RgbaImage::from_pixel(9, 9, Rgba([1, 2, 3, 4]))
        .write_with_encoder(WebPEncoder::new_lossless(&mut clear))
        .expect("encodes");
    for (bytes, content_type, ending) in [
        (encoded(&picture(50, 30), Format::Png), "image/png", None),
        (encoded(&picture(50, 30), Format::Jpeg), "image/jpeg", None),
        (webp, "image/jpeg", Some("jpg")),
        (clear, "image/webp", None),
    ] {
        let hidden = [&bytes[..], b"<script>alert(1)</script>"].concat();
        let done = room.rewrite(&hidden, LIMITS).expect("an image");
        assert_eq!((done.content_type, done.ending), (content_type, ending));
        let after = bytes_of(done.file.as_ref());
        assert!(!contains(&after, b"<script>"), "{content_type} keeps what follows it");
        assert!(done.thumbnail.is_none(), "small images are their own thumbnails");
        assert!(done.picture.expect("an image").blurhash.len() > 6);
    }
    assert_eq!(room.files(), 0, "nothing stays behind");
}

#[test]
fn large_images_get_a_small_one() {
    let room = Room::new();
    let done = room.rewrite(&encoded(&picture(1600, 900), Format::Png), LIMITS).expect("an image");
    let thumbnail = done.thumbnail.expect("a thumbnail");
    let small = ::image::load_from_memory(&bytes_of(thumbnail.as_ref())).expect("an image");
    assert_eq!((small.width(), small.height()), (400, 225));
    assert!(thumbnail.size() < done.file.size() * 4 && thumbnail.size() < 100_000);
}

#[test]
fn what_is_too_large_is_refused_before_it_is_unpacked() {
    let room = Room::new();
    let png = encoded(&picture(300, 200), Format::Png);
    let with_size = |width: u32, height: u32| {
        let mut bytes = png.clone();
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        // The sum over the header is right, so that nothing else is wrong with it.
        let sum = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        bytes
    };
    assert!(room.rewrite(&with_size(300, 200), LIMITS).is_ok(), "the sum is right");
    for (width, height) in [(100_000, 10_000), (4001, 1), (1, 4001), (3000, 3000), (u32::MAX >> 1, u32::MAX >> 1)] {
        let refused = room.rewrite(&with_size(width, height), LIMITS);
        assert!(matches!(refused, Err(InspectError::TooManyPixels | InspectError::BadImage)), "{width}x{height}");
    }
    let refused = room.rewrite(&with_size(3000, 3000), LIMITS);
    assert!(matches!(refused, Err(InspectError::TooManyPixels)));
    assert_eq!(room.files(), 0);
}

/// The check sum of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

#[test]
fn what_is_not_whole_is_refused() {
    let room = Room::new();
    let mut webp = Vec::new();
    picture(300, 300).write_with_encoder(WebPEncoder::new_lossless(&mut webp)).expect("encodes");
    let noise = RgbImage::from_fn(300, 300, |x, y| {
        let value = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503);
        Rgb([value.to_le_bytes()[1], value.to_le_bytes()[2], value.to_le_bytes()[0]])
    });
    for whole in [encoded(&noise, Format::Png), encoded(&noise, Format::Jpeg), webp, animation(4, b""), turned_jpeg()] {
        assert!(room.rewrite(&whole, LIMITS).is_ok());
        for end in [whole.len() / 2, whole.len() * 9 / 10, 12, 20] {
            let refused = room.rewrite(&whole[..end], LIMITS);
            assert!(matches!(refused, Err(InspectError::BadImage)), "{:?} cut at {end}", sniff::kind(&whole));
        }
    }
    assert_eq!(room.files(), 0);
}

fn animation(frames: u8, comment: &[u8]) -> Vec<u8> {
    let palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    let mut encoder = Encoder::new(Vec::new(), 64, 48, &palette).expect("a header");
    encoder.set_repeat(Repeat::Infinite).expect("a loop");
    if !comment.is_empty() {
        encoder.write_raw_extension(gif::AnyExtension(0xFE), &[comment]).expect("a comment");
    }
    for number in 0..frames {
        let mut frame = Frame { width: 64, height: 48, delay: 5, ..Frame::default() };
        frame.buffer =
            (0..64 * 48_usize).map(|at| u8::try_from((at / 7 + usize::from(number)) % 4).expect("small")).collect();
        encoder.write_frame(&frame).expect("a frame");
    }
    encoder.into_inner().expect("an end")
}

#[test]
fn animations_keep_their_frames_and_nothing_else() {
    let room = Room::new();
    let mut before = animation(5, b"*/alert(1)/*");
    before.extend(b"<script>alert(2)</script>");
    let done = room.rewrite(&before, LIMITS).expect("an animation");
    let after = bytes_of(done.file.as_ref());
    assert!(!contains(&after, b"alert"));
    assert_eq!(done.content_type, "image/gif");
    let frames = |bytes: &[u8]| {
        let mut decoder = gif::DecodeOptions::new();
        decoder.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = decoder.read_info(Cursor::new(bytes.to_vec())).expect("a header");
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            frames.push((frame.delay, frame.buffer.to_vec()));
        }
        frames
    };
    assert_eq!(frames(&after), frames(&before));
    assert_eq!(frames(&after).len(), 5);
    assert!(done.thumbnail.is_some(), "a still for what moves");
}

#[test]
fn long_animations_are_refused() {
    let room = Room::new();
    assert!(room.rewrite(&animation(20, b""), LIMITS).is_ok());
    assert!(matches!(room.rewrite(&animation(21, b""), LIMITS), Err(InspectError::TooManyPixels)));
    let few = ImageLimits { pixels: 64 * 48 * 3, ..LIMITS };
    assert!(matches!(room.rewrite(&animation(4, b""), few), Err(InspectError::TooManyPixels)));
}

#[test]
fn a_script_that_begins_like_an_image_is_none() {
    let room = Room::new();
    for text in [
        &b"GIF89a=/*"[..],
        b"GIF89a/*<svg/onload=alert(1)>*/=alert(1)//;",
        b"\x89PNG\r\n\x1a\n<script>",
        b"\xff\xd8\xff/*",
    ] {
        // Some announce absurd sizes.
        let refused = room.rewrite(text, LIMITS);
        assert!(matches!(refused, Err(InspectError::BadImage | InspectError::TooManyPixels)));
    }
    assert_eq!(room.files(), 0);
}
