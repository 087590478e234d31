//! Images that do not move. An animated PNG or WebP is taken for its first frame.

use std::io::Cursor;

use ::image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use ::image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use ::image::codecs::webp::{WebPDecoder, WebPEncoder};
use ::image::{DynamicImage, ImageDecoder, Limits};
use hallway_domain::ports::InspectError;

use super::{ImageLimits, Rewritten, bad, jpeg};
use crate::sniff::ImageFormat;

/// Of JPEGs that we write: losses are not to be seen.
const QUALITY: u8 = 88;

pub(super) fn rewrite(bytes: &[u8], format: ImageFormat, limits: ImageLimits) -> Result<Rewritten, InspectError> {
    let shown = match format {
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), decoder_limits(limits));
            decode(decoder.map_err(|error| bad(&error))?, limits)?
        }
        ImageFormat::Jpeg => {
            // The decoder would make up what is missing.
            jpeg::expect_whole(bytes)?;
            decode(JpegDecoder::new(Cursor::new(bytes)).map_err(|error| bad(&error))?, limits)?
        }
        ImageFormat::Webp => decode(WebPDecoder::new(Cursor::new(bytes)).map_err(|error| bad(&error))?, limits)?,
        ImageFormat::Gif => return Err(InspectError::BadImage),
    };
    let has_alpha = shown.color().has_alpha();
    let (bytes, content_type, ending) = match format {
        ImageFormat::Png | ImageFormat::Gif => (png(&shown)?, "image/png", None),
        ImageFormat::Jpeg => (jpeg(&shown)?, "image/jpeg", None),
        // There is only a lossless encoder, which makes photographs many times as large.
        ImageFormat::Webp if has_alpha => (webp(&shown)?, "image/webp", None),
        ImageFormat::Webp => (jpeg(&shown)?, "image/jpeg", Some("jpg")),
    };
    Ok(Rewritten { bytes, content_type, ending, shown, moves: false })
}

fn decoder_limits(limits: ImageLimits) -> Limits {
    let mut bounds = Limits::no_limits();
    bounds.max_image_width = Some(limits.side);
    bounds.max_image_height = Some(limits.side);
    bounds.max_alloc = Some(limits.alloc);
    bounds
}

/// Looks at the announced size before it decodes.
fn decode(mut decoder: impl ImageDecoder, limits: ImageLimits) -> Result<DynamicImage, InspectError> {
    let (width, height) = decoder.dimensions();
    limits.check(width, height)?;
    if decoder.total_bytes() > limits.alloc {
        return Err(InspectError::TooManyPixels);
    }
    decoder.set_limits(decoder_limits(limits)).map_err(|error| bad(&error))?;
    // An orientation that cannot be read is none.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| bad(&error))?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

/// A thumbnail: small in bytes too.
pub(super) fn small(image: &DynamicImage) -> Result<Vec<u8>, InspectError> {
    let is_opaque = !image.color().has_alpha() || image.to_rgba8().pixels().all(|pixel| pixel.0[3] == u8::MAX);
    if is_opaque { jpeg(image) } else { png(image) }
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, InspectError> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(|error| bad(&error))?;
    Ok(bytes)
}

fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, InspectError> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    let plain = match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => None,
        other => Some(DynamicImage::ImageRgb8(other.to_rgb8())),
    };
    plain.as_ref().unwrap_or(image).write_with_encoder(encoder).map_err(|error| bad(&error))?;
    Ok(bytes)
}

fn webp(image: &DynamicImage) -> Result<Vec<u8>, InspectError> {
    let mut bytes = Vec::new();
    image.to_rgba8().write_with_encoder(WebPEncoder::new_lossless(&mut bytes)).map_err(|error| bad(&error))?;
    Ok(bytes)
}
