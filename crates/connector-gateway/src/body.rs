//! Reading an answer's body without letting it grow beyond its cap.

use reqwest::Response;

use super::failure;
use connector_runtime::HttpError;

/// Reads the decoded body, piece by piece. Decompression happens below, so that what is counted is
/// what would be kept.
pub(super) async fn read(mut response: Response, cap: u64) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|e| failure::sort(&e))? {
        let size = u64::try_from(body.len().saturating_add(piece.len())).unwrap_or(u64::MAX);
        if size > cap {
            return Err(HttpError::BodyTooLarge(cap));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
