//! GIFs keep their frames: each is unpacked and packed again with its own palette, which loses nothing and leaves
//! comments, other extensions and what follows the end behind.

use std::io::Cursor;

use ::image::{DynamicImage, RgbaImage};
use gif::{ColorOutput, DecodeOptions, Encoder, Frame, MemoryLimit};
use hallway_domain::ports::InspectError;

use super::{ImageLimits, Rewritten};

fn bad<E>(_: E) -> InspectError {
    InspectError::BadImage
}

pub(super) fn rewrite(bytes: &[u8], limits: ImageLimits) -> Result<Rewritten, InspectError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(true);
    let alloc = std::num::NonZeroU64::new(limits.alloc).ok_or(InspectError::TooManyPixels)?;
    options.set_memory_limit(MemoryLimit::Bytes(alloc));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(bad)?;
    let (width, height) = (decoder.width(), decoder.height());
    limits.check(width.into(), height.into())?;
    let palette = decoder.global_palette().unwrap_or_default().to_vec();

    let mut encoder = Encoder::new(Vec::with_capacity(bytes.len()), width, height, &palette).map_err(bad)?;
    let (mut frames, mut pixels) = (0_u32, 0_u64);
    let mut shown = None;
    let mut repeat = false;
    // Its size is known before it is unpacked.
    while let Some(next) = decoder.next_frame_info().map_err(bad)? {
        pixels += u64::from(next.width) * u64::from(next.height);
        frames += 1;
        if frames > limits.frames || pixels > limits.pixels {
            return Err(InspectError::TooManyPixels);
        }
        let size = decoder.buffer_size();
        let mut buffer = vec![0; size];
        decoder.read_into_buffer(&mut buffer).map_err(bad)?;
        let frame = decoder.current_frame_info().ok_or(InspectError::BadImage)?.clone();
        // Unpacked, its rows are in order.
        let frame = Frame { buffer: buffer.into(), interlaced: false, ..frame };
        if !repeat {
            repeat = true;
            shown = Some(first(&frame, &palette, (width, height))?);
            encoder.set_repeat(decoder.repeat()).map_err(bad)?;
        }
        encoder.write_frame(&frame).map_err(bad)?;
    }
    let shown = shown.ok_or(InspectError::BadImage)?;
    let bytes = encoder.into_inner().map_err(bad)?;
    Ok(Rewritten { bytes, content_type: "image/gif", ending: None, shown, moves: frames > 1 })
}

/// The first frame on its canvas.
fn first(frame: &Frame<'_>, global: &[u8], (width, height): (u16, u16)) -> Result<DynamicImage, InspectError> {
    let palette = frame.palette.as_deref().unwrap_or(global);
    let mut canvas = RgbaImage::new(width.into(), height.into());
    let rows = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
    for (row, y) in rows.zip(u32::from(frame.top)..) {
        for (index, x) in row.iter().zip(u32::from(frame.left)..) {
            if Some(*index) == frame.transparent {
                continue;
            }
            let at = usize::from(*index) * 3;
            let colour = palette.get(at..at + 3).ok_or(InspectError::BadImage)?;
            if let Some(pixel) = canvas.get_pixel_mut_checked(x, y) {
                pixel.0 = [colour[0], colour[1], colour[2], 255];
            }
        }
    }
    Ok(DynamicImage::ImageRgba8(canvas))
}
