package dev.diver.catalog.storage;

/** A request that cannot be carried out, told to the client by code and message. */
public final class RefusedException extends RuntimeException {

  private final ErrorCode code;
  private final String message;
  private final String remedy;

  public RefusedException(ErrorCode code, String message) {
    this(code, message, "");
  }

  /** With a sentence of its own that says what to do. */
  public RefusedException(ErrorCode code, String message, String remedy) {
    super(message, null, false, false);
    this.code = code;
    this.message = message;
    this.remedy = remedy;
  }

  /** What the client is told: what is wrong, and where it helps what to do. */
  public String message() {
    return message;
  }

  /** What to do; empty where the message says it. */
  public String remedy() {
    return remedy;
  }

  public ErrorCode code() {
    return code;
  }
}
