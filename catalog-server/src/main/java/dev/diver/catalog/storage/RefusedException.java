package dev.diver.catalog.storage;

/** A request that cannot be carried out, told to the client by code and message. */
public final class RefusedException extends RuntimeException {

  private final ErrorCode code;
  private final String message;

  public RefusedException(ErrorCode code, String message) {
    super(message, null, false, false);
    this.code = code;
    this.message = message;
  }

  /** What the client is told: what is wrong, and where it helps what to do. */
  public String message() {
    return message;
  }

  public ErrorCode code() {
    return code;
  }
}
