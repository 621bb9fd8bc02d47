package dev.diver.kernels.failure;

/**
 * Something that went wrong, told to a person in two sentences.
 *
 * @param kind what sort of failure this is; callers decide by it, never by the text
 * @param what one sentence that says what is wrong, with the value
 * @param remedy one sentence that says what to do
 */
public record Failure(Kind kind, String what, String remedy) {

  /** The sorts of failure that a caller can tell apart. */
  public enum Kind {
    /** Input that does not have the form it should have: a file, a reference, an option. */
    INVALID,
    /** A reference, file or run that does not exist. */
    NOT_FOUND,
    /** It exists already, or is in use, or may not be changed. */
    CONFLICT,
    /** Credentials are missing, wrong or not enough. */
    DENIED,
    /** A server that does not answer, or a network that ends too early. */
    UNAVAILABLE,
    /** Content that is not what its digest or size says. */
    CORRUPT,
    /** Disk, memory or another limit of this machine is reached. */
    EXHAUSTED,
    /** A program or file that this machine lacks. */
    MISSING,
    /** A thing that cannot be done here or with this kernel. */
    UNSUPPORTED,
    /** A program that Diver ran failed: compiler, script, hypervisor. */
    FAILED,
    /** The user or a deadline ended it. */
    INTERRUPTED
  }

  /** This failure as an exception, to be thrown where it is found. */
  public DiverException exception() {
    return new DiverException(this, null);
  }

  /** This failure as an exception with the cause that {@code --verbose} shows. */
  public DiverException exception(Throwable cause) {
    return new DiverException(this, cause);
  }
}
