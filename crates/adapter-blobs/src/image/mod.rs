//! Images are written anew: upright, without metadata, and without what may hide behind them.

mod animation;
mod jpeg;
mod still;

use std::path::Path;

use ::image::imageops::FilterType;
use ::image::{DynamicImage, GenericImageView as _};
use hallway_domain::Picture;
use hallway_domain::ports::{BlobError, InspectError, Inspected, Staged};

use crate::sniff::ImageFormat;
use crate::staged::stage;

/// Longest side of a thumbnail.
const THUMBNAIL: u32 = 400;
/// Side of what a blur hash is made from.
const BLUR: u32 = 32;

/// Bounds that hold before anything is decoded.
#[derive(Clone, Copy, Debug)]
pub struct ImageLimits {
    /// Longest side.
    pub side: u32,
    /// Most pixels; of an animation, of all its frames together.
    pub pixels: u64,
    /// Most bytes of an image while it is worked on.
    pub alloc: u64,
    /// Most frames of an animation.
    pub frames: u32,
}

impl ImageLimits {
    fn check(self, width: u32, height: u32) -> Result<(), InspectError> {
        if width == 0 || height == 0 {
            return Err(InspectError::BadImage);
        }
        if width > self.side || height > self.side || u64::from(width) * u64::from(height) > self.pixels {
            return Err(InspectError::TooManyPixels);
        }
        Ok(())
    }
}

/// What an image became.
struct Rewritten {
    bytes: Vec<u8>,
    content_type: &'static str,
    ending: Option<&'static str>,
    /// The image, or its first frame.
    shown: DynamicImage,
    /// Whether a thumbnail is of use although the image is small.
    moves: bool,
}

pub(crate) fn rewrite(
    directory: &Path,
    file: &dyn Staged,
    format: ImageFormat,
    limits: ImageLimits,
) -> Result<Inspected, InspectError> {
    let bytes = std::fs::read(file.path())
        .map_err(|error| BlobError::Internal(format!("an upload could not be read: {error}")))?;
    let done = match format {
        ImageFormat::Gif => animation::rewrite(&bytes, limits)?,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Webp => still::rewrite(&bytes, format, limits)?,
    };
    drop(bytes);
    let (width, height) = done.shown.dimensions();
    let thumbnail = if width > THUMBNAIL || height > THUMBNAIL || done.moves {
        let small = done.shown.resize(width.min(THUMBNAIL), height.min(THUMBNAIL), FilterType::Triangle);
        Some(Box::new(stage(directory, &still::small(&small)?)?) as Box<dyn Staged>)
    } else {
        None
    };
    let picture = Picture { width, height, blurhash: blur(&done.shown) };
    Ok(Inspected {
        file: Box::new(stage(directory, &done.bytes)?),
        content_type: done.content_type,
        ending: done.ending,
        picture: Some(picture),
        thumbnail,
    })
}

/// Twelve colours of the image. Empty where there is none to be had, which no size of ours brings about.
fn blur(image: &DynamicImage) -> String {
    let small = image.thumbnail(BLUR, BLUR).to_rgba8();
    let (x, y) = if image.width() >= image.height() { (4, 3) } else { (3, 4) };
    blurhash::encode(x, y, small.width(), small.height(), small.as_raw()).unwrap_or_default()
}

/// What decoders and encoders complain of is the image's fault.
fn bad(error: &::image::ImageError) -> InspectError {
    match error {
        ::image::ImageError::Limits(_) => InspectError::TooManyPixels,
        _ => InspectError::BadImage,
    }
}

#[cfg(test)]
mod tests;
