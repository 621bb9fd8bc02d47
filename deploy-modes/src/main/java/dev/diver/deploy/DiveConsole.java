package dev.diver.deploy;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * The app's standard streams as the caller has them; bytes pass through unchanged. The streams are
 * not closed. A write that fails (the reader is gone) ends the dive.
 *
 * @param in what the app reads; its end is passed on
 * @param out what the app writes to file descriptor 1
 * @param err what the app writes to file descriptor 2
 * @param ofProcess whether these are this process's own standard streams, so that another process
 *     can have them as they are
 */
public record DiveConsole(InputStream in, OutputStream out, OutputStream err, boolean ofProcess) {

  /** Streams of any kind. */
  public DiveConsole(InputStream in, OutputStream out, OutputStream err) {
    this(in, out, err, false);
  }
}
