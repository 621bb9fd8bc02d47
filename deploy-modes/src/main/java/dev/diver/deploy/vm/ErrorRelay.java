package dev.diver.deploy.vm;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * Parts the machine's standard error, on which both QEMU and the app write: until the kernel has
 * reported that it enters the app, all is QEMU's; then all is the app's but QEMU's last words on a
 * signal.
 */
final class ErrorRelay implements OutputRelay.Sink {

  private static final int MAX_MESSAGES = 16 * 1024;
  private static final String LAST_WORDS = "qemu-system-x86_64: terminating on signal";

  private final OutputStream err;
  private final BooleanSupplier appStarted;
  private final StringBuilder messages = new StringBuilder();

  ErrorRelay(OutputStream err, BooleanSupplier appStarted) {
    this.err = err;
    this.appStarted = appStarted;
  }

  @Override
  public void write(byte[] buffer, int length) throws IOException {
    int prefix = Math.min(length, LAST_WORDS.length());
    boolean lastWords =
        new String(buffer, 0, prefix, StandardCharsets.ISO_8859_1).equals(LAST_WORDS);
    if (!lastWords && appStarted.getAsBoolean()) {
      err.write(buffer, 0, length);
      err.flush();
    } else {
      keep(new String(buffer, 0, length, StandardCharsets.UTF_8));
    }
  }

  /** What QEMU said. */
  synchronized String messages() {
    return Printable.lines(messages.toString(), MAX_MESSAGES).strip();
  }

  private synchronized void keep(String message) {
    if (messages.length() < MAX_MESSAGES) {
      messages.append(message);
    }
  }
}
