//! Whether a JPEG has its end: decoders make up what is missing.

use hallway_domain::ports::InspectError;

const START_OF_SCAN: u8 = 0xDA;
const END: [u8; 2] = [0xFF, 0xD9];

/// Walks over the segments before the first scan, which may hold a whole other JPEG as a preview, and looks for the end
/// after it. Inside a scan the two bytes of the end do not occur.
pub(super) fn expect_whole(bytes: &[u8]) -> Result<(), InspectError> {
    let mut at = 2;
    loop {
        let marker = match bytes.get(at..at + 2) {
            // Fill bytes may come before a marker.
            Some([0xFF, 0xFF]) => {
                at += 1;
                continue;
            }
            Some([0xFF, marker]) => *marker,
            _ => return Err(InspectError::BadImage),
        };
        at += 2;
        if marker == START_OF_SCAN {
            break;
        }
        // These stand alone.
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            continue;
        }
        let length = bytes.get(at..at + 2).map(|two| usize::from(u16::from_be_bytes([two[0], two[1]])));
        at += length.filter(|length| *length >= 2).ok_or(InspectError::BadImage)?;
    }
    let scans = bytes.get(at..).unwrap_or_default();
    if scans.windows(2).any(|two| two == END) { Ok(()) } else { Err(InspectError::BadImage) }
}
