package dev.diver.deploy.fullvm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;

/**
 * Carries what the app reads to the machine, on a thread of its own that nobody waits for: a read
 * from a terminal cannot be ended.
 */
final class InputRelay {

  private static final int BUFFER = 64 * 1024;

  /** VEOF of a terminal line (termios(3)): ends the input where a line begins. */
  private static final int END_OF_TRANSMISSION = 4;

  private InputRelay() {}

  /**
   * Starts it.
   *
   * @param ready what comes earlier would be lost
   * @param terminal whether the guest reads from a terminal line, where closing is not seen
   */
  static void start(InputStream in, OutputStream machine, CountDownLatch ready, boolean terminal) {
    Thread.ofPlatform()
        .daemon()
        .name("stdin")
        .start(
            () -> {
              try (machine) {
                ready.await();
                relay(in, machine, terminal);
              } catch (IOException | InterruptedException e) {
                // the machine has ended: nobody reads any more
              }
            });
  }

  private static void relay(InputStream in, OutputStream machine, boolean terminal)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    byte last = '\n';
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      machine.write(buffer, 0, length);
      machine.flush();
      last = length > 0 ? buffer[length - 1] : last;
    }
    if (terminal) {
      if (last != '\n') {
        machine.write(END_OF_TRANSMISSION); // hands over the begun line
      }
      machine.write(END_OF_TRANSMISSION);
    }
  }
}
