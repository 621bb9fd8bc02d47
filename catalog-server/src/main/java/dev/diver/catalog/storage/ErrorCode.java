package dev.diver.catalog.storage;

/**
 * Why a request is refused (OCI distribution specification 1.1, section "Error Codes"; the last
 * group is our own), with the HTTP status that goes with it.
 */
public enum ErrorCode {
  BLOB_UNKNOWN(404),
  BLOB_UPLOAD_INVALID(400),
  BLOB_UPLOAD_UNKNOWN(404),
  DIGEST_INVALID(400),
  MANIFEST_BLOB_UNKNOWN(404),
  MANIFEST_INVALID(400),
  MANIFEST_UNKNOWN(404),
  NAME_INVALID(400),
  NAME_UNKNOWN(404),
  SIZE_INVALID(400),
  UNAUTHORIZED(401),
  DENIED(403),
  UNSUPPORTED(405),
  TOOMANYREQUESTS(429),

  /** The bytes do not follow those that are there, or lie outside of the content. */
  RANGE_INVALID(416),
  /** A published tag of a kernel would change. */
  TAG_IMMUTABLE(409),
  /** Still in use by something else. */
  IN_USE(409),
  /** A query parameter without a meaning. */
  QUERY_INVALID(400),
  /** More than this server takes. */
  TOO_LARGE(413),
  /** The disk is full. */
  STORAGE_FULL(507),
  /** No such page. */
  NOT_FOUND(404),
  /** The server failed; its log says why. */
  UNKNOWN(500);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }
}
